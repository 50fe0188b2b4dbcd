/**
 * safetensors: named tensors in one file, the usual format of published weights. Eight bytes give the header's length; the
 * header is JSON, `{ name: { dtype, shape, data_offsets: [begin, end] } }`; the numbers follow without gaps.
 * Source: the format's description at github.com/huggingface/safetensors.
 */
import { expectBytes } from "./bytes.js";
import { FormatError } from "../array/errors.js";
import { dtypeOf, type Tensor } from "../array/tensor.js";
import {
  byteLength,
  decodeElements,
  elementBytes,
  encodeElements,
  expectNames,
  readEach,
  UnreadKindError,
  type ElementKind,
  type ReadOptions,
} from "./elements.js";
import { isObject, parseJsonObject } from "./json.js";

/** The contents of a safetensors file. */
export interface Safetensors {
  /** By name. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Free text about the file, by key; often empty. */
  readonly metadata: Readonly<Record<string, string>>;
}

const kinds: Readonly<Record<string, ElementKind>> = {
  ...{
    BOOL: "bool",
    U8: "u8",
    I8: "i8",
    U16: "u16",
    I16: "i16",
    U32: "u32",
    I32: "i32",
    U64: "u64",
    I64: "i64",
  },
  ...{ F16: "f16", BF16: "bf16", F32: "f32", F64: "f64" },
  ...{ F8_E4M3: "f8e4m3", F8_E5M2: "f8e5m2", F8_E8M0: "f8e8m0" },
};

/** The types that this library's tensors cannot hold, and the bytes of one number. */
const others: Readonly<Record<string, { what: string; bytes: number }>> = {
  C64: { what: "complex numbers", bytes: 8 },
  F6_E2M3: { what: "floats of 6 bits", bytes: 0.75 },
  F6_E3M2: { what: "floats of 6 bits", bytes: 0.75 },
  F4: { what: "floats of 4 bits", bytes: 0.5 },
};

/** Longer headers are refused, as in the format's own library. */
const LONGEST_HEADER = 100_000_000;

interface Entry {
  readonly name: string;
  readonly dtype: string;
  /** Absent for the types in `others`. */
  readonly kind: ElementKind | undefined;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads the named tensors of a safetensors file, the format of published weights; `loadState` puts them into a network.
 * @param bytes  the whole file
 * @returns its tensors, copied: F64, I32, U32, I64 and U64 as float64, everything else as float32, always exactly. Tensors
 *   that cannot be exact (complex numbers, whole numbers beyond ±2⁵³, floats of less than 8 bits) are left out with a
 *   warning; reading such a property throws an error with the reason
 * @throws FormatError when the file breaks the format: a header that is too long or not JSON, a name that occurs twice, a
 *   shape that does not fit its bytes, bytes that belong to two tensors or to none
 */
export function readSafetensors(bytes: Uint8Array, options: ReadOptions = {}): Safetensors {
  expectBytes("readSafetensors", bytes);
  const { header, data } = split(bytes);
  const { __metadata__: metadata = {}, ...rest } = parseJsonObject("safetensors: the header", header);
  if (!isObject(metadata) || !Object.values(metadata).every((text) => typeof text === "string")) {
    throw new FormatError(`safetensors: __metadata__ must be an object of texts.`);
  }
  const entries = Object.entries(rest).map(([name, entry]) => checkEntry(name, entry));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const what =
        begin < covered ? "overlaps the tensor before it" : "leaves bytes before it that are nobody's";
      throw new FormatError(
        `safetensors: ${show(name)} begins at byte ${begin}, not ${covered}: it ${what}.`,
      );
    }
    covered = end;
  }
  if (covered !== data.length) {
    throw new FormatError(
      `safetensors: the tensors take ${covered} bytes, but ${data.length} follow the header; ` +
        `${covered > data.length ? "the file was cut off: fetch it again" : "the file has something behind its end"}.`,
    );
  }
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const read = (name: string): Tensor => {
    const { kind, dtype, shape, begin, end } = byName.get(name) as Entry;
    const where = `safetensors: ${show(name)}`;
    if (kind) return decodeElements(where, data.subarray(begin, end), shape, kind);
    const what = Object.hasOwn(others, dtype) ? `${others[dtype].what} (${dtype})` : "something unknown";
    throw new UnreadKindError(
      `${where} holds ${what}: the dtype ${show(dtype)} is not one of ${Object.keys(kinds).join(", ")}; save it as F32.`,
    );
  };
  const tensors = readEach(byName.keys(), read, options);
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Writes named tensors, such as `stateOf(net)`, as a safetensors file, which PyTorch and other programs read.
 * @param tensors   by name; float32 becomes F32 and float64 F64
 * @param metadata  texts to keep with them
 * @returns the file's bytes; the same tensors give the same bytes
 * @throws ValueError for a tensor named "__metadata__"
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = Object.keys(tensors);
  expectNames("writeSafetensors", names, /^__metadata__$/);
  const parts = names.map((name) => encodeElements(tensors[name]));
  let end = 0;
  const entries = names.map((name, i): [string, object] => {
    const begin = end;
    end += parts[i].length;
    const dtype = dtypeOf(tensors[name], `writeSafetensors: ${show(name)}`) === "float64" ? "F64" : "F32";
    return [name, { dtype, shape: tensors[name].shape, data_offsets: [begin, end] }];
  });
  const about: [string, object][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...about, ...entries])));
  const headerLength = Math.ceil(json.length / 8) * 8; // so that the numbers begin at a multiple of eight
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function split(bytes: Uint8Array): { header: Uint8Array; data: Uint8Array } {
  if (bytes.length < 8) {
    throw new FormatError(
      `safetensors: ${bytes.length} bytes are too few; a file begins with 8 that say how long its header is.`,
    );
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > Math.min(LONGEST_HEADER, bytes.length - 8)) {
    throw new FormatError(
      `safetensors: the header claims ${length} bytes, but ${bytes.length - 8} follow; this is no safetensors file, or it was cut off.`,
    );
  }
  if (bytes[8] !== 0x7b) throw new FormatError(`safetensors: the header does not begin with "{".`);
  return { header: bytes.subarray(8, 8 + length), data: bytes.subarray(8 + length) };
}

function checkEntry(name: string, entry: unknown): Entry {
  const where = `safetensors: ${show(name)}`;
  if (!isObject(entry))
    throw new FormatError(`${where}: an object with dtype, shape and data_offsets was expected.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") throw new FormatError(`${where}: the dtype ${show(dtype)} is no text.`);
  if (!Array.isArray(shape)) throw new FormatError(`${where}: the shape ${show(shape)} is no list.`);
  const kind = Object.hasOwn(kinds, dtype) ? kinds[dtype] : undefined;
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  const areOffsets = isOffset(begin) && isOffset(end) && begin <= end;
  const size = byteLength(where, shape, "u8");
  // For an unknown dtype only the file says how many bytes it takes.
  const bytes = kind ? elementBytes[kind] : Object.hasOwn(others, dtype) ? others[dtype].bytes : undefined;
  if (!areOffsets || (bytes !== undefined && end - begin !== size * bytes)) {
    throw new FormatError(
      `${where}: ${shape.join("×") || "a scalar"} of ${kind ?? dtype} takes ${size * (bytes ?? 1)} bytes, but its data_offsets are ${show(offsets)}.`,
    );
  }
  return { name, dtype, kind, shape: shape as number[], begin, end };
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A value as JSON, short enough for a message. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
