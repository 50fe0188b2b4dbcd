/** One trial of a search: a configuration, its budget, and its result. */
import { ValueError } from "../../array/errors.js";
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
  /**
   * Says how good the net is so far, for example after each epoch: the table shows it, and a search with `prune` ends the
   * trial here when it is worse than the others were at this step.
   * @param step  a whole number, larger than that of the report before
   * @param value  higher is better, like the score
   * @throws Pruned when the trial is ended; let it pass
   * @throws ValueError for a step that does not rise
   */
  readonly report: (step: number, value: number) => Promise<void>;
}

/** A trial is ended early: it was worse than the others at the same step. */
export class Pruned extends Error {
  override readonly name = "Pruned";
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
  | { readonly status: "pruned" }
  | { readonly status: "failed"; readonly reason: string; readonly stack?: string };

/** What an error calls the text of a function that was sent to another process, and how many lines stand before it there. */
export const SENT = { name: "train", lines: 3 } as const;

/** A trial's `report`. @param ask  passes a report on; true ends the trial */
export function reporter(
  ask: (step: number, value: number) => boolean | Promise<boolean>,
): TrialContext["report"] {
  let last = -1;
  const report = async (step: number, value: number): Promise<void> => {
    if (!Number.isInteger(step) || step <= last)
      throw new ValueError(
        last < 0
          ? `report: step ${step} is no whole number of 0 or more.`
          : `report: step ${step} follows step ${last}; steps are whole numbers that rise.`,
      );
    if (typeof value !== "number")
      throw new ValueError(`report: the value at step ${step} is ${String(value)}, not a number.`);
    last = step;
    if (await ask(step, value)) throw new Pruned(`ended at step ${step}: worse than the other trials`);
  };
  return (step, value) => {
    const reported = report(step, value);
    reported.catch(() => {}); // a report that nobody waits for must not end the process
    return reported;
  };
}

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
  if (thrown instanceof Pruned) return { status: "pruned" };
  if (!(thrown instanceof Error)) return { status: "failed", reason: String(thrown) };
  const stack = ownFrames(thrown);
  return { status: "failed", reason: `${thrown.name}: ${thrown.message}`, ...(stack && { stack }) };
}

/** The part of an error's stack that is not the search's own, a call in each line; empty where the engine tells none. */
function ownFrames({ stack = "" }: Error): string {
  const frames = stack.split("\n").filter((line) => /^ +at /.test(line));
  const end = frames.findIndex((line) => line.includes("/train/search/"));
  const sent = new RegExp(`\\b${SENT.name}:(\\d+):(?=\\d+\\)?$)`);
  return frames
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.trim().replace(sent, (_, at) => `${SENT.name}:${Number(at) - SENT.lines}:`))
    .join("\n");
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object without a score" : String(value);
}
