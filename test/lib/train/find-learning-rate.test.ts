/** The trial of learning rates: what it suggests can be trained with, and nothing is left of it. */
import { describe, expect, it } from "vitest";
import {
  Adam,
  Dataset,
  findLearningRate,
  LearningRateTrial,
  learningRatePlot,
  Linear,
  Random,
  Sequential,
  SGD,
  stateOf,
  zeros,
} from "../../../lib/index.js";

const images = new Random(1).normal([96, 6]);
const labels = Array.from({ length: 96 }, (_, n) => (images.get(n, 0) > 0 ? 1 : 0));
const data = new Dataset(images, labels, ["no", "yes"]);
const make = () => new Sequential({ fc: new Linear({ in: 6, out: 2 }) });

describe("findLearningRate", () => {
  it("grows the rate by one factor, and ends where the loss runs away", () => {
    const { rates, losses } = findLearningRate(make(), data, {
      optimizer: new SGD({ lr: 0.1 }),
      from: 1e-3,
      to: 1e4,
      steps: 71,
    });
    expect(rates[0]).toBeCloseTo(1e-3, 12);
    rates.slice(1).forEach((rate, i) => expect(rate / rates[i]).toBeCloseTo(10 ** 0.1, 9));
    expect(rates.length).toBeLessThan(71);
    expect(losses[losses.length - 1]).toBeGreaterThan(4 * Math.min(...losses));
  });

  it("leaves the network and the optimiser as they were, and is the same each time", () => {
    const net = make();
    const optimizer = new Adam({ lr: 0.003 });
    const before = [stateOf(net), optimizer.state(net.parameters)];
    const first = findLearningRate(net, data, { optimizer, steps: 30 });
    expect([stateOf(net), optimizer.state(net.parameters)]).toEqual(before);
    expect(findLearningRate(net, data, { optimizer, steps: 30 }).losses).toEqual(first.losses);
  });

  it("suggests where a known curve falls fastest", () => {
    const rates = Array.from({ length: 61 }, (_, i) => 10 ** (-4 + i / 10));
    // A step of the loss at 1e−2, and a wall at 1e1.
    const losses = rates.map((rate) => 1 / (1 + (rate / 1e-2) ** 2) + (rate / 20) ** 2);
    const trial = new LearningRateTrial(rates, losses);
    expect(Math.abs(Math.log10(trial.suggestion) + 2)).toBeLessThan(0.45);
    const figure = learningRatePlot(trial);
    expect(figure.alt).toContain("The loss falls fastest at a rate of 0.0");
    expect(figure.text).toContain("smoothed");
    expect(String(trial)).toBe(figure.text);
  });

  it("refuses rates that are none and data that are none", () => {
    const optimizer = new SGD({ lr: 0.1 });
    expect(() => findLearningRate(make(), data, { optimizer, from: 1, to: 0.1 })).toThrow(
      "give the smaller first",
    );
    expect(() => findLearningRate(make(), data, { optimizer, steps: 2 })).toThrow("steps is 2");
    expect(() => findLearningRate(make(), new Dataset(zeros([0, 6]), [], []), { optimizer })).toThrow(
      "empty",
    );
    expect(() => learningRatePlot(new LearningRateTrial([], []))).toThrow("no steps");
  });
});
