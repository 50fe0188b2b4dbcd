/**
 * What faster rooms put here for tensor arithmetic, which knows no engines: routines for long stretches of numbers. Where
 * there are none, and for short stretches, the loops of this room compute.
 */
import type { Tensor } from "./types.js";

type Values = Float32Array | Float64Array;

/** Writes into the first tensor what it computes from the others. */
export type Loop = (out: Tensor, ...operands: Tensor[]) => unknown;

/** How many numbers become one: Σx, Σ(x − centre)², Σx·z, the largest, the smallest (NaN where there is one). */
export type Fold = "sum" | "squares" | "products" | "max" | "min";

/** Routines for tensor arithmetic, in either precision. */
export interface Arithmetic {
  /**
   * The loop of an elementwise operation over matrices: the result's numbers follow one another, along the rows of operands
   * the stride is 1, or 0. Undefined for an operation without a routine.
   */
  loop(operation: string): Loop | undefined;
  /** Folds the numbers from `start` to before `end`, of which there is at least one. Sums run in double precision. */
  fold(kind: Fold, x: Values, start: number, end: number, other?: FoldOptions): number;
  /** Folds each row of `length` numbers, that lie one after another from `start` on, into one result. */
  foldRows(kind: Exclude<Fold, "products">, x: Values, start: number, length: number, into: Results): void;
  /** Where the largest or smallest of one or more numbers is: the first of equals, the first NaN where there is one. */
  position(kind: "max" | "min", x: Values, start: number, end: number): number;
  /** The same for each row of `length` numbers, counted from the row's first. */
  positions(kind: "max" | "min", x: Values, start: number, length: number, into: Results): void;
  /** Folds rows of numbers, that lie one after another from `start` on, into one result a column, beside what is there. */
  foldColumns(kind: Exclude<Fold, "products">, x: Values, start: number, rows: number, into: Results): void;
}

/** What some folds need besides. */
export interface FoldOptions {
  /** The numbers z of Σx·z, which begin at `zStart`. */
  z?: Values;
  zStart?: number;
  /** Of Σ(x − centre)²; 0. */
  centre?: number;
}

/** The results of a fold of rows or columns: `count` numbers of `values` from `start` on. */
export interface Results {
  readonly values: Float64Array;
  readonly start: number;
  readonly count: number;
  /** The centres of rows or columns, at the places of the results. */
  readonly centres?: Float64Array;
}

/** The routines; `compute` in lib/engine puts those of the engine in use here. */
export const routines: {
  /** The product of two float32 matrices, or undefined where there is no routine. */
  product?: (a: Tensor, b: Tensor) => Tensor | undefined;
  arithmetic?: () => Arithmetic | undefined;
  /** A new tensor with these numbers in the engine's memory, or undefined where it does not keep such a tensor. */
  resident?: (x: Tensor) => Tensor | undefined;
} = {};

/**
 * A tensor that a training changes at every step, where the engine in use finds it: large ones lie in the engine's memory, and are
 * not copied in and out.
 * @param x  a tensor that nobody else has
 */
export function resident(x: Tensor): Tensor {
  return routines.resident?.(x) ?? x;
}

/** From so many numbers on, a stretch is worth a routine: to call one takes as long as some hundred numbers in a loop. */
const LONG = 256;

/** The routines for a stretch of so many numbers. */
export function arithmeticFor(count: number): Arithmetic | undefined {
  return count >= LONG ? routines.arithmetic?.() : undefined;
}
