/** One trial of a search: a configuration, what it was given to spend, and what came of it. */
import type { SearchTrial } from "../../display/training/search-table.js";
import type { Configuration, Space } from "./space.js";

/** What a strategy wants tried. */
export interface Proposal<S extends Space = Space> {
  readonly configuration: Configuration<S>;
  /** What the trial may spend: epochs, examples, whatever `train` takes it for. */
  readonly budget: number;
}

/**
 * One configuration that a search tried, what it was given to spend, and what came of it: a score, or the reason why
 * there is none.
 */
export interface Trial<S extends Space = Space> extends SearchTrial {
  readonly configuration: Configuration<S>;
}

/** What `train` learns of its trial. */
export interface TrialContext {
  /** From 0. */
  readonly number: number;
  /** Of the trial's own; use it for the net and for `fit`. */
  readonly seed: number;
  /** What the strategy grants: 1, or the search's `budget`, or what successive halving gives. */
  readonly budget: number;
}

/** A score alone, or a score with further numbers to be kept with it. */
export type TrialScore = number | ({ readonly score: number } & Readonly<Record<string, number>>);

/** Trains one configuration and says how good it is. */
export type Train<S extends Space> = (
  configuration: Configuration<S>,
  trial: TrialContext,
) => TrialScore | Promise<TrialScore>;

/** What came of running a trial once. */
export type Outcome =
  | { readonly status: "done"; readonly score: number; readonly measures: Record<string, number> }
  | { readonly status: "failed"; readonly reason: string };

/** Sorts out what `train` returned. */
export function outcomeOf(result: unknown): Outcome {
  const all = typeof result === "number" ? { score: result } : (result as Record<string, unknown> | null);
  if (typeof all !== "object" || all === null || typeof all.score !== "number")
    return { status: "failed", reason: `train returned ${describe(result)}, not a number or { score: … }` };
  if (!Number.isFinite(all.score)) return { status: "failed", reason: `the score is ${all.score}` };
  const { score, ...rest } = all as Record<string, number>;
  return { status: "done", score, measures: rest };
}

/** The outcome of a trial whose `train` threw. */
export function failure(thrown: unknown): Outcome {
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { status: "failed", reason };
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object without a score" : String(value);
}
