/**
 * What is read later is never missed: whatever a global, or a member of one, needs of a file that the first cell does
 * without, the cell has to name, and then the file is read before it is checked.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { ProgramHost } from "../../../kernel/language/host.js";
import { namesLater } from "../../../kernel/language/later.js";
import type { TypeScript } from "../../../kernel/language/typescript.js";
import { ts } from "../../../kernel/language/typescript.js";

/** The types that a signature or a property is made of, as far as they are unknown. */
class Library {
  readonly program: TypeScript.Program;
  readonly checker: TypeScript.TypeChecker;
  readonly globals: ReadonlyMap<string, TypeScript.Symbol>;

  constructor(whole: boolean) {
    const folder = mkdtempSync(path.join(tmpdir(), "chainrule-later-"));
    const host = new ProgramHost(folder, process.version);
    host.require([], `${folder}/__cell__.ts`, whole);
    this.program = host.program;
    this.checker = this.program.getTypeChecker();
    const all = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace;
    const place = this.program.getSourceFile(`${folder.replaceAll("\\", "/")}/__ambient__.d.ts`)!;
    const found = this.checker.getSymbolsInScope(place, all);
    this.globals = new Map(found.map((one) => [one.name, one]));
  }

  /** What a global has: its own type or value, its members, and of each what is `any` in it. */
  contents(name: string): Map<string, string> {
    const symbol = this.globals.get(name);
    const found = new Map<string, string>();
    if (!symbol) return found;
    const place = symbol.declarations?.[0];
    const types = [
      ...(symbol.flags & ts.SymbolFlags.Type ? [this.checker.getDeclaredTypeOfSymbol(symbol)] : []),
      ...(symbol.flags & ts.SymbolFlags.Value && place
        ? [this.checker.getTypeOfSymbolAtLocation(symbol, place)]
        : []),
    ];
    for (const type of types) {
      found.set("", this.#unknowns(type));
      for (const member of type.getProperties()) {
        const of = member.declarations?.[0] ?? place;
        // The name of a symbol ends with a number of this checker.
        const own = member.name.replace(/@\d+$/, "");
        if (of) found.set(own, this.#unknowns(this.checker.getTypeOfSymbolAtLocation(member, of)));
      }
    }
    return found;
  }

  /** A type, with the parameters and results of what it can be called with, each as "any" or "known". */
  #unknowns(type: TypeScript.Type): string {
    const is = (one: TypeScript.Type): string => {
      const parts = one.isUnion() ? one.types : [one];
      return parts.some((part) => part.flags & ts.TypeFlags.Any) ? "any" : "known";
    };
    const calls = [...type.getCallSignatures(), ...type.getConstructSignatures()].map((call) => {
      const parameters = call.parameters.map((parameter) => {
        const place = parameter.valueDeclaration ?? call.declaration;
        return place ? is(this.checker.getTypeOfSymbolAtLocation(parameter, place)) : "";
      });
      return `(${parameters.join(", ")}): ${is(call.getReturnType())}`;
    });
    return [is(type), ...calls.sort()].join(" ");
  }
}

it("a cell that needs it names it", () => {
  const first = new Library(false);
  const whole = new Library(true);
  const nodes = ({ program }: Library): number => program.getNodeCount();
  expect(nodes(first)).toBeLessThan(nodes(whole) / 3);
  const missed: string[] = [];
  for (const name of whole.globals.keys()) {
    // A module is reached by its import alone.
    if (namesLater(name) || name.startsWith('"')) continue;
    if (!first.globals.has(name)) {
      missed.push(name);
      continue;
    }
    const has = first.contents(name);
    for (const [member, unknowns] of whole.contents(name))
      if (has.get(member) !== unknowns && !namesLater(`${name}.${member}`))
        missed.push(`${name}.${member}: ${String(has.get(member))}, ${unknowns}`);
  }
  expect(missed).toEqual([]);
});
