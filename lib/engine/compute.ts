/** Which engine computes: picked by CHAINRULE_COMPUTE at import, or by `compute.use` at any time. */
import { setting } from "#host/settings";
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { routines } from "../array/product.js";
import { transpose } from "../array/rearrange.js";
import type { Shape } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import { linearForward } from "../layers/linear.js";
import type { Engine } from "./engine.js";
import { reference } from "./reference.js";
import { report, type ReportRow } from "./report.js";
import { wasm } from "./wasm/engine.js";
import { typescript } from "./typescript/engine.js";

const engines: readonly Engine[] = wasm ? [wasm, typescript, reference] : [typescript, reference];

// x·wᵀ is what a linear layer computes, so that large products of matrices run where its own do.
routines.product = (a, b) => {
  const hasOwn = current.has(linearForward) || current.next?.has(linearForward);
  return hasOwn ? current.of(linearForward)(a, transpose(b), undefined).y : undefined;
};

let current = pick(setting("CHAINRULE_COMPUTE") ?? engines[0].name);

function pick(name: string): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine) return engine;
  const names = engines.map((candidate) => `"${candidate.name}"`).join(", ");
  throw new ValueError(`compute: there is no engine "${name}"; use one of ${names}.`);
}

/**
 * Which engine computes the layers, losses and optimisers: it can be asked, changed, and told how many threads to use.
 * All engines give the same results but for rounding; they differ in speed.
 *
 *     compute.engine.name                        // "wasm"
 *     compute.report(net, [1, 28, 28])           // how each layer is computed, and why
 *     compute.use("reference")                   // the loops of the layers' own files
 */
export const compute = {
  toString(): string {
    return `compute: ${current.toString()}, ${current.threads ?? 1} threads`;
  },
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return compute.toString();
  },
  /** The engines that there are, the fastest first. */
  engines,
  /** The engine that new passes take. */
  get engine(): Engine {
    return current;
  },
  /** Makes an engine the one that new passes take, and returns it. @throws ValueError for an unknown name */
  use(name: string): Engine {
    current = pick(name);
    return current;
  },
  /**
   * Which route each layer of a network takes through the engine, and why.
   * @param input  the shape of one example, such as [1, 28, 28]
   * @throws ShapeError when the layers do not fit the input
   */
  report(net: Layer, input: Shape): ReportRow[] {
    return report(net, input, current);
  },
  /**
   * Threads that the engine computes with: all cores, or CHAINRULE_THREADS, unless set. The same seed gives the same
   * bits with any number. An engine that knows no threads has 1, and so has a browser page that is not isolated from other
   * origins (`crossOriginIsolated`), whatever is set. @throws ValueError for less than 1
   */
  get threads(): number {
    return current.threads;
  },
  set threads(count: number) {
    expectInteger("compute", "threads", count, 1);
    current.threads = count;
  },
};
