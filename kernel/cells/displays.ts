/**
 * The globals `display` and `clearOutput`: rich output at any moment of a cell, and handles that replace it.
 *
 * An output is updated at most ten times a second. Updates that come faster are not rendered, except the last one, which
 * is always shown, at the latest when the cell ends.
 */
import { uniqueId } from "#host/bytes";
import { isPromise } from "#host/inspection";
import type { CurrentRun } from "./current-run.js";
import { encodeBundle, encodeMetadata, isBundle, present, wasShown } from "../display/protocol.js";
import type { Formatter } from "../display/bundle.js";
import { isInstance } from "../display/hostile.js";
import type { CellResult, Output } from "./output.js";
import type { Run } from "./run.js";

/** Milliseconds between two updates of one output. */
export const UPDATE_INTERVAL = 100;

/** Kinds of content that can be shown by name, and their MIME types: `display.html("<b>…</b>")`. */
const KINDS = {
  javascript: "text/javascript",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  pdf: "application/pdf",
  text: "text/plain",
} as const;

/** A method for each kind of content. */
export type ByKind<T> = Record<keyof typeof KINDS, (content: string | Uint8Array) => T>;

/** The cells' global `display`. It shows a value in the value's own way; its methods show content of one kind. */
export type Display = ((value: unknown, options?: DisplayOptions) => DisplayHandle) & ByKind<DisplayHandle>;

export interface DisplayOptions {
  display_id?: string;
  update?: boolean;
  raw?: boolean;
  metadata?: Record<string, unknown>;
}

/** How one value is shown. */
interface ShowOptions {
  readonly run: Run | undefined;
  /** Settles when what was shown before is sent. */
  readonly before: Promise<void> | undefined;
  /** What front ends should know of it. */
  readonly given: Record<string, unknown> | undefined;
  /** Whether the value is a bundle. */
  readonly raw: boolean | undefined;
}

/** What `display` returns: it updates the output that `display` made. As the value of a cell it shows nothing. */
export class DisplayHandle {
  readonly id: string;
  readonly #update: (value: unknown) => void;

  constructor(id: string, update: (value: unknown) => void) {
    this.id = id;
    this.#update = update;
  }

  update(value: unknown): void {
    this.#update(value);
  }
}

export class Displays {
  readonly #output: Output;
  readonly #current: CurrentRun;
  readonly #formatters: readonly Formatter[];
  readonly #setTimeout = globalThis.setTimeout.bind(globalThis);
  readonly #clearTimeout = globalThis.clearTimeout.bind(globalThis);

  constructor(output: Output, current: CurrentRun, formatters: readonly Formatter[]) {
    this.#output = output;
    this.#current = current;
    this.#formatters = formatters;
  }

  /**
   * The bundle of a value that a cell ends with, and what front ends should know of it; undefined when there is nothing
   * to show, or nothing more.
   */
  async render(value: unknown): Promise<CellResult | undefined> {
    if (value === undefined || isInstance(value, DisplayHandle) || wasShown(value)) return undefined;
    const { data, metadata } = present(value, this.#formatters);
    return { data: await data, metadata: await metadata };
  }

  readonly #display = (value: unknown, options: DisplayOptions = {}): DisplayHandle => {
    const run = this.#current.ofCode;
    const id = options.display_id === undefined ? uniqueId() : String(options.display_id);
    /** How many values were shown, and the last one that was sent: after an interrupt an earlier one may be lost. */
    let count = 0;
    let sent = 0;
    const show = (value: unknown, before: Promise<void> | undefined): Promise<void> | undefined => {
      const number = ++count;
      return this.#show(
        value,
        { run, before, given: options.metadata, raw: options.raw },
        (data, metadata) => {
          if (number < sent) return;
          const update = sent > 0 || (options.update ?? false);
          sent = number;
          this.#output.display({ data, metadata, displayId: id, update }, run?.cell);
        },
      );
    };
    /** Keeps the outputs of one handle in order while their values are rendered. */
    let last = show(value, run?.shown);
    if (run && last) run.shown = last;
    let shown = performance.now();
    let next: { value: unknown } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      if (timer) this.#clearTimeout(timer);
      timer = undefined;
      if (!next) return;
      const { value } = next;
      next = undefined;
      shown = performance.now();
      last = show(value, last);
    };
    return new DisplayHandle(id, (value) => {
      next = { value };
      const wait = shown + UPDATE_INTERVAL - performance.now();
      if (wait <= 0) return flush();
      if (timer) return;
      timer = this.#setTimeout(flush, wait);
      const current = this.#current.ofCode;
      if (current && !current.ended) current.beforeEnd(flush);
    });
  };

  readonly display: Display = Object.assign(
    this.#display,
    byKind((mime, content) => {
      expectDrawing(mime, content);
      return this.#display({ [mime]: content }, { raw: true });
    }),
  );

  readonly clearOutput = (wait = false): void => {
    this.#output.clear(wait, this.#current.ofCode?.cell);
  };

  /** Renders one value and sends it, after `before`; the cell does not end until it is sent. */
  #show(
    value: unknown,
    { run, before, given, raw }: ShowOptions,
    output: (data: Record<string, unknown>, metadata: Record<string, unknown>) => void,
  ): Promise<void> | undefined {
    const metadata = encodeMetadata(given);
    const send = (data: Record<string, unknown>, own: Record<string, unknown> = {}): void =>
      output(data, { ...own, ...metadata });
    const isRaw = raw || isBundle(value);
    const { data: rendered, metadata: described } = isRaw
      ? { data: encodeBundle(value), metadata: {} }
      : present(value, this.#formatters);
    // A bundle that is ready is sent at once, in order with what the cell prints.
    if (!before && !isPromise(rendered) && !isPromise(described)) {
      send(rendered, described);
      return undefined;
    }
    const sent = (async () => {
      // What an interrupt ended is not waited for.
      if (before) await Promise.race([before, ...(run ? [run.interruption] : [])]).catch(() => {});
      send(await rendered, await described);
    })();
    const current = this.#current.running ?? run;
    current?.pending.add(sent);
    const done = (): void => void current?.pending.delete(sent);
    // A failure here makes the cell fail: the cell's end waits for `pending`.
    sent.then(done, () => {});
    return sent;
  }
}

/** One method for each kind of content. @param show  shows content of a MIME type */
export function byKind<T>(show: (mime: string, content: string | Uint8Array) => T): ByKind<T> {
  const methods = Object.entries(KINDS).map(([kind, mime]) => [
    kind,
    (content: string | Uint8Array) => show(mime, content),
  ]);
  return Object.fromEntries(methods) as ByKind<T>;
}

/** @throws TypeError when SVG text has no `<svg>` element */
function expectDrawing(mime: string, content: string | Uint8Array): void {
  if (mime === KINDS.svg && !/<svg[\s/>]/.test(String(content)))
    throw new TypeError("display.svg: the text has no <svg> element; use display.html for HTML.");
}
