/**
 * The problem sets under Jupyter itself, as students run them: solved, nothing fails and nothing is said on stderr
 * (nbgrader takes either for a failure); as handed out, every test says what is missing, and no cell before or
 * after it breaks.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assign } from "../../../kernel/grade/assign.js";
import { isTest, roleOf } from "../../../kernel/grade/nbgrader.js";
import { formatNotebook, parseNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../../kernel/notebook/format.js";
import { withTool } from "../../support/shared.js";
import { faults, installInto, runnableCells, runProgram } from "../support.js";
import { PSETS, readSource } from "./mistakes.js";
import { determineGrade } from "./nbgrader.js";

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

  /** Executes all of them by one call, since Jupyter itself takes as long to start as a problem set to run. */
  async function execute(prepare: (name: string) => Notebook, ...flags: string[]): Promise<string> {
    const [given, done] = ["given", "done"].map((name) => mkdtempSync(join(folder, name)));
    const files = PSETS.map((name) => join(given, `${name}.ipynb`));
    PSETS.forEach((name, i) => writeFileSync(files[i], formatNotebook(prepare(name))));
    const convert = ["nbconvert", "--to", "notebook", "--execute", ...flags, "--output-dir", done, ...files];
    const { status, output } = await runProgram(jupyter.command, [...jupyter.args, ...convert], { env });
    expect(status, output).toBe(0);
    return done;
  }

  describe("solved by a student", () => {
    let done: string;
    beforeAll(async () => {
      done = await execute((name) => {
        const source = readSource(name);
        const solved = assign(source);
        solved.cells.forEach((cell, i) => {
          if (roleOf(cell)?.solution) cell.source = source.cells[i].source;
        });
        return solved;
      });
    }, 600_000);

    it.each(PSETS)("%s: no error, nothing on stderr, all points", (name) => {
      const run = read(done, name);
      expect(runnableCells(run).length).toBe(runnableCells(readSource(name)).length);
      expect(faults(run)).toEqual([]);
      for (const cell of runnableCells(run)) expect(streamsOf(cell), cell.source).not.toContain("stderr");
      for (const cell of run.cells.filter(isTest)) expect(determineGrade(cell)).toBe(roleOf(cell)!.points);
    });
  });

  describe("as handed out", () => {
    let done: string;
    beforeAll(async () => {
      done = await execute((name) => assign(readSource(name)), "--allow-errors");
    }, 600_000);

    it.each(PSETS)("%s: each test says what is missing", (name) => {
      for (const cell of runnableCells(read(done, name))) {
        const [error] = cell.outputs.filter(({ output_type }) => output_type === "error");
        expect(cell.execution_count, cell.source).not.toBeNull();
        if (!isTest(cell)) expect(error, cell.source).toBeUndefined();
        // A test that gives no points fails, or nbgrader would give it all of them.
        else expect(error?.output_type === "error" && error.evalue, cell.source).toContain("not implemented");
      }
    });
  });
});

const read = (folder: string, name: string): Notebook =>
  parseNotebook(readFileSync(join(folder, `${name}.ipynb`), "utf8"));

function streamsOf(cell: CodeCell): string[] {
  return cell.outputs.flatMap((output) => (output.output_type === "stream" ? [output.name] : []));
}
