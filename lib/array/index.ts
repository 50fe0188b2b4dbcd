/** Tensors: made, read, viewed, checked; seeded random numbers; the library's errors. */
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
  type Shape,
  type Tensor,
} from "./tensor.js";
