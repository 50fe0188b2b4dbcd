/**
 * Standard output and error by their numbers: cells that write to the file descriptors 1 and 2, as some loggers do, print
 * as those that write to `process.stdout`.
 */
import { Buffer } from "node:buffer";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { StreamOwner } from "../kernel-contract.js";

/** A function of `node:fs`, whichever its parameters are. */
type Call = (...parts: unknown[]) => unknown;
type Streams = Readonly<Record<"stdout" | "stderr", { write(bytes: string | Uint8Array): unknown }>>;

/** What stands for the two streams in a call of `node:fs`. */
const NAMES = new Map<unknown, keyof Streams>([
  [1, "stdout"],
  ["/dev/stdout", "stdout"],
  [2, "stderr"],
  ["/dev/stderr", "stderr"],
]);

/**
 * Writes what code of cells gives to these descriptors to the process's streams, which are taken. The program around the
 * cells still reaches the descriptors themselves. @returns a function that undoes this
 */
export function takeDescriptors(owner: StreamOwner): () => void {
  const functions = fs as unknown as Record<string, Call>;
  const streams = process as unknown as Streams;
  const before = new Map<string, Call>();
  /** @param take writes what the call was given, and returns the number of bytes */
  const replace = (name: string, take: (stream: Streams["stdout"], parts: unknown[]) => number): void => {
    const own = functions[name]!;
    const isLater = !name.endsWith("Sync");
    const taken: Call = (descriptor, ...parts) => {
      const stream = NAMES.get(descriptor);
      const done = isLater ? parts.at(-1) : undefined;
      const isOurs = stream !== undefined && (!isLater || typeof done === "function") && owner.isOfCell();
      if (!isOurs) return own(descriptor, ...parts);
      const count = take(streams[stream], parts);
      if (typeof done === "function") setImmediate(() => (done as Call)(null, count, parts[0]));
      return isLater || name.endsWith("FileSync") ? undefined : count;
    };
    before.set(name, own);
    // What Node keeps beside a function says, for one, how `util.promisify` calls it.
    functions[name] = Object.defineProperties(taken, Object.getOwnPropertyDescriptors(own));
  };
  const one = (stream: Streams["stdout"], parts: unknown[]): number => writeTo(stream, bytesOf(parts));
  const several = (stream: Streams["stdout"], [list]: unknown[]): number =>
    (list as ArrayBufferView[]).reduce((count, view) => count + writeTo(stream, bytesOf([view])), 0);
  const whole = (stream: Streams["stdout"], [data]: unknown[]): number => writeTo(stream, bytesOf([data]));
  replace("write", one);
  replace("writeSync", one);
  replace("writev", several);
  replace("writevSync", several);
  replace("writeFileSync", whole);
  replace("appendFileSync", whole);
  syncBuiltinESMExports();
  return () => {
    for (const [name, own] of before) functions[name] = own;
    syncBuiltinESMExports();
  };
}

function writeTo(stream: Streams["stdout"], bytes: Uint8Array): number {
  stream.write(bytes);
  return bytes.length;
}

/** The bytes that `write(descriptor, …parts)` writes, by Node's rules: of a part of a buffer, or of a text in an encoding. */
function bytesOf([data, from, count]: unknown[]): Uint8Array {
  if (typeof data === "string") {
    const encoding = [from, count].find((part) => typeof part === "string" && Buffer.isEncoding(part));
    return Buffer.from(data, encoding as BufferEncoding | undefined);
  }
  if (!ArrayBuffer.isView(data))
    throw new TypeError(
      `fs.write needs a string or bytes, and got ${data === null ? "null" : `a ${typeof data}`}.`,
    );
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const options = (typeof from === "object" && from !== null ? from : { offset: from, length: count }) as {
    offset?: unknown;
    length?: unknown;
  };
  const start = typeof options.offset === "number" ? options.offset : 0;
  const length = typeof options.length === "number" ? options.length : bytes.length - start;
  if (start < 0 || length < 0 || start + length > bytes.length)
    throw new RangeError(`fs.write: ${length} bytes from ${start} on of ${bytes.length} are out of range.`);
  return bytes.subarray(start, start + length);
}
