/** Winograd's convolution on the WASM kernels, for 3×3 and 5×5 filters at stride 1. assembly/winograd.ts explains it. */
import type { Filters, Maps } from "./direct.js";
import type { Scope } from "./scope.js";

/** Tiles that are handled together, by filter size: their 36 or 64 points stay in the second-level cache. */
const TILES = { 3: 64, 5: 64 };
/** Bytes that the transforms of filters need while they run. */
const FILTER_SCRATCH = 4096;

/** Tiles of 4×4 outputs. */
function tilesOf({ height, width }: { height: number; width: number }): number {
  return Math.ceil(height / 4) * Math.ceil(width / 4);
}

/** Images in a block of about TILES tiles. */
function blockOf(batch: number, size: number, { height, width }: { height: number; width: number }): number {
  return Math.max(1, Math.min(batch, Math.round(TILES[size as 3 | 5] / tilesOf({ height, width }))));
}

/**
 * Sweeps the filters over the maps.
 * @param above, left  padding; negative when rows or columns are cropped
 * @param back    false: maps are channels, outputs are filters; true: the other way round, each filter turned round
 * @param bias    address, or 0 for none
 */
export function correlate(
  scope: Scope,
  batch: number,
  maps: Maps,
  above: number,
  left: number,
  filters: Filters,
  back: boolean,
  bias: number,
  output: Maps,
): void {
  const { machine } = scope;
  const size = filters.rows;
  const block = blockOf(batch, size, output);
  const [filterBytes, channelBytes] = [4 * filters.depth * size * size, 4 * size * size];
  const strides = back ? [channelBytes, filterBytes] : [filterBytes, channelBytes];
  const flip = filters.flip !== back ? 1 : 0;
  const points = scope.space(pointBytes(scope, size, maps.count, output.count) / 4);
  const shape = [size, output.count, maps.count, filters.at, ...strides, flip];
  machine.run("winogradFilters", maps.count, FILTER_SCRATCH, ...shape, points);
  const { height: rows, width: columns } = output;
  const scratch = machine.call.winogradScratch(size, block, maps.count, output.count, rows, columns);
  const source = [maps.at, maps.step, maps.count, maps.height, maps.width, above, left];
  const target = [output.count, rows, columns, output.at, output.step];
  machine.run(
    "winograd",
    Math.ceil(batch / block),
    scratch,
    size,
    block,
    batch,
    ...source,
    points,
    bias,
    ...target,
  );
}

/**
 * dw of one group.
 * @param most  the images are summed in so many parts at most
 * @param dw    address of the group's first weight
 */
export function correlateWeights(
  scope: Scope,
  batch: number,
  most: number,
  maps: Maps,
  above: number,
  left: number,
  filters: Filters,
  upstream: Maps,
  dw: number,
): void {
  const { machine } = scope;
  const size = filters.rows;
  const block = blockOf(batch, size, upstream);
  const parts = Math.min(most, Math.ceil(batch / block));
  const { height: rows, width: columns } = upstream;
  const scratch = machine.call.winogradScratch(size, block, maps.count, filters.count, rows, columns);
  const sums = scope.space((parts * pointBytes(scope, size, maps.count, filters.count)) / 4);
  const source = [maps.at, maps.step, maps.count, maps.height, maps.width, above, left];
  const target = [upstream.at, upstream.step, filters.count, rows, columns, sums];
  machine.run("winogradWeights", parts, scratch, size, block, batch, parts, ...source, ...target);
  const shape = [size, filters.count, maps.count, parts, sums, filters.flip ? 1 : 0];
  machine.run("winogradFilterGradient", maps.count, FILTER_SCRATCH, ...shape, dw);
}

/** Bytes of rows × columns at all points, columns rounded up to eight. */
function pointBytes(scope: Scope, size: number, rows: number, columns: number): number {
  return scope.machine.call.winogradPointBytes(size, rows, 8 * Math.ceil(columns / 8));
}
