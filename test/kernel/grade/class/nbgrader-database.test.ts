/** nbgrader's gradebook.db: the rows that nbgrader's own code reads, the same after a regrading, and a sentence without SQLite. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readCourse } from "../../../../kernel/grade/class/course.js";
import { Gradebook } from "../../../../kernel/grade/class/gradebook.js";
import { openSqlite, writeDatabase } from "../../../../kernel/grade/class/nbgrader-database.js";
import { smallAssignment, withExplanation } from "../../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-nbgrader-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "roster.csv"),
  'name,id,email\n"Lovelace, Ada",ada,ada@example.org\nGrace Brewster Hopper,grace,\n',
);
writeFileSync(
  join(folder, "course.json"),
  JSON.stringify({
    ...{ roster: "roster.csv", late: { percentPerDay: 10 } },
    assignments: { small: { due: "2026-11-20 12:00" }, later: {} },
  }),
);
const course = readCourse(join(folder, "course.json"));
const gradebook = new Gradebook(folder, course);
const common = { path: "x", hash: "h", key: "k", outOf: 4, handOutOf: 4 };
gradebook.set("small", "ada", {
  ...{ ...common, handedIn: "2026-11-21T10:00:00.000Z", points: 3, given: 2.5, marked: 4, byHand: 0 },
  parts: [
    { id: "double-test", points: 1, outOf: 2, mistakes: [] },
    { id: "triple-test", points: 2, outOf: 2, mistakes: [] },
    { id: "explain", points: 2.5, outOf: 4, mistakes: [], comment: "Which rule?" },
  ],
});
gradebook.set("small", "grace", {
  ...{ ...common, points: 2, given: 0, byHand: 4 },
  parts: [{ id: "double-test", points: 2, outOf: 2, mistakes: [] }],
});
const sources = new Map([["small", withExplanation(smallAssignment)]]);
const file = join(folder, "gradebook.db");
const [major, minor] = process.versions.node.split(".").map(Number);
const hasSqlite = major > 22 || (major === 22 && minor >= 13);

it.runIf(hasSqlite)("holds students, cells, points and comments, once", () => {
  const Database = openSqlite();
  for (let i = 0; i < 2; i++) writeDatabase(file, Database, { course, gradebook, sources });
  const database = new Database(file);
  const all = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  expect(all("SELECT version_num FROM alembic_version")).toEqual([["e43177bfe90b"]]);
  expect(all("SELECT id, first_name, last_name, email FROM student ORDER BY id")).toEqual([
    ["ada", "Ada", "Lovelace", "ada@example.org"],
    ["grace", "Grace Brewster", "Hopper", null],
  ]);
  expect(all("SELECT name, duedate FROM assignment")).toEqual([["small", "2026-11-20 12:00:00.000000"]]);
  expect(
    all("SELECT name, max_score, cell_type FROM base_cell JOIN grade_cells USING (id) ORDER BY name"),
  ).toEqual([
    ["double-test", 2, "code"],
    ["explain", 4, "markdown"],
    ["triple-test", 2, "code"],
  ]);
  expect(
    all(`SELECT student_id, base_cell.name, auto_score, manual_score, needs_manual_grade FROM grade
      JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
      JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
      JOIN base_cell ON cell_id = base_cell.id ORDER BY student_id, base_cell.name`),
  ).toEqual([
    ["ada", "double-test", 1, null, 0],
    ["ada", "explain", null, 2.5, 0],
    ["ada", "triple-test", 2, null, 0],
    ["grace", "double-test", 2, null, 0],
    ["grace", "explain", null, null, 1],
    ["grace", "triple-test", null, null, 0],
  ]);
  // A tenth of 5.5 for the day late.
  expect(all("SELECT late_submission_penalty FROM submitted_notebook ORDER BY 1")).toEqual([[0], [0.55]]);
  expect(all("SELECT manual_comment FROM comment WHERE manual_comment IS NOT NULL")).toEqual([
    ["Which rule?"],
  ]);
  database.close();
});

it.runIf(!hasSqlite)("says which Node it needs", () => {
  expect(openSqlite).toThrow("--nbgrader writes an SQLite database, which Node v");
});
