/**
 * The rules of the house. In lib the flow is array → layers → losses, optim → engine → net → check, train, and no
 * room imports one further along it; display, data and formats know array alone, and the rooms that have something to show
 * know display; lib and kernel do not know each other; and
 * Node is touched in few places, so that a browser build stays possible.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectRoot } from "./support/shared.js";

/** What each room of lib may import, apart from itself. */
const rooms: Record<string, readonly string[]> = {
  array: [],
  layers: ["array"],
  losses: ["array", "layers"],
  optim: ["array", "layers"],
  engine: ["array", "layers", "losses", "optim"],
  net: ["array", "layers", "losses", "engine", "display"],
  check: ["array", "layers", "losses", "optim", "engine", "net", "display"],
  train: ["array", "layers", "losses", "optim", "engine", "net", "signal", "data", "formats", "display"],
  data: ["array", "signal", "formats"],
  formats: ["array"],
  signal: ["array"],
  display: ["array", "signal"],
  exchange: ["array", "layers", "losses", "optim", "engine", "net", "formats"],
  models: ["array", "layers", "losses", "optim", "engine", "net", "train", "data", "formats", "exchange"],
  ad: ["array", "display"],
  vision: ["array", "signal", "layers", "losses", "optim", "engine", "net", "data", "display"],
};

/** Files of lib that may use Node: the data cache, worker pools, a search's journal, and the one that finds fonts and the SVG renderer. */
const mayUseNode = [
  /^lib\/data\/(files|image-folder|lock|partial-file)\.ts$/,
  /^lib\/engine\/wasm\/threads\.ts$/,
  /^lib\/train\/search\/(journal|processes)\.ts$/,
  /^lib\/display\/figure\/rasterize\.ts$/,
];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  /** The file it leads to, from the root; the specifier itself for a package. */
  readonly target: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  const entries = readdirSync(join(projectRoot, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("assembly"))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)));
}

/** Every import, export … from and import() of a source text. */
function importsOf(file: string, text = readFileSync(join(projectRoot, file), "utf8")): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Expression | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const name = specifier.text;
    const target = name.startsWith(".")
      ? relative(projectRoot, resolve(projectRoot, dirname(file), name)).replace(/\.js$/, ".ts")
      : name;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ file, line, specifier: name, target, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, onlyTypes(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node, node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false; // imported for what it does
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((e) => e.isTypeOnly)
  );
}

const roomOf = (path: string): string | undefined => /^lib\/([^/]+)\//.exec(path)?.[1];

/** Says which rule an import breaks, or nothing. */
function offence({ file, target, typeOnly }: Import): string | undefined {
  const node = target.startsWith("node:");
  if (file.startsWith("kernel/"))
    return target.startsWith("lib/") || target === "chainrule" ? "kernel imports lib" : undefined;
  if (file === "lib/plugin.ts" && target === "kernel/plugins/contract.ts")
    return typeOnly ? undefined : "lib/plugin.ts may import types only";
  if (target.startsWith("kernel/")) return "lib imports kernel";
  if (node) return mayUseNode.some((allowed) => allowed.test(file)) ? undefined : "lib touches Node";
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === undefined || !target.startsWith("lib/") || from === to) return undefined; // index.ts and plugin.ts know all rooms
  // A search's processes give the library to functions of its users.
  if (file === "lib/train/search/library.ts" && /^lib\/\w+\/index\.ts$/.test(target)) return undefined;
  if (to === undefined) return `lib/${from} imports the public door`;
  if (rooms[from] === undefined)
    return `lib/${from} is a room that this test does not know; say what it may import`;
  if (rooms[from].includes(to)) return undefined;
  // A type costs nothing at run time: a picture may name what it is a picture of, a layer its optimiser's type.
  const mayName = ["display", "data", "formats"].includes(from) && typeOnly;
  return mayName ? undefined : `lib/${from} imports lib/${to}`;
}

const complaints = (imports: readonly Import[]): string[] =>
  imports.flatMap((one) => {
    const broken = offence(one);
    return broken ? [`${one.file}:${one.line}: ${broken} ("${one.specifier}")`] : [];
  });

const files = [...sources("lib"), ...sources("kernel")];

describe("the rules of the house", () => {
  it("are kept by every import", () => {
    const imports = files.flatMap((file) => importsOf(file));
    expect(imports.length).toBeGreaterThan(100);
    expect(complaints(imports)).toEqual([]);
  });

  it("are a flow without a way back", () => {
    const reaches = (from: string, goal: string): boolean =>
      rooms[from].some((next) => next === goal || reaches(next, goal));
    expect(Object.keys(rooms).filter((room) => reaches(room, room))).toEqual([]);
  });

  it("notice an import against the flow", () => {
    const bad = (file: string, text: string): string[] => complaints(importsOf(file, text));
    expect(
      bad("lib/layers/a.ts", 'import { x } from "../array/tensor.js";\nimport { y } from "../net/pass.js";'),
    ).toEqual(['lib/layers/a.ts:2: lib/layers imports lib/net ("../net/pass.js")']);
    expect(bad("lib/layers/a.ts", 'import type { y } from "../net/pass.js";')).toHaveLength(1);
    expect(bad("lib/display/a.ts", 'import type { y } from "../net/pass.js";')).toEqual([]);
    expect(bad("lib/display/a.ts", 'import { type y } from "../net/pass.js";')).toEqual([]);
    expect(bad("lib/display/a.ts", 'import { y } from "../net/pass.js";')).toHaveLength(1);
    expect(bad("lib/display/a.ts", 'export { y } from "../net/pass.js";')).toHaveLength(1);
    expect(bad("lib/net/a.ts", 'const y = await import("../train/fit.js");')).toHaveLength(1);
    expect(bad("lib/net/a.ts", 'import "../index.js";')).toEqual([
      'lib/net/a.ts:1: lib/net imports the public door ("../index.js")',
    ]);
    expect(bad("lib/net/a.ts", 'import { readFileSync } from "node:fs";')).toEqual([
      'lib/net/a.ts:1: lib touches Node ("node:fs")',
    ]);
    expect(bad("lib/data/files.ts", 'import { readFileSync } from "node:fs";')).toEqual([]);
    expect(bad("lib/net/a.ts", 'type A = import("../../kernel/cells/output.js").A;')).toHaveLength(1);
    expect(bad("lib/plugin.ts", 'import type { Plugin } from "../kernel/plugins/contract.js";')).toEqual([]);
    expect(bad("lib/plugin.ts", 'import { Plugin } from "../kernel/plugins/contract.js";')).toHaveLength(1);
    expect(bad("kernel/jupyter/main.ts", 'import { zeros } from "../../lib/index.js";')).toHaveLength(1);
    expect(bad("kernel/jupyter/main.ts", 'import { zeros } from "chainrule";')).toHaveLength(1);
  });

  it("every file says what it is in its first lines", () => {
    const silent = files.filter(
      (file) =>
        !readFileSync(join(projectRoot, file), "utf8")
          .trimStart()
          .replace(/^#!.*\n/, "")
          .startsWith("/**"),
    );
    expect(silent).toEqual([]);
  });
});
