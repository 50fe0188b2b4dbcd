/** Preparing a long series of numbers for a chart of some hundred pixels: smoothing and thinning. */
import type { History } from "./history.js";

/**
 * The running mean with exponentially falling weights, the newest counting most; free of the pull towards
 * zero that a plain recursion starts with. A number that is not finite stays, and is left out of later means.
 * @param window  of about how many numbers the mean is; 1 changes nothing
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

/** The window that suits a series of this length: a fiftieth, at most 100. */
export function smoothingFor(length: number): number {
  return Math.max(1, Math.min(100, Math.round(length / 50)));
}

/**
 * Points (x, y), at most `most` of them: each the mean of a run of neighbours. A run with a y that is not
 * finite has the y NaN, so that a breakdown is never averaged away.
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

/** The numbers of a history's steps as columns; of accuracies, only the steps that have one. */
export interface StepColumns {
  readonly steps: Float64Array;
  readonly losses: Float64Array;
  readonly accuracySteps: Float64Array;
  readonly accuracies: Float64Array;
}

/** Reads a history's steps into columns, in one pass: the live panel does so at every frame. */
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
