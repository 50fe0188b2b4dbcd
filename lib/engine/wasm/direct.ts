/** Direct convolution on the WASM routines, with any stride, padding, dilation and groups; see assembly/direct.ts. */
import type { Axis } from "../../layers/window.js";
import type { Workspace } from "./workspace.js";

/** Maps of a batch of images in memory. */
export interface Maps {
  readonly at: number;
  /** Floats from one image to the next. */
  readonly step: number;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** How windows move along one axis: output o reads with each tap the input o·stride + shift − before. */
export interface Sweep {
  readonly outputs: number;
  readonly stride: number;
  readonly before: number;
  readonly taps: readonly { readonly index: number; readonly shift: number }[];
}

/** The memory layout of one group's filters, and the weight of a filter for each row tap and column tap. */
export interface Filters {
  readonly at: number;
  readonly depth: number;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly flip: boolean;
}

export function forwardSweep({ output, stride, before, filter, dilation }: Axis): Sweep {
  const taps = Array.from({ length: filter }, (_, index) => ({ index, shift: index * dilation }));
  return { outputs: output, stride, before, taps };
}

/**
 * The sweep of the inputs phase, phase + stride, … back over the outputs. Output (u + before − tap·dilation)/stride read
 * input u through the taps for which this is whole. For all these inputs the taps are the same, and from one input to the
 * next the output index grows by one.
 */
export function backwardSweep({ input, stride, before, filter, dilation }: Axis, phase: number): Sweep {
  const seen = Array.from({ length: filter }, (_, index) => ({
    index,
    shift: (phase + before - index * dilation) / stride,
  })).filter(({ shift }) => Number.isInteger(shift));
  const first = Math.min(...seen.map(({ shift }) => shift));
  const taps = seen.map(({ index, shift }) => ({ index, shift: shift - first }));
  return { outputs: Math.ceil((input - phase) / stride), stride: 1, before: -first, taps };
}

/** The padded buffer that a routine copies each image into, and the position of each tap in it and in a filter. */
interface Layout {
  readonly paddedRows: number;
  /** Floats of one of the runs that a row's columns are dealt into; there are as many runs as the column stride. */
  readonly run: number;
  readonly padded: number;
  readonly rowStep: number;
  /** For each map, row tap and column tap, in bytes. */
  readonly image: Int32Array;
  /** The same for the weights; `back` reads them as filters of the channels over the filters. */
  readonly weights: Int32Array;
}

function layOut(maps: number, rows: Sweep, columns: Sweep, filters: Filters, back: boolean): Layout {
  const reach = (taps: Sweep["taps"]): number => Math.max(...taps.map(({ shift }) => shift));
  const paddedRows = (rows.outputs - 1) * rows.stride + reach(rows.taps) + 1;
  const run = columns.outputs + Math.floor(reach(columns.taps) / columns.stride);
  const line = run * columns.stride;
  const count = maps * rows.taps.length * columns.taps.length;
  const [image, weights] = [new Int32Array(count), new Int32Array(count)];
  const size = filters.rows * filters.columns;
  let entry = 0;
  for (let map = 0; map < maps; map++) {
    for (const row of rows.taps) {
      for (const column of columns.taps) {
        const dealt = (column.shift % columns.stride) * run + Math.floor(column.shift / columns.stride);
        image[entry] = 4 * ((map * paddedRows + row.shift) * line + dealt);
        const tap = row.index * filters.columns + column.index;
        const filter = map * (back ? filters.depth : 1) * size;
        weights[entry++] = 4 * (filter + (filters.flip ? size - 1 - tap : tap));
      }
    }
  }
  // The last tile of the last row reads up to seven columns too far.
  return {
    paddedRows,
    run,
    padded: maps * paddedRows * line + 8,
    rowStep: rows.stride * line,
    image,
    weights,
  };
}

/**
 * Sweeps the filters over the maps.
 * @param back    false: maps are channels, outputs are filters; true: the other way round
 * @param bias    address, or 0 for none
 * @param least   −∞, or 0 for the ReLU of the outputs
 * @param output  address; floats from one image, map, row and column to the next
 */
export function correlate(
  workspace: Workspace,
  batch: number,
  maps: Maps,
  rows: Sweep,
  columns: Sweep,
  filters: Filters,
  back: boolean,
  bias: number,
  least: number,
  output: { at: number; image: number; map: number; row: number; column: number },
): void {
  const layout = layOut(maps.count, rows, columns, filters, back);
  const taps = layout.image.length;
  const results = back ? filters.depth : filters.count;
  const rowBytes = 4 * filters.rows * filters.columns * (back ? 1 : filters.depth);
  const panels = workspace.space(Math.ceil(results / 4) * 4 * taps);
  const [image, weights] = [workspace.numbers(layout.image), workspace.numbers(layout.weights)];
  workspace.machine.call.packWeights(results, taps, filters.at, rowBytes, weights, panels);
  const { paddedRows, run, padded, rowStep } = layout;
  const { at, step, count, height, width } = maps;
  const source = [at, step, count, height, width, rows.before, columns.before];
  const window = [paddedRows, run, columns.stride, padded, image, taps];
  const shape = [results, rows.outputs, columns.outputs, rowStep];
  const target = [output.at, output.image, output.map, output.row, output.column];
  const scratch = 128 + 4 * padded;
  workspace.machine.run(
    "direct",
    batch,
    scratch,
    ...source,
    ...window,
    panels,
    bias,
    ...shape,
    ...target,
    least,
  );
}

/**
 * dw of one group.
 * @param parts     the number of parts in which the images are summed
 * @param upstream  address of dy's first map of the group, and floats from one image to the next
 * @param dw        address of the group's first weight
 */
export function correlateWeights(
  workspace: Workspace,
  batch: number,
  parts: number,
  maps: Maps,
  rows: Sweep,
  columns: Sweep,
  filters: Filters,
  upstream: { at: number; image: number },
  dw: number,
): void {
  const layout = layOut(maps.count, rows, columns, filters, false);
  const taps = layout.image.length;
  const sums = workspace.space(parts * taps * Math.ceil(filters.count / 8) * 8);
  const [image, places] = [workspace.numbers(layout.image), workspace.numbers(layout.weights)];
  const { paddedRows, run, padded, rowStep } = layout;
  const { at, step, count, height, width } = maps;
  const source = [at, step, count, height, width, rows.before, columns.before];
  const window = [paddedRows, run, columns.stride, padded, image, taps];
  const shape = [filters.count, rows.outputs, columns.outputs, rowStep];
  const scratch = 4 * (padded + Math.ceil(filters.count / 8) * 8 * rows.outputs * columns.outputs);
  const target = [upstream.at, upstream.image, sums];
  workspace.machine.run(
    "directWeights",
    parts,
    scratch,
    batch,
    parts,
    ...source,
    ...window,
    ...shape,
    ...target,
  );
  workspace.machine.run("gatherWeights", filters.count, 0, parts, taps, filters.count, sums, places, dw);
}
