/** What every reader asks of the bytes that it is given. */
import { ValueError } from "../array/errors.js";

/**
 * The bytes are a Uint8Array, as Node's files are; what `fetch` gives is an ArrayBuffer.
 * @param operation  who asks, such as "readPng"
 * @throws ValueError saying what was given, and what to write
 */
export function expectBytes(operation: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  const kind = Object.prototype.toString.call(bytes).slice(8, -1);
  // A Uint8Array of another realm, such as a frame of a page.
  if (kind === "Uint8Array") return;
  const isBuffer = kind === "ArrayBuffer" || kind === "SharedArrayBuffer";
  const what = bytes === undefined || bytes === null ? String(bytes) : `a value of the kind ${kind}`;
  const way = isBuffer ? "new Uint8Array(buffer)" : 'readFileSync("name") of node:fs';
  throw new ValueError(
    `${operation} was given ${what}, and needs the bytes of a file, a Uint8Array: ${way}.`,
  );
}
