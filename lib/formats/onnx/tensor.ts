/** ONNX's TensorProto ↔ tensors. The numbers are either raw bytes or in one of several lists, depending on their type. */
import { FormatError } from "../../array/errors.js";
import { dtypeOf, wrap, type Tensor } from "../../array/tensor.js";
import { byteLength, decodeElements, elementBytes, encodeElements, type ElementKind } from "../elements.js";
import { decodeMessage, type Message } from "./schema.js";
import type { OnnxTensor } from "./model.js";

/** TensorProto.DataType. */
const kinds: Readonly<Record<number, ElementKind>> = {
  ...{ 1: "f32", 2: "u8", 3: "i8", 4: "u16", 5: "i16", 6: "i32", 7: "i64", 9: "bool", 10: "f16" },
  ...{ 11: "f64", 12: "u32", 13: "u64", 16: "bf16", 17: "f8e4m3", 19: "f8e5m2" },
};

/** The kind of an element type's number. */
export function kindOf(dataType: unknown): ElementKind | undefined {
  return kinds[Number(dataType)];
}

/** The number of a kind in TensorProto.DataType. */
export function dataTypeOf(kind: ElementKind): number {
  return Number(Object.keys(kinds).find((number) => kinds[Number(number)] === kind));
}

/**
 * Reads a file that holds one tensor, such as an input or output of ONNX's test cases.
 * @throws FormatError when the bytes are not a TensorProto
 */
export function readOnnxTensor(bytes: Uint8Array): OnnxTensor {
  return guarded("onnx tensor", () => tensorFrom(decodeMessage("TensorProto", bytes)));
}

/** Runs a reader; turns any error that protobufjs throws for a damaged file into a FormatError. */
export function guarded<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(
      `${what}: the bytes are not a whole protocol-buffer message (${error instanceof Error ? error.message : String(error)}); ` +
        `the file is damaged, or of another format.`,
    );
  }
}

/** The bytes of the other files of a model, by name. */
export type ExternalData = Readonly<Record<string, Uint8Array>>;

/** @throws FormatError when the numbers are in a file that is not given, or their count does not match the shape */
export function tensorFrom(message: Message, external: ExternalData = {}): OnnxTensor {
  const name = String(message.name ?? "");
  const where = `onnx: tensor ${JSON.stringify(name)}`;
  const kind = kindOf(message.dataType);
  if (kind === undefined)
    throw new FormatError(`${where}: element type ${String(message.dataType)} is not read.`);
  const shape = list(message.dims).map((extent) => whole(where, extent));
  const length = byteLength(where, shape, kind);
  const isElsewhere = Number(message.dataLocation) !== 0;
  const raw = isElsewhere
    ? elsewhere(where, message, length, external)
    : (message.rawData as Uint8Array | undefined);
  if (raw !== undefined && raw.length > 0) {
    if (raw.length !== length)
      throw new FormatError(miscounted(where, shape, raw.length / elementBytes[kind]));
    if (kind === "i64") {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
      const at = (_: unknown, i: number): number => clamped(view.getBigInt64(i * 8, true));
      return { name, kind, value: wrap(Float64Array.from({ length: raw.length / 8 }, at), shape) };
    }
    return { name, kind, value: decodeElements(where, raw, shape, kind) };
  }
  const numbers = listOf(message, kind, where);
  if (numbers.length * elementBytes[kind] !== length)
    throw new FormatError(miscounted(where, shape, numbers.length));
  if (kind === "f16" || kind === "bf16" || kind === "f8e4m3" || kind === "f8e5m2") {
    // 8- and 16-bit floats are stored as whole numbers with the same bits.
    const Bits = elementBytes[kind] === 1 ? Uint8Array : Uint16Array;
    const bits = new Uint8Array(Bits.from(numbers).buffer);
    return { name, kind, value: decodeElements(where, bits, shape, kind) };
  }
  const isWide = ["i32", "u32", "i64", "u64", "f64"].includes(kind);
  const value = wrap(isWide ? Float64Array.from(numbers) : Float32Array.from(numbers), shape);
  return { name, kind, value };
}

/** A tensor's bytes in another file. Source: onnx.proto, TensorProto.external_data. */
function elsewhere(where: string, message: Message, length: number, external: ExternalData): Uint8Array {
  const entries = (list(message.externalData) as readonly Message[]).map(
    ({ key, value }): [string, string] => [String(key), String(value)],
  );
  const { location = "", offset = "0", length: stated = String(length) } = Object.fromEntries(entries);
  const nameOf = (path: string): string => path.split("/").at(-1) ?? path;
  const names = Object.keys(external);
  const name =
    names.find((given) => given === location) ?? names.find((given) => nameOf(given) === nameOf(location));
  if (name === undefined) {
    throw new FormatError(
      `${where}: its numbers are in another file, ${JSON.stringify(location)}; give that file's bytes too, ` +
        `importOnnx(bytes, { externalData: { ${JSON.stringify(nameOf(location))}: itsBytes } }), or save the model with everything in ` +
        `one file, in PyTorch with torch.onnx.export(…, external_data=False).`,
    );
  }
  const [begin, count] = [whole(where, offset), whole(where, stated)];
  const file = external[name];
  if (begin < 0 || count !== length || begin + count > file.length) {
    throw new FormatError(
      `${where}: it needs ${length} bytes, and the model names ${count} from byte ${begin} on of ${name}, which has ${file.length}; ` +
        `take both files from the same export.`,
    );
  }
  return file.subarray(begin, begin + count);
}

/** The message of a tensor: float32 and float64 as they are, or whole numbers as int64. */
export function tensorMessage(name: string, x: Tensor, kind: "float" | "i64" = "float"): Message {
  if (kind === "i64") {
    const rawData = new Uint8Array(BigInt64Array.from([...x.data], BigInt).buffer);
    return { name, dims: x.shape, dataType: dataTypeOf("i64"), rawData };
  }
  const dataType = dataTypeOf(dtypeOf(x) === "float64" ? "f64" : "f32");
  return { name, dims: x.shape, dataType, rawData: encodeElements(x) };
}

function listOf(message: Message, kind: ElementKind, where: string): number[] {
  if (kind === "f32") return list(message.floatData).map(Number);
  if (kind === "f64") return list(message.doubleData).map(Number);
  if (kind === "i64") return list(message.int64Data).map(clamped);
  if (kind === "u32" || kind === "u64") return list(message.uint64Data).map((value) => whole(where, value));
  return list(message.int32Data).map(Number);
}

/** A repeated field. */
export function list(field: unknown): readonly unknown[] {
  return Array.isArray(field) ? (field as unknown[]) : [];
}

/** A whole number of 64 bits. @throws FormatError beyond ±2⁵³ */
export function whole(where: string, value: unknown): number {
  const number = Number(String(value));
  if (Number.isSafeInteger(number)) return number;
  throw new FormatError(`${where}: the whole number ${String(value)} is beyond ±2⁵³.`);
}

/** A whole number of 64 bits. Exporters write ±2⁶³ for "to the end"; here ±2⁵³ means the same. */
export function clamped(value: unknown): number {
  const number = Number(String(value));
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
}

function miscounted(where: string, shape: readonly number[], count: number): string {
  return `${where}: ${shape.join("×") || "a scalar"} needs ${shape.reduce((a, b) => a * b, 1)} numbers, but the file has ${count}.`;
}
