/** The library's side of the device: blocks of its memory, routines that run on them, and readings that wait. */
import { OutOfMemoryError } from "../wasm/heap.js";
import { DeviceError, Link } from "./link.js";
import { STATES, type Command } from "./program.js";
import type { Routine } from "./routines/routine.js";

/** A piece of the device's memory. */
export interface Block {
  readonly number: number;
  readonly bytes: number;
}

/** Commands that wait for each other's company, so that few messages go to the thread. */
const TOGETHER = 32;
/** Freed blocks of more bytes than this, and of more than are in use, are given back to the card. */
const KEEP = 256 * 2 ** 20;
/** Small blocks of numbers that are remembered: the sizes of each layer's routines, and those that an optimiser needs. */
const CONSTANTS = 4096;
/** The most work groups along one axis, by the standard. */
export const MOST_GROUPS = 65535;

export class Device {
  /** The card's name. */
  readonly name: string;
  readonly #most: number;
  readonly #link: Link;
  readonly #pipelines = new Map<Routine, number>();
  /** Freed blocks by size, for the next request of the same size: a step asks for the same sizes each time. */
  readonly #kept = new Map<number, Block[]>();
  #keptBytes = 0;
  #inUse = 0;
  #count = 0;
  /** Small blocks whose numbers were needed lately. */
  readonly #constants = new Map<string, Block>();
  #pending: Command[] = [];
  #parcels: ArrayBufferLike[] = [];

  /**
   * @param link  the way to the thread that has the device; unless given, opens one and sleeps until it is there
   * @throws DeviceError "no package webgpu is installed", "WebGPU finds no graphics card that it can use", …
   */
  constructor(link = Link.openNow()) {
    this.#link = link;
    const { name, most } = JSON.parse(link.said) as { name: string; most: number };
    this.name = name || "a graphics card without a name";
    this.#most = most;
  }

  /** Whether the device is lost, or has refused what it was told: nothing more can be computed on it. */
  get isLost(): boolean {
    return this.#link.state === STATES.lost || this.#link.state === STATES.faulty;
  }

  /** Bytes in blocks that are in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /** How many pipelines have been compiled. */
  get compiled(): number {
    return this.#pipelines.size;
  }

  /** A block of at least so many bytes, whose contents are anything. @throws OutOfMemoryError for more than one block may have */
  take(bytes: number): Block {
    const size = Math.max(256, Math.ceil(bytes / 256) * 256);
    if (size > this.#most) throw this.#outOfMemory(`a block may have ${megabytes(this.#most)} MB`, size);
    this.#inUse += size;
    const kept = this.#kept.get(size)?.pop();
    if (kept) {
      this.#keptBytes -= size;
      return kept;
    }
    const block = { number: this.#count++, bytes: size };
    this.#send(["make", block.number, size]);
    return block;
  }

  /** Frees a block. */
  give(block: Block): void {
    this.#inUse -= block.bytes;
    this.#keptBytes += block.bytes;
    const kept = this.#kept.get(block.bytes);
    if (kept) kept.push(block);
    else this.#kept.set(block.bytes, [block]);
    if (this.#keptBytes > Math.max(KEEP, this.#inUse)) this.#dropKept();
  }

  /** Writes numbers to the beginning of a block. */
  write(block: Block, numbers: Float32Array): void {
    const copy = numbers.slice();
    this.#parcels.push(copy.buffer);
    this.#send(["write", block.number, copy]);
  }

  /** A block with these numbers, which nobody changes; it is valid for the routines that are run next. */
  constant(numbers: Float32Array): Block {
    const key = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length).join(" ");
    let block = this.#constants.get(key);
    if (block === undefined) {
      if (this.#constants.size >= CONSTANTS) {
        const [[oldKey, oldBlock]] = this.#constants;
        this.#constants.delete(oldKey);
        this.give(oldBlock);
      }
      block = this.take(4 * numbers.length);
      this.write(block, numbers);
    }
    // Last in the map's order: the first is what nobody has needed for the longest time.
    this.#constants.delete(key);
    this.#constants.set(key, block);
    return block;
  }

  /** For tests: fills all free blocks. */
  poison(value: number): void {
    for (const block of [...this.#kept.values()].flat()) {
      this.write(block, new Float32Array(block.bytes / 4).fill(value));
    }
  }

  /**
   * Runs a routine.
   * @param sizes   its sizes by name
   * @param blocks  what it reads and writes, in the order in which it names them
   * @param groups  how many work groups along each axis
   */
  run(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    blocks: readonly Block[],
    [x, y = 1, z = 1]: readonly number[],
  ): void {
    if (Math.max(x, y, z) > MOST_GROUPS) {
      throw new OutOfMemoryError(
        `the graphics card takes ${MOST_GROUPS} work groups along an axis, and ${routine.name} needs ${Math.max(x, y, z)}; ` +
          `use smaller batches, or compute.use("wasm").`,
      );
    }
    let pipeline = this.#pipelines.get(routine);
    if (pipeline === undefined) {
      pipeline = this.#pipelines.size;
      this.#pipelines.set(routine, pipeline);
      this.#send(["compile", pipeline, routine.code]);
    }
    const all = [this.constant(packed(routine, sizes)), ...blocks];
    this.#send(["run", pipeline, all.map(({ number }) => number), [x, y, z]]);
  }

  /** Runs a routine that takes 64 numbers a work group, which lie along the first axis and, if they are many, the second. */
  spread(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    blocks: readonly Block[],
    count: number,
  ): void {
    const groups = Math.ceil(count / 64);
    const x = Math.min(groups, MOST_GROUPS);
    this.run(routine, { ...sizes, COUNT: count }, blocks, [x, Math.ceil(groups / x)]);
  }

  /**
   * Waits for the first `counts[i]` numbers of each block.
   * @throws OutOfMemoryError when the card had no room for something since the last reading; DeviceError when it was lost
   */
  read(blocks: readonly Block[], counts: readonly number[]): Float32Array[] {
    this.check();
    const bytes = counts.map((count) => 4 * count);
    const into = new SharedArrayBuffer(bytes.reduce((sum, more) => sum + more, 0));
    const before = this.#link.answers;
    this.#send(["read", blocks.map(({ number }, i) => [number, bytes[i]]), into]);
    this.flush();
    this.#link.wait(before);
    this.check();
    let at = 0;
    return counts.map((count) => {
      const numbers = new Float32Array(into, 4 * at, count).slice();
      at += count;
      return numbers;
    });
  }

  /** Sends the commands that wait for company. */
  flush(): void {
    if (this.#pending.length === 0) return;
    this.#link.send(this.#pending, this.#parcels);
    this.#pending = [];
    this.#parcels = [];
  }

  /** @throws OutOfMemoryError, DeviceError when something went wrong since the last call */
  check(): void {
    const { state } = this.#link;
    if (state === STATES.ready) return;
    const { said } = this.#link;
    if (state === STATES.full) {
      this.#dropKept();
      this.#link.state = STATES.ready;
      throw this.#outOfMemory(`it says "${said}"`, this.#inUse);
    }
    throw new DeviceError(
      state === STATES.lost
        ? `the graphics card's device was lost (${said})`
        : `the graphics card's device refused a command (${said})`,
    );
  }

  /** Ends the device; everything on it is lost. */
  destroy(): void {
    this.#send(["destroy"]);
    const before = this.#link.answers;
    this.flush();
    if (!this.isLost) this.#link.wait(before);
  }

  #send(command: Command): void {
    this.#pending.push(command);
    if (this.#pending.length >= TOGETHER && command[0] !== "read") this.flush();
  }

  #dropKept(): void {
    for (const block of [...this.#kept.values()].flat()) this.#send(["drop", block.number]);
    this.#kept.clear();
    this.#keptBytes = 0;
  }

  #outOfMemory(why: string, bytes: number): OutOfMemoryError {
    return new OutOfMemoryError(
      `the graphics card has no room for ${megabytes(bytes)} MB (${why}; ${megabytes(this.#inUse)} MB are in use); ` +
        `use smaller batches, or compute.use("wasm").`,
    );
  }
}

/** A routine's sizes as it finds them in memory. */
function packed({ name, sizes }: Routine, values: Readonly<Record<string, number>>): Float32Array {
  const floats = new Float32Array(sizes.length);
  const integers = new Uint32Array(floats.buffer);
  sizes.forEach((size, i) => {
    const [key, isFloat] = size.split(":");
    if (values[key] === undefined) throw new Error(`the routine ${name} was given no ${key}`);
    (isFloat ? floats : integers)[i] = values[key];
  });
  return floats;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
