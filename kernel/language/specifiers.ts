/** Which modules a file names, and whether it awaits: what can be read off its syntax. */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** The module specifiers in a file that are literals. */
export interface Specifiers {
  /** All but those of `require("…")`: imports, re-exports, `import("…")` and import types. */
  readonly imports: TypeScript.StringLiteralLike[];
  /** Of `import("…")`. */
  readonly later: TypeScript.StringLiteralLike[];
  /** Of `require("…")` and `require.resolve("…")`. */
  readonly required: TypeScript.StringLiteralLike[];
}

export function specifiersOf(file: TypeScript.SourceFile): Specifiers {
  const imports: TypeScript.StringLiteralLike[] = [];
  const later: TypeScript.StringLiteralLike[] = [];
  const required: TypeScript.StringLiteralLike[] = [];
  const add = (node: TypeScript.Node | undefined, ...lists: TypeScript.StringLiteralLike[][]): void => {
    if (node && ts.isStringLiteralLike(node)) for (const list of lists) list.push(node);
  };
  const walk = (node: TypeScript.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, imports);
    else if (ts.isExternalModuleReference(node)) add(node.expression, imports);
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, imports);
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], imports, later);
      else if (isRequire(node.expression)) add(node.arguments[0], required);
    }
    ts.forEachChild(node, walk);
  };
  walk(file);
  return { imports, later, required };
}

/** `require` or `require.resolve`. */
export function isRequire(node: TypeScript.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === "require";
  return ts.isPropertyAccessExpression(node) && node.name.text === "resolve" && isRequire(node.expression);
}

/** `await using`, which the compiler of tslab does not know. */
const isAwaitUsing = ({ flags }: TypeScript.Node): boolean =>
  (flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.AwaitUsing;

/** Whether a file or a statement awaits outside its functions. */
export function awaits(file: TypeScript.Node): boolean {
  const walk = (node: TypeScript.Node): boolean => {
    if (ts.isVariableDeclarationList(node) && isAwaitUsing(node)) return true;
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) return true;
    if (ts.isFunctionLike(node)) {
      // A computed name or a decorator is evaluated outside the function that it belongs to.
      return node.name !== undefined && ts.isComputedPropertyName(node.name) && walk(node.name);
    }
    return ts.forEachChild(node, walk) ?? false;
  };
  return walk(file);
}
