/** Notebooks that were written for stock tslab, whose documented features they use, run unchanged. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { TYPESCRIPT_VERSION } from "../../../kernel/language/versions.js";
import { parseNotebook } from "../../../kernel/notebook/format.js";
import type { CodeCell } from "../../../kernel/notebook/format.js";
import { runProgram } from "../../notebooks/support.js";
import { projectRoot } from "../../support/shared.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

const cwd = fileURLToPath(new URL("../fixtures/", import.meta.url));
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const DOT =
  '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle cx="10" cy="10" r="8" fill="teal"/></svg>';

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-tslab-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a notebook; of each cell what its outputs say. A single plain text stands for itself. */
async function outputsOf(name: string): Promise<unknown[][]> {
  needsBuild();
  const out = path.join(folder, name);
  const cli = path.join(projectRoot, "dist/kernel/cli.js");
  const { status, output } = await runProgram(process.execPath, [cli, "run", name, "--out", out], { cwd });
  expect(status, output).toBe(0);
  return parseNotebook(readFileSync(out, "utf8"), name)
    .cells.filter((cell): cell is CodeCell => cell.cell_type === "code")
    .map((cell) =>
      cell.outputs.map((output) => {
        if (output.output_type === "stream") return output.text;
        if (output.output_type === "error") return output.evalue;
        return output.output_type === "execute_result" ? output.data["text/plain"] : output.data;
      }),
    );
}

describe("a notebook written for tslab", () => {
  it("shows every kind of display, and replaces those of newDisplay", async () => {
    expect(await outputsOf("tslab-display.ipynb")).toEqual([
      [],
      [{ "text/html": "<h2>Hello <b>tslab</b></h2>" }],
      [
        { "text/markdown": "**bold** and $x^2$" },
        { "text/latex": "$$\\sum_i x_i$$" },
        { "text/javascript": "window.seen = true" },
        { "text/plain": "plain" },
      ],
      [{ "image/svg+xml": DOT }],
      [
        { "image/png": PIXEL },
        { "image/png": PIXEL },
        { "image/jpeg": "/9j/2Q==" },
        { "image/gif": "R0lGODlhAQABAAAAACw=" },
        { "application/pdf": "JVBERg==" },
      ],
      [{ "text/html": "<i>raw</i>" }, { "image/png": PIXEL }],
      [{ "text/plain": "step 3 of 3" }],
      [{ "text/html": "<b>second</b>" }],
      [],
      [`[ true, '${TYPESCRIPT_VERSION[0]}' ]`],
    ]);
  });

  it("keeps types and values from cell to cell, and awaits at the top level", async () => {
    expect(await outputsOf("tslab-language.ipynb")).toEqual([
      [],
      ["33"],
      ["'declared anew'"],
      [],
      ["[ 'Ada', 'Tim' ] 2 Green 9\n"],
      ["'Hello, Ada'"],
      ["[ 3, 2, 1 ]"],
      ["[ 55, 6765 ]"],
      ["'ccc'"],
      ["[ 'declared anew, assigned in a later cell', 'none' ]"],
      ["[ 1, 4, 9 ]"],
      ["on the error stream\n", "no newline", "true"],
    ]);
  });

  it("in JavaScript imports Node's modules, packages and files, in all the forms there are", async () => {
    expect(await outputsOf("tslab-imports.ipynb")).toEqual([
      [],
      [],
      ['{"values":[3,1,2]}\n', "[ 1, 2, 3 ]"],
      ["42"],
      ["true"],
      ["3"],
      ["{ x: 2, y: 4 }"],
      [{ "text/html": "<ul><li>1</li><li>2</li><li>3</li></ul>" }],
      ["false"],
    ]);
  });
});

it("is compiled by tslab's TypeScript where the kernel is started so", async () => {
  const kernel = await TestKernel.start({ args: ["--typescript", "tslab"] });
  try {
    const info = await kernel.request("shell", "kernel_info_request");
    expect(info["language_info"]).toMatchObject({ version: "5.0.4" });
    expect((await kernel.execute('import { versions } from "tslab"; versions.typescript')).result).toBe(
      "'5.0.4'",
    );
    expect((await kernel.execute("const n: NoInfer<number> = 1")).reply["evalue"]).toContain("TS2304");
  } finally {
    await kernel.close();
  }
});
