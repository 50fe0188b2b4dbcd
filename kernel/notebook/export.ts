/** `chainrule export`: writes a notebook, with the outputs that it has, as a page or a script. No cell runs. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FileError, makeFolderOf, readIfThere, readNotebook, writeWhole } from "./files.js";
import type { Notebook } from "./format.js";
import { linkOnPage } from "./links.js";
import { isPicture } from "./markdown-page.js";
import { isExportedScript, notebookToScript, scriptEnding } from "./script.js";

export interface ExportOptions {
  /** Write an HTML page that needs no network. */
  html?: boolean;
  /** Write Markdown, with its pictures in a folder beside it. */
  md?: boolean;
  /** Write a script: the code, with text cells as comments. */
  script?: boolean;
  /** The address of a website of these notebooks, by `chainrule site`: HTML pages get a link to it, "Run this page". */
  runAt?: string;
  /** The folder for everything that is written; default: beside each notebook. */
  out?: string;
}

/** One notebook that is exported. */
interface Source {
  readonly file: string;
  readonly given: string;
  /** The path of its files, without an ending. */
  readonly base: string;
}

/**
 * Exports every notebook in every form that is asked for.
 * @param print is given a line for each file written
 * @throws FileError when a notebook cannot be read, or a file must not be written over
 */
export async function exportCommand(
  notebooks: readonly string[],
  options: ExportOptions,
  print: (line: string) => void,
): Promise<void> {
  if (!options.html && !options.md && !options.script)
    throw new FileError("export: say what to write: --html, --md, --script, or several of them.");
  const sources = notebooks.map((given): Source => {
    const file = resolve(given);
    const folder = options.out === undefined ? dirname(file) : resolve(options.out);
    return { file, given, base: join(folder, basename(file).replace(/\.ipynb$/i, "")) };
  });
  refuseClashes(sources);
  const pagesEndingIn = (ending: string) => new Map(sources.map(({ file, base }) => [file, base + ending]));
  const [htmlPages, mdPages] = [pagesEndingIn(".html"), pagesEndingIn(".md")];
  for (const source of sources) {
    const notebook = readNotebook(source.file, source.given);
    makeFolderOf(source.base);
    if (options.html) print(`page: ${await exportHtml(source, notebook, htmlPages, options.runAt)}`);
    if (options.md) print(`markdown: ${await exportMarkdown(source, notebook, mdPages)}`);
    if (options.script) print(`script: ${await exportScript(source, notebook)}`);
  }
}

async function exportHtml(
  { file, given, base }: Source,
  notebook: Notebook,
  pages: ReadonlyMap<string, string>,
  site: string | undefined,
): Promise<string> {
  const [{ notebookToHtml }, { drawCharts }] = await Promise.all([
    import("./html.js"),
    import("./charts.js"),
  ]);
  const page = `${base}.html`;
  const html = notebookToHtml(notebook, {
    name: basename(file),
    charts: await drawCharts(notebook),
    readPicture: (name) => readIfThere(resolve(dirname(file), name)),
    resolveLink: (address) => linkOnPage(address, { notebook: file, page, pages }),
    runAt: site === undefined ? undefined : addressOn(site, given),
  });
  writeWhole(page, html);
  return page;
}

/** Where a website shows a notebook: under the path that it was given here, below the folder of the website. */
function addressOn(site: string, given: string): string {
  const path = given.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
  const query = `?path=${path.split("/").map(encodeURIComponent).join("/")}`;
  return `${site.replace(/[?#].*$/, "")}${query}`;
}

async function exportMarkdown(
  { file, base }: Source,
  notebook: Notebook,
  pages: ReadonlyMap<string, string>,
): Promise<string> {
  const { notebookToMarkdown } = await import("./markdown-page.js");
  const page = `${base}.md`;
  const folder = `${base}_files`;
  const { text, files } = notebookToMarkdown(notebook, {
    folder: basename(folder),
    resolveLink: (address) => linkOnPage(address, { notebook: file, page, pages }),
  });
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (isPicture(name) && !files.has(name)) rmSync(join(folder, name));
  for (const [name, bytes] of files) {
    makeFolderOf(join(folder, name));
    writeWhole(join(folder, name), bytes);
  }
  writeWhole(page, text);
  return page;
}

async function exportScript({ file, base }: Source, notebook: Notebook): Promise<string> {
  const script = base + scriptEnding(notebook);
  if (existsSync(script) && !isExportedScript(readFileSync(script, "utf8")))
    throw new FileError(`${script} is not an exported script and stays; give --out for another folder.`);
  // The compiler is loaded only for a notebook that may have magics.
  const mayHaveMagics = notebook.cells.some(
    (cell) => cell.cell_type === "code" && /^[%!]/m.test(cell.source),
  );
  const magicLines = mayHaveMagics ? (await import("../language/magic-lines.js")).magicLines : () => [];
  writeWhole(script, notebookToScript(notebook, { name: basename(file), magicLines }));
  return script;
}

function refuseClashes(sources: readonly Source[]): void {
  const taken = new Map<string, Source>();
  for (const source of sources) {
    const other = taken.get(source.base);
    if (other && other.file !== source.file)
      throw new FileError(
        `${other.given} and ${source.given} have the same name and would write over each other in one folder; export them one by one.`,
      );
    taken.set(source.base, source);
  }
}
