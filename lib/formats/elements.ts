/**
 * The number types in files, and how each becomes a tensor: float32 if that represents every value of the type exactly,
 * else float64. A file's header is not trusted: memory is allocated only for bytes that exist.
 */
import { FormatError, ValueError } from "../array/errors.js";
import { flat, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";

/**
 * f16 is IEEE's half precision; bf16 is the upper half of an f32. The three types of one byte are named by their bits of
 * exponent and fraction: e5m2 is the upper half of an f16, e4m3 has no infinities, e8m0 is a power of two (Open Compute
 * Project, 2023).
 */
export type ElementKind =
  | "bool"
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "u64"
  | "i64"
  | "f8e4m3"
  | "f8e5m2"
  | "f8e8m0"
  | "f16"
  | "bf16"
  | "f32"
  | "f64";

/**
 * The file is not damaged, but the tensor has values that this library's tensors cannot hold: text, complex numbers, whole
 * numbers beyond 2⁵³. A reader of many tensors leaves it out and returns the others.
 */
export class UnreadKindError extends FormatError {}

/** What a reader does about a tensor that it leaves out. */
export interface ReadOptions {
  /** Called with the name of a tensor that is left out, and the reason; a warning on the console unless given. */
  onLeftOut?: (name: string, why: string) => void;
}

/** Bytes of one number of each kind. */
export const elementBytes: Readonly<Record<ElementKind, number>> = {
  ...{ bool: 1, u8: 1, i8: 1, f8e4m3: 1, f8e5m2: 1, f8e8m0: 1, u16: 2, i16: 2, f16: 2, bf16: 2 },
  ...{ u32: 4, i32: 4, f32: 4, u64: 8, i64: 8, f64: 8 },
};

const readers: Readonly<Record<ElementKind, (view: DataView, at: number, little: boolean) => number>> = {
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  u8: (view, at) => view.getUint8(at),
  i8: (view, at) => view.getInt8(at),
  u16: (view, at, little) => view.getUint16(at, little),
  i16: (view, at, little) => view.getInt16(at, little),
  u32: (view, at, little) => view.getUint32(at, little),
  i32: (view, at, little) => view.getInt32(at, little),
  u64: (view, at, little) => exactly(view.getBigUint64(at, little)),
  i64: (view, at, little) => exactly(view.getBigInt64(at, little)),
  f8e4m3: (view, at) => e4m3ToNumber(view.getUint8(at)),
  f8e5m2: (view, at) => halfToNumber(view.getUint8(at) << 8),
  f8e8m0: (view, at) => (view.getUint8(at) === 255 ? NaN : 2 ** (view.getUint8(at) - 127)),
  f16: (view, at, little) => halfToNumber(view.getUint16(at, little)),
  bf16: (view, at, little) => bfloatToNumber(view.getUint16(at, little)),
  f32: (view, at, little) => view.getFloat32(at, little),
  f64: (view, at, little) => view.getFloat64(at, little),
};

const wide: ReadonlySet<ElementKind> = new Set<ElementKind>(["u32", "i32", "u64", "i64", "f64"]);

/** The most axes that are accepted. NumPy's limit is 64; `ndarray` compiles a class for each number of axes. */
const MOST_AXES = 32;

/**
 * How many bytes a tensor of the shape takes.
 * @param where  names the file and the tensor, for messages
 * @throws FormatError when an extent is not a whole number of 0 or more, there are too many axes, or the product is beyond 2⁵³
 */
export function byteLength(where: string, shape: readonly unknown[], kind: ElementKind): number {
  const extents = shape.filter(
    (extent): extent is number => Number.isSafeInteger(extent) && (extent as number) >= 0,
  );
  const bytes = sizeOf(extents) * elementBytes[kind];
  if (extents.length === shape.length && shape.length <= MOST_AXES && Number.isSafeInteger(bytes))
    return bytes;
  throw new FormatError(
    `${where}: [${shape.slice(0, MOST_AXES).join(", ")}] is not the shape of a tensor; it must be ${MOST_AXES} or fewer whole ` +
      `numbers from 0 up whose product fits into memory.`,
  );
}

/**
 * Makes a tensor with its own memory from a file's bytes.
 * @param bytes   exactly `byteLength` bytes
 * @param little  whether the lowest byte comes first; true
 * @throws FormatError for a whole number beyond ±2⁵³, which no tensor holds exactly
 */
export function decodeElements(
  where: string,
  bytes: Uint8Array,
  shape: Shape,
  kind: ElementKind,
  little = true,
): Tensor {
  if (kind === "f32" && little && hostIsLittle) return wrap(new Float32Array(aligned(bytes)), shape);
  if (kind === "f64" && little && hostIsLittle) return wrap(new Float64Array(aligned(bytes)), shape);
  const width = elementBytes[kind];
  const count = bytes.length / width;
  const values = wide.has(kind) ? new Float64Array(count) : new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readers[kind];
  try {
    for (let i = 0; i < count; i++) values[i] = read(view, i * width, little);
  } catch (error) {
    throw new UnreadKindError(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return wrap(values, shape);
}

/**
 * Reads tensors by name. Tensors of a type that cannot be read are left out: `Object.entries` and similar functions do not
 * list them, and reading such a property throws an error with the reason.
 * @param read  returns the tensor with a given name
 * @throws UnreadKindError when there are tensors but all are left out
 */
export function readEach(
  names: Iterable<string>,
  read: (name: string) => Tensor,
  { onLeftOut = (_, why) => console.warn(`left out: ${why}`) }: ReadOptions = {},
): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  const leftOut: [string, UnreadKindError][] = [];
  for (const name of names) {
    try {
      define(tensors, name, { value: read(name), enumerable: true, writable: true });
    } catch (error) {
      if (!(error instanceof UnreadKindError)) throw error;
      leftOut.push([name, error]);
    }
  }
  if (leftOut.length > 0 && Object.keys(tensors).length === 0) throw leftOut[0][1];
  for (const [name, error] of leftOut) {
    const get = (): never => {
      throw error;
    };
    define(tensors, name, { get, enumerable: false });
    onLeftOut(name, error.message);
  }
  return tensors;
}

/** Defines an own property, even one called "__proto__". */
function define(tensors: Record<string, Tensor>, name: string, property: PropertyDescriptor): void {
  Object.defineProperty(tensors, name, { configurable: true, ...property });
}

/** The tensor's own numbers in row-major order, lowest byte first. */
export function encodeElements(x: Tensor): Uint8Array {
  const values = flat(x);
  if (hostIsLittle) {
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  }
  const width = values.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  if (values instanceof Float32Array) values.forEach((value, i) => view.setFloat32(i * width, value, true));
  else values.forEach((value, i) => view.setFloat64(i * width, value, true));
  return bytes;
}

/** Refuses names that a file cannot contain. @throws ValueError */
export function expectNames(operation: string, names: readonly string[], forbidden: RegExp): void {
  const bad = names.find((name) => forbidden.test(name));
  if (bad === undefined) return;
  throw new ValueError(
    `${operation}: a tensor cannot be named ${JSON.stringify(bad)} in such a file; give it another name.`,
  );
}

const hostIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A copy that begins at a multiple of eight bytes, as typed arrays need. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

function exactly(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`the whole number ${value} is beyond ±2⁵³ and would be rounded; store it as a float.`);
}

function e4m3ToNumber(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 3) & 0xf, bits & 7];
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return exponent === 15 && fraction === 7 ? NaN : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const bfloat = new DataView(new ArrayBuffer(4));

function bfloatToNumber(bits: number): number {
  bfloat.setUint16(0, bits);
  return bfloat.getFloat32(0);
}
