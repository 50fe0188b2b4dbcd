/**
 * The results of a search on disk: one line of JSON for each finished trial, written to the disk before the next trial
 * begins. A search that is killed loses no finished trial; a line that was cut short is dropped.
 */
import { openLog, readFile } from "#host/files";
import { FormatError, ValueError } from "../../array/errors.js";
import type { Log } from "../../host/contract.js";
import type { Trial } from "./trial.js";

/** What must not change between the parts of one search. */
export type Header = Readonly<Record<string, unknown>>;

export class Journal {
  readonly entries: readonly Trial[];
  readonly #log: Log;

  private constructor(log: Log, entries: readonly Trial[]) {
    this.#log = log;
    this.entries = entries;
  }

  /**
   * Opens a search's journal, or creates it.
   * @throws ValueError when the file is the journal of another search
   * @throws FormatError when it is no journal
   */
  static async open(file: string, header: Header): Promise<Journal> {
    const log = await openLog(file);
    try {
      if (log.lines.length === 0) await log.add(JSON.stringify(header));
      return new Journal(log, entriesOf(log.lines, file, header));
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** What a journal says, which may be written to meanwhile. @throws ValueError, FormatError as `open` */
  static async read(file: string, header: Header): Promise<{ header: Header; entries: readonly Trial[] }> {
    const bytes = await readFile(file);
    if (bytes === undefined) throw new ValueError(`search: there is no file ${file}.`);
    const text = new TextDecoder().decode(bytes);
    // The last line may be half written.
    const lines = text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1);
    if (lines.length === 0) throw new FormatError(`search: ${file} is empty; it is no journal of a search.`);
    const entries = entriesOf(lines, file, header);
    return { header: JSON.parse(lines[0]) as Header, entries };
  }

  async add(entry: Trial): Promise<void> {
    await this.#log.add(JSON.stringify(entry));
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}

/** The entries in the lines of a file. */
function entriesOf(lines: readonly string[], file: string, header: Header): Trial[] {
  if (lines.length === 0) return [];
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
