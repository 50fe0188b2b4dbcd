/**
 * IDX, the file format of MNIST: a header, then the elements of one array, all big-endian.
 *
 * Two zero bytes, a byte for the element type, a byte for the number of dimensions, a 32-bit extent for each
 * dimension, and the elements with the last index changing fastest (Y. LeCun, "The MNIST database").
 */
import { expectBytes } from "./bytes.js";
import { FormatError, showShape } from "../array/errors.js";

/** The element types that an IDX file may have. */
export type IdxType = "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";

/** An array as stored in the file. */
export interface IdxArray {
  readonly type: IdxType;
  /** The extents; one number for labels, three (count, rows, columns) for images. */
  readonly shape: number[];
  /** The elements, row-major. 8-bit elements share the file's memory. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

const types: Readonly<Record<number, { type: IdxType; bytes: number }>> = {
  0x08: { type: "uint8", bytes: 1 },
  0x09: { type: "int8", bytes: 1 },
  0x0b: { type: "int16", bytes: 2 },
  0x0c: { type: "int32", bytes: 4 },
  0x0d: { type: "float32", bytes: 4 },
  0x0e: { type: "float64", bytes: 8 },
};

/**
 * Reads an IDX file.
 * @param bytes  the whole file, not compressed
 * @param name   what to call it in an error
 * @throws FormatError for bytes that are not an IDX file, and for a file shorter or longer than its header says
 */
export function readIdx(bytes: Uint8Array, name = "the bytes"): IdxArray {
  expectBytes("readIdx", bytes);
  if (bytes.length < 4) {
    throw new FormatError(
      `idx: ${name} has ${bytes.length} bytes, too few for a header; fetch the file again.`,
    );
  }
  const element = types[bytes[2]];
  if (bytes[0] !== 0 || bytes[1] !== 0 || element === undefined || bytes[3] === 0) {
    const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    throw new FormatError(
      `idx: ${name} begins with ${magic}, which is no IDX header ` +
        (gzip
          ? `but gzip's; decompress it first.`
          : `(00 00, a type, a number of dimensions); check which file it is.`),
    );
  }
  const rank = bytes[3];
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new FormatError(
      `idx: ${name} says it has ${rank} dimensions, a header of ${header} bytes, but ends after ${bytes.length}; ` +
        `fetch the file again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, extent) => product * extent, 1);
  // Compared before anything is allocated, because the header may be wrong.
  if (size * element.bytes !== bytes.length - header) {
    throw new FormatError(
      `idx: ${name} says ${showShape(shape)} elements of ${element.bytes} byte(s), ${size * element.bytes} in all, ` +
        `but ${bytes.length - header} follow the header; fetch the file again.`,
    );
  }
  return { type: element.type, shape, data: elements(element.type, view, header, size) };
}

function elements(type: IdxType, view: DataView, start: number, size: number): IdxArray["data"] {
  switch (type) {
    case "uint8":
      return new Uint8Array(view.buffer, view.byteOffset + start, size);
    case "int8":
      return new Int8Array(view.buffer, view.byteOffset + start, size);
    case "int16":
      return Int16Array.from({ length: size }, (_, i) => view.getInt16(start + 2 * i));
    case "int32":
      return Int32Array.from({ length: size }, (_, i) => view.getInt32(start + 4 * i));
    case "float32":
      return Float32Array.from({ length: size }, (_, i) => view.getFloat32(start + 4 * i));
    case "float64":
      return Float64Array.from({ length: size }, (_, i) => view.getFloat64(start + 8 * i));
  }
}
