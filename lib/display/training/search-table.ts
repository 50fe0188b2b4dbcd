/** The table of a search for a good configuration: the best trials first, and the search's progress. */
import type { Figure } from "../figure/figure.js";
import { showDuration, showNumber, showPlural } from "../figure/numbers.js";
import { table } from "../figure/table.js";

/** One configuration that was tried, or will be. */
export interface SearchTrial {
  /** The trial's number, from 0, in the order in which trials were proposed. */
  readonly number: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Its budget, in epochs, examples or any other unit that training chooses. */
  readonly budget: number;
  readonly status: "waiting" | "running" | "done" | "pruned" | "failed";
  /** Its score, higher is better; undefined until it is done. */
  readonly score?: number;
  /** Further numbers that were measured. */
  readonly measures?: Readonly<Record<string, number>>;
  /** What it reported while it ran: pairs of a step and a value, the latest last. */
  readonly reports?: readonly (readonly [step: number, value: number])[];
  readonly seconds?: number;
  /** Why it failed. */
  readonly reason?: string;
  /** Where it failed: the calls that led there, one in each line, the innermost first. */
  readonly stack?: string;
  /** The machine that it runs or ran on; undefined for this one. */
  readonly host?: string;
  /** How many machines were lost that had begun it, if any. */
  readonly lost?: number;
}

/** One dimension of the space that was searched. */
export interface SearchDimension {
  readonly kind: string;
  readonly bounds: readonly unknown[];
  /** The value's coordinates: similar numbers are close, different choices are apart. */
  coordinates(value: unknown): readonly number[];
}

/** A search, in the form that the displays read. */
export interface HasTrials {
  readonly space: Readonly<Record<string, SearchDimension>>;
  readonly strategy: string;
  readonly trials: readonly SearchTrial[];
  readonly status: "running" | "finished" | "stopped";
  readonly seconds: number;
  /** Trials that still run on other machines after the search was stopped, by machine. */
  readonly stillRunning?: readonly string[];
}

/** The length of a `searchTable`. */
export interface SearchTableOptions {
  /** How many trials are shown; 10. */
  readonly rows?: number;
}

/** A search's best trials, then the running ones, the failed ones with their reasons, and those that were ended early. */
export function searchTable(search: HasTrials, options: SearchTableOptions = {}): Figure {
  const { rows = 10 } = options;
  const { trials } = search;
  const names = Object.keys(search.space);
  const budgets = new Set(trials.map(({ budget }) => budget)).size > 1;
  const measures = [...new Set(trials.flatMap((trial) => Object.keys(trial.measures ?? {})))];
  const isElsewhere = trials.some(({ host }) => host !== undefined);
  const others = (["running", "failed", "pruned"] as const).flatMap((status) => withStatus(trials, status));
  const ordered = [...ranked(trials), ...others];
  const shown = ordered.slice(0, rows);
  const body = shown.map((trial) => [
    String(trial.number),
    ...names.map((name) => showSetting(trial.configuration[name])),
    ...(budgets ? [showSetting(trial.budget)] : []),
    resultOf(trial),
    ...measures.map((name) => (trial.measures?.[name] === undefined ? "" : showNumber(trial.measures[name]))),
    trial.seconds === undefined ? "" : showDuration(trial.seconds),
    ...(isElsewhere ? [hostOf(trial)] : []),
  ]);
  const headings = [
    ...["trial", ...names, ...(budgets ? ["budget"] : []), "score", ...measures, "time"],
    ...(isElsewhere ? ["machine"] : []),
  ];
  const rest = ordered.length - shown.length;
  return table(headings, body, {
    title: summary(search),
    alt: summary(search),
    ...(rest > 0 && { note: `and ${showPlural(rest, "more trial")}` }),
  });
}

/** A search's progress in one line. */
export function summary({ strategy, trials, status, seconds, stillRunning = [] }: HasTrials): string {
  const count = (wanted: SearchTrial["status"]): number => withStatus(trials, wanted).length;
  const [best] = ranked(trials);
  const ended = count("done") + count("failed") + count("pruned");
  // Of the trials that have been proposed; a strategy may propose more when these have ended.
  const left = status === "running" && ended > 0 ? (seconds / ended) * (trials.length - ended) : 0;
  const parts = [
    `Search (${strategy}) ${status === "running" ? "under way" : status}: ${count("done")} of ${showPlural(trials.length, "trial")}`,
    ...(count("failed") ? [`${count("failed")} failed`] : []),
    ...(count("pruned") ? [`${count("pruned")} pruned`] : []),
    ...(count("running") ? [`${count("running")} running`] : []),
    ...(status === "running" && count("waiting") ? [`${count("waiting")} waiting`] : []),
    ...(stillRunning.length
      ? [`${showPlural(stillRunning.length, "trial")} still running on ${stillRunning.join(", ")}`]
      : []),
    ...(best ? [`best score ${showNumber(best.score!)} (trial ${best.number})`] : []),
    showDuration(seconds),
    ...(left > 0 ? [`about ${showDuration(left)} left`] : []),
  ];
  return parts.join(", ");
}

/** Trials with a score, the best first; equal ones in the order of their numbers. */
export function ranked<T extends SearchTrial>(trials: readonly T[]): T[] {
  return withStatus(trials, "done").sort((a, b) => b.score! - a.score! || a.number - b.number);
}

/** A configuration's value as the text of a cell. */
export function showSetting(value: unknown): string {
  if (typeof value === "number") return showNumber(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function withStatus<T extends SearchTrial>(trials: readonly T[], status: SearchTrial["status"]): T[] {
  return trials.filter((trial) => trial?.status === status);
}

/** A trial's result in words, or how far it has come. */
export function resultOf({ status, score, reason, stack, reports }: SearchTrial): string {
  if (status === "done") return showNumber(score!);
  if (status === "failed") {
    // The last part of the innermost call's file, its line and column.
    const place = /([^\s/\\()]+:\d+:\d+)\)?$/m.exec(stack ?? "")?.[1];
    return `failed: ${reason}${place === undefined ? "" : ` (at ${place})`}`;
  }
  const last = reports?.at(-1);
  if (last === undefined) return status;
  return `${status} at step ${last[0]}: ${showNumber(last[1] ?? NaN)}`;
}

function hostOf({ host, lost }: SearchTrial): string {
  return (host ?? "") + (lost ? `, begun ${lost + 1} times` : "");
}
