/**
 * Finds normalisations that are written as several operators. Before operator set 17 ONNX has no operator for layer
 * normalisation, and before 18 none for groups of channels; exporters write means, differences and roots, or reshape. When
 * such a normalisation is found, its scale and shift become trainable parameters.
 */
import { flat, reshape, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxNode } from "../../formats/onnx/model.js";
import type { Layer } from "../../layers/layer.js";
import { GroupNorm } from "../../layers/normalisation/group-norm.js";
import { LayerNorm } from "../../layers/normalisation/layer-norm.js";
import { repeat } from "../../layers/repeated.js";
import { isOpen } from "./view.js";

/** What a graph knows about a value. */
export interface Lookup {
  /** The node that makes it; undefined for inputs and stored constants. */
  producer(name: string): OnnxNode | undefined;
  /** Its numbers, if they are known before anything is computed. */
  constant(name: string): Tensor | undefined;
  shape(name: string): Shape | undefined;
}

/** A layer that replaces several nodes, and the value that it reads. */
export interface Found {
  readonly layer: Layer;
  readonly input: string;
}

/** The normalisation whose last node is this sum; undefined when there is none. */
export function normalisationEndingIn(sum: OnnxNode, graph: Lookup): Found | undefined {
  const shifted = withConstant(sum, "Add", graph);
  const scaled = withConstant(shifted && graph.producer(shifted.value), "Mul", graph);
  const last = scaled && graph.producer(scaled.value);
  if (!shifted || !last) return undefined;
  const affine = { scale: scaled.constant, shift: shifted.constant };
  return last.op === "Div" ? layerNorm(last, affine, graph) : groupNorm(last, affine, graph);
}

/** The factor and the summand of the normalised numbers. */
interface ScaleAndShift {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** (x − mean) / √(mean of its square + ε), over the last axes. */
function layerNorm(quotient: OnnxNode, { scale, shift }: ScaleAndShift, graph: Lookup): Found | undefined {
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
  if (!fits(scale, over) || !fits(shift, over)) return undefined;
  const layer = new LayerNorm({
    size: over,
    epsilon: flat(stabilised.constant)[0],
    dtype: scale.dtype,
  });
  layer.parameters.gamma.value = laid(scale, over);
  layer.parameters.beta.value = laid(shift, over);
  return { layer, input: centred.input };
}

/** Channels reshaped to one for each group, normalised separately, and reshaped back. */
function groupNorm(back: OnnxNode, { scale, shift }: ScaleAndShift, graph: Lookup): Found | undefined {
  const norm = back.op === "Reshape" ? graph.producer(back.inputs[0]) : undefined;
  const apart = norm?.op === "InstanceNormalization" ? graph.producer(norm.inputs[0]) : undefined;
  if (!norm || apart?.op !== "Reshape") return undefined;
  const [input] = apart.inputs;
  const [before, groups, after] = [input, norm.inputs[0], back.outputs[0]].map((name) => graph.shape(name));
  const [ones, zeros] = [graph.constant(norm.inputs[1]), graph.constant(norm.inputs[2])];
  if (!before || !groups || before.join() !== after?.join() || groups.length !== 3 || groups[0] !== before[0])
    return undefined;
  const isPlain = ones && zeros && flat(ones).every((v) => v === 1) && flat(zeros).every((v) => v === 0);
  const [, size, ...places] = before;
  const channels = [size, ...places.map(() => 1)];
  if (!isPlain || size % groups[1] !== 0 || !fits(scale, channels) || !fits(shift, channels))
    return undefined;
  const stored = norm.attributes.epsilon?.value;
  const epsilon = typeof stored === "number" ? stored : 1e-5;
  const layer = new GroupNorm({ size, groups: groups[1], epsilon, dtype: scale.dtype });
  layer.parameters.gamma.value = reshape(laid(scale, channels), [size]);
  layer.parameters.beta.value = reshape(laid(shift, channels), [size]);
  return { layer, input };
}

/** Whether a constant can be broadcast to these last axes and has no other axes. */
function fits(constant: Tensor, axes: Shape): boolean {
  const missing = constant.shape.length - axes.length;
  return constant.shape.every((extent, i) => extent === 1 || (i >= missing && extent === axes[i - missing]));
}

/** A constant that `fits`, with exactly these axes. */
function laid(constant: Tensor, axes: Shape): Tensor {
  const missing = Math.max(0, constant.shape.length - axes.length);
  return repeat(reshape(constant, constant.shape.slice(missing)), axes);
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

/** The parts of a value minus its mean. */
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

/** The node whose value is squared by a node. */
function squareOf(node: OnnxNode | undefined, graph: Lookup): OnnxNode | undefined {
  if (node?.op === "Mul" && node.inputs[0] === node.inputs[1]) return graph.producer(node.inputs[0]);
  const exponent = node?.op === "Pow" ? graph.constant(node.inputs[1]) : undefined;
  return exponent?.size === 1 && flat(exponent)[0] === 2
    ? graph.producer((node as OnnxNode).inputs[0])
    : undefined;
}

/** The axes of a mean that keeps them with size 1, in order. */
function axesOf({ attributes, inputs }: OnnxNode, shape: Shape, graph: Lookup): number[] | undefined {
  const stored = inputs[1] ? graph.constant(inputs[1]) : undefined;
  const list = attributes.axes?.type === "ints" ? attributes.axes.value : stored && [...flat(stored)];
  if (list === undefined || attributes.keepdims?.value === 0) return undefined;
  return list.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
}

/** The extents of the axes, if they are the last ones and not all. */
function lastAxes(shape: Shape, axes: readonly number[] | undefined): Shape | undefined {
  if (!axes || axes.length === 0 || axes.length >= shape.length) return undefined;
  const first = shape.length - axes.length;
  const over = shape.slice(first);
  return axes.every((axis, i) => axis === first + i) && !over.some(isOpen) ? over : undefined;
}
