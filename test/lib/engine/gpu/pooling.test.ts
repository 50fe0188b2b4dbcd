/** Pooling on the WebGPU engine: each kind agrees with the reference, forward and backward, for odd windows and layouts of memory. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { flat, full, tensor, type Shape } from "../../../../lib/array/tensor.js";
import { pooling } from "../../../../lib/engine/gpu/pooling.js";
import { reference } from "../../../../lib/engine/reference.js";
import {
  AveragePool1d,
  Decimation2d,
  Flatten,
  GlobalAveragePool,
  Linear,
  LpPool2d,
  Maxout,
  MaxPool1d,
  Reduce,
  Sequential,
  SumPool2d,
} from "../../../../lib/index.js";
import {
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
  decimate1dBackward,
  decimate1dForward,
  decimate2dBackward,
  decimate2dForward,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  lpPool2dBackward,
  lpPool2dForward,
  maxoutBackward,
  maxoutForward,
  maxPool1dBackward,
  maxPool1dForward,
  maxPool2dBackward,
  maxPool2dForward,
  reduceBackward,
  reduceForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../../../../lib/layers/functions.js";
import {
  expectAgreement,
  expectSameError,
  randomTensor,
  Recorded,
  results,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu, readingsOfStep } from "../../../support/gpu.js";

describe.skipIf(gpu === undefined)("pooling on the gpu engine", () => {
  const engine = new Recorded("gpu", gpu!);

  it("takes an upstream gradient of doubles, as the reference does", () => {
    const { cache } = engine.of(maxPool2dForward)(tensor([[[[1, 2, 4, 3]]]]), { size: [1, 2] });
    const { dx } = engine.of(maxPool2dBackward)(tensor([[[[5, 6]]]], "float64"), cache);
    expect([...flat(dx)]).toEqual([0, 5, 6, 0]);
  });

  it.each<[string, Shape, object]>([
    ["tiles", [2, 3, 8, 12], { size: 2 }],
    ["leftovers", [1, 1, 7, 9], { size: 2, round: "floor" }],
    ["overlapping", [3, 2, 9, 9], { size: 3, stride: 2, pad: 1 }],
    ["overhanging", [2, 3, 8, 7], { size: 3, stride: 2, round: "ceil" }],
    ["oblong", [2, 1, 9, 8], { size: [3, 2], stride: [2, 3], round: "floor" }],
    ["dilated", [1, 2, 9, 9], { size: 2, dilation: 2, stride: 1 }],
    ["dilated over padding", [1, 2, 9, 9], { size: 2, dilation: 2, stride: 1, pad: 1 }],
    ["one pixel", [1, 1, 1, 1], { size: 1 }],
  ])("of images: %s", (_name, shape, options) => {
    const random = new Random(1);
    for (const layout of ["dense", "transposed"] as const) {
      const x = randomTensor(random, shape, "float32", layout);
      // Equal numbers, of which the first must win.
      x.data.forEach((value, i) => (x.data[i] = Math.round(2 * value)));
      const window = options as { size: number };
      expectAgreement(engine, (engine) => results(engine, "maxPool2d", { x }, window));
      expectAgreement(engine, (engine) => results(engine, "averagePool2d", { x }, window));
      expectAgreement(engine, (engine) => results(engine, "sumPool2d", { x }, window));
      for (const power of [1, 2, 3.5]) {
        expectAgreement(engine, (engine) => results(engine, "lpPool2d", { x }, { ...window, power }));
      }
    }
  });

  it.each<[string, Shape, object]>([
    ["tiles", [2, 3, 12], { size: 3 }],
    ["overlapping", [3, 2, 19], { size: 4, stride: 3, pad: [1, 2], round: "floor" }],
    ["overhanging", [2, 1, 10], { size: 3, stride: 2, dilation: 2, round: "ceil" }],
  ])("of signals: %s", (_name, shape, options) => {
    const x = new Random(2).normal(shape);
    const window = options as { size: number };
    expectAgreement(engine, (engine) => results(engine, "maxPool1d", { x }, window));
    expectAgreement(engine, (engine) => results(engine, "averagePool1d", { x }, window));
    expectAgreement(engine, (engine) => results(engine, "sumPool1d", { x }, window));
    expectAgreement(engine, (engine) => results(engine, "lpPool1d", { x }, { ...window, power: 2 }));
  });

  it("average pooling that counts the padding", () => {
    const options = { size: 3, stride: 1, pad: { top: 1, left: 2 }, countPadding: true };
    const x = new Random(3).normal([2, 1, 5, 6]);
    expectAgreement(engine, (engine) => results(engine, "averagePool2d", { x }, options));
  });

  it("a NaN in a window, and infinities", () => {
    const x = full([1, 1, 2, 6], 1);
    [x.data[2], x.data[5], x.data[9]] = [NaN, Infinity, -Infinity];
    const [got, expected] = [engine, reference].map((engine) => {
      const most = engine.of(maxPool2dForward)(x, { size: 2 });
      const sum = engine.of(sumPool2dForward)(x, { size: 2 });
      const mean = engine.of(averagePool2dForward)(x, { size: 2 });
      const norm = engine.of(lpPool2dForward)(x, { size: 2, power: 3 });
      const whole = engine.of(globalAveragePoolForward)(x);
      const dx = engine.of(maxPool2dBackward)(full([1, 1, 1, 3], 5), most.cache).dx;
      return [most.y, sum.y, mean.y, norm.y, whole.y, dx].map((one) =>
        [...flat(one)].map((v) => Math.fround(v)),
      );
    });
    got.forEach((values, i) =>
      values.forEach((value, j) =>
        expect(Object.is(value, expected[i][j]) || Math.abs(value - expected[i][j]) < 1e-6, `${value}`).toBe(
          true,
        ),
      ),
    );
  });

  it("Lp pooling of numbers whose powers are no float32 numbers, and of zeros", () => {
    const x = tensor([1e-6, -2e-6, 1e6, 3e6, 0, 0], [1, 1, 6]);
    for (const power of [10, 40]) {
      expectAgreement(engine, (engine) => {
        const { y, dx } = results(engine, "lpPool1d", { x }, { size: 2, power });
        // The windows apart, as their numbers are of different sizes.
        const part = (one: typeof y, from: number, to: number): typeof y =>
          tensor([...flat(one)].slice(from, to));
        return { small: part(y, 0, 1), large: part(y, 1, 2), none: part(y, 2, 3), dx };
      });
    }
  });

  it.each<Shape>([
    [2, 3, 5, 7],
    [1, 1, 1],
    [3, 2, 700],
  ])("global average pooling of %j", (...shape) => {
    const x = randomTensor(new Random(4), shape, "float32", "reversed");
    expectAgreement(engine, (engine) => results(engine, "globalAveragePool", { x }, {}));
  });

  it("decimation", () => {
    const random = new Random(5);
    const [image, signal] = [random.normal([2, 3, 7, 8]), random.normal([2, 1, 9])];
    expectAgreement(engine, (engine) => {
      const two = engine.of(decimate2dForward)(image, [2, 3]);
      const one = engine.of(decimate1dForward)(signal, 4);
      return {
        two: two.y,
        one: one.y,
        dTwo: engine.of(decimate2dBackward)(new Random(6).normal(two.y.shape), two.cache).dx,
        dOne: engine.of(decimate1dBackward)(new Random(6).normal(one.y.shape), one.cache).dx,
      };
    });
  });

  it.each<[Shape, number]>([
    [[2, 6, 3, 5], 3],
    [[3, 4], 2],
    [[1, 5, 7], 1],
  ])("maxout of %j in groups of %i", (shape, group) => {
    const x = randomTensor(new Random(7), shape, "float32", "sliced");
    x.data.forEach((value, i) => (x.data[i] = Math.round(value)));
    expectAgreement(engine, (engine) => {
      const { y, cache } = engine.of(maxoutForward)(x, group);
      return { y, dx: engine.of(maxoutBackward)(new Random(8).normal(y.shape), cache).dx };
    });
  });

  it("a NaN wins its group in maxout", () => {
    const x = tensor([1, NaN, 3, NaN, 2, 2], [1, 6]);
    const { y, cache } = engine.of(maxoutForward)(x, 3);
    expect([...flat(y)]).toEqual([NaN, NaN]);
    expect([...flat(engine.of(maxoutBackward)(tensor([4, 5], [1, 2]), cache).dx)]).toEqual([
      0, 4, 0, 5, 0, 0,
    ]);
  });

  it.each<[Shape, object]>([
    [[2, 3, 4, 5], { axes: [2, 3] }],
    [[2, 3, 4, 5], { axes: 1, keep: true }],
    [[3, 700], { axes: -1 }],
    [[3, 2], { axes: 0 }],
    [[2, 1, 3, 4], { axes: [0, 2], keep: true }],
    [[2, 3, 4], { axes: [0, 2] }],
    [[2, 3], { axes: [0, 1] }],
  ])("reduces %j along %j", (shape, options) => {
    const x = randomTensor(new Random(11), shape, "float32", "transposed");
    // Equal numbers, of which the first must win.
    x.data.forEach((value, i) => (x.data[i] = Math.round(2 * value)));
    for (const kind of ["mean", "sum", "l1", "l2", "max", "min"] as const) {
      expectAgreement(engine, (engine) => {
        const { y, cache } = engine.of(reduceForward)(x, { kind, axes: 0, ...options });
        return { y, dx: engine.of(reduceBackward)(new Random(12).normal(y.shape), cache).dx };
      });
    }
  });

  it("a NaN is the largest and the smallest, and a line of zeros has no norm's gradient", () => {
    const x = full([3, 600], 1);
    [x.data[3], x.data[9], x.data[700]] = [NaN, NaN, NaN];
    x.data.fill(0, 1200);
    for (const kind of ["mean", "l1", "l2", "max", "min"] as const) {
      const [got, expected] = [engine, reference].map((engine) => {
        const { y, cache } = engine.of(reduceForward)(x, { kind, axes: 1 });
        const { dx } = engine.of(reduceBackward)(full([3], 1), cache);
        return [...flat(y), ...flat(dx)].map((v) => v + 0);
      });
      got.forEach((value, i) =>
        expect(Object.is(value, expected[i]) || Math.abs(value - expected[i]) < 1e-6, `${kind} ${i}`).toBe(
          true,
        ),
      );
    }
  });

  it("fails in the reference's words", () => {
    const random = new Random(9);
    const [image, signal] = [random.normal([1, 2, 5, 5]), random.normal([1, 2, 5])];
    expectSameError(engine, (engine) => engine.of(maxPool2dForward)(image, { size: 2 }));
    expectSameError(engine, (engine) => engine.of(maxPool1dForward)(image, { size: 2 }));
    expectSameError(engine, (engine) =>
      engine.of(maxPool1dForward)(signal, { size: 2, dilation: 7, pad: 4, stride: 1 }),
    );
    expectSameError(engine, (engine) =>
      engine.of(averagePool1dForward)(signal, { size: 2, stride: 2, pad: 2 }),
    );
    expectSameError(engine, (engine) => engine.of(lpPool2dForward)(image, { size: 5, power: 0.5 }));
    expectSameError(engine, (engine) => engine.of(sumPool2dForward)(signal as typeof image, { size: 5 }));
    expectSameError(engine, (engine) => engine.of(globalAveragePoolForward)(random.normal([2, 3])));
    expectSameError(engine, (engine) => engine.of(decimate2dForward)(image, 0));
    expectSameError(engine, (engine) => engine.of(maxoutForward)(image, 3));
    expectSameError(engine, (engine) => engine.of(maxoutForward)(image, 0.5));
    expectSameError(engine, (engine) => engine.of(reduceForward)(image, { kind: "sum", axes: 4 }));
    for (const dy of [random.normal([1, 2, 2]), random.normal([1, 2, 1, 1], 0, 1, "float64")]) {
      const window = { size: 5 };
      expectSameError(engine, (engine) => {
        engine.of(sumPool2dBackward)(dy, engine.of(sumPool2dForward)(image, window).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(averagePool2dBackward)(dy, engine.of(averagePool2dForward)(image, window).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(lpPool2dBackward)(dy, engine.of(lpPool2dForward)(image, window).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(globalAveragePoolBackward)(dy, engine.of(globalAveragePoolForward)(image).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(maxoutBackward)(dy, engine.of(maxoutForward)(image, 2).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(reduceBackward)(dy, engine.of(reduceForward)(image, { kind: "max", axes: 1 }).cache);
      });
    }
    expectSameError(engine, (engine) => {
      engine.of(maxPool1dBackward)(signal, engine.of(maxPool1dForward)(signal, { size: 5 }).cache);
    });
  });

  it("reads nothing in a step", () => {
    const images = new Sequential(
      {
        sum: new SumPool2d({ size: 2 }),
        norm: new LpPool2d({ size: 2, stride: 1 }),
        some: new Decimation2d({ step: 2 }),
        maxout: new Maxout({ group: 2 }),
        most: new Reduce({ kind: "max", axes: -1, keep: true }),
        mean: new GlobalAveragePool(),
        fc: new Linear({ in: 2, out: 2 }),
      },
      { seed: 1 },
    );
    const signals = new Sequential(
      {
        most: new MaxPool1d({ size: 2 }),
        mean: new AveragePool1d({ size: 2 }),
        flat: new Flatten(),
        fc: new Linear({ in: 4, out: 2 }),
      },
      { seed: 1 },
    );
    const random = new Random(10);
    expect(readingsOfStep(gpu!, images, random.normal([3, 4, 8, 8]))).toBe(0);
    expect(readingsOfStep(gpu!, signals, random.normal([3, 2, 8]))).toBe(0);
  });

  it("has run every function of its table", () => {
    expect(unaskedOf(engine, pooling)).toEqual([]);
  });
});
