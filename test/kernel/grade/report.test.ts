/** Scores from outputs, and reports: nothing that a student writes is markup or a formula. */
import { expect, it } from "vitest";
import { scoreOf } from "../../../kernel/grade/grade.js";
import type { SubmissionGrade } from "../../../kernel/grade/grade.js";
import { gradesToCsv, gradeToGradescope, gradeToHtml, gradeToText } from "../../../kernel/grade/report.js";
import type { CodeCell, Notebook, NotebookOutput } from "../../../kernel/notebook/format.js";

const cell = (outputs: NotebookOutput[], count: number | null = 1): CodeCell => ({
  ...{ cell_type: "code", id: "t", source: "", execution_count: count, outputs },
  metadata: {
    nbgrader: {
      schema_version: 3,
      grade: true,
      solution: false,
      locked: true,
      task: false,
      grade_id: "t",
      points: 4,
    },
  },
});
const result = (text: string): NotebookOutput => ({
  ...{ output_type: "execute_result", data: { "text/plain": text }, metadata: {}, execution_count: 1 },
});

it.each([
  ["all points", cell([result("4")]), 4],
  ["part of the points", cell([result("1.5")]), 1.5],
  ["nothing for more than all points", cell([result("5")]), 0],
  ["nothing for a negative number", cell([result("-1")]), 0],
  ["nothing for no number", cell([result("fine")]), 0],
  ["nothing for an empty result", cell([result("")]), 0],
  ["nothing for Infinity", cell([result("Infinity")]), 0],
  ["nothing without a result", cell([]), 0],
  ["nothing for a cell that was not run", cell([result("4")], null), 0],
  ["nothing for a cell that is not there", undefined, 0],
  ["nothing for a printed number", cell([{ output_type: "stream", name: "stdout", text: "4\n" }]), 0],
  [
    "nothing beside text on stderr",
    cell([result("4"), { output_type: "stream", name: "stderr", text: "oh" }]),
    0,
  ],
  [
    "nothing beside an error",
    cell([result("4"), { output_type: "error", ename: "E", evalue: "no", traceback: [] }]),
    0,
  ],
])("gives %s", (_, given, points) => {
  const score = scoreOf(given, 4);
  expect(score.points).toBe(points);
  if (points === 0) expect(score.feedback).not.toBe("");
});

const grade: SubmissionGrade = {
  name: "=cmd()|<b>.ipynb",
  points: 1,
  outOf: 4,
  parts: [{ id: "t", points: 1, outOf: 4, feedback: "✗ <script>alert(1)</script> [x](javascript:alert(1))" }],
  manual: [{ id: "m", points: 3, text: "Because.", answered: true }],
  notes: ["A note with <img src=x onerror=alert(1)>."],
  seed: 17,
  seconds: 2.2,
  tested: [],
};
const source: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell([])] };

it("writes Gradescope's results", () => {
  expect(gradeToGradescope(grade)).toMatchObject({
    ...{ score: 1, execution_time: 3 },
    tests: [{ name: "t", score: 1, max_score: 4, status: "failed" }],
  });
});

it("writes a page without the student's markup", () => {
  const page = gradeToHtml(grade, source, source);
  for (const word of ["<script", "<img src=x", 'href="javascript:']) expect(page).not.toContain(word);
  expect(page).toContain("1 of 4 points");
});

it("says at the top what is wrong with each part, and leads there", () => {
  const feedback = "dx: 1 of 3 trials passed\n  ✓ one\n  ✗ two: The boundary is lost.\n  ✗ three: the same";
  const manual = [{ id: "m", points: 3, text: "", answered: false }];
  const page = gradeToHtml(
    { ...grade, parts: [{ id: "t", points: 1, outOf: 4, feedback }], manual },
    source,
    source,
  );
  const top = page.slice(page.indexOf("<table>"), page.indexOf("</table>"));
  expect(top.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")).toContain(
    "◐ t 1 4 two: The boundary is lost. ✗ m 0 3 not answered",
  );
  const [, place] = /href="#([^"]*)"[^>]*>t</.exec(top)!;
  expect(page.split(`id="${place}"`)[1].split("</section>")[0]).toContain("t: 1 of 4 points");
  expect(page).toContain(`Look at <a href="#${place}">t</a> next: a later part may fail only because of it.`);
  expect(gradeToHtml({ ...grade, parts: [] }, source, source)).not.toContain("next:");
});

it("writes no formula into the table", () => {
  expect(gradesToCsv([grade])).toBe('"submission","points","out of","t"\n"\'=cmd()|<b>.ipynb",1,4,1\n');
});

it("names in a line what was lost and what is read by a person", () => {
  expect(gradeToText(grade)).toContain("1 of 4 points (and up to 3 by hand)");
  expect(gradeToText(grade)).toContain("  t: 1 of 4");
});
