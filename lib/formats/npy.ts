/**
 * npy: one array of NumPy. The file has a magic number, a version, a header that is a Python dictionary such as
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, and the numbers.
 * Source: numpy.lib.format's description, versions 1.0 to 3.0.
 */
import { expectBytes } from "./bytes.js";
import ndarray from "ndarray";
import { FormatError } from "../array/errors.js";
import { copy, type Tensor } from "../array/tensor.js";
import { byteLength, decodeElements, encodeElements, UnreadKindError, type ElementKind } from "./elements.js";
import { PythonList, readLiteral, type Literal } from "./python-literal.js";

/** Number types by NumPy's codes: with their size in bytes, as `numpy.save` writes them; by letter; by name. */
const kinds: Readonly<Record<string, ElementKind>> = {
  ...{ b1: "bool", u1: "u8", i1: "i8", u2: "u16", i2: "i16", u4: "u32", i4: "i32", u8: "u64", i8: "i64" },
  ...{ f2: "f16", f4: "f32", f8: "f64", e: "f16", f: "f32", d: "f64", "?": "bool" },
  ...{ b: "i8", B: "u8", h: "i16", H: "u16", i: "i32", I: "u32", q: "i64", Q: "u64" },
  ...{ bool: "bool", uint8: "u8", int8: "i8", uint16: "u16", int16: "i16", uint32: "u32", int32: "i32" },
  ...{ uint64: "u64", int64: "i64", float16: "f16", float32: "f32", float64: "f64" },
};

/** Other types that an array may have, by the letter of their code. */
const others: Readonly<Record<string, string>> = {
  ...{ c: "complex numbers", F: "complex numbers", D: "complex numbers", G: "complex numbers" },
  ...{ S: "text", U: "text", a: "text", T: "text", O: "Python objects", V: "raw bytes" },
  ...{ M: "dates", m: "spans of time", g: "floats of more than 64 bits", f: "floats of more than 64 bits" },
};

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];

/** Longer headers are refused, as in NumPy. */
const LONGEST_HEADER = 10_000;

/**
 * Reads an array that NumPy saved with `numpy.save`, as a tensor.
 * @param bytes  the whole file; bytes after the array, such as a second array, are ignored, as in `numpy.load`
 * @param name   for messages
 * @returns row-major, whatever the file's order; 4- and 8-byte whole numbers and f8 as float64, everything else as float32
 * @throws FormatError when the bytes are not such a file, or the array is not of real numbers but of text, complex numbers,
 *   Python objects, records or dates
 */
export function readNpy(bytes: Uint8Array, name = "npy"): Tensor {
  expectBytes("readNpy", bytes);
  if (!isNpy(bytes) || bytes.length < 10) {
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    throw new FormatError(
      `${name}: this is not an npy file; one begins with the bytes 93 and NUMPY.` +
        (zip ? " It is a zip archive, as npz files are: readNpz reads those." : ""),
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, minor] = [bytes[6], bytes[7]];
  if (version < 1 || version > 3 || minor !== 0) {
    throw new FormatError(`${name}: npy version ${version}.${minor} is unknown; there are 1.0, 2.0 and 3.0.`);
  }
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true);
  if (begin + length > bytes.length) {
    throw new FormatError(
      `${name}: the header claims ${length} bytes, but ${bytes.length - begin} follow; the file was cut off.`,
    );
  }
  const encoding = version === 3 ? "utf-8" : "latin1";
  const header = new TextDecoder(encoding).decode(bytes.subarray(begin, begin + length));
  const { kind, little, isFortran, shape } = described(name, header, version < 3);
  const needed = byteLength(name, shape, kind);
  const data = bytes.subarray(begin + length);
  if (needed > data.length) {
    throw new FormatError(
      `${name}: ${shape.join("×") || "a scalar"} of ${kind} takes ${needed} bytes, but ${data.length} follow the header; ` +
        `the file was cut off.`,
    );
  }
  const x = decodeElements(name, data.subarray(0, needed), shape, kind, little);
  if (!isFortran) return x;
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  return copy(ndarray(x.data, shape, stride) as Tensor);
}

/** Whether the bytes begin as an npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

interface Description {
  readonly kind: ElementKind;
  /** Whether the lowest byte comes first. */
  readonly little: boolean;
  /** Whether the first index changes fastest. */
  readonly isFortran: boolean;
  readonly shape: number[];
}

/** Reads a header. @throws FormatError where NumPy throws too, or UnreadKindError when the array is not of real numbers */
function described(name: string, header: string, long: boolean): Description {
  const refused = (why: string): FormatError =>
    new FormatError(
      `${name}: the header ${JSON.stringify(header.slice(0, 80).trim())} ${why}; the file is damaged.`,
    );
  if (header.length > LONGEST_HEADER)
    throw refused(`has ${header.length} characters, more than ${LONGEST_HEADER}`);
  let value: Literal;
  try {
    value = readLiteral(header, { long });
  } catch {
    throw refused("does not describe an array: it is no Python dictionary");
  }
  const keys = value instanceof Map ? [...value.keys()].sort().join() : "";
  if (!(value instanceof Map) || keys !== "descr,fortran_order,shape")
    throw refused("does not describe an array: it needs descr, fortran_order and shape, and no more");
  const [descr, isFortran, shape] = ["descr", "fortran_order", "shape"].map((key) => value.get(key));
  if (!Array.isArray(shape) || !shape.every((extent) => typeof extent === "number"))
    throw refused("does not describe an array: its shape is no tuple of whole numbers");
  if (typeof isFortran !== "boolean")
    throw refused("does not describe an array: its fortran_order is neither True nor False");
  const [, order, code] = (typeof descr === "string" && /^([<>|=]?)(.+)$/.exec(descr)) || [];
  const kind = code !== undefined && Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  if (kind) return { kind, little: order !== ">", isFortran, shape };
  const held = descr instanceof PythonList ? "records" : code && others[code[0]];
  if (!held) throw refused("does not describe an array of numbers: its descr is unknown");
  throw new UnreadKindError(
    `${name}: it holds ${held} (${typeof descr === "string" ? descr : "several fields"}), which is not read; the header ` +
      `does not describe an array of numbers. ${advice(held)}`,
  );
}

function advice(held: string): string {
  if (held === "complex numbers") return `Save the parts: numpy.stack([array.real, array.imag]).`;
  if (held === "records")
    return `Save each field on its own: numpy.savez(file, **{k: array[k] for k in array.dtype.names}).`;
  return `Save numbers: numpy.save(file, array.astype("float32")).`;
}

/** The tensor as an npy file, version 1.0, little-endian and row-major, for `numpy.load`. */
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
