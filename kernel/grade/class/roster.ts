/** The students of a class, from a table that the learning management system exports, or one of the lecturer's own. */
import { GradeError } from "../sources.js";
import type { Table } from "./table.js";

export interface Student {
  /** Names the student in grades and files: Canvas's ID, Moodle's number of the participant, else the first key. */
  readonly id: string;
  /** As the table has it: "Lovelace, Ada" or "Ada Lovelace". */
  readonly name: string;
  /** What else names the student, such as a login or an e-mail address: each is that of one student alone. */
  readonly keys: readonly string[];
}

export interface Roster {
  readonly kind: "canvas" | "moodle" | "blackboard" | "own";
  readonly table: Table;
  readonly students: readonly Student[];
}

/**
 * Reads a roster. It may be Canvas's export of the gradebook (Student, ID, SIS Login ID …), Moodle's export of grades or
 * participants (First name, Last name, Email address …), Moodle's grading worksheet (Identifier, Full name …), Blackboard's download of the Grade Center (Last Name, First Name,
 * Username …), or a table
 * with the columns name, and id or email.
 * @throws GradeError when the columns are none of these, when a row does not say who it is, or two are the same student
 */
export function rosterOf(table: Table): Roster {
  const { kind, read } = readerOf(table);
  const students = table.rows.flatMap((row, i): Student[] => {
    const { id, name, keys } = read(row);
    if (kind === "canvas" && isNoStudent(name, id)) return [];
    const all = [...new Set([...keys.flatMap(withLocalPart), id ?? ""].map((key) => key.trim()))].filter(
      (key) => key !== "",
    );
    const own = id?.trim() || all[0];
    if (own === undefined || name.trim() === "")
      throw new GradeError(
        `${table.file}: row ${i + 1} has no ${name.trim() === "" ? "name" : "ID and no e-mail address"}; add it or delete the row.`,
      );
    return [{ id: own, name: name.trim(), keys: all }];
  });
  const seen = new Map<string, Student>();
  for (const student of students) {
    const other = seen.get(student.id.toLowerCase());
    if (other)
      throw new GradeError(
        `${table.file}: ${other.name} and ${student.name} have the same ID "${student.id}"; delete one or correct it.`,
      );
    seen.set(student.id.toLowerCase(), student);
  }
  if (students.length === 0) throw new GradeError(`${table.file} names no student.`);
  return { kind, table, students };
}

interface Row {
  readonly id: string | undefined;
  readonly name: string;
  readonly keys: readonly string[];
}
type Cells = Readonly<Record<string, string>>;

function readerOf({ file, columns }: Table): { kind: Roster["kind"]; read: (row: Cells) => Row } {
  const has = (...names: string[]) => names.every((name) => columns.includes(name));
  const cells = (row: Cells, ...names: string[]) => names.map((name) => row[name] ?? "");
  if (has("Student", "ID"))
    return {
      kind: "canvas",
      read: (row) => ({
        id: row.ID,
        name: row.Student,
        keys: cells(row, "SIS Login ID", "SIS User ID", "Integration ID"),
      }),
    };
  if (has("Identifier", "Full name"))
    return {
      kind: "moodle",
      read: (row) => ({
        id: participant(row.Identifier),
        name: row["Full name"],
        keys: cells(row, "Email address", "ID number", "Username"),
      }),
    };
  if (has("Last Name", "First Name", "Username"))
    return {
      kind: "blackboard",
      read: (row) => ({
        id: row.Username,
        name: `${row["Last Name"].trim()}, ${row["First Name"].trim()}`,
        keys: cells(row, "Student ID"),
      }),
    };
  const last = ["Last name", "Surname"].find((name) => has(name));
  if (has("First name") && last !== undefined)
    return {
      kind: "moodle",
      read: (row) => ({
        id: row["ID number"] || row.Username,
        name: `${row["First name"].trim()} ${row[last].trim()}`,
        keys: cells(row, "Email address", "Username"),
      }),
    };
  const own = (wanted: string) => columns.find((name) => name.toLowerCase() === wanted);
  const [name, id, email] = ["name", "id", "email"].map(own);
  if (name !== undefined && (id ?? email) !== undefined)
    return {
      kind: "own",
      read: (row) => ({
        id: id === undefined ? undefined : row[id],
        name: row[name],
        keys: email === undefined ? [] : [row[email]],
      }),
    };
  throw new GradeError(
    `${file} has the columns ${columns.join(", ")}. A roster needs Canvas's Student and ID, Moodle's Identifier and Full name, ` +
      "Moodle's First name, Last name and Email address, Blackboard's Last Name, First Name and Username, or name with id or email; export it in English, or rename the columns.",
  );
}

/** "Participant 4711" → "4711". */
export function participant(identifier: string): string {
  return /(\d+)\s*$/.exec(identifier)?.[1] ?? identifier.trim();
}

/** An e-mail address, and the part before its @. */
function withLocalPart(key: string): string[] {
  return key.includes("@") ? [key, key.slice(0, key.indexOf("@"))] : [key];
}

/** Canvas's rows below the heading, "Points Possible" and what else has no ID, and the student that it makes to try things. */
function isNoStudent(name: string, id: string | undefined): boolean {
  return name.trim() === "Points Possible" || name.trim() === "Student, Test" || id?.trim() === "";
}
