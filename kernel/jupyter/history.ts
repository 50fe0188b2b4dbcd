/** The cells executed in this session, for `history_request`: the last ones, a range, or those that match a pattern. */
import type { Json } from "./protocol.js";

interface Entry {
  line: number;
  source: string;
  output: string | null;
}

/** Session, line, and the source or the source with its output. */
export type HistoryItem = [session: number, line: number, entry: string | [string, string | null]];

/** This session's number; earlier ones are not kept. */
const SESSION = 1;

export class History {
  readonly #entries: Entry[] = [];

  add(line: number, source: string): void {
    this.#entries.push({ line, source, output: null });
  }

  /** Stores the plain text of a cell's result. */
  setOutput(line: number, text: string): void {
    const entry = this.#entries.findLast((one) => one.line === line);
    if (entry) entry.output = text;
  }

  /** Answers a request as the protocol words it: `hist_access_type` tail, range or search. */
  answer(request: Json): HistoryItem[] {
    const count = typeof request["n"] === "number" ? Math.max(0, request["n"]) : undefined;
    let found = this.#entries;
    switch (request["hist_access_type"]) {
      case "range": {
        const session = Number(request["session"] ?? 0);
        if (session !== 0 && session !== SESSION) return [];
        const start = Number(request["start"] ?? 0);
        const stop = typeof request["stop"] === "number" ? request["stop"] : Infinity;
        found = found.filter((one) => one.line >= start && one.line < stop);
        break;
      }
      case "search": {
        const pattern = globPattern(typeof request["pattern"] === "string" ? request["pattern"] : "*");
        found = found.filter((one) => pattern.test(one.source));
        if (request["unique"] === true) {
          const newest = new Map(found.map((one) => [one.source, one]));
          found = found.filter((one) => newest.get(one.source) === one);
        }
        if (count !== undefined) found = count ? found.slice(-count) : [];
        break;
      }
      default: {
        const last = count ?? 10;
        found = last ? found.slice(-last) : [];
      }
    }
    const withOutput = request["output"] === true;
    return found.map((one) => [SESSION, one.line, withOutput ? [one.source, one.output] : one.source]);
  }
}

/** `*` and `?` as in file names. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${source}$`, "u");
}
