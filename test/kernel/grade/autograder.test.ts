/** Gradescope's archive: its scripts are executable and sound, and `run_autograder` writes results for every submission. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { autograderOf } from "../../../kernel/grade/autograder.js";
import { formatNotebook } from "../../../kernel/notebook/format.js";
import { projectRoot } from "../../support/shared.js";
import { smallAssignment, withCell } from "../../support/small-assignment.js";
import { needsBuild } from "../support/jupyter.js";

needsBuild();
const root = mkdtempSync(join(tmpdir(), "chainrule-autograder-"));
afterAll(() => rmSync(root, { recursive: true }));
const archive = autograderOf(smallAssignment, "0.1.0");
const results = () =>
  JSON.parse(readFileSync(join(root, "results", "results.json"), "utf8")) as {
    score: number;
    output: string;
    tests?: { name: string; score: number; max_score: number }[];
  };

beforeAll(() => {
  // As Gradescope lays it out: the archive in source/, the script beside it, the submission in a folder.
  mkdirSync(join(root, "source"));
  for (const [name, content] of Object.entries(unzipSync(archive)))
    writeFileSync(join(root, "source", name), content);
  const cli = join(projectRoot, "dist", "kernel", "cli.js");
  writeFileSync(join(root, "chainrule"), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  chmodSync(join(root, "chainrule"), 0o755);
});

function submit(files: Record<string, string>) {
  rmSync(join(root, "submission"), { recursive: true, force: true });
  mkdirSync(join(root, "submission"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, "submission", name), content);
  const { status, stderr } = spawnSync("bash", [join(root, "source", "run_autograder")], {
    env: { ...process.env, AUTOGRADER: root, CHAINRULE: join(root, "chainrule") },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return results();
}

it("is an archive with executable scripts, the same for the same source", () => {
  expect(Object.keys(unzipSync(archive)).sort()).toEqual(["run_autograder", "setup.sh", "source.ipynb"]);
  expect(Buffer.from(autograderOf(smallAssignment, "0.1.0")).equals(Buffer.from(archive))).toBe(true);
  const file = join(root, "autograder.zip");
  writeFileSync(file, archive);
  const list = spawnSync("python3", ["-c", MODES, file], { encoding: "utf8" });
  expect(list.stdout.trim().split("\n")).toEqual(["run_autograder 755", "setup.sh 755", "source.ipynb 644"]);
  for (const name of ["setup.sh", "run_autograder"])
    expect(spawnSync("bash", ["-n", join(root, "source", name)], { encoding: "utf8" }).stderr).toBe("");
  expect(readFileSync(join(root, "source", "setup.sh"), "utf8")).toContain("chainrule@0.1.0");
});

const MODES = `import sys, zipfile
for one in sorted(zipfile.ZipFile(sys.argv[1]).infolist(), key=lambda one: one.filename):
    print(one.filename, oct(one.external_attr >> 16 & 0o777)[2:])`;

it("grades the notebook that was handed in, whatever it is called", () => {
  const wrong = withCell("double", "function double(x: number) { return x; }");
  const { score, tests } = submit({ "my work (1).ipynb": formatNotebook(wrong), "notes.txt": "" });
  expect(score).toBe(2);
  expect(tests).toMatchObject([
    { name: "double-test", score: 0, max_score: 2 },
    { name: "triple-test", score: 2, max_score: 2 },
  ]);
});

it("tells the student what is wrong with a submission that cannot be graded", () => {
  expect(submit({ "notes.txt": "" })).toMatchObject({
    score: 0,
    output: expect.stringContaining("no notebook") as string,
  });
  expect(submit({ "a.ipynb": "{}", "b.ipynb": "{}" }).output).toContain("more than one notebook");
  expect(submit({ "a.ipynb": "{ no" }).output).toContain("could not be graded");
});
