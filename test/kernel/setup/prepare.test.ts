/** What npm's `prepare` builds: everything for an installation, and for npx only what is not built. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-prepare-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SCRIPT = "kernel/setup/prepare.mjs";
const write = (path: string, text: string, seconds: number): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  utimesSync(join(folder, path), seconds, seconds);
};

beforeEach(() => {
  write(
    "package.json",
    JSON.stringify({ scripts: { "build:all": "node -e \"fs.writeFileSync('ran', '')\"" } }),
    10,
  );
  write("lib/index.ts", "", 20);
  write("kernel/lab/node_modules/react/index.js", "", 90);
  write(SCRIPT, "", 10);
  copyFileSync(join(projectRoot, SCRIPT), join(folder, SCRIPT));
  utimesSync(join(folder, SCRIPT), 10, 10);
  write("dist/kernel/cli.js", "", 30);
  write("dist/psets/nbgrader_config.py", "", 40);
  rmSync(join(folder, "ran"), { force: true });
});

/** Whether anything was built when npm's command of this name prepared the package. */
function builds(command: string): boolean {
  const env = { ...process.env, npm_command: command };
  const { status, stderr } = spawnSync(process.execPath, [join(folder, SCRIPT)], { env, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return existsSync(join(folder, "ran"));
}

it("builds for an installation and a package, whatever there is", () => {
  expect(builds("install")).toBe(true);
});

it("does not build again for npx, whatever lies in node_modules", () => {
  expect(builds("exec")).toBe(false);
});

it("builds for npx what was not built", () => {
  rmSync(join(folder, "dist/kernel/cli.js"));
  expect(builds("exec")).toBe(true);
});

it("builds for npx what is older than its sources", () => {
  write("lib/index.ts", "", 41);
  expect(builds("exec")).toBe(true);
});

it("builds for npx what a build that was broken off has left", () => {
  rmSync(join(folder, "dist/psets/nbgrader_config.py"));
  expect(builds("exec")).toBe(true);
});
