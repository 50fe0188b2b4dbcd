/**
 * What a process has once goes to the cell that uses it: standard output and error however they are written, children
 * that inherit them, standard input, warnings, groups of the console.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

describe.each(testNodes)("on %s", (node) => {
  let kernel: TestKernel;
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start({ transport: "pipe", node, nodeFlags: flagsOf(node) });
    await kernel.execute(
      'import * as cp from "node:child_process"; import readline from "node:readline/promises"',
    );
  });
  afterAll(() => kernel?.close());

  /** What a cell prints, its error's name or its value. */
  async function run(code: string): Promise<{ out: string; err: string; end: unknown }> {
    const { stdout, stderr, reply, result } = await kernel.execute(code);
    return { out: stdout, err: stderr, end: reply["status"] === "ok" ? result : reply["evalue"] };
  }

  const done = (child: string): string => `await new Promise((r) => ${child}.on("close", r))`;

  it.each([
    ["execSync", `cp.execSync("echo a; echo b >&2", { stdio: "inherit" })`, null],
    ["spawnSync", `cp.spawnSync("sh", ["-c", "echo a; echo b >&2; exit 3"], { stdio: "inherit" }).status`, 3],
    ["execFileSync", `cp.execFileSync("sh", ["-c", "echo a; echo b >&2"], { stdio: "inherit" })`, null],
    [
      "streams by number",
      `cp.spawnSync("sh", ["-c", "echo a; echo b >&2"], { stdio: ["ignore", 1, 2] }).status`,
      0,
    ],
    [
      "our streams",
      `cp.spawnSync("sh", ["-c", "echo a; echo b >&2"], { stdio: ["pipe", process.stdout, process.stderr] }).status`,
      0,
    ],
    ["spawn", done(`cp.spawn("sh", ["-c", "echo a; echo b >&2; exit 3"], { stdio: "inherit" })`), 3],
    [
      "fork",
      done(
        `cp.fork("-e", ["console.log('a'); console.error('b')"], { execArgv: ["-e", "console.log('a'); console.error('b'); process.exit(0)"] })`,
      ),
      0,
    ],
    ["a child's child", `cp.execSync("sh -c 'echo a'; sh -c 'echo b >&2'", { stdio: "inherit" })`, null],
  ])("%s that inherits prints in the cell", async (_, code, end) => {
    const { out, err, end: value } = await run(code);
    expect([out, err]).toEqual(["a\n", "b\n"]);
    expect(value).toBe(String(end));
  });

  it("a child's output comes as it is printed, though the cell waits for the child", async () => {
    const told = path.join(kernel.folder, "told");
    // The child goes on when its first line was heard, and would wait for ever if lines came with its end.
    kernel.onPublish = ({ header }) => void (header.msg_type === "stream" && writeFileSync(told, ""));
    const child = `echo 1; while [ ! -e '${told}' ]; do sleep 0.05; done; echo 2`;
    const { out } = await run(`cp.execSync(${JSON.stringify(child)}, { stdio: "inherit" })`);
    kernel.onPublish = undefined;
    expect(out).toBe("1\n2\n");
  });

  it("a child finds no standard input, and its streams are as Node has them", async () => {
    expect((await run(`cp.spawnSync("cat", { stdio: "inherit" }).status`)).end).toBe("0");
    const streams = `const child = cp.spawn("true", { stdio: ["ignore", "inherit", "pipe"] }); ${done("child")}; [child.stdout, child.stderr === null]`;
    expect((await run(streams)).end).toBe("[ null, false ]");
  });

  it.each([
    `cp.execSync("echo out; echo err >&2").toString()`,
    `cp.execFileSync("cat", { input: "given", encoding: "utf8" })`,
    `cp.spawnSync("sh", ["-c", "kill -9 \$\$"])`,
    `cp.spawnSync("no-such-program").error`,
    `cp.spawnSync("no-such-program")`,
    `cp.spawnSync("sleep", ["20"], { timeout: 100 })`,
    `cp.spawnSync("sh", ["-c", "trap '' TERM; sleep 2"], { timeout: 100, killSignal: "SIGKILL" })`,
    `cp.spawnSync("yes", { maxBuffer: 1000 }).error`,
    `cp.execSync("pwd", { cwd: "/", env: { PATH: "/bin" }, encoding: "utf8" })`,
    `cp.execSync("true", { cwd: "/no/such/folder" })`,
    `cp.execSync("echo \$A", { env: { A: "b=c" }, encoding: "utf8" })`,
    `cp.spawnSync("sh", ["-c", "echo \$0"], { argv0: "me", encoding: "utf8" }).stdout`,
    `cp.spawnSync("cat", ["/proc/self/fd/3"], { stdio: ["ignore", "pipe", "pipe", "ignore"] }).status`,
    `cp.spawnSync("sh", ["-c", "echo three >&3; echo four >&4"], { stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"] })`,
    `cp.execSync("cat", { input: "x".repeat(1e6), maxBuffer: 2e6 }).length`,
    `cp.execSync("exit 4")`,
    `cp.execSync("echo why >&2; exit 4")`,
    `cp.execFileSync("sh", ["-c", "echo a; exit 5"])`,
    `cp.spawnSync("echo a; echo b >&2", { shell: true, encoding: "latin1" })`,
    `cp.spawnSync("cat", { input: new Uint8Array([1, 2, 255]) }).stdout`,
    `cp.spawnSync("cat", { input: "" }).stdout`,
    `cp.spawnSync("")`,
    `cp.spawnSync("true", { stdio: "ignore" })`,
    `cp.spawnSync("true", { timeout: -1 })`,
    `cp.execSync("printf %s \\"\$PWD\\"", { cwd: "/tmp" }).toString()`,
  ])("what a child that is waited for gives is Node's: %s", async (code) => {
    // Names of processes differ, and stacks.
    const shown =
      `(() => { try { return util.inspect(VALUE, { depth: 4, sorted: true }) } catch (error) { return util.inspect(error, { depth: 4, sorted: true }) } })()`.replace(
        "VALUE",
        code,
      );
    const same = (text: string): string =>
      text
        .replace(/pid: \d+/g, "pid")
        .replace(/^ +at .*\n/gm, "")
        .replace(/\n {4}at [^\n]*/g, "");
    const program = `import * as cp from "node:child_process"; import util from "node:util"; process.stdout.write(${shown})`;
    const { stdout } = spawnSync(node, ["--input-type=module", "-e", program], { encoding: "utf8" });
    const { out } = await run(
      `import util from "node:util"; process.stdout.write(${shown.replaceAll("(error)", "(error: any)")})`,
    );
    expect(same(out)).toBe(same(stdout));
  });

  it("an error of a child that is waited for is Node's", async () => {
    const { end, err } = await run(`cp.execSync("echo why >&2; exit 4")`);
    expect(end).toBe("Command failed: echo why >&2; exit 4\nwhy\n");
    expect(err).toBe("why\n");
  });

  /** Seconds that no other program of this machine sleeps. */
  const nap = `20.${process.pid}`;
  it.each([
    ["execSync", `cp.execSync("sleep ${nap}")`],
    ["execSync of a shell's child", `cp.execSync("echo a; sleep ${nap}; echo b")`],
    ["spawnSync", `cp.spawnSync("sleep", ["${nap}"])`],
    ["spawnSync that inherits", `cp.spawnSync("sleep", ["${nap}"], { stdio: "inherit" })`],
    ["one that ignores the signal", `cp.execSync("trap '' TERM; sleep ${nap}; sleep ${nap}")`],
    ["one in a loop that catches all", `for (;;) { try { cp.execSync("sleep ${nap}") } catch {} }`],
    ["one after an await", `await null; cp.execSync("sleep ${nap}")`],
  ])("an interrupt ends %s, and the child", async (_, code) => {
    const { begun, ended } = kernel.begin(`console.log("it runs"); ${code}`, { sign: "it runs" });
    await begun;
    await kernel.pause(300);
    const passed = kernel.stopwatch();
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
    expect(passed()).toBeLessThan(2000);
    expect((await run("'fine'")).end).toBe("'fine'");
    await expect
      .poll(
        async () =>
          (await run(`cp.execSync("pgrep -xfc 'sleep ${nap}' || true", { encoding: "utf8" }).trim()`)).end,
        {
          timeout: 5000,
        },
      )
      .toBe("'0'");
  });

  it.each([
    ["process.stdout.end", `process.stdout.end("bye"); console.log(" and on")`, "bye and on\n", ""],
    ["process.stderr.end", `process.stderr.end("bye")`, "", "bye"],
    [
      "a pipe into it",
      `const { Readable } = await import("node:stream"); const { pipeline } = await import("node:stream/promises"); await pipeline(Readable.from(["a", "b"]), process.stdout); console.log("c")`,
      "abc\n",
      "",
    ],
    [
      "a Console of its own",
      `new (await import("node:console")).Console(process.stdout, process.stderr).log("own")`,
      "own\n",
      "",
    ],
    [
      "a worker",
      `const { Worker } = await import("node:worker_threads"); await new Promise((r) => new Worker("console.log('in a worker')", { eval: true }).on("exit", r)); await new Promise((r) => setTimeout(r, 100))`,
      "in a worker\n",
      "",
    ],
    ["a text that stands for bytes", `process.stdout.write("6869", "hex" as any)`, "hi", ""],
    [
      "a character that a text cuts short",
      `process.stdout.write(Buffer.from([0xe2, 0x82])); process.stdout.write("x")`,
      "\ufffdx",
      "",
    ],
    [
      "a number of a stream",
      `const fs = await import("node:fs"); fs.writeSync(1, "one\\n"); fs.writeSync(2, Buffer.from("- two"), 2); fs.writevSync(1, [Buffer.from("a"), Buffer.from("b")]); fs.writeFileSync("/dev/stdout", "c")`,
      "one\nabc",
      "two",
    ],
    [
      "a number of a stream, later",
      `const { promisify } = await import("node:util"); const { write, createWriteStream } = await import("node:fs"); const { bytesWritten } = await promisify(write)(1, "2d", null, "hex" as any); console.log(bytesWritten); await new Promise<void>((done) => createWriteStream("", { fd: 1, autoClose: false } as any).end("s", () => done()))`,
      "-1\ns",
      "",
    ],
  ])("%s prints in the cell", async (_, code, out, err) => {
    expect(await run(code)).toMatchObject({ out, err });
  });

  it("warnings are printed in the cell", async () => {
    const { err } = await run(
      `process.emitWarning("careful", "OwnWarning"); await new Promise((r) => setTimeout(r, 20))`,
    );
    expect(err).toMatch(/OwnWarning: careful/);
  });

  it("console.trace says where it stands", async () => {
    const { err } = await run(`function inner() { console.trace("tr", 1) }\ninner()`);
    expect(err).toMatch(/^Trace: tr 1\n {4}at inner \(cell\[\d+\]:1:28\)\n/);
  });

  it("a group that a cell leaves open ends with it", async () => {
    expect(
      (await run(`console.group("g"); console.group("h"); console.log("in"); throw new Error("no")`)).out,
    ).toBe("g\n  h\n    in\n");
    expect((await run(`console.log("out"); console.group("g")`)).out).toBe("out\ng\n");
    expect((await run(`console.log("out")`)).out).toBe("out\n");
  });

  describe("standard input", () => {
    it("is the front end's: readline asks there", async () => {
      const asked: string[] = [];
      kernel.onInput = (prompt) => {
        asked.push(prompt);
        return `answer ${asked.length}`;
      };
      const { out, end } = await run(
        `const rl = readline.createInterface({ input: process.stdin, output: process.stdout }); const a = await rl.question("name? "); const b = await rl.question("age? "); rl.close(); [a, b]`,
      );
      expect([out, end, asked.length]).toEqual(["name? age? ", "[ 'answer 1', 'answer 2' ]", 2]);
    });

    it("can be read by lines, as often as it is wanted, and while other work goes on", async () => {
      let count = 0;
      kernel.onInput = () => (++count < 4 ? `line ${count}` : "end");
      const lines = `const rl2 = readline.createInterface({ input: process.stdin }); const got: string[] = []; for await (const line of rl2) { if (line === "end") break; got.push(line) } got.length`;
      expect((await run(lines)).end).toBe("3");
      expect((await run(lines.replaceAll("rl2", "rl3").replaceAll("got", "more"))).end).toBe("0");
      const callback = `import { createInterface } from "node:readline"; const rl4 = createInterface(process.stdin, process.stdout); let ticks = 0; const timer = setInterval(() => ticks++, 1); const said = await new Promise<string>((r) => rl4.question("? ", r)); rl4.close(); clearInterval(timer); said`;
      kernel.onInput = () => "said";
      expect((await run(callback)).end).toBe("'said'");
    });

    it("asks as often as somebody listens: once for `once`, and again for a later listener", async () => {
      let count = 0;
      kernel.onInput = () => `line ${++count}`;
      // The readline of an earlier cell has left it paused.
      await run("process.stdin.resume(); 0");
      const once = `const first = String(await new Promise((r) => process.stdin.once("data", r))); await new Promise((r) => setTimeout(r, 50)); first`;
      expect((await run(once)).end).toBe("'line 1\\n'");
      expect(count).toBe(1);
      expect((await run(once.replaceAll("first", "second"))).end).toBe("'line 2\\n'");
      expect(count).toBe(2);
      const discards = `process.stdin.resume(); await new Promise((r) => setTimeout(r, 50)); process.stdin.pause(); 3`;
      expect((await run(discards)).end).toBe("3");
      expect(count).toBe(2);
    });

    it("is an error where the front end cannot be asked, and an interrupt ends the wait", async () => {
      const code = `const rl5 = readline.createInterface({ input: process.stdin }); await rl5.question("? ")`;
      kernel.onInput = () => undefined;
      const running = kernel.execute(code);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await kernel.request("control", "interrupt_request");
      expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
      const refused = await kernel.execute(code.replaceAll("rl5", "rl6"), { allow_stdin: false });
      expect(refused.reply["evalue"]).toMatch(
        /^Standard input cannot be read: .* Put the text into a variable/,
      );
      expect(refused.stderr).toBe("");
    });

    it("is not missed by a cell that has ended while it asked", async () => {
      kernel.onInput = () => undefined;
      const asks = `const data = new Promise((r) => process.stdin.once("data", r)); setImmediate(() => console.log("asks")); await new Promise((r) => setTimeout(r, 50)); 1`;
      const { result, stderr } = await kernel.execute(asks);
      expect([result, stderr]).toEqual(["1", ""]);
      kernel.onInput = () => "later";
      const next = `for await (const line of readline.createInterface({ input: process.stdin })) { console.log(line); break }`;
      const { stdout, stderr: errors } = await kernel.execute(next);
      expect([stdout, errors]).toEqual(["later\n", ""]);
    });
  });
});
