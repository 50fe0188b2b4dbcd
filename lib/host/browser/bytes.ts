/** Bytes and text. */

/** How many arguments one call of a function may safely have. */
const CHUNK = 0x2000;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

export function uniqueId(): string {
  // A page that was not loaded by HTTPS has no randomUUID.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  );
  return digits.join("");
}
