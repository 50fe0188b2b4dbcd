/**
 * A cell that is an object literal: `{ a: 1, b: 2 }`. TypeScript takes it for a block; whoever typed it wants to see the
 * object, as in Node's console. In parentheses it is one.
 */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import type { InternalSourceFile } from "./typescript.js";
import { ts } from "./typescript.js";

/** How much further the first line of a cell in parentheses stands to the right. */
export const PARENTHESIS = 1;

/** A brace, perhaps behind comments. */
const START = /^(?:\s+|\/\/[^\n]*\n|\/\*[^]*?\*\/)*\{/;

/** The cell in parentheses when it is an object literal as a whole, else as it is. */
export function asExpression(code: string): string {
  if (!START.test(code)) return code;
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

/** The mappings of a cell in parentheses, of a source map, as those of the cell that the user wrote. */
export function withoutParenthesis(mappings: string): string {
  const lines = decode(mappings);
  for (const segment of lines.flat())
    if (segment.length > 1 && segment[2] === 0) segment[3] = Math.max(0, segment[3]! - PARENTHESIS);
  return encode(lines);
}
