/** Winograd's convolution on the WASM routines, for 3×3 and 5×5 filters at stride 1; see assembly/winograd.ts. */
import type { Filters, Maps } from "./direct.js";
import type { Workspace } from "./workspace.js";

/** The number of tiles computed together: their 36 or 64 points stay in the second-level cache. */
const TILES = 64;
/** Bytes that the transforms of filters need while they run. */
const FILTER_SCRATCH = 4096;

/** A batch divided into pieces of about TILES tiles of 4×4 outputs: some images at a time, or bands of a large image. */
interface Pieces {
  /** How many pieces are computed together. */
  readonly block: number;
  /** Rows of tiles in a piece. */
  readonly band: number;
  /** How many pieces the batch has. */
  readonly count: number;
}

/** @param least  the least number of bands of an image, if it has that many rows of tiles */
function piecesOf(batch: number, { height, width }: { height: number; width: number }, least = 1): Pieces {
  const [rows, columns] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const bands = Math.max(Math.min(least, rows), Math.round((rows * columns) / TILES));
  const band = Math.max(1, Math.ceil(rows / Math.max(1, bands)));
  if (band < rows) return { block: 1, band, count: batch * Math.ceil(rows / band) };
  const block = Math.max(1, Math.min(batch, Math.round(TILES / (rows * columns))));
  return { block, band, count: batch };
}

/**
 * Sweeps the filters over the maps.
 * @param above, left  padding; negative when rows or columns are cropped
 * @param back    false: maps are channels, outputs are filters; true: the other way round, with each filter reversed
 * @param bias    address, or 0 for none
 * @param least   −∞, or 0 for the ReLU of the outputs
 * @returns whether all outputs are finite; if not, neighbours of such outputs may be wrong too
 */
export function correlate(
  workspace: Workspace,
  batch: number,
  maps: Maps,
  above: number,
  left: number,
  filters: Filters,
  back: boolean,
  bias: number,
  output: Maps,
  least: number,
): boolean {
  const { machine } = workspace;
  const size = filters.rows;
  // If there are fewer images than threads, each thread takes a part of every image; this changes no result.
  const { block, band, count } = piecesOf(batch, output, batch < machine.threads ? machine.threads : 1);
  const [filterBytes, channelBytes] = [4 * filters.depth * size * size, 4 * size * size];
  const strides = back ? [channelBytes, filterBytes] : [filterBytes, channelBytes];
  const flip = filters.flip !== back ? 1 : 0;
  const points = workspace.space(pointBytes(workspace, size, maps.count, output.count) / 4);
  const shape = [size, output.count, maps.count, filters.at, ...strides, flip];
  machine.run("winogradFilters", maps.count, FILTER_SCRATCH, ...shape, points);
  const { height: rows, width: columns } = output;
  const scratch = machine.call.winogradScratch(size, block, band, maps.count, output.count, rows, columns);
  const source = [maps.at, maps.step, maps.count, maps.height, maps.width, above, left];
  const target = [output.count, rows, columns, output.at, output.step];
  const blocks = [size, block, band, batch];
  const odd = workspace.space(1);
  machine.integers(odd, 1)[0] = 0;
  const whole = Math.ceil(count / block);
  machine.run("winograd", whole, scratch, ...blocks, ...source, points, bias, ...target, odd, least);
  return machine.integers(odd, 1)[0] === 0;
}

/**
 * dw of one group.
 * @param most  the largest number of parts in which the images are summed
 * @param dw    address of the group's first weight
 */
export function correlateWeights(
  workspace: Workspace,
  batch: number,
  most: number,
  maps: Maps,
  above: number,
  left: number,
  filters: Filters,
  upstream: Maps,
  dw: number,
): void {
  const { machine } = workspace;
  const size = filters.rows;
  const { block, band, count } = piecesOf(batch, upstream);
  const parts = Math.min(most, Math.ceil(count / block));
  const { height: rows, width: columns } = upstream;
  const scratch = machine.call.winogradScratch(size, block, band, maps.count, filters.count, rows, columns);
  const sums = workspace.space((parts * pointBytes(workspace, size, maps.count, filters.count)) / 4);
  const source = [maps.at, maps.step, maps.count, maps.height, maps.width, above, left];
  const target = [upstream.at, upstream.step, filters.count, rows, columns, sums];
  machine.run("winogradWeights", parts, scratch, size, block, band, batch, parts, ...source, ...target);
  const shape = [size, filters.count, maps.count, parts, sums, filters.flip ? 1 : 0];
  machine.run("winogradFilterGradient", maps.count, FILTER_SCRATCH, ...shape, dw);
}

/** The bytes of rows × columns numbers at all points, with columns rounded up to eight. */
function pointBytes(workspace: Workspace, size: number, rows: number, columns: number): number {
  return workspace.machine.call.winogradPointBytes(size, rows, 8 * Math.ceil(columns / 8));
}
