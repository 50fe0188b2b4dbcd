/** The command line as a shell starts it, from the built package; notebooks in a folder with an awkward name. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodeCell } from "../../kernel/notebook/format.js";
import { parseNotebook } from "../../kernel/notebook/format.js";
import { KernelClient } from "../../kernel/jupyter/client.js";
import { projectRoot } from "../support/shared.js";

let folder: string;
let command: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule wïth späce-"));
  // As npm links it: a name without an ending, in a folder of programs.
  command = join(folder, "chainrule");
  symlinkSync(join(projectRoot, "dist/kernel/cli.js"), command);
  mkdirSync(join(folder, "notebooks"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function chainruleWith(variables: Record<string, string>, ...parts: string[]) {
  const env = { ...process.env, JUPYTER_DATA_DIR: join(folder, "data"), JUPYTER_PATH: "", NO_COLOR: "1" };
  return spawnSync(process.execPath, [command, ...parts], {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, ...variables },
  });
}

const chainrule = (...parts: string[]) => chainruleWith({}, ...parts);

/** Writes a notebook into the folder and returns its path relative to it. */
function write(name: string, sources: readonly string[], metadata: Record<string, unknown> = {}): string {
  const cells = sources.map((source, i) => ({
    cell_type: source.startsWith("#") ? "markdown" : "code",
    id: `cell-${i}`,
    metadata: {},
    source,
    ...(!source.startsWith("#") && { outputs: [], execution_count: null }),
  }));
  const path = join("notebooks", `${name}.ipynb`);
  writeFileSync(join(folder, path), JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  return path;
}

const readBack = (name: string) =>
  parseNotebook(readFileSync(join(folder, name), "utf8")).cells.filter(
    (cell): cell is CodeCell => cell.cell_type === "code",
  );

it("tells its version and its commands, and fails for a command it does not know", () => {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    version: string;
  };
  expect(chainrule("--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
  expect(chainrule("--help").stdout).toMatch(/install[^]*uninstall[^]*doctor[^]*run[^]*kernel/);
  const wrong = chainrule("fly");
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain("unknown command 'fly'");
});

describe("run", () => {
  it("executes a notebook in its folder and writes it and its page", () => {
    writeFileSync(join(folder, "notebooks", "numbers.json"), "[1, 2, 3]");
    const path = write("good", [
      "# Title\n\n$a^2$",
      'import { readFileSync } from "node:fs";\nconst n: number[] = JSON.parse(readFileSync("numbers.json", "utf8"));',
      'console.log("sum", n.reduce((a, b) => a + b));\nn.length',
      "const shown = display({ 'text/plain': 'first' });\nawait new Promise((r) => setTimeout(r, 5));\nshown.update({ 'text/plain': 'last' });",
      "const timer = setInterval(() => {}, 1000); // must not keep the command waiting",
    ]);
    const run = () => chainrule("run", path, "--out", "results/good.ipynb", "--html", "results/good.html");
    const { status, stdout, stderr } = run();
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/cell 1 of 4: \d+\.\d s[^]*cell 4 of 4[^]*good\.ipynb: 4 cells in/);
    expect(stdout).toContain(`notebook: ${join(folder, "results/good.ipynb")}`);
    expect(stdout).toContain(`page: ${join(folder, "results/good.html")}`);
    expect(stdout).not.toContain("sum 6");
    const cells = readBack("results/good.ipynb");
    expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3, 4]);
    expect(cells[1]!.outputs).toEqual([
      { output_type: "stream", name: "stdout", text: "sum 6\n" },
      { output_type: "execute_result", data: { "text/plain": "3" }, metadata: {}, execution_count: 2 },
    ]);
    expect(cells[2]!.outputs).toMatchObject([{ data: { "text/plain": "last" } }]);
    expect(readFileSync(join(folder, "results/good.html"), "utf8")).toContain("<h1");
    const before = readFileSync(join(folder, "results/good.ipynb"));
    expect(run().status).toBe(0);
    expect(readFileSync(join(folder, "results/good.ipynb")).equals(before)).toBe(true);
  });

  it("stops at a failing cell, shows the error and still writes", () => {
    const path = write("bad", ["1 + 1", 'throw new RangeError("too far")', "3"]);
    const { status, stdout } = chainrule("run", path, "--out", "bad-out.ipynb", "--html", "bad.html");
    expect(status).toBe(1);
    expect(stdout).toContain("cell [2] (number 2 in the notebook) failed");
    expect(stdout).toContain("RangeError: too far");
    expect(stdout).not.toContain("\x1b");
    const cells = readBack("bad-out.ipynb");
    expect(cells[1]!.outputs).toMatchObject([{ ename: "RangeError", evalue: "too far" }]);
    expect(cells[2]!.execution_count).toBeNull();
    expect(readFileSync(join(folder, "bad.html"), "utf8")).toContain("This run stopped at");
  });

  it("goes on after failing cells when it is asked to", () => {
    const path = write("allowed", ["throw new RangeError('expected')", "const n: number = 'one';", "3"]);
    const options = ["--allow-errors", "--out", "allowed-out.ipynb", "--html", "allowed.html"];
    const { status, stdout } = chainrule("run", path, ...options);
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("allowed.ipynb: 3 cells in ");
    expect(stdout).toContain(", 2 errors allowed");
    expect(readBack("allowed-out.ipynb").map((cell) => cell.execution_count)).toEqual([1, 2, 3]);
    expect(readFileSync(join(folder, "allowed.html"), "utf8")).not.toContain("This run stopped at");
  });

  it("fails for types that do not fit, and for rejections that nobody awaits", () => {
    const types = chainrule("run", write("types", ['const n: number = "one";']));
    expect(types.status).toBe(1);
    expect(types.stdout).toContain("TS2322");
    const stray = chainrule("run", write("stray", ['void Promise.reject(new Error("lost"));']));
    expect(stray.status).toBe(1);
    expect(stray.stdout).toContain("lost");
  });

  it("stops loops that never end", () => {
    const path = write("loop", ["const kept = 1;\ntry { while (true) {} } catch {}", "3"]);
    const { status, stdout } = chainrule("run", path, "--timeout", "3", "--out", "loop-out.ipynb");
    expect(status).toBe(1);
    expect(stdout).toContain("ran for more than 3 s");
    expect(readBack("loop-out.ipynb")[0]!.outputs).toMatchObject([{ ename: "CellTimeoutError" }]);
    expect(readBack("loop-out.ipynb")[1]!.execution_count).toBeNull();
  });

  it("says so when a cell has used up the memory", () => {
    const path = write("memory", [
      "const all: number[][] = [];\nfor (;;) all.push(new Array(100_000).fill(0.5));",
    ]);
    const { status, stderr } = chainruleWith({ NODE_OPTIONS: "--max-old-space-size=120" }, "run", path);
    expect(status).toBe(1);
    expect(stderr).toContain("most likely for want of memory");
  });

  it("explains what it cannot run", () => {
    expect(chainrule("run", "none.ipynb").stderr).toBe(
      "chainrule: none.ipynb: there is no such file; name a .ipynb file.\n",
    );
    writeFileSync(join(folder, "text.ipynb"), "hello");
    expect(chainrule("run", "text.ipynb").stderr).toContain("text.ipynb: this is not a notebook");
    const python = write("python", ["import os"], { kernelspec: { name: "python3", language: "python" } });
    expect(chainrule("run", python).stderr).toContain("is a notebook for python");
    const path = write("clash", ["1"]);
    expect(chainrule("run", path, "--html", path).stderr).toContain("would overwrite the notebook");
    expect(chainrule("run", path, "--timeout", "soon").stderr).toContain("must be a number of seconds");
    expect(existsSync(join(folder, path))).toBe(true);
  });
});

it.skipIf(process.platform === "win32")(
  "says in one line where nothing can be written, and what to change",
  () => {
    writeFileSync(join(folder, "a-file"), "");
    const tests: [Record<string, string>, string[]][] = [
      [{}, ["install", "--prefix", join(folder, "a-file")]],
      [{ XDG_DATA_HOME: join(folder, "a-file") }, ["lab", folder, "--no-browser", "--port", "0"]],
    ];
    for (const [variables, parts] of tests) {
      const { status, stderr } = chainruleWith(variables, ...parts);
      expect(status).toBe(1);
      const line = stderr.split("\n").find((one) => one.startsWith("chainrule:"));
      expect(line, stderr).toMatch(/a-file.*(cannot be written|XDG_DATA_HOME)/);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  },
);

it("exports notebooks as they are", () => {
  const paths = [write("a", ["# A\n\n[b](b.ipynb)", "throw new Error('not run')"]), write("b", ["# B"])];
  const { status, stdout, stderr } = chainrule("export", ...paths, "--html", "--script", "--out", "pages");
  expect(status, stderr).toBe(0);
  const written = ["page: a.html", "script: a.ts", "page: b.html", "script: b.ts"];
  expect(stdout).toBe(written.map((one) => one.replace(" ", ` ${join(folder, "pages")}/`) + "\n").join(""));
  expect(readFileSync(join(folder, "pages/a.html"), "utf8")).toContain('href="b.html"');
  const unsaid = chainrule("export", paths[0]!);
  expect(unsaid).toMatchObject({ status: 1 });
  expect(unsaid.stderr).toContain("say what to write");
});

describe("install, doctor, uninstall", () => {
  it("installs a kernel that the doctor finds well, and removes it", () => {
    const ill = chainrule("doctor");
    expect(ill.status).toBe(1);
    expect(ill.stdout).toContain("✗ no kernel is installed: run `chainrule install`");
    expect(chainrule("install").stdout).toBe(`installed: ${join(folder, "data/kernels/chainrule")}\n`);
    expect(chainrule("install").stdout).toContain("renewed");
    const well = chainrule("doctor");
    expect(well.stdout).not.toContain("✗");
    expect(well.stdout).toContain("runs TypeScript: 6 * 7 is 42");
    expect(well.status).toBe(0);
    expect(chainrule("uninstall")).toMatchObject({ status: 0 });
    expect(chainrule("uninstall").stdout).toContain("nothing to remove");
  });

  it("says what is wrong with a kernel whose files have gone, or that dies", () => {
    const kernel = join(folder, "data/kernels/chainrule/kernel.json");
    chainrule("install");
    const spec = readFileSync(kernel, "utf8");
    writeFileSync(kernel, spec.replace("dist/kernel/jupyter/main.js", "gone/main.js"));
    const gone = chainrule("doctor");
    expect(gone.status).toBe(1);
    expect(gone.stdout).toMatch(/✗ .*gone\/main\.js is no longer there: run `chainrule install/);
    const broken = join(folder, "broken.js");
    writeFileSync(broken, 'throw new Error("broken on purpose")');
    writeFileSync(kernel, spec.replace(join(projectRoot, "dist/kernel/jupyter/main.js"), broken));
    const dead = chainrule("doctor");
    expect(dead.status).toBe(1);
    expect(dead.stdout).toMatch(/✗ .*does not work: the kernel ended with exit code 1[^]*broken on purpose/);
    expect(chainrule("uninstall").status).toBe(0);
  });

  it("names two places at once as a mistake", () => {
    const { status, stderr } = chainrule("install", "--user", "--prefix", "/usr/local");
    expect(status).toBe(1);
    expect(stderr).toContain("cannot be used with");
  });
});

it("kernel starts the kernel of a connection file, and ends with it", async () => {
  const client = await KernelClient.start([process.execPath, command, "kernel", "{connection_file}"], folder);
  try {
    expect(await client.ready(600_000)).toMatchObject({ implementation: "chainrule" });
    const { reply, published } = await client.execute("const a: number = 6;\na * 7", 600_000);
    expect(reply).toMatchObject({ status: "ok", execution_count: 1 });
    const results = published.filter(({ header }) => header.msg_type === "execute_result");
    expect(results).toMatchObject([{ content: { data: { "text/plain": "42" } } }]);
  } finally {
    await client.close();
  }
  await expect(client.execute("1", 1000)).rejects.toThrow();
});
