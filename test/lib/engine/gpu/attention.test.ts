/**
 * Attention on the WebGPU engine: products of computed matrices, dot-product attention and the places' encoding mean what the
 * reference means, and self-attention of several heads trains without a reading more than any network's step has.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { zeros, type Shape, type Tensor } from "../../../../lib/array/tensor.js";
import { compute } from "../../../../lib/engine/compute.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { attention } from "../../../../lib/engine/gpu/attention.js";
import {
  Flatten,
  Linear,
  PositionalEncoding,
  Residual,
  SelfAttention,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  trainStep,
} from "../../../../lib/index.js";
import {
  dotProductAttentionBackward,
  dotProductAttentionForward,
  matrixProductBackward,
  matrixProductForward,
  positionalEncodingBackward,
  positionalEncodingForward,
} from "../../../../lib/layers/functions.js";
import {
  Recorded,
  deviation,
  expectAgreement,
  expectSameError,
  laidOut,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu, readingsOfStep } from "../../../support/gpu.js";

const engine = new Recorded("gpu", gpu!);
const layouts = ["dense", "transposed", "reversed"] as const;

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("attention on the gpu engine", () => {
  const agree = (run: (engine: Engine) => Record<string, Tensor>): void => expectAgreement(engine, run);

  it.each<[Shape, Shape, Shape]>([
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    [
      [5, 3],
      [7, 3],
      [7, 4],
    ],
    [
      [2, 3, 5, 4],
      [2, 3, 6, 4],
      [2, 3, 6, 3],
    ],
    [
      [2, 40, 9],
      [2, 33, 9],
      [2, 33, 8],
    ],
  ])("of queries %j, keys %j and values %j", (q, k, v) => {
    for (const layout of layouts) {
      agree((engine) => {
        const random = new Random(1);
        const [Q, K, V] = [q, k, v].map((shape) => laidOut(random.normal(shape), layout));
        const { y, cache } = engine.of(dotProductAttentionForward)(Q, K, V);
        const dy = laidOut(random.normal(y.shape), layout);
        return { y, ...engine.of(dotProductAttentionBackward)(dy, cache) };
      });
    }
  });

  it.each<[string, Shape, Shape]>([
    ["of one", [3, 5], [5, 4]],
    ["of many", [2, 3, 4, 1], [2, 3, 1, 6]],
    ["of numbers", [4, 1, 1], [4, 1, 1]],
    ["that are repeated", [3, 2, 4], [4, 5]],
  ])("matrix products %s", (_name, a, b) => {
    for (const layout of layouts) {
      agree((engine) => {
        const random = new Random(2);
        const [A, B] = [a, b].map((shape) => laidOut(random.normal(shape), layout));
        const { y, cache } = engine.of(matrixProductForward)(A, B);
        return { y, ...engine.of(matrixProductBackward)(laidOut(random.normal(y.shape), layout), cache) };
      });
    }
  });

  it.each<[Shape, object | undefined]>([
    [[3, 6, 5], undefined],
    [[2, 8, 3, 5], { base: 100 }],
  ])("the encoding of places of %j", (shape, options) => {
    agree((engine) => {
      const random = new Random(3);
      const { y, cache } = engine.of(positionalEncodingForward)(random.normal(shape), options);
      return { y, ...engine.of(positionalEncodingBackward)(random.normal(shape), cache) };
    });
  });

  it("says the reference's words", () => {
    const [x, wide] = [zeros([2, 3, 4]), zeros([2, 3, 4], "float64")];
    const cases: ((engine: Engine) => unknown)[] = [
      (engine) => engine.of(dotProductAttentionForward)(x, x, zeros([2, 4, 4])),
      (engine) => engine.of(dotProductAttentionForward)(x, wide, x),
      (engine) =>
        engine.of(dotProductAttentionBackward)(
          zeros([2, 3]),
          engine.of(dotProductAttentionForward)(x, x, x).cache,
        ),
      (engine) => engine.of(matrixProductForward)(x, x),
      (engine) => engine.of(matrixProductForward)(x, zeros([4])),
      (engine) => engine.of(matrixProductForward)(zeros([4]), x),
      (engine) => engine.of(matrixProductForward)(x, zeros([2, 4, 4], "float64")),
      (engine) =>
        engine.of(matrixProductBackward)(x, engine.of(matrixProductForward)(x, zeros([2, 4, 1])).cache),
      (engine) => engine.of(positionalEncodingForward)(x),
      (engine) => engine.of(positionalEncodingForward)(zeros([1, 2, 5]), { base: 1 }),
      (engine) =>
        engine.of(positionalEncodingBackward)(
          x,
          engine.of(positionalEncodingForward)(zeros([1, 2, 5])).cache,
        ),
    ];
    for (const run of cases) expectSameError(engine, run);
  });

  it("was the last: every function of attention.ts has run", () => {
    expect(unaskedOf(engine, attention)).toEqual([]);
  });
});

describe.skipIf(gpu === undefined)("self-attention on the gpu engine", () => {
  const network = (): Sequential =>
    new Sequential(
      {
        places: new PositionalEncoding({ base: 20 }),
        block: new Residual({ attend: new SelfAttention({ in: 4, width: 6, heads: 2 }) }),
        flat: new Flatten(),
        fc: new Linear({ in: 4 * 3 * 5, out: 3 }),
      },
      { seed: 2 },
    );
  const plain = (): Sequential =>
    new Sequential({ flat: new Flatten(), fc: new Linear({ in: 4 * 3 * 5, out: 3 }) }, { seed: 2 });

  it("has WASM's losses and weights, and reads no more than a network without it", () => {
    const images = new Random(1).normal([3, 4, 3, 5]);
    const trained = (net: Sequential, engine: Engine): number[] => {
      vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
      const options = {
        optimizer: new SGD({ lr: 0.02 }),
        loss: new SoftmaxCrossEntropy(),
        random: new Random(3),
      };
      return [1, 2, 3].map(() => trainStep(net, images, [0, 1, 2], options).loss);
    };
    const [got, expected] = [network(), network()];
    const [on, off] = [trained(got, gpu!), trained(expected, compute.engines[0])];
    on.forEach((loss, i) => expect(loss / off[i]).toBeCloseTo(1, 5));
    for (const [name, { value }] of Object.entries(got.parameters)) {
      if (name.endsWith("key.b")) continue; // the softmax takes it off
      expect(deviation(value, expected.parameters[name].value), name).toBeLessThan(1e-5);
    }
    expect(readingsOfStep(gpu!, network(), images)).toBe(readingsOfStep(gpu!, plain(), images));
  });
});
