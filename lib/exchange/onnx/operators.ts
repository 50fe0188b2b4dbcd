/** Every operator of ONNX that becomes layers, with what translates it. */
import { add, divide, gemm, matMul, multiply, subtract } from "./arithmetic.js";
import {
  batchNormalization,
  dropout,
  elu,
  gelu,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  leakyRelu,
  lrn,
  prelu,
  relu,
  selu,
  sigmoid,
  softmax,
  softplus,
  tanh,
} from "./pointwise.js";
import { concat, flatten, pad, reshape, slice, split, squeeze, transpose, unsqueeze } from "./shapes.js";
import type { NodeView, Part } from "./view.js";
import { conv, convTranspose, globalAveragePool, globalPool, pool } from "./windows.js";

/** Makes the layers for one of a node's outputs. @throws UnsupportedOperatorError for what no layer does */
export type Translate = (view: NodeView, output: number) => Part[];

const nothing: Translate = () => [];

export const operators: Readonly<Record<string, Translate>> = {
  Add: add,
  AveragePool: pool,
  BatchNormalization: batchNormalization,
  Cast: nothing,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: divide,
  Dropout: dropout,
  Elu: elu,
  Flatten: flatten,
  Gelu: gelu,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalLpPool: globalPool,
  GlobalMaxPool: globalPool,
  GroupNormalization: groupNormalization,
  Identity: nothing,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
  LeakyRelu: leakyRelu,
  LogSoftmax: softmax,
  LpPool: pool,
  MatMul: matMul,
  MaxPool: pool,
  Mul: multiply,
  PRelu: prelu,
  Pad: pad,
  Relu: relu,
  Reshape: reshape,
  Selu: selu,
  Sigmoid: sigmoid,
  Slice: slice,
  Softmax: softmax,
  Softplus: softplus,
  Split: split,
  Squeeze: squeeze,
  Sub: subtract,
  Sum: add,
  Tanh: tanh,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
