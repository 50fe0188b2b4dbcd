/**
 * Captures the process's output streams, its calls of exit and its uncaught errors while a session runs, and gives each
 * to the cell that caused it. Outside cells, a program that hosts a
 * session prints past the capture with `fs.writeSync(1, …)`.
 */
import { byteLength } from "#host/bytes";
import { setting } from "#host/settings";
import { takeStreams } from "#host/streams";
import type { CurrentRun } from "./current-run.js";
import type { Ground } from "./ground.js";
import type { Output, StreamName } from "./output.js";
import type { Run } from "./run.js";
import type { Tracer } from "./trace.js";

/** Bytes that one cell may print; `CHAINRULE_OUTPUT_LIMIT` (in MB) changes it. */
export const OUTPUT_LIMIT: number = megabytes(setting("CHAINRULE_OUTPUT_LIMIT")) ?? 16 * 2 ** 20;

function megabytes(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && value > 0 ? value * 2 ** 20 : undefined;
}

const NO_INPUT =
  "Standard input cannot be read: this front end does not let this cell ask. Put the text into a variable instead.";

export interface CaptureParts {
  readonly output: Output;
  readonly current: CurrentRun;
  readonly tracer: Tracer;
  readonly ground: Ground;
  readonly fail: (run: Run, thrown: unknown) => void;
}

export class Capture {
  readonly #output: Output;
  readonly #current: CurrentRun;
  readonly #tracer: Tracer;
  readonly #ground: Ground;
  readonly #fail: (run: Run, thrown: unknown) => void;

  /** @param fail ends a run with an error */
  constructor({ output, current, tracer, ground, fail }: CaptureParts) {
    this.#output = output;
    this.#current = current;
    this.#tracer = tracer;
    this.#ground = ground;
    this.#fail = fail;
  }

  /** @returns a function that gives the streams back */
  install(): () => void {
    const ask = this.#output.ask?.bind(this.#output);
    return takeStreams({
      write: (stream, text) => this.print(stream, text, this.#current.ofCode),
      writer: () => {
        const run = this.#current.ofCode;
        return (stream, text) => this.print(stream, text, run);
      },
      isOfCell: () => this.#current.ofCode !== undefined,
      onEnd: (call) => this.#current.ofCode?.atEnd(call),
      ...(ask && { read: () => this.#read(ask) }),
      uncaught: (thrown) => this.#ground.during(() => this.#uncaught(thrown)),
      exit: (call) => {
        throw new ExitError(call);
      },
    });
  }

  /** Sends text to a stream of a run, up to the limit; says once, at the end, how much was cut. */
  print(stream: StreamName, text: string, run: Run | undefined): void {
    if (!run) return this.#output.stream(stream, text, undefined);
    const before = run.written;
    run.written += byteLength(text);
    if (run.written <= OUTPUT_LIMIT) return this.#output.stream(stream, text, run.cell);
    if (before > OUTPUT_LIMIT) return;
    this.#output.stream(stream, firstBytes(text, OUTPUT_LIMIT - before), run.cell);
    run.atEnd(() => {
      const cut = run.written - OUTPUT_LIMIT;
      const note = `… ${cut.toLocaleString("en")} bytes more were cut: a cell may print ${OUTPUT_LIMIT / 2 ** 20} MB (CHAINRULE_OUTPUT_LIMIT=MB changes that).`;
      this.#output.stream("stderr", `\n${note}\n`, run.cell);
    });
  }

  /** Asks for a line. Where nobody can be asked, the cell ends with that: what reads would wait for ever. */
  async #read(ask: NonNullable<Output["ask"]>): Promise<string | undefined> {
    const run = this.#current.ofCode;
    try {
      return await ask("", false, run?.cell);
    } catch {
      if (run && !run.ended && !run.interrupted) this.#fail(run, new Error(NO_INPUT));
      return undefined;
    }
  }

  /** Reports an error that no cell awaits, in the cell that caused it. */
  #uncaught(thrown: unknown): void {
    const run = this.#current.ofCode;
    this.#output.error(this.#tracer.describe(thrown, run?.file), this.#tracer.culprit(thrown) ?? run?.cell);
  }
}

/** The longest beginning of a text that fits into `count` bytes of UTF-8, in whole characters. */
function firstBytes(text: string, count: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(count));
  return text.slice(0, read);
}

/** Thrown where a cell asks to end the process. */
export class ExitError extends Error {
  override readonly name = "ExitError";

  /** @param call what the cell called, as in `process.exit(1)` */
  constructor(call: string) {
    super(
      `${call} would end the notebook's kernel; restart the kernel from its menu, or end the cell with throw.`,
    );
  }
}
