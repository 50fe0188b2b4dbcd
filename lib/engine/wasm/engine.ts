/**
 * The WASM engine: float32 on routines in WebAssembly with 128-bit vectors. Everything else (float64, empty batches, rarer
 * layers) goes to the TypeScript engine.
 */
import { setting } from "#host/settings";
import { canShare, cores } from "#host/threads";
import { copy, type Shape, type Tensor } from "../../array/tensor.js";
import type { Layer } from "../../layers/layer.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { ArenaEngine } from "../arena-engine.js";
import { Engine, type Arena, type ArenaOptions, type RivalEntry, type Route } from "../engine.js";
import { bound, fuse, isOurs } from "../placed-rivals.js";
import { typescript } from "../typescript/engine.js";
import { Arrays } from "./arrays.js";
import { convolutions } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { linear } from "./linear.js";
import { findBuild, Machine, type Build } from "./machine.js";
import { native, type Search } from "./native.js";
import { steps } from "./optimizers.js";
import { pointwise } from "./pointwise.js";
import { isWorthIt, Residents } from "./residents.js";
import { responseNorm } from "./response-norm.js";
import type { WasmRival } from "./rivals.js";
import { Blocks, Workspace, type InWorkspace } from "./workspace.js";
import { softmaxes } from "./softmax.js";
import { sumPools } from "./sum-pool.js";

const others: readonly WasmRival[] = [
  ...elementwise,
  ...linear,
  ...pointwise,
  ...responseNorm,
  ...softmaxes,
  ...sumPools,
  ...steps,
];

/** The functions whose routines a package of native ones may have. */
const mayBeNative = new Set(
  [...convolutions({ winograd: true }), ...linear].map(({ reference }) => reference),
);

/** CHAINRULE_THREADS, or all cores. */
function defaultThreads(): number {
  const asked = Number(setting("CHAINRULE_THREADS"));
  return allowed(asked >= 1 ? Math.floor(asked) : cores());
}

/** The number of threads that are possible: threads need memory that can be shared with them. */
function allowed(threads: number): number {
  return canShare() ? threads : 1;
}

/** A machine that is made when it is first needed, because it takes a millisecond to compile and reserves memory. */
class LazyMachine {
  readonly #build: Build;
  /** Looks for native routines. */
  readonly #search: () => Search | undefined;
  #machine: Machine | undefined;
  #threads = defaultThreads();

  constructor(build: Build, search: () => Search | undefined) {
    this.#build = build;
    this.#search = search;
  }

  /** The machine. */
  get(): Machine {
    return (this.#machine ??= new Machine(this.#build, this.#threads, this.#search()?.native));
  }

  get search(): Search | undefined {
    return this.#search();
  }

  /** The machine, if it has been made. */
  get made(): Machine | undefined {
    return this.#machine;
  }

  /** Runs in workspaces whose results are ordinary tensors; with blocks, in workspaces whose results lie in those. */
  runIn(blocks?: Blocks, lent?: Blocks, next?: ReferenceFunction): InWorkspace {
    return (compute) => {
      const workspace = new Workspace(this.get(), blocks, lent, next);
      try {
        return compute(workspace);
      } finally {
        workspace.close();
      }
    };
  }

  get threads(): number {
    return this.#machine?.threads ?? this.#threads;
  }
  set threads(count: number) {
    this.#threads = allowed(count);
    if (this.#machine) this.#machine.threads = this.#threads;
  }
}

/** Tensor arithmetic, which is the same on all builds; made when it is first needed. */
let arrays: Arrays | undefined;

/** An engine with memory of its own, on one of the builds. */
export class WasmEngine extends Engine {
  readonly #machine: LazyMachine;
  readonly #rivals: readonly WasmRival[];
  readonly #local: WasmEngine;
  #residents: Residents | undefined;
  /** Frees the memory of a pass that never had its backward, when the pass is garbage-collected. */
  readonly #dropped = new FinalizationRegistry<readonly Blocks[]>((all) =>
    all.forEach((blocks) => blocks.release()),
  );

  /**
   * @param native  looks for native routines; WebAssembly's compute unless given
   * @param exact   for a local engine, the engine whose machine it shares
   */
  constructor(build: Build, native: () => Search | undefined = () => undefined, exact?: WasmEngine) {
    const machine = exact ? exact.#machine : new LazyMachine(build, native);
    const rivals = [...convolutions({ winograd: exact === undefined }), ...others];
    super("wasm", { rivals: bound(rivals, machine.runIn(), typescript), next: typescript });
    this.#machine = machine;
    this.#rivals = rivals;
    this.#local = exact ? this : new WasmEngine(build, native, this);
  }

  override toString(): string {
    const native = this.#machine.search?.native;
    return native ? `${super.toString()} with ${native.name} (${native.instructions})` : super.toString();
  }

  override get local(): WasmEngine {
    return this.#local;
  }

  /** Its routines for tensor arithmetic. */
  get arithmetic(): Arrays {
    return (arrays ??= new Arrays());
  }

  /** A new tensor with the numbers of `x` in the module's memory; undefined for one that is not worth it (`residents.ts`). */
  resident(x: Tensor): Tensor | undefined {
    return isWorthIt(x) ? (this.#residents ??= new Residents(this.#machine.get())).make(x) : undefined;
  }

  override openArena({ lend = false }: ArenaOptions = {}): Arena {
    const machine = this.#machine.get();
    const { holds } = machine;
    const blocks = new Blocks(machine);
    const lent = lend ? new Blocks(machine) : undefined;
    const run = this.#machine.runIn(blocks, lent);
    const before = (next: ReferenceFunction): RivalEntry[] =>
      bound(
        this.#rivals.filter(({ fuses }) => fuses?.includes(next)),
        this.#machine.runIn(blocks, lent, next),
        typescript,
      );
    const arena: Arena = {
      engine: new ArenaEngine(
        this.name,
        { rivals: bound(this.#rivals, run, typescript), next: typescript },
        before,
      ),
      enter: (x) =>
        isOurs(x)
          ? run((workspace) => {
              const tensor = workspace.keep(x);
              return { tensor, finite: machine.call.allFinite(x.size, workspace.read(tensor)) === 1 };
            })
          : { tensor: x, finite: false },
      own: (tensor) => (holds(tensor.data) && !lent?.has(tensor.data.byteOffset) ? copy(tensor) : tensor),
      recycle(tensor, stillRead) {
        if (!holds(tensor.data)) return;
        const others = stillRead.filter(({ data }) => holds(data)).map(({ data }) => data.byteOffset);
        blocks.recycle(tensor.data.byteOffset, others);
      },
      release: () => blocks.release(),
      end: () => lent?.release(),
    };
    this.#dropped.register(arena, lent ? [blocks, lent] : [blocks]);
    return arena;
  }

  override route(layer: Layer, input: Shape): Route {
    const rival = this.#rivals.find(({ reference }) => layer.functions.includes(reference));
    if (rival?.route === undefined) return typescript.route(layer, input);
    if (Object.values(layer.parameters).every(({ value }) => value.dtype === "float32")) {
      const { route, why } = rival.route(layer, input);
      const native = mayBeNative.has(rival.reference) ? this.#machine.search?.native : undefined;
      return { route, why: native ? `${why}; ${native.name}, ${native.instructions}` : why };
    }
    const { route } = typescript.route(layer, input);
    return { route, why: "the routines compute in float32, and its parameters are float64" };
  }

  override fuses(layer: Layer, next: Layer): boolean {
    return fuse(this.#rivals, layer, next);
  }

  override get threads(): number {
    return this.#machine.threads;
  }
  override set threads(count: number) {
    this.#machine.threads = count;
  }

  /** Bytes of WebAssembly memory that passes and scratch hold. */
  override get memoryInUse(): number {
    return this.#machine.made?.heap.inUse ?? 0;
  }

  /** For tests: fills all free memory. */
  poison(value: number): void {
    this.#machine.made?.heap.poison(value);
  }
}

/** The engine, or undefined where there is no WebAssembly with vectors and shared memory. */
export const wasm: WasmEngine | undefined = engineOf(findBuild());

function engineOf(build: Build | undefined): WasmEngine | undefined {
  return build && new WasmEngine(build, native);
}
