/**
 * The points that a person gives, with the rubric and the comments, kept beside the records: grading again does not touch
 * them. A mark belongs to the answer that was read. Who hands in another answer has it read anew; who hands in the same
 * keeps the mark.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import { isObject } from "../../notebook/format.js";
import type { GivenPoints } from "../plan.js";
import { fileName } from "../record.js";
import { GradeError } from "../sources.js";
import { makeFolder } from "#host/folders";

/** A sentence that is reused from answer to answer, with what it is worth. */
export interface RubricItem {
  readonly id: string;
  readonly text: string;
  /** Below zero they are taken off. */
  readonly points: number;
}

/** What a person has said of one answer. */
export interface Mark {
  /** The rubric's items that apply, by their ids. */
  readonly items: readonly string[];
  /** Points that go before what the items add up to. */
  readonly own?: number | undefined;
  readonly comment?: string | undefined;
}

interface PartMarks {
  rubric: readonly RubricItem[];
  /** By who wrote the answer, then by the answer's hash. */
  readonly marks: Map<string, Map<string, Mark>>;
}

/** The marks of one assignment. */
export class HandMarks {
  readonly #file: string;
  #parts: Map<string, PartMarks>;

  /**
   * @param folder the folder of the grades
   * @throws GradeError when the file that was kept is damaged: what a person has written is never thrown away silently
   */
  constructor(folder: string, assignment: string) {
    this.#file = path.join(folder, "record", fileName(assignment), "by-hand.json");
    this.#parts = read(this.#file);
  }

  rubricOf(part: string): readonly RubricItem[] {
    return this.#parts.get(part)?.rubric ?? [];
  }

  markOf(part: string, who: string, answer: string): Mark | undefined {
    return this.#parts.get(part)?.marks.get(who)?.get(answer);
  }

  /** Whether the same person's part was marked in another answer. */
  hasOther(part: string, who: string, answer: string): boolean {
    return [...(this.#parts.get(part)?.marks.get(who)?.keys() ?? [])].some((one) => one !== answer);
  }

  /**
   * The points of an answer; undefined until somebody has given them.
   * @param outOf the most that the part earns
   */
  given(part: string, outOf: number, who: string, answer: string): GivenPoints | undefined {
    const mark = this.markOf(part, who, answer);
    return mark && pointsOf(mark, this.rubricOf(part), outOf);
  }

  /** Changes what is kept, on top of what another program has written since. */
  change(edit: (edits: MarkEdits) => void): void {
    this.#parts = read(this.#file);
    const partOf = (part: string): PartMarks => {
      const found = this.#parts.get(part) ?? { rubric: [], marks: new Map<string, Map<string, Mark>>() };
      this.#parts.set(part, found);
      return found;
    };
    edit({
      setRubric: (part, items) => void (partOf(part).rubric = items),
      setMark: (part, who, answer, mark) => {
        const { marks } = partOf(part);
        const own = marks.get(who) ?? new Map<string, Mark>();
        if (mark.items.length === 0 && mark.own === undefined && !mark.comment) own.delete(answer);
        else own.set(answer, mark);
        marks.set(who, own);
      },
    });
    const kept = [...this.#parts].map(([part, { rubric, marks }]) => [
      part,
      { rubric, marks: Object.fromEntries([...marks].map(([who, all]) => [who, Object.fromEntries(all)])) },
    ]);
    makeFolder(path.dirname(this.#file));
    writeWhole(this.#file, `${JSON.stringify(Object.fromEntries(kept), undefined, 1)}\n`);
  }
}

export interface MarkEdits {
  setRubric(part: string, items: readonly RubricItem[]): void;
  /** An empty mark takes back what was given. */
  setMark(part: string, who: string, answer: string, mark: Mark): void;
}

/**
 * What a mark comes to: the points that were written, else what the items add up to. With an item that takes points off,
 * the part starts from all its points, else from none. The sum stays between 0 and all.
 */
export function pointsOf(
  { items, own, comment = "" }: Mark,
  rubric: readonly RubricItem[],
  outOf: number,
): GivenPoints | undefined {
  const chosen = rubric.filter(({ id }) => items.includes(id));
  if (own === undefined && chosen.length === 0) return undefined;
  const start = rubric.some(({ points }) => points < 0) ? outOf : 0;
  const sum = chosen.reduce((total, { points }) => total + points, start);
  const points = own ?? Math.min(outOf, Math.max(0, Math.round(100 * sum) / 100));
  return { points, reasons: chosen.map(({ text, points }) => ({ text, points })), comment };
}

function read(file: string): Map<string, PartMarks> {
  if (!existsSync(file)) return new Map();
  try {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (isObject(kept))
      return new Map(
        Object.entries(kept).map(([part, value]) => {
          const { rubric, marks } = value as { rubric: RubricItem[]; marks: Record<string, object> };
          const whole = Object.entries(marks).map(
            ([who, all]) => [who, new Map(Object.entries(all as Record<string, Mark>))] as const,
          );
          return [part, { rubric, marks: new Map(whole) }];
        }),
      );
  } catch {
    // The error below says it.
  }
  throw new GradeError(
    `${file} is damaged. It holds the points given by hand: put a copy back, or delete it to give them anew.`,
  );
}
