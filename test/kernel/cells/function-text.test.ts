/** Functions of cells that run in another process: what they name of other cells goes with them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { functionTexts } from "../../../kernel/cells/function-text.js";
import { projectRoot } from "../../support/shared.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

it("undoes the compiler's forms and lists the names", () => {
  const $import0 = { half: (x: number) => x / 2 };
  const cells = { scale: 4, half: $import0.half };
  const text =
    "async (x) => { const $run = $cell.run; return await $cell.wait((0, $import0.half)(x) * $cells.scale, $run); }";
  const value = { toString: () => text } as never;
  const { source, names, mentioned } = functionTexts(() => ({ ...cells, x: 1, await2: 2 })).describe(value);
  expect(names).toEqual(["half", "scale"]);
  expect(mentioned).toEqual(["x"]);
  const made = new Function("half", "scale", `return (${source})`)($import0.half, 4) as (
    x: number,
  ) => Promise<number>;
  return expect(made(3)).resolves.toBe(6);
});

it("looks names up, in a box", () => {
  const { lookup } = functionTexts(() => ({ nothing: undefined }));
  expect(lookup("nothing")).toEqual({ value: undefined });
  expect(lookup("other")).toBeUndefined();
});

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start({ cwd: projectRoot });
});
afterAll(() => kernel?.close());

async function run(code: string): Promise<string> {
  const { reply, result } = await kernel.execute(code);
  return reply["status"] === "ok" ? result! : `${String(reply["ename"])}: ${String(reply["evalue"])}`;
}

it("a search in a notebook uses what its cells have: the library, values, functions, tensors, data sets", async () => {
  await run(
    'import { Dataset, Flatten, Linear, SGD, Sequential, choice, digits, evaluate, fit, search, zeros } from "chainrule"; import * as cr from "chainrule";',
  );
  await run(
    "const { train: examples } = digits({ train: 60, test: 10, seed: 1 }); const settings = { batch: 20 };",
  );
  await run(
    "const shift = zeros([2, 3]); function count(data: Dataset) { return data.size + shift.shape[1]! }",
  );
  const code = `
    const bonus = 1000; // of the same cell
    const found = await search({ lr: choice([0.01, 0.02]) }, async ({ lr }, { seed }) => {
      try { void bonus } catch { return 0 }
      const net = new Sequential({ flat: new Flatten(), fc: new cr.Linear({ in: 784, out: 10 }) }, { seed });
      await fit(net, examples, { optimizer: new SGD({ lr }), batchSize: settings.batch, seed, live: false });
      return { score: lr + bonus + count(examples), accuracy: evaluate(net, examples).accuracy };
    }, { strategy: "grid", live: false });
    found.trials.map(({ score, reason }) => score ?? reason)`;
  expect(await run(code)).toBe("[ 1063.01, 1063.02 ]");
});

it("a search uses what its cells have of the library's doors", async () => {
  await run(
    'import * as functions from "chainrule/functions"; import { ones as filled } from "chainrule"; import { spectrum } from "chainrule/signal";',
  );
  const code = `
    const three = await search({ a: choice([3]) }, ({ a }) => {
      const { y } = functions.sigmoidForward(filled([a]));
      return spectrum(filled([1, 4, 4])).shape.length + Math.round(y.data[0] * 100);
    }, { strategy: "grid", live: false });
    three.trials.map(({ score, reason }) => score ?? reason)`;
  expect(await run(code)).toMatch(/^\[ 7\d \]$/);
});

it("a function of the cells may be named as the argument is", async () => {
  await run("function train(a: number) { return 10 * a }");
  const code =
    'const two = await search({ a: choice([2]) }, ({ a }) => train(a), { strategy: "grid", live: false });';
  expect(await run(`${code} two.best.score`)).toBe("20");
});

it("says what cannot go along, by the names that lead to it", async () => {
  await run("class Mine { value = 1 } const mine = new Mine();");
  await run("const helper = () => mine.value");
  const attempt = (body: string) =>
    run(`await search({ a: choice([1]) }, () => ${body}, { strategy: "grid", live: false })`);
  expect(await attempt("helper()")).toContain(
    "search: train uses train → helper → mine, a Mine, which cannot go to another process; make it inside train",
  );
  expect(await attempt("new Mine().value")).toContain("train → Mine, a class of the notebook");
  expect(
    await run(
      "(await search({ a: choice([1]) }, () => helper(), { strategy: 'grid', live: false, workers: 0 })).best.score",
    ),
  ).toBe("1");
});

it("shows the table while it goes on, and at the end", async () => {
  const { outputs } = await kernel.execute(
    'await search({ a: choice([1, 2]) }, ({ a }) => a, { strategy: "grid" }); void 0',
  );
  const shown = outputs.filter((one) => /display_data/.test(one.header.msg_type));
  expect(shown[0]!.header.msg_type).toBe("display_data");
  const last = shown.at(-1)!.content["data"] as Record<string, string>;
  expect(last["text/plain"]).toMatch(/^Search \(grid\) finished: 2 of 2 trials, best score 2 \(trial 1\)/);
  expect(last["text/html"]).toContain("<table");
});
