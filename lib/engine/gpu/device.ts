/** The library's side of the device: blocks of its memory, routines that run on them, and readings that wait. */
import { atExit } from "#host/threads";
import { OutOfMemoryError } from "../wasm/heap.js";
import { DeviceError, Link } from "./link.js";
import { OUTCOMES, STATES, type Command } from "./program.js";
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
/** The bytes of the smallest blocks, and how many of them are made at once: new memory must be waited for before weights change. */
const [SMALL, SMALL_ONES] = [256, 256];
/** The most work groups along one axis, by the standard. */
const MOST_GROUPS = 65535;

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
  /** How many blocks were made, of how many of them it is known that the card had room, and those of which it is not sure. */
  #count = 0;
  #known = 0;
  readonly #doubtful = new Set<number>();
  /** Small blocks whose numbers were needed lately. */
  readonly #constants = new Map<string, Block>();
  #pending: Command[] = [];
  #parcels: ArrayBufferLike[] = [];
  /** Takes back what is to be done when the program ends. */
  readonly #stay: () => void;

  /**
   * @param link  the way to the thread that has the device; unless given, opens one and sleeps until it is there
   * @throws DeviceError "no package webgpu is installed", "WebGPU finds no graphics card that it can use", …
   */
  constructor(link = Link.openNow()) {
    this.#link = link;
    const { name, most } = JSON.parse(link.said) as { name: string; most: number };
    this.name = name || "a graphics card without a name";
    this.#most = most;
    this.#stay = atExit(() => this.#settle());
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
    const size = Math.max(SMALL, Math.ceil(bytes / SMALL) * SMALL);
    if (size > this.#most) throw this.#outOfMemory(`a block may have ${megabytes(this.#most)} MB`, size);
    this.#inUse += size;
    const kept = this.#kept.get(size)?.pop();
    if (kept) {
      this.#keptBytes -= size;
      return kept;
    }
    if (size === SMALL) for (let more = 1; more < SMALL_ONES; more++) this.#keep(this.#make(size));
    return this.#make(size);
  }

  #make(bytes: number): Block {
    const block = { number: this.#count++, bytes };
    this.#send(["make", block.number, bytes]);
    return block;
  }

  /** Frees a block. */
  give(block: Block): void {
    this.#inUse -= block.bytes;
    if (this.#doubtful.delete(block.number)) this.#send(["drop", block.number]);
    else this.#keep(block);
  }

  #keep(block: Block): void {
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
    groups: readonly number[],
  ): void {
    this.#send(this.#command(routine, sizes, blocks, groups));
  }

  /** Runs a routine that takes 64 numbers a work group, which lie along the first axis and, if they are many, the second. */
  spread(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    blocks: readonly Block[],
    count: number,
  ): void {
    this.run(routine, { ...sizes, COUNT: count }, blocks, groupsFor(count));
  }

  /** The same, prepared now. @returns a function that runs it */
  prepare(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    blocks: readonly Block[],
    count: number,
  ): () => void {
    const command = this.#command(routine, { ...sizes, COUNT: count }, blocks, groupsFor(count));
    return () => this.#send(command);
  }

  #command(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    blocks: readonly Block[],
    [x, y = 1, z = 1]: readonly number[],
  ): Command {
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
    return ["run", pipeline, all.map(({ number }) => number), [x, y, z]];
  }

  /**
   * Waits for the first `counts[i]` numbers of each block.
   * @throws OutOfMemoryError when the card had no room for something since the last reading; DeviceError when it was lost
   */
  read(blocks: readonly Block[], counts: readonly number[]): Float32Array[] {
    return this.ask(blocks, counts)();
  }

  /** The same, asked for now. @returns a function that waits for the numbers; the blocks may be given back meanwhile */
  ask(blocks: readonly Block[], counts: readonly number[]): () => Float32Array[] {
    const bytes = counts.map((count) => 4 * count);
    const into = new SharedArrayBuffer(bytes.reduce((sum, more) => sum + more, 4));
    this.#send(["read", blocks.map(({ number }, i) => [number, bytes[i]]), into]);
    this.flush();
    const made = this.#count;
    let numbers: Float32Array[] | undefined;
    return () => {
      if (numbers !== undefined) return numbers;
      this.#expect(new Int32Array(into, 0, 1));
      this.#known = Math.max(this.#known, made);
      let at = 4;
      return (numbers = counts.map((count) => {
        const some = new Float32Array(into, at, count).slice();
        at += 4 * count;
        return some;
      }));
    };
  }

  /** Waits until the card is known to have had room for all blocks so far. @throws OutOfMemoryError, DeviceError */
  confirm(): void {
    if (this.#known < this.#count) this.ask([], [])();
  }

  /** Waits for a reading, whose first word says how it went. @throws OutOfMemoryError, DeviceError */
  #expect(outcome: Int32Array): void {
    for (;;) {
      const answers = this.#link.answers;
      const how = Atomics.load(outcome, 0);
      if (how === OUTCOMES.read) return;
      if (how === OUTCOMES.failed || this.isLost) {
        this.check();
        throw this.#outOfMemory("as was said before", this.#inUse);
      }
      this.#link.wait(answers);
    }
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
      this.#doubt();
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
    this.#stay();
    this.#send(["destroy"]);
    const before = this.#link.answers;
    this.flush();
    if (!this.isLost) this.#link.wait(before);
  }

  /** Waits until the thread has nothing to do: the package webgpu ends the process with a fault if a thread ends amid its work. */
  #settle(): void {
    const into = new SharedArrayBuffer(4);
    this.#send(["rest", into]);
    this.flush();
    try {
      this.#expect(new Int32Array(into));
    } catch {
      // Of a lost device nothing is under way.
    }
  }

  #send(command: Command): void {
    this.#pending.push(command);
    if (this.#pending.length >= TOGETHER && command[0] !== "read") this.flush();
  }

  /** Of blocks that were made lately, any may be the one that the card had no room for; none of them is used again. */
  #doubt(): void {
    for (let number = this.#known; number < this.#count; number++) this.#doubtful.add(number);
    this.#known = this.#count;
    for (const [key, block] of this.#constants) {
      if (!this.#doubtful.has(block.number)) continue;
      this.#constants.delete(key);
      this.give(block);
    }
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

/** The work groups of 64 numbers each. */
function groupsFor(count: number): number[] {
  return inTwoAxes(Math.ceil(count / 64));
}

/** So many work groups along the first axis and, if they are many, the second. */
export function inTwoAxes(groups: number): number[] {
  const x = Math.min(groups, MOST_GROUPS);
  return [x, Math.ceil(groups / x)];
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
