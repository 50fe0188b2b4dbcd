/**
 * Which trials are not worth going on with: the median rule (Golovin et al., 2017: Vizier). A trial ends when the best that
 * it has reported so far is below the median of what the other trials reported at the same step.
 */
import { expectInteger } from "../../array/check.js";

/** When a search begins to end trials early. */
export interface PruneOptions {
  /** How many other trials must have reported a step before anybody is ended at it; 5. */
  readonly trials?: number;
  /** The first step at which a trial may end; 0. */
  readonly step?: number;
}

export class Pruner {
  /** Undefined: nothing is ended. */
  readonly options: Required<PruneOptions> | undefined;
  /** For each step what the trials reported at it, by their numbers. */
  readonly #steps = new Map<number, Map<number, number>>();
  readonly #best = new Map<number, number>();

  /** @throws ValueError for numbers that are no counts */
  constructor(prune: boolean | PruneOptions = false) {
    if (prune === false) return;
    const { trials = 5, step = 0 } = prune === true ? {} : prune;
    expectInteger("search", "prune.trials", trials, 1);
    expectInteger("search", "prune.step", step, 0);
    this.options = { trials, step };
  }

  /**
   * Notes a report. All trials count, also those that still run: with many workers, those that have ended would come too
   * late to help. A value that is no number is below all others.
   * @returns whether the trial should end
   */
  reported(trial: number, step: number, value: number): boolean {
    if (this.options === undefined) return false;
    const known = Number.isNaN(value) ? -Infinity : value;
    const best = Math.max(known, this.#best.get(trial) ?? -Infinity);
    this.#best.set(trial, best);
    let here = this.#steps.get(step);
    if (here === undefined) this.#steps.set(step, (here = new Map<number, number>()));
    here.set(trial, known);
    if (step < this.options.step || here.size <= this.options.trials) return false;
    const others = [...here].flatMap(([number, other]) => (number === trial ? [] : [other]));
    return best < median(others);
  }

  /** Forgets a trial's reports, because it begins again. */
  forget(trial: number): void {
    this.#best.delete(trial);
    for (const here of this.#steps.values()) here.delete(trial);
  }
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  if (values.length % 2 === 1) return values[middle];
  const [low, high] = [values[middle - 1], values[middle]];
  // Half of the trials may have reported no number.
  return low === high ? low : (low + high) / 2;
}
