/**
 * Where the user's code is stopped, and how it goes on: pauses and steps. One step of the user's goes to another of the
 * user's lines, and may take several of V8's.
 */
import { basename } from "node:path";
import type { Debugger, Runtime } from "./inspector.js";
import type { Place, Places } from "./places.js";
import { textOf } from "./values.js";

/** A call that has not ended, in the user's code. */
export interface Frame extends Place {
  readonly id: number;
  readonly name: string;
  readonly call: Debugger.CallFrame;
}

interface Pause {
  readonly frames: readonly Frame[];
  /** How many calls there are, of other code too. */
  readonly depth: number;
}

export type StepKind = "stepOver" | "stepInto" | "stepOut";

/** A step of the user's. */
interface Step {
  readonly kind: StepKind;
  /** Where it began: the place, and how many calls there were. */
  readonly from: string;
  readonly cell: string | undefined;
  left: number;
}

export interface StopsOptions {
  readonly places: Places;
  readonly emit: (event: string, body: Record<string, unknown>) => void;
  /** Lets V8 go on. */
  readonly go: (how: "resume" | StepKind) => Promise<void>;
}

/** The one thread that front ends are told of. */
export const THREAD = 1;
/** How many of V8's steps one of the user's may take. */
const STEPS = 500;

export class Stops {
  readonly #options: StopsOptions;
  #pause: Pause | undefined;
  #step: Step | undefined;
  #cell: string | undefined;
  #isHeld = true;
  #wantsPause = false;
  #frames = 0;

  constructor(options: StopsOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#pause !== undefined;
  }

  /** Told of the cell that runs now; undefined when it has ended. */
  running(cell: string | undefined): void {
    this.#cell = cell;
  }

  /** Whether it stops anywhere; what is stopped goes on when it shall not. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld && this.#pause) this.#go("resume").catch(() => {});
  }

  /** The next stop that nothing else explains is one that the user asked for. */
  wantPause(): void {
    this.#wantsPause = true;
  }

  /** Forgets where it is: V8 is let go of. */
  forget(): void {
    this.#pause = this.#step = undefined;
  }

  /** V8 has stopped: tells the user, or goes on where this is not for them. */
  paused(pause: Debugger.PausedEventDataType): void {
    this.#paused(pause).catch(() => this.#go("resume").catch(() => {}));
  }

  async #paused(pause: Debugger.PausedEventDataType): Promise<void> {
    const calls = pause.callFrames;
    const top = calls[0];
    const place = top && this.#options.places.of(top);
    const step = this.#step;
    const isHit = (pause.hitBreakpoints?.length ?? 0) > 0;
    const isError = pause.reason === "exception" || pause.reason === "promiseRejection";
    if (!this.#isHeld) return this.#go("resume");
    if (step && !isHit && !isError) {
      // The cell in which it began has ended: it stops in no other.
      if (step.cell !== this.#cell) return this.#go("resume");
      const here = place && `${place.path}:${place.at.line}:${calls.length}`;
      if ((here === undefined || here === step.from) && step.left-- > 0)
        return this.#go(step.kind === "stepOut" ? "stepOver" : step.kind);
    }
    const frames = calls.flatMap((call) => {
      const found = this.#options.places.of(call);
      return found ? [{ id: ++this.#frames, name: nameOf(call, found.isCell), call, ...found }] : [];
    });
    if (frames.length === 0) return this.#go("resume");
    const reason = isHit
      ? "breakpoint"
      : isError
        ? "exception"
        : step
          ? "step"
          : this.#wantsPause
            ? "pause"
            : "breakpoint";
    this.#step = undefined;
    this.#wantsPause = false;
    this.#pause = { frames, depth: calls.length };
    const thrown = pause.data as Runtime.RemoteObject | undefined;
    const text = isError && thrown ? { text: textOf(thrown) } : {};
    this.#options.emit("stopped", { reason, threadId: THREAD, allThreadsStopped: true, ...text });
  }

  /** @throws Error when nothing is stopped */
  async resume(): Promise<void> {
    if (!this.#pause) throw new Error("Nothing is stopped.");
    this.#step = undefined;
    this.#options.emit("continued", { threadId: THREAD, allThreadsContinued: true });
    await this.#go("resume");
  }

  /** @throws Error when nothing is stopped */
  async step(kind: StepKind): Promise<void> {
    const [frame] = this.#pause?.frames ?? [];
    if (!frame) throw new Error("Nothing is stopped.");
    const depth = this.#pause?.depth;
    const from = kind === "stepOut" ? "" : `${frame.path}:${frame.at.line}:${depth}`;
    this.#step = { kind, from, cell: this.#cell, left: STEPS };
    this.#options.emit("continued", { threadId: THREAD, allThreadsContinued: true });
    await this.#go(kind);
  }

  async #go(how: "resume" | StepKind): Promise<void> {
    this.#pause = undefined;
    await this.#options.go(how);
  }

  /** The calls as the protocol lists them. */
  trace(): Record<string, unknown> {
    const frames = this.#pause?.frames ?? [];
    return {
      stackFrames: frames.map(({ id, name, path, at }) => ({
        id,
        name,
        source: { name: basename(path), path },
        line: at.line,
        column: at.column + 1,
      })),
      totalFrames: frames.length,
    };
  }

  /** @throws Error when there is no such call any more */
  frame(id: unknown): Frame {
    const found = this.#pause?.frames.find((one) => one.id === id);
    if (!found) throw new Error("There is no such call any more: the cell went on.");
    return found;
  }

  /** The call that was named, or the innermost; undefined where nothing is stopped. */
  frameOrTop(id: unknown): Frame | undefined {
    return this.#pause && this.frame(id ?? this.#pause.frames[0]?.id);
  }
}

/** A function's name; the cell's own code and a module's have none. */
function nameOf({ functionName }: Debugger.CallFrame, isCell: boolean): string {
  return functionName || (isCell ? "cell" : "module");
}
