/** Photographs from PNG files (ISO/IEC 15948), as tensors; the decoder is fast-png's. */
import { decode } from "fast-png";
import { FormatError } from "../array/errors.js";
import { wrap, type Tensor } from "../array/tensor.js";

/** Deflate makes at most so many bytes of one (RFC 1951: 258 bytes of two bits). */
const greatestRatio = 1032;

/**
 * Reads a PNG file of 8 or 16 bits, grey or red, green and blue; an opacity is left out.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @returns C×H×W float32 in [0, 1], C being 1 or 3
 * @throws FormatError for a file that is damaged, cut short, or of another kind
 */
export function readPng(bytes: Uint8Array, name = "the bytes"): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) {
    throw new FormatError(`png: ${name} does not begin as a PNG file; check which file it is.`);
  }
  const [columns, rows, depth, colour] = [
    view.getUint32(16),
    view.getUint32(20),
    view.getUint8(24),
    view.getUint8(25),
  ];
  // Grey, colour, and both with opacity.
  const planes = { 0: 1, 2: 3, 4: 2, 6: 4 }[colour];
  if (planes === undefined || (depth !== 8 && depth !== 16)) {
    throw new FormatError(
      `png: ${name} has ${depth} bits and colour type ${colour}; convert it to 8 or 16 bits, grey or red, green and blue.`,
    );
  }
  if (rows * columns * planes * (depth / 8) > greatestRatio * bytes.length) {
    throw new FormatError(
      `png: ${name} says that it has ${rows}×${columns} pixels, more than its ${bytes.length} bytes can hold; ` +
        `fetch the file again.`,
    );
  }
  const { data } = decoded(bytes, name);
  const channels = planes < 3 ? 1 : 3;
  const area = rows * columns;
  if (data.length !== area * planes) {
    throw new FormatError(
      `png: ${name} holds ${data.length} numbers, expected ${area * planes}; fetch it again.`,
    );
  }
  const values = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) values[c * area + i] = data[i * planes + c] / (2 ** depth - 1);
  }
  return wrap(values, [channels, rows, columns]);
}

function decoded(bytes: Uint8Array, name: string): ReturnType<typeof decode> {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`png: ${name} is damaged (${reason}); fetch the file again.`);
  }
}
