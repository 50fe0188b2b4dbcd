/**
 * Scores for every position of a signal or image, N×K×d₁×…, from a network that classifies each pixel (Long, Shelhamer and
 * Darrell, 2015). For a loss each position is an example with a row of K scores.
 */
import { copy, flat, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";

/** N×K×d₁×… as (N·d₁·…)×K, the positions of the first example first. */
export function placesAsRows(x: Tensor): Tensor {
  const [N, K, ...places] = x.shape;
  const classLast = copy(x.transpose(0, ...places.map((_, axis) => axis + 2), 1) as Tensor);
  return wrap(flat(classLast), [N * sizeOf(places), K]);
}

/** The inverse of `placesAsRows`: (N·d₁·…)×K as N×K×d₁×…. */
export function rowsAsPlaces(rows: Tensor, [N, K, ...places]: Shape): Tensor {
  const classLast = wrap(flat(rows), [N, ...places, K]);
  return copy(classLast.transpose(0, places.length + 1, ...places.map((_, axis) => axis + 1)) as Tensor);
}
