/** A cell as TypeScript itself lays code out: indentation, spaces, semicolons left as they are. Lines are not broken. */
import type { FormatOptions, TextChange } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

export function format(file: TypeScript.SourceFile, options: FormatOptions): TextChange[] {
  const settings: TypeScript.FormatCodeSettings = {
    ...ts.getDefaultFormatCodeSettings("\n"),
    indentSize: options.tabSize,
    tabSize: options.tabSize,
    convertTabsToSpaces: options.insertSpaces,
    insertSpaceAfterOpeningAndBeforeClosingNonemptyBraces: true,
  };
  const context = internals.formatting.getFormatContext(settings, {});
  return internals.formatting
    .formatDocument(file, context)
    .map(({ span, newText }) => ({ start: span.start, end: span.start + span.length, text: newText }))
    .filter(({ start, end, text }) => file.text.slice(start, end) !== text);
}
