/** The public door of the library: everything that `import … from "chainrule"` offers. */
export * from "./array/access.js";
export { expectFinite } from "./array/check.js";
export * from "./array/errors.js";
export { Random } from "./array/random.js";
export {
  cast,
  copy,
  dtypeOf,
  flat,
  full,
  reshape,
  tensor,
  toNested,
  wrap,
  zeros,
  type DType,
  type Nested,
  type Shape,
  type Tensor,
} from "./array/tensor.js";

export * from "./layers/layer.js";
export { FunctionLayer, type FunctionOptions, type InputGradient } from "./layers/function-layer.js";
export {
  Weighted,
  type WeightCache,
  type WeightCache as LinearCache,
  type WeightedParts,
  type WeightGradients,
  type WeightGradients as Conv1dGradients,
  type WeightGradients as Conv2dGradients,
  type WeightGradients as ConvTransposeGradients,
  type WeightGradients as LinearGradients,
  type WeightGradients as LocalConvGradients,
  type WeightOptions,
} from "./layers/weighted.js";
export {
  Rescaled,
  type RescaledGradients,
  type RescaledGradients as BatchNormGradients,
  type RescaledGradients as GroupNormGradients,
  type RescaledGradients as LayerNormGradients,
  type RescaledOptions,
} from "./layers/normalisation/rescaled.js";
export type { ReferenceFunction, Rival, Rivals } from "./layers/rival.js";
export { walk, type LayerPlace } from "./layers/walk.js";
export {
  BatchNorm,
  batchNormBackward,
  batchNormForward,
  type Statistics,
  type BatchNormOptions,
  type BatchNormCache,
  type BatchNormLayerOptions,
} from "./layers/normalisation/batch-norm.js";
export {
  Conv1d,
  conv1dBackward,
  conv1dForward,
  type Conv1dOptions,
  type Conv1dGeometry,
  type Conv1dCache,
  type Conv1dLayerOptions,
} from "./layers/convolution/conv1d.js";
export {
  Conv2d,
  conv2dBackward,
  conv2dForward,
  type Conv2dOptions,
  type Conv2dGeometry,
  type Conv2dCache,
  type Conv2dLayerOptions,
} from "./layers/convolution/conv2d.js";
export { Flatten } from "./layers/shape/flatten.js";
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
} from "./layers/initialise.js";
export { Linear, linearBackward, linearForward, type LinearLayerOptions } from "./layers/linear.js";
export {
  MaxPool1d,
  maxPool1dBackward,
  maxPool1dForward,
  type MaxPool1dCache,
  type MaxPool1dLayerOptions,
} from "./layers/pooling/max-pool1d.js";
export {
  MaxPool2d,
  maxPool2dBackward,
  maxPool2dForward,
  type MaxPool2dCache,
  type MaxPool2dLayerOptions,
} from "./layers/pooling/max-pool2d.js";
export { ReLU, reluBackward, reluForward, type ReluCache } from "./layers/activation/relu.js";
export { ELU, eluBackward, eluForward, type EluOptions, type EluCache } from "./layers/activation/elu.js";
export {
  GELU,
  geluBackward,
  geluForward,
  type GeluOptions,
  type GeluCache,
} from "./layers/activation/gelu.js";
export {
  LeakyReLU,
  leakyReluBackward,
  leakyReluForward,
  type LeakyReluOptions,
  type LeakyReluCache,
} from "./layers/activation/leaky-relu.js";
export {
  PReLU,
  preluBackward,
  preluForward,
  type PreluCache,
  type PreluGradients,
  type PreluLayerOptions,
} from "./layers/activation/prelu.js";
export { Sigmoid, sigmoidBackward, sigmoidForward, type SigmoidCache } from "./layers/activation/sigmoid.js";
export {
  LogSoftmax,
  logSoftmaxBackward,
  logSoftmaxForward,
  Softmax,
  softmaxBackward,
  softmaxForward,
  type SoftmaxOptions,
  type SoftmaxCache,
} from "./layers/activation/softmax.js";
export {
  Softplus,
  softplusBackward,
  softplusForward,
  type SoftplusOptions,
  type SoftplusCache,
} from "./layers/activation/softplus.js";
export {
  Signum,
  signumBackward,
  signumForward,
  UnitStep,
  unitStepBackward,
  unitStepForward,
  type StepCache,
} from "./layers/activation/step.js";
export {
  ScaledTanh,
  Tanh,
  tanhBackward,
  tanhForward,
  type TanhOptions,
  type TanhCache,
} from "./layers/activation/tanh.js";
export { ImagePooling, SignalPooling, type PoolingOptions } from "./layers/pooling/pooling.js";
export type {
  Pool1dOptions,
  Pool1dOptions as MaxPool1dOptions,
  Pool2dOptions,
  Pool2dOptions as MaxPool2dOptions,
  Windows,
} from "./layers/pooling/windows.js";
export {
  AveragePool1d,
  averagePool1dBackward,
  averagePool1dForward,
  AveragePool2d,
  averagePool2dBackward,
  averagePool2dForward,
  type AveragePool1dOptions,
  type AveragePool2dOptions,
  type AveragePoolCache,
  type AveragePool1dLayerOptions,
  type AveragePool2dLayerOptions,
} from "./layers/pooling/average-pool.js";
export {
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
  Decimation1d,
  Decimation2d,
  type DecimationCache,
} from "./layers/pooling/decimation.js";
export {
  GlobalAveragePool,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  type GlobalAveragePoolCache,
} from "./layers/pooling/global-average-pool.js";
export {
  LpPool1d,
  lpPool1dBackward,
  lpPool1dForward,
  LpPool2d,
  lpPool2dBackward,
  lpPool2dForward,
  type LpPool1dOptions,
  type LpPool2dOptions,
  type LpPoolCache,
} from "./layers/pooling/lp-pool.js";
export { Maxout, maxoutBackward, maxoutForward, type MaxoutCache } from "./layers/activation/maxout.js";
export {
  SumPool1d,
  sumPool1dBackward,
  sumPool1dForward,
  SumPool2d,
  sumPool2dBackward,
  sumPool2dForward,
  type SumPoolCache,
} from "./layers/pooling/sum-pool.js";
export {
  GroupNorm,
  groupNormBackward,
  groupNormForward,
  InstanceNorm,
  type GroupNormOptions,
  type GroupNormCache,
  type GroupNormLayerOptions,
} from "./layers/normalisation/group-norm.js";
export {
  LayerNorm,
  layerNormBackward,
  layerNormForward,
  type LayerNormOptions,
  type LayerNormCache,
  type LayerNormLayerOptions,
} from "./layers/normalisation/layer-norm.js";
export {
  LocalContrastNorm,
  localContrastNormBackward,
  localContrastNormForward,
  type LocalContrastNormOptions,
  type LocalContrastNormCache,
  type LocalContrastNormLayerOptions,
} from "./layers/normalisation/local-contrast-norm.js";
export {
  LocalResponseNorm,
  localResponseNormBackward,
  localResponseNormForward,
  type LocalResponseNormOptions,
  type LocalResponseNormCache,
  type LocalResponseNormLayerOptions,
} from "./layers/normalisation/local-response-norm.js";
export { addBackward, addForward, type AddCache } from "./layers/shape/add.js";
export { attentionBackward, attentionForward, type AttentionCache } from "./layers/shape/attention.js";
export { concatBackward, concatForward, type ConcatCache } from "./layers/shape/concat.js";
export {
  ConvTranspose1d,
  convTranspose1dBackward,
  convTranspose1dForward,
  ConvTranspose2d,
  convTranspose2dBackward,
  convTranspose2dForward,
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type ConvTransposeCache,
  type TransposedPlan,
  type ConvTranspose1dLayerOptions,
  type ConvTranspose2dLayerOptions,
} from "./layers/convolution/conv-transpose.js";
export {
  Dropout,
  dropoutBackward,
  dropoutForward,
  dropoutMask,
  SpatialDropout,
  type DropoutCache,
  type DropoutOptions,
} from "./layers/normalisation/dropout.js";
export {
  LocalConv1d,
  localConv1dBackward,
  localConv1dForward,
  LocalConv2d,
  localConv2dBackward,
  localConv2dForward,
  type LocalConv1dOptions,
  type LocalConv2dOptions,
  type LocalConvCache,
  type LocalConv1dLayerOptions,
  type LocalConv2dLayerOptions,
} from "./layers/convolution/local-conv.js";
export {
  Pad1d,
  pad1dBackward,
  pad1dForward,
  Pad2d,
  pad2dBackward,
  pad2dForward,
  type PaddingMode,
  type Sides,
  type PadCache,
  type Pad1dOptions,
  type Pad2dOptions,
} from "./layers/shape/padding.js";
export { Reshape } from "./layers/shape/reshape.js";
export { depthwiseConv2d, pointwiseConv2d, type DepthwiseOptions } from "./layers/convolution/separable.js";

export * from "./losses/loss.js";
export {
  BinaryCrossEntropy,
  binaryCrossEntropyBackward,
  binaryCrossEntropyForward,
} from "./losses/binary-cross-entropy.js";
export { Euclidean, euclideanBackward, euclideanForward } from "./losses/euclidean.js";
export { Hinge, hingeBackward, hingeForward, type HingeOptions, type HingeCache } from "./losses/hinge.js";
export { Huber, huberBackward, huberForward, type HuberOptions, type HuberCache } from "./losses/huber.js";
export { L1, l1Backward, l1Forward } from "./losses/l1.js";
export {
  NegativeLogLikelihood,
  negativeLogLikelihoodBackward,
  negativeLogLikelihoodForward,
  type NegativeLogLikelihoodOptions,
  type NegativeLogLikelihoodCache,
} from "./losses/negative-log-likelihood.js";
export { l1Penalty, l2Penalty, WeightPenalty, type WeightPenaltyOptions } from "./losses/penalty.js";
export {
  SoftmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
  type SoftmaxCrossEntropyOptions,
  type SoftmaxCrossEntropyCache,
} from "./losses/softmax-cross-entropy.js";

export * from "./optim/optimizer.js";
export { Adadelta, adadeltaStep, type AdadeltaOptions } from "./optim/adadelta.js";
export { Adagrad, adagradStep, type AdagradOptions } from "./optim/adagrad.js";
export { Adam, adamStep, AdamW, type AdamOptions, type AdamStepOptions } from "./optim/adam.js";
export { clipByNorm, clipByValue } from "./optim/clip.js";
export { RMSProp, rmsPropStep, type RMSPropOptions } from "./optim/rmsprop.js";
export {
  constantRate,
  cosineDecay,
  Plateau,
  stepDecay,
  warmUp,
  type PlateauOptions,
  type Schedule,
} from "./optim/schedule.js";
export { SGD, sgdStep, type SGDOptions } from "./optim/sgd.js";

export { compute } from "./engine/compute.js";
export { Engine, type Arena, type EngineOptions, type RivalEntry, type Route } from "./engine/engine.js";
export type { ReportRow } from "./engine/report.js";
export { rivals, rivalStep } from "./engine/rivals.js";

export { Attention, Masked, Parallel, Residual, Sum } from "./net/blocks.js";
export { Container, type Part, type Source } from "./net/container.js";
export { Graph, type GraphNode } from "./net/graph.js";
export { Add, Concat, Multiply } from "./net/merge.js";
export { Pass, type PassOptions, type Tap } from "./net/pass.js";
export { Sequential, type Activation, type SequentialOptions } from "./net/sequential.js";
export { countParameters, summary } from "./net/summary.js";

export { evaluate, Evaluation, type EvaluateOptions } from "./train/evaluate.js";
export {
  findLearningRate,
  LearningRateTrial,
  type FindLearningRateOptions,
} from "./train/find-learning-rate.js";
export { fit, type FitOptions } from "./train/fit.js";
export { trainStep, type StepOptions } from "./train/step.js";
export { watchDistributions, type Watch, type WatchOptions } from "./train/watch.js";
export { storeGlobalStatistics } from "./train/global-statistics.js";
export { Run, type RunStatus } from "./train/run.js";
export { search, Search, type SearchOptions } from "./train/search/search.js";
export {
  choice,
  integers,
  logUniform,
  uniform,
  type Configuration,
  type Dimension,
  type Space,
} from "./train/search/space.js";
export type { HalvingOptions, StrategyName } from "./train/search/strategies.js";
export type { Train, Trial, TrialContext, TrialScore } from "./train/search/trial.js";

export { Dataset, type Splits } from "./data/dataset.js";
export {
  clutteredDigits,
  type ClutteredDigitsOptions,
  type Place,
  type Scenes,
} from "./data/cluttered-digits.js";
export { digits, drawDigit, type DigitsOptions, type DrawDigitOptions } from "./data/digits.js";
export { gratings, type GratingsOptions } from "./data/gratings.js";
export { deadLeaves, type DeadLeavesOptions } from "./data/dead-leaves.js";
export { vowelFormants, vowelRate, vowels, type Vowel, type VowelsOptions } from "./data/vowels.js";
export { mnist, type MnistOptions } from "./data/mnist.js";
export { cifar10, cifar10Statistics, readCifar10, type Cifar10Options } from "./data/cifar10.js";
export { spokenDigits, type SpokenDigitsOptions } from "./data/spoken-digits.js";
export { cacheFolder, MissingDataError } from "./data/files.js";
export { DownloadError } from "./data/download.js";
export { readIdx, type IdxArray } from "./formats/idx.js";
export { readImage } from "./data/image.js";
export { readJpeg } from "./formats/jpeg.js";
export { imageFiles, imageFolder, type ImageFolderOptions, type PictureFile } from "./data/image-folder.js";
export { readPng, writePng } from "./formats/png.js";
export { readWav, type ReadWavOptions, type Sound } from "./formats/wav.js";
export { hertzToMel, logMel, melToHertz, type LogMelOptions } from "./signal/mel.js";
export {
  augment,
  centreCrop,
  randomCrop,
  randomFlip,
  randomJitter,
  randomShift,
  type Augmentation,
  type AugmentOptions,
} from "./data/augment.js";

export * from "./display/index.js";

export {
  fitGabor,
  fitGabors,
  gabor,
  bandwidthOf,
  type Gabor,
  type GaborFit,
  type GaborOptions,
} from "./vision/gabor.js";
export {
  occlusionMap,
  saliency,
  type Occlusion,
  type OcclusionOptions,
  type Saliency,
} from "./vision/attribution.js";
export { dream, type Dream, type DreamOptions } from "./vision/dream.js";
export { fool, type Fooled, type FoolOptions } from "./vision/fooling.js";
export { lossLandscape, type Landscape, type LandscapeOptions } from "./vision/landscape.js";
export { optimizeInput, type OptimizedInput, type OptimizeInputOptions } from "./vision/optimized-input.js";
export { receptiveField, type Field } from "./vision/receptive-field.js";
export { topPatches, type TopPatches } from "./vision/top-patches.js";
export { totalVariation } from "./vision/total-variation.js";
export { unitActivations, unitCorrelations } from "./vision/units.js";

export { check, Grade, type CheckOptions, type CheckTrial, type CheckTrialSetup } from "./check/check.js";
export {
  gradientTrial,
  marks,
  Marks,
  tensorTrial,
  untouchedTrial,
  type GradientTrialOptions,
  type KnownMistakes,
  type TrialResult,
  type Trials,
} from "./check/exercise.js";
export { adjointCheck, type AdjointCheckOptions, type AdjointReport } from "./check/adjoint.js";
export {
  assertGradients,
  gradCheck,
  type Arguments,
  type Differentiable,
  type ForwardResult,
  type GradCheckOptions,
} from "./check/grad-check.js";
export { gradCheckNet, type NetCheckOptions } from "./check/net-check.js";
export { operation, type OperationKinds, type OperationName } from "./check/operations.js";
export { GradientReport, type ErrorMap, type GradientCheck } from "./check/report.js";

export type { ReadOptions } from "./formats/elements.js";
export { readSafetensors, writeSafetensors, type Safetensors } from "./formats/safetensors.js";
export { readNpy, writeNpy } from "./formats/npy.js";
export { readNpz, writeNpz } from "./formats/npz.js";
export { loadState, StateMismatchError, stateOf, type Stateful } from "./formats/state.js";
export type { Trainee } from "./formats/checkpoint.js";
export { loadCheckpoint, saveCheckpoint, type SaveOptions } from "./train/checkpoint.js";

export { computationGraph, type ComputationGraphOptions } from "./ad/computation-graph.js";
export { countOperations, type OperationCount } from "./ad/counter.js";
export { Dual } from "./ad/dual.js";
export { gates, type Gate, type GateName } from "./ad/gates.js";
export { compareModes, forwardMode, reverseMode, type Derivatives, type ScalarFunction } from "./ad/modes.js";
export { Scalar } from "./ad/scalar.js";
export { Variable } from "./ad/variable.js";

export { alexNet, type AlexNetOptions } from "./models/alexnet.js";
export { CCells, type CCellsOptions } from "./models/c-cells.js";
export { countConnections } from "./models/connections.js";
export { convNetJs, convNetJsTraining } from "./models/convnetjs.js";
export { digitCodes } from "./models/digit-codes.js";
export { leNet5 } from "./models/lenet5.js";
export { neocognitron, type NeocognitronOptions } from "./models/neocognitron.js";
export type { ModelOptions } from "./models/options.js";
export { PaddedShortcut } from "./models/padded-shortcut.js";
export { PlaceBias } from "./models/place-bias.js";
export { RadialBasis } from "./models/radial-basis.js";
export { resNet, type ResNetOptions } from "./models/resnet.js";
export { Subsampling2d } from "./models/subsampling.js";
export { TableConv2d, type TableConv2dOptions } from "./models/table-conv2d.js";
export { tdnn, type TdnnOptions } from "./models/tdnn.js";
export { zipCodeNet } from "./models/zip-code-1989.js";

export { importConvNetJs, type ConvNetJsOptions } from "./exchange/convnetjs.js";
export { exportOnnx, type OnnxExportOptions } from "./exchange/onnx/export.js";
export { importOnnx, type OnnxImportOptions } from "./exchange/onnx/import.js";
export { UnsupportedOperatorError } from "./exchange/onnx/view.js";
export { readOnnx, writeOnnx } from "./formats/onnx/onnx.js";
export { readOnnxTensor } from "./formats/onnx/tensor.js";
export type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "./formats/onnx/model.js";
export { readPack, type PackEntry } from "./formats/pack.js";
export { squeezeNet, squeezeNetState, type SqueezeNetOptions } from "./models/squeezenet.js";
export { tinyVgg, tinyVggState, type TinyVggOptions } from "./models/tiny-vgg.js";

// Tensors to compute with.
export {
  abs,
  add,
  ceil,
  clip,
  cos,
  divide,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  power,
  round,
  sign,
  sin,
  sqrt,
  subtract,
  tanh,
  where,
  type Operand,
  type OutOption,
} from "./array/elementwise.js";
export {
  argmax,
  argmin,
  argsort,
  dot,
  max,
  mean,
  min,
  norm,
  standardDeviation,
  sum,
  variance,
  type ReduceOptions,
  type VarianceOptions,
} from "./array/reduce.js";
export { einsum, matmul, outer } from "./array/product.js";
export {
  concat,
  flip,
  pad,
  roll,
  slice,
  split,
  stack,
  tile,
  transpose,
  type Range,
} from "./array/rearrange.js";
export { arange, diag, eye, linspace, oneHot, ones } from "./array/make.js";
export { broadcastShapes, broadcastTo } from "./array/broadcast.js";
export { column, row, rows } from "./array/rows.js";
export { showTensor } from "./array/show.js";
export type { Axes } from "./array/axes.js";
export type { Numbers } from "./array/tensor.js";
export { expression, type Expression, type ExpressionCache, type Variables } from "./ad/expression.js";
export {
  TensorVariable,
  type KeepOption,
  type TensorOperand,
  type TensorOrigin,
} from "./ad/tensor-variable.js";
