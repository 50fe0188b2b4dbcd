/**
 * `toEqual` on tensors: of one shape and dtype, and number by number the same, however they lie in memory. Vitest itself would
 * go through them as what can be iterated over, and compare the whole buffer again for every part of every part.
 */
import { expect } from "vitest";
import { flat, type Tensor } from "../../lib/array/tensor.js";

function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape, stride } = value as Partial<Tensor>;
  const isBuffer = data instanceof Float32Array || data instanceof Float64Array;
  return isBuffer && Array.isArray(shape) && Array.isArray(stride);
}

expect.addEqualityTesters([
  (a: unknown, b: unknown): boolean | undefined => {
    if (!isTensor(a) || !isTensor(b)) return undefined;
    if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
    const [A, B] = [flat(a), flat(b)];
    return A.every((value: number, i: number) => Object.is(value, B[i]));
  },
]);
