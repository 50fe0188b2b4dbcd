/** Every ONNX operator that becomes layers, with its translation; and the reasons why others do not. */
import {
  add,
  divide,
  extreme,
  gemm,
  matMul,
  mean,
  multiply,
  negate,
  pow,
  subtract,
  where,
} from "./arithmetic.js";
import { einsum } from "./einsum.js";
import { comparisons } from "./fold.js";
import {
  abs,
  batchNormalization,
  celu,
  clip,
  cos,
  dropout,
  elu,
  erf,
  exp,
  gelu,
  groupNormalization,
  hardSigmoid,
  hardSwish,
  instanceNormalization,
  layerNormalization,
  leakyRelu,
  log,
  lrn,
  mish,
  prelu,
  reciprocal,
  relu,
  selu,
  sigmoid,
  sign,
  sin,
  softmax,
  softplus,
  softsign,
  sqrt,
  swish,
  tan,
  tanh,
} from "./pointwise.js";
import { logSumExp, lpNormalization, reduce } from "./reductions.js";
import { resize } from "./resizing.js";
import {
  castTo,
  concat,
  depthToSpace,
  expand,
  flatten,
  gather,
  pad,
  reshape,
  slice,
  spaceToDepth,
  split,
  squeeze,
  tile,
  transpose,
  unsqueeze,
} from "./shapes.js";
import { conv, convTranspose, globalAveragePool, globalPool, pool } from "./windows.js";
import type { NodeView, Part } from "./view.js";

/** Makes the layers for one of a node's outputs. @throws UnsupportedOperatorError when no layer does this */
export type Translate = (view: NodeView, output: number) => Part[];

const nothing: Translate = () => [];

export const operators: Readonly<Record<string, Translate>> = {
  Abs: abs,
  Add: add,
  AveragePool: pool,
  BatchNormalization: batchNormalization,
  Cast: castTo,
  Celu: celu,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Cos: cos,
  DepthToSpace: depthToSpace,
  Div: divide,
  Dropout: dropout,
  Einsum: einsum,
  Elu: elu,
  Erf: erf,
  Exp: exp,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gelu: gelu,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalLpPool: globalPool,
  GlobalMaxPool: globalPool,
  GroupNormalization: groupNormalization,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Identity: nothing,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
  LeakyRelu: leakyRelu,
  Log: log,
  LogSoftmax: softmax,
  LpNormalization: lpNormalization,
  LpPool: pool,
  MatMul: matMul,
  Max: extreme,
  MaxPool: pool,
  Mean: mean,
  Min: extreme,
  Mish: mish,
  Mul: multiply,
  Neg: negate,
  PRelu: prelu,
  Pad: pad,
  Pow: pow,
  Reciprocal: reciprocal,
  ReduceL1: reduce,
  ReduceL2: reduce,
  ReduceLogSum: reduce,
  ReduceLogSumExp: logSumExp,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceMin: reduce,
  ReduceSum: reduce,
  ReduceSumSquare: reduce,
  Relu: relu,
  Reshape: reshape,
  Resize: resize,
  Selu: selu,
  Sigmoid: sigmoid,
  Sign: sign,
  Sin: sin,
  Slice: slice,
  Softmax: softmax,
  Softplus: softplus,
  Softsign: softsign,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Sqrt: sqrt,
  Squeeze: squeeze,
  Sub: subtract,
  Sum: add,
  Swish: swish,
  Tan: tan,
  Tanh: tanh,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Upsample: resize,
  Where: where,
};

/** Operators that are not translated, with the reason in words. */
const reasons: readonly [why: string, ...operators: string[]][] = [
  ["recurrent layers are not in the catalogue", "LSTM", "GRU", "RNN"],
  ["a network has no branches that are taken or not, and no loops: run the model's other path alone, or unroll it", "If", "Loop", "Scan"],
  ["windows are laid out by convolutions themselves", "Col2Im"],
  ["quantised networks are not read; export the one in floating point", "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear"],
  ["indices have no gradient; leave the choice to the program around the network", "ArgMax", "ArgMin", "TopK", "NonZero", "NonMaxSuppression", "OneHot", "Unique", "Hardmax"],
  ["max-pooling's places are not kept for others", "MaxUnpool"],
  ["regions are not pooled", "RoiAlign", "MaxRoiPool"],
  ["a sum that runs along an axis has no layer: multiply by a triangular matrix of ones", "CumSum"],
  ["complex numbers are not tensors here; transform the data before the network", "DFT", "STFT"],
  ["a rounded number has slope 0; round what the network gives in the program around it", "Round", "Ceil", "Floor", "Mod", "BitShift"],
  ["what is compared has no gradient; compare what the network gives in the program around it", ...Object.keys(comparisons), "Not", "IsNaN", "IsInf"],
  ["numbers are taken and put by whole rows, not one by one: a Gather (torch.index_select) with constant places takes rows", "GatherElements", "GatherND", "Scatter", "ScatterElements", "ScatterND", "Compress"],
  ["inverse functions of the circle and of the hyperbola have no layer; Tanh, Softsign and HardSigmoid are bounded as Atan is", "Atan", "Acos", "Asin", "Acosh", "Asinh", "Atanh"],
  ["write it with Exp: sinh x = (exp x − exp(−x))/2, cosh x = (exp x + exp(−x))/2", "Sinh", "Cosh"],
  ["write it with ReLU: where x > α it is ReLU(x − α) + α·sign(ReLU(x − α))", "ThresholdedRelu"],
  ["write it with ReLU: the soft one is ReLU(x − λ) − ReLU(−x − λ)", "Shrink"],
  ["write it out: x times the Reciprocal of the Sqrt of ReduceMean(x·x) + ε", "RMSNormalization", "SimplifiedLayerNormalization"],
  ["write it out with ReduceMean, Sub, Sqrt and Div", "MeanVarianceNormalization"],
  ["a network has no chance of its own but Dropout; draw the numbers outside and give them as an input", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"],
  ["pictures are bent before the network (warp, crop, resize)", "GridSample", "AffineGrid", "DeformConv"],
  ["a loss is no part of a network here: give it to fit", "SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"],
]; // prettier-ignore

/** What can be done about an operator without a layer that nothing more is known of. */
const anyWay =
  "export the network up to it and compute it in the program around, or write it with operators that have layers";

/** Why these operators have no layers, and the way out. */
export function whyNot(names: readonly string[]): string {
  const known = new Set(reasons.flatMap(([, ...kinds]) => kinds));
  const others = names.filter((name) => !known.has(name));
  return [...reasons, [anyWay, ...others] as const]
    .map(([why, ...kinds]): string => {
      const found = kinds.filter((name) => names.includes(name));
      return found.length > 0 ? ` ${found.join(", ")}: ${why}.` : "";
    })
    .join("");
}
