/** Whether a console may run what was typed so far: complete, wants another line, or cannot become valid. */
import type { Completeness } from "./language.js";
import type { InternalSourceFile } from "./typescript.js";
import { isCompleteCode, ts } from "./typescript.js";

/** Unfinished at the end of the text: a comment or a template literal that another line may close. */
const UNTERMINATED = new Set([1010, 1160]);

export function completeness(code: string): Completeness {
  if (/^\s*(%%|[%!])/.test(code))
    return code.trimStart().startsWith("%%") && !/\n\s*$/.test(code)
      ? { status: "incomplete", indent: "" }
      : { status: "complete" };
  const file = ts.createSourceFile(
    "cell.ts",
    code,
    ts.ScriptTarget.ES2022,
    true,
    ts.ScriptKind.TS,
  ) as InternalSourceFile;
  const errors = file.parseDiagnostics;
  if (!errors.length) return { status: "complete" };
  const atEnd = (start: number): boolean => code.slice(start).trim() === "";
  const judged = isCompleteCode(code);
  if (!judged.completed && errors.every((one) => atEnd(one.start) || UNTERMINATED.has(one.code)))
    return { status: "incomplete", indent: judged.indent ?? "" };
  if (errors.some((one) => UNTERMINATED.has(one.code) && atEnd(one.start + one.length)))
    return { status: "incomplete", indent: "" };
  return { status: "invalid" };
}
