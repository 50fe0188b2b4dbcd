/** Where code that V8 speaks of stands in the user's sources. */
import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Debugger } from "./inspector.js";
import type { Position, Sources } from "./sources.js";

/** A place in the user's code. */
export interface Place {
  readonly path: string;
  readonly at: Position;
  readonly isCell: boolean;
}

export class Places {
  readonly #sources: Sources;
  /** V8's names of code, by the numbers of its scripts. */
  readonly #scripts = new Map<string, string>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  parsed({ scriptId, url }: Debugger.ScriptParsedEventDataType): void {
    this.#scripts.set(scriptId, nameAt(url));
  }

  /** Forgets V8's numbers: it is let go of. */
  forget(): void {
    this.#scripts.clear();
  }

  /** The user's place for a location in V8. */
  original({ scriptId, lineNumber, columnNumber = 0 }: Debugger.Location): Position | undefined {
    const name = this.#scripts.get(scriptId) ?? "";
    return this.#sources.original(name, { line: lineNumber + 1, column: columnNumber });
  }

  /** Where a call is in the user's code; undefined in other code, and in what the compiler has added. */
  of({ location }: Debugger.CallFrame): Place | undefined {
    const name = this.#scripts.get(location.scriptId) ?? "";
    const path = this.#sources.pathOf(name);
    const at = this.original(location);
    return path !== undefined && at ? { path, at, isCell: path !== name } : undefined;
  }
}

/** The inspector writes the path of a file as an address. */
export function urlOf(name: string): string {
  return isAbsolute(name) ? pathToFileURL(name).href : name;
}

function nameAt(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
