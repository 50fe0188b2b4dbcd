/** The grades of a class as tables: one for the lecturer, and those that Canvas and Moodle import. */
import type { Course, CourseAssignment } from "./course.js";
import { dateOf, earnedIn } from "./gradebook.js";
import type { Gradebook } from "./gradebook.js";
import { afterLateness } from "./late.js";
import { participant } from "./roster.js";
import type { Student } from "./roster.js";
import { noFormula, tableToCsv } from "./table.js";
import { showTime } from "./times.js";

/** A table for an import, and what the lecturer should know before it. */
export interface Export {
  readonly csv: string;
  readonly warnings: readonly string[];
}

/** The points of a student by tests and by hand, with what lateness costs taken off; undefined when nothing was handed in. */
export function totalOf(gradebook: Gradebook, assignment: string, student: string): number | undefined {
  const entry = gradebook.entryOf(assignment, student);
  return entry && afterLateness(earnedIn(entry), gradebook.latenessOf(student).get(assignment)!);
}

/** Every student of the roster, with what stands behind each total. */
export function classToCsv({ roster, assignments, timeZone }: Course, gradebook: Gradebook): string {
  const columns = ["id", "name"];
  const heads = [
    "points",
    "out of",
    "by hand",
    "by hand of",
    "handed in",
    "said by",
    "days late",
    "grace days",
    "percent off",
    "total",
    "by hand up to",
  ];
  for (const { name } of assignments) columns.push(...heads.map((head) => `${name}: ${head}`));
  const rows = roster.students.map((student) => {
    const lateness = gradebook.latenessOf(student.id);
    const row: Record<string, string | number | undefined> = {
      id: noFormula(student.id),
      name: noFormula(student.name),
    };
    for (const { name } of assignments) {
      const entry = gradebook.entryOf(name, student.id);
      if (entry === undefined) continue;
      const { days, grace, percent } = lateness.get(name)!;
      const at = dateOf(entry);
      const total = totalOf(gradebook, name, student.id);
      const cells = [
        entry.points,
        entry.outOf,
        entry.given,
        entry.handOutOf,
        at && showTime(at, timeZone),
        entry.saidBy,
        days,
        grace,
        percent,
        total,
        entry.byHand,
      ];
      heads.forEach((head, i) => (row[`${name}: ${head}`] = cells[i]));
    }
    return row;
  });
  return tableToCsv(columns, rows);
}

/** The table that Canvas's gradebook imports: the roster's columns that say who it is, and those of the assignments. */
export function toCanvas({ roster, assignments }: Course, gradebook: Gradebook): Export | undefined {
  const graded = assignments.filter(({ canvasColumn }) => canvasColumn !== undefined);
  if (roster.kind !== "canvas" || graded.length === 0) return undefined;
  const { columns, rows } = roster.table;
  const who = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"].filter((name) =>
    columns.includes(name),
  );
  const byId = new Map(roster.students.map((student) => [student.id, student]));
  const possible = rows.find(({ Student }) => Student.trim() === "Points Possible");
  const table = rows.flatMap((row) => {
    if (row === possible) return [row];
    const student = byId.get(row.ID.trim());
    if (student === undefined) return [];
    const grades = graded.map(
      ({ name, canvasColumn }) => [canvasColumn!, totalOf(gradebook, name, student.id)] as const,
    );
    return [{ ...row, ...Object.fromEntries(grades) }];
  });
  const warnings = graded.flatMap(({ name, canvasColumn }) =>
    otherMaximum(`Canvas's ${canvasColumn}`, possible?.[canvasColumn!], gradebook, name),
  );
  return { csv: tableToCsv([...who, ...graded.map(({ canvasColumn }) => canvasColumn!)], table), warnings };
}

/** The table that Blackboard's Grade Center takes as an upload: who it is, and the columns of the assignments. */
export function toBlackboard({ roster, assignments }: Course, gradebook: Gradebook): Export | undefined {
  const graded = assignments.filter(({ blackboardColumn }) => blackboardColumn !== undefined);
  if (roster.kind !== "blackboard" || graded.length === 0) return undefined;
  const rows = roster.students.map((student, i) => ({
    ...roster.table.rows[i],
    ...Object.fromEntries(
      graded.map(({ name, blackboardColumn }) => [blackboardColumn!, totalOf(gradebook, name, student.id)]),
    ),
  }));
  const warnings = graded.flatMap(({ name, blackboardColumn }) => {
    const maximum = /\[Total Pts: ([\d.]+)/.exec(blackboardColumn!)?.[1];
    return otherMaximum(`Blackboard's ${blackboardColumn}`, maximum, gradebook, name);
  });
  const columns = ["Last Name", "First Name", "Username", ...graded.map((one) => one.blackboardColumn!)];
  return { csv: tableToCsv(columns, rows), warnings };
}

/** Moodle's grading worksheet with the grades in it. */
export function toMoodle({ name, worksheet }: CourseAssignment, gradebook: Gradebook): Export | undefined {
  if (worksheet === undefined) return undefined;
  const rows = worksheet.rows.map((row) => {
    const total = totalOf(gradebook, name, participant(row.Identifier));
    return total === undefined ? row : { ...row, Grade: String(total) };
  });
  const maximum = worksheet.rows[0]?.["Maximum Grade"];
  return {
    csv: tableToCsv(worksheet.columns, rows),
    warnings: otherMaximum(`Moodle's ${name}`, maximum, gradebook, name),
  };
}

/** Points go out as they are: where the system counts from another maximum, the lecturer must know. */
function otherMaximum(
  where: string,
  maximum: string | undefined,
  gradebook: Gradebook,
  name: string,
): string[] {
  const [entry] = gradebook.entriesOf(name).values();
  const given = Number(maximum);
  if (entry === undefined || !maximum?.trim() || Number.isNaN(given)) return [];
  const { outOf, handOutOf = 0 } = entry;
  const byHand = handOutOf > 0 ? ` and people up to ${handOutOf}` : "";
  return given === outOf + handOutOf
    ? []
    : [
        `${where} counts up to ${given} points, and the tests give up to ${outOf}${byHand}; points go out as they are.`,
      ];
}

/** The students of the roster of whom no notebook was graded: they handed in nothing, or nothing that could be graded. */
export function missingIn({ roster }: Course, gradebook: Gradebook, assignment: string): Student[] {
  return roster.students.filter(({ id }) => gradebook.entryOf(assignment, id) === undefined);
}
