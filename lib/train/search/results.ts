/** The results of a search: its trials, the best first, as a table, as a CSV file. */
import { StateError } from "../../array/errors.js";
import { Printed } from "../../array/printed.js";
import { DataTable, type Cell } from "../../data/data-table.js";
import { ranked } from "../../display/training/search-table.js";
import { isShown, shownSymbol } from "../shown.js";
import type { Space } from "./space.js";
import type { StrategyName } from "./strategies.js";
import type { Trial } from "./trial.js";

/** The results of a search, which grow while it runs. */
export class Search<S extends Space = Space> extends Printed {
  readonly space: S;
  readonly strategy: StrategyName;
  /** The trials in the order in which they were proposed. */
  readonly trials: Trial<S>[] = [];
  status: "running" | "finished" | "stopped" = "running";
  /** Seconds since this search was started or continued. */
  seconds = 0;
  /** Trials that still run on other machines after a search was stopped, by machine; none on this one. */
  stillRunning: readonly string[] = [];

  constructor(space: S, strategy: StrategyName) {
    super();
    this.space = space;
    this.strategy = strategy;
  }

  toString(): string {
    const best = this.ranking[0]?.score;
    return `search (${this.strategy}), ${this.status}: ${this.trials.length} trials${best === undefined ? "" : `, best score ${best}`}`;
  }

  /** The trials that were scored, the best first. */
  get ranking(): readonly Trial<S>[] {
    return ranked(this.trials);
  }

  /** The trial with the highest score. @throws StateError when none was scored */
  get best(): Trial<S> {
    const [best] = this.ranking;
    if (best) return best;
    const failed = this.trials.find(({ reason }) => reason !== undefined);
    const why = failed ? `; trial ${failed.number} failed: ${failed.reason}` : "";
    throw new StateError(`search: no trial has a score${why}.`);
  }

  /**
   * All trials as a table, in their order: `found.table().toCsv()` is a CSV file of them. A value that is neither number nor
   * text stands as JSON; of a trial's reports the last step and value are there.
   */
  table(): DataTable {
    const names = Object.keys(this.space);
    const measures = [...new Set(this.trials.flatMap((trial) => Object.keys(trial.measures ?? {})))];
    const isReported = this.trials.some(({ reports = [] }) => reports.length > 0);
    const cell = (value: unknown): Cell =>
      typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
    const rows = this.trials.map((trial) => ({
      trial: trial.number,
      ...Object.fromEntries(names.map((name) => [name, cell(trial.configuration[name])])),
      ...{ budget: trial.budget, status: trial.status, score: trial.score ?? NaN },
      ...Object.fromEntries(measures.map((name) => [name, trial.measures?.[name] ?? NaN])),
      ...(isReported && {
        step: trial.reports?.at(-1)?.[0] ?? NaN,
        value: trial.reports?.at(-1)?.[1] ?? NaN,
      }),
      ...{ seconds: trial.seconds ?? NaN, host: trial.host ?? "", reason: trial.reason ?? "" },
    }));
    const columns = [
      "trial",
      ...names,
      "budget",
      "status",
      "score",
      ...measures,
      ...(isReported ? ["step", "value"] : []),
      "seconds",
      "host",
      "reason",
    ];
    return new DataTable(columns, rows);
  }

  /** In a notebook a live search was seen as a table while it went on. */
  [shownSymbol](): boolean {
    return isShown(this);
  }
}
