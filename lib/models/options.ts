/** The options of every published network, and a function that several of them use. */
import { full, type DType } from "../array/tensor.js";
import type { Conv2d } from "../layers/convolution/conv2d.js";
import type { Linear } from "../layers/linear.js";

/** The options of every published network: the seed of its initial weights and their dtype. */
export interface ModelOptions {
  /** The seed of the initial weights; 1. */
  seed?: number;
  /** "float32" (default) to train, "float64" to check gradients. */
  dtype?: DType;
}

/** The layer with all biases at this value instead of zero: then a rectifier starts above 0 and learns from the beginning. */
export function withBias<L extends Conv2d | Linear>(layer: L, value: number): L {
  const { b } = layer.parameters;
  if (b) b.value = full(b.value.shape, value, b.value.dtype);
  return layer;
}
