/**
 * What is done to gradients on the WebGPU engine before the optimiser's step: their norm, clipping and a penalty's pull mean what the
 * reference means, of NaN and infinities too, and a step with them waits for the norm at most.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { copy, flat, zeros, type Tensor } from "../../../../lib/array/tensor.js";
import { compute } from "../../../../lib/engine/compute.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { Device } from "../../../../lib/engine/gpu/device.js";
import {
  clipByNorm,
  clipByValue,
  Conv2d,
  Flatten,
  Linear,
  Pass,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  trainStep,
  WeightPenalty,
} from "../../../../lib/index.js";
import { addForward } from "../../../../lib/layers/functions.js";
import { penaltyGradient } from "../../../../lib/losses/penalty.js";
import { clippedGradient, countsBeyond, scaledGradient, squareSums } from "../../../../lib/optim/clip.js";
import { deviation } from "../../../support/engines.js";
import { gpu } from "../../../support/gpu.js";

const wasm = compute.engines[0];

afterEach(() => void vi.restoreAllMocks());

function network(): Sequential {
  return new Sequential(
    { conv: new Conv2d({ in: 1, out: 3, size: 3 }), flat: new Flatten(), fc: new Linear({ in: 24, out: 3 }) },
    { seed: 2 },
  );
}

const images = new Random(1).normal([4, 1, 4, 6]);
const labels = [0, 1, 2, 1];

describe.skipIf(gpu === undefined)("gradients on the gpu engine", () => {
  /** Numbers of several parts of a sum, the last one short, and everything that is no ordinary number. */
  const x = new Random(3).normal([3, 3001]);
  [0, -0, NaN, Infinity, -Infinity].forEach((value, i) => (x.data[1000 * i] = value));
  const finite = new Random(4).normal([3, 3001]);

  /** Runs on tensors that the device has. */
  function onDevice<T>(xs: readonly Tensor[], run: (engine: Pass["engine"], xs: Tensor[]) => T): T {
    const arena = gpu!.openArena({ lend: true })!;
    try {
      const there = xs.map((one) => arena.engine.of(addForward)([one, zeros(one.shape)]).y);
      return run(arena.engine, there);
    } finally {
      arena.release();
      arena.end();
    }
  }

  it.each<[string, (engine: Pass["engine"] | undefined, x: Tensor) => Tensor]>([
    ["scaled", (engine, x) => (engine?.of(scaledGradient) ?? scaledGradient)(x, { limit: 2, norm: 7 })],
    ["clipped", (engine, x) => (engine?.of(clippedGradient) ?? clippedGradient)(x, { limit: 0.7 })],
    ["of L1", (engine, x) => (engine?.of(penaltyGradient) ?? penaltyGradient)(x, { l1: 0.3 })],
    ["of L2", (engine, x) => (engine?.of(penaltyGradient) ?? penaltyGradient)(x, { l2: 0.2 })],
    ["of both", (engine, x) => (engine?.of(penaltyGradient) ?? penaltyGradient)(x, { l1: 0.3, l2: 0.2 })],
  ])("%s", (name, run) => {
    for (const one of name === "clipped" ? [finite, x] : [finite]) {
      const got = onDevice([one], (engine, [there]) => flat(run(engine, there)).slice());
      const expected = flat(run(undefined, one));
      got.forEach((value, i) => {
        if (Number.isFinite(expected[i])) expect(Math.abs(value - expected[i])).toBeLessThan(1e-6);
        else expect(value).toBe(expected[i]);
      });
    }
  });

  it("are counted and summed where they are, those in JavaScript there, in their order", () => {
    const all = [x, finite, finite, new Random(5).normal([2])];
    const run = (engine: Pass["engine"] | undefined, xs: Tensor[]): number[][] => [
      [...(engine?.of(countsBeyond) ?? countsBeyond)(xs, { limit: 0.5 })],
      [...(engine?.of(squareSums) ?? squareSums)(xs.slice(1))],
    ];
    const read = vi.spyOn(Device.prototype, "read");
    const [counts, sums] = onDevice([all[0], all[2]], (engine, [a, c]) =>
      run(engine, [a, all[1], c, all[3]]),
    );
    expect(read.mock.calls.length).toBe(2);
    const [rightCounts, rightSums] = run(undefined, all);
    expect(counts).toEqual(rightCounts);
    expect(counts[0]).toBeGreaterThan(1000);
    sums.forEach((sum, i) => expect(sum / rightSums[i]).toBeCloseTo(1, 5));
  });

  it.each<[string, (pass: Pass, engine?: Pass["engine"]) => number]>([
    ["clipByNorm", (pass, engine) => clipByNorm(pass.gradients, 0.5, engine)],
    ["clipByNorm, where nothing is to do", (pass, engine) => clipByNorm(pass.gradients, 1000, engine)],
    ["clipByValue", (pass, engine) => clipByValue(pass.gradients, 0.1, engine)],
    ["clipByValue, where nothing is to do", (pass, engine) => clipByValue(pass.gradients, 1000, engine)],
  ])("%s waits once, in a pass that is late, and gives the reference's gradients", (_name, clip) => {
    const gradients = (engine: Engine): { said: number; tensors: Tensor[] } => {
      const [net, loss] = [network(), new SoftmaxCrossEntropy()];
      const pass = new Pass({ engine, training: true, lend: true, late: {} });
      loss.start(net.forward(images, pass), labels, pass);
      net.backward(loss.backward(pass), pass, false);
      const read = vi.spyOn(Device.prototype, "read");
      const said = clip(pass, engine === wasm ? undefined : pass.engine);
      if (engine === gpu) expect(read.mock.calls.length).toBe(1);
      const tensors = Object.values(net.parameters).map((one) => {
        const gradient = pass.gradients.get(one)!;
        return copy(gradient);
      });
      pass.end();
      vi.restoreAllMocks();
      return { said, tensors };
    };
    const [got, expected] = [gpu!, wasm].map(gradients);
    expect(got.said).toBeCloseTo(expected.said, 4);
    got.tensors.forEach((one, i) => expect(deviation(one, expected.tensors[i])).toBeLessThan(1e-5));
  });

  it.each<[string, { clip?: number; penalty?: WeightPenalty }]>([
    ["a penalty", { penalty: new WeightPenalty({ l1: 0.02, l2: 0.1 }) }],
    ["a penalty and a limit of the norm", { penalty: new WeightPenalty({ l2: 0.1 }), clip: 0.3 }],
    ["a limit of the norm that is not reached", { clip: 1000 }],
  ])("a step with %s has WASM's weights and norm, and waits for nothing", (_name, options) => {
    const train = (engine: Engine): { net: Sequential; readings: number; norm: number } => {
      vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
      vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
      const net = network();
      const given = {
        optimizer: new SGD({ lr: 0.1 }),
        loss: new SoftmaxCrossEntropy(),
        random: new Random(3),
        ...options,
      };
      trainStep(net, images, labels, given);
      void trainStep(net, images, labels, given).loss;
      const read = vi.spyOn(Device.prototype, "read");
      const last = trainStep(net, images, labels, given);
      const readings = read.mock.calls.length;
      vi.restoreAllMocks();
      return { net, readings, norm: last.gradientNorm };
    };
    const [got, expected] = [train(gpu!), train(wasm)];
    expect(got.readings).toBe(0);
    expect(got.norm / expected.norm).toBeCloseTo(1, 5);
    for (const [name, { value }] of Object.entries(got.net.parameters)) {
      expect(deviation(value, expected.net.parameters[name].value), name).toBeLessThan(1e-5);
    }
  });
});
