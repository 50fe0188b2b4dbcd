/** The points by hand in one grading: answers are put aside for whoever reads them, and grades get what was given so far. */
import type { SubmissionGrade } from "../grade.js";
import type { Source } from "../sources.js";
import { Answers, hashOf } from "./answers.js";
import { HandMarks } from "./marks.js";
import { readSheet, writeSheet } from "./sheet.js";

export class ByHand {
  readonly #folder: string;
  readonly #assignments = new Map<string, { answers: Answers; marks: HandMarks }>();
  /** How many answers somebody has marked in the table since it was written. */
  readonly taken: number;

  /**
   * @param folder the folder of the grades
   * @throws GradeError when the table or the marks that were kept cannot be read
   */
  constructor(folder: string) {
    this.#folder = folder;
    this.taken = readSheet(folder);
  }

  /**
   * Keeps the answers of a submission for the reader.
   * @returns the grade with the points that were given for these very answers
   */
  add({ assignment, notebook }: Source, who: string, grade: SubmissionGrade): SubmissionGrade {
    const { answers, marks } = this.#of(assignment, () => new Answers(this.#folder, assignment));
    if (grade.manual.length > 0) answers.ask(assignment, notebook);
    answers.put(who, grade.name, grade.manual);
    const manual = grade.manual.map((one) => ({
      ...one,
      given: one.answered ? marks.given(one.id, one.points, who, hashOf(one)) : undefined,
    }));
    return { ...grade, manual };
  }

  /** Writes the table. */
  end(): void {
    writeSheet(this.#folder);
  }

  #of(assignment: string, make: () => Answers): { answers: Answers; marks: HandMarks } {
    const found = this.#assignments.get(assignment);
    if (found) return found;
    const fresh = { answers: make(), marks: new HandMarks(this.#folder, assignment) };
    this.#assignments.set(assignment, fresh);
    return fresh;
  }
}
