/** What each student of a class has handed in and earned over the term; kept beside the records of the grades. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import { isObject } from "../../notebook/format.js";
import { GradeError } from "../sources.js";
import type { Course } from "./course.js";
import { afterLateness, daysLate, latenessOf } from "./late.js";
import type { Lateness } from "./late.js";
import { makeFolder } from "#host/folders";

/** A part of a submission. */
export interface EntryPart {
  readonly id: string;
  readonly points: number;
  readonly outOf: number;
  /** The mistakes that the tests call by their names. */
  readonly mistakes: readonly string[];
  /** What a person has said of it. */
  readonly comment?: string | undefined;
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
  /** Points that a person has given; 0 when left out. */
  readonly given?: number | undefined;
  /** The most that a person can give; 0 when left out. */
  readonly handOutOf?: number | undefined;
  /** The most that the marked parts of these earn; 0 when left out. */
  readonly marked?: number | undefined;
  readonly parts: readonly EntryPart[];
  /** Other submissions of the student that were graded and do not count. */
  readonly others?: readonly Entry[] | undefined;
}

/** What an entry has earned so far, by tests and by hand, before anything is taken off. */
export function earnedIn({ points, given = 0 }: Entry): number {
  return Math.round(100 * (points + given)) / 100;
}

/** The most that an entry could have earned so far: by tests, and in the parts that a person has marked. */
export function worthOf({ outOf, marked = 0 }: Entry): number {
  return Math.round(100 * (outOf + marked)) / 100;
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

  /** Adds one of several submissions, of which the best is to count; `chooseBest` says which. */
  add(assignment: string, student: string, entry: Entry): void {
    const before = this.entryOf(assignment, student);
    const others = before === undefined ? [] : [{ ...before, others: undefined }, ...(before.others ?? [])];
    this.set(assignment, student, { ...entry, others: others.filter(({ hash }) => hash !== entry.hash) });
  }

  /**
   * Of each student's submissions the one counts that earns most after what lateness costs. The assignments are decided in
   * the order of their due dates, since an earlier one may use up grace days; of equals the first handed in counts.
   */
  chooseBest(): void {
    const { assignments, late, roster } = this.#course;
    for (const { id } of roster.students) {
      const days: number[] = [];
      for (const { name, due } of assignments) {
        const entry = this.entryOf(name, id);
        if (entry === undefined) {
          days.push(0);
          continue;
        }
        const rated = [{ ...entry, others: undefined }, ...(entry.others ?? [])].map((one) => {
          const own = daysLate(due, dateOf(one));
          const total = afterLateness(earnedIn(one), latenessOf([...days, own], late).at(-1)!);
          return { one, own, total, at: dateOf(one)?.getTime() ?? 0 };
        });
        const [best, ...rest] = rated.sort((a, b) => b.total - a.total || a.at - b.at);
        this.set(name, id, { ...best.one, others: rest.map(({ one }) => one) });
        days.push(best.own);
      }
    }
  }

  save(): void {
    makeFolder(path.dirname(this.#file));
    const entries = [...this.#entries].map(([name, all]) => [name, Object.fromEntries(all)] as const);
    writeWhole(this.#file, `${JSON.stringify(Object.fromEntries(entries), undefined, 1)}\n`);
  }

  /** What lateness costs a student, by the assignment's name. */
  latenessOf(student: string): Map<string, Lateness> {
    const { assignments, late } = this.#course;
    const days = assignments.map(({ name, due }) => daysLate(due, dateOf(this.entryOf(name, student))));
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
