/**
 * Strategies for many workers: none waits until a round has ended. What they propose depends on which trials have ended
 * first, so a search with several workers is not the same twice; what has a score is counted all the same.
 */
import { Random } from "../../array/random.js";
import { ranked } from "../../display/training/search-table.js";
import { isOpen, type Source } from "./source.js";
import { draw, type Configuration, type Space } from "./space.js";
import { expectHalving, largestGain, type StrategyOptions } from "./strategies.js";
import type { Trial } from "./trial.js";

/** Draws by number, so that a search that is continued draws what it would have drawn. */
const drawn = (space: Space, seed: number, number: number): Configuration<Space> =>
  draw(space, new Random(seed + 104_729 * (number + 1)));

const sameAs = (configuration: unknown) => {
  const text = JSON.stringify(configuration);
  return (other: Trial): boolean => JSON.stringify(other.configuration) === text;
};

/**
 * Asynchronous successive halving (Li et al., 2020): a free worker continues the best configuration that is among the best
 * 1/factor of its budget and has not been continued; if there is none, it tries a new one with the least budget.
 */
export function asha(
  space: Space,
  { trials: most, seed, halving }: StrategyOptions,
  workers: number,
): Source {
  const { least, most: largest, factor } = expectHalving(halving);
  const budgets: number[] = [];
  for (let budget = least; budget <= largest * (1 + 1e-9); budget *= factor) budgets.push(budget);
  return {
    next(trials) {
      if (trials.filter(isOpen).length >= workers) return "wait";
      const at = (budget: number): Trial[] =>
        trials.filter((one) => Math.abs(one.budget - budget) < 1e-9 * budget);
      for (let rung = budgets.length - 2; rung >= 0; rung--) {
        const here = ranked(at(budgets[rung]));
        const above = at(budgets[rung + 1]);
        const best = here.slice(0, Math.floor(here.length / factor));
        const next = best.find(({ configuration }) => !above.some(sameAs(configuration)));
        if (next) return { configuration: next.configuration, budget: budgets[rung + 1] };
      }
      const begun = at(least).length;
      if (begun < most) return { configuration: drawn(space, seed, begun), budget: least };
      return trials.some(isOpen) ? "wait" : undefined;
    },
  };
}

/**
 * Bayesian optimisation that keeps every worker busy: each free worker gets the configuration with the largest expected
 * improvement, where the trials that still run count with the scores that are predicted for them (Ginsbourger, Le Riche
 * and Carraro, 2010: the kriging believer).
 */
export function gpAsynchronous(
  space: Space,
  { trials: most, budget, seed }: StrategyOptions,
  workers: number,
): Source {
  const first = Math.min(most, Math.max(4, 2 * Object.keys(space).length));
  return {
    next(trials) {
      const open = trials.filter(isOpen);
      if (open.length >= workers) return "wait";
      if (trials.length >= most) return open.length > 0 ? "wait" : undefined;
      const number = trials.length;
      const isKnown = ranked(trials).length >= 2;
      const configuration =
        number < first || !isKnown
          ? drawn(space, seed, number)
          : largestGain(space, trials, open, new Random(seed + 104_729 * (number + 1)));
      return { configuration, budget };
    },
  };
}
