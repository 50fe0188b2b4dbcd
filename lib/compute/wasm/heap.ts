/**
 * Blocks of the WebAssembly memory: first fit, neighbours joined again when they are freed. A training step asks
 * for the same sizes in the same order each time and gets the same addresses, so nothing is scattered.
 */

/** The WebAssembly memory, 4 GB at most, is full. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

const PAGE = 65536;
const ALIGNMENT = 64;
/** Vector loads at the end of a block may read a little beyond it. */
const SLACK = 64;

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Free stretches by address; no two touch. */
  #free: { at: number; bytes: number }[];
  readonly #used = new Map<number, number>();
  #end: number;
  #inUse = 0;

  /** @param start  the first byte that is not the module's own */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory;
    this.#end = memory.buffer.byteLength;
    const at = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
    this.#free = [{ at, bytes: this.#end - at }];
  }

  /** Bytes in blocks that are in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /**
   * @returns the block's address, a multiple of 64; what is in it is left over from before
   * @throws OutOfMemoryError when there is no such stretch and the memory cannot grow
   */
  allocate(bytes: number): number {
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    let index = this.#free.findIndex((stretch) => stretch.bytes >= size);
    if (index < 0) {
      this.#grow(size, bytes);
      index = this.#free.length - 1;
    }
    const stretch = this.#free[index];
    const { at } = stretch;
    stretch.at += size;
    stretch.bytes -= size;
    if (stretch.bytes === 0) this.#free.splice(index, 1);
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
    let index = this.#free.findIndex((stretch) => stretch.at > at);
    if (index < 0) index = this.#free.length;
    const [before, after] = [this.#free[index - 1], this.#free[index]];
    const touchesBefore = before !== undefined && before.at + before.bytes === at;
    const touchesAfter = after !== undefined && at + bytes === after.at;
    if (touchesBefore) before.bytes += bytes + (touchesAfter ? after.bytes : 0);
    else if (touchesAfter) Object.assign(after, { at, bytes: bytes + after.bytes });
    if (touchesBefore && touchesAfter) this.#free.splice(index, 1);
    if (!touchesBefore && !touchesAfter) this.#free.splice(index, 0, { at, bytes });
  }

  /** Fills everything that is free, so that tests see who reads what nobody wrote. */
  poison(value: number): void {
    for (const { at, bytes } of this.#free) new Float32Array(this.memory.buffer, at, bytes / 4).fill(value);
  }

  #grow(size: number, asked: number): void {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.at + last.bytes === this.#end ? last.bytes : 0;
    // A quarter more than there is, so that growing stays rare; or just what is needed, when that is too much.
    for (const more of [Math.max(size - tail, this.#end / 4), size - tail]) {
      const pages = Math.ceil(more / PAGE);
      try {
        this.memory.grow(pages);
      } catch {
        continue;
      }
      if (tail > 0) last!.bytes += pages * PAGE;
      else this.#free.push({ at: this.#end, bytes: pages * PAGE });
      this.#end += pages * PAGE;
      return;
    }
    const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
    throw new OutOfMemoryError(
      `the WASM engine needs ${megabytes(asked)} MB more beside the ${megabytes(this.#inUse)} MB in use, and its memory ends at ` +
        `4096 MB; use smaller batches, give each pass its backward (or make it with backward: false), or compute.use("typescript").`,
    );
  }
}
