/**
 * The functions that an engine must offer to the layers. Their meaning is that of the reference functions in
 * the layers' own files, whose types they take over; caches belong to the engine that made them.
 */
import type { batchNormBackward, batchNormForward } from "./batchnorm.js";
import type { conv1dBackward, conv1dForward } from "./conv1d.js";
import type { conv2dBackward, conv2dForward } from "./conv2d.js";
import type { linearBackward, linearForward } from "./linear.js";
import type { maxPool1dBackward, maxPool1dForward } from "./maxpool1d.js";
import type { maxPool2dBackward, maxPool2dForward } from "./maxpool2d.js";
import type { reluBackward, reluForward } from "./relu.js";

export interface LayerOperations {
  conv1dForward: typeof conv1dForward;
  conv1dBackward: typeof conv1dBackward;
  conv2dForward: typeof conv2dForward;
  conv2dBackward: typeof conv2dBackward;
  maxPool1dForward: typeof maxPool1dForward;
  maxPool1dBackward: typeof maxPool1dBackward;
  maxPool2dForward: typeof maxPool2dForward;
  maxPool2dBackward: typeof maxPool2dBackward;
  linearForward: typeof linearForward;
  linearBackward: typeof linearBackward;
  reluForward: typeof reluForward;
  reluBackward: typeof reluBackward;
  batchNormForward: typeof batchNormForward;
  batchNormBackward: typeof batchNormBackward;
}
