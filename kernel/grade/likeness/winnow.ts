/**
 * Winnowing: of all runs of a text a few are kept, chosen so that whatever two texts share is found if it is long enough,
 * wherever it stands. After Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document fingerprinting",
 * SIGMOD 2003.
 */
import type { Token } from "./tokens.js";

export interface Lengths {
  /** The tokens of a run: nothing shorter is found. */
  readonly run: number;
  /** The runs of which at least one is kept: everything is found that is as long as both together, less one. */
  readonly window: number;
}

/** A run that is kept. */
export interface Fingerprint {
  /** Equal for equal runs. */
  readonly hash: number;
  /** Where it stands in the source. */
  readonly start: number;
  readonly end: number;
}

/** The runs that are kept of a text; a text that is shorter than a run has none. */
export function winnow(tokens: readonly Token[], { run, window }: Lengths): Fingerprint[] {
  const hashes = Array.from({ length: Math.max(0, tokens.length - run + 1) }, (_, i) =>
    hashOf(tokens.slice(i, i + run)),
  );
  const kept = new Set<number>();
  for (let from = 0; from === 0 || from + window <= hashes.length; from++) {
    let least = from;
    // Of equals the last: then the next window often keeps the same.
    for (let i = from; i < Math.min(from + window, hashes.length); i++)
      if (hashes[i] <= hashes[least]) least = i;
    if (least < hashes.length) kept.add(least);
  }
  return [...kept].map((at) => {
    const own = tokens.slice(at, at + run);
    return { hash: hashes[at], start: own[0].start, end: Math.max(...own.map(({ end }) => end)) };
  });
}

/** 53 bits, as many as a number holds: two different runs of a class have the same by hardly any chance. */
function hashOf(tokens: readonly Token[]): number {
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (const { text } of tokens)
    for (const letter of `${text}\0`) {
      const code = letter.codePointAt(0)!;
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x5bd1e995);
      high ^= high >>> 15;
    }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
