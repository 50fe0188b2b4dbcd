/**
 * How a layer, a loss and an optimiser reach the function that computes. They name the reference function, which is the
 * plain loop in their own file, and an engine answers with its own version of that function: the reference's rival. An engine
 * that has none answers with the reference function itself.
 */

/** A function that an engine may have a rival of: a forward, a backward, or an optimiser's step. */
export type ReferenceFunction = (...args: never[]) => unknown;

/**
 * A reference function as an engine offers it. Arguments and results are those of the reference, but what a forward keeps
 * for its backward is the engine's own: a cache goes to the backward of the same engine and nobody else reads it.
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

/** An engine, as layers, losses and optimisers know it. */
export interface Rivals {
  /**
   * The engine's own version of a reference function.
   *
   *     const { y, cache } = pass.engine.of(conv2dForward)(x, w, b, { pad: 1 });
   */
  of<F extends ReferenceFunction>(reference: F): Rival<F>;
}
