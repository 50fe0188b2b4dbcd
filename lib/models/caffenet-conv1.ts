/**
 * The first layer of a network that was trained on a million photographs: CaffeNet, which is AlexNet but for the order of
 * pooling and normalisation (Y. Jia and others, "Caffe: Convolutional architecture for fast feature embedding", 2014).
 */
import { wrap, type Tensor } from "../array/tensor.js";

/** What stands for a weight of zero among the bytes: between 122 and 123, the median of all. */
const zero = 122.5;

/** Numbers in a channel of a filter. */
const window = 11 * 11;

/**
 * The 96 filters of CaffeNet's first layer, 96×3×11×11 float32: windows of 11×11, taken at a stride of 4. They are part of
 * the package (35 kB), and are loaded when this is called.
 *
 *     filters(await caffeNetConv1(), { columns: 16, scale: "each" })
 *
 * They were read from a published picture, so they are known to 8 bits and up to one factor: here they reach from −0.96 to
 * 1.04. Their channels are red, green and blue. (Caffe keeps blue first, and the picture draws blue as red.)
 */
export async function caffeNetConv1(): Promise<Tensor> {
  const { levels } = await import("./caffenet-conv1-bytes.js");
  const bytes = atob(levels);
  const weights = new Float32Array(bytes.length);
  for (let i = 0; i < weights.length; i++) {
    const channel = Math.floor(i / window) % 3;
    weights[i] = (bytes.charCodeAt(i + (2 - 2 * channel) * window) - zero) / 127.5; // blue, green, red there
  }
  return wrap(weights, [96, 3, 11, 11]);
}
