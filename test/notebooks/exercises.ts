/** The exercises of a lecture: what a cell's tag says it is, its folded parts, and the code of its solutions. */
import ts from "typescript";
import { hasTag } from "../../kernel/notebook/format.js";
import type { Notebook, NotebookCell } from "../../kernel/notebook/format.js";

/** A part that is shown when it is asked for: `<details><summary>…</summary>…</details>`. */
export interface Fold {
  readonly summary: string;
  readonly body: string;
}

/** The folded parts of a text. @throws Error where one is not closed, or Markdown in it would not be read as Markdown */
export function folds(source: string): Fold[] {
  const found = [
    ...source.matchAll(/^<details><summary>(.*)<\/summary>\n\n([^]*?)\n\n<\/details>(?=\n\n|$)/gm),
  ];
  if (found.length !== (source.match(/<details/g) ?? []).length)
    throw new Error(`a fold of this cell is not closed, or lacks its empty lines: ${source.slice(0, 80)}`);
  return found.map(([, summary, body]) => ({ summary: summary!, body: body! }));
}

/** The cells with a tag, in order. */
export const tagged = ({ cells }: Notebook, tag: string): NotebookCell[] =>
  cells.filter((cell) => hasTag(cell, tag));

/** The TypeScript of a solution, which runs in a cell below the lecture; undefined when it has none. */
export const codeOf = ({ source }: Pick<NotebookCell, "source">): string | undefined =>
  /^```ts\n([^]*?)\n```$/m.exec(source)?.[1];

/** The words of a text, without its code. */
export const wordsOf = (source: string): number =>
  source
    .replace(/```[^]*?```/g, "")
    .trim()
    .split(/\s+/).length;

/**
 * A lecture and the code of its solutions as one module: a later cell may declare a name again, so each cell is a block
 * in the block before it, and so is each solution, which may use what an earlier one has.
 */
export function moduleOf(notebook: Notebook): { text: string; solutions: [from: number, to: number][] } {
  const imports = new Map<string, string>();
  const withoutImports = (code: string) => {
    const { statements } = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest);
    let rest = code;
    for (const one of statements.filter(ts.isImportDeclaration).reverse()) {
      for (const [name, line] of importsOf(one, code)) imports.set(name, line);
      rest = rest.slice(0, one.pos) + rest.slice(one.end);
    }
    return rest;
  };
  const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code");
  const isCheck = (cell: NotebookCell) => hasTag(cell, "check");
  const lecture = cells.filter((cell) => !isCheck(cell)).map(({ source }) => withoutImports(source));
  const added = [
    ...cells.filter(isCheck).map(({ source }) => source),
    ...tagged(notebook, "solution").flatMap((cell) => codeOf(cell) ?? []),
  ].map(withoutImports);
  const ambient = "declare function display<T>(value: T): { update(value: unknown): void };\n";
  let text = `${ambient}${[...imports.values()].join("\n")}\n${lecture.map((code) => `{\n${code}\n`).join(";")}`;
  const solutions = added.map((code): [number, number] => {
    const from = text.length;
    text += `;{\n${code}\n`;
    return [from, text.length];
  });
  return { text: `${text}${"}".repeat(lecture.length + added.length)}\nexport {};\n`, solutions };
}

/** An import declaration as one line for each name. */
function importsOf(
  { importClause, moduleSpecifier }: ts.ImportDeclaration,
  code: string,
): [string, string][] {
  const from = code.slice(moduleSpecifier.pos, moduleSpecifier.end).trim();
  const lines: [string, string][] = [];
  if (importClause?.name)
    lines.push([importClause.name.text, `import ${importClause.name.text} from ${from};`]);
  const bindings = importClause?.namedBindings;
  if (bindings && ts.isNamedImports(bindings))
    for (const { name, isTypeOnly, propertyName } of bindings.elements)
      lines.push([
        name.text,
        `import ${isTypeOnly ? "type " : ""}{ ${propertyName ? `${propertyName.text} as ` : ""}${name.text} } from ${from};`,
      ]);
  return lines;
}
