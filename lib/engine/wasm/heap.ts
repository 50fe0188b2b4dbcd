/**
 * Allocates blocks of the WebAssembly memory. A freed block is kept for the next request of exactly its size: a training step
 * asks for the same sizes each time, and so each thread finds its part of a tensor where its part of the last one was, in its
 * core's cache. Other sizes are taken from free memory, first fit. If this fails and much is kept, kept blocks become free
 * memory again and are joined with their neighbours.
 */

/** The WebAssembly memory, 4 GB at most, is full. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

/** Bytes of a page, in which the memory grows. */
export const PAGE = 65536;
const ALIGNMENT = 64;
/** While fewer bytes than this are kept, the memory grows; above it, kept blocks are joined and used again. */
const KEEP = 64 * 2 ** 20;
/** Vector loads at the end of a block may read a little beyond it. */
const SLACK = 64;

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** The bytes to which the memory may grow. */
  readonly most: number;
  /** Free stretches by address; no two touch. */
  #free: { at: number; bytes: number }[];
  readonly #used = new Map<number, number>();
  /** Freed blocks by size, the last freed last. */
  readonly #kept = new Map<number, number[]>();
  #keptBytes = 0;
  /** The value that fills all free memory, if a test has asked for it. */
  #poison: number | undefined;
  #end: number;
  #inUse = 0;

  /**
   * @param start  the first byte after the module's own data
   * @param most   the bytes to which the memory may grow
   */
  constructor(memory: WebAssembly.Memory, start: number, most: number) {
    this.memory = memory;
    this.most = most;
    this.#end = memory.buffer.byteLength;
    const at = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
    this.#free = [{ at, bytes: this.#end - at }];
  }

  /** Bytes in blocks that are in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /**
   * @returns the block's address, a multiple of 64; its contents are not cleared
   * @throws OutOfMemoryError when no free stretch is large enough and the memory cannot grow
   */
  allocate(bytes: number): number {
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    const at = this.#again(size) ?? this.#cut(size) ?? this.#make(size, bytes);
    this.#used.set(at, size);
    this.#inUse += size;
    return at;
  }

  /** Bytes of a block. */
  sizeOf(at: number): number {
    return this.#used.get(at) ?? 0;
  }

  free(at: number): void {
    const bytes = this.#used.get(at);
    if (bytes === undefined) throw new Error(`heap: there is no block at ${at}`);
    this.#used.delete(at);
    this.#inUse -= bytes;
    this.#keptBytes += bytes;
    const kept = this.#kept.get(bytes);
    if (kept) kept.push(at);
    else this.#kept.set(bytes, [at]);
  }

  /**
   * Fills all free memory, so that tests find reads of memory that was never written. Memory that was filled before and not
   * used since needs no filling.
   */
  poison(value: number): void {
    this.#join();
    if (value === this.#poison) return;
    this.#poison = value;
    for (const { at, bytes } of this.#free) this.#fill(at, bytes);
  }

  /** Fills bytes that become free, if tests have asked for it. */
  #fill(at: number, bytes: number): void {
    if (this.#poison !== undefined) new Float32Array(this.memory.buffer, at, bytes / 4).fill(this.#poison);
  }

  /** A kept block of this size. */
  #again(size: number): number | undefined {
    const at = this.#kept.get(size)?.pop();
    if (at !== undefined) this.#keptBytes -= size;
    return at;
  }

  /** The beginning of the first free stretch that is long enough. */
  #cut(size: number): number | undefined {
    const index = this.#free.findIndex((stretch) => stretch.bytes >= size);
    if (index < 0) return undefined;
    const stretch = this.#free[index];
    const { at } = stretch;
    stretch.at += size;
    stretch.bytes -= size;
    if (stretch.bytes === 0) this.#free.splice(index, 1);
    return at;
  }

  /** Makes a new block, from joined blocks or from new memory. */
  #make(size: number, asked: number): number {
    if (this.#keptBytes > KEEP) this.#join();
    const found = this.#cut(size);
    if (found !== undefined) return found;
    if (!this.#grow(size)) this.#join();
    const at = this.#cut(size) ?? (this.#grow(size) ? this.#cut(size) : undefined);
    if (at !== undefined) return at;
    const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
    throw new OutOfMemoryError(
      `the WASM engine needs ${megabytes(asked)} MB more beside the ${megabytes(this.#inUse)} MB in use, and its memory ends at ` +
        `4096 MB; use smaller batches, give each pass its backward (or make it with backward: false), or compute.use("typescript").`,
    );
  }

  /** Turns kept blocks into free stretches, joined with their neighbours. */
  #join(): void {
    const blocks = [...this.#kept].flatMap(([bytes, addresses]) => addresses.map((at) => ({ at, bytes })));
    for (const { at, bytes } of blocks) this.#fill(at, bytes);
    this.#kept.clear();
    this.#keptBytes = 0;
    const stretches = [...this.#free, ...blocks].sort((a, b) => a.at - b.at);
    this.#free = [];
    for (const stretch of stretches) {
      const last = this.#free.at(-1);
      if (last !== undefined && last.at + last.bytes === stretch.at) last.bytes += stretch.bytes;
      else this.#free.push(stretch);
    }
  }

  /** Makes room at the end of the memory. @returns whether it could grow */
  #grow(size: number): boolean {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.at + last.bytes === this.#end ? last.bytes : 0;
    // Grows by a quarter, so that growing is rare; or only by what is needed, if a quarter is too much.
    for (const more of [Math.max(size - tail, this.#end / 4), size - tail]) {
      const pages = Math.ceil(more / PAGE);
      try {
        this.memory.grow(pages);
      } catch {
        continue;
      }
      if (tail > 0) last!.bytes += pages * PAGE;
      else this.#free.push({ at: this.#end, bytes: pages * PAGE });
      this.#fill(this.#end, pages * PAGE);
      this.#end += pages * PAGE;
      return true;
    }
    return false;
  }
}
