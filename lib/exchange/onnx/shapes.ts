/** Operators that move numbers without changing them, as layers. */
import { ShapeError, showShape } from "../../array/errors.js";
import { full, sizeOf, type Shape } from "../../array/tensor.js";
import { GlobalAveragePool } from "../../layers/pooling/global-average-pool.js";
import { Flatten } from "../../layers/shape/flatten.js";
import { Pad1d, Pad2d, type PaddingMode } from "../../layers/shape/padding.js";
import { Reshape } from "../../layers/shape/reshape.js";
import { Concat } from "../../net/merge.js";
import { Affine, ReshapeBatch, Slice, Transpose } from "./layers.js";
import type { NodeView, Part } from "./view.js";

export function flatten(view: NodeView): Part[] {
  const axis = view.number("axis", 1);
  if (axis === 1) return [{ name: "flatten", layer: new Flatten() }];
  const which = axis < 0 ? axis + view.shape.length : axis;
  const to = (shape: Shape): number[] => [sizeOf(shape.slice(0, which)), sizeOf(shape.slice(which))];
  return [{ name: "flatten", layer: new ReshapeBatch(to), shape: to(view.shape) }];
}

export function reshape(view: NodeView): Part[] {
  const wanted = view.attributeOrInput("shape", 1);
  if (wanted === undefined) throw view.unsupported("it has no shape");
  const { knownShape: before } = view;
  const keepsBatch = wanted[0] === 0 || (before !== undefined && before[0] > 0 && wanted[0] === before[0]);
  const isOpen = before === undefined || before[0] === 0;
  // A file that was written for batches of 1 says 1 (or −1) where the batch stays; the examples' shape tells which.
  const example = wanted.slice(1);
  const fits =
    before !== undefined &&
    !example.includes(-1) &&
    sizeOf(resolved(example, before.slice(1))) === sizeOf(before.slice(1));
  if (keepsBatch || fits) {
    if (example.length === 1 && example[0] === -1) return [{ name: "flatten", layer: new Flatten() }];
    if (before === undefined) throw new ShapeError(unknown(view));
    return [{ name: "reshape", layer: new Reshape({ shape: filledIn(example, before.slice(1)) }) }];
  }
  if (isOpen && wanted[0] > 0) {
    throw view.unsupported(`it makes ${showShape(wanted)}, whose first axis is not the batch's`);
  }
  const to = (shape: Shape): number[] => filledIn(wanted, shape);
  return [
    { name: "reshape", layer: new ReshapeBatch(to), shape: before && !isOpen ? to(before) : undefined },
  ];
}

export function squeeze(view: NodeView): Part[] {
  const axes = view.attributeOrInput("axes", 1)?.map((axis) => view.axis(axis));
  const remove = axes ?? view.shape.flatMap((extent, axis) => (extent === 1 && axis > 0 ? [axis] : []));
  const to = (shape: Shape): number[] => shape.filter((_, axis) => !remove.includes(axis));
  return [{ name: "squeeze", layer: new ReshapeBatch(to), shape: to(view.shape) }];
}

export function unsqueeze(view: NodeView): Part[] {
  const axes = view.attributeOrInput("axes", 1);
  if (axes === undefined) throw view.unsupported("it has no axes");
  const to = (shape: Shape): number[] => inserted(shape, axes);
  return [{ name: "unsqueeze", layer: new ReshapeBatch(to), shape: view.knownShape && to(view.knownShape) }];
}

export function transpose(view: NodeView): Part[] {
  const order = view.numbers("perm") ?? view.shape.map((_, axis) => view.shape.length - 1 - axis);
  return [
    {
      name: "transpose",
      layer: new Transpose(order),
      shape: view.knownShape && order.map((axis) => view.shape[axis]),
    },
  ];
}

/** The mean over all places of each channel is the one mean that has a layer. */
export function reduceMean(view: NodeView): Part[] {
  const axes = (view.attributeOrInput("axes", 1) ?? []).map((axis) => view.axis(axis)).sort((a, b) => a - b);
  const places = view.shape.slice(2).map((_, i) => i + 2);
  if (places.length === 0 || axes.join() !== places.join()) {
    throw view.unsupported(
      `a mean over axes ${axes.join(", ")} of ${showShape(view.shape)} is not that of each channel's places`,
    );
  }
  const ones = new ReshapeBatch(([n, c]) => [n, c, ...places.map(() => 1)]);
  const pool: Part = { name: "pool", layer: new GlobalAveragePool() };
  return view.number("keepdims", 1) ? [pool, { name: "pool_shape", layer: ones }] : [pool];
}

/** From one floating-point type to another nothing changes here. */
export function castTo(view: NodeView): Part[] {
  if (view.castsToFloat) return [];
  throw view.unsupported("it makes whole numbers of what the network computes");
}

export function concat(view: NodeView): Part[] {
  if (view.operands.some((operand) => operand?.constant))
    throw view.unsupported("one of its inputs is a constant");
  const axis = view.number("axis", 1);
  return [{ name: "concat", layer: new Concat({ axis: axis < 0 ? view.axis(axis) : axis }) }];
}

/** Split has an output a part: each is a slice of its own. */
export function split(view: NodeView, output: number): Part[] {
  const axis = view.axis(view.number("axis", 0));
  if (axis === 0) throw view.unsupported("it splits the batch");
  const count = view.node.outputs.length;
  const extent = view.shape[axis];
  const sizes =
    view.attributeOrInput("split", 1) ??
    Array.from({ length: count }, (_, i) =>
      Math.min(Math.ceil(extent / count), extent - i * Math.ceil(extent / count)),
    );
  const begin = sizes.slice(0, output).reduce((a, b) => a + b, 0);
  return [{ name: "split", layer: new Slice(axis, begin, begin + sizes[output]) }];
}

export function slice(view: NodeView): Part[] {
  const [starts, ends] = [view.attributeOrInput("starts", 1), view.attributeOrInput("ends", 2)];
  if (starts === undefined || ends === undefined) throw view.unsupported("its ends are not given");
  const axes = view.attributeOrInput("axes", 3) ?? starts.map((_, i) => i);
  if ((view.list(4, "steps") ?? []).some((step) => step !== 1))
    throw view.unsupported("it steps over elements");
  const shape = [...view.shape];
  return axes.map((given, i) => {
    const axis = view.axis(given);
    if (axis === 0) throw view.unsupported("it cuts the batch");
    const clamp = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + view.shape[axis] : value, 0), view.shape[axis]);
    const [begin, end] = [clamp(starts[i]), clamp(ends[i])];
    shape[axis] = end - begin;
    return { name: "slice", layer: new Slice(axis, begin, end), shape: [...shape] };
  });
}

export function pad(view: NodeView): Part[] {
  const modes: Record<string, PaddingMode> = { constant: "zero", reflect: "reflect", edge: "edge" };
  const mode = modes[view.text("mode", "constant")];
  const given = view.attributeOrInput("pads", 1) ?? view.numbers("paddings") ?? [];
  const rank = view.shape.length;
  const axes = (view.list(3, "axes") ?? view.shape.map((_, axis) => axis)).map((axis) => view.axis(axis));
  const sides = view.shape.map(() => [0, 0]);
  axes.forEach((axis, i) => (sides[axis] = [given[i], given[i + axes.length]]));
  const isOuter = sides.slice(0, 2).some(([before, after]) => before !== 0 || after !== 0);
  if (mode === undefined || isOuter || rank < 3 || rank > 4 || sides.flat().some((side) => !(side >= 0))) {
    throw view.unsupported(
      `mode ${view.text("mode", "constant")} with pads ${given.join(", ")} on ${rank} axes is not in the catalogue`,
    );
  }
  const [[top, bottom], [left, right]] = [sides[rank - 2], sides[rank - 1]];
  const layer =
    rank === 3
      ? new Pad1d({ pad: [left, right], mode })
      : new Pad2d({ pad: { top, bottom, left, right }, mode });
  const value = mode === "zero" ? (view.list(2, "value")?.[0] ?? view.number("value", 0)) : 0;
  const parts: Part[] = [{ name: "pad", layer }];
  if (value === 0) return parts;
  // Zeros around x − v, and v added everywhere, are v's around x.
  const shift = (by: number): Affine => new Affine(full([1], 1), full([1], by, "float64"));
  return [{ name: "pad_down", layer: shift(-value) }, ...parts, { name: "pad_up", layer: shift(value) }];
}

/** The shape with axes of 1 put in, counted in the result. */
export function inserted(shape: Shape, axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const places = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.shift() as number)));
}

/** ONNX's target shape with its 0 (as before) and −1 (whatever is left) worked out. */
export function filledIn(wanted: readonly number[], before: Shape): number[] {
  const shape = resolved(wanted, before);
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  return shape.map((extent) => (extent === -1 ? sizeOf(before) / known : extent));
}

function resolved(wanted: readonly number[], before: Shape): number[] {
  return wanted.map((extent, axis) => (extent === 0 ? before[axis] : extent));
}

function unknown(view: NodeView): string {
  return `onnx: ${view.title} needs to know the shape of its input; give importOnnx the shape of one example as input.`;
}
