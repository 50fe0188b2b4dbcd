/** Writes networks as ONNX files for other programs: ONNX Runtime, PyTorch's and TensorFlow's converters, browsers. */
import { ValueError } from "../../array/errors.js";
import { full, sizeOf, type Shape } from "../../array/tensor.js";
import { writeOnnx } from "../../formats/onnx/onnx.js";
import { Layer, type Merge } from "../../layers/layer.js";
import { walk } from "../../layers/walk.js";
import { Masked, Sum } from "../../net/blocks.js";
import { Container, type Source } from "../../net/container.js";
import { Add, Concat, Divide, MatrixProduct, Maximum, Minimum, Multiply, Subtract } from "../../net/merge.js";
import { DotProductAttention } from "../../net/self-attention.js";
import type { Sequential } from "../../net/sequential.js";
import { Emitter } from "./emit.js";
import { exporterOf, reshaped, targetOf } from "./exporters.js";
import { Around } from "./layers.js";
import { BATCH, isOpen, UnsupportedOperatorError, withN } from "./view.js";

/** The options of `exportOnnx`. */
export interface OnnxExportOptions {
  /** The shape of one example; the network's own unless given. */
  input?: Shape;
  /** The batch size of the file; any size unless given. */
  batch?: number;
}

/**
 * Writes the network in evaluation mode: dropout does nothing, batch norm uses its stored statistics. The batch size is open
 * unless `batch` is given.
 * @returns a file's bytes, in the oldest operator set from 13 on that has all its operators
 * @throws UnsupportedOperatorError naming all layers for which ONNX has no operators; ValueError when the shape of an
 *   example is unknown
 */
export function exportOnnx(
  net: Sequential,
  { input = net.input, batch: count = BATCH }: OnnxExportOptions = {},
): Uint8Array {
  if (input === undefined) {
    throw new ValueError(
      `exportOnnx: the network does not know the shape of an example yet; give it, such as exportOnnx(net, { input: [1, 28, 28] }).`,
    );
  }
  const missing = [
    ...new Set([...walk(net)].filter(({ layer }) => !isWritable(layer)).map(({ layer }) => layer.kind)),
  ];
  if (missing.length > 0) {
    throw new UnsupportedOperatorError(
      `exportOnnx: ONNX has no operator for ${missing.join(", ")}.`,
      missing,
    );
  }
  const dtype = Object.values(net.parameters)[0]?.value.dtype === "float64" ? "float64" : "float32";
  const out = new Emitter(dtype);
  const batch = [count, ...input];
  const last = write(out, net, "", "input", batch);
  const output = out.node("Identity", "scores", [last]);
  out.finish();
  const kind = dtype === "float64" ? "f64" : "f32";
  return writeOnnx({
    irVersion: out.opset >= 21 ? 10 : out.opset >= 19 ? 9 : out.opset >= 15 ? 8 : 7,
    producer: "chainrule",
    opsets: { "": out.opset },
    graph: {
      name: "network",
      nodes: out.nodes,
      inputs: [{ name: "input", kind, shape: batch.map(named) }],
      outputs: [{ name: output, kind, shape: net.batchShape(batch).map(named) }],
      initializers: out.constants,
    },
  });
}

/** An extent in the file's form: "N" for the batch size. */
function named(extent: number): number | string {
  return isOpen(extent) ? withN(String(extent)) : extent;
}

/**
 * Writes a layer or what is inside it.
 * @param batch  the shape of its input, with the batch axis
 * @returns the name of its output
 */
function write(out: Emitter, layer: Layer, name: string, x: string, batch: Shape): string {
  const within = (inner: string): string => (name === "" ? inner : `${name}.${inner}`);
  if (layer instanceof Container) {
    const shapes = layer.batchShapesOf(batch);
    const values = new Map<Source, string>([[undefined, x]]);
    for (const part of layer.parts) {
      const inputs = part.from.map((source) => values.get(source) as string);
      const y =
        part.layer instanceof Layer
          ? write(out, part.layer, within(part.name), inputs[0], shapes.get(part.from[0]) as Shape)
          : merge(
              out,
              part.layer,
              within(part.name),
              inputs,
              part.from.map((source) => shapes.get(source) as Shape),
            );
      values.set(part, y);
    }
    return values.get(layer.last) as string;
  }
  if (layer instanceof Around) {
    const before = layer.before(batch);
    const inner = layer.inner.batchShape(before);
    const laid = reshaped(out, within("before"), x, targetOf(before, batch));
    const y = write(out, layer.inner, name, laid, before);
    return reshaped(out, within("after"), y, targetOf(layer.after(batch, inner), inner));
  }
  const exporter = exporterOf(layer);
  return exporter ? exporter(out, { layer, name, x, batch, shape: batch.slice(1) }) : x;
}

/** Writes a merge. @param shapes  of its inputs, with the batch axis */
function merge(
  out: Emitter,
  part: Merge,
  name: string,
  inputs: readonly string[],
  shapes: readonly Shape[],
): string {
  if (part instanceof DotProductAttention) return attention(out, part, name, inputs, shapes);
  if (part instanceof Concat) return out.node("Concat", name, inputs, { axis: part.axis });
  const op = pairs.find(([kind]) => part instanceof kind)?.[1];
  if (op) return out.node(op, name, inputs);
  return inputs.length === 2 ? out.node("Add", name, inputs) : out.node("Sum", name, inputs);
}

/** Attention in ONNX's older operators: y = v·softmax(qᵀk / √D)ᵀ, with the places as columns. */
function attention(
  out: Emitter,
  { heads }: DotProductAttention,
  name: string,
  inputs: readonly string[],
  shapes: readonly Shape[],
): string {
  const [q, k, v] = inputs.map((input, i) => {
    const [, C, ...places] = shapes[i];
    return reshaped(out, `${name}.${"qkv"[i]}`, input, [0, heads, C / heads, sizeOf(places)]);
  });
  const turned = (of: string, x: string): string =>
    out.node("Transpose", `${name}.${of}`, [x], { perm: [0, 1, 3, 2] });
  const scale = full([], 1 / Math.sqrt(shapes[0][1] / heads), out.dtype);
  const products = out.node("MatMul", `${name}.products`, [turned("queries", q), k]);
  const scores = out.node("Mul", `${name}.scores`, [products, out.weights(`${name}.scale`, scale)]);
  const weights = out.node("Softmax", `${name}.weights`, [scores], { axis: -1 });
  const mixed = out.node("MatMul", `${name}.mixed`, [v, turned("shares", weights)]);
  return reshaped(out, name, mixed, [0, shapes[2][1], ...shapes[0].slice(2)]);
}

const pairs: readonly [new () => Merge, string][] = [
  [Multiply, "Mul"],
  [Masked, "Mul"],
  [Subtract, "Sub"],
  [Divide, "Div"],
  [Maximum, "Max"],
  [Minimum, "Min"],
  [MatrixProduct, "MatMul"],
];

function isWritable(part: Layer | Merge): boolean {
  if (part instanceof Container || part instanceof Around) return true;
  if (part instanceof Layer) return exporterOf(part) !== undefined;
  return [Add, Sum, Concat, DotProductAttention, ...pairs.map(([kind]) => kind)].some(
    (kind) => part.constructor === kind,
  );
}
