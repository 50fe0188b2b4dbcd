/** A training in a cell: its panel is shown once, and an interrupt leaves what was learned. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";
import { SETTLE_MS } from "../../../kernel/cells/run.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";
import type { Message } from "../../../kernel/jupyter/protocol.js";
import type { Executed } from "../support/jupyter.js";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start({ cwd: projectRoot });
  const { reply } = await kernel.execute(`
    import { Flatten, Linear, SGD, Sequential, digits, fit } from "chainrule";
    const data = digits({ train: 300, test: 60 });
    const make = () => new Sequential({ flatten: new Flatten(), fc: new Linear({ in: 28 * 28, out: 10 }) });
    let net = make();`);
  expect(reply["evalue"]).toBeUndefined();
});
beforeEach(() => kernel.execute("net = make()"));
afterAll(() => kernel?.close());

/** The first lines of what a cell showed, and how it was shown. */
const shown = (outputs: readonly Message[]): string[][] =>
  outputs
    .filter((one) => ["display_data", "update_display_data", "execute_result"].includes(one.header.msg_type))
    .map((one) => {
      const text = String((one.content["data"] as Record<string, unknown>)["text/plain"]);
      return [one.header.msg_type, text.split("\n")[0]!];
    });

/** Runs a cell and interrupts it when the training has shown itself. */
async function interrupted(code: string): Promise<Executed> {
  const { begun, ended } = kernel.begin(code, { sign: "trains" });
  await begun;
  await kernel.pause(300);
  const passed = kernel.stopwatch();
  await kernel.request("control", "interrupt_request");
  const executed = await ended;
  // It is the end of the training that is waited for, and not the longest time that it may take.
  expect(passed()).toBeLessThan(SETTLE_MS / 2);
  return executed;
}

const learned = `[run.status, run.net === net, run.steps.length > 0, Number.isFinite(run.evaluate().accuracy)].join()`;

it.each([
  ["between two steps", ""],
  [
    "in the middle of what runs",
    "const until = performance.now() + 3000; while (performance.now() < until);",
  ],
])("an interrupt %s leaves the run, stopped, and nothing behind it is done", async (_, work) => {
  await kernel.execute("let behind = 'not done'");
  const executed = await interrupted(`
    const run = await fit(net, data, {
      optimizer: new SGD({ lr: 0.01 }), epochs: 10_000, onStep: () => { console.log("trains"); ${work} } });
    behind = "done";`);
  expect(executed.reply["ename"]).toBe("KeyboardInterrupt");
  // The panel's last state comes before the reply, however long it takes to draw.
  const last = shown(executed.outputs).at(-1);
  expect(last?.[1]).toMatch(/: stopped after .*, step [\d,]+ of/);
  // In the middle of the first step the panel had not been seen yet.
  expect(last![0]).toMatch(work ? /display_data/ : /^update_display_data/);
  expect((await kernel.execute(learned)).result).toBe("'stopped,true,true,true'");
  expect((await kernel.execute("behind")).result).toBe("'not done'");
  // The network goes on learning from there.
  const again = `(await fit(net, data, { optimizer: new SGD({ lr: 0.01 }), live: false })).status`;
  expect((await kernel.execute(again)).result).toBe("'finished'");
});

it.each([
  ["in processes", "workers: 2", "await new Promise((resolve) => setTimeout(resolve, 60_000));"],
  [
    "in this process, that awaits",
    "workers: 0",
    "await new Promise((resolve) => setTimeout(resolve, 60_000));",
  ],
  ["in this process, in the middle of what runs", "workers: 0", "for (;;);"],
])("an interrupt of a search %s leaves its table, stopped, and no process", async (_, workers, work) => {
  const { reply } = await kernel.execute(`import { integers, search } from "chainrule";`);
  expect(reply["evalue"]).toBeUndefined();
  const executed = await interrupted(`
    setTimeout(() => console.log("trains"), 1000);
    const found = await search({ k: integers(1, 9) }, async ({ k }) => { await new Promise((resolve) => setTimeout(resolve, 1100)); if (k > 0) { ${work} } return k; }, { trials: 6, ${workers} });`);
  expect(executed.reply["ename"]).toBe("KeyboardInterrupt");
  expect(shown(executed.outputs).at(-1)?.[1]).toMatch(/stopped/);
  expect(
    (await kernel.execute("[found.status, found.trials.some((one) => one.status === 'done')].join()")).result,
  ).toBe("'stopped,false'");
  // Of the kernel's children none is a trial's.
  const children = await kernel.execute(
    `(await import("node:child_process")).execFileSync("ps", ["-o", "args=", "--ppid", String(process.pid)]).toString().split("\\n").filter((line) => /worker|trial|search/.test(line))`,
  );
  expect(children.result).toBe("[]");
});

it("an interrupt of findLearningRate gives the network and the optimiser their values back", async () => {
  await kernel.execute(`
    import { findLearningRate, flat } from "chainrule";
    const sgd = new SGD({ lr: 0.03 });
    const weights = () => Array.from(flat(net.parameters["fc.w"]!.value)).join();
    let before = weights();`);
  const executed = await interrupted(
    `setTimeout(() => {}, 0); console.log("trains"); await null; findLearningRate(net, data, { optimizer: sgd, steps: 1_000_000, from: 1e-9, to: 1e-3 });`,
  );
  expect(executed.reply["ename"]).toBe("KeyboardInterrupt");
  expect((await kernel.execute("[weights() === before, sgd.lr].join()")).result).toBe("'true,0.03'");
});

it("the panel of a cell's last line is shown once", async () => {
  const options = "optimizer: new SGD({ lr: 0.01 })";
  const live = shown((await kernel.execute(`await fit(net, data, { ${options} })`)).outputs);
  expect(live.map(([how]) => how)).not.toContain("execute_result");
  expect(live[0]![0]).toBe("display_data");
  expect(live.at(-1)![1]).toMatch(/^Training on digits: finished/);
  const named = shown(
    (await kernel.execute(`const run = await fit(net, data, { ${options} });\nrun`)).outputs,
  );
  expect(named.map(([how]) => how)).not.toContain("execute_result");
  // In another cell, or where it was not shown, it is.
  expect(shown((await kernel.execute("run")).outputs).map(([how]) => how)).toEqual(["execute_result"]);
  const quiet = shown((await kernel.execute(`await fit(net, data, { ${options}, live: false })`)).outputs);
  expect(quiet.map(([how]) => how)).toEqual(["execute_result"]);
});
