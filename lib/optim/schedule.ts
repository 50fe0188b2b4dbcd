/**
 * Schedules: how the learning rate changes while training. A schedule is a function of the step, so that it can be
 * drawn before it is used: `optimizer.lr = schedule(step)`.
 */
import { Printed, showOptions } from "../array/printed.js";
import { ValueError } from "../array/errors.js";

/** The learning rate at a step; the first step is 0. A step may also be an epoch. */
export type Schedule = (step: number) => number;

/** A constant rate. */
export function constantRate(lr: number): Schedule {
  expectPositive("constantRate", { lr });
  return () => lr;
}

/**
 * The rate is multiplied by `factor` after every `every` steps.
 * @param options  lr: the rate at the start, above 0; every: steps between two drops, 1 or more; factor: above 0, 0.1
 */
export function stepDecay({
  lr,
  every,
  factor = 0.1,
}: {
  lr: number;
  every: number;
  factor?: number;
}): Schedule {
  expectPositive("stepDecay", { lr, every, factor });
  return (step) => lr * factor ** Math.floor(step / every);
}

/**
 * Half a cosine from `lr` down to `floor`, which is reached after `steps` steps and then kept (Loshchilov and Hutter, 2017).
 * The rate falls slowly at first, fastest in the middle, and slowly at the end.
 */
export function cosineDecay({
  lr,
  steps,
  floor = 0,
}: {
  lr: number;
  steps: number;
  floor?: number;
}): Schedule {
  expectPositive("cosineDecay", { lr, steps });
  if (!(floor >= 0 && floor <= lr)) {
    throw new ValueError(`cosineDecay: floor is ${floor}; it must be from 0 to lr, which is ${lr}.`);
  }
  return (step) => floor + ((lr - floor) / 2) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps));
}

/**
 * A linear rise over the first `steps` steps, from 1/steps of the other schedule's first rate; the other schedule then starts
 * at its own step 0 (Goyal et al., 2017).
 */
export function warmUp(steps: number, then: Schedule): Schedule {
  expectPositive("warmUp", { steps });
  return (step) => (step < steps ? (then(0) * (step + 1)) / steps : then(step - steps));
}

/** When a `Plateau` lowers the rate, and by how much. */
export interface PlateauOptions {
  /** The rate at the start, above 0. */
  lr: number;
  /** The factor of the rate when progress stops, above 0 and below 1; 0.1. */
  factor?: number;
  /** How many observations without progress are tolerated; 5. */
  patience?: number;
  /** Progress means a loss that is below the best one by more than this fraction of it; 1e-4. */
  threshold?: number;
  /** The rate never falls below this; 0. */
  floor?: number;
}

/** Lowers the rate when the loss no longer falls. Call it after each epoch: `optimizer.lr = plateau.observe(validationLoss)`. */
export class Plateau extends Printed {
  lr: number;
  readonly options: PlateauOptions;
  #best = Infinity;
  #since = 0;

  /** @throws ValueError for options out of range */
  constructor(options: PlateauOptions) {
    super();
    const { lr, factor = 0.1, patience = 5, threshold = 1e-4, floor = 0 } = options;
    expectPositive("Plateau", { lr, factor });
    if (factor >= 1) throw new ValueError(`Plateau: factor is ${factor}; it must be below 1.`);
    if (!(patience >= 0 && threshold >= 0 && floor >= 0)) {
      throw new ValueError(
        `Plateau: patience ${patience}, threshold ${threshold} and floor ${floor} must all be 0 or more.`,
      );
    }
    this.options = options;
    this.lr = lr;
  }

  toString(): string {
    return showOptions("Plateau", { ...this.options, lr: this.lr });
  }

  /** @param loss the newest loss, usually of the validation set after an epoch @returns the rate to continue with */
  observe(loss: number): number {
    const { factor = 0.1, patience = 5, threshold = 1e-4, floor = 0 } = this.options;
    if (!Number.isFinite(this.#best) || loss < this.#best - threshold * Math.abs(this.#best)) {
      this.#best = loss;
      this.#since = 0;
    } else if (++this.#since > patience) {
      this.lr = Math.max(floor, this.lr * factor);
      this.#since = 0;
    }
    return this.lr;
  }

  /** Its complete state, for a checkpoint. */
  get state(): { lr: number; best: number; since: number } {
    return { lr: this.lr, best: this.#best, since: this.#since };
  }
  set state({ lr, best, since }: { lr: number; best: number; since: number }) {
    this.lr = lr;
    this.#best = best;
    this.#since = since;
  }
}

function expectPositive(schedule: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0 && value < Infinity)) {
      throw new ValueError(`${schedule}: ${name} is ${value}; it must be finite and above 0.`);
    }
  }
}
