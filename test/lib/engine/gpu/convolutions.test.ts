/** Convolutions on the WebGPU engine: each agrees with the reference, forward and backward, for odd shapes and layouts of memory. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import type { Shape } from "../../../../lib/array/tensor.js";
import { convolutions } from "../../../../lib/engine/gpu/convolutions.js";
import { localConvolutions } from "../../../../lib/engine/gpu/local-convolutions.js";
import {
  Conv1d,
  Conv2d,
  conv2dBackward,
  conv2dForward,
  ConvTranspose1d,
  ConvTranspose2d,
  convTranspose2dBackward,
  convTranspose2dForward,
  depthwiseConv2d,
  Flatten,
  Linear,
  LocalConv2d,
  localConv2dBackward,
  localConv2dForward,
  ReLU,
  Sequential,
} from "../../../../lib/index.js";
import {
  expectAgreement,
  expectSameError,
  randomTensor,
  Recorded,
  results,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu, readingsOfStep } from "../../../support/gpu.js";

describe.skipIf(gpu === undefined)("convolutions on the gpu engine", () => {
  const engine = new Recorded("gpu", gpu!);

  it.each<[string, Shape, Shape, object]>([
    ["a LeNet layer", [3, 1, 12, 12], [8, 1, 5, 5], { pad: 2 }],
    ["3×3, oblong", [2, 5, 9, 13], [7, 5, 3, 3], { pad: 1 }],
    ["1×1", [3, 7, 5, 6], [5, 7, 1, 1], {}],
    ["one pixel", [1, 1, 1, 1], [1, 1, 1, 1], {}],
    [
      "an oblong filter, padded unevenly",
      [2, 3, 9, 7],
      [5, 3, 3, 2],
      { pad: { top: 1, bottom: 2, right: 3 } },
    ],
    ["stride 2", [1, 3, 11, 9], [6, 3, 3, 3], { stride: 2, pad: 1 }],
    ["strides with leftovers", [2, 2, 12, 10], [3, 2, 3, 3], { stride: [3, 2], round: "floor" }],
    ["stride over taps", [1, 2, 9, 9], [3, 2, 1, 1], { stride: 4 }],
    ["dilation", [2, 2, 11, 13], [3, 2, 3, 3], { dilation: [2, 3], pad: { top: 2, left: 3, bottom: 1 } }],
    ["more padding than filter", [1, 2, 4, 4], [3, 2, 2, 2], { pad: 3 }],
    ["more than a tile, in parts", [3, 8, 16, 16], [70, 8, 3, 3], { pad: 1 }],
    [
      "flipped",
      [2, 3, 7, 8],
      [4, 3, 3, 2],
      { flip: true, pad: 1, stride: [2, 1], dilation: [2, 3], round: "floor" },
    ],
    ["groups", [2, 6, 7, 5], [4, 3, 3, 2], { groups: 2, pad: 1 }],
    [
      "groups, flipped",
      [1, 4, 8, 9],
      [6, 2, 3, 3],
      { groups: 2, flip: true, stride: 2, dilation: 2, pad: 2, round: "floor" },
    ],
    ["depthwise", [3, 5, 6, 7], [10, 1, 3, 3], { groups: 5, pad: { top: 1, right: 2 } }],
  ])("conv2d: %s", (_name, x, w, options) => {
    const random = new Random(1);
    const inputs = { x: random.normal(x), w: random.normal(w), b: random.normal([w[0]]) };
    expectAgreement(engine, (engine) => results(engine, "conv2d", inputs, options));
  });

  it.each<[string, Shape, Shape, object]>([
    ["plain", [3, 2, 19], [5, 2, 4], {}],
    ["one sample", [1, 1, 1], [1, 1, 1], {}],
    [
      "stride, dilation and padding",
      [2, 3, 20],
      [4, 3, 3],
      { stride: 3, dilation: 2, pad: [1, 4], round: "floor" },
    ],
    ["flipped", [2, 3, 11], [4, 3, 4], { flip: true, pad: 2 }],
    ["groups", [2, 6, 13], [9, 2, 3], { groups: 3, stride: 2, pad: "same" }],
  ])("conv1d: %s", (_name, x, w, options) => {
    const random = new Random(2);
    const inputs = { x: random.normal(x), w: random.normal(w), b: random.normal([w[0]]) };
    expectAgreement(engine, (engine) => results(engine, "conv1d", inputs, options));
  });

  it.each<[string, Shape, Shape, object]>([
    ["plain", [3, 4, 5, 6], [4, 3, 3, 3], {}],
    ["one pixel", [1, 1, 1, 1], [1, 1, 2, 3], {}],
    ["stride", [2, 3, 4, 5], [3, 2, 3, 2], { stride: [2, 3] }],
    [
      "stride, dilation, padding, and more at the end",
      [1, 2, 4, 3],
      [2, 5, 3, 3],
      { stride: 3, dilation: 2, pad: { top: 1, left: 2 }, extra: [2, 1] },
    ],
    ["groups", [2, 6, 4, 3], [6, 2, 3, 2], { groups: 3, stride: 2, pad: 1 }],
    ["more than a tile, in parts", [3, 70, 12, 12], [70, 8, 3, 3], { pad: 1 }],
  ])("convTranspose2d: %s", (_name, x, w, { groups = 1, ...options }: { groups?: number }) => {
    const random = new Random(3);
    const inputs = { x: random.normal(x), w: random.normal(w), b: random.normal([w[1] * groups]) };
    expectAgreement(engine, (engine) => results(engine, "convTranspose2d", inputs, { groups, ...options }));
  });

  it("convTranspose1d", () => {
    const random = new Random(4);
    const inputs = { x: random.normal([2, 4, 7]), w: random.normal([4, 3, 4]), b: random.normal([3]) };
    expectAgreement(engine, (engine) =>
      results(engine, "convTranspose1d", inputs, { stride: 3, pad: [1, 2], extra: 1 }),
    );
    const grouped = { x: inputs.x, w: inputs.w, b: random.normal([6]) };
    expectAgreement(engine, (engine) =>
      results(engine, "convTranspose1d", grouped, { stride: 2, groups: 2 }),
    );
  });

  it.each([
    ["conv2d", [2, 4, 6, 5], [6, 4, 3, 3], {}],
    ["conv2d", [2, 4, 6, 5], [6, 2, 3, 3], { groups: 2 }],
    ["convTranspose2d", [2, 4, 6, 5], [4, 3, 3, 3], { stride: 2 }],
    ["convTranspose2d", [2, 4, 6, 5], [4, 3, 3, 3], { groups: 2 }],
  ] as const)("%s without a bias, on views", (name, shape, filters, options) => {
    const random = new Random(5);
    const x = randomTensor(random, shape, "float32", "transposed");
    const w = randomTensor(random, filters, "float32", "reversed");
    const [forward, backward] = {
      conv2d: [conv2dForward, conv2dBackward] as const,
      convTranspose2d: [convTranspose2dForward, convTranspose2dBackward] as const,
    }[name];
    expectAgreement(engine, (engine) => {
      const { y, cache } = engine.of(forward)(x, w, undefined, options);
      const dy = randomTensor(new Random(6), y.shape, "float32", "sliced");
      const { dx, dw } = engine.of(backward)(dy, cache);
      return { y, dx, dw };
    });
  });

  it.each<[string, Shape, Shape, object]>([
    ["plain", [3, 2, 5, 6], [4, 3, 5, 2, 3, 2], {}],
    ["one pixel", [1, 1, 1, 1], [1, 1, 1, 1, 1, 1], {}],
    [
      "stride, dilation, padding",
      [2, 3, 9, 8],
      [2, 4, 4, 3, 2, 3],
      { stride: [2, 3], dilation: [3, 1], pad: { top: 1, left: 2, right: 2 } },
    ],
  ])("localConv2d: %s", (_name, x, w, options) => {
    const random = new Random(10);
    const inputs = { x: random.normal(x), w: random.normal(w), b: random.normal(w.slice(0, 3)) };
    expectAgreement(engine, (engine) => results(engine, "localConv2d", inputs, options));
    const views = {
      x: randomTensor(random, x, "float32", "transposed"),
      w: randomTensor(random, w, "float32", "reversed"),
    };
    expectAgreement(engine, (engine) => results(engine, "localConv2d", views, options));
  });

  it("localConv1d", () => {
    const random = new Random(11);
    const inputs = { x: random.normal([3, 2, 9]), w: random.normal([4, 5, 2, 3]), b: random.normal([4, 5]) };
    expectAgreement(engine, (engine) => results(engine, "localConv1d", inputs, { stride: 2, pad: 1 }));
  });

  it("keeps NaN and infinities where they belong", () => {
    const random = new Random(7);
    for (const groups of [1, 2]) {
      const x = random.normal([1, 2, 5, 5]);
      [x.data[12], x.data[30]] = [NaN, Infinity];
      const w = random.normal([2, 2 / groups, 3, 3]);
      const spoiled = (one: typeof engine): string => {
        const { y } = one.of(conv2dForward)(x, w, undefined, { pad: 1, groups });
        return [...y.data].map((v) => (Number.isFinite(v) ? "." : String(v))).join(" ");
      };
      expect(spoiled(engine)).toBe(spoiled(new Recorded("reference", gpu!.next!)));
    }
  });

  it("fails in the reference's words", () => {
    const random = new Random(8);
    const [x, w, b] = [random.normal([1, 4, 7, 7]), random.normal([2, 4, 2, 2]), random.normal([3])];
    const wide = random.normal([1, 2, 6, 6], 0, 1, "float64");
    expectSameError(engine, (engine) => engine.of(conv2dForward)(x, w, undefined, { stride: 2 }));
    expectSameError(engine, (engine) => engine.of(conv2dForward)(x, w, b, {}));
    expectSameError(engine, (engine) => engine.of(conv2dForward)(x, w, undefined, { groups: 2 }));
    expectSameError(engine, (engine) =>
      engine.of(convTranspose2dForward)(x, random.normal([4, 2, 2, 2]), b, {}),
    );
    expectSameError(engine, (engine) => engine.of(convTranspose2dForward)(x, w, undefined, {}));
    expectSameError(engine, (engine) => {
      const { cache } = engine.of(conv2dForward)(x, w, undefined, {});
      engine.of(conv2dBackward)(wide, cache);
    });
    const unshared = random.normal([2, 6, 6, 4, 2, 2]);
    expectSameError(engine, (engine) => engine.of(localConv2dForward)(x, w, undefined, {}));
    expectSameError(engine, (engine) => engine.of(localConv2dForward)(x, unshared, b, {}));
    expectSameError(engine, (engine) => engine.of(localConv2dForward)(x, unshared, undefined, { pad: 1 }));
    for (const dy of [wide, random.normal([1, 2, 7, 6])]) {
      expectSameError(engine, (engine) => {
        engine.of(localConv2dBackward)(dy, engine.of(localConv2dForward)(x, unshared, undefined, {}).cache);
      });
      expectSameError(engine, (engine) => {
        const { cache } = engine.of(convTranspose2dForward)(x, random.normal([4, 2, 2, 2]), undefined, {});
        engine.of(convTranspose2dBackward)(dy, cache);
      });
    }
  });

  it("reads nothing in a step", () => {
    const images = new Sequential(
      {
        depth: depthwiseConv2d({ channels: 2, size: 3, multiplier: 2 }),
        relu: new ReLU(),
        flipped: new Conv2d({ in: 4, out: 2, size: 2, flip: true }),
        larger: new ConvTranspose2d({ in: 2, out: 2, size: 2, stride: 2 }),
        unshared: new LocalConv2d({ in: 2, out: 2, size: 1, image: 6 }),
        flat: new Flatten(),
        fc: new Linear({ in: 72, out: 2 }),
      },
      { seed: 1 },
    );
    const signals = new Sequential(
      {
        conv: new Conv1d({ in: 2, out: 3, size: 3 }),
        relu: new ReLU(),
        larger: new ConvTranspose1d({ in: 3, out: 2, size: 2, stride: 2 }),
        flat: new Flatten(),
        fc: new Linear({ in: 24, out: 2 }),
      },
      { seed: 1 },
    );
    const random = new Random(9);
    expect(readingsOfStep(gpu!, images, random.normal([3, 2, 6, 6]))).toBe(0);
    expect(readingsOfStep(gpu!, signals, random.normal([3, 2, 8]))).toBe(0);
  });

  it("has run every function of these tables", () => {
    expect(unaskedOf(engine, [...convolutions, ...localConvolutions])).toEqual([]);
  });
});
