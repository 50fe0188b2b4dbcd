/** A training in a cell: its panel is shown once, and an interrupt leaves what was learned. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";
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
  await kernel.request("control", "interrupt_request");
  return ended;
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
  // Drawing the panel's last state may take longer than the cell may.
  const id = String(executed.outputs[0]!.parent_header["msg_id"]);
  const last = (): string[] | undefined => shown(kernel.outputsOf(id)).at(-1);
  await expect.poll(() => last()?.[1], { timeout: 60_000 }).toMatch(/: stopped after .*, step [\d,]+ of/);
  // In the middle of the first step the panel had not been seen yet.
  expect(last()![0]).toMatch(work ? /display_data/ : /^update_display_data/);
  expect((await kernel.execute(learned)).result).toBe("'stopped,true,true,true'");
  expect((await kernel.execute("behind")).result).toBe("'not done'");
  // The network goes on learning from there.
  const again = `(await fit(net, data, { optimizer: new SGD({ lr: 0.01 }), live: false })).status`;
  expect((await kernel.execute(again)).result).toBe("'finished'");
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
