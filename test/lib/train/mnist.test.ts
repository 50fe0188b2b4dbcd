/** The main promise on real input: the first lecture's network learns MNIST, from any seed, and repeatably. */
import { expect, test } from "vitest";
import {
  Conv2d,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SGD,
  augment,
  fit,
  mnist,
  normal,
  type Run,
} from "../../../lib/index.js";
import { withData } from "../../support/shared.js";

withData("mnist", "MNIST, 10,000 training and 2,000 test images", (folder) => {
  const train = async (seed: number, steps = Infinity): Promise<Run> => {
    const data = await mnist({ folder });
    const net = new Sequential(
      {
        conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }),
        relu1: new ReLU(),
        pool1: new MaxPool2d({ size: 2 }),
        conv2: new Conv2d({ in: 8, out: 16, size: 5, pad: 2 }),
        relu2: new ReLU(),
        pool2: new MaxPool2d({ size: 2 }),
        fc: new Linear({ in: 16 * 7 * 7, out: 10, init: normal(0.01) }),
      },
      { input: [1, 28, 28], seed },
    );
    return fit(net, data, {
      optimizer: new SGD({ lr: 0.05, momentum: 0.9, weightDecay: 5e-4 }),
      schedule: "cosine",
      augment: augment({ shift: 1 }),
      epochs: 5,
      seed,
      validation: false,
      live: false,
      onStep: (run) => run.steps.length < steps,
    });
  };

  test.each([1, 2])(
    "seed %i reaches 98 percent of the test images within five epochs",
    { timeout: 600_000 },
    async (seed) => {
      const run = await train(seed);
      expect([run.train.size, run.test.size]).toEqual([10_000, 2_000]);
      expect(run.evaluate().accuracy).toBeGreaterThanOrEqual(0.98);
    },
  );

  test("the same seed gives the same curve", { timeout: 120_000 }, async () => {
    const curve = async (): Promise<number[]> => (await train(3, 40)).steps.map(({ loss }) => loss);
    expect(await curve()).toEqual(await curve());
  });
});
