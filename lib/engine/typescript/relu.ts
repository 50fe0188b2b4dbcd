/**
 * The rectifier without a branch. On activations of random sign a branch is mispredicted every second time and costs more
 * than everything else. So float32 numbers are masked as integers with the same bits: sign, exponent, fraction.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { flat, wrap, type Tensor } from "../../array/tensor.js";
import { reluBackward, reluForward, type ReluCache } from "../../layers/activation/relu.js";
import type { RivalEntry } from "../engine.js";
import { rivals } from "../rivals.js";

/** The bits of +∞; without the sign, only NaN has larger bits. */
const INFINITY_BITS = 0x7f800000;

function forward(x: Tensor): { y: Tensor; cache: ReluCache } {
  const X = flat(x);
  if (!(X instanceof Float32Array)) return reluForward(x);
  const Y = new Float32Array(X.length);
  const [from, to] = [bits(X), bits(Y)];
  for (let i = 0; i < from.length; i++) {
    const value = from[i];
    const isNaN = (INFINITY_BITS - (value & 0x7fffffff)) >> 31;
    to[i] = value & (~(value >> 31) | isNaN);
  }
  return { y: wrap(Y, x.shape), cache: { x } };
}

function backward(dy: Tensor, { x }: ReluCache): { dx: Tensor } {
  sameDType("reluBackward", { dy, x });
  expectShape("reluBackward", "dy", dy, x.shape);
  const [X, dY] = [flat(x), flat(dy)];
  if (X instanceof Float64Array || dY instanceof Float64Array) return reluBackward(dy, { x });
  const dX = new Float32Array(X.length);
  const [values, from, to] = [bits(X), bits(dY), bits(dX)];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const isPositive = ~(value | (value - 1)) >> 31;
    const isNaN = (INFINITY_BITS - (value & 0x7fffffff)) >> 31;
    to[i] = from[i] & isPositive & ~isNaN;
  }
  return { dx: wrap(dX, x.shape) };
}

function bits(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** The rectifier. */
export const relu: readonly RivalEntry[] = rivals(reluForward, forward, reluBackward, backward);
