/**
 * Rivals that do not know where their tensors lie: each is written once, for a place that `bind` gives it, which is a way to open
 * memory. They take non-empty float32 tensors, and may refuse a case; everything that they do not take goes to another engine.
 */
import type { Tensor } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import type { ReferenceFunction } from "../layers/rival.js";
import type { Engine, RivalEntry } from "./engine.js";
import type { BackwardLike, ForwardLike, ReferenceBackward, ReferenceForward, WithCache } from "./rivals.js";

/** One reference function's rival, before it is decided where its tensors are stored. */
export interface PlacedRival<Place> {
  readonly reference: ReferenceFunction;
  /** @param otherwise  computes what the rival does not take */
  readonly bind: (place: Place, otherwise: Engine) => ReferenceFunction;
  /** The functions whose part it can do too, where one of them alone reads its result. */
  readonly fuses?: readonly ReferenceFunction[];
}

/** For a forward and its backward, the functions whose part they can do too. */
export interface Fused {
  readonly forward?: readonly ReferenceFunction[];
  readonly backward?: readonly ReferenceFunction[];
}

/** The rivals at a place. */
export function bound<Place>(
  rivals: readonly PlacedRival<Place>[],
  place: Place,
  otherwise: Engine,
): RivalEntry[] {
  return rivals.map(({ reference, bind }) => [reference, bind(place, otherwise)]);
}

/** Whether the rivals compute a layer together with `next`, where that alone reads its output. */
export function fuse<Place>(rivals: readonly PlacedRival<Place>[], layer: Layer, next: Layer): boolean {
  const reader = next.plainForward;
  const rival = rivals.find(({ reference }) => layer.functions.includes(reference));
  if (reader === undefined || layer.ownBackward || !rival?.fuses?.includes(reader)) return false;
  return Object.values(layer.parameters).every(({ value }) => value.dtype === "float32");
}

/**
 * A forward and a backward that replace the reference's. What the forward takes first is a tensor, or a list of them.
 * @param ownForward   returns undefined for a case that it does not compute
 * @param ownBackward  is only given caches of ownForward
 */
export function placedPair<
  Place,
  F extends ReferenceForward,
  B extends ReferenceBackward,
  Cache extends object,
>(
  forward: F,
  ownForward: (place: Place, ...args: Parameters<F>) => ReturnType<ForwardLike<F, Cache>> | undefined,
  backward: B,
  ownBackward: (place: Place, ...args: WithCache<Parameters<B>, Cache>) => ReturnType<B>,
  fuses: Fused = {},
): readonly [PlacedRival<Place>, PlacedRival<Place>] {
  // A backward is computed by the engine that computed its forward.
  const made = new WeakSet<object>();
  return [
    {
      reference: forward,
      fuses: fuses.forward,
      bind: (place, otherwise) => {
        const plain = otherwise.of(forward) as unknown as ForwardLike<F, object>;
        return (...args: Parameters<F>) => {
          const own = [args[0]].flat().every(isOurs) ? ownForward(place, ...args) : undefined;
          if (own === undefined) return plain(...args);
          made.add(own.cache);
          return own;
        };
      },
    },
    {
      reference: backward,
      fuses: fuses.backward,
      bind: (place, otherwise) => {
        const plain = otherwise.of(backward) as unknown as BackwardLike<B, object>;
        return (...args: WithCache<Parameters<B>, Cache>) =>
          made.has(args.at(-1) as Cache)
            ? ownBackward(place, ...args)
            : plain(...(args as WithCache<Parameters<B>, object>));
      },
    },
  ];
}

/** A function that changes tensors in place, such as an optimiser's step. @param own  returns whether it did */
export function placedStep<Place, F extends (...args: never[]) => void>(
  step: F,
  own: (place: Place, ...args: Parameters<F>) => boolean,
): PlacedRival<Place> {
  return {
    reference: step,
    bind: (place, otherwise) => {
      const plain = otherwise.of(step) as unknown as (...args: Parameters<F>) => void;
      return (...args: Parameters<F>) => {
        if (!own(place, ...args)) plain(...args);
      };
    },
  };
}

/** Whether the routines compute with such a tensor. */
export function isOurs(x: Tensor): boolean {
  return x.dtype === "float32" && x.size > 0;
}
