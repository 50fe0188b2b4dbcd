/** Tensors: making, reading, computing with, rearranging, checking and showing them; seeded random numbers; the library's errors. */
export { at, setAt } from "./access.js";
export { expectFinite } from "./check.js";
export { showShape, ShapeError, DTypeError, ValueError, StateError, FormatError } from "./errors.js";
export { Random } from "./random.js";
export {
  cast,
  copy,
  dtypeOf,
  flat,
  full,
  reshape,
  tensor,
  toNested,
  wrap,
  zeros,
  type DType,
  type Nested,
  type Numbers,
  type Shape,
  type Tensor,
} from "./tensor.js";
export type { Reducible } from "./types.js";
export {
  abs,
  add,
  ceil,
  clip,
  cos,
  divide,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  power,
  round,
  sign,
  sin,
  sqrt,
  subtract,
  tanh,
  where,
  type Operand,
  type OutOption,
} from "./elementwise.js";
export {
  argmax,
  argmin,
  argsort,
  dot,
  max,
  mean,
  min,
  norm,
  standardDeviation,
  sum,
  variance,
  type ReduceOptions,
  type VarianceOptions,
} from "./reduce.js";
export { einsum, matmul, outer } from "./product.js";
export { concat, flip, pad, roll, slice, split, stack, tile, transpose, type Range } from "./rearrange.js";
export { arange, diag, eye, linspace, oneHot, ones } from "./make.js";
export { broadcastShapes, broadcastTo } from "./broadcast.js";
export { column, row, rows } from "./rows.js";
export { Printed } from "./printed.js";
export { showTensor } from "./show.js";
export type { Axes } from "./axes.js";
