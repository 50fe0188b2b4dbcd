/** What every network of this room lets one choose, and what several of them do. */
import { full, type DType } from "../array/tensor.js";
import type { Conv2d } from "../layers/convolution/conv2d.js";
import type { Linear } from "../layers/linear.js";

/** What every published network lets one choose: the seed of its initial weights and their dtype. */
export interface ModelOptions {
  /** Draws the initial weights; 1. */
  seed?: number;
  /** "float32" (default) to train, "float64" to check gradients. */
  dtype?: DType;
}

/** The layer, with all its biases at this value instead of zero: a rectifier that begins above 0 learns from the start. */
export function withBias<L extends Conv2d | Linear>(layer: L, value: number): L {
  const { b } = layer.parameters;
  if (b) b.value = full(b.value.shape, value, b.value.dtype);
  return layer;
}
