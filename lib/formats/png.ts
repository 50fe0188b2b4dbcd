/** Reads and writes PNG files (ISO/IEC 15948) as tensors, with fast-png as decoder and encoder. */
import { expectBytes } from "./bytes.js";
import { decode, encode } from "fast-png";
import { FormatError, ShapeError, showShape } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import { readInterlaced } from "./adam7.js";
import { orientationOf, upright } from "./exif.js";

/** The most bytes that deflate unpacks from one byte (RFC 1951: 258 bytes from two bits). */
const greatestRatio = 1032;

/** How many numbers are stored for each pixel, by the file's colour type. */
const planesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** The bits that a number may have, by the colour type. */
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Reads a PNG file, grey, in colour or with a palette, of any depth, plain or interlaced; opacity is ignored. The picture is
 * rotated upright by its EXIF orientation.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @returns C×H×W float32 in [0, 1], C being 1 (grey) or 3
 * @throws FormatError for a file that is damaged, cut short, or of another kind
 */
export function readPng(bytes: Uint8Array, name = "the bytes"): Tensor {
  expectBytes("readPng", bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) {
    throw new FormatError(`png: ${name} does not begin as a PNG file; check which file it is.`);
  }
  const [columns, rows] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour] = [view.getUint8(24), view.getUint8(25)];
  const planes = planesOf[colour];
  if (planes === undefined || !depthsOf[colour]!.includes(depth)) {
    throw new FormatError(
      `png: ${name} has ${depth} bits and colour type ${colour}, which PNG has not; fetch it again.`,
    );
  }
  if (rows === 0 || columns === 0) {
    throw new FormatError(
      `png: ${name} says that it has ${rows}×${columns} pixels, none; fetch the file again.`,
    );
  }
  if (rows * columns * planes * (depth / 8) > greatestRatio * bytes.length) {
    throw new FormatError(
      `png: ${name} says that it has ${rows}×${columns} pixels, more than its ${bytes.length} bytes can hold; ` +
        `fetch the file again.`,
    );
  }
  const { data, palette } = guarded(name, () =>
    bytes[28] === 1 && depth < 8
      ? readInterlaced(bytes, rows, columns, depth)
      : decode(opaque(bytes, view), { checkCrc: true }),
  );
  if (colour === 3 && palette === undefined)
    throw new FormatError(`png: ${name} has colours of a palette, but no palette; fetch it again.`);
  const inRow = Math.ceil((columns * planes * depth) / 8) * (depth === 16 ? 0.5 : 1);
  if (data.length !== rows * inRow || (colour === 3) !== (palette !== undefined)) {
    throw new FormatError(
      `png: ${name} holds ${data.length} numbers, expected ${rows * inRow}; fetch it again.`,
    );
  }
  /** The number stored at a position of a row. Numbers of fewer than 8 bits share a byte, the first in the highest bits. */
  const stored = (row: number, place: number): number => {
    if (depth >= 8) return data[row * inRow + place];
    const perByte = 8 / depth;
    const shift = 8 - depth * (1 + (place % perByte));
    return (data[row * inRow + Math.floor(place / perByte)] >> shift) & (2 ** depth - 1);
  };
  const channels = colour === 3 || planes > 2 ? 3 : 1;
  const values = new Float32Array(channels * rows * columns);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = stored(row, column * planes + (palette ? 0 : c));
        values[at++] = palette ? colourOf(palette, value, name)[c] / 255 : value / (2 ** depth - 1);
      }
    }
  }
  return upright(wrap(values, [channels, rows, columns]), orientationIn(bytes, view));
}

/**
 * The file without its chunk of opacities (tRNS), which is ignored: the decoder refuses that of a picture of one or two pixels,
 * taking a transparent colour's three numbers for three pixels.
 */
function opaque(bytes: Uint8Array, view: DataView): Uint8Array {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) !== 0x74524e53 || end > bytes.length) continue;
    const rest = new Uint8Array(bytes.length - (end - at));
    rest.set(bytes.subarray(0, at));
    rest.set(bytes.subarray(end), at);
    return rest;
  }
  return bytes;
}

/** The camera's orientation from the chunk eXIf; 1 (upright) without one. */
function orientationIn(bytes: Uint8Array, view: DataView): number {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const end = at + 8 + view.getUint32(at);
    if (view.getUint32(at + 4) === 0x65584966 && end <= bytes.length)
      return orientationOf(bytes.subarray(at + 8, end));
  }
  return 1;
}

function colourOf(palette: readonly (readonly number[])[], index: number, name: string): readonly number[] {
  if (index < palette.length) return palette[index];
  throw new FormatError(
    `png: ${name} names colour ${index} of a palette of ${palette.length}; fetch it again.`,
  );
}

function guarded<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`png: ${name} is damaged (${reason}); fetch the file again.`);
  }
}

/**
 * The bytes of a PNG file of eight bits.
 * @param image  C×H×W with C 1 (grey) or 3, or H×W; 0 is black and 1 is white, and values beyond are clamped
 * @throws ShapeError for another shape
 */
export function writePng(image: Tensor): Uint8Array {
  const [channels, height, width] = image.shape.length === 2 ? [1, ...image.shape] : image.shape;
  if (image.shape.length < 2 || image.shape.length > 3 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `writePng: the image is ${showShape(image.shape)}; give C×H×W with one or three channels, or H×W.`,
    );
  }
  const values = flat(image);
  const pixels = height * width;
  const data = new Uint8ClampedArray(channels * pixels);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < pixels; i++) data[i * channels + c] = 255 * values[c * pixels + i];
  return encode({ width, height, channels, depth: 8, data: new Uint8Array(data.buffer) });
}
