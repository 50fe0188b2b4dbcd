/** Gradient clipping, so that one bad batch does not destroy what was learned. Pascanu et al., 2013. */
import { ValueError } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { Rivals } from "../layers/rival.js";

/**
 * The norm of all gradients together: the root of the sum of all squares.
 * @param engine  the engine that computes, such as `pass.engine`; the loops below unless given
 */
export function gradientNorm(gradients: ReadonlyMap<Parameter, Tensor>, engine?: Rivals): number {
  return startNorm(gradients, engine)();
}

/** The same, begun now. @returns a function that waits for the norm */
export function startNorm(gradients: ReadonlyMap<Parameter, Tensor>, engine?: Rivals): () => number {
  const sums = (engine?.of(squareSums) ?? squareSums)([...gradients.values()]);
  return () => {
    let squares = 0;
    for (const sum of sums) squares += sum;
    return Math.sqrt(squares);
  };
}

/** Σx² of each tensor. All at once, because an engine may have to wait for the numbers: then whoever goes through them waits. */
export function squareSums(xs: readonly Tensor[]): Iterable<number> {
  return xs.map(squareSum);
}

/** Σx² in double precision: four sums take turns, so that no addition waits for the one before it. */
export function squareSum(x: Tensor): number {
  const values = flat(x);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 4 <= values.length; i += 4) {
    s0 += values[i] * values[i];
    s1 += values[i + 1] * values[i + 1];
    s2 += values[i + 2] * values[i + 2];
    s3 += values[i + 3] * values[i + 3];
  }
  for (; i < values.length; i++) s0 += values[i] * values[i];
  return s0 + s1 + (s2 + s3);
}

/**
 * Scales all gradients together down to a norm of `limit` if their norm is larger; their direction does not change.
 * @param gradients  `pass.gradients`, changed in place
 * @param engine     the engine that computes, such as `pass.engine`; the loops of this file unless given
 * @returns the norm before clipping
 * @throws ValueError when the norm is not finite: then no factor helps
 */
export function clipByNorm(gradients: Map<Parameter, Tensor>, limit: number, engine?: Rivals): number {
  expectLimit("clipByNorm", limit);
  const norm = finiteNorm(gradientNorm(gradients, engine));
  if (norm > limit) {
    const scaled = engine?.of(scaledGradient) ?? scaledGradient;
    for (const [parameter, gradient] of gradients)
      gradients.set(parameter, scaled(gradient, { limit, norm }));
  }
  return norm;
}

/**
 * The same, begun now, where the engine can scale without JavaScript's knowing the norm.
 * @returns a function that waits for the norm before clipping, and throws when it is not finite
 */
export function startClip(gradients: Map<Parameter, Tensor>, limit: number, engine: Rivals): () => number {
  expectLimit("clipByNorm", limit);
  const later = engine.of(clippedLater)([...gradients.values()], { limit });
  if (later === undefined) {
    const norm = clipByNorm(gradients, limit, engine);
    return () => norm;
  }
  [...gradients.keys()].forEach((parameter, i) => gradients.set(parameter, later.gradients[i]));
  return () => finiteNorm(later.norm);
}

/**
 * Gradients that are scaled together, with their norm, for which whoever reads it waits; undefined where an engine has no such
 * function. As for a loss, an engine that has keeps the weights from a norm that is not finite.
 */
export function clippedLater(
  _gradients: readonly Tensor[],
  _given: { readonly limit: number },
): { readonly gradients: readonly Tensor[]; readonly norm: number } | undefined {
  return undefined;
}

/** A gradient whose part of a norm becomes its part of the limit. */
export function scaledGradient(
  gradient: Tensor,
  { limit, norm }: { readonly limit: number; readonly norm: number },
): Tensor {
  return wrap(
    flat(gradient).map((g) => (g * limit) / norm),
    gradient.shape,
  );
}

/**
 * Clips every number of every gradient to ±limit; this changes the direction.
 * @param gradients  `pass.gradients`, changed in place
 * @param engine     the engine that computes, such as `pass.engine`; the loops of this file unless given
 * @returns how many numbers were clipped
 */
export function clipByValue(gradients: Map<Parameter, Tensor>, limit: number, engine?: Rivals): number {
  expectLimit("clipByValue", limit);
  const counts = [...(engine?.of(countsBeyond) ?? countsBeyond)([...gradients.values()], { limit })];
  const clipped = engine?.of(clippedGradient) ?? clippedGradient;
  [...gradients].forEach(([parameter, gradient], i) => {
    if (counts[i] > 0) gradients.set(parameter, clipped(gradient, { limit }));
  });
  return counts.reduce((total, count) => total + count, 0);
}

/** How many numbers of each tensor lie beyond ±limit. All at once, as with `squareSums`. */
export function countsBeyond(xs: readonly Tensor[], { limit }: { readonly limit: number }): Iterable<number> {
  return xs.map((x) => {
    let count = 0;
    for (const value of flat(x)) if (Math.abs(value) > limit) count++;
    return count;
  });
}

/** A gradient with every number clipped to ±limit. */
export function clippedGradient(gradient: Tensor, { limit }: { readonly limit: number }): Tensor {
  return wrap(
    flat(gradient).map((g) => Math.max(-limit, Math.min(limit, g))),
    gradient.shape,
  );
}

function finiteNorm(norm: number): number {
  if (Number.isFinite(norm)) return norm;
  throw new ValueError(
    `clipByNorm: the gradients' length is ${norm}; find the layer it comes from before clipping, with a tap for example.`,
  );
}

function expectLimit(operation: string, limit: number): void {
  if (!(limit > 0)) throw new ValueError(`${operation}: the limit is ${limit}; it must be above 0.`);
}
