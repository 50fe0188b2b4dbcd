/**
 * The running WebAssembly module: the build that this JavaScript engine can run, its memory, and the call of a routine on a
 * number of items.
 */
import { withRelaxedSimd } from "#host/webassembly";
import { findBlas, type Gemm } from "./blas.js";
import { plain, relaxed } from "./bytes.js";
import { Heap, OutOfMemoryError, PAGE } from "./heap.js";
import type { Exports, Native } from "./native.js";
import { ThreadPool } from "./threads.js";

/** Routines whose first arguments are the first and last item and the address of scratch space. */
export type Routine =
  | "addBias"
  | "batchNorm"
  | "batchNormBack"
  | "batchNormGradients"
  | "batchNormMoments"
  | "batchNormScales"
  | "batchNormSums"
  | "biasGradient"
  | "clear"
  | "direct"
  | "directWeights"
  | "divideElements"
  | "gatherWeights"
  | "map"
  | "mapBack"
  | "mapSums"
  | "multiplyElements"
  | "multiplyRows"
  | "outer"
  | "pool"
  | "pool2"
  | "pool2Back"
  | "poolBack"
  | "prelu"
  | "preluBack"
  | "product"
  | "relu"
  | "reluBack"
  | "responseNorm"
  | "responseNormBack"
  | "responseNormThrough"
  | "crossEntropyBack"
  | "softmax"
  | "softmaxBack"
  | "sumPool"
  | "sumPoolBack"
  | "winograd"
  | "winogradFilterGradient"
  | "winogradFilters"
  | "winogradWeights";

/** The routines that may run on several threads, with the least number of items for one thread at a time. */
const LEAST: Readonly<Partial<Record<Routine, number>>> = {
  addBias: 4,
  batchNorm: 4,
  batchNormBack: 4,
  batchNormMoments: 4,
  batchNormSums: 4,
  clear: 65536,
  direct: 1,
  directWeights: 1,
  divideElements: 8192,
  map: 1024,
  mapBack: 1024,
  mapSums: 4,
  multiplyElements: 8192,
  multiplyRows: 16,
  outer: 16,
  pool: 4,
  pool2: 4,
  pool2Back: 4,
  poolBack: 4,
  prelu: 16,
  preluBack: 16,
  product: 2,
  relu: 8192,
  reluBack: 8192,
  responseNorm: 1,
  responseNormBack: 1,
  responseNormThrough: 1024,
  softmax: 8,
  softmaxBack: 8,
  crossEntropyBack: 8,
  sumPool: 4,
  sumPoolBack: 4,
  winograd: 1,
  winogradFilterGradient: 4,
  winogradFilters: 8,
  winogradWeights: 1,
};

/** The most pages of 64 KiB; the first of these that is granted is used: 4 GB, 1 GB (on phones) or 256 MB. */
const MOST_PAGES = [65536, 16384, 4096];
/** Milliseconds that a job must take on one thread before other threads are used: to wake them costs some microseconds. */
const ENOUGH = 0.02;

export class Machine {
  readonly heap: Heap;
  /** "relaxed" when the multiply-add is fused, "plain" when it is two instructions. */
  readonly build: "relaxed" | "plain";
  readonly call: Exports;
  /** The machine's own matrix product, if CHAINRULE_BLAS names one. */
  readonly blas: Gemm | undefined = findBlas();
  readonly #module: WebAssembly.Module;
  readonly #native: Native | undefined;
  #threads: number;
  #pool: ThreadPool | undefined;
  /** Scratch memory for routines: the same number of bytes for each thread, always at the same address. */
  #scratch = { at: 0, bytes: 0, threads: 0 };
  /** Milliseconds that jobs take on one thread, by routine, items and scratch. */
  readonly #durations = new Map<string, number>();
  /** The memory's buffers: after growing it has a new one, but arrays over the old ones still see the same bytes. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();

  /** @param native  routines that take the place of the module's own */
  constructor({ build, bytes }: Build, threads: number, native?: Native) {
    this.#threads = threads;
    this.#native = native;
    this.build = build;
    this.#module = reading(build, () => new WebAssembly.Module(bytes as BufferSource));
    const shared = sharedMemory(256, MOST_PAGES);
    if (shared === undefined)
      throw new OutOfMemoryError(`compute: there is no room for WebAssembly's memory.`);
    const { memory, maximum } = shared;
    const exports = instantiate(this.#module, memory);
    // Shared memory grows where it lies, so its address stays.
    this.call = native
      ? { ...exports, ...native.addon.open(new Uint8Array(memory.buffer), native.instructions) }
      : exports;
    this.heap = new Heap(memory, 1024, maximum * PAGE);
  }

  /** The number of threads that routines run on, the caller included; the results do not depend on it. */
  get threads(): number {
    return this.#threads;
  }
  set threads(count: number) {
    if (count === this.#threads) return;
    this.#pool?.stop();
    this.#pool = undefined;
    this.#threads = count;
  }

  /** Runs a routine over the items 0 … count−1, with `scratchBytes` of scratch for each thread. */
  run(routine: Routine, count: number, scratchBytes: number, ...args: number[]): void {
    const least = LEAST[routine];
    if (this.#threads === 1 || least === undefined || count < 2 * least) {
      this.call[routine](0, count, this.#scratchOf(scratchBytes, 1).at, ...args);
      return;
    }
    // How long such a job takes on one thread, measured on earlier ones; the first one runs alone.
    const job = `${routine} ${count} ${scratchBytes}`;
    const before = this.#durations.get(job) ?? 0;
    const start = performance.now();
    const shared = before > ENOUGH && this.#share(routine, count, least, scratchBytes, args);
    if (!shared) this.call[routine](0, count, this.#scratchOf(scratchBytes, 1).at, ...args);
    const alone = (performance.now() - start) * (shared ? this.#threads : 1);
    this.#durations.set(job, Math.min(alone, before === 0 ? alone : (before + alone) / 2));
  }

  /** @returns whether the threads did the job; if not, the caller must do it alone */
  #share(
    routine: Routine,
    count: number,
    least: number,
    scratchBytes: number,
    args: readonly number[],
  ): boolean {
    const { memory } = this.heap;
    this.#pool ??= new ThreadPool(this.#module, memory, this.call, this.#threads - 1, this.#native);
    if (this.#pool.resting) return false;
    const { at, bytes } = this.#scratchOf(scratchBytes, this.#threads);
    // Four chunks for each thread: few claims, and no thread has a large rest at the end.
    const most = Math.floor(count / least);
    const chunks = Math.min(most, this.#threads * Math.max(1, Math.min(4, Math.floor(most / this.#threads))));
    // Work on single floats is divided at whole vectors and cache lines.
    const grain = least >= 64 ? 16 : 1;
    if (this.#pool.run(this.call, routine, count, chunks, grain, at, bytes, args)) return true;
    this.threads = 1; // a thread failed; if the routine itself is the cause, it will throw now
    return false;
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#buffer(), at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.#buffer(), at, length);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer(), at, length);
  }

  /** Whether an array lies in this memory. */
  readonly holds = (array: ArrayBufferView): boolean => this.#buffers.has(array.buffer);

  #buffer(): ArrayBufferLike {
    const { buffer } = this.heap.memory;
    this.#buffers.add(buffer);
    return buffer;
  }

  #scratchOf(bytes: number, threads: number): { at: number; bytes: number } {
    const { at, bytes: before } = this.#scratch;
    if (bytes > before || threads > this.#scratch.threads) {
      if (at > 0) this.heap.free(at);
      this.#scratch = { at: 0, bytes: 0, threads: 0 };
      const each = 64 * Math.ceil(Math.max(bytes, before) / 64);
      this.#scratch = { at: this.heap.allocate(threads * each), bytes: each, threads };
    }
    return this.#scratch;
  }
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Exports {
  const abort = (): never => {
    throw new Error("a WASM routine stopped");
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Exports;
}

export interface Build {
  readonly build: "relaxed" | "plain";
  readonly bytes: Uint8Array;
}

/** The builds, the better one first. */
export function builds(): readonly [Build, Build] {
  return [
    { build: "relaxed", bytes: decode(relaxed) },
    { build: "plain", bytes: decode(plain) },
  ];
}

/**
 * Shared memory whose maximum is the first of these sizes that is granted. A browser page that is not isolated also has such
 * memory, although it hides the name SharedArrayBuffer; but it cannot be sent to a thread there.
 */
function sharedMemory(
  initial: number,
  most: readonly number[],
): { memory: WebAssembly.Memory; maximum: number } | undefined {
  for (const maximum of most) {
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum, shared: true }), maximum };
    } catch {
      // there is no WebAssembly, no shared memory, or not enough of it
    }
  }
  return undefined;
}

/** The best build that this JavaScript engine accepts; undefined without WebAssembly that has SIMD and shared memory. */
export function findBuild(): Build | undefined {
  if (sharedMemory(1, [1]) === undefined) return undefined;
  return builds().find(accepts);
}

function accepts({ build, bytes }: Build): boolean {
  return reading(build, () => WebAssembly.validate(bytes as BufferSource));
}

function reading<T>(build: Build["build"], read: () => T): T {
  return build === "relaxed" ? withRelaxedSimd(read) : read();
}

/** The bytes that the text stands for. */
export function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
