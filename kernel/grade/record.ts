/**
 * What was graded already, kept beside the grades: a file for each submission and the terms it was graded on. So a
 * class is graded on one seed, a command that was interrupted goes on where it was, and the grades before a change of
 * the key can be compared with those after it.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeFolderOf, writeWhole } from "../notebook/files.js";
import { asObject } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";
import type { SubmissionGrade } from "./grade.js";
import { roleOf } from "./nbgrader.js";
import { GradeError } from "./sources.js";

/** What a grade depends on besides the submission. */
export interface Terms {
  /** The hash of the instructor's notebook. */
  readonly key: string;
  /** The seed of the random tests. */
  readonly seed: number;
  /** Seconds for one cell of a student or one call of a student's function. */
  readonly timeout: number;
}

/** The grades so far, of one folder of grades. */
export class Records {
  readonly #folder: string;

  /** @param folder the folder of the grades; the records are in its folder `record` */
  constructor(folder: string) {
    this.#folder = path.join(folder, "record");
  }

  /**
   * The terms that an assignment's grades stand on; undefined before the first.
   * @throws GradeError when the file that says so is damaged
   */
  termsOf(assignment: string): Terms | undefined {
    const file = this.#termsFile(assignment);
    if (!existsSync(file)) return undefined;
    const { key, seed, timeout } = asObject(parse(file));
    if (typeof key !== "string" || typeof seed !== "number" || typeof timeout !== "number")
      throw new GradeError(
        `${file} is damaged: it must give a key, a seed and a timeout; delete it to begin anew.`,
      );
    return { key, seed, timeout };
  }

  /** From now on the assignment's grades stand on these terms. */
  accept(assignment: string, terms: Terms): void {
    write(this.#termsFile(assignment), terms);
  }

  /**
   * The grade of a submission on these terms; undefined when it was not graded on them.
   * @param submission its hash
   */
  find(assignment: string, submission: string, terms: Terms): SubmissionGrade | undefined {
    const file = this.#gradeFile(assignment, submission, terms);
    // What cannot be read is graded again.
    return existsSync(file) ? (parse(file) as SubmissionGrade | undefined) : undefined;
  }

  /** Keeps a grade. One without a single tested cell is not kept: it says that the tests could not be run. */
  keep(assignment: string, submission: string, terms: Terms, grade: SubmissionGrade): void {
    if (grade.tested.length > 0) write(this.#gradeFile(assignment, submission, terms), grade);
  }

  #termsFile(assignment: string): string {
    return path.join(this.#folder, fileName(assignment), "terms.json");
  }

  #gradeFile(assignment: string, submission: string, { key, seed, timeout }: Terms): string {
    const name = hash(JSON.stringify([submission, key, seed, timeout])).slice(0, 32);
    return path.join(this.#folder, fileName(assignment), `${name}.json`);
  }
}

/** The SHA-256 of a submission's file, as `sha256sum` gives it. */
export function hash(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What reports say of a submission's hash, so that a student can compare it with the file that was sent. */
export function sealNote(hash: string): string {
  return `The SHA-256 of the file is ${hash}.`;
}

/** The hash of what grades depend on in the instructor's notebook: all its cells but text that earns no points. */
export function keyOf({ cells, metadata }: Notebook): string {
  const parts = cells
    .filter((cell) => cell.cell_type === "code" || roleOf(cell)?.grade)
    .map((cell) => [cell.cell_type, cell.source, roleOf(cell), cell.metadata.tags]);
  return hash(JSON.stringify([parts, metadata.chainrule]));
}

/** Whether grades on one are grades on the other. */
export function areSame(one: Terms, other: Terms): boolean {
  return one.key === other.key && one.seed === other.seed && one.timeout === other.timeout;
}

/** What differs, in words: "the key or its tests, the seed". */
export function whatDiffers(one: Terms, other: Terms): string {
  const parts = [
    one.key !== other.key && "the key or its tests",
    one.seed !== other.seed && `the seed (${one.seed}, now ${other.seed})`,
    one.timeout !== other.timeout && `the time for a call (${one.timeout} s, now ${other.timeout} s)`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** A name that any file system takes; two names never become one. */
export function fileName(name: string): string {
  return /^[\w-][\w.-]*$/.test(name) ? name : `${name.replace(/[^\w-]+/g, "-")}-${hash(name).slice(0, 8)}`;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function write(file: string, content: object): void {
  makeFolderOf(file);
  writeWhole(file, `${JSON.stringify(content)}\n`);
}
