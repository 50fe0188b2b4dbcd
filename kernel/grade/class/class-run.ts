/** One grading of a class by its course file: what to grade, what lateness adds to each report, and the tables after it. */
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import type { Notebook } from "../../notebook/format.js";
import { handPointsOf } from "../grade.js";
import type { SubmissionGrade } from "../grade.js";
import { fileName, keyOf } from "../record.js";
import type { FindSource } from "../sources.js";
import { classToHtml } from "./class-page.js";
import type { Course } from "./course.js";
import { classToCsv, missingIn, toBlackboard, toCanvas, toMoodle } from "./exports.js";
import { writeFeedback } from "./feedback.js";
import { dateOf, earnedIn, Gradebook, worthOf } from "./gradebook.js";
import type { Entry, EntryPart } from "./gradebook.js";
import type { HandIn } from "./hand-ins.js";
import { nameToTakeBack } from "./identify.js";
import { latenessToText } from "./late.js";
import { mistakesIn } from "./mistakes.js";
import { writeDatabase } from "./nbgrader-database.js";
import type { DatabaseType } from "./nbgrader-database.js";
import { sort, timesToText } from "./sort.js";
import type { Sorted } from "./sort.js";
import { makeFolder } from "#host/folders";

export class ClassRun {
  readonly #course: Course;
  readonly #folder: string;
  readonly #gradebook: Gradebook;
  /** The submissions to be graded. */
  readonly counting: readonly Sorted[];
  /** What cannot be graded, each with the reason. */
  readonly unknown: readonly string[];
  readonly #replaced: readonly string[];
  readonly #keys = new Map<string, string>();
  readonly #sources = new Map<string, Notebook>();
  /** By the assignment's name: the files of the reports, by the names under which they go back. */
  readonly #reports = new Map<string, Map<string, string>>();

  /** @param folder the folder of the grades */
  constructor(course: Course, handIns: readonly HandIn[], findSource: FindSource, folder: string) {
    this.#course = course;
    this.#folder = folder;
    this.#gradebook = new Gradebook(folder, course);
    const { counting, earlier, unknown, replaced } = sort(handIns, course, findSource);
    // One that was graded before and came later still counts.
    const isOld = ({ assignment, student, handedIn }: Sorted): boolean => {
      if (this.countsBest) return false;
      const before = dateOf(this.#gradebook.entryOf(assignment.name, student.id));
      return before !== undefined && handedIn !== undefined && before > handedIn;
    };
    this.counting = counting.filter((one) => !isOld(one));
    this.unknown = unknown;
    const old = counting
      .filter(isOld)
      .map(({ handIn, student }) => `${handIn.path}: a later one of ${student.name} is graded already`);
    this.#replaced = [...replaced, ...old];
    for (const one of [...counting, ...earlier]) keepHandIn(folder, one);
  }

  /** Whether of several submissions the best counts; else the last. */
  get countsBest(): boolean {
    return this.#course.counts === "best";
  }

  /** Whether it is this submission of the student that counts; known when all are settled. */
  counts({ assignment, student, hash }: Sorted): boolean {
    return this.#gradebook.entryOf(assignment.name, student.id)?.hash === hash;
  }

  /**
   * Puts the grades into the gradebook, which decides what counts; nothing is written yet.
   * @param grades of `counting`, in its order; undefined for one that could not be graded
   */
  settle(grades: readonly (SubmissionGrade | undefined)[]): void {
    this.counting.forEach(({ assignment, student, source, handIn, hash, handedIn, saidBy }, i) => {
      const grade = grades[i];
      const key = this.#keys.get(assignment.name) ?? keyOf(source.notebook);
      this.#keys.set(assignment.name, key);
      this.#sources.set(assignment.name, source.notebook);
      if (grade === undefined) return;
      const { given, marked, open, outOf } = handPointsOf(grade);
      const entry: Entry = {
        path: handIn.path,
        hash,
        handedIn: handedIn?.toISOString(),
        saidBy,
        key,
        points: grade.points,
        outOf: grade.outOf,
        byHand: open,
        ...(outOf > 0 && { given, marked, handOutOf: outOf }),
        parts: partsOf(grade),
      };
      if (this.countsBest) this.#gradebook.add(assignment.name, student.id, entry);
      else this.#gradebook.set(assignment.name, student.id, entry);
    });
    if (this.countsBest) this.#gradebook.chooseBest();
  }

  /** The grade with a note that says when it was handed in, and what lateness costs. */
  withNote(sorted: Sorted, grade: SubmissionGrade): SubmissionGrade {
    const { assignment, student, handedIn, saidBy, markedLate } = sorted;
    const { timeZone, late } = this.#course;
    const times = timesToText(handedIn, saidBy, assignment.due, timeZone);
    if (!this.counts(sorted)) {
      const note = `It was ${times}. It does not count: another submission of ${student.name} earned as much or more.`;
      return { ...grade, notes: [...grade.notes, note] };
    }
    const lateness = this.#gradebook.latenessOf(student.id).get(assignment.name)!;
    const entry = this.#gradebook.entryOf(assignment.name, student.id)!;
    const of = `${worthOf(entry)} points${entry.marked ? "" : " by tests"}`;
    const cost = latenessToText(lateness, late, earnedIn(entry), of);
    const note = `It was ${times}${cost === undefined ? "." : `: ${cost}`}`;
    const doubt = markedLate && cost === undefined ? ["Canvas marks it as late."] : [];
    return { ...grade, notes: [...grade.notes, note, ...doubt] };
  }

  /** Says that the report on a submission was written into a file of the folder. */
  reported(sorted: Sorted, file: string): void {
    if (!this.counts(sorted)) return;
    const { name } = sorted.assignment;
    const wanted = nameToTakeBack(sorted.handIn.path, this.#course.roster, file);
    if (wanted === undefined) return;
    const reports = this.#reports.get(name) ?? new Map<string, string>();
    this.#reports.set(name, reports.set(wanted, path.join(this.#folder, file)));
  }

  /**
   * Writes the tables, the class page, and the archives of reports.
   * @param Database writes nbgrader's database too
   * @returns what the lecturer should know, in lines
   */
  finish(Database?: DatabaseType): string[] {
    const lines: string[] = [];
    this.#gradebook.save();
    const write = (name: string, content: string): void =>
      writeFileSync(path.join(this.#folder, name), content);
    write("class.csv", classToCsv(this.#course, this.#gradebook));
    write("class.html", classToHtml(this.#course, this.#gradebook, this.unknown));
    for (const [name, reports] of this.#reports)
      writeFeedback(path.join(this.#folder, `feedback-${fileName(name)}.zip`), reports);
    if (Database) {
      const all = { course: this.#course, gradebook: this.#gradebook, sources: this.#sources };
      writeDatabase(path.join(this.#folder, "gradebook.db"), Database, all);
    }
    const blackboard = toBlackboard(this.#course, this.#gradebook);
    if (blackboard) write("blackboard.csv", blackboard.csv);
    lines.push(...(blackboard?.warnings ?? []));
    const canvas = toCanvas(this.#course, this.#gradebook);
    if (canvas) write("canvas.csv", canvas.csv);
    lines.push(...(canvas?.warnings ?? []));
    for (const assignment of this.#course.assignments) {
      const { name } = assignment;
      const entries = this.#gradebook.entriesOf(name);
      if (entries.size === 0) continue;
      const moodle = toMoodle(assignment, this.#gradebook);
      if (moodle) write(`moodle-${name.replace(/[^\w.-]+/g, "-")}.csv`, moodle.csv);
      lines.push(...(moodle?.warnings ?? []));
      const missing = missingIn(this.#course, this.#gradebook, name);
      if (missing.length > 0)
        lines.push(
          `${name}: ${missing.length} of ${this.#course.roster.students.length} have no graded notebook: ${missing.map((one) => one.name).join("; ")}`,
        );
      const key = this.#keys.get(name);
      const old = [...entries.values()].filter((entry) => key !== undefined && entry.key !== key).length;
      if (old > 0)
        lines.push(`${name}: ${old} grades stand on an earlier key; grade those submissions again too.`);
    }
    return [...this.#replaced.map((line) => `does not count · ${line}`), ...lines];
  }
}

/** The parts by tests, and those by hand that are marked: what the rubric takes points off for is a mistake too. */
function partsOf({ parts, manual }: SubmissionGrade): EntryPart[] {
  const byTests = parts.map(({ id, points, outOf, feedback }) => ({
    ...{ id, points, outOf },
    mistakes: mistakesIn(feedback),
  }));
  const byHand = manual.flatMap(({ id, points: outOf, given }) => {
    if (given === undefined) return [];
    const mistakes = given.reasons.filter(({ points }) => points < 0).map(({ text }) => text);
    const comment = [...given.reasons.map(({ text }) => text), given.comment].filter(Boolean).join("\n");
    return [{ id, points: given.points, outOf, mistakes, ...(comment !== "" && { comment }) }];
  });
  return [...byTests, ...byHand];
}

/**
 * Keeps a copy of what was handed in, with its time, in a folder of the student: earlier submissions stay, and a folder of
 * them can be graded again.
 */
function keepHandIn(folder: string, { assignment, student, handIn, hash, handedIn }: Sorted): void {
  const place = path.join(folder, "record", fileName(assignment.name), "hand-ins", fileName(student.id));
  const file = path.join(place, `${hash.slice(0, 16)}.ipynb`);
  if (existsSync(file)) return;
  makeFolder(place);
  writeWhole(file, handIn.content());
  if (handedIn) utimesSync(file, handedIn, handedIn);
}
