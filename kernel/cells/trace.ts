/**
 * Makes errors readable. Stack traces name lines of the cell's TypeScript; frames of the kernel and of Node's internal
 * code are left out; the line that failed is shown with its neighbours. Causes and the parts of an AggregateError
 * follow.
 */
import { LINES_BEFORE } from "#host/evaluation";
import { isHiddenFile } from "#host/stacks";
import type { TraceMap } from "@jridgewell/trace-mapping";
import { elementsOf, inspectSafely, isInstance, propertyOf, shortened, textOf } from "../display/hostile.js";
import type { CellDiagnostic } from "../language/language.js";
import type { CompiledSource } from "./compiled-source.js";
import type { CellId, ErrorReport } from "./output.js";
import { parseFrames } from "./stack-frames.js";

interface Source {
  text: string;
  json: string;
  map?: TraceMap;
  /** The whole cell, for a cell or a part of one. */
  cell?: string;
}

/** The property of `Error` that V8 calls to make the text of a stack trace. */
const HOOK = "prepareStackTrace";

/** V8's description of a frame. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  toString(): string;
}

const FRAME = /^\s+at /;
/** V8's names for a cell's function, when it is run as a script and when it is evaluated. */
const BODY = /^(async )?(?:Object\.<anonymous>|eval) \(/;
const MAX_FRAMES = 12;
const MAX_DEPTH = 5;

const red = (text: string): string => `\x1b[31m${text}\x1b[39m`;
const cyan = (text: string): string => `\x1b[36m${text}\x1b[39m`;

/** Remembers cells and local modules, and describes the errors they throw. */
export class Tracer {
  readonly #sources = new Map<string, Source>();
  readonly #cells = new Map<string, CellId>();
  #mapping: typeof import("@jridgewell/trace-mapping") | undefined;

  /** Loads the source map reader; to be called before the first cell runs. */
  async prepare(): Promise<void> {
    this.#mapping ??= await import("@jridgewell/trace-mapping");
  }

  /** Remembers a cell; @param file its name in stack traces: `cell[3]`; @param whole the cell that it is a part of */
  addCell(file: string, cell: CellId, text: string, map: string, whole = text): void {
    this.#cells.set(file, cell);
    this.#sources.set(file, { text, json: map, cell: whole });
  }

  /** All that it remembers. */
  get sources(): CompiledSource[] {
    return [...this.#sources].map(([name, { text, json, cell }]) => ({ name, text, map: json, cell }));
  }

  /** @param name the file name in stack traces; @param map source map from the JavaScript that runs to `text` */
  add(name: string, text: string, map: string): void {
    this.#sources.set(name, { text, json: map });
  }

  /** Makes `error.stack` name cells and their lines for everything that prints it. @returns a function that undoes this */
  install(): () => void {
    const before = Object.getOwnPropertyDescriptor(Error, HOOK);
    const value = (error: Error, sites: readonly CallSite[]): string => this.#stack(error, sites);
    Object.defineProperty(Error, HOOK, { value, configurable: true, enumerable: true, writable: true });
    return () => {
      if (before) Object.defineProperty(Error, HOOK, before);
      else Reflect.deleteProperty(Error, HOOK);
    };
  }

  /**
   * What Jupyter shows for a thrown value, which need not be an Error. This never throws, even if every access to the
   * value does; but a getter of the value may never return.
   * @param running the file that runs, for a browser whose errors do not name the file that failed
   */
  describe(thrown: unknown, running?: string): ErrorReport {
    if (!isErrorLike(thrown)) {
      const evalue = shortened(inspectSafely(thrown), LONGEST);
      return { ename: "Thrown", evalue, traceback: [`${red("Thrown")}: ${evalue}`] };
    }
    const { name, message } = titleOf(thrown);
    return { ename: name, evalue: message, traceback: this.#lines(thrown, running, new Set()) };
  }

  /** The cell that caused an error: the innermost cell in its stack. */
  culprit(thrown: unknown): CellId | undefined {
    if (!isErrorLike(thrown)) return undefined;
    const stack = textOf(propertyOf(thrown, "stack") ?? "").slice(-LONGEST);
    const file = /\bcell\[[^\]]*\](?=:\d)/.exec(stack)?.[0];
    return file === undefined ? undefined : this.#cells.get(file);
  }

  #lines(error: object, running: string | undefined, seen: Set<unknown>): string[] {
    seen.add(error);
    const frames = this.#frames(error, running);
    const { name, message } = titleOf(error);
    const lines = [`${red(name)}: ${message}`];
    lines.push(...this.#excerpt(frames));
    lines.push(...frames.slice(0, MAX_FRAMES));
    if (frames.length > MAX_FRAMES) lines.push(`    … ${frames.length - MAX_FRAMES} more`);
    const inner: [string, unknown][] = [];
    const cause = propertyOf(error, "cause");
    if (cause !== undefined) inner.push(["Caused by", cause]);
    const errors = propertyOf(error, "errors");
    for (const [i, one] of elementsOf(errors, 10).entries())
      inner.push([`Error ${i + 1} of ${textOf(propertyOf(errors, "length"))}`, one]);
    for (const [title, one] of inner) {
      if (seen.has(one) || seen.size > MAX_DEPTH) continue;
      const more = isErrorLike(one)
        ? this.#lines(one, running, seen)
        : [shortened(inspectSafely(one), LONGEST)];
      lines.push("", `${title}:`, ...more.map((line) => `  ${line}`));
    }
    return lines;
  }

  /** The frames of an error, one line each, in V8's format. */
  #frames(error: object, running: string | undefined): string[] {
    const stack = readable(textOf(propertyOf(error, "stack") ?? "").slice(-LONGEST));
    const own = stack.split("\n").filter((line) => FRAME.test(line));
    if (own.length) return own; // what #stack has made
    const place = { line: propertyOf(error, "line"), column: propertyOf(error, "column") };
    return parseFrames(stack, place)
      .filter(({ file }) => file === undefined || !isHiddenFile(file))
      .map(({ name, file = running, line, column }) => {
        if (file === undefined || line === undefined || column === undefined)
          return `    at ${name || "cell"}`;
        const place = this.#place(file, line, column) ?? `${file}:${line}:${column}`;
        return name ? `    at ${name} (${place})` : `    at ${place}`;
      });
  }

  /** The lines around the innermost frame that lies in a cell or a local module. */
  #excerpt(frames: readonly string[]): string[] {
    for (const frame of frames) {
      const at = /(?:\(|at )([^()]+):(\d+):(\d+)\)?$/.exec(frame);
      const source = at && this.#sources.get(at[1]!);
      if (at && source) return codeFrame(source.text, Number(at[2]), Number(at[3]));
    }
    return [];
  }

  #stack(error: Error, sites: readonly CallSite[]): string {
    const frames = sites
      .filter((site) => !isHiddenFile(fileOf(site) ?? ""))
      .map((site) => `\n    at ${this.#site(site)}`);
    let title: string;
    try {
      // An object that is not an Error has no title line of its own: console.trace makes such an object.
      title = isInstance(error, Error) ? String(error) : Error.prototype.toString.call(error);
    } catch {
      title = "Error";
    }
    return title + frames.join("");
  }

  #site(site: CallSite): string {
    const text = site.toString();
    const file = fileOf(site);
    const line = site.getLineNumber() ?? 1;
    const column = site.getColumnNumber() ?? 1;
    const mapped = file && this.#place(file, line, column);
    if (!mapped) return text;
    return text.replace(`${file}:${line}:${column}`, mapped).replace(BODY, "$1cell (");
  }

  /** Maps a position in the JavaScript that runs to the user's own text; undefined for a file that is not the user's. */
  #place(file: string, line: number, column: number): string | undefined {
    // In evaluated code V8 writes spaces in a name as these characters.
    const name = this.#sources.has(file) ? file : file.replaceAll("%20", " ");
    const source = this.#sources.get(name);
    if (!source || !this.#mapping) return undefined;
    const { TraceMap, originalPositionFor } = this.#mapping;
    source.map ??= new TraceMap(source.json);
    const generated = { line: Math.max(1, line - LINES_BEFORE), column: column - 1 };
    const found = originalPositionFor(source.map, generated);
    return found.line === null ? name : `${name}:${found.line}:${found.column + 1}`;
  }
}

/** The file of a frame. For evaluated code it is the name the code was given: V8's `getFileName` does not return that. */
function fileOf(site: CallSite): string | undefined {
  return site.getScriptNameOrSourceURL() || undefined;
}

/** A cell's file name in stack traces. */
export const cellFile = (name: string): string => `cell[${name}]`;

/** A few lines of code around one line, which an arrow and a caret mark. */
export function codeFrame(text: string, line: number, column: number): string[] {
  const lines = text.split("\n");
  const first = Math.max(1, line - 2);
  const last = Math.min(lines.length, line + 2);
  const width = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const mark = number === line ? red("→") : " ";
    frame.push(`${mark} ${cyan(String(number).padStart(width))} │ ${lines[number - 1]}`);
    if (number === line)
      frame.push(`  ${" ".repeat(width)} │ ${" ".repeat(Math.max(0, column - 1))}${red("^")}`);
  }
  return frame;
}

/** What Jupyter shows for a cell that does not compile. */
export function describeDiagnostics(diagnostics: readonly CellDiagnostic[], cell: string): ErrorReport {
  const traceback: string[] = [];
  for (const one of diagnostics) {
    const where = `${one.file ?? cell}:${one.line + 1}:${one.character + 1}`;
    const number = String(one.line + 1);
    const length = Math.max(1, Math.min(one.end - one.start, one.text.length - one.character));
    traceback.push(
      `${cyan(where)} - ${red("error")} TS${one.code}: ${one.message}`,
      "",
      `${cyan(number)} │ ${one.text}`,
      `${" ".repeat(number.length)} │ ${" ".repeat(one.character)}${red("~".repeat(length))}`,
      "",
    );
  }
  const [first] = diagnostics;
  return { ename: "TypeScriptError", evalue: `TS${first?.code}: ${first?.message}`, traceback };
}

/** Whether a value is shown as an error: it is an Error, or it has a stack. */
function isErrorLike(value: unknown): value is object {
  if (isInstance(value, Error)) return true;
  return typeof value === "object" && value !== null && propertyOf(value, "stack") !== undefined;
}

/** An error's name and message, as far as they can be read. */
function titleOf(error: object): { name: string; message: string } {
  const name = textOf(propertyOf(error, "name") || "Error");
  const message = textOf(propertyOf(error, "message") ?? "");
  return { name: shortened(name, 200), message: readable(shortened(message, LONGEST)) };
}

/** The longest message that is shown, in characters: front ends draw all of it at once. */
const LONGEST = 100_000;

/** Replaces the compiler's names for variables of other cells and modules in V8's messages by the user's names. */
function readable(text: string): string {
  return text
    .replace(/\(0 ?, ?\$(?:cells|import\d+)\.([\w$]+)\)/g, "$1")
    .replace(/\$(?:cells|import\d+)\./g, "");
}
