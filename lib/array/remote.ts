/**
 * Tensors whose numbers lie elsewhere, in a graphics card's memory, until somebody reads them. Such a tensor is an ordinary one
 * but for `data`, which fetches the numbers.
 */
import type { Tensor } from "./types.js";

/** Where a tensor's numbers are. */
export interface Place {
  /** Brings the numbers into JavaScript's memory, if they are not there. From then on those count, as they may be written. */
  fetch(): Float32Array;
  /** Frees the memory there; nobody reads the numbers any more. */
  free?(): void;
}

const places = new WeakMap<Tensor, Place>();

/** Makes `data` of a dense float32 tensor come from a place; its other parts stay. Returns the tensor. */
export function attach(x: Tensor, place: Place): Tensor {
  Object.defineProperty(x, "data", { get: () => place.fetch(), enumerable: true, configurable: true });
  places.set(x, place);
  return x;
}

/** Where the tensor's numbers are; undefined for an ordinary one. */
export function placeOf(x: Tensor): Place | undefined {
  return places.get(x);
}

/** Says that nobody reads a tensor's numbers any more, so that their memory goes back where they lie elsewhere. */
export function discard(x: Tensor): void {
  places.get(x)?.free?.();
}
