/** Networks as ONNX files, which other programs run: ONNX Runtime, PyTorch's and TensorFlow's converters, browsers. */
import { ValueError } from "../../array/errors.js";
import type { Shape } from "../../array/tensor.js";
import { writeOnnx } from "../../formats/onnx/onnx.js";
import { Layer, type Merge } from "../../layers/layer.js";
import { walk } from "../../layers/walk.js";
import { Masked, Sum } from "../../net/blocks.js";
import { Container, type Source } from "../../net/container.js";
import { Add, Concat, Multiply } from "../../net/merge.js";
import type { Sequential } from "../../net/sequential.js";
import { Emitter } from "./emit.js";
import { exporterOf } from "./exporters.js";
import { Around } from "./layers.js";
import { UnsupportedOperatorError } from "./view.js";

/** What `exportOnnx` must know besides the network. */
export interface OnnxExportOptions {
  /** The shape of one example; the network's own unless given. */
  input?: Shape;
}

/**
 * The network as it evaluates: dropout does nothing, batch norm uses its stored statistics. The batch stays open.
 * @returns a file's bytes, in the oldest operator set from 13 up that has all its operators
 * @throws UnsupportedOperatorError naming all layers that ONNX has no operators for; ValueError when the shape of an
 *   example is not known
 */
export function exportOnnx(net: Sequential, { input = net.input }: OnnxExportOptions = {}): Uint8Array {
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
  const last = write(out, net, "", "input", input);
  const output = out.node("Identity", "scores", [last]);
  const kind = dtype === "float64" ? "f64" : "f32";
  return writeOnnx({
    irVersion: out.opset >= 21 ? 10 : out.opset >= 19 ? 9 : out.opset >= 15 ? 8 : 7,
    producer: "chainrule",
    opsets: { "": out.opset },
    graph: {
      name: "network",
      nodes: out.nodes,
      inputs: [{ name: "input", kind, shape: ["N", ...input] }],
      outputs: [{ name: output, kind, shape: ["N", ...net.outputShape(input)] }],
      initializers: out.constants,
    },
  });
}

/** Writes a layer or what is inside it. @returns the name of its output */
function write(out: Emitter, layer: Layer, name: string, x: string, shape: Shape): string {
  const within = (inner: string): string => (name === "" ? inner : `${name}.${inner}`);
  if (layer instanceof Container) {
    const shapes = layer.shapesOf(shape);
    const values = new Map<Source, string>([[undefined, x]]);
    for (const part of layer.parts) {
      const inputs = part.from.map((source) => values.get(source) as string);
      const y =
        part.layer instanceof Layer
          ? write(out, part.layer, within(part.name), inputs[0], shapes.get(part.from[0]) as Shape)
          : merge(out, part.layer, within(part.name), inputs);
      values.set(part, y);
    }
    return values.get(layer.last) as string;
  }
  const exporter = exporterOf(layer);
  return exporter ? exporter(out, { layer, name, x, shape }) : x;
}

function merge(out: Emitter, part: Merge, name: string, inputs: readonly string[]): string {
  if (part instanceof Concat) return out.node("Concat", name, inputs, { axis: part.axis });
  if (part instanceof Multiply || part instanceof Masked) return out.node("Mul", name, inputs);
  return inputs.length === 2 ? out.node("Add", name, inputs) : out.node("Sum", name, inputs);
}

function isWritable(part: Layer | Merge): boolean {
  if (part instanceof Container) return true;
  if (part instanceof Around) return false;
  if (part instanceof Layer) return exporterOf(part) !== undefined;
  return [Add, Sum, Multiply, Masked, Concat].some((kind) => part.constructor === kind);
}
