/**
 * Breaks one place of a real source file and loads the result, to see whether the tests notice.
 *
 * A place is named by what it computes: an equation of the derivation, "(2)", or a function, "forEachTap". What is
 * broken there is said as a pattern: TypeScript in which a name with a dollar stands for any expression, and one with
 * two dollars for any name. So `$dx += $share` is whatever is summed up, however its variables are called and however
 * its lines are broken. A mutant that fits nowhere, or at two places, is an error that says what stands there now.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { projectRoot } from "./shared.js";

export interface Mutant {
  /** What is wrong with the mutant, the end of the sentence "it is caught when …". */
  readonly what: string;
  /** An equation's number, a function's name, or both: "(2)", "forEachTap", "softmaxBackward (3)". */
  readonly at: string;
  /** What is right; each name with a dollar is any expression, the same wherever it comes again. */
  readonly from: string;
  /** What it becomes. */
  readonly to: string;
}

/**
 * A module with one place of its source changed; its imports are the real modules. Without a mutant it is the module
 * as it is.
 * @param file  path from the project's root: "lib/layers/convolution/conv2d.ts"
 * @throws when the mutant does not fit exactly one place
 */
export async function mutated(file: string, mutant?: Mutant): Promise<Record<string, unknown>> {
  const path = join(projectRoot, file);
  const source = readFileSync(path, "utf8");
  return load(path, mutant ? mutate(file, source, mutant) : source);
}

/** The module that another text makes of a source file. */
async function load(path: string, source: string): Promise<Record<string, unknown>> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const modules = new Map<string, unknown>();
  for (const [, specifier] of outputText.matchAll(/require\("([^"]+)"\)/g)) {
    const neighbour = resolve(dirname(path), specifier.replace(/\.js$/, ".ts"));
    modules.set(specifier, await imported(existsSync(neighbour) ? neighbour : specifier));
  }
  const exports: Record<string, unknown> = {};
  new Function("require", "exports", outputText)((specifier: string) => modules.get(specifier), exports);
  return exports;
}

/** Modules that mutants have imported: to ask for each again takes longer than to try most mutants. */
const known = new Map<string, Promise<unknown>>();

function imported(name: string): Promise<unknown> {
  const before = known.get(name);
  if (before) return before;
  const module = import(name) as Promise<unknown>;
  known.set(name, module);
  return module;
}

/** The source with the mutant's change. @throws when the mutant does not fit exactly one place */
export function mutate(file: string, source: string, { what, at, from, to }: Mutant): string {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const complain = (problem: string): Error =>
    new Error(`The mutant "${what}" of ${file} ${problem}; write it anew for what the file says now.`);
  const [, name, equation] = /^(\w*)\s*(\(\d+\))?$/.exec(at) ?? [];
  if (!name && !equation)
    throw complain(`has no place: ${JSON.stringify(at)} is no equation and no function`);

  const within = name ? functionsCalled(name, tree) : [tree];
  if (within.length === 0) throw complain(`looks into a function ${name}, which is not there`);
  const places = equation ? within.flatMap((node) => statementsOf(equation, node, tree)) : within;
  if (places.length === 0) throw complain(`looks for equation ${at}, which no line bears`);

  const pattern = parsed(from);
  const hits = new Map<ts.Node, Bindings>();
  for (const place of places) {
    visit(place, (node) => {
      const bindings: Bindings = new Map();
      if (fits(pattern, node, bindings)) hits.set(node, bindings);
    });
  }
  if (hits.size !== 1) {
    const shown = hits.size === 0 ? places : [...hits.keys()];
    const lines = shown.map((node) => {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      return `  line ${line + 1}: ${node.getText().split("\n")[0]}`;
    });
    throw complain(`fits ${hits.size} places, not one, with ${JSON.stringify(from)}:\n${lines.join("\n")}\n`);
  }
  const [[hit, bindings]] = hits;
  const text = source.slice(0, hit.getStart()) + written(to, bindings, hit) + source.slice(hit.getEnd());
  if (text === source) throw complain("changes nothing");
  return text;
}

/** What the names with a dollar stand for. */
type Bindings = Map<string, ts.Node>;

/** The tree of a pattern: of its expression, or of its one statement. */
function parsed(pattern: string): ts.Node {
  // What begins with a brace is an object and no block.
  const text = pattern.startsWith("{") ? `(${pattern})` : pattern;
  const { statements } = ts.createSourceFile("pattern.ts", text, ts.ScriptTarget.Latest, true);
  const [statement] = statements;
  if (statements.length !== 1) throw new Error(`A pattern is one expression or statement: ${pattern}`);
  if (pattern.endsWith(";")) return statement;
  if (ts.isVariableStatement(statement)) return statement.declarationList;
  return ts.isExpressionStatement(statement) ? statement.expression : statement;
}

/** Whether a piece of source has the form of the pattern; fills in what its names stand for. */
function fits(pattern: ts.Node, node: ts.Node, bindings: Bindings): boolean {
  if (ts.isIdentifier(pattern) && pattern.text.startsWith("$")) {
    if (pattern.text.startsWith("$$") && !ts.isIdentifier(node)) return false;
    const before = bindings.get(pattern.text);
    if (before) return before.getText() === node.getText();
    bindings.set(pattern.text, node);
    return true;
  }
  const [bare, bareNode] = [unwrapped(pattern), unwrapped(node)];
  if (bare.kind !== bareNode.kind || signOf(bare) !== signOf(bareNode)) return false;
  const [parts, nodes] = [partsOf(bare), partsOf(bareNode)];
  if (parts.length === 0) return nodes.length === 0 && bare.getText() === bareNode.getText();
  return parts.length === nodes.length && parts.every((part, i) => fits(part, nodes[i], bindings));
}

/** An expression without the parentheses around it. */
function unwrapped(node: ts.Node): ts.Node {
  return ts.isParenthesizedExpression(node) ? unwrapped(node.expression) : node;
}

function partsOf(node: ts.Node): ts.Node[] {
  const parts: ts.Node[] = [];
  ts.forEachChild(node, (part) => void parts.push(part));
  return parts;
}

/** The sign of −x, !x, x++ and the like, which is no node of its own. */
function signOf(node: ts.Node): ts.SyntaxKind | undefined {
  return ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node) ? node.operator : undefined;
}

/** Goes through a piece of source, but for parentheses, which no pattern means. */
function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  if (!ts.isParenthesizedExpression(node)) see(node);
  ts.forEachChild(node, (part) => visit(part, see));
}

/** The functions, methods and constants of this name. */
function functionsCalled(name: string, tree: ts.SourceFile): ts.Node[] {
  const found: ts.Node[] = [];
  visit(tree, (node) => {
    const isFunction =
      ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isVariableDeclaration(node);
    if (isFunction && node.name?.getText() === name) found.push(node);
  });
  return found;
}

/** The statements that end on a line marked with the equation: `dX[at] += W[k] * dY[n]; // (2)`. */
function statementsOf(equation: string, within: ts.Node, tree: ts.SourceFile): ts.Node[] {
  const lines = tree.text.split("\n");
  const marked = new Set<number>();
  lines.forEach((line, i) => {
    const [, comment = ""] = /\/\/(.*)$/.exec(line) ?? [];
    if (comment.includes(equation)) marked.add(i);
  });
  const found: ts.Node[] = [];
  visit(within, (node) => {
    if (!ts.isStatement(node)) return;
    if (marked.has(tree.getLineAndCharacterOfPosition(node.getEnd()).line)) found.push(node);
  });
  return found;
}

/** The text of a mutant's change with the source in place of the names. */
function written(to: string, bindings: Bindings, hit: ts.Node): string {
  const text = to.replace(/\$+\w+/g, (name) => {
    const node = bindings.get(name);
    if (node === undefined) throw new Error(`${name} of ${to} is not in the pattern`);
    return ts.isBinaryExpression(node) || ts.isConditionalExpression(node)
      ? `(${node.getText()})`
      : node.getText();
  });
  if (ts.isStatement(hit)) return `${text};`;
  return ts.isExpressionStatement(hit.parent) || ts.isVariableDeclarationList(hit) ? text : `(${text})`;
}
