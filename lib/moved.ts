/**
 * Names that "chainrule" had before its rooms got doors of their own. They can be imported as before until 1.0; editors
 * strike them through and say where they live.
 */
export {
  /** @deprecated Import it from "chainrule/array". */
  expectFinite,
  /** @deprecated Import it from "chainrule/array". */
  type Nested,
  /** @deprecated Import it from "chainrule/array". */
  showShape,
  /** @deprecated Import it from "chainrule/array". */
  DTypeError,
  /** @deprecated Import it from "chainrule/array". */
  ValueError,
  /** @deprecated Import it from "chainrule/array". */
  StateError,
  /** @deprecated Import it from "chainrule/array". */
  FormatError,
} from "./array/index.js";

export {
  /** @deprecated Import it from "chainrule/functions". */
  type Statistics,
  /** @deprecated Import it from "chainrule/functions". */
  type BatchNormOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type BatchNormGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv1dGeometry,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv1dGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv2dGeometry,
  /** @deprecated Import it from "chainrule/functions". */
  type Conv2dGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type LinearGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type MaxPool1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type MaxPool2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type ReluCache,
  /** @deprecated Import it from "chainrule/functions". */
  type EluOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type EluCache,
  /** @deprecated Import it from "chainrule/functions". */
  type GeluOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type GeluCache,
  /** @deprecated Import it from "chainrule/functions". */
  type LeakyReluOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LeakyReluCache,
  /** @deprecated Import it from "chainrule/functions". */
  type PreluCache,
  /** @deprecated Import it from "chainrule/functions". */
  type PreluGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type SigmoidCache,
  /** @deprecated Import it from "chainrule/functions". */
  logSoftmaxBackward,
  /** @deprecated Import it from "chainrule/functions". */
  logSoftmaxForward,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftmaxOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftmaxCache,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftplusOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftplusCache,
  /** @deprecated Import it from "chainrule/functions". */
  type StepCache,
  /** @deprecated Import it from "chainrule/functions". */
  type TanhOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type TanhCache,
  /** @deprecated Import it from "chainrule/functions". */
  averagePool1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  averagePool1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type AveragePool1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type AveragePool2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type AveragePoolCache,
  /** @deprecated Import it from "chainrule/functions". */
  decimate1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  decimate1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type DecimationCache,
  /** @deprecated Import it from "chainrule/functions". */
  globalAveragePoolBackward,
  /** @deprecated Import it from "chainrule/functions". */
  globalAveragePoolForward,
  /** @deprecated Import it from "chainrule/functions". */
  type GlobalAveragePoolCache,
  /** @deprecated Import it from "chainrule/functions". */
  lpPool1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  lpPool1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  lpPool2dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  lpPool2dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type LpPool1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LpPool2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LpPoolCache,
  /** @deprecated Import it from "chainrule/functions". */
  type MaxoutCache,
  /** @deprecated Import it from "chainrule/functions". */
  sumPool1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  sumPool1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type SumPoolCache,
  /** @deprecated Import it from "chainrule/functions". */
  groupNormBackward,
  /** @deprecated Import it from "chainrule/functions". */
  groupNormForward,
  /** @deprecated Import it from "chainrule/functions". */
  type GroupNormOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type GroupNormCache,
  /** @deprecated Import it from "chainrule/functions". */
  type GroupNormGradients,
  /** @deprecated Import it from "chainrule/functions". */
  layerNormBackward,
  /** @deprecated Import it from "chainrule/functions". */
  layerNormForward,
  /** @deprecated Import it from "chainrule/functions". */
  type LayerNormOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LayerNormCache,
  /** @deprecated Import it from "chainrule/functions". */
  type LayerNormGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalContrastNormOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalContrastNormCache,
  /** @deprecated Import it from "chainrule/functions". */
  localResponseNormBackward,
  /** @deprecated Import it from "chainrule/functions". */
  localResponseNormForward,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalResponseNormOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalResponseNormCache,
  /** @deprecated Import it from "chainrule/functions". */
  addBackward,
  /** @deprecated Import it from "chainrule/functions". */
  addForward,
  /** @deprecated Import it from "chainrule/functions". */
  type AddCache,
  /** @deprecated Import it from "chainrule/functions". */
  attentionBackward,
  /** @deprecated Import it from "chainrule/functions". */
  attentionForward,
  /** @deprecated Import it from "chainrule/functions". */
  type AttentionCache,
  /** @deprecated Import it from "chainrule/functions". */
  concatBackward,
  /** @deprecated Import it from "chainrule/functions". */
  concatForward,
  /** @deprecated Import it from "chainrule/functions". */
  type ConcatCache,
  /** @deprecated Import it from "chainrule/functions". */
  convTranspose1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  convTranspose1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  convTranspose2dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  convTranspose2dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type ConvTranspose1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type ConvTranspose2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type ConvTransposeCache,
  /** @deprecated Import it from "chainrule/functions". */
  type ConvTransposeGradients,
  /** @deprecated Import it from "chainrule/functions". */
  type TransposedPlan,
  /** @deprecated Import it from "chainrule/functions". */
  dropoutBackward,
  /** @deprecated Import it from "chainrule/functions". */
  dropoutForward,
  /** @deprecated Import it from "chainrule/functions". */
  dropoutMask,
  /** @deprecated Import it from "chainrule/functions". */
  type DropoutCache,
  /** @deprecated Import it from "chainrule/functions". */
  type DropoutOptions,
  /** @deprecated Import it from "chainrule/functions". */
  localConv1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  localConv1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalConv1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalConv2dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalConvCache,
  /** @deprecated Import it from "chainrule/functions". */
  type LocalConvGradients,
  /** @deprecated Import it from "chainrule/functions". */
  pad1dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  pad1dForward,
  /** @deprecated Import it from "chainrule/functions". */
  pad2dBackward,
  /** @deprecated Import it from "chainrule/functions". */
  pad2dForward,
  /** @deprecated Import it from "chainrule/functions". */
  type PaddingMode,
  /** @deprecated Import it from "chainrule/functions". */
  type Sides,
  /** @deprecated Import it from "chainrule/functions". */
  type PadCache,
  /** @deprecated Import it from "chainrule/functions". */
  type Pad1dOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type Pad2dOptions,
} from "./layers/functions.js";

export {
  /** @deprecated Import it from "chainrule/layers". */
  Merge,
  /** @deprecated Import it from "chainrule/layers". */
  type BatchNormLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type Fans,
  /** @deprecated Import it from "chainrule/layers". */
  type GaborBankOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LinearLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type MaxPool1dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type MaxPool2dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type PreluLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type AveragePool1dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type AveragePool2dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type GroupNormLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LayerNormLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LocalContrastNormLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LocalResponseNormLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type ConvTranspose1dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type ConvTranspose2dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LocalConv1dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type LocalConv2dLayerOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type DepthwiseOptions,
  /** @deprecated Import it from "chainrule/layers". */
  type TapPhase,
  /** @deprecated Import it from "chainrule/layers". */
  type ParameterOptions,
} from "./layers/index.js";

export {
  /** @deprecated Import it from "chainrule/functions". */
  type HingeOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type HingeCache,
  /** @deprecated Import it from "chainrule/functions". */
  huberBackward,
  /** @deprecated Import it from "chainrule/functions". */
  huberForward,
  /** @deprecated Import it from "chainrule/functions". */
  type HuberOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type HuberCache,
  /** @deprecated Import it from "chainrule/functions". */
  negativeLogLikelihoodBackward,
  /** @deprecated Import it from "chainrule/functions". */
  negativeLogLikelihoodForward,
  /** @deprecated Import it from "chainrule/functions". */
  type NegativeLogLikelihoodOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type NegativeLogLikelihoodCache,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftmaxCrossEntropyOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type SoftmaxCrossEntropyCache,
  /** @deprecated Import it from "chainrule/functions". */
  type Reduction,
} from "./losses/functions.js";

export {
  /** @deprecated Import it from "chainrule/losses". */
  type WeightPenaltyOptions,
} from "./losses/index.js";

export {
  /** @deprecated Import it from "chainrule/functions". */
  adadeltaStep,
  /** @deprecated Import it from "chainrule/functions". */
  type AdadeltaOptions,
  /** @deprecated Import it from "chainrule/functions". */
  adagradStep,
  /** @deprecated Import it from "chainrule/functions". */
  type AdagradOptions,
  /** @deprecated Import it from "chainrule/functions". */
  adamStep,
  /** @deprecated Import it from "chainrule/functions". */
  type AdamOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type AdamStepOptions,
  /** @deprecated Import it from "chainrule/functions". */
  rmsPropStep,
  /** @deprecated Import it from "chainrule/functions". */
  type RMSPropOptions,
  /** @deprecated Import it from "chainrule/functions". */
  sgdStep,
  /** @deprecated Import it from "chainrule/functions". */
  type SGDOptions,
  /** @deprecated Import it from "chainrule/functions". */
  type OptimizerState,
} from "./optim/functions.js";

export {
  /** @deprecated Import it from "chainrule/optim". */
  type PlateauOptions,
} from "./optim/index.js";

export {
  /** @deprecated Import it from "chainrule/net". */
  type GraphNode,
  /** @deprecated Import it from "chainrule/net". */
  type PassOptions,
  /** @deprecated Import it from "chainrule/net". */
  type Tap,
  /** @deprecated Import it from "chainrule/net". */
  type Activation,
  /** @deprecated Import it from "chainrule/net". */
  type SequentialOptions,
} from "./net/index.js";

export {
  /** @deprecated Import it from "chainrule/engine". */
  Engine,
} from "./engine/index.js";

export {
  /** @deprecated Import it from "chainrule/train". */
  type EvaluateOptions,
  /** @deprecated Import it from "chainrule/train". */
  LearningRateTrial,
  /** @deprecated Import it from "chainrule/train". */
  type FindLearningRateOptions,
  /** @deprecated Import it from "chainrule/train". */
  type FitOptions,
  /** @deprecated Import it from "chainrule/train". */
  type StepOptions,
  /** @deprecated Import it from "chainrule/train". */
  Watch,
  /** @deprecated Import it from "chainrule/train". */
  type WatchOptions,
  /** @deprecated Import it from "chainrule/train". */
  type RunStatus,
  /** @deprecated Import it from "chainrule/train". */
  Search,
  /** @deprecated Import it from "chainrule/train". */
  type SearchOptions,
  /** @deprecated Import it from "chainrule/train". */
  type Configuration,
  /** @deprecated Import it from "chainrule/train". */
  type Dimension,
  /** @deprecated Import it from "chainrule/train". */
  type Space,
  /** @deprecated Import it from "chainrule/train". */
  type HalvingOptions,
  /** @deprecated Import it from "chainrule/train". */
  type StrategyName,
  /** @deprecated Import it from "chainrule/train". */
  type Train,
  /** @deprecated Import it from "chainrule/train". */
  type TrialScore,
  /** @deprecated Import it from "chainrule/train". */
  type SaveOptions,
} from "./train/index.js";

export {
  /** @deprecated Import it from "chainrule/data". */
  type ClutteredDigitsOptions,
  /** @deprecated Import it from "chainrule/data". */
  type Place,
  /** @deprecated Import it from "chainrule/data". */
  type Scenes,
  /** @deprecated Import it from "chainrule/data". */
  type DigitsOptions,
  /** @deprecated Import it from "chainrule/data". */
  type DrawDigitOptions,
  /** @deprecated Import it from "chainrule/data". */
  type GratingsOptions,
  /** @deprecated Import it from "chainrule/data". */
  type DeadLeavesOptions,
  /** @deprecated Import it from "chainrule/data". */
  type Vowel,
  /** @deprecated Import it from "chainrule/data". */
  type VowelsOptions,
  /** @deprecated Import it from "chainrule/data". */
  type MnistOptions,
  /** @deprecated Import it from "chainrule/data". */
  readCifar10,
  /** @deprecated Import it from "chainrule/data". */
  type Cifar10Options,
  /** @deprecated Import it from "chainrule/data". */
  type SpokenDigitsOptions,
  /** @deprecated Import it from "chainrule/data". */
  cacheFolder,
  /** @deprecated Import it from "chainrule/data". */
  MissingDataError,
  /** @deprecated Import it from "chainrule/data". */
  DownloadError,
  /** @deprecated Import it from "chainrule/data". */
  type ImageFolderOptions,
  /** @deprecated Import it from "chainrule/data". */
  type Augmentation,
  /** @deprecated Import it from "chainrule/data". */
  type AugmentOptions,
} from "./data/index.js";

export {
  /** @deprecated Import it from "chainrule/formats". */
  readIdx,
  /** @deprecated Import it from "chainrule/formats". */
  type IdxArray,
  /** @deprecated Import it from "chainrule/formats". */
  readJpeg,
  /** @deprecated Import it from "chainrule/formats". */
  readWav,
  /** @deprecated Import it from "chainrule/formats". */
  type Sound,
  /** @deprecated Import it from "chainrule/formats". */
  type Safetensors,
  /** @deprecated Import it from "chainrule/formats". */
  readNpy,
  /** @deprecated Import it from "chainrule/formats". */
  writeNpy,
  /** @deprecated Import it from "chainrule/formats". */
  StateMismatchError,
  /** @deprecated Import it from "chainrule/formats". */
  type Stateful,
  /** @deprecated Import it from "chainrule/formats". */
  type Trainee,
  /** @deprecated Import it from "chainrule/formats". */
  type PackEntry,
} from "./formats/index.js";

export {
  /** @deprecated Import it from "chainrule/onnx". */
  readOnnx,
  /** @deprecated Import it from "chainrule/onnx". */
  writeOnnx,
  /** @deprecated Import it from "chainrule/onnx". */
  readOnnxTensor,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxAttribute,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxGraph,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxModel,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxNode,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxTensor,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxValue,
} from "./exchange/onnx/index.js";

export {
  /** @deprecated Import it from "chainrule/signal". */
  hertzToMel,
  /** @deprecated Import it from "chainrule/signal". */
  melToHertz,
  /** @deprecated Import it from "chainrule/signal". */
  type LogMelOptions,
  /** @deprecated Import it from "chainrule/signal". */
  spectrum,
  /** @deprecated Import it from "chainrule/signal". */
  strongestWave,
  /** @deprecated Import it from "chainrule/signal". */
  type Wave,
} from "./signal/index.js";

export {
  /** @deprecated Import it from "chainrule/display". */
  Figure,
  /** @deprecated Import it from "chainrule/display". */
  displaySymbol,
  /** @deprecated Import it from "chainrule/display". */
  metadataSymbol,
  /** @deprecated Import it from "chainrule/display". */
  type Displayable,
  /** @deprecated Import it from "chainrule/display". */
  type FigureParts,
  /** @deprecated Import it from "chainrule/display". */
  type MimeBundle,
  /** @deprecated Import it from "chainrule/display". */
  type MimeMetadata,
  /** @deprecated Import it from "chainrule/display". */
  type ActivationEntry,
  /** @deprecated Import it from "chainrule/display". */
  type ActivationMapsOptions,
  /** @deprecated Import it from "chainrule/display". */
  type AnimationOptions,
  /** @deprecated Import it from "chainrule/display". */
  type ArchitectureOptions,
  /** @deprecated Import it from "chainrule/display". */
  calibrationBins,
  /** @deprecated Import it from "chainrule/display". */
  type CalibrationBin,
  /** @deprecated Import it from "chainrule/display". */
  type ChartOptions,
  /** @deprecated Import it from "chainrule/display". */
  type ChartSpec,
  /** @deprecated Import it from "chainrule/display". */
  type Labelled,
  /** @deprecated Import it from "chainrule/display". */
  type ConfusionMatrixOptions,
  /** @deprecated Import it from "chainrule/display". */
  type Classify,
  /** @deprecated Import it from "chainrule/display". */
  type DecisionRegionsOptions,
  /** @deprecated Import it from "chainrule/display". */
  derivationView,
  /** @deprecated Import it from "chainrule/display". */
  type Derived,
  /** @deprecated Import it from "chainrule/display". */
  type HasActivations,
  /** @deprecated Import it from "chainrule/display". */
  type FiltersOptions,
  /** @deprecated Import it from "chainrule/display". */
  type HasWeights,
  /** @deprecated Import it from "chainrule/display". */
  type GaborFigureOptions,
  /** @deprecated Import it from "chainrule/display". */
  type GainMatrixOptions,
  /** @deprecated Import it from "chainrule/display". */
  type SidePadding,
  /** @deprecated Import it from "chainrule/display". */
  diagnose,
  /** @deprecated Import it from "chainrule/display". */
  type GradientMapOptions,
  /** @deprecated Import it from "chainrule/display". */
  type GradientPair,
  /** @deprecated Import it from "chainrule/display". */
  distributions,
  /** @deprecated Import it from "chainrule/display". */
  quantilesOf,
  /** @deprecated Import it from "chainrule/display". */
  QUANTILES,
  /** @deprecated Import it from "chainrule/display". */
  type DistributionsOptions,
  /** @deprecated Import it from "chainrule/display". */
  type SpreadSample,
  /** @deprecated Import it from "chainrule/display". */
  type Spreads,
  /** @deprecated Import it from "chainrule/display". */
  type FlowEntry,
  /** @deprecated Import it from "chainrule/display". */
  type HistogramsOptions,
  /** @deprecated Import it from "chainrule/display". */
  type HeatOverlayOptions,
  /** @deprecated Import it from "chainrule/display". */
  type EpochRecord,
  /** @deprecated Import it from "chainrule/display". */
  type HasHistory,
  /** @deprecated Import it from "chainrule/display". */
  type History,
  /** @deprecated Import it from "chainrule/display". */
  type StepRecord,
  /** @deprecated Import it from "chainrule/display". */
  type ImageGridOptions,
  /** @deprecated Import it from "chainrule/display". */
  type LabelledImages,
  /** @deprecated Import it from "chainrule/display". */
  type LandscapeViewOptions,
  /** @deprecated Import it from "chainrule/display". */
  type LayerRow,
  /** @deprecated Import it from "chainrule/display". */
  type LayerTableOptions,
  /** @deprecated Import it from "chainrule/display". */
  learningRatePlot,
  /** @deprecated Import it from "chainrule/display". */
  type LinePlotOptions,
  /** @deprecated Import it from "chainrule/display". */
  livePanel,
  /** @deprecated Import it from "chainrule/display". */
  type LivePanelState,
  /** @deprecated Import it from "chainrule/display". */
  type LossCurveOptions,
  /** @deprecated Import it from "chainrule/display". */
  type MistakesOptions,
  /** @deprecated Import it from "chainrule/display". */
  type OrientationPlotOptions,
  /** @deprecated Import it from "chainrule/display". */
  type OrientedWave,
  /** @deprecated Import it from "chainrule/display". */
  type Outline,
  /** @deprecated Import it from "chainrule/display". */
  type OutlinedOptions,
  /** @deprecated Import it from "chainrule/display". */
  type ParallelCoordinatesOptions,
  /** @deprecated Import it from "chainrule/display". */
  type HasTrials,
  /** @deprecated Import it from "chainrule/display". */
  type SearchDimension,
  /** @deprecated Import it from "chainrule/display". */
  type SearchTableOptions,
  /** @deprecated Import it from "chainrule/display". */
  type SearchTrial,
  /** @deprecated Import it from "chainrule/display". */
  type SlidingWindowOptions,
  /** @deprecated Import it from "chainrule/display". */
  type SpectraOptions,
  /** @deprecated Import it from "chainrule/display". */
  type SpectrogramOptions,
  /** @deprecated Import it from "chainrule/display". */
  type TableOptions,
  /** @deprecated Import it from "chainrule/display". */
  type TensorViewOptions,
  /** @deprecated Import it from "chainrule/display". */
  type UnitMatrixOptions,
} from "./display/index.js";

export {
  /** @deprecated Import it from "chainrule/vision". */
  bandwidthOf,
  /** @deprecated Import it from "chainrule/vision". */
  type Gabor,
  /** @deprecated Import it from "chainrule/vision". */
  type GaborOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type Occlusion,
  /** @deprecated Import it from "chainrule/vision". */
  type OcclusionOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type Saliency,
  /** @deprecated Import it from "chainrule/vision". */
  type Dream,
  /** @deprecated Import it from "chainrule/vision". */
  type DreamOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type Fooled,
  /** @deprecated Import it from "chainrule/vision". */
  type FoolOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type Landscape,
  /** @deprecated Import it from "chainrule/vision". */
  type LandscapeOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type OptimizedInput,
  /** @deprecated Import it from "chainrule/vision". */
  type OptimizeInputOptions,
  /** @deprecated Import it from "chainrule/vision". */
  type Field,
  /** @deprecated Import it from "chainrule/vision". */
  type TopPatches,
  /** @deprecated Import it from "chainrule/vision". */
  totalVariation,
} from "./vision/index.js";

export {
  /** @deprecated Import it from "chainrule/check". */
  Grade,
  /** @deprecated Import it from "chainrule/check". */
  type CheckOptions,
  /** @deprecated Import it from "chainrule/check". */
  type CheckTrial,
  /** @deprecated Import it from "chainrule/check". */
  type CheckTrialSetup,
  /** @deprecated Import it from "chainrule/check". */
  Marks,
  /** @deprecated Import it from "chainrule/check". */
  type GradientTrialOptions,
  /** @deprecated Import it from "chainrule/check". */
  type KnownMistakes,
  /** @deprecated Import it from "chainrule/check". */
  type AdjointCheckOptions,
  /** @deprecated Import it from "chainrule/check". */
  type AdjointReport,
  /** @deprecated Import it from "chainrule/check". */
  type Arguments,
  /** @deprecated Import it from "chainrule/check". */
  type Differentiable,
  /** @deprecated Import it from "chainrule/check". */
  type ForwardResult,
  /** @deprecated Import it from "chainrule/check". */
  type GradCheckOptions,
  /** @deprecated Import it from "chainrule/check". */
  type NetCheckOptions,
  /** @deprecated Import it from "chainrule/check". */
  operation,
  /** @deprecated Import it from "chainrule/check". */
  type OperationKinds,
  /** @deprecated Import it from "chainrule/check". */
  type OperationName,
  /** @deprecated Import it from "chainrule/check". */
  GradientReport,
  /** @deprecated Import it from "chainrule/check". */
  type ErrorMap,
  /** @deprecated Import it from "chainrule/check". */
  type GradientCheck,
} from "./check/index.js";

export {
  /** @deprecated Import it from "chainrule/ad". */
  type ComputationGraphOptions,
  /** @deprecated Import it from "chainrule/ad". */
  type OperationCount,
  /** @deprecated Import it from "chainrule/ad". */
  type Gate,
  /** @deprecated Import it from "chainrule/ad". */
  type GateName,
  /** @deprecated Import it from "chainrule/ad". */
  type Derivatives,
  /** @deprecated Import it from "chainrule/ad". */
  type ScalarFunction,
} from "./ad/index.js";

export {
  /** @deprecated Import it from "chainrule/models". */
  type AlexNetOptions,
  /** @deprecated Import it from "chainrule/models". */
  type CCellsOptions,
  /** @deprecated Import it from "chainrule/models". */
  type NeocognitronOptions,
  /** @deprecated Import it from "chainrule/models". */
  type ModelOptions,
  /** @deprecated Import it from "chainrule/models". */
  PlaceBias,
  /** @deprecated Import it from "chainrule/models". */
  RadialBasis,
  /** @deprecated Import it from "chainrule/models". */
  type ResNetOptions,
  /** @deprecated Import it from "chainrule/models". */
  Subsampling2d,
  /** @deprecated Import it from "chainrule/models". */
  TableConv2d,
  /** @deprecated Import it from "chainrule/models". */
  type TableConv2dOptions,
  /** @deprecated Import it from "chainrule/models". */
  type TdnnOptions,
  /** @deprecated Import it from "chainrule/models". */
  type SqueezeNetOptions,
  /** @deprecated Import it from "chainrule/models". */
  type TinyVggOptions,
} from "./models/index.js";

export {
  /** @deprecated Import it from "chainrule/exchange". */
  importConvNetJs,
  /** @deprecated Import it from "chainrule/exchange". */
  type ConvNetJsOptions,
} from "./exchange/index.js";

export {
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxExportOptions,
  /** @deprecated Import it from "chainrule/onnx". */
  type OnnxImportOptions,
  /** @deprecated Import it from "chainrule/onnx". */
  UnsupportedOperatorError,
} from "./exchange/onnx/index.js";
