/** `chainrule grade` again: after a crash it goes on, on the same seed, and a changed key shows what it would change. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-regrade-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sourceFile = join(folder, "source.ipynb");
const out = join(folder, "graded");
const submissions = {
  key: smallAssignment,
  wrong: withCell("double", "function double(x: number) { return x; }"),
};
const files = Object.entries(submissions).map(([name, notebook]) => {
  const file = join(folder, `${name}.ipynb`);
  writeFileSync(file, formatNotebook(notebook));
  return file;
});
const cli = join(projectRoot, "dist", "kernel", "cli.js");
const command = [cli, "grade", ...files, "--source", sourceFile, "--jobs", "1", "--json"];
const again = (...flags: string[]) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...command, "--out", out, "--report", "html", ...flags],
    { encoding: "utf8" },
  );
  const { submissions } = JSON.parse(stdout) as { submissions: { seed: number; points: number }[] };
  return { submissions, stderr, status };
};
const table = () => readFileSync(join(out, "grades.csv"), "utf8");

it("goes on after a crash, and after a change says what would change before it does", async () => {
  writeFileSync(sourceFile, formatNotebook(smallAssignment));
  // The command ends while it grades the second.
  const child = spawn(process.execPath, [...command, "--out", out], { stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise((resolve) => child.once("close", resolve));
  await new Promise<void>((resolve) =>
    child.stderr.setEncoding("utf8").on("data", (text: string) => text.includes("1 of 2") && resolve()),
  );
  child.kill("SIGKILL");
  await closed;
  expect(existsSync(join(out, "grades.csv"))).toBe(false);

  const first = again();
  expect(first.stderr).toContain("key.ipynb · 4 of 4 · graded before");
  expect(first.stderr).toMatch(/wrong.ipynb · 2 of 4$/m);
  expect(first.status).toBe(0);
  expect(new Set(first.submissions.map(({ seed }) => seed)).size).toBe(1);
  // A report is made of a grade that was kept, too.
  expect(readFileSync(join(out, "key.html"), "utf8")).toContain("4 of 4 points");
  const before = table();

  // The key is corrected: what was wrong is right, and the other way round.
  const corrected = withCell(
    "double-test",
    'const m = marks("double", 2, { one: () => tensorTrial("y", tensor([double(1)]), tensor([1])) });\nm.points',
  );
  writeFileSync(sourceFile, formatNotebook(corrected));
  const proposed = again();
  expect(proposed.status).toBe(1);
  expect(proposed.stderr).toContain(
    "small: changed since it was graded: the key or its tests. 2 of 2 submissions",
  );
  expect(proposed.stderr).toContain("key.ipynb: 4 of 4 → 2 of 4\n    double-test: 2 of 2 → 0 of 2");
  expect(proposed.stderr).toContain("--accept");
  expect(table()).toBe(before);
  expect(readFileSync(join(out, "key.html"), "utf8")).toContain("4 of 4 points");

  const accepted = again("--accept");
  expect(accepted.status).toBe(0);
  // The seed is still the same, and nothing ran a second time.
  expect(accepted.submissions).toEqual(proposed.submissions);
  expect(accepted.submissions[0].seed).toBe(first.submissions[0].seed);
  expect(accepted.stderr.match(/graded before/g)).toHaveLength(2);
  expect(table()).not.toBe(before);
  expect(readFileSync(join(out, "key.html"), "utf8")).toContain("2 of 4 points");
  expect(again().status).toBe(0);
}, 3_600_000);
