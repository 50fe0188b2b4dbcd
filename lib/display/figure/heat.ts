/** Maps of numbers over an image: the image in pale grey, orange above zero and blue below, stronger for larger numbers. */
import { ShapeError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { showNumber, summarize } from "./numbers.js";
import { colorOf, emptyRaster, ODD_COLOR, type ColorScale, type Planes, type Raster } from "./pixels.js";
import { box, image, INK, text } from "./svg.js";

/** The colours of a map, symmetric about zero, and how much they cover of the image. */
export interface HeatScale {
  readonly colors: ColorScale;
  /** The greatest absolute value. */
  readonly reach: number;
  /** The greatest part of the colour in a pixel. */
  readonly cover: number;
}

/**
 * The scale of a map's numbers.
 * @param clear  whether the image is to be read under the colours, since it stands nowhere without them: bright colours, thinly
 */
export function heatScale(values: ArrayLike<number>, clear = false): HeatScale {
  const { min, max } = summarize(values);
  const reach = Math.max(-min, max) || 1;
  const end = clear ? 1.35 * reach : reach;
  return { reach, colors: { kind: "diverging", low: -end, high: end }, cover: clear ? 0.62 : 0.78 };
}

/** The image in pale grey, coloured by one number for each pixel. */
export function heatOver(base: Raster, values: ArrayLike<number>, scale: HeatScale): Raster {
  const raster = emptyRaster(base.width, base.height);
  for (let i = 0; i < base.width * base.height; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => base.data[4 * i + c]);
    const pale = 255 - 0.35 * (255 - (0.299 * r + 0.587 * g + 0.114 * b));
    const finite = Number.isFinite(values[i]);
    const color = finite ? colorOf(values[i], scale.colors) : ODD_COLOR;
    // Where the scale is white the image is unchanged; full colour lets it shine through.
    const weight = finite ? Math.min(scale.cover, Math.abs(values[i]) / scale.reach) : 1;
    for (let c = 0; c < 3; c++) raster.data[4 * i + c] = (1 - weight) * pale + weight * color[c];
    raster.data[4 * i + 3] = 255;
  }
  return raster;
}

/** Height of a bar with its numbers. */
export const HEAT_BAR = 26;

/** The bar of a map's colours, as they are on a white pixel, from the least to the greatest number and through zero. */
export function heatBar(
  left: number,
  top: number,
  width: number,
  values: ArrayLike<number>,
  scale: HeatScale,
): string[] {
  const { min, max } = summarize(values);
  if (Number.isNaN(min)) return [text(left, top + 11, "no finite numbers", { size: 11, fill: INK.muted })];
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  const steps = Math.round(width);
  const white = { width: steps, height: 1, data: new Uint8ClampedArray(4 * steps).fill(255) };
  const ramp = Array.from({ length: steps }, (_, i) => low + ((high - low) * i) / Math.max(1, steps - 1));
  const zero = -low / (high - low || 1);
  const number = (part: number, value: number, anchor: "start" | "middle" | "end") =>
    text(left + part * width, top + 23, showNumber(value, 2), { size: 11, fill: INK.muted, anchor });
  return [
    image(left, top, width, 10, heatOver(white, ramp, scale)),
    box(left + 0.5, top + 0.5, width - 1, 9, { stroke: INK.faint }),
    number(0, low, "start"),
    ...(high > low ? [number(1, high, "end")] : []),
    // Not where it would touch the numbers at the ends.
    ...(zero * width > 40 && (1 - zero) * width > 40 ? [number(zero, 0, "middle")] : []),
  ];
}

/**
 * Reads maps for images, and enlarges each number to the block of pixels that it stands for.
 * @param maps  N×h×w or N×1×h×w, with h and w parts of the images' height and width
 * @throws ShapeError for other shapes
 */
export function heatOf(operation: string, maps: Tensor, images: Planes): (i: number) => ArrayLike<number> {
  const { shape } = maps;
  const [h, w] = shape.slice(-2);
  const channels = shape.length === 4 ? shape[1] : 1;
  const { count, height, width } = images;
  if (
    (shape.length !== 3 && shape.length !== 4) ||
    shape[0] !== count ||
    channels !== 1 ||
    height % h !== 0 ||
    width % w !== 0
  )
    throw new ShapeError(
      `${operation}: heat is ${showShape(shape)} for ${count} images of ${height}×${width}; give ${count}×${height}×${width}, or maps whose sides divide these.`,
    );
  const values = flat(maps);
  return (i) =>
    Float64Array.from({ length: height * width }, (_, pixel) => {
      const row = Math.floor((Math.floor(pixel / width) * h) / height);
      return values[(i * h + row) * w + Math.floor(((pixel % width) * w) / width)];
    });
}
