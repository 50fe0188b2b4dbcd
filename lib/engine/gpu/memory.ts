/**
 * Tensors whose numbers are on the device: results, which belong to a pass or to whoever reads them, and residents, which are
 * a user's own tensors (weights, an optimiser's means) that stay on the device from step to step.
 */
import { flat, remote, type Shape, type Tensor } from "../../array/tensor.js";
import { attach, placeOf, type Place } from "../../array/remote.js";
import { StateError } from "../../array/errors.js";
import type { Routine } from "./routines/routine.js";
import type { Block, Device } from "./device.js";
import { DeviceError } from "./link.js";

/** Results whose memory goes back together. */
export class Results extends Set<Result> {
  /** One number, which is not 0 from when a loss was not finite: what was computed from that loss may then not be read. */
  readonly flag: Result | undefined;

  constructor(flag?: Result) {
    super();
    this.flag = flag;
  }

  /** Frees all. */
  free(): void {
    for (const result of [...this].reverse()) result.free();
  }
}

/** A result. Its block is freed when it is read, when its owner frees it, or when nobody has it any more. */
export class Result implements Place {
  readonly device: Device;
  readonly count: number;
  #block: Block | undefined;
  #numbers: Float32Array | undefined;
  /** Waits for the numbers, once they were asked for. */
  #reading: (() => Float32Array) | undefined;
  #owner: Results | undefined;

  /** @param owner  the pass's results; undefined for one that is freed when it is read or collected */
  constructor(device: Device, count: number, owner: Results | undefined) {
    this.device = device;
    this.count = count;
    this.#block = device.take(4 * count);
    this.#owner = owner;
    if (owner) owner.add(this);
    else collected.register(this, { device, block: this.#block }, this);
  }

  /** Asks for the numbers of results, in one reading, and frees their blocks. Whoever reads one of them then waits. */
  static ask(results: Results): void {
    const all = [...results];
    if (all.length === 0) return;
    const blocks = all.map((one) => one.#block!);
    const reading = all[0].device.ask(
      blocks,
      all.map(({ count }) => count),
    );
    all.forEach((one, i) => {
      one.#reading = () => reading()[i];
      one.free();
    });
  }

  /** The block with its numbers; undefined when they are in JavaScript. */
  get block(): Block | undefined {
    return this.#block;
  }

  fetch(): Float32Array {
    this.#numbers ??= this.#reading?.() ?? this.#read();
    return this.#numbers;
  }

  #read(): Float32Array {
    if (this.#block === undefined) {
      throw new Error(
        "the tensor's memory went back to the device with its pass; copy what is to last longer.",
      );
    }
    const blocks = [this.#block, this.#owner?.flag?.block].filter((block) => block !== undefined);
    const [numbers, flag = [0]] = this.device.read(blocks, [this.count, 1]);
    if (flag[0] !== 0) throw new StateError("the loss was not finite, and so is what was computed from it.");
    this.free();
    return numbers;
  }

  free(): void {
    if (this.#block === undefined) return;
    this.device.give(this.#block);
    this.#block = undefined;
    this.#owner?.delete(this);
    collected.unregister(this);
  }

  /** Leaves its owner for another. Without one it is freed when it is read or collected. */
  leave(owner?: Results): void {
    if (this.#owner === undefined || this.#block === undefined) return;
    this.#owner.delete(this);
    this.#owner = owner;
    if (owner) owner.add(this);
    else collected.register(this, { device: this.device, block: this.#block }, this);
  }

  belongsTo(owner: Results | undefined): boolean {
    return owner !== undefined && this.#owner === owner;
  }
}

/** Frees blocks whose tensors were garbage-collected. */
const collected = new FinalizationRegistry<{ device: Device; block: Block }>(({ device, block }) =>
  device.give(block),
);

/** Milliseconds from one copy of the residents to the next. */
const COPY_EVERY = 1000;

/** The tensors that stay on a device. */
export class Residents {
  readonly #device: Device;
  /** Weak, so that a network that nobody has any more is collected. */
  readonly #all = new Set<WeakRef<Resident>>();
  #copied = performance.now();

  constructor(device: Device) {
    this.#device = device;
  }

  /**
   * The blocks of tensors that a step will change in place; they become residents. Their numbers are on the device.
   * @throws OutOfMemoryError when the card has no room for all of them; then they stay what they are
   */
  changing(xs: readonly Tensor[]): Block[] {
    const device = this.#device;
    const known = xs.map((x) => {
      const place = placeOf(x);
      return place instanceof Resident && place.device === device ? place : undefined;
    });
    const residents = known.map((resident, i) => resident ?? new Resident(device, floats(xs[i])));
    try {
      device.confirm();
    } catch (error) {
      residents.forEach((resident, i) => known[i] ?? resident.giveUp());
      throw error;
    }
    residents.forEach((resident, i) => {
      if (known[i]) return;
      this.#all.add(new WeakRef(resident));
      attach(xs[i], resident);
    });
    return residents.map((resident) => resident.changing());
  }

  /** At the end of a step: once a second, copies all residents to JavaScript, so that a lost device takes little with it. */
  stepped(): void {
    if (performance.now() - this.#copied > COPY_EVERY) this.copy();
  }

  /** Brings all numbers to JavaScript; the device's still count. */
  copy(): void {
    const ahead = this.#living().filter(({ isAhead }) => isAhead);
    if (ahead.length > 0) {
      const copies = this.#device.read(
        ahead.map(({ block }) => block),
        ahead.map(({ array }) => array.length),
      );
      ahead.forEach(({ array }, i) => array.set(copies[i]));
    }
    this.#copied = performance.now();
  }

  /** Forgets the device: the numbers of the last copy count. @returns milliseconds since then */
  abandon(): number {
    for (const resident of this.#living()) resident.isAhead = false;
    return performance.now() - this.#copied;
  }

  #living(): Resident[] {
    return [...this.#all].flatMap((one) => {
      const resident = one.deref();
      if (resident === undefined) this.#all.delete(one);
      return resident ?? [];
    });
  }
}

/** A tensor in JavaScript's memory with its twin on the device. */
class Resident implements Place {
  readonly device: Device;
  readonly block: Block;
  readonly array: Float32Array;
  /** Whether the device's numbers count. */
  isAhead = false;

  constructor(device: Device, array: Float32Array) {
    this.device = device;
    this.block = device.take(array.byteLength);
    this.array = array;
    collected.register(this, { device, block: this.block }, this);
  }

  /** Gives the block back, of one that no tensor has. */
  giveUp(): void {
    collected.unregister(this);
    this.device.give(this.block);
  }

  changing(): Block {
    if (!this.isAhead) this.device.write(this.block, this.array);
    this.isAhead = true;
    return this.block;
  }

  fetch(): Float32Array {
    if (!this.isAhead) return this.array;
    try {
      this.array.set(this.device.read([this.block], [this.array.length])[0]);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error; // of a lost device the last copy counts; the engine says so
    }
    this.isAhead = false;
    return this.array;
  }
}

/** A tensor's numbers in float32, row-major. */
function floats(x: Tensor): Float32Array {
  const numbers = flat(x);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}

/** The results of a pass, by what becomes of them. */
export interface PassMemory {
  /** Freed with the pass. */
  readonly results: Results;
  /** Gradients of parameters, if the pass lends them. */
  readonly lent?: Results;
  /** What is read later, if the pass is late. */
  readonly late?: Results;
  /** What changes weights at its end, if the pass is late and lends gradients. */
  readonly changes?: (() => void)[];
}

/** Memory for one operation. What it takes goes back at its end, but for results. */
export class Workspace {
  readonly device: Device;
  /** Unless given, the results of the operation become ordinary tensors. */
  readonly #pass: PassMemory | undefined;
  readonly #own: Block[] = [];

  constructor(device: Device, pass?: PassMemory) {
    this.device = device;
    this.#pass = pass;
  }

  /** Whether the operation belongs to a pass whose numbers are read later. */
  get isLate(): boolean {
    return this.#pass?.late !== undefined;
  }

  /** The block that says whether a loss was not finite: it then has a number other than 0. Undefined where nobody asks. */
  get flag(): Block | undefined {
    return this.#pass?.lent?.flag?.block;
  }

  /** Numbers that are not in tensors and are read later, or at once where the pass is not late. */
  later(count: number): Result {
    return new Result(this.device, count, this.#pass?.late);
  }

  /**
   * Runs a routine that changes what lasts longer than the pass, unless a loss was not finite, and not before the card is known to
   * have had room for everything so far.
   * @param changed  what it changes; the routine names the flag before these
   * @throws OutOfMemoryError when the card had no room
   */
  change(
    routine: Routine,
    sizes: Readonly<Record<string, number>>,
    read: readonly Block[],
    changed: readonly Block[],
    count: number,
  ): void {
    const run = this.#prepared(routine, sizes, read, changed, count);
    this.device.confirm();
    run();
  }

  /** The same at the end of a late pass, together with all its changes: so a step is made whole or not at all. */
  changeLast(...what: Parameters<Workspace["change"]>): void {
    const changes = this.#pass?.changes;
    if (changes) changes.push(this.#prepared(...what));
    else this.change(...what);
  }

  #prepared(...[routine, sizes, read, changed, count]: Parameters<Workspace["change"]>): () => void {
    const flag = this.flag ?? this.device.constant(Float32Array.of(0));
    return this.device.prepare(routine, sizes, [...read, flag, ...changed], count);
  }

  close(): void {
    for (const block of this.#own) this.device.give(block);
  }

  /** A block until the operation ends. */
  space(count: number): Block {
    const block = this.device.take(4 * count);
    this.#own.push(block);
    return block;
  }

  /** The block with a tensor's numbers, row-major, until the operation ends; they must not be changed. */
  read(x: Tensor): Block {
    const place = placeOf(x);
    if (place instanceof Result && place.device === this.device && place.block) return place.block;
    if (place instanceof Resident && place.device === this.device && place.isAhead) return place.block;
    const block = this.space(x.size);
    this.device.write(block, floats(x));
    return block;
  }

  /** The tensor itself, or in a pass its copy on the device, so that forward and backward send it only once. */
  keep(x: Tensor): Tensor {
    if (this.#pass === undefined || placeOf(x) !== undefined) return x;
    const kept = new Result(this.device, x.size, this.#pass.results);
    this.device.write(kept.block!, floats(x));
    return remote(kept, x.shape);
  }

  /** A new tensor: the block for its numbers, and `tensor()`, to be called when the routines that write them were run. */
  result(shape: Shape): { block: Block; tensor: () => Tensor } {
    return this.#make(shape, this.#pass?.results);
  }

  /** A parameter's gradient: like `result`, but lent until the pass ends, if the pass lends. */
  gradient(shape: Shape): { block: Block; tensor: () => Tensor } {
    return this.#make(shape, this.#pass?.lent ?? this.#pass?.results);
  }

  #make(shape: Shape, owner: Results | undefined): { block: Block; tensor: () => Tensor } {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const result = new Result(this.device, count, owner);
    return {
      block: result.block!,
      tensor: () => {
        if (owner === undefined) result.fetch();
        return remote(result, shape);
      },
    };
  }
}
