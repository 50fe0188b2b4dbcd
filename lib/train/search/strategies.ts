/**
 * Strategies choose what to try next. A strategy is a generator: it yields a round of proposals, which are tried in
 * parallel, and gets their trials back. Its only randomness is its own seed, so the same seed and scores give the same
 * search, whatever the number of workers.
 */
import { expectInteger } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { ranked } from "../../display/training/search-table.js";
import { expectedImprovement, GaussianProcess } from "../../signal/gaussian-process.js";
import { draw, pointOf, type Configuration, type Space } from "./space.js";
import type { Proposal, Trial } from "./trial.js";

export type Strategy = Generator<Proposal[], void, readonly Trial[]>;

export interface StrategyOptions {
  /** How many configurations; for "grid" the largest number. */
  readonly trials: number;
  readonly budget: number;
  readonly seed: number;
  /** How many points each range has in a grid. */
  readonly points: number;
  readonly halving: HalvingOptions;
}

/** The budgets of successive halving: the best 1/factor of each round continues with factor times the budget. */
export interface HalvingOptions {
  /** The budget of the first round; 1. */
  readonly least?: number;
  /** The largest budget of a trial; 9. */
  readonly most?: number;
  /** How much the budget grows, and the number of trials shrinks, from round to round; 3. */
  readonly factor?: number;
}

/** Independent draws (Bergstra and Bengio, 2012: better than a grid where few dimensions matter). */
export function* random(space: Space, { trials, budget, seed }: StrategyOptions): Strategy {
  const source = new Random(seed);
  yield Array.from({ length: trials }, () => ({ configuration: draw(space, source), budget }));
}

/** Every combination of values. @throws ValueError when there are more than the trials allowed */
export function* grid(space: Space, { trials, budget, points }: StrategyOptions): Strategy {
  let all: Record<string, unknown>[] = [{}];
  for (const [name, dimension] of Object.entries(space))
    all = all.flatMap((one) => dimension.grid(points).map((value) => ({ ...one, [name]: value })));
  if (all.length > trials)
    throw new ValueError(
      `search: the grid has ${all.length} combinations and ${trials} trials are allowed; give { trials: ${all.length} }, fewer points, or another strategy.`,
    );
  yield all.map((configuration) => ({ configuration, budget }));
}

/**
 * Successive halving (Jamieson and Talwalkar, 2016): all configurations with a small budget, the best third with three
 * times as much, and so on. Bad ones cost little.
 */
export function* halving(space: Space, { trials, seed, halving }: StrategyOptions): Strategy {
  const source = new Random(seed);
  const drawn = Array.from({ length: trials }, () => draw(space, source));
  const budgets = expectHalving(halving);
  yield* bracket(drawn, budgets.least, budgets);
}

/**
 * Hyperband (Li et al., 2017): successive halving several times, from many configurations with the least budget to few
 * with the largest, because nobody knows beforehand how soon a good one shows. `trials` is how many are drawn in all.
 */
export function* hyperband(space: Space, { trials, seed, halving }: StrategyOptions): Strategy {
  const budgets = expectHalving(halving);
  const { least, most, factor } = budgets;
  const source = new Random(seed);
  const rungs = Math.floor(Math.log(most / least) / Math.log(factor) + 1e-9);
  for (let left = trials, rung = rungs; left > 0; rung = rung === 0 ? rungs : rung - 1) {
    const wanted = Math.ceil(((rungs + 1) / (rung + 1)) * factor ** rung);
    const drawn = Array.from({ length: Math.min(left, wanted) }, () => draw(space, source));
    left -= drawn.length;
    yield* bracket(drawn, most / factor ** rung, budgets);
  }
}

/** The budgets of halving with what is usual in place of what is missing. @throws ValueError for impossible ones */
export function expectHalving(halving: HalvingOptions): Required<HalvingOptions> {
  const { least = 1, most = 9, factor = 3 } = halving;
  if (!(least > 0 && most >= least && factor > 1))
    throw new ValueError(
      `search: halving from ${least} to ${most} by a factor of ${factor} is impossible; give 0 < least ≤ most and a factor above 1.`,
    );
  return { least, most, factor };
}

/** Halves these configurations until the largest budget is reached. */
function* bracket(
  first: readonly Configuration<Space>[],
  least: number,
  { most, factor }: Required<HalvingOptions>,
): Strategy {
  let rung = first;
  for (let budget = least; rung.length > 0; budget *= factor) {
    const tried = yield rung.map((configuration) => ({ configuration, budget }));
    if (budget * factor > most * (1 + 1e-9)) return;
    const keep = Math.max(1, Math.floor(rung.length / factor));
    rung = ranked(tried)
      .slice(0, keep)
      .map(({ configuration }) => configuration);
  }
}

/** How many configurations are compared for the next one. */
const CANDIDATES = 500;
/** Proposals in each round after the first. */
const BATCH = 2;

/**
 * Bayesian optimisation: a Gaussian process predicts the score everywhere, and the next configuration is the one with the
 * largest expected improvement over the best (Jones, Schonlau and Welch, 1998; Snoek, Larochelle and Adams, 2012). Two are
 * tried at a time: to choose the second, the first one's score is assumed to be the process's prediction.
 */
export function* gp(space: Space, { trials, budget, seed }: StrategyOptions): Strategy {
  const source = new Random(seed);
  const propose = (configuration: Configuration<Space>): Proposal => ({ configuration, budget });
  const first = Math.min(trials, Math.max(4, 2 * Object.keys(space).length));
  let done = [...(yield Array.from({ length: first }, () => propose(draw(space, source))))];
  for (let left = trials - first; left > 0;) {
    const round: Proposal[] = [];
    for (; round.length < Math.min(BATCH, left);)
      round.push(propose(largestGain(space, done, round, source)));
    left -= round.length;
    done = [...done, ...(yield round)];
  }
}

/** A trial that was ended early counts with what it reported last: little is to be expected near it. */
function asScored(trial: Trial): Trial {
  const last = trial.status === "pruned" ? trial.reports?.at(-1)?.[1] : undefined;
  return Number.isFinite(last) ? { ...trial, status: "done", score: last! } : trial;
}

/** The most trials that a Gaussian process is fitted to; its cost grows with the cube of their number. */
const FITTED = 300;

/**
 * The configuration with the largest expected improvement over the best, of some that are drawn.
 * @param done  what has a score counts; of very many, the best and the latest
 * @param pending  what is being tried counts with the scores that are predicted for it
 */
export function largestGain(
  space: Space,
  done: readonly Trial[],
  pending: readonly Proposal[],
  source: Random,
): Configuration<Space> {
  const drawn = Array.from({ length: CANDIDATES }, () => draw(space, source));
  const scored = done.map(asScored).filter((trial) => trial.score !== undefined);
  const known =
    scored.length <= FITTED
      ? scored
      : [...new Set([...ranked(scored).slice(0, FITTED / 3), ...scored.slice((-2 * FITTED) / 3)])];
  if (known.length < 2) return drawn[0];
  const points = known.map(({ configuration }) => pointOf(space, configuration));
  const scores = known.map(({ score }) => score!);
  let process = GaussianProcess.fit(points, scores);
  for (const { configuration } of pending) {
    const point = pointOf(space, configuration);
    scores.push(process.predict(point).mean);
    points.push(point);
    process = GaussianProcess.fit(points, scores);
  }
  const best = Math.max(...scores);
  const candidates = drawn.map((configuration) => {
    const { mean, deviation } = process.predict(pointOf(space, configuration));
    return { configuration, gain: expectedImprovement(mean, deviation, best) };
  });
  return candidates.reduce((a, b) => (b.gain > a.gain ? b : a)).configuration;
}

/**
 * How a search proposes configurations: "random" draws, "grid" takes every combination, "gp" proposes where a Gaussian
 * process expects the most, "halving" gives the best more to spend, "hyperband" halves several times with different
 * beginnings, "asha" halves without waiting for a round's end.
 */
export type StrategyName = "random" | "grid" | "gp" | "halving" | "hyperband" | "asha";

/** The strategies that try in rounds. */
export type StrategyInRounds = Exclude<StrategyName, "asha">;

export const strategies: Readonly<
  Record<StrategyInRounds, (space: Space, options: StrategyOptions) => Strategy>
> = { random, grid, gp, halving, hyperband };

const NAMES = [...Object.keys(strategies), "asha"];

/** @throws ValueError for an unknown strategy, or a count that is not a whole number of 1 or more */
export function expectStrategy(name: string, trials: number): asserts name is StrategyName {
  if (!NAMES.includes(name))
    throw new ValueError(
      `search: there is no strategy "${name}"; use one of ${NAMES.map((one) => `"${one}"`).join(", ")}.`,
    );
  expectInteger("search", "trials", trials, 1);
}
