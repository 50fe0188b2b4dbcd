/** Translates operators that move numbers without changing them. */
import { broadcastShapes } from "../../array/broadcast.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, full, reshape as reshapeTensor, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { Embedding } from "../../layers/shape/embedding.js";
import { Flatten } from "../../layers/shape/flatten.js";
import { Gather } from "../../layers/shape/gather.js";
import { Pad1d, Pad2d, type PaddingMode } from "../../layers/shape/padding.js";
import { PixelShuffle, PixelUnshuffle } from "../../layers/shape/pixel-shuffle.js";
import { Reshape } from "../../layers/shape/reshape.js";
import { Slice } from "../../layers/shape/slice.js";
import { Transpose } from "../../layers/shape/transpose.js";
import { Concat } from "../../net/merge.js";
import { filledIn, inserted, partOf } from "./extents.js";
import { Affine, Around, Constant, Expand, ReshapeBatch } from "./layers.js";
import { BATCH, isOpen, type NodeView, type Part, type PartSource } from "./view.js";
import { blank } from "./windows.js";

export function flatten(view: NodeView): Part[] {
  const axis = view.number("axis", 1);
  if (axis === 1) return [{ name: "flatten", layer: new Flatten() }];
  const which = axis < 0 ? axis + view.shape.length : axis;
  const to = (shape: Shape): number[] => [sizeOf(shape.slice(0, which)), sizeOf(shape.slice(which))];
  return [{ name: "flatten", layer: new ReshapeBatch(to) }];
}

export function reshape(view: NodeView): Part[] {
  const given = view.attributeOrInput("shape", 1);
  if (given === undefined) throw view.unsupported("it has no shape");
  const { knownShape: before } = view;
  if (before === undefined) {
    if (given.length === 2 && given[1] === -1) return [{ name: "flatten", layer: new Flatten() }];
    throw new ShapeError(unknown(view));
  }
  const wanted = view.number("allowzero", 0)
    ? given
    : given.map((extent, axis) => (extent === 0 ? before[axis] : extent));
  const target = openShape(view, wanted, before);
  if (target[0] === before[0] && !target.slice(1).some(isOpen)) {
    if (target.length === 2) return [{ name: "flatten", layer: new Flatten() }];
    return [{ name: "reshape", layer: new Reshape({ shape: target.slice(1) }) }];
  }
  // At most one extent grows with the batch; it gets what the others leave.
  const rest = target.map((extent) => (isOpen(extent) ? -1 : extent));
  const to = (shape: Shape): number[] => filledIn(rest, shape);
  return [{ name: "reshape", layer: new ReshapeBatch(to) }];
}

/**
 * A target shape for a batch of any size. In a file written for one batch size, one extent of the target is that size or a
 * multiple of it. The batch's position in the order of the numbers decides which extent this is.
 */
function openShape(view: NodeView, wanted: readonly number[], before: Shape): number[] {
  const isBatch = before.some(isOpen);
  if (!isBatch || wanted.some(isOpen)) return filledIn(wanted, before);
  const example = sizeOf(before) / BATCH;
  const known = sizeOf(wanted.filter((extent) => extent !== -1));
  const { batch, within } = view;
  // If the file gives no batch size, the open extent belongs to the batch.
  if (wanted.includes(-1) && batch === undefined) return filledIn(wanted, before);
  const literal = wanted.map((extent) => (extent === -1 ? (example * (batch ?? 1)) / known : extent));
  const size = batch ?? sizeOf(literal) / example;
  if (!Number.isInteger(size) || sizeOf(literal) !== size * example)
    throw new ShapeError(
      `onnx: ${view.title} makes ${showShape(wanted)} of ${showShape(before)}, which has not as many numbers.`,
    );
  const place = before.findIndex(isOpen);
  const outer = sizeOf(before.slice(0, place)) * within;
  /** How many blocks are outside the batch in an axis, if the batch can be in that axis. */
  const blocks = (axis: number): number => outer / sizeOf(literal.slice(0, axis));
  const fits = literal.flatMap((extent, axis) => (extent % (blocks(axis) * size) === 0 ? [axis] : []));
  const pure = fits.find((axis) => blocks(axis) === 1 && literal[axis] === size);
  // Layers work along the last axis: the batch is there only if it can be nowhere else.
  const axis = pure ?? fits.filter((one) => one < literal.length - 1).at(-1) ?? fits[0];
  if (axis === undefined)
    throw view.unsupported(`it makes ${showShape(wanted)}, in which the batch has no axis`);
  return literal.map((extent, i) => (i === axis ? (extent / size) * BATCH : extent));
}

export function squeeze(view: NodeView): Part[] {
  const axes = view.attributeOrInput("axes", 1)?.map((axis) => view.axis(axis));
  const remove = axes ?? view.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  if (remove.some((axis) => isOpen(view.shape[axis])))
    throw view.unsupported("it takes the batch's axis away");
  return [
    {
      name: "squeeze",
      layer: new ReshapeBatch((shape) => shape.filter((_, axis) => !remove.includes(axis))),
    },
  ];
}

export function unsqueeze(view: NodeView): Part[] {
  const axes = view.attributeOrInput("axes", 1);
  if (axes === undefined) throw view.unsupported("it has no axes");
  return [{ name: "unsqueeze", layer: new ReshapeBatch((shape) => inserted(shape, axes)) }];
}

export function transpose(view: NodeView): Part[] {
  const order = view.numbers("perm") ?? view.shape.map((_, axis) => view.shape.length - 1 - axis);
  return [{ name: "transpose", layer: new Transpose(order) }];
}

export function expand(view: NodeView): Part[] {
  const wanted = view.list(1, "shape");
  if (wanted === undefined) throw view.unsupported("it has no shape");
  const { batch } = view;
  // A file for one batch size contains that size.
  const open = wanted.map((extent, axis) =>
    batch !== undefined &&
    extent === batch &&
    isOpen(view.shape[axis - wanted.length + view.shape.length] ?? 1)
      ? BATCH
      : extent,
  );
  const shape = broadcastShapes("onnx", view.shape, open);
  if (showShape(shape) === showShape(view.shape)) return [];
  return [{ name: "expand", layer: new Expand(shape) }];
}

export function tile(view: NodeView): Part[] {
  const repeats = view.list(1, "repeats") ?? [];
  return repeats.flatMap((count, axis): Part[] => {
    if (count === 1) return [];
    const extent = view.shape[view.inner(axis, "repeats")];
    const places = Array.from({ length: count * extent }, (_, i) => i % extent);
    return [{ name: "tile", layer: new Gather({ axis, places }) }];
  });
}

/** A cast between floating-point types changes nothing here, nor one between types of whole numbers. */
export function castTo(view: NodeView): Part[] {
  const isWhole = view.isInteger(0) || view.isIndex;
  if (view.castsToFloat || (isWhole && view.castsTo !== "bool")) return [];
  throw view.unsupported("it makes whole numbers of what the network computes");
}

export function concat(view: NodeView): Part[] {
  const axis = view.axis(view.number("axis", 1));
  if (axis === 0) throw view.unsupported("it puts batches one behind the other");
  const parts: Part[] = [];
  const from = view.operands.map((operand, i): PartSource => {
    const constant = view.factor(i);
    if (!operand || !constant) return { operand: i };
    parts.push(constantPart(view, constant));
    return { part: parts.length - 1 };
  });
  return [...parts, { name: "concat", layer: new Concat({ axis }), from }];
}

/** A constant among the computed values. @throws when it is for several examples and the batch is open */
export function constantPart(view: NodeView, constant: Tensor): Part {
  const one = view.ofOneExample(constant);
  if (one.shape[0] !== 1 && view.shape.some(isOpen))
    throw view.unsupported("one of its inputs is a constant for several examples");
  return { name: "constant", layer: new Constant(one), from: [{ operand: view.computed[0] }] };
}

/** Split has one output for each part; each becomes a slice. */
export function split(view: NodeView, output: number): Part[] {
  const axis = view.inner(view.number("axis", 0), "splits");
  const [begin, end] = partOf(view, view.shape[axis], output);
  return [{ name: "split", layer: new Slice({ axis, begin, end }) }];
}

export function slice(view: NodeView): Part[] {
  const [starts, ends] = [view.attributeOrInput("starts", 1), view.attributeOrInput("ends", 2)];
  if (starts === undefined || ends === undefined) throw view.unsupported("its ends are not given");
  const axes = view.attributeOrInput("axes", 3) ?? starts.map((_, i) => i);
  const steps = view.list(4, "steps") ?? starts.map(() => 1);
  return axes.flatMap((given, i): Part[] => {
    const axis = view.axis(given);
    const extent = view.shape[axis];
    const isWhole = steps[i] === 1 && starts[i] === 0 && ends[i] >= extent;
    if (isWhole) return [];
    view.inner(given, "cuts");
    const clamped = (value: number): number => Math.min(value < 0 ? value + extent : value, extent);
    const [begin, end] = [clamped(starts[i]), clamped(ends[i])];
    const step = steps[i];
    // There is no index for an end before the first element, as a backward slice needs.
    const sides =
      step > 0 ? { begin: Math.max(0, begin), end: Math.max(0, end) } : { begin, ...(end >= 0 && { end }) };
    return [{ name: "slice", layer: new Slice({ axis, ...sides, ...(step !== 1 && { step }) }) }];
  });
}

/** Takes elements of an axis; with computed indices of a constant table, it is an embedding. */
export function gather(view: NodeView): Part[] {
  const [table, indices] = [view.factor(0), view.operands[1]?.constant];
  if (table) return embedding(view, table);
  if (indices === undefined) throw view.unsupported("what it takes and where are both computed");
  const axis = view.inner(view.number("axis", 0), "takes examples of");
  const extent = view.shape[axis];
  const places = Array.from(flat(indices), (place) => (place < 0 ? place + extent : place));
  const [first] = places;
  const taken: Part =
    places.length === 1
      ? { name: "gather", layer: new Slice({ axis, begin: first, end: first + 1 }) }
      : { name: "gather", layer: new Gather({ axis, places }) };
  if (indices.shape.length === 1) return [taken];
  const to = (shape: Shape): number[] => [
    ...shape.slice(0, axis),
    ...indices.shape,
    ...shape.slice(axis + 1),
  ];
  return [taken, { name: "gather_shape", layer: new ReshapeBatch(to) }];
}

function embedding(view: NodeView, table: Tensor): Part[] {
  const axis = view.number("axis", 0);
  if (axis !== 0 && axis !== -table.shape.length)
    throw view.unsupported("it takes from a constant along another axis than the rows");
  const [count, ...row] = table.shape;
  const layer = new Embedding({ count, size: sizeOf(row), dtype: table.dtype, init: blank });
  layer.parameters.w.value = reshapeTensor(table, [count, sizeOf(row)]);
  const rows: Part = { name: "embedding", layer };
  if (row.length === 1) return [rows];
  return [
    rows,
    { name: "embedding_shape", layer: new ReshapeBatch((shape) => [...shape.slice(0, -1), ...row]) },
  ];
}

const modes: Readonly<Record<string, PaddingMode>> = { constant: "zero", reflect: "reflect", edge: "edge" };

export function pad(view: NodeView): Part[] {
  const mode = modes[view.text("mode", "constant")];
  const given = view.attributeOrInput("pads", 1) ?? view.numbers("paddings") ?? [];
  const rank = view.shape.length;
  const axes = (view.list(3, "axes") ?? view.shape.map((_, axis) => axis)).map((axis) => view.axis(axis));
  const sides = view.shape.map(() => [0, 0]);
  axes.forEach((axis, i) => (sides[axis] = [given[i], given[i + axes.length]]));
  const places = rank === 3 ? [2] : rank === 4 ? [2, 3] : [];
  const isInPlaces = sides.every(
    ([before, after], axis) => places.includes(axis) || (before <= 0 && after <= 0),
  );
  const isBatch = sides.some(
    ([before, after], axis) => isOpen(view.shape[axis]) && (before !== 0 || after !== 0),
  );
  if (mode === undefined || isBatch || (mode !== "zero" && !isInPlaces)) {
    throw view.unsupported(
      `mode ${view.text("mode", "constant")} with pads ${given.join(", ")} on ${rank} axes is not in the catalogue`,
    );
  }
  // A negative number crops.
  const cuts = sides.flatMap(([before, after], axis): Part[] => {
    if (before >= 0 && after >= 0) return [];
    const end = view.shape[axis] + Math.min(after, 0);
    return [{ name: "pad_cut", layer: new Slice({ axis, begin: Math.max(0, -before), end }) }];
  });
  const grown = sides.map((side) => side.map((by) => Math.max(by, 0)));
  const pads = isInPlaces ? padding(grown, places, mode) : grown.flatMap((side, axis) => padAxis(side, axis));
  const value = mode === "zero" ? (view.list(2, "value")?.[0] ?? view.number("value", 0)) : 0;
  if (value === 0 || pads.length === 0) return [...cuts, ...pads];
  // To pad x with v: pad x − v with zeros, then add v everywhere.
  const shift = (by: number): Affine => new Affine(full([1], 1), full([1], by, "float64"));
  return [
    ...cuts,
    { name: "pad_down", layer: shift(-value) },
    ...pads,
    { name: "pad_up", layer: shift(value) },
  ];
}

/** The library's padding layers, for signals and images. */
function padding(sides: readonly number[][], places: readonly number[], mode: PaddingMode): Part[] {
  if (sides.flat().every((by) => by === 0)) return [];
  const [[top, bottom], [left, right]] = [sides[places[0]], sides[places[places.length - 1]]];
  const layer =
    places.length === 1
      ? new Pad1d({ pad: [left, right], mode })
      : new Pad2d({ pad: { top, bottom, left, right }, mode });
  return [{ name: "pad", layer }];
}

/** Zeros along any axis, which is treated as the rows of an image. */
function padAxis([top, bottom]: readonly number[], axis: number): Part[] {
  if (top === 0 && bottom === 0) return [];
  const rows = (shape: Shape): number[] => [
    ...[sizeOf(shape.slice(0, axis)), 1],
    ...[shape[axis], sizeOf(shape.slice(axis + 1))],
  ];
  const layer = new Around(new Pad2d({ pad: { top, bottom } }), rows, (shape) =>
    shape.map((extent, i) => (i === axis ? extent + top + bottom : extent)),
  );
  return [{ name: "pad", layer }];
}

/** The order of the input channels: in DCR the block's position changes slowest, in CRD (PyTorch's) the channel does. */
export function depthToSpace(view: NodeView): Part[] {
  const order = view.text("mode", "DCR") === "CRD" ? "channel" : "place";
  const factor = view.number("blocksize", 1);
  return [{ name: "shuffle", layer: new PixelShuffle({ factor, order }) }];
}

export function spaceToDepth(view: NodeView): Part[] {
  const factor = view.number("blocksize", 1);
  return [{ name: "unshuffle", layer: new PixelUnshuffle({ factor, order: "place" }) }];
}

function unknown(view: NodeView): string {
  return `onnx: ${view.title} needs to know the shape of its input; give importOnnx the shape of one example as input.`;
}
