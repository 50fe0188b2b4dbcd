/** Layers: classes with their weights, their options, initialisers, and the base classes for your own layers. */
export {
  Parameter,
  Layer,
  Merge,
  type Inside,
  type LayerPass,
  type ContainerPass,
  type TapPhase,
  type ParameterOptions,
} from "./layer.js";
export { FunctionLayer, type FunctionOptions, type InputGradient } from "./function-layer.js";
export { Weighted, type WeightedParts, type WeightOptions } from "./weighted.js";
export { Rescaled, type RescaledOptions } from "./normalisation/rescaled.js";
export { walk, type LayerPlace } from "./walk.js";
export { BatchNorm, type BatchNormLayerOptions } from "./normalisation/batch-norm.js";
export { Conv1d, type Conv1dLayerOptions } from "./convolution/conv1d.js";
export { Conv2d, type Conv2dLayerOptions } from "./convolution/conv2d.js";
export { Flatten } from "./shape/flatten.js";
export {
  constant,
  gaborBank,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  type Fans,
  type GaborBankOptions,
  type Initializer,
} from "./initialise.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export { MaxPool1d, type MaxPool1dLayerOptions } from "./pooling/max-pool1d.js";
export { MaxPool2d, type MaxPool2dLayerOptions } from "./pooling/max-pool2d.js";
export { ReLU } from "./activation/relu.js";
export { ELU } from "./activation/elu.js";
export { GELU } from "./activation/gelu.js";
export { LeakyReLU } from "./activation/leaky-relu.js";
export { PReLU, type PreluLayerOptions } from "./activation/prelu.js";
export { Sigmoid } from "./activation/sigmoid.js";
export { LogSoftmax, Softmax } from "./activation/softmax.js";
export { Softplus } from "./activation/softplus.js";
export { Signum, UnitStep } from "./activation/step.js";
export { ScaledTanh, Tanh } from "./activation/tanh.js";
export {
  AveragePool1d,
  AveragePool2d,
  type AveragePool1dLayerOptions,
  type AveragePool2dLayerOptions,
} from "./pooling/average-pool.js";
export { Decimation1d, Decimation2d } from "./pooling/decimation.js";
export { GlobalAveragePool } from "./pooling/global-average-pool.js";
export { LpPool1d, LpPool2d } from "./pooling/lp-pool.js";
export { Maxout } from "./activation/maxout.js";
export { SumPool1d, SumPool2d } from "./pooling/sum-pool.js";
export { GroupNorm, InstanceNorm, type GroupNormLayerOptions } from "./normalisation/group-norm.js";
export { LayerNorm, type LayerNormLayerOptions } from "./normalisation/layer-norm.js";
export {
  LocalContrastNorm,
  type LocalContrastNormLayerOptions,
} from "./normalisation/local-contrast-norm.js";
export {
  LocalResponseNorm,
  type LocalResponseNormLayerOptions,
} from "./normalisation/local-response-norm.js";
export {
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTranspose1dLayerOptions,
  type ConvTranspose2dLayerOptions,
  type ConvTransposeLayerOptions,
} from "./convolution/conv-transpose.js";
export { Dropout, SpatialDropout } from "./normalisation/dropout.js";
export {
  LocalConv1d,
  LocalConv2d,
  type LocalConv1dLayerOptions,
  type LocalConv2dLayerOptions,
  type LocalConvLayerOptions,
} from "./convolution/local-conv.js";
export { PaddedShortcut } from "./shape/padded-shortcut.js";
export { Pad1d, Pad2d } from "./shape/padding.js";
export { Reshape } from "./shape/reshape.js";
export { Clip } from "./activation/clip.js";
export { HardSigmoid, HardSwish } from "./activation/hard-sigmoid.js";
export { Softsign } from "./activation/softsign.js";
export { ErrorFunction } from "./activation/error-function.js";
export { Power } from "./activation/power.js";
export { Exponential, Logarithm } from "./activation/exponential.js";
export { Cosine, Sine } from "./activation/sine.js";
export { Absolute } from "./activation/absolute.js";
export { Reduce } from "./pooling/reduce.js";
export { UnitNorm } from "./normalisation/unit-norm.js";
export { Expand } from "./shape/expand.js";
export { Transpose } from "./shape/transpose.js";
export { Slice } from "./shape/slice.js";
export { Gather } from "./shape/gather.js";
export { Embedding, type EmbeddingOptions } from "./shape/embedding.js";
export { PositionalEncoding, type PositionalEncodingOptions } from "./shape/positional-encoding.js";
export { PixelShuffle, PixelUnshuffle } from "./shape/pixel-shuffle.js";
export { Resize } from "./shape/resize.js";
export { depthwiseConv2d, pointwiseConv2d, type DepthwiseOptions } from "./convolution/separable.js";
export { Pointwise } from "./activation/pointwise.js";
export { ImagePooling, Pooling, SignalPooling, type PoolingOptions } from "./pooling/pooling.js";
export type { ReferenceFunction, Rival, Rivals } from "./rival.js";

export * from "./functions.js";
