/** Reads photographs of any known format; a file's first bytes say which format it has. */
import { expectBytes } from "../formats/bytes.js";
import { FormatError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { readJpeg } from "../formats/jpeg.js";
import { readPng } from "../formats/png.js";

/**
 * Reads a PNG or JPEG file.
 * @param bytes  the whole file
 * @param name   what to call it in an error
 * @returns C×H×W float32 in [0, 1], C being 1 or 3
 * @throws FormatError for a file that is damaged, cut short, or neither
 */
export function readImage(bytes: Uint8Array, name = "the bytes"): Tensor {
  expectBytes("readImage", bytes);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return readPng(bytes, name);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, name);
  throw new FormatError(`image: ${name} is neither a PNG nor a JPEG file; convert it to one of them.`);
}
