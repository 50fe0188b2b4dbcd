/**
 * Convolution on the WASM routines: Winograd's where it is faster, direct convolution everywhere else. A signal is an image
 * one row high.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { checkFilters } from "../../layers/convolution/channels.js";
import { Conv1d, conv1dBackward, conv1dForward, conv1dGeometry } from "../../layers/convolution/conv1d.js";
import { Conv2d, conv2dBackward, conv2dForward, conv2dGeometry } from "../../layers/convolution/conv2d.js";
import {
  ConvTranspose1d,
  convTranspose1dBackward,
  convTranspose1dForward,
  ConvTranspose2d,
  convTranspose2dBackward,
  convTranspose2dForward,
  checkBias,
  transposed1d,
  transposed2d,
  type TransposedPlan,
} from "../../layers/convolution/conv-transpose.js";
import type { Layer } from "../../layers/layer.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { reluForward } from "../../layers/activation/relu.js";
import { oneRow, type Axis } from "../../layers/window.js";
import type { Route } from "../engine.js";
import { ahead, leastOf } from "../fusion.js";
import * as direct from "./direct.js";
import { backwardSweep, forwardSweep, type Filters, type Maps } from "./direct.js";
import { rivals, type WasmRival } from "./rivals.js";
import type { InWorkspace, Workspace } from "./workspace.js";
import * as winograd from "./winograd.js";

/** Everything about a convolution except its numbers, for both conv1d and conv2d. */
export interface Geometry {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly groups: number;
  readonly flip: boolean;
}

interface ConvolutionCache extends WeightCache {
  readonly geometry: Geometry;
  /** Whether Winograd's convolution must not be used. */
  readonly exact: boolean;
}

/** Which convolutions the engine has. */
export interface ConvolutionsOptions {
  /** Whether Winograd's convolution is used where it is faster. */
  readonly winograd: boolean;
}

/** Convolutions of signals and of images, and their transposes. */
export function convolutions(options: ConvolutionsOptions): readonly WasmRival[] {
  const exact = !options.winograd;
  const route = (layer: Layer, input: Shape): Route => routeOf(layer, input, exact);
  return [
    ...rivals(
      conv1dForward,
      (run, x, w, b, options) => {
        checkFilters("conv1d", x, w, b);
        const { axis, groups, flip } = conv1dGeometry(x.shape, w.shape, options);
        return forward(run, x, w, b, { rows: oneRow, columns: axis, groups, flip }, exact);
      },
      conv1dBackward,
      (run, dy, cache) => backward(run, "conv1dBackward", dy, cache),
      route,
      { forward: [reluForward] },
    ),
    ...rivals(
      conv2dForward,
      (run, x, w, b, options) => {
        checkFilters("conv2d", x, w, b);
        return forward(run, x, w, b, conv2dGeometry(x.shape, w.shape, options), exact);
      },
      conv2dBackward,
      (run, dy, cache) => backward(run, "conv2dBackward", dy, cache),
      route,
      { forward: [reluForward] },
    ),
    ...rivals(
      convTranspose1dForward,
      (run, x, w, b, options) => {
        sameDType("convTranspose1d", { x, w, b });
        const plan = transposed1d(x.shape, w.shape, options);
        checkBias("convTranspose1d", b, plan);
        return transposedForward(run, x, w, b, plan, exact);
      },
      convTranspose1dBackward,
      (run, dy, cache) => transposedBackward(run, "convTranspose1dBackward", dy, cache),
      route,
    ),
    ...rivals(
      convTranspose2dForward,
      (run, x, w, b, options) => {
        sameDType("convTranspose2d", { x, w, b });
        const plan = transposed2d(x.shape, w.shape, options);
        checkBias("convTranspose2d", b, plan);
        return transposedForward(run, x, w, b, plan, exact);
      },
      convTranspose2dBackward,
      (run, dy, cache) => transposedBackward(run, "convTranspose2dBackward", dy, cache),
      route,
    ),
  ];
}

/** Winograd's convolution or the direct one, and why. */
function routeOf(layer: Layer, input: Shape, exact: boolean): Route {
  const geometry = geometryOf(layer, input);
  if (geometry === undefined) return { route: "vectors", why: "its convolutions are Winograd's or direct" };
  const w = layer.parameters.w.value;
  const why = exact ? EXACT : whyDirect(geometry, w.shape[1], w.shape[0] / geometry.groups);
  if (why !== undefined) return { route: "direct", why };
  const [, , size] = w.shape;
  return {
    route: "winograd",
    why: `${size}×${size} at stride 1: fewer products than sums of products; ${boundOf(size)}`,
  };
}

const EXACT = "every output depends on the numbers that its filter covers, and on no other";

/** A sentence on the accuracy of Winograd's convolution with size×size filters. */
function boundOf(size: number): string {
  const tile = `${size + 3}×${size + 3}`;
  return (
    `rounding makes an output depend on its whole tile of ${tile}, by about 1e−6 of what is summed and at most ` +
    `${size === 3 ? "3e−5" : "6e−5"} of the largest number in its tile of ${tile} times the sum of its filter's magnitudes`
  );
}

/** For a transposed convolution, the geometry of its backward convolution; undefined for layers that only use convolution. */
function geometryOf(layer: Layer, input: Shape): Geometry | undefined {
  const x = [1, ...input];
  if (layer instanceof Conv2d) return conv2dGeometry(x, layer.parameters.w.value.shape, layer.options);
  if (layer instanceof Conv1d) {
    const { axis, groups, flip } = conv1dGeometry(x, layer.parameters.w.value.shape, layer.options);
    return { rows: oneRow, columns: axis, groups, flip };
  }
  if (!(layer instanceof ConvTranspose1d || layer instanceof ConvTranspose2d)) return undefined;
  const w = layer.parameters.w.value.shape;
  const { rows, columns, groups } =
    layer instanceof ConvTranspose1d ? transposed1d(x, w, layer.options) : transposed2d(x, w, layer.options);
  return { rows: rows ?? oneRow, columns, groups, flip: false };
}

/** Why Winograd's convolution is not used here; undefined when it is. Channels and filters are those of a group. */
export function whyDirect({ rows, columns }: Geometry, depth: number, filters: number): string | undefined {
  const { filter } = columns;
  if (rows.filter !== filter || (filter !== 3 && filter !== 5)) return "the filter is neither 3×3 nor 5×5";
  for (const axis of [rows, columns]) {
    if (axis.stride !== 1) return "the stride is not 1";
    if (axis.dilation !== 1) return "the filter is dilated";
  }
  if (depth < 3 || filters < 8) return "it has fewer than 3 channels or 8 filters";
  return undefined;
}

/** The number of parts of a batch in the weight gradient: the parts, and not the threads, fix the order of the sums. */
const PARTS = 8;

function outputShape(x: Tensor, w: Tensor, { rows, columns }: Geometry): Shape {
  const places = x.shape.length === 3 ? [columns.output] : [rows.output, columns.output];
  return [x.shape[0], w.shape[0], ...places];
}

/** A convolution except its numbers. */
interface Convolution {
  /** The shape of the maps that are convolved. */
  readonly shape: Shape;
  /** The shape of the filters. */
  readonly wShape: Shape;
  readonly geometry: Geometry;
  /** Whether Winograd's convolution must not be used. */
  readonly exact: boolean;
}

function convolutionOf({ x, w, geometry, exact }: ConvolutionCache): Convolution {
  return { shape: x.shape, wShape: w.shape, geometry, exact };
}

/** The parts of each group: its channels of x, its filters, its maps of y (or dy). */
function groupsOf(
  { shape, wShape, geometry }: Convolution,
  X: number,
  W: number,
  Y: number,
): { input: Maps; filters: Filters; output: Maps; first: number }[] {
  const { rows, columns, groups, flip } = geometry;
  const [depth, count] = [wShape[1], wShape[0] / groups];
  const inputs = rows.input * columns.input;
  const outputs = rows.output * columns.output;
  const taps = rows.filter * columns.filter;
  return Array.from({ length: groups }, (_, g) => ({
    first: g * count,
    input: {
      at: X + 4 * g * depth * inputs,
      step: shape[1] * inputs,
      count: depth,
      height: rows.input,
      width: columns.input,
    },
    filters: {
      at: W + 4 * g * count * depth * taps,
      depth,
      count,
      rows: rows.filter,
      columns: columns.filter,
      flip,
    },
    output: {
      at: Y + 4 * g * count * outputs,
      step: wShape[0] * outputs,
      count,
      height: rows.output,
      width: columns.output,
    },
  }));
}

function isWinograd({ wShape, geometry, exact }: Convolution): boolean {
  return !exact && whyDirect(geometry, wShape[1], wShape[0] / geometry.groups) === undefined;
}

function forward(
  run: InWorkspace,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  geometry: Geometry,
  exact: boolean,
): { y: Tensor; cache: ConvolutionCache } {
  return run((workspace) => {
    const y = workspace.result(outputShape(x, w, geometry));
    const cache = { x: workspace.keep(x), w: workspace.keep(w), hasBias: b !== undefined, geometry, exact };
    const rectifies = workspace.next === reluForward;
    convolve(
      workspace,
      convolutionOf(cache),
      workspace.read(cache.x),
      workspace.read(cache.w),
      b ? workspace.read(b) : 0,
      y.at,
      leastOf(rectifies),
    );
    const tensor = y.tensor();
    if (rectifies) ahead.add(tensor);
    return { y: tensor, cache };
  });
}

/**
 * Winograd's convolution would spread a NaN or an infinity over a tile, and may overflow before its result does. So if an
 * output is not finite, the direct convolution computes the result instead.
 * @param X, W, B, Y  addresses of the input, the filters, the biases (or 0) and the result
 * @param least       −∞, or 0 for the ReLU of the result
 */
function convolve(
  workspace: Workspace,
  it: Convolution,
  X: number,
  W: number,
  B: number,
  Y: number,
  least: number,
): void {
  const { rows, columns } = it.geometry;
  const batch = it.shape[0];
  for (const { input, filters, output, first } of groupsOf(it, X, W, Y)) {
    const bias = B && B + 4 * first;
    const isDone =
      isWinograd(it) &&
      winograd.correlate(
        workspace,
        batch,
        input,
        rows.before,
        columns.before,
        filters,
        false,
        bias,
        output,
        least,
      );
    if (isDone) continue;
    const places = {
      image: output.step,
      map: output.height * output.width,
      row: output.width,
      column: 1,
    };
    const sweeps = [forwardSweep(rows), forwardSweep(columns)] as const;
    direct.correlate(workspace, batch, input, ...sweeps, filters, false, bias, least, {
      at: output.at,
      ...places,
    });
  }
}

function backward(run: InWorkspace, operation: string, dy: Tensor, cache: ConvolutionCache): WeightGradients {
  const { x, w, hasBias, geometry } = cache;
  sameDType(operation, { dy, x });
  expectShape(operation, "dy", dy, outputShape(x, w, geometry));
  const size = geometry.rows.output * geometry.columns.output;
  const gradients = run((workspace) => {
    const upstream = workspace.read(dy);
    const dw = weightGradient(workspace, convolutionOf(cache), workspace.read(x), upstream);
    if (!hasBias) return { dw };
    return { dw, db: biasGradient(workspace, x.shape[0], w.shape[0], size, upstream) };
  });
  return {
    ...gradients,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        inputGradient(workspace, convolutionOf(cache), workspace.read(w), workspace.read(dy), dx.at);
        return dx.tensor();
      });
    },
  };
}

interface ConvTransposeCache extends WeightCache {
  /** The convolution from the large maps back to the small ones. */
  readonly back: Convolution;
}

/** The forward is the convolution's backward to its input, plus the bias. */
function transposedForward(
  run: InWorkspace,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
  { outputs, rows = oneRow, columns, groups }: TransposedPlan,
  exact: boolean,
): { y: Tensor; cache: ConvTransposeCache } {
  const geometry = { rows, columns, groups, flip: false };
  const back = { shape: outputs, wShape: w.shape, geometry, exact };
  return run((workspace) => {
    const y = workspace.result(outputs);
    const cache = { x: workspace.keep(x), w: workspace.keep(w), hasBias: b !== undefined, back };
    inputGradient(workspace, back, workspace.read(cache.w), workspace.read(cache.x), y.at);
    const [maps, places] = [outputs[0] * outputs[1], sizeOf(outputs.slice(2))];
    if (b) workspace.machine.run("addBias", maps, 0, outputs[1], places, workspace.read(b), y.at);
    return { y: y.tensor(), cache };
  });
}

/** The backward to x is the convolution of dy; dw is the convolution's dw with x as its upstream gradient. */
function transposedBackward(
  run: InWorkspace,
  operation: string,
  dy: Tensor,
  { x, w, hasBias, back }: ConvTransposeCache,
): WeightGradients {
  sameDType(operation, { dy, x });
  expectShape(operation, "dy", dy, back.shape);
  const [batch, filters] = back.shape;
  return run((workspace) => {
    const dx = workspace.result(x.shape);
    const upstream = workspace.read(dy);
    convolve(workspace, back, upstream, workspace.read(w), 0, dx.at, leastOf(false));
    const gradients = { dx: dx.tensor(), dw: weightGradient(workspace, back, upstream, workspace.read(x)) };
    if (!hasBias) return gradients;
    return {
      ...gradients,
      db: biasGradient(workspace, batch, filters, sizeOf(back.shape.slice(2)), upstream),
    };
  });
}

/** db of a layer whose dy is batch × filters × size. */
export function biasGradient(
  workspace: Workspace,
  batch: number,
  filters: number,
  size: number,
  dy: number,
): Tensor {
  const [sums, db] = [workspace.space(2 * batch * filters), workspace.gradient([filters])];
  workspace.machine.run("mapSums", batch * filters, 0, size, dy, sums);
  workspace.machine.run("biasGradient", filters, 0, batch, filters, sums, db.at);
  return db.tensor();
}

function weightGradient(workspace: Workspace, it: Convolution, X: number, upstream: number): Tensor {
  const { rows, columns } = it.geometry;
  const batch = it.shape[0];
  const dw = workspace.gradient(it.wShape);
  for (const { input, filters, output } of groupsOf(it, X, dw.at, upstream)) {
    if (isWinograd(it)) {
      const [above, left] = [rows.before, columns.before];
      winograd.correlateWeights(workspace, batch, PARTS, input, above, left, filters, output, filters.at);
      const size = filters.count * filters.depth * filters.rows * filters.columns;
      if (workspace.machine.call.allFinite(size, filters.at) === 1) continue;
    }
    const sweeps = [forwardSweep(rows), forwardSweep(columns)] as const;
    const dy = { at: output.at, image: output.step };
    const parts = Math.min(PARTS, batch);
    direct.correlateWeights(workspace, batch, parts, input, ...sweeps, filters, dy, filters.at);
  }
  return dw.tensor();
}

function inputGradient(workspace: Workspace, it: Convolution, W: number, upstream: number, dx: number): void {
  const { rows, columns } = it.geometry;
  const batch = it.shape[0];
  if (rows.stride > 1 || columns.stride > 1) workspace.machine.run("clear", sizeOf(it.shape), 0, dx);
  for (const { input, filters, output } of groupsOf(it, dx, W, upstream)) {
    const [above, left] = [rows, columns].map(({ filter, before }) => filter - 1 - before);
    const isDone =
      isWinograd(it) &&
      winograd.correlate(workspace, batch, output, above, left, filters, true, 0, input, leastOf(false));
    if (!isDone) directInputGradient(workspace, batch, rows, columns, output, filters, input);
  }
}

/** At stride s, each of the s·s residues of the input's row and column is a separate convolution at stride 1. */
function directInputGradient(
  workspace: Workspace,
  batch: number,
  rows: Axis,
  columns: Axis,
  upstream: Maps,
  filters: Filters,
  dx: Maps,
): void {
  const map = dx.height * dx.width;
  for (let top = 0; top < Math.min(rows.stride, dx.height); top++) {
    for (let left = 0; left < Math.min(columns.stride, dx.width); left++) {
      const sweeps = [backwardSweep(rows, top), backwardSweep(columns, left)] as const;
      if (sweeps.some(({ taps }) => taps.length === 0)) continue; // no window sees these: they stay zero
      const at = dx.at + 4 * (top * dx.width + left);
      const places = { at, image: dx.step, map, row: rows.stride * dx.width, column: columns.stride };
      direct.correlate(workspace, batch, upstream, ...sweeps, filters, true, 0, leastOf(false), places);
    }
  }
}
