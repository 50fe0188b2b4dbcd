/** `chainrule assign` and `chainrule grade`: files in, files and lines out. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { formatNotebook } from "../notebook/format.js";
import { assign, nbgraderConfig, pointsOf } from "./assign.js";
import type { SubmissionGrade } from "./grade.js";
import { AssignError, roleOf } from "./nbgrader.js";
import { hash, Records } from "./record.js";
import { gradesToCsv, gradeToGradescope, gradeToHtml, gradeToJson, gradeToText } from "./report.js";
import { withLinksThatLead } from "./release-links.js";
import { Round } from "./round.js";
import { GradeError, ownSources, read, sourcesOf } from "./sources.js";
import type { Source } from "./sources.js";

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

export interface GradeCommandOptions {
  /** The instructor's notebook, or a folder of them; default: the package's own problem sets. */
  source?: string | undefined;
  /** The folder for reports; default: "graded". */
  out?: string | undefined;
  json?: boolean | undefined;
  gradescope?: boolean | undefined;
  report?: string | undefined;
  /** The seed of the tests; default: the one that the assignment was graded on before, else a new one for all. */
  seed?: number | undefined;
  /** The grades that a changed key, seed or timeout gives replace those before. */
  accept?: boolean | undefined;
  /** Seconds for one cell of a student or one call of a student's function; default: as before, else 10. */
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
 * Grades every file and writes what was asked for. Where grades are written, those of before are kept: a submission that
 * was graded on the same terms is not run again, and after a change of the terms the command says what would change.
 * @returns the exit code: 0 when every file could be graded, however few points it got, and the grades were written, else 1
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
  const rounds = new Map<Source, Round>();
  const records = writesFiles ? new Records(folder) : undefined;
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const name = names[at];
      try {
        const submission = read(files[at]);
        const source = findSource(files[at], submission);
        const round =
          rounds.get(source) ?? rounds.set(source, new Round(source, options, records)).get(source)!;
        const { result, wasKnown } = await round.grade(name, hash(readFileSync(files[at])), submission);
        const base = path.join(folder, name.replace(/\.ipynb$/, "").replace(/[^\w.-]+/g, "-"));
        if (options.gradescope && !round.isProposed)
          writeFileSync(
            `${base}.gradescope.json`,
            `${JSON.stringify(gradeToGradescope(result), undefined, 2)}\n`,
          );
        if (options.report && !round.isProposed)
          writeFileSync(`${base}.html`, gradeToHtml(result, source.notebook, submission));
        // The pictures are not needed any more.
        grades[at] = { ...result, tested: [] };
        const known = wasKnown ? " · graded before" : "";
        tell(`${++done} of ${files.length} · ${name} · ${result.points} of ${result.outOf}${known}\n`);
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
    for (const round of rounds.values()) await round.end();
  }
  const finished = grades.filter((one) => one !== undefined);
  if (options.json)
    print(`${JSON.stringify({ submissions: finished.map(gradeToJson), refused }, undefined, 2)}\n`);
  else for (const one of finished) print(gradeToText(one));
  const proposed = [...rounds.values()].filter(({ isProposed }) => isProposed);
  for (const round of proposed) tell(round.changes());
  if (proposed.length > 0) {
    tell(
      `The grades in ${folder} are as they were. Repeat the command with --accept to take the new ones.\n`,
    );
    return 1;
  }
  if (writesFiles) {
    writeFileSync(path.join(folder, "grades.csv"), gradesToCsv(finished));
    tell(`reports: ${folder}\n`);
  }
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
