/**
 * Writes a notebook as a script, in the "percent" format that editors run cell by cell: `// %%` above each cell, text
 * cells and magics as comments. https://jupytext.readthedocs.io/en/latest/formats-scripts.html
 */
import { asObject } from "./format.js";
import type { Notebook } from "./format.js";

export interface ScriptOptions {
  /** The notebook's file name. */
  readonly name: string;
  /** The lines of a cell, from zero, that are magics and not TypeScript. */
  readonly magicLines: (code: string) => readonly number[];
}

/** Whether a text starts with the first line of every exported script: such a file may be overwritten. */
export const isExportedScript = (text: string): boolean =>
  /^(?:\/\/|#) Exported from .* by chainrule\.\n/.test(text);

/** The ending of a notebook's script: its language's. */
export function scriptEnding({ metadata }: Notebook): string {
  const ending = asObject(metadata.language_info).file_extension;
  if (typeof ending === "string" && /^\.\w+$/.test(ending)) return ending;
  const language = languageOf(metadata);
  return isOurLanguage(language) ? ".ts" : (ENDINGS[language] ?? ".txt");
}

/** Of the languages that a notebook may name without saying how its files end. */
const ENDINGS: Readonly<Record<string, string>> = { python: ".py", julia: ".jl", r: ".r" };

function languageOf(metadata: Notebook["metadata"]): string {
  const named = asObject(metadata.language_info).name ?? asObject(metadata.kernelspec).language;
  return String(named ?? "typescript").toLowerCase();
}

const isOurLanguage = (language: string): boolean => /^(?:typescript|javascript)$/.test(language);

/** The script, as text. */
export function notebookToScript(notebook: Notebook, { name, magicLines }: ScriptOptions): string {
  const isOurs = isOurLanguage(languageOf(notebook.metadata));
  const mark = isOurs ? "//" : "#";
  const comment = (text: string): string =>
    text
      .split("\n")
      .map((line) => `${mark} ${line}`.trimEnd())
      .join("\n");
  const parts = [`${mark} Exported from ${name} by chainrule.`];
  for (const cell of notebook.cells) {
    const source = cell.source.trimEnd();
    if (source === "") continue;
    if (cell.cell_type !== "code") {
      parts.push(`${mark} %% [${cell.cell_type}]\n${comment(source)}`);
      continue;
    }
    const isCellMagic = /^\s*%%/.test(source);
    const magics = new Set(isOurs && !isCellMagic ? magicLines(source) : []);
    const code = source
      .split("\n")
      .map((line, number) => (isCellMagic || magics.has(number) ? comment(line) : line))
      .join("\n");
    parts.push(`${mark} %%\n${code}`);
  }
  return `${parts.join("\n\n")}\n`;
}
