/** Writes a grade as lines for a terminal, as JSON, as Gradescope's results, and as a page for the student. */
import type { CodeCell, Notebook, NotebookCell } from "../notebook/format.js";
import { notebookToHtml } from "../notebook/html.js";
import { handPointsOf, whatNext } from "./grade.js";
import type { PartGrade, SubmissionGrade } from "./grade.js";
import type { GivenPoints, ManualAnswer } from "./plan.js";
import { hasRegion, isManual, isTest, roleOf, withoutHiddenTests } from "./nbgrader.js";

/** A line for the submission, and one for each part that lost points. */
export function gradeToText(grade: SubmissionGrade): string {
  const lines = [`${grade.name}: ${grade.points} of ${grade.outOf} points${manualNote(grade)}`];
  for (const { id, points, outOf, feedback } of grade.parts)
    if (points < outOf) lines.push(`  ${id}: ${points} of ${outOf}`, ...indent(feedback, "    "));
  for (const note of grade.notes) lines.push(`  note: ${note}`);
  return `${lines.join("\n")}\n`;
}

/** Everything but the pictures. */
export function gradeToJson(grade: SubmissionGrade): object {
  const { tested: _tested, manual, ...rest } = grade;
  return { ...rest, manual: manual.map(({ cell: _cell, ...answer }) => answer) };
}

/** The results.json of a Gradescope autograder: https://gradescope-autograders.readthedocs.io/en/latest/specs/ */
export function gradeToGradescope(grade: SubmissionGrade): object {
  const byHand = grade.manual.flatMap(({ id, points, given }) =>
    given ? [{ id, points: given.points, outOf: points, feedback: reasonsOf(given).join("\n") }] : [],
  );
  const tests = [...grade.parts, ...byHand].map(({ id, points, outOf, feedback }) => ({
    name: id,
    score: points,
    max_score: outOf,
    status: points === outOf ? "passed" : "failed",
    output: feedback,
    output_format: "text",
    visibility: "visible",
  }));
  const output = [`Seed of the tests: ${grade.seed}.`, ...grade.notes, ...manualLines(grade)].join("\n");
  return {
    score: Math.round(100 * (grade.points + handPointsOf(grade).given)) / 100,
    execution_time: Math.ceil(grade.seconds),
    output,
    output_format: "text",
    tests,
  };
}

/**
 * The submission as a page: the student's cells, and below each graded cell the points, what is wrong, and pictures that
 * show where. Hidden tests stay hidden.
 */
export function gradeToHtml(grade: SubmissionGrade, source: Notebook, submission: Notebook): string {
  const tested = new Map(grade.tested.map((cell) => [roleOf(cell)?.id, cell]));
  const originals = new Map(source.cells.map((cell) => [roleOf(cell)?.id ?? cell.id, cell]));
  const shown = new Set<string>();
  const cells = submission.cells.flatMap((cell): NotebookCell[] => {
    const id = roleOf(cell)?.id ?? cell.id;
    const original = originals.get(id);
    const part = grade.parts.find((one) => one.id === id);
    if (original === undefined || shown.has(id)) return [bare(cell)];
    shown.add(id);
    if (part && isTest(original)) {
      const cell = testCell(original, tested.get(id));
      // The test's own output already says what is wrong.
      return [cell, markOf(cell.outputs.length > 0 ? { ...part, feedback: "" } : part)];
    }
    const answer = isManual(original) ? grade.manual.find((one) => one.id === id) : undefined;
    if (answer === undefined) return [bare(cell)];
    return [bare(cell), text(markId(id), handMark(answer))];
  });
  const lost = grade.parts.filter(({ id }) => !shown.has(id));
  const below = [...cells, ...lost.map((part) => markOf(part))];
  // The page numbers its cells from 1, and the summary is the first.
  const places = new Map(below.map(({ id }, i) => [id, `#cell-${i + 2}`]));
  const notebook: Notebook = {
    ...submission,
    metadata: { ...submission.metadata, title: `${grade.name}: ${grade.points} of ${grade.outOf}` },
    cells: [
      text(
        "summary",
        summary(grade, (id) => places.get(markId(id))),
      ),
      ...below,
    ],
  };
  return notebookToHtml(notebook, { name: grade.name });
}

/** A table of all submissions, as comma-separated values. */
export function gradesToCsv(grades: readonly SubmissionGrade[]): string {
  const ids = [...new Set(grades.flatMap(({ parts }) => parts.map(({ id }) => id)))];
  const byHand = [
    ...new Set(grades.flatMap(({ manual }) => manual.flatMap(({ id, given }) => (given ? [id] : [])))),
  ];
  const rows = grades.map((grade) => [
    grade.name,
    grade.points,
    grade.outOf,
    ...ids.map((id) => grade.parts.find((part) => part.id === id)?.points ?? ""),
    ...byHand.map((id) => grade.manual.find((one) => one.id === id)?.given?.points ?? ""),
  ]);
  // A cell that starts with one of these would be a formula to a spreadsheet.
  const cell = (value: string | number) =>
    typeof value === "number" ? value : `"${value.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  return [["submission", "points", "out of", ...ids, ...byHand.map((id) => `${id} (by hand)`)], ...rows]
    .map((row) => `${row.map(cell).join(",")}\n`)
    .join("");
}

/** @param placeOf the address on the page of a part's marks */
function summary(grade: SubmissionGrade, placeOf: (id: string) => string | undefined): string {
  const name = (sign: string, id: string) =>
    `<span class="nowrap">${sign} [${id}](${placeOf(id) ?? ""})</span>`;
  const rows = grade.parts.map(({ id, points, outOf, feedback }) => {
    const wrong = points < outOf ? escape(firstComplaint(feedback)) : "";
    return `| ${name(sign(points, outOf), id)} | ${points} | ${outOf} | ${wrong} |`;
  });
  const next = whatNext(grade.parts, (id) => `[${id}](${placeOf(id) ?? ""})`);
  const hand = grade.manual.map(({ id, points, answered, given }) =>
    given
      ? `| ${name(sign(given.points, points), id)} | ${given.points} | ${points} | ${escape(reasonsOf(given).join("; ")).replaceAll("\n", " ")} |`
      : answered
        ? `| ${name("✎", id)} | ___ | ${points} | read by a person |`
        : `| ${name("✗", id)} | 0 | ${points} | not answered |`,
  );
  return [
    `# ${escape(grade.name)}: ${grade.points} of ${grade.outOf} points${manualNote(grade)}`,
    "",
    "| part | points | of | what is wrong |",
    "|---|--:|--:|---|",
    ...rows,
    ...hand,
    "",
    ...(next === undefined ? [] : [next, ""]),
    ...grade.notes.map((note) => `- ${escape(note)}`),
    "",
    `Below is what was handed in, with the marks and pictures of each part. The random tests were drawn from seed ${grade.seed}.`,
  ].join("\n");
}

/** The first one or two sentences of the feedback: of the first trial that failed, or of the error. */
function firstComplaint(feedback: string): string {
  const lines = feedback.split("\n").map((line) => line.trim());
  const first = lines.find((line) => line.startsWith("✗")) ?? lines[0];
  return first.length > 400 ? `${first.slice(0, 400)}…` : first.replace(/^✗ /, "");
}

const sign = (points: number, outOf: number): string => (points === outOf ? "✓" : points > 0 ? "◐" : "✗");

const markId = (id: string): string => text(`mark-${id}`, "").id;

function testCell(original: NotebookCell, tested: CodeCell | undefined): CodeCell {
  const hidden = hasRegion(original, "HIDDEN TESTS") ? "// … and hidden tests\n" : "";
  return {
    ...(tested ?? (original as CodeCell)),
    id: `test-${original.id}`,
    source: hidden + withoutHiddenTests(original),
    outputs: (tested?.outputs ?? []).filter(({ output_type }) => output_type === "display_data"),
  };
}

function markOf({ id, points, outOf, feedback }: PartGrade): NotebookCell {
  const lines = feedback === "" ? [] : ["", ...feedback.split("\n").map((line) => `    ${line}`)];
  return text(
    markId(id),
    [`**${sign(points, outOf)} ${id}: ${points} of ${outOf} points**`, ...lines].join("\n"),
  );
}

/** A student's cell without the outputs that came with it. */
function bare(cell: NotebookCell): NotebookCell {
  return cell.cell_type === "code" ? { ...cell, outputs: [] } : cell;
}

function text(id: string, source: string): NotebookCell {
  return { cell_type: "markdown", id: id.replace(/[^\w-]/g, "-").slice(0, 64), metadata: {}, source };
}

/** What a person says of an answer, below it. */
function handMark({ id, points, answered, given }: ManualAnswer): string {
  if (given)
    return [
      `**${sign(given.points, points)} ${id}: ${given.points} of ${points} points, by hand**`,
      "",
      ...reasonsOf(given).flatMap((line) => [`- ${escape(line).replaceAll("\n", "\n  ")}`]),
    ].join("\n");
  const what = answered ? `___ of ${points} points, by hand` : `0 of ${points} points: not answered`;
  return `**${answered ? "✎" : "✗"} ${id}: ${what}**`;
}

/** The rubric's sentences that apply, then the comment. */
function reasonsOf({ reasons, comment }: GivenPoints): string[] {
  const lines = reasons.map(({ text, points }) => `${text} (${points < 0 ? "−" : "+"}${Math.abs(points)})`);
  return comment === "" ? lines : [...lines, comment];
}

function manualNote(grade: SubmissionGrade): string {
  const { given, marked, open } = handPointsOf(grade);
  const parts = [marked > 0 && `${given} of ${marked} by hand`, open > 0 && `up to ${open} by hand`];
  const said = parts.filter(Boolean).join(" and ");
  return said === "" ? "" : ` (and ${said})`;
}

function manualLines(grade: SubmissionGrade): string[] {
  return grade.manual.flatMap(({ id, points, answered, given }) =>
    given ? [] : [answered ? `${id}: up to ${points} points, graded by hand.` : `${id}: not answered.`],
  );
}

function indent(text: string, by: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => by + line);
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}
