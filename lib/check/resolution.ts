/**
 * What a difference cannot see. Numbers have 16 digits: beside an output of 1e12 a change below 1e-4 is lost, and with it
 * every slope below about 1. A gradient that is smaller than that agrees with any other, zero among them, so it is not
 * judged; the report says so, and why. Likewise where an input is NaN or infinite.
 */
import { flat, type Shape, type Tensor } from "../array/tensor.js";
import { showCount, showNumber } from "../display/figure/numbers.js";

/** Rounding of an output, of its size, as large as it gets. */
const ROUNDING = 8 * Number.EPSILON;
/** A difference that resolves this much of the gradients' usual size tells right from wrong. */
const ENOUGH = 1e-2;
/** A change this many times the rounding is seen for sure, though the function bends. */
const SEEN = 1e3;

/** A number of an argument, where and what it is. */
export interface Place {
  readonly name: string;
  readonly index: readonly number[];
  readonly value: number;
}

/** The first number that is not finite, in words; undefined when all are. */
export function nonFiniteInput(inputs: Readonly<Record<string, Tensor>>): string | undefined {
  for (const [name, x] of Object.entries(inputs)) {
    const values = flat(x);
    const first = values.findIndex((value) => !Number.isFinite(value));
    if (first < 0) continue;
    let count = 0;
    for (const value of values) if (!Number.isFinite(value)) count++;
    const where = `${name}[${indexOf(x.shape, first).join(", ")}] is ${showNumber(values[first])}`;
    return count === 1
      ? where
      : `${where} (${showCount(count)} of its ${showCount(values.length)} numbers are not finite)`;
  }
  return undefined;
}

/** The finite number of the largest magnitude. */
export function largestInput(inputs: Readonly<Record<string, Tensor>>): Place | undefined {
  let largest: Place | undefined;
  for (const [name, x] of Object.entries(inputs)) {
    flat(x).forEach((value, i) => {
      if (Number.isFinite(value) && Math.abs(value) > Math.abs(largest?.value ?? 0))
        largest = { name, index: indexOf(x.shape, i), value };
    });
  }
  return largest;
}

/** What a measured slope of one argument is told by. */
export interface Reading {
  readonly value: number;
  readonly doubt: number;
  readonly smooth: boolean;
}

/**
 * The usual size of the gradients: of each argument the lower quartile of the slopes that are told from zero, and of those
 * the smallest. 1, as the numbers are around 1, where no slope is told from zero.
 */
export function usualSize(measured: readonly (readonly Reading[])[]): number {
  const sizes = measured.flatMap((all) => {
    const told = all
      .filter(({ smooth, value, doubt }) => smooth && Math.abs(value) > doubt)
      .map(({ value }) => Math.abs(value))
      .sort((a, b) => a - b);
    return told.length === 0 ? [] : [told[Math.floor(told.length / 4)]];
  });
  return sizes.length === 0 ? 1 : Math.min(...sizes);
}

/** The outputs before anything is moved, and the numbers that they are multiplied with. */
export interface Outputs {
  readonly y0: ArrayLike<number>;
  readonly dY: ArrayLike<number>;
  /** All outputs again, after a move. */
  readonly again: () => ArrayLike<number>;
}

/** How much of a slope the rounding of the outputs may hide. */
export class Rounding {
  readonly #outputs: Outputs;
  readonly #mass: number;
  /** The largest output. */
  readonly largest: number;
  /** Of the gradients; see `usualSize`. */
  readonly usual: number;

  constructor(outputs: Outputs, usual: number) {
    let [mass, largest] = [0, 0];
    for (let i = 0; i < outputs.y0.length; i++) {
      if (outputs.dY[i] === 0) continue;
      mass += Math.abs(outputs.dY[i] * outputs.y0[i]);
      largest = Math.max(largest, Math.abs(outputs.y0[i]));
    }
    this.#outputs = outputs;
    this.#mass = mass;
    this.largest = largest;
    this.usual = usual;
  }

  /** Whether a difference over this step might hide a gradient that counts. */
  mayHide(step: number, usual = this.usual): boolean {
    return this.everywhere(step) > ENOUGH * usual;
  }

  /** Whether so much is lost that a gradient of the usual size may be. */
  hides(resolution: number): boolean {
    return resolution > ENOUGH * this.usual;
  }

  /** What rounding may hide of a slope over this step, if the move reaches every output. */
  everywhere(step: number): number {
    return (ROUNDING * this.#mass) / step;
  }

  /**
   * What rounding may hide of a slope over this step: that of every output that the move reaches, also of those so large
   * that a small step leaves them as they are.
   * @param move   moves the numbers by so many times their size, runs what it is given, and puts them back
   * @param claim  by how much a move of 1 moves the outputs, they say; so little that it is nowhere seen proves nothing
   */
  hidden(step: number, move: (by: number, run: () => void) => void, claim = 0): number {
    const { y0, dY, again } = this.#outputs;
    if (y0.length === 1) return this.everywhere(step);
    const reached = new Uint8Array(y0.length);
    const far = Math.max(1, 1e-6 * this.largest);
    for (const by of [far, -far]) {
      move(by, () => {
        const y = again();
        for (let i = 0; i < y.length; i++) if (!Object.is(y[i], y0[i])) reached[i] = 1;
      });
    }
    let mass = 0;
    for (let i = 0; i < y0.length; i++) if (reached[i] === 1 && dY[i] !== 0) mass += Math.abs(dY[i] * y0[i]);
    const isUnseen = mass === 0 && claim * far <= SEEN * ROUNDING * this.#mass;
    return isUnseen ? this.everywhere(step) : (ROUNDING * mass) / step;
  }
}

/** The index of the element at a place in row-major order. */
export function indexOf(shape: Shape, element: number): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = element; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}
