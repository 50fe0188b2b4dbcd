/**
 * Large weights, and what an optimiser keeps for each of them, lie in the WebAssembly memory from the beginning: to copy a hundred
 * million of them in for a forward, and in and out for an optimiser's step, takes a quarter of a step. Their tensors are ordinary
 * ones whose `data` is a view of that memory, so whoever reads or writes the numbers reads and writes those of the engine.
 */
import { dtypeOf, flat, wrap, type Tensor } from "../../array/tensor.js";
import { OutOfMemoryError } from "./heap.js";
import type { Machine } from "./machine.js";

/** The least numbers of a resident: fewer are soon copied. */
const LEAST = 2 ** 20;
/** The part of the memory that residents may fill; passes need the rest. */
const SHARE = 1 / 4;

/** Whether a tensor would be a resident. */
export function isWorthIt(x: Tensor): boolean {
  return x.size >= LEAST && dtypeOf(x) === "float32";
}

export class Residents {
  readonly #machine: Machine;
  #bytes = 0;
  /** Gives a block back when nobody has its array any more. */
  readonly #dropped = new FinalizationRegistry<number>((at) => {
    this.#bytes -= this.#machine.heap.sizeOf(at);
    this.#machine.heap.free(at);
  });

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A resident with the numbers of `x`, or undefined when there is no room for it. */
  make(x: Tensor): Tensor | undefined {
    const { heap } = this.#machine;
    if (this.#bytes + 4 * x.size > SHARE * heap.most) return undefined;
    let at: number;
    try {
      at = heap.allocate(4 * x.size);
    } catch (error) {
      if (error instanceof OutOfMemoryError) return undefined;
      throw error;
    }
    this.#bytes += heap.sizeOf(at);
    const numbers = keepingWhole(this.#machine.floats(at, x.size));
    numbers.set(flat(x));
    this.#dropped.register(numbers, at);
    return wrap(numbers, x.shape);
  }
}

/** Gives an array `subarray`s that hold on to the whole: while somebody has a part, the block is not given back. */
function keepingWhole(numbers: Float32Array, whole = numbers): Float32Array {
  return Object.defineProperty(numbers, "subarray", {
    value: (begin?: number, end?: number) =>
      keepingWhole(Float32Array.prototype.subarray.call(numbers, begin, end), whole),
  });
}
