/** The README's code runs as it stands, in a folder that knows nothing of this project. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "./support/shared.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readme = readFileSync(path.join(projectRoot, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code);

test("every TypeScript block of the README runs as a cell", { timeout: 180_000 }, () => {
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  const cells = blocks.map((source, i) => ({
    cell_type: "code",
    id: `block-${i + 1}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const notebook = path.join(folder, "readme.ipynb");
  const kernelspec = { name: "chainrule", display_name: "TypeScript", language: "typescript" };
  writeFileSync(
    notebook,
    JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  const cli = path.join(projectRoot, "dist/kernel/cli.js");
  const run = spawnSync(process.execPath, [cli, "run", notebook], { encoding: "utf8", cwd: folder });
  expect(`${run.stdout}${run.stderr}`).not.toContain("failed");
  expect(run.status).toBe(0);
});

test("the error that the README shows is the error that comes", async () => {
  const { conv2dForward, zeros } = await import("../lib/index.js");
  let message = "";
  try {
    conv2dForward(zeros([1, 1, 7, 7]), zeros([1, 1, 3, 3]), undefined, { stride: 3 });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/^conv2d: 7 rows/);
  expect(readme).toContain(message);
});
