/** The engine in use: chosen by CHAINRULE_COMPUTE at import, or by `compute.use` and `compute.open` at any time. */
import { setting } from "#host/settings";
import { beginsAsleep } from "#host/threads";
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { transpose } from "../array/rearrange.js";
import { routines } from "../array/routines.js";
import type { Shape } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import { linearForward } from "../layers/linear.js";
import type { Engine } from "./engine.js";
import { GpuEngine } from "./gpu/engine.js";
import { reference } from "./reference.js";
import { report, type ReportRow } from "./report.js";
import { wasm } from "./wasm/engine.js";
import { native } from "./wasm/native.js";
import { typescript } from "./typescript/engine.js";

const engines: readonly Engine[] = wasm ? [wasm, typescript, reference] : [typescript, reference];

// A linear layer computes x·wᵀ, so large matrix products use the linear layer's functions; a single one is not worth the way to
// a graphics card and back.
routines.product = (a, b) => {
  const engine = current === gpu && gpu.next ? gpu.next : current;
  const hasOwn = engine.has(linearForward) || engine.next?.has(linearForward);
  return hasOwn ? engine.of(linearForward)(a, transpose(b), undefined).y : undefined;
};

// Tensor arithmetic uses the routines of the engine, or of one that it falls back to.
routines.arithmetic = () => {
  let engine: Engine | undefined = current;
  while (engine !== undefined && engine !== wasm) engine = engine.next;
  return engine && wasm?.arithmetic;
};

// Large weights lie where the routines read them.
routines.resident = (x) => (current === wasm ? wasm.resident(x) : undefined);

/** The engine on a graphics card, when somebody has asked for it. */
let gpu: GpuEngine | undefined;
/** Its opening that is under way: who asks for it meanwhile gets the same one. */
let opening: Promise<void> | undefined;
let current = atImport(setting("CHAINRULE_COMPUTE"));

function atImport(asked: string | undefined): Engine {
  if (asked === undefined) return engines[0];
  if (asked === "gpu" && !beginsAsleep) {
    console.warn(
      `compute: CHAINRULE_COMPUTE is "gpu", and a page cannot wait until it is open; ` +
        `engine ${engines[0].name} computes; for the graphics card await compute.open("gpu").`,
    );
    return engines[0];
  }
  try {
    return pick(asked);
  } catch (error) {
    const { message } = error as Error;
    throw new ValueError(
      `${message} CHAINRULE_COMPUTE asks for it; unset it, and engine ${engines[0].name} computes.`,
      { cause: error },
    );
  }
}

function pick(name: string): Engine {
  if (name === "gpu") return (gpu = gpu?.isUsable ? gpu : openNow());
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine) return engine;
  const names = [...engines.map((candidate) => candidate.name), "gpu"].map((one) => `"${one}"`).join(", ");
  throw new ValueError(`compute: there is no engine "${name}"; use one of ${names}.`);
}

function openNow(): GpuEngine {
  try {
    return new GpuEngine(engines[0]);
  } catch (error) {
    throw noGpu(error);
  }
}

async function openWithoutSleep(): Promise<void> {
  try {
    const engine = await GpuEngine.open(engines[0]);
    if (gpu?.isUsable)
      engine.close(); // `use` has opened one meanwhile
    else gpu = engine;
  } catch (error) {
    throw noGpu(error);
  } finally {
    opening = undefined;
  }
}

function noGpu(cause: unknown): ValueError {
  return new ValueError(`compute: engine "gpu" cannot be used: ${(cause as Error).message}.`, { cause });
}

/**
 * The engine that computes the layers, losses and optimisers: read it, change it, set its number of threads. All engines give
 * the same results except for rounding; they differ in speed.
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
  /** All engines that need nothing but this machine's processor, the fastest first. */
  engines,
  /**
   * Whether native routines take the place of WebAssembly's, or why not:
   * "@chainrule/native-linux-x64 computes in avx2 instructions", "no package @chainrule/native-… is installed".
   */
  get native(): string {
    return native().why;
  },
  /** The engine that new passes use. */
  get engine(): Engine {
    return current;
  },
  /**
   * Selects the engine that new passes use, and returns it. "gpu" is a graphics card, for which Node needs the package webgpu;
   * opening it takes about a second. A web page opens it with `await compute.open("gpu")` first.
   * @throws ValueError for an unknown name, and for "gpu" where it cannot be used, in a sentence that says why
   */
  use(name: string): Engine {
    current = pick(name);
    return current;
  },
  /**
   * As `use`, but nothing else of this thread waits while the engine opens: the way to a graphics card in a web page, and in
   * Node too.
   *
   *     await compute.open("gpu")
   *
   * In a page it needs WebGPU, isolation from other origins, and a worker, such as that of a website's cells.
   * @throws ValueError as `use`
   */
  async open(name: string): Promise<Engine> {
    if (name === "gpu" && !gpu?.isUsable) await (opening ??= openWithoutSleep());
    return compute.use(name);
  },
  /**
   * The route that the engine takes for each layer of a network, and why.
   * @param input  the shape of one example, such as [1, 28, 28]
   * @throws ShapeError when the layers do not fit the input
   */
  report(net: Layer, input: Shape): ReportRow[] {
    return report(net, input, current);
  },
  /**
   * The number of threads that the engine computes with; by default CHAINRULE_THREADS, or all cores. The same seed gives the
   * same bits with any number. It is always 1 for an engine without threads, and in a browser page that is not isolated from
   * other origins (`crossOriginIsolated`). @throws ValueError for less than 1
   */
  get threads(): number {
    return current.threads;
  },
  set threads(count: number) {
    expectInteger("compute", "threads", count, 1);
    current.threads = count;
  },
};
