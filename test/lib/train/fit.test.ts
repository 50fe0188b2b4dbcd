/** Training: it learns, the same seed gives the same bits, it can be stopped, and bad input is refused by name. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import {
  BatchNorm,
  Conv2d,
  Dataset,
  Linear,
  Random,
  ReLU,
  Sequential,
  SGD,
  WeightPenalty,
  evaluate,
  fit,
  flat,
  tensor,
  type Splits,
} from "../../../lib/index.js";

/** Two classes of 6×6 images: a bright upper or a bright lower half, in noise. */
function halves(count: number, seed: number): Dataset {
  const random = new Random(seed);
  const images = random.normal([count, 1, 6, 6], 0, 0.5);
  const labels = Int32Array.from({ length: count }, () => random.integer(2));
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < 18; p++) images.data[n * 36 + labels[n] * 18 + p] += 1;
  }
  return new Dataset(images, labels, ["upper", "lower"]);
}

const splits: Splits = { name: "halves", train: halves(120, 1), test: halves(60, 2) };

function smallNet(seed = 1): Sequential {
  return new Sequential(
    {
      conv: new Conv2d({ in: 1, out: 3, size: 3, pad: 1 }),
      bn: new BatchNorm({ size: 3 }),
      relu: new ReLU(),
      fc: new Linear({ in: 3 * 36, out: 2 }),
    },
    { input: [1, 6, 6], seed },
  );
}

const optimizer = (): SGD => new SGD({ lr: 0.02, momentum: 0.9 });

describe("fit", () => {
  test("records with each step its learning rate and the length of the gradients", async () => {
    const net = smallNet();
    const before = Object.values(net.parameters).map(({ value }) => flat(value).slice());
    const run = await fit(net, splits.train, {
      optimizer: new SGD({ lr: 0.02 }),
      schedule: (step) => 0.02 / (step + 1),
      batchSize: 120,
      live: false,
    });
    expect(run.steps).toHaveLength(1);
    const [{ learningRate, gradientNorm }] = run.steps;
    expect(learningRate).toBe(0.02);
    // Plain gradient descent moves the weights by just that times the learning rate.
    let squares = 0;
    Object.values(net.parameters).forEach(({ value }, i) =>
      flat(value).forEach((w, k) => (squares += (w - before[i][k]) ** 2)),
    );
    expect(Math.sqrt(squares)).toBeCloseTo(0.02 * gradientNorm!, 5);
    const longer = await fit(smallNet(), splits, {
      optimizer: optimizer(),
      epochs: 2,
      batchSize: 27,
      schedule: "cosine",
      live: false,
    });
    expect(longer.steps.map((step) => step.learningRate)).toEqual(
      [...longer.steps.map((s) => s.learningRate!)].sort((a, b) => b - a),
    );
    expect(longer.verdict!.dataset.size).toBe(12);
  });

  test("learns what there is to learn, and records every step and epoch", async () => {
    const run = await fit(smallNet(), splits, {
      optimizer: optimizer(),
      epochs: 3,
      batchSize: 25,
      live: false,
    });
    expect(run.status).toBe("finished");
    expect(run.evaluate().accuracy).toBeGreaterThan(0.95);
    // 120 examples less a tenth for validation, in batches of 25: five steps an epoch, the last one short.
    expect(run.train.size).toBe(108);
    expect(run.validation?.size).toBe(12);
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    expect(run.epochRecords.map(({ step }) => step)).toEqual([5, 10, 15]);
    expect(run.epochRecords[2].trainLoss).toBeLessThan(run.epochRecords[0].trainLoss);
    expect(run.epochRecords[2].validationAccuracy).toBeGreaterThan(0.9);
  });

  test("the mean training loss of an epoch weighs a short last batch by its size", async () => {
    const run = await fit(smallNet(), splits.train, { optimizer: optimizer(), batchSize: 50, live: false });
    const [a, b, c] = run.steps.map(({ loss }) => loss);
    expect(run.epochRecords[0].trainLoss).toBeCloseTo((50 * a + 50 * b + 20 * c) / 120, 12);
  });

  test("the same seed gives the same losses and weights, bit for bit; another seed does not", async () => {
    const train = async (seed: number): Promise<[number[], number[]]> => {
      const run = await fit(smallNet(), splits, { optimizer: optimizer(), epochs: 2, seed, live: false });
      return [run.steps.map(({ loss }) => loss), Array.from(flat(run.net.parameters["conv.w"].value))];
    };
    const first = await train(1);
    expect(await train(1)).toEqual(first);
    expect(await train(2)).not.toEqual(first);
  });

  test("evaluating in the middle changes nothing", async () => {
    const losses = async (disturb: boolean): Promise<number[]> => {
      const run = await fit(smallNet(), splits, {
        optimizer: optimizer(),
        epochs: 2,
        live: false,
        onStep: ({ net }) => {
          if (disturb) evaluate(net, splits.test);
        },
      });
      return run.steps.map(({ loss }) => loss);
    };
    expect(await losses(true)).toEqual(await losses(false));
  });

  test("a schedule sets the rate of every step, and the optimiser has its own again afterwards", async () => {
    const sgd = optimizer();
    const rates: number[] = [];
    const onStep = (): void => void rates.push(sgd.lr);
    await fit(smallNet(), splits.train, {
      optimizer: sgd,
      epochs: 2,
      batchSize: 30,
      schedule: "cosine",
      onStep,
      live: false,
    });
    expect(rates).toHaveLength(8);
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(0.01 * (1 + Math.cos((Math.PI * i) / 8)), 12));
    expect(sgd.lr).toBe(0.02);
    rates.length = 0;
    await fit(smallNet(), splits.train, {
      optimizer: sgd,
      batchSize: 60,
      schedule: (step) => 1 / (step + 1),
      onStep,
      live: false,
    });
    expect(rates).toEqual([1, 1 / 2]);
  });

  test("clips gradients and adds a penalty on the weights", async () => {
    const weights = async (options: object): Promise<number[]> => {
      const sgd = new SGD({ lr: 0.1 });
      const net = new Sequential({ fc: new Linear({ in: 36, out: 2, bias: false }) });
      const start = Array.from(flat(net.parameters["fc.w"].value));
      await fit(net, splits.train, { optimizer: sgd, batchSize: 120, live: false, ...options });
      return Array.from(flat(net.parameters["fc.w"].value), (w, i) => w - start[i]);
    };
    const norm = (values: number[]): number => Math.hypot(...values);
    const free = await weights({});
    expect(norm(free)).toBeGreaterThan(0.02);
    const clipped = await weights({ clip: 0.1 });
    expect(norm(clipped)).toBeCloseTo(0.1 * 0.1, 6); // the rate times the length it was shortened to
    clipped.forEach((change, i) => expect(change / norm(clipped)).toBeCloseTo(free[i] / norm(free), 5));
    const pulled = await weights({ penalty: new WeightPenalty({ l2: 0.5 }) });
    const start = flat(
      new Sequential({ fc: new Linear({ in: 36, out: 2, bias: false }) }).parameters["fc.w"].value,
    );
    pulled.forEach((change, i) => expect(change).toBeCloseTo(free[i] - 0.1 * 0.5 * start[i], 6));
  });

  test("stops at an aborted signal or a false from onStep, and keeps what was learned", async () => {
    const controller = new AbortController();
    const net = smallNet();
    const fresh = Array.from(flat(smallNet().parameters["fc.w"].value));
    const stopped = await fit(net, splits, {
      optimizer: optimizer(),
      epochs: 50,
      live: false,
      signal: controller.signal,
      onStep: ({ steps }) => {
        if (steps.length === 7) controller.abort();
      },
    });
    expect([stopped.status, stopped.steps.length]).toEqual(["stopped", 7]);
    expect(Array.from(flat(net.parameters["fc.w"].value))).not.toEqual(fresh);
    const refused = await fit(net, splits, {
      optimizer: optimizer(),
      epochs: 50,
      live: false,
      onStep: ({ steps }) => steps.length < 3,
    });
    expect([refused.status, refused.steps.length]).toEqual(["stopped", 3]);
  });

  test("stops when the notebook's kernel says that the running cell was interrupted", async () => {
    const controller = new AbortController();
    const scope = globalThis as Record<symbol, unknown>;
    scope[Symbol.for("Jupyter.signal")] = controller.signal;
    try {
      const run = await fit(smallNet(), splits, {
        optimizer: optimizer(),
        epochs: 1000,
        live: false,
        onStep: ({ steps }) => {
          if (steps.length === 4) controller.abort();
        },
      });
      expect([run.status, run.steps.length]).toEqual(["stopped", 4]);
    } finally {
      delete scope[Symbol.for("Jupyter.signal")];
    }
  });

  test("comes back from an interrupt whatever became of the code that ran, with rate and checkpoint", async () => {
    const controller = new AbortController();
    const scope = globalThis as Record<symbol, unknown>;
    scope[Symbol.for("Jupyter.signal")] = controller.signal;
    const folder = mkdtempSync(path.join(tmpdir(), "chainrule-fit-"));
    const checkpoint = path.join(folder, "run.safetensors");
    // The kernel clears what an interrupted cell waits for: the turn that training stands aside for never ends.
    const turn = vi.spyOn(globalThis, "setImmediate").mockImplementationOnce((() => {
      setTimeout(() => controller.abort(), 10);
    }) as unknown as typeof setImmediate);
    const options = { epochs: 10_000, live: false, schedule: () => 0.001, checkpoint };
    const [net, stepper] = [smallNet(), optimizer()];
    try {
      const run = await fit(net, splits, { ...options, optimizer: stepper });
      expect([run.status, run.steps.length > 0, stepper.lr]).toEqual(["stopped", true, 0.02]);
      turn.mockRestore();
      delete scope[Symbol.for("Jupyter.signal")];
      const steps = run.steps.length;
      const goesOn = await fit(smallNet(2), splits, {
        ...options,
        optimizer: optimizer(),
        onStep: () => false,
      });
      expect(goesOn.steps.length).toBe(steps + 1);
    } finally {
      turn.mockRestore();
      delete scope[Symbol.for("Jupyter.signal")];
      rmSync(folder, { recursive: true });
    }
  });

  test("gives timers and messages their turn while it trains", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await fit(smallNet(), splits, { optimizer: optimizer(), epochs: 30, live: false });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  describe("a live panel", () => {
    /** Trains with a notebook's display and a clock that moves so many ms whenever somebody looks at it. */
    const live = async (
      epochs: number,
      look: number,
      drawing: number,
    ): Promise<{ shown: string[]; updates: string[] }> => {
      const [shown, updates]: [string[], string[]] = [[], []];
      const scope = globalThis as { display?: unknown };
      let clock = 0;
      const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += look));
      scope.display = (value: unknown) => {
        shown.push(String(value));
        return {
          update: (next: unknown) => {
            clock += drawing;
            updates.push(String(next));
          },
        };
      };
      try {
        await fit(smallNet(), splits, { optimizer: optimizer(), epochs });
      } finally {
        delete scope.display;
        now.mockRestore();
      }
      return { shown, updates };
    };

    test("goes to the notebook's display: shown once, updated, and last of all the end", async () => {
      const { shown, updates } = await live(10, 10, 0);
      expect(shown).toHaveLength(1);
      expect(shown[0]).toMatch(/^Training on halves: epoch 1 of 10, 0 %/);
      expect(updates.length).toBeGreaterThanOrEqual(3);
      expect(updates.at(-1)).toMatch(
        /^Training on halves: finished after .*, epoch 10 of 10, step 40 of 40\./,
      );
    });

    test("is drawn more rarely when its pictures take long", async () => {
      const [quick, slow] = [await live(200, 0.5, 0), await live(200, 0.5, 60)];
      expect(slow.updates.length).toBeGreaterThanOrEqual(3);
      expect(slow.updates.length).toBeLessThan(quick.updates.length / 2);
    });
  });

  test("NaN in the images is refused before the first step, with its place", async () => {
    const images = tensor(new Float32Array(4 * 36), [4, 1, 6, 6]);
    images.data[36 + 8] = NaN;
    const data = new Dataset(images, [0, 1, 0, 1], ["upper", "lower"]);
    await expect(fit(smallNet(), data, { optimizer: optimizer(), live: false })).rejects.toThrow(
      "fit: the training images[1, 0, 1, 2] is NaN (1 of 144 numbers are not finite); find where it comes from",
    );
  });

  test("a loss that grows without bound ends the run with the step and the way out", async () => {
    const wild = new SGD({ lr: 10, weightDecay: 1 }); // each step multiplies the weights by about −9
    const net = new Sequential({ fc: new Linear({ in: 36, out: 2 }) });
    await expect(fit(net, splits, { optimizer: wild, epochs: 200, live: false })).rejects.toThrow(
      /^fit \(epoch \d+, (step \d+|validation)\): .*learning rate/,
    );
  });

  test("options out of range are refused by name", async () => {
    const run = (options: object): Promise<unknown> =>
      fit(smallNet(), splits, { optimizer: optimizer(), live: false, ...options });
    await expect(run({ epochs: 0 })).rejects.toThrow(
      "fit: epochs is 0; it must be a whole number, 1 or more.",
    );
    await expect(run({ batchSize: 1.5 })).rejects.toThrow(
      "fit: batchSize is 1.5; it must be a whole number, 1 or more.",
    );
    await expect(run({ validation: 1 })).rejects.toThrow(
      "fit: validation 1 of 120 training examples is 120; give a part between 0 and 1",
    );
    await expect(run({ optimizer: undefined })).rejects.toThrow(
      "fit: no optimizer was given; use for example",
    );
  });

  test("a run on one bare data set has no test set, and says so", async () => {
    const run = await fit(smallNet(), splits.train, { optimizer: optimizer(), live: false });
    expect(run.validation).toBeUndefined();
    expect(() => run.test).toThrow("run.test: this run was given one data set and no test set");
  });
});
