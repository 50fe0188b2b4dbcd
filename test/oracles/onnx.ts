/** Reads one of ONNX's own operator cases from the data bundle: tensors by name, attributes, expected outputs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { wrap, type Tensor } from "../../lib/array/tensor.js";

export interface OnnxCase {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Inputs and initialisers in the operator's order; undefined where an optional one is absent. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
}

interface Stored {
  name: string;
  dtype: string;
  shape: number[];
  b64: string;
}

/** @param folder the bundle's `onnx` @param name such as "node/test_elu" @returns float64 tensors */
export function onnxCase(folder: string, name: string): OnnxCase {
  const { nodes, inputs, initializers, outputs } = JSON.parse(
    readFileSync(join(folder, `${name}.json`), "utf8"),
  ) as {
    nodes: { inputs: string[]; attrs: Record<string, unknown> }[];
    inputs: Stored[];
    initializers: Stored[];
    outputs: Stored[];
  };
  const stored = new Map([...inputs, ...initializers].map((tensor) => [tensor.name, decode(tensor)]));
  return {
    attributes: nodes[0].attrs,
    inputs: nodes[0].inputs.map((input) => stored.get(input)),
    outputs: outputs.map(decode),
  };
}

function decode({ dtype, shape, b64 }: Stored): Tensor {
  const bytes = Uint8Array.from(Buffer.from(b64, "base64")).buffer;
  const numbers: Record<string, () => ArrayLike<number>> = {
    float32: () => new Float32Array(bytes),
    float64: () => new Float64Array(bytes),
    int32: () => new Int32Array(bytes),
    int64: () => Array.from(new BigInt64Array(bytes), Number),
    bool: () => new Uint8Array(bytes),
  };
  return wrap(Float64Array.from(numbers[dtype]()), shape);
}
