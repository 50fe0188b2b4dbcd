/**
 * Layer normalisation written out: before operator set 17 ONNX has no operator for it, and exporters spell it as a mean, a
 * difference, a mean of squares, a root, a quotient, a product and a sum. Found again, its scale and shift can learn.
 */
import { flat, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxNode } from "../../formats/onnx/model.js";
import { LayerNorm } from "../../layers/normalisation/layer-norm.js";
import { repeat } from "../../layers/repeated.js";
import { isOpen } from "./view.js";

/** What a graph says of a value. */
export interface Lookup {
  /** The node that makes it; undefined for inputs and stored constants. */
  producer(name: string): OnnxNode | undefined;
  /** Its numbers when they are known before anything is computed. */
  constant(name: string): Tensor | undefined;
  shape(name: string): Shape | undefined;
}

/** A layer that does what several nodes do together, and the value that it reads. */
export interface Found {
  readonly layer: LayerNorm;
  readonly input: string;
}

/** The layer whose last node, the sum, this is; undefined when it is no such sum. */
export function layerNormEndingIn(sum: OnnxNode, graph: Lookup): Found | undefined {
  const shifted = withConstant(sum, "Add", graph);
  const scaled = withConstant(shifted && graph.producer(shifted.value), "Mul", graph);
  const quotient = scaled && graph.producer(scaled.value);
  if (!shifted || !scaled || quotient?.op !== "Div") return undefined;
  const [difference, root] = quotient.inputs.map((name) => graph.producer(name));
  const centred = centredBy(difference, graph);
  if (!centred || root?.op !== "Sqrt") return undefined;
  const stabilised = withConstant(graph.producer(root.inputs[0]), "Add", graph);
  const variance = stabilised && graph.producer(stabilised.value);
  if (!stabilised || stabilised.constant.size !== 1 || variance?.op !== "ReduceMean") return undefined;
  const squared = centredBy(squareOf(graph.producer(variance.inputs[0]), graph), graph);
  const shape = graph.shape(centred.input);
  if (squared?.input !== centred.input || !shape) return undefined;
  const lists = [axesOf(variance, shape, graph), centred.axes(shape), squared.axes(shape)];
  const over = lastAxes(shape, lists[0]);
  if (!over || lists.some((axes) => axes?.join() !== lists[0]?.join())) return undefined;
  const layer = new LayerNorm({
    size: over,
    epsilon: flat(stabilised.constant)[0],
    dtype: scaled.constant.dtype,
  });
  try {
    layer.parameters.gamma.value = repeat(scaled.constant, over);
    layer.parameters.beta.value = repeat(shifted.constant, over);
  } catch {
    return undefined; // a scale or shift of other axes than were normalised
  }
  return { layer, input: centred.input };
}

/** A node of this operator with one computed input and one constant. */
function withConstant(
  node: OnnxNode | undefined,
  op: string,
  graph: Lookup,
): { value: string; constant: Tensor } | undefined {
  if (node?.op !== op || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs.map((name) => graph.constant(name));
  if (b && !a) return { value: node.inputs[0], constant: b };
  return a && !b ? { value: node.inputs[1], constant: a } : undefined;
}

/** What a value less its mean is made of. */
function centredBy(
  difference: OnnxNode | undefined,
  graph: Lookup,
): { input: string; axes: (shape: Shape) => number[] | undefined } | undefined {
  if (difference?.op !== "Sub") return undefined;
  const [input, mean] = difference.inputs;
  const reduced = graph.producer(mean);
  if (reduced?.op !== "ReduceMean" || reduced.inputs[0] !== input) return undefined;
  return { input, axes: (shape) => axesOf(reduced, shape, graph) };
}

/** The node whose value a node squares. */
function squareOf(node: OnnxNode | undefined, graph: Lookup): OnnxNode | undefined {
  if (node?.op === "Mul" && node.inputs[0] === node.inputs[1]) return graph.producer(node.inputs[0]);
  const exponent = node?.op === "Pow" ? graph.constant(node.inputs[1]) : undefined;
  return exponent?.size === 1 && flat(exponent)[0] === 2
    ? graph.producer((node as OnnxNode).inputs[0])
    : undefined;
}

/** The axes that a mean goes over and leaves as 1, in order. */
function axesOf({ attributes, inputs }: OnnxNode, shape: Shape, graph: Lookup): number[] | undefined {
  const stored = inputs[1] ? graph.constant(inputs[1]) : undefined;
  const list = attributes.axes?.type === "ints" ? attributes.axes.value : stored && [...flat(stored)];
  if (list === undefined || attributes.keepdims?.value === 0) return undefined;
  return list.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
}

/** The extents of the axes, when they are the last ones and not all. */
function lastAxes(shape: Shape, axes: readonly number[] | undefined): Shape | undefined {
  if (!axes || axes.length === 0 || axes.length >= shape.length) return undefined;
  const first = shape.length - axes.length;
  const over = shape.slice(first);
  return axes.every((axis, i) => axis === first + i) && !over.some(isOpen) ? over : undefined;
}
