/**
 * Sum, average and global average pooling on one pair of WASM kernels, sums over windows with a factor for each place;
 * and Lp pooling with p = 2, which is made of the same.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import {
  averageCounts,
  type AveragePool1dOptions,
  type AveragePool2dOptions,
} from "../../layers/pooling/average-pool.js";
import { globalAveragePoolForward as plainGlobal } from "../../layers/pooling/global-average-pool.js";
import {
  lpPool1dBackward as plainLpPool1dBackward,
  lpPool1dForward as plainLpPool1d,
  lpPool2dBackward as plainLpPool2dBackward,
  lpPool2dForward as plainLpPool2d,
  type LpPool1dOptions,
  type LpPool2dOptions,
  type LpPoolCache,
} from "../../layers/pooling/lp-pool.js";
import {
  windowsOver1d,
  windowsOver2d,
  type Pool1dOptions,
  type Pool2dOptions,
  type Windows,
} from "../../layers/pooling/windows.js";
import type { Axis } from "../../layers/window.js";
import { oneRow } from "./convolution.js";
import type { Run, Scope } from "./scope.js";

export interface SumPoolCache {
  readonly windows: Windows;
  /** What the sum over the window at each place is multiplied by. */
  readonly factors: Float32Array;
}

interface Pooled {
  readonly y: Tensor;
  readonly cache: SumPoolCache;
}

export function sumPool1dForward(run: Run, x: Tensor, options: Pool1dOptions): Pooled {
  return forward(run, x, ones(windowsOver1d("sumPool1d", x, options)));
}

export function sumPool2dForward(run: Run, x: Tensor, options: Pool2dOptions): Pooled {
  return forward(run, x, ones(windowsOver2d("sumPool2d", x, options)));
}

export function averagePool1dForward(run: Run, x: Tensor, options: AveragePool1dOptions): Pooled {
  return forward(run, x, shares("averagePool1d", windowsOver1d("averagePool1d", x, options), options));
}

export function averagePool2dForward(run: Run, x: Tensor, options: AveragePool2dOptions): Pooled {
  return forward(run, x, shares("averagePool2d", windowsOver2d("averagePool2d", x, options), options));
}

/** One window, as large as the map. */
export function globalAveragePoolForward(run: Run, x: Tensor): Pooled {
  const places = sizeOf(x.shape.slice(2));
  if (x.shape.length < 3) plainGlobal(x); // says what is wrong
  const columns: Axis = { ...oneRow, input: places, filter: places };
  const windows = { shape: x.shape, rows: oneRow, columns, outputs: x.shape.slice(0, 2) };
  return forward(run, x, { windows, factors: Float32Array.of(1 / places) });
}

export function sumPool1dBackward(run: Run, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward(run, "sumPool1dBackward", dy, cache);
}

export function sumPool2dBackward(run: Run, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward(run, "sumPool2dBackward", dy, cache);
}

export function averagePool1dBackward(run: Run, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward(run, "averagePool1dBackward", dy, cache);
}

export function averagePool2dBackward(run: Run, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward(run, "averagePool2dBackward", dy, cache);
}

export function globalAveragePoolBackward(run: Run, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  return backward(run, "globalAveragePoolBackward", dy, cache);
}

export interface NormPoolCache {
  readonly windows: Windows;
  readonly x: Tensor;
  readonly y: Tensor;
}

export function lpPool1dForward(
  run: Run,
  x: Tensor,
  options: LpPool1dOptions,
): { y: Tensor; cache: NormPoolCache | LpPoolCache } {
  if (!isNorm(options)) return plainLpPool1d(x, options);
  return normForward(run, x, windowsOver1d("lpPool1d", x, options));
}

export function lpPool2dForward(
  run: Run,
  x: Tensor,
  options: LpPool2dOptions,
): { y: Tensor; cache: NormPoolCache | LpPoolCache } {
  if (!isNorm(options)) return plainLpPool2d(x, options);
  return normForward(run, x, windowsOver2d("lpPool2d", x, options));
}

export function lpPool1dBackward(run: Run, dy: Tensor, cache: NormPoolCache | LpPoolCache): { dx: Tensor } {
  return "y" in cache ? normBackward(run, "lpPool1dBackward", dy, cache) : plainLpPool1dBackward(dy, cache);
}

export function lpPool2dBackward(run: Run, dy: Tensor, cache: NormPoolCache | LpPoolCache): { dx: Tensor } {
  return "y" in cache ? normBackward(run, "lpPool2dBackward", dy, cache) : plainLpPool2dBackward(dy, cache);
}

/** Whether the kernels compute such a pooling: powers other than 2 take most of their time in the powers. */
export function isNorm({ power = 2 }: { power?: number }): boolean {
  return power === 2;
}

function normForward(run: Run, x: Tensor, windows: Windows): { y: Tensor; cache: NormPoolCache } {
  return run((scope) => {
    const [y, kept] = [scope.result(windows.outputs), scope.keep(x)];
    gather(scope, ones(windows), true, scope.read(kept), y.at);
    const norms = y.tensor();
    return { y: norms, cache: { windows, x: kept, y: norms } };
  });
}

/** Each window hands its pixels dy/y, and each pixel x takes x times what it was handed. */
function normBackward(
  run: Run,
  operation: string,
  dy: Tensor,
  { windows, x, y }: NormPoolCache,
): { dx: Tensor } {
  sameDType(operation, { dy, y });
  expectShape(operation, "dy", dy, windows.outputs);
  return run((scope) => {
    const [dx, quotients] = [scope.result(windows.shape), scope.space(y.size)];
    const { machine } = scope;
    machine.run("divideElements", y.size, 0, scope.read(dy), scope.read(y), quotients);
    spread(scope, ones(windows), quotients, dx.at);
    machine.run("multiplyElements", x.size, 0, scope.read(x), dx.at, dx.at);
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

function forward(run: Run, x: Tensor, cache: SumPoolCache): Pooled {
  return run((scope) => {
    const y = scope.result(cache.windows.outputs);
    gather(scope, cache, false, scope.read(x), y.at);
    return { y: y.tensor(), cache };
  });
}

function backward(run: Run, operation: string, dy: Tensor, cache: SumPoolCache): { dx: Tensor } {
  const { shape, outputs } = cache.windows;
  sameDType(operation, { dy, y: float });
  expectShape(operation, "dy", dy, outputs);
  return run((scope) => {
    const dx = scope.result(shape);
    spread(scope, cache, scope.read(dy), dx.at);
    return { dx: dx.tensor() };
  });
}

/** The windows' sums, or norms, times the factors. */
function gather(
  scope: Scope,
  { windows, factors }: SumPoolCache,
  norms: boolean,
  x: number,
  y: number,
): void {
  const given = [...extents(windows), Number(norms), scope.numbers(bits(factors))];
  scope.machine.run("sumPool", maps(windows.shape), 0, ...given, x, y);
}

/** Hands what stands for each window, times its factor, to all its pixels. */
function spread(scope: Scope, { windows, factors }: SumPoolCache, dy: number, dx: number): void {
  const given = [...extents(windows), scope.numbers(bits(factors))];
  scope.machine.run("sumPoolBack", maps(windows.shape), 0, ...given, dy, dx);
}

/** What dy must be like. */
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
