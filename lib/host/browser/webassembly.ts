/** A browser has relaxed SIMD or has it not; no flag of the page's changes that. */
export function withRelaxedSimd<T>(read: () => T): T {
  return read();
}
