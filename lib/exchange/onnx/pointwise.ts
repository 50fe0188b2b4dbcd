/** Translates activations, softmax, dropout and normalisation. */
import { flat, full, reshape, sizeOf, wrap, type Tensor } from "../../array/tensor.js";
import { BatchNorm } from "../../layers/normalisation/batch-norm.js";
import { Dropout } from "../../layers/normalisation/dropout.js";
import { Absolute } from "../../layers/activation/absolute.js";
import { Clip } from "../../layers/activation/clip.js";
import { ELU } from "../../layers/activation/elu.js";
import { ErrorFunction } from "../../layers/activation/error-function.js";
import { Exponential, Logarithm } from "../../layers/activation/exponential.js";
import { GELU } from "../../layers/activation/gelu.js";
import { GroupNorm } from "../../layers/normalisation/group-norm.js";
import { HardSigmoid, HardSwish } from "../../layers/activation/hard-sigmoid.js";
import { LayerNorm } from "../../layers/normalisation/layer-norm.js";
import { LeakyReLU } from "../../layers/activation/leaky-relu.js";
import { LocalResponseNorm } from "../../layers/normalisation/local-response-norm.js";
import { Power } from "../../layers/activation/power.js";
import { PReLU } from "../../layers/activation/prelu.js";
import { ReLU } from "../../layers/activation/relu.js";
import { Sigmoid } from "../../layers/activation/sigmoid.js";
import { LogSoftmax, Softmax } from "../../layers/activation/softmax.js";
import { Cosine, Sine } from "../../layers/activation/sine.js";
import { Softplus } from "../../layers/activation/softplus.js";
import { Softsign } from "../../layers/activation/softsign.js";
import { Signum } from "../../layers/activation/step.js";
import { Tanh } from "../../layers/activation/tanh.js";
import { repeat } from "../../layers/repeated.js";
import { Divide, Multiply } from "../../net/merge.js";
import { Affine, Around } from "./layers.js";
import { isOpen, type NodeView, type Part } from "./view.js";

export const relu = (): Part[] => [{ name: "relu", layer: new ReLU() }];
export const sigmoid = (): Part[] => [{ name: "sigmoid", layer: new Sigmoid() }];
export const sign = (): Part[] => [{ name: "sign", layer: new Signum() }];
export const tanh = (): Part[] => [{ name: "tanh", layer: new Tanh() }];
export const softplus = (): Part[] => [{ name: "softplus", layer: new Softplus() }];
export const softsign = (): Part[] => [{ name: "softsign", layer: new Softsign() }];
export const hardSwish = (): Part[] => [{ name: "swish", layer: new HardSwish() }];
export const erf = (): Part[] => [{ name: "erf", layer: new ErrorFunction() }];
export const exp = (): Part[] => [{ name: "exp", layer: new Exponential() }];
export const sin = (): Part[] => [{ name: "sine", layer: new Sine() }];
export const cos = (): Part[] => [{ name: "cosine", layer: new Cosine() }];
export const log = (): Part[] => [{ name: "log", layer: new Logarithm() }];
export const abs = (): Part[] => [{ name: "abs", layer: new Absolute() }];
export const sqrt = (): Part[] => [{ name: "sqrt", layer: new Power({ exponent: 0.5 }) }];
export const reciprocal = (): Part[] => [{ name: "reciprocal", layer: new Power({ exponent: -1 }) }];

export function hardSigmoid(view: NodeView): Part[] {
  const options = { slope: view.number("alpha", 0.2), offset: view.number("beta", 0.5) };
  return [{ name: "sigmoid", layer: new HardSigmoid(options) }];
}

/** Before operator set 11 the bounds were attributes; since then each is an input, which may be absent. */
export function clip(view: NodeView): Part[] {
  const [min, max] = ["min", "max"].map((name, i) => view.numberOf(name) ?? view.list(i + 1, name)?.[0]);
  return [
    {
      name: "clip",
      layer: new Clip({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) }),
    },
  ];
}

/** Barron, 2017: an ELU whose slope is continuous; α·ELU(x/α). */
export function celu(view: NodeView): Part[] {
  const alpha = view.number("alpha", 1);
  return [
    { name: "elu_in", layer: scale(1 / alpha) },
    { name: "elu", layer: new ELU() },
    { name: "elu_scale", layer: scale(alpha) },
  ];
}

/** Misra, 2019: x·tanh(softplus(x)). */
export function mish(): Part[] {
  return [
    { name: "mish_softplus", layer: new Softplus(), from: [{ operand: 0 }] },
    { name: "mish_tanh", layer: new Tanh() },
    { name: "mish", layer: new Multiply(), from: [{ operand: 0 }, { part: 1 }] },
  ];
}

/** sin x / cos x. */
export function tan(): Part[] {
  return [
    { name: "tan_sine", layer: new Sine(), from: [{ operand: 0 }] },
    { name: "tan_cosine", layer: new Cosine(), from: [{ operand: 0 }] },
    { name: "tan", layer: new Divide(), from: [{ part: 0 }, { part: 1 }] },
  ];
}

/** Ramachandran et al., 2017: x·σ(αx). */
export function swish(view: NodeView): Part[] {
  const alpha = view.number("alpha", 1);
  return [
    { name: "swish_scale", layer: scale(alpha), from: [{ operand: 0 }] },
    { name: "swish_sigmoid", layer: new Sigmoid() },
    { name: "swish", layer: new Multiply(), from: [{ operand: 0 }, { part: 1 }] },
  ];
}

const scale = (factor: number): Affine => new Affine(full([1], factor, "float64"), full([1], 0));

export function leakyRelu(view: NodeView): Part[] {
  return [{ name: "relu", layer: new LeakyReLU({ slope: view.number("alpha", 0.01) }) }];
}

export function elu(view: NodeView): Part[] {
  return [{ name: "elu", layer: new ELU({ alpha: view.number("alpha", 1) }) }];
}

/** Klambauer et al., 2017: an ELU whose two constants keep mean 0 and variance 1. */
export function selu(view: NodeView): Part[] {
  const scale = full([1], view.number("gamma", 1.0507009873554805));
  return [
    { name: "elu", layer: new ELU({ alpha: view.number("alpha", 1.6732632423543772) }) },
    { name: "elu_scale", layer: new Affine(scale, full([1], 0)) },
  ];
}

export function gelu(view: NodeView): Part[] {
  const form = view.text("approximate", "none") === "tanh" ? "tanh" : "erf";
  return [{ name: "gelu", layer: new GELU({ form }) }];
}

export function prelu(view: NodeView): Part[] {
  const slope = view.required(1, "slope");
  const rank = view.knownShape?.length;
  const channels = view.knownShape?.[1];
  // Before operator set 7 there was one slope for each channel, whatever the number of axes.
  const isPerChannel =
    sizeOf(slope.shape) === 1 ||
    (slope.shape.length === 1 && (view.opset < 7 || rank === 2)) ||
    (slope.shape.at(rank === undefined ? 0 : 1 - rank) === sizeOf(slope.shape) &&
      (channels === undefined || channels === sizeOf(slope.shape)));
  if (isPerChannel) return [{ name: "prelu", layer: sloped(slope) }];
  // One slope for every number of the last axes: these axes become the channels.
  const axes = view.shape.slice(-slope.shape.length);
  if (axes.some(isOpen)) throw view.unsupported("its slopes are of single examples");
  const all = repeat(slope, axes);
  const K = sizeOf(all.shape);
  return [{ name: "prelu", layer: new Around(sloped(all), (shape) => [sizeOf(shape) / K, K]) }];
}

function sloped(slope: Tensor): PReLU {
  const size = sizeOf(slope.shape);
  const layer = new PReLU({ size, dtype: slope.dtype as "float32" });
  layer.parameters.a.value = reshape(slope, [size]);
  return layer;
}

export function softmax(view: NodeView): Part[] {
  const isNew = view.opset >= 13;
  const axis = view.number("axis", isNew ? -1 : 1);
  const Kind = view.node.op === "Softmax" ? Softmax : LogSoftmax;
  const { knownShape } = view;
  const isLast = axis === -1 || (knownShape !== undefined && view.axis(axis) === knownShape.length - 1);
  if (isNew || isLast) return [{ name: "softmax", layer: new Kind({ axis }) }];
  // Before operator set 13 all axes from this one on formed one row.
  const which = view.axis(axis);
  const rows = (shape: readonly number[]): number[] => [
    sizeOf(shape.slice(0, which)),
    sizeOf(shape.slice(which)),
  ];
  return [{ name: "softmax", layer: new Around(new Kind({ axis: 1 }), rows) }];
}

export function dropout(view: NodeView): Part[] {
  const rate = view.list(1, "ratio")?.[0] ?? view.number("ratio", 0.5);
  return [{ name: "dropout", layer: new Dropout({ rate }) }];
}

export function batchNormalization(view: NodeView): Part[] {
  const [scale, bias, mean, variance] = ["scale", "bias", "mean", "variance"].map((name, i) =>
    view.required(i + 1, name),
  );
  if (view.number("spatial", 1) === 0)
    throw view.unsupported("it has statistics for every pixel (spatial 0)");
  const layer = new BatchNorm({
    size: scale.size,
    epsilon: view.number("epsilon", 1e-5),
    momentum: 1 - view.number("momentum", 0.9),
    dtype: scale.dtype as "float32",
  });
  layer.parameters.gamma.value = scale;
  layer.parameters.beta.value = bias;
  layer.buffers.mean.data.set(flat(mean));
  layer.buffers.variance.data.set(flat(variance));
  return [{ name: "bn", layer }];
}

export function instanceNormalization(view: NodeView): Part[] {
  const scale = view.required(1, "scale");
  return [{ name: "norm", layer: grouped(view, scale.size, scale, view.required(2, "bias")) }];
}

export function groupNormalization(view: NodeView): Part[] {
  const groups = view.number("num_groups", 1);
  const [scale, bias] = [view.required(1, "scale"), view.required(2, "bias")];
  if (view.opset >= 21) return [{ name: "norm", layer: grouped(view, groups, scale, bias) }];
  // Until operator set 20 there was one scale and one bias for each group.
  const channels = view.shape[1];
  const each = (x: Tensor): Tensor =>
    wrap(
      Float64Array.from({ length: channels }, (_, c) => flat(x)[Math.floor((c * groups) / channels)]),
      [channels],
    );
  const [s, b] = [each(scale), each(bias)].map((x) => wrap(Float32Array.from(flat(x)), x.shape));
  return [{ name: "norm", layer: grouped(view, groups, s, b) }];
}

function grouped(view: NodeView, groups: number, scale: Tensor, bias: Tensor): GroupNorm {
  const epsilon = view.number("epsilon", 1e-5);
  const layer = new GroupNorm({ size: scale.size, groups, epsilon, dtype: scale.dtype as "float32" });
  layer.parameters.gamma.value = scale;
  layer.parameters.beta.value = bias;
  return layer;
}

export function layerNormalization(view: NodeView): Part[] {
  const scale = view.required(1, "scale");
  const axis = view.number("axis", -1);
  const rank = view.knownShape?.length ?? scale.shape.length + (axis < 0 ? 0 : axis);
  const over =
    view.knownShape?.slice(view.axis(axis, rank)) ??
    scale.shape.slice(-(rank - (axis < 0 ? rank + axis : axis)));
  if (over.some(isOpen)) throw view.unsupported("it normalises over the batch");
  const layer = new LayerNorm({
    size: over,
    epsilon: view.number("epsilon", 1e-5),
    dtype: scale.dtype as "float32",
  });
  layer.parameters.gamma.value = repeat(scale, over);
  const bias = view.constant(2, "bias");
  if (bias) layer.parameters.beta.value = repeat(bias, over);
  if (over.length < rank) return [{ name: "norm", layer }];
  // Over all axes, also the batch: one row.
  return [{ name: "norm", layer: new Around(layer, (shape) => [1, ...shape]) }];
}

export function lrn(view: NodeView): Part[] {
  const options = {
    size: view.number("size", 5),
    alpha: view.number("alpha", 1e-4),
    beta: view.number("beta", 0.75),
    k: view.number("bias", 1),
  };
  return [{ name: "norm", layer: new LocalResponseNorm(options) }];
}
