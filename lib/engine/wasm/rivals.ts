/** Rivals on WebAssembly, and how each says that it computes a layer. */
import type { Shape } from "../../array/tensor.js";
import type { Layer } from "../../layers/layer.js";
import type { Route } from "../engine.js";
import { placedPair, type Fused, type PlacedRival } from "../placed-rivals.js";
import type { ForwardLike, ReferenceBackward, ReferenceForward, WithCache } from "../rivals.js";
import type { InWorkspace } from "./workspace.js";

/** One reference function's rival, before it is decided where its tensors are stored. */
export interface WasmRival extends PlacedRival<InWorkspace> {
  /** How it computes a layer whose parameters are float32; absent for backwards and steps. */
  readonly route?: (layer: Layer, input: Shape) => Route;
}

/**
 * A forward and a backward that replace the reference's; see `placedPair`.
 * @param route  how it computes a layer
 * @param fuses  the functions that they can do the part of, where `workspace.next` is one; none
 */
export function rivals<F extends ReferenceForward, B extends ReferenceBackward, Cache extends object>(
  forward: F,
  ownForward: (run: InWorkspace, ...args: Parameters<F>) => ReturnType<ForwardLike<F, Cache>> | undefined,
  backward: B,
  ownBackward: (run: InWorkspace, ...args: WithCache<Parameters<B>, Cache>) => ReturnType<B>,
  route: (layer: Layer, input: Shape) => Route,
  fuses: Fused = {},
): readonly WasmRival[] {
  const [ahead, back] = placedPair(forward, ownForward, backward, ownBackward, fuses);
  return [{ ...ahead, route }, back];
}

/** The route of a rival that computes every layer in the same way. */
export function vectors(why: string): () => Route {
  return () => ({ route: "vectors", why });
}
