/**
 * Where tensors are stored while the engine computes. Users' tensors are ordinary ones in JavaScript's memory: they are copied
 * in, and results are copied out. Inside a network's pass these copies would take more than a quarter of a step. So a pass has
 * an arena, whose tensors are views of the WebAssembly memory and last until the pass no longer needs them. Every operation is
 * written once, for a workspace, and does not know which of the two it uses.
 */
import type { ReferenceFunction } from "../../layers/rival.js";
import { flat, isDense, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { LEAST_PRODUCT } from "./blas.js";
import type { Machine } from "./machine.js";

/** Runs a part of an operation in a workspace of its own. */
export type InWorkspace = <T>(compute: (workspace: Workspace) => T) => T;

/** The blocks that hold an arena's tensors. */
export class Blocks {
  readonly #machine: Machine;
  readonly #addresses = new Set<number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  allocate(bytes: number): number {
    const at = this.#machine.heap.allocate(bytes);
    this.#addresses.add(at);
    return at;
  }

  /** Frees the first block last: if the same sizes are then requested in the same order, each gets the same block again. */
  release(): void {
    for (const at of [...this.#addresses].reverse()) this.#machine.heap.free(at);
    this.#addresses.clear();
  }

  /** Whether a block begins at this address. */
  has(at: number): boolean {
    return this.#addresses.has(at);
  }

  /** Frees the block that begins at this address, if there is one, unless one of the other addresses also lies in it. */
  recycle(at: number, others: readonly number[]): void {
    const { heap } = this.#machine;
    const end = at + heap.sizeOf(at);
    if (!this.#addresses.has(at) || others.some((other) => other >= at && other < end)) return;
    this.#addresses.delete(at);
    heap.free(at);
  }
}

export class Workspace {
  readonly machine: Machine;
  /** The function that alone reads the operation's result, if a container says so. */
  readonly next: ReferenceFunction | undefined;
  /** Blocks that end with the operation. */
  readonly #own: Blocks;
  /** Blocks that last as long as the arena, if there is one. */
  readonly #arena: Blocks | undefined;
  /** Blocks for gradients of parameters that are lent, if they are. */
  readonly #lent: Blocks | undefined;

  constructor(machine: Machine, arena?: Blocks, lent?: Blocks, next?: ReferenceFunction) {
    this.machine = machine;
    this.next = next;
    this.#own = new Blocks(machine);
    this.#arena = arena;
    this.#lent = lent;
  }

  close(): void {
    this.#own.release();
  }

  /** Memory for `count` floats (or 32-bit integers) until the operation ends. */
  space(count: number): number {
    return this.#own.allocate(4 * count);
  }

  /** Memory until the arena is released; without an arena, until the operation ends: copy what must last longer. */
  lasting(count: number): number {
    return (this.#arena ?? this.#own).allocate(4 * count);
  }

  /** The address of a tensor's elements, row-major; they must not be changed. */
  read(x: Tensor): number {
    if (this.holds(x)) return x.data.byteOffset + 4 * x.offset;
    const at = this.space(sizeOf(x.shape));
    this.#write(x, at);
    return at;
  }

  /** The tensor itself, or in an arena its copy there, so that forward and backward copy it in only once. */
  keep(x: Tensor): Tensor {
    if (!this.#arena || this.holds(x)) return x;
    const at = this.#arena.allocate(4 * sizeOf(x.shape));
    this.#write(x, at);
    return this.#view(at, x.shape);
  }

  /** A new tensor: the address for its elements, and `tensor()`, to be called when they are written. */
  result(shape: Shape): { at: number; tensor: () => Tensor } {
    const at = this.lasting(sizeOf(shape));
    return { at, tensor: () => (this.#arena ? this.#view(at, shape) : this.copy(at, shape)) };
  }

  /** A parameter's gradient: like `result`, but it outlives the pass, or is lent until the arena's end. */
  gradient(shape: Shape): { at: number; tensor: () => Tensor } {
    const at = (this.#lent ?? this.#own).allocate(4 * sizeOf(shape));
    return { at, tensor: () => (this.#lent ? this.#view(at, shape) : this.copy(at, shape)) };
  }

  /** Whether a tensor's numbers lie in the engine's memory as they are. */
  holds(x: Tensor): boolean {
    return this.machine.holds(x.data) && isDense(x);
  }

  /** Numbers that are not a tensor, for a cache: the array itself in an arena, elsewhere a copy. */
  own<T extends Uint8Array | Int32Array>(numbers: T): T {
    return this.#arena ? numbers : (numbers.slice() as T);
  }

  /** The address of numbers that are not a tensor: a table, or the result of `own`. */
  numbers(values: Uint8Array | Int32Array): number {
    if (this.machine.holds(values)) return values.byteOffset;
    const at = this.#own.allocate(values.byteLength);
    this.machine
      .bytes(at, values.byteLength)
      .set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return at;
  }

  /** An ordinary tensor, copied from an address: for results that outlive the pass. */
  copy(at: number, shape: Shape): Tensor {
    const values = new Float32Array(sizeOf(shape));
    values.set(this.machine.floats(at, values.length));
    return wrap(values, shape);
  }

  /**
   * C = A·B (+ bias in every row), with A of rows × depth and B of depth × columns.
   * @param a  address, and floats between rows and between columns; b likewise
   */
  multiply(
    rows: number,
    columns: number,
    depth: number,
    a: readonly number[],
    b: readonly number[],
    c: number,
    bias = 0,
  ): void {
    const { blas } = this.machine;
    if (blas && rows * columns * depth >= LEAST_PRODUCT) {
      const floats = (at: number, count: number): Float32Array => this.machine.floats(at, count);
      const [C, A, B] = [
        floats(c, rows * columns),
        floats(a[0], rows * depth),
        floats(b[0], depth * columns),
      ];
      // The bias is written into C first; the product is added to it.
      if (bias) for (let row = 0; row < rows; row++) C.set(floats(bias, columns), row * columns);
      const [flipA, flipB] = [a[2] !== 1, b[2] !== 1];
      return blas(
        flipA,
        flipB,
        rows,
        columns,
        depth,
        A,
        a[flipA ? 2 : 1],
        B,
        b[flipB ? 2 : 1],
        bias ? 1 : 0,
        C,
      );
    }
    const scratch = this.machine.call.productScratch();
    this.machine.run("product", Math.ceil(columns / 8), scratch, rows, columns, depth, ...a, ...b, c, bias);
  }

  #view(at: number, shape: Shape): Tensor {
    return wrap(this.machine.floats(at, sizeOf(shape)), shape);
  }

  #write(x: Tensor, at: number): void {
    this.machine.floats(at, sizeOf(x.shape)).set(flat(x));
  }
}
