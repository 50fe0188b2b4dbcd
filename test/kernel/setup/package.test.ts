/** The package as npm packs it works from a folder with spaces and Unicode in its name, with nothing beside it. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseNotebook } from "../../../kernel/notebook/format.js";
import { readShelf } from "../../../kernel/server/course/shelf.js";
import { projectRoot } from "../../support/shared.js";

let folder: string;
let root: string;
let env: NodeJS.ProcessEnv;
let packed: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule püt in a bøx-"));
  env = { ...process.env, JUPYTER_DATA_DIR: join(folder, "jupyter data"), JUPYTER_PATH: "" };
  // As `prepare` does, before anything is packed.
  const npmRun = ["run", "--silent", "build:psets"];
  const made = spawnSync("npm", npmRun, {
    cwd: projectRoot,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  expect(made.status, made.stderr).toBe(0);
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder, projectRoot];
  const npm = spawnSync("npm", pack, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  expect(npm.status, npm.stderr).toBe(0);
  const [{ filename, files }] = JSON.parse(npm.stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  expect(spawnSync("tar", ["xzf", filename], { cwd: folder }).status).toBe(0);
  root = join(folder, "node_modules", "chainrule");
  mkdirSync(dirname(root));
  renameSync(join(folder, "package"), root);
  // The dependencies, without a download.
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function chainrule(program: string, ...parts: string[]) {
  const command = join(program, "dist/kernel/cli.js");
  return spawnSync(process.execPath, [command, ...parts], { cwd: folder, encoding: "utf8", env });
}

it("installs a kernel that the doctor finds well", () => {
  const installed = chainrule(root, "install");
  expect(installed.status, installed.stderr).toBe(0);
  const spec = readFileSync(join(folder, "jupyter data/kernels/chainrule/kernel.json"), "utf8");
  expect((JSON.parse(spec) as { argv: string[] }).argv).toContain(join(root, "dist/kernel/jupyter/main.js"));
  const doctor = chainrule(root, "doctor");
  expect(doctor.status, doctor.stdout + doctor.stderr).toBe(0);
  expect(chainrule(root, "uninstall").status).toBe(0);
});

it("has the lectures and the students' problem sets, and no key to them", () => {
  expect(packed).toContain("notebooks/lectures/01-nearest-neighbour.ipynb");
  expect(packed).toContain("notebooks/psets/README.md");
  const notebooks = packed.filter((file) => file.endsWith(".ipynb"));
  const psets = notebooks.filter((file) => file.includes("psets/"));
  expect(psets.sort()).toEqual(
    readdirSync(join(projectRoot, "notebooks/psets/source"))
      .filter((name) => name.endsWith(".ipynb"))
      .map((name) => `dist/psets/${name}`)
      .sort(),
  );
  for (const file of notebooks)
    expect(readFileSync(join(root, file), "utf8"), file).not.toMatch(/BEGIN SOLUTION|BEGIN HIDDEN TESTS/);
});

it("has the same course in its launcher as a clone", () => {
  const [own, clones] = [root, projectRoot].map((at) => readShelf(join(at, "notebooks")));
  const titles = (shelf: typeof own) =>
    shelf!.map(({ id, notebooks }) => [id, notebooks.map(({ title }) => title)]);
  expect(titles(own)).toEqual(titles(clones));
  expect(own!.map(({ id }) => id)).toEqual(["lectures", "psets", "experiments", "talks"]);
  for (const [i, volume] of own![1]!.notebooks.entries())
    expect(volume.read().toString()).toBe(clones![1]!.notebooks[i]!.read().toString());
});

it("opens every door to a program, and nothing behind them", () => {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object };
  const doors = Object.keys(exports).map((subpath) => `chainrule${subpath.slice(1)}`);
  expect(doors.length).toBeGreaterThan(15);
  const program = join(folder, "doors.mjs");
  writeFileSync(
    program,
    `for (const door of ${JSON.stringify(doors.filter((door) => !door.endsWith(".json")))}) await import(door);
    await import("chainrule/dist/lib/index.js").catch(({ code }) => console.log(code));`,
  );
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
});

it("runs a notebook of a stranger, with types and pictures", () => {
  const source =
    'import { Conv2d, digits, imageGrid } from "chainrule";\n' +
    "const conv: Conv2d = new Conv2d({ in: 1, out: 2, size: 3 });\nimageGrid(digits({ train: 10, test: 10 }).train)";
  const cell = { cell_type: "code", id: "a", metadata: {}, source, outputs: [], execution_count: null };
  writeFileSync(
    join(folder, "a b.ipynb"),
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }),
  );
  const run = chainrule(root, "run", "a b.ipynb", "--out", "ö.ipynb", "--html", "ö.html");
  expect(run.status, run.stdout + run.stderr).toBe(0);
  const [executed] = parseNotebook(readFileSync(join(folder, "ö.ipynb"), "utf8")).cells;
  expect(executed).toMatchObject({ outputs: [{ data: { "image/png": expect.any(String) as string } }] });
  expect(readFileSync(join(folder, "ö.html"), "utf8")).toContain("data:image/png;base64,");
});

it("refuses to install from a package runner's cache, which will be emptied", () => {
  const cached = join(folder, "_npx", "0123", "node_modules", "chainrule");
  mkdirSync(dirname(cached), { recursive: true });
  renameSync(root, cached);
  const { status, stderr } = chainrule(cached, "install");
  expect(status).toBe(1);
  expect(stderr).toContain("run `npm install --global chainrule`, then `chainrule install`");
  renameSync(cached, root);
});
