/** The instructor's notebooks: where they are, and which of them a submission belongs to. */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { FileError, readNotebook } from "../notebook/files.js";
import { asObject } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";
import { packageRoot } from "../setup/install.js";
import { isTest, roleOf } from "./nbgrader.js";

/** An error that the user of the command can mend. */
export class GradeError extends Error {
  override readonly name = "GradeError";
}

/** An instructor's notebook. */
export interface Source {
  /** The assignment's name: from the notebook's metadata, else the file's name without its ending. */
  readonly assignment: string;
  readonly notebook: Notebook;
}

/** The package's own problem sets. @throws GradeError when there are none: the package on npm has none */
export function ownSources(): string[] {
  const place = ownFolder();
  if (!existsSync(place))
    throw new GradeError(
      `${place}: this package has no problem sets; name the sources, or run this in a clone of the repository.`,
    );
  return notebooksIn(place);
}

/** Finds the instructor's notebook of a submission. @throws GradeError when it belongs to none */
export type FindSource = (file: string, submission: Notebook) => Source;

/**
 * How to find the instructor's notebook of a submission.
 * @param given a notebook, or a folder of them; default: the package's own problem sets
 * @throws GradeError when there is none
 */
export function sourcesOf(given: string | undefined): FindSource {
  const place = given ?? ownFolder();
  if (!existsSync(place)) throw new GradeError(`${place}: there is no such source; name it with --source.`);
  if (!statSync(place).isDirectory()) {
    const source = sourceIn(place);
    if (!source.notebook.cells.some(isTest))
      throw new GradeError(`${place} has no graded test cells; give the instructor's notebook.`);
    return () => source;
  }
  const sources = notebooksIn(place).map((file) => ({ name: path.basename(file), ...sourceIn(file) }));
  return (file, submission) => {
    const wanted = assignmentOf(submission);
    const ids = new Set(submission.cells.map((cell) => roleOf(cell)?.id));
    const found = sources.find(({ name, notebook }) =>
      wanted === undefined ? name === path.basename(file) : assignmentOf(notebook) === wanted,
    );
    // Without metadata, the names of the graded cells decide.
    const alike = sources.find(({ notebook }) =>
      notebook.cells.some((cell) => isTest(cell) && ids.has(roleOf(cell)!.id)),
    );
    const source = found ?? alike;
    if (source === undefined)
      throw new GradeError(
        `${file} belongs to none of the assignments in ${place}; name its source with --source.`,
      );
    return source;
  };
}

/** A notebook. @throws GradeError when it cannot be read */
export function read(file: string): Notebook {
  try {
    return readNotebook(file);
  } catch (error) {
    if (error instanceof FileError) throw new GradeError(error.message, { cause: error });
    throw error;
  }
}

function sourceIn(file: string): Source {
  const notebook = read(file);
  return { assignment: assignmentOf(notebook) ?? path.basename(file, ".ipynb"), notebook };
}

function assignmentOf({ metadata }: Notebook): string | undefined {
  const { assignment } = asObject(metadata.chainrule);
  return typeof assignment === "string" ? assignment : undefined;
}

/** Where the package's own problem sets are. */
function ownFolder(): string {
  return path.join(packageRoot(), "notebooks", "psets", "source");
}

function notebooksIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  return names.map((name) => path.join(folder, name));
}
