/**
 * Broken backward passes, each of which the gradient check must catch: one line of the real source at a time. A
 * mutant whose line no longer exists fails, so the table follows the code. What differences cannot see, because
 * there is no derivative (which of two equal numbers wins, the slope of ReLU at 0), is caught by pinned answers.
 */
import { describe, expect, it } from "vitest";
import {
  flat,
  gradCheck,
  Random,
  tensor,
  wrap,
  type Differentiable,
  type Tensor,
  maxPool1dBackward,
  maxPool1dForward,
} from "../../../lib/index.js";
import type { CheckedOperation } from "../../../lib/check/check.js";
import { operation, type OperationKinds } from "../../../lib/check/operations.js";
import { Engine } from "../../../lib/engine/engine.js";
import * as library from "../../../lib/index.js";
import { mutated } from "../../support/mutate.js";
import { laidOut } from "../../support/engines.js";

const random = new Random(7);
const normal = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");

/** The first layers; catalogue-mutants.test.ts has the others. */
type FirstOperation = CheckedOperation | "softmaxCrossEntropy";

interface Trial<Name extends FirstOperation> {
  readonly inputs: OperationKinds[Name]["inputs"];
  readonly options: OperationKinds[Name]["options"];
}

/** What every backward pass of the operation is tried on. */
const trials: { readonly [Name in FirstOperation]: readonly Trial<Name>[] } = {
  conv1d: [
    { inputs: { x: normal(2, 2, 7), w: normal(3, 2, 3), b: normal(3) }, options: {} },
    {
      inputs: { x: normal(3, 4, 9), w: normal(4, 2, 3), b: normal(4) },
      options: { stride: 2, pad: [2, 1], dilation: 2, groups: 2, round: "floor" },
    },
    {
      inputs: { x: laidOut(normal(2, 2, 6), "transposed"), w: normal(2, 2, 3) },
      options: { flip: true, pad: 1 },
    },
  ],
  conv2d: [
    { inputs: { x: normal(2, 2, 5, 4), w: normal(3, 2, 3, 2), b: normal(3) }, options: {} },
    {
      inputs: { x: normal(3, 4, 6, 7), w: normal(4, 2, 2, 3), b: normal(4) },
      options: {
        stride: [2, 1],
        pad: { top: 1, bottom: 0, left: 2, right: 1 },
        dilation: [1, 2],
        groups: 2,
        round: "floor",
      },
    },
    {
      inputs: { x: normal(2, 1, 6, 5), w: normal(2, 1, 2, 2) },
      options: { stride: [1, 2], dilation: [2, 1], round: "floor" },
    },
    {
      inputs: { x: laidOut(normal(1, 2, 4, 4), "sliced"), w: normal(2, 2, 3, 3) },
      options: { flip: true, pad: 1 },
    },
  ],
  linear: [{ inputs: { x: normal(3, 5), w: normal(4, 5), b: normal(4) }, options: {} }],
  maxPool1d: [
    { inputs: { x: normal(2, 3, 9) }, options: { size: 3 } },
    { inputs: { x: normal(2, 2, 9) }, options: { size: 3, stride: 1, pad: 1 } },
  ],
  maxPool2d: [
    { inputs: { x: normal(2, 3, 6, 4) }, options: { size: 2 } },
    { inputs: { x: normal(2, 2, 6, 5) }, options: { size: [3, 2], stride: 1, pad: 1 } },
  ],
  relu: [{ inputs: { x: normal(4, 5) }, options: {} }],
  batchNorm: [
    { inputs: { x: normal(4, 3), gamma: normal(3), beta: normal(3) }, options: {} },
    { inputs: { x: normal(3, 2, 2, 3), gamma: normal(2), beta: normal(2) }, options: { epsilon: 0.1 } },
    {
      inputs: { x: normal(3, 2), gamma: normal(2), beta: normal(2) },
      options: { statistics: { mean: normal(2), variance: random.uniform([2], 0.5, 2, "float64") } },
    },
  ],
  softmaxCrossEntropy: [
    { inputs: { logits: normal(3, 4) }, options: { targets: [0, 3, 1] } },
    {
      inputs: { logits: normal(3, 4) },
      options: { targets: [2, 2, 0], labelSmoothing: 0.2, classWeights: [1, 2, 0.5, 3] },
    },
    {
      inputs: { logits: normal(2, 3) },
      options: { targets: tensor([0.2, 0.5, 0.3, 1, 0, 0], [2, 3], "float64") },
    },
  ],
};

type Forward = (...args: unknown[]) => { y: Tensor; cache: unknown };
type Backward = (dy: Tensor, cache: unknown) => { dx: Tensor };

/** Answers where there is no derivative: input, and what backward gives for an upstream gradient of ones. */
const pins: Partial<Record<FirstOperation, { args: unknown[]; dx: number[] }[]>> = {
  relu: [{ args: [tensor([-1, 0, 2], [3], "float64")], dx: [0, 0, 1] }],
  maxPool1d: [
    { args: [tensor([1, 1, 0, 2, 2, 2], [1, 1, 6], "float64"), { size: 3 }], dx: [1, 0, 0, 1, 0, 0] },
  ],
  maxPool2d: [{ args: [tensor([5, 5, 5, 5], [1, 1, 2, 2], "float64"), { size: 2 }], dx: [1, 0, 0, 0] }],
};

/** What the checks have to say against a backward (and a forward) pass, or undefined when they are content. */
function complaint(
  name: FirstOperation,
  forward: Forward | undefined,
  backward: Backward,
): string | undefined {
  const own = library[`${name}Forward`] as unknown as Forward;
  const engine = new Engine("mutant", { rivals: forward ? [[own, forward]] : [] });
  for (const { inputs, options } of trials[name]) {
    const trial: Differentiable = {
      ...operation(name, options, { engine }),
      // A loss takes no upstream gradient: its backward has the cache alone.
      backward: (dy, cache) =>
        name === "softmaxCrossEntropy" ? backward(cache as Tensor, cache) : backward(dy, cache),
    };
    const report = gradCheck(trial, inputs);
    if (!report.passed) return report.text;
  }
  for (const { args, dx } of pins[name] ?? []) {
    const { y, cache } = (forward ?? own)(...args);
    const got = Array.from(flat(backward(wrap(new Float64Array(y.size).fill(1), y.shape), cache).dx));
    if (`${got}` !== `${dx}`) return `dx is ${got} where ${dx} is right`;
  }
  return undefined;
}

const files: Record<FirstOperation, string> = {
  conv1d: "lib/layers/convolution/conv1d.ts",
  conv2d: "lib/layers/convolution/conv2d.ts",
  linear: "lib/layers/linear.ts",
  maxPool1d: "lib/layers/pooling/max-pool1d.ts",
  maxPool2d: "lib/layers/pooling/max-pool2d.ts",
  relu: "lib/layers/activation/relu.ts",
  batchNorm: "lib/layers/normalisation/batch-norm.ts",
  softmaxCrossEntropy: "lib/losses/softmax-cross-entropy.ts",
};

/** What is wrong, the right source and the wrong source. "both" breaks the forward pass along with it. */
type Mutant = readonly [what: string, from: string, to: string, broken?: "both"];

const mutants: Record<FirstOperation, readonly Mutant[]> = {
  conv2d: [
    ["dx has the wrong sign", "dX[xAt] += W[wAt] * dY[yAt];", "dX[xAt] -= W[wAt] * dY[yAt];"],
    ["dw has the wrong sign", "dW[wAt] += X[xAt] * dY[yAt];", "dW[wAt] -= X[xAt] * dY[yAt];"],
    ["dx keeps the last window's share only", "dX[xAt] += W", "dX[xAt] = W"],
    ["dw is not summed over places and examples", "dW[wAt] += X", "dW[wAt] = X"],
    ["dw reads dy mirrored", "X[xAt] * dY[yAt];", "X[xAt] * dY[dY.length - 1 - yAt];"],
    ["dx reads the weights mirrored", "W[wAt] * dY[yAt];", "W[W.length - 1 - wAt] * dY[yAt];"],
    ["dw reads dy one place late", "X[xAt] * dY[yAt];", "X[xAt] * (dY[yAt + 1] ?? 0);"],
    [
      "db is not summed over places",
      "dB[Math.floor(o / mapSize) % filters] += dY[o]",
      "dB[Math.floor(o / mapSize) % filters] = dY[o]",
    ],
    ["db is summed over the wrong axis", "dB[Math.floor(o / mapSize) % filters]", "dB[o % filters]"],
    [
      "db misses the first number",
      "for (let o = 0; o < dY.length; o++) dB",
      "for (let o = 1; o < dY.length; o++) dB",
    ],
    ["db is a mean over the batch", "+= dY[o]; // (4)", "+= dY[o] / x.shape[0]; // (4)"],
    ["the filter is flipped where it should not", "(flip ? filterHeight", "(!flip ? filterHeight"],
    ["the flip is forgotten", "(flip ? filterHeight * filterWidth - 1 - tap : tap)", "tap"],
    ["the filter is transposed", "const tap = k * filterWidth + l;", "const tap = l * filterHeight + k;"],
    ["channels of the wrong group", "Math.floor(f / filtersPerGroup) * depth", "(f % groups) * depth"],
    ["groups are ignored", "Math.floor(f / filtersPerGroup) * depth", "0"],
    ["padding of the rows is ignored", " - rows.before;", ";"],
    ["padding of the columns is ignored", " - columns.before;", ";"],
    ["columns are padded like rows", "- columns.before;", "- rows.before;"],
    ["the side after is taken for the side before", "- columns.before;", "- columns.after;"],
    ["stride of the rows is ignored", "i * rows.stride", "i"],
    ["stride of the columns is ignored", "j * columns.stride", "j"],
    ["columns stride like rows", "j * columns.stride", "j * rows.stride"],
    ["dilation of the rows is ignored", "k * rows.dilation", "k"],
    ["dilation of the columns is ignored", "l * columns.dilation", "l"],
    [
      "only the first example counts",
      "for (let n = 0; n < batch; n++) {\n    for (let f",
      "for (let n = 0; n < 1; n++) {\n    for (let f",
    ],
    ["rows are one too low", "const h = i * rows.stride", "const h = 1 + i * rows.stride"],
    ["the last column is left out", "v >= width) continue", "v >= width - 1) continue"],
    ["the first row is left out", "if (h < 0 ||", "if (h <= 0 ||"],
    ["the channel is forgotten in x", "firstChannel + c) * height", "firstChannel) * height"],
    ["the channel is forgotten in w", "(f * depth + c) * filterHeight", "(f * depth) * filterHeight"],
  ],
  conv1d: [
    ["dx has the wrong sign", "dX[xAt] += W[wAt] * dY[yAt];", "dX[xAt] -= W[wAt] * dY[yAt];"],
    ["dw reads dy mirrored", "X[xAt] * dY[yAt];", "X[xAt] * dY[dY.length - 1 - yAt];"],
    ["dw is not summed", "dW[wAt] += X", "dW[wAt] = X"],
    [
      "db is not summed over samples",
      "dB[Math.floor(o / outputs) % filters] += dY[o]",
      "dB[Math.floor(o / outputs) % filters] = dY[o]",
    ],
    ["the filter is flipped where it should not", "(flip ? taps", "(!flip ? taps"],
    ["the flip is forgotten", "(flip ? taps - 1 - m : m)", "m"],
    ["channels of the wrong group", "Math.floor(f / filtersPerGroup) * depth", "(f % groups) * depth"],
    ["padding is ignored", " - axis.before;", ";"],
    ["the side after is taken for the side before", "- axis.before;", "- axis.after;"],
    ["stride is ignored", "t * axis.stride", "t"],
    ["dilation is ignored", "m * axis.dilation", "m"],
    ["the last sample is left out", "u >= length) continue", "u >= length - 1) continue"],
    ["examples overlap", "(n * channels + firstChannel + c)", "(n + firstChannel + c)"],
  ],
  linear: [
    ["dx has the wrong sign", "dX[n * D + d] += W", "dX[n * D + d] -= W"],
    ["dx reads the weights transposed", "W[k * D + d] * g; // (2)", "W[d * K + k] * g; // (2)"],
    ["dw is written transposed", "dW[k * D + d] += X", "dW[d * K + k] += X"],
    ["dw is not summed over the batch", "dW[k * D + d] += X", "dW[k * D + d] = X"],
    ["dw is a mean over the batch", "* g; // (3)", "* g / N; // (3)"],
    ["db is not summed over the batch", "dB[k] += g;", "dB[k] = g;"],
    ["db counts inputs", "dB[k] += g;", "dB[k] += g * X[n * D];"],
  ],
  relu: [
    ["the gradient passes everywhere", "X[i] > 0 ? dY[i] : 0", "dY[i]"],
    ["the gate is the wrong way round", "X[i] > 0 ? dY[i] : 0", "X[i] < 0 ? dY[i] : 0"],
    ["the gate is on dy", "X[i] > 0 ? dY[i] : 0", "dY[i] > 0 ? dY[i] : 0"],
    ["the gate is open at 0", "X[i] > 0 ? dY[i]", "X[i] >= 0 ? dY[i]"],
    ["negative slopes leak", "X[i] > 0 ? dY[i] : 0", "X[i] > 0 ? dY[i] : 0.01 * dY[i]"],
    ["the gradient is multiplied by x", "X[i] > 0 ? dY[i] : 0", "X[i] > 0 ? dY[i] * X[i] : 0"],
  ],
  maxPool1d: [
    ["overlapping windows overwrite each other", "dX[winners[o]] += dY[o]", "dX[winners[o]] = dY[o]"],
    ["the gradient goes one sample too far", "dX[winners[o]] +=", "dX[(winners[o] + 1) % dX.length] +="],
    ["the gradient is shared as in an average", "+= dY[o]; // (3)", "+= dY[o] / 3; // (3)"],
    ["the sign is wrong", "dX[winners[o]] += dY[o]", "dX[winners[o]] -= dY[o]"],
    ["dy is read mirrored", "+= dY[o]; // (3)", "+= dY[dY.length - 1 - o]; // (3)"],
    ["the last of equals wins", "X[at] > X[winner] ||", "X[at] >= X[winner] ||", "both"],
    [
      "the window's number is remembered for the winner's",
      "winners[o] = winner;",
      "winners[o] = signal * length + t;",
      "both",
    ],
  ],
  maxPool2d: [
    ["overlapping windows overwrite each other", "dX[winners[o]] += dY[o]", "dX[winners[o]] = dY[o]"],
    ["the gradient goes one pixel too far", "dX[winners[o]] +=", "dX[(winners[o] + 1) % dX.length] +="],
    [
      "the gradient goes to the neighbour below",
      "dX[winners[o]] +=",
      "dX[(winners[o] + shape[3]) % dX.length] +=",
    ],
    [
      "the gradient goes to every pixel of the first map",
      "dX[winners[o]] +=",
      "dX[winners[o] % (shape[2] * shape[3])] +=",
    ],
    ["the last of equals wins", "X[at] > X[winner] ||", "X[at] >= X[winner] ||", "both"],
    [
      "the first pixel of the window is remembered",
      "winners[o] = winner;",
      "winners[o] = map * height * width;",
      "both",
    ],
  ],
  batchNorm: [
    [
      "the mean's term is forgotten",
      "(dBeta[c] + normalised * dGamma[c]) / m",
      "(normalised * dGamma[c]) / m",
    ],
    ["the variance's term is forgotten", "(dBeta[c] + normalised * dGamma[c]) / m", "dBeta[c] / m"],
    ["both statistics are taken for constants", "constant ? 0 :", "true ? 0 :"],
    ["constants are taken for statistics", "constant ? 0 :", "false ? 0 :"],
    ["divided by m − 1", "normalised * dGamma[c]) / m", "normalised * dGamma[c]) / (m - 1)"],
    ["gamma is forgotten", "G[c] * scale[c] * (dY", "scale[c] * (dY"],
    ["the deviation is forgotten", "G[c] * scale[c] * (dY", "G[c] * (dY"],
    ["the variance's term has the wrong sign", "(dBeta[c] + normalised", "(dBeta[c] - normalised"],
    ["dgamma is of x and not of x̂", "dY[at] * (X[at] - mean[c]) * scale[c]", "dY[at] * X[at]"],
    ["dgamma forgets the deviation", "(X[at] - mean[c]) * scale[c]; // (4)", "(X[at] - mean[c]); // (4)"],
    ["dbeta is not summed", "dBeta[c] += dY[at];", "dBeta[c] = dY[at];"],
    [
      "m counts examples and not places",
      "const m = x.size / channels;\n  const [X, G, dY]",
      "const m = x.shape[0];\n  const [X, G, dY]",
    ],
  ],
  softmaxCrossEntropy: [
    ["the mean is forgotten", "weighted[k]) / divisor; // (4)", "weighted[k]); // (4)"],
    ["the sign is wrong", "(P[n * K + k] * sum - weighted[k])", "(weighted[k] - P[n * K + k] * sum)"],
    ["the target is forgotten", "* sum - weighted[k])", "* sum)"],
    ["divided by the classes", "weighted[k]) / divisor; // (4)", "weighted[k]) / K; // (4)"],
    [
      "the softmax is differentiated once more",
      "(P[n * K + k] * sum - weighted[k])",
      "(P[n * K + k] * sum - weighted[k]) * P[n * K + k]",
    ],
    ["weights count for the target only", "P[n * K + k] * sum", "P[n * K + k]"],
    ["the first example's probabilities serve all", "(P[n * K + k] * sum", "(P[k] * sum"],
  ],
};

describe.each(Object.keys(mutants) as FirstOperation[])("%s", (name) => {
  it("passes as it is", async () => {
    const [, line] = mutants[name][0];
    const module = await mutated(files[name], line, line);
    expect(
      complaint(name, module[`${name}Forward`] as Forward, module[`${name}Backward`] as Backward),
    ).toBeUndefined();
  });
  for (const [what, from, to, broken] of mutants[name]) {
    it(`is caught when ${what}`, async () => {
      const module = await mutated(files[name], from, to);
      const forward = broken === "both" ? (module[`${name}Forward`] as Forward) : undefined;
      expect(complaint(name, forward, module[`${name}Backward`] as Backward)).toBeDefined();
    });
  }
});

it("catches a pooling that gives its gradient to every one of equals", () => {
  let x: Tensor;
  const forward: Forward = (...args) => {
    x = args[0] as Tensor;
    return (maxPool1dForward as unknown as Forward)(...args);
  };
  const backward: Backward = (dy, cache) => {
    const { dx } = (maxPool1dBackward as unknown as Backward)(dy, cache);
    const [X, dX] = [flat(x), flat(dx).slice()];
    for (let i = 1; i < X.length; i++) if (X[i] === X[i - 1]) dX[i] = dX[i - 1];
    return { dx: wrap(dX, dx.shape) };
  };
  expect(complaint("maxPool1d", forward, backward)).toContain("1,1,0,1,1,1 where 1,0,0,1,0,0 is right");
});

it("has mutants enough", () => {
  expect(Object.values(mutants).flat().length).toBeGreaterThanOrEqual(80);
});
