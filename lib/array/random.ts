/**
 * Random numbers from a seed: the same seed gives the same numbers, everywhere and for ever.
 * The generator is xoroshiro128+ (Blackman and Vigna, 2018).
 */
import { Printed } from "./printed.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { ValueError } from "./errors.js";
import { zeros, type DType, type Shape, type Tensor } from "./tensor.js";

/**
 * A generator of random numbers and tensors. The same seed gives the same numbers on every machine; `new Random(seed)`
 * in two places draws the same twice, so make one and pass it on.
 *
 *     const random = new Random(1);
 *     random.normal([4, 3, 5, 5])      // a 4×3×5×5 tensor of normal numbers
 */
export class Random extends Printed {
  #generator;

  /** @param seed any whole number */
  constructor(seed: number) {
    super();
    if (!Number.isSafeInteger(seed)) {
      throw new ValueError(`random: the seed ${seed} is not a whole number; use one such as 1.`);
    }
    this.#generator = xoroshiro128plus(mix(seed));
  }

  toString(): string {
    return "Random, a stream of random numbers";
  }

  /** A number in [0, 1). */
  next(): number {
    return uniformFloat64(this.#generator);
  }

  /** A whole number from 0 up to, not including, `below`. */
  integer(below: number): number {
    return uniformInt(this.#generator, 0, below - 1);
  }

  /** A number from the normal distribution with mean 0 and standard deviation 1 (Box and Muller, 1958). */
  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** A tensor of independent numbers, uniform in [low, high). */
  uniform(shape: Shape, low = 0, high = 1, dtype: DType = "float32"): Tensor {
    return this.#fill(shape, dtype, () => low + (high - low) * this.next());
  }

  /** A tensor of independent normal numbers. */
  normal(shape: Shape, mean = 0, deviation = 1, dtype: DType = "float32"): Tensor {
    return this.#fill(shape, dtype, () => mean + deviation * this.gaussian());
  }

  /** The numbers 0 … count−1 in random order (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /** A generator of its own, so that one consumer's draws do not shift another's. */
  fork(): Random {
    return new Random(this.integer(2 ** 31));
  }

  /** The generator's whole state, for a checkpoint. */
  get state(): readonly number[] {
    return this.#generator.getState();
  }
  set state(state: readonly number[]) {
    this.#generator = xoroshiro128plusFromState(state);
  }

  #fill(shape: Shape, dtype: DType, draw: () => number): Tensor {
    const result = zeros(shape, dtype);
    const data = result.data;
    for (let i = 0; i < data.length; i++) data[i] = draw();
    return result;
  }
}

/** Spreads nearby seeds far apart (the finaliser of MurmurHash3): seeds 1 and 2 share no first draws. */
function mix(seed: number): number {
  let h = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
