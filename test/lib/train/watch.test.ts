/** Watching a training: quantiles are those of the numbers, looks come when they should, and the run is as without them. */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  Conv2d,
  Dataset,
  fit,
  flat,
  Linear,
  quantilesOf,
  Random,
  ReLU,
  resNet,
  Sequential,
  SGD,
  tensor,
  watchDistributions,
  wrap,
} from "../../../lib/index.js";

const random = new Random(2);
const images = random.normal([40, 1, 6, 6], 0, 1);
const data = new Dataset(
  images,
  Array.from({ length: 40 }, (_, n) => n % 2),
  ["a", "b"],
);
const build = () =>
  new Sequential(
    {
      conv: new Conv2d({ in: 1, out: 3, size: 3, pad: 1 }),
      norm: new BatchNorm({ size: 3 }),
      relu: new ReLU(),
      fc: new Linear({ in: 108, out: 2 }),
    },
    { input: [1, 6, 6], seed: 1 },
  );
const options = () => ({ optimizer: new SGD({ lr: 0.05 }), epochs: 5, batchSize: 4, live: false });

describe("quantilesOf", () => {
  it("interpolates between the sorted numbers", () => {
    expect(quantilesOf(tensor([4, 0, 3, 1, 2]))).toEqual([0.2, 1, 2, 3, 3.8]);
    expect(quantilesOf(tensor([7]))).toEqual([7, 7, 7, 7, 7]);
  });
  it("of many numbers is nearly that of a normal distribution, and NaN where one is not finite", () => {
    const many = quantilesOf(random.normal([50_000], 10, 2));
    [-1.645, -0.674, 0, 0.674, 1.645].forEach((z, q) =>
      expect(Math.abs(many[q] - (10 + 2 * z))).toBeLessThan(0.2),
    );
    expect(quantilesOf(tensor([1, Infinity]))).toEqual([NaN, NaN, NaN, NaN, NaN]);
    expect(() => quantilesOf(wrap(new Float32Array(), [0]))).toThrow(
      "quantilesOf: the tensor has no numbers",
    );
  });
});

describe("watchDistributions", () => {
  it("watches layers inside residual blocks", () => {
    const net = resNet({ depth: 8, width: 4, input: [1, 6, 6], classes: 2 });
    const watch = watchDistributions(net, data.subset(8), {
      layers: ["conv1", "block3_1.conv2"],
      live: false,
    });
    watch.look(1);
    for (const spread of Object.values(watch.spreads)) {
      for (const kind of ["weights", "activations", "gradients"] as const)
        expect(spread[kind]).toHaveLength(1);
    }
    const inner = net.get("block3_1.conv2").parameters.w.value;
    expect(watch.spreads["block3_1.conv2"].weights[0].quantiles).toEqual(quantilesOf(inner));
  });
  it("looks at the first step, the last, and as often as asked between", async () => {
    const net = build();
    const watch = watchDistributions(net, data.subset(8), { samples: 10 });
    await fit(net, data, { ...options(), validation: false, onStep: watch.onStep });
    const { weights, activations, gradients } = watch.spreads.fc;
    const steps = [1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50];
    for (const samples of [weights, activations, gradients])
      expect(samples.map(({ step }) => step)).toEqual(steps);
    expect(Object.keys(watch.spreads)).toEqual(["conv", "fc"]);
    expect(weights.at(-1)!.quantiles).toEqual(quantilesOf(net.parameters["fc.w"].value));
    expect(activations.at(-1)!.quantiles).toEqual(quantilesOf(net.forward(data.subset(8).images)));
    expect(watch.toString()).toContain("fc gradients: at step 1 nine tenths from");
  });

  it("changes nothing in the run", async () => {
    const [plain, watched] = [build(), build()];
    await fit(plain, data, options());
    const watch = watchDistributions(watched, data.subset(8));
    await fit(watched, data, { ...options(), onStep: watch.onStep });
    for (const [path, { value }] of Object.entries(plain.parameters))
      expect(flat(watched.parameters[path].value), path).toEqual(flat(value));
    for (const [path, value] of Object.entries(plain.buffers))
      expect(flat(watched.buffers[path]), path).toEqual(flat(value));
  });

  it("says what it cannot watch", () => {
    expect(() => watchDistributions(build(), data, { layers: ["relu"] })).toThrow(
      'watchDistributions: "relu" is no layer with weights; there are conv, fc.',
    );
    expect(() => watchDistributions(build(), data.subset(0))).toThrow(
      "there are no examples; give one or more.",
    );
    expect(() => watchDistributions(build(), data).toString()).not.toThrow();
  });
});
