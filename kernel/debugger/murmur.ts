/** MurmurHash2 of a text in UTF-8: by this hash front ends know which cell a breakpoint is in. */

const M = 0x5bd1e995;

/** @returns an unsigned number of 32 bits */
export function murmur2(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const rest = bytes.length % 4;
  const whole = bytes.length - rest;
  let hash = seed ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    const scrambled = Math.imul(view.getUint32(i, true), M);
    hash = Math.imul(hash, M) ^ Math.imul(scrambled ^ (scrambled >>> 24), M);
  }
  if (rest > 0) {
    for (let i = rest - 1; i >= 0; i--) hash ^= bytes[whole + i]! << (8 * i);
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
