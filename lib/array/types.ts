/** What a tensor is: an `ndarray` over a Float32Array or a Float64Array, and the types that go with it. */
import type { NdArray } from "ndarray";

declare module "ndarray" {
  interface NdArray<D extends import("ndarray").Data = import("ndarray").Data<number>> {
    /** The parts along the first axis, as views: the rows of a matrix, the images of a batch. `flat(x)` gives numbers. */
    [Symbol.iterator](): IterableIterator<import("ndarray").NdArray<D>>;
  }
}

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
 * `Tensor<"float64">` where a program wants to say the dtype, plain `Tensor` where it is either. Functions that make
 * tensors give the plain one, so that `let w = zeros([2], "float64")` may later hold the result of any operation.
 */
export type Tensor<T extends DType = DType> = NdArray<Numbers<T>>;
export type Shape = readonly number[];
/** Numbers nested as deep as the tensor has dimensions: `[[1, 2], [3, 4]]` is 2×2. */
export type Nested = number | readonly Nested[];

/** Reducing the numbers of a tensor, whichever of the two arrays holds them. */
export interface Reducible {
  reduce(f: (result: number, value: number, index: number, numbers: ArrayLike<number>) => number): number;
  reduce<R>(f: (result: R, value: number, index: number, numbers: ArrayLike<number>) => R, initial: R): R;
  reduceRight(
    f: (result: number, value: number, index: number, numbers: ArrayLike<number>) => number,
  ): number;
  reduceRight<R>(
    f: (result: R, value: number, index: number, numbers: ArrayLike<number>) => R,
    initial: R,
  ): R;
}
