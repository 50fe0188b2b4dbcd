/** Which engine computes: picked by CHAINRULE_COMPUTE at import, or by `compute.use` at any time. */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import type { Engine } from "./engine.js";
import { reference } from "./reference.js";
import { wasm } from "./wasm/engine.js";
import { typescript } from "./typescript/engine.js";

const engines: readonly Engine[] = wasm ? [wasm, typescript, reference] : [typescript, reference];

let current = pick(globalThis.process?.env.CHAINRULE_COMPUTE ?? engines[0].name);

function pick(name: string): Engine {
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine) return engine;
  const names = engines.map((candidate) => `"${candidate.name}"`).join(", ");
  throw new ValueError(`compute: there is no engine "${name}"; use one of ${names}.`);
}

export const compute = {
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
   * Threads that the engine computes with: all cores, or CHAINRULE_THREADS, unless set. The same seed gives the same
   * bits with any number. An engine that knows no threads has 1. @throws ValueError for less than 1
   */
  get threads(): number {
    return current.threads ?? 1;
  },
  set threads(count: number) {
    expectInteger("compute", "threads", count, 1);
    if (current.threads !== undefined) current.threads = count;
  },
};
