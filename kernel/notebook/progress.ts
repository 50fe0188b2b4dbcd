/** Shows a run's progress: in a terminal one line that is rewritten, elsewhere one line for each cell. */
import type { CodeCell } from "./format.js";
import type { Progress } from "./run.js";

/** Where a command writes. */
export interface Terminal {
  write(text: string): void;
  /** Columns of a terminal that can rewrite its line; undefined for a file or a pipe. */
  readonly columns: number | undefined;
  readonly hasColours: boolean;
}

export class ProgressLine {
  readonly #terminal: Terminal;
  #timer: NodeJS.Timeout | undefined;
  #current: Progress | undefined;
  #started = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(progress: Progress): void {
    const { state, number, total, seconds, cell } = progress;
    if (this.#terminal.columns === undefined) {
      if (state === "running") return;
      const mark = state === "failed" ? " failed" : "";
      this.#terminal.write(
        `cell ${number} of ${total}: ${seconds.toFixed(1)} s${mark}  ${firstLine(cell, 60)}\n`,
      );
      return;
    }
    this.#current = progress;
    this.#started = performance.now() - seconds * 1000;
    // The line is updated while a cell waits. While a cell computes, no timer runs and the line stays.
    this.#timer ??= setInterval(() => this.#draw(), 500).unref();
    this.#draw();
  }

  /** Removes the line. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#current) this.#terminal.write("\r\x1b[K");
    this.#current = undefined;
  }

  #draw(): void {
    if (!this.#current) return;
    const { number, total, cell } = this.#current;
    const seconds = (performance.now() - this.#started) / 1000;
    const head = `cell ${number} of ${total}  ${seconds.toFixed(1)} s  `;
    const room = Math.max(0, (this.#terminal.columns ?? 80) - head.length - 1);
    this.#terminal.write(`\r\x1b[K${head}${firstLine(cell, room)}`);
  }
}

/** The first line of code of a cell that is not an import, cut to a number of characters. */
function firstLine(cell: CodeCell, length: number): string {
  const line = lineOf(cell.source.replace(/^import\b[^;]*;/gm, "")) ?? lineOf(cell.source) ?? "";
  const characters = [...line.replace(/\p{Cc}/gu, " ")];
  return characters.length <= length ? line : `${characters.slice(0, Math.max(0, length - 1)).join("")}…`;
}

function lineOf(code: string): string | undefined {
  return code
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
}
