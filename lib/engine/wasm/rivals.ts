/**
 * Rivals on WebAssembly. Each is written once, against whatever `run` opens for it, and does not know where its results are
 * to live; `bind` ties it to the one or the other. It takes float32 tensors that are not empty, may decline what it does not
 * compute (by returning undefined), and whatever it does not take goes to the TypeScript engine.
 */
import type { Tensor } from "../../array/tensor.js";
import type { Layer } from "../../layers/layer.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import type { Shape } from "../../array/tensor.js";
import type { Route } from "../engine.js";
import type { BackwardLike, ForwardLike, ReferenceBackward, ReferenceForward, WithCache } from "../rivals.js";
import { typescript } from "../typescript/engine.js";
import type { InWorkspace } from "./workspace.js";

/** One reference function's rival, before it is known where its tensors live. */
export interface WasmRival {
  readonly reference: ReferenceFunction;
  readonly bind: (run: InWorkspace) => ReferenceFunction;
  /** How it computes a layer whose parameters are float32; absent for backwards and steps. */
  readonly route?: (layer: Layer, input: Shape) => Route;
}

/**
 * A forward and a backward in the place of the reference's.
 * @param ownForward   returns undefined for what it does not compute
 * @param ownBackward  is given what ownForward kept, and nothing else
 * @param route        how it computes a layer
 */
export function rivals<F extends ReferenceForward, B extends ReferenceBackward, Cache extends object>(
  forward: F,
  ownForward: (run: InWorkspace, ...args: Parameters<F>) => ReturnType<ForwardLike<F, Cache>> | undefined,
  backward: B,
  ownBackward: (run: InWorkspace, ...args: WithCache<Parameters<B>, Cache>) => ReturnType<B>,
  route: (layer: Layer, input: Shape) => Route,
): readonly WasmRival[] {
  // A backward goes where its forward went.
  const made = new WeakSet<object>();
  return [
    {
      reference: forward,
      route,
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

/** An optimiser's step in the place of the reference's. @param own  says whether it took the step */
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

/** The route of a rival that computes every layer alike. */
export function vectors(why: string): () => Route {
  return () => ({ route: "vectors", why });
}

/** Whether the routines compute with such a tensor. */
export function isOurs(x: Tensor): boolean {
  return x.dtype === "float32" && x.size > 0;
}
