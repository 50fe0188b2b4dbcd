/** Activations, softmax, dropout and normalisation. */
import { flat, full, reshape, sizeOf, wrap, type Tensor } from "../../array/tensor.js";
import { BatchNorm } from "../../layers/normalisation/batch-norm.js";
import { Dropout } from "../../layers/normalisation/dropout.js";
import { ELU } from "../../layers/activation/elu.js";
import { GELU } from "../../layers/activation/gelu.js";
import { GroupNorm } from "../../layers/normalisation/group-norm.js";
import { LayerNorm } from "../../layers/normalisation/layer-norm.js";
import { LeakyReLU } from "../../layers/activation/leaky-relu.js";
import { LocalResponseNorm } from "../../layers/normalisation/local-response-norm.js";
import { PReLU } from "../../layers/activation/prelu.js";
import { ReLU } from "../../layers/activation/relu.js";
import { Sigmoid } from "../../layers/activation/sigmoid.js";
import { LogSoftmax, Softmax } from "../../layers/activation/softmax.js";
import { Softplus } from "../../layers/activation/softplus.js";
import { Signum } from "../../layers/activation/step.js";
import { Tanh } from "../../layers/activation/tanh.js";
import { repeat } from "../../layers/repeated.js";
import { Affine, Around } from "./layers.js";
import type { NodeView, Part } from "./view.js";

export const relu = (): Part[] => [{ name: "relu", layer: new ReLU() }];
export const sigmoid = (): Part[] => [{ name: "sigmoid", layer: new Sigmoid() }];
export const sign = (): Part[] => [{ name: "sign", layer: new Signum() }];
export const tanh = (): Part[] => [{ name: "tanh", layer: new Tanh() }];
export const softplus = (): Part[] => [{ name: "softplus", layer: new Softplus() }];

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
  // Before operator set 7 the slopes were one a channel, wherever that axis is.
  const isPerChannel =
    sizeOf(slope.shape) === 1 ||
    (slope.shape.length === 1 && (view.opset < 7 || rank === 2)) ||
    (slope.shape.at(rank === undefined ? 0 : 1 - rank) === sizeOf(slope.shape) &&
      (channels === undefined || channels === sizeOf(slope.shape)));
  if (isPerChannel) return [{ name: "prelu", layer: sloped(slope) }];
  // A slope for every number of the last axes: those axes become the channels.
  const all = repeat(slope, view.shape.slice(-slope.shape.length));
  const K = sizeOf(all.shape);
  return [
    { name: "prelu", layer: new Around(sloped(all), (shape) => [sizeOf(shape) / K, K]), shape: view.shape },
  ];
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
  if (isNew || isLast) return [{ name: "softmax", layer: new Kind({ axis }), shape: knownShape }];
  // Before operator set 13 everything behind the axis was one row.
  const which = view.axis(axis);
  const rows = (shape: readonly number[]): number[] => [
    sizeOf(shape.slice(0, which)),
    sizeOf(shape.slice(which)),
  ];
  return [{ name: "softmax", layer: new Around(new Kind({ axis: 1 }), rows), shape: view.shape }];
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
  // Until operator set 20 scale and bias were one a group.
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
  const layer = new LayerNorm({
    size: over,
    epsilon: view.number("epsilon", 1e-5),
    dtype: scale.dtype as "float32",
  });
  layer.parameters.gamma.value = repeat(scale, over);
  const bias = view.constant(2, "bias");
  if (bias) layer.parameters.beta.value = repeat(bias, over);
  return [{ name: "norm", layer, shape: view.knownShape, mixesExamples: over.length === rank }];
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
