/**
 * The forward and backward of convolution layers, built from the products in correlate.ts. A signal is an image one row high,
 * so conv1d and conv2d are the same functions here.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../../layers/accumulate.js";
import { checkFilters } from "../../layers/convolution/channels.js";
import { conv1dBackward, conv1dForward, conv1dGeometry } from "../../layers/convolution/conv1d.js";
import { conv2dBackward, conv2dForward, conv2dGeometry } from "../../layers/convolution/conv2d.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { oneRow, type Axis } from "../../layers/window.js";
import type { RivalEntry } from "../engine.js";
import { rivals } from "../rivals.js";
import { correlate, correlateWeights, layWindow, padded, padInto, panels, scatter } from "./correlate.js";
import { wide } from "./wide.js";

/** The cache of a forward, for both conv1d and conv2d. */
interface ConvolutionCache extends WeightCache {
  readonly geometry: {
    readonly rows: Axis;
    readonly columns: Axis;
    readonly groups: number;
    readonly flip: boolean;
  };
}

/** Convolutions of signals and of images. */
export const convolutions: readonly RivalEntry[] = [
  ...rivals(
    conv1dForward,
    (x, w, b, options) => {
      checkFilters("conv1d", x, w, b);
      const { axis, groups, flip } = conv1dGeometry(x.shape, w.shape, options);
      const geometry = { rows: oneRow, columns: axis, groups, flip };
      return forward(b, { x, w, hasBias: b !== undefined, geometry });
    },
    conv1dBackward,
    (dy, cache) => backward("conv1dBackward", dy, cache),
  ),
  ...rivals(
    conv2dForward,
    (x, w, b, options) => {
      checkFilters("conv2d", x, w, b);
      const geometry = conv2dGeometry(x.shape, w.shape, options);
      return forward(b, { x, w, hasBias: b !== undefined, geometry });
    },
    conv2dBackward,
    (dy, cache) => backward("conv2dBackward", dy, cache),
  ),
];

function forward(b: Tensor | undefined, cache: ConvolutionCache): { y: Tensor; cache: ConvolutionCache } {
  const { x, w, geometry } = cache;
  const { rows, columns, groups, flip } = geometry;
  const { batch, depth, filters, taps, size } = extents(cache);
  const [X, W, B] = [wide(x), wide(w), b && wide(b)];
  const Y = new Float64Array(batch * groups * filters * size);
  const window = layWindow(depth, rows, columns);
  const image = padded(depth, window);
  const weights = eachGroup(groups, (g) =>
    panels(
      W,
      filters,
      depth * taps,
      (f, at) => (g * filters + f) * depth * taps + (flip ? mirrored(at, taps) : at),
    ),
  );
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++) {
      const map = n * groups + g;
      const shape = [depth, rows.input, columns.input] as const;
      padInto(image, window, X, map * depth * rows.input * columns.input, shape, rows.before, columns.before);
      correlate(image, window, weights[g], filters, B, g * filters, Y, map * filters * size);
    }
  }
  return { y: rounded(Y, outputShape(cache), x.dtype), cache };
}

function backward(operation: string, dy: Tensor, cache: ConvolutionCache): WeightGradients {
  const { x, w, hasBias } = cache;
  sameDType(operation, { dy, x });
  expectShape(operation, "dy", dy, outputShape(cache));
  const [X, W, dY] = [wide(x), wide(w), wide(dy)];
  const { rows, columns } = cache.geometry;
  return {
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      const unit = rows.stride === 1 && columns.stride === 1;
      return rounded((unit ? correlateBack : scatterBack)(W, dY, cache), x.shape, x.dtype);
    },
    dw: rounded(weightGradient(X, dY, cache), w.shape, x.dtype),
    ...(hasBias && { db: rounded(biasGradient(dY, cache), [w.shape[0]], x.dtype) }),
  };
}

/** At stride 1, dx is itself a correlation of dy: with the filters reversed, and with channels and filters exchanged. */
function correlateBack(W: Float64Array, dY: Float64Array, cache: ConvolutionCache): Float64Array {
  const { rows, columns, groups, flip } = cache.geometry;
  const { batch, depth, filters, taps, size } = extents(cache);
  const back = (axis: Axis): Axis => ({ ...axis, output: axis.input });
  const window = layWindow(filters, back(rows), back(columns));
  const image = padded(filters, window);
  const weights = eachGroup(groups, (g) =>
    panels(W, depth, filters * taps, (c, at) => {
      const f = Math.floor(at / taps);
      const tap = at % taps;
      return ((g * filters + f) * depth + c) * taps + (flip ? tap : taps - 1 - tap);
    }),
  );
  const dX = new Float64Array(batch * groups * depth * rows.input * columns.input);
  const [top, left] = [rows, columns].map((axis) => (axis.filter - 1) * axis.dilation - axis.before);
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++) {
      const map = n * groups + g;
      padInto(image, window, dY, map * filters * size, [filters, rows.output, columns.output], top, left);
      correlate(image, window, weights[g], depth, undefined, 0, dX, map * depth * rows.input * columns.input);
    }
  }
  return dX;
}

/** At other strides every window adds to the elements that it read. */
function scatterBack(W: Float64Array, dY: Float64Array, cache: ConvolutionCache): Float64Array {
  const { rows, columns, groups, flip } = cache.geometry;
  const { batch, depth, filters, taps, size } = extents(cache);
  const window = layWindow(depth, rows, columns);
  const image = padded(depth, window);
  const weights = eachGroup(groups, (g) =>
    panels(
      W,
      depth * taps,
      filters,
      (at, f) => (g * filters + f) * depth * taps + (flip ? mirrored(at, taps) : at),
    ),
  );
  const [height, width] = [rows.input, columns.input];
  const dX = new Float64Array(batch * groups * depth * height * width);
  for (let map = 0; map < batch * groups; map++) {
    image.fill(0);
    scatter(image, window, weights[map % groups], filters, dY, map * filters * size);
    for (let c = 0; c < depth; c++) {
      for (let h = 0; h < Math.min(height, window.height - rows.before); h++) {
        const read = (c * window.height + h + rows.before) * window.width + columns.before;
        const write = ((map * depth + c) * height + h) * width;
        const end = Math.min(width, window.width - columns.before);
        for (let v = 0; v < end; v++) dX[write + v] = image[read + v];
      }
    }
  }
  return dX;
}

function weightGradient(X: Float64Array, dY: Float64Array, cache: ConvolutionCache): Float64Array {
  const { rows, columns, groups, flip } = cache.geometry;
  const { batch, depth, filters, taps, size } = extents(cache);
  const window = layWindow(depth, rows, columns);
  const image = padded(depth, window);
  const dW = new Float64Array(groups * filters * depth * taps);
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++) {
      const map = n * groups + g;
      const shape = [depth, rows.input, columns.input] as const;
      padInto(image, window, X, map * depth * rows.input * columns.input, shape, rows.before, columns.before);
      const upstream = panels(dY, filters, size, (f, at) => (map * filters + f) * size + at);
      correlateWeights(image, window, upstream, filters, dW, g * filters * depth * taps);
    }
  }
  if (flip) for (let from = 0; from < dW.length; from += taps) dW.subarray(from, from + taps).reverse();
  return dW;
}

function biasGradient(dY: Float64Array, cache: ConvolutionCache): Float64Array {
  const { batch, filters, size } = extents(cache);
  const maps = filters * cache.geometry.groups;
  const dB = new Float64Array(maps);
  for (let map = 0, at = 0; map < batch * maps; map++) {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += dY[at];
    dB[map % maps] += sum;
  }
  return dB;
}

/** The counts of the loops; depth and filters are those of one group. */
function extents({ x, w, geometry: { rows, columns, groups } }: ConvolutionCache): {
  batch: number;
  depth: number;
  filters: number;
  taps: number;
  size: number;
} {
  return {
    batch: x.shape[0],
    depth: w.shape[1],
    filters: w.shape[0] / groups,
    taps: rows.filter * columns.filter,
    size: rows.output * columns.output,
  };
}

function outputShape({ x, w, geometry: { rows, columns } }: ConvolutionCache): Shape {
  const places = x.shape.length === 3 ? [columns.output] : [rows.output, columns.output];
  return [x.shape[0], w.shape[0], ...places];
}

/** The position of a tap in a filter that is reversed, channel by channel. */
function mirrored(at: number, taps: number): number {
  const tap = at % taps;
  return at - tap + taps - 1 - tap;
}

function eachGroup<T>(groups: number, make: (group: number) => T): T[] {
  return Array.from({ length: groups }, (_, group) => make(group));
}
