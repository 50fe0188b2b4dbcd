/** Shows a search while it runs: a table in a notebook, one line for each trial in a terminal. */
import { terminal } from "#host/terminal";
import { showNumber } from "../../display/figure/numbers.js";
import { resultOf, searchTable } from "../../display/training/search-table.js";
import { noteShown } from "../shown.js";
import type { Space } from "./space.js";
import type { Search } from "./results.js";

export interface SearchReporter {
  /** After every change of a trial. */
  changed(): void;
  /** When the search is over. */
  end(): Promise<void>;
}

type Display = (value: unknown) => { update(value: unknown): unknown };

/** Milliseconds between two tables; a thousand short trials would otherwise keep the notebook busy with drawing. */
const PAUSE = 150;

export function searchReporter<S extends Space>(search: Search<S>, live: boolean): SearchReporter {
  const { display } = globalThis as { display?: unknown };
  if (!live) return { changed() {}, end: () => Promise.resolve() };
  if (typeof display === "function") {
    const handle = (display as Display)(searchTable(search));
    noteShown(search);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = (): unknown => {
      timer = undefined;
      return handle.update(searchTable(search));
    };
    return {
      changed: () => void (timer ??= setTimeout(update, PAUSE)),
      async end() {
        clearTimeout(timer);
        await update();
      },
    };
  }
  const told = new Set<number>();
  const changed = (): void => {
    for (const trial of search.trials) {
      const { number, status, score, seconds } = trial;
      if (status === "waiting" || status === "running" || told.has(number)) continue;
      told.add(number);
      const what = status === "done" ? `score ${showNumber(score!)}` : resultOf(trial);
      terminal().write(`trial ${number}: ${what} (${showNumber(seconds ?? 0)} s)\n`);
    }
  };
  return { changed, end: () => Promise.resolve() };
}
