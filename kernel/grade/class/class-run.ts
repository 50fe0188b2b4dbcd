/** One grading of a class by its course file: what to grade, what lateness adds to each report, and the tables after it. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { SubmissionGrade } from "../grade.js";
import { keyOf } from "../record.js";
import type { FindSource } from "../sources.js";
import { classToHtml } from "./class-page.js";
import type { Course } from "./course.js";
import { classToCsv, missingIn, toCanvas, toMoodle } from "./exports.js";
import { dateOf, Gradebook } from "./gradebook.js";
import type { HandIn } from "./hand-ins.js";
import { latenessToText } from "./late.js";
import { mistakesIn } from "./mistakes.js";
import { sort, timesToText } from "./sort.js";
import type { Sorted } from "./sort.js";

export class ClassRun {
  readonly #course: Course;
  readonly #folder: string;
  readonly #gradebook: Gradebook;
  /** The submissions to be graded. */
  readonly counting: readonly Sorted[];
  /** What cannot be graded, each with the reason. */
  readonly unknown: readonly string[];
  readonly #replaced: readonly string[];

  /** @param folder the folder of the grades */
  constructor(course: Course, handIns: readonly HandIn[], findSource: FindSource, folder: string) {
    this.#course = course;
    this.#folder = folder;
    this.#gradebook = new Gradebook(folder, course);
    const { counting, unknown, replaced } = sort(handIns, course, findSource);
    // One that was graded before and came later still counts.
    const isOld = ({ assignment, student, handedIn }: Sorted): boolean => {
      const before = dateOf(this.#gradebook.entryOf(assignment.name, student.id));
      return before !== undefined && handedIn !== undefined && before > handedIn;
    };
    this.counting = counting.filter((one) => !isOld(one));
    this.unknown = unknown;
    const old = counting
      .filter(isOld)
      .map(({ handIn, student }) => `${handIn.path}: a later one of ${student.name} is graded already`);
    this.#replaced = [...replaced, ...old];
  }

  /** The grade with a note that says when it was handed in, and what lateness costs. */
  withNote(sorted: Sorted, grade: SubmissionGrade): SubmissionGrade {
    const { assignment, student, handedIn, saidBy, markedLate } = sorted;
    const { timeZone, late } = this.#course;
    const here = new Map(
      this.counting.filter((one) => one.student === student).map((one) => [one.assignment, one]),
    );
    const lateness = this.#gradebook.latenessOf(
      student.id,
      (one) => here.get(one)?.handedIn ?? dateOf(this.#gradebook.entryOf(one.name, student.id)),
    );
    const times = timesToText(handedIn, saidBy, assignment.due, timeZone);
    const cost = latenessToText(lateness.get(assignment.name)!, late, grade.points, grade.outOf);
    const note = `It was ${times}${cost === undefined ? "." : `: ${cost}`}`;
    const doubt = markedLate && cost === undefined ? ["Canvas marks it as late."] : [];
    return { ...grade, notes: [...grade.notes, note, ...doubt] };
  }

  /**
   * Writes the tables and the class page.
   * @param grades of `counting`, in its order; undefined for one that could not be graded
   * @returns what the lecturer should know, in lines
   */
  finish(grades: readonly (SubmissionGrade | undefined)[]): string[] {
    const lines: string[] = [];
    const keys = new Map<string, string>();
    this.counting.forEach((sorted, i) => {
      const grade = grades[i];
      const { assignment, student, source, handIn, hash, handedIn, saidBy } = sorted;
      keys.set(assignment.name, keys.get(assignment.name) ?? keyOf(source.notebook));
      if (grade === undefined) return;
      this.#gradebook.set(assignment.name, student.id, {
        path: handIn.path,
        hash,
        handedIn: handedIn?.toISOString(),
        saidBy,
        key: keys.get(assignment.name)!,
        points: grade.points,
        outOf: grade.outOf,
        byHand: grade.manual.reduce((sum, { points, answered }) => sum + (answered ? points : 0), 0),
        parts: grade.parts.map(({ id, points, outOf, feedback }) => ({
          id,
          points,
          outOf,
          mistakes: mistakesIn(feedback),
        })),
      });
    });
    this.#gradebook.save();
    const write = (name: string, content: string): void =>
      writeFileSync(path.join(this.#folder, name), content);
    write("class.csv", classToCsv(this.#course, this.#gradebook));
    write("class.html", classToHtml(this.#course, this.#gradebook, this.unknown));
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
          `${name}: ${missing.length} of ${this.#course.roster.students.length} handed in nothing: ${missing.map((one) => one.name).join("; ")}`,
        );
      const key = keys.get(name);
      const old = [...entries.values()].filter((entry) => key !== undefined && entry.key !== key).length;
      if (old > 0)
        lines.push(`${name}: ${old} grades stand on an earlier key; grade those submissions again too.`);
    }
    return [...this.#replaced.map((line) => `does not count · ${line}`), ...lines];
  }
}
