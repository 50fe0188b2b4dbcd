/** Whether a console may run what was typed so far: complete, wants another line, or cannot become valid. */
import type { Completeness } from "./language.js";
import type { InternalSourceFile, TypeScript } from "./typescript.js";
import { parseCell } from "./jsx.js";
import { asExpression } from "./object-literal.js";
import { ts } from "./typescript.js";

/** Unfinished at the end of the text: a comment or a template literal that another line may close. */
const UNTERMINATED = new Set([1010, 1160]);

export function completeness(code: string): Completeness {
  if (/^\s*(%%|[%!])/.test(code))
    return code.trimStart().startsWith("%%") && !/\n\s*$/.test(code)
      ? { status: "incomplete", indent: "" }
      : { status: "complete" };
  if (/^\s*(?:[\w$.]+\?{1,2}|\?{1,2}\s*[\w$.]+)\s*$/.test(code)) return { status: "complete" };
  const { text } = asExpression(code);
  const file = parseCell(
    text,
    (kind) => ts.createSourceFile("cell.ts", text, ts.ScriptTarget.ESNext, true, kind) as InternalSourceFile,
  );
  const errors = file.parseDiagnostics;
  if (!errors.length) return { status: "complete" };
  const atEnd = (start: number): boolean => code.slice(start).trim() === "";
  const wantsMore = errors.some((one) => expectsMore(one, code.trimEnd().length)) && !endsTwice(code);
  if (wantsMore && errors.every((one) => atEnd(one.start) || UNTERMINATED.has(one.code)))
    return { status: "incomplete", indent: indentAfter(code) };
  if (errors.some((one) => UNTERMINATED.has(one.code) && atEnd(one.start + one.length)))
    return { status: "incomplete", indent: "" };
  return { status: "invalid" };
}

/** Whether the parser met the end where it expected something, as in "'}' expected." */
function expectsMore(
  { start, length, messageText }: TypeScript.DiagnosticWithLocation,
  end: number,
): boolean {
  const message = ts.flattenDiagnosticMessageText(messageText, "\n");
  return start >= end && length === 0 && message.endsWith(" expected.");
}

/** Two empty lines: whoever typed them wants to see what is wrong. */
const endsTwice = (code: string): boolean => /(^|\n)\s*\n\s*$/.test(code);

const STEP = "  ";

/** The indentation of the line after this code: a step more where its last line opens a bracket, a step less where it closes one. */
function indentAfter(code: string): string {
  const line = /[^\n]*$/.exec(code)![0];
  const own = /^\s*/.exec(line)![0];
  const bare = line.trim().replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\/\/.*/g, "");
  const base = /^[)\]}]/.test(bare) ? own.slice(0, -STEP.length) : own;
  let open = 0;
  for (const character of bare) {
    if ("([{".includes(character)) open++;
    else if (")]}".includes(character) && open > 0) open--;
  }
  return open > 0 ? base + STEP : base;
}
