/** A browser either has relaxed SIMD or does not; a page cannot change that. */
export function withRelaxedSimd<T>(read: () => T): T {
  return read();
}
