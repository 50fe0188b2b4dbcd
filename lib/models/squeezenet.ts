/**
 * SqueezeNet 1.0 has AlexNet's accuracy on ImageNet with a fiftieth of its weights. A fire module squeezes its input into a
 * few channels by 1×1 filters, and expands them by parallel 1×1 and 3×3 filters (Iandola et al., 2016).
 */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Dropout } from "../layers/normalisation/dropout.js";
import { GlobalAveragePool } from "../layers/pooling/global-average-pool.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { ReLU } from "../layers/activation/relu.js";
import { Graph } from "../net/graph.js";
import { Concat } from "../net/merge.js";
import { Sequential } from "../net/sequential.js";
import type { ModelOptions } from "./options.js";

/** The number of classes of a `squeezeNet`. */
export interface SqueezeNetOptions extends ModelOptions {
  /** How many classes; 1000, as in ImageNet. */
  classes?: number;
}

/**
 * 3×227×227 → scores of the classes, before softmax. 1,248,424 parameters. The published weights expect the channels in the
 * order blue, green, red, with values from 0 to 255 minus their means 104, 117 and 123.
 */
export function squeezeNet({
  classes = 1000,
  seed = 1,
  dtype = "float32",
}: SqueezeNetOptions = {}): Sequential {
  const fire = (channels: number, squeeze: number, expand: number): Graph =>
    new Graph({
      squeeze: { layer: new Conv2d({ in: channels, out: squeeze, size: 1, dtype }), from: "input" },
      relu: { layer: new ReLU(), from: "squeeze" },
      expand1: { layer: new Conv2d({ in: squeeze, out: expand, size: 1, dtype }), from: "relu" },
      expand3: { layer: new Conv2d({ in: squeeze, out: expand, size: 3, pad: 1, dtype }), from: "relu" },
      expand1_relu: { layer: new ReLU(), from: "expand1" },
      expand3_relu: { layer: new ReLU(), from: "expand3" },
      concat: { layer: new Concat(), from: ["expand1_relu", "expand3_relu"] },
    });
  const pool = (): MaxPool2d => new MaxPool2d({ size: 3, stride: 2 });
  return new Sequential(
    {
      conv1: new Conv2d({ in: 3, out: 96, size: 7, stride: 2, dtype }),
      relu1: new ReLU(),
      pool1: pool(),
      fire2: fire(96, 16, 64),
      fire3: fire(128, 16, 64),
      fire4: fire(128, 32, 128),
      pool4: pool(),
      fire5: fire(256, 32, 128),
      fire6: fire(256, 48, 192),
      fire7: fire(384, 48, 192),
      fire8: fire(384, 64, 256),
      pool8: pool(),
      fire9: fire(512, 64, 256),
      drop9: new Dropout({ rate: 0.5 }),
      // The published network pads its 1×1 filters, so a border of pixels that are only biases is included in the average.
      conv10: new Conv2d({ in: 512, out: classes, size: 1, pad: 1, dtype }),
      relu10: new ReLU(),
      pool10: new GlobalAveragePool(),
    },
    { input: [3, 227, 227], seed },
  );
}

/**
 * Renames the published weights to the network's own names, for `loadState`.
 * @param published  "conv1.weight", "fire2_squeeze1x1.bias" and so on
 * @throws ValueError for any other name
 */
export function squeezeNetState(published: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const parts: Record<string, string> = { squeeze1x1: "squeeze", expand1x1: "expand1", expand3x3: "expand3" };
  return Object.fromEntries(
    Object.entries(published).map(([name, x]) => {
      const [, layer, part, kind] = /^([a-z]+\d+)(?:_(\w+))?\.(weight|bias)$/.exec(name) ?? [];
      if (layer === undefined || (part !== undefined && parts[part] === undefined)) {
        throw new ValueError(
          `squeezeNetState: "${name}" is not a name of SqueezeNet's weights, such as fire2_squeeze1x1.weight.`,
        );
      }
      return [`${layer}${part ? `.${parts[part]}` : ""}.${kind === "weight" ? "w" : "b"}`, x];
    }),
  );
}
