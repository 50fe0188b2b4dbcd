/** What a tensor is: an `ndarray` over a Float32Array or a Float64Array, and the types that go with it. */
import type { NdArray } from "ndarray";

declare module "ndarray" {
  interface NdArray<D extends import("ndarray").Data = import("ndarray").Data<number>> {
    /** The parts along the first axis, as views: the rows of a matrix, the images of a batch. `flat(x)` gives numbers. */
    [Symbol.iterator](): IterableIterator<import("ndarray").NdArray<D>>;
  }
}

/**
 * The type of a tensor's numbers: "float32", half the memory and faster, to train with; "float64", 16 digits, to check
 * gradients with.
 */
export type DType = "float32" | "float64";
/**
 * The numbers of a tensor: a Float32Array or a Float64Array. The two interfaces declare `reduce` each with its own
 * array type, so that TypeScript could not call it on either; `Reducible` says what they have in common.
 */
export type Numbers<T extends DType = DType> = {
  float32: Float32Array & Reducible;
  float64: Float64Array & Reducible;
}[T];
/**
 * A tensor: an `ndarray` of float32 or float64 numbers, with any number of axes. Images are N×C×H×W, signals N×C×L, rows of
 * numbers N×F.
 *
 * `Tensor<"float64">` where a program wants to say the dtype, plain `Tensor` where it is either. Functions that make
 * tensors give the plain one, so that `let w = zeros([2], "float64")` may later hold the result of any operation.
 */
export type Tensor<T extends DType = DType> = NdArray<Numbers<T>>;
/**
 * The extents of a tensor, the first axis first: [2, 3, 28, 28] is N×C×H×W, two images of three channels and 28×28
 * pixels.
 */
export type Shape = readonly number[];
/** Numbers nested as deep as the tensor has dimensions: `[[1, 2], [3, 4]]` is 2×2. */
export type Nested = number | readonly Nested[];

/** Reducing the numbers of a tensor, whichever of the two arrays holds them. */
export interface Reducible {
  /** As `Array.prototype.reduce`. */
  reduce(f: (result: number, value: number, index: number, numbers: ArrayLike<number>) => number): number;
  reduce<R>(f: (result: R, value: number, index: number, numbers: ArrayLike<number>) => R, initial: R): R;
  /** As `Array.prototype.reduceRight`. */
  reduceRight(
    f: (result: number, value: number, index: number, numbers: ArrayLike<number>) => number,
  ): number;
  reduceRight<R>(
    f: (result: R, value: number, index: number, numbers: ArrayLike<number>) => R,
    initial: R,
  ): R;
}
