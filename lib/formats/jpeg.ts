/** Photographs from JPEG files (ITU-T T.81), as tensors; the decoder is jpeg-js. */
import jpeg from "jpeg-js";
import { FormatError } from "../array/errors.js";
import { wrap, type Tensor } from "../array/tensor.js";

/** A block of 16×16 pixels of one colour takes six bits or more, which makes 341 pixels a byte. */
const pixelsPerByte = 1024;

/**
 * Reads a JPEG file, baseline or progressive, grey or colour. Pixels are as they are stored: a camera's note that the
 * picture should be turned is not followed.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @returns C×H×W float32 in [0, 1], C being 1 or 3
 * @throws FormatError for a file that is damaged, cut short, or of another kind
 */
export function readJpeg(bytes: Uint8Array, name = "the bytes"): Tensor {
  const { rows, columns, components } = frameOf(bytes, name);
  const area = rows * columns;
  if (area > pixelsPerByte * bytes.length) {
    throw new FormatError(
      `jpeg: ${name} says that it has ${rows}×${columns} pixels, more than its ${bytes.length} bytes can hold; ` +
        `fetch the file again.`,
    );
  }
  const data = decoded(bytes, name);
  if (data.length !== 3 * area) {
    throw new FormatError(
      `jpeg: ${name} holds ${data.length} numbers, expected ${3 * area}; fetch it again.`,
    );
  }
  const channels = components === 1 ? 1 : 3;
  const values = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) values[c * area + i] = data[3 * i + c] / 255;
  }
  return wrap(values, [channels, rows, columns]);
}

/** Size and number of colours, from the frame header (marker SOFn) that comes before the pixels. */
function frameOf(bytes: Uint8Array, name: string): { rows: number; columns: number; components: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) {
    throw new FormatError(`jpeg: ${name} does not begin as a JPEG file; check which file it is.`);
  }
  for (let at = 2; at + 10 <= bytes.length;) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at++; // a marker may have any number of fill bytes before it
      continue;
    }
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) {
      const [rows, columns] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      if (rows > 0 && columns > 0) return { rows, columns, components: view.getUint8(at + 9) };
    }
    if (marker < 0xff00 || isFrame) break;
    at += 2 + view.getUint16(at + 2);
  }
  throw new FormatError(
    `jpeg: ${name} has no frame header with a size; the file is damaged, fetch it again.`,
  );
}

function decoded(bytes: Uint8Array, name: string): Uint8Array {
  const limits = { maxResolutionInMP: 200, maxMemoryUsageInMB: 2048 };
  try {
    return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, ...limits })
      .data;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`jpeg: ${name} is damaged (${reason}); fetch the file again.`);
  }
}
