/** The functions behind the layers: forward and backward passes without state, their options, caches and gradients. */
export {
  batchNormBackward,
  batchNormForward,
  type Statistics,
  type BatchNormOptions,
  type BatchNormCache,
} from "./normalisation/batch-norm.js";
export {
  conv1dBackward,
  conv1dForward,
  type Conv1dOptions,
  type Conv1dGeometry,
  type Conv1dCache,
} from "./convolution/conv1d.js";
export {
  conv2dBackward,
  conv2dForward,
  type Conv2dOptions,
  type Conv2dGeometry,
  type Conv2dCache,
} from "./convolution/conv2d.js";
export { linearBackward, linearForward } from "./linear.js";
export type {
  WeightCache,
  WeightCache as LinearCache,
  WeightGradients,
  WeightGradients as Conv1dGradients,
  WeightGradients as Conv2dGradients,
  WeightGradients as ConvTransposeGradients,
  WeightGradients as LinearGradients,
  WeightGradients as LocalConvGradients,
} from "./weighted.js";
export type {
  RescaledGradients,
  RescaledGradients as BatchNormGradients,
  RescaledGradients as GroupNormGradients,
  RescaledGradients as LayerNormGradients,
} from "./normalisation/rescaled.js";
export { maxPool1dBackward, maxPool1dForward, type MaxPool1dCache } from "./pooling/max-pool1d.js";
export { maxPool2dBackward, maxPool2dForward, type MaxPool2dCache } from "./pooling/max-pool2d.js";
export { reluBackward, reluForward, type ReluCache } from "./activation/relu.js";
export { eluBackward, eluForward, type EluOptions, type EluCache } from "./activation/elu.js";
export { geluBackward, geluForward, type GeluOptions, type GeluCache } from "./activation/gelu.js";
export {
  leakyReluBackward,
  leakyReluForward,
  type LeakyReluOptions,
  type LeakyReluCache,
} from "./activation/leaky-relu.js";
export { preluBackward, preluForward, type PreluCache, type PreluGradients } from "./activation/prelu.js";
export { sigmoidBackward, sigmoidForward, type SigmoidCache } from "./activation/sigmoid.js";
export {
  logSoftmaxBackward,
  logSoftmaxForward,
  softmaxBackward,
  softmaxForward,
  type SoftmaxOptions,
  type SoftmaxCache,
  type Lines as SoftmaxLines,
} from "./activation/softmax.js";
export {
  softplusBackward,
  softplusForward,
  type SoftplusOptions,
  type SoftplusCache,
} from "./activation/softplus.js";
export {
  signumBackward,
  signumForward,
  unitStepBackward,
  unitStepForward,
  type StepCache,
} from "./activation/step.js";
export { tanhBackward, tanhForward, type TanhOptions, type TanhCache } from "./activation/tanh.js";
export {
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
  type AveragePool1dOptions,
  type AveragePool2dOptions,
  type AveragePoolCache,
} from "./pooling/average-pool.js";
export {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
  type DecimationCache,
} from "./pooling/decimation.js";
export {
  globalAveragePoolBackward,
  globalAveragePoolForward,
  type GlobalAveragePoolCache,
} from "./pooling/global-average-pool.js";
export {
  lpPool1dBackward,
  lpPool1dForward,
  lpPool2dBackward,
  lpPool2dForward,
  type LpPool1dOptions,
  type LpPool2dOptions,
  type LpPoolCache,
} from "./pooling/lp-pool.js";
export { maxoutBackward, maxoutForward, type MaxoutCache } from "./activation/maxout.js";
export {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
  type SumPoolCache,
} from "./pooling/sum-pool.js";
export {
  groupNormBackward,
  groupNormForward,
  type GroupNormOptions,
  type GroupNormCache,
} from "./normalisation/group-norm.js";
export {
  layerNormBackward,
  layerNormForward,
  type LayerNormOptions,
  type LayerNormCache,
} from "./normalisation/layer-norm.js";
export {
  localContrastNormBackward,
  localContrastNormForward,
  type LocalContrastNormOptions,
  type LocalContrastNormCache,
  type Weights as NeighbourWeights,
} from "./normalisation/local-contrast-norm.js";
export {
  localResponseNormBackward,
  localResponseNormForward,
  type LocalResponseNormOptions,
  type LocalResponseNormCache,
} from "./normalisation/local-response-norm.js";
export { addBackward, addForward, type AddCache } from "./shape/add.js";
export { attentionBackward, attentionForward, type AttentionCache } from "./shape/attention.js";
export { concatBackward, concatForward, type ConcatCache } from "./shape/concat.js";
export {
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type ConvTransposeCache,
  type TransposedPlan,
  type Taps as TransposedTaps,
} from "./convolution/conv-transpose.js";
export {
  dropoutBackward,
  dropoutForward,
  dropoutMask,
  type DropoutCache,
  type DropoutOptions,
} from "./normalisation/dropout.js";
export {
  localConv1dBackward,
  localConv1dForward,
  localConv2dBackward,
  localConv2dForward,
  type LocalConv1dOptions,
  type LocalConv2dOptions,
  type LocalConvCache,
  type Plan as LocalConvPlan,
  type Taps as LocalConvTaps,
} from "./convolution/local-conv.js";
export {
  pad1dBackward,
  pad1dForward,
  pad2dBackward,
  pad2dForward,
  type PaddingMode,
  type Sides,
  type PadCache,
  type Pad1dOptions,
  type Pad2dOptions,
} from "./shape/padding.js";
export type { Padding1d, Padding2d, Pair, Axis, Rounding } from "./window.js";
export type {
  Pool1dOptions,
  Pool1dOptions as MaxPool1dOptions,
  Pool2dOptions,
  Pool2dOptions as MaxPool2dOptions,
  Windows,
} from "./pooling/windows.js";
export type { Standardised } from "./normalisation/standardise.js";
export { clipForward, clipBackward, type ClipOptions, type ClipCache } from "./activation/clip.js";
export {
  hardSigmoidForward,
  hardSigmoidBackward,
  hardSwishForward,
  hardSwishBackward,
  type HardSigmoidOptions,
  type HardSigmoidCache,
  type HardSwishCache,
} from "./activation/hard-sigmoid.js";
export { softsignForward, softsignBackward, type SoftsignCache } from "./activation/softsign.js";
export {
  errorFunctionForward,
  errorFunctionBackward,
  type ErrorFunctionCache,
} from "./activation/error-function.js";
export { powerForward, powerBackward, type PowerOptions, type PowerCache } from "./activation/power.js";
export {
  exponentialForward,
  exponentialBackward,
  logarithmForward,
  logarithmBackward,
  type ExponentialCache,
  type LogarithmCache,
} from "./activation/exponential.js";
export {
  sineForward,
  sineBackward,
  cosineForward,
  cosineBackward,
  type SineCache,
} from "./activation/sine.js";
export { absoluteForward, absoluteBackward, type AbsoluteCache } from "./activation/absolute.js";
export {
  reduceForward,
  reduceBackward,
  type ReduceKind,
  type ReduceLayerOptions,
  type ReduceCache,
} from "./pooling/reduce.js";
export {
  unitNormForward,
  unitNormBackward,
  type UnitNormOptions,
  type UnitNormCache,
} from "./normalisation/unit-norm.js";
export { expandForward, expandBackward, type ExpandCache } from "./shape/expand.js";
export { transposeForward, transposeBackward, type TransposeCache } from "./shape/transpose.js";
export {
  paddedShortcutForward,
  paddedShortcutBackward,
  type PaddedShortcutOptions,
  type PaddedShortcutCache,
} from "./shape/padded-shortcut.js";
export { sliceForward, sliceBackward, type SliceOptions, type SliceCache } from "./shape/slice.js";
export { gatherForward, gatherBackward, type GatherOptions, type GatherCache } from "./shape/gather.js";
export { embeddingForward, embeddingBackward, type EmbeddingCache } from "./shape/embedding.js";
export {
  pixelShuffleForward,
  pixelShuffleBackward,
  pixelUnshuffleForward,
  pixelUnshuffleBackward,
  type ShuffleOrder,
  type PixelShuffleOptions,
  type PixelShuffleCache,
} from "./shape/pixel-shuffle.js";
export {
  resizeForward,
  resizeBackward,
  type ResizeMode,
  type ResizeAlignment,
  type ResizeRounding,
  type ResizeOptions,
  type ResizeCache,
  type ResizeRows,
} from "./shape/resize.js";
export { multiplyForward, multiplyBackward, type MultiplyCache } from "./arithmetic/multiply.js";
export { subtractForward, subtractBackward, type SubtractCache } from "./arithmetic/subtract.js";
export { divideForward, divideBackward, type DivideCache } from "./arithmetic/divide.js";
export {
  maximumForward,
  maximumBackward,
  minimumForward,
  minimumBackward,
  type ExtremeCache,
} from "./arithmetic/extremes.js";
export {
  matrixProductForward,
  matrixProductBackward,
  type MatrixProductCache,
} from "./arithmetic/matrix-product.js";
export {
  dotProductAttentionForward,
  dotProductAttentionBackward,
  type DotProductAttentionCache,
  type DotProductAttentionGradients,
} from "./arithmetic/dot-product-attention.js";
export {
  positionalEncodingForward,
  positionalEncodingBackward,
  positionTable,
  type PositionalEncodingCache,
} from "./shape/positional-encoding.js";
