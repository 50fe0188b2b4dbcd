/**
 * Activations on the WebGPU engine: each agrees with the reference, forward and backward. Beside random numbers, of which the
 * largest decide, some chosen ones are compared one by one: tiny ones, that differences would swallow, large ones, that overflow an
 * exponential, infinities and NaN.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { flat, full, tensor, type Shape, type Tensor } from "../../../../lib/array/tensor.js";
import { pointwise } from "../../../../lib/engine/gpu/pointwise.js";
import { reference } from "../../../../lib/engine/reference.js";
import {
  absoluteBackward,
  absoluteForward,
  clipBackward,
  clipForward,
  cosineBackward,
  cosineForward,
  eluBackward,
  eluForward,
  errorFunctionBackward,
  errorFunctionForward,
  exponentialBackward,
  exponentialForward,
  geluBackward,
  geluForward,
  hardSigmoidBackward,
  hardSigmoidForward,
  hardSwishBackward,
  hardSwishForward,
  leakyReluBackward,
  leakyReluForward,
  logarithmBackward,
  logarithmForward,
  logSoftmaxBackward,
  logSoftmaxForward,
  powerBackward,
  powerForward,
  preluBackward,
  preluForward,
  sigmoidBackward,
  sigmoidForward,
  signumBackward,
  signumForward,
  sineBackward,
  sineForward,
  softmaxBackward,
  softmaxForward,
  softplusBackward,
  softplusForward,
  softsignBackward,
  softsignForward,
  tanhBackward,
  tanhForward,
  unitStepBackward,
  unitStepForward,
} from "../../../../lib/layers/functions.js";
import {
  ELU,
  Flatten,
  GELU,
  Linear,
  LogSoftmax,
  PReLU,
  Sequential,
  Softmax,
  Tanh,
} from "../../../../lib/index.js";
import {
  expectAgreement,
  expectSameError,
  randomTensor,
  Recorded,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu, readingsOfStep } from "../../../support/gpu.js";

type Forward = (x: Tensor, options: object) => { y: Tensor; cache: object };
type Backward = (dy: Tensor, cache: object) => { dx: Tensor };

/** The functions' types differ in their options and caches, which these tests only hand on. */
function pair(
  forward: (...args: never[]) => unknown,
  backward: (...args: never[]) => unknown,
): [Forward, Backward] {
  return [forward as unknown as Forward, backward as unknown as Backward];
}

const cases: [name: string, functions: [Forward, Backward], options?: object][] = [
  ["absolute", pair(absoluteForward, absoluteBackward)],
  ["clip", pair(clipForward, clipBackward), { min: -0.5, max: 1 }],
  ["clip from below", pair(clipForward, clipBackward), { min: -0.5 }],
  ["cosine", pair(cosineForward, cosineBackward)],
  ["ELU", pair(eluForward, eluBackward), { alpha: 0.7 }],
  ["error function", pair(errorFunctionForward, errorFunctionBackward)],
  ["exponential", pair(exponentialForward, exponentialBackward)],
  ["GELU", pair(geluForward, geluBackward)],
  ["GELU by tanh", pair(geluForward, geluBackward), { form: "tanh" }],
  ["hard sigmoid", pair(hardSigmoidForward, hardSigmoidBackward)],
  ["hard swish", pair(hardSwishForward, hardSwishBackward)],
  ["leaky ReLU", pair(leakyReluForward, leakyReluBackward), { slope: 0.2 }],
  ["logarithm", pair(logarithmForward, logarithmBackward)],
  ["square", pair(powerForward, powerBackward), { exponent: 2 }],
  ["cube", pair(powerForward, powerBackward), { exponent: 3 }],
  ["root", pair(powerForward, powerBackward), { exponent: 0.5 }],
  ["reciprocal", pair(powerForward, powerBackward), { exponent: -1 }],
  ["power −2", pair(powerForward, powerBackward), { exponent: -2 }],
  ["power 1.7", pair(powerForward, powerBackward), { exponent: 1.7 }],
  ["power 0, of the next engine", pair(powerForward, powerBackward), { exponent: 0 }],
  ["sigmoid", pair(sigmoidForward, sigmoidBackward)],
  ["signum", pair(signumForward, signumBackward)],
  ["sine", pair(sineForward, sineBackward)],
  ["softplus", pair(softplusForward, softplusBackward), { sharpness: 3 }],
  ["softsign", pair(softsignForward, softsignBackward)],
  ["tanh", pair(tanhForward, tanhBackward)],
  ["LeCun's tanh", pair(tanhForward, tanhBackward), { amplitude: 1.7159, rate: 2 / 3 }],
  ["unit step", pair(unitStepForward, unitStepBackward)],
];

/** Those whose numbers must be positive. */
const positive = new Set(["logarithm", "root", "power 1.7"]);

describe.skipIf(gpu === undefined)("activations on the gpu engine", () => {
  const engine = new Recorded("gpu", gpu!);

  it.each(cases)("%s, of random numbers and of a view", (name, [forward, backward], options = {}) => {
    const random = new Random(1);
    for (const layout of ["dense", "transposed", "reversed"] as const) {
      const x = randomTensor(random, [3, 5, 7], "float32", layout);
      // Nothing at the point where a reciprocal is infinite: one number would decide.
      x.data.forEach(
        (v, i) => (x.data[i] = positive.has(name) ? Math.abs(v) + 0.1 : v + (v < 0 ? -0.1 : 0.1)),
      );
      const dy = randomTensor(random, [3, 5, 7], "float32", layout === "dense" ? "dense" : "sliced");
      expectAgreement(engine, (engine) => {
        const { y, cache } = engine.of(forward)(x, options);
        return { y, dx: engine.of(backward)(dy, cache).dx };
      });
    }
  });

  it.each(cases)("%s, of chosen numbers one by one", (_name, [forward, backward], options = {}) => {
    const numbers = [
      0, -0, 1e-6, -1e-6, 1e-3, -1e-3, 0.3, -0.3, 1, -1, 3.3, -3.3, 20, -20, 80, -80, 300, -300,
    ];
    const x = tensor([...numbers, Infinity, -Infinity, NaN], [numbers.length + 3]);
    const dy = full(x.shape, 0.5);
    const [got, expected] = [engine, reference].map((engine) => {
      const { y, cache } = engine.of(forward)(x, options);
      return [...flat(y), ...flat(engine.of(backward)(dy, cache).dx)];
    });
    got.forEach((value, i) => {
      const right = expected[i];
      // A squashed number has the digits of 1.
      const slack = Math.abs(x.data[i % x.size]) < 1 ? 1e-12 : 1e-7;
      const isNear = Math.abs(value - right) <= 1e-5 * Math.abs(right) + slack;
      const what = `${i < x.size ? "y" : "dx"} at ${x.data[i % x.size]}: ${value}, expected ${right}`;
      expect(Object.is(value, right) || value === right || isNear, what).toBe(true);
    });
  });

  it("the sine and the cosine of some thousands of turns", () => {
    const x = new Random(2).uniform([500], -1e4, 1e4);
    for (const [forward, backward] of [
      pair(sineForward, sineBackward),
      pair(cosineForward, cosineBackward),
    ]) {
      expectAgreement(engine, (engine) => {
        const { y, cache } = engine.of(forward)(x, {});
        return { y, dx: engine.of(backward)(full([500], 1), cache).dx };
      });
    }
  });

  it.each<[string, Shape, number]>([
    ["a slope a channel", [3, 4, 5, 6], 4],
    ["a slope a feature", [7, 3], 3],
    ["one slope", [3, 4, 700], 1],
    ["one slope of a row", [9], 1],
  ])("PReLU with %s", (_name, shape, slopes) => {
    const random = new Random(3);
    const [x, a, dy] = [random.normal(shape), random.normal([slopes]), random.normal(shape)];
    x.data[0] = 0;
    expectAgreement(engine, (engine) => {
      const { y, cache } = engine.of(preluForward)(x, a);
      return { y, ...engine.of(preluBackward)(dy, cache) };
    });
  });

  it("PReLU of NaN", () => {
    const [x, a] = [tensor([NaN, -1, 2], [1, 3]), tensor([0.5])];
    const [got, expected] = [engine, reference].map((engine) => {
      const { y, cache } = engine.of(preluForward)(x, a);
      const { dx, da } = engine.of(preluBackward)(full([1, 3], 4), cache);
      return [y, dx, da].flatMap((one) => [...flat(one)]);
    });
    expect(got).toEqual(expected);
  });

  it.each<[Shape, number]>([
    [[3, 5], 1],
    [[4, 1], 1],
    [[2, 7, 3, 4], 1],
    [[2, 3, 4, 11], -1],
    [[6, 2], 0],
    [[2, 1000], 1],
  ])("softmax and its logarithm of %j along axis %i", (shape, axis) => {
    const random = new Random(4);
    const [x, dy] = [random.normal(shape), random.normal(shape)];
    expectAgreement(engine, (engine) => {
      const p = engine.of(softmaxForward)(x, { axis });
      const l = engine.of(logSoftmaxForward)(x, { axis });
      const dp = engine.of(softmaxBackward)(dy, p.cache).dx;
      return { p: p.y, l: l.y, dp, dl: engine.of(logSoftmaxBackward)(dy, l.cache).dx };
    });
  });

  it("softmax of numbers whose exponentials are no floats", () => {
    const x = tensor([1000, 999, -1000, -1001, -1000, 1000], [3, 2]);
    expectAgreement(engine, (engine) => ({
      p: engine.of(softmaxForward)(x).y,
      l: engine.of(logSoftmaxForward)(x).y,
    }));
  });

  it("softmax makes NaN of a line that the reference refuses, and of no other", () => {
    for (const wrong of [
      [1, NaN],
      [Infinity, 0],
      [-Infinity, -Infinity],
    ]) {
      const x = tensor([...wrong, 2, 2], [2, 2]);
      expect(() => reference.of(softmaxForward)(x)).toThrow("the largest number of a row");
      expect([...flat(engine.of(softmaxForward)(x).y)]).toEqual([NaN, NaN, 0.5, 0.5]);
      expect([...flat(engine.of(logSoftmaxForward)(x).y)].slice(0, 2)).toEqual([NaN, NaN]);
    }
  });

  it("fails in the reference's words", () => {
    const random = new Random(5);
    const x = random.normal([2, 3]);
    expectSameError(engine, (engine) => engine.of(eluForward)(x, { alpha: 0 }));
    expectSameError(engine, (engine) => engine.of(clipForward)(x, { min: 2, max: 1 }));
    expectSameError(engine, (engine) => engine.of(preluForward)(x, random.normal([2])));
    expectSameError(engine, (engine) => engine.of(softmaxForward)(x, { axis: 2 }));
    expectSameError(engine, (engine) => engine.of(logSoftmaxForward)(x, { axis: 0.5 }));
    for (const dy of [random.normal([3, 2]), random.normal([2, 3], 0, 1, "float64")]) {
      for (const [, [forward, backward], options = {}] of cases) {
        expectSameError(engine, (engine) => engine.of(backward)(dy, engine.of(forward)(x, options).cache));
      }
      expectSameError(engine, (engine) => {
        engine.of(preluBackward)(dy, engine.of(preluForward)(x, random.normal([3])).cache);
      });
      expectSameError(engine, (engine) => engine.of(softmaxBackward)(dy, engine.of(softmaxForward)(x).cache));
      expectSameError(engine, (engine) => {
        engine.of(logSoftmaxBackward)(dy, engine.of(logSoftmaxForward)(x).cache);
      });
    }
  });

  it("reads nothing in a step", () => {
    const net = new Sequential(
      {
        first: new Linear({ in: 6, out: 8 }),
        tanh: new Tanh(),
        second: new Linear({ in: 8, out: 8 }),
        prelu: new PReLU({ size: 8 }),
        gelu: new GELU(),
        elu: new ELU(),
        third: new Linear({ in: 8, out: 8 }),
        softmax: new Softmax(),
        flat: new Flatten(),
        last: new Linear({ in: 8, out: 2 }),
        logarithms: new LogSoftmax(),
      },
      { seed: 1 },
    );
    expect(readingsOfStep(gpu!, net, new Random(6).normal([4, 6]))).toBe(0);
  });

  it("has run every function of its table", () => {
    expect(unaskedOf(engine, pointwise)).toEqual([]);
  });
});
