/** Pairs of a reference function and an engine's own version of it, in the one form that the compiler can check. */
import type { ReferenceFunction, Rival } from "../layers/rival.js";
import type { RivalEntry } from "./engine.js";

/** A reference forward: whatever it is given, it keeps a cache. */
export type ReferenceForward = (...args: never[]) => { readonly cache: object };
/** A reference backward: it takes an upstream gradient and the forward's cache, or the cache alone in a loss. */
export type ReferenceBackward = (...args: never[]) => object;

/** A forward that means the same as the reference's and keeps a cache of its own kind. */
export type ForwardLike<F extends ReferenceForward, Cache extends object> = (
  ...args: Parameters<F>
) => Omit<ReturnType<F>, "cache"> & { readonly cache: Cache };

/** A backward that means the same as the reference's and takes a cache of its own kind. */
export type BackwardLike<B extends ReferenceBackward, Cache extends object> = (
  ...args: WithCache<Parameters<B>, Cache>
) => ReturnType<B>;

/** A backward's arguments with another kind of cache, which comes last. */
export type WithCache<Given extends readonly unknown[], Cache> = Given extends [infer Gradient, unknown]
  ? [dy: Gradient, cache: Cache]
  : [cache: Cache];

/** A forward and a backward in the place of the reference's. The backward takes what the forward keeps. */
export function rivals<F extends ReferenceForward, B extends ReferenceBackward, Cache extends object>(
  forward: F,
  ownForward: ForwardLike<F, Cache>,
  backward: B,
  ownBackward: BackwardLike<B, Cache>,
): readonly RivalEntry[] {
  return [
    [forward, ownForward],
    [backward, ownBackward],
  ];
}

/** A function without a cache in the place of the reference's: an optimiser's step. */
export function rivalStep<F extends ReferenceFunction>(reference: F, own: Rival<F>): readonly RivalEntry[] {
  return [[reference, own]];
}
