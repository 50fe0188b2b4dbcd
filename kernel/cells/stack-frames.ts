/**
 * The frames of Firefox's and Safari's stack traces, which are text: `name@file:line:column`, innermost first. Firefox
 * writes the place of evaluated code as `file line 3 > Function:1:7`. Safari leaves out the file, line and column of
 * evaluated code; only for the innermost frame does the error object have the line and the column.
 */

export interface Frame {
  /** The function's name; empty for one without. */
  readonly name: string;
  /** Absent where the browser does not give it. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

const FRAME = /^(?:async\*)?([^@]*)@(.*)$/;
const PLACE = /^(.*?):(\d+):(\d+)$/;
/** Code that a cell evaluated from text: an error's line counts in that text, and not in the cell. */
const EVALUATED = /^(?:anonymous|eval code)$/;

/** @param error  whose stack this is */
export function parseFrames(stack: string, error: { line?: unknown; column?: unknown }): Frame[] {
  const frames = stack.split("\n").flatMap((text): Frame[] => {
    const [, name, where] = FRAME.exec(text.trim()) ?? [];
    if (name === undefined || where === undefined || where === "[native code]") return [];
    const [, file, line, column] = PLACE.exec(where) ?? [];
    if (file === undefined) return [where === "" ? { name } : { name, file: where }];
    return [
      {
        name,
        file: file.slice(file.lastIndexOf("> ") + 1).trim(),
        line: Number(line),
        column: Number(column),
      },
    ];
  });
  const [first, ...others] = frames;
  const { line, column } = error;
  if (!first || first.file !== undefined || EVALUATED.test(first.name)) return frames;
  return typeof line === "number" && typeof column === "number"
    ? [{ ...first, line, column }, ...others]
    : frames;
}
