/**
 * Sum, average and global average pooling on one pair of WASM routines: sums over windows, with a factor for each position.
 * Lp pooling with p = 2 uses the same routines.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import {
  averageCounts,
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
} from "../../layers/pooling/average-pool.js";
import {
  globalAveragePoolBackward,
  globalAveragePoolForward,
} from "../../layers/pooling/global-average-pool.js";
import {
  LpPool1d,
  lpPool1dBackward,
  lpPool1dForward,
  LpPool2d,
  lpPool2dBackward,
  lpPool2dForward,
} from "../../layers/pooling/lp-pool.js";
import {
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../../layers/pooling/sum-pool.js";
import type { Layer } from "../../layers/layer.js";
import { windowsOver1d, windowsOver2d, type Windows } from "../../layers/pooling/windows.js";
import { oneRow, type Axis } from "../../layers/window.js";
import type { Route } from "../engine.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { InWorkspace, Workspace } from "./workspace.js";

const whole = vectors("window by window, sums in double");

/** The poolings that sum over a window. */
export const sumPools: readonly WasmRival[] = [
  ...rivals(
    sumPool1dForward,
    (run, x, options) => forward(run, x, ones(windowsOver1d("sumPool1d", x, options))),
    sumPool1dBackward,
    (run, dy, cache) => backward(run, "sumPool1dBackward", dy, cache),
    whole,
  ),
  ...rivals(
    sumPool2dForward,
    (run, x, options) => forward(run, x, ones(windowsOver2d("sumPool2d", x, options))),
    sumPool2dBackward,
    (run, dy, cache) => backward(run, "sumPool2dBackward", dy, cache),
    whole,
  ),
  ...rivals(
    averagePool1dForward,
    (run, x, options) =>
      forward(run, x, shares("averagePool1d", windowsOver1d("averagePool1d", x, options), options)),
    averagePool1dBackward,
    (run, dy, cache) => backward(run, "averagePool1dBackward", dy, cache),
    whole,
  ),
  ...rivals(
    averagePool2dForward,
    (run, x, options) =>
      forward(run, x, shares("averagePool2d", windowsOver2d("averagePool2d", x, options), options)),
    averagePool2dBackward,
    (run, dy, cache) => backward(run, "averagePool2dBackward", dy, cache),
    whole,
  ),
  ...rivals(
    globalAveragePoolForward,
    globalAverage,
    globalAveragePoolBackward,
    (run, dy, cache) => backward(run, "globalAveragePoolBackward", dy, cache),
    whole,
  ),
  ...rivals(
    lpPool1dForward,
    (run, x, options) =>
      isNorm(options) ? normForward(run, x, windowsOver1d("lpPool1d", x, options)) : undefined,
    lpPool1dBackward,
    (run, dy, cache) => normBackward(run, "lpPool1dBackward", dy, cache),
    lpRoute,
  ),
  ...rivals(
    lpPool2dForward,
    (run, x, options) =>
      isNorm(options) ? normForward(run, x, windowsOver2d("lpPool2d", x, options)) : undefined,
    lpPool2dBackward,
    (run, dy, cache) => normBackward(run, "lpPool2dBackward", dy, cache),
    lpRoute,
  ),
];

function lpRoute(layer: Layer): Route {
  const other = (layer instanceof LpPool1d || layer instanceof LpPool2d) && !isNorm(layer.options);
  if (!other) return whole();
  return { route: "reference", why: "powers other than 2 are computed by the loops of its own file" };
}

interface SumPoolCache {
  readonly windows: Windows;
  /** The factor of the window's sum at each position. */
  readonly factors: Float32Array;
}

interface Pooled {
  readonly y: Tensor;
  readonly cache: SumPoolCache;
}

/** One window, as large as the map. */
function globalAverage(run: InWorkspace, x: Tensor): Pooled {
  const places = sizeOf(x.shape.slice(2));
  if (x.shape.length < 3) globalAveragePoolForward(x); // throws the right error
  const columns: Axis = { ...oneRow, input: places, filter: places };
  const windows = { shape: x.shape, rows: oneRow, columns, outputs: x.shape.slice(0, 2) };
  return forward(run, x, { windows, factors: Float32Array.of(1 / places) });
}

interface NormPoolCache {
  readonly windows: Windows;
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Whether the routines compute such a pooling: for powers other than 2 the powers take most of the time. */
function isNorm({ power = 2 }: { power?: number }): boolean {
  return power === 2;
}

function normForward(run: InWorkspace, x: Tensor, windows: Windows): { y: Tensor; cache: NormPoolCache } {
  return run((workspace) => {
    const [y, kept] = [workspace.result(windows.outputs), workspace.keep(x)];
    gather(workspace, ones(windows), true, workspace.read(kept), y.at);
    const norms = y.tensor();
    return { y: norms, cache: { windows, x: kept, y: norms } };
  });
}

/** Each window adds dy/y to its pixels; each pixel's sum is then multiplied by its x. */
function normBackward(
  run: InWorkspace,
  operation: string,
  dy: Tensor,
  { windows, x, y }: NormPoolCache,
): { dx: Tensor } {
  sameDType(operation, { dy, y });
  expectShape(operation, "dy", dy, windows.outputs);
  return run((workspace) => {
    const [dx, quotients] = [workspace.result(windows.shape), workspace.space(y.size)];
    const { machine } = workspace;
    machine.run("divideElements", y.size, 0, workspace.read(dy), workspace.read(y), quotients);
    spread(workspace, ones(windows), quotients, dx.at);
    machine.run("multiplyElements", x.size, 0, workspace.read(x), dx.at, dx.at);
    return { dx: dx.tensor() };
  });
}

function ones(windows: Windows): SumPoolCache {
  return { windows, factors: new Float32Array(windows.rows.output * windows.columns.output).fill(1) };
}

function shares(
  operation: string,
  windows: Windows,
  { countPadding }: { countPadding?: boolean },
): SumPoolCache {
  return {
    windows,
    factors: Float32Array.from(averageCounts(operation, windows, countPadding), (m) => 1 / m),
  };
}

function forward(run: InWorkspace, x: Tensor, cache: SumPoolCache): Pooled {
  return run((workspace) => {
    const y = workspace.result(cache.windows.outputs);
    gather(workspace, cache, false, workspace.read(x), y.at);
    return { y: y.tensor(), cache };
  });
}

function backward(run: InWorkspace, operation: string, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  const { shape, outputs } = cache.windows;
  sameDType(operation, { dy, y: float });
  expectShape(operation, "dy", dy, outputs);
  return run((workspace) => {
    const dx = workspace.result(shape);
    spread(workspace, cache, workspace.read(dy), dx.at);
    return { dx: dx.tensor() };
  });
}

/** The windows' sums, or norms, times the factors. */
function gather(
  workspace: Workspace,
  { windows, factors }: SumPoolCache,
  norms: boolean,
  x: number,
  y: number,
): void {
  const given = [...extents(windows), Number(norms), workspace.numbers(bits(factors))];
  workspace.machine.run("sumPool", maps(windows.shape), 0, ...given, x, y);
}

/** Adds each window's number, times its factor, to all its pixels. */
function spread(workspace: Workspace, { windows, factors }: SumPoolCache, dy: number, dx: number): void {
  const given = [...extents(windows), workspace.numbers(bits(factors))];
  workspace.machine.run("sumPoolBack", maps(windows.shape), 0, ...given, dy, dx);
}

/** An empty float32 tensor, for the check of dy's dtype. */
const float = wrap(new Float32Array(0), [0]);

const maps = ([batch, channels]: Shape): number => batch * channels;

function extents({ rows, columns }: Windows): number[] {
  return (["input", "output", "filter", "stride", "dilation", "before"] as const).flatMap((key) => [
    rows[key],
    columns[key],
  ]);
}

function bits(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
