/** What a person has to read: the questions of an assignment and everybody's answers, kept beside the records. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import { asObject } from "../../notebook/format.js";
import type { Notebook, NotebookCell } from "../../notebook/format.js";
import { isManual, roleOf } from "../nbgrader.js";
import type { ManualAnswer } from "../plan.js";
import { fileName, hash } from "../record.js";
import { makeFolder } from "#host/folders";

/** A part that a person marks. */
export interface Question {
  readonly id: string;
  readonly points: number;
  /** The text cell before it, which asks the question and states the rubric. */
  readonly asked: string;
  /** The instructor's answer. */
  readonly key: NotebookCell;
}

/** One answer of one person. */
export interface KeptAnswer {
  readonly id: string;
  /** Names the answer: equal answers have equal hashes. */
  readonly hash: string;
  readonly answered: boolean;
  readonly cell: NotebookCell | undefined;
}

/** Everything that one person has to be marked for. */
export interface AnswerSheet {
  /** The student's ID in a class, else the submission's name. */
  readonly who: string;
  readonly name: string;
  readonly answers: readonly KeptAnswer[];
}

export class Answers {
  readonly #folder: string;

  /** @param folder the folder of the grades */
  constructor(folder: string, assignment: string) {
    this.#folder = path.join(folder, "record", fileName(assignment));
  }

  /** The assignments of a folder of grades that a person has to mark parts of. */
  static assignmentsIn(folder: string): string[] {
    const place = path.join(folder, "record");
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .flatMap((name) => {
        const { assignment } = asObject(parse(path.join(place, name, "questions.json")));
        return typeof assignment === "string" ? [assignment] : [];
      })
      .sort();
  }

  /** Keeps the questions of the instructor's notebook; nothing when there are none. */
  ask(assignment: string, source: Notebook): void {
    const questions = questionsOf(source);
    if (questions.length > 0) this.#write("questions.json", { assignment, questions });
  }

  questions(): readonly Question[] {
    const { questions } = asObject(parse(path.join(this.#folder, "questions.json")));
    return Array.isArray(questions) ? (questions as Question[]) : [];
  }

  /** Keeps what one person has answered; an earlier sheet of the same person is replaced. */
  put(who: string, name: string, manual: readonly ManualAnswer[]): void {
    if (manual.length === 0) return;
    const answers = manual.map((one): KeptAnswer => ({
      id: one.id,
      hash: hashOf(one),
      answered: one.answered,
      cell: one.cell,
    }));
    this.#write(path.join("answers", `${fileName(who)}.json`), { who, name, answers });
  }

  /** All sheets, by the names. */
  sheets(): AnswerSheet[] {
    const place = path.join(this.#folder, "answers");
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => (parse(path.join(place, name)) as AnswerSheet | undefined) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Another number after each change of the sheets. */
  stamp(): number {
    const facts = statSync(path.join(this.#folder, "answers"), { throwIfNoEntry: false });
    return facts?.mtimeMs ?? 0;
  }

  #write(name: string, content: object): void {
    const file = path.join(this.#folder, name);
    makeFolder(path.dirname(file));
    writeWhole(file, `${JSON.stringify(content)}\n`);
  }
}

/** The answer's hash: of the text, and of the pictures pasted into it or drawn by it. */
export function hashOf({ text, cell }: ManualAnswer): string {
  const shown =
    cell === undefined
      ? []
      : cell.cell_type === "code"
        ? cell.outputs.map((output) => ("data" in output ? output.data : []))
        : (cell.attachments ?? []);
  return hash(JSON.stringify([text, shown])).slice(0, 16);
}

/** Each part that a person marks, with the text cell that stands before it. */
function questionsOf({ cells }: Notebook): Question[] {
  return cells.flatMap((cell, at) => {
    if (!isManual(cell)) return [];
    const { id, points } = roleOf(cell)!;
    const before = cells
      .slice(0, at)
      .findLast((one) => one.cell_type === "markdown" && !roleOf(one)?.solution);
    const lines = cell.source.split("\n").filter((line) => !/(BEGIN|END) SOLUTION/.test(line));
    const key: NotebookCell = { ...cell, source: lines.join("\n") };
    return [{ id, points, asked: before?.source ?? "", key }];
  });
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
