/**
 * The TypeScript engine: the same equations as the reference in loops that a JavaScript engine compiles well.
 * It runs wherever JavaScript runs, in either precision.
 */
import type { Engine } from "../engine.js";
import { reference } from "../reference.js";
import { batchNormBackward, batchNormForward } from "./batch-norm.js";
import { conv1dBackward, conv1dForward, conv2dBackward, conv2dForward } from "./convolution.js";
import { linearBackward, linearForward } from "./linear.js";
import { maxPool1dBackward, maxPool1dForward, maxPool2dBackward, maxPool2dForward } from "./max-pool.js";
import { adadeltaStep, adagradStep, adamStep, rmsPropStep, sgdStep } from "./optimizers.js";
import { reluBackward, reluForward } from "./relu.js";

export const typescript: Engine = {
  // Whatever is not named below is one plain loop in the reference already, or not worth a second version.
  ...reference,
  name: "typescript",
  describe: (layer) =>
    ["Conv1d", "Conv2d", "MaxPool1d", "MaxPool2d", "Linear", "ReLU", "BatchNorm"].includes(layer.kind)
      ? { path: "typescript", why: "in loops that a JavaScript engine compiles well" }
      : undefined,
  conv1dForward,
  conv1dBackward,
  conv2dForward,
  conv2dBackward,
  maxPool1dForward,
  maxPool1dBackward,
  maxPool2dForward,
  maxPool2dBackward,
  linearForward,
  linearBackward,
  reluForward,
  reluBackward,
  batchNormForward,
  batchNormBackward,
  sgdStep,
  adagradStep,
  adadeltaStep,
  rmsPropStep,
  adamStep,
};
