/** The suites that need data or programs: they run, skip or fail as they should. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { projectRoot, sharedData } from "./shared.js";

const empty = mkdtempSync(join(tmpdir(), "chainrule-"));
afterAll(() => rmSync(empty, { recursive: true }));

/** Runs the file of one `withData` suite where there is no data. */
function run(ci: string) {
  const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
  return spawnSync(
    process.execPath,
    [vitest, "run", "test/support/needs-data.test.ts", "--reporter=verbose"],
    { cwd: projectRoot, encoding: "utf8", env: { ...process.env, CHAINRULE_TEST_DATA: empty, CI: ci } },
  );
}

it("skips with one line where the data are absent", () => {
  const { status, stdout, stderr } = run("");
  expect(status, stderr).toBe(0);
  expect(stderr).toContain("skipped: reads MNIST: needs the shared data mnist");
  expect(stdout).toMatch(/1 skipped/);
});

it("fails with CI=true where the data are absent", () => {
  const { status, stdout, stderr } = run("true");
  expect(status).toBe(1);
  expect(stdout + stderr).toContain("must be here when CI=true");
});

it("knows nothing of a name that is not in the bundle", () => {
  expect(sharedData("no/such/file")).toBeUndefined();
});
