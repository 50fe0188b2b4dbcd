/** Makes a constant that is added after a layer the layer's bias: many exporters write the two separately. */
import { flat, wrap, type Tensor } from "../../array/tensor.js";
import { Conv1d } from "../../layers/convolution/conv1d.js";
import { Conv2d } from "../../layers/convolution/conv2d.js";
import type { Layer, Merge } from "../../layers/layer.js";
import { Linear } from "../../layers/linear.js";
import { Around } from "./layers.js";
import { blank, filled } from "./windows.js";

/** The layer with a bias, if it can have one and the constant has one number for each channel of its output. */
export function biased(layer: Layer | Merge, constant: Tensor): Layer | undefined {
  if (layer instanceof Around && layer.inner instanceof Linear) {
    const isLast = constant.shape.at(-1) === constant.size;
    const inner = isLast ? withBias(layer.inner, constant) : undefined;
    return inner && new Around(inner, layer.before, layer.after);
  }
  const isPlain = layer instanceof Conv1d || layer instanceof Conv2d || layer instanceof Linear;
  if (!isPlain) return undefined;
  const rank = layer instanceof Linear ? 2 : layer instanceof Conv1d ? 3 : 4;
  const aligned = [...Array<number>(Math.max(0, rank - constant.shape.length)).fill(1), ...constant.shape];
  const isOfChannels =
    aligned.length === rank && aligned.every((extent, axis) => extent === (axis === 1 ? constant.size : 1));
  return isOfChannels ? withBias(layer, constant) : undefined;
}

/** The layer with these numbers as its bias, if it has none and there is one number for each output. */
function withBias<L extends Conv1d | Conv2d | Linear>(layer: L, constant: Tensor): Layer | undefined {
  const { out } = layer.options;
  const w = layer.parameters.w.value;
  if (layer.parameters.b || constant.dtype !== w.dtype || constant.size !== out) return undefined;
  const b = wrap(flat(constant), [out]);
  const options = { bias: true, init: blank };
  if (layer instanceof Linear) return filled(new Linear({ ...layer.options, ...options }), w, b);
  if (layer instanceof Conv1d) return filled(new Conv1d({ ...layer.options, ...options }), w, b);
  return filled(new Conv2d({ ...layer.options, ...options }), w, b);
}
