/** What lies on the reader's desk: one part of an assignment with everybody's answers, and what was given for each. */
import { createHash } from "node:crypto";
import { Answers } from "../../grade/by-hand/answers.js";
import type { AnswerSheet, KeptAnswer, Question } from "../../grade/by-hand/answers.js";
import { HandMarks, pointsOf } from "../../grade/by-hand/marks.js";
import type { Mark, RubricItem } from "../../grade/by-hand/marks.js";
import { HttpError } from "../http/http-error.js";

/** An answer to be marked. */
export interface Paper {
  /** Names it on the page; it does not tell whose it is. */
  readonly key: string;
  /** The student's name, or "Answer 7" when names are hidden. */
  readonly title: string;
  readonly answer: KeptAnswer;
  readonly mark: Mark | undefined;
  /** What the mark comes to; undefined until it is marked. */
  readonly points: number | undefined;
  /** The student's earlier answer to the same part was marked, and this one is another. */
  readonly isChanged: boolean;
}

export interface PartOnDesk {
  readonly assignment: string;
  readonly question: Question;
  readonly rubric: readonly RubricItem[];
  readonly papers: readonly Paper[];
  /** Comments that were given in this part, the commonest first. */
  readonly comments: readonly string[];
}

/** A part in the list of parts. */
export interface PartToMark {
  readonly assignment: string;
  readonly id: string;
  readonly count: number;
  readonly open: number;
}

export class Desk {
  readonly #folder: string;
  readonly #anonymous: boolean;
  /** Mixes the order of anonymous answers, and hides whose they are. */
  readonly #secret: string;
  /** What was read, and when it had been written: a page has a frame for each answer. */
  readonly #sheets = new Map<string, { stamp: number; sheets: readonly AnswerSheet[] }>();

  /**
   * @param folder the folder of the grades
   * @param anonymous nothing that goes to the page says whose an answer is
   * @param secret text that the page does not know
   */
  constructor(folder: string, anonymous: boolean, secret: string) {
    this.#folder = folder;
    this.#anonymous = anonymous;
    this.#secret = secret;
  }

  /** All parts that a person marks, in their order. */
  parts(): PartToMark[] {
    return Answers.assignmentsIn(this.#folder).flatMap((assignment) => {
      const answers = new Answers(this.#folder, assignment);
      return answers.questions().map(({ id }) => {
        const { papers } = this.part(assignment, id);
        const open = papers.filter(({ points }) => points === undefined).length;
        return { assignment, id, count: papers.length, open };
      });
    });
  }

  /** @throws HttpError when there is no such part */
  part(assignment: string, id: string): PartOnDesk {
    const { question, marks, sheets } = this.#open(assignment, id);
    const rubric = marks.rubricOf(id);
    const papers = sheets
      .flatMap((sheet) => {
        const answer = answerIn(sheet, id);
        return answer ? [{ sheet, answer, key: this.#keyOf(assignment, sheet.who) }] : [];
      })
      .sort((a, b) => (this.#anonymous ? (a.key < b.key ? -1 : 1) : 0))
      .map(({ sheet: { who, name }, answer, key }, i): Paper => {
        const mark = marks.markOf(id, who, answer.hash);
        const points = mark && pointsOf(mark, rubric, question.points)?.points;
        const isChanged = mark === undefined && marks.hasOther(id, who, answer.hash);
        return { key, title: this.#anonymous ? `Answer ${i + 1}` : name, answer, mark, points, isChanged };
      });
    const counts = new Map<string, number>();
    for (const { mark } of papers)
      if (mark?.comment) counts.set(mark.comment, (counts.get(mark.comment) ?? 0) + 1);
    const comments = [...counts].sort(([, a], [, b]) => b - a).map(([text]) => text);
    return { assignment, question, rubric, papers, comments };
  }

  /** @returns what it comes to; undefined when that is nothing. @throws HttpError for what cannot be given */
  setMark(assignment: string, id: string, key: string, given: Record<string, unknown>): number | undefined {
    const { question, marks, sheets } = this.#open(assignment, id);
    const sheet = sheets.find(({ who }) => this.#keyOf(assignment, who) === key);
    const answer = sheet && answerIn(sheet, id);
    if (!answer) throw new HttpError(404, "There is no such answer; load the page again.");
    const { items = [], own, comment = "" } = given;
    if (
      !Array.isArray(items) ||
      !items.every((one) => typeof one === "string") ||
      typeof comment !== "string"
    )
      throw new HttpError(400, "A mark has a list of items, points and a comment.");
    if (own !== undefined && own !== null && !(typeof own === "number" && own >= 0 && own <= question.points))
      throw new HttpError(400, `Give a number from 0 to ${question.points}.`);
    const mark: Mark = { items, own: typeof own === "number" ? own : undefined, comment: comment.trim() };
    marks.change(({ setMark }) => setMark(id, sheet.who, answer.hash, mark));
    return pointsOf(mark, marks.rubricOf(id), question.points)?.points;
  }

  /** Sets the rubric of a part, which changes what its marks come to. @throws HttpError for what is no rubric */
  setRubric(assignment: string, id: string, given: unknown): void {
    const { marks } = this.#open(assignment, id);
    if (!Array.isArray(given)) throw new HttpError(400, "A rubric is a list of items.");
    const items = given.map((one): RubricItem => {
      const { id, text, points } = (one ?? {}) as Partial<Record<keyof RubricItem, unknown>>;
      if (typeof id !== "string" || typeof text !== "string" || text.trim() === "")
        throw new HttpError(400, "An item of the rubric needs a text.");
      if (typeof points !== "number" || !Number.isFinite(points))
        throw new HttpError(400, `"${text}" needs a number of points, such as -1 or 0.5.`);
      return { id, text: text.trim(), points };
    });
    marks.change(({ setRubric }) => setRubric(id, items));
  }

  #open(
    assignment: string,
    id: string,
  ): { question: Question; marks: HandMarks; sheets: readonly AnswerSheet[] } {
    const answers = new Answers(this.#folder, assignment);
    const question = answers.questions().find((one) => one.id === id);
    if (question === undefined) throw new HttpError(404, `There is no part ${id} of ${assignment}.`);
    const stamp = answers.stamp();
    const kept = this.#sheets.get(assignment);
    const sheets = kept?.stamp === stamp ? kept.sheets : answers.sheets();
    this.#sheets.set(assignment, { stamp, sheets });
    return { question, marks: new HandMarks(this.#folder, assignment), sheets };
  }

  #keyOf(assignment: string, who: string): string {
    const text = JSON.stringify([this.#secret, assignment, who]);
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
  }
}

/** A part's answer; undefined for one that was left as it was, which earns nothing and need not be read. */
function answerIn({ answers }: AnswerSheet, id: string): KeptAnswer | undefined {
  return answers.find((one) => one.id === id && one.answered);
}
