/** Jupyter runs the same notebook through the installed kernel, and gets the same outputs as `chainrule run`. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseNotebook } from "../../kernel/notebook/format.js";
import type { CodeCell, NotebookOutput } from "../../kernel/notebook/format.js";
import { projectRoot, withTool } from "../support/shared.js";
import { faults, installInto, runProgram, runnableCells } from "./support.js";

withTool("jupyter", "jupyter nbconvert --execute", (jupyter) => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chainrule jüpyter-"));
    env = await installInto(folder);
    // Away from the project, where nothing but the kernel itself can find the library.
    copyFileSync(join(projectRoot, "test/fixtures/tour.ipynb"), join(folder, "tour.ipynb"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("gives what chainrule run gives", async () => {
    const convert = ["nbconvert", "--to", "notebook", "--execute", "tour.ipynb", "--output", "jupyter.ipynb"];
    const theirs = await runProgram(jupyter.command, [...jupyter.args, ...convert], { cwd: folder, env });
    expect(theirs.status, theirs.output).toBe(0);
    const ours = await runProgram(
      process.execPath,
      [join(projectRoot, "dist/kernel/cli.js"), "run", "tour.ipynb", "--out", "ours.ipynb"],
      { cwd: folder, env },
    );
    expect(ours.status, ours.output).toBe(0);
    const [a, b] = ["jupyter.ipynb", "ours.ipynb"].map((name) =>
      parseNotebook(readFileSync(join(folder, name), "utf8")),
    );
    expect(faults(a!)).toEqual([]);
    expect(runnableCells(a!).map(shape)).toEqual(runnableCells(b!).map(shape));
    expect(a!.metadata.language_info).toEqual(b!.metadata.language_info);
    expect(a!.metadata.kernelspec).toEqual(b!.metadata.kernelspec);
  }, 180_000);
});

/** A cell's outputs without what a clock decides: times, and the pixels that show them. */
function shape({ execution_count: count, outputs }: CodeCell): unknown {
  return { count, outputs: merged(outputs).map(withoutTimes) };
}

function withoutTimes(output: NotebookOutput): unknown {
  if (output.output_type === "stream" || output.output_type === "error") return output;
  const { "image/png": png, ...rest } = output.data;
  const text = JSON.stringify({ ...output, data: rest }).replace(/\d+(\.\d+)? (m?s|min)\b/g, "…");
  return { ...(JSON.parse(text) as object), hasPicture: png !== undefined };
}

/** Jupyter keeps a stream's messages apart when they came apart. */
function merged(outputs: readonly NotebookOutput[]): NotebookOutput[] {
  const result: NotebookOutput[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name)
      result[result.length - 1] = { ...last, text: last.text + output.text };
    else result.push(output);
  }
  return result;
}
