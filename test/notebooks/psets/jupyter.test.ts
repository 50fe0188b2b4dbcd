/**
 * The problem sets under Jupyter itself, as students run them: solved, nothing fails and nothing is said on stderr
 * (nbgrader takes either for a failure); as handed out, every test says what is missing, and no cell before or
 * after it breaks.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import { isTest, roleOf } from "../../../kernel/grade/nbgrader.js";
import { formatNotebook, parseNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../../kernel/notebook/format.js";
import { withTool } from "../../support/shared.js";
import { faults, installInto, runnableCells, runProgram } from "../support.js";
import { readSource } from "./mistakes.js";
import { determineGrade } from "./nbgrader.js";

const names = [
  "p1-convolution-1d",
  "p2-max-pooling-1d",
  "p3-convolution-2d",
  "p4-batch-norm",
  "p5-softmax-hinge",
  "p6-graph-and-linear",
];

withTool("jupyter", "problem sets by jupyter nbconvert --execute", (jupyter) => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-psets-jupyter-"));
    env = await installInto(folder);
    // As at home: nobody draws a seed for a student.
    delete env.CHAINRULE_SEED;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function execute(notebook: Notebook, ...flags: string[]): Promise<Notebook> {
    const [given, done] = [join(folder, "given.ipynb"), join(folder, "done.ipynb")];
    writeFileSync(given, formatNotebook(notebook));
    rmSync(done, { force: true });
    const convert = ["nbconvert", "--to", "notebook", "--execute", given, "--output", "done.ipynb", ...flags];
    const { status, output } = await runProgram(jupyter.command, [...jupyter.args, ...convert], { env });
    expect(status, output).toBe(0);
    return parseNotebook(readFileSync(done, "utf8"));
  }

  it.each(names)(
    "%s, solved by a student: no error, nothing on stderr, all points",
    async (name) => {
      const source = readSource(name);
      const solved = assign(source);
      solved.cells.forEach((cell, i) => {
        if (roleOf(cell)?.solution) cell.source = source.cells[i].source;
      });
      const done = await execute(solved);
      expect(faults(done)).toEqual([]);
      for (const cell of runnableCells(done)) expect(streamsOf(cell), cell.source).not.toContain("stderr");
      for (const cell of done.cells.filter(isTest)) expect(determineGrade(cell)).toBe(roleOf(cell)!.points);
    },
    180_000,
  );

  it.each(names)(
    "%s, as handed out: each test says what is missing",
    async (name) => {
      const done = await execute(assign(readSource(name)), "--allow-errors");
      for (const cell of runnableCells(done)) {
        const [error] = cell.outputs.filter(({ output_type }) => output_type === "error");
        expect(cell.execution_count, cell.source).not.toBeNull();
        if (!isTest(cell)) expect(error, cell.source).toBeUndefined();
        // A test that gives no points fails, or nbgrader would give it all of them.
        else expect(error?.output_type === "error" && error.evalue, cell.source).toContain("not implemented");
      }
    },
    180_000,
  );
});

function streamsOf(cell: CodeCell): string[] {
  return cell.outputs.flatMap((output) => (output.output_type === "stream" ? [output.name] : []));
}
