/** Which engine computes: picked by CHAINRULE_COMPUTE at import, or by `compute.use` at any time. */
import { setting } from "#host/settings";
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import type { Shape } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import type { Engine } from "./engine.js";
import { reference } from "./reference.js";
import { report, type ReportRow } from "./report.js";
import { wasm } from "./wasm/engine.js";
import { typescript } from "./typescript/engine.js";

const engines: readonly Engine[] = wasm ? [wasm, typescript, reference] : [typescript, reference];

let current = pick(setting("CHAINRULE_COMPUTE") ?? engines[0].name);

function pick(name: string): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine) return engine;
  const names = engines.map((candidate) => `"${candidate.name}"`).join(", ");
  throw new ValueError(`compute: there is no engine "${name}"; use one of ${names}.`);
}

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
