/**
 * Constant folding: operators on constants are computed while a model is imported. Shapes are constants too, and so is
 * everything that a graph computes from its own sizes.
 */
import { rowsAlong } from "../../array/axes.js";
import { broadcastShapes, broadcastTo } from "../../array/broadcast.js";
import { ValueError } from "../../array/errors.js";
import { concat, sliceView, tile, transpose } from "../../array/rearrange.js";
import {
  allocate,
  cast,
  copy,
  flat,
  full,
  reshape,
  sizeOf,
  wrap,
  type DType,
  type Tensor,
} from "../../array/tensor.js";
import type { ElementKind } from "../../formats/elements.js";
import { filledIn, inserted, partOf } from "./extents.js";
import { BATCH, isOpen, type NodeView, type Operand } from "./view.js";

/** A constant, and whether its numbers are whole. */
export type Constant = Required<Pick<Operand, "constant">> & Operand;

/** The largest constant that an operator may make: for a larger one, the numbers it was computed from are wrong or open. */
const LARGEST = 1e8;

/** The kinds that hold whole numbers. */
export function isWhole(kind: ElementKind | undefined): boolean {
  return kind !== undefined && /^[iu]|^bool/.test(kind);
}

/**
 * Computes an operator on constants.
 * @param output  the index of the node's output
 * @returns undefined when it is not one of these operators, or not all its inputs are constants
 */
export function fold(view: NodeView, output = 0): Constant | undefined {
  const { op } = view.node;
  if (op === "Constant") return stored(view);
  if (op === "Shape") return shapeOf(view);
  if (op === "Size") {
    const { knownShape } = view;
    return knownShape && whole([sizeOf(knownShape)], [], knownShape.some(isOpen));
  }
  const constants = view.operands.map((operand) => operand?.constant);
  const isComplete = constants.every(
    (constant, i) => constant !== undefined || view.operands[i] === undefined,
  );
  if (!isComplete || constants[0] === undefined) return undefined;
  const result = folded(view, constants as Tensor[], output);
  if (result === undefined) return undefined;
  const isOfBatch = view.operands.some((operand) => operand?.isOfBatch);
  return {
    constant: result,
    shape: result.shape,
    isInteger: isInteger(view),
    // A part of a shape that does not include the batch's extent does not depend on the batch.
    isOfBatch: isOfBatch && flat(result).some((value) => Math.abs(value) >= BATCH / 100),
  };
}

function stored(view: NodeView): Constant {
  const {
    value,
    value_float: float,
    value_floats: floats,
    value_int: int,
    value_ints: ints,
  } = view.node.attributes;
  if (value?.type === "tensor") {
    const { value: constant, kind } = value.value;
    return { constant, shape: constant.shape, isInteger: isWhole(kind) };
  }
  const list = [float ?? int ?? floats ?? ints].flatMap((attribute) => attribute?.value as number[]);
  const shape = float || int ? [] : [list.length];
  if (!(float ?? floats)) return whole(list, shape, false);
  return { constant: wrap(Float32Array.from(list), shape), shape };
}

function shapeOf(view: NodeView): Constant | undefined {
  const { knownShape } = view;
  const part = knownShape?.slice(view.number("start", 0), view.number("end", knownShape.length));
  return part && whole(part, [part.length], part.some(isOpen));
}

function whole(values: readonly number[], shape: readonly number[], isOfBatch: boolean): Constant {
  return { constant: wrap(Float64Array.from(values), shape), shape, isInteger: true, isOfBatch };
}

/** Whether an operator's result is of whole numbers: always for comparisons, for most others if their inputs are. */
function isInteger(view: NodeView): boolean {
  const { op } = view.node;
  if (op === "Cast") return !view.castsToFloat;
  if (op === "ConstantOfShape") {
    const { value } = view.node.attributes;
    return value?.type === "tensor" && isWhole(value.value.kind);
  }
  if (op in comparisons || op === "Not") return true;
  return view.isInteger(op === "Where" ? 1 : 0);
}

type Values = Float32Array | Float64Array;

/** Comparisons: 1 for true, 0 for false. */
export const comparisons: Readonly<Record<string, (a: number, b: number) => number>> = {
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Xor: (a, b) => Number((a !== 0) !== (b !== 0)),
};

const pairs: Readonly<Record<string, (a: number, b: number) => number>> = {
  ...comparisons,
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Pow: (a, b) => a ** b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
};

const singles: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Exp: Math.exp,
  Floor: Math.floor,
  Log: Math.log,
  Neg: (x) => -x,
  Not: (x) => Number(x === 0),
  Reciprocal: (x) => 1 / x,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
};

/** Reductions of shapes and tables. */
const reductions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  ReduceMax: (values) => Math.max(...values),
  ReduceMin: (values) => Math.min(...values),
  ReduceProd: (values) => values.reduce((product, value) => product * value, 1),
  ReduceSum: (values) => values.reduce((sum, value) => sum + value, 0),
};

/** The operators that are translated only for constants. */
export const foldable: ReadonlySet<string> = new Set([
  ...["Constant", "ConstantOfShape", "Shape", "Size", "Range", "Trilu", "ReduceProd"],
  ...[...Object.keys(pairs), ...Object.keys(singles)],
]);

function folded(view: NodeView, constants: readonly Tensor[], output: number): Tensor | undefined {
  const { op } = view.node;
  const [x] = constants;
  if (Object.hasOwn(singles, op)) return mapped(x, singles[op]);
  if (Object.hasOwn(pairs, op)) return constants.reduce((a, b) => paired(a, b, pairOf(view)));
  if (Object.hasOwn(reductions, op)) return reduced(view, x);
  switch (op) {
    case "Identity":
      return x;
    case "Cast":
      return castTo(view, x);
    case "Transpose":
      return transpose(x, view.numbers("perm"));
    case "Reshape":
      return reshape(x, filledIn(view.attributeOrInput("shape", 1) ?? [], x.shape));
    case "Flatten": {
      const axis = view.number("axis", 1);
      const which = axis < 0 ? axis + x.shape.length : axis;
      return reshape(x, [sizeOf(x.shape.slice(0, which)), sizeOf(x.shape.slice(which))]);
    }
    case "Unsqueeze":
      return reshape(x, inserted(x.shape, view.attributeOrInput("axes", 1) ?? []));
    case "Squeeze": {
      const axes = view.attributeOrInput("axes", 1)?.map((axis) => view.axis(axis, x.shape.length));
      return reshape(
        x,
        x.shape.filter((extent, axis) => (axes ? !axes.includes(axis) : extent !== 1)),
      );
    }
    case "Gather":
      return taken(view, x);
    case "ConstantOfShape": {
      const { value } = view.node.attributes;
      const fill = value?.type === "tensor" ? flat(value.value.value)[0] : 0;
      return sizeOf([...flat(x)]) > LARGEST ? undefined : full([...flat(x)], fill, "float64");
    }
    case "Slice":
      return sliced(view, x);
    case "Split": {
      const axis = view.axis(view.number("axis", 0), x.shape.length);
      const [begin, end] = partOf(view, x.shape[axis], output);
      return copy(sliceView(x, [...Array<null>(axis).fill(null), [begin, end]]));
    }
    case "Concat":
      return concat(
        constants.map((one) => cast(one, widest(constants))),
        view.axis(view.number("axis", 0), x.shape.length),
      );
    case "Expand": {
      const shape = broadcastShapes("onnx", x.shape, view.list(1, "shape") ?? []);
      // Expanded to the whole batch it is not changed here: it is broadcast where it meets the batch.
      if (shape.some(isOpen)) return reshape(x, [...shape.slice(x.shape.length).map(() => 1), ...x.shape]);
      return sizeOf(shape) > LARGEST ? undefined : copy(broadcastTo(x, shape));
    }
    case "Tile":
      return tile(x, view.list(1, "repeats") ?? []);
    case "Where":
      return chosen(x, constants[1], constants[2]);
    case "Range":
      return range(constants.map((one) => flat(one)[0]));
    case "Trilu":
      return triangle(view, x);
    default:
      return undefined;
  }
}

function widest(constants: readonly Tensor[]): DType {
  return constants.some(({ dtype }) => dtype === "float64") ? "float64" : "float32";
}

function mapped(x: Tensor, f: (value: number) => number): Tensor {
  return wrap(flat(x).map(f) as Float32Array, x.shape);
}

/** Division of whole numbers drops the fraction; a remainder has the divisor's sign, or with fmod the dividend's. */
function pairOf(view: NodeView): (a: number, b: number) => number {
  const { op } = view.node;
  if (op === "Mod" && view.number("fmod", 0)) return (a, b) => a % b;
  if (op !== "Div" || !view.isInteger(0)) return pairs[op];
  return (a, b) => {
    if (b === 0)
      throw new ValueError(`onnx: ${view.title} divides a whole number by 0; the file is damaged.`);
    return Math.trunc(a / b);
  };
}

function paired(a: Tensor, b: Tensor, f: (a: number, b: number) => number): Tensor {
  const shape = broadcastShapes("onnx", a.shape, b.shape);
  const [A, B] = [flat(broadcastTo(a, shape)), flat(broadcastTo(b, shape))];
  const Y = allocate(A.length, widest([a, b]));
  for (let i = 0; i < Y.length; i++) Y[i] = f(A[i], B[i]);
  return wrap(Y, shape);
}

function reduced(view: NodeView, x: Tensor): Tensor {
  const given = view.attributeOrInput("axes", 1);
  const axes = (given ?? x.shape.map((_, axis) => axis)).map((axis) => view.axis(axis, x.shape.length));
  const { values, count, length, kept, rest } = rowsAlong(x, axes);
  const Y = allocate(count, x.dtype);
  for (let row = 0; row < count; row++)
    Y[row] = reductions[view.node.op]([...values.subarray(row * length, (row + 1) * length)]);
  return wrap(Y, view.number("keepdims", 1) ? kept : rest);
}

function castTo(view: NodeView, x: Tensor): Tensor {
  if (view.castsToFloat)
    return view.isInteger(0) ? cast(x, view.castsTo === "f64" ? "float64" : "float32") : x;
  return mapped(x, view.castsTo === "bool" ? (value) => Number(value !== 0) : Math.trunc);
}

/** The elements of an axis at a list of indices; the indices' shape replaces the axis. */
function taken(view: NodeView, x: Tensor): Tensor {
  const indices = view.required(1, "indices");
  const axis = view.axis(view.number("axis", 0), x.shape.length);
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const [X, places] = [flat(x), flat(indices)];
  const Y = allocate(outer * places.length * inner, x.dtype);
  for (let o = 0; o < outer; o++)
    places.forEach((given, k) => {
      const place = given < 0 ? given + x.shape[axis] : given;
      if (!(place >= 0 && place < x.shape[axis]))
        throw new ValueError(
          `onnx: ${view.title} takes place ${given} of ${x.shape[axis]}; the file is damaged.`,
        );
      const from = (o * x.shape[axis] + place) * inner;
      Y.set(X.subarray(from, from + inner), (o * places.length + k) * inner);
    });
  return wrap(Y, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
}

/** A part of a constant. */
function sliced(view: NodeView, x: Tensor): Tensor {
  const [starts, ends] = [view.attributeOrInput("starts", 1) ?? [], view.attributeOrInput("ends", 2) ?? []];
  const axes = view.attributeOrInput("axes", 3) ?? starts.map((_, i) => i);
  const steps = view.list(4, "steps") ?? starts.map(() => 1);
  let part = x;
  axes.forEach((given, i) => {
    const axis = view.axis(given, x.shape.length);
    part = sliceView(part, [...Array<null>(axis).fill(null), [starts[i], ends[i], steps[i]]]);
  });
  return copy(part);
}

function chosen(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes("onnx", condition.shape, a.shape, b.shape);
  const [C, A, B] = [condition, a, b].map((one) => flat(broadcastTo(one, shape)));
  return wrap(
    A.map((value: number, i: number) => (C[i] !== 0 ? value : B[i])) as Values as Float32Array,
    shape,
  );
}

function range([start, limit, delta]: readonly number[]): Tensor | undefined {
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= LARGEST)) return undefined;
  return wrap(
    Float64Array.from({ length: count }, (_, i) => start + i * delta),
    [count],
  );
}

/** The upper or lower triangle of matrices, zeros elsewhere. */
function triangle(view: NodeView, x: Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  const [isUpper, k] = [view.number("upper", 1) === 1, view.list(1, "k")?.[0] ?? 0];
  return wrap(
    flat(x).map((value: number, at: number) => {
      const [i, j] = [Math.floor(at / columns) % rows, at % columns];
      return (isUpper ? j - i >= k : j - i <= k) ? value : 0;
    }) as Values as Float32Array,
    x.shape,
  );
}

/** A constant with its axes in another order. */
export function permuted(x: Tensor, order: readonly number[]): Tensor {
  return transpose(x, order);
}
