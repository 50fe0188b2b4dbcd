/** The data of plots: reads numbers in the various forms that a notebook has, as points. */
import { ValueError } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";

/** Numbers in a row: an array, a typed array, or a tensor of one axis. */
export type NumberList = ArrayLike<number> | Tensor;

/** The points x, y of a curve, in the order in which they are joined. */
export type Curve = readonly (readonly [x: number, y: number])[];

/** A curve with a band around it, from low to high at each x. */
export interface Band {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/**
 * The mean of several runs, with one standard deviation on either side; `linePlot` draws it as a curve with a band.
 *
 *     linePlot({ Adam: meanBand(runs.map((run) => run.history.epochs.map((epoch) => epoch.trainLoss))) })
 *
 * @param runs  one list of numbers for each run (each seed, for example), all of the same length
 * @param x     the numbers' positions on the axis; 0, 1, 2 … unless given
 * @throws ValueError for no runs, or runs of different lengths
 */
export function meanBand(runs: readonly NumberList[], x?: NumberList): Band {
  const lists = runs.map((run) => numbersOf("meanBand", run));
  const length = lists[0]?.length ?? 0;
  const odd = lists.findIndex((list) => list.length !== length);
  if (length === 0 || odd >= 0) {
    throw new ValueError(
      odd >= 0
        ? `meanBand: run ${odd} has ${lists[odd].length} numbers and the first has ${length}; all must have as many.`
        : "meanBand: there is nothing to average; give one list of numbers a run.",
    );
  }
  const at = x === undefined ? lists[0].map((_, i) => i) : numbersOf("meanBand", x);
  if (at.length !== length) {
    throw new ValueError(
      `meanBand: there are ${at.length} numbers in x and ${length} in each run; give as many.`,
    );
  }
  const mean = at.map((_, i) => lists.reduce((total, list) => total + list[i], 0) / lists.length);
  const deviation = at.map((_, i) =>
    Math.sqrt(lists.reduce((total, list) => total + (list[i] - mean[i]) ** 2, 0) / lists.length),
  );
  return {
    x: at,
    y: mean,
    low: mean.map((value, i) => value - deviation[i]),
    high: mean.map((value, i) => value + deviation[i]),
  };
}

/** The numbers of a list as an array. @throws ValueError for a tensor of another rank, or anything else */
export function numbersOf(operation: string, list: NumberList): number[] {
  if (isTensor(list)) {
    if (list.shape.length !== 1) {
      throw new ValueError(
        `${operation}: a tensor of ${list.shape.join("×")} is not a list; give one of its rows (row, column) or flat(x).`,
      );
    }
    return Array.from(flat(list));
  }
  if (!isList(list) || !Array.from(list).every((value) => typeof value === "number")) {
    throw new ValueError(`${operation}: ${show(list)} is not a list of numbers; give one such as [1, 4, 9].`);
  }
  return Array.from(list);
}

/** Pairs x, y: unchanged, or made from numbers over 0, 1, 2 …, or from the rows of an N×2 tensor. */
export function pointsOf(operation: string, series: NumberList | Curve): [number, number][] {
  if (isTensor(series) && series.shape.length === 2 && series.shape[1] === 2) {
    const values = flat(series);
    return Array.from({ length: series.shape[0] }, (_, i) => [values[2 * i], values[2 * i + 1]]);
  }
  if (!isTensor(series) && Array.isArray(series) && series.length > 0 && series.every(isPair)) {
    return series.map(([x, y]: readonly [number, number]) => [x, y]);
  }
  return numbersOf(operation, series as NumberList).map((y, x) => [x, y]);
}

export function isBand(series: object): series is Band {
  return "low" in series && "high" in series;
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "stride" in value && "shape" in value;
}

/** Whether the data are lists by name rather than one list. */
export function isNamed<T>(given: T | Readonly<Record<string, T>>): given is Readonly<Record<string, T>> {
  return typeof given === "object" && given !== null && !isList(given) && !isTensor(given) && !isBand(given);
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "number");
}

function show(value: unknown): string {
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : String(value);
}
