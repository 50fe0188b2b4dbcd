/** Gradient clipping: one wild batch must not throw away what was learned. Pascanu et al., 2013. */
import { ValueError } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";

/** The length of all gradients together: the root of the sum of all squares. */
export function gradientNorm(gradients: ReadonlyMap<Parameter, Tensor>): number {
  let squares = 0;
  for (const gradient of gradients.values()) {
    const values = flat(gradient);
    for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  }
  return Math.sqrt(squares);
}

/**
 * Shortens all gradients together to a length of `limit`, when they are longer; their direction stays.
 * @param gradients  `pass.gradients`, changed in place
 * @returns the length that they had
 * @throws ValueError when the length is not finite: no factor would help then
 */
export function clipByNorm(gradients: Map<Parameter, Tensor>, limit: number): number {
  expectLimit("clipByNorm", limit);
  const norm = gradientNorm(gradients);
  if (!Number.isFinite(norm)) {
    throw new ValueError(
      `clipByNorm: the gradients' length is ${norm}; find the layer it comes from before clipping, with a tap for example.`,
    );
  }
  if (norm > limit) replace(gradients, (g) => (g * limit) / norm);
  return norm;
}

/**
 * Cuts every number of every gradient off at ±limit; the direction changes.
 * @param gradients  `pass.gradients`, changed in place
 * @returns how many numbers were cut
 */
export function clipByValue(gradients: Map<Parameter, Tensor>, limit: number): number {
  expectLimit("clipByValue", limit);
  let cut = 0;
  for (const gradient of gradients.values()) for (const g of flat(gradient)) if (Math.abs(g) > limit) cut++;
  if (cut > 0) replace(gradients, (g) => Math.max(-limit, Math.min(limit, g)));
  return cut;
}

function replace(gradients: Map<Parameter, Tensor>, change: (g: number) => number): void {
  for (const [parameter, gradient] of gradients) {
    gradients.set(parameter, wrap(flat(gradient).map(change), gradient.shape));
  }
}

function expectLimit(operation: string, limit: number): void {
  if (!(limit > 0)) throw new ValueError(`${operation}: the limit is ${limit}; it must be above 0.`);
}
