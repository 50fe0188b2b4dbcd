/** The command `chainrule book`: the course as pages to read, with a search; nothing runs. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FileError, makeFolder, readIfThere, writeWhole } from "../../notebook/files.js";
import { packageRoot } from "../../setup/install.js";
import { bookPages, withCharts } from "./book.js";
import type { Leaf } from "./book.js";
import { courseLeaves, readMinisearch } from "./leaves.js";

export interface BookCommandOptions {
  readonly out: string;
  /** The address of the website of the same course, by `chainrule site`: pages get a link to it. */
  readonly runAt?: string;
}

/** A file that only a book has: it tells that a folder may be written over. */
const MARK = ".chainrule-book";

/**
 * @param folder the course's notebooks and texts; the package's own when absent
 * @throws FileError when the place of the book holds something else, or cannot be written
 */
export async function bookCommand(
  { out: given, runAt }: BookCommandOptions,
  print: (line: string) => void,
  folder: string = join(packageRoot(), "notebooks"),
): Promise<void> {
  const out = resolve(given);
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, MARK)))
    throw new FileError(
      `book: ${given} holds something that is no book of chainrule's; give --out for another folder.`,
    );
  // A place where nothing can be written is told before a hundred charts are drawn.
  makeFolder(out);
  const leaves = await withCharts(courseLeaves(folder));
  rmSync(out, { recursive: true, force: true });
  makeFolder(out);
  writeWhole(join(out, MARK), "");
  let pages = 0;
  for (const { path, html } of bookPages(leaves, {
    title: "chainrule, the course",
    minisearch: readMinisearch(),
    readPicture: (name) => readIfThere(join(folder, name)),
    ...(runAt !== undefined && { runAt: (leaf: Leaf) => addressOn(runAt, leaf) }),
  })) {
    const file = join(out, path);
    makeFolder(dirname(file));
    writeWhole(file, html);
    pages++;
  }
  print(`book: ${join(out, "index.html")} (${pages} pages); any static host serves it`);
}

/** Where the website shows a leaf; the texts have nothing to run. */
function addressOn(site: string, { path }: Leaf): string | undefined {
  if (!/^(?:lectures|psets|experiments|talks)\/.*\.ipynb$/.test(path)) return undefined;
  const query = `?path=${path.split("/").map(encodeURIComponent).join("/")}`;
  return `${site.replace(/[?#].*$/, "")}${query}`;
}
