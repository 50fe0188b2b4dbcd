/** The reference engine: the plain loops in the layers' own files, which are the equations line by line. */
import { batchNormBackward, batchNormForward } from "../layers/normalisation/batch-norm.js";
import { conv1dBackward, conv1dForward } from "../layers/convolution/conv1d.js";
import { conv2dBackward, conv2dForward } from "../layers/convolution/conv2d.js";
import { linearBackward, linearForward } from "../layers/linear.js";
import { maxPool1dBackward, maxPool1dForward } from "../layers/pooling/max-pool1d.js";
import { maxPool2dBackward, maxPool2dForward } from "../layers/pooling/max-pool2d.js";
import { reluBackward, reluForward } from "../layers/activation/relu.js";
import { eluBackward, eluForward } from "../layers/activation/elu.js";
import { geluBackward, geluForward } from "../layers/activation/gelu.js";
import { leakyReluBackward, leakyReluForward } from "../layers/activation/leaky-relu.js";
import { preluBackward, preluForward } from "../layers/activation/prelu.js";
import { sigmoidBackward, sigmoidForward } from "../layers/activation/sigmoid.js";
import {
  softmaxBackward,
  softmaxForward,
  logSoftmaxBackward,
  logSoftmaxForward,
} from "../layers/activation/softmax.js";
import { softplusBackward, softplusForward } from "../layers/activation/softplus.js";
import {
  unitStepBackward,
  unitStepForward,
  signumBackward,
  signumForward,
} from "../layers/activation/step.js";
import { tanhBackward, tanhForward } from "../layers/activation/tanh.js";
import {
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
} from "../layers/pooling/average-pool.js";
import {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
} from "../layers/pooling/decimation.js";
import {
  globalAveragePoolBackward,
  globalAveragePoolForward,
} from "../layers/pooling/global-average-pool.js";
import {
  lpPool1dBackward,
  lpPool1dForward,
  lpPool2dBackward,
  lpPool2dForward,
} from "../layers/pooling/lp-pool.js";
import { maxoutBackward, maxoutForward } from "../layers/activation/maxout.js";
import {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../layers/pooling/sum-pool.js";
import { groupNormBackward, groupNormForward } from "../layers/normalisation/group-norm.js";
import { layerNormBackward, layerNormForward } from "../layers/normalisation/layer-norm.js";
import {
  localContrastNormBackward,
  localContrastNormForward,
} from "../layers/normalisation/local-contrast-norm.js";
import {
  localResponseNormBackward,
  localResponseNormForward,
} from "../layers/normalisation/local-response-norm.js";
import { addBackward, addForward } from "../layers/shape/add.js";
import { attentionBackward, attentionForward } from "../layers/shape/attention.js";
import { concatBackward, concatForward } from "../layers/shape/concat.js";
import {
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
} from "../layers/convolution/conv-transpose.js";
import { dropoutBackward, dropoutForward } from "../layers/normalisation/dropout.js";
import {
  localConv1dBackward,
  localConv1dForward,
  localConv2dBackward,
  localConv2dForward,
} from "../layers/convolution/local-conv.js";
import { pad1dBackward, pad1dForward, pad2dBackward, pad2dForward } from "../layers/shape/padding.js";
import { binaryCrossEntropyBackward, binaryCrossEntropyForward } from "../losses/binary-cross-entropy.js";
import { euclideanBackward, euclideanForward } from "../losses/euclidean.js";
import { hingeBackward, hingeForward } from "../losses/hinge.js";
import { huberBackward, huberForward } from "../losses/huber.js";
import { l1Backward, l1Forward } from "../losses/l1.js";
import {
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
} from "../losses/negative-log-likelihood.js";
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from "../losses/softmax-cross-entropy.js";
import { adadeltaStep } from "../optim/adadelta.js";
import { adagradStep } from "../optim/adagrad.js";
import { adamStep } from "../optim/adam.js";
import { rmsPropStep } from "../optim/rmsprop.js";
import { sgdStep } from "../optim/sgd.js";
import type { Engine } from "./engine.js";

export const reference: Engine = {
  name: "reference",
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
  eluForward,
  eluBackward,
  geluForward,
  geluBackward,
  leakyReluForward,
  leakyReluBackward,
  preluForward,
  preluBackward,
  sigmoidForward,
  sigmoidBackward,
  softmaxForward,
  softmaxBackward,
  logSoftmaxForward,
  logSoftmaxBackward,
  softplusForward,
  softplusBackward,
  unitStepForward,
  unitStepBackward,
  signumForward,
  signumBackward,
  tanhForward,
  tanhBackward,
  averagePool1dForward,
  averagePool1dBackward,
  averagePool2dForward,
  averagePool2dBackward,
  decimate1dForward,
  decimate1dBackward,
  decimate2dForward,
  decimate2dBackward,
  globalAveragePoolForward,
  globalAveragePoolBackward,
  lpPool1dForward,
  lpPool1dBackward,
  lpPool2dForward,
  lpPool2dBackward,
  maxoutForward,
  maxoutBackward,
  sumPool1dForward,
  sumPool1dBackward,
  sumPool2dForward,
  sumPool2dBackward,
  groupNormForward,
  groupNormBackward,
  layerNormForward,
  layerNormBackward,
  localContrastNormForward,
  localContrastNormBackward,
  localResponseNormForward,
  localResponseNormBackward,
  addForward,
  addBackward,
  attentionForward,
  attentionBackward,
  concatForward,
  concatBackward,
  convTranspose1dForward,
  convTranspose1dBackward,
  convTranspose2dForward,
  convTranspose2dBackward,
  dropoutForward,
  dropoutBackward,
  localConv1dForward,
  localConv1dBackward,
  localConv2dForward,
  localConv2dBackward,
  pad1dForward,
  pad1dBackward,
  pad2dForward,
  pad2dBackward,
  softmaxCrossEntropyForward,
  softmaxCrossEntropyBackward,
  binaryCrossEntropyForward,
  binaryCrossEntropyBackward,
  euclideanForward,
  euclideanBackward,
  hingeForward,
  hingeBackward,
  huberForward,
  huberBackward,
  l1Forward,
  l1Backward,
  negativeLogLikelihoodForward,
  negativeLogLikelihoodBackward,
  sgdStep,
  adadeltaStep,
  adagradStep,
  adamStep,
  rmsPropStep,
};
