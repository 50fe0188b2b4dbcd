/**
 * A compiler that remembers its answers. The instructor's cells are the same for every submission, so the compiler gives
 * the same answers after the same calls, and need not be started again. A call that was never made before starts the
 * compiler and repeats all earlier calls to it.
 */
import { createHash } from "node:crypto";
import type { HintPlace } from "../language/hints.js";
import type {
  CellDiagnostic,
  Completeness,
  Completions,
  Conversion,
  DeclaredName,
  Inspection,
  Definition,
  FormatOptions,
  Language,
  RenameRequest,
  Renamed,
  Signatures,
  TextChange,
} from "../language/language.js";

/** The answers, by the call and all calls before it. */
export type Memory = Map<string, unknown>;

type Call = [method: keyof Language, ...parts: unknown[]];

export class RememberingLanguage implements Language {
  readonly #memory: Memory;
  readonly #start: () => Language;
  readonly #calls: Call[] = [];
  #live: Language | undefined;
  /** A key for all calls so far. */
  #key = "";
  #queue: Promise<unknown> = Promise.resolve();

  /**
   * @param memory what is known; new answers are added
   * @param start starts the compiler, when it is needed
   */
  constructor(memory: Memory, start: () => Language) {
    this.#memory = memory;
    this.#start = start;
  }

  convert(code: string, name: string): Promise<Conversion> {
    return this.#ask("convert", code, name) as Promise<Conversion>;
  }

  commit(id: number, bound: readonly string[]): Promise<void> {
    return this.#ask("commit", id, bound) as Promise<void>;
  }

  complete(code: string, position: number): Promise<Completions> {
    return this.#ask("complete", code, position) as Promise<Completions>;
  }

  inspect(code: string, position: number): Promise<Inspection | undefined> {
    return this.#ask("inspect", code, position) as Promise<Inspection | undefined>;
  }

  missingImport(code: string, position: number): Promise<TextChange | undefined> {
    return this.#ask("missingImport", code, position) as Promise<TextChange | undefined>;
  }

  definition(code: string, position: number): Promise<Definition[]> {
    return this.#ask("definition", code, position) as Promise<Definition[]>;
  }

  signatures(code: string, position: number): Promise<Signatures | undefined> {
    return this.#ask("signatures", code, position) as Promise<Signatures | undefined>;
  }

  rename(request: RenameRequest): Promise<Renamed> {
    return this.#ask("rename", request) as Promise<Renamed>;
  }

  format(code: string, options: FormatOptions): Promise<TextChange[]> {
    return this.#ask("format", code, options) as Promise<TextChange[]>;
  }

  isComplete(code: string): Promise<Completeness> {
    return this.#ask("isComplete", code) as Promise<Completeness>;
  }

  check(code: string): Promise<CellDiagnostic[]> {
    return this.#ask("check", code) as Promise<CellDiagnostic[]>;
  }

  declaredNames(): Promise<DeclaredName[]> {
    return this.#ask("declaredNames") as Promise<DeclaredName[]>;
  }

  magicLines(code: string): Promise<number[]> {
    return this.#ask("magicLines", code) as Promise<number[]>;
  }

  npmSpecifiers(code: string): Promise<string[]> {
    return this.#ask("npmSpecifiers", code) as Promise<string[]>;
  }

  packagesChanged(): Promise<void> {
    return this.#ask("packagesChanged") as Promise<void>;
  }

  reset(): Promise<void> {
    return this.#ask("reset") as Promise<void>;
  }

  setAmbientTypes(key: string, declarations: string): Promise<void> {
    return this.#ask("setAmbientTypes", key, declarations) as Promise<void>;
  }

  projectNote(): Promise<string | undefined> {
    return this.#ask("projectNote") as Promise<string | undefined>;
  }

  setHint(type: string, place: HintPlace, hint: string): Promise<void> {
    return this.#ask("setHint", type, place, hint) as Promise<void>;
  }

  addPackage(name: string, root: string): Promise<void> {
    return this.#ask("addPackage", name, root) as Promise<void>;
  }

  /** Called when the session is idle; it changes no answer, so there is nothing to do. */
  prepare(): Promise<void> {
    return this.#live?.prepare() ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#live?.close();
  }

  #ask(...call: Call): Promise<unknown> {
    const answer = this.#queue.then(() => this.#answer(call));
    this.#queue = answer.catch(() => {});
    return answer;
  }

  async #answer(call: Call): Promise<unknown> {
    this.#key = createHash("sha256").update(this.#key).update(JSON.stringify(call)).digest("hex");
    if (this.#live === undefined && this.#memory.has(this.#key)) {
      this.#calls.push(call);
      return this.#memory.get(this.#key);
    }
    if (this.#live === undefined) {
      this.#live = this.#start();
      for (const earlier of this.#calls.splice(0)) await perform(this.#live, earlier);
    }
    const value = await perform(this.#live, call);
    this.#memory.set(this.#key, value);
    return value;
  }
}

function perform(language: Language, [method, ...parts]: Call): Promise<unknown> {
  return (language[method] as (...parts: unknown[]) => Promise<unknown>).apply(language, parts);
}
