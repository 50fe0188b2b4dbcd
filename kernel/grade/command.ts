/** `chainrule assign` and `chainrule grade`: files in, files and lines out. */
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { packageRoot } from "../setup/install.js";
import { FileError, readNotebook } from "../notebook/files.js";
import { asObject, formatNotebook } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";
import { assign, nbgraderConfig, pointsOf } from "./assign.js";
import { grade, LIMITS } from "./grade.js";
import type { SubmissionGrade } from "./grade.js";
import { AssignError, isTest, roleOf } from "./nbgrader.js";
import { gradesToCsv, gradeToGradescope, gradeToHtml, gradeToJson, gradeToText } from "./report.js";
import { withLinksThatLead } from "./release-links.js";
import { makeStage, removeStage } from "./stage.js";
import type { Stage } from "./stage.js";

/** An error that the user of the command can mend. */
export class GradeError extends Error {
  override readonly name = "GradeError";
}

export interface AssignCommandOptions {
  /** The folder for the students' notebooks. */
  out: string;
}

/**
 * Writes the students' notebook of each source, and nbgrader_config.py beside them.
 * @param files  chainrule's own problem sets when there are none
 * @throws GradeError for a file that cannot be read or made into an assignment, and when there are no problem sets:
 *         the package on npm has none
 */
export function assignCommand(
  files: readonly string[],
  { out }: AssignCommandOptions,
  print: (line: string) => void,
): void {
  const folder = path.resolve(out);
  const sources = files.length > 0 ? files : ownSources();
  mkdirSync(folder, { recursive: true });
  const released = new Set(sources.map((file) => path.basename(file)));
  const isBeside = (name: string): boolean => released.has(name) || existsSync(path.join(folder, name));
  for (const file of sources) {
    const source = read(file);
    const target = path.join(folder, path.basename(file));
    if (path.resolve(file) === target)
      throw new GradeError(
        `${file}: the students' notebook would overwrite the source; choose another --out.`,
      );
    try {
      const release = assign(source);
      for (const cell of release.cells)
        // Only cells outside the assignment: its own cells are compared with the source when the submission comes back.
        if (cell.cell_type === "markdown" && roleOf(cell) === undefined)
          cell.source = withLinksThatLead(cell.source, isBeside);
      writeFileSync(target, formatNotebook(release));
    } catch (error) {
      if (error instanceof AssignError) throw new GradeError(`${file}: ${error.message}`, { cause: error });
      throw error;
    }
    const { automatic, manual } = pointsOf(source);
    print(`${target}: ${automatic} points by tests, ${manual} by hand`);
  }
  const config = path.join(folder, "nbgrader_config.py");
  writeFileSync(config, nbgraderConfig());
  print(`${config}: settings for nbgrader`);
}

function ownSources(): string[] {
  const place = ownFolder();
  if (!existsSync(place))
    throw new GradeError(
      `${place}: this package has no problem sets; name the sources, or run this in a clone of the repository.`,
    );
  return notebooksIn(place);
}

/** Where the package's own problem sets are. */
function ownFolder(): string {
  return path.join(packageRoot(), "notebooks", "psets", "source");
}

function notebooksIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  return names.map((name) => path.join(folder, name));
}

export interface GradeCommandOptions {
  /** The instructor's notebook, or a folder of them; default: the package's own problem sets. */
  source?: string | undefined;
  /** The folder for reports; default: "graded". */
  out?: string | undefined;
  json?: boolean | undefined;
  gradescope?: boolean | undefined;
  report?: string | undefined;
  /** The seed of the tests; default: a new one for each submission. */
  seed?: number | undefined;
  /** Seconds for one cell of a student or one call of a student's function. */
  timeout?: number | undefined;
  /** How many submissions are graded at a time; default: one for each core. */
  jobs?: number | undefined;
}

export interface GradeTerminal {
  /** Results. */
  print(text: string): void;
  /** Progress. */
  tell(text: string): void;
}

/**
 * Grades every file and writes what was asked for.
 * @returns the exit code: 0 when every file could be graded, however few points it got, else 1
 * @throws GradeError when there is no source to grade by
 */
export async function gradeCommand(
  files: readonly string[],
  options: GradeCommandOptions,
  { print, tell }: GradeTerminal,
): Promise<number> {
  if (options.report !== undefined && options.report !== "html")
    throw new GradeError(`--report ${options.report}: there is one kind of report; write --report html.`);
  const findSource = sourcesOf(options.source);
  const folder = path.resolve(options.out ?? "graded");
  const writesFiles =
    options.report !== undefined || options.gradescope === true || options.out !== undefined;
  if (writesFiles) mkdirSync(folder, { recursive: true });
  const names = namesOf(files);
  const grades: (SubmissionGrade | undefined)[] = files.map(() => undefined);
  const refused: string[] = [];
  const stages = new Map<Notebook, Promise<Stage>>();
  const limits = { ...LIMITS, call: options.timeout ?? LIMITS.call };
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const name = names[at];
      try {
        const submission = read(files[at]);
        const source = findSource(files[at], submission);
        const stage = await (stages.get(source) ?? stages.set(source, makeStage(source)).get(source)!);
        const seed = options.seed ?? randomInt(1, 2 ** 31);
        const result = (grades[at] = await grade(name, source, submission, { stage, seed, limits }));
        const base = path.join(folder, name.replace(/\.ipynb$/, "").replace(/[^\w.-]+/g, "-"));
        if (options.gradescope)
          writeFileSync(
            `${base}.gradescope.json`,
            `${JSON.stringify(gradeToGradescope(result), undefined, 2)}\n`,
          );
        if (options.report) writeFileSync(`${base}.html`, gradeToHtml(result, source, submission));
        tell(`${++done} of ${files.length} · ${name} · ${result.points} of ${result.outOf}\n`);
      } catch (error) {
        if (!(error instanceof GradeError || error instanceof AssignError)) throw error;
        refused.push(error.message);
        tell(`${++done} of ${files.length} · ${name} · not graded: ${error.message}\n`);
      }
    }
  };
  try {
    const jobs = Math.min(options.jobs ?? availableParallelism(), files.length);
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    for (const stage of stages.values()) removeStage(await stage);
  }
  const finished = grades.filter((one) => one !== undefined);
  if (writesFiles) {
    writeFileSync(path.join(folder, "grades.csv"), gradesToCsv(finished));
    tell(`reports: ${folder}\n`);
  }
  if (options.json)
    print(`${JSON.stringify({ submissions: finished.map(gradeToJson), refused }, undefined, 2)}\n`);
  else for (const one of finished) print(gradeToText(one));
  return refused.length > 0 ? 1 : 0;
}

/** Names that tell the files apart: a file's own name, or the name with as many of its folders as are needed. */
function namesOf(files: readonly string[]): string[] {
  const parts = files.map((file) => path.resolve(file).split(path.sep));
  return parts.map((own) => {
    for (let count = 1; count < own.length; count++) {
      const name = own.slice(-count).join("/");
      if (parts.filter((other) => other.slice(-count).join("/") === name).length === 1) return name;
    }
    return own.join("/");
  });
}

/** How to find the instructor's notebook of a submission. */
function sourcesOf(given: string | undefined): (file: string, submission: Notebook) => Notebook {
  const place = given ?? ownFolder();
  if (!existsSync(place)) throw new GradeError(`${place}: there is no such source; name it with --source.`);
  if (!statSync(place).isDirectory()) {
    const source = read(place);
    if (!source.cells.some(isTest))
      throw new GradeError(`${place} has no graded test cells; give the instructor's notebook.`);
    return () => source;
  }
  const sources = notebooksIn(place).map((file) => ({ name: path.basename(file), notebook: read(file) }));
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
    return source.notebook;
  };
}

function assignmentOf({ metadata }: Notebook): string | undefined {
  const { assignment } = asObject(metadata.chainrule);
  return typeof assignment === "string" ? assignment : undefined;
}

function read(file: string): Notebook {
  try {
    return readNotebook(file);
  } catch (error) {
    if (error instanceof FileError) throw new GradeError(error.message, { cause: error });
    throw error;
  }
}
