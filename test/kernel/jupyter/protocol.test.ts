/** The Jupyter protocol over real sockets: every request a front end makes, and what it gets. */
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start();
});
afterAll(() => kernel?.close());

/** A cell that goes on when `tell` says so: until then others can be sent after it. */
const whenTold = (code: string): string => `
  import { existsSync } from "node:fs";
  while (!existsSync("told")) await new Promise((r) => setTimeout(r, 5));
  ${code}`;

/** Lets the cell go on, once the kernel has all cells that were sent. @returns what takes the word back */
async function tell(): Promise<() => void> {
  await kernel.received();
  const told = path.join(kernel.folder, "told");
  writeFileSync(told, "");
  return () => rmSync(told);
}

const types = (messages: readonly { header: { msg_type: string } }[]): string[] =>
  messages.map((one) => one.header.msg_type);

describe("kernel_info", () => {
  it("says what a front end needs to highlight and to export", async () => {
    const info = await kernel.request("control", "kernel_info_request");
    expect(info).toMatchObject({
      status: "ok",
      protocol_version: "5.3",
      implementation: "chainrule",
      language_info: { name: "typescript", file_extension: ".ts", mimetype: "text/typescript" },
    });
    expect(info["help_links"]).not.toHaveLength(0);
  });
});

describe("execute", () => {
  it("publishes busy, input, output, result and idle in order, all with its parent", async () => {
    const { outputs, reply, stdout, stderr, result } = await kernel.execute(
      'console.log("out"); console.error("err"); 6 * 7',
    );
    expect(types(outputs)).toEqual([
      "status",
      "execute_input",
      "stream",
      "stream",
      "execute_result",
      "status",
    ]);
    expect({ stdout, stderr, result }).toEqual({ stdout: "out\n", stderr: "err\n", result: "42" });
    expect(reply).toMatchObject({ status: "ok", user_expressions: {}, payload: [] });
    const count = reply["execution_count"];
    expect(outputs[1]!.content["execution_count"]).toBe(count);
    expect(outputs[4]!.content["execution_count"]).toBe(count);
  });

  it("counts stored cells only", async () => {
    const first = (await kernel.execute("1")).reply["execution_count"] as number;
    expect((await kernel.execute("1", { store_history: false })).reply["execution_count"]).toBe(first);
    expect((await kernel.execute("1", { silent: true })).reply["execution_count"]).toBe(first);
    expect((await kernel.execute("1")).reply["execution_count"]).toBe(first + 1);
  });

  it("publishes nothing but its state for a silent cell, whose variables stay", async () => {
    const { outputs } = await kernel.execute('const quiet = 7; console.log("no"); display(1); quiet', {
      silent: true,
    });
    expect(types(outputs)).toEqual(["status", "status"]);
    const failed = await kernel.execute("throw new Error('no')", { silent: true });
    expect(types(failed.outputs)).toEqual(["status", "status"]);
    expect(failed.reply["status"]).toBe("error");
    expect((await kernel.execute("quiet")).result).toBe("7");
  });

  it("evaluates user_expressions, each for itself", async () => {
    await kernel.execute("const base = 20");
    const { reply } = await kernel.execute("base + 1", {
      user_expressions: { twice: "base * 2", wrong: "nowhere", thrown: "(() => { throw new Error('e') })()" },
    });
    expect(reply["user_expressions"]).toMatchObject({
      twice: { status: "ok", data: { "text/plain": "40" } },
      wrong: { status: "error", ename: "TypeScriptError" },
      thrown: { status: "error", ename: "Error", evalue: "e" },
    });
  });

  it("reports errors with their line, their cause and no frame of the kernel", async () => {
    const { reply, outputs } = await kernel.execute(
      "const a = 1;\nfunction broken(): never {\n  throw new RangeError('bad', { cause: new Error('why') });\n}\nbroken();",
    );
    expect(reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "bad" });
    const error = outputs.find((one) => one.header.msg_type === "error")!;
    expect(error.content["traceback"]).toEqual(reply["traceback"]);

    const text = (reply["traceback"] as string[]).join("\n").replace(/\x1b\[\d+m/g, "");
    const cell = `cell[${String(reply["execution_count"])}]`;
    expect(text).toContain("→ 3 │   throw new RangeError");
    expect(text).toContain(`at broken (${cell}:3:9)`);
    expect(text).toContain(`at ${cell}:5:1`);
    expect(text).toContain("Caused by:\n  Error: why");
    expect(text).not.toMatch(/kernel\/|node:|Promise/);
  });

  it("refuses a cell with type errors before anything of it runs", async () => {
    const { reply, stdout } = await kernel.execute('console.log("ran");\nconst n: number = "text";');
    expect(stdout).toBe("");
    expect(reply).toMatchObject({ status: "error", ename: "TypeScriptError" });
    expect(reply["evalue"]).toBe("TS2322: Type 'string' is not assignable to type 'number'.");

    const text = (reply["traceback"] as string[]).join("\n").replace(/\x1b\[\d+m/g, "");
    expect(text).toContain(":2:7 - error TS2322");
    expect(text).toContain('2 │ const n: number = "text";\n  │       ~');
  });

  it("keeps the variables that a failing cell had reached", async () => {
    await kernel.execute("const reached = 5; throw new Error('x'); const missed = 6");
    expect((await kernel.execute("reached")).result).toBe("5");
    expect((await kernel.execute("missed")).reply["evalue"]).toContain("TS2304");
  });

  it("aborts the cells that were waiting when one failed, and no later one", async () => {
    const failing = kernel.execute(whenTold("throw new Error('stop')"));
    const others = [kernel.execute("console.log('must not run')"), kernel.execute("1")];
    const untell = await tell();
    const [failed, waiting, expressly] = await Promise.all([failing, ...others]);
    untell();
    expect(failed.reply["status"]).toBe("error");
    expect(waiting.reply["status"]).toBe("aborted");
    expect(waiting.stdout).toBe("");
    expect(expressly.reply["status"]).toBe("aborted");
    expect((await kernel.execute("'at once'")).result).toBe("'at once'");
  });

  it("runs the waiting cells when the failing one did not ask to stop", async () => {
    const failing = kernel.execute(whenTold("throw new Error('go on')"), { stop_on_error: false });
    const following = kernel.execute("'ran'");
    const untell = await tell();
    const [failed, waiting] = await Promise.all([failing, following]);
    untell();
    expect(failed.reply["status"]).toBe("error");
    expect(waiting.result).toBe("'ran'");
  });
});

describe("display", () => {
  it("sends bundles, updates them under their id, and clears", async () => {
    const { outputs } = await kernel.execute(
      'const shown = display({ "text/plain": "first", "image/png": new Uint8Array([1, 2, 3]) }, { metadata: { m: 1 } });' +
        'clearOutput(true); shown.update({ "text/plain": "second" });',
    );
    const [first, clear, second] = outputs.filter((one) => !/status|input/.test(one.header.msg_type));
    expect(first!.header.msg_type).toBe("display_data");
    expect(first!.content).toMatchObject({
      data: { "text/plain": "first", "image/png": "AQID" },
      metadata: { m: 1 },
    });
    expect(clear!).toMatchObject({ header: { msg_type: "clear_output" }, content: { wait: true } });
    expect(second!.header.msg_type).toBe("update_display_data");
    expect(second!.content["transient"]).toEqual(first!.content["transient"]);
  });

  it("sends the metadata that a value has for its bundle", async () => {
    const value =
      "{ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'v' }), [Symbol.for('Jupyter.displayMetadata')]: () => ({ w: 1 }) }";
    const { outputs } = await kernel.execute(`display(${value}, { metadata: { m: 2 } }); (${value})`);
    const shown = outputs.filter((one) => /display_data|execute_result/.test(one.header.msg_type));
    expect(shown.map((one) => one.content["metadata"])).toEqual([{ w: 1, m: 2 }, { w: 1 }]);
  });

  it("shows plain values as a reader wants them: tables, maps, typed arrays, errors", async () => {
    const shown = async (code: string): Promise<Record<string, string>> => {
      const { outputs, reply } = await kernel.execute(code);
      expect(reply["status"]).toBe("ok");
      const result = outputs.find((one) => one.header.msg_type === "execute_result")!;
      return result.content["data"] as Record<string, string>;
    };
    expect((await shown("[{ a: 1 }, { a: 2 }]"))["text/html"]).toContain("<th>a</th>");
    expect((await shown("new Map([['key', 1]])"))["text/html"]).toContain("<th>key</th>");
    expect((await shown("new Float32Array(1000)"))["text/plain"]).toContain("min 0, mean 0, max 0");
    const error = (await shown("const made = new RangeError('kept', { cause: new Error('why') });\nmade"))[
      "text/plain"
    ]!;
    expect(error).toMatch(/^RangeError: kept\n {4}at (cell \()?cell\[\d+\]:1:14/);
    expect(error).toContain("[cause]: Error: why");
    expect(error).not.toMatch(/node:internal|dist.kernel/);
  });

  it("shows content of a kind by its name, as a handle that can be updated", async () => {
    const { outputs } = await kernel.execute(
      'const line = display.html("<b>1</b>"); display.svg("<svg/>"); display.png(new Uint8Array([1])); display.markdown("*m*"); line.update({ "text/html": "<b>2</b>" })',
    );
    const shown = outputs.filter((one) => /display_data/.test(one.header.msg_type));
    expect(shown.map(({ header, content }) => [header.msg_type, content["data"]])).toEqual([
      ["display_data", { "text/html": "<b>1</b>" }],
      ["display_data", { "image/svg+xml": "<svg/>" }],
      ["display_data", { "image/png": "AQ==" }],
      ["display_data", { "text/markdown": "*m*" }],
      ["update_display_data", { "text/html": "<b>2</b>" }],
    ]);
    expect((await kernel.execute('display.svg("<b>")')).reply["evalue"]).toContain("has no <svg> element");
    expect((await kernel.execute("display.html(5)")).reply["evalue"]).toContain("TS2345");
    expect((await kernel.execute("display.html(5 as any)")).reply["evalue"]).toBe(
      'display: the content of "text/html" must be a string, and is a number.',
    );
  });

  it("waits for a promised bundle before the cell ends, and fails the cell when it fails", async () => {
    const promised =
      "{ [Symbol.for('Jupyter.display')]: async () => { await new Promise((r) => setTimeout(r, 30)); ";
    const { outputs } = await kernel.execute(`display(${promised} return { "text/html": "<b>" } } })`);
    expect(types(outputs)).toEqual(["status", "execute_input", "display_data", "status"]);
    const failed = await kernel.execute(`display(${promised} throw new Error("no picture") } }); 1`);
    expect(failed.reply).toMatchObject({ status: "error", evalue: "no picture" });
    const result = await kernel.execute(`(${promised} return { "text/plain": "own" } } })`);
    expect(result.result).toBe("own");
  });

  it("shows displays in the order of the calls, whichever is drawn first", async () => {
    const { outputs } = await kernel.execute(
      `const late = (text: string, ms: number) => ({ [Symbol.for("Jupyter.display")]: () => new Promise((r) => setTimeout(() => r({ "text/plain": text }), ms)) });
       display(late("slow", 120)); display(late("fast", 5)); display({ "text/plain": "at once" });`,
    );
    const shown = outputs.filter((one) => one.header.msg_type === "display_data");
    expect(shown.map(({ content }) => (content["data"] as Record<string, string>)["text/plain"])).toEqual([
      "slow",
      "fast",
      "at once",
    ]);
  });

  it("updates at most ten times a second, and always to the last value", async () => {
    const { outputs, result } = await kernel.execute(
      `const live = display({ "text/plain": "0" });
       const start = performance.now();
       for (let i = 1; i <= 500; i++) {
         live.update({ "text/plain": String(i) });
         await new Promise((r) => setTimeout(r, 1));
       }
       performance.now() - start`,
    );
    const updates = outputs.filter((one) => one.header.msg_type === "update_display_data");
    expect(updates.length).toBeGreaterThan(2);
    expect(updates.length).toBeLessThanOrEqual(3 + Number(result) / 100);
    expect(updates.at(-1)!.content["data"]).toEqual({ "text/plain": "500" });
  });
});

describe("input", () => {
  it("asks for a line and waits for it, hidden when it is a password", async () => {
    const asked: [string, boolean][] = [];
    kernel.onInput = (prompt, password) => {
      asked.push([prompt, password]);
      return "grüße 😀";
    };
    const { result } = await kernel.execute('prompt("name? ") + prompt("key? ", true)');
    expect(result).toBe("'grüße 😀grüße 😀'");
    expect(asked).toEqual([
      ["name? ", false],
      ["key? ", true],
    ]);
  });

  it("is an error where the front end has no input", async () => {
    const { reply } = await kernel.execute("prompt('x')", { allow_stdin: false });
    expect(reply["evalue"]).toContain("prompt() is not available");
  });
});

describe("complete and inspect", () => {
  it("counts in code points", async () => {
    await kernel.execute("const rate = 1");
    const code = '"😀😀"; rat';
    const reply = await kernel.request("shell", "complete_request", { code, cursor_pos: [...code].length });
    expect(reply["matches"]).toContain("rate");
    expect([reply["cursor_start"], reply["cursor_end"]]).toEqual([6, 9]);
    const inspected = await kernel.request("shell", "inspect_request", {
      code: '"😀😀"; rate',
      cursor_pos: 8,
      detail_level: 0,
    });
    expect(inspected).toMatchObject({ found: true, status: "ok" });
    expect((inspected["data"] as Json)["text/markdown"]).toContain("```typescript\nconst rate: 1\n```");
  });

  it("answers while a cell computes", async () => {
    const { begun, ended } = kernel.begin("for (;;);");
    await begun;
    const code = "Math.fl";
    const reply = await kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
    expect(reply["matches"]).toContain("floor");
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
  });
});

it("says whether code is complete", async () => {
  const ask = (code: string): Promise<Json> => kernel.request("shell", "is_complete_request", { code });
  expect(await ask("1 + 1")).toEqual({ status: "complete" });
  expect(await ask("for (;;) {")).toEqual({ status: "incomplete", indent: "  " });
  expect(await ask("let 1")).toEqual({ status: "invalid" });
});

it("says what is wrong with a cell that is being written, past its magics", async () => {
  const ask = async (code: string): Promise<unknown> =>
    (await kernel.request("shell", "chainrule_check_request", { code }))["diagnostics"];
  expect(await ask("const fine = 1")).toEqual([]);
  const message = "Type 'string' is not assignable to type 'number'.";
  expect(await ask("%time\nconst n: number = '😀'")).toEqual([{ code: 2322, message, start: 12, end: 13 }]);
  expect(await ask("%%bash\nls -l")).toEqual([]);
  expect(await ask("fit?")).toEqual([]);
});

it("lists the variables of the cells, by the checker's types, and says when it cannot look", async () => {
  await kernel.execute(
    "import { zeros } from 'chainrule'; const listed = zeros([2, 3]); function twice(x: number) { return 2 * x; }",
  );
  const list = (): Promise<Json> => kernel.request("shell", "chainrule_variables_request", {});
  // On a machine that has much to do, the thread may be late with its answer.
  let answer = await list();
  while (answer["busy"] === true) answer = await list();
  const { variables, busy } = answer as { variables: Json[]; busy: boolean };
  const named = (name: string): Json | undefined => variables.find((one) => one["name"] === name);
  expect(busy).toBe(false);
  expect(named("listed")).toMatchObject({ kind: "value", shape: [2, 3], bytes: 24, text: "0 0 0 0 0 0" });
  expect(named("listed")?.["type"]).toBe("Tensor");
  expect(named("twice")).toMatchObject({ kind: "function", type: "(x: number) => number" });
  expect(named("zeros")).toMatchObject({ kind: "import" });
  const { begun, ended } = kernel.begin("for (;;);");
  await begun;
  // It is being compiled first.
  await expect.poll(list).toEqual({ status: "ok", busy: true, variables: [] });
  await kernel.request("control", "interrupt_request");
  await ended;
});

describe("history", () => {
  it("answers tail, range and search, with and without output", async () => {
    const history = async (content: Json): Promise<unknown> =>
      (await kernel.request("shell", "history_request", { raw: true, output: false, ...content }))["history"];
    const line = (await kernel.execute("'needle' + 1")).reply["execution_count"] as number;
    await kernel.execute("'needle' + 1");
    await kernel.execute("'needle', 2");
    expect(await history({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, line + 1, "'needle' + 1"],
      [1, line + 2, "'needle', 2"],
    ]);
    expect(
      await history({ hist_access_type: "range", session: 0, start: line, stop: line + 1, output: true }),
    ).toEqual([[1, line, ["'needle' + 1", "'needle1'"]]]);
    expect(await history({ hist_access_type: "search", pattern: "*needle* + ?", unique: true })).toEqual([
      [1, line + 1, "'needle' + 1"],
    ]);
    expect(await history({ hist_access_type: "search", pattern: "nothing*" })).toEqual([]);
  });
});

describe("comms", () => {
  it("closes a conversation about an unknown target, and lists none", async () => {
    kernel.send("shell", kernel.create("comm_open", { comm_id: "c1", target_name: "unknown", data: {} }));
    await expect
      .poll(() =>
        kernel.iopub.some((one) => one.header.msg_type === "comm_close" && one.content["comm_id"] === "c1"),
      )
      .toBe(true);
    expect(await kernel.request("shell", "comm_info_request")).toEqual({ status: "ok", comms: {} });
  });
});

it("answers heartbeats within 100 ms while a cell computes", async () => {
  const running = kernel.execute("for (;;);");
  const beats: number[] = [];
  for (let i = 0; i < 9; i++) {
    beats.push(await kernel.beat());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await kernel.request("control", "interrupt_request");
  await running;
  // The median: a busy machine may hold up one or two.
  expect(beats.sort((a, b) => a - b)[4]).toBeLessThan(100);
});

it("gives late output the parent of the cell that caused it", async () => {
  const early = await kernel.execute(
    "setTimeout(() => { console.log('late'); throw new Error('late error') }, 150); void 0",
  );
  const id = early.outputs[0]!.parent_header["msg_id"] as string;
  await kernel.execute("await new Promise((r) => setTimeout(r, 300))");
  const late = kernel
    .outputsOf(id)
    .filter((one) => one.header.msg_type === "stream")
    .map((one) => `${String(one.content["name"])} ${String(one.content["text"])}`);
  expect(late[0]).toBe("stdout late\n");
  expect(late[1]).toContain("late error");
});
