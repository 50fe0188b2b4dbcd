/**
 * Small PNGs. A chart or a grid of enlarged pixels has few colours, and a PNG with a palette is a quarter the size of one in
 * full colour. A notebook stores every picture, so this matters. If there are more than 256 colours, as in filters of three
 * channels, 256 are chosen and each colour is replaced by the nearest one, if that is near enough.
 */
import { encode } from "fast-png";
import { quantize } from "./quantize.js";

const PALETTE = 256;
/** A picture with more colours is a photograph, which a palette would make coarse. */
const MOST_COLORS = 20_000;

/** The distinct colours of a picture, how many pixels have each, and the colour of each pixel. */
interface Colors {
  /** Red, green, blue and opacity: four bytes for each colour. */
  readonly rgba: Uint8Array;
  readonly counts: Uint32Array;
  readonly ofPixel: Uint32Array;
}

/**
 * Encodes pixels with a palette.
 * @param rgba       four bytes for each pixel, row by row; colours are not multiplied by their opacity
 * @param tolerance  the allowed root mean square error of the channels, of 255; 2, which nobody sees even side by side
 * @returns the PNG's bytes, or undefined when a palette would not be good enough, as for a photograph
 */
export function compactPng(
  width: number,
  height: number,
  rgba: Uint8Array | Uint8ClampedArray,
  tolerance = 2,
): Uint8Array | undefined {
  const colors = colorsOf(rgba);
  const chosen = colors && paletteFor(colors, tolerance);
  if (!chosen) return undefined;
  const data = new Uint8Array(width * height);
  for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = chosen.places[colors.ofPixel[pixel]];
  const { palette } = chosen;
  // Level 9 takes twice the time and is no smaller.
  return encode({ width, height, data, channels: 1, depth: 8, palette }, { zlib: { level: 8 } });
}

function colorsOf(rgba: Uint8Array | Uint8ClampedArray): Colors | undefined {
  const aligned = rgba.byteOffset % 4 === 0 ? rgba : rgba.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, rgba.length / 4);
  const indices = new Map<number, number>();
  const counts: number[] = [];
  const ofPixel = new Uint32Array(words.length);
  for (let pixel = 0; pixel < words.length; pixel++) {
    // Most pixels equal their left neighbour.
    let color =
      pixel > 0 && words[pixel] === words[pixel - 1] ? ofPixel[pixel - 1] : indices.get(words[pixel]);
    if (color === undefined) {
      if (counts.length === MOST_COLORS) return undefined;
      indices.set(words[pixel], (color = counts.push(0) - 1));
    }
    counts[color]++;
    ofPixel[pixel] = color;
  }
  const distinct = Uint32Array.from(indices.keys());
  return { rgba: new Uint8Array(distinct.buffer), counts: Uint32Array.from(counts), ofPixel };
}

/** A palette, and the palette entry of each colour. */
interface Chosen {
  readonly palette: number[][];
  readonly places: Uint8Array;
}

function paletteFor({ rgba, counts }: Colors, tolerance: number): Chosen | undefined {
  const all = Array.from(counts.keys());
  const entry = (i: number): number[] => Array.from(rgba.subarray(4 * i, 4 * i + 4));
  // A PNG lists the opacities of the palette's first entries; all others are opaque. fast-png writes the opacities that are
  // not 255 one after the other, so these entries must come first.
  const translucent = all.filter((i) => rgba[4 * i + 3] !== 255);
  const opaque = all.filter((i) => rgba[4 * i + 3] === 255);
  const order = [...translucent, ...opaque];
  const places = new Uint8Array(counts.length);
  if (all.length <= PALETTE) {
    order.forEach((i, place) => (places[i] = place));
    return { palette: order.map(entry), places };
  }
  const left = PALETTE - translucent.length;
  if (left < PALETTE / 2) return undefined;
  const rgb = Uint8Array.from(opaque.flatMap((i) => entry(i).slice(0, 3)));
  const chosen = quantize({ rgb, counts: opaque.map((i) => counts[i]) }, left);
  if (chosen.error > tolerance) return undefined;
  translucent.forEach((i, place) => (places[i] = place));
  opaque.forEach((i, at) => (places[i] = translucent.length + chosen.places[at]));
  return { palette: [...translucent.map(entry), ...chosen.palette.map((color) => [...color, 255])], places };
}
