/**
 * The zip-code network: the first convolutional network trained by back-propagation on real pictures (LeCun,
 * Boser, Denker, Henderson, Howard, Hubbard, Jackel: "Backpropagation Applied to Handwritten Zip Code
 * Recognition", Neural Computation 1, 1989; lecture C). 1,256 units, 9,760 parameters, 64,660 connections.
 */
import { Linear } from "../layers/linear.js";
import { ScaledTanh } from "../layers/activation/tanh.js";
import { Sequential } from "../net/sequential.js";
import { lecun1989 } from "./initialisation.js";
import type { ModelOptions } from "./options.js";
import { PlaceBias } from "./place-bias.js";
import { TableConv2d } from "./table-conv2d.js";

// Units are two pixels apart; the window of the first unit reaches two pixels over the edge, that of the last unit one.
const window = { size: 5, stride: 2, pad: [2, 1] } as const;

/**
 * Each of the 12 maps of H2 sees 8 of the 12 maps of H1. The paper does not say which. Here each third of H2's maps leaves
 * out a different third of H1's, so that eight maps of H2 read every map of H1.
 */
const table = Array.from({ length: 12 }, (_, map) =>
  Array.from({ length: 12 }, (_, c) => c).filter((c) => Math.floor(c / 4) !== Math.floor(map / 4)),
);

/**
 * Input 1×16×16 with ink +1 and paper −1, ten outputs whose targets are +1 for the class and −1 for the others
 * (mean squared error, the `Euclidean` loss). H1: 12 maps of 8×8; H2: 12 of 4×4; H3: 30 units. Convolutions have a stride of
 * two pixels, which replaces pooling. Weights are shared within a map, biases are not. Outside the image there is paper, −1.
 * Every unit ends in 1.7159·tanh(2x/3).
 */
export function zipCodeNet({ seed = 1, dtype = "float32" }: ModelOptions = {}): Sequential {
  const shared = { dtype, bias: false, background: -1 };
  return new Sequential(
    {
      h1: new TableConv2d({ in: 1, table: Array.from({ length: 12 }, () => [0]), ...window, ...shared }),
      h1bias: new PlaceBias({ shape: [12, 8, 8], dtype }),
      h1tanh: new ScaledTanh(),
      h2: new TableConv2d({ in: 12, table, ...window, ...shared }),
      h2bias: new PlaceBias({ shape: [12, 4, 4], dtype }),
      h2tanh: new ScaledTanh(),
      h3: new Linear({ in: 12 * 4 * 4, out: 30, init: lecun1989, dtype }),
      h3tanh: new ScaledTanh(),
      output: new Linear({ in: 30, out: 10, init: lecun1989, dtype }),
      outputtanh: new ScaledTanh(),
    },
    { input: [1, 16, 16], seed },
  );
}
