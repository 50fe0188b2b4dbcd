/** Translates convolutions and pooling: ONNX's strides, pads and auto_pad become the library's options. */
import { zeros, type Tensor } from "../../array/tensor.js";
import { AveragePool1d, AveragePool2d } from "../../layers/pooling/average-pool.js";
import { Conv1d } from "../../layers/convolution/conv1d.js";
import { Conv2d } from "../../layers/convolution/conv2d.js";
import { ConvTranspose1d, ConvTranspose2d } from "../../layers/convolution/conv-transpose.js";
import { GlobalAveragePool } from "../../layers/pooling/global-average-pool.js";
import type { Initializer } from "../../layers/initialise.js";
import type { Layer } from "../../layers/layer.js";
import { LpPool1d, LpPool2d } from "../../layers/pooling/lp-pool.js";
import { MaxPool1d } from "../../layers/pooling/max-pool1d.js";
import { MaxPool2d } from "../../layers/pooling/max-pool2d.js";
import type { Pair } from "../../layers/window.js";
import { Around, ReshapeBatch } from "./layers.js";
import type { NodeView, Part } from "./view.js";

/** Initialises weights that will be replaced at once. */
export const blank: Initializer = (shape, _fans, dtype) => zeros(shape, dtype);

/** A window's sizes and steps, one entry for each axis. */
interface Window {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export function conv(view: NodeView): Part[] {
  const w = view.required(1, "filters");
  const b = view.constant(2, "bias");
  const window = windowOf(view, w.shape.slice(2));
  const groups = view.number("group", 1);
  const common = { in: w.shape[1] * groups, out: w.shape[0], groups, bias: b !== undefined };
  const rest = { ...common, dtype: w.dtype, round: "floor", init: blank } as const;
  const layer =
    window.size.length === 1
      ? new Conv1d({ ...rest, ...along(window) })
      : new Conv2d({ ...rest, ...across(window) });
  return [{ name: "conv", layer: filled(layer, w, b) }];
}

export function convTranspose(view: NodeView): Part[] {
  const w = view.required(1, "filters");
  const b = view.constant(2, "bias");
  const groups = view.number("group", 1);
  const { window, extra } = transposedWindow(view, w.shape.slice(2));
  const common = { in: w.shape[0], out: w.shape[1] * groups, groups, bias: b !== undefined };
  const rest = { ...common, dtype: w.dtype, init: blank };
  const layer =
    window.size.length === 1
      ? new ConvTranspose1d({ ...rest, ...along(window), extra: extra[0] })
      : new ConvTranspose2d({ ...rest, ...across(window), extra: [extra[0], extra[1]] });
  return [{ name: "conv", layer: filled(layer, w, b) }];
}

export function pool(view: NodeView): Part[] {
  const size = view.numbers("kernel_shape");
  if (size === undefined) throw view.unsupported("it has no kernel_shape");
  const window = trimmed(view, windowOf(view, size, 3));
  if (size.length === 3) return pool3d(view, window);
  return [{ name: "pool", layer: size.length === 1 ? pool1d(view, window) : pool2d(view, window) }];
}

/** Some exporters use more padding at the end than any window reaches, instead of ceil_mode; the excess is removed. */
function trimmed(view: NodeView, window: Window): Window {
  if (view.knownShape === undefined || view.number("ceil_mode", 0)) return window;
  const after = view.shape.slice(2).map((extent, i) => {
    const span = window.dilation[i] * (window.size[i] - 1) + 1;
    const steps = Math.floor((extent + window.before[i] + window.after[i] - span) / window.stride[i]);
    const reached = steps * window.stride[i] + span - extent - window.before[i];
    return Math.min(window.after[i], Math.max(0, reached));
  });
  return { ...window, after };
}

function pool1d(view: NodeView, window: Window): Layer {
  const options = { ...along(window), ...poolOptions(view) };
  if (view.node.op === "MaxPool") return new MaxPool1d(options);
  return view.node.op === "AveragePool" ? new AveragePool1d(options) : new LpPool1d(options);
}

function pool2d(view: NodeView, window: Window): Layer {
  const options = { ...across(window), ...poolOptions(view) };
  if (view.node.op === "MaxPool") return new MaxPool2d(options);
  return view.node.op === "AveragePool" ? new AveragePool2d(options) : new LpPool2d(options);
}

/** A maximum, mean or norm over a box is computed in two steps: over rows and columns, then over the planes. */
function pool3d(view: NodeView, { size, stride, dilation, before, after }: Window): Part[] {
  const pick = (list: readonly number[]): [readonly number[], number] => [list.slice(1), list[0]];
  const [[sizes, depth], [strides, step], [dilations, apart], [tops, front], [bottoms, back]] = [
    ...[size, stride, dilation, before, after].map(pick),
  ];
  const planes = pool2d(view, {
    size: sizes,
    stride: strides,
    dilation: dilations,
    before: tops,
    after: bottoms,
  });
  const through = pool2d(view, {
    ...{ size: [depth, 1], stride: [step, 1], dilation: [apart, 1] },
    ...{ before: [front, 0], after: [back, 0] },
  });
  const inPlanes = new Around(
    planes,
    ([n, c, d, h, w]) => [n, c * d, h, w],
    ([n, c, d], [, , h, w]) => [n, c, d, h, w],
  );
  const acrossPlanes = new Around(
    through,
    ([n, c, d, h, w]) => [n, c, d, h * w],
    ([n, c, , h, w], [, , d]) => [n, c, d, h, w],
  );
  return [
    { name: "pool", layer: inPlanes },
    { name: "pool_planes", layer: acrossPlanes },
  ];
}

function poolOptions(view: NodeView) {
  return {
    round: view.number("ceil_mode", 0) ? ("ceil" as const) : ("floor" as const),
    ...(view.node.op === "AveragePool" && { countPadding: view.number("count_include_pad", 0) === 1 }),
    ...(view.node.op === "LpPool" && { power: view.number("p", 2) }),
  };
}

export function globalAveragePool(view: NodeView): Part[] {
  const places = (view.knownShape?.length ?? 4) - 2;
  // The library's layer gives N×C; ONNX's keeps an axis of 1 for each averaged axis.
  const ones = new ReshapeBatch(([n, c]) => [n, c, ...Array<number>(places).fill(1)]);
  return [
    { name: "pool", layer: new GlobalAveragePool() },
    { name: "pool_shape", layer: ones },
  ];
}

export function globalPool(view: NodeView): Part[] {
  const size = view.shape.slice(2);
  if (size.length !== 1 && size.length !== 2) throw view.unsupported(manyAxes(size.length));
  const power = view.number("p", 2);
  const signal = { size: size[0] };
  const image = { size: [size[0], size[1]] as const };
  if (view.node.op === "GlobalLpPool") {
    return [
      {
        name: "pool",
        layer: size.length === 1 ? new LpPool1d({ ...signal, power }) : new LpPool2d({ ...image, power }),
      },
    ];
  }
  return [{ name: "pool", layer: size.length === 1 ? new MaxPool1d(signal) : new MaxPool2d(image) }];
}

function windowOf(view: NodeView, size: readonly number[], most = 2): Window {
  const rank = size.length;
  if (rank < 1 || rank > most) throw view.unsupported(manyAxes(rank));
  const stride = view.numbers("strides") ?? size.map(() => 1);
  const dilation = view.numbers("dilations") ?? size.map(() => 1);
  const pads = view.numbers("pads") ?? Array<number>(2 * rank).fill(0);
  const mode = view.text("auto_pad", "NOTSET");
  const window = { size, stride, dilation, before: pads.slice(0, rank), after: pads.slice(rank) };
  if (mode === "NOTSET") return window;
  if (mode === "VALID") return { ...window, before: size.map(() => 0), after: size.map(() => 0) };
  const total = view.shape.slice(2).map((extent, i) => {
    const span = dilation[i] * (size[i] - 1) + 1;
    return Math.max(0, (Math.ceil(extent / stride[i]) - 1) * stride[i] + span - extent);
  });
  return { ...window, ...shared(total, mode === "SAME_UPPER") };
}

/** If the output's shape of a transposed convolution is given, its padding follows from it. */
function transposedWindow(view: NodeView, size: readonly number[]): { window: Window; extra: number[] } {
  const mode = view.text("auto_pad", "NOTSET");
  const given = mode === "NOTSET" || mode === "VALID" ? windowOf(view, size) : undefined;
  const stride = view.numbers("strides") ?? size.map(() => 1);
  const dilation = view.numbers("dilations") ?? size.map(() => 1);
  const extra = [...(view.numbers("output_padding") ?? size.map(() => 0))];
  const wanted = view.numbers("output_shape")?.slice(-size.length);
  if (given && wanted === undefined) return { window: given, extra };
  if (size.length > 2) throw view.unsupported(manyAxes(size.length));
  const total = view.shape.slice(2).map((extent, i) => {
    const full = stride[i] * (extent - 1) + extra[i] + dilation[i] * (size[i] - 1) + 1;
    const padding = full - (wanted?.[i] ?? extent * stride[i]);
    if (padding >= 0) return padding;
    extra[i] -= padding; // the output must be longer than the products reach
    return 0;
  });
  return { window: { size, stride, dilation, ...shared(total, mode === "SAME_UPPER") }, extra };
}

/** Divides padding between both sides; an odd one is added after in SAME_UPPER, else before. */
function shared(total: readonly number[], oddAfter: boolean): Pick<Window, "before" | "after"> {
  const small = total.map((padding) => Math.floor(padding / 2));
  const large = total.map((padding, i) => padding - small[i]);
  return oddAfter ? { before: small, after: large } : { before: large, after: small };
}

/** The options of a window along a signal; default values are left out, so that tables stay short. */
function along({ size, stride, dilation, before, after }: Window) {
  return {
    size: size[0],
    stride: stride[0],
    ...(dilation[0] !== 1 && { dilation: dilation[0] }),
    ...((before[0] > 0 || after[0] > 0) && { pad: [before[0], after[0]] as const }),
  };
}

/** The options of a window across an image. */
function across({ size, stride, dilation, before, after }: Window) {
  const sides = [...before, ...after];
  const pad = { top: before[0], bottom: after[0], left: before[1], right: after[1] };
  return {
    size: both(size),
    stride: both(stride),
    ...(dilation.some((step) => step !== 1) && { dilation: both(dilation) }),
    ...(sides.some((side) => side !== 0) && {
      pad: sides.every((side) => side === sides[0]) ? sides[0] : pad,
    }),
  };
}

/** One number for two that are equal. */
function both([rows, columns]: readonly number[]): Pair {
  return rows === columns ? rows : [rows, columns];
}

/** The layer with these weights. */
export function filled<L extends Layer>(layer: L, w: Tensor, b: Tensor | undefined): L {
  layer.parameters.w.value = w;
  if (b) layer.parameters.b.value = b;
  return layer;
}

function manyAxes(rank: number): string {
  return `windows over ${rank} axes are not in the catalogue, which has signals (1) and images (2)`;
}
