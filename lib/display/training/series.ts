/** Prepares a long series of numbers for a chart of some hundred pixels: smoothing and thinning. */
import type { History } from "./history.js";

/**
 * The running mean with exponentially decreasing weights, corrected for the bias towards zero at the start of a simple
 * recursion. A number that is not finite is kept, and is left out of later means.
 * @param window  about how many numbers each mean covers; 1 changes nothing
 */
export function smooth(values: ArrayLike<number>, window: number): Float64Array {
  const keep = 1 - 2 / (Math.max(1, window) + 1);
  let sum = 0;
  let weight = 0;
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) {
      sum = keep * sum + values[i];
      weight = keep * weight + 1;
      result[i] = sum / weight;
    } else result[i] = values[i];
  }
  return result;
}

/** A suitable window for a series of this length: a fiftieth of it, at most 100. */
export function smoothingFor(length: number): number {
  return Math.max(1, Math.min(100, Math.round(length / 50)));
}

/**
 * At most `most` points (x, y), each the mean of a group of neighbours. If a group has a y that is not finite, its y is NaN,
 * so that such a number is never hidden in a mean.
 */
export function thin(xs: ArrayLike<number>, ys: ArrayLike<number>, most: number): [number, number][] {
  const count = Math.min(most, xs.length);
  const result: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const start = Math.floor((i * xs.length) / count);
    const end = Math.floor(((i + 1) * xs.length) / count);
    let x = 0;
    let y = 0;
    for (let j = start; j < end; j++) {
      x += xs[j];
      y += Number.isFinite(ys[j]) ? ys[j] : NaN;
    }
    result.push([x / (end - start), y / (end - start)]);
  }
  return result;
}

/** The numbers of a history's steps as columns; the column of accuracies has only the steps with one. */
export interface StepColumns {
  readonly steps: Float64Array;
  readonly losses: Float64Array;
  readonly accuracySteps: Float64Array;
  readonly accuracies: Float64Array;
}

/** Reads a history's steps into columns, in one pass, because the live panel does this for every picture. */
export function columnsOf(history: History): StepColumns {
  const length = history.steps.length;
  const [steps, losses, accuracySteps, accuracies] = [0, 0, 0, 0].map(() => new Float64Array(length));
  let measured = 0;
  for (let i = 0; i < length; i++) {
    const { step, loss, accuracy } = history.steps[i];
    steps[i] = step;
    losses[i] = loss;
    if (accuracy !== undefined) {
      accuracySteps[measured] = step;
      accuracies[measured++] = accuracy;
    }
  }
  return {
    steps,
    losses,
    accuracySteps: accuracySteps.subarray(0, measured),
    accuracies: accuracies.subarray(0, measured),
  };
}
