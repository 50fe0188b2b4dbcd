/**
 * Broken passes of the catalogue's layers and losses, each of which the tests' two questions must catch: is backward the
 * gradient of forward, and is forward's answer what it was (which PyTorch confirmed)? One line of the real source at a
 * time; a mutant whose line no longer exists fails, so that the table follows the code.
 */
import { describe, expect, it } from "vitest";
import { flat, gradCheck, Random, tensor, type Tensor } from "../../../lib/index.js";
import { deviation } from "../../support/engines.js";
import { mutatedText } from "../../support/mutate.js";

const random = new Random(81);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const positive = (...shape: number[]): Tensor => random.uniform(shape, 0.5, 2, "float64");

type Inputs = Record<string, Tensor>;
type Functions = Record<string, (...args: unknown[]) => Record<string, unknown>>;

/** What an operation is tried on. */
interface Trial {
  readonly inputs: Inputs;
  readonly call?: (inputs: Inputs) => readonly unknown[];
  /** Inputs that are not differentiated. */
  readonly constant?: readonly string[];
}

type Mutant = readonly [what: string, from: string, to: string];

interface Suspect {
  readonly file: string;
  readonly operation: string;
  readonly trials: readonly Trial[];
  readonly mutants: readonly Mutant[];
}

const image = draw(2, 3, 4, 5);
const labels = [2, 0, 3];
const logits = draw(3, 4);
const numbers = draw(3, 4);

const suspects: readonly Suspect[] = [
  {
    file: "lib/layers/activation/sigmoid.ts",
    operation: "sigmoid",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the slope is s·(1 + s)", "s * (1 - s)", "s * (1 + s)"],
      ["the upstream gradient is left out", "g * s * (1 - s)", "s * (1 - s)"],
      ["the exponent has the wrong sign", "Math.exp(-value)", "Math.exp(value)"],
    ],
  },
  {
    file: "lib/layers/activation/tanh.ts",
    operation: "tanh",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { amplitude: 1.7159, rate: 2 / 3 }] }],
    mutants: [
      ["the rate's inner derivative is left out", "amplitude * rate * (1", "amplitude * (1"],
      ["the amplitude is left out of the slope", "amplitude * rate * (1", "rate * (1"],
      ["the output is not brought back to tanh", "(value / amplitude) ** 2", "value ** 2"],
      ["the slope is 1 − tanh", "(value / amplitude) ** 2", "value / amplitude"],
    ],
  },
  {
    file: "lib/layers/activation/leaky-relu.ts",
    operation: "leakyRelu",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { slope: 0.3 }] }],
    mutants: [
      ["the gradient leaks on the wrong side", "(value > 0 ? g : slope * g)", "(value < 0 ? g : slope * g)"],
      ["nothing leaks back", "? g : slope * g", "? g : 0"],
    ],
  },
  {
    file: "lib/layers/activation/prelu.ts",
    operation: "prelu",
    trials: [{ inputs: { x: image, a: draw(3) } }, { inputs: { x: image, a: draw(1) } }],
    mutants: [
      ["da counts positive inputs", "if (X[at] <= 0) dA", "if (X[at] > 0) dA"],
      ["da is not summed", "dA[c] += dY", "dA[c] = dY"],
      ["da forgets the input", "dY[at] * X[at]; // (3)", "dY[at]; // (3)"],
      ["the slope is another channel's", "A[c] * dY[at]", "A[0] * dY[at]"],
      ["channels are taken for places", "Math.floor(at / places) % slopes", "at % slopes"],
    ],
  },
  {
    file: "lib/layers/activation/elu.ts",
    operation: "elu",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { alpha: 0.4 }] }],
    mutants: [
      ["alpha is left out of the slope", "alpha * Math.exp(value)", "Math.exp(value)"],
      ["the slope is the output", "alpha * Math.exp(value)", "alpha * Math.expm1(value)"],
    ],
  },
  {
    file: "lib/layers/activation/softplus.ts",
    operation: "softplus",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { sharpness: 3 }] }],
    mutants: [
      ["the sharpness is left out of the slope", "Math.exp(-sharpness * value)", "Math.exp(-value)"],
      [
        "the correction is not divided by the sharpness",
        "* Math.abs(value))) / sharpness",
        "* Math.abs(value)))",
      ],
    ],
  },
  {
    file: "lib/layers/activation/gelu.ts",
    operation: "gelu",
    trials: [{ inputs: { x: image } }, { inputs: { x: image }, call: ({ x }) => [x, { form: "tanh" }] }],
    mutants: [
      [
        "the density's term is left out",
        "normalProbability(value) + (value * Math.exp",
        "normalProbability(value) + (0 * Math.exp",
      ],
      ["the inner derivative of the tanh form has no 3", "1 + 3 * CUBIC", "1 + CUBIC"],
      ["the tanh form's slope is 1 + tanh²", "(1 - t * t)", "(1 + t * t)"],
    ],
  },
  {
    file: "lib/layers/activation/softmax.ts",
    operation: "softmax",
    trials: [{ inputs: { x: image } }, { inputs: { x: image }, call: ({ x }) => [x, { axis: -1 }] }],
    mutants: [
      ["the shared term is left out", "p * (g - sum)", "p * g"],
      ["the shared term is added", "(g - sum)", "(g + sum)"],
      ["the sum has no probabilities", "number => g * p", "number => g"],
      ["lines begin at the wrong places", "visit(o * length * inner + i)", "visit(o * length + i)"],
    ],
  },
  {
    file: "lib/layers/activation/softmax.ts",
    operation: "logSoftmax",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the probabilities stay logarithms", "Math.exp(l) * sum", "l * sum"],
      ["the sum is left out", "g - Math.exp(l) * sum", "g - Math.exp(l)"],
    ],
  },
  {
    file: "lib/layers/pooling/average-pool.ts",
    operation: "averagePool2d",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1], pad: { left: 1 } }] },
      {
        inputs: { x: image },
        call: ({ x }) => [x, { size: 3, stride: 2, pad: 1, round: "ceil", countPadding: true }],
      },
    ],
    mutants: [
      ["the gradient is not shared", "dX[xAt] += dY[yAt] / counts[yAt];", "dX[xAt] += dY[yAt];"],
      ["overlapping windows overwrite each other", "dX[xAt] += dY", "dX[xAt] = dY"],
      ["the padding after the input is not counted", "axis.input + axis.after - 1", "axis.input - 1"],
      ["rows are counted like columns", "taps(rows, i)", "taps(columns, i)"],
      ["padding counts though nobody asked", "if (countPadding) count", "count"],
    ],
  },
  {
    file: "lib/layers/pooling/lp-pool.ts",
    operation: "lpPool2d",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1], power: 3 }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [2, 5], power: 2 }] },
    ],
    mutants: [
      ["the sign is left out", " * Math.sign(X[xAt])", ""],
      ["the exponent is p", "** (power - 1)", "** power"],
      ["the root is left out", "sum ** (1 / power)", "sum"],
      ["overlapping windows overwrite each other", "dX[xAt] += dY", "dX[xAt] = dY"],
    ],
  },
  {
    file: "lib/layers/pooling/sum-pool.ts",
    operation: "sumPool2d",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { size: 2, stride: [2, 1] }] }],
    mutants: [
      ["overlapping windows overwrite each other", "dX[xAt] += dY", "dX[xAt] = dY"],
      ["the upstream gradient is read in the wrong order", "+= dY[yAt]", "+= dY[dY.length - 1 - yAt]"],
    ],
  },
  {
    file: "lib/layers/pooling/decimation.ts",
    operation: "decimate2d",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, [3, 2]] }],
    mutants: [["the gradient goes one pixel too far", "dX[xAt] = dY", "dX[xAt + 1] = dY"]],
  },
  {
    file: "lib/layers/pooling/global-average-pool.ts",
    operation: "globalAveragePool",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the gradient is not shared", "dY[Math.floor(at / m)] / m", "dY[Math.floor(at / m)]"],
      ["places are taken for channels", "dY[Math.floor(at / m)] / m", "dY[at % dY.length] / m"],
    ],
  },
  {
    file: "lib/layers/activation/maxout.ts",
    operation: "maxout",
    trials: [{ inputs: { x: draw(2, 6, 2, 3) }, call: ({ x }) => [x, 3] }],
    mutants: [
      ["the loser wins", "if (X[at] > X[winner]", "if (X[at] < X[winner]"],
      [
        "groups are taken in steps",
        "Math.floor(o / places) * group * places",
        "Math.floor(o / places) * places",
      ],
      ["the first always gets the gradient", "winners[o] = winner", "winners[o] = first"],
    ],
  },
  {
    file: "lib/layers/normalisation/layer-norm.ts",
    operation: "layerNorm",
    trials: [{ inputs: { x: draw(4, 5), gamma: positive(5), beta: draw(5) } }],
    mutants: [
      ["gamma is left out of dx", "dNormalised[at] = G[at % m] * dY[at]", "dNormalised[at] = dY[at]"],
      ["dgamma is not summed over the rows", "dGamma[at % m] += dY", "dGamma[at % m] = dY"],
      ["dgamma reads the rows for the features", "dGamma[at % m] +=", "dGamma[Math.floor(at / m)] +="],
      [
        "dbeta sums what dgamma sums",
        "dBeta[at % m] += dY[at];",
        "dBeta[at % m] += dY[at] * rows.normalised[at];",
      ],
    ],
  },
  {
    file: "lib/layers/normalisation/group-norm.ts",
    operation: "groupNorm",
    trials: [
      {
        inputs: { x: draw(2, 4, 3), gamma: positive(4), beta: draw(4) },
        call: ({ x, gamma, beta }) => [x, gamma, beta, { groups: 2 }],
      },
    ],
    mutants: [
      ["parameters are the group's", "Math.floor(at / places) % shape[1]", "Math.floor(at / places / 2) % 2"],
      ["gamma is left out of dx", "dNormalised[at] = G[c] * dY[at]", "dNormalised[at] = dY[at]"],
      ["dbeta is not summed", "dBeta[c] += dY[at]", "dBeta[c] = dY[at]"],
      [
        "the groups are too large",
        "sizeOf(x.shape.slice(1)) / groups, epsilon",
        "sizeOf(x.shape.slice(1)), epsilon",
      ],
    ],
  },
  {
    file: "lib/layers/normalisation/local-response-norm.ts",
    operation: "localResponseNorm",
    trials: [
      { inputs: { x: draw(2, 6, 2) }, call: ({ x }) => [x, { size: 4, alpha: 0.7, beta: 1.2, k: 1.5 }] },
    ],
    mutants: [
      ["the way through s is left out", "dX[bAt] -= ((2", "dX[bAt] -= ((0"],
      ["the way through s has the wrong sign", "dX[bAt] -= ((2", "dX[bAt] += ((2"],
      ["the square's 2 is forgotten", "(2 * alpha * beta)", "(alpha * beta)"],
      ["the exponent is −β", "** (-beta - 1)", "** -beta"],
      ["the window is not turned round", "dY[cAt] * X[cAt] * sums[cAt]", "dY[bAt] * X[bAt] * sums[bAt]"],
      ["the mean's 1/n is forgotten", "* beta) / size)", "* beta))"],
      ["the window leans the other way", "c - before); b", "c - after); b"],
    ],
  },
  {
    file: "lib/layers/normalisation/local-contrast-norm.ts",
    operation: "localContrastNorm",
    trials: [
      { inputs: { x: draw(2, 2, 4, 5) }, call: ({ x }) => [x, { size: 3 }] },
      { inputs: { x: draw(1, 2, 4, 4) }, call: ({ x }) => [x, { size: 3, floor: 0.8 }] },
      { inputs: { x: draw(1, 2, 4, 4) }, call: ({ x }) => [x, { size: 3, acrossChannels: false }] },
    ],
    mutants: [
      ["the divisor is taken for a constant", "-dY[at(c, o)] * centred[at(c, o)])", "0)"],
      ["the divisor's square is forgotten", "sum / divisor[o] ** 2", "sum / divisor[o]"],
      ["the floor's share is left out", "shared += dDivisor[o] / pixels", "shared += 0"],
      ["the floor's share is not a mean", "shared += dDivisor[o] / pixels", "shared += dDivisor[o]"],
      ["all pixels send to the floor", "if (sigma[o] <= floors[block]) shared", "shared"],
      ["a floored pixel still sends to its deviation", "(sigma[o] > floors[block] ? d : 0)", "d"],
      ["the root's ½ is forgotten", "dSigma / (2 * sigma[o])", "dSigma / sigma[o]"],
      [
        "the weights are not transposed for the deviation",
        "smoothTransposed(weights, dVariance)",
        "smooth(weights, dVariance)",
      ],
      ["the square's 2 is forgotten", "(2 * centred[at(c, u)]", "(centred[at(c, u)]"],
      ["the mean is taken for a constant", "dX[at(c, u)] -= back[u]", "dX[at(c, u)] -= 0"],
      [
        "the weights are not transposed for the mean",
        "smoothTransposed(\n      weights,",
        "smooth(\n      weights,",
      ],
      ["weights at the border do not sum to 1", "weight[k] /= sum", "weight[k] /= 4"],
    ],
  },
  {
    file: "lib/layers/normalisation/dropout.ts",
    operation: "dropout",
    trials: [{ inputs: { x: image, mask: positive(2, 3) }, constant: ["mask"] }],
    mutants: [
      ["backward does not mask", "masked(dY, mask, shape) }; // (2)", "wrap(dY, shape) }; // (2)"],
      ["the mask is read in the wrong order", "values[at] * M[m]", "values[at] * M[at % M.length]"],
    ],
  },
  {
    file: "lib/layers/shape/padding.ts",
    operation: "pad2d",
    trials: (["zero", "reflect", "edge"] as const).map((mode) => ({
      inputs: { x: image },
      call: ({ x }: Inputs) => [
        x,
        [
          [1, 2],
          [3, 0],
        ],
        mode,
      ],
    })),
    mutants: [
      ["copies overwrite each other", "dX[xAt] += dY", "dX[xAt] = dY"],
      [
        "the mirror repeats the border",
        "u < 0 ? -u : 2 * (length - 1) - u",
        "u < 0 ? -u - 1 : 2 * length - 1 - u",
      ],
      [
        "rows and columns are swapped",
        "visit(map * pixels + h * width + v, yAt)",
        "visit(map * pixels + v + h, yAt)",
      ],
    ],
  },
  {
    file: "lib/layers/shape/attention.ts",
    operation: "attention",
    trials: [{ inputs: { x: image, mask: draw(2, 1, 4, 5) } }],
    mutants: [
      ["dmask is not summed over the channels", "dA[maskAt(at)] += X", "dA[maskAt(at)] = X"],
      ["dx gets the activation", "dX[at] = A[maskAt(at)] * dY[at]", "dX[at] = X[at] * dY[at]"],
      ["the mask is another example's", "Math.floor(at / example) * places + (at % places)", "at % places"],
    ],
  },
  {
    file: "lib/layers/convolution/conv-transpose.ts",
    operation: "convTranspose2d",
    trials: [
      {
        inputs: { x: draw(2, 4, 3, 2), w: draw(4, 2, 2, 3), b: draw(4) },
        call: ({ x, w, b }) => [
          x,
          w,
          b,
          { stride: [2, 3], pad: { top: 1, right: 1 }, groups: 2, extra: [1, 0] },
        ],
      },
    ],
    mutants: [
      ["dx has the wrong sign", "dX[xAt] += W", "dX[xAt] -= W"],
      ["dw is not summed", "dW[wAt] += X", "dW[wAt] = X"],
      ["dw reads dy mirrored", "X[xAt] * dY[yAt]; // (3)", "X[xAt] * dY[dY.length - 1 - yAt]; // (3)"],
      ["db is not summed", "dB[mapAt(o)] += dY", "dB[mapAt(o)] = dY"],
      ["the map is another one", "Math.floor(at / places) % outputs[1]", "at % outputs[1]"],
      ["columns are padded like rows", "sides[i],", "sides[0],"],
    ],
  },
  {
    file: "lib/layers/convolution/local-conv.ts",
    operation: "localConv2d",
    trials: [
      {
        inputs: { x: draw(2, 2, 4, 5), w: draw(2, 2, 3, 2, 3, 1), b: draw(2, 2, 3) },
        call: ({ x, w, b }) => [x, w, b, { stride: [1, 2] }],
      },
    ],
    mutants: [
      ["the filters are shared in the gradient's sum only", "dW[wAt] += X", "dW[wAt % 12] += X"],
      ["the filter is another place's", "(yAt % filters) * fan", "(filters - 1 - (yAt % filters)) * fan"],
      ["db is not summed over the examples", "dB[o % dB.length] += dY", "dB[o % dB.length] = dY"],
      ["dx has the wrong sign", "dX[xAt] += W", "dX[xAt] -= W"],
    ],
  },
  {
    file: "lib/losses/hinge.ts",
    operation: "hinge",
    trials: [
      { inputs: { scores: logits }, call: ({ scores }) => [scores, labels, {}] },
      {
        inputs: { scores: logits },
        call: ({ scores }) => [scores, labels, { power: 2, margin: 1.7, reduction: "sum" }],
      },
    ],
    mutants: [
      ["the right class is not pulled up", "dS[rightAt] -= slope", "dS[rightAt] -= 0"],
      ["the right class is pushed down", "dS[rightAt] -= slope", "dS[rightAt] += slope"],
      ["the right class is pulled up once", "dS[rightAt] -= slope", "dS[rightAt] = -slope"],
      ["the square's 2 is forgotten", "(power * violation", "(violation"],
      ["the mean is forgotten", '=== "mean" ? N : 1;', '=== "mean" ? 1 : 1;'],
      ["the margin is forgotten", "S[rightAt] + margin", "S[rightAt] + 1"],
    ],
  },
  {
    file: "lib/losses/euclidean.ts",
    operation: "euclidean",
    trials: [{ inputs: { prediction: logits }, call: ({ prediction }) => [prediction, numbers, {}] }],
    mutants: [
      ["the mean is forgotten", "(x - targets[i]) / divisor", "x - targets[i]"],
      ["the sign is wrong", "(x - targets[i])", "(targets[i] - x)"],
      ["the ½ is in the gradient", "/ divisor); // (2)", "/ divisor / 2); // (2)"],
    ],
  },
  {
    file: "lib/losses/huber.ts",
    operation: "huber",
    trials: [
      { inputs: { prediction: logits }, call: ({ prediction }) => [prediction, numbers, { threshold: 0.7 }] },
    ],
    mutants: [
      ["large errors are not cut off", "Math.min(threshold, x - targets[i])", "x - targets[i]"],
      ["the straight part does not join", "(error - threshold / 2)", "error"],
    ],
  },
  {
    file: "lib/losses/binary-cross-entropy.ts",
    operation: "binaryCrossEntropy",
    trials: [
      {
        inputs: { logits },
        call: ({ logits }) => [
          logits,
          tensor(
            flat(positive(3, 4)).map((v: number) => v / 2),
            [3, 4],
          ),
          {},
        ],
      },
    ],
    mutants: [
      ["the sigmoid is turned round", "Math.exp(-z)", "Math.exp(z)"],
      ["the target is left out", "- targets[i]) / divisor", ") / divisor"],
    ],
  },
  {
    file: "lib/losses/negative-log-likelihood.ts",
    operation: "negativeLogLikelihood",
    trials: [
      {
        inputs: { logProbabilities: logits },
        call: ({ logProbabilities }) => [
          logProbabilities,
          labels,
          { classWeights: [1, 2, 3, 4], ignoreIndex: 0 },
        ],
      },
    ],
    mutants: [
      ["the class weight is forgotten", "= -(classWeights?.[labels[n]] ?? 1) / divisor", "= -1 / divisor"],
      ["an ignored example has a gradient", "if (labels[n] === ignoreIndex) continue;\n    dX", "dX"],
    ],
  },
  {
    file: "lib/layers/activation/clip.ts",
    operation: "clip",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { min: -0.5, max: 0.8 }] }],
    mutants: [
      ["the gradient passes below", "value >= min && value <= max ? g", "value <= max ? g"],
      ["the gradient passes above", "value >= min && value <= max ? g", "value >= min ? g"],
      [
        "the bounds change places",
        "Math.min(Math.max(value, min), max)",
        "Math.max(Math.min(value, min), max)",
      ],
    ],
  },
  {
    file: "lib/layers/activation/hard-sigmoid.ts",
    operation: "hardSigmoid",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { slope: 0.4, offset: 0.3 }] }],
    mutants: [
      ["the slope is left out", "? slope * g : 0", "? g : 0"],
      ["the gradient passes everywhere", "? slope * g : 0", "? slope * g : slope * g"],
      ["the offset is left out", "slope * value + offset, 0)", "slope * value, 0)"],
    ],
  },
  {
    file: "lib/layers/activation/hard-sigmoid.ts",
    operation: "hardSwish",
    trials: [{ inputs: { x: random.normal([3, 4, 5], 0, 3, "float64") } }],
    mutants: [
      ["the gate's own slope is left out", "value / 3 + 1 / 2; // (4)", "value / 6 + 1 / 2; // (4)"],
      ["the gradient stops above 3", "return value > 3 ? 1 :", "return value > 3 ? 0 :"],
      ["the gradient goes on below −3", "if (value < -3) return 0;", ""],
    ],
  },
  {
    file: "lib/layers/activation/softsign.ts",
    operation: "softsign",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["the square is left out", "(1 + Math.abs(value)) ** 2", "(1 + Math.abs(value))"],
      ["the size is taken with its sign", "(1 + Math.abs(value)) ** 2", "(1 + value) ** 2"],
    ],
  },
  {
    file: "lib/layers/activation/error-function.ts",
    operation: "errorFunction",
    trials: [{ inputs: { x: image } }],
    mutants: [
      ["2/√π is left out", "g * rate * Math.exp", "g * Math.exp"],
      ["the exponent is halved", "Math.exp(-value * value)", "Math.exp((-value * value) / 2)"],
    ],
  },
  {
    file: "lib/layers/activation/power.ts",
    operation: "power",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { exponent: 3 }] },
      { inputs: { x: positive(3, 4) }, call: ({ x }) => [x, { exponent: -0.5 }] },
    ],
    mutants: [
      [
        "the exponent is not brought forward",
        "exponent * raised(value, exponent - 1)",
        "raised(value, exponent - 1)",
      ],
      ["the exponent stays as it is", "raised(value, exponent - 1)", "raised(value, exponent)"],
    ],
  },
  {
    file: "lib/layers/activation/exponential.ts",
    operation: "exponential",
    trials: [{ inputs: { x: image } }],
    mutants: [["the slope is 1", "(g, value) => g * value)", "(g) => g)"]],
  },
  {
    file: "lib/layers/activation/exponential.ts",
    operation: "logarithm",
    trials: [{ inputs: { x: positive(3, 4) } }],
    mutants: [
      ["the slope is x", "g / value)", "g * value)"],
      ["it is the logarithm to base 2", "mapElements(x, Math.log)", "mapElements(x, Math.log2)"],
    ],
  },
  {
    file: "lib/layers/activation/absolute.ts",
    operation: "absolute",
    trials: [{ inputs: { x: image } }],
    mutants: [["the sign is forgotten", "g * Math.sign(value)", "g"]],
  },
  {
    file: "lib/layers/pooling/reduce.ts",
    operation: "reduce",
    trials: (["mean", "max", "min", "l1", "l2", "sum"] as const).map((kind) => ({
      inputs: { x: image },
      call: ({ x }: Inputs) => [x, { kind, axes: 1 }],
    })),
    mutants: [
      ["the mean is not divided", "dX[i] = G[i] / n; // (2)", "dX[i] = G[i]; // (2)"],
      ["the largest shares with the others", "chosen[i] * G[i]", "G[i]"],
      ["the smallest is taken for the largest", 'kind === "max" ? 1 : -1)', 'kind === "max" ? 1 : 1)'],
      ["a sum of sizes forgets the signs", "Math.sign(X[i]) * G[i]", "G[i]"],
      ["a length's gradient is not of length 1", "(X[i] / Y[i]) * G[i]", "X[i] * G[i]"],
      ["the axes are put back in another order", "order.map((_, axis) => order.indexOf(axis))", "order"],
    ],
  },
  {
    file: "lib/layers/normalisation/unit-norm.ts",
    operation: "unitNorm",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { axis: 2 }] },
      { inputs: { x: image }, call: ({ x }) => [x, { axis: 1, power: 1 }] },
    ],
    mutants: [
      ["the way through the length is left out", "* dot) / r; // (2)", "* 0) / r; // (2)"],
      ["both norms have one slope", "(power === 1 ? Math.sign(X[i]) : Y[i])", "Y[i]"],
      ["it is not divided by the length", "* dot) / r; // (2)", "* dot); // (2)"],
      ["the lengths are squares", "power === 1 ? sum : Math.sqrt(sum)", "sum"],
    ],
  },
  {
    file: "lib/layers/shape/resize.ts",
    operation: "resize",
    trials: [
      { inputs: { x: image }, call: ({ x }) => [x, { scale: 2, mode: "linear" }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [3, 7] }] },
      { inputs: { x: image }, call: ({ x }) => [x, { size: [5, 3], mode: "linear", align: "corners" }] },
    ],
    mutants: [
      ["the weights change places", "+= (1 - weight[o]) * dX[from]", "+= weight[o] * dX[from]"],
      ["the second neighbour gets nothing", "+= weight[o] * dX[from]; // (2)", "+= 0 * dX[from]; // (2)"],
      ["an input's gradient is its last output's", "lines.inner] += (1", "lines.inner] = (1"],
      [
        "half a pixel is forgotten",
        "      return (o + 0.5) / scale - 0.5;\n  }",
        "      return (o + 0.5) / scale;\n  }",
      ],
      ["corners are those of the sizes", "(o * (input - 1)) / (size - 1)", "(o * input) / size"],
    ],
  },
  {
    file: "lib/layers/shape/slice.ts",
    operation: "slice",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { axis: 3, begin: 1, step: 2 }] }],
    mutants: [
      [
        "the gradient goes to the first places",
        "assign(sliceView(dx, ranges), dY)",
        "assign(sliceView(dx, [null, null, null, [0, outputs[3]]]), dY)",
      ],
    ],
  },
  {
    file: "lib/layers/shape/gather.ts",
    operation: "gather",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, { axis: 1, places: [2, 2] }] }],
    mutants: [
      ["of two takers one gets its gradient back", "dX[from] += dY[to]", "dX[from] = dY[to]"],
      [
        "the places are counted along another axis",
        "(o * shape[axis] + place) * inner",
        "(o * places.length + place) * inner",
      ],
    ],
  },
  {
    file: "lib/layers/shape/embedding.ts",
    operation: "embedding",
    trials: [{ inputs: { x: tensor([[0, 2, 2]], undefined, "float64"), w: draw(4, 5) }, constant: ["x"] }],
    mutants: [
      ["a row that is taken twice learns once", "dW[index * width + d] += dY", "dW[index * width + d] = dY"],
      ["all learn in one row", "dW[index * width + d] +=", "dW[d] +="],
    ],
  },
  {
    file: "lib/layers/shape/pixel-shuffle.ts",
    operation: "pixelShuffle",
    trials: [
      { inputs: { x: draw(2, 8, 2, 3) }, call: ({ x }) => [x, { factor: 2 }] },
      { inputs: { x: draw(2, 8, 2, 3) }, call: ({ x }) => [x, { factor: 2, order: "place" }] },
    ],
    mutants: [
      ["rows and columns of a block change places", "c * r * r + i * r + j", "c * r * r + j * r + i"],
      ["both orders are one", 'order === "channel" ? c * r * r + i * r + j :', ""],
      ["the gradient goes where it came from", "dX[from] = dY[to]", "dX[to] = dY[from]"],
    ],
  },
  {
    file: "lib/layers/shape/transpose.ts",
    operation: "transpose",
    trials: [{ inputs: { x: image }, call: ({ x }) => [x, [2, 0, 3, 1]] }],
    mutants: [
      [
        "the order is not turned round",
        "transpose(dY, inverseOrder(order))",
        "wrap(dY.data as Float64Array, [2, 3, 4, 5])",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/divide.ts",
    operation: "divide",
    trials: [{ inputs: { a: draw(2, 3), b: positive(2, 3) } }],
    mutants: [
      ["the quotient is not divided again", "const da = divide(dY, b);", "const da = dY;"],
      ["the divisor's sign is wrong", "negate(multiply(da, y))", "multiply(da, y)"],
    ],
  },
  {
    file: "lib/layers/arithmetic/subtract.ts",
    operation: "subtract",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [["both have one sign", "db: negate(da)", "db: da"]],
  },
  {
    file: "lib/layers/arithmetic/multiply.ts",
    operation: "multiply",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "each gets its own value",
        "da: multiply(dY, b), db: multiply(dY, a)",
        "da: multiply(dY, a), db: multiply(dY, b)",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/extremes.ts",
    operation: "maximum",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "both get the whole gradient",
        "return { larger, smaller: subtract(dY, larger) }",
        "return { larger: dY, smaller: dY }",
      ],
      [
        "the smaller one gets it",
        "return { da: larger, db: smaller };",
        "return { da: smaller, db: larger };",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/extremes.ts",
    operation: "minimum",
    trials: [{ inputs: { a: draw(2, 3), b: draw(2, 3) } }],
    mutants: [
      [
        "the larger one gets it",
        "return { da: smaller, db: larger };",
        "return { da: larger, db: smaller };",
      ],
    ],
  },
  {
    file: "lib/layers/arithmetic/matrix-product.ts",
    operation: "matrixProduct",
    trials: [{ inputs: { a: draw(2, 3, 3), b: draw(3, 3) } }],
    mutants: [
      ["B is not turned", "matmul(dY, turned(b))", "matmul(dY, b)"],
      ["A is not turned", "matmul(turned(a), dY)", "matmul(a, dY)"],
      ["the factors change places", "matmul(turned(a), dY)", "matmul(dY, turned(a))"],
    ],
  },
];

/** Why the checks do not accept these passes, or undefined when they do. */
function complaint(ours: Functions, real: Functions, { operation, trials }: Suspect): string | undefined {
  for (const { inputs, call = Object.values, constant = [] } of trials) {
    const args = call(inputs); // drawn once, so that both see the same targets
    const withInputs = (at: Inputs): unknown[] => {
      const names = Object.keys(inputs);
      return args.map((arg) => at[names.find((name) => inputs[name] === arg) ?? ""] ?? arg);
    };
    const output = ours[`${operation}Forward`](...args);
    const expected = real[`${operation}Forward`](...args);
    const [y, right] = [output, expected].map(
      (of) => (of.y as Tensor) ?? tensor([of.loss as number], [1], "float64"),
    );
    if (!(deviation(y, right) <= 1e-12)) return `${operation}: another answer`;
    const isLoss = "loss" in output;
    const differentiable = {
      forward: (at: Inputs) =>
        ours[`${operation}Forward`](...withInputs(at)) as { y: Tensor; cache: unknown },
      backward: (dy: Tensor, cache: unknown) =>
        isLoss ? ours[`${operation}Backward`](cache) : ours[`${operation}Backward`](dy, cache),
    };
    const of = Object.keys(inputs).filter((name) => !constant.includes(name));
    const report = gradCheck(differentiable, inputs, { of });
    if (!report.passed) return report.text;
  }
  return undefined;
}

describe.each(suspects)("$operation", (suspect) => {
  const { file, mutants } = suspect;

  it("passes as it is", async () => {
    const [, line] = mutants[0];
    const module = (await mutatedText(file, line, line)) as Functions;
    expect(complaint(module, module, suspect)).toBeUndefined();
  });

  it.each(mutants)("is caught when %s", async (_what, from, to) => {
    const real = (await mutatedText(file, from, from)) as Functions;
    const broken = (await mutatedText(file, from, to)) as Functions;
    const found = complaint(broken, real, suspect); // a mutant that crashes is no mutant
    expect(found).toBeDefined();
  });
});

describe("standardise, which layer and group normalisation share", () => {
  const file = "lib/layers/normalisation/standardise.ts";
  const check = async (from: string, to: string): Promise<boolean> => {
    const { standardise, standardiseBackward } = (await mutatedText(file, from, to)) as unknown as {
      standardise: (X: ArrayLike<number>, m: number, epsilon: number) => { normalised: Float64Array };
      standardiseBackward: (dN: Float64Array, rows: unknown) => Float64Array;
    };
    const x = draw(3, 5);
    return gradCheck(
      {
        forward: ({ x }: Inputs) => {
          const rows = standardise(flat(x), 5, 0.01);
          return { y: tensor(rows.normalised, x.shape), cache: rows };
        },
        backward: (dy: Tensor, rows: unknown) => ({
          dx: tensor(standardiseBackward(Float64Array.from(flat(dy)), rows), x.shape),
        }),
      },
      { x },
    ).passed;
  };

  it("passes as it is", async () => {
    expect(await check("scale[row] * (dN", "scale[row] * (dN")).toBe(true);
  });

  it.each([
    ["the mean's way is left out", "(dNormalised[i] - mean -", "(dNormalised[i] -"],
    ["the deviation's way is left out", "- normalised[i] * along)", ")"],
    ["the deviation's way has the wrong sign", "- normalised[i] * along)", "+ normalised[i] * along)"],
    ["the scale is left out", "dX[i] = scale[row] * (", "dX[i] = ("],
    ["the variance is of m − 1", "** 2 / m;", "** 2 / (m - 1);"],
    [
      "rows run into each other",
      "[row * m, row * m + m];\n    let [mean, along]",
      "[0, m];\n    let [mean, along]",
    ],
  ])("is caught when %s", async (_what, from, to) => {
    expect(await check(from, to)).toBe(false);
  });
});

it("has mutants enough", () => {
  expect(suspects.flatMap(({ mutants }) => mutants).length).toBeGreaterThanOrEqual(140);
});
