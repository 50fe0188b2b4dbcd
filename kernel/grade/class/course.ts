/** The course file: the roster, the due dates, and what lateness costs. Every mistake in it is named with its place. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../notebook/format.js";
import { GradeError } from "../sources.js";
import type { LatePolicy } from "./late.js";
import { participant, rosterOf } from "./roster.js";
import type { Roster } from "./roster.js";
import { readTable } from "./table.js";
import type { Table } from "./table.js";
import { isTimeZone, timeOf } from "./times.js";

export interface CourseAssignment {
  /** As the instructor's notebook calls it. */
  readonly name: string;
  readonly due: Date | undefined;
  /** The column of Canvas's gradebook, such as "P1 (4711)". */
  readonly canvasColumn: string | undefined;
  /** The column of Blackboard's Grade Center, such as "P1 [Total Pts: 18 Score] |4711". */
  readonly blackboardColumn: string | undefined;
  /** Moodle's grading worksheet: it tells when each was handed in, and grades go back into it. */
  readonly worksheet: Table | undefined;
}

export interface Course {
  readonly name: string;
  readonly timeZone: string;
  readonly roster: Roster;
  readonly late: LatePolicy;
  /** Which of several submissions of a student counts: the last, or the one that earns most. */
  readonly counts: "last" | "best";
  /** In the order of their due dates; those without one are last, as in the file. */
  readonly assignments: readonly CourseAssignment[];
}

/** @throws GradeError naming the file, the field and what may stand there */
export function readCourse(file: string): Course {
  const text = textOf(file, "a course file");
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new GradeError(`${file} is not JSON (${(error as Error).message}).`, { cause: error });
  }
  const fields = fieldsOf(given, file, ["name", "roster", "timeZone", "late", "counts", "assignments"]);
  const fail = (what: string): never => {
    throw new GradeError(`${file}: ${what}`);
  };
  const words = (value: unknown, field: string): string =>
    typeof value === "string" && value !== "" ? value : fail(`${field} must be text, and is ${show(value)}.`);
  const { counts = "last" } = fields;
  if (counts !== "last" && counts !== "best")
    fail(`counts must be "last" or "best", and is ${show(counts)}.`);
  const timeZone = fields.timeZone === undefined ? "UTC" : words(fields.timeZone, "timeZone");
  if (!isTimeZone(timeZone)) fail(`timeZone "${timeZone}" is not known; write one such as "Europe/Berlin".`);
  const beside = (name: string): string => path.resolve(path.dirname(file), name);
  if (fields.roster === undefined)
    fail('roster is missing: name the table of students, "roster": "roster.csv".');
  const table = (name: string): Table => readTable(beside(name), textOf(beside(name), "a table"));
  const roster = rosterOf(table(words(fields.roster, "roster")));
  const assignments = Object.entries(
    isObject(fields.assignments)
      ? fields.assignments
      : fail(`assignments must be an object such as { "p1-convolution-1d": { "due": "2026-11-20 23:59" } }.`),
  ).map(([name, value]): CourseAssignment => {
    const where = `assignments["${name}"]`;
    const { due, canvasColumn, blackboardColumn, moodleWorksheet } = fieldsOf(value, `${file}: ${where}`, [
      "due",
      "canvasColumn",
      "blackboardColumn",
      "moodleWorksheet",
    ]);
    const time = due === undefined ? undefined : timeOf(words(due, `${where}.due`), timeZone);
    if (due !== undefined && time === undefined)
      fail(`${where}.due ${show(due)} is no time; write "2026-11-20 23:59" or "2026-11-20T23:59:00+01:00".`);
    const columnOf = (kind: "canvas" | "blackboard", value: unknown): string | undefined => {
      if (value === undefined) return undefined;
      const column = words(value, `${where}.${kind}Column`);
      if (roster.kind !== kind || !roster.table.columns.includes(column))
        fail(
          `${where}.${kind}Column "${column}" is no column of the roster: ${roster.table.columns.join(", ")}.`,
        );
      return column;
    };
    const worksheet =
      moodleWorksheet === undefined ? undefined : table(words(moodleWorksheet, `${where}.moodleWorksheet`));
    for (const wanted of worksheet === undefined ? [] : ["Identifier", "Grade"])
      if (!worksheet!.columns.includes(wanted))
        fail(`${where}.moodleWorksheet has no column ${wanted}; download the grading worksheet in English.`);
    return {
      ...{ name, due: time, worksheet },
      canvasColumn: columnOf("canvas", canvasColumn),
      blackboardColumn: columnOf("blackboard", blackboardColumn),
    };
  });
  const order = ({ due }: CourseAssignment): number => due?.getTime() ?? Infinity;
  return {
    name:
      fields.name === undefined
        ? path.basename(path.dirname(path.resolve(file)))
        : words(fields.name, "name"),
    timeZone,
    roster,
    late: lateOf(fields.late ?? {}, file),
    counts: counts === "best" ? "best" : "last",
    // The order of equals stays as it is; Infinity − Infinity is no number.
    assignments: assignments.sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b))),
  };
}

/** When the learning management system says that a student handed in; undefined when it does not. */
export function timeInWorksheet(
  { worksheet }: CourseAssignment,
  student: string,
  timeZone: string,
): Date | undefined {
  const row = worksheet?.rows.find((one) => participant(one.Identifier) === student);
  return timeOf(row?.["Last modified (submission)"] ?? "", timeZone);
}

function lateOf(given: unknown, file: string): LatePolicy {
  const names = ["graceDays", "percentPerDay", "closesAfterDays"] as const;
  const fields = fieldsOf(given, `${file}: late`, names);
  const policy: Partial<Record<(typeof names)[number], number>> = {};
  for (const name of names) {
    const value = fields[name];
    if (value === undefined) continue;
    const isWhole = name === "percentPerDay" || Number.isInteger(value);
    const most = name === "percentPerDay" ? 100 : Infinity;
    if (typeof value !== "number" || !(value >= 0 && value <= most) || !isWhole)
      throw new GradeError(
        `${file}: late.${name} must be a ${name === "percentPerDay" ? "number from 0 to 100" : "whole number of days"}, and is ${show(value)}.`,
      );
    policy[name] = value;
  }
  return policy;
}

/** The fields of an object. @throws GradeError for what is no object, and for a field that is not known */
function fieldsOf(given: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (!isObject(given)) throw new GradeError(`${where} must be an object, and is ${show(given)}.`);
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined)
    throw new GradeError(`${where}: "${odd}" is not known; there may be ${known.join(", ")}.`);
  return given;
}

function textOf(file: string, what: string): string {
  if (!existsSync(file)) throw new GradeError(`${file}: there is no such file; it should be ${what}.`);
  const bytes = readFileSync(file);
  // Blackboard's downloads are UTF-16.
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8").decode(bytes);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "missing";
}
