/** `chainrule run`: executes a notebook file, shows its progress, writes the executed notebook and the page. */
import { basename, dirname, resolve } from "node:path";
import { styleText, stripVTControlCharacters } from "node:util";
import { makeFolderOf, readIfThere, readNotebook, writeWhole } from "./files.js";
import { asObject, formatNotebook } from "./format.js";
import type { Notebook } from "./format.js";
import { drawCharts } from "./charts.js";
import { notebookToHtml } from "./html.js";
import { linkOnPage } from "./links.js";
import { ProgressLine } from "./progress.js";
import type { Terminal } from "./progress.js";
import { runNotebook } from "./run.js";
import type { CellFailure, RunOptions } from "./run.js";

export interface RunCommandOptions extends Pick<RunOptions, "start"> {
  /** Where the executed notebook goes; may be the notebook itself. */
  out?: string | undefined;
  /** Where the page goes. */
  html?: string | undefined;
  /** Seconds for each cell. */
  timeout?: number | undefined;
  /** Go on after a cell that fails. */
  allowErrors?: boolean | undefined;
}

/** The notebook cannot be run as asked; the user can mend it. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/**
 * Runs the notebook in its own folder: this process changes its working folder to it.
 * @returns the exit code: 0, or 1 when a cell failed
 * @throws RunError, FileError when there is no notebook to run or its results cannot be written
 */
export async function runCommand(
  path: string,
  options: RunCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const file = resolve(path);
  const out = options.out === undefined ? undefined : resolve(options.out);
  const html = options.html === undefined ? undefined : resolve(options.html);
  if (html !== undefined && (html === out || html === file))
    throw new RunError(
      `--html ${options.html} would overwrite the notebook; give the page a name of its own.`,
    );
  const notebook = readNotebook(file, path);
  refuseOtherLanguages(notebook, path);
  // Checked before the work rather than after it.
  for (const target of [out, html]) if (target !== undefined) makeFolderOf(target);
  const folder = dirname(file);
  process.chdir(folder);
  const progress = new ProgressLine(terminal);
  const report = await runNotebook(notebook, {
    cwd: folder,
    timeout: options.timeout,
    allowErrors: options.allowErrors,
    onProgress: (step) => progress.show(step),
    ...(options.start && { start: options.start }),
  }).finally(() => progress.end());

  for (const failure of report.failures) terminal.write(describeFailure(failure, terminal));
  const isWhole = report.failures.length === 0;
  const cells = report.total === 1 ? "1 cell" : `${report.total} cells`;
  const { allowed } = report;
  const errors = allowed === 0 ? "" : `, ${allowed === 1 ? "1 error" : `${allowed} errors`} allowed`;
  terminal.write(
    isWhole
      ? `${basename(file)}: ${cells} in ${report.seconds.toFixed(1)} s${errors}\n`
      : `${basename(file)}: stopped at cell ${report.executed} of ${report.total} after ${report.seconds.toFixed(1)} s\n`,
  );
  if (out !== undefined) {
    writeWhole(out, formatNotebook(report.notebook));
    terminal.write(`notebook: ${out}\n`);
  }
  if (html !== undefined) {
    const page = notebookToHtml(report.notebook, {
      name: basename(file),
      charts: await drawCharts(report.notebook),
      readPicture: (name) => readIfThere(resolve(folder, name)),
      resolveLink: (address) => linkOnPage(address, { notebook: file, page: html }),
      allowErrors: options.allowErrors,
    });
    writeWhole(html, page);
    terminal.write(`page: ${html}\n`);
  }
  return isWhole ? 0 : 1;
}

/** Refuses notebooks of another language: they would give nothing but syntax errors. */
function refuseOtherLanguages({ metadata }: Notebook, path: string): void {
  const language = asObject(metadata.language_info).name ?? asObject(metadata.kernelspec).language;
  if (typeof language === "string" && !/^(typescript|javascript)$/i.test(language))
    throw new RunError(`${path} is a notebook for ${language}, and this kernel runs TypeScript.`);
}

/** Names the cell, with its first line and the error's traceback. */
function describeFailure({ cell, position, error }: CellFailure, terminal: Terminal): string {
  const title = `cell [${cell.execution_count}] (number ${position} in the notebook) failed`;
  const lines = error.traceback.length > 0 ? error.traceback : [`${error.ename}: ${error.evalue}`];
  const body = lines.join("\n").trimEnd();
  const says = stripVTControlCharacters(body).includes(error.evalue)
    ? ""
    : `${error.ename}: ${error.evalue}\n`;
  const text = `${styleText("bold", title)}\n${says}${body}\n\n`;
  return terminal.hasColours ? text : stripVTControlCharacters(text);
}
