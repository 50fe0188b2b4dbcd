/**
 * Broken backward passes, each of which the gradient check must catch: one place of the real source at a time. A
 * mutant that fits nowhere fails, so the table follows the code. What differences cannot see, because
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
import * as functions from "../../../lib/functions.js";
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
  const own = functions[`${name}Forward`] as unknown as Forward;
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

/**
 * What is wrong, where, the right form and the wrong one (test/support/mutate.ts says how to write them). "both" breaks
 * the forward pass along with the backward pass.
 */
type Row = readonly [what: string, at: string, from: string, to: string, broken?: "both"];

const mutants: Record<FirstOperation, readonly Row[]> = {
  conv2d: [
    ["dx has the wrong sign", "(2)", "$dx += $share", "$dx -= $share"],
    ["dw has the wrong sign", "(3)", "$dw += $share", "$dw -= $share"],
    ["dx keeps the last window's share only", "(2)", "$dx += $share", "$dx = $share"],
    ["dw is not summed over places and examples", "(3)", "$dw += $share", "$dw = $share"],
    ["dw reads dy mirrored", "(3)", "$x * $dy[$at]", "$x * $dy[$dy.length - 1 - $at]"],
    ["dx reads the weights mirrored", "(2)", "$w[$at] * $dy", "$w[$w.length - 1 - $at] * $dy"],
    ["dw reads dy one place late", "(3)", "$x * $dy[$at]", "$x * ($dy[$at + 1] ?? 0)"],
    ["db is not summed over places", "(4)", "$db += $dy", "$db = $dy"],
    ["db is summed over the wrong axis", "(4)", "Math.floor($o / $places) % $filters", "$o % $filters"],
    ["db misses the first number", "(4)", "let $o = 0", "let $o = 1"],
    ["db is a mean over the batch", "(4)", "$db += $dy", "$db += $dy / x.shape[0]"],
    ["the filter is flipped where it should not", "forEachTap", "flip ? $a : $b", "flip ? $b : $a"],
    ["the flip is forgotten", "forEachTap", "flip ? $mirrored : $tap", "$tap"],
    [
      "the filter is transposed",
      "forEachTap",
      "const $$tap = $$k * $$width + $$l",
      "const $$tap = $$l * $$width + $$k",
    ],
    [
      "channels of the wrong group",
      "forEachTap",
      "Math.floor($f / $each) * $depth",
      "($f % groups) * $depth",
    ],
    ["groups are ignored", "forEachTap", "Math.floor($f / $each) * $depth", "0"],
    ["padding of the rows is ignored", "forEachTap", "$h - rows.before", "$h"],
    ["padding of the columns is ignored", "forEachTap", "$v - columns.before", "$v"],
    ["columns are padded like rows", "forEachTap", "$v - columns.before", "$v - rows.before"],
    [
      "the side after is taken for the side before",
      "forEachTap",
      "$v - columns.before",
      "$v - columns.after",
    ],
    ["stride of the rows is ignored", "forEachTap", "$i * rows.stride", "$i"],
    ["stride of the columns is ignored", "forEachTap", "$j * columns.stride", "$j"],
    ["columns stride like rows", "forEachTap", "$j * columns.stride", "$j * rows.stride"],
    ["dilation of the rows is ignored", "forEachTap", "$k * rows.dilation", "$k"],
    ["dilation of the columns is ignored", "forEachTap", "$l * columns.dilation", "$l"],
    ["only the first example counts", "forEachTap", "$$n < batch", "$$n < 1"],
    ["rows are one too low", "forEachTap", "$h - rows.before", "$h - rows.before + 1"],
    ["the last column is left out", "forEachTap", "$$v >= width", "$$v >= width - 1"],
    ["the first row is left out", "forEachTap", "$$h < 0 || $$h >= height", "$$h <= 0 || $$h >= height"],
    ["the channel is forgotten in x", "forEachTap", "$n + $$first + $$c", "$n + $$first"],
    [
      "the channel is forgotten in w",
      "forEachTap",
      "($$f * $$depth + $$c) * $height",
      "$$f * $$depth * $height",
    ],
  ],
  conv1d: [
    ["dx has the wrong sign", "(2)", "$dx += $share", "$dx -= $share"],
    ["dw reads dy mirrored", "(3)", "$x * $dy[$at]", "$x * $dy[$dy.length - 1 - $at]"],
    ["dw is not summed", "(3)", "$dw += $share", "$dw = $share"],
    ["db is not summed over samples", "(4)", "$db += $dy", "$db = $dy"],
    ["the filter is flipped where it should not", "forEachTap", "flip ? $a : $b", "flip ? $b : $a"],
    ["the flip is forgotten", "forEachTap", "flip ? $mirrored : $tap", "$tap"],
    [
      "channels of the wrong group",
      "forEachTap",
      "Math.floor($f / $each) * $depth",
      "($f % groups) * $depth",
    ],
    ["padding is ignored", "forEachTap", "$u - axis.before", "$u"],
    ["the side after is taken for the side before", "forEachTap", "$u - axis.before", "$u - axis.after"],
    ["stride is ignored", "forEachTap", "$t * axis.stride", "$t"],
    ["dilation is ignored", "forEachTap", "$m * axis.dilation", "$m"],
    ["the last sample is left out", "forEachTap", "$$u >= length", "$$u >= length - 1"],
    ["examples overlap", "forEachTap", "$$n * $$channels + $first + $c", "$$n + $first + $c"],
  ],
  linear: [
    ["dx has the wrong sign", "(2)", "$dx += $share", "$dx -= $share"],
    ["dx reads the weights transposed", "(2)", "$w[$k * $D + $d] * $g", "$w[$d * K + $k] * $g"],
    ["dw is written transposed", "(3)", "$dw[$k * $D + $d] += $share", "$dw[$d * K + $k] += $share"],
    ["dw is not summed over the batch", "(3)", "$dw += $share", "$dw = $share"],
    ["dw is a mean over the batch", "(3)", "$dw += $share", "$dw += $share / N"],
    ["db is not summed over the batch", "(4)", "$db += $g", "$db = $g"],
    ["db counts inputs", "(4)", "$db += $g", "$db += $g * D"],
  ],
  relu: [
    ["the gradient passes everywhere", "(2)", "$x > 0 ? $dy : 0", "$dy"],
    ["the gate is the wrong way round", "(2)", "$x > 0 ? $dy : 0", "$x < 0 ? $dy : 0"],
    ["the gate is on dy", "(2)", "$x > 0 ? $dy : 0", "$dy > 0 ? $dy : 0"],
    ["the gate is open at 0", "(2)", "$x > 0 ? $dy : 0", "$x >= 0 ? $dy : 0"],
    ["negative slopes leak", "(2)", "$x > 0 ? $dy : 0", "$x > 0 ? $dy : 0.01 * $dy"],
    ["the gradient is multiplied by x", "(2)", "$x > 0 ? $dy : 0", "$x > 0 ? $dy * $x : 0"],
  ],
  maxPool1d: [
    ["overlapping windows overwrite each other", "(3)", "$dx += $dy", "$dx = $dy"],
    [
      "the gradient goes one sample too far",
      "(3)",
      "$dx[$winner] += $dy",
      "$dx[($winner + 1) % $dx.length] += $dy",
    ],
    ["the gradient is shared as in an average", "(3)", "$dx += $dy", "$dx += $dy / 3"],
    ["the sign is wrong", "(3)", "$dx += $dy", "$dx -= $dy"],
    ["dy is read mirrored", "(3)", "$dx += $dy[$o]", "$dx += $dy[$dy.length - 1 - $o]"],
    [
      "the last of equals wins",
      "maxPool1dForward (2)",
      "$x[$at] > $x[$winner]",
      "$x[$at] >= $x[$winner]",
      "both",
    ],
    [
      "the window's number is remembered for the winner's",
      "maxPool1dForward",
      "winners[$o] = $winner",
      "winners[$o] = $o",
      "both",
    ],
  ],
  maxPool2d: [
    ["overlapping windows overwrite each other", "(3)", "$dx += $dy", "$dx = $dy"],
    [
      "the gradient goes one pixel too far",
      "(3)",
      "$dx[$winner] += $dy",
      "$dx[($winner + 1) % $dx.length] += $dy",
    ],
    [
      "the gradient goes to the neighbour below",
      "(3)",
      "$dx[$winner] += $dy",
      "$dx[($winner + shape[3]) % $dx.length] += $dy",
    ],
    [
      "the gradient goes to every pixel of the first map",
      "(3)",
      "$dx[$winner] += $dy",
      "$dx[$winner % (shape[2] * shape[3])] += $dy",
    ],
    [
      "the last of equals wins",
      "maxPool2dForward (2)",
      "$x[$at] > $x[$winner]",
      "$x[$at] >= $x[$winner]",
      "both",
    ],
    [
      "the window's number is remembered for the winner's",
      "maxPool2dForward",
      "winners[$o] = $winner",
      "winners[$o] = $o",
      "both",
    ],
  ],
  batchNorm: [
    [
      "the mean's term is forgotten",
      "batchNormBackward",
      "($dbeta + $normalised * $dgamma) / $m",
      "($normalised * $dgamma) / $m",
    ],
    [
      "the variance's term is forgotten",
      "batchNormBackward",
      "($dbeta + $normalised * $dgamma) / $m",
      "$dbeta / $m",
    ],
    ["both statistics are taken for constants", "batchNormBackward", "constant ? 0 : $shared", "0"],
    ["constants are taken for statistics", "batchNormBackward", "constant ? 0 : $shared", "$shared"],
    ["divided by m − 1", "batchNormBackward", "($dbeta + $rest) / $m", "($dbeta + $rest) / ($m - 1)"],
    ["gamma is forgotten", "(7)", "$gamma * $scale * ($dy - $shared)", "$scale * ($dy - $shared)"],
    ["the deviation is forgotten", "(7)", "$gamma * $scale * ($dy - $shared)", "$gamma * ($dy - $shared)"],
    [
      "the variance's term has the wrong sign",
      "batchNormBackward",
      "($dbeta + $rest) / $m",
      "($dbeta - $rest) / $m",
    ],
    ["dgamma is of x and not of x̂", "(4)", "$dy * ($x - $mean) * $scale", "$dy * $x"],
    ["dgamma forgets the deviation", "(4)", "$dy * ($x - $mean) * $scale", "$dy * ($x - $mean)"],
    ["dbeta is not summed", "(4)", "$dbeta += $dy[$at]", "$dbeta = $dy[$at]"],
    [
      "m counts examples and not places",
      "batchNormBackward",
      "const $m = $x.size / $channels",
      "const $m = $x.shape[0]",
    ],
  ],
  softmaxCrossEntropy: [
    ["the mean is forgotten", "(4)", "($p * $sum - $q) / $divisor", "$p * $sum - $q"],
    ["the sign is wrong", "(4)", "$p * $sum - $q", "$q - $p * $sum"],
    ["the target is forgotten", "(4)", "$p * $sum - $q", "$p * $sum"],
    ["divided by the classes", "(4)", "($p * $sum - $q) / $divisor", "($p * $sum - $q) / K"],
    ["the softmax is differentiated once more", "(4)", "$p * $sum - $q", "($p * $sum - $q) * $p"],
    ["weights count for the target only", "(4)", "$p * $sum - $q", "$p - $q"],
    ["the first example's probabilities serve all", "(4)", "$p[$row + $k] * $sum", "$p[$k] * $sum"],
  ],
};

/** A module with the mutant of a row, or as it is. */
async function load(name: FirstOperation, row?: Row): Promise<{ forward: Forward; backward: Backward }> {
  const mutant = row && { what: row[0], at: row[1], from: row[2], to: row[3] };
  const module = await mutated(files[name], mutant);
  return {
    forward: module[`${name}Forward`] as Forward,
    backward: module[`${name}Backward`] as Backward,
  };
}

describe.each(Object.keys(mutants) as FirstOperation[])("%s", (name) => {
  it("passes as it is", async () => {
    const { forward, backward } = await load(name);
    expect(complaint(name, forward, backward)).toBeUndefined();
  });

  for (const row of mutants[name]) {
    const [what, , , , broken] = row;
    it(`is caught when ${what}`, async () => {
      const { forward, backward } = await load(name, row);
      expect(complaint(name, broken === "both" ? forward : undefined, backward)).toBeDefined();
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
