/**
 * Turns numbers into pixels: colour scales that show zero, enlargement without blur, montages, PNG. Numbers that are not
 * finite are drawn in magenta, which no scale uses; the caller says their count in words.
 */
import { encode } from "fast-png";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Tensor } from "../../array/tensor.js";
import { toBase64 } from "./base64.js";
import { summarize } from "./numbers.js";

/** Pixels in rows from the top, four bytes each: red, green, blue, opacity. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Red, green, blue: 0 to 255. */
export type Color = readonly [number, number, number];

/** The colour of NaN and of infinities. */
export const ODD_COLOR: Color = [255, 0, 220];

/**
 * How numbers become colours. `grey`: low is black, high is white. `diverging`: blue below zero, white at zero, orange above;
 * low = −high. `heat`: low is white, high is dark blue, for counts and fractions.
 */
export interface ColorScale {
  readonly kind: "grey" | "diverging" | "heat";
  readonly low: number;
  readonly high: number;
}

// Blue and orange differ for every common kind of colour blindness, and both darken evenly away from white.
const DIVERGING: readonly Color[] = [
  [8, 48, 107],
  [33, 102, 172],
  [106, 166, 214],
  [190, 217, 238],
  [255, 255, 255],
  [253, 212, 173],
  [245, 146, 66],
  [204, 82, 8],
  [127, 39, 4],
];
const GREY: readonly Color[] = [
  [0, 0, 0],
  [255, 255, 255],
];
const HEAT: readonly Color[] = [
  [255, 255, 255],
  [190, 217, 238],
  [106, 166, 214],
  [33, 102, 172],
  [8, 48, 107],
];

/**
 * A suitable scale for the numbers: diverging about zero if any is negative, else grey from 0 to the greatest. Constant and
 * empty data give a scale whose width is not zero.
 */
export function scaleFor(values: ArrayLike<number>): ColorScale {
  const { min, max } = summarize(values);
  if (min < 0) {
    const reach = Math.max(-min, max);
    return { kind: "diverging", low: -reach, high: reach };
  }
  return { kind: "grey", low: 0, high: max > 0 ? max : 1 };
}

/** The colour of one number on the scale; numbers beyond an end have the colour of that end. */
export function colorOf(value: number, scale: ColorScale): Color {
  if (!Number.isFinite(value)) return ODD_COLOR;
  const stops = scale.kind === "grey" ? GREY : scale.kind === "heat" ? HEAT : DIVERGING;
  const part = Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low || 1)));
  const position = part * (stops.length - 1);
  const below = Math.min(Math.floor(position), stops.length - 2);
  const rest = position - below;
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(stops[below][channel] * (1 - rest) + stops[below + 1][channel] * rest);
  return [mix(0), mix(1), mix(2)];
}

/** A colour as CSS writes it. */
export function cssColor([red, green, blue]: Color): string {
  return `rgb(${red},${green},${blue})`;
}

/** An empty (transparent) raster. */
export function emptyRaster(width: number, height: number): Raster {
  return { width, height, data: new Uint8ClampedArray(4 * width * height) };
}

/** A plane of numbers, row by row, as pixels by a colour scale. */
export function colorize(
  values: ArrayLike<number>,
  width: number,
  height: number,
  scale: ColorScale,
): Raster {
  const raster = emptyRaster(width, height);
  const { data } = raster;
  // A table of colours is many times faster than mixing each colour; the eye cannot see 512 steps.
  const steps = 512;
  const table = Array.from({ length: steps + 1 }, (_, i) =>
    colorOf(scale.low + (i / steps) * (scale.high - scale.low), scale),
  );
  const factor = steps / (scale.high - scale.low || 1);
  for (let i = 0; i < width * height; i++) {
    const value = values[i];
    const step = Math.round(Math.min(steps, Math.max(0, (value - scale.low) * factor)));
    const color = Number.isFinite(value) ? table[step] : ODD_COLOR;
    data[4 * i] = color[0];
    data[4 * i + 1] = color[1];
    data[4 * i + 2] = color[2];
    data[4 * i + 3] = 255;
  }
  return raster;
}

/** Three planes of numbers (red, green, blue, one after the other); low becomes 0 and high 255. */
export function colorizeRgb(
  values: ArrayLike<number>,
  width: number,
  height: number,
  low: number,
  high: number,
): Raster {
  const raster = emptyRaster(width, height);
  const plane = width * height;
  const factor = 255 / (high - low || 1);
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [values[i], values[i + plane], values[i + 2 * plane]];
    const finite = Number.isFinite(red) && Number.isFinite(green) && Number.isFinite(blue);
    raster.data[4 * i] = finite ? (red - low) * factor : ODD_COLOR[0];
    raster.data[4 * i + 1] = finite ? (green - low) * factor : ODD_COLOR[1];
    raster.data[4 * i + 2] = finite ? (blue - low) * factor : ODD_COLOR[2];
    raster.data[4 * i + 3] = 255;
  }
  return raster;
}

/** Each pixel as a square of `factor` pixels. @param factor  a whole number, 1 or more */
export function enlarge(raster: Raster, factor: number): Raster {
  if (!Number.isInteger(factor) || factor < 1) {
    throw new ValueError(`enlarge: the factor ${factor} is not a whole number from 1 up; use 2, 3, ….`);
  }
  if (factor === 1) return raster;
  const result = emptyRaster(raster.width * factor, raster.height * factor);
  const source = new Uint32Array(raster.data.buffer, raster.data.byteOffset, raster.width * raster.height);
  const target = new Uint32Array(result.data.buffer);
  for (let y = 0; y < raster.height; y++) {
    const start = y * factor * result.width;
    for (let x = 0; x < raster.width; x++) {
      target.fill(source[y * raster.width + x], start + x * factor, start + (x + 1) * factor);
    }
    for (let copy = 1; copy < factor; copy++) {
      target.copyWithin(start + copy * result.width, start, start + result.width);
    }
  }
  return result;
}

/** The picture reduced so that neither side exceeds `side`: each new pixel is the mean of the old pixels that it covers. */
export function reduce(raster: Raster, side: number): Raster {
  const ratio = Math.max(raster.width, raster.height) / side;
  if (ratio <= 1) return raster;
  const width = Math.max(1, Math.round(raster.width / ratio));
  const height = Math.max(1, Math.round(raster.height / ratio));
  const result = emptyRaster(width, height);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * raster.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * raster.height) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * raster.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * raster.width) / width));
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let v = top; v < bottom; v++) {
          for (let u = left; u < right; u++) sum += raster.data[4 * (v * raster.width + u) + channel];
        }
        result.data[4 * (y * width + x) + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return result;
}

/** The picture enlarged by the largest whole factor for which its longer side is at most `side`, or else reduced to that. */
export function fitRaster(raster: Raster, side: number): Raster {
  const longer = Math.max(raster.width, raster.height);
  return longer > side ? reduce(raster, side) : enlarge(raster, Math.floor(side / Math.max(1, longer)));
}

/** One row of pixels repeated to a strip of `height` pixels: a signal drawn beside pictures. */
export function strip(raster: Raster, height: number): Raster {
  const result = emptyRaster(raster.width, height);
  for (let y = 0; y < height; y++) paste(result, { ...raster, height: 1 }, 0, y);
  return result;
}

/** Copies `source` into `target` with its top left corner at (x, y); pixels outside are cut off. */
export function paste(target: Raster, source: Raster, x: number, y: number): void {
  const width = Math.min(source.width, target.width - x);
  for (let row = 0; row < Math.min(source.height, target.height - y); row++) {
    const from = 4 * row * source.width;
    target.data.set(source.data.subarray(from, from + 4 * width), 4 * ((y + row) * target.width + x));
  }
}

export interface MontageOptions {
  readonly columns: number;
  /** Transparent pixels between the pictures. */
  readonly gap?: number;
  /** Transparent pixels between the rows, if not the same number, to leave room for text. */
  readonly rowGap?: number;
}

/** Pictures of one size in rows, from the top left. */
export function montage(pictures: readonly Raster[], options: MontageOptions): Raster {
  const { columns, gap = 2, rowGap = gap } = options;
  if (pictures.length === 0) return emptyRaster(1, 1);
  const width = Math.max(...pictures.map((picture) => picture.width));
  const height = Math.max(...pictures.map((picture) => picture.height));
  const across = Math.min(columns, pictures.length);
  const down = Math.ceil(pictures.length / columns);
  const result = emptyRaster(across * (width + gap) - gap, down * (height + rowGap) - rowGap);
  pictures.forEach((picture, i) => {
    paste(result, picture, (i % columns) * (width + gap), Math.floor(i / columns) * (height + rowGap));
  });
  return result;
}

/** The bytes of a PNG file. @param level  of compression, 0 to 9 */
export function encodePng(raster: Raster, level: 1 | 3 | 6 | 9 = 6): Uint8Array {
  const { width, height, data } = raster;
  return encode({ width, height, data, channels: 4, depth: 8 }, { zlib: { level } });
}

/** The raster as a PNG in a data URI, for an image element. */
export function toDataUri(raster: Raster): string {
  // Enlarged pixels are mostly repetitions: a low level is twice as fast, and the file is hardly larger.
  return `data:image/png;base64,${toBase64(encodePng(raster, 3))}`;
}

/** A stack of pictures as numbers. */
export interface Planes {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The numbers of picture i, channel by channel, row by row. */
  at(i: number): Float32Array | Float64Array;
}

/**
 * Reads a tensor as pictures: N×C×H×W, one C×H×W picture, or one H×W plane.
 * @throws ShapeError for any other number of axes
 */
export function planesOf(operation: string, x: Tensor): Planes {
  const rank = x.shape.length;
  if (rank < 2 || rank > 4) {
    throw new ShapeError(
      `${operation}: a ${showShape(x.shape)} tensor is no picture; give N×C×H×W, C×H×W or H×W.`,
    );
  }
  const [count, channels, height, width] = [...Array<number>(4 - rank).fill(1), ...x.shape];
  const values = flat(x);
  const size = sizeOf([channels, height, width]);
  return {
    count,
    channels,
    height,
    width,
    at: (i) => values.subarray(i * size, (i + 1) * size),
  };
}
