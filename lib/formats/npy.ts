/**
 * npy: one array of NumPy's. A magic number, a version, a header that is a Python dictionary such as
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, and the numbers.
 * Source: numpy.lib.format's description, versions 1.0 to 3.0.
 */
import ndarray from "ndarray";
import { FormatError } from "../array/errors.js";
import { copy, type Tensor } from "../array/tensor.js";
import { byteLength, decodeElements, encodeElements, type ElementKind } from "./elements.js";

const kinds: Readonly<Record<string, ElementKind>> = {
  ...{ b1: "bool", u1: "u8", i1: "i8", u2: "u16", i2: "i16", u4: "u32", i4: "i32", u8: "u64", i8: "i64" },
  ...{ f2: "f16", f4: "f32", f8: "f64" },
};

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];

const HEADER =
  /^\s*\{\s*'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(((?:\s*\d+\s*,)*\s*(?:\d+\s*)?)\)\s*,?\s*\}\s*$/;

/**
 * @param bytes  the whole file
 * @param name   for messages
 * @returns row-major, whatever the file's order; 4- and 8-byte whole numbers and f8 as float64, everything else as float32
 * @throws FormatError when the bytes are not such a file, or hold Python objects or records
 */
export function readNpy(bytes: Uint8Array, name = "npy"): Tensor {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(`${name}: this is not an npy file; one begins with the bytes 93 and NUMPY.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new FormatError(`${name}: npy version ${version} is unknown; there are 1, 2 and 3.`);
  }
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (begin + length > bytes.length) {
    throw new FormatError(
      `${name}: the header claims ${length} bytes, but ${bytes.length - begin} follow; the file was cut off.`,
    );
  }
  const header = new TextDecoder().decode(bytes.subarray(begin, begin + length));
  const [, order, code, fortran, list] = HEADER.exec(header.slice(0, 4096)) ?? [];
  const kind = code !== undefined && Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  if (kind === undefined) {
    throw new FormatError(
      `${name}: the header ${JSON.stringify(header.slice(0, 80).trim())} does not describe an array of numbers; ` +
        `save one with numpy.save(file, array.astype("float32")).`,
    );
  }
  const shape = list
    .split(",")
    .filter((extent) => extent.trim() !== "")
    .map(Number);
  const needed = byteLength(name, shape, kind);
  const data = bytes.subarray(begin + length);
  if (needed !== data.length) {
    throw new FormatError(
      `${name}: ${shape.join("×") || "a scalar"} of ${kind} takes ${needed} bytes, but ${data.length} follow the header; ` +
        `${needed > data.length ? "the file was cut off" : "the file has something behind its end"}.`,
    );
  }
  const x = decodeElements(name, data, shape, kind, order !== ">");
  if (fortran !== "True") return x;
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return copy(ndarray(x.data, shape, stride) as Tensor);
}

/** The tensor as an npy file, version 1.0, little-endian and row-major: what `numpy.load` reads. */
export function writeNpy(x: Tensor): Uint8Array {
  const descr = x.dtype === "float64" ? "<f8" : "<f4";
  const shape = x.shape.length === 1 ? `${x.shape[0]},` : x.shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = Math.ceil((10 + text.length + 1) / 64) * 64; // the numbers begin at a multiple of 64
  const data = encodeElements(x);
  const bytes = new Uint8Array(padded + data.length).fill(0x20, 0, padded);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, padded - 10, true);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[padded - 1] = 0x0a;
  bytes.set(data, padded);
  return bytes;
}
