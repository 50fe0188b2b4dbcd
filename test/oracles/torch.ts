/** Asks PyTorch: a batch of cases in one process. Use with `withTool("python3-torch", …)`. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { flat, wrap } from "../../lib/array/tensor.js";
import type { Tensor } from "../../lib/index.js";
import { projectRoot, type Tool } from "../support/shared.js";
import { remembered } from "./remember.js";

export interface TorchCase {
  /** Python that assigns `y`; `torch` and `F` (torch.nn.functional) are there, and the inputs by name. */
  readonly code: string;
  /** Become float64 tensors. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Other variables: numbers, lists, booleans. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** The upstream gradient; without one there are no gradients. */
  readonly dy?: Tensor;
  /** What to give back: "y", "dx" for the gradient of the input x, or any variable. */
  readonly want: readonly string[];
}

/** @returns for every case what it wants, as float64 tensors @throws when Python fails or a case does */
export function askTorch(tool: Tool, cases: readonly TorchCase[]): Record<string, Tensor>[] {
  const pack = (x: Tensor): object => ({ shape: x.shape, data: Array.from(flat(x)) });
  const input = JSON.stringify(
    cases.map(({ code, inputs, values = {}, dy, want }) => ({
      code,
      values,
      want,
      dy: dy ? pack(dy) : null,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, pack(x)])),
    })),
  );
  const script = join(projectRoot, "test/oracles/run_torch.py");
  const text = remembered([tool.version, readFileSync(script, "utf8"), input], () => {
    const { status, stdout, stderr } = spawnSync(tool.command, [...tool.args, script], {
      input,
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error(`PyTorch: ${stderr}`);
    return stdout;
  });
  type Answer = Record<string, { shape: number[]; data: number[] }> | { error: string };
  return (JSON.parse(text) as Answer[]).map((answer) => {
    if (typeof answer.error === "string") throw new Error(`PyTorch: ${answer.error}`);
    const tensors = Object.entries(answer as Record<string, { shape: number[]; data: number[] }>);
    return Object.fromEntries(
      tensors.map(([name, { shape, data }]) => [name, wrap(Float64Array.from(data), shape)]),
    );
  });
}

/** A value as Python writes it: numbers, strings, booleans, tuples. */
export function python(value: number | string | boolean | readonly number[]): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" ? `${value}` : `(${value.join(", ")},)`;
}
