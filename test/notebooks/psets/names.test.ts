/** A student's own run refuses what the grader does not have, with the grader's words, and takes what the grader takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LIMITS } from "../../../kernel/grade/grade.js";
import { isTest, roleOf } from "../../../kernel/grade/nbgrader.js";
import { CHECKS, plan, SETUP } from "../../../kernel/grade/plan.js";
import { makeStage, removeStage } from "../../../kernel/grade/stage.js";
import { Submission } from "../../../kernel/grade/submission.js";
import { isForTests, allowedNames } from "../../../kernel/language/exercise.js";
import { formatNotebook, hasTag, parseNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { runProgram } from "../support.js";
import { PSETS, readSource } from "./mistakes.js";

/** Cells of a student of any problem set, and how each ends: undefined when it works. */
const CELLS: readonly [code: string, says: RegExp | undefined][] = [
  // What the tests declare.
  ["seed + 1", /Cannot find name 'seed'/],
  ["forwardTrial;", /Cannot find name 'forwardTrial'/],
  ["const one: Forward | undefined = undefined; one", /Cannot find name 'Forward'/],
  ["({ seed })", /No value exists in scope for the shorthand property 'seed'/],
  ["const mine = () => marks;", /Cannot find name 'marks'/],
  ["function trial(): TrialResult { throw 1 }", /Cannot find name 'TrialResult'/],
  ["typeof forwardTrials", /Cannot find name 'forwardTrials'/],
  ["forwardMarks.points", /Cannot find name 'forwardMarks'/],
  ["%%time\nseed", /Cannot find name 'seed'/],
  ['eval("seed")', /seed is not defined/],
  ["smallestFailing", /Cannot find name 'smallestFailing'/],
  ["Reflect.get(globalThis, 'seed') ?? forwardTrial", /Cannot find name 'forwardTrial'/],
  // The library, by every door. To import a name is harmless.
  ['import { Conv1d as Mine } from "chainrule";', undefined],
  ["new Mine({ in: 1, out: 1, size: 3 })", /Conv1d of the library is not there/],
  ['import * as all from "chainrule"; all.gradCheck(1 as never, 1 as never)', /gradCheck of the library/],
  ['(await import("chainrule/functions")).conv1dForward.name', /conv1dForward of the library/],
  ['const { Conv2d } = require("chainrule"); new Conv2d({ in: 1 })', /Conv2d of the library/],
  ['const door = "chainrule/net"; new (await import(door)).Sequential({})', /Sequential of the library/],
  ['import { fit as train2 } from "chainrule/train"; train2.length', /fit of the library/],
  // Names of one's own, and what is allowed.
  ['import { at, full } from "chainrule"; at(full([2], 7, "float64"), 1)', undefined],
  ["const seed = 3, draw = () => seed; draw() + seed", undefined],
  ["function marks(): string { return `${seed}`; } marks()", undefined],
  ["(globalThis as any).left = zeros([2]); (globalThis as any).left.shape", undefined],
  ["class Forward {} new Forward() instanceof Forward", undefined],
];

/** How each cell that a student adds to the notebook ends in his own run, after all tests have run. */
async function atHome(source: Notebook): Promise<(string | undefined)[]> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-names-"));
  try {
    const file = join(folder, "home.ipynb");
    const again = source.cells.filter(isTest).map((cell) => ({ ...cell, id: `${cell.id}-again` }));
    const cells = [...source.cells, ...added, ...again];
    const metadata = { ...source.metadata, execution: { allow_errors: true } };
    writeFileSync(file, formatNotebook({ ...source, metadata, cells }));
    const cli = join(projectRoot, "dist", "kernel", "cli.js");
    await runProgram(process.execPath, [cli, "run", file, "--out", file], { env: process.env });
    const run = parseNotebook(readFileSync(file, "utf8"), file);
    const find = (id: string) => run.cells.find((cell) => cell.id === id) as CodeCell;
    // Whatever the student's cells have declared, the tests give what they gave before.
    for (const cell of source.cells.filter(isTest))
      expect(pointsIn(find(`${cell.id}-again`)), cell.id).toBe(roleOf(cell)!.points);
    return added.map(({ id }) => {
      const error = find(id).outputs.find((one) => one.output_type === "error");
      return error?.output_type === "error" ? `${error.ename}: ${error.evalue.split("\n")[0]}` : undefined;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How they end when the submission is graded. */
async function whenGraded(source: Notebook): Promise<(string | undefined)[]> {
  const stage = await makeStage(source);
  const { studentCells } = plan(source, { ...source, cells: [...source.cells, ...added] });
  const submission = new Submission(studentCells, stage, LIMITS);
  try {
    expect(() => submission.call("nothing")).toThrow();
    return added.map((_, i) => {
      const start = `The cell your own cell ${i + 1} failed: `;
      return submission.notes.find((note) => note.startsWith(start))?.slice(start.length);
    });
  } finally {
    await submission.close();
    removeStage(stage);
  }
}

const added = CELLS.map(([source], i): CodeCell => {
  const shared = { id: `own-${i + 1}`, metadata: {}, execution_count: null, outputs: [] };
  return { cell_type: "code", source, ...shared };
});

function pointsIn(cell: CodeCell): number {
  const result = cell.outputs.find((one) => one.output_type === "execute_result");
  return Number(result?.output_type === "execute_result" ? result.data["text/plain"] : NaN);
}

it.each(PSETS)(
  "%s: a cell of the student ends at home as when graded",
  { timeout: 300_000 },
  async (name) => {
    const source = readSource(name);
    const [home, graded] = [await atHome(source), await whenGraded(source)];
    CELLS.forEach(([code, says], i) => {
      expect(home[i] && bare(home[i]), code).toBe(graded[i] && bare(graded[i]));
      if (says) expect(graded[i], code).toMatch(says);
      else expect(graded[i], code).toBeUndefined();
    });
  },
);

/** Without the full stop that the grader's note may add. */
const bare = (text: string): string => text.replace(/\.$/, "");

it.each(PSETS)("%s: cells say whose they are", (name) => {
  const { cells, metadata } = readSource(name);
  for (const cell of cells.filter((one) => one.cell_type === "code")) {
    expect(isForTests(cell.source), cell.id).toBe(isTest(cell) || hasTag(cell, CHECKS));
    const allowed = hasTag(cell, SETUP) ? { package: "chainrule", names: exercise(metadata) } : undefined;
    expect(allowedNames(cell.source), cell.id).toEqual(allowed);
  }
});

const exercise = (metadata: Notebook["metadata"]): unknown =>
  (metadata["chainrule"] as { allowed: unknown }).allowed;
