/**
 * Architecture search: tries configurations of a space, several at a time, each in its own process, and keeps the result
 * of each.
 *
 *     const space = { filters: choice([8, 16, 32]), lr: logUniform(1e-3, 1e-1) };
 *     const found = await search(space, async ({ filters, lr }, { seed }) => {
 *       const net = …;
 *       await fit(net, train, { optimizer: new SGD({ lr }), seed, live: false });
 *       return evaluate(net, validation).accuracy;
 *     }, { strategy: "gp", trials: 20, journal: "search.jsonl" });
 *     found.best.configuration
 *
 * In a notebook `train` may use the library, values and functions of the cells, tensors and data sets: they are sent with
 * it. In a program `train` is a function that uses only the library, or the URL of a module that exports `train`.
 */
import { here as processes } from "#host/places";
import { terminal } from "#host/terminal";
import { cores } from "#host/threads";
import type { User, Workplace } from "../../host/place-contract.js";
import { expectInteger } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { nextTurn } from "#host/turns";
import { cellQuestion, cellSignal, endsOnInterrupt, untilInterrupted } from "../cell-signal.js";
import { asha, gpAsynchronous } from "./asynchronous.js";
import { Journal } from "./journal.js";
import { queue, slurm } from "./places.js";
import { Pruner, type PruneOptions } from "./pruner.js";
import { searchReporter } from "./report.js";
import { Search } from "./results.js";
import { elsewhere, here } from "./runner.js";
import { inRounds } from "./source.js";
import { choice, expectSpace, integers, logUniform, uniform, type Space } from "./space.js";
import { expectStrategy, strategies, type HalvingOptions, type StrategyName } from "./strategies.js";
import { Pruned, type Proposal, type Train, type Trial } from "./trial.js";

/**
 * How `search` proposes configurations, how many it tries in all and at a time, and where it writes the results.
 */
export interface SearchOptions {
  /** "random" unless given. */
  readonly strategy?: StrategyName;
  /** How many configurations are tried; 20. A grid may have fewer. */
  readonly trials?: number;
  /** The budget of every trial, in a unit that `train` chooses; 1. Halving sets its own. */
  readonly budget?: number;
  readonly halving?: HalvingOptions;
  /**
   * "gp" proposes whenever a worker is free, rather than in rounds of two; false. No worker waits then, but what is
   * proposed depends on which trials end first. "asha" is always so.
   */
  readonly asynchronous?: boolean;
  /**
   * Whether a trial that reports (`report(step, value)`) ends as soon as it is worse than the median of the others at the
   * same step; false. With several workers what is ended depends on which trials report first.
   */
  readonly prune?: boolean | PruneOptions;
  /** Seconds that a trial may take; one that takes longer fails. It needs processes: not with `workers: 0`. No limit. */
  readonly timeout?: number;
  /** How many values of each range a grid has; 3. */
  readonly points?: number;
  /** The seed of the configurations and of every trial's own seed; 1. */
  readonly seed?: number;
  /** How many trials run at a time, each in its own process; one for each core. 0: one after another in this process. */
  readonly workers?: number;
  /**
   * Where the trials run: `queue("rediss://…")` for the machines of a lab, `slurm({ folder })` for a cluster; processes of
   * this machine unless given. `workers` then says how many trials are handed out at a time; the place's width.
   */
  readonly place?: Workplace;
  /**
   * A file that every finished trial is written to. A search that finds its file continues where it was stopped, also when
   * the notebook was killed; without one, all trials that have ended are tried again. It cannot see whether `train` has
   * changed since: if so, remove the file.
   */
  readonly journal?: string;
  /** Stops the search when it is aborted; the trials so far are returned. */
  readonly signal?: AbortSignal;
  /** Whether progress is shown: a table in a notebook, lines in a terminal; true. */
  readonly live?: boolean;
}

/** Seconds: what a timer can wait for. */
const LONGEST = 2_000_000;

/**
 * Reads a search's journal and changes nothing, also while the search goes on in another notebook.
 * @param space  the search's space
 * @returns what has ended so far
 * @throws ValueError when there is no such file, or it is the journal of another space; FormatError when it is no journal
 */
export async function readSearch<const S extends Space>(space: S, journal: string): Promise<Search<S>> {
  expectSpace(space);
  const { header, entries } = await Journal.read(journal, { space: described(space) });
  const found = new Search(space, header.strategy as StrategyName);
  const trials = entries.map((entry) => ({ ...entry, configuration: restored(space, entry) }) as Trial<S>);
  found.trials.push(...trials.sort((a, b) => a.number - b.number));
  found.seconds = trials.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
  found.status = trials.length < (header.trials as number) ? "stopped" : "finished";
  return found;
}

/**
 * Tries configurations and keeps their scores; a higher score is better.
 * @param train  a function of a configuration, or the URL or path of a module that exports one as `train`
 * @returns the search, when all trials have ended; a trial that failed is kept with its reason
 * @throws ValueError for an empty space, an unknown strategy, a journal of another search, and for a `train` that uses
 *   what cannot go to another process
 */
export function search<const S extends Space>(
  space: S,
  train: Train<S> | URL | string,
  options: SearchOptions = {},
): Promise<Search<S>> {
  return endsOnInterrupt(tryAll(space, train, options));
}

async function tryAll<const S extends Space>(
  space: S,
  train: Train<S> | URL | string,
  options: SearchOptions,
): Promise<Search<S>> {
  const { strategy = "random", trials = 20, budget = 1, halving = {}, points = 3, seed = 1 } = options;
  expectSpace(space);
  expectStrategy(strategy, trials);
  expectInteger("search", "points", points, 1);
  expectInteger("search", "workers", options.workers ?? 0, 0);
  const { timeout } = options;
  if (timeout !== undefined && !(timeout > 0 && timeout <= LONGEST))
    throw new ValueError(
      `search: a timeout of ${timeout} seconds is none; give more than 0 and at most ${LONGEST}.`,
    );
  if (timeout !== undefined && options.workers === 0)
    throw new ValueError("search: a trial in this process cannot be ended; give workers with a timeout.");
  const { place = processes(options.workers ?? cores()) } = options;
  const workers = options.workers ?? place.width;
  const state = new Search(space, strategy);
  const runner =
    workers === 0 ? await here(train) : await elsewhere(train as Train<Space>, place, await library());
  const { asynchronous = false } = options;
  if (asynchronous && !["gp", "asha"].includes(strategy))
    throw new ValueError(`search: "${strategy}" is not asynchronous; use "gp" or "asha".`);
  const isAsynchronous = asynchronous || strategy === "asha";
  const settings = { trials, budget, seed, points, halving };
  const source =
    strategy === "asha"
      ? asha(space, settings, Math.max(1, workers))
      : asynchronous
        ? gpAsynchronous(space, settings, Math.max(1, workers))
        : inRounds(strategies[strategy](space, settings));
  const pruner = new Pruner(options.prune);
  const header = {
    ...{ search: 1, strategy, trials, budget, seed, points, halving, space: described(space) },
    ...(asynchronous && { asynchronous }),
    ...(pruner.options && { prune: pruner.options }),
  };
  const journal = options.journal === undefined ? undefined : await Journal.open(options.journal, header);
  for (const { number, reports = [] } of journal?.entries ?? [])
    for (const [step, value] of reports) pruner.reported(number, step, value ?? NaN);
  const known = new Map(journal?.entries.map((entry) => [entry.number, entry]));
  const report = searchReporter(state, options.live ?? true);
  const cell = cellSignal();
  const signals = [options.signal, cell].filter((signal) => signal !== undefined);
  const stopped = (): boolean => signals.some((signal) => signal.aborted);
  let closing: Promise<readonly string[]> | undefined;
  const ask = cellQuestion();
  const user: User = { ...(ask && { ask }), tell: (sentence) => terminal().write(`${sentence}\n`) };
  const close = (): Promise<readonly string[]> => (closing ??= runner.close(user));
  for (const signal of signals) signal.addEventListener("abort", close);
  const started = performance.now();
  /** Set when the search has ended, perhaps by an error in one trial while others were running. */
  let over = false;

  const set = (trial: Trial<S>): void => {
    state.trials[trial.number] = trial;
    state.seconds = (performance.now() - started) / 1000;
    report.changed();
  };
  const tryOne = async (trial: Trial<S>): Promise<void> => {
    if (stopped() || over) return;
    let ran: Trial<S> = trial;
    const change = (what: Partial<Trial<S>>): void => {
      ran = { ...ran, ...what };
      if (!stopped() && !over) set(ran);
    };
    const begun = (host: string | undefined, lost: number): void => {
      pruner.forget(trial.number);
      ran = { ...trial, status: "running" };
      change({ ...(host !== undefined && { host }), ...(lost > 0 && { lost }) });
    };
    const reported = (step: number, value: number): boolean => {
      const { reports = [] } = ran;
      // What came twice over a network counts once.
      if (step > (reports.at(-1)?.[0] ?? -1)) change({ reports: [...reports, [step, value]] });
      return pruner.reported(trial.number, step, value);
    };
    const context = { number: trial.number, seed: seedOf(seed, trial.number), budget: trial.budget };
    const task = { configuration: trial.configuration as never, context, ...(timeout && { limit: timeout }) };
    const outcome = await runner.run(task, { begun, reported });
    if (stopped() || over) return; // the journal is closed, and this trial's result means nothing
    const done: Trial<S> = { ...ran, ...outcome };
    await journal?.add(done);
    if (!over) set(done);
  };

  const tryThem = async (): Promise<void> => {
    if (isAsynchronous)
      // What was tried before is known before anything is proposed.
      for (const entry of journal?.entries ?? [])
        set({ ...(entry as Trial<S>), number: state.trials.length, configuration: restored(space, entry) });
    const waiting: Trial<S>[] = [];
    const running = new Set<Promise<void>>();
    for (;;) {
      for (let next = source.next(state.trials); typeof next === "object"; next = source.next(state.trials)) {
        const number = state.trials.length;
        const proposal = next as Proposal<S>;
        const entry = isAsynchronous ? undefined : (known.get(number) as Trial<S> | undefined);
        const trial: Trial<S> = entry
          ? { ...proposal, ...entry, configuration: proposal.configuration }
          : { ...proposal, number, status: "waiting" };
        set(trial);
        if (!entry) waiting.push(trial);
      }
      while (!stopped() && waiting.length > 0 && running.size < Math.max(1, workers)) {
        const one = tryOne(waiting.shift()!);
        const ended = one.finally(() => running.delete(ended));
        ended.catch(() => {}); // whoever waits for it is told
        running.add(ended);
      }
      if (running.size === 0 || over) break;
      await Promise.race(running);
    }
  };

  try {
    const isInterrupted = await untilInterrupted(tryThem, cell);
    over = true;
    // Whoever interrupted is answered first: until then what computes may be ended again.
    if (isInterrupted) await nextTurn();
    state.status = isInterrupted || stopped() ? "stopped" : "finished";
    return state;
  } finally {
    over = true;
    state.stillRunning = await close();
    for (const signal of signals) signal.removeEventListener("abort", close);
    await journal?.close();
    state.seconds = (performance.now() - started) / 1000;
    await report.end();
  }
}

/** The values of the whole library by name. */
export async function library(): Promise<Readonly<Record<string, unknown>>> {
  return {
    ...(await import("../../rooms.js")),
    ...{ readSearch, search, Search, choice, integers, logUniform, uniform, queue, slurm, Pruned },
  };
}

/** A trial's own seed; the seeds of neighbouring trials are unrelated. */
function seedOf(seed: number, number: number): number {
  return new Random(seed + 7919 * (number + 1)).integer(2 ** 31);
}

/** The configuration of a journal's entry, with the space's own values in place of their texts. */
function restored<S extends Space>(space: S, { configuration }: Trial): Trial<S>["configuration"] {
  const own = Object.entries(configuration).map(([name, value]) => {
    const text = JSON.stringify(value);
    return [name, space[name]?.bounds.find((one) => JSON.stringify(one) === text) ?? value];
  });
  return Object.fromEntries(own) as Trial<S>["configuration"];
}

function described(space: Space): unknown {
  return Object.fromEntries(
    Object.entries(space).map(([name, { kind, bounds }]) => [name, [kind, ...bounds]]),
  );
}
