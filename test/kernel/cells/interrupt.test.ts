/**
 * Interrupts: whatever a cell does, it ends within a second, its variables stay and the next cell runs. On this Node,
 * and on those that CHAINRULE_TEST_NODES names (paths, separated as in PATH).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

describe.each(testNodes)("on %s", (node) => {
  let kernel: TestKernel;
  let failed = false;
  const start = async (): Promise<void> => {
    kernel = await TestKernel.start({ node, nodeFlags: flagsOf(node) });
    await kernel.execute("1");
  };
  beforeAll(async () => {
    needsBuild();
    await start();
  });
  // A kernel that did not end one cell would not end the next, and every further test would wait for it.
  beforeEach(async () => {
    if (!failed) return;
    kernel.process.kill("SIGKILL");
    await start();
  });
  afterEach(({ task }) => void (failed = task.result?.state === "fail"));
  afterAll(() => kernel?.close());

  /** The same cell, which first says that it runs, so that no test has to guess when it does; a magic and the shell cannot. */
  const announced = (code: string): { code: string; sign?: string; after?: number } =>
    /^[%!]/.test(code) ? { code } : { code: `console.log("it runs"); ${code}`, sign: "it runs", after: 50 };

  /**
   * Runs a cell and interrupts it a while after it has begun, or has printed a sign.
   * @returns what it replied, and how long it took to end where the machine is not busy with something else
   */
  async function interrupted(
    code: string,
    { after = 300, sign }: { after?: number; sign?: string } = {},
  ): Promise<{ ename: unknown; took: number }> {
    const { begun, ended } = kernel.begin(code, { sign });
    await begun;
    await kernel.pause(after);
    const passed = kernel.stopwatch();
    expect(await kernel.request("control", "interrupt_request")).toEqual({ status: "ok" });
    const { reply } = await ended;
    return { ename: reply["ename"], took: passed() };
  }

  it.each([
    ["a loop", "let a = 0; while (true) a++"],
    ["a loop after an await", "let b = 0; await null; while (true) b++"],
    ["a loop of awaits", "let c = 0; while (true) { await null; c++ }"],
    ["a promise that nobody settles", "await new Promise(() => {})"],
    [
      "a loop in a timer",
      "setTimeout(() => { while (true) {} }, 10); await new Promise((r) => setTimeout(r, 60000))",
    ],
    ["a loop in setImmediate", "setImmediate(() => { while (true) {} }); await new Promise(() => {})"],
    [
      "a loop in a callback of fs",
      'import fs from "node:fs"; fs.readdir(".", () => { while (true) {} }); await new Promise(() => {})',
    ],
    ["a loop that catches everything", "while (true) { try { while (true) {} } catch {} }"],
    [
      "a promise that catches everything",
      "while (true) { try { await new Promise((r) => setTimeout(r, 5)) } catch {} }",
    ],
    ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
    ["a display that never ends", "display({ [Symbol.for('Jupyter.display')]: () => { while (true) {} } })"],
    ["a result that never ends", "({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) })"],
    ["a flood of output", "while (true) console.log('x'.repeat(100))"],
    ["%%time", "%%time\nwhile (true) {}"],
    ["a shell command", "!sleep 60"],
  ])("stops %s", async (_, code) => {
    const { code: announcing, ...when } = announced(code);
    const { ename, took } = await interrupted(announcing, when);
    expect(ename).toBe("KeyboardInterrupt");
    expect(took).toBeLessThan(1000);
    expect((await kernel.execute("'fine'")).result).toBe("'fine'");
  });

  it("keeps what the interrupted cell had computed", async () => {
    await interrupted("const before = 'kept'; let count = 0; console.log('begun'); while (true) count++", {
      sign: "begun",
    });
    expect((await kernel.execute("before")).result).toBe("'kept'");
    expect((await kernel.execute("count > 1000")).result).toBe("true");
  });

  it("keeps what the cell awaited when that ends by the interrupt, and does nothing after it", async () => {
    const code = `
      const [first, second] = [1, await new Promise<string>((resolve) => {
        const signal = (globalThis as any)[Symbol.for("Jupyter.signal")] as AbortSignal;
        signal.addEventListener("abort", () => resolve("what came of it"));
        console.log("waits");
      })];
      const after = 2;
      while (true) {}`;
    const { ename, took } = await interrupted(code, { sign: "waits" });
    expect(ename).toBe("KeyboardInterrupt");
    expect(took).toBeLessThan(1000);
    expect((await kernel.execute("[first, second]")).result).toBe("[ 1, 'what came of it' ]");
    expect((await kernel.execute("after")).reply["evalue"]).toContain("Cannot find name 'after'");
  });

  it("keeps every round that a loop has ended, short or long, with numbers of any kind", async () => {
    await interrupted(
      `let rounds = 0, half = 0.5;
       const rest = (ms: number) => { const end = Date.now() + ms; while (Date.now() < end); };
       while (true) { rest(250); rounds++; half += 0.5; if (rounds === 2) console.log("two rounds") }`,
      { sign: "two rounds", after: 100 },
    );
    const kept = "[rounds > 1, half === 0.5 + rounds / 2]";
    expect((await kernel.execute(kept)).result).toBe("[ true, true ]");
    await interrupted(
      "let turns = 0, sum = 0.5; while (true) { turns++; sum += 0.5; if (turns === 1e6) console.log('many turns') }",
      { sign: "many turns" },
    );
    expect((await kernel.execute("[turns >= 1e6, sum === 0.5 + turns / 2]")).result).toBe("[ true, true ]");
  });

  it("stops a prompt that waits for an answer, and the next one can be answered", async () => {
    kernel.onInput = () => undefined;
    const { ename, took } = await interrupted("prompt('?')");
    expect(ename).toBe("KeyboardInterrupt");
    expect(took).toBeLessThan(1000);
    kernel.onInput = () => "answer";
    expect((await kernel.execute("prompt('again?')")).result).toBe("'answer'");
  });

  it("stops `fit` in the middle; the net keeps the weights it has and can be trained on", async () => {
    const inProject = await TestKernel.start({ node, nodeFlags: flagsOf(node), cwd: projectRoot });
    try {
      const first = await inProject.execute(`
        import { Conv2d, Flatten, Linear, ReLU, Sequential, SGD, digits, fit } from "chainrule";
        const { train } = digits({ train: 500, test: 100, seed: 1 });
        const net = new Sequential({ conv1: new Conv2d({ in: 1, out: 8, size: 5 }), relu1: new ReLU(), flatten: new Flatten(), fc: new Linear({ in: 4608, out: 10 }) });
        const weights = () => Object.values(net.parameters).flatMap((one) => [...one.value.data]);
        const before = weights();
        const optimizer = new SGD({ lr: 0.01 });
        const go = (epochs: number) =>
          fit(net, train, { epochs, batchSize: 50, optimizer, validation: false, live: false });`);
      expect(first.reply["evalue"]).toBeUndefined();
      const { begun, ended } = inProject.begin("await go(1); console.log('learned'); await go(100_000)", {
        sign: "learned",
      });
      await begun;
      await inProject.pause(500);
      const passed = inProject.stopwatch();
      await inProject.request("control", "interrupt_request");
      expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
      expect(passed()).toBeLessThan(1000);
      const after = await inProject.execute(
        "const now = weights(); [now.length === before.length, now.every(Number.isFinite), now.some((w, i) => w !== before[i])]",
      );
      expect(after.result).toBe("[ true, true, true ]");
      expect((await inProject.execute("await go(1); weights().some((w, i) => w !== now[i])")).result).toBe(
        "true",
      );
    } finally {
      await inProject.close();
    }
  });

  it("works a hundred times in a row, whatever the cell does", async () => {
    const states = [
      "for (;;) total++",
      "await null; for (;;) total++",
      "await new Promise(() => {})",
      "setInterval(() => total++, 1); await new Promise(() => {})",
      "for (;;) { try { await new Promise((r) => setTimeout(r, 1)); total++ } catch {} }",
      "for (;;) { try { for (;;) total++ } catch {} }",
      "prompt('?')",
      "{ const end = Date.now() + 60_000; while (Date.now() < end) Math.sqrt(total++) }",
    ];
    await kernel.execute("let total = 0; const kept = { rounds: 0 }");
    kernel.onInput = () => undefined;
    const times: number[] = [];
    for (let i = 0; i < 100; i++) {
      const { ename, took } = await interrupted(`kept.rounds++; ${states[i % states.length]}`, {
        after: 15 + (i % 7) * 5,
      });
      expect(ename).toBe("KeyboardInterrupt");
      times.push(took);
    }
    // One or two may be interrupted while they are still compiled, or meet the collector of garbage.
    expect(times.sort((a, b) => a - b)[97]).toBeLessThan(1000);
    expect((await kernel.execute("[kept.rounds > 90, total > 0]")).result).toBe("[ true, true ]");
  });

  it.each([
    ["a loop", "for (;;);"],
    ["an import", 'import assert from "node:assert"; for (;;);'],
    ["a cell with a magic", "1\n%time for (;;);"],
  ])("of a fresh kernel's first cell, %s, is not lost while it is compiled", async (_, code) => {
    const fresh = await TestKernel.start({ node, nodeFlags: flagsOf(node) });
    try {
      const arrived = new Promise<void>((resolve) => {
        fresh.onPublish = ({ header }) => void (header.msg_type === "execute_input" && resolve());
      });
      const running = fresh.execute(code);
      await arrived;
      const passed = fresh.stopwatch();
      await fresh.request("control", "interrupt_request");
      expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
      expect(passed()).toBeLessThan(2000);
      expect((await fresh.execute("'fine'")).result).toBe("'fine'");
    } finally {
      await fresh.close();
    }
  });

  it("of a cell that waits for plugins to be loaded ends the cell, and not what loads them", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "chainrule-slow-"));
    const plugin = path.join(folder, "slow.mjs");
    const busy = "const end = Date.now() + 1500; while (Date.now() < end);";
    writeFileSync(
      plugin,
      `${busy} export default { activate(kernel) { ${busy} kernel.addMagic("slow", () => "loaded"); } };`,
    );
    const args = ["--plugin", plugin];
    const fresh = await TestKernel.start({ node, nodeFlags: flagsOf(node), args });
    try {
      const running = fresh.execute("for (;;);");
      await fresh.pause(300);
      await fresh.request("control", "interrupt_request");
      expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
      expect((await fresh.execute("%slow")).result).toBe("'loaded'");
      expect((await fresh.execute("'fine'")).result).toBe("'fine'");
    } finally {
      await fresh.close();
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["a magic that computes", "%timeit for (;;);"],
    ["%%timeit", "%%timeit\nawait null; for (;;);"],
    ["a sort", "[3, 2, 1].sort(() => { for (;;); })"],
    ["a getter of the result", "({ get [Symbol.for('Jupyter.display')]() { for (;;); } })"],
    ["an inspection of the result", "({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); } })"],
    ["a promise's then", "await ({ then: () => { for (;;); } } as any)"],
    ["a regular expression", "/(a+)+b/.test('a'.repeat(50))"],
    ["an evaluated loop", "new Function('for (;;);')()"],
    ["a prompt in a loop that catches all", "for (;;) { try { prompt('?') } catch {} }"],
    ["a generator", "function* g() { for (;;) yield 1 } for (const _ of g());"],
    ["an async iteration", "async function* g() { for (;;) yield 1 } for await (const _ of g());"],
    [
      "process.nextTick",
      "const again = (): void => process.nextTick(again); again(); await new Promise(() => {})",
    ],
    ["queueMicrotask", "const more = (): void => queueMicrotask(more); more(); await new Promise(() => {})"],
  ])("stops %s", async (_, code) => {
    kernel.onInput = () => undefined;
    const { code: announcing, ...when } = announced(code);
    const { ename, took } = await interrupted(announcing, when);
    expect(ename).toBe("KeyboardInterrupt");
    expect(took).toBeLessThan(2000);
    expect((await kernel.execute("'fine'")).result).toBe("'fine'");
  });

  it("stops one display after another", async () => {
    const { begun, ended } = kernel.begin("for (;;) display({ 'text/plain': 'x' })");
    await begun;
    // By the wall's clock: the kernel waits for this side to take what it has sent.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
    expect((await kernel.execute("'fine'")).result).toBe("'fine'");
  });

  it("leaves nothing of the cell running: neither its awaits nor its timers", async () => {
    await kernel.execute("let ticks = 0, steps = 0");
    await interrupted(
      `setInterval(() => ticks++, 5);
       while (true) {
         await new Promise((r) => setTimeout(r, 5));
         if (++steps === 10) console.log("ten steps");
       }`,
      { sign: "ten steps", after: 50 },
    );
    expect((await kernel.execute("ticks > 0 && steps >= 10")).result).toBe("true");
    const { result } = await kernel.execute(
      "const was = [ticks, steps]; await new Promise((r) => setTimeout(r, 100)); [ticks - was[0], steps - was[1]]",
    );
    expect(result).toBe("[ 0, 0 ]");
  });

  it("does nothing to an idle kernel", async () => {
    expect(await kernel.request("control", "interrupt_request")).toEqual({ status: "ok" });
    expect((await kernel.execute("1 + 1")).result).toBe("2");
  });

  it("aborts the cells that wait behind the interrupted one", async () => {
    const { begun, ended } = kernel.begin("while (true) {}");
    const waiting = kernel.execute("'waited'");
    await begun;
    await kernel.received();
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
    expect((await waiting).reply["status"]).toBe("aborted");
  });

  it("says so instead of aborting where AsyncLocalStorage makes it unsafe", async () => {
    await kernel.execute(
      'import { AsyncLocalStorage } from "node:async_hooks"; new AsyncLocalStorage().run(1, () => {})',
    );
    const told = path.join(kernel.folder, "told");
    const { begun, ended } = kernel.begin(
      `import { existsSync } from "node:fs";
       await null;
       console.log("begun");
       while (!existsSync(${JSON.stringify(told)}));
       "survived"`,
      { sign: "begun" },
    );
    await begun;
    await kernel.request("control", "interrupt_request");
    writeFileSync(told, "");
    const { reply, stderr } = await ended;
    if (reply["status"] === "ok") expect(stderr).toContain("AsyncLocalStorage is in use");
    else expect(reply["ename"]).toBe("KeyboardInterrupt");
    expect((await kernel.execute("'alive'")).result).toBe("'alive'");
  });
});
