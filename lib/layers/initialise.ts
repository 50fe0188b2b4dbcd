/** How weights begin. Fan-in is the number of inputs that one output sums over. */
import type { Random } from "../array/random.js";
import type { DType, Shape, Tensor } from "../array/tensor.js";

/** Normal with deviation √(2/fan-in), which keeps the variance through ReLU layers (He et al., 2015). */
export function heNormal(shape: Shape, fanIn: number, dtype: DType, random: Random): Tensor {
  return random.normal(shape, 0, Math.sqrt(2 / fanIn), dtype);
}

/** Normal with deviation √(1/fan-in), which keeps the variance through linear layers (LeCun et al., 1998). */
export function lecunNormal(shape: Shape, fanIn: number, dtype: DType, random: Random): Tensor {
  return random.normal(shape, 0, Math.sqrt(1 / fanIn), dtype);
}
