/** The kernel under Jupyter's own programs: Debian's kernel test-suite and nbconvert. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withTool } from "../../support/shared.js";
import { jupyterHome, needsBuild, testNodes } from "../support/jupyter.js";

const KERNEL_TESTS = `
import unittest, jupyter_kernel_test

class ChainruleTests(jupyter_kernel_test.KernelTests):
    kernel_name = "chainrule"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "conso", "matches": ["console"]}, {"text": "Math.fl", "matches": ["floor"]}]
    complete_code_samples = ["1", "let x = 1", "function f() {}"]
    incomplete_code_samples = ["function f() {", "\`abc"]
    invalid_code_samples = ["let = ]", "const 1x"]
    code_generate_error = "throw new Error('x')"
    code_execute_result = [{"code": "1+2", "result": "3"}]
    code_display_data = [{"code": "display({'image/png': new Uint8Array([1])})", "mime": "image/png"}]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "clearOutput()"

unittest.main()
`;

interface Finished {
  status: number | null;
  text: string;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    child.stderr.on("data", (data: Buffer) => (text += data.toString()));
    child.on("close", (status) => resolve({ status, text }));
  });
}

withTool("jupyter", "under Jupyter", (jupyter) => {
  let home: ReturnType<typeof jupyterHome>;
  beforeAll(() => {
    needsBuild();
    home = jupyterHome();
  });
  afterAll(() => rmSync(home.folder, { recursive: true, force: true }));

  it.each(testNodes)("passes jupyter_kernel_test, all but the pager, on %s", async (node) => {
    const home = jupyterHome(node);
    const file = path.join(home.folder, "kernel_tests.py");
    writeFileSync(file, KERNEL_TESTS);
    const { status, text } = await run(
      "/usr/bin/python3",
      ["-Xfrozen_modules=off", file],
      home.folder,
      home.env,
    );
    expect(status, text).toBe(0);
    expect(text).toContain("Ran 12 tests");
    expect(text).toContain("OK (skipped=1)");
    rmSync(home.folder, { recursive: true, force: true });
  });

  it("executes a notebook with nbconvert, errors where they are and everything after them", async () => {
    const cell = (source: string): object => ({
      cell_type: "code",
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    });
    const kernelspec = { name: "chainrule", display_name: "chainrule", language: "typescript" };
    const notebook = {
      nbformat: 4,
      nbformat_minor: 4,
      metadata: { kernelspec },
      cells: [
        'import { sum } from "./sum.ts"; const total = await sum(1, 2);',
        "throw new Error('here');",
        "total",
        "console.log(total); display({ 'text/html': '<b>x</b>', 'text/plain': 'x' })",
      ].map(cell),
    };
    writeFileSync(path.join(home.folder, "a.ipynb"), JSON.stringify(notebook));
    writeFileSync(
      path.join(home.folder, "sum.ts"),
      "export async function sum(...n: number[]): Promise<number> { return n.reduce((a, b) => a + b); }",
    );
    const args = ["nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--output", "b", "a.ipynb"];
    const { status, text } = await run(jupyter.command, [...jupyter.args, ...args], home.folder, home.env);
    expect(status, text).toBe(0);
    interface Executed {
      cells: {
        execution_count: number;
        outputs: { output_type: string; ename?: string; data?: unknown; text?: unknown }[];
      }[];
    }
    const { cells } = JSON.parse(readFileSync(path.join(home.folder, "b.ipynb"), "utf8")) as Executed;
    expect(cells.map((one) => one.execution_count)).toEqual([1, 2, 3, 4]);
    expect(cells[0]!.outputs).toEqual([]);
    expect(cells[1]!.outputs[0]).toMatchObject({ output_type: "error", ename: "Error" });
    expect(cells[2]!.outputs[0]).toMatchObject({
      output_type: "execute_result",
      data: { "text/plain": ["3"] },
    });
    expect(cells[3]!.outputs.map((one) => one.output_type)).toEqual(["stream", "display_data"]);
  });
});
