/** Which lines of a cell are magics: `%name …` or `!command` at the start of a line that is not inside anything. */
import type { TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

const CANDIDATE = /^(?:%[A-Za-z]|![^\s=(])/;

/** Tokens after which an expression goes on: a line that starts with `!` belongs to it. */
const ENDS_STATEMENT = new Set([
  ts.SyntaxKind.SemicolonToken,
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CloseBracketToken,
  ts.SyntaxKind.Identifier,
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateTail,
]);

/** @returns zero-based numbers of lines */
export function magicLines(code: string): number[] {
  const found: number[] = [];
  const lines = code.split("\n");
  // Magics that were recognised are taken out, so that they do not confuse what follows.
  const plain = [...lines];
  let start = 0;
  for (const [number, line] of lines.entries()) {
    if (CANDIDATE.test(line) && !isInside(plain.join("\n"), start, line)) {
      found.push(number);
      plain[number] = ";".padEnd(line.length);
    }
    start += line.length + 1;
  }
  return found;
}

function isInside(code: string, position: number, line: string): boolean {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  if (internals.isInComment(file, position) || insideTemplate(file, position)) return true;
  if (!line.startsWith("!")) return false;
  const before = internals.findPrecedingToken(position, file);
  return before !== undefined && before.end <= position && !ENDS_STATEMENT.has(before.kind);
}

function insideTemplate(file: TypeScript.SourceFile, position: number): boolean {
  const walk = (node: TypeScript.Node): boolean => {
    if (position <= node.getStart(file) || position >= node.end) return false;
    if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) return true;
    return ts.forEachChild(node, walk) ?? false;
  };
  return ts.forEachChild(file, walk) ?? false;
}
