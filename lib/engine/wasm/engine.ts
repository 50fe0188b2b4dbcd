/**
 * The WASM engine: float32 on kernels in WebAssembly with 128-bit vectors. What it does not do itself (float64,
 * empty batches, the rarer layers) goes to the TypeScript engine.
 */
import { setting } from "#host/settings";
import { canShare, cores } from "#host/threads";
import { copy, type Tensor } from "../../array/tensor.js";
import type { OptimizerOperations } from "../../optim/optimizer.js";
import type { Engine, Session } from "../engine.js";
import { typescript } from "../typescript/engine.js";
import * as convolution from "./convolution.js";
import { describe } from "./describe.js";
import * as elementwise from "./elementwise.js";
import * as linear from "./linear.js";
import { findBuild, Machine, type Build } from "./machine.js";
import * as optimizers from "./optimizers.js";
import * as pointwise from "./pointwise.js";
import * as responseNorm from "./response-norm.js";
import { Blocks, Scope, type Run } from "./scope.js";
import * as softmax from "./softmax.js";
import * as sumPool from "./sum-pool.js";

const kernels = {
  ...convolution,
  ...elementwise,
  ...linear,
  ...pointwise,
  ...responseNorm,
  ...softmax,
  ...sumPool,
};

/** The operations that have kernels. */
const names = [
  "conv1dForward",
  "conv1dBackward",
  "conv2dForward",
  "conv2dBackward",
  "convTranspose1dForward",
  "convTranspose1dBackward",
  "convTranspose2dForward",
  "convTranspose2dBackward",
  "maxPool1dForward",
  "maxPool1dBackward",
  "maxPool2dForward",
  "maxPool2dBackward",
  "linearForward",
  "linearBackward",
  "reluForward",
  "reluBackward",
  "batchNormForward",
  "batchNormBackward",
  "sigmoidForward",
  "sigmoidBackward",
  "tanhForward",
  "tanhBackward",
  "eluForward",
  "eluBackward",
  "leakyReluForward",
  "leakyReluBackward",
  "softplusForward",
  "softplusBackward",
  "geluForward",
  "geluBackward",
  "dropoutForward",
  "dropoutBackward",
  "sumPool1dForward",
  "sumPool1dBackward",
  "sumPool2dForward",
  "sumPool2dBackward",
  "averagePool1dForward",
  "averagePool1dBackward",
  "averagePool2dForward",
  "averagePool2dBackward",
  "globalAveragePoolForward",
  "globalAveragePoolBackward",
  "localResponseNormForward",
  "localResponseNormBackward",
  "lpPool1dForward",
  "lpPool1dBackward",
  "lpPool2dForward",
  "lpPool2dBackward",
  "preluForward",
  "preluBackward",
  "softmaxForward",
  "softmaxBackward",
  "logSoftmaxForward",
  "logSoftmaxBackward",
  "softmaxCrossEntropyForward",
  "softmaxCrossEntropyBackward",
] as const;

type Name = (typeof names)[number];

/** Caches that kernels made: a backward goes where its forward went. */
const own = new WeakSet<object>();

/** Whether the kernels compute with such a tensor. */
function isOurs(x: Tensor): boolean {
  return x.dtype === "float32" && x.size > 0;
}

/** Operations whose scopes are opened by `run`. */
function operationsOn(run: Run): Pick<Engine, Name> {
  const table = names.map((name) => {
    const kernel = kernels[name] as (run: Run, ...rest: unknown[]) => { cache?: object };
    const fallback = typescript[name] as (...rest: unknown[]) => object;
    const forward = (first: Tensor, ...rest: unknown[]): object => {
      if (!isOurs(first)) return fallback(first, ...rest);
      const result = kernel(run, first, ...rest);
      own.add(result.cache as object);
      return result;
    };
    // (dy, cache), or the cache alone for a loss
    const backward = (...given: object[]): object =>
      own.has(given.at(-1)!) ? kernel(run, ...given) : fallback(...given);
    return [name, name.endsWith("Forward") ? forward : backward];
  });
  return Object.fromEntries(table) as Pick<Engine, Name>;
}

/** The optimisers' steps; they choose by themselves what they leave to the TypeScript engine. */
function stepsOn(run: Run): OptimizerOperations {
  const table = Object.entries(optimizers).map(([name, step]) => [
    name,
    (step as (run: Run, ...rest: unknown[]) => void).bind(undefined, run),
  ]);
  return Object.fromEntries(table) as OptimizerOperations;
}

/** As many as CHAINRULE_THREADS says, or all cores. */
function defaultThreads(): number {
  const asked = Number(setting("CHAINRULE_THREADS"));
  return allowed(asked >= 1 ? Math.floor(asked) : cores());
}

/** Threads need memory that can be handed to them. */
function allowed(threads: number): number {
  return canShare() ? threads : 1;
}

/** The engine, or undefined where there is no WebAssembly with vectors and shared memory. */
export const wasm: Engine | undefined = engineOf(findBuild());

function engineOf(build: Build | undefined): Engine | undefined {
  return build && makeEngine(build);
}

/** An engine of its own memory on one of the builds. */
export function makeEngine(build: Build): Engine {
  // Made when first needed: it compiles for a millisecond and reserves memory.
  let machine: Machine | undefined;
  let threads = defaultThreads();
  const theMachine = (): Machine => (machine ??= new Machine(build, threads));
  const runIn =
    (session?: Blocks): Run =>
    (compute) => {
      const scope = new Scope(theMachine(), session);
      try {
        return compute(scope);
      } finally {
        scope.close();
      }
    };
  const engine = { ...typescript, ...operationsOn(runIn()), ...stepsOn(runIn()), name: "wasm", describe };
  // A pass that is dropped without its backward gives its memory back when it is collected.
  const dropped = new FinalizationRegistry<Blocks>((blocks) => blocks.release());
  return {
    ...engine,
    openSession() {
      const { holds } = theMachine();
      const blocks = new Blocks(theMachine());
      const session: Session = {
        ...engine,
        ...operationsOn(runIn(blocks)),
        enter: (x) =>
          isOurs(x)
            ? runIn(blocks)((scope) => {
                const tensor = scope.keep(x);
                return { tensor, finite: scope.machine.call.allFinite(x.size, scope.read(tensor)) === 1 };
              })
            : { tensor: x, finite: false },
        own: (tensor) => (holds(tensor.data) ? copy(tensor) : tensor),
        recycle(tensor, stillRead) {
          if (!holds(tensor.data)) return;
          const others = stillRead.filter(({ data }) => holds(data)).map(({ data }) => data.byteOffset);
          blocks.recycle(tensor.data.byteOffset, others);
        },
        release: () => blocks.release(),
      };
      dropped.register(session, blocks);
      return session;
    },
    get threads() {
      return machine?.threads ?? threads;
    },
    set threads(count) {
      threads = allowed(count);
      if (machine) machine.threads = threads;
    },
    /** Bytes of WebAssembly memory that sessions and scratch hold. */
    get memoryInUse() {
      return machine?.heap.inUse ?? 0;
    },
    /** For tests: fills all free memory. */
    poison: (value: number) => machine?.heap.poison(value),
  } as Engine;
}
