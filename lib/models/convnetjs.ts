/**
 * The network of ConvNetJS's CIFAR-10 page, which shows its training in a browser (Karpathy, 2014; lecture D). 22,466
 * parameters.
 */
import { Conv2d } from "../layers/convolution/conv2d.js";
import { lecunNormal } from "../layers/initialise.js";
import { Linear } from "../layers/linear.js";
import { MaxPool2d } from "../layers/pooling/max-pool2d.js";
import { ReLU } from "../layers/activation/relu.js";
import { Sequential } from "../net/sequential.js";
import { Adadelta } from "../optim/adadelta.js";
import { withBias, type ModelOptions } from "./options.js";

/**
 * Input 3×32×32 with values from −0.5 to 0.5, ten scores for softmax cross-entropy. Three stages, each with 5×5 filters that
 * keep the size, ReLU, and max-pooling that halves it: 16, 20 and 20 feature maps. Biases before a ReLU start at 0.1.
 *
 * Trained on 5,000 images, it classifies 51 and 56 % of new ones correctly (two seeds), after 16 epochs of Adam with a
 * learning rate that falls from 0.003 along a cosine, with random flips and shifts; a linear classifier reaches 39 %.
 */
export function convNetJs({ seed = 1, dtype = "float32" }: ModelOptions = {}): Sequential {
  const init = lecunNormal;
  const conv = (from: number, to: number): Conv2d =>
    withBias(new Conv2d({ in: from, out: to, size: 5, pad: 2, init, dtype }), 0.1);
  return new Sequential(
    {
      conv1: conv(3, 16),
      relu1: new ReLU(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: conv(16, 20),
      relu2: new ReLU(),
      pool2: new MaxPool2d({ size: 2 }),
      conv3: conv(20, 20),
      relu3: new ReLU(),
      pool3: new MaxPool2d({ size: 2 }),
      fc: new Linear({ in: 20 * 4 * 4, out: 10, init, dtype }),
    },
    { input: [3, 32, 32], seed },
  );
}

/** How the page trains it: Adadelta, weight decay 1e-4, four examples in each step. For `fit(net, data, { …convNetJsTraining() })`. */
export function convNetJsTraining(): { optimizer: Adadelta; batchSize: number } {
  return { optimizer: new Adadelta({ weightDecay: 1e-4 }), batchSize: 4 };
}
