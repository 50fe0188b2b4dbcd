/**
 * A training step on the WebGPU engine is sent, and its numbers are read later.
 *
 * Nobody waits while nobody reads, and a step waits for the one before it at most. Whoever reads gets the numbers that the WASM
 * engine has. After a loss that is not finite the weights are those of the step before, to the last bit, and the error names the step
 * at which it happened: in `trainStep`, in `fit`, at the end of a run, and when a run is stopped.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { flat, tensor, type Tensor } from "../../../../lib/array/tensor.js";
import { Dataset } from "../../../../lib/data/dataset.js";
import { compute } from "../../../../lib/engine/compute.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { Device } from "../../../../lib/engine/gpu/device.js";
import {
  Adam,
  Conv2d,
  evaluate,
  fit,
  Flatten,
  Linear,
  ReLU,
  Sequential,
  SGD,
  Sigmoid,
  SoftmaxCrossEntropy,
  trainStep,
  type FitOptions,
  type Layer,
  type Optimizer,
  type Run,
} from "../../../../lib/index.js";
import { Optimizer as OptimizerClass } from "../../../../lib/optim/index.js";
import type { Parameter } from "../../../../lib/layers/layer.js";
import { deviation } from "../../../support/engines.js";
import { gpu } from "../../../support/gpu.js";

const wasm = compute.engines[0];

function network(middle: Layer = new ReLU()): Sequential {
  return new Sequential(
    {
      conv: new Conv2d({ in: 1, out: 3, size: 3 }),
      middle,
      flat: new Flatten(),
      fc: new Linear({ in: 12, out: 3 }),
    },
    { seed: 2 },
  );
}

/** 24 examples, in batches of 4; a bad step's examples make the outputs overflow. */
function data(badStep = 0): Dataset {
  const images = new Random(1).normal([24, 1, 4, 4]);
  images.data.fill(3e38, (badStep - 1) * 64, badStep * 64);
  return new Dataset(
    images,
    Array.from({ length: 24 }, (_, i) => i % 3),
    ["a", "b", "c"],
  );
}

function use(engine: Engine): void {
  vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
  vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
}

/** The weights, and what the optimiser keeps, as plain numbers. */
function numbersOf(net: Sequential, optimizer?: Optimizer): Record<string, readonly number[]> {
  const weights = Object.entries(net.parameters).map(
    ([name, { value }]) => [name, [...flat(value)]] as const,
  );
  const kept = Object.entries(optimizer?.state(net.parameters).tensors ?? {});
  return Object.fromEntries([...weights, ...kept.map(([name, x]) => [name, [...flat(x)]] as const)]);
}

const options = (optimizer: Optimizer) => ({
  optimizer,
  loss: new SoftmaxCrossEntropy(),
  random: new Random(3),
});

/** One batch after another by `trainStep`. */
function steps(net: Sequential, optimizer: Optimizer, dataset: Dataset, numbers: readonly number[]): void {
  for (const step of numbers) {
    const batch = dataset.subset([0, 1, 2, 3].map((i) => 4 * (step - 1) + i));
    trainStep(net, batch.images, batch.labels, options(optimizer));
  }
}

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("a training step on the gpu engine", () => {
  const engine = gpu!;
  const momentum = (): Optimizer => new SGD({ lr: 0.1, momentum: 0.9 });

  it("waits for nothing but the numbers of the step before, and takes nothing more after the first steps", () => {
    use(engine);
    const [net, optimizer] = [network(), momentum()];
    steps(net, optimizer, data(), [1, 2]); // they wait for new memory
    const inUse = engine.memoryInUse;
    const read = vi.spyOn(Device.prototype, "read");
    const ask = Device.prototype.ask;
    /** "1": asked for the first time; "1!": waited for that. */
    const log: string[] = [];
    let asked = 0;
    vi.spyOn(Device.prototype, "ask").mockImplementation(function (this: Device, ...args) {
      const [wait, number] = [ask.apply(this, args), ++asked];
      log.push(`${number}`);
      return () => {
        if (log.at(-1) !== `${number}!`) log.push(`${number}!`);
        return wait();
      };
    });
    steps(net, optimizer, data(), [3, 4, 5, 6, 1]);
    expect(read).not.toHaveBeenCalled();
    expect(log).toEqual(["1", "2", "1!", "3", "2!", "4", "3!", "5", "4!"]);
    expect(engine.memoryInUse).toBe(inUse);
  });

  it("has the loss, the norm and the outputs of WASM for whoever reads them, in any order, now or later", () => {
    const results = [engine, wasm].map((one) => {
      use(one);
      const [net, dataset] = [network(), data()];
      const all = options(new SGD({ lr: 0.1 }));
      const made = [1, 2, 3].map(() => trainStep(net, dataset.images, dataset.labels, all));
      return made
        .reverse()
        .map(({ loss, outputs, gradientNorm }) => tensor([loss, gradientNorm, ...flat(outputs)]));
    });
    results[0].forEach((got, i) => expect(deviation(got, results[1][i])).toBeLessThan(1e-5));
  });

  it.each<[string, () => Optimizer]>([
    ["SGD", () => new SGD({ lr: 0.1, weightDecay: 0.1 })],
    ["momentum", momentum],
    ["Adam", () => new Adam({ lr: 0.01 })],
    ["a rule that is not on the device", () => new Plain()],
  ])(
    "after a loss that is not finite has the weights of before, and goes on from them: %s",
    (_name, optimizer) => {
      use(engine);
      const [net, rule] = [network(), optimizer()];
      steps(net, rule, data(), [1, 2]);
      const before = numbersOf(net, rule);
      const bad = data(3);
      expect(() => steps(net, rule, bad, [3, 4, 5])).toThrow(
        /softmaxCrossEntropy: logit 0 of example 0 is (NaN|-?Infinity)/,
      );
      expect(numbersOf(net, rule)).toEqual(before);
      steps(net, rule, bad, [4]);
      expect(numbersOf(net, rule)).not.toEqual(before);
    },
  );

  it("names the step before in the error that nobody has read, and not in the one that was read", () => {
    use(engine);
    const [net, optimizer, bad] = [network(), momentum(), data(1)];
    const [first, second] = [bad.subset([0, 1, 2, 3]), bad.subset([4, 5, 6, 7])];
    const step = (batch: Dataset): { loss: number } =>
      trainStep(net, batch.images, batch.labels, options(optimizer));
    step(first);
    expect(() => step(second)).toThrow(
      /^trainStep \(the step before this one\): softmaxCrossEntropy: logit 0 /,
    );
    const failed = step(first);
    expect(() => failed.loss).toThrow(/^softmaxCrossEntropy: logit 0 /);
    expect(step(second).loss).toBeGreaterThan(0);
  });

  it("says that the loss is not finite in the words of the other engines, with the rate of that step", () => {
    const words = [engine, wasm].map((one) => {
      use(one);
      const net = network();
      net.parameters["fc.b"].value.set(0, -Infinity);
      const optimizer = new SGD({ lr: 0.25 });
      const batch = data().subset([0]);
      try {
        const step = trainStep(net, batch.images, batch.labels, options(optimizer));
        optimizer.lr = 0.5;
        return String(step.loss);
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(words[0]).toMatch(/^the loss is Infinity; .* learning rate below 0\.25, or clip/);
    expect(words[0]).toBe(words[1]);
  });

  it("says that the norm to be clipped is not finite, in the words of the other engines, with the weights of before", () => {
    const words = [engine, wasm].map((one) => {
      use(one);
      const net = new Sequential({ fc: new Linear({ in: 2, out: 2 }) }, { seed: 1 });
      const dataset = new Dataset(
        tensor([
          [3e30, 0],
          [1, 1],
        ]),
        [0, 1],
        ["a", "b"],
      );
      net.parameters["fc.w"].value.data.fill(1e-35); // scores that are small, and gradients that are not
      const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
      const before = numbersOf(net);
      try {
        for (let k = 0; k < 2; k++)
          trainStep(net, dataset.images, dataset.labels, { ...options(optimizer), clip: 1 });
        return "no error";
      } catch (error) {
        expect(numbersOf(net)).toEqual(before);
        return (error as Error).message;
      }
    });
    expect(words[0]).toMatch(/clipByNorm: the gradients' length is (Infinity|NaN); find the layer/);
    expect(words[1]).toBe("no error"); // its sums are doubles
  });

  it("one network's loss that is not finite does not touch another network", () => {
    use(engine);
    const [one, other] = [network(), network()];
    steps(one, momentum(), data(3), [3]); // nobody reads it
    const rule = momentum();
    steps(other, rule, data(), [1, 2]);
    const alone = network();
    const same = momentum();
    steps(alone, same, data(), [1, 2]);
    expect(numbersOf(other, rule)).toEqual(numbersOf(alone, same));
  });

  it("a clipped step with such a loss, and one with a layer of another engine, say what is the matter", () => {
    use(engine);
    for (const [net, more] of [
      [network(), { clip: 0.01 }],
      [network(new Sigmoid()), {}],
    ] as const) {
      const optimizer = new SGD({ lr: 0.1 });
      steps(net, optimizer, data(), [1]);
      const before = numbersOf(net);
      const bad = data(1);
      net.parameters["conv.w"].value.data.forEach((_, i, w) => (w[i] = Math.abs(w[i])));
      const changed = numbersOf(net);
      expect(changed).not.toEqual(before);
      const batch = bad.subset([0, 1, 2, 3]);
      expect(() => {
        for (let k = 0; k < 2; k++)
          trainStep(net, batch.images, batch.labels, { ...options(optimizer), ...more });
        net.parameters["fc.w"].value.set(0, 0, NaN);
        for (let k = 0; k < 2; k++)
          trainStep(net, batch.images, batch.labels, { ...options(optimizer), ...more });
      }).toThrow(/softmaxCrossEntropy: logit 0 of example 0 is/);
    }
  });
});

/** A rule of the user's, which borrows gradients and computes in JavaScript. */
class Plain extends OptimizerClass {
  override readonly borrows = true;
  constructor() {
    super({}, 0.1);
  }
  protected override update({ value }: Parameter, gradient: Tensor): void {
    const [W, G] = [flat(value), flat(gradient)];
    for (let i = 0; i < W.length; i++) W[i] -= this.lr * G[i];
  }
}

describe.skipIf(gpu === undefined)("fit on the gpu engine", () => {
  const engine = gpu!;

  /** A run with its network; of a failed one, the error. */
  async function train(
    one: Engine,
    dataset: Dataset,
    more: Partial<FitOptions> = {},
  ): Promise<{ net: Sequential; run: Run; error?: Error }> {
    use(one);
    const net = network();
    let run: Run | undefined;
    const { onStep, ...rest } = more;
    try {
      await fit(net, dataset, {
        optimizer: new SGD({ lr: 0.1, momentum: 0.9 }),
        batchSize: 4,
        shuffle: false,
        live: false,
        onStep: (now) => {
          run = now;
          return onStep?.(now);
        },
        ...rest,
      });
      return { net, run: run! };
    } catch (error) {
      return { net, run: run!, error: error as Error };
    }
  }

  it("has the steps and epochs of WASM, also as JSON and as a clone, and waits for nothing else", async () => {
    use(engine);
    const read = vi.spyOn(Device.prototype, "read");
    const [got, expected] = [
      await train(engine, data(), { epochs: 2, validation: data() }),
      await train(wasm, data(), { epochs: 2, validation: data() }),
    ];
    expect(got.run.status).toBe("finished");
    const records = (run: Run): object[] => [...run.steps, ...run.epochRecords];
    expect(records(got.run).map((one) => Object.keys(one))).toEqual(
      records(expected.run).map((one) => Object.keys(one)),
    );
    for (const key of ["loss", "gradientNorm"] as const) {
      const [one, other] = [got, expected].map(({ run }) => tensor(run.steps.map((step) => step[key]!)));
      expect(deviation(one, other), key).toBeLessThan(1e-5);
    }
    for (const key of ["trainLoss", "validationLoss", "trainAccuracy", "validationAccuracy"] as const) {
      const [one, other] = [got, expected].map(({ run }) =>
        tensor(run.epochRecords.map((epoch) => epoch[key]!)),
      );
      expect(deviation(one, other), key).toBeLessThan(1e-5);
    }
    expect(got.run.steps.map(({ accuracy }) => accuracy)).toEqual(
      expected.run.steps.map(({ accuracy }) => accuracy),
    );
    expect(JSON.parse(JSON.stringify(got.run.steps))).toEqual(got.run.steps);
    expect(structuredClone(got.run.steps)).toEqual(got.run.steps);
    expect(Object.getOwnPropertyDescriptor(got.run.steps.at(-1), "loss")).toHaveProperty("value");
    expect(read).not.toHaveBeenCalled();
  });

  it("shows whoever looks in onStep the step's own numbers", async () => {
    const seen: number[] = [];
    const { run } = await train(engine, data(), {
      onStep: (now) => {
        const last = now.steps.at(-1)!;
        seen.push(JSON.parse(JSON.stringify(last)).loss as number);
        expect(structuredClone(last).gradientNorm).toBe(last.gradientNorm);
      },
    });
    expect(seen).toEqual(run.steps.map(({ loss }) => loss));
    expect(seen.length).toBe(6);
  });

  it.each<[string, number, (run: Run) => boolean | void]>([
    ["nobody looks", 3, () => undefined],
    ["somebody looks", 3, ({ steps }) => void steps.at(-1)!.loss],
    ["somebody looks and does not listen", 3, (run) => void wordsOf(() => run.steps.at(-1)!.loss)],
    ["the run is stopped at that step", 3, ({ steps }) => steps.length < 3],
    ["it is the last step", 6, () => undefined],
    ["it is the first step", 1, () => undefined],
  ])("ends with the error of the step at which the loss was not finite: %s", async (_name, bad, onStep) => {
    const { net, run, error } = await train(engine, data(bad), { onStep });
    expect(error?.message).toMatch(
      new RegExp(
        `^fit \\(epoch 1, step ${bad}\\): softmaxCrossEntropy: logit 0 of example 0 is (NaN|Infinity);`,
      ),
    );
    expect(run.status).toBe("failed");
    expect(run.failure).toBe(error!.message);
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: bad - 1 }, (_, i) => i + 1));
    const before =
      bad === 1
        ? { net: network() }
        : await train(engine, data(), { onStep: ({ steps }) => steps.length < bad - 1 });
    expect(numbersOf(net)).toEqual(numbersOf(before.net));
    expect(run.steps).toEqual(bad === 1 ? [] : (before as { run: Run }).run.steps);
  });

  it("ends with that error also when the cell is interrupted at that step", async () => {
    const cell = new AbortController();
    const signal = Symbol.for("Jupyter.signal");
    Object.assign(globalThis, { [signal]: cell.signal });
    try {
      const { run, error } = await train(engine, data(3), {
        onStep: ({ steps }) => void (steps.length === 3 && cell.abort()),
      });
      expect(error?.message).toMatch(/^fit \(epoch 1, step 3\): softmaxCrossEntropy: logit 0/);
      expect([run.status, run.steps.length]).toEqual(["failed", 2]);
    } finally {
      Reflect.deleteProperty(globalThis, signal);
    }
  });

  it("gives up a step that was sent before the run began and was not finite", async () => {
    use(engine);
    const net = network();
    steps(net, new SGD({ lr: 0.1 }), data(1), [1]);
    const run = fit(net, data(), { optimizer: new SGD({ lr: 0.1 }), live: false });
    await expect(run).rejects.toThrow(/^fit \(the network's step before\): softmaxCrossEntropy: logit 0/);
    await fit(net, data(), { optimizer: new SGD({ lr: 0.1 }), live: false });
  });

  it("evaluates with one reading a batch, which is read when the next batch is sent", () => {
    const [got, expected] = [engine, wasm].map((one) => {
      use(one);
      const net = network();
      const read = vi.spyOn(Device.prototype, "read");
      const ask = vi.spyOn(Device.prototype, "ask");
      const verdict = evaluate(net, data(), { batchSize: 7 });
      return { verdict, read: read.mock.calls.length, asked: ask.mock.calls.length };
    });
    expect([got.read, got.asked]).toEqual([0, 4]);
    expect(got.verdict.loss / expected.verdict.loss).toBeCloseTo(1, 5);
    expect(got.verdict.accuracy).toBe(expected.verdict.accuracy);
    expect(deviation(got.verdict.outputs, expected.verdict.outputs)).toBeLessThan(1e-5);
  });
});

function wordsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}
