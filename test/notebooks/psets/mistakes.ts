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

/** The problem sets, by the names of their sources. */
export const PSETS = [
  "p1-convolution-1d",
  "p2-max-pooling-1d",
  "p3-convolution-2d",
  "p4-batch-norm",
  "p5-softmax-hinge",
  "p6-graph-and-linear",
  "p7-dropout-contrast",
  "p8-transposed-convolution",
];
import type { Mistake } from "./in-cell.js";

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
): Promise<{ points: number; feedback: string }[]> {
  const [results] = await tryWithSeeds(name, mistakes, [4711]);
  return results;
}

/** The same for each seed: the cell that draws by the seed runs again, so that one notebook does for all. */
export async function tryWithSeeds(
  name: string,
  mistakes: readonly Mistake[],
  seeds: readonly number[],
): Promise<{ points: number; feedback: string }[][]> {
  const source = readSource(name);
  const find = (id: string, notebook = source) => {
    const cell = notebook.cells.find((one) => roleOf(one)?.id === id);
    if (cell?.cell_type !== "code") throw new Error(`there is no code cell ${id}`);
    return cell;
  };
  const solutions = source.cells.filter((cell): cell is CodeCell => roleOf(cell)?.solution === true);
  const given = source.cells.filter((cell) => hasTag(cell, SETUP) || hasTag(cell, CHECKS));
  const cell = (id: string, text: string): CodeCell => ({
    ...{ cell_type: "code", id, source: text, metadata: {}, execution_count: null, outputs: [] },
  });
  const drawAnew = (seed: number, s: number) => [
    cell(`seed-${s}`, `process.env.CHAINRULE_SEED = "${seed}";`),
    ...given.filter((one) => hasTag(one, CHECKS)).map((one, i) => ({ ...one, id: `checks-${s}-${i}` })),
  ];
  const cells = [
    ...given,
    ...solutions.filter(({ cell_type }) => cell_type === "code"),
    ...seeds.flatMap((seed, s) => [
      ...(s > 0 ? drawAnew(seed, s) : []),
      cell(`drawn-${s}`, "// @tests: as the problem set's own.\nseed"),
      ...mistakes.flatMap((mistake, i) => [
        { ...find(mistake.change[0], changed(source, [mistake.change])), id: `wrong-${s}-${i}` },
        { ...find(mistake.part), id: `test-${s}-${i}` },
        { ...find(mistake.change[0]), id: `right-${s}-${i}` },
      ]),
    ]),
  ];
  const folder = mkdtempSync(join(tmpdir(), "chainrule-psets-"));
  try {
    const file = join(folder, "mistakes.ipynb");
    const metadata = { ...source.metadata, execution: { allow_errors: true } };
    writeFileSync(file, formatNotebook({ ...source, metadata, cells }));
    const cli = join(projectRoot, "dist", "kernel", "cli.js");
    const { status, output } = await runProgram(process.execPath, [cli, "run", file, "--out", file], {
      env: { ...process.env, CHAINRULE_SEED: String(seeds[0]) },
    });
    if (status !== 0) throw new Error(`the mistakes could not be run: ${output}`);
    const run = parseNotebook(readFileSync(file, "utf8"), file);
    const ran = (id: string) => run.cells.find((cell) => cell.id === id) as CodeCell;
    return seeds.map((seed, s) => {
      const [drawn] = ran(`drawn-${s}`).outputs;
      const by = drawn?.output_type === "execute_result" ? drawn.data["text/plain"] : drawn?.output_type;
      if (by !== String(seed)) throw new Error(`the tests of ${name} drew by ${by}, not by ${seed}`);
      return mistakes.map(({ part }, i) => scoreOf(ran(`test-${s}-${i}`), roleOf(find(part))!.points));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
