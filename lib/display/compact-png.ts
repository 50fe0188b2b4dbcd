/**
 * Small PNGs: a chart or a grid of enlarged pixels has few colours, and a PNG with a palette of them is a third
 * the size of one in full colour. A notebook keeps every picture, so this counts.
 */
import { encode } from "fast-png";

/** Steps to which the channels may be rounded so that the colours fit a palette; by 6 they move by at most 3 of 255, unseen. */
const ROUNDINGS = [1, 3, 6];
const MOST_COLORS = 256;

/**
 * Encodes pixels with a palette.
 * @param rgba  four bytes a pixel, row by row; colours not multiplied by their opacity
 * @returns the PNG's bytes, or undefined when there are too many colours, as in a photograph
 */
export function compactPng(
  width: number,
  height: number,
  rgba: Uint8Array | Uint8ClampedArray,
): Uint8Array | undefined {
  for (const step of ROUNDINGS) {
    const indexed = index(rgba, step);
    if (indexed === undefined) continue;
    const { data, palette } = indexed;
    return encode({ width, height, data, channels: 1, depth: 8, palette }, { zlib: { level: 9 } });
  }
  return undefined;
}

interface Indexed {
  readonly data: Uint8Array;
  readonly palette: number[][];
}

function index(rgba: Uint8Array | Uint8ClampedArray, step: number): Indexed | undefined {
  const round = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.min(255, Math.round(value / step) * step),
  );
  const indices = new Map<number, number>();
  const palette: number[][] = [];
  const data = new Uint8Array(rgba.length / 4);
  const aligned = rgba.byteOffset % 4 === 0 ? rgba : rgba.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, data.length);
  for (let pixel = 0; pixel < data.length; pixel++) {
    // Most pixels are as their left neighbour.
    if (pixel > 0 && words[pixel] === words[pixel - 1]) {
      data[pixel] = data[pixel - 1];
      continue;
    }
    const at4 = 4 * pixel;
    const [red, green, blue] = [round[rgba[at4]], round[rgba[at4 + 1]], round[rgba[at4 + 2]]];
    const alpha = round[rgba[at4 + 3]];
    const key = red | (green << 8) | (blue << 16) | (alpha << 24);
    let at = indices.get(key);
    if (at === undefined) {
      if (palette.length === MOST_COLORS) return undefined;
      at = palette.push([red, green, blue, alpha]) - 1;
      indices.set(key, at);
    }
    data[pixel] = at;
  }
  return translucentFirst(data, palette);
}

// A PNG lists the opacities of the palette's first entries and takes the others for opaque; fast-png writes
// those that are not 255 one after the other, so they must come first.
function translucentFirst(data: Uint8Array, palette: number[][]): Indexed {
  const order = palette
    .map((_, i) => i)
    .sort((a, b) => Number(palette[a][3] === 255) - Number(palette[b][3] === 255));
  const place = new Uint8Array(palette.length);
  order.forEach((old, now) => (place[old] = now));
  return { data: data.map((old) => place[old]), palette: order.map((old) => palette[old]) };
}
