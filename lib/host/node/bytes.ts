/** Bytes and text, with Node's Buffer: imported, since a cell may replace the global one. */
import { Buffer } from "node:buffer";

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

export function uniqueId(): string {
  return crypto.randomUUID();
}
