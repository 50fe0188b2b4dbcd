/**
 * What a cell asks of the Node that runs and that this Node lacks: the declarations name what the newest has, and
 * library.ts says which Nodes have it. A cell that asks first (`typeof Temporal`, `if (Object.groupBy)`, `"union" in set`)
 * is left alone.
 */
import { LIBRARY, NODES } from "./library.js";
import { homeOf } from "./library-names.js";
import { isOfPage, noPage } from "./page.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

export interface Lack {
  readonly node: TypeScript.Node;
  readonly message: string;
}

const NEWEST = Math.max(...NODES);

/** The last parts of the table's keys: other names need not be looked up. */
const NAMES = new Set(Object.keys(LIBRARY).map((key) => key.slice(key.lastIndexOf(".") + 1)));

/**
 * Who has what some of the Nodes have.
 * @param by those of them that have it
 * @returns nothing when this version has it, or is newer than all of them
 */
export function lackOf(by: readonly number[], version: number): string | undefined {
  if (version > NEWEST) return undefined;
  const isThere = NODES.includes(version as never) ? by.includes(version) : by.some((one) => one < version);
  if (isThere) return undefined;
  if (!by.length) return `no Node up to ${NEWEST} has it`;
  return `Node ${by.join(" and ")} ${by.length > 1 ? "have" : "has"} it`;
}

export interface LackOptions {
  /** Of the Node that runs, as "v20.19.0"; of another place, which is not asked: anything else. */
  readonly version: string;
  /** Whether the types of pages were read although there is no page. */
  readonly hasPageTypes: boolean;
}

export function lacksIn(
  checker: TypeScript.TypeChecker,
  file: TypeScript.SourceFile,
  { version, hasPageTypes }: LackOptions,
): Lack[] {
  const [, whole, major] = /^v((\d+)\..*)/.exec(version) ?? [];
  const found: Lack[] = [];
  if (whole === undefined) return found;
  const asked = askedIn(file);
  const look = (node: TypeScript.Node, key: string): void => {
    const by = LIBRARY[key];
    if (asked.has(key.slice(key.lastIndexOf(".") + 1))) return;
    // A flag of Node may have brought a global that none has by itself.
    if (by?.length === 0 && key in globalThis) return;
    const lack = by && lackOf(by, Number(major));
    const name = key.replace(/Constructor\./, ".");
    if (lack !== undefined) found.push({ node, message: `${name} is not in Node ${whole}; ${lack}.` });
  };
  const walk = (node: TypeScript.Node): void => {
    if (ts.isInterfaceDeclaration(node)) return;
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
    if ((ts.isIdentifier(node) || isKey(node)) && NAMES.has(node.text)) {
      const key = keyOf(checker, node);
      if (key !== undefined) look(node, key);
    }
    if (hasPageTypes && ts.isIdentifier(node) && !asked.has(node.text) && !isOfOther(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      if (symbol && isOfPage(symbol)) found.push({ node, message: noPage(node.text) });
    }
    if (isDeferred(node)) found.push({ node, message: DEFER });
    if (ts.isStringLiteral(node) && isSpecifier(node)) look(node, node.text);
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}

/** `page.document`, where a library's page has the globals of one. */
function isOfOther(node: TypeScript.Identifier): boolean {
  const access = node.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name !== node) return false;
  return !(ts.isIdentifier(access.expression) && access.expression.text === "globalThis");
}

const DEFER =
  'No Node runs "import defer" yet. Write const m = await import("…") where the module is first needed.';

/** `import defer * as m from "…"` or `import.defer("…")`. */
function isDeferred(node: TypeScript.Node): boolean {
  if (ts.isImportClause(node)) return node.phaseModifier === (ts.SyntaxKind.DeferKeyword ?? 0);
  return ts.isMetaProperty(node) && node.name.text === "defer";
}

/** The module of an import, or of a call that loads it and does not catch its error. */
function isSpecifier(node: TypeScript.StringLiteral): boolean {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  if (ts.isExternalModuleReference(parent)) return true;
  if (!ts.isCallExpression(parent) || parent.arguments[0] !== node) return false;
  const { expression } = parent;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === "require");
  const isCaught = (one: TypeScript.Node): boolean =>
    ts.isTryStatement(one) || (ts.isPropertyAccessExpression(one) && /^(?:catch|then)$/.test(one.name.text));
  return loads && !ts.findAncestor(parent, isCaught);
}

/** The `"b"` of `a["b"]`. */
const isKey = (node: TypeScript.Node): node is TypeScript.StringLiteral =>
  ts.isStringLiteral(node) &&
  ts.isElementAccessExpression(node.parent) &&
  node.parent.argumentExpression === node;

/** The `b` of `const { b } = a`, as the property of `a` that it reads. */
function readBy(checker: TypeScript.TypeChecker, node: TypeScript.Node): TypeScript.Symbol | undefined {
  const element = node.parent;
  if (!ts.isBindingElement(element) || !ts.isObjectBindingPattern(element.parent)) return undefined;
  const read = element.propertyName ?? element.name;
  if (read !== node || !ts.isIdentifier(read)) return undefined;
  return checker.getTypeAtLocation(element.parent).getProperty(read.text);
}

function keyOf(
  checker: TypeScript.TypeChecker,
  node: TypeScript.Identifier | TypeScript.StringLiteral,
): string | undefined {
  const named = readBy(checker, node) ?? checker.getSymbolAtLocation(node);
  const symbol = named && named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
  const home = symbol && homeOf(symbol);
  return home && (home.container === undefined ? symbol.name : `${home.container}.${symbol.name}`);
}

/** The names of which a cell asks whether they are there. */
function askedIn(file: TypeScript.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node) && isAsked(node)) names.add(node.text);
    if (ts.isStringLiteral(node) && isLeftOf(node, [ts.SyntaxKind.InKeyword])) names.add(node.text);
    ts.forEachChild(node, walk);
  };
  walk(file);
  return names;
}

/** Whether code only asks whether something is there. */
function isAsked(node: TypeScript.Identifier): boolean {
  const parent = node.parent;
  let whole: TypeScript.Node = ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node;
  while (ts.isParenthesizedExpression(whole.parent) || ts.isPrefixUnaryExpression(whole.parent))
    whole = whole.parent;
  const above = whole.parent;
  return (
    ts.isTypeOfExpression(above) ||
    (ts.isIfStatement(above) && above.expression === whole) ||
    (ts.isConditionalExpression(above) && above.condition === whole) ||
    isLeftOf(whole, QUESTIONS) ||
    ((ts.isCallExpression(above) || ts.isPropertyAccessExpression(above)) &&
      above.expression === whole &&
      above.questionDotToken !== undefined)
  );
}

/** Operators whose left side is asked for, or compared with `undefined`. */
const QUESTIONS: readonly TypeScript.SyntaxKind[] = [
  ...[ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken],
  ...[ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken],
  ...[ts.SyntaxKind.EqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsToken],
];

const isLeftOf = (node: TypeScript.Node, operators: readonly TypeScript.SyntaxKind[]): boolean =>
  ts.isBinaryExpression(node.parent) &&
  node.parent.left === node &&
  operators.includes(node.parent.operatorToken.kind);
