/**
 * Values on their way to another machine: bytes that are signed (HMAC-SHA-256) and named by their hash. Whoever lacks the
 * key can neither make a worker run code nor make it deserialise anything. Large arrays are parts of their own, so that a
 * data set that many programs use is stored and sent once.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { deserialize, serialize } from "node:v8";

/** Arrays of at least so many bytes are parts. */
const PART = 64 * 1024;
/** Bytes that a program may have in all. */
const MOST = 64 * 2 ** 20;
const MAC = 32;

/** A value as bytes, and the large arrays that were taken out of it, by their hashes. */
export interface Sealed {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/** What stands in a value in place of a large array. */
interface Reference {
  readonly $part: string;
  readonly type: string;
}

export const idOf = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex").slice(0, 32);

/** @param value  anything that structured cloning copies */
export function seal(value: unknown, key: string): Uint8Array {
  const body = serialize(value);
  return Buffer.concat([createHmac("sha256", key).update(body).digest(), body]);
}

/** @throws Error when the bytes are not signed with this key; they are not looked into then */
export function unseal(bytes: Uint8Array, key: string): unknown {
  const body = bytes.subarray(MAC);
  const mac = createHmac("sha256", key).update(body).digest();
  if (bytes.length < MAC || !timingSafeEqual(mac, bytes.subarray(0, MAC)))
    throw new Error("it is not signed with the key that is set here (CHAINRULE_WORKER_KEY)");
  return deserialize(body);
}

/**
 * Seals a program.
 * @throws RangeError when it is too large to be sent
 */
export function sealProgram(program: unknown, key: string): Sealed {
  const parts = new Map<string, Uint8Array>();
  let size = 0;
  const take = (array: ArrayBufferView): Reference | ArrayBufferView => {
    size += array.byteLength;
    if (array.byteLength < PART) return array;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const id = idOf(bytes);
    parts.set(id, bytes);
    return { $part: id, type: array.constructor.name };
  };
  const bytes = seal(
    mapped(program, (value) => (ArrayBuffer.isView(value) ? take(value) : value)),
    key,
  );
  if (size + bytes.length > MOST)
    throw new RangeError(
      `the values that travel with it have ${megabytes(size + bytes.length)} MB, and at most ${megabytes(MOST)} MB are sent; load large data inside the function, for example with mnist().`,
    );
  return { id: idOf(bytes), bytes, parts };
}

/** @param read  gives the bytes of a part */
export async function unsealProgram(
  bytes: Uint8Array,
  key: string,
  read: (id: string) => Promise<Uint8Array>,
): Promise<unknown> {
  const program = unseal(bytes, key);
  const parts = new Map<string, Uint8Array>();
  const ids = new Set<string>();
  mapped(program, (value) => (isReference(value) ? void ids.add(value.$part) : value));
  for (const id of ids) parts.set(id, await read(id));
  return mapped(program, (value) => (isReference(value) ? arrayOf(value, parts.get(value.$part)!) : value));
}

const ARRAYS = {
  ...{ Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array },
  ...{ Float32Array, Float64Array, BigInt64Array, BigUint64Array },
};

function arrayOf({ type }: Reference, bytes: Uint8Array): ArrayBufferView {
  const own = bytes.slice(); // aligned, and nobody else's
  const TypedArray = type === "Buffer" ? Uint8Array : ARRAYS[type as keyof typeof ARRAYS];
  return new TypedArray(own.buffer as never);
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "$part" in value && "type" in value;
}

/** A copy of plain data in which each value is what `change` makes of it; a value that it changes is not looked into. */
function mapped(value: unknown, change: (value: unknown) => unknown): unknown {
  const changed = change(value);
  if (changed !== value || typeof value !== "object" || value === null) return changed;
  if (Array.isArray(value)) return value.map((one) => mapped(one, change));
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value) as null)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapped(one, change)]));
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
