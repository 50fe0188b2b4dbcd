/**
 * nbgrader's gradebook.db, so that a course that lives in nbgrader can look at the grades and export them there. The tables
 * are those of nbgrader 0.9, whose database is of the version named below. A term's assignments are added one by one; rows
 * have the same ids each time, so that a regrading replaces them.
 */
import { createHash } from "node:crypto";
import type { Notebook } from "../../notebook/format.js";
import { checksumOf, roleOf } from "../nbgrader.js";
import { GradeError } from "../sources.js";
import type { Course } from "./course.js";
import { totalOf } from "./exports.js";
import { earnedIn } from "./gradebook.js";
import type { Entry, Gradebook } from "./gradebook.js";

/** The name that nbgrader's migrations give to this form of the tables. */
const VERSION = "e43177bfe90b";

/** nbgrader's own name for a course that was given none. */
const COURSE = "default_course";

const id = (name: string): string => `${name} VARCHAR(32)`;
const TABLES = `
CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL);
CREATE TABLE IF NOT EXISTS course (id VARCHAR(128) PRIMARY KEY NOT NULL);
CREATE TABLE IF NOT EXISTS student (id VARCHAR(128) PRIMARY KEY NOT NULL, first_name VARCHAR(128), last_name VARCHAR(128),
  email VARCHAR(128), lms_user_id VARCHAR(128));
CREATE TABLE IF NOT EXISTS assignment (${id("id")} PRIMARY KEY NOT NULL, name VARCHAR(128) UNIQUE NOT NULL, duedate DATETIME,
  course_id VARCHAR(128) NOT NULL REFERENCES course (id));
CREATE TABLE IF NOT EXISTS notebook (${id("id")} PRIMARY KEY NOT NULL, name VARCHAR(128) NOT NULL,
  ${id("assignment_id")} REFERENCES assignment (id), kernelspec VARCHAR(1024), UNIQUE (name, assignment_id));
CREATE TABLE IF NOT EXISTS base_cell (${id("id")} PRIMARY KEY NOT NULL, name VARCHAR(128) NOT NULL,
  ${id("notebook_id")} NOT NULL REFERENCES notebook (id), type VARCHAR(50), UNIQUE (name, notebook_id, type));
CREATE TABLE IF NOT EXISTS grade_cells (${id("id")} PRIMARY KEY NOT NULL REFERENCES base_cell (id), max_score FLOAT NOT NULL,
  cell_type VARCHAR(8) NOT NULL);
CREATE TABLE IF NOT EXISTS solution_cells (${id("id")} PRIMARY KEY NOT NULL REFERENCES base_cell (id));
CREATE TABLE IF NOT EXISTS task_cells (${id("id")} PRIMARY KEY NOT NULL REFERENCES base_cell (id), max_score FLOAT NOT NULL,
  cell_type VARCHAR(8) NOT NULL);
CREATE TABLE IF NOT EXISTS source_cell (${id("id")} PRIMARY KEY NOT NULL, name VARCHAR(128) NOT NULL,
  cell_type VARCHAR(8) NOT NULL, locked BOOLEAN NOT NULL, source TEXT, checksum VARCHAR(128),
  ${id("notebook_id")} REFERENCES notebook (id), UNIQUE (name, notebook_id));
CREATE TABLE IF NOT EXISTS submitted_assignment (${id("id")} PRIMARY KEY NOT NULL,
  ${id("assignment_id")} REFERENCES assignment (id), student_id VARCHAR(128) REFERENCES student (id), timestamp DATETIME,
  extension DATETIME, UNIQUE (assignment_id, student_id));
CREATE TABLE IF NOT EXISTS submitted_notebook (${id("id")} PRIMARY KEY NOT NULL,
  ${id("assignment_id")} REFERENCES submitted_assignment (id), ${id("notebook_id")} REFERENCES notebook (id),
  flagged BOOLEAN, late_submission_penalty FLOAT, UNIQUE (notebook_id, assignment_id));
CREATE TABLE IF NOT EXISTS grade (${id("id")} PRIMARY KEY NOT NULL, ${id("notebook_id")} REFERENCES submitted_notebook (id),
  ${id("cell_id")} REFERENCES base_cell (id), auto_score FLOAT, manual_score FLOAT, extra_credit FLOAT,
  needs_manual_grade BOOLEAN NOT NULL, UNIQUE (cell_id, notebook_id));
CREATE TABLE IF NOT EXISTS comment (${id("id")} PRIMARY KEY NOT NULL, ${id("notebook_id")} REFERENCES submitted_notebook (id),
  ${id("cell_id")} REFERENCES base_cell (id), auto_comment TEXT, manual_comment TEXT, UNIQUE (cell_id, notebook_id));
`;

/** What is used of Node's SQLite, which Node 20 does not have. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): {
    run(...values: (string | number | null)[]): unknown;
    all(): Record<string, unknown>[];
  };
  close(): void;
}
export type DatabaseType = new (file: string, options?: { enableForeignKeyConstraints: boolean }) => Database;

/** @throws GradeError in words where Node has no SQLite */
export function openSqlite(): DatabaseType {
  const sqlite = process.getBuiltinModule("node:sqlite") as { DatabaseSync: DatabaseType } | undefined;
  if (sqlite === undefined)
    throw new GradeError(
      `--nbgrader writes an SQLite database, which Node ${process.version} cannot; run this on Node 22.13 or later. class.csv has the same points.`,
    );
  return sqlite.DatabaseSync;
}

/**
 * Writes the graded assignments into the database; other assignments in it stay.
 * @param sources the instructor's notebooks by the assignments' names
 */
export function writeDatabase(
  file: string,
  Database: DatabaseType,
  {
    course,
    gradebook,
    sources,
  }: { course: Course; gradebook: Gradebook; sources: ReadonlyMap<string, Notebook> },
): void {
  const database = new Database(file, { enableForeignKeyConstraints: false });
  try {
    database.exec(`BEGIN;${TABLES}`);
    const put = (table: string, row: Row): void => {
      const names = Object.keys(row);
      database
        .prepare(
          `INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
        )
        .run(
          ...Object.values(row).map((value) =>
            typeof value === "boolean" ? Number(value) : (value ?? null),
          ),
        );
    };
    database.exec("DELETE FROM alembic_version");
    put("alembic_version", { version_num: VERSION });
    put("course", { id: COURSE });
    for (const { id, name, keys } of course.roster.students) {
      const [first, last] = namesOf(name);
      put("student", {
        id,
        first_name: first,
        last_name: last,
        email: keys.find((key) => key.includes("@")),
      });
    }
    for (const { name, due } of course.assignments) {
      const source = sources.get(name);
      if (source === undefined) continue;
      putSource(put, name, due, source);
      for (const [student, entry] of gradebook.entriesOf(name)) {
        const total = totalOf(gradebook, name, student)!;
        const penalty = Math.round(100 * (earnedIn(entry) - total)) / 100;
        putEntry(put, { name, student, penalty, source }, entry);
      }
    }
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

type Row = Readonly<Record<string, string | number | boolean | undefined>>;
type Put = (table: string, row: Row) => void;

function putSource(put: Put, name: string, due: Date | undefined, source: Notebook): void {
  const assignment = idOf(name);
  const notebook = idOf(name, "notebook");
  put("assignment", { id: assignment, name, duedate: due && timeOf(due), course_id: COURSE });
  const kernelspec = JSON.stringify(source.metadata.kernelspec ?? {});
  put("notebook", { id: notebook, name, assignment_id: assignment, kernelspec });
  for (const cell of source.cells) {
    const role = roleOf(cell);
    if (role === undefined || cell.cell_type === "raw") continue;
    const { cell_type } = cell;
    const common = { name: role.id, notebook_id: notebook };
    if (role.grade) {
      put("base_cell", { id: cellOf(name, role.id, "GradeCell"), ...common, type: "GradeCell" });
      put("grade_cells", { id: cellOf(name, role.id, "GradeCell"), max_score: role.points, cell_type });
    }
    if (role.solution) {
      put("base_cell", { id: cellOf(name, role.id, "SolutionCell"), ...common, type: "SolutionCell" });
      put("solution_cells", { id: cellOf(name, role.id, "SolutionCell") });
    }
    const sourceCell = { id: cellOf(name, role.id, "SourceCell"), ...common, cell_type, locked: role.locked };
    put("source_cell", { ...sourceCell, source: cell.source, checksum: checksumOf(cell) });
  }
}

function putEntry(
  put: Put,
  { name, student, penalty, source }: { name: string; student: string; penalty: number; source: Notebook },
  entry: Entry,
): void {
  const submission = idOf(name, "of", student);
  const notebook = idOf(name, "notebook of", student);
  const timestamp = entry.handedIn && timeOf(new Date(entry.handedIn));
  put("submitted_assignment", { id: submission, assignment_id: idOf(name), student_id: student, timestamp });
  const late_submission_penalty = penalty;
  put("submitted_notebook", {
    ...{ id: notebook, assignment_id: submission, notebook_id: idOf(name, "notebook"), flagged: false },
    late_submission_penalty,
  });
  for (const cell of source.cells) {
    const role = roleOf(cell);
    if (role === undefined) continue;
    const part = entry.parts.find(({ id }) => id === role.id);
    if (role.grade)
      put("grade", {
        ...{ id: idOf(name, "grade", role.id, student), notebook_id: notebook },
        cell_id: cellOf(name, role.id, "GradeCell"),
        auto_score: role.solution ? undefined : part?.points,
        manual_score: role.solution ? part?.points : undefined,
        needs_manual_grade: role.solution && part === undefined && entry.byHand > 0,
      });
    if (role.solution)
      put("comment", {
        ...{ id: idOf(name, "comment", role.id, student), notebook_id: notebook },
        cell_id: cellOf(name, role.id, "SolutionCell"),
        manual_comment: part?.comment,
      });
  }
}

function cellOf(assignment: string, cell: string, type: string): string {
  return idOf(assignment, cell, type);
}

/** The same words have the same id, in nbgrader's form. */
function idOf(...words: string[]): string {
  return createHash("md5").update(JSON.stringify(words)).digest("hex");
}

/** In UTC, as SQLAlchemy writes it. */
function timeOf(time: Date): string {
  return time.toISOString().replace("T", " ").replace("Z", "000");
}

/** "Lovelace, Ada" and "Ada Lovelace" → first and last name. */
function namesOf(name: string): [first: string, last: string] {
  const [last, first] = name.split(/,\s*/, 2);
  if (first !== undefined) return [first, last];
  const at = name.lastIndexOf(" ");
  return at < 0 ? ["", name] : [name.slice(0, at), name.slice(at + 1)];
}
