/** Asks NumPy: a batch of expressions in one process. Use with `withTool("python3-numpy", …)`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { wrap, type DType, type Tensor } from "../../lib/array/tensor.js";
import { projectRoot, type Tool } from "../support/shared.js";

export interface NumpyCase {
  /** A Python expression; `np` is there, and the inputs by name. A list gives several arrays. */
  readonly code: string;
  /** Go over as they lie in memory, strides and all. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** What the result is turned into before it comes back. */
  readonly dtype: DType;
}

/** @returns for every case its arrays @throws when Python fails or a case does */
export function askNumpy(tool: Tool, cases: readonly NumpyCase[]): Tensor[][] {
  const hex = ({ data }: Tensor): string =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  const input = JSON.stringify(
    cases.map(({ code, inputs, dtype }) => ({
      code,
      dtype,
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, x]) => [
          name,
          { dtype: x.dtype, shape: x.shape, stride: x.stride, offset: x.offset, bytes: hex(x) },
        ]),
      ),
    })),
  );
  const script = join(projectRoot, "test/oracles/run_numpy.py");
  const { status, stdout, stderr } = spawnSync(tool.command, [...tool.args, script], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`NumPy: ${stderr}`);
  type Answer = { shape: number[]; bytes: string }[] | { error: string };
  return (JSON.parse(stdout) as Answer[]).map((answer, i) => {
    if (!Array.isArray(answer)) throw new Error(`NumPy: ${answer.error}`);
    return answer.map(({ shape, bytes }) => {
      const { buffer } = Uint8Array.from(Buffer.from(bytes, "hex"));
      return wrap(cases[i].dtype === "float64" ? new Float64Array(buffer) : new Float32Array(buffer), shape);
    });
  });
}
