/** The library's doors as the type checker sees them: the built declarations that package.json's `exports` name. */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { projectRoot } from "./shared.js";

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types?: string; readonly default?: string }>>;
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as Manifest;

/** One name of a door. */
export interface DoorName {
  readonly name: string;
  /** As the door has it: with the deprecation that the door adds. */
  readonly exported: ts.Symbol;
  /** What it is, where it is declared. */
  readonly meaning: ts.Symbol;
}

const built = path.join(projectRoot, "dist");

interface Doors {
  readonly checker: ts.TypeChecker;
  readonly doors: ReadonlyMap<string, readonly DoorName[]>;
}

/** The unit tests share their modules, and so what takes seconds to read. */
let known: Doors | undefined;

/** Doors by specifier: "chainrule", "chainrule/display" … */
export const readDoors = (): Doors => (known ??= read());

function read(): Doors {
  const files = new Map(
    Object.entries(manifest.exports).flatMap(([subpath, { types }]) =>
      types === undefined ? [] : [[`chainrule${subpath.slice(1)}`, path.join(projectRoot, types)] as const],
    ),
  );
  const program = ts.createProgram([...files.values()], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const doors = new Map<string, readonly DoorName[]>();
  for (const [specifier, file] of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${specifier}: ${file} is not there; run npm run build first.`);
    const names = checker.getExportsOfModule(module).map((exported) => ({
      name: exported.name,
      exported,
      meaning: exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported,
    }));
    doors.set(specifier, names);
  }
  return { checker, doors };
}

/** What of all doors takes a tensor, be it in an object, a list or a map. */
export interface Takers {
  readonly functions: readonly string[];
  /** Classes that are not abstract: their constructor, or a method, takes one. */
  readonly classes: readonly string[];
}

/** Every public function and class that takes a tensor. Networks, layers and data sets hold tensors, and are classes of their own. */
export function takersOfTensors(): Takers {
  const { checker, doors } = readDoors();
  const meanings = new Map([...doors.values()].flat().map((one) => [one.meaning, one.name]));
  const functions = new Set<string>();
  const classes = new Set<string>();
  const takes = (type: ts.Type, at: ts.Node): boolean =>
    [...type.getCallSignatures(), ...type.getConstructSignatures()].some(({ parameters }) =>
      parameters.some((one) => holdsTensor(checker.getTypeOfSymbolAtLocation(one, at), at, checker)),
    );
  for (const [meaning, name] of meanings) {
    const at = meaning.valueDeclaration;
    if (at === undefined) continue;
    const type = checker.getTypeOfSymbolAtLocation(meaning, at);
    if (!(meaning.flags & ts.SymbolFlags.Class)) {
      if (takes(type, at)) functions.add(name);
      continue;
    }
    if (ts.getCombinedModifierFlags(at as ts.ClassDeclaration) & ts.ModifierFlags.Abstract) continue;
    const members = checker.getDeclaredTypeOfSymbol(meaning).getProperties();
    const types = [type, ...members.map((one) => checker.getTypeOfSymbolAtLocation(one, at))];
    if (types.some((one) => takes(one, at))) classes.add(name);
  }
  return { functions: [...functions], classes: [...classes] };
}

/** How deep tensors are looked for in objects. */
const DEPTH = 4;

function holdsTensor(
  type: ts.Type,
  at: ts.Node,
  checker: ts.TypeChecker,
  depth = DEPTH,
  seen = new Set<ts.Type>(),
): boolean {
  if (seen.has(type) || depth < 0) return false;
  seen.add(type);
  const holds = (inner: ts.Type, deep = depth): boolean => holdsTensor(inner, at, checker, deep, seen);
  if (type.isUnionOrIntersection()) return type.types.some((one) => holds(one));
  const name = type.aliasSymbol?.name ?? (type.getSymbol() as ts.Symbol | undefined)?.name;
  if (name === "Tensor" || name === "NdArray" || name === "NumberList") return true;
  const symbol = type.getSymbol() as ts.Symbol | undefined;
  if ((symbol?.flags ?? 0) & ts.SymbolFlags.Class || type.getCallSignatures().length > 0) return false;
  const index = type.getStringIndexType();
  if (index !== undefined && holds(index)) return true;
  if (checker.getTypeArguments(type as ts.TypeReference).some((one) => holds(one))) return true;
  if (symbol === undefined || !isOurs(symbol)) return false;
  return type.getProperties().some((one) => holds(checker.getTypeOfSymbolAtLocation(one, at), depth - 1));
}

/** Whether a symbol is declared in this project. */
export const isOurs = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((one) => one.getSourceFile().fileName.startsWith(`${built}/`)) ?? false;

/** The types of this project that a declaration names, wherever it names them. */
export function typesNamedBy(symbol: ts.Symbol, checker: ts.TypeChecker): Set<ts.Symbol> {
  const found = new Set<ts.Symbol>();
  const nameOf = (node: ts.Node): ts.Node | undefined => {
    if (ts.isTypeReferenceNode(node)) return node.typeName;
    if (ts.isExpressionWithTypeArguments(node)) return node.expression;
    if (ts.isTypeQueryNode(node)) return node.exprName;
    return ts.isImportTypeNode(node) ? node.qualifier : undefined;
  };
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    const named = name && checker.getSymbolAtLocation(name);
    if (named) {
      const type = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
      if (!(type.flags & ts.SymbolFlags.TypeParameter) && isOurs(type)) found.add(type);
    }
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? [])
    if (declaration.getSourceFile().fileName.startsWith(`${built}/`)) visit(declaration);
  return found;
}

/** Whether a symbol's doc comment, or that of what it overrides, begins with words and not with an example. */
export function isDescribed(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  const tags = symbol.getJsDocTags(checker);
  if (text === "") return symbol.flags & CALLABLE ? tags.some(({ name }) => name === "returns") : false;
  return !symbol.declarations?.some((one) => /^\/\*\*\s*\n\s*\* {4}/.test(docOf(one)));
}

const CALLABLE = ts.SymbolFlags.Method | ts.SymbolFlags.Accessor;

function docOf(declaration: ts.Declaration): string {
  const [doc] = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc);
  return doc?.getText() ?? "";
}

/** The methods and accessors that a class or interface declares itself, but for those that a symbol names. */
export function methodsOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const members = (symbol.declarations ?? []).flatMap((one): readonly (ts.ClassElement | ts.TypeElement)[] =>
    ts.isClassDeclaration(one) || ts.isInterfaceDeclaration(one) ? one.members : [],
  );
  return members
    .filter((one) => ts.isMethodDeclaration(one) || ts.isMethodSignature(one) || ts.isAccessor(one))
    .filter(({ name }) => name !== undefined && ts.isIdentifier(name))
    .map(({ name }) => checker.getSymbolAtLocation(name!)!);
}

/** Where a deprecated name says that it lives; undefined for one that is not deprecated. */
export function movedTo({ exported }: DoorName): string | undefined {
  const tag = exported.getJsDocTags().find(({ name }) => name === "deprecated");
  if (!tag) return undefined;
  return /"(chainrule\/[a-z]+)"/.exec(ts.displayPartsToString(tag.text))?.[1] ?? "nowhere";
}
