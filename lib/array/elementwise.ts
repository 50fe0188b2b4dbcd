/**
 * Arithmetic that takes tensors number by number, on the loops of `ndarray-ops`. Operands of different shapes are
 * broadcast (see broadcast.ts), and either may be a plain number. Views of any strides come in; what goes out is
 * dense, of the operands' dtype: float32 and float64 are not mixed. Along 256 numbers or more the engine's routines compute,
 * where it has them (`lib/engine`): the bits are the same, but of exp, log and tanh, where the last place may differ.
 */
import ops from "ndarray-ops";
import { broadcastShapes, broadcastTo } from "./broadcast.js";
import { sameDType } from "./check.js";
import { arithmeticFor, type Loop } from "./routines.js";
import { asLines, asMatrices, runsOf } from "./runs.js";
import { DTypeError, ShapeError, ValueError, showShape } from "./errors.js";
import {
  allocate,
  dtypeOf,
  isDense,
  sizeOf,
  zeros,
  type DType,
  type Shape,
  type Tensor,
  view,
} from "./tensor.js";

/** A tensor, or one number for every place. A number is rounded to the other operand's precision first. */
export type Operand = Tensor | number;

/** Where the result of an operation goes: into a tensor that is there already, or into a new one. */
export interface OutOption {
  /** A dense tensor of the result's shape and dtype that is written into and returned, for loops that must not allocate. */
  out?: Tensor;
}

/** Loops along one axis; those of `ndarray-ops` take any number of axes. */
const lines = new WeakSet<Loop>();

/** a + b. */
export function add(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("add", ops.add, { a, b }, options);
}

/** a − b. */
export function subtract(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("subtract", ops.sub, { a, b }, options);
}

/** a · b, number by number (the Hadamard product); `matmul` is the product of matrices. */
export function multiply(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("multiply", ops.mul, { a, b }, options);
}

/** a / b. A division by zero gives ±∞, 0/0 gives NaN, as in IEEE 754. */
export function divide(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("divide", ops.div, { a, b }, options);
}

/** aᵇ. As in C and NumPy, 1ᵇ and a⁰ are 1 whatever the other is; a negative number to a broken power is NaN. */
export function power(a: Operand, b: Operand, options?: OutOption): Tensor {
  if (b === 2 && typeof a !== "number") return combine("power", ops.mul, { a, b: a }, options, "multiply");
  return combine("power", raised, { a, b }, options);
}

/** The larger of a and b in every place; NaN where either is NaN. `max` is the largest number of one tensor. */
export function maximum(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("maximum", ops.max, { a, b }, options);
}

/** The smaller of a and b in every place; NaN where either is NaN. `min` is the smallest number of one tensor. */
export function minimum(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("minimum", ops.min, { a, b }, options);
}

/** 1 where a = b, else 0. */
export function equal(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("equal", ops.eq, { a, b }, options);
}

/** 1 where a ≠ b, else 0. */
export function notEqual(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("notEqual", ops.neq, { a, b }, options);
}

/** 1 where a > b, else 0. */
export function greater(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("greater", ops.gt, { a, b }, options);
}

/** 1 where a ≥ b, else 0. */
export function greaterEqual(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("greaterEqual", ops.geq, { a, b }, options);
}

/** 1 where a < b, else 0. */
export function less(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("less", ops.lt, { a, b }, options);
}

/** 1 where a ≤ b, else 0. */
export function lessEqual(a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("lessEqual", ops.leq, { a, b }, options);
}

/** a where the condition is not 0, else b. NaN counts as not 0. */
export function where(condition: Operand, a: Operand, b: Operand, options?: OutOption): Tensor {
  return combine("where", choose, { condition, a, b }, options);
}

const choose = along((out, condition, a, b) => {
  const [Y, C, A, B] = [out.data, condition.data, a.data, b.data];
  const [k, i, j] = [condition.stride[0], a.stride[0], b.stride[0]];
  let [ci, ai, bi] = [condition.offset, a.offset, b.offset];
  for (let y = out.offset, end = y + out.size; y < end; y++, ci += k, ai += i, bi += j)
    Y[y] = C[ci] !== 0 ? A[ai] : B[bi];
});

/** x with every number below `low` raised to it and every number above `high` lowered to it; NaN stays. */
export function clip(x: Operand, low: Operand, high: Operand, options?: OutOption): Tensor {
  if (typeof low === "number" && typeof high === "number" && !(low <= high)) {
    throw new ValueError(`clip: low is ${low} and high is ${high}; low must not be above high.`);
  }
  return combine("clip", keepInside, { x, low, high }, options);
}

const keepInside = loopOf((value, least, most) => (value < least ? least : value > most ? most : value));

/** −x. */
export function negate(x: Tensor, options?: OutOption): Tensor {
  return combine("negate", ops.neg, { x }, options);
}

/** eˣ. */
export function exp(x: Tensor, options?: OutOption): Tensor {
  return combine("exp", ops.exp, { x }, options);
}

/** The natural logarithm: −∞ at 0, NaN below. */
export function log(x: Tensor, options?: OutOption): Tensor {
  return combine("log", ops.log, { x }, options);
}

/** √x; NaN below 0. */
export function sqrt(x: Tensor, options?: OutOption): Tensor {
  return combine("sqrt", ops.sqrt, { x }, options);
}

/** |x|. */
export function abs(x: Tensor, options?: OutOption): Tensor {
  return combine("abs", ops.abs, { x }, options);
}

/** −1, 0 or 1, as x is negative, zero or positive; NaN stays. */
export function sign(x: Tensor, options?: OutOption): Tensor {
  return combine("sign", signs, { x }, options);
}

/** sin x, x in radians. */
export function sin(x: Tensor, options?: OutOption): Tensor {
  return combine("sin", ops.sin, { x }, options);
}

/** cos x, x in radians. */
export function cos(x: Tensor, options?: OutOption): Tensor {
  return combine("cos", ops.cos, { x }, options);
}

/** The hyperbolic tangent. */
export function tanh(x: Tensor, options?: OutOption): Tensor {
  return combine("tanh", tangents, { x }, options);
}

/** The largest whole number not above x. */
export function floor(x: Tensor, options?: OutOption): Tensor {
  return combine("floor", ops.floor, { x }, options);
}

/** The smallest whole number not below x. */
export function ceil(x: Tensor, options?: OutOption): Tensor {
  return combine("ceil", ops.ceil, { x }, options);
}

/** The nearest whole number; halves go to the even one, as in NumPy and PyTorch. */
export function round(x: Tensor, options?: OutOption): Tensor {
  return combine("round", rounds, { x }, options);
}

function toEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Math.pow, but for the two places where ECMAScript leaves IEEE 754: 1 to the power of NaN or ±∞, and −1 to ±∞. */
function raise(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
  return base ** exponent;
}

const [raised, signs, tangents, rounds] = [
  loopOf(raise),
  loopOf(Math.sign),
  loopOf(Math.tanh),
  loopOf(toEven),
];

/**
 * Runs the loop over the operands, broadcast to one shape; along long runs the engine's routine in its place.
 * @param routine  the routine's name
 */
function combine(
  operation: string,
  loop: Loop,
  operands: Readonly<Record<string, Operand>>,
  { out }: OutOption = {},
  routine = operation,
): Tensor {
  const tensors = Object.fromEntries(
    Object.entries(operands).filter((entry): entry is [string, Tensor] => typeof entry[1] !== "number"),
  );
  for (const [name, x] of Object.entries(tensors)) expectTensor(operation, name, x);
  const dtype = Object.keys(tensors).length > 0 ? sameDType(operation, tensors) : "float32";
  const given = Object.values(operands).map((x) => (typeof x === "number" ? scalar(x, dtype) : x));
  const shape = broadcastShapes(operation, ...given.map((x) => x.shape));
  const result = outFor(operation, out, shape, dtype, given);
  if (sizeOf(shape) === 0) return result;
  const views = [result, ...given.map((x) => broadcastTo(x, shape))];
  const runs = runsOf(views);
  const isPlain = runs.steps.every((step) => step === 0 || step === 1);
  const isOnLine = runs.length === sizeOf(shape) || (runs.length >= LONG && isPlain);
  if (!lines.has(loop) && !isOnLine) {
    loop(result, ...(views.slice(1) as [Tensor]));
    return result;
  }
  const quick = isPlain ? arithmeticFor(runs.length)?.loop(routine) : undefined;
  const parts = (quick ? asMatrices(views, runs) : asLines(views, runs)) as [Tensor, ...Tensor[]];
  const { each } = quick ? runs.rows : runs;
  each((starts) => {
    starts.forEach((start, i) => (parts[i].offset = start));
    (quick ?? loop)(...parts);
  });
  return result;
}

/** From so many numbers on, a run is worth a call of its own. */
const LONG = 64;

function scalar(value: number, dtype: DType): Tensor {
  const data = allocate(1, dtype);
  data[0] = value;
  return view(data, []);
}

/** @throws TypeError for anything but a tensor, naming what came */
export function expectTensor(operation: string, name: string, x: unknown): asserts x is Tensor {
  const isArray = typeof x === "object" && x !== null && "stride" in x && "data" in x;
  if (!isArray) {
    const what = Array.isArray(x) ? "an array" : x === null ? "null" : `of type ${typeof x}`;
    throw new DTypeError(`${operation}: ${name} is ${what}; make a tensor of it with tensor([…]).`);
  }
  dtypeOf(x as Tensor, `${operation}: ${name}`);
}

/** The tensor to write into: a new one, or `out` when it is of the result's kind and no operand would be overwritten too early. */
export function outFor(
  operation: string,
  out: Tensor | undefined,
  shape: Shape,
  dtype: DType,
  operands: readonly Tensor[],
): Tensor {
  if (out === undefined) return zeros(shape, dtype);
  expectTensor(operation, "out", out);
  if (showShape(out.shape) !== showShape(shape) || out.dtype !== dtype || !isDense(out)) {
    throw new ShapeError(
      `${operation}: out is ${isDense(out) ? "" : "a strided view, "}${showShape(out.shape)} of ${out.dtype}, but the result is ` +
        `${showShape(shape)} of ${dtype}; give a dense tensor such as zeros([${shape.join(", ")}], "${dtype}").`,
    );
  }
  const clash = operands.some((x) => x.data.buffer === out.data.buffer && !sameElements(x, out));
  if (clash) {
    throw new ValueError(
      `${operation}: out shares memory with an operand whose elements lie in another order; give a tensor of its own memory.`,
    );
  }
  return out;
}

/** Whether two tensors are the same elements in the same order, or lie apart in their buffer. */
function sameElements(x: Tensor, out: Tensor): boolean {
  const start = (one: Tensor): number => one.data.byteOffset + one.offset * one.data.BYTES_PER_ELEMENT;
  if (isDense(x) && start(x) === start(out) && x.size === out.size) return true;
  const reach = (one: Tensor): [number, number] => {
    let [least, most] = [0, 0];
    one.shape.forEach((extent, axis) => {
      const far = (extent - 1) * one.stride[axis];
      if (far < 0) least += far;
      else most += far;
    });
    const bytes = one.data.BYTES_PER_ELEMENT;
    return [start(one) + least * bytes, start(one) + most * bytes];
  };
  const [[a, b], [c, d]] = [reach(x), reach(out)];
  return b < c || d < a || x.size === 0;
}

/** The loop of a function of single numbers, along one axis. */
function loopOf(f: (...values: number[]) => number): Loop {
  return along((out, ...operands) => {
    const [Y, [A, B, C]] = [out.data, operands.map((x) => x.data)];
    let [[a, b, c], y] = [operands.map((x) => x.offset), out.offset];
    const [i, j, k] = operands.map((x) => x.stride[0]);
    const end = y + out.size;
    // A call with a fixed number of arguments is one that V8 can put in line.
    if (B === undefined) for (; y < end; y++, a += i) Y[y] = f(A[a]);
    else if (C === undefined) for (; y < end; y++, a += i, b += j) Y[y] = f(A[a], B[b]);
    else for (; y < end; y++, a += i, b += j, c += k) Y[y] = f(A[a], B[b], C[c]);
  });
}

/** A loop that knows one axis only. */
function along(loop: Loop): Loop {
  lines.add(loop);
  return loop;
}
