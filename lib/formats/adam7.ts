/**
 * Interlaced PNG pictures of 1, 2 or 4 bits per pixel: they are stored in seven passes, each of which is a coarse picture
 * (ISO/IEC 15948, sections 8.2 and 9.2). fast-png reads interlaced pictures only from 8 bits on.
 */
import { Unzlib } from "fflate";
import { crc32, unpacked } from "./zip.js";

/** The first pixel of each pass, and the steps to the next. */
const passes = [
  { top: 0, left: 0, down: 8, right: 8 },
  { top: 0, left: 4, down: 8, right: 8 },
  { top: 4, left: 0, down: 8, right: 4 },
  { top: 0, left: 2, down: 4, right: 4 },
  { top: 2, left: 0, down: 4, right: 2 },
  { top: 0, left: 1, down: 2, right: 2 },
  { top: 1, left: 0, down: 2, right: 1 },
] as const;

/** The rows in order as in a file without interlacing, several pixels in a byte; and the palette, if there is one. */
export interface Packed {
  readonly data: Uint8Array;
  readonly palette?: number[][];
}

/**
 * @param bytes  a whole PNG file of one plane
 * @param depth  bits per pixel: 1, 2 or 4
 * @throws Error when the file is damaged
 */
export function readInterlaced(bytes: Uint8Array, rows: number, columns: number, depth: number): Packed {
  const { packed, palette } = chunksOf(bytes);
  const sizes = passes.map(({ top, left, down, right }) => {
    const [height, width] = [Math.ceil((rows - top) / down), Math.ceil((columns - left) / right)];
    const inRow = Math.ceil((width * depth) / 8);
    return height > 0 && width > 0 ? { height, width, inRow } : { height: 0, width: 0, inRow: 0 };
  });
  const total = sizes.reduce((sum, { height, inRow }) => sum + height * (1 + inRow), 0);
  const sent = unpacked("the pixels", packed, total, Unzlib);
  const inRow = Math.ceil((columns * depth) / 8);
  const data = new Uint8Array(rows * inRow);
  const [perByte, mask] = [8 / depth, 2 ** depth - 1];
  const shift = (place: number): number => 8 - depth * (1 + (place % perByte));
  let at = 0;
  passes.forEach(({ top, left, down, right }, i) => {
    const { height, width, inRow: length } = sizes[i];
    let above = new Uint8Array(length);
    for (let row = 0; row < height; row++) {
      above = unfiltered(sent[at], sent.subarray(at + 1, at + 1 + length), above);
      at += 1 + length;
      for (let column = 0; column < width; column++) {
        const value = (above[Math.floor(column / perByte)] >> shift(column)) & mask;
        const place = left + column * right;
        data[(top + row * down) * inRow + Math.floor(place / perByte)] |= value << shift(place);
      }
    }
  });
  return { data, palette };
}

/** The compressed pixels of all IDAT chunks and the colours of PLTE. */
function chunksOf(bytes: Uint8Array): { packed: Uint8Array; palette?: number[][] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let palette: number[][] | undefined;
  for (let at = 8; at + 12 <= bytes.length;) {
    const [length, kind] = [view.getUint32(at), String.fromCharCode(...bytes.subarray(at + 4, at + 8))];
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error(`its ${kind} chunk was cut off`);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw new Error(`the checksum of its ${kind} chunk is wrong`);
    const content = bytes.subarray(at + 8, end);
    if (kind === "IDAT") parts.push(content);
    if (kind === "PLTE")
      palette = Array.from({ length: Math.floor(length / 3) }, (_, i) => [
        ...content.subarray(3 * i, 3 * i + 3),
      ]);
    if (kind === "IEND") break;
    at = end + 4;
  }
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (packed.set(part, at), at + part.length), 0);
  return { packed, palette };
}

/** Undoes the filter of a row: each byte is stored as the difference from a prediction by its neighbours. */
function unfiltered(
  filter: number,
  row: Uint8Array,
  above: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const [left, up, corner] = i > 0 ? [result[i - 1], above[i], above[i - 1]] : [0, above[i], 0];
    const guesses = [0, left, up, (left + up) >> 1, nearest(left, up, corner)];
    if (filter >= guesses.length) throw new Error(`its filter ${filter} is unknown`);
    result[i] = row[i] + guesses[filter];
  }
  return result;
}

/** Paeth's prediction: the neighbour that is nearest to left + up − corner. */
function nearest(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
