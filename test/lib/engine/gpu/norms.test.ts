/** Normalisations on the WebGPU engine: each agrees with the reference, forward and backward, for odd shapes and layouts of memory. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { flat, full, tensor, type Shape } from "../../../../lib/array/tensor.js";
import { norms } from "../../../../lib/engine/gpu/norms.js";
import { reference } from "../../../../lib/engine/reference.js";
import {
  Conv2d,
  Flatten,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  Linear,
  LocalResponseNorm,
  Sequential,
  UnitNorm,
} from "../../../../lib/index.js";
import {
  groupNormBackward,
  groupNormForward,
  layerNormBackward,
  layerNormForward,
  localResponseNormBackward,
  localResponseNormForward,
  unitNormBackward,
  unitNormForward,
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

describe.skipIf(gpu === undefined)("normalisations on the gpu engine", () => {
  const engine = new Recorded("gpu", gpu!);

  it.each<[Shape, Shape]>([
    [[3, 7], [7]],
    [
      [2, 3, 4, 5],
      [3, 4, 5],
    ],
    [[2, 3, 400], [400]],
    [
      [2, 5, 3],
      [5, 3],
    ],
    [[1, 3], [3]],
  ])("layer normalisation of %j over %j", (shape, gamma) => {
    const random = new Random(1);
    const inputs = { x: random.normal(shape, 3, 2), gamma: random.normal(gamma), beta: random.normal(gamma) };
    expectAgreement(engine, (engine) => results(engine, "layerNorm", inputs, {}));
    expectAgreement(engine, (engine) => results(engine, "layerNorm", inputs, { epsilon: 0.1 }));
  });

  it.each<[Shape, number]>([
    [[3, 6], 2],
    [[2, 4, 5, 7], 2],
    [[2, 4, 9], 1],
    [[1, 3, 20, 20], 3],
  ])("group normalisation of %j in %i groups", (shape, groups) => {
    const random = new Random(2);
    const gains = [shape[1]];
    const inputs = {
      x: random.normal(shape, -2, 3),
      gamma: random.normal(gains),
      beta: random.normal(gains),
    };
    expectAgreement(engine, (engine) => results(engine, "groupNorm", inputs, { groups }));
  });

  it.each<[Shape, object]>([
    [[2, 7, 3, 4], {}],
    [[2, 7, 3, 4], { size: 4, alpha: 0.5, beta: 0.6, k: 2 }],
    [[3, 5], { size: 3, alpha: 1, beta: 2 }],
    [[1, 2, 6], { size: 9, alpha: 1 }],
    [[2, 1, 3], { size: 1, alpha: 0 }],
  ])("local response normalisation of %j with %j", (shape, options) => {
    const x = new Random(3).normal(shape);
    expectAgreement(engine, (engine) => results(engine, "localResponseNorm", { x }, options));
  });

  it.each<[Shape, number]>([
    [[3, 5], 1],
    [[2, 4, 3, 5], 1],
    [[2, 3, 7], -1],
    [[4, 3], 0],
  ])("vectors of %j along axis %i scaled to norm 1", (shape, axis) => {
    const random = new Random(4);
    const [x, dy] = [random.normal(shape), random.normal(shape)];
    for (const power of [1, 2] as const) {
      expectAgreement(engine, (engine) => {
        const { y, cache } = engine.of(unitNormForward)(x, { axis, power });
        return { y, dx: engine.of(unitNormBackward)(dy, cache).dx };
      });
    }
  });

  it("a vector of zeros has no direction, and gets no gradient", () => {
    const x = tensor([0, 0, 3, -4], [2, 2]);
    expectAgreement(engine, (engine) => {
      const { y, cache } = engine.of(unitNormForward)(x);
      return { y, dx: engine.of(unitNormBackward)(full([2, 2], 1), cache).dx };
    });
  });

  it("of views", () => {
    const random = new Random(5);
    const x = randomTensor(random, [2, 4, 3, 5], "float32", "transposed");
    const [gamma, beta] = [1, 2].map(() => randomTensor(random, [4], "float32", "reversed"));
    const dy = randomTensor(random, [2, 4, 3, 5], "float32", "sliced");
    const [scale, shift] = [1, 2].map(() => randomTensor(random, [3, 5], "float32", "transposed"));
    expectAgreement(engine, (engine) => {
      const group = engine.of(groupNormForward)(x, gamma, beta, { groups: 2 });
      const layer = engine.of(layerNormForward)(x, scale, shift);
      const response = engine.of(localResponseNormForward)(x, { alpha: 1 });
      const unit = engine.of(unitNormForward)(x);
      const dLayer = engine.of(layerNormBackward)(dy, layer.cache);
      return {
        ...{ group: group.y, layer: layer.y, response: response.y, unit: unit.y },
        ...engine.of(groupNormBackward)(dy, group.cache),
        ...{ dLayer: dLayer.dx, dScale: dLayer.dgamma, dShift: dLayer.dbeta },
        dResponse: engine.of(localResponseNormBackward)(dy, response.cache).dx,
        dUnit: engine.of(unitNormBackward)(dy, unit.cache).dx,
      };
    });
  });

  it("a NaN spoils its own row, neighbours or vector", () => {
    const x = new Random(6).normal([2, 4, 3]);
    x.data[4] = NaN;
    const [ones, none] = [full([4], 1), full([4], 0)];
    const [got, expected] = [engine, reference].map((engine) => {
      const outputs = [
        engine.of(groupNormForward)(x, ones, none, { groups: 2 }).y,
        engine.of(layerNormForward)(x, full([3], 1), full([3], 0)).y,
        engine.of(localResponseNormForward)(x, { size: 3 }).y,
        engine.of(unitNormForward)(x).y,
      ];
      return outputs.map((y) => [...flat(y)].map((v) => (Number.isNaN(v) ? "NaN" : "a number")));
    });
    expect(got).toEqual(expected);
  });

  it("fails in the reference's words", () => {
    const random = new Random(7);
    const x = random.normal([2, 4, 3]);
    const [four, three] = [random.normal([4]), random.normal([3])];
    expectSameError(engine, (engine) => engine.of(layerNormForward)(x, four, four));
    expectSameError(engine, (engine) => engine.of(layerNormForward)(x, four, three));
    expectSameError(engine, (engine) =>
      engine.of(layerNormForward)(random.normal([2, 1]), full([1], 1), full([1], 0)),
    );
    expectSameError(engine, (engine) => engine.of(groupNormForward)(x, four, four, { groups: 3 }));
    expectSameError(engine, (engine) => engine.of(groupNormForward)(x, three, three, { groups: 1 }));
    expectSameError(engine, (engine) =>
      engine.of(groupNormForward)(random.normal([2, 4]), four, four, { groups: 4 }),
    );
    expectSameError(engine, (engine) => engine.of(localResponseNormForward)(x, { size: 0 }));
    expectSameError(engine, (engine) => engine.of(localResponseNormForward)(four));
    expectSameError(engine, (engine) => engine.of(unitNormForward)(x, { axis: 3 }));
    expectSameError(engine, (engine) => engine.of(unitNormForward)(x, { power: 3 as 2 }));
    for (const dy of [random.normal([2, 3, 4]), random.normal([2, 4, 3], 0, 1, "float64")]) {
      expectSameError(engine, (engine) => {
        engine.of(layerNormBackward)(dy, engine.of(layerNormForward)(x, three, three).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(groupNormBackward)(dy, engine.of(groupNormForward)(x, four, four, { groups: 2 }).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(localResponseNormBackward)(dy, engine.of(localResponseNormForward)(x).cache);
      });
      expectSameError(engine, (engine) => {
        engine.of(unitNormBackward)(dy, engine.of(unitNormForward)(x).cache);
      });
    }
  });

  it("reads nothing in a step", () => {
    const net = new Sequential(
      {
        conv: new Conv2d({ in: 2, out: 4, size: 3 }),
        group: new GroupNorm({ size: 4, groups: 2 }),
        response: new LocalResponseNorm(),
        instance: new InstanceNorm({ size: 4 }),
        flat: new Flatten(),
        layer: new LayerNorm({ size: 36 }),
        unit: new UnitNorm(),
        fc: new Linear({ in: 36, out: 2 }),
      },
      { seed: 1 },
    );
    expect(readingsOfStep(gpu!, net, new Random(8).normal([3, 2, 5, 5]))).toBe(0);
  });

  it("has run every function of its table", () => {
    expect(unaskedOf(engine, norms)).toEqual([]);
  });
});
