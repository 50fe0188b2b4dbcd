/**
 * Submissions as students write them: the key with one mistake, and what each must earn and be told. All mistakes of
 * a problem set run in one notebook, so that the compiler starts once; seeds are not those that students see.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scoreOf } from "../../../kernel/grade/grade.js";
import { roleOf } from "../../../kernel/grade/nbgrader.js";
import { CHECKS, SETUP } from "../../../kernel/grade/plan.js";
import { formatNotebook, hasTag, parseNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { runProgram } from "../support.js";

export interface Mistake {
  /** What a student would say that went wrong. */
  readonly name: string;
  /** The solution cell, what stands in the key, and what the student wrote. */
  readonly change: readonly [cell: string, from: string, to: string];
  /** The graded cell. */
  readonly part: string;
  readonly points: number;
  /** Words of the feedback. */
  readonly says: string;
}

export function readSource(name: string): Notebook {
  const path = join(projectRoot, "notebooks", "psets", "source", `${name}.ipynb`);
  return parseNotebook(readFileSync(path, "utf8"), path);
}

/** The key with changes to its cells. @throws Error when the key has no such text */
export function changed(source: Notebook, changes: readonly Mistake["change"][]): Notebook {
  const copy = structuredClone(source);
  for (const [id, from, to] of changes) {
    const cell = copy.cells.find((one) => roleOf(one)?.id === id);
    if (!cell?.source.includes(from)) throw new Error(`cell ${id} has no "${from}"`);
    cell.source = cell.source.replaceAll(from, () => to);
  }
  return copy;
}

/** What each mistake earns and is told, in their order. */
export async function tryMistakes(
  name: string,
  mistakes: readonly Mistake[],
  seed = 4711,
): Promise<{ points: number; feedback: string }[]> {
  const source = readSource(name);
  const find = (id: string, notebook = source) => {
    const cell = notebook.cells.find((one) => roleOf(one)?.id === id);
    if (cell?.cell_type !== "code") throw new Error(`there is no code cell ${id}`);
    return cell;
  };
  const solutions = source.cells.filter((cell): cell is CodeCell => roleOf(cell)?.solution === true);
  const given = source.cells.filter((cell) => hasTag(cell, SETUP) || hasTag(cell, CHECKS));
  const cells = [
    ...given,
    ...solutions.filter(({ cell_type }) => cell_type === "code"),
    ...mistakes.flatMap((mistake, i) => [
      { ...find(mistake.change[0], changed(source, [mistake.change])), id: `wrong-${i}` },
      { ...find(mistake.part), id: `test-${i}` },
      { ...find(mistake.change[0]), id: `right-${i}` },
    ]),
  ];
  const folder = mkdtempSync(join(tmpdir(), "chainrule-psets-"));
  try {
    const file = join(folder, "mistakes.ipynb");
    const metadata = { ...source.metadata, execution: { allow_errors: true } };
    writeFileSync(file, formatNotebook({ ...source, metadata, cells }));
    const cli = join(projectRoot, "dist", "kernel", "cli.js");
    const { status, output } = await runProgram(process.execPath, [cli, "run", file, "--out", file], {
      env: { ...process.env, CHAINRULE_SEED: String(seed) },
    });
    if (status !== 0) throw new Error(`the mistakes could not be run: ${output}`);
    const run = parseNotebook(readFileSync(file, "utf8"), file);
    return mistakes.map(({ part }, i) => {
      const cell = run.cells.find(({ id }) => id === `test-${i}`) as CodeCell;
      return scoreOf(cell, roleOf(find(part))!.points);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
