/**
 * Branches that meet on the WebGPU engine: sums, products, concatenations, masks, and gradients of what is read or used twice.
 * They mean what the reference means, and a network made of them trains without a reading more than any step has.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { copy, flat, tensor, zeros, type Shape, type Tensor } from "../../../../lib/array/tensor.js";
import { compute } from "../../../../lib/engine/compute.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { Device } from "../../../../lib/engine/gpu/device.js";
import { joins } from "../../../../lib/engine/gpu/joins.js";
import { reference } from "../../../../lib/engine/reference.js";
import {
  BatchNorm,
  Conv2d,
  Dropout,
  Flatten,
  Graph,
  Linear,
  Parallel,
  Pass,
  ReLU,
  Residual,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  SpatialDropout,
  trainStep,
} from "../../../../lib/index.js";
import {
  addBackward,
  addForward,
  concatBackward,
  concatForward,
  divideBackward,
  divideForward,
  dropoutBackward,
  dropoutForward,
  dropoutMask,
  maximumBackward,
  maximumForward,
  minimumBackward,
  minimumForward,
  multiplyBackward,
  multiplyForward,
  subtractBackward,
  subtractForward,
} from "../../../../lib/layers/functions.js";
import { sumOfReaders, sumOfUses } from "../../../../lib/layers/gradient-sums.js";
import { resNet } from "../../../../lib/models/resnet.js";
import { Add, Multiply, Subtract } from "../../../../lib/net/merge.js";
import {
  Recorded,
  deviation,
  expectAgreement,
  expectSameError,
  randomTensor,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu, readingsOfStep } from "../../../support/gpu.js";

const engine = new Recorded("gpu", gpu!);

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("branches on the gpu engine", () => {
  const agree = (run: (engine: Engine) => Record<string, Tensor>): void => expectAgreement(engine, run);
  const shapes: Shape[] = [[1], [3, 5, 7], [2, 3, 4, 5], [70, 3]];

  it("the larger and the smaller of equal numbers and NaN", () => {
    const [a, b] = [tensor([1, 2, NaN, 3, NaN]), tensor([1, 3, 2, NaN, NaN])];
    const [got, expected] = [engine, reference].map((engine) => {
      const [most, least] = [engine.of(maximumForward)(a, b), engine.of(minimumForward)(a, b)];
      const dy = tensor([8, 8, 8, 8, 8]);
      const [dMost, dLeast] = [
        engine.of(maximumBackward)(dy, most.cache),
        engine.of(minimumBackward)(dy, least.cache),
      ];
      return [most.y, least.y, dMost.da, dMost.db, dLeast.da, dLeast.db].map((one) => [...flat(one)]);
    });
    expect(got).toEqual(expected);
  });

  it.each([1, 2, 3, 4])("sums of %i tensors", (count) => {
    for (const shape of shapes) {
      agree((engine) => {
        const random = new Random(1);
        const xs = Array.from({ length: count }, () => random.normal(shape));
        const { y, cache } = engine.of(addForward)(xs);
        const { dxs } = engine.of(addBackward)(random.normal(shape), cache);
        return { y, ...Object.fromEntries(dxs.map((dx, k) => [`dx${k}`, dx])) };
      });
    }
  });

  /** Of two tensors; which cache goes from the one function to the other is the engine's business. */
  interface Pair {
    readonly forward: (a: Tensor, b: Tensor) => { y: Tensor; cache: object };
    readonly backward: (dy: Tensor, cache: never) => { da: Tensor; db: Tensor };
  }

  it.each<[string, Pair]>([
    ["differences", { forward: subtractForward, backward: subtractBackward }],
    ["products", { forward: multiplyForward, backward: multiplyBackward }],
    ["quotients", { forward: divideForward, backward: divideBackward }],
    ["the larger ones", { forward: maximumForward, backward: maximumBackward }],
    ["the smaller ones", { forward: minimumForward, backward: minimumBackward }],
  ])("%s", (_name, { forward, backward }) => {
    for (const shape of shapes) {
      agree((engine) => {
        const random = new Random(2);
        const { y, cache } = engine.of(forward)(random.normal(shape), random.uniform(shape, 0.5, 2));
        return {
          y,
          ...engine.of(backward as (dy: Tensor, cache: object) => { da: Tensor; db: Tensor })(
            random.normal(shape),
            cache,
          ),
        };
      });
    }
  });

  it.each<[string, Shape[]]>([
    ["of one", [[3, 2, 5]]],
    [
      "of images",
      [
        [2, 3, 4, 5],
        [2, 1, 4, 5],
        [2, 4, 4, 5],
      ],
    ],
    [
      "of rows",
      [
        [7, 1],
        [7, 12],
      ],
    ],
    [
      "of one example",
      [
        [1, 2, 3, 1],
        [1, 5, 3, 1],
      ],
    ],
  ])("concatenations %s", (_name, parts) => {
    agree((engine) => {
      const random = new Random(3);
      const { y, cache } = engine.of(concatForward)(parts.map((shape) => random.normal(shape)));
      const { dxs } = engine.of(concatBackward)(random.normal(y.shape), cache);
      return { y, ...Object.fromEntries(dxs.map((dx, k) => [`dx${k}`, dx])) };
    });
  });

  it.each<[Shape, Shape]>([
    [
      [3, 5],
      [3, 5],
    ],
    [
      [3, 4, 5, 2],
      [3, 4],
    ],
    [[2, 3, 7], [2]],
  ])("dropout of %j by a mask of %j", (shape, of) => {
    agree((engine) => {
      const random = new Random(4);
      const mask = dropoutMask(of, 0.4, random);
      const { y, cache } = engine.of(dropoutForward)(random.normal(shape), mask);
      return { y, ...engine.of(dropoutBackward)(random.normal(shape), cache) };
    });
  });

  it("takes views, and leaves float64 and empty tensors to the next engine", () => {
    for (const layout of ["transposed", "sliced", "reversed"] as const) {
      agree((engine) => {
        const random = new Random(5);
        const draw = (): Tensor => randomTensor(random, [3, 4, 5], "float32", layout);
        const sum = engine.of(addForward)([draw(), draw()]);
        const difference = engine.of(subtractForward)(draw(), draw());
        const joined = engine.of(concatForward)([draw(), draw()]);
        const { dxs } = engine.of(addBackward)(draw(), sum.cache);
        const { da, db } = engine.of(subtractBackward)(draw(), difference.cache);
        return { sum: sum.y, difference: difference.y, joined: joined.y, dx: dxs[1], da, db };
      });
    }
    for (const [shape, dtype] of [
      [[2, 3], "float64"],
      [[0, 3], "float32"],
    ] as const) {
      agree((engine) => {
        const x = new Random(6).normal(shape, 0, 1, dtype);
        const { y, cache } = engine.of(addForward)([x, x]);
        const product = engine.of(multiplyForward)(x, x);
        return { y, dx: engine.of(addBackward)(y, cache).dxs[0], product: product.y };
      });
    }
  });

  it("says the reference's words", () => {
    const [a, b, wide] = [zeros([2, 3]), zeros([3, 2]), zeros([2, 3], "float64")];
    const cases: ((engine: Engine) => unknown)[] = [
      (engine) => engine.of(addForward)([a, b]),
      (engine) => engine.of(addForward)([a, wide]),
      (engine) => engine.of(addForward)([]),
      (engine) => engine.of(addBackward)(b, engine.of(addForward)([a, a]).cache),
      (engine) => engine.of(addBackward)(wide, engine.of(addForward)([a, a]).cache),
      (engine) => engine.of(subtractForward)(a, b),
      (engine) => engine.of(subtractBackward)(b, engine.of(subtractForward)(a, a).cache),
      (engine) => engine.of(multiplyForward)(a, wide),
      (engine) => engine.of(multiplyBackward)(b, engine.of(multiplyForward)(a, a).cache),
      (engine) => engine.of(divideForward)(a, b),
      (engine) => engine.of(divideBackward)(wide, engine.of(divideForward)(a, a).cache),
      (engine) => engine.of(maximumForward)(a, b),
      (engine) => engine.of(minimumBackward)(wide, engine.of(minimumForward)(a, a).cache),
      (engine) => engine.of(concatForward)([]),
      (engine) => engine.of(concatForward)([zeros([2, 3, 1]), zeros([2, 3, 2])]),
      (engine) => engine.of(concatForward)([a, zeros([4, 3])]),
      (engine) => engine.of(concatBackward)(a, engine.of(concatForward)([a, a]).cache),
      (engine) => engine.of(dropoutForward)(a, b),
      (engine) => engine.of(dropoutForward)(a, wide),
      (engine) => engine.of(dropoutBackward)(b, engine.of(dropoutForward)(a, a).cache),
    ];
    for (const run of cases) expectSameError(engine, run);
  });
});

/** Branches that are added and joined, a shortcut past them, a gate, and both kinds of dropout. */
function network(): Sequential {
  const conv = (from: number, to: number): Conv2d =>
    new Conv2d({ in: from, out: to, size: 3, pad: 1, bias: false });
  const twice = conv(3, 3);
  return new Sequential(
    {
      conv: conv(1, 3),
      block: new Residual({
        conv1: conv(3, 3),

        bn: new BatchNorm({ size: 3 }),
        relu: new ReLU(),
        conv2: conv(3, 3),
      }),
      relu: new ReLU(),
      inception: new Parallel({
        one: conv(3, 2),
        three: new Sequential({ conv: conv(3, 1), drop: new Dropout() }),
      }),
      again: new Sequential({ first: twice, relu: new ReLU(), second: twice }),
      normal: new BatchNorm({ size: 3 }),
      maps: new SpatialDropout({ rate: 0.3 }),
      gate: new Graph({
        a: { layer: conv(3, 2), from: "input" },
        b: { layer: conv(3, 2), from: "input" },
        product: { layer: new Multiply(), from: ["a", "b"] },
        less: { layer: new Subtract(), from: ["product", "a"] },
        sum: { layer: new Add(), from: ["product", "less", "b"] },
      }),
      flat: new Flatten(),
      fc: new Linear({ in: 2 * 5 * 4, out: 3 }),
    },
    { seed: 2 },
  );
}

describe.skipIf(gpu === undefined)("a network of branches on the gpu engine", () => {
  const wasm = compute.engines[0];
  const images = new Random(1).normal([3, 1, 5, 4]);

  function train(engine: Engine, net: Sequential, steps: number): number[] {
    vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
    const options = {
      optimizer: new SGD({ lr: 0.01, momentum: 0.9 }),
      loss: new SoftmaxCrossEntropy(),
      random: new Random(3),
    };
    return Array.from({ length: steps }, () => trainStep(net, images, [0, 1, 2], options).loss);
  }

  it("has WASM's losses and weights, with the same numbers dropped", () => {
    const [got, expected] = [network(), network()];
    const right = train(wasm, expected, 3);

    const losses = train(gpu!, got, 3);
    losses.forEach((loss, i) => expect(loss / right[i]).toBeCloseTo(1, 5));
    for (const [name, { value }] of Object.entries(got.parameters)) {
      expect(deviation(value, expected.parameters[name].value), name).toBeLessThan(1e-5);
    }
  });

  it("waits for nothing in a step, and takes nothing more after the first step", () => {
    const net = network();
    const options = {
      optimizer: new SGD({ lr: 0.01 }),
      loss: new SoftmaxCrossEntropy(),
      random: new Random(3),
    };
    vi.spyOn(compute, "engine", "get").mockReturnValue(gpu!);
    const step = (): unknown => trainStep(net, images, [0, 1, 2], options);
    step();
    const inUse = gpu!.memoryInUse;
    const read = vi.spyOn(Device.prototype, "read");
    vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
    step();
    step();
    expect(read.mock.calls.length).toBe(0);
    expect(gpu!.memoryInUse).toBe(inUse);
  });

  it("trains resNet() with WASM's losses and without a reading more than a row of numbers has", () => {
    const small = (): Sequential => resNet({ depth: 8, width: 3, classes: 3, input: [1, 5, 4] });
    const [losses, right] = [train(gpu!, small(), 3), train(wasm, small(), 3)];
    losses.forEach((loss, i) => expect(loss / right[i]).toBeCloseTo(1, 5));
    const plain = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 20, out: 3 }) });
    expect(readingsOfStep(gpu!, small(), images)).toBe(readingsOfStep(gpu!, plain, images));
  });

  it("gives gradients that last to whoever does not borrow them, of weights that are used twice too", () => {
    const gradientsOf = (engine: Engine): Map<string, Tensor> => {
      const net = network();
      const loss = new SoftmaxCrossEntropy();
      const pass = new Pass({ engine, training: true, random: new Random(4) });
      loss.forward(net.forward(images, pass), [0, 1, 2], pass);
      net.backward(loss.backward(pass), pass);
      net.forward(images, new Pass({ engine })); // takes the memory that went back
      return new Map(
        Object.entries(net.parameters).map(([name, one]) => [name, copy(pass.gradients.get(one)!)]),
      );
    };
    const [got, expected] = [gpu!, wasm].map(gradientsOf);
    for (const [name, gradient] of expected) {
      expect(deviation(got.get(name)!, gradient), name).toBeLessThan(1e-5);
    }
  });

  it("adds gradients that are in JavaScript there, to the same bits", () => {
    const written = vi.spyOn(Device.prototype, "write");
    const [a, b] = [new Random(7).normal([5, 3]), new Random(8).normal([5, 3])];
    for (const one of [sumOfReaders, sumOfUses]) {
      expect(flat(engine.of(one)(a, b))).toEqual(flat(reference.of(one)(a, b)));
    }
    expect(written.mock.calls.length).toBe(0);
  });

  it("was the last: every function of joins.ts has run", () => {
    expect(unaskedOf(engine, joins)).toEqual([]);
  });
});
