/** The project's notebooks, and what a picture in one must be. */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { hasTag, parseNotebook } from "../../kernel/notebook/format.js";
import type { CodeCell, Notebook } from "../../kernel/notebook/format.js";
import { projectRoot } from "../support/shared.js";

/** Paths of all notebooks below notebooks/, relative to the project's root. */
export function notebookPaths(): string[] {
  return readdirSync(join(projectRoot, "notebooks"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ipynb") && !path.includes(".ipynb_checkpoints"))
    .map((path) => join("notebooks", path))
    .sort();
}

export function readNotebook(path: string): Notebook {
  return parseNotebook(readFileSync(join(projectRoot, path), "utf8"), path);
}

/** Whether a notebook is kept without outputs (`"tags": ["unexecuted"]` in its metadata): it waits for answers. */
export function isUnexecuted({ metadata }: Notebook): boolean {
  return Array.isArray(metadata.tags) && metadata.tags.includes("unexecuted");
}

/** The cells that a run executes. */
export function runnableCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter(
    (cell): cell is CodeCell =>
      cell.cell_type === "code" && cell.source.trim() !== "" && !hasTag(cell, "skip-execution"),
  );
}

/** What is wrong with an executed notebook, in sentences; empty when nothing is. */
export function faults(notebook: Notebook): string[] {
  const found: string[] = [];
  for (const cell of runnableCells(notebook)) {
    const where = `cell ${cell.id} (${cell.source.slice(0, 40).replace(/\n/g, " ")})`;
    if (cell.execution_count === null) found.push(`${where} was not run`);
    for (const output of cell.outputs) {
      if (output.output_type === "error" && !hasTag(cell, "raises-exception"))
        found.push(`${where} failed: ${output.ename}: ${output.evalue}`);
      if (output.output_type !== "display_data" && output.output_type !== "execute_result") continue;
      const png = output.data["image/png"];
      if (png !== undefined && colours(String(png)) < 2) found.push(`${where} shows a blank picture`);
      if ("text/plain" in output.data === false) found.push(`${where} has an output without plain text`);
    }
  }
  return found;
}

/** How many colours a PNG has, counted up to two. */
export function colours(base64: string): number {
  const { data, channels, palette } = decode(Buffer.from(base64, "base64"));
  const step = palette ? 1 : channels;
  const first = data.slice(0, step).join();
  for (let i = step; i < data.length; i += step) if (data.slice(i, i + step).join() !== first) return 2;
  return 1;
}

/** Runs a program to its end and gives back what it wrote. */
export function runProgram(
  command: string,
  parts: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parts, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, output }));
  });
}

/**
 * The environment of a Jupyter that keeps everything in a folder, with the kernel installed in it as users install it.
 * @throws Error with what the installer said when it failed
 */
export async function installInto(folder: string): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  for (const name of ["DATA", "CONFIG", "RUNTIME"]) {
    env[`JUPYTER_${name}_DIR`] = join(folder, name.toLowerCase());
    mkdirSync(env[`JUPYTER_${name}_DIR`]!);
  }
  const cli = join(projectRoot, "dist/kernel/cli.js");
  const { status, output } = await runProgram(process.execPath, [cli, "install"], { env });
  if (status !== 0) throw new Error(`the kernel could not be installed: ${output}`);
  return env;
}
