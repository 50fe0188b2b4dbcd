/**
 * What a search has found, on disk: one line of JSON a finished trial, written through to the disk before the next one
 * begins. A search that is killed loses no finished trial; a line that was cut short by it is dropped.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { FormatError, ValueError } from "../../array/errors.js";
import type { Trial } from "./trial.js";

/** What must not change between the parts of one search. */
export type Header = Readonly<Record<string, unknown>>;

export class Journal {
  readonly entries: readonly Trial[];
  readonly #descriptor: number;

  private constructor(descriptor: number, entries: readonly Trial[]) {
    this.#descriptor = descriptor;
    this.entries = entries;
  }

  /**
   * Opens a search's journal, or begins it.
   * @throws ValueError when the file is the journal of another search
   * @throws FormatError when it is no journal
   */
  static open(file: string, header: Header): Journal {
    const entries = existsSync(file) ? read(file, header) : undefined;
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const journal = new Journal(openSync(file, "a"), entries ?? []);
    if (!entries) journal.#write(header);
    return journal;
  }

  add(entry: Trial): void {
    this.#write(entry);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(line: object): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    fsyncSync(this.#descriptor);
  }
}

/** The entries of a file, whose last line is dropped when it was cut short; undefined when nothing is left of it. */
function read(file: string, header: Header): Trial[] | undefined {
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  const lines = whole.split("\n").slice(0, -1);
  if (lines.length === 0) return undefined;
  const [found, ...entries] = lines.map((line, i) => {
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new FormatError(`search: line ${i + 1} of ${file} is not JSON; it is no journal of a search.`);
    }
  });
  const wanted = JSON.parse(JSON.stringify(header)) as Record<string, unknown>;
  for (const [name, value] of Object.entries(wanted))
    if (JSON.stringify(found[name]) !== JSON.stringify(value))
      throw new ValueError(
        `search: ${file} is the journal of another search: its ${name} is ${JSON.stringify(found[name])}, not ${JSON.stringify(value)}. Name another file, or remove it.`,
      );
  return entries as unknown as Trial[];
}
