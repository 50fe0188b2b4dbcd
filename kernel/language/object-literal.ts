/**
 * A cell that is an object literal, or ends with one: `{ a: 1, b: 2 }`, `{ a: 1 }.a`. TypeScript takes its brace for that of
 * a block; whoever typed it wants to see the object, as in Node's console. In parentheses it is one.
 */
import { decode, encode } from "@jridgewell/sourcemap-codec";
import type { InternalSourceFile, TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** A cell as it is compiled. */
export interface Readied {
  readonly text: string;
  /** What was added to it before the object literal; absent in a cell that is compiled as it was written. */
  readonly added?: Added;
}

/** Where characters were added to a cell. */
export interface Added {
  readonly start: number;
  readonly length: number;
}

/** A brace, perhaps behind comments. */
const START = /^(?:\s+|\/\/[^\n]*\n|\/\*[^]*?\*\/)*\{/;

/** The cell with the object literal that it is, or ends with, in parentheses; else as it is. */
export function asExpression(code: string): Readied {
  if (!code.includes("{")) return { text: code };
  if (START.test(code)) {
    const text = `(${code}\n)`;
    const value = onlyValue(text);
    // What is more than an object, as `{ a: 1 }.a`, is none where it is also a block and another statement.
    if (value && (ts.isObjectLiteralExpression(value) || !isBlockAndMore(code)))
      return { text, added: { start: 0, length: 1 } };
  }
  return lastAsExpression(code) ?? { text: code };
}

/** The same for the last of several statements. */
function lastAsExpression(code: string): Readied | undefined {
  const { statements, parseDiagnostics } = parse(code);
  const [mistake] = parseDiagnostics;
  const block = mistake
    ? statements.filter((one) => ts.isBlock(one) && one.getStart() <= mistake.start).at(-1)
    : statements.at(-1);
  if (!block || !ts.isBlock(block) || (!mistake && !isLikeObject(block))) return undefined;
  const start = block.getStart();
  // The semicolon ends what stands before.
  const text = `${code.slice(0, start)};(${code.slice(start)}\n)`;
  const isValue = onlyValue(`(${code.slice(start)}\n)`) && !parse(text).parseDiagnostics.length;
  return isValue ? { text, added: { start, length: 2 } } : undefined;
}

const parse = (text: string): InternalSourceFile =>
  ts.createSourceFile("cell.ts", text, ts.ScriptTarget.ES2022, true) as InternalSourceFile;

/** The value in the parentheses that a text is; undefined when it is something else. */
function onlyValue(text: string): TypeScript.Expression | undefined {
  const { statements, parseDiagnostics } = parse(text);
  const [first, second] = statements;
  const isOne = !parseDiagnostics.length && first !== undefined && second === undefined;
  return isOne && ts.isExpressionStatement(first) && ts.isParenthesizedExpression(first.expression)
    ? first.expression.expression
    : undefined;
}

/** Whether a cell is a block, and on a line of its own another statement. */
function isBlockAndMore(code: string): boolean {
  const { statements, parseDiagnostics } = parse(code);
  const [block, second] = statements;
  if (parseDiagnostics.length || !block || !second) return false;
  return (
    !ts.isBlock(block) || !isLikeObject(block) || code.slice(block.end, second.getStart()).includes("\n")
  );
}

/** Whether a block reads as an object: `{ a: x }`, which is a label and a value without a use, or `{ x }`. */
function isLikeObject({ statements }: TypeScript.Block): boolean {
  const [first, second] = statements;
  if (!first || second) return false;
  const value = ts.isLabeledStatement(first) ? first.statement : first;
  if (!ts.isExpressionStatement(value) || value.getText().endsWith(";")) return false;
  return value !== first || ts.isIdentifier(value.expression);
}

/** The mappings of a readied cell's source map, as those of the cell that the user wrote. */
export function withoutAdded(mappings: string, code: string, { start, length }: Added): string {
  const before = code.slice(0, start).split("\n");
  const [line, column] = [before.length - 1, before.at(-1)!.length];
  const lines = decode(mappings);
  for (const segment of lines.flat())
    if (segment.length > 1 && segment[2] === line && segment[3]! > column)
      segment[3] = Math.max(column, segment[3]! - length);
  return encode(lines);
}
