/**
 * How weights begin. An initialiser gets the weights' shape and how many inputs each output sums over (fan-in)
 * and how many outputs each input feeds (fan-out).
 */
import type { Random } from "../array/random.js";
import type { DType, Shape, Tensor } from "../array/tensor.js";

export interface Fans {
  readonly in: number;
  readonly out: number;
}

export type Initializer = (shape: Shape, fans: Fans, dtype: DType, random: Random) => Tensor;

/** Normal with deviation √(2/fan-in), which keeps the variance through ReLU layers (He et al., 2015). */
export const heNormal: Initializer = (shape, fans, dtype, random) =>
  random.normal(shape, 0, Math.sqrt(2 / fans.in), dtype);

/** Normal with deviation √(1/fan-in), which keeps the variance through linear layers (LeCun et al., 1998). */
export const lecunNormal: Initializer = (shape, fans, dtype, random) =>
  random.normal(shape, 0, Math.sqrt(1 / fans.in), dtype);

/** Normal with a deviation of your own: a small one before a softmax makes all classes equally likely at first. */
export const normal =
  (deviation: number): Initializer =>
  (shape, _fans, dtype, random) =>
    random.normal(shape, 0, deviation, dtype);
