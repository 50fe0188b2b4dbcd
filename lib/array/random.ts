/**
 * Random numbers from a seed: the same seed gives the same numbers, everywhere and for ever.
 * The generator is xoroshiro128+ (Blackman and Vigna, 2018).
 */
import { Printed } from "./printed.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
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

  /** @param seed any whole number, negative ones too: each has a stream of its own @throws ValueError for others */
  constructor(seed: number) {
    super();
    if (!Number.isSafeInteger(seed)) {
      throw new ValueError(`random: the seed ${String(seed)} is not a whole number; use one such as 1.`);
    }
    // The seed's low and high 32 bits. With a high half of 0 this is xoroshiro128plus(mix(low)).
    const [low, high] = [mix(seed | 0), mix(Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1))];
    this.#generator = xoroshiro128plusFromState([~high, ~low, low, high]);
  }

  toString(): string {
    return "Random, a stream of random numbers";
  }

  /** A number in [0, 1). */
  next(): number {
    return uniformFloat64(this.#generator);
  }

  /** A whole number from 0 up to, not including, `below`. @throws ValueError unless that is a whole number, 1 or more */
  integer(below: number): number {
    if (!(Number.isSafeInteger(below) && below >= 1)) {
      throw new ValueError(
        `random: there is no whole number from 0 to below ${below}; give a whole one, 1 or more.`,
      );
    }
    return uniformInt(this.#generator, 0, below - 1);
  }

  /** A number from the normal distribution with mean 0 and standard deviation 1 (Box and Muller, 1958). */
  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /**
   * A tensor of independent numbers, uniform in [low, high); all `low` where the two are the same.
   * @throws ValueError when low is above high, or their distance is not finite
   */
  uniform(shape: Shape, low = 0, high = 1, dtype: DType = "float32"): Tensor {
    if (!(low <= high && high - low < Infinity)) {
      throw new ValueError(
        `random: uniform numbers from ${low} to ${high}; the first must not be above the second, and both finite.`,
      );
    }
    const result = this.#fill(shape, dtype, () => low + (high - low) * this.next());
    // The largest numbers below high are rounded up to it.
    const { data } = result;
    for (let i = 0; i < data.length; i++) if (data[i] >= high && low < high) data[i] = below(high, dtype);
    return result;
  }

  /**
   * A tensor of independent normal numbers.
   * @throws ValueError for a mean or a deviation that is not finite, or a deviation below 0
   */
  normal(shape: Shape, mean = 0, deviation = 1, dtype: DType = "float32"): Tensor {
    if (!(Number.isFinite(mean) && deviation >= 0 && deviation < Infinity)) {
      throw new ValueError(
        `random: normal numbers of mean ${mean} and deviation ${deviation}; both must be finite, and the deviation 0 or more.`,
      );
    }
    return this.#fill(shape, dtype, () => mean + deviation * this.gaussian());
  }

  /** The numbers 0 … count−1 in random order (Fisher and Yates). @throws ValueError for a count that is not whole, or below 0 */
  permutation(count: number): Int32Array {
    if (!(Number.isInteger(count) && count >= 0 && count < 2 ** 31)) {
      throw new ValueError(
        `random: ${count} numbers cannot be put in order; give a whole number, 0 or more.`,
      );
    }
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
    const isState =
      state.length === 4 && state.every((word) => word === (word | 0)) && state.some((word) => word !== 0);
    if (!isState) {
      throw new ValueError(
        `random: [${state.join(", ")}] is no state of a generator; give what \`state\` gave: four whole numbers of 32 bits, not all 0.`,
      );
    }
    this.#generator = xoroshiro128plusFromState(state);
  }

  #fill(shape: Shape, dtype: DType, draw: () => number): Tensor {
    const result = zeros(shape, dtype);
    const data = result.data;
    for (let i = 0; i < data.length; i++) data[i] = draw();
    return result;
  }
}

/** The largest number of the precision that is below a finite one. */
function below(high: number, dtype: DType): number {
  let step = Math.max((dtype === "float32" ? 2 ** -24 : 2 ** -53) * Math.abs(high), Number.MIN_VALUE);
  const rounded = dtype === "float32" ? Math.fround : (value: number): number => value;
  while (rounded(high - step) >= high) step *= 2;
  return rounded(high - step);
}

/** Spreads nearby seeds far apart (the finaliser of MurmurHash3): seeds 1 and 2 share no first draws. */
function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
