/**
 * A cell that is an object literal: `{ a: 1, b: 2 }`. TypeScript takes it for a block; whoever typed it wants to see the
 * object, as in Node's console. In parentheses it is one.
 */
import type { InternalSourceFile } from "./typescript.js";
import { ts } from "./typescript.js";

/** How much further the first line of a cell in parentheses stands to the right. */
export const PARENTHESIS = 1;

/** The cell in parentheses when it is an object literal as a whole, else as it is. */
export function asExpression(code: string): string {
  if (!/^\s*\{[^]*\}\s*$/.test(code)) return code;
  const text = `(${code}\n)`;
  const file = ts.createSourceFile("cell.ts", text, ts.ScriptTarget.ES2022) as InternalSourceFile;
  const [first, second] = file.statements;
  const isObject =
    !file.parseDiagnostics.length &&
    first !== undefined &&
    second === undefined &&
    ts.isExpressionStatement(first) &&
    ts.isParenthesizedExpression(first.expression) &&
    ts.isObjectLiteralExpression(first.expression.expression);
  return isObject ? text : code;
}
