/**
 * The WebGPU engine, on a card in software where there is no other.
 *
 * Each routine means what the reference means: outputs and gradients agree to 1e-5 for odd shapes (1×1, strides, padding on one side,
 * oblong windows, batches of 1 and 3, one channel), and the same call gives the same bits. Free memory is filled with 666.666
 * before a call, so that a number which nobody writes shows.
 *
 * A training step stays on the device: its losses and weights are the WASM engine's to 1e-5, and it waits for
 * nothing. What users hold of a network reads as if it lay in JavaScript, memory goes back, and a lost device takes no weights with it.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { copy, flat, full, zeros, type Shape, type Tensor } from "../../../lib/array/tensor.js";
import { compute } from "../../../lib/engine/compute.js";
import type { Engine } from "../../../lib/engine/engine.js";
import { Device } from "../../../lib/engine/gpu/device.js";
import { elementwise } from "../../../lib/engine/gpu/elementwise.js";
import { Link } from "../../../lib/engine/gpu/link.js";
import { products } from "../../../lib/engine/gpu/products.js";
import { reference } from "../../../lib/engine/reference.js";
import { mapElements, mapGradient, Pointwise } from "../../../lib/layers/activation/pointwise.js";
import {
  Adadelta,
  Adagrad,
  Adam,
  AdamW,
  AveragePool2d,
  BatchNorm,
  batchNormBackward,
  batchNormForward,
  Conv2d,
  conv2dBackward,
  conv2dForward,
  Flatten,
  Linear,
  linearBackward,
  linearForward,
  MaxPool2d,
  Pass,
  ReLU,
  RMSProp,
  reluBackward,
  reluForward,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  trainStep,
  type Optimizer,
} from "../../../lib/index.js";
import { Recorded, deviation, expectAgreement, expectSameError, unaskedOf } from "../../support/engines.js";
import { gpu } from "../../support/gpu.js";

const images = new Random(1).normal([4, 1, 6, 8]);
const labels = [0, 1, 2, 1];

/** A layer that no engine has: a user's own. */
class Halved extends Pointwise<[], { readonly x: Tensor }> {
  constructor() {
    super(
      (x) => ({ y: mapElements(x, (value) => value / 2), cache: { x } }),
      (dy, { x }) => ({ dx: mapGradient("halvedBackward", dy, x, (g) => g / 2) }),
    );
  }
}

/** A ReLU behind a convolution, one behind a batch normalisation, both kinds of pooling, and a layer that the engine has not. */
function network(): Sequential {
  return new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 3, size: 3, pad: 1, bias: false }), // the batch normalisation would take it off
      bn: new BatchNorm({ size: 3 }),
      relu1: new ReLU(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 3, out: 4, size: [2, 3] }),
      relu2: new ReLU(),
      pool2: new AveragePool2d({ size: 2 }),
      halved: new Halved(),
      flat: new Flatten(),
      fc: new Linear({ in: 4, out: 3 }),
    },
    { seed: 2 },
  );
}

const openDevice = async (): Promise<Device> => new Device(await Link.open());

interface Trained {
  readonly net: Sequential;
  readonly losses: number[];
  readonly norms: number[];
}

/** Some steps on an engine. */
function train(engine: Engine, optimizer: Optimizer, steps = 2, net = network()): Trained {
  vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
  const options = { optimizer, loss: new SoftmaxCrossEntropy(), random: new Random(3) };
  const done = Array.from({ length: steps }, () => trainStep(net, images, labels, options));
  return { net, losses: done.map(({ loss }) => loss), norms: done.map(({ gradientNorm }) => gradientNorm) };
}

/** Weights and running statistics by name. */
function numbersOf(net: Sequential): Record<string, Tensor> {
  const weights = Object.entries(net.parameters).map(([name, { value }]) => [name, copy(value)] as const);
  const { mean, variance } = (net.children.bn as BatchNorm).buffers;
  return { ...Object.fromEntries(weights), mean: copy(mean), variance: copy(variance) };
}

function expectClose(got: Trained, expected: Trained): void {
  got.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i], 5));
  got.norms.forEach((norm, i) => expect(norm / expected.norms[i]).toBeCloseTo(1, 5));
  const [numbers, right] = [numbersOf(got.net), numbersOf(expected.net)];
  for (const name of Object.keys(right))
    expect(deviation(numbers[name], right[name]), name).toBeLessThan(1e-5);
}

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("the gpu engine", () => {
  const engine = new Recorded("gpu", gpu!);

  const agree = (run: (engine: Engine) => Record<string, Tensor>): void => expectAgreement(engine, run);

  it.each([
    [1, 1, 1],
    [3, 5, 2],
    [65, 70, 66],
    [600, 9, 10],
  ])("linear: %i examples of %i by %i outputs", (N, D, K) => {
    for (const hasBias of [true, false]) {
      agree((engine) => {
        const random = new Random(3);
        const [x, w, b] = [random.normal([N, D]), random.normal([K, D]), random.normal([K])];
        const { y, cache } = engine.of(linearForward)(x, w, hasBias ? b : undefined);
        const { dx, dw, db } = engine.of(linearBackward)(random.normal([N, K]), cache);
        return { y, dx, dw, ...(db && { db }) };
      });
    }
  });

  it("relu, also of NaN, infinities and zeros", () => {
    agree((engine) => {
      const random = new Random(4);
      const { y, cache } = engine.of(reluForward)(random.normal([3, 5, 7]));
      return { y, ...engine.of(reluBackward)(random.normal([3, 5, 7]), cache) };
    });
    const x = zeros([7]);
    [NaN, Infinity, -Infinity, 0, -0, 3, -3].forEach((value, i) => (x.data[i] = value));
    const dy = full([7], 2);
    const [got, expected] = [engine, reference].map((engine) => {
      const { y, cache } = engine.of(reluForward)(x);
      return [...flat(y), ...flat(engine.of(reluBackward)(dy, cache).dx)].map((v) => v + 0);
    });
    expect(got).toEqual(expected);
  });

  it.each<Shape>([
    [3, 1, 4, 5],
    [1, 5, 3, 3],
    [7, 3],
    [2, 2, 9],
    [3, 2, 20, 20],
  ])("batch normalisation of %i×%i×…, by the batch's statistics and by given ones", (...shape) => {
    for (const isGiven of [false, true]) {
      agree((engine) => {
        const random = new Random(7);
        const C = shape[1];
        const x = random.normal(shape, 3, 2); // a mean that is not 0
        const [gamma, beta] = [random.normal([C]), random.normal([C])];
        const given = { mean: random.normal([C]), variance: random.uniform([C], 0.5, 2) };
        const options = { epsilon: 1e-3, ...(isGiven && { statistics: given }) };
        const { y, statistics, cache } = engine.of(batchNormForward)(x, gamma, beta, options);
        return { y, ...statistics, ...engine.of(batchNormBackward)(random.normal(shape), cache) };
      });
    }
  });

  it("leaves to the next engine what it does not compute: float64, empty batches", () => {
    const random = new Random(8);
    const cases = [
      [random.normal([1, 2, 5, 5], 0, 1, "float64"), random.normal([3, 2, 3, 3], 0, 1, "float64")],
      [zeros([0, 2, 5, 5]), random.normal([3, 2, 3, 3])],
    ] as const;
    for (const [x, w] of cases) {
      agree((engine) => {
        const { y, cache } = engine.of(conv2dForward)(x, w, undefined, {});
        const { dx, dw } = engine.of(conv2dBackward)(new Random(9).normal(y.shape, 0, 1, y.dtype), cache);
        return { y, dx, dw };
      });
    }
  });

  it("has no function whose words for a mistake differ from the reference's", () => {
    const random = new Random(10);
    expectSameError(engine, (engine) =>
      engine.of(linearForward)(random.normal([2, 3]), random.normal([4, 2])),
    );
  });

  it("has run every function of these files, but that of training", () => {
    expect(unaskedOf(engine, [...products, ...elementwise])).toEqual(["followStatistics"]);
  });
});

describe.skipIf(gpu === undefined)("training on the gpu engine", () => {
  const engine = gpu!;
  const wasm = compute.engines[0];

  const optimizers: [string, () => Optimizer][] = [
    ["SGD", () => new SGD({ lr: 0.1, weightDecay: 0.01 })],
    ["SGD with momentum", () => new SGD({ lr: 0.1, momentum: 0.9 })],
    ["SGD with Nesterov's momentum", () => new SGD({ lr: 0.1, momentum: 0.9, nesterov: true })],
    // Where a gradient is as small as ε, the step of Adam and of those below hangs on its rounding.
    ["Adam", () => new Adam({ lr: 0.01, epsilon: 1e-2, weightDecay: 0.01 })],
    ["AdamW", () => new AdamW({ lr: 0.01, epsilon: 1e-2, weightDecay: 0.1 })],
    ["RMSProp", () => new RMSProp({ lr: 0.01, rho: 0.9, epsilon: 1e-2, weightDecay: 0.01 })],
    ["RMSProp with momentum", () => new RMSProp({ lr: 0.01, rho: 0.9, epsilon: 1e-2, momentum: 0.8 })],
    ["Adagrad", () => new Adagrad({ lr: 0.01, epsilon: 1e-2, weightDecay: 0.01 })],
    ["Adadelta", () => new Adadelta({ lr: 0.5, rho: 0.9, epsilon: 1e-3, weightDecay: 0.01 })],
  ];

  it.each(optimizers)("by %s has the losses, norms and weights of WASM", (_name, optimizer) => {
    const first = train(engine, optimizer());
    expectClose(first, train(wasm, optimizer()));
  });

  it("reads for no optimiser's step more than for SGD's", () => {
    const readings = optimizers.map(([, optimizer]) => {
      const [net, one] = [network(), optimizer()];
      train(engine, one, 1, net);
      const read = vi.spyOn(Device.prototype, "read");
      vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
      train(engine, one, 1, net);
      const count = read.mock.calls.length;
      vi.restoreAllMocks();
      return count;
    });
    expect(readings[0]).toBeGreaterThan(0);
    expect(readings).toEqual(readings.map(() => readings[0]));
  });

  it("gives the same bits twice", () => {
    const [first, again] = [1, 2].map(() => train(engine, new SGD({ lr: 0.1, momentum: 0.9 })));
    expect(again.losses).toEqual(first.losses);
    const [one, other] = [numbersOf(first.net), numbersOf(again.net)];
    for (const name of Object.keys(one)) expect(flat(other[name]), name).toEqual(flat(one[name]));
  });

  it("waits for each layer that it has not and for nothing else, and compiles and takes nothing more after the first step", () => {
    const net = network();
    const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
    train(engine, optimizer, 1, net);
    const read = vi.spyOn(Device.prototype, "read");
    const compiled = engine.compiled;
    const inUse = engine.memoryInUse;
    vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
    train(engine, optimizer, 2, net);
    // Two steps: Halved's forward and backward.
    expect(read.mock.calls.length).toBe(2 * 2);
    expect(engine.memoryInUse).toBe(inUse);
    expect(engine.compiled).toBe(compiled);
  });

  it("shows a weight's newest numbers in the tensor that the user has, and takes what is written there", () => {
    const [net, other] = [network(), network()];
    const held = net.parameters["fc.w"].value;
    const before = copy(held);
    train(engine, new SGD({ lr: 0.1 }), 1, net);
    train(wasm, new SGD({ lr: 0.1 }), 1, other);
    expect(flat(held)).not.toEqual(flat(before));
    for (const one of [net, other]) {
      const w = one.parameters["fc.w"].value;
      w.set(0, 1, 5);
      w.data[7] = -3;
    }
    expectClose(train(engine, new SGD({ lr: 0.1 }), 2, net), train(wasm, new SGD({ lr: 0.1 }), 2, other));
  });

  it("gives taps, outputs and a user's own gradients that last", () => {
    const seen = (engine: Engine): Record<string, Tensor> => {
      const found: Record<string, Tensor> = {};
      const tap = (path: string, phase: string, x: Tensor): void => void (found[`${path} ${phase}`] = x);
      const pass = new Pass({ engine, training: true, tap });
      const net = network();
      const loss = new SoftmaxCrossEntropy();
      const y = net.forward(images, pass);
      loss.forward(y, labels, pass);
      net.backward(loss.backward(pass), pass);
      const gradients = Object.entries(net.parameters).map(([name, p]) => [
        `d${name}`,
        pass.gradients.get(p)!,
      ]);
      net.forward(images, new Pass({ engine })); // takes the memory that went back
      return { ...found, y, ...(Object.fromEntries(gradients) as Record<string, Tensor>) };
    };
    const [got, expected] = [seen(engine), seen(wasm)];
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const name of Object.keys(expected)) {
      expect(deviation(got[name], expected[name]), name).toBeLessThan(1e-5);
    }
  });

  it("trains a network with weights that another engine's layer has", () => {
    const mixed = (): Sequential =>
      new Sequential(
        {
          conv: new Conv2d({ in: 1, out: 2, size: 3 }),
          // With a backward of one's own, the reference computes it.
          conv2: new Conv2d({ in: 2, out: 2, size: 3, backward: conv2dBackward }),
          flat: new Flatten(),
          fc: new Linear({ in: 16, out: 3 }),
        },
        { seed: 3 },
      );
    const [got, expected] = [engine, wasm].map((one) => train(one, new SGD({ lr: 0.1 }), 2, mixed()));
    got.norms.forEach((norm, i) => expect(norm / expected.norms[i]).toBeCloseTo(1, 5));
    for (const [name, { value }] of Object.entries(got.net.parameters)) {
      expect(deviation(value, expected.net.parameters[name].value), name).toBeLessThan(1e-5);
    }
  });

  it("evaluates with the running statistics", () => {
    const net = network();
    train(engine, new SGD({ lr: 0.1 }), 2, net);
    const answers = [engine, wasm].map((one) => copy(net.forward(images, new Pass({ engine: one }))));
    expect(deviation(answers[0], answers[1])).toBeLessThan(1e-5);
  });

  it("says in words that a tensor is too large for the card", async () => {
    const device = await openDevice();
    expect(() => device.take(2 ** 33)).toThrow(
      /^the graphics card has no room for 8192\.0 MB \(a block may have [\d.]+ MB; [\d.]+ MB are in use\); use smaller batches, or compute\.use\("wasm"\)\.$/,
    );
    device.destroy();
  });

  it("keeps a block of constants that is in use, however many others there were", async () => {
    const device = await openDevice();
    // A step fetches its own constants, and then the sizes of its routine, which may be new.
    const blocks = Array.from({ length: 5000 }, (_, i) => {
      const block = device.constant(Float32Array.of(0.1, 0.2));
      device.constant(Float32Array.of(i));
      return block;
    });
    expect(new Set(blocks).size).toBe(1);
    expect(device.read([blocks[0]], [2])).toEqual([Float32Array.of(0.1, 0.2)]);
    device.destroy();
  });

  it("loses no weights with the device: the step ends in words, and WASM goes on", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const [net, other] = [network(), network()];
    train(engine, new SGD({ lr: 0.1 }), 2, net);
    const pass = new Pass({ engine });
    const y = net.forward(images, pass); // what is under way is lost
    engine.close();
    expect(() => y.data).toThrow(/^the graphics card's device was lost \(.+\)$/);
    expect(engine.isUsable).toBe(false);
    const expected = train(wasm, new SGD({ lr: 0.1 }), 2, other);
    expectClose(
      train(engine, new SGD({ lr: 0.1 }), 1, net),
      train(wasm, new SGD({ lr: 0.1 }), 1, expected.net),
    );
    expect(warn.mock.calls.length).toBe(1);
    expect(warn.mock.calls[0][0]).toMatch(
      /^compute: the graphics card's device was lost \(.+\); engine wasm computes from here, with the weights of \d+\.\d s before\.$/,
    );
  });
});
