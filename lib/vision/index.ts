/** What a network sees and has learned: filters as Gabor functions, attributions, receptive fields, images that excite units or fool a network; and where things are: boxes, detectors. */
export {
  fitGabor,
  fitGabors,
  gabor,
  bandwidthOf,
  type Gabor,
  type GaborFit,
  type GaborOptions,
} from "./gabor.js";
export {
  occlusionMap,
  saliency,
  type Occlusion,
  type OcclusionOptions,
  type Saliency,
} from "./attribution.js";
export {
  averagePrecision,
  type AveragePrecision,
  type AveragePrecisionOptions,
  type JudgedBox,
} from "./average-precision.js";
export { iou, nonMaximumSuppression, type Box, type ScoredBox, type SuppressionOptions } from "./boxes.js";
export { dream, type Dream, type DreamOptions } from "./dream.js";
export { fool, type Fooled, type FoolOptions } from "./fooling.js";
export { toFullyConvolutional, type FullyConvolutionalOptions } from "./fully-convolutional.js";
export { lossLandscape, type Landscape, type LandscapeOptions } from "./landscape.js";
export { optimizeInput, type OptimizedInput, type OptimizeInputOptions } from "./optimized-input.js";
export { receptiveField, type Field } from "./receptive-field.js";
export { topPatches, type TopPatches } from "./top-patches.js";
export { totalVariation } from "./total-variation.js";
export { unitActivations, unitCorrelations } from "./units.js";
