/** The routines that the module exports. Those whose first arguments are first, last and scratch may be split. */
export {
  batchNorm,
  batchNormBack,
  batchNormGradients,
  batchNormMoments,
  batchNormScales,
  batchNormSums,
} from "./batch-norm";
export { biasGradient, direct, directWeights, gatherWeights, mapSums, packWeights } from "./direct";
export { addBias, allFinite, clear, relu, reluBack } from "./elementwise";
export { adadelta, adagrad, adam, descend, descendAlong, rmsProp, rmsPropAlong, squareSum } from "./optimizers";
export { divideElements, map, mapBack, multiplyElements, multiplyRows, prelu, preluBack } from "./pointwise";
export { pool, pool2, pool2Back, poolBack, sumPool, sumPoolBack } from "./pooling";
export { outer, product, productScratch } from "./product";
export { responseNorm, responseNormBack, responseNormThrough } from "./response-norm";
export { crossEntropy, crossEntropyBack, softmax, softmaxBack } from "./softmax";
export {
  winograd,
  winogradFilterGradient,
  winogradFilters,
  winogradPointBytes,
  winogradScratch,
  winogradWeights,
} from "./winograd";
