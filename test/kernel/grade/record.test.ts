/** What was graded is kept: by submission and terms, whole, and a damaged file is no grade. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { changesToText } from "../../../kernel/grade/changes.js";
import type { SubmissionGrade } from "../../../kernel/grade/grade.js";
import { areSame, hash, keyOf, Records, whatDiffers } from "../../../kernel/grade/record.js";
import type { CodeCell, NotebookCell } from "../../../kernel/notebook/format.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-record-"));
afterAll(() => rmSync(folder, { recursive: true }));

const terms = { key: "k", seed: 7, timeout: 10 };
const graded = (name: string, ...points: number[]): SubmissionGrade => ({
  name,
  points: points.reduce((sum, one) => sum + one, 0),
  outOf: 2 * points.length,
  parts: points.map((one, i) => ({ id: `part-${i}`, points: one, outOf: 2, feedback: "" })),
  manual: [],
  notes: [],
  seed: 7,
  seconds: 1,
  tested: [smallAssignment.cells[0] as CodeCell],
});

it("finds a grade by its submission and its terms", () => {
  const records = new Records(folder);
  records.keep("a", "one", terms, graded("x", 1, 2));
  expect(records.find("a", "one", terms)).toEqual(graded("x", 1, 2));
  expect(records.find("a", "two", terms)).toBeUndefined();
  expect(records.find("b", "one", terms)).toBeUndefined();
  for (const other of [{ key: "l" }, { seed: 8 }, { timeout: 11 }])
    expect(records.find("a", "one", { ...terms, ...other })).toBeUndefined();
});

it("keeps no grade of tests that could not be run, and grades again what it cannot read", () => {
  const records = new Records(join(folder, "bad"));
  records.keep("a", "one", terms, { ...graded("x", 0), tested: [] });
  expect(records.find("a", "one", terms)).toBeUndefined();
  records.keep("a", "one", terms, graded("x", 1));
  const place = join(folder, "bad", "record", "a");
  for (const file of readdirSync(place)) writeFileSync(join(place, file), '{"name": "x", "poi');
  expect(records.find("a", "one", terms)).toBeUndefined();
});

it("knows an assignment's terms, whatever its name, and refuses a damaged file", () => {
  const records = new Records(join(folder, "terms"));
  expect(records.termsOf("a")).toBeUndefined();
  records.accept("../a b", terms);
  expect(records.termsOf("../a b")).toEqual(terms);
  expect(records.termsOf("..-a b")).toBeUndefined();
  expect(readdirSync(folder)).not.toContain("a b");
  records.accept("a", terms);
  writeFileSync(join(folder, "terms", "record", "a", "terms.json"), '{"key": 1}');
  expect(() => records.termsOf("a")).toThrow("is damaged");
});

it("has another key after a change that grades can depend on, and only then", () => {
  const key = keyOf(smallAssignment);
  expect(keyOf(withCell("double-test", "2"))).not.toBe(key);
  expect(keyOf(withCell("double", "const double = 1;"))).not.toBe(key);
  const points = structuredClone(smallAssignment);
  (points.cells[3].metadata.nbgrader as { points: number }).points = 3;
  expect(keyOf(points)).not.toBe(key);
  const allowed = structuredClone(smallAssignment);
  allowed.metadata.chainrule = { assignment: "small", allowed: [] };
  expect(keyOf(allowed)).not.toBe(key);
  const words: NotebookCell = { cell_type: "markdown", id: "w", metadata: {}, source: "A word." };
  const executed = structuredClone({ ...smallAssignment, cells: [words, ...smallAssignment.cells] });
  (executed.cells[1] as CodeCell).execution_count = 3;
  expect(keyOf(executed)).toBe(key);
});

it("says what changed", () => {
  expect(areSame(terms, { ...terms })).toBe(true);
  expect(whatDiffers(terms, { key: "l", seed: 8, timeout: 20 })).toBe(
    "the key or its tests, the seed (7, now 8), the time for a call (10 s, now 20 s)",
  );
  const text = changesToText("small", "the key or its tests", [
    { before: graded("ada", 2, 1), after: graded("ada", 2, 2) },
    { before: graded("ben", 2, 2), after: graded("ben", 2, 2) },
    // The sum alone does not tell.
    { before: graded("cy", 0, 2), after: graded("cy", 2, 0) },
    { before: undefined, after: graded("dan", 0, 0) },
  ]);
  expect(text.split("\n")).toEqual([
    "small: changed since it was graded: the key or its tests. 2 of 3 submissions would get other points.",
    "  ada: 3 of 4 → 4 of 4",
    "    part-1: 1 of 2 → 2 of 2",
    "  cy: 2 of 4 → 2 of 4",
    "    part-0: 0 of 2 → 2 of 2",
    "    part-1: 2 of 2 → 0 of 2",
    "  1 more had not been graded before.",
    "",
  ]);
});

it("names a submission by the SHA-256 of its file", () => {
  expect(hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
