/**
 * What a text comes to when everything is taken away that is easily changed. Code is its syntax tree without names, numbers,
 * comments, layout, types and parentheses; prose is its words in small letters.
 */
import ts from "typescript";

export interface Token {
  /** What is compared. */
  readonly text: string;
  /** Where it stands in the source. A node that holds others ends where it starts: those follow. */
  readonly start: number;
  readonly end: number;
}

/** The nodes of the syntax tree, each before those that it holds. Code with mistakes has a tree too. */
export function tokensOfCode(code: string): Token[] {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const tokens: Token[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (isWrapping(node)) return visit(node.expression);
    if (node.kind === ts.SyntaxKind.EndOfFileToken) return;
    const start = node.getStart(file);
    const isLeaf = node.getChildCount(file) === 0;
    tokens.push({ text: kindOf(node), start, end: isLeaf ? node.end : start });
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return tokens;
}

/** The words, in small letters. */
export function tokensOfProse(text: string): Token[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    ...{ text: word.toLowerCase(), start: index, end: index + word.length },
  }));
}

/** What changes nothing: (x), x!, x as T. */
function isWrapping(
  node: ts.Node,
): node is ts.ParenthesizedExpression | ts.AsExpression | ts.NonNullExpression {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node);
}

/** A name is like any other name, a number like any other number. */
function kindOf(node: ts.Node): string {
  if (ts.isIdentifier(node)) return "name";
  if (ts.isLiteralExpression(node)) return "literal";
  return String(node.kind);
}
