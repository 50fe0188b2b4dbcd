/**
 * The user's code by its names: what V8 calls it (`cell[3]`, the path of a module), and what front ends call it (a path
 * made of the cell's hash, the path of a module). Lines are mapped both ways; they are counted from 1, columns from 0.
 */
import {
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  TraceMap,
  generatedPositionFor,
  originalPositionFor,
} from "@jridgewell/trace-mapping";
import type { CompiledSource } from "../cells/compiled-source.js";
import { murmur2 } from "./murmur.js";

export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Known extends CompiledSource {
  readonly path: string;
  parsed: TraceMap | undefined;
}

/** How cells are named; told to front ends, which make the same names. */
export const HASH_SEED = 0xc0de;
export const CELL_SUFFIX = ".ts";

export class Sources {
  /** What the path of a cell begins with. */
  readonly prefix: string;
  readonly #byName = new Map<string, Known>();
  /** Cells that a front end has shown and that need not have run, by path. */
  readonly #shown = new Map<string, string>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** The path of a cell. */
  pathOfCell(code: string): string {
    return `${this.prefix}${murmur2(code, HASH_SEED)}${CELL_SUFFIX}`;
  }

  /** Notes a cell. @returns its path */
  show(code: string): string {
    const path = this.pathOfCell(code);
    this.#shown.set(path, code);
    return path;
  }

  /** @returns its path */
  add(source: CompiledSource): string {
    const { name, cell } = source;
    const path = cell === undefined ? name : this.show(cell);
    this.#byName.set(name, { ...source, path, parsed: undefined });
    return path;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  pathOf(name: string): string | undefined {
    return this.#byName.get(name)?.path;
  }

  /** What V8 calls the code of a path; a cell has a name for each time that it ran. */
  namesOf(path: string): string[] {
    return [...this.#byName.values()].filter((one) => one.path === path).map(({ name }) => name);
  }

  /** The user's text. */
  textOf(path: string): string | undefined {
    return this.#shown.get(path) ?? this.#byName.get(path)?.text;
  }

  /** The paths of the user's own modules. */
  get modules(): string[] {
    return [...this.#byName.values()].filter(({ cell }) => cell === undefined).map(({ path }) => path);
  }

  /** Where the code of a line begins, or of the next one that has code. */
  generated(name: string, line: number): (Position & { readonly original: number }) | undefined {
    const source = this.#byName.get(name);
    const map = source && mapOf(source);
    if (!source || !map) return undefined;
    const [file] = map.sources;
    const last = source.text.split("\n").length;
    for (let original = line; original <= last; original++) {
      const needle = { source: file ?? "", line: original, column: 0, bias: LEAST_UPPER_BOUND } as const;
      const found = generatedPositionFor(map, needle);
      if (found.line !== null) return { line: found.line, column: found.column, original };
    }
    return undefined;
  }

  /** The user's place for one in V8; undefined for code that no line of the user's stands for. */
  original(name: string, { line, column }: Position): Position | undefined {
    const source = this.#byName.get(name);
    const map = source && mapOf(source);
    if (!map) return undefined;
    const found = originalPositionFor(map, { line, column, bias: GREATEST_LOWER_BOUND });
    return found.line === null ? undefined : { line: found.line, column: found.column };
  }
}

function mapOf(source: Known): TraceMap {
  return (source.parsed ??= new TraceMap(source.map));
}
