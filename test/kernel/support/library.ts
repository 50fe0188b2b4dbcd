/**
 * Which globals, members and functions of Node's modules the declarations name that cells are checked against, and
 * which of them a Node has: what `kernel/language/library.ts` is generated from.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import ts from "typescript";
import { homeOf } from "../../../kernel/language/library-names.js";
import { projectRoot } from "../../support/shared.js";

/** One thing to look for. */
interface Probe {
  /** As the table names it. */
  readonly key: string;
  /** The module that it is in; absent: the global scope. */
  readonly module?: string;
  /** The names that lead to the object that should have it. */
  readonly path: readonly string[];
  readonly name: string;
  /** Whether every JavaScript of this year should have it, and not only some Node. */
  readonly isStandard: boolean;
}

/** What the kernel itself gives to cells, and what is in the scope of CommonJS modules only. */
const NOT_GLOBAL = new Set(["require", "module", "exports", "__dirname", "__filename", "globalThis", "gc"]);

/** Members that objects of many kinds have, whatever their class. */
const SHAPES = new Set(["prototype", "next", "return", "throw"]);

let known: readonly Probe[] | undefined;

/** Everything that the declarations promise. */
function probes(): readonly Probe[] {
  return (known ??= promised());
}

function promised(): Probe[] {
  const file = path.join(projectRoot, "library-probe.ts");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    lib: ["lib.esnext.d.ts"],
    types: ["node"],
    typeRoots: [path.join(projectRoot, "node_modules/@types")],
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
    strict: true,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language) =>
    name === file ? ts.createSourceFile(name, "export {};", language) : read(name, language);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const found = new Map<string, Probe>();

  const add = (symbol: ts.Symbol, place: Pick<Probe, "module" | "path">): void => {
    const home = homeOf(symbol);
    if (!home || symbol.name.startsWith("__@") || SHAPES.has(symbol.name)) return;
    // Many modules have an object of that name.
    if (home.container === "constants") return;
    const key = home.container === undefined ? symbol.name : `${home.container}.${symbol.name}`;
    const isCallable = checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0;
    // A field of instances need not be in the prototype.
    if (place.path.at(-1) === "prototype" && !isCallable && !home.isStandard) return;
    const isStandard = home.isStandard && (isCallable || home.container === undefined);
    const probe: Probe = { key, ...place, name: symbol.name, isStandard };
    found.set(`${probe.module ?? ""} ${probe.path.join(".")} ${key}`, probe);
  };
  const visit = (symbol: ts.Symbol, place: Pick<Probe, "module" | "path">, depth: number): void => {
    const type = checker.getTypeOfSymbol(symbol);
    const isObject = (symbol.flags & (ts.SymbolFlags.Value & ~ts.SymbolFlags.Enum)) !== 0;
    if (!isObject || depth > 2) return;
    const own = { ...place, path: [...place.path, symbol.name] };
    for (const member of type.getProperties()) {
      add(member, own);
      if (symbol.flags & ts.SymbolFlags.NamespaceModule && homeOf(symbol)?.isStandard)
        visit(member, own, depth + 1);
    }
    const prototype = type.getProperty("prototype");
    if (!prototype) return;
    for (const member of checker.getTypeOfSymbol(prototype).getProperties())
      add(member, { ...own, path: [...own.path, "prototype"] });
  };
  const source = program.getSourceFile(file)!;
  for (const symbol of checker.getSymbolsInScope(source, ts.SymbolFlags.Value)) {
    // A module that is declared by name is found below.
    if (NOT_GLOBAL.has(symbol.name) || symbol.name.startsWith('"') || !homeOf(symbol)) continue;
    add(symbol, { path: [] });
    visit(symbol, { path: [] }, 0);
  }
  for (const module of checker.getAmbientModules()) {
    const name = module.name.slice(1, -1);
    if (!name.startsWith("node:")) continue;
    const place = { module: name, path: [] };
    found.set(name, { key: name, ...place, name: "", isStandard: false });
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      if (!(target.flags & ts.SymbolFlags.Value)) continue;
      add(target, place);
      visit(target, place, 1);
    }
  }
  return [...found.values()];
}

/** Run by a Node: answers for each probe whether it is there. */
const LOOK = `
const { createRequire } = require("node:module");
let input = "";
process.stdin.on("data", (data) => (input += data)).on("end", () => {
  const answers = JSON.parse(input).map(({ module, path, name }) => {
    try {
      let at = module === undefined ? globalThis : require(module);
      for (const step of path) {
        if (!(step in at)) return false;
        at = Object.getOwnPropertyDescriptor(at, step)?.value ?? at[step];
      }
      return name === "" || name in at;
    } catch { return false; }
  });
  process.stdout.write(JSON.stringify(answers));
});`;

/** The keys of what a Node has. */
export function had(node: string): ReadonlySet<string> {
  const { stdout, stderr } = spawnSync(node, ["-e", LOOK], {
    input: JSON.stringify(probes()),
    encoding: "utf8",
  });
  if (!stdout) throw new Error(stderr);
  const answers = JSON.parse(stdout) as boolean[];
  return new Set(probes().flatMap(({ key }, i) => (answers[i] ? [key] : [])));
}

/** What not all of some Nodes have of what the declarations promise: the versions that have it, by key. */
export function library(nodes: ReadonlyMap<number, ReadonlySet<string>>): Map<string, readonly number[]> {
  const versions = [...nodes.keys()];
  const having = (key: string): number[] => versions.filter((version) => nodes.get(version)!.has(key));
  const found = new Map<string, readonly number[]>();
  for (const { key, isStandard, path, module } of probes()) {
    const by = having(key);
    const isGlobal = module === undefined && !path.length;
    // What no Node has is a field of instances, or a promise of the declarations alone, unless the language has it or it
    // is a global, which a flag of Node may bring.
    if (by.length === versions.length || (!by.length && !isStandard && !isGlobal)) continue;
    // What a class or module lacks that is not there itself goes without saying.
    const goesWithout = [module, ...path].some(
      (outer) =>
        outer !== undefined &&
        (key.startsWith(`${outer}.`) || key.startsWith(`${outer}Constructor.`)) &&
        String(having(outer)) === String(by),
    );
    if (goesWithout) continue;
    found.set(key, by);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The globals of this Node that the declarations do not name. */
export function undeclared(): string[] {
  const declared = new Set(
    probes().flatMap(({ path, module, name }) => (path.length || module ? [] : [name])),
  );
  return Object.getOwnPropertyNames(globalThis).filter(
    (name) => !declared.has(name) && !NOT_GLOBAL.has(name),
  );
}
