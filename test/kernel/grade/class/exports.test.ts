/** Tables for Canvas and Moodle and the class page, from a made-up class: every figure. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { classToHtml } from "../../../../kernel/grade/class/class-page.js";
import { readCourse } from "../../../../kernel/grade/class/course.js";
import type { Course } from "../../../../kernel/grade/class/course.js";
import { classToCsv, missingIn, toCanvas, toMoodle } from "../../../../kernel/grade/class/exports.js";
import { Gradebook } from "../../../../kernel/grade/class/gradebook.js";
import { mistakesIn } from "../../../../kernel/grade/class/mistakes.js";
import { readTable } from "../../../../kernel/grade/class/table.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-exports-"));
afterAll(() => rmSync(folder, { recursive: true }));
const students = Array.from({ length: 40 }, (_, i) => ({ id: String(100 + i), name: `Last${i}, First${i}` }));
let course: Course;
let gradebook: Gradebook;

beforeAll(() => {
  const roster = students.map(({ id, name }) => `"${name}",${id},s${id},login${id},A,,`);
  writeFileSync(
    join(folder, "roster.csv"),
    [
      "Student,ID,SIS User ID,SIS Login ID,Section,P1 (7),P2 (8)",
      "    Points Possible,,,,,10,20",
      ...roster,
    ].join("\n"),
  );
  writeFileSync(
    join(folder, "p2.csv"),
    `Identifier,Full name,Grade,Maximum Grade\n${students.map(({ id, name }) => `Participant ${id},"${name}",,8.00`).join("\n")}`,
  );
  writeFileSync(
    join(folder, "course.json"),
    JSON.stringify({
      name: "<CNN>",
      roster: "roster.csv",
      late: { graceDays: 1, percentPerDay: 10 },
      assignments: {
        p1: { due: "2026-11-10", canvasColumn: "P1 (7)" },
        p2: { due: "2026-11-20", canvasColumn: "P2 (8)", moodleWorksheet: "p2.csv" },
      },
    }),
  );
  course = readCourse(join(folder, "course.json"));
  gradebook = new Gradebook(folder, course);
  const entry = (points: number, outOf: number, handedIn: string, ...mistakes: string[]) => ({
    ...{ path: "x", hash: "h", key: "k", byHand: 0, saidBy: "Moodle", handedIn, points, outOf },
    parts: [
      { id: "easy", points: outOf / 2, outOf: outOf / 2, mistakes: [] },
      { id: "hard", points: points - outOf / 2, outOf: outOf / 2, mistakes },
    ],
  });
  // Two days late once: the grace day goes, then 10 %; so that there is none for the next.
  gradebook.set("p1", "100", entry(10, 10, "2026-11-12T12:00:00Z"));
  gradebook.set("p2", "100", entry(8, 8, "2026-11-21T12:00:00Z"));
  gradebook.set("p1", "101", entry(6, 10, "2026-11-10T12:00:00Z", "The <sum> is forgotten."));
  gradebook.set(
    "p1",
    "102",
    entry(5, 10, "2026-11-10T12:00:00Z", "The <sum> is forgotten.", "Rows and columns are exchanged."),
  );
  gradebook.set("p2", "102", entry(4, 8, "2026-11-21T12:00:00Z"));
  gradebook.save();
});

const rowOf = (csv: string, id: string) => readTable("t", csv).rows.find((row) => (row.ID ?? row.id) === id)!;

it("takes off what lateness costs over the term, and shows it", () => {
  const csv = classToCsv(course, gradebook);
  expect(readTable("t", csv).rows).toHaveLength(40);
  expect(rowOf(csv, "100")).toMatchObject({
    name: "Last0, First0",
    ...{ "p1: points": "10", "p1: out of": "10", "p1: handed in": "2026-11-12 12:00", "p1: days late": "2" },
    ...{ "p1: grace days": "1", "p1: percent off": "10", "p1: total": "9" },
    ...{ "p2: grace days": "0", "p2: percent off": "10", "p2: total": "7.2" },
  });
  expect(rowOf(csv, "102")).toMatchObject({ "p2: grace days": "1", "p2: total": "4" });
  expect(rowOf(csv, "139")).toMatchObject({ "p1: points": "", "p1: total": "" });
});

it("gives Canvas its own columns back, with the totals, and says where it counts otherwise", () => {
  const { csv, warnings } = toCanvas(course, gradebook)!;
  const lines = csv.split("\n");
  expect(lines[0]).toBe("Student,ID,SIS User ID,SIS Login ID,Section,P1 (7),P2 (8)");
  expect(lines[1]).toBe("    Points Possible,,,,,10,20");
  expect(lines[2]).toBe('"Last0, First0",100,s100,login100,A,9,7.2');
  // Nothing handed in is no zero: the lecturer decides.
  expect(lines[5]).toBe('"Last3, First3",103,s103,login103,A,,');
  expect(warnings).toEqual([
    "Canvas's P2 (8) counts up to 20 points, and the tests give up to 8; points go out as they are.",
  ]);
});

it("fills in Moodle's worksheet", () => {
  const { csv, warnings } = toMoodle(course.assignments[1], gradebook)!;
  const [head, first, second] = csv.split("\n");
  expect(head).toBe("Identifier,Full name,Grade,Maximum Grade");
  expect(first).toBe('Participant 100,"Last0, First0",7.2,8.00');
  expect(second).toBe('Participant 101,"Last1, First1",,8.00');
  expect(warnings).toEqual([]);
  expect(toMoodle(course.assignments[0], gradebook)).toBeUndefined();
});

it("shows the class on one page without scripts", () => {
  const page = classToHtml(course, gradebook, ["x/<b>.ipynb: no student of the roster fits its name"]);
  expect(page).not.toContain("<script");
  expect(page).not.toContain("<b>");
  expect(page).toContain("&lt;CNN&gt;");
  const words = page
    .replace(/<style>[^]*?<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
  // 9, 6 and 5 of 10.
  expect(words).toContain("3 of 40 handed in, 1 of them late. Of 10 points the mean is 6.67, the median 6.");
  expect(words).toContain("90 to 100 % 1 80 to 90 % 0 70 to 80 % 0 60 to 70 % 1 50 to 60 % 1 40 to 50 % 0");
  // 5, 1 and 0 of 5; the easy part has all its points.
  expect(words).toContain("hard 40 % 1 of 3 easy 100 % 3 of 3");
  expect(words).toContain("2 hard The &lt;sum&gt; is forgotten. 1 hard Rows and columns are exchanged.");
  expect(words).toContain("x/&lt;b&gt;.ipynb: no student");
  expect(missingIn(course, gradebook, "p1")).toHaveLength(37);
  expect(words).toContain("Last39, First39 (139)");
});

it("keeps the entries, and refuses a damaged file", () => {
  expect(new Gradebook(folder, course).entryOf("p2", "102")).toMatchObject({ points: 4 });
  const file = join(folder, "record", "gradebook.json");
  expect(existsSync(file)).toBe(true);
  writeFileSync(file, '{"p1": 3}');
  expect(() => new Gradebook(folder, course)).toThrow("is damaged");
});

it("finds the mistakes that the tests call by their names", () => {
  const feedback = `dx: 0 of 3 trials passed, 0 of 5 points
  ✗ the tiny example: This is the answer with the filter read in the wrong direction: forward reads it from left to right. (dx[0, 0, 3] is −7, but central differences give −2.)
  ✗ stride 2: the same as in “the tiny example”
  ✗ one: y[0, 0, 0] is 0, but it must be 4.5; 5 of 5 numbers are wrong.
  ✗ two: it threw Error: no (really)
  ✓ three`;
  expect(mistakesIn(feedback)).toEqual([
    "This is the answer with the filter read in the wrong direction: forward reads it from left to right.",
  ]);
});
