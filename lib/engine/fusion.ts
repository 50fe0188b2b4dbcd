/**
 * Two functions in one pass over memory. Where a container says what alone reads a function's result (`Rivals.before`), the
 * function may do the reader's part at once, and marks the tensor. The reader finds the mark and passes the tensor on. Each
 * layer still runs and keeps its own cache, so without the container's word every layer computes all of its part itself.
 */
import type { Tensor } from "../array/tensor.js";

/** Results whose ReLU, which alone reads them, is computed already. */
export const ahead = new WeakSet<Tensor>();
/** Outputs of a ReLU. */
export const rectified = new WeakSet<Tensor>();
/** Those of a batch normalisation that has computed the ReLU: it can tell again where its output was positive. */
export const normalised = new WeakSet<Tensor>();
/** Gradients of a ReLU's output that are zero already wherever its input was not positive. */
export const masked = new WeakSet<Tensor>();
/** Gradients of a ReLU's output that the batch normalisation before the ReLU is to mask. */
export const unmasked = new WeakSet<Tensor>();

/** What a routine takes for the least number that it writes: 0 where it computes the ReLU of its results too. */
export function leastOf(rectifies: boolean): number {
  return rectifies ? 0 : -Infinity;
}
