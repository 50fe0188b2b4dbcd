/** One trial of a search: a configuration, its budget, and its result. */
import type { SearchTrial } from "../../display/training/search-table.js";
import type { Configuration, Space } from "./space.js";

/** A configuration that a strategy wants to try. */
export interface Proposal<S extends Space = Space> {
  readonly configuration: Configuration<S>;
  /** The trial's budget, in epochs, examples or any other unit that `train` chooses. */
  readonly budget: number;
}

/**
 * One configuration that a search tried, its budget, and its result: a score, or the reason why there is none.
 */
export interface Trial<S extends Space = Space> extends SearchTrial {
  readonly configuration: Configuration<S>;
}

/** What `train` is told about its trial. */
export interface TrialContext {
  /** The trial's number, from 0. */
  readonly number: number;
  /** The trial's own seed; use it for the net and for `fit`. */
  readonly seed: number;
  /** The trial's budget: 1, or the search's `budget`, or the one that successive halving gives. */
  readonly budget: number;
}

/** A score, or an object with a score and further numbers to keep. */
export type TrialScore = number | ({ readonly score: number } & Readonly<Record<string, number>>);

/** Trains one configuration and says how good it is. */
export type Train<S extends Space> = (
  configuration: Configuration<S>,
  trial: TrialContext,
) => TrialScore | Promise<TrialScore>;

/** The result of running a trial once. */
export type Outcome =
  | { readonly status: "done"; readonly score: number; readonly measures: Record<string, number> }
  | { readonly status: "failed"; readonly reason: string };

/** The outcome of a trial whose `train` returned a value. */
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
