/**
 * Tiny VGG: four 3×3 convolutions and one linear layer, the network that CNN Explainer draws (Wang et al., 2020). It is small
 * enough to follow every number through it.
 */
import { ShapeError, showShape } from "../array/errors.js";
import { copy, reshape, type Tensor } from "../array/tensor.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Linear } from "../layers/linear.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sequential } from "../net/sequential.js";
import type { ModelOptions } from "./options.js";

/** The number of classes of a `tinyVgg`. */
export interface TinyVggOptions extends ModelOptions {
  /** How many classes; 10. */
  classes?: number;
}

/** 3×64×64, colours from 0 to 1, → scores of the classes, before softmax. 19,920 parameters. */
export function tinyVgg({ classes = 10, seed = 1, dtype = "float32" }: TinyVggOptions = {}): Sequential {
  const conv = (channels: number): Conv2d => new Conv2d({ in: channels, out: 10, size: 3, dtype });
  return new Sequential(
    {
      conv_1_1: conv(3),
      relu_1_1: new ReLU(),
      conv_1_2: conv(10),
      relu_1_2: new ReLU(),
      max_pool_1: new MaxPool2d({ size: 2 }),
      conv_2_1: conv(10),
      relu_2_1: new ReLU(),
      conv_2_2: conv(10),
      relu_2_2: new ReLU(),
      max_pool_2: new MaxPool2d({ size: 2 }),
      output: new Linear({ in: 10 * 13 * 13, out: classes, dtype }),
    },
    { input: [3, 64, 64], seed },
  );
}

/**
 * Converts weights in TensorFlow.js's layout to the network's names and layout, for `loadState`: filters from H×W×C×F to
 * F×C×H×W, and the linear layer's rows from pixels first to channels first.
 * @param published  "conv_1_1/kernel", "output/bias" and so on
 * @throws ShapeError for a linear layer of another size
 */
export function tinyVggState(published: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(published).map(([name, x]) => {
      const [layer, kind] = name.split("/");
      if (kind === "bias") return [`${layer}.b`, x];
      if (x.shape.length === 4) return [`${layer}.w`, copy(x.transpose(3, 2, 0, 1) as Tensor)];
      const [inputs, outputs] = x.shape;
      if (inputs !== 13 * 13 * 10) {
        throw new ShapeError(
          `tinyVggState: ${name} is ${showShape(x.shape)}, expected 1690×classes (13×13×10 inputs).`,
        );
      }
      const byPixel = reshape(x, [13, 13, 10, outputs]);
      return [`${layer}.w`, reshape(copy(byPixel.transpose(3, 2, 0, 1) as Tensor), [outputs, inputs])];
    }),
  );
}
