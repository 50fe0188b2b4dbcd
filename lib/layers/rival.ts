/**
 * How a layer, a loss or an optimiser gets the function that computes. It names the reference function, which is the plain
 * loop in its own file, and the engine returns its own version of that function: the reference's rival. An engine without a
 * rival returns the reference function itself.
 */

/** A function that an engine may have a rival of: a forward, a backward, or an optimiser's step. */
export type ReferenceFunction = (...args: never[]) => unknown;

/**
 * An engine's version of a reference function. Arguments and results are those of the reference, except the cache, whose form
 * belongs to the engine: only the backward of the same engine reads it.
 */
export type Rival<F extends ReferenceFunction> = F extends (...args: infer Given) => infer Result
  ? Result extends { readonly cache: object }
    ? (...args: Given) => Omit<Result, "cache"> & { readonly cache: object }
    : Given extends [infer Gradient, object]
      ? (dy: Gradient, cache: object) => Result
      : Given extends [object]
        ? (cache: object) => Result
        : F
  : never;

/** An engine, as layers, losses and optimisers see it. */
export interface Rivals {
  /**
   * The engine's own version of a reference function.
   *
   *     const { y, cache } = pass.engine.of(conv2dForward)(x, w, b, { pad: 1 });
   */
  of<F extends ReferenceFunction>(reference: F): Rival<F>;
  /**
   * The same functions, for a y (or dx) that `next` alone reads: `before(reluForward).of(conv2dForward)`. Such a function may
   * do the part of `next` at once; the engine's `next` then finds it done. So it may be called only if `next` is called with
   * its result, and the result is shown to nobody in between.
   */
  before(next: ReferenceFunction): Rivals;
}
