/** Early stopping: when it stops, whose weights the network has then, and that a continued run ends as one that was not stopped. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import {
  BatchNorm,
  Dataset,
  Linear,
  Random,
  ReLU,
  Sequential,
  SGD,
  evaluate,
  fit,
} from "../../../lib/index.js";
import { stateOf } from "../../../lib/formats/index.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-early-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Points of two classes that overlap, so that a large network learns their accidents. */
function points(count: number, seed: number): Dataset {
  const random = new Random(seed);
  const labels = Int32Array.from({ length: count }, (_, n) => n % 2);
  const images = random.normal([count, 4]);
  for (let n = 0; n < count; n++) images.data[4 * n] += labels[n];
  return new Dataset(images, labels, ["left", "right"]);
}

const data = { name: "points", train: points(40, 1), validation: points(60, 2), test: points(20, 3) };
const network = (): Sequential =>
  new Sequential(
    {
      one: new Linear({ in: 4, out: 40 }),
      norm: new BatchNorm({ size: 40 }),
      relu: new ReLU(),
      two: new Linear({ in: 40, out: 2 }),
    },
    { input: [4], seed: 1 },
  );
const options = (more: object = {}) => ({
  ...{ optimizer: new SGD({ lr: 0.1, momentum: 0.9 }), epochs: 40, batchSize: 10, live: false as const },
  ...more,
});
const losses = ({ epochRecords }: { epochRecords: readonly { validationLoss?: number }[] }): number[] =>
  epochRecords.map(({ validationLoss }) => validationLoss!);

it("stops when the validation loss has not fallen for so many epochs, and keeps the best epoch's weights", async () => {
  const net = network();
  const run = await fit(net, data, options({ patience: 4 }));
  const all = losses(run);
  const best = all.indexOf(Math.min(...all)) + 1;
  expect(run.status).toBe("stopped");
  expect(all).toHaveLength(best + 4);
  expect(all.length).toBeLessThan(40);
  expect(run.kept).toBe(best);
  expect(evaluate(net, data.validation).loss).toBe(all[best - 1]);
  expect(run.verdict!.loss).toBe(all[best - 1]);
  expect(run.toString()).toContain(
    `The weights are those of epoch ${best}: the validation loss did not fall after it.`,
  );
  // The same weights, running means of the batch norm too, as a run of so many epochs has.
  const short = network();
  await fit(short, data, options({ epochs: best }));
  expect(stateOf(net)).toEqual(stateOf(short));
});

it("gives the best weights back where the epochs or an interrupt end the run first", async () => {
  const net = network();
  const run = await fit(net, data, options({ patience: 1000, epochs: 20 }));
  const all = losses(run);
  expect([run.status, run.kept]).toEqual(["finished", all.indexOf(Math.min(...all)) + 1]);
  expect(evaluate(net, data.validation).loss).toBe(Math.min(...all));
  const stopped = network();
  const some = await fit(
    stopped,
    data,
    options({ patience: 1000, onStep: ({ steps }: { steps: readonly unknown[] }) => steps.length < 62 }),
  );
  expect([some.status, losses(some).length]).toEqual(["stopped", 15]);
  expect(evaluate(stopped, data.validation).loss).toBe(Math.min(...losses(some)));
  const early = await fit(network(), data, options({ patience: 3, onStep: () => false }));
  expect([early.status, early.kept]).toEqual(["stopped", undefined]);
});

it("leaves a run without patience as it was", async () => {
  const [one, other] = [network(), network()];
  const run = await fit(one, data, options({ epochs: 12 }));
  const patient = await fit(other, data, options({ epochs: 12, patience: 100 }));
  expect(losses(patient)).toEqual(losses(run));
  expect(run.kept).toBeUndefined();
  expect(evaluate(one, data.validation).loss).toBe(losses(run)[11]);
});

it("goes on from a checkpoint with the best weights of before, to the same bits", async () => {
  const whole = network();
  const run = await fit(whole, data, options({ patience: 4 }));
  const total = run.steps.length;
  const best = run.kept! * 4;
  for (const stopAt of [best - 6, best, best + 3, total - 1, total + 1]) {
    const checkpoint = path.join(folder, `${stopAt}.safetensors`);
    await fit(
      network(),
      data,
      options({
        patience: 4,
        checkpoint,
        onStep: ({ steps }: { steps: readonly unknown[] }) => steps.length < stopAt,
      }),
    );
    expect(existsSync(`${checkpoint}.best`)).toBe(true);
    const net = network();
    const again = await fit(net, data, options({ patience: 4, checkpoint }));
    expect([again.steps.length, again.kept], `stopped at ${stopAt}`).toEqual([total, run.kept]);
    expect(stateOf(net)).toEqual(stateOf(whole));
  }
});

it("refuses, in words, no validation, no patience, and a continued run whose best weights are gone", async () => {
  await expect(fit(network(), data.train, options({ patience: 3 }))).rejects.toThrow(
    "fit: patience is 3, and there are no examples for validation, whose loss it waits for; give validation, for example 0.1.",
  );
  for (const patience of [0, -1, 1.5, NaN])
    await expect(fit(network(), data, options({ patience }))).rejects.toThrow(/patience/);
  const checkpoint = path.join(folder, "gone.safetensors");
  await fit(network(), data, options({ epochs: 2, checkpoint }));
  await expect(fit(network(), data, options({ patience: 3, checkpoint }))).rejects.toThrow(
    /gone\.safetensors\.best with the weights of its best epoch, \d, is not there; continue without patience/,
  );
});
