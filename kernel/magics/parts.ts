/** Cuts a cell into code, magics and shell commands. The compiler decides which lines are magics. */

/** One part of a cell that has magics; parts run in order. */
export type Part =
  | { kind: "code"; code: string }
  | { kind: "magic"; name: string; argument: string; body: string | undefined; line: number }
  | { kind: "shell"; command: string };

/** Whether a cell may contain a magic; for such a cell the compiler decides. */
export const mayHaveMagics = (code: string): boolean => /^\s*%%|^[%!]/m.test(code);

/** A magic's name, and words after it, that stand before the cursor, without percent signs; undefined where there is none. */
export function magicBefore(code: string, cursor: number): string | undefined {
  return /(?:^|\n)%{1,2}(\w*(?:[ \t]+\w*){0,2})$/.exec(code.slice(0, cursor))?.[1];
}

/** Whether the text before the cursor ends in a magic's name, or in an argument of one that takes no TypeScript. */
export const isMagicText = (before: string): boolean =>
  /(?:^|\n)%{1,2}(?:\w*|(?:npm|cd|env|ls|bash|sh|load|unload|writefile)\b[^\n]*)$/.test(before);

/** The magic that a cell asks for help with, as in `%timeit?` and `?%%bash`; undefined for any other cell. */
export function magicHelpWanted(code: string): string | undefined {
  const asked = /^\s*(\?{0,2})\s*%{1,2}([A-Za-z]\w*)\s*(\?{0,2})\s*$/.exec(code);
  return asked && asked[1]! + asked[3]! !== "" ? asked[2] : undefined;
}

/** The name that a cell asks for help with, as in `fit?`, `?fit` or `net.get??`; undefined for any other cell. */
export function helpWanted(code: string): string | undefined {
  const asked = /^\s*(\?{0,2})\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)(\?{0,2})\s*$/u.exec(code);
  return asked && asked[1]! + asked[3]! !== "" ? asked[2] : undefined;
}

/** A cell of the form `%%name argument`, newline, body. */
export function cellMagic(code: string): Part | undefined {
  const match = /^(\s*)%%([A-Za-z]\w*)[ \t]*([^\n]*)(?:\n([^]*))?$/.exec(code);
  if (!match) return undefined;
  const [, before, name, argument, body] = match as unknown as [string, string, string, string, string?];
  return {
    kind: "magic",
    name,
    argument: argument.trim(),
    body: body ?? "",
    line: before.split("\n").length,
  };
}

/** Cuts a cell at its magic lines. Code keeps its line numbers: empty lines replace what stood before it. */
export function partsOf(code: string, magicLines: readonly number[]): Part[] {
  const parts: Part[] = [];
  const lines = code.split("\n");
  const isMagic = new Set(magicLines);
  let block: string[] = [];
  let start = 0;
  const flush = (end: number): void => {
    if (block.some((line) => line.trim()))
      parts.push({ kind: "code", code: "\n".repeat(start) + block.join("\n") });
    block = [];
    start = end;
  };
  for (const [number, line] of lines.entries()) {
    if (!isMagic.has(number)) {
      block.push(line);
      continue;
    }
    flush(number + 1);
    if (line.startsWith("!")) parts.push({ kind: "shell", command: line.slice(1) });
    else {
      const [, name, argument] = /^%(\w+)\s*(.*)$/.exec(line) as unknown as [string, string, string];
      parts.push({ kind: "magic", name, argument: argument.trim(), body: undefined, line: number });
    }
  }
  flush(lines.length);
  return parts;
}
