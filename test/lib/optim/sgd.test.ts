/** SGD by hand: each rule's first steps, what decays and what does not, and where it works in place. */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  Linear,
  Random,
  reshape,
  SGD,
  tensor,
  toNested,
  type Tensor,
  sgdStep,
} from "../../../lib/index.js";
import type { SGDOptions } from "../../../lib/optim/sgd.js";
import { Parameter } from "../../../lib/layers/layer.js";
import { deviation, engines } from "../../support/engines.js";

const vector = (...values: number[]): Tensor => tensor(values, undefined, "float64");

describe.each(engines)("$name", (engine) => {
  /** The parameter after each step with the gradients 1, 2, 4. */
  const path = (options: SGDOptions, decay = true): number[] => {
    const parameter = new Parameter(() => vector(10), new Random(0), { decay });
    const optimizer = new SGD(options);
    return [1, 2, 4].map((g) => {
      optimizer.step(new Map([[parameter, vector(g)]]), engine);
      return parameter.value.data[0];
    });
  };
  const closeTo = (expected: number[]) => expected.map((v) => expect.closeTo(v, 12));

  it("steps against the gradient", () => {
    expect(path({ lr: 0.1 })).toEqual(closeTo([9.9, 9.7, 9.3]));
  });
  it("gathers velocity: 1, 2.5, 5.25", () => {
    expect(path({ lr: 0.1, momentum: 0.5 })).toEqual(closeTo([9.9, 9.65, 9.125]));
  });
  it("looks ahead with Nesterov: 1.5, 3.25, 6.625", () => {
    expect(path({ lr: 0.1, momentum: 0.5, nesterov: true })).toEqual(closeTo([9.85, 9.525, 8.8625]));
  });
  it("takes another momentum between two steps: a velocity follows the gradients while it is 0", () => {
    const parameter = new Parameter(() => vector(10), new Random(0));
    const optimizer = new SGD({ lr: 0.1, momentum: 0.5 });
    const values = [0.5, 0, 0.5, 0.25].map((momentum) => {
      optimizer.momentum = momentum;
      optimizer.step(new Map([[parameter, vector(2)]]), engine);
      return parameter.value.data[0];
    });
    // Velocities 2, then 0·2 + 2 = 2, 0.5·2 + 2 = 3, 0.25·3 + 2 = 2.75.
    expect(values).toEqual(closeTo([9.8, 9.6, 9.3, 9.025]));
    expect(String(optimizer)).toBe("SGD, lr 0.1, momentum 0.25");
  });
  it("may begin without a momentum and get one: the velocity begins then", () => {
    const parameter = new Parameter(() => vector(10), new Random(0));
    const optimizer = new SGD({ lr: 0.1 });
    const values = [0, 0.5, 0.5].map((momentum) => {
      optimizer.momentum = momentum;
      optimizer.step(new Map([[parameter, vector(2)]]), engine);
      return parameter.value.data[0];
    });
    expect(values).toEqual(closeTo([9.8, 9.6, 9.3]));
  });
  it("decays weights and leaves biases", () => {
    expect(path({ lr: 0.1, weightDecay: 0.5 })[0]).toBeCloseTo(10 - 0.1 * (1 + 5), 12);
    expect(path({ lr: 0.1, weightDecay: 0.5 }, false)[0]).toBeCloseTo(9.9, 12);
  });
  it("takes a gradient in any memory layout", () => {
    const parameter = new Parameter(
      () =>
        tensor([
          [1, 2],
          [3, 4],
        ]),
      new Random(0),
    );
    const gradient = tensor([
      [1, 2],
      [3, 4],
    ]).transpose(1, 0) as Tensor;
    new SGD({ lr: 1 }).step(new Map([[parameter, gradient]]), engine);
    expect(toNested(parameter.value)).toEqual([
      [0, -1],
      [1, 0],
    ]);
  });
  it("does the same in float32, rounded", () => {
    const [w, g, v] = [0, 1, 2].map((seed) => new Random(seed).normal([37], 0, 1, "float32"));
    const double = [w, g, v].map((x) => tensor(Float64Array.from(x.data)));
    const options = { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 };
    engine.of(sgdStep)(w, g, v, options);
    engine.of(sgdStep)(double[0], double[1], double[2], options);
    expect(deviation(tensor(Float64Array.from(w.data)), double[0])).toBeLessThan(1e-6);
    expect(deviation(tensor(Float64Array.from(v.data)), double[2])).toBeLessThan(1e-6);
  });
  it("refuses a gradient of another shape", () => {
    const parameter = new Parameter(() => vector(1, 2), new Random(0));
    expect(() => new SGD({ lr: 1 }).step(new Map([[parameter, vector(1)]]), engine)).toThrow(
      /the gradient is 1, the parameter 2/,
    );
  });
});

describe("what decays", () => {
  it("is weights, not biases nor batch norm's scales", () => {
    const { w, b } = new Linear({ in: 2, out: 2 }).parameters;
    const { gamma, beta } = new BatchNorm({ size: 2 }).parameters;
    expect([w, b!, gamma, beta].map((parameter) => parameter.decay)).toEqual([true, false, false, false]);
  });
});

describe("the learning rate", () => {
  it("may change between steps", () => {
    const parameter = new Parameter(() => vector(1), new Random(0));
    const optimizer = new SGD({ lr: 1 });
    optimizer.lr = 0.25;
    optimizer.step(new Map([[parameter, reshape(vector(1), [1])]]), engines[0]);
    expect(parameter.value.data[0]).toBe(0.75);
  });
  it("is refused when it is none, with its name, and so is a momentum", () => {
    const optimizer = new SGD({ lr: 1 });
    expect(() => (optimizer.lr = NaN)).toThrow("SGD: lr is NaN; it must be 0 or more.");
    expect(() => (optimizer.lr = -0.1)).toThrow("SGD: lr is -0.1");
    expect(() => (optimizer.momentum = 1)).toThrow("SGD: momentum is 1; it must be from 0 to below 1.");
    expect([optimizer.lr, optimizer.momentum, String(optimizer)]).toEqual([1, 0, "SGD, lr 1"]);
  });
});
