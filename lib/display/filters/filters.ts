/** The filters of a convolution as pictures, in colour or in blue and orange; also several groups side by side. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { dtypeOf, flat, reshape, sizeOf, wrap, zeros, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import { showCount, showNumber, showOddities, showPlural, summarize } from "../figure/numbers.js";
import {
  colorize,
  colorizeRgb,
  fitRaster,
  strip,
  montage,
  planesOf,
  type ColorScale,
  type Planes,
  type Raster,
} from "../figure/pixels.js";
import { strongestWave } from "../../signal/spectrum.js";
import { fitText, image, INK, text, textWidth } from "../figure/svg.js";

/** Anything with weights `w`, such as a Conv2d. */
export interface HasWeights {
  readonly parameters: Readonly<Record<string, Tensor | { readonly value: Tensor }>>;
}

/** How `filters` scales, sorts and arranges the filters, and how many it draws. */
export interface FiltersOptions {
  readonly title?: string;
  /**
   * "shared": all filters on one scale, so that weak ones look weak. "each": every filter on its own scale, so that its
   * shape can be seen even if it is weak.
   */
  readonly scale?: "shared" | "each";
  /**
   * The order of the filters: "response" (the largest response to an input of norm 1, which is the filter's own norm, comes
   * first), "orientation" or "frequency" (of the strongest wave in the filter's spectrum, ascending). Unless given, the order
   * is not changed. Several groups get the same order, that of the last group.
   */
  readonly sort?: "response" | "orientation" | "frequency";
  /** Filters in a row. */
  readonly columns?: number;
  /** The most CSS pixels of a filter's longer side; each weight becomes a whole number of them. */
  readonly side?: number;
  /** How many filters to draw at most; 256. */
  readonly limit?: number;
  /** Draws the rows of a matrix (F×D, such as a Linear's weights) as pictures of this shape, C×H×W. */
  readonly imageShape?: readonly [number, number, number];
}

/**
 * Draws filters F×C×K×K. One channel is drawn in blue (negative), white (zero) and orange (positive); three channels are
 * drawn in colour, where grey is zero; otherwise each filter is a row with one column for each channel.
 *
 *     filters(net.get("conv1"))
 *     filters({ before, after: net.get("conv1") })     // side by side on one scale
 *
 * @param weights  a tensor, a layer, or several of them by name; F×C×K (one dimension) is drawn as strips
 * @throws ShapeError when it is not a stack of filters, ValueError when a layer has no weights
 */
export function filters(
  weights: Tensor | HasWeights | Readonly<Record<string, Tensor | HasWeights>>,
  options: FiltersOptions = {},
): Figure {
  const groups = inOrder(groupsOf(weights), options).map(([name, w]) => ({
    name,
    planes: read(w, options.imageShape),
    w,
  }));
  if (groups.length === 0) throw new ValueError("filters: nothing to draw; give a tensor or a layer.");
  const { scale: mode = "shared", limit = 256 } = options;
  const reach = reachOf(groups.map(({ w }) => flat(w)));
  const shared: ColorScale = { kind: "diverging", low: -reach, high: reach };
  const drawn = groups.map((group) => ({
    ...group,
    ...draw(group.planes, shared, { ...options, scale: mode, limit }),
  }));
  const odd = groups.map(({ w }) => showOddities(summarize(flat(w)))).filter(Boolean);
  const sentences = drawn.map(({ name, planes, w, shown }) =>
    describe(groups.length > 1 ? name : "", planes, w, shown),
  );
  const rgb = groups.every(({ planes }) => planes.channels === 3);
  const key = rgb
    ? `Red, green and blue are the three channels; mid-grey is zero.`
    : `Blue is negative, white is zero, orange is positive.`;
  const sorted = options.sort === undefined ? "" : `Sorted by ${options.sort}.`;
  const grid = groups.some(({ planes: { channels } }) => channels !== 1 && channels !== 3)
    ? "Rows are filters, columns channels."
    : "";
  const scaleWords =
    mode === "each" ? "Each filter has its own scale." : rgb ? `Full colour is ±${showNumber(reach)}.` : "";
  const sentence = [...sentences, grid, sorted, key, scaleWords].filter(Boolean).join(" ");
  const heading = groups.length > 1 ? 20 : 0;
  const { places, width, height } = sideBySide(
    drawn.map(({ name, picture }) => ({
      width: Math.max(picture.width, heading && Math.min(120, textWidth(name, 12, true))),
      height: picture.height + heading,
    })),
  );
  const withBar = !rgb && mode === "shared";
  const svg = frame(
    {
      title: options.title,
      subtitle: drawn.length === 1 ? sentences[0] : undefined,
      note: [grid, sorted, key, scaleWords, odd.length > 0 ? `Magenta: ${odd.join("; ")}.` : ""]
        .filter(Boolean)
        .join(" "),
      width: Math.max(width, withBar ? 180 : 0),
      height: height + (withBar ? 12 + BAR_HEIGHT : 0),
      alt: sentence,
    },
    (left, top) => {
      const parts: string[] = [];
      drawn.forEach(({ name, picture }, i) => {
        const [x, y] = [left + places[i].x, top + places[i].y];
        if (heading)
          parts.push(text(x, y + 12, fitText(name, Math.max(picture.width, 120), 12, true), { bold: true }));
        parts.push(image(x, y + heading, picture.width, picture.height, picture));
      });
      if (withBar) parts.push(...colorBar(left, top + height + 12, shared));
      return parts;
    },
  );
  // In coloured filters the shapes matter; untrained ones are noise, whose shades nobody compares.
  return new Figure({
    alt: sentence,
    text: [options.title, sentence].filter(Boolean).join("\n"),
    svg,
    tolerance: 9,
  });
}

/** The width of a notebook's column, in CSS pixels. */
const COLUMN = 760;
const GAP = 28;

/** Places boxes side by side while they fit into a notebook's column, then in a new row. */
function sideBySide(boxes: readonly { width: number; height: number }[]): {
  places: { x: number; y: number }[];
  width: number;
  height: number;
} {
  const places: { x: number; y: number }[] = [];
  let [x, y, rowHeight, widest] = [0, 0, 0, 0];
  for (const { width, height } of boxes) {
    if (x > 0 && x + width > COLUMN) [x, y, rowHeight] = [0, y + rowHeight + GAP / 2, 0];
    places.push({ x, y });
    widest = Math.max(widest, x + width);
    rowHeight = Math.max(rowHeight, height);
    x += width + GAP;
  }
  return { places, width: widest, height: y + rowHeight };
}

/**
 * Only the filters, as pixels, for a figure that shows other things too.
 * @param side  the most pixels of one filter's longer side
 */
export function filterMontage(weights: Tensor, side: number, columns: number, limit: number): Raster {
  const reach = reachOf([flat(weights)]);
  const scale: ColorScale = { kind: "diverging", low: -reach, high: reach };
  return draw(read(weights), scale, { scale: "shared", side, columns, limit }).picture;
}

function groupsOf(
  weights: Tensor | HasWeights | Readonly<Record<string, Tensor | HasWeights>>,
): [string, Tensor][] {
  if (isTensor(weights) || hasWeights(weights)) return [["", weightsOf("filters", weights)]];
  return Object.entries(weights).map(([name, one]) => [name, weightsOf("filters", one)]);
}

/** The groups, with their filters in the requested order. */
function inOrder(groups: [string, Tensor][], { sort, imageShape }: FiltersOptions): [string, Tensor][] {
  const last = groups.at(-1)?.[1];
  if (sort === undefined || last === undefined) return groups;
  const shape = imageShape ?? last.shape.slice(1);
  // A filter of one dimension is a picture one row high.
  const picture = shape.length === 2 ? [shape[0], 1, shape[1]] : shape;
  const size = sizeOf(picture);
  const values = flat(last);
  const keys = Array.from({ length: last.shape[0] }, (_, f) => {
    const filter = values.subarray(f * size, (f + 1) * size);
    if (!filter.every(Number.isFinite)) return Infinity; // after all others
    if (sort === "response") return -Math.hypot(...filter);
    return strongestWave(wrap(filter, picture))[sort];
  });
  const order = keys.map((_, f) => f).sort((a, b) => keys[a] - keys[b] || a - b);
  return groups.map(([name, w]) => {
    if (w.shape[0] !== order.length) {
      throw new ShapeError(
        `filters: ${name} has ${w.shape[0]} filters and the last group ${order.length}; sort groups of as many filters, or each alone.`,
      );
    }
    const rows = reshape(w, [order.length, sizeOf(w.shape.slice(1))]);
    const moved = zeros(rows.shape, dtypeOf(w));
    const [from, length] = [flat(rows), rows.shape[1]];
    order.forEach((f, place) => moved.data.set(from.subarray(f * length, (f + 1) * length), place * length));
    return [name, reshape(moved, w.shape)];
  });
}

/** The weights `w` of a layer, or the tensor itself. @throws ValueError when there are none */
export function weightsOf(operation: string, weights: Tensor | HasWeights): Tensor {
  if (isTensor(weights)) return weights;
  const w = weights.parameters?.w;
  if (w === undefined) {
    throw new ValueError(
      `${operation}: this layer has no weights named w, only ${Object.keys(weights.parameters ?? {}).join(", ") || "none"}; ` +
        `give a convolution, a Linear or a tensor.`,
    );
  }
  return isTensor(w) ? w : w.value;
}

export function isTensor(value: object): value is Tensor {
  return "shape" in value && "stride" in value && "data" in value;
}

function hasWeights(value: object): value is HasWeights {
  return "parameters" in value && !isTensor(value.parameters as object);
}

function read(w: Tensor, imageShape?: readonly [number, number, number]): Planes {
  const rank = w.shape.length;
  if (imageShape !== undefined) return planesOf("filters", reshape(w, [w.shape[0], ...imageShape]));
  if (rank === 3) return planesOf("filters", reshape(w, [w.shape[0], w.shape[1], 1, w.shape[2]]));
  if (rank === 4) return planesOf("filters", w);
  throw new ShapeError(
    `filters: a ${showShape(w.shape)} tensor is no stack of filters; give F×C×K×K or F×C×K, ` +
      `or say imageShape: [C, H, W] for the rows of a matrix.`,
  );
}

function reachOf(arrays: readonly ArrayLike<number>[]): number {
  let reach = 0;
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i]);
      if (Number.isFinite(size) && size > reach) reach = size;
    }
  }
  return reach || 1;
}

type DrawOptions = Required<Pick<FiltersOptions, "scale" | "limit">> & FiltersOptions;

function draw(planes: Planes, shared: ColorScale, options: DrawOptions): { picture: Raster; shown: number } {
  const { channels, width, height } = planes;
  const side = options.side ?? sideFor(planes);
  const plane = width * height;
  // A filter of one dimension is drawn as a strip whose height is that of one weight.
  const fit = (raster: Raster) => {
    const large = fitRaster(raster, side);
    return height === 1 && width > 1 ? strip(large, Math.max(large.height, Math.min(18, side))) : large;
  };
  const scaleOf = (values: ArrayLike<number>): ColorScale => {
    if (options.scale === "shared") return shared;
    const reach = reachOf([values]);
    return { kind: "diverging", low: -reach, high: reach };
  };
  if (channels === 1 || channels === 3) {
    const shown = Math.min(planes.count, options.limit);
    const pictures = Array.from({ length: shown }, (_, i) => {
      const values = planes.at(i);
      const scale = scaleOf(values);
      return fit(
        channels === 1
          ? colorize(values, width, height, scale)
          : colorizeRgb(values, width, height, scale.low, scale.high),
      );
    });
    const columns =
      options.columns ?? (height === 1 && width > 1 ? Math.ceil(shown / 16) : columnsFor(shown, side));
    return { picture: framed(pictures, columns), shown };
  }
  const columns = Math.min(channels, options.columns ?? 32);
  const shown = Math.max(1, Math.min(planes.count, Math.floor(options.limit / columns)));
  const pictures = Array.from({ length: Math.min(shown, planes.count) * columns }, (_, i) => {
    const values = planes.at(Math.floor(i / columns));
    const channel = i % columns;
    return fit(
      colorize(values.subarray(channel * plane, (channel + 1) * plane), width, height, scaleOf(values)),
    );
  });
  return { picture: framed(pictures, columns), shown: Math.min(shown, planes.count) };
}

// A thin line around each filter, so that white weights at the edge are seen as part of it.
function framed(pictures: readonly Raster[], columns: number): Raster {
  const lined = pictures.map((picture) => {
    const result = {
      width: picture.width + 2,
      height: picture.height + 2,
      data: new Uint8ClampedArray(4 * (picture.width + 2) * (picture.height + 2)),
    };
    new Uint32Array(result.data.buffer).fill(LINE);
    for (let row = 0; row < picture.height; row++) {
      const from = 4 * row * picture.width;
      result.data.set(
        picture.data.subarray(from, from + 4 * picture.width),
        4 * ((row + 1) * result.width + 1),
      );
    }
    return result;
  });
  return montage(lined, { columns, gap: 3 });
}

const LINE = new Uint32Array(new Uint8Array([...hexOf(INK.faint), 255]).buffer)[0];

function hexOf(color: string): number[] {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

function sideFor({ count, channels, width, height }: Planes): number {
  if (height === 1 && width > 1)
    return width * Math.max(1, Math.min(18, Math.floor((channels > 3 ? 60 : 320) / width)));
  const side = channels !== 1 && channels !== 3 ? 30 : count > 64 ? 34 : count > 16 ? 48 : 64;
  return Math.max(side, Math.max(width, height));
}

function columnsFor(count: number, side: number): number {
  if (count <= 8) return Math.max(1, count);
  const fits = Math.max(1, Math.floor(640 / (side + 5)));
  // If the columns divide the count, the rectangle is full.
  const ideal = Math.min(fits, Math.ceil(Math.sqrt(2 * count)));
  for (let columns = ideal; columns >= ideal / 2; columns--) if (count % columns === 0) return columns;
  return ideal;
}

function describe(name: string, planes: Planes, w: Tensor, shown: number): string {
  const { min, max, ...rest } = summarize(flat(w));
  const { count, channels, height, width } = planes;
  const cut =
    shown < count ? ` The first ${showCount(shown)} are drawn; ${showCount(count - shown)} are not.` : "";
  const odd = showOddities(rest);
  const columns = channels !== 1 && channels !== 3 ? Math.min(channels, 32) : channels;
  const channelsCut = columns < channels ? ` The first ${columns} of ${channels} channels are drawn.` : "";
  const size = height === 1 ? `of ${width}` : `of ${height}×${width}`;
  return (
    `${name === "" ? "" : `${name}: `}${showPlural(count, "filter")} ${size}` +
    ` with ${showPlural(channels, "channel")}` +
    (Number.isNaN(min) ? "" : `, weights from ${showNumber(min)} to ${showNumber(max)}`) +
    `${odd ? `, ${odd}` : ""}.${cut}${channelsCut}`
  );
}
