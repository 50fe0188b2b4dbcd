/** What each student of a class has handed in and earned over the term; kept beside the records of the grades. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import { isObject } from "../../notebook/format.js";
import { GradeError } from "../sources.js";
import type { Course, CourseAssignment } from "./course.js";
import { daysLate, latenessOf } from "./late.js";
import type { Lateness } from "./late.js";

/** A part of a submission. */
export interface EntryPart {
  readonly id: string;
  readonly points: number;
  readonly outOf: number;
  /** The mistakes that the tests call by their names. */
  readonly mistakes: readonly string[];
}

/** The submission of one student that counts for one assignment. */
export interface Entry {
  /** Where the file was. */
  readonly path: string;
  /** The SHA-256 of the file. */
  readonly hash: string;
  /** When it was handed in, as ISO 8601; undefined when nothing says it. */
  readonly handedIn?: string | undefined;
  /** Who says so. */
  readonly saidBy?: string | undefined;
  /** The hash of the instructor's notebook that it was graded by. */
  readonly key: string;
  /** By tests, before anything is taken off. */
  readonly points: number;
  readonly outOf: number;
  /** Points that a person may still give. */
  readonly byHand: number;
  readonly parts: readonly EntryPart[];
}

export class Gradebook {
  readonly #file: string;
  readonly #course: Course;
  /** The entries by the assignment's name, then by the student's ID. */
  readonly #entries: Map<string, Map<string, Entry>>;

  /**
   * @param folder the folder of the grades
   * @throws GradeError when the file that was kept is damaged
   */
  constructor(folder: string, course: Course) {
    this.#file = path.join(folder, "record", "gradebook.json");
    this.#course = course;
    this.#entries = new Map(
      Object.entries(kept(this.#file)).map(([name, entries]) => [name, new Map(Object.entries(entries))]),
    );
  }

  entryOf(assignment: string, student: string): Entry | undefined {
    return this.#entries.get(assignment)?.get(student);
  }

  /** The entries of an assignment, by the student's ID. */
  entriesOf(assignment: string): ReadonlyMap<string, Entry> {
    return this.#entries.get(assignment) ?? new Map<string, Entry>();
  }

  set(assignment: string, student: string, entry: Entry): void {
    const entries = this.#entries.get(assignment) ?? new Map<string, Entry>();
    this.#entries.set(assignment, entries.set(student, entry));
  }

  save(): void {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    const entries = [...this.#entries].map(([name, all]) => [name, Object.fromEntries(all)] as const);
    writeWhole(this.#file, `${JSON.stringify(Object.fromEntries(entries), undefined, 1)}\n`);
  }

  /**
   * What lateness costs a student, by the assignment's name.
   * @param handedIn when each was handed in; default: as the entries say
   */
  latenessOf(
    student: string,
    handedIn: (assignment: CourseAssignment) => Date | undefined = ({ name }) =>
      dateOf(this.entryOf(name, student)),
  ): Map<string, Lateness> {
    const { assignments, late } = this.#course;
    const days = assignments.map((one) => daysLate(one.due, handedIn(one)));
    const all = latenessOf(days, late);
    return new Map(assignments.map(({ name }, i) => [name, all[i]]));
  }
}

/** When an entry was handed in. */
export function dateOf(entry: Entry | undefined): Date | undefined {
  return entry?.handedIn === undefined ? undefined : new Date(entry.handedIn);
}

function kept(file: string): Record<string, Record<string, Entry>> {
  if (!existsSync(file)) return {};
  try {
    const all: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (isObject(all) && Object.values(all).every(isObject))
      return all as Record<string, Record<string, Entry>>;
  } catch {
    // The error below says it.
  }
  throw new GradeError(
    `${file} is damaged; delete it, and grade all assignments again: nothing that is graded runs twice.`,
  );
}
