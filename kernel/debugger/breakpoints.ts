/**
 * The user's breakpoints: which are wanted, by path, and which V8 has, by its names. One on a line without code moves to
 * the next that has some. Those that are wanted outlive V8's.
 */
import type { Debugger, Inspector } from "./inspector.js";
import { urlOf } from "./places.js";
import type { Places } from "./places.js";
import type { Sources } from "./sources.js";

/** A place where the user wants the code to stop. */
interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
}

export class Breakpoints {
  readonly #sources: Sources;
  readonly #places: Places;
  /** By path. */
  readonly #wanted = new Map<string, readonly Breakpoint[]>();
  /** V8's names of those that are set, by V8's name of the code. */
  readonly #set = new Map<string, string[]>();
  /** Where each of those is for the user. */
  readonly #resolved = new Map<string, { readonly path: string; readonly line: number }>();

  constructor(sources: Sources, places: Places) {
    this.#sources = sources;
    this.#places = places;
  }

  /** All that are wanted, as the protocol lists them. */
  all(): { source: string; breakpoints: readonly Breakpoint[] }[] {
    return [...this.#wanted].map(([source, breakpoints]) => ({ source, breakpoints }));
  }

  lines(path: string): number[] {
    return (this.#wanted.get(path) ?? []).map(({ line }) => line);
  }

  /** Takes a path's breakpoints in place of those it had; what is none is left out. */
  want(path: string, given: unknown): void {
    const wanted = (Array.isArray(given) ? (given as Record<string, unknown>[]) : [])
      .filter(({ line }) => Number.isInteger(line) && (line as number) >= 1)
      .map(({ line, condition }): Breakpoint => ({
        line: line as number,
        ...(typeof condition === "string" && condition !== "" && { condition }),
      }));
    if (wanted.length > 0) this.#wanted.set(path, wanted);
    else this.#wanted.delete(path);
  }

  /** Wants none any more. */
  clear(): void {
    this.#wanted.clear();
  }

  /** Forgets V8's: it is let go of. */
  forget(): void {
    this.#set.clear();
    this.#resolved.clear();
  }

  /** Sets a path's breakpoints in V8, where it has code for it. */
  async apply(inspector: Inspector, path: string, names = this.#sources.namesOf(path)): Promise<void> {
    for (const name of names) {
      for (const breakpointId of this.#set.get(name) ?? []) {
        this.#resolved.delete(breakpointId);
        await inspector.send("Debugger.removeBreakpoint", { breakpointId });
      }
      const set: string[] = [];
      const moved: Breakpoint[] = [];
      for (const one of this.#wanted.get(path) ?? []) {
        const place = this.#sources.generated(name, one.line);
        if (!place || moved.some(({ line }) => line === place.original)) continue;
        const { condition = "" } = one;
        const at = { url: urlOf(name), lineNumber: place.line - 1, columnNumber: place.column, condition };
        const answer = await inspector
          .send<Debugger.SetBreakpointByUrlReturnType>("Debugger.setBreakpointByUrl", at)
          .catch(() => undefined);
        if (!answer) continue;
        set.push(answer.breakpointId);
        this.#resolved.set(answer.breakpointId, { path, line: place.original });
        moved.push({ ...one, line: place.original });
      }
      this.#set.set(name, set);
      if (this.#wanted.has(path)) this.#wanted.set(path, moved);
    }
  }

  /** V8 has found a place for a breakpoint, which may be a later line. */
  found({ breakpointId, location }: Debugger.BreakpointResolvedEventDataType): void {
    const wanted = this.#resolved.get(breakpointId);
    const at = this.#places.original(location);
    if (!wanted || !at || at.line === wanted.line) return;
    const all = this.#wanted.get(wanted.path) ?? [];
    const isTaken = all.some(({ line }) => line === at.line);
    const moved = all.flatMap((one) => {
      if (one.line !== wanted.line) return [one];
      return isTaken ? [] : [{ ...one, line: at.line }];
    });
    this.#wanted.set(wanted.path, moved);
    this.#resolved.set(breakpointId, { ...wanted, line: at.line });
  }
}
