/** `chainrule grade`: submissions in, grades, reports and tables out. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { makeFolder } from "../notebook/files.js";
import type { Workplace } from "../../lib/host/place-contract.js";
import { ByHand } from "./by-hand/by-hand.js";
import { ClassRun } from "./class/class-run.js";
import { readCourse } from "./class/course.js";
import { handInsOf, notebookOf } from "./class/hand-ins.js";
import type { HandIn } from "./class/hand-ins.js";
import { openSqlite } from "./class/nbgrader-database.js";
import type { SubmissionGrade } from "./grade.js";
import type { Notebook } from "../notebook/format.js";
import type { Compared } from "./likeness/likeness.js";
import { AssignError } from "./nbgrader.js";
import type { ManualAnswer } from "./plan.js";
import { fileName, hash, Records, sealNote } from "./record.js";
import { gradesToCsv, gradeToGradescope, gradeToHtml, gradeToJson, gradeToText } from "./report.js";
import { Round } from "./round.js";
import { GradeError, sourcesOf } from "./sources.js";
import type { FindSource, Source } from "./sources.js";
import { TimeLeft } from "./time-left.js";

export interface GradeCommandOptions {
  /** The instructor's notebook, or a folder of them; default: the package's own problem sets. */
  source?: string | undefined;
  /** The folder for reports; default: "graded". */
  out?: string | undefined;
  /** The course file: whose each submission is, when it was due, and tables for the class. */
  course?: string | undefined;
  /** With a course file: writes nbgrader's database too. */
  nbgrader?: boolean | undefined;
  json?: boolean | undefined;
  gradescope?: boolean | undefined;
  report?: string | undefined;
  /** Says which submissions are alike. */
  likeness?: boolean | undefined;
  /** The seed of the tests; default: the one that the assignment was graded on before, else a new one for all. */
  seed?: number | undefined;
  /** The grades that a changed key, seed or timeout gives replace those before. */
  accept?: boolean | undefined;
  /** Seconds for one cell of a student or one call of a student's function; default: as before, else 10. */
  timeout?: number | undefined;
  /** How many submissions are graded at a time; default: one for each core. */
  jobs?: number | undefined;
  /** Where submissions are graded; this machine unless given. */
  place?: Workplace | undefined;
}

export interface GradeTerminal {
  /** Results. */
  print(text: string): void;
  /** Progress. */
  tell(text: string): void;
}

/** A submission to be graded. */
interface Task {
  /** What lines and reports call it. */
  readonly name: string;
  /** The name of its report, without the ending. */
  readonly file: string;
  readonly handIn: HandIn;
  /** Whom points by hand are kept for. */
  readonly who: string;
  /** Adds to the grade what the course has to say. */
  readonly finish: (grade: SubmissionGrade) => SubmissionGrade;
  /** Another file that gets the report too, when it is this submission that counts. */
  readonly alsoAs: () => string | undefined;
  /** Is told when the report is written. */
  readonly reported: (file: string) => void;
}

/** A submission and what came of it. */
interface Graded {
  readonly grade: SubmissionGrade;
  readonly wasKnown: boolean;
  readonly round: Round;
  readonly source: Source;
  readonly submission: Notebook;
}

/**
 * Grades every notebook and writes what was asked for. Where grades are written, those of before are kept: a submission
 * that was graded on the same terms is not run again, and after a change of the terms the command says what would change.
 * @param places notebooks, folders and ZIP archives of them
 * @returns the exit code: 0 when every file could be graded, however few points it got, and the grades were written, else 1
 * @throws GradeError when there is no source to grade by, no submission, or a mistake in the course file
 */
export async function gradeCommand(
  places: readonly string[],
  options: GradeCommandOptions,
  { print, tell }: GradeTerminal,
): Promise<number> {
  if (options.report !== undefined && options.report !== "html")
    throw new GradeError(`--report ${options.report}: there is one kind of report; write --report html.`);
  if (options.nbgrader && options.course === undefined)
    throw new GradeError("--nbgrader needs --course: the database holds a class.");
  const database = options.nbgrader ? openSqlite() : undefined;
  const findSource = sourcesOf(options.source);
  const course = options.course === undefined ? undefined : readCourse(options.course);
  const folder = path.resolve(options.out ?? "graded");
  const writesFiles = [options.report, options.gradescope, options.likeness, options.out, course].some(
    Boolean,
  );
  const handIns = handInsOf(places);
  const run = course && new ClassRun(course, handIns, findSource, folder);
  const tasks = run ? tasksOf(run) : tasksOfFiles(handIns);
  if (writesFiles) makeFolder(folder);
  const grades: (SubmissionGrade | undefined)[] = tasks.map(() => undefined);
  const refused: string[] = [...(run?.unknown ?? [])];
  for (const line of refused) tell(`not graded: ${line}\n`);
  const rounds = new Map<Source, Round>();
  const runs = await options.place?.open("grade").catch((error: Error) => {
    throw new GradeError(error.message, { cause: error });
  });
  const records = writesFiles ? new Records(folder) : undefined;
  const byHand = writesFiles ? new ByHand(folder) : undefined;
  if (byHand && byHand.taken > 0)
    tell(`${byHand.taken} answers marked in ${path.join(folder, "by-hand.csv")}: taken over\n`);
  const left = new TimeLeft(tasks.length);
  const gradeOf = async ({ name, handIn, who }: Task): Promise<Graded> => {
    const submission = notebookOf(handIn);
    const source = findSource(handIn.path, submission);
    const round =
      rounds.get(source) ?? rounds.set(source, new Round(source, { ...options, runs }, records)).get(source)!;
    const seal = hash(handIn.content());
    const { result, wasKnown } = await round.grade(name, seal, submission);
    const sealed = { ...result, notes: [...result.notes, sealNote(seal)] };
    const grade = byHand ? byHand.add(source, who, sealed) : sealed;
    return { grade, wasKnown, round, source, submission };
  };
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < tasks.length; at = next++) {
      const { name } = tasks[at];
      try {
        const { grade, wasKnown } = await gradeOf(tasks[at]);
        // The pictures are read again for the report: of a whole class they would not fit into the memory.
        grades[at] = { ...grade, tested: [] };
        const known = wasKnown ? " · graded before" : "";
        tell(
          `${++done} of ${tasks.length} · ${name} · ${grade.points} of ${grade.outOf}${known}${left.after(wasKnown)}\n`,
        );
      } catch (error) {
        if (!(error instanceof GradeError || error instanceof AssignError)) throw error;
        refused.push(error.message);
        tell(`${++done} of ${tasks.length} · ${name} · not graded: ${error.message}${left.after(true)}\n`);
      }
    }
  };
  try {
    const atOnce = options.jobs ?? options.place?.width ?? availableParallelism();
    const jobs = Math.min(atOnce, tasks.length);
    await Promise.all(Array.from({ length: jobs }, work));
    // What lateness costs is known when everything is graded.
    run?.settle(grades);
    for (const [at, task] of tasks.entries()) {
      const first = grades[at];
      if (first === undefined) continue;
      grades[at] = task.finish(first);
      if (!options.gradescope && !options.report) continue;
      if ([...rounds.values()].some(({ isProposed }) => isProposed)) continue;
      const { grade, source, submission } = await gradeOf(task);
      const finished = task.finish(grade);
      const files = [task.file, task.alsoAs()].filter((one) => one !== undefined);
      const write = (ending: string, content: string): void => {
        for (const file of files) writeFileSync(path.join(folder, file + ending), content);
      };
      if (options.gradescope)
        write(".gradescope.json", `${JSON.stringify(gradeToGradescope(finished), undefined, 2)}\n`);
      if (options.report) {
        write(".html", gradeToHtml(finished, source.notebook, submission));
        task.reported(`${task.file}.html`);
      }
    }
  } finally {
    for (const round of rounds.values()) await round.end();
    await runs?.close();
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
    byHand?.end();
    if (options.likeness) tell(await compare(tasks, findSource, folder));
    const open = finished.reduce((sum, { manual }) => sum + manual.filter(isOpen).length, 0);
    if (open > 0)
      tell(
        `${open} answer${open === 1 ? "" : "s"} to be read: npx chainrule grade --review --out ${options.out ?? "graded"}\n`,
      );
    for (const line of run?.finish(database) ?? []) tell(`${line}\n`);
    tell(`reports: ${folder}\n`);
  }
  return refused.length > 0 ? 1 : 0;
}

/** Writes the page of what is alike. @returns a line for each pair */
async function compare(tasks: readonly Task[], findSource: FindSource, folder: string): Promise<string> {
  const { alike } = await import("./likeness/likeness.js");
  const { likenessToHtml } = await import("./likeness/page.js");
  const groups = new Map<Source, Compared[]>();
  for (const { handIn, who, name } of tasks) {
    try {
      const notebook = notebookOf(handIn);
      const source = findSource(handIn.path, notebook);
      groups.set(source, [...(groups.get(source) ?? []), { who, name, notebook }]);
    } catch (error) {
      // It was refused above.
      if (!(error instanceof GradeError)) throw error;
    }
  }
  const found = new Map(
    [...groups].map(([{ assignment, notebook }, all]) => [assignment, alike(notebook, all)] as const),
  );
  writeFileSync(path.join(folder, "likeness.html"), likenessToHtml(found));
  return [...found.values()]
    .flat()
    .map(({ names, share }) => `alike? · ${names.join(" · ")} · ${Math.round(100 * share)} %\n`)
    .join("");
}

function tasksOf(run: ClassRun): Task[] {
  return run.counting.map((sorted) => {
    const file = `${sorted.assignment.name}-${sorted.student.id}`;
    return {
      name: `${sorted.student.name}, ${sorted.assignment.name}`,
      file: fileName(run.countsBest ? `${file}-${sorted.hash.slice(0, 8)}` : file),
      handIn: sorted.handIn,
      who: sorted.student.id,
      finish: (grade) => run.withNote(sorted, grade),
      alsoAs: () => (run.countsBest && run.counts(sorted) ? fileName(file) : undefined),
      reported: (written) => run.reported(sorted, written),
    };
  });
}

function tasksOfFiles(handIns: readonly HandIn[]): Task[] {
  const names = namesOf(handIns.map((one) => one.path));
  return handIns.map((handIn, i) => ({
    name: names[i],
    file: names[i].replace(/\.ipynb$/, "").replace(/[^\w.-]+/g, "-"),
    handIn,
    who: names[i],
    finish: (grade) => grade,
    alsoAs: () => undefined,
    reported: () => undefined,
  }));
}

/** Whether an answer waits for somebody to read it. */
function isOpen({ answered, given }: ManualAnswer): boolean {
  return answered && given === undefined;
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
