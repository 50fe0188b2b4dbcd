/**
 * What a process has once and cells must share: standard output and error, `process.exit`, uncaught errors.
 * From `install` to `uninstall` they belong to the cells; a program that hosts a session writes past it with
 * `fs.writeSync(1, …)`.
 */
import { StringDecoder } from "node:string_decoder";
import { inspect } from "node:util";
import type { CellContext, Run } from "./run.js";
import type { ErrorReport, Output, StreamName } from "./output.js";
import type { Tracer } from "./trace.js";

/** Bytes that one cell may print; `CHAINRULE_OUTPUT_LIMIT` (in MB) changes it. */
export const OUTPUT_LIMIT: number = megabytes(process.env["CHAINRULE_OUTPUT_LIMIT"]) ?? 16 * 2 ** 20;

function megabytes(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && value > 0 ? value * 2 ** 20 : undefined;
}

type Write = typeof process.stdout.write;

export class Capture {
  readonly #output: Output;
  readonly #context: CellContext;
  readonly #tracer: Tracer;
  readonly #restore: (() => void)[] = [];

  constructor(output: Output, context: CellContext, tracer: Tracer) {
    this.#output = output;
    this.#context = context;
    this.#tracer = tracer;
  }

  install(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const stream = process[name];
      const before = stream.write;
      stream.write = this.#writer(name);
      this.#restore.push(() => (stream.write = before));
    }
    const exit = process.exit;
    process.exit = ((code?: number | string | null): never => {
      throw new ExitError(code);
    }) as typeof process.exit;
    this.#restore.push(() => (process.exit = exit));
    const warn = process.emitWarning;
    process.emitWarning = ((...parts: Parameters<typeof warn>) => {
      // The kernel's own use of an experimental constant is no concern of the user's.
      if (!String(parts[0]).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) warn.apply(process, parts);
    }) as typeof warn;
    this.#restore.push(() => (process.emitWarning = warn));
    const report = (thrown: unknown): void => this.uncaught(thrown);
    process.on("uncaughtException", report);
    process.on("unhandledRejection", report);
    this.#restore.push(() => {
      process.off("uncaughtException", report);
      process.off("unhandledRejection", report);
    });
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  /** Sends text to a stream of a run, up to the limit; says once, at the end, how much was cut. */
  print(name: StreamName, text: string, run: Run | undefined): void {
    if (!run) return this.#output.stream(name, text, undefined);
    const before = run.written;
    run.written += Buffer.byteLength(text);
    if (run.written <= OUTPUT_LIMIT) return this.#output.stream(name, text, run.cell);
    if (before > OUTPUT_LIMIT) return;
    const kept = Buffer.from(text)
      .subarray(0, OUTPUT_LIMIT - before)
      .toString("utf8")
      .replace(/\ufffd$/, "");
    this.#output.stream(name, kept, run.cell);
    run.atEnd(() => {
      const cut = run.written - OUTPUT_LIMIT;
      const note = `… ${cut.toLocaleString("en")} bytes more were cut: a cell may print ${OUTPUT_LIMIT / 2 ** 20} MB (CHAINRULE_OUTPUT_LIMIT=MB changes that).`;
      this.#output.stream("stderr", `\n${note}\n`, run.cell);
    });
  }

  /** Reports an error that no cell awaits, in the cell that caused it. */
  uncaught(thrown: unknown): void {
    const culprit = this.#tracer.culprit(thrown);
    const cell = culprit ?? this.#context.current?.cell;
    const report: ErrorReport = this.#tracer.describe(thrown);
    this.#output.error(report, cell);
  }

  #writer(name: StreamName): Write {
    const decoder = new StringDecoder("utf8");
    return ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      if (typeof chunk !== "string" && !(chunk instanceof Uint8Array))
        throw new TypeError(`process.${name}.write needs a string or bytes, and got ${inspect(chunk)}.`);
      // Bytes may break off inside a character; the next ones complete it.
      const text =
        typeof chunk === "string"
          ? chunk
          : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      if (text) this.print(name, text, this.#context.current);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") queueMicrotask(() => (done as () => void)());
      return true;
    }) as Write;
  }
}

/** Thrown by `process.exit` in a cell. */
export class ExitError extends Error {
  override readonly name = "ExitError";

  constructor(code: number | string | null | undefined) {
    super(
      `process.exit(${code ?? ""}) would end the notebook's kernel; restart the kernel from its menu, or end the cell with throw.`,
    );
  }
}
