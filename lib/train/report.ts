/** Shows a run while it trains: a live panel in a notebook, a progress line in a terminal. */
import { terminal } from "#host/terminal";
import { nextTurn } from "#host/turns";
import { showDuration, showPercent } from "../display/figure/numbers.js";
import type { Controls } from "./controls.js";
import { panel } from "./panel.js";
import type { Terminal } from "../host/contract.js";
import type { Run } from "./run.js";
import { noteShown } from "./shown.js";

/** The calls that `fit` makes while it trains. */
export interface Reporter {
  /** After every step. */
  progress(): void;
  /** When training has paused for other things, mostly for drawing panels. */
  paused(milliseconds: number): void;
  /** After every epoch. */
  epoch(): void;
  /** When the run is over. */
  end(): Promise<void>;
}

/** Milliseconds between two pictures of the live panel: at least, and, where pictures take long, at most. */
const NOTEBOOK_INTERVAL = { least: 350, most: 2000 };
/**
 * After a picture, training runs for 64 times as long as the picture took before the next one is drawn. So the pictures
 * take 1.5 % of the time, and less than 3 % with their hidden costs (garbage collection, processor caches).
 */
const SHARE = 64;
/** Milliseconds between two updates of the terminal's line. */
const TERMINAL_INTERVAL = 100;

interface DisplayHandle {
  update(value: unknown): unknown;
}
type DisplayFunction = (value: unknown) => DisplayHandle;

/** Whether there is a notebook, in which a panel can be live. */
export function isNotebook(): boolean {
  return typeof (globalThis as { display?: unknown }).display === "function";
}

/** The reporter for where the run is: a notebook with `display`, else a terminal. @param controls  above the panel, in a notebook */
export function reporter(run: Run, live: boolean, controls?: Controls): Reporter {
  if (!live) return silent;
  const { display } = globalThis as { display?: unknown };
  if (isNotebook()) return notebook(run, display as DisplayFunction, controls);
  return progressLine(run, terminal());
}

const silent: Reporter = { progress() {}, paused() {}, epoch() {}, end: () => Promise.resolve() };

function notebook(run: Run, display: DisplayFunction, controls: Controls | undefined): Reporter {
  const handle = display(controls ?? panel(run));
  noteShown(run);
  let last = performance.now();
  // The first picture does not count: it is slower than all others, because it loads what drawing needs.
  let taken: number | undefined;
  const progress = (): void => {
    const { least, most } = NOTEBOOK_INTERVAL;
    const now = performance.now();
    if (now - last < Math.max(least, Math.min(SHARE * (taken ?? 0), most))) return;
    last = now;
    if (controls) controls.draw();
    else void handle.update(panel(run));
    taken = performance.now() - now;
  };
  return {
    progress,
    epoch: progress,
    paused(milliseconds) {
      if (taken !== undefined) taken += milliseconds;
    },
    end: async () => {
      const last = panel(run);
      await handle.update(last);
      if (controls === undefined) return;
      // The controls go when the panel has taken their place, so that the page does not jump.
      await last.bundle();
      await nextTurn();
      controls.close();
    },
  };
}

function progressLine(run: Run, terminal: Terminal): Reporter {
  const due = every(TERMINAL_INTERVAL);
  const finish = (line: string): void =>
    void terminal.write(terminal.isTTY ? `\r\x1b[2K${line}\n` : `${line}\n`);
  return {
    progress: () => {
      if (terminal.isTTY && due()) terminal.write(`\r\x1b[2K${progressText(run)}`);
    },
    paused() {},
    epoch: () => finish(epochText(run)),
    end: async () => {
      const kept = run.kept === undefined ? "" : `, with the weights of epoch ${run.kept}`;
      if (run.status === "stopped") finish(`stopped after ${run.steps.length} steps${kept}`);
    },
  };
}

function progressText(run: Run): string {
  const total = run.epochs * run.stepsPerEpoch;
  const done = run.steps.length / total;
  const bar = "█".repeat(Math.floor(20 * done)).padEnd(20, "░");
  const left = showDuration((run.seconds * (1 - done)) / done);
  return `${bar} ${Math.floor(100 * done)} %  loss ${run.steps.at(-1)?.loss.toFixed(3)}  ${left} left`;
}

function epochText(run: Run): string {
  const last = run.epochRecords.at(-1);
  if (last === undefined) return "";
  const validation =
    last.validationLoss === undefined
      ? ""
      : `, validation loss ${last.validationLoss.toFixed(4)}, accuracy ${showPercent(last.validationAccuracy ?? NaN)}`;
  return (
    `epoch ${last.epoch} of ${run.epochs} (${showDuration(run.seconds)}): ` +
    `loss ${last.trainLoss.toFixed(4)}, accuracy ${showPercent(last.trainAccuracy)}${validation}`
  );
}

/** A function that returns true at most once in `milliseconds`. */
function every(milliseconds: number): () => boolean {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < milliseconds) return false;
    last = now;
    return true;
  };
}
