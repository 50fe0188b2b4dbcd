/** Pairs of a reference function and an engine's own version of it, in a form that the compiler can check. */
import type { ReferenceFunction, Rival } from "../layers/rival.js";
import type { RivalEntry } from "./engine.js";

/** A reference forward: it may take any arguments, and returns a cache. */
export type ReferenceForward = (...args: never[]) => { readonly cache: object };
/** A reference backward: it takes an upstream gradient and the forward's cache; in a loss, only the cache. */
export type ReferenceBackward = (...args: never[]) => object;

/** A forward that computes the same as the reference's, with its own type of cache. */
export type ForwardLike<F extends ReferenceForward, Cache extends object> = (
  ...args: Parameters<F>
) => Omit<ReturnType<F>, "cache"> & { readonly cache: Cache };

/** A backward that computes the same as the reference's, with its own type of cache. */
export type BackwardLike<B extends ReferenceBackward, Cache extends object> = (
  ...args: WithCache<Parameters<B>, Cache>
) => ReturnType<B>;

/** A backward's arguments with another type of cache, which is the last argument. */
export type WithCache<Given extends readonly unknown[], Cache> = Given extends [infer Gradient, unknown]
  ? [dy: Gradient, cache: Cache]
  : [cache: Cache];

/** A forward and a backward that replace the reference's. The backward takes the forward's cache. */
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

/** A function without a cache, an optimiser's step, that replaces the reference's. */
export function rivalStep<F extends ReferenceFunction>(reference: F, own: Rival<F>): readonly RivalEntry[] {
  return [[reference, own]];
}
