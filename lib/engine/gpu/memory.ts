/**
 * Tensors whose numbers are on the device: results, which belong to a pass or to whoever reads them, and residents, which are
 * a user's own tensors (weights, an optimiser's means) that stay on the device from step to step.
 */
import { flat, remote, type Shape, type Tensor } from "../../array/tensor.js";
import { attach, placeOf, type Place } from "../../array/remote.js";
import type { Block, Device } from "./device.js";
import { DeviceError } from "./link.js";

/** A result. Its block is freed when it is read, when its owner frees it, or when nobody has it any more. */
export class Result implements Place {
  readonly device: Device;
  readonly count: number;
  #block: Block | undefined;
  #numbers: Float32Array | undefined;
  #owner: Set<Result> | undefined;

  /** @param owner  the pass's results, whose memory goes back together */
  constructor(device: Device, count: number, owner: Set<Result> | undefined) {
    this.device = device;
    this.count = count;
    this.#block = device.take(4 * count);
    this.#owner = owner;
    owner?.add(this);
  }

  /** The block with its numbers; undefined when they are in JavaScript. */
  get block(): Block | undefined {
    return this.#block;
  }

  fetch(): Float32Array {
    if (this.#numbers === undefined) {
      if (this.#block === undefined) {
        throw new Error(
          "the tensor's memory went back to the device with its pass; copy what is to last longer.",
        );
      }
      [this.#numbers] = this.device.read([this.#block], [this.count]);
      this.free();
    }
    return this.#numbers;
  }

  free(): void {
    if (this.#block === undefined) return;
    this.device.give(this.#block);
    this.#block = undefined;
    this.#owner?.delete(this);
    collected.unregister(this);
  }

  /** Leaves its owner: it is freed when it is read or collected. */
  leave(): void {
    if (this.#owner === undefined || this.#block === undefined) return;
    this.#owner.delete(this);
    this.#owner = undefined;
    collected.register(this, { device: this.device, block: this.#block }, this);
  }

  belongsTo(owner: Set<Result> | undefined): boolean {
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

  /** The block of a tensor that a step will change in place; it becomes a resident. Its numbers are on the device. */
  changing(x: Tensor): Block {
    const place = placeOf(x);
    if (place instanceof Resident && place.device === this.#device) return place.changing();
    const resident = new Resident(this.#device, floats(x));
    this.#all.add(new WeakRef(resident));
    attach(x, resident);
    return resident.changing();
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
    collected.register(this, { device, block: this.block });
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

/** A float32 tensor's numbers, row-major. */
function floats(x: Tensor): Float32Array {
  return flat(x as Tensor<"float32">);
}

/** Memory for one operation. What it takes goes back at its end, but for results. */
export class Workspace {
  readonly device: Device;
  /** The results of the pass, if there is one; the results of an operation without a pass become ordinary tensors. */
  readonly #pass: Set<Result> | undefined;
  /** Where gradients of parameters go, if the pass lends them. */
  readonly #lent: Set<Result> | undefined;
  readonly #own: Block[] = [];

  constructor(device: Device, pass?: Set<Result>, lent?: Set<Result>) {
    this.device = device;
    this.#pass = pass;
    this.#lent = lent;
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
    const kept = new Result(this.device, x.size, this.#pass);
    this.device.write(kept.block!, floats(x));
    return remote(kept, x.shape);
  }

  /** A new tensor: the block for its numbers, and `tensor()`, to be called when the routines that write them were run. */
  result(shape: Shape): { block: Block; tensor: () => Tensor } {
    return this.#make(shape, this.#pass);
  }

  /** A parameter's gradient: like `result`, but lent until the pass ends, if the pass lends. */
  gradient(shape: Shape): { block: Block; tensor: () => Tensor } {
    return this.#make(shape, this.#lent ?? this.#pass);
  }

  #make(shape: Shape, owner: Set<Result> | undefined): { block: Block; tensor: () => Tensor } {
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
