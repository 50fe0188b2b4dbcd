/**
 * A made-up term: a class of forty from Canvas's export, three assignments, late ones, two attempts of which the better
 * counts, two who copied and one who renamed everything, parts marked by hand in the table and on the page, a key that is
 * corrected afterwards. Every figure that goes out is compared with what the rules of the course make of it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Workplace } from "../../../../lib/host/place-contract.js";
import { assign } from "../../../../kernel/grade/assign.js";
import { HandMarks } from "../../../../kernel/grade/by-hand/marks.js";
import { Answers } from "../../../../kernel/grade/by-hand/answers.js";
import { readTable, tableToCsv } from "../../../../kernel/grade/class/table.js";
import { gradeCommand } from "../../../../kernel/grade/grade-command.js";
import { grade, LIMITS } from "../../../../kernel/grade/grade.js";
import type { SubmissionGrade } from "../../../../kernel/grade/grade.js";
import { plan } from "../../../../kernel/grade/plan.js";
import type { GradeProgram, GradeTask } from "../../../../kernel/grade/round.js";
import { makeStage, removeStage } from "../../../../kernel/grade/stage.js";
import type { Stage } from "../../../../kernel/grade/stage.js";
import { formatNotebook } from "../../../../kernel/notebook/format.js";
import type { Notebook } from "../../../../kernel/notebook/format.js";
import { smallAssignment, withCell, withExplanation } from "../../../support/small-assignment.js";
import { needsBuild } from "../../support/jupyter.js";
import { LOOP, RENAMED } from "../likeness/copies.js";

needsBuild();
const folder = mkdtempSync(join(tmpdir(), "chainrule-term-"));
const out = join(folder, "graded");
const SIZE = 40;
const students = Array.from({ length: SIZE }, (_, i) => i);
const idOf = (i: number) => String(1000 + i);
const nameOf = (i: number) => `Family${i}, Given${i}`;
const NAMES = ["a1", "a2", "a3"] as const;
type Name = (typeof NAMES)[number];

/** What tests give is computed once for equal code: the class has forty files and six programs. */
class SharedPlace implements Workplace {
  readonly name = "this test";
  readonly width = 2;
  readonly #stages = new Map<string, Promise<Stage>>();
  readonly #known = new Map<string, Promise<SubmissionGrade>>();

  open() {
    return Promise.resolve({
      run: async (program: unknown, task: unknown) => {
        const { source, seed, timeout } = program as GradeProgram;
        const { name, submission } = task as GradeTask;
        const { studentCells, tests, manual, notes } = plan(source, submission);
        const code = studentCells.map((cell) => cell.source.replace(/^\/\/.*\n/gm, ""));
        const checks = JSON.stringify(tests.cells.map((cell) => cell.source));
        const key = JSON.stringify([code, checks, seed]);
        const stage = await (this.#stages.get(checks) ??
          this.#stages.set(checks, makeStage(source)).get(checks)!);
        const run = () =>
          grade(name, source, submission, { stage, seed, limits: { ...LIMITS, call: timeout } });
        const known = this.#known.get(key) ?? this.#known.set(key, run()).get(key)!;
        return { answer: { ...(await known), name, manual, notes }, seconds: 1 };
      },
      close: () => Promise.resolve([]),
    });
  }

  async end() {
    for (const stage of this.#stages.values()) removeStage(await stage);
  }
}
const place = new SharedPlace();
afterAll(async () => {
  await place.end();
  rmSync(folder, { recursive: true });
});

const RIGHT = "function double(x: number): number {\n  return 2 * x;\n}";
const WRONG = "function double(x: number): number {\n  return x;\n}";

/** In the first assignment every fourth is wrong, in the others every fifth. */
const isWrong = (i: number, name: Name) => i % (name === "a1" ? 4 : 5) === 0;
const codeOf = (i: number, name: Name) =>
  name === "a1" && [9, 10].includes(i)
    ? LOOP
    : name === "a1" && i === 11
      ? RENAMED
      : isWrong(i, name)
        ? WRONG
        : RIGHT;
/** Every second answers in words. */
const answers = (i: number) => i % 2 === 0;
/** Days late; the second assignment is due ten days after the first. */
const lateOf = (i: number, name: Name): number =>
  ({ a1: { 1: 1, 2: 3, 3: 6 }, a2: { 1: 2 }, a3: { 2: 1 } })[name][i as never] ?? 0;
const handsIn = (i: number, name: Name) => i !== 39 && !(i === 38 && name === "a1");

function notebookOf(source: Notebook, i: number, code: string): Notebook {
  const triple = "function triple(x: number): number {\n  return 3 * x;\n}";
  let own = withCell("triple", triple, withCell("double", `// student ${i}\n${code}`, assign(source)));
  if (answers(i)) own = withCell("explain", `Answer number ${i}: it is the slope.`, own);
  return own;
}

const sourceOf = (name: Name, corrected = false): Notebook => {
  const copy = withExplanation(smallAssignment);
  copy.metadata.chainrule = { assignment: name, allowed: ["tensor"] };
  const test = copy.cells.find((cell) => cell.id === "double-test")!;
  // The key of the second had a slip: it took x for the double of x.
  if (name === "a2" && !corrected) test.source = test.source.replace("tensor([2])", "tensor([1])");
  return copy;
};
const putSource = (name: Name, corrected = false) =>
  writeFileSync(join(folder, "sources", `${name}.ipynb`), formatNotebook(sourceOf(name, corrected)));

function handIn(
  name: Name,
  i: number,
  code: string,
  { days, attempt = 1 }: { days: number; attempt?: number },
) {
  const at = join(folder, "in", name, `login${i}`, String(attempt));
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, `${name}.ipynb`), formatNotebook(notebookOf(sourceOf(name), i, code)));
  const due = { a1: 10, a2: 20, a3: 30 }[name];
  const time = new Date(Date.UTC(2026, 9, due + days, 12));
  writeFileSync(join(at, "timestamp.txt"), `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`);
}

beforeAll(() => {
  mkdirSync(join(folder, "sources"));
  for (const name of NAMES) putSource(name);
  const rows = students.map((i) => `"${nameOf(i)}",${idOf(i)},sis${i},login${i},A,,,`);
  writeFileSync(
    join(folder, "roster.csv"),
    [
      "Student,ID,SIS User ID,SIS Login ID,Section,A1 (1),A2 (2),A3 (3)",
      "    Points Possible,,,,,8,8,8",
      ...rows,
    ].join("\n"),
  );
  writeFileSync(
    join(folder, "course.json"),
    JSON.stringify({
      ...{ name: "The term", roster: "roster.csv", counts: "best" },
      late: { graceDays: 2, percentPerDay: 10, closesAfterDays: 5 },
      assignments: {
        a1: { due: "2026-10-10 12:00", canvasColumn: "A1 (1)" },
        a2: { due: "2026-10-20 12:00", canvasColumn: "A2 (2)" },
        a3: { due: "2026-10-30 12:00", canvasColumn: "A3 (3)" },
      },
    }),
  );
  for (const name of NAMES)
    for (const i of students.filter((one) => handsIn(one, name)))
      handIn(name, i, codeOf(i, name), { days: lateOf(i, name) });
  // A wrong one in time and a right one a day late; a right one in time and a wrong one later.
  handIn("a1", 4, RIGHT, { days: 1, attempt: 2 });
  handIn("a1", 5, WRONG, { days: 1, attempt: 2 });
});

async function run(...flags: Parameters<typeof gradeCommand>[1][]) {
  let [printed, told] = ["", ""];
  const options = {
    source: join(folder, "sources"),
    course: join(folder, "course.json"),
    out,
    place,
    seed: 5,
  };
  const code = await gradeCommand(
    [join(folder, "in")],
    Object.assign({}, options, ...flags) as Parameters<typeof gradeCommand>[1],
    { print: (text) => (printed += text), tell: (text) => (told += text) },
  );
  return { code, printed, told };
}

/** What the rules make of it, in the column of an assignment. */
function expected(
  name: Name,
  { byTests, byHand }: { byTests: (i: number) => number; byHand: (i: number) => number },
): string[] {
  return students.map((i) => {
    if (!handsIn(i, name)) return "";
    let percent = 0;
    if (name === "a1" && i === 2) percent = 10; // three days, two of grace
    if (name === "a1" && i === 3) percent = 100; // closed
    if (name === "a2" && i === 1) percent = 10; // two days, one of grace was left
    if (name === "a3" && i === 2) percent = 10; // no grace was left
    return String(Math.round((100 - percent) * (byTests(i) + byHand(i))) / 100);
  });
}
const canvas = (column: string) =>
  readTable("canvas.csv", readFileSync(join(out, "canvas.csv"), "utf8"))
    .rows.filter(({ ID }) => ID !== "")
    .map((row) => row[column]);
const none = () => 0;
// Student 4 came a day late with the better one, and student 5 with the worse one.
const testsOfA1 = (i: number) => (isWrong(i, "a1") && i !== 4 ? 2 : 4);
const slipOfA2 = (i: number) => (isWrong(i, "a2") ? 4 : 2);
const testsOf = (name: Name) => (i: number) => (isWrong(i, name) ? 2 : 4);
/** In the first 3 for each, and 4 for student 0; in the second by a rubric, 4 less 1. */
const handOfA1 = (i: number) => (!answers(i) ? 0 : i === 0 ? 4 : 3);
const handOfA2 = (i: number) => (answers(i) ? 3 : 0);

it("takes a class of forty through a term", async () => {
  // The first grading: tests, lateness, likeness.
  const first = await run({ likeness: true, report: "html" });
  expect(first.code, first.told).toBe(0);
  expect(canvas("A1 (1)")).toEqual(expected("a1", { byTests: testsOfA1, byHand: none }));
  expect(canvas("A2 (2)")).toEqual(expected("a2", { byTests: slipOfA2, byHand: none }));
  expect(canvas("A3 (3)")).toEqual(expected("a3", { byTests: testsOf("a3"), byHand: none }));
  expect(first.told).toContain(`a1: 2 of 40 have no graded notebook: ${nameOf(38)}; ${nameOf(39)}`);
  expect(first.told).toContain(`a3: 1 of 40 have no graded notebook: ${nameOf(39)}`);
  // 19 answered the first, and one of them twice; 20 each of the others.
  const open = first.told.match(/^(\d+) answers to be read/m)![1];
  expect(Number(open)).toBe(19 + 1 + 20 + 20);
  const alike = first.told.split("\n").filter((line) => line.startsWith("alike?"));
  expect(alike.map((line) => line.split(" · ").slice(1).sort()).sort()).toEqual(
    [
      [10, 11],
      [10, 9],
      [11, 9],
    ].map((pair) => ["100 %", ...pair.map((i) => `${nameOf(i)}, a1`)]),
  );
  expect(readFileSync(join(out, "a1-1002.html"), "utf8")).toContain("2 grace days used, 0 left");
  expect(readFileSync(join(out, "a1-1004.html"), "utf8")).toContain("4 of 4 points");
  expect(readdirSync(join(out, "record", "a1", "hand-ins", idOf(4)))).toHaveLength(2);

  // Points by hand: the first in the table, the second by a rubric as the page keeps it.
  const sheet = join(out, "by-hand.csv");
  const { columns, rows } = readTable(sheet, readFileSync(sheet, "utf8"));
  const filled = rows.map((row) =>
    row.assignment !== "a1"
      ? row
      : row.id === idOf(0)
        ? { ...row, points: "4", comment: "Well said." }
        : { ...row, points: "3" },
  );
  writeFileSync(sheet, tableToCsv(columns, filled));
  const marks = new HandMarks(out, "a2");
  marks.change(({ setRubric, setMark }) => {
    setRubric("explain", [{ id: "r", text: "No rule is named", points: -1 }]);
    for (const { who, answers: own } of new Answers(out, "a2").sheets())
      for (const { id, hash, answered } of own) if (answered) setMark(id, who, hash, { items: ["r"] });
  });
  const second = await run();
  expect(second.told).toContain(`answers marked in ${sheet}: taken over`);
  expect(second.told.match(/graded before/g)).toHaveLength(38 + 39 + 39 + 2);
  expect(canvas("A1 (1)")).toEqual(expected("a1", { byTests: testsOfA1, byHand: handOfA1 }));
  expect(canvas("A2 (2)")).toEqual(expected("a2", { byTests: slipOfA2, byHand: handOfA2 }));
  expect(canvas("A3 (3)")).toEqual(expected("a3", { byTests: testsOf("a3"), byHand: none }));
  expect(second.told).toMatch(/^20 answers to be read/m);

  // The key is corrected: what would change is said first, and nothing is changed.
  putSource("a2", true);
  const before = readFileSync(join(out, "canvas.csv"), "utf8");
  const proposed = await run();
  expect(proposed.code).toBe(1);
  expect(proposed.told).toContain(
    "a2: changed since it was graded: the key or its tests. 39 of 39 submissions would get other points.",
  );
  expect(proposed.told).toContain(`${nameOf(1)}, a2: 2 of 4 → 4 of 4\n    double-test: 0 of 2 → 2 of 2`);
  expect(readFileSync(join(out, "canvas.csv"), "utf8")).toBe(before);

  // It is accepted, and what was given by hand is as it was.
  const accepted = await run({ accept: true, report: "html" });
  expect(accepted.code).toBe(0);
  expect(canvas("A1 (1)")).toEqual(expected("a1", { byTests: testsOfA1, byHand: handOfA1 }));
  expect(canvas("A2 (2)")).toEqual(expected("a2", { byTests: testsOf("a2"), byHand: handOfA2 }));
  expect(canvas("A3 (3)")).toEqual(expected("a3", { byTests: testsOf("a3"), byHand: none }));
  const report = readFileSync(join(out, "a1-1000.html"), "utf8");
  expect(report).toContain("4 of 4 points, by hand");
  expect(report).toContain("Well said.");
  expect(readFileSync(join(out, "a2-1000.html"), "utf8")).toContain("No rule is named (−1)");

  // The class page and the lecturer's table.
  const { rows: table } = readTable("class.csv", readFileSync(join(out, "class.csv"), "utf8"));
  expect(table).toHaveLength(SIZE);
  expect(table[2]).toMatchObject({
    ...{ id: idOf(2), "a1: points": "4", "a1: by hand": "3", "a1: by hand of": "4", "a1: days late": "3" },
    ...{ "a1: grace days": "2", "a1: percent off": "10", "a1: total": "6.3", "a1: by hand up to": "0" },
    ...{ "a3: days late": "1", "a3: grace days": "0", "a3: total": "3.6", "a3: by hand up to": "4" },
  });
  const page = readFileSync(join(out, "class.html"), "utf8");
  expect(page).toContain("38 of 40 handed in, 4 of them late. Of 8 points");
  expect(page).toContain("<td>No rule is named</td>");
}, 3_600_000);
