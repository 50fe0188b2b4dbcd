/**
 * LeNet-5: convolution, subsampling, and drawings of the digits as targets (LeCun, Bottou, Bengio, Haffner: "Gradient-Based
 * Learning Applied to Document Recognition", Proc. IEEE 86, 1998; lecture B mentions such networks).
 * 60,000 trainable parameters, 340,908 connections.
 */
import { Conv2d } from "../layers/convolution/conv2d.js";
import { Linear } from "../layers/linear.js";
import { ScaledTanh } from "../layers/activation/tanh.js";
import { Sequential } from "../net/sequential.js";
import { digitCodes } from "./digit-codes.js";
import { lecun1989 } from "./initialisation.js";
import type { ModelOptions } from "./options.js";
import { RadialBasis } from "./radial-basis.js";
import { Subsampling2d } from "./subsampling.js";
import { TableConv2d } from "./table-conv2d.js";

const ring = (start: number, steps: readonly number[]): number[] => steps.map((step) => (start + step) % 6);

/**
 * The paper's Table I: the maps of S2 (six) that each map of C3 (sixteen) sees: three in a row, four in a row, four in two
 * pairs, or all. No two maps have the same inputs, so no two learn the same feature.
 */
const table: readonly (readonly number[])[] = [
  ...[0, 1, 2, 3, 4, 5].map((start) => ring(start, [0, 1, 2])),
  ...[0, 1, 2, 3, 4, 5].map((start) => ring(start, [0, 1, 2, 3])),
  ...[0, 1, 2].map((start) => ring(start, [0, 1, 3, 4])),
  [0, 1, 2, 3, 4, 5],
];

/**
 * Input 1×32×32: a 28×28 digit with two pixels of paper around it; a first layer `new Pad2d({ pad: 2, mode: "edge" })` adds
 * them. (The paper's pixels are −0.1 for paper and 1.175 for ink, with mean about 0 and variance about 1.) The ten outputs
 * are scores: minus the squared distances to the digits' drawings; the largest score is the answer. Their softmax
 * cross-entropy is the paper's criterion (its equation 9) without the constant for "no digit at all". The scores are large
 * numbers, so training needs a small learning rate: 0.005 with momentum 0.9.
 */
export function leNet5({ seed = 1, dtype = "float32" }: ModelOptions = {}): Sequential {
  const init = lecun1989;
  return new Sequential(
    {
      c1: new Conv2d({ in: 1, out: 6, size: 5, init, dtype }),
      c1tanh: new ScaledTanh(),
      s2: new Subsampling2d({ channels: 6, dtype }),
      s2tanh: new ScaledTanh(),
      c3: new TableConv2d({ in: 6, table, size: 5, dtype }),
      c3tanh: new ScaledTanh(),
      s4: new Subsampling2d({ channels: 16, dtype }),
      s4tanh: new ScaledTanh(),
      c5: new Conv2d({ in: 16, out: 120, size: 5, init, dtype }),
      c5tanh: new ScaledTanh(),
      f6: new Linear({ in: 120, out: 84, init, dtype }),
      f6tanh: new ScaledTanh(),
      output: new RadialBasis({ codes: digitCodes(dtype) }),
    },
    { input: [1, 32, 32], seed },
  );
}
