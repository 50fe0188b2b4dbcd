/** The debugger as a front end uses it: the Debug Adapter Protocol over the control channel of a real kernel. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

let kernel: TestKernel;
let seq = 0;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start({ transport: "pipe" });
});
afterAll(() => kernel?.close());

async function respond(command: string, given: Json = {}): Promise<Json> {
  return kernel.request("control", "debug_request", {
    type: "request",
    seq: ++seq,
    command,
    arguments: given,
  });
}

async function ask<Body = Json>(command: string, given: Json = {}): Promise<Body> {
  const response = await respond(command, given);
  expect(response, command).toMatchObject({ type: "response", command, success: true, request_seq: seq });
  return response["body"] as Body;
}

const events = (name: string): Json[] =>
  kernel.iopub
    .filter(({ header, content }) => header.msg_type === "debug_event" && content["event"] === name)
    .map(({ content }) => content["body"] as Json);

/** Waits for the next stop. @returns why, and in which lines the calls are, innermost first */
async function stopped(before: number): Promise<{ reason: unknown; at: string[]; frames: Json[] }> {
  await expect.poll(() => events("stopped").length).toBe(before + 1);
  const { stackFrames } = await ask<{ stackFrames: Json[] }>("stackTrace", { threadId: 1 });
  return {
    reason: events("stopped").at(-1)!["reason"],
    at: stackFrames.map(({ name, line }) => `${String(name)}:${String(line)}`),
    frames: stackFrames,
  };
}

/** Does something after which the code stops again. */
async function until(act: () => Promise<unknown>): ReturnType<typeof stopped> {
  const before = events("stopped").length;
  await act();
  return stopped(before);
}

async function breakAt(code: string, ...breakpoints: (number | Json)[]): Promise<number[]> {
  const { sourcePath } = await ask<{ sourcePath: string }>("dumpCell", { code });
  const lines = breakpoints.map((one) => (typeof one === "number" ? { line: one } : one));
  const set = await ask<{ breakpoints: { line: number }[] }>("setBreakpoints", {
    source: { path: sourcePath },
    breakpoints: lines,
  });
  return set.breakpoints.map(({ line }) => line);
}

async function variables(scope: string, frame: Json): Promise<Record<string, string>> {
  const { scopes } = await ask<{ scopes: Json[] }>("scopes", { frameId: frame["id"] });
  const { variablesReference } = scopes.find(({ name }) => name === scope)!;
  const { variables } = await ask<{ variables: Json[] }>("variables", { variablesReference });
  return Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)]));
}

it("is announced, and says how cells are named", async () => {
  expect(await kernel.request("control", "kernel_info_request")).toMatchObject({
    debugger: true,
    supported_features: ["debugger"],
  });
  expect(await ask("debugInfo")).toMatchObject({
    isStarted: false,
    hashMethod: "Murmur2",
    breakpoints: [],
    stoppedThreads: [],
    richRendering: true,
  });
});

describe("attached", () => {
  beforeEach(async () => {
    await ask("initialize", { clientID: "test" });
    await ask("attach");
  });
  afterEach(() => ask("disconnect"));

  it(
    "stops at a line of a cell, shows calls and variables, steps, and goes on",
    { timeout: 60_000 },
    async () => {
      await kernel.execute("const earlier = [1, 2, 3];\nlet rate = 0.5;");
      const code = [
        "interface Point { x: number; y: number }",
        "",
        "const p: Point = { x: 3, y: 4 };",
        "function norm({ x, y }: Point): number {",
        "  const square = x * x + y * y;",
        "  return Math.sqrt(square);",
        "}",
        "const length = norm(p);",
        "const twice = 2 * length;",
        "twice + earlier.length",
      ].join("\n");
      await breakAt(code, 8);
      let cell!: ReturnType<TestKernel["begin"]>;
      let stop = await until(async () => (cell = kernel.begin(code)));
      expect([stop.reason, stop.at]).toEqual(["breakpoint", ["cell:8"]]);
      expect(stop.frames[0]).toMatchObject({
        source: { path: expect.stringMatching(/cell-\d+\.ts$/) as string },
      });
      expect(await variables("Locals", stop.frames[0]!)).toMatchObject({ p: "{ x: 3, y: 4 }" });
      expect(
        Object.keys(await variables("Locals", stop.frames[0]!)).filter((name) => name.startsWith("$")),
      ).toEqual([]);
      expect(await variables("Notebook", stop.frames[0]!)).toMatchObject({ rate: "0.5" });
      stop = await until(() => ask("stepIn", { threadId: 1 }));
      expect(stop.at).toEqual(["norm:5", "cell:8"]);
      stop = await until(() => ask("next", { threadId: 1 }));
      expect([stop.reason, stop.at]).toEqual(["step", ["norm:6", "cell:8"]]);
      expect(await variables("Locals", stop.frames[0]!)).toEqual({ square: "25", x: "3", y: "4" });
      const evaluate = async (expression: string) =>
        (await ask("evaluate", { expression, frameId: stop.frames[0]!["id"] }))["result"];
      expect(await evaluate("square + earlier.length")).toBe("28");
      expect(await evaluate("rate = rate * 2")).toBe("1");
      expect(
        (await respond("evaluate", { expression: "nothing", frameId: stop.frames[0]!["id"] }))["message"],
      ).toBe("ReferenceError: nothing is not defined");
      stop = await until(() => ask("stepOut", { threadId: 1 }));
      // Line 8 has nothing left to do.
      expect(stop.at).toEqual(["cell:9"]);
      stop = await until(() => ask("next", { threadId: 1 }));
      expect(stop.at).toEqual(["cell:10"]);
      expect(await ask("debugInfo")).toMatchObject({ isStarted: true, stoppedThreads: [1] });
      await ask("continue", { threadId: 1 });
      expect((await cell.ended).result).toBe("13");
      expect(events("continued").length).toBeGreaterThan(0);
      expect((await kernel.execute("rate")).result).toBe("1");
    },
  );

  it("steps over what a cell awaits, and stops again when the same cell runs again", async () => {
    const code = [
      "const later = (n: number) => new Promise<number>((r) => setTimeout(r, 20, n));",
      "const one = await later(1);",
      "const two = await later(one + 1);",
      "one + two",
    ].join("\n");
    await breakAt(code, 2);
    for (let times = 0; times < 2; times++) {
      let cell!: ReturnType<TestKernel["begin"]>;
      let stop = await until(async () => (cell = kernel.begin(code)));
      expect(stop.at).toEqual(["cell:2"]);
      stop = await until(() => ask("next", { threadId: 1 }));
      expect(stop.at).toEqual(["cell:3"]);
      expect(await variables("Locals", stop.frames[0]!)).toMatchObject({ one: "1" });
      stop = await until(() => ask("next", { threadId: 1 }));
      expect(stop.at).toEqual(["cell:4"]);
      await ask("continue", { threadId: 1 });
      expect((await cell.ended).result).toBe("3");
    }
  });

  it("moves a breakpoint to the next line with code, and stops only where its condition holds", async () => {
    const code = "let sum = 0;\n// a comment\n\nfor (let i = 0; i < 5; i++) {\n  sum += i;\n}\nsum";
    await breakAt(code, 2, { line: 5, condition: "i === 3" });
    let cell!: ReturnType<TestKernel["begin"]>;
    let stop = await until(async () => (cell = kernel.begin(code)));
    expect(stop.at).toEqual(["cell:4"]);
    expect(
      (await ask<{ breakpoints: { breakpoints: Json[] }[] }>("debugInfo")).breakpoints[0]!.breakpoints,
    ).toEqual([{ line: 4 }, { line: 5, condition: "i === 3" }]);
    stop = await until(() => ask("continue", { threadId: 1 }));
    expect(stop.at).toEqual(["cell:5"]);
    expect(await variables("Locals", stop.frames[0]!)).toMatchObject({ i: "3" });
    await ask("continue", { threadId: 1 });
    expect((await cell.ended).result).toBe("10");
  });

  it("stops in a local module, shows its source, and lists it", async () => {
    const file = path.join(kernel.folder, "helper.ts");
    const text =
      "export type N = number;\nexport function half(n: N): N {\n  const h = n / 2;\n  return h;\n}\n";
    writeFileSync(file, text);
    await ask("setBreakpoints", { source: { path: file }, breakpoints: [{ line: 4 }] });
    let cell!: ReturnType<TestKernel["begin"]>;
    const stop = await until(
      async () => (cell = kernel.begin("import { half } from './helper.js';\nhalf(10)")),
    );
    expect(stop.at).toEqual(["half:4", "cell:2"]);
    expect(stop.frames[0]).toMatchObject({ source: { path: file } });
    expect(await ask("source", { source: { path: file } })).toEqual({
      content: text,
      mimeType: "text/typescript",
    });
    expect(await ask("modules")).toEqual({
      modules: [{ id: file, name: "helper.ts", path: file }],
      totalModules: 1,
    });
    expect(await respond("source", { source: { path: "/etc/passwd" } })).toMatchObject({ success: false });
    await ask("continue", { threadId: 1 });
    expect((await cell.ended).result).toBe("5");
  });

  it("stops where an error is thrown, when asked to", async () => {
    await ask("setExceptionBreakpoints", { filters: ["all"] });
    let cell!: ReturnType<TestKernel["begin"]>;
    const stop = await until(
      async () => (cell = kernel.begin("const before = 1;\nthrow new RangeError('far');")),
    );
    expect([stop.reason, stop.at]).toEqual(["exception", ["cell:2"]]);
    await ask("setExceptionBreakpoints", { filters: [] });
    await ask("continue", { threadId: 1 });
    expect((await cell.ended).reply).toMatchObject({ status: "error", ename: "RangeError" });
  });

  it("lets a stopped cell be interrupted", async () => {
    const code = "let n = 0;\nfor (;;) {\n  n++;\n}";
    await breakAt(code, 3);
    let cell!: ReturnType<TestKernel["begin"]>;
    await until(async () => (cell = kernel.begin(code)));
    await kernel.request("control", "interrupt_request");
    expect((await cell.ended).reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect((await kernel.execute("1 + 1")).result).toBe("2");
  });

  it("does not keep an interrupt from a cell that waits outside JavaScript", async () => {
    const code =
      "import { execSync } from 'node:child_process';\nconsole.log('waits');\nexecSync('sleep 20');";
    const { begun, ended } = kernel.begin(code, { sign: "waits" });
    await begun;
    const passed = kernel.stopwatch();
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply).toMatchObject({ status: "error" });
    expect(passed()).toBeLessThan(10_000);
  });

  it("does not stop in the next cell when one steps past the end of this one", async () => {
    const code = "const last = 7;\nlast";
    await breakAt(code, 2);
    let cell!: ReturnType<TestKernel["begin"]>;
    const stop = await until(async () => (cell = kernel.begin(code)));
    expect(stop.at).toEqual(["cell:2"]);
    await ask("next", { threadId: 1 });
    expect((await cell.ended).result).toBe("7");
    expect((await kernel.execute("last + 1")).result).toBe("8");
  });

  it("pauses a cell that computes, and one with magics keeps its lines", async () => {
    const code = "%time\nlet turns = 0;\nfor (;;) {\n  turns++;\n}";
    const { begun, ended } = kernel.begin(code);
    await begun;
    await kernel.pause(300);
    const stop = await until(() => ask("pause", { threadId: 1 }));
    expect([stop.reason, stop.at]).toEqual(["pause", [expect.stringMatching(/^cell:[345]$/)]]);
    await ask("continue", { threadId: 1 });
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply).toMatchObject({ ename: "KeyboardInterrupt" });
  });

  it("lists variables that are not stopped at, in parts, and shows one as a cell would", async () => {
    await kernel.execute(
      "const big = new Float64Array(5000); const map = new Map([['a', { b: 1 }]]); const fn = () => 1;",
    );
    const { variables: all } = await ask<{ variables: Json[] }>("inspectVariables");
    const named = (name: string): Json | undefined => all.find((one) => one["name"] === name);
    expect(named("fn")).toBeUndefined();
    expect(named("map")).toMatchObject({ type: "Map", evaluateName: "map" });
    const parts = async (one: Json | undefined): Promise<Json[]> =>
      (await ask<{ variables: Json[] }>("variables", { variablesReference: one?.["variablesReference"] }))
        .variables;
    expect((await parts(named("big"))).length).toBe(1001);
    const [entries] = await parts(named("map"));
    expect(entries).toMatchObject({ name: "[[Entries]]" });
    expect(await ask("richInspectVariables", { variableName: "map" })).toMatchObject({
      data: { "text/plain": "Map(1) { 'a' => { b: 1 } }" },
    });
  });

  it("refuses in words what it cannot do", async () => {
    expect(await respond("reverseContinue")).toMatchObject({
      success: false,
      message: 'The debugger of this kernel does not answer "reverseContinue".',
    });
    expect(await respond("next")).toMatchObject({ success: false, message: "Nothing is stopped." });
    expect(await respond("scopes", { frameId: 1 })).toMatchObject({ success: false });
  });
});

it("leaves nothing behind when it is detached, and stops nowhere", async () => {
  await ask("initialize");
  await ask("attach");
  const code = "const after = 3;\nafter";
  await breakAt(code, 2);
  await ask("disconnect");
  expect((await kernel.execute(code)).result).toBe("3");
  expect(
    (await kernel.execute("Object.getOwnPropertyNames(globalThis).includes('$chainrule$cells')")).result,
  ).toBe("false");
});

it("lets go of a kernel that is shut down while it is stopped", async () => {
  const other = kernel;
  kernel = await TestKernel.start({ transport: "pipe" });
  await ask("attach");
  const code = "const end = 1;\nend";
  await breakAt(code, 2);
  await until(async () => kernel.begin(code));
  const ended = new Promise((resolve) => kernel.process.once("exit", resolve));
  await kernel.close();
  expect(await ended).toBe(0);
  kernel = other;
});
