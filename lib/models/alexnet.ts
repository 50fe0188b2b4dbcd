/**
 * AlexNet, which won ImageNet in 2012 (Krizhevsky, Sutskever, Hinton: "ImageNet Classification with Deep
 * Convolutional Neural Networks"; lectures A, B and C). 60,965,224 parameters, most of them in the first fully
 * connected layer.
 */
import { Random } from "../array/random.js";
import { Conv2d, type Conv2dLayerOptions } from "../layers/convolution/conv2d.js";
import { Dropout } from "../layers/normalisation/dropout.js";
import { normal } from "../layers/initialise.js";
import { Linear } from "../layers/linear.js";
import { LocalResponseNorm } from "../layers/normalisation/local-response-norm.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sequential } from "../net/sequential.js";
import { withBias, type ModelOptions } from "./options.js";

/** The number of classes of `alexNet`, and whether its convolutions are split into two groups as in the paper. */
export interface AlexNetOptions extends ModelOptions {
  /** How many classes; 1000. */
  classes?: number;
  /**
   * 2, as in the paper: the network was on two graphics cards, and the second, fourth and fifth convolutions see only the maps
   * on their own card. 1 connects all maps (62,378,344 parameters).
   */
  groups?: 1 | 2;
}

/**
 * Input 3×227×227; the outputs are the scores of the classes. (The paper says 224, but only with 227 pixels filters of 11 at
 * stride 4 fit: (227 − 11)/4 + 1 = 55.) Pooling comes before normalisation, as in lecture B. Initial weights are normal with
 * standard deviation 0.01, initial biases 0 or 1 as in the paper. A forward needs 0.25 GB for the weights, a backward as
 * much again.
 */
export function alexNet({
  classes = 1000,
  groups = 2,
  seed = 1,
  dtype = "float32",
}: AlexNetOptions = {}): Sequential {
  const seeds = new Random(seed);
  // Each layer has its own seed, so that sixty million numbers are drawn once and not again by the container.
  const shared = () => ({ init: normal(0.01), dtype, seed: seeds.integer(2 ** 31) });
  const conv = (
    options: Pick<Conv2dLayerOptions, "in" | "out" | "size" | "stride" | "pad" | "groups">,
  ): Conv2d => new Conv2d({ ...options, ...shared() });
  const linear = (from: number, to: number): Linear => new Linear({ in: from, out: to, ...shared() });
  const pool = (): MaxPool2d => new MaxPool2d({ size: 3, stride: 2 });
  // The paper's α = 10⁻⁴ is for a sum over five maps, this layer's for their mean.
  const norm = (): LocalResponseNorm => new LocalResponseNorm({ size: 5, k: 2, alpha: 5e-4, beta: 0.75 });
  return new Sequential(
    {
      conv1: conv({ in: 3, out: 96, size: 11, stride: 4 }),
      relu1: new ReLU(),
      pool1: pool(),
      norm1: norm(),
      conv2: withBias(conv({ in: 96, out: 256, size: 5, pad: 2, groups }), 1),
      relu2: new ReLU(),
      pool2: pool(),
      norm2: norm(),
      conv3: conv({ in: 256, out: 384, size: 3, pad: 1 }),
      relu3: new ReLU(),
      conv4: withBias(conv({ in: 384, out: 384, size: 3, pad: 1, groups }), 1),
      relu4: new ReLU(),
      conv5: withBias(conv({ in: 384, out: 256, size: 3, pad: 1, groups }), 1),
      relu5: new ReLU(),
      pool5: pool(),
      fc6: withBias(linear(256 * 6 * 6, 4096), 1),
      relu6: new ReLU(),
      drop6: new Dropout({ rate: 0.5 }),
      fc7: withBias(linear(4096, 4096), 1),
      relu7: new ReLU(),
      drop7: new Dropout({ rate: 0.5 }),
      fc8: linear(4096, classes),
    },
    { input: [3, 227, 227], seed },
  );
}
