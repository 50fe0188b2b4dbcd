/** The reference engine: the plain loops in the layers' own files, which are the equations line by line. */
import { batchNormBackward, batchNormForward } from "../layers/batchnorm.js";
import { conv1dBackward, conv1dForward } from "../layers/conv1d.js";
import { conv2dBackward, conv2dForward } from "../layers/conv2d.js";
import { linearBackward, linearForward } from "../layers/linear.js";
import { maxPool1dBackward, maxPool1dForward } from "../layers/maxpool1d.js";
import { maxPool2dBackward, maxPool2dForward } from "../layers/maxpool2d.js";
import { reluBackward, reluForward } from "../layers/relu.js";
import { eluBackward, eluForward } from "../layers/elu.js";
import { geluBackward, geluForward } from "../layers/gelu.js";
import { leakyReluBackward, leakyReluForward } from "../layers/leakyrelu.js";
import { preluBackward, preluForward } from "../layers/prelu.js";
import { sigmoidBackward, sigmoidForward } from "../layers/sigmoid.js";
import { softmaxBackward, softmaxForward, logSoftmaxBackward, logSoftmaxForward } from "../layers/softmax.js";
import { softplusBackward, softplusForward } from "../layers/softplus.js";
import { unitStepBackward, unitStepForward, signumBackward, signumForward } from "../layers/step.js";
import { tanhBackward, tanhForward } from "../layers/tanh.js";
import {
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
} from "../layers/averagepool.js";
import {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
} from "../layers/decimation.js";
import { globalAveragePoolBackward, globalAveragePoolForward } from "../layers/globalaveragepool.js";
import { lpPool1dBackward, lpPool1dForward, lpPool2dBackward, lpPool2dForward } from "../layers/lppool.js";
import { maxoutBackward, maxoutForward } from "../layers/maxout.js";
import {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../layers/sumpool.js";
import { groupNormBackward, groupNormForward } from "../layers/groupnorm.js";
import { layerNormBackward, layerNormForward } from "../layers/layernorm.js";
import { localContrastNormBackward, localContrastNormForward } from "../layers/localcontrastnorm.js";
import { localResponseNormBackward, localResponseNormForward } from "../layers/localresponsenorm.js";
import { addBackward, addForward } from "../layers/add.js";
import { attentionBackward, attentionForward } from "../layers/attention.js";
import { concatBackward, concatForward } from "../layers/concat.js";
import {
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
} from "../layers/convtranspose.js";
import { dropoutBackward, dropoutForward } from "../layers/dropout.js";
import {
  localConv1dBackward,
  localConv1dForward,
  localConv2dBackward,
  localConv2dForward,
} from "../layers/localconv.js";
import { pad1dBackward, pad1dForward, pad2dBackward, pad2dForward } from "../layers/padding.js";
import { binaryCrossEntropyBackward, binaryCrossEntropyForward } from "../losses/binarycrossentropy.js";
import { euclideanBackward, euclideanForward } from "../losses/euclidean.js";
import { hingeBackward, hingeForward } from "../losses/hinge.js";
import { huberBackward, huberForward } from "../losses/huber.js";
import { l1Backward, l1Forward } from "../losses/l1.js";
import {
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
} from "../losses/negativeloglikelihood.js";
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from "../losses/softmaxcrossentropy.js";
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
