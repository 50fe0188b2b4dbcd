/**
 * The public doors: "chainrule" is the classroom, "chainrule/display" and its like are whole rooms. Whoever can import a
 * function can import every type that it names; what is the library's own affair cannot be imported.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import {
  isDescribed,
  isOurs,
  manifest,
  methodsOf,
  movedTo,
  readDoors,
  typesNamedBy,
} from "./support/doors.js";
import { projectRoot } from "./support/shared.js";

const { checker, doors } = readDoors();
const root = doors.get("chainrule")!;
const names = (specifier: string): string[] => doors.get(specifier)!.map(({ name }) => name);
const all = [...doors.entries()].flatMap(([door, list]) => list.map((one) => ({ door, ...one })));

/** Rooms of the library that have no door: hosts are chosen, not imported. */
const private_ = ["host"];

describe("every room of the library", () => {
  const rooms = readdirSync(path.join(projectRoot, "lib"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !private_.includes(entry.name))
    .map(({ name }) => name);

  it.each(rooms)("%s has a door", (room) => {
    expect(manifest.exports[`./${room}`]).toEqual({
      types: `./dist/lib/${room}/index.d.ts`,
      default: `./dist/lib/${room}/index.js`,
    });
  });

  it("is found by TypeScript that does not read `exports`", () => {
    const expected = Object.entries(manifest.exports).flatMap(([subpath, { types }]) =>
      subpath === "." || types === undefined ? [] : [[subpath.slice(2), [types]]],
    );
    expect(manifest.typesVersions).toEqual({ "*": Object.fromEntries(expected) });
  });
});

describe("the doors", () => {
  it("have every type that a signature of theirs names", () => {
    const exported = new Set(all.map(({ meaning }) => meaning));
    const missing = new Map<string, Set<string>>();
    for (const { door, name, meaning } of all)
      for (const type of typesNamedBy(meaning, checker)) {
        if (exported.has(type) || isInner(type) || computedFrom.includes(type.name)) continue;
        const { fileName } = type.declarations![0].getSourceFile();
        const what = `${type.name} of ${path.relative(path.join(projectRoot, "dist"), fileName)}`;
        missing.set(what, (missing.get(what) ?? new Set()).add(`${name} of ${door}`));
      }
    expect([...missing].map(([what, by]) => `${what}, which ${[...by][0]} names`)).toEqual([]);
  });

  it("mean one thing by one name", () => {
    const meanings = new Map<string, Set<ts.Symbol>>();
    for (const { name, meaning } of all)
      if (name !== "default") meanings.set(name, (meanings.get(name) ?? new Set()).add(meaning));
    expect([...meanings].filter(([, those]) => those.size > 1).map(([name]) => name)).toEqual(inTwoHouses);
  });

  it("keep what is the library's own affair", () => {
    const internals = [
      "settle",
      "unwanted",
      "biasParameter",
      "checkStep",
      "checkRanges",
      "upstream",
      "rounded",
    ];
    expect(all.filter(({ name }) => internals.includes(name)).map(({ name }) => name)).toEqual([]);
  });

  it("have every forward, backward and step in chainrule/functions", () => {
    const functions = new Set(names("chainrule/functions"));
    const elsewhere = all
      .filter(({ meaning }) => meaning.flags & ts.SymbolFlags.Function)
      .filter(
        ({ name }) => /(Forward|Backward|Step)$/.test(name) && !["trainStep", "rivalStep"].includes(name),
      )
      .filter(({ name }) => !functions.has(name));
    expect(elsewhere.map(({ name }) => name)).toEqual([]);
  });
});

/** The kernel's contract and the library's displays each say what a MIME bundle is: neither knows the other. */
const inTwoHouses = ["MimeBundle"];

/** What OperationKinds is computed from: its members are what a user names, `OperationKinds["conv2d"]["cache"]`. */
const computedFrom = ["operations", "KindOf"];

/** A type declared inside another: a type parameter's constraint, a member. */
const isInner = (type: ts.Symbol): boolean =>
  !isOurs(type) || !type.declarations!.some(({ parent }) => ts.isSourceFile(parent) || isVariable(parent));
const isVariable = (node: ts.Node): boolean => ts.isVariableDeclarationList(node);

describe("what a name is", () => {
  it("is said in a sentence, before any example", () => {
    const silent = all
      .filter(({ meaning }) => isOurs(meaning))
      .filter(({ meaning }) => !isDescribed(meaning, checker));
    expect([...new Set(silent.map(({ name, door }) => `${name} of ${door}`))]).toEqual([]);
  });

  it("is said of every method of a class or interface", () => {
    const silent = all
      .filter(({ meaning }) => isOurs(meaning))
      .flatMap(({ name, meaning }) =>
        methodsOf(meaning, checker)
          .filter((method) => method.name !== "toString" && !isDescribed(method, checker))
          .map((method) => `${name}.${method.name}`),
      );
    expect([...new Set(silent)]).toEqual([]);
  });
});

describe('the door "chainrule"', () => {
  const classroom = new Set(root.filter((one) => movedTo(one) === undefined).map(({ name }) => name));

  it("still has every name of version 0.1", () => {
    const before = readFileSync(path.join(projectRoot, "test/fixtures/names-0.1.txt"), "utf8")
      .trim()
      .split("\n");
    expect(before.length).toBe(683);
    const now = new Set(names("chainrule"));
    expect(before.filter((name) => !now.has(name))).toEqual([]);
  });

  it("says of each name that has moved where it lives", () => {
    const lost = root.filter((one) => {
      const door = movedTo(one);
      return door !== undefined && !doors.get(door)?.some(({ meaning }) => meaning === one.meaning);
    });
    expect(lost.map(({ name }) => name)).toEqual([]);
    expect(root.length - classroom.size).toBeGreaterThan(300);
  });

  it("has in a room's door all that it has of the room", () => {
    const elsewhere = new Set(all.filter(({ door }) => door !== "chainrule").map(({ meaning }) => meaning));
    expect(root.filter(({ meaning }) => !elsewhere.has(meaning)).map(({ name }) => name)).toEqual([]);
  });

  it("keeps in the classroom all that notebooks, problem sets and the README import from it", () => {
    const folder = path.join(projectRoot, "notebooks");
    const notebooks = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ipynb") && !file.includes(".ipynb_checkpoints"))
      .map((file) => path.join(folder, file));
    expect(notebooks.length).toBeGreaterThan(30);
    const moved = [...notebooks, path.join(projectRoot, "README.md")].flatMap((file) =>
      importedFrom("chainrule", sourceOf(file))
        .filter((name) => !classroom.has(name))
        .map((name) => `${path.basename(file)}: ${name}`),
    );
    expect(moved).toEqual([]);
  });
});

/** The code of a notebook, or the blocks of a Markdown page. */
function sourceOf(file: string): string {
  if (!existsSync(file)) throw new Error(`${file} is not there.`);
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".md"))
    return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code).join("\n");
  const { cells } = JSON.parse(text) as { cells: { source: string | string[] }[] };
  return cells.map(({ source }) => (typeof source === "string" ? source : source.join(""))).join("\n");
}

function importedFrom(specifier: string, text: string): string[] {
  return [...text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/g)]
    .filter(([, , from]) => from === specifier)
    .flatMap(([, list]) => list.replace(/\/\/.*$/gm, "").split(","))
    .map(
      (item) =>
        item
          .trim()
          .replace(/^type\s+/, "")
          .split(/\s+as\s+/)[0],
    )
    .filter(Boolean);
}
