/**
 * A training step lends its optimiser the gradients in the engine's memory instead of making new arrays. The numbers are the
 * same to the last bit, memory comes back, and what users hold (gradients of their own passes, taps, copies) is never
 * touched.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import {
  Adam,
  BatchNorm,
  compute,
  Conv2d,
  copy,
  flat,
  Linear,
  Pass,
  Random,
  ReLU,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  type Parameter,
  type Tensor,
} from "../../../lib/index.js";
import { wasm } from "../../../lib/engine/wasm/engine.js";
import { WeightPenalty } from "../../../lib/losses/penalty.js";
import { linearBackward, linearForward } from "../../../lib/layers/linear.js";
import { gradientNorm, squareSums } from "../../../lib/optim/clip.js";
import { Optimizer } from "../../../lib/optim/optimizer.js";
import { trainStep, type StepOptions } from "../../../lib/train/step.js";

const engine = wasm!;
afterEach(() => void compute.use("wasm"));

const build = (): Sequential =>
  new Sequential(
    {
      conv: new Conv2d({ in: 2, out: 12, size: 3, pad: 1, seed: 1 }),
      norm: new BatchNorm({ size: 12 }),
      relu: new ReLU(),
      fc: new Linear({ in: 12 * 64, out: 40, seed: 2 }),
      relu2: new ReLU(),
      last: new Linear({ in: 40, out: 5, seed: 3 }),
    },
    { input: [2, 8, 8] },
  );
const batch = (size: number, seed: number): { x: Tensor; labels: number[] } => ({
  x: new Random(seed).normal([size, 2, 8, 8]),
  labels: Array.from({ length: size }, (_, i) => (i * 3 + seed) % 5),
});

/** An optimiser that is not lent anything: the library's own, seen as a rule of one's own. */
function unlent<T extends Optimizer>(optimizer: T): T {
  return Object.defineProperty(optimizer, "borrows", { value: false });
}

/** Losses, norms and weights of some steps. */
function train(optimizer: Optimizer, size: number, more: Partial<StepOptions> = {}, steps = 6): number[] {
  const net = build();
  const numbers: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { x, labels } = batch(size, i);
    const options = { optimizer, loss: new SoftmaxCrossEntropy(), random: new Random(1), ...more };
    const { loss, gradientNorm } = trainStep(net, x, labels, options);
    numbers.push(loss, gradientNorm);
  }
  for (const { value } of Object.values(net.parameters)) numbers.push(...flat(value));
  return numbers;
}

describe("a step that lends gradients", () => {
  const rules = {
    SGD: () => new SGD({ lr: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
    Adam: () => new Adam({ lr: 0.01 }),
  };
  const ways: Record<string, Partial<StepOptions>> = {
    plain: {},
    clipped: { clip: 0.5 },
    penalised: { penalty: new WeightPenalty({ l2: 1e-3 }) },
  };
  for (const [rule, make] of Object.entries(rules)) {
    for (const [way, options] of Object.entries(ways)) {
      it.each([1, 7])(`has the same bits, ${rule}, ${way}, batch of %i`, (size) => {
        expect(train(make(), size, options)).toEqual(train(unlent(make()), size, options));
      });
    }
  }

  it("loses no memory, and makes no arrays of the gradients' size", () => {
    const optimizer = new SGD({ lr: 0.01 });
    train(optimizer, 4, {}, 2);
    const used = engine.memoryInUse;
    for (let i = 0; i < 20; i++) {
      train(optimizer, 4, {}, 2);
      expect(engine.memoryInUse).toBe(used);
    }
  });

  it("gives memory back when the loss is not finite, or a rule fails", () => {
    const net = build();
    const { x, labels } = batch(3, 1);
    const options = { loss: new SoftmaxCrossEntropy(), random: new Random(1) };
    class Failing extends SGD {
      protected override update(): void {
        throw new Error("no");
      }
    }
    trainStep(net, x, labels, { ...options, optimizer: new SGD({ lr: 0.1 }) });
    const used = engine.memoryInUse;
    expect(() => trainStep(net, x, labels, { ...options, optimizer: new Failing({ lr: 0.1 }) })).toThrow(
      "no",
    );
    expect(engine.memoryInUse).toBe(used);
  });

  it("lends nothing to a rule of one's own, which may keep what it gets", () => {
    const kept: Tensor[] = [];
    class Mine extends Optimizer {
      protected override update(parameter: Parameter, gradient: Tensor): void {
        kept.push(gradient);
        const [w, g] = [flat(parameter.value), flat(gradient)];
        for (let i = 0; i < w.length; i++) w[i]! -= this.lr * g[i]!;
      }
    }
    train(new Mine({}, 0.1), 5, {}, 1);
    const before = kept.map(copy).map(flat);
    train(new Mine({}, 0.1), 5, {}, 3);
    expect(kept.slice(0, before.length).map(flat)).toEqual(before);
    for (const { data } of kept) expect(data.buffer).toBeInstanceOf(ArrayBuffer);
  });
});

describe("a pass of one's own", () => {
  it("has ordinary gradients, which later steps leave alone, and so have its taps", () => {
    const net = build();
    const { x, labels } = batch(4, 2);
    const seen: Tensor[] = [];
    const pass = new Pass({ training: true, tap: (_path, _phase, tensor) => void seen.push(tensor) });
    const loss = new SoftmaxCrossEntropy();
    loss.forward(net.forward(x, pass), labels, pass);
    net.backward(loss.backward(pass), pass);
    const held = [...pass.gradients.values(), ...seen];
    const before = held.map(copy).map(flat);
    for (const { data } of held) expect(data.buffer).toBeInstanceOf(ArrayBuffer);
    train(new SGD({ lr: 0.1 }), 4, {}, 3);
    engine.poison(666);
    expect(held.map(flat)).toEqual(before);
  });

  it("that lends gradients and is forgotten gives their memory back when it is collected, and so does its network", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = engine.memoryInUse;
    const forget = (): WeakRef<Sequential> => {
      const net = build();
      const pass = new Pass({ training: true, lend: true });
      net.backward(net.forward(batch(4, 2).x, pass), pass);
      expect(engine.memoryInUse).toBeGreaterThan(used);
      return new WeakRef(net);
    };
    const net = forget();
    for (let i = 0; i < 100 && (engine.memoryInUse > used || net.deref()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 5)); // whoever was looked at is kept until then
      collect();
    }
    expect(engine.memoryInUse).toBeLessThanOrEqual(used);
    expect(net.deref()).toBeUndefined();
  });

  it("may lend its gradients too, until its end", () => {
    const net = build();
    const { x, labels } = batch(4, 2);
    const gradients = [false, true].map((lend) => {
      const pass = new Pass({ training: true, lend });
      const loss = new SoftmaxCrossEntropy();
      loss.forward(net.forward(x, pass), labels, pass);
      net.backward(loss.backward(pass), pass);
      const held = [...pass.gradients.values()].map((one) => flat(one).slice());
      expect(gradientNorm(pass.gradients, pass.engine)).toBe(gradientNorm(pass.gradients));
      pass.end();
      if (lend) expect(pass.gradients.size).toBe(0);
      return held;
    });
    expect(gradients[1]).toEqual(gradients[0]);
  });
});

describe("the operations of a step", () => {
  it.each([1, 5, 257, 40_003])(
    "sum %i squares with the bits of the loops, in the engine's memory",
    (size) => {
      const gradient = new Random(size).normal([1, size], 0, 3);
      const layer = new Linear({ in: size, out: 1 });
      const pass = new Pass({ lend: true });
      const net = new Sequential({ layer });
      net.backward(net.forward(gradient, pass), pass);
      for (const one of pass.gradients.values()) {
        expect(one.data.buffer).toBeInstanceOf(SharedArrayBuffer);
        expect(engine.of(squareSums)([one])).toEqual(squareSums([copy(one)]));
      }
      pass.end();
    },
  );

  it.each([
    [1, 1],
    [3, 7],
    [70, 33],
    [129, 500],
  ])("give a single example's weight gradient every product, %i×%i", (out, size) => {
    const [x, dy] = [new Random(1).normal([1, size]), new Random(2).normal([1, out])];
    x.set(0, 0, -0);
    const { cache } = engine.of(linearForward)(x, new Random(3).normal([out, size]), undefined);
    const { dw } = engine.of(linearBackward)(dy, cache);
    const products = flat(dw).map((_, i) => flat(dy)[Math.floor(i / size)]! * flat(x)[i % size]! + 0);
    expect(flat(dw)).toEqual(products);
  });

  it.each([
    [1, 1],
    [8, 4],
    [70, 33],
    [129, 300],
    [17, 9001],
    [4105, 260],
  ])("give a single example the bits that it has in a batch, %i×%i", (out, size) => {
    const random = new Random(out);
    const [x, dy, w, b] = [[2, size], [2, out], [out, size], [out]].map((shape) => random.normal(shape));
    const run = (count: number): Tensor[] => {
      const { y, cache } = engine.of(linearForward)(x.hi(count), w, b);
      const { dx } = engine.of(linearBackward)(dy.hi(count), cache);
      const { y: unbiased } = engine.of(linearForward)(x.hi(count), w, undefined);
      return [y, dx, unbiased].map((one) => one.hi(1));
    };
    const [alone, together] = [run(1), run(2)].map((all) => all.map(flat));
    expect(alone).toEqual(together);
  });
});
