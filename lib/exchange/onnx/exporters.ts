/** How each layer is written in ONNX's operators. */
import { cast, flat, full, reshape, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { AveragePool1d, AveragePool2d } from "../../layers/pooling/average-pool.js";
import { BatchNorm } from "../../layers/normalisation/batch-norm.js";
import { Conv1d, conv1dGeometry } from "../../layers/convolution/conv1d.js";
import { Conv2d, conv2dGeometry } from "../../layers/convolution/conv2d.js";
import { ConvTranspose1d, ConvTranspose2d } from "../../layers/convolution/conv-transpose.js";
import { Decimation1d, Decimation2d } from "../../layers/pooling/decimation.js";
import { Dropout, SpatialDropout } from "../../layers/normalisation/dropout.js";
import { ELU } from "../../layers/activation/elu.js";
import { Flatten } from "../../layers/shape/flatten.js";
import { GELU } from "../../layers/activation/gelu.js";
import { GlobalAveragePool } from "../../layers/pooling/global-average-pool.js";
import { GroupNorm, InstanceNorm } from "../../layers/normalisation/group-norm.js";
import type { Layer } from "../../layers/layer.js";
import { LayerNorm } from "../../layers/normalisation/layer-norm.js";
import { LeakyReLU } from "../../layers/activation/leaky-relu.js";
import { Linear } from "../../layers/linear.js";
import { LocalResponseNorm } from "../../layers/normalisation/local-response-norm.js";
import { LpPool1d, LpPool2d } from "../../layers/pooling/lp-pool.js";
import { MaxPool1d } from "../../layers/pooling/max-pool1d.js";
import { MaxPool2d } from "../../layers/pooling/max-pool2d.js";
import { Pad1d, Pad2d } from "../../layers/shape/padding.js";
import {
  windows1d,
  windows2d,
  type Pool1dOptions,
  type Pool2dOptions,
} from "../../layers/pooling/windows.js";
import { PReLU } from "../../layers/activation/prelu.js";
import { ReLU } from "../../layers/activation/relu.js";
import { Embedding } from "../../layers/shape/embedding.js";
import { PositionalEncoding, positionTable } from "../../layers/shape/positional-encoding.js";
import { Expand } from "../../layers/shape/expand.js";
import { Gather } from "../../layers/shape/gather.js";
import { PixelShuffle, PixelUnshuffle } from "../../layers/shape/pixel-shuffle.js";
import { PaddedShortcut } from "../../layers/shape/padded-shortcut.js";
import { Reshape } from "../../layers/shape/reshape.js";
import { Resize } from "../../layers/shape/resize.js";
import { Slice } from "../../layers/shape/slice.js";
import { Transpose } from "../../layers/shape/transpose.js";
import { Absolute } from "../../layers/activation/absolute.js";
import { Clip } from "../../layers/activation/clip.js";
import { ErrorFunction } from "../../layers/activation/error-function.js";
import { Exponential, Logarithm } from "../../layers/activation/exponential.js";
import { Cosine, Sine } from "../../layers/activation/sine.js";
import { HardSigmoid, HardSwish } from "../../layers/activation/hard-sigmoid.js";
import { Power } from "../../layers/activation/power.js";
import { Softsign } from "../../layers/activation/softsign.js";
import { UnitNorm } from "../../layers/normalisation/unit-norm.js";
import { Reduce } from "../../layers/pooling/reduce.js";
import { resolveAxes } from "../../array/axes.js";
import { ValueError } from "../../array/errors.js";
import { dataTypeOf } from "../../formats/onnx/tensor.js";
import { Sigmoid } from "../../layers/activation/sigmoid.js";
import { LogSoftmax, Softmax } from "../../layers/activation/softmax.js";
import { Softplus } from "../../layers/activation/softplus.js";
import { Signum } from "../../layers/activation/step.js";
import { SumPool1d, SumPool2d } from "../../layers/pooling/sum-pool.js";
import { ScaledTanh, Tanh } from "../../layers/activation/tanh.js";
import { pair, type Axis, type Pair } from "../../layers/window.js";
import { Fraction, type Emitter, type Setting } from "./emit.js";
import { Affine, Constant, Expand as ExpandBatch, ReshapeBatch } from "./layers.js";
import { isOpen } from "./view.js";

/** One layer in its network. */
export interface Site<L extends Layer> {
  readonly layer: L;
  /** The layer's path. */
  readonly name: string;
  /** The name of its input. */
  readonly x: string;
  /** The shape of its input; BATCH is the number of examples. */
  readonly batch: Shape;
  /** The same without the first axis, which is usually the batch axis. */
  readonly shape: Shape;
}

type Export<L extends Layer> = (out: Emitter, site: Site<L>) => string;

const exporters: [new (...parts: never[]) => Layer, Export<never>][] = [];

type Kind<L extends Layer> = new (...parts: never[]) => L;

/** Sets the exporter of exactly these classes: a derived class may compute something else. */
function on<L extends Layer>(kinds: Kind<L> | readonly Kind<L>[], write: Export<L>): void {
  for (const kind of [kinds].flat() as Kind<L>[]) exporters.push([kind, write as Export<never>]);
}

/** The layer's exporter; undefined when ONNX has no such operation. */
export function exporterOf(layer: Layer): Export<Layer> | undefined {
  return exporters.find(([kind]) => layer.constructor === kind)?.[1] as Export<Layer> | undefined;
}

on<Layer>(ReLU, (out, { name, x }) => out.node("Relu", name, [x]));
on<Layer>(Sigmoid, (out, { name, x }) => out.node("Sigmoid", name, [x]));
on<Layer>(Signum, (out, { name, x }) => out.node("Sign", name, [x]));
on(LeakyReLU, (out, { layer, name, x }) =>
  out.node("LeakyRelu", name, [x], { alpha: new Fraction(layer.options.slope ?? 0.01) }),
);
on(ELU, (out, { layer, name, x }) =>
  out.node("Elu", name, [x], { alpha: new Fraction(layer.options.alpha ?? 1) }),
);
on(GELU, (out, { layer, name, x }) =>
  out.node("Gelu", name, [x], { approximate: layer.options.form === "tanh" ? "tanh" : "none" }, 20),
);
on(PReLU, (out, { layer, name, x, shape }) => {
  const a = layer.parameters.a.value;
  const slopes = reshape(a, [a.size, ...shape.slice(1).map(() => 1)]);
  return out.node("PRelu", name, [x, out.weights(`${name}.a`, slopes)]);
});
on(Softplus, (out, { layer, name, x }) => {
  const { sharpness = 1 } = layer.options;
  if (sharpness === 1) return out.node("Softplus", name, [x]);
  const sharp = scaled(out, `${name}.sharp`, x, sharpness);
  return scaled(out, name, out.node("Softplus", `${name}.softplus`, [sharp]), 1 / sharpness);
});
on([Tanh, ScaledTanh], (out, { layer, name, x }) => {
  const { amplitude = 1, rate = 1 } = layer.options;
  const steep = rate === 1 ? x : scaled(out, `${name}.rate`, x, rate);
  const y = out.node("Tanh", amplitude === 1 ? name : `${name}.tanh`, [steep]);
  return amplitude === 1 ? y : scaled(out, name, y, amplitude);
});
on<Layer>(Softsign, (out, { name, x }) => out.node("Softsign", name, [x]));
on<Layer>(ErrorFunction, (out, { name, x }) => out.node("Erf", name, [x]));
on<Layer>(Sine, (out, { name, x }) => out.node("Sin", name, [x]));
on<Layer>(Cosine, (out, { name, x }) => out.node("Cos", name, [x]));
on<Layer>(Exponential, (out, { name, x }) => out.node("Exp", name, [x]));
on<Layer>(Logarithm, (out, { name, x }) => out.node("Log", name, [x]));
on<Layer>(Absolute, (out, { name, x }) => out.node("Abs", name, [x]));
on<Layer>(HardSwish, (out, { name, x }) => out.node("HardSwish", name, [x], {}, 14));
on(HardSigmoid, (out, { layer, name, x }) => {
  const { slope = 1 / 6, offset = 1 / 2 } = layer.options;
  return out.node("HardSigmoid", name, [x], { alpha: new Fraction(slope), beta: new Fraction(offset) });
});
on(Clip, (out, { layer, name, x }) => {
  const bounds = (["min", "max"] as const).map((key) => {
    const value = layer.options[key];
    return value === undefined ? "" : out.weights(`${name}.${key}`, full([], value, out.dtype));
  });
  return out.node("Clip", name, [x, ...(bounds[1] === "" ? bounds.slice(0, 1) : bounds)]);
});
on(Power, (out, { layer, name, x }) => {
  const { exponent } = layer.options;
  if (exponent === 0.5) return out.node("Sqrt", name, [x]);
  if (exponent === -1) return out.node("Reciprocal", name, [x]);
  return out.node("Pow", name, [x, out.weights(`${name}.exponent`, full([], exponent, out.dtype))]);
});
on(Softmax, (out, { layer, name, x }) => out.node("Softmax", name, [x], { axis: layer.options.axis ?? 1 }));
on(LogSoftmax, (out, { layer, name, x }) =>
  out.node("LogSoftmax", name, [x], { axis: layer.options.axis ?? 1 }),
);
on([Dropout, SpatialDropout], (out, { layer, name, x }) =>
  out.node("Dropout", name, [
    x,
    out.weights(`${name}.ratio`, full([], layer.options.rate ?? 0.5, out.dtype)),
  ]),
);

on(Linear, (out, { layer, name, x, shape }) => {
  const { w, b } = layer.parameters;
  const rows = shape.length === 1 ? x : out.node("Flatten", `${name}.flatten`, [x], { axis: 1 });
  const weights = [out.weights(`${name}.w`, w.value), ...(b ? [out.weights(`${name}.b`, b.value)] : [])];
  return out.node("Gemm", name, [rows, ...weights], { transB: 1 });
});
on(Conv1d, (out, site) => {
  const { w } = site.layer.parameters;
  const { axis } = conv1dGeometry([1, ...site.shape], w.value.shape, site.layer.options);
  return convolution(out, site, [axis]);
});
on(Conv2d, (out, site) => {
  const { w } = site.layer.parameters;
  const { rows, columns } = conv2dGeometry([1, ...site.shape], w.value.shape, site.layer.options);
  return convolution(out, site, [rows, columns]);
});
on(ConvTranspose1d, (out, { layer, name, x }) => {
  const { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 } = layer.options;
  const [before, after] = typeof pad === "number" ? [pad, pad] : pad;
  const settings = {
    strides: [stride],
    dilations: [dilation],
    pads: [before, after],
    output_padding: [extra],
  };
  return out.node("ConvTranspose", name, [x, ...weightsOf(out, name, layer)], { ...settings, group: groups });
});
on(ConvTranspose2d, (out, { layer, name, x }) => {
  const { stride = 1, pad = 0, dilation = 1, groups = 1, extra = 0 } = layer.options;
  const {
    top = 0,
    left = 0,
    bottom = 0,
    right = 0,
  } = typeof pad === "number" ? { top: pad, left: pad, bottom: pad, right: pad } : pad;
  const list = (value: Pair): number[] => [...pair(value)];
  const settings = {
    strides: list(stride),
    dilations: list(dilation),
    output_padding: list(extra),
    group: groups,
  };
  return out.node("ConvTranspose", name, [x, ...weightsOf(out, name, layer)], {
    ...settings,
    pads: [top, left, bottom, right],
  });
});

for (const [kind, op] of [
  [MaxPool1d, "MaxPool"],
  [AveragePool1d, "AveragePool"],
  [LpPool1d, "LpPool"],
] as const) {
  on(kind as new (...parts: never[]) => Layer & { options: Pool1dOptions }, (out, site) =>
    pooling(out, site, op, [windows1d(op, [1, ...site.shape], site.layer.options).columns]),
  );
}
for (const [kind, op] of [
  [MaxPool2d, "MaxPool"],
  [AveragePool2d, "AveragePool"],
  [LpPool2d, "LpPool"],
] as const) {
  on(kind as new (...parts: never[]) => Layer & { options: Pool2dOptions }, (out, site) => {
    const { rows, columns } = windows2d(op, [1, ...site.shape], site.layer.options);
    return pooling(out, site, op, [rows, columns]);
  });
}
on(SumPool1d, (out, site) =>
  sum(out, site, [windows1d("sumPool", [1, ...site.shape], site.layer.options).columns]),
);
on(SumPool2d, (out, site) => {
  const { rows, columns } = windows2d("sumPool", [1, ...site.shape], site.layer.options);
  return sum(out, site, [rows, columns]);
});
// The maximum of a window of one number is that number.
on(Decimation1d, (out, { layer, name, x }) =>
  out.node("MaxPool", name, [x], { kernel_shape: [1], strides: [layer.options.step] }),
);
on(Decimation2d, (out, { layer, name, x }) =>
  out.node("MaxPool", name, [x], { kernel_shape: [1, 1], strides: [...pair(layer.options.step)] }),
);
on(GlobalAveragePool, (out, { name, x }) => {
  const pooled = out.node("GlobalAveragePool", `${name}.places`, [x]);
  return out.node("Flatten", name, [pooled], { axis: 1 });
});

on(BatchNorm, (out, { layer, name, x }) => {
  const { gamma, beta } = layer.parameters;
  const { mean, variance } = layer.buffers;
  const values = { gamma: gamma.value, beta: beta.value, mean, variance };
  const inputs = Object.entries(values).map(([key, value]) => out.weights(`${name}.${key}`, value));
  const { epsilon = 1e-5, momentum = 0.1 } = layer.options;
  const settings = { epsilon: new Fraction(epsilon), momentum: new Fraction(1 - momentum) };
  return out.node("BatchNormalization", name, [x, ...inputs], settings, 14);
});
on([GroupNorm, InstanceNorm], (out, { layer, name, x, shape }) => {
  const { groups, size, epsilon = 1e-5 } = layer.options;
  const settings = { epsilon: new Fraction(epsilon) };
  const inputs = [x, ...scaleAndShift(out, name, layer)];
  return groups === size && shape.length > 1
    ? out.node("InstanceNormalization", name, inputs, settings)
    : out.node("GroupNormalization", name, inputs, { ...settings, num_groups: groups }, 21);
});
on(LayerNorm, (out, { layer, name, x }) => {
  const settings = {
    axis: -layer.parameters.gamma.value.shape.length,
    epsilon: new Fraction(layer.options.epsilon ?? 1e-5),
  };
  return out.node("LayerNormalization", name, [x, ...scaleAndShift(out, name, layer)], settings, 17);
});
on(LocalResponseNorm, (out, { layer, name, x }) => {
  const { size = 5, alpha = 1e-4, beta = 0.75, k = 1 } = layer.options;
  const settings = { alpha: new Fraction(alpha), beta: new Fraction(beta), bias: new Fraction(k) };
  return out.node("LRN", name, [x], { ...settings, size });
});

on(Flatten, (out, { name, x }) => out.node("Flatten", name, [x], { axis: 1 }));
on(Reshape, (out, { layer, name, x }) => reshaped(out, name, x, [0, ...layer.options.shape]));
on(ReshapeBatch, (out, { layer, name, x, batch }) =>
  reshaped(out, name, x, targetOf(layer.batchShape(batch), batch)),
);
on(Transpose, (out, { layer, name, x }) => out.node("Transpose", name, [x], { perm: layer.order }));
on(Slice, (out, { layer, name, x }) => {
  const { axis, step = 1, begin, end } = layer.options;
  const [first, last] = step > 0 ? [0, FAR] : [FAR, -FAR];
  const lists = { starts: [begin ?? first], ends: [end ?? last], axes: [axis], steps: [step] };
  return out.node("Slice", name, [
    x,
    ...Object.entries(lists).map(([key, list]) => out.integers(`${name}.${key}`, list)),
  ]);
});
on(Gather, (out, { layer, name, x }) =>
  out.node("Gather", name, [x, out.integers(`${name}.places`, layer.options.places)], {
    axis: layer.options.axis,
  }),
);
on(Embedding, (out, { layer, name, x }) => {
  const rows = out.node("Cast", `${name}.rows`, [x], { to: dataTypeOf("i64") });
  return out.node("Gather", name, [out.weights(`${name}.w`, layer.parameters.w.value), rows], { axis: 0 });
});
on(PositionalEncoding, (out, { layer, name, x, shape }) => {
  const table = positionTable(shape, layer.options, out.dtype);
  return out.node("Add", name, [x, out.weights(`${name}.table`, table)]);
});
on(Expand, (out, { layer, name, x }) => expanded(out, name, x, [1, ...layer.options.shape]));
on(ExpandBatch, (out, { layer, name, x }) => expanded(out, name, x, layer.shape));
on(PixelShuffle, (out, { layer, name, x }) => {
  const { factor, order = "channel" } = layer.options;
  return out.node("DepthToSpace", name, [x], {
    blocksize: factor,
    mode: order === "channel" ? "CRD" : "DCR",
  });
});
on(PixelUnshuffle, (out, { layer, name, x, shape: [C, H, W] }) => {
  const { factor: r, order = "channel" } = layer.options;
  if (order === "place") return out.node("SpaceToDepth", name, [x], { blocksize: r });
  // ONNX has only the other order.
  const apart = reshaped(out, `${name}.apart`, x, [0, C, H / r, r, W / r, r]);
  const turned = out.node("Transpose", `${name}.turned`, [apart], { perm: [0, 1, 3, 5, 2, 4] });
  return reshaped(out, name, turned, [0, C * r * r, H / r, W / r]);
});
on(Resize, (out, { layer, name, x, shape }) => {
  const { scale, size, mode = "nearest", align, round = "floor" } = layer.options;
  const settings = {
    mode,
    coordinate_transformation_mode: alignments[align ?? (mode === "linear" ? "half-pixel" : "asymmetric")],
    ...(mode === "nearest" && { nearest_mode: roundings[round] }),
  };
  const since = align === "half-pixel-symmetric" ? 19 : 13;
  const list = (value: number | readonly number[]): readonly number[] =>
    typeof value === "number" ? shape.slice(1).map(() => value) : value;
  if (scale !== undefined) {
    const scales = wrap(Float32Array.from([1, 1, ...list(scale)]), [shape.length + 1]);
    return out.node("Resize", name, [x, "", out.weights(`${name}.scales`, scales)], settings, since);
  }
  // Sizes for the batch and the channels are needed too: they do not change.
  const outer = firstOf(out, `${name}.outer`, x, 2);
  const places = out.integers(`${name}.places`, list(size as number));
  const sizes = out.node("Concat", `${name}.sizes`, [outer, places], { axis: 0 });
  return out.node("Resize", name, [x, "", "", sizes], settings, since);
});
on(Reduce, (out, { layer, name, x, batch }) => {
  const { kind, axes, keep = false } = layer.options;
  return out.reduction(reductions[kind], name, x, resolveAxes("reduce", axes, batch.length), keep);
});
on(UnitNorm, (out, { layer, name, x }) => {
  const { axis = 1, power = 2 } = layer.options;
  return out.node("LpNormalization", name, [x], { axis, p: power });
});
on(Constant, (out, { layer, name, x }) => {
  const { value } = layer.buffers;
  if (value.shape[0] !== 1)
    return out.node("Identity", name, [out.weights(`${name}.value`, cast(value, out.dtype))]);
  const rest = out.integers(`${name}.rest`, value.shape.slice(1));
  const shape = out.node("Concat", `${name}.shape`, [firstOf(out, `${name}.batch`, x, 1), rest], { axis: 0 });
  return out.node("Expand", name, [out.weights(`${name}.value`, cast(value, out.dtype)), shape]);
});
on(Affine, (out, { layer, name, x }) => {
  const { scale, shift } = layer.buffers;
  const product = out.node("Mul", `${name}.product`, [
    x,
    out.weights(`${name}.scale`, cast(scale, out.dtype)),
  ]);
  return out.node("Add", name, [product, out.weights(`${name}.shift`, cast(shift, out.dtype))]);
});
on(Pad1d, (out, { layer, name, x }) => {
  const { pad, mode } = layer.options;
  const [before, after] = typeof pad === "number" ? [pad, pad] : pad;
  return padded(out, name, x, [0, 0, before, 0, 0, after], mode);
});
on(Pad2d, (out, { layer, name, x }) => {
  const { pad, mode } = layer.options;
  const {
    top = 0,
    left = 0,
    bottom = 0,
    right = 0,
  } = typeof pad === "number" ? { top: pad, left: pad, bottom: pad, right: pad } : pad;
  return padded(out, name, x, [0, 0, top, left, 0, 0, bottom, right], mode);
});
// The maximum of a window of one pixel is that pixel; zeros come after the last channel.
on(PaddedShortcut, (out, { layer, name, x, shape }) => {
  const { out: channels, stride } = layer.options;
  const settings = { kernel_shape: [1, 1], strides: [stride, stride] };
  const more = channels - shape[0];
  const taken = stride === 1 ? x : out.node("MaxPool", more === 0 ? name : `${name}.taken`, [x], settings);
  return more === 0 ? taken : padded(out, name, taken, [0, 0, 0, 0, 0, more, 0, 0]);
});

function convolution(out: Emitter, { layer, name, x }: Site<Conv1d | Conv2d>, axes: readonly Axis[]): string {
  const { w } = layer.parameters;
  // The convolution of signal processing reverses its filters; ONNX has only cross-correlation.
  const filters = layer.options.flip ? backwards(w.value) : w.value;
  return out.node("Conv", name, [x, ...weightsOf(out, name, layer, filters)], {
    ...window(axes),
    group: layer.options.groups ?? 1,
  });
}

function pooling(
  out: Emitter,
  { layer, name, x }: Site<Layer & { options: { round?: string; power?: number; countPadding?: boolean } }>,
  op: string,
  axes: readonly Axis[],
): string {
  const { round, power = 2, countPadding = false } = layer.options;
  const { dilations, ...rest } = window(axes);
  const isDilated = dilations.some((step) => step !== 1);
  const isCeil = round === "ceil";
  const settings: Record<string, Setting> = { ...rest };
  if (isDilated) settings.dilations = dilations;
  if (isCeil) settings.ceil_mode = 1;
  if (op === "LpPool")
    return out.node(op, name, [x], { ...settings, p: power }, isDilated || isCeil ? 18 : 13);
  if (op === "AveragePool") settings.count_include_pad = countPadding ? 1 : 0;
  return out.node(op, name, [x], settings, op === "AveragePool" && isDilated ? 19 : 13);
}

/** A sum is the mean over all numbers of the window, padding included, times their number. */
function sum(out: Emitter, { name, x }: Site<Layer>, axes: readonly Axis[]): string {
  // A window that reaches beyond the input is padded, so that every mean is over equally many numbers.
  const whole = axes.map((axis) => {
    const reached = (axis.output - 1) * axis.stride + axis.dilation * (axis.filter - 1) + 1;
    return { ...axis, after: Math.max(axis.after, reached - axis.input - axis.before) };
  });
  const { dilations, ...rest } = window(whole);
  const isDilated = dilations.some((step) => step !== 1);
  const settings = { ...rest, count_include_pad: 1, ...(isDilated && { dilations }) };
  const mean = out.node("AveragePool", `${name}.mean`, [x], settings, isDilated ? 19 : 13);
  return scaled(out, name, mean, sizeOf(rest.kernel_shape));
}

function window(axes: readonly Axis[]) {
  return {
    kernel_shape: axes.map(({ filter }) => filter),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
  };
}

function weightsOf(
  out: Emitter,
  name: string,
  { parameters: { w, b } }: Layer,
  filters: Tensor = w.value,
): string[] {
  return [out.weights(`${name}.w`, filters), ...(b ? [out.weights(`${name}.b`, b.value)] : [])];
}

function scaleAndShift(out: Emitter, name: string, { parameters: { gamma, beta } }: Layer): string[] {
  return [out.weights(`${name}.gamma`, gamma.value), out.weights(`${name}.beta`, beta.value)];
}

function scaled(out: Emitter, name: string, x: string, factor: number): string {
  return out.node("Mul", name, [x, out.weights(`${name}.factor`, full([], factor, out.dtype))]);
}

/** A Reshape to a target as from `targetOf`: 0 for an extent that does not change, −1 for what is left. */
export function reshaped(out: Emitter, name: string, x: string, target: readonly number[]): string {
  if (!target.every(Number.isInteger))
    throw new ValueError(
      `exportOnnx: ${name} does not reshape batches of any size; say of which, such as exportOnnx(net, { batch: 1 }).`,
    );
  return out.node("Reshape", name, [x, out.integers(`${name}.shape`, target)]);
}

/** The target of a Reshape for a shape in which the batch may be in any axis. */
export function targetOf(shape: Shape, before: Shape): number[] {
  return shape.map((extent, axis) => (!isOpen(extent) ? extent : extent === before[axis] ? 0 : -1));
}

/** The first extents of a value, computed while the network runs. */
function firstOf(out: Emitter, name: string, x: string, count: number): string {
  const shape = out.node("Shape", `${name}.shape`, [x]);
  const [from, to] = [out.integers(`${name}.from`, [0]), out.integers(`${name}.to`, [count])];
  return out.node("Slice", name, [shape, from, to]);
}

function expanded(out: Emitter, name: string, x: string, shape: Shape): string {
  return out.node("Expand", name, [x, out.integers(`${name}.shape`, shape)]);
}

/** An index beyond the end, or with a minus the beginning, of any axis. */
const FAR = 2 ** 31 - 1;

const alignments = {
  "half-pixel": "half_pixel",
  "pytorch-half-pixel": "pytorch_half_pixel",
  "half-pixel-symmetric": "half_pixel_symmetric",
  corners: "align_corners",
  asymmetric: "asymmetric",
} as const;

const roundings = {
  "prefer-floor": "round_prefer_floor",
  "prefer-ceil": "round_prefer_ceil",
  floor: "floor",
  ceil: "ceil",
} as const;

const reductions = {
  mean: "ReduceMean",
  sum: "ReduceSum",
  max: "ReduceMax",
  min: "ReduceMin",
  l1: "ReduceL1",
  l2: "ReduceL2",
} as const;

function padded(out: Emitter, name: string, x: string, pads: readonly number[], mode = "zero"): string {
  const inputs = [x, out.integers(`${name}.pads`, pads)];
  return out.node("Pad", name, inputs, { mode: mode === "zero" ? "constant" : mode });
}

/** Filters with every plane reversed. */
function backwards(w: Tensor): Tensor {
  const plane = sizeOf(w.shape.slice(2));
  const W = flat(w);
  const turned = W.map((_, at) => W[at - (at % plane) + plane - 1 - (at % plane)]);
  return wrap(turned as Float32Array, w.shape);
}
