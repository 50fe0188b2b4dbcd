/** `chainrule check`: a student sees what the visible tests say, what to look at next, and the hash of the file. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import { checkToText } from "../../../kernel/grade/check-command.js";
import type { SubmissionGrade } from "../../../kernel/grade/grade.js";
import { hash } from "../../../kernel/grade/record.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = join(projectRoot, "dist", "kernel", "cli.js");
const check = (content: string) => {
  writeFileSync(join(folder, "mine.ipynb"), content);
  return spawnSync(process.execPath, [cli, "check", "mine.ipynb"], { cwd: folder, encoding: "utf8" });
};

const release = assign(smallAssignment);
const double = (factor: number) => `function double(x: number): number {\n  return ${factor} * x;\n}`;

it("says of a half-finished notebook what is wrong, and what to look at next", () => {
  let mine = withCell("double", double(3), release);
  // A student who makes the test easier sees that it does not help.
  const locked = mine.cells.find((cell) => cell.id === "checks")!;
  mine = withCell("checks", `${locked.source}\n// mine`, mine);
  const text = formatNotebook(mine);
  const { stdout, stderr, status } = check(text);
  expect(status, stderr).toBe(1);
  expect(stdout).toContain("mine.ipynb: 0 of 4 points by the visible tests\n  ✗ double-test: 0 of 2\n");
  expect(stdout).toContain("y[0] is 3, but it must be 2");
  expect(stdout).toContain("not implemented");
  expect(stdout).toContain("The locked cell checks was changed; the grader puts the original back.");
  expect(stdout).toContain("Look at double-test next");
  expect(stdout).toContain(`The SHA-256 of the file is ${hash(text)}.`);
}, 3_600_000);

it("refuses what is no problem set", () => {
  const { stderr, status } = check(formatNotebook({ ...release, cells: [] }));
  expect(stderr).toContain("mine.ipynb has no graded tests");
  expect(status).toBe(1);
});

const grade: SubmissionGrade = {
  ...{ name: "mine.ipynb", points: 3, outOf: 4, notes: ["A note."], seed: 1, seconds: 1, tested: [] },
  parts: [
    { id: "a", points: 2, outOf: 2, feedback: "" },
    { id: "b", points: 1, outOf: 2, feedback: "✗ one: wrong\n✓ two" },
  ],
  manual: [
    { id: "m", points: 3, text: "Because.", answered: true },
    { id: "n", points: 2, text: "", answered: false },
  ],
};

it("lists every part, passed or not, and the answers that a person reads", () => {
  expect(checkToText(grade, [], "abc").split("\n")).toEqual([
    "mine.ipynb: 3 of 4 points by the visible tests",
    "  ✓ a: 2 of 2",
    "  ◐ b: 1 of 2",
    "      ✗ one: wrong",
    "      ✓ two",
    "  ✎ m: up to 3, by a reader",
    "  ✗ n: not answered yet",
    "  note: A note.",
    "Look at b next: a later part may fail only because of it.",
    "The SHA-256 of the file is abc.",
    "",
  ]);
  const all = { ...grade, parts: grade.parts.slice(0, 1) };
  expect(checkToText(all, [], "abc")).toContain("Answer n next.");
  expect(checkToText({ ...all, manual: [] }, [], "abc")).toContain("Everything that is visible passes.");
});
