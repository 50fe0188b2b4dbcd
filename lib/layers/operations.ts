/**
 * The functions that an engine must offer to the layers. Their meaning is that of the reference functions in
 * the layers' own files, whose types they take over; but a cache belongs to the engine that made it, and nobody
 * else reads it.
 */
import type { Tensor } from "../array/tensor.js";
import type { batchNormBackward, batchNormForward } from "./normalisation/batch-norm.js";
import type { conv1dBackward, conv1dForward } from "./convolution/conv1d.js";
import type { conv2dBackward, conv2dForward } from "./convolution/conv2d.js";
import type { linearBackward, linearForward } from "./linear.js";
import type { maxPool1dBackward, maxPool1dForward } from "./pooling/max-pool1d.js";
import type { maxPool2dBackward, maxPool2dForward } from "./pooling/max-pool2d.js";
import type { reluBackward, reluForward } from "./activation/relu.js";
import type { eluBackward, eluForward } from "./activation/elu.js";
import type { geluBackward, geluForward } from "./activation/gelu.js";
import type { leakyReluBackward, leakyReluForward } from "./activation/leaky-relu.js";
import type { preluBackward, preluForward } from "./activation/prelu.js";
import type { sigmoidBackward, sigmoidForward } from "./activation/sigmoid.js";
import type {
  softmaxBackward,
  softmaxForward,
  logSoftmaxBackward,
  logSoftmaxForward,
} from "./activation/softmax.js";
import type { softplusBackward, softplusForward } from "./activation/softplus.js";
import type { unitStepBackward, unitStepForward, signumBackward, signumForward } from "./activation/step.js";
import type { tanhBackward, tanhForward } from "./activation/tanh.js";
import type {
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
} from "./pooling/average-pool.js";
import type {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
} from "./pooling/decimation.js";
import type { globalAveragePoolBackward, globalAveragePoolForward } from "./pooling/global-average-pool.js";
import type {
  lpPool1dBackward,
  lpPool1dForward,
  lpPool2dBackward,
  lpPool2dForward,
} from "./pooling/lp-pool.js";
import type { maxoutBackward, maxoutForward } from "./activation/maxout.js";
import type {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "./pooling/sum-pool.js";
import type { groupNormBackward, groupNormForward } from "./normalisation/group-norm.js";
import type { layerNormBackward, layerNormForward } from "./normalisation/layer-norm.js";
import type {
  localContrastNormBackward,
  localContrastNormForward,
} from "./normalisation/local-contrast-norm.js";
import type {
  localResponseNormBackward,
  localResponseNormForward,
} from "./normalisation/local-response-norm.js";
import type { addBackward, addForward } from "./shape/add.js";
import type { attentionBackward, attentionForward } from "./shape/attention.js";
import type { concatBackward, concatForward } from "./shape/concat.js";
import type {
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
} from "./convolution/conv-transpose.js";
import type { dropoutBackward, dropoutForward } from "./normalisation/dropout.js";
import type {
  localConv1dBackward,
  localConv1dForward,
  localConv2dBackward,
  localConv2dForward,
} from "./convolution/local-conv.js";
import type { pad1dBackward, pad1dForward, pad2dBackward, pad2dForward } from "./shape/padding.js";

/** A forward, as an engine offers it: what it keeps for its backward is its own affair. */
export type Forward<F extends (...args: never[]) => { cache: object }> = (
  ...args: Parameters<F>
) => Omit<ReturnType<F>, "cache"> & { readonly cache: object };

/** A backward, as an engine offers it: it takes the cache of its own forward and no other. */
export type Backward<F extends (dy: Tensor, cache: never) => object> = {
  // A method, not a property: an engine's function may ask for its own kind of cache.
  call(dy: Tensor, cache: object): ReturnType<F>;
}["call"];

export interface LayerOperations {
  conv1dForward: Forward<typeof conv1dForward>;
  conv1dBackward: Backward<typeof conv1dBackward>;
  conv2dForward: Forward<typeof conv2dForward>;
  conv2dBackward: Backward<typeof conv2dBackward>;
  maxPool1dForward: Forward<typeof maxPool1dForward>;
  maxPool1dBackward: Backward<typeof maxPool1dBackward>;
  maxPool2dForward: Forward<typeof maxPool2dForward>;
  maxPool2dBackward: Backward<typeof maxPool2dBackward>;
  linearForward: Forward<typeof linearForward>;
  linearBackward: Backward<typeof linearBackward>;
  reluForward: Forward<typeof reluForward>;
  reluBackward: Backward<typeof reluBackward>;
  batchNormForward: Forward<typeof batchNormForward>;
  batchNormBackward: Backward<typeof batchNormBackward>;
  eluForward: Forward<typeof eluForward>;
  eluBackward: Backward<typeof eluBackward>;
  geluForward: Forward<typeof geluForward>;
  geluBackward: Backward<typeof geluBackward>;
  leakyReluForward: Forward<typeof leakyReluForward>;
  leakyReluBackward: Backward<typeof leakyReluBackward>;
  preluForward: Forward<typeof preluForward>;
  preluBackward: Backward<typeof preluBackward>;
  sigmoidForward: Forward<typeof sigmoidForward>;
  sigmoidBackward: Backward<typeof sigmoidBackward>;
  softmaxForward: Forward<typeof softmaxForward>;
  softmaxBackward: Backward<typeof softmaxBackward>;
  logSoftmaxForward: Forward<typeof logSoftmaxForward>;
  logSoftmaxBackward: Backward<typeof logSoftmaxBackward>;
  softplusForward: Forward<typeof softplusForward>;
  softplusBackward: Backward<typeof softplusBackward>;
  unitStepForward: Forward<typeof unitStepForward>;
  unitStepBackward: Backward<typeof unitStepBackward>;
  signumForward: Forward<typeof signumForward>;
  signumBackward: Backward<typeof signumBackward>;
  tanhForward: Forward<typeof tanhForward>;
  tanhBackward: Backward<typeof tanhBackward>;
  averagePool1dForward: Forward<typeof averagePool1dForward>;
  averagePool1dBackward: Backward<typeof averagePool1dBackward>;
  averagePool2dForward: Forward<typeof averagePool2dForward>;
  averagePool2dBackward: Backward<typeof averagePool2dBackward>;
  decimate1dForward: Forward<typeof decimate1dForward>;
  decimate1dBackward: Backward<typeof decimate1dBackward>;
  decimate2dForward: Forward<typeof decimate2dForward>;
  decimate2dBackward: Backward<typeof decimate2dBackward>;
  globalAveragePoolForward: Forward<typeof globalAveragePoolForward>;
  globalAveragePoolBackward: Backward<typeof globalAveragePoolBackward>;
  lpPool1dForward: Forward<typeof lpPool1dForward>;
  lpPool1dBackward: Backward<typeof lpPool1dBackward>;
  lpPool2dForward: Forward<typeof lpPool2dForward>;
  lpPool2dBackward: Backward<typeof lpPool2dBackward>;
  maxoutForward: Forward<typeof maxoutForward>;
  maxoutBackward: Backward<typeof maxoutBackward>;
  sumPool1dForward: Forward<typeof sumPool1dForward>;
  sumPool1dBackward: Backward<typeof sumPool1dBackward>;
  sumPool2dForward: Forward<typeof sumPool2dForward>;
  sumPool2dBackward: Backward<typeof sumPool2dBackward>;
  groupNormForward: Forward<typeof groupNormForward>;
  groupNormBackward: Backward<typeof groupNormBackward>;
  layerNormForward: Forward<typeof layerNormForward>;
  layerNormBackward: Backward<typeof layerNormBackward>;
  localContrastNormForward: Forward<typeof localContrastNormForward>;
  localContrastNormBackward: Backward<typeof localContrastNormBackward>;
  localResponseNormForward: Forward<typeof localResponseNormForward>;
  localResponseNormBackward: Backward<typeof localResponseNormBackward>;
  addForward: Forward<typeof addForward>;
  addBackward: Backward<typeof addBackward>;
  attentionForward: Forward<typeof attentionForward>;
  attentionBackward: Backward<typeof attentionBackward>;
  concatForward: Forward<typeof concatForward>;
  concatBackward: Backward<typeof concatBackward>;
  convTranspose1dForward: Forward<typeof convTranspose1dForward>;
  convTranspose1dBackward: Backward<typeof convTranspose1dBackward>;
  convTranspose2dForward: Forward<typeof convTranspose2dForward>;
  convTranspose2dBackward: Backward<typeof convTranspose2dBackward>;
  dropoutForward: Forward<typeof dropoutForward>;
  dropoutBackward: Backward<typeof dropoutBackward>;
  localConv1dForward: Forward<typeof localConv1dForward>;
  localConv1dBackward: Backward<typeof localConv1dBackward>;
  localConv2dForward: Forward<typeof localConv2dForward>;
  localConv2dBackward: Backward<typeof localConv2dBackward>;
  pad1dForward: Forward<typeof pad1dForward>;
  pad1dBackward: Backward<typeof pad1dBackward>;
  pad2dForward: Forward<typeof pad2dForward>;
  pad2dBackward: Backward<typeof pad2dBackward>;
}
