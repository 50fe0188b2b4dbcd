/** What a website is made of: the notebooks of a folder, and the files beside them. Keys and hidden tests stay out. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { assign } from "../../grade/assign.js";
import { hasRegion } from "../../grade/nbgrader.js";
import { FileError } from "../../notebook/files.js";
import { parseNotebook } from "../../notebook/format.js";
import type { Notebook } from "../../notebook/format.js";
import { readShelf, readTexts } from "../../server/course/shelf.js";

/** A file on its way into a website. */
export interface SiteFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Of a notebook, and of a text of the course: its first heading. */
  readonly title?: string;
}

/** The course that comes with this package. @param folder the package's folder of notebooks */
export function courseFiles(folder: string): SiteFile[] {
  const notebooks = readShelf(folder).flatMap((section) => section.notebooks);
  return [
    ...notebooks.map(({ path, title, read }) => ({
      path,
      title,
      bytes: joined(parseNotebook(read().toString("utf8"), path)),
    })),
    ...readTexts(folder).notebooks.map(({ path, title, read }) => ({ path, title, bytes: read() })),
  ];
}

/** Folders that are nobody's course. */
const SKIPPED = /^(?:\.|node_modules$|__pycache__$)/;

/** The most that one file may have. */
const LIMIT = 50 * 2 ** 20;

/**
 * The notebooks of a folder, and the files beside them.
 * @param tell is told what was left out or changed, and why
 * @throws FileError when there is no notebook
 */
export function folderFiles(folder: string, out: string, tell: (line: string) => void): SiteFile[] {
  const found: SiteFile[] = [];
  const visit = (at: string): void => {
    for (const name of readdirSync(at).sort()) {
      const file = join(at, name);
      if (SKIPPED.test(name) || file === out) continue;
      const facts = statSync(file, { throwIfNoEntry: false });
      if (facts?.isDirectory()) visit(file);
      else if (facts?.isFile())
        found.push(...one(file, relative(folder, file).split(sep).join("/"), facts.size, tell));
    }
  };
  visit(folder);
  if (!found.some(({ path }) => path.endsWith(".ipynb")))
    throw new FileError(`site: there is no notebook in ${folder}.`);
  return found;
}

function one(file: string, path: string, size: number, tell: (line: string) => void): SiteFile[] {
  if (size > LIMIT) {
    tell(`left out: ${path} has ${Math.round(size / 2 ** 20)} MB, and the most is ${LIMIT / 2 ** 20}.`);
    return [];
  }
  const bytes = readFileSync(file);
  if (!path.endsWith(".ipynb")) return [{ path, bytes }];
  const notebook = parseNotebook(bytes.toString("utf8"), file);
  const title = titleOf(notebook) ?? path.slice(path.lastIndexOf("/") + 1).replace(/\.ipynb$/, "");
  if (!isInstructors(notebook)) return [{ path, title, bytes: joined(notebook) }];
  tell(`${path} has solutions or hidden tests: the website gets the students' version.`);
  return [{ path, title, bytes: joined(assign(notebook)) }];
}

/** A notebook as a server gives it to a front end, with every text in one piece, and as short as JSON can be. */
function joined(notebook: Notebook): Buffer {
  return Buffer.from(JSON.stringify(notebook));
}

/** Whether a notebook has what its students must not see. */
export function isInstructors(notebook: Notebook): boolean {
  return notebook.cells.some((cell) => hasRegion(cell, "SOLUTION") || hasRegion(cell, "HIDDEN TESTS"));
}

/** A notebook's first heading. */
export function titleOf(notebook: Notebook): string | undefined {
  for (const { cell_type, source } of notebook.cells) {
    const heading = cell_type === "markdown" ? /^# (.+)$/m.exec(source)?.[1] : undefined;
    if (heading !== undefined) return heading.trim();
  }
  return undefined;
}
