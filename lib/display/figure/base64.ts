/** Bytes as base64, without Node's Buffer, so that displays also work in a browser. */

/** The bytes as base64 text (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // In pieces, because the number of arguments of a call is limited.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  }
  return btoa(pieces.join(""));
}
