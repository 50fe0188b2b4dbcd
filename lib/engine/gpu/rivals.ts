/**
 * Rivals on the device. Each is written once, for the workspace that `run` opens. It takes non-empty float32 tensors, and may
 * refuse a case by returning undefined; everything that it does not take goes to the next engine.
 */
import { placeOf } from "../../array/remote.js";
import { isDense, type Tensor } from "../../array/tensor.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import type { Engine } from "../engine.js";
import type { BackwardLike, ForwardLike, ReferenceBackward, ReferenceForward, WithCache } from "../rivals.js";
import type { Residents, Workspace } from "./memory.js";

/** Where an operation computes: it opens a workspace, and knows the function that alone reads the result. */
export interface Place {
  readonly run: <T>(compute: (workspace: Workspace) => T) => T;
  readonly residents: Residents;
  readonly next?: ReferenceFunction;
}

/** One reference function's rival, before it is decided where its tensors are stored. */
export interface GpuRival {
  readonly reference: ReferenceFunction;
  readonly bind: (place: Place, otherwise: Engine) => ReferenceFunction;
  /** The functions whose part it can do too, where one of them alone reads its result. */
  readonly fuses?: readonly ReferenceFunction[];
}

/**
 * A forward and a backward.
 * @param ownForward   returns undefined for a case that it does not compute
 * @param ownBackward  is only given caches of ownForward
 * @param fuses        the functions that forward, and that backward, can do the part of
 */
export function rivals<F extends ReferenceForward, B extends ReferenceBackward, Cache extends object>(
  forward: F,
  ownForward: (place: Place, ...args: Parameters<F>) => ReturnType<ForwardLike<F, Cache>> | undefined,
  backward: B,
  ownBackward: (place: Place, ...args: WithCache<Parameters<B>, Cache>) => ReturnType<B>,
  fuses: { forward?: readonly ReferenceFunction[]; backward?: readonly ReferenceFunction[] } = {},
): readonly GpuRival[] {
  // A backward is computed by the engine that computed its forward.
  const made = new WeakSet<object>();
  return [
    {
      reference: forward,
      fuses: fuses.forward,
      bind: (place, otherwise) => {
        const plain = otherwise.of(forward) as unknown as ForwardLike<F, object>;
        return (...args: Parameters<F>) => {
          const given = (Array.isArray(args[0]) ? args[0] : [args[0]]) as Tensor[];
          const own = given.every(isOurs) ? ownForward(place, ...args) : undefined;
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

/** A function that changes tensors in place. @param own  returns whether it did */
export function rivalStep<F extends (...args: never[]) => void>(
  step: F,
  own: (place: Place, ...args: Parameters<F>) => boolean,
): GpuRival {
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

/** Whether a tensor may stay on the device: it has an array of its own, row-major. */
export function canStay(x: Tensor): boolean {
  return isOurs(x) && isDense(x) && (placeOf(x) !== undefined || x.data.length === x.size);
}
