/**
 * Rivals on WebAssembly. Each is written once, for the workspace that `run` opens, and does not know where its results will be
 * stored; `bind` decides that. It takes non-empty float32 tensors, and may refuse a case by returning undefined. Everything
 * that it does not take goes to the TypeScript engine.
 */
import type { Tensor } from "../../array/tensor.js";
import type { Layer } from "../../layers/layer.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import type { Shape } from "../../array/tensor.js";
import type { Route } from "../engine.js";
import type { BackwardLike, ForwardLike, ReferenceBackward, ReferenceForward, WithCache } from "../rivals.js";
import { typescript } from "../typescript/engine.js";
import type { InWorkspace } from "./workspace.js";

/** One reference function's rival, before it is decided where its tensors are stored. */
export interface WasmRival {
  readonly reference: ReferenceFunction;
  readonly bind: (run: InWorkspace) => ReferenceFunction;
  /** How it computes a layer whose parameters are float32; absent for backwards and steps. */
  readonly route?: (layer: Layer, input: Shape) => Route;
  /** The functions whose part it can do too, where one of them alone reads its result. */
  readonly fuses?: readonly ReferenceFunction[];
}

/** For a forward and its backward, the functions whose part they can do too. */
interface Fused {
  readonly forward?: readonly ReferenceFunction[];
  readonly backward?: readonly ReferenceFunction[];
}

/**
 * A forward and a backward that replace the reference's.
 * @param ownForward   returns undefined for a case that it does not compute
 * @param ownBackward  is only given caches of ownForward
 * @param route        how it computes a layer
 * @param fuses        the functions that they can do the part of, where `workspace.next` is one; none
 */
export function rivals<F extends ReferenceForward, B extends ReferenceBackward, Cache extends object>(
  forward: F,
  ownForward: (run: InWorkspace, ...args: Parameters<F>) => ReturnType<ForwardLike<F, Cache>> | undefined,
  backward: B,
  ownBackward: (run: InWorkspace, ...args: WithCache<Parameters<B>, Cache>) => ReturnType<B>,
  route: (layer: Layer, input: Shape) => Route,
  fuses: Fused = {},
): readonly WasmRival[] {
  // A backward is computed by the engine that computed its forward.
  const made = new WeakSet<object>();
  return [
    {
      reference: forward,
      route,
      fuses: fuses.forward,
      bind: (run) => {
        const plain = typescript.of(forward) as unknown as ForwardLike<F, object>;
        return (...args: Parameters<F>) => {
          const own = isOurs(args[0]) ? ownForward(run, ...args) : undefined;
          if (own === undefined) return plain(...args);
          made.add(own.cache);
          return own;
        };
      },
    },
    {
      reference: backward,
      fuses: fuses.backward,
      bind: (run) => {
        const plain = typescript.of(backward) as unknown as BackwardLike<B, object>;
        return (...args: WithCache<Parameters<B>, Cache>) =>
          made.has(args.at(-1) as Cache)
            ? ownBackward(run, ...args)
            : plain(...(args as WithCache<Parameters<B>, object>));
      },
    },
  ];
}

/** An optimiser's step that replaces the reference's. @param own  returns whether it took the step */
export function rivalStep<F extends (...args: never[]) => void>(
  step: F,
  own: (run: InWorkspace, ...args: Parameters<F>) => boolean,
): WasmRival {
  return {
    reference: step,
    bind: (run) => {
      const plain = typescript.of(step) as unknown as (...args: Parameters<F>) => void;
      return (...args: Parameters<F>) => {
        if (!own(run, ...args)) plain(...args);
      };
    },
  };
}

/** The route of a rival that computes every layer in the same way. */
export function vectors(why: string): () => Route {
  return () => ({ route: "vectors", why });
}

/** Whether the routines compute with such a tensor. */
export function isOurs(x: Tensor): boolean {
  return x.dtype === "float32" && x.size > 0;
}
