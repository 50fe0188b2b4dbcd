/**
 * The marks as a table, `by-hand.csv`: one row for each answer, for those who would rather mark in a spreadsheet. Points
 * and comments that somebody has changed in it are read back before the next grading and the next review; rows that are as
 * they were written change nothing, so that the page and the table can be used side by side.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../notebook/files.js";
import { noFormula, readTable, tableToCsv } from "../class/table.js";
import { GradeError } from "../sources.js";
import { Answers } from "./answers.js";
import { HandMarks } from "./marks.js";
import { makeFolder } from "#host/folders";

const COLUMNS = ["assignment", "id", "name", "part", "of", "answer", "points", "comment", "hash"] as const;
type Row = Readonly<Record<string, string>>;

/** The most characters of an answer in the table; the whole is in the report and on the page. */
const MOST_TEXT = 1000;

/** Writes the table, of everything that is answered; no file when there is nothing. */
export function writeSheet(folder: string): void {
  const rows = Answers.assignmentsIn(folder).flatMap((assignment) => {
    const answers = new Answers(folder, assignment);
    const marks = new HandMarks(folder, assignment);
    const sheets = answers.sheets();
    return answers.questions().flatMap(({ id, points }) =>
      sheets.flatMap(({ who, name, answers: own }) => {
        const answer = own.find((one) => one.id === id);
        if (!answer?.answered) return [];
        const given = marks.given(id, points, who, answer.hash);
        const comment = marks.markOf(id, who, answer.hash)?.comment ?? "";
        const text = (answer.cell?.source ?? "").slice(0, MOST_TEXT);
        return [
          {
            assignment,
            ...{ id: noFormula(who), name: noFormula(name), part: id, of: points },
            ...{ answer: noFormula(text), points: given?.points, comment: noFormula(comment) },
            hash: answer.hash,
          },
        ];
      }),
    );
  });
  if (rows.length === 0 && !existsSync(sheetOf(folder))) return;
  const csv = tableToCsv(COLUMNS, rows);
  makeFolder(path.dirname(copyOf(folder)));
  writeWhole(sheetOf(folder), csv);
  writeWhole(copyOf(folder), csv);
}

/**
 * Takes over what somebody has changed in the table.
 * @returns how many answers got other points or another comment
 * @throws GradeError naming the row: points that are no number or too many, or a row that is not of this table
 */
export function readSheet(folder: string): number {
  const [file, copy] = [sheetOf(folder), copyOf(folder)];
  if (!existsSync(file) || !existsSync(copy)) return 0;
  const [now, before] = [file, copy].map((one) => readFileSync(one, "utf8"));
  if (now === before) return 0;
  const table = readTable(file, now);
  const missing = COLUMNS.filter((name) => name !== "answer" && !table.columns.includes(name));
  if (missing.length > 0)
    throw new GradeError(
      `${file} has no column ${missing.join(", ")}; change only points and comment, or delete the file and grade again.`,
    );
  const written = new Map(readTable(copy, before).rows.map((row) => [placeOf(row), row]));
  const changes = new Map<string, { row: Row; points: number | undefined }[]>();
  table.rows.forEach((row, i) => {
    const was = written.get(placeOf(row));
    if (was === undefined)
      throw new GradeError(
        `${file}: row ${i + 2} (${row.id}, ${row.part}) was not in the table; change only points and comment.`,
      );
    const points = numberOf(row.points);
    if (points === numberOf(was.points) && row.comment === was.comment) return;
    if (points !== undefined && !(points >= 0 && points <= Number(row.of)))
      throw new GradeError(
        `${file}: row ${i + 2} (${row.id}, ${row.part}) has "${row.points}" points; write a number from 0 to ${row.of}.`,
      );
    changes.set(row.assignment, [...(changes.get(row.assignment) ?? []), { row, points }]);
  });
  for (const [assignment, rows] of changes) {
    const marks = new HandMarks(folder, assignment);
    marks.change(({ setMark }) => {
      for (const { row, points } of rows) {
        const { part, hash } = row;
        const who = asGiven(row.id);
        const old = marks.markOf(part, who, hash);
        const isSame = points === numberOf(written.get(placeOf(row))!.points);
        // Points from the rubric stay from the rubric when only the comment was changed.
        const own = isSame ? { items: old?.items ?? [], own: old?.own } : { items: [], own: points };
        setMark(part, who, hash, { ...own, comment: asGiven(row.comment) });
      }
    });
  }
  return [...changes.values()].reduce((sum, rows) => sum + rows.length, 0);
}

function sheetOf(folder: string): string {
  return path.join(folder, "by-hand.csv");
}

/** The table as it was written, which shows what somebody has changed since. */
function copyOf(folder: string): string {
  return path.join(folder, "record", "by-hand.csv");
}

function placeOf({ assignment, id, part, hash }: Row): string {
  return JSON.stringify([assignment, id, part, hash]);
}

/** A spreadsheet may have written 2,5. */
function numberOf(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text.trim().replace(",", "."));
}

/** Takes away the sign that kept a text from being a formula. */
function asGiven(text: string): string {
  return text.replace(/^'(?=[=+\-@\t\r])/, "");
}
