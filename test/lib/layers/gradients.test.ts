/**
 * Every layer's backward pass is the gradient of its forward pass: over random shapes, strides, paddings, dilations,
 * groups and memory layouts, on every engine, against central differences; and linear ones by their adjoint.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adjointCheck,
  compute,
  gradCheck,
  Random,
  zeros,
  type DType,
  type Engine,
  type Tensor,
  batchNormForward,
  conv1dBackward,
  conv1dForward,
  conv2dBackward,
  conv2dForward,
  linearBackward,
  linearForward,
} from "../../../lib/index.js";
import { flat } from "../../../lib/array/tensor.js";
import { reference } from "../../../lib/engine/reference.js";
import type { BatchNormOptions } from "../../../lib/layers/normalisation/batch-norm.js";
import { operation, type OperationKinds, type OperationName } from "../../../lib/check/operations.js";
import {
  convolution1d,
  convolution2d,
  linearCase,
  normCase,
  pooling1d,
  pooling2d,
} from "../../support/cases.js";
import {
  agreement,
  engines,
  layoutNames,
  randomTensor,
  results,
  type Layout,
} from "../../support/engines.js";

const SMOOTH = 1e-7;
const layout = fc.constantFrom(...layoutNames);

/** Runs a property so many times, always on the same cases. */
const forAll = <T>(arbitrary: fc.Arbitrary<T>, runs: number, property: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, property), { seed: 2, numRuns: runs });

/** Checks an operation against central differences. */
function expectGradients<Name extends OperationName>(
  engine: Engine,
  name: Name,
  inputs: OperationKinds[Name]["inputs"],
  options: OperationKinds[Name]["options"],
  tolerance: number,
  seed: number,
): void {
  const report = gradCheck(operation(name, options, { engine }), inputs, { tolerance, seed, samples: 40 });
  report.assert();
}

describe.each(compute.engines.map((engine, i) => ({ name: engine.name, engine, watched: engines[i] })))(
  "$name",
  ({ engine, watched }) => {
    describe("conv1d", () => {
      it("has the right gradients", () => {
        forAll(fc.tuple(convolution1d, layout), 60, ([{ make, options, seed }, kind]) => {
          expectGradients(engine, "conv1d", make("float64", kind), options, SMOOTH, seed);
        });
      });
      it("agrees with the reference in both precisions", () => {
        forAll(fc.tuple(convolution1d, layout), 150, ([{ make, options, seed }, kind]) => {
          expectAgreement(watched, "conv1d", make, options, kind, seed);
        });
      });
      it("is the adjoint of itself, in x and in w", () => {
        forAll(convolution1d, 350, ({ make, options }) => {
          const { x, w } = make("float64", "dense");
          const cache = engine.of(conv1dForward)(x, w, undefined, options).cache;
          const back = (dy: Tensor) => engine.of(conv1dBackward)(dy, cache);
          const inX = adjointCheck(
            (v) => engine.of(conv1dForward)(v, w, undefined, options).y,
            (dy) => back(dy).dx,
            x,
          );
          const inW = adjointCheck(
            (v) => engine.of(conv1dForward)(x, v, undefined, options).y,
            (dy) => back(dy).dw,
            w,
          );
          expect(Math.max(inX.error, inW.error)).toBeLessThanOrEqual(1e-12);
        });
      });
    });

    describe("conv2d", () => {
      it("has the right gradients", () => {
        forAll(fc.tuple(convolution2d, layout), 60, ([{ make, options, seed }, kind]) => {
          expectGradients(engine, "conv2d", make("float64", kind), options, SMOOTH, seed);
        });
      });
      it("agrees with the reference in both precisions", () => {
        forAll(fc.tuple(convolution2d, layout), 150, ([{ make, options, seed }, kind]) => {
          expectAgreement(watched, "conv2d", make, options, kind, seed);
        });
      });
      it("is the adjoint of itself, in x and in w", () => {
        forAll(convolution2d, 350, ({ make, options }) => {
          const { x, w } = make("float64", "dense");
          const cache = engine.of(conv2dForward)(x, w, undefined, options).cache;
          const back = (dy: Tensor) => engine.of(conv2dBackward)(dy, cache);
          const inX = adjointCheck(
            (v) => engine.of(conv2dForward)(v, w, undefined, options).y,
            (dy) => back(dy).dx,
            x,
          );
          const inW = adjointCheck(
            (v) => engine.of(conv2dForward)(x, v, undefined, options).y,
            (dy) => back(dy).dw,
            w,
          );
          expect(Math.max(inX.error, inW.error)).toBeLessThanOrEqual(1e-12);
        });
      });
      it("sees nothing of a stride larger than the filter's gaps, and says so in the gradient", () => {
        const [x, w] = [
          randomTensor(new Random(1), [1, 1, 5, 5], "float64"),
          randomTensor(new Random(2), [1, 1, 1, 1], "float64"),
        ];
        const { y, cache } = engine.of(conv2dForward)(x, w, undefined, { stride: 2 });
        const { dx } = engine.of(conv2dBackward)(y, cache);
        for (let h = 0; h < 5; h++) {
          for (let v = 0; v < 5; v++) {
            if (h % 2 || v % 2) expect(dx.get(0, 0, h, v)).toBe(0);
            else expect(dx.get(0, 0, h, v)).not.toBe(0);
          }
        }
      });
      it("takes a batch of none", () => {
        const { y, cache } = engine.of(conv2dForward)(zeros([0, 2, 4, 4]), zeros([3, 2, 3, 3]), zeros([3]));
        expect(y.shape).toEqual([0, 3, 2, 2]);
        const { dx, dw } = engine.of(conv2dBackward)(zeros([0, 3, 2, 2]), cache);
        expect(dx.shape).toEqual([0, 2, 4, 4]);
        expect(dw.shape).toEqual([3, 2, 3, 3]);
      });
    });

    describe("linear", () => {
      it("has the right gradients", () => {
        forAll(fc.tuple(linearCase, layout), 40, ([{ make, seed }, kind]) => {
          expectGradients(engine, "linear", make("float64", kind), {}, SMOOTH, seed);
        });
      });
      it("agrees with the reference in both precisions", () => {
        forAll(fc.tuple(linearCase, layout), 100, ([{ make, seed }, kind]) => {
          expectAgreement(watched, "linear", make, {}, kind, seed);
        });
      });
      it("is the adjoint of itself, in x and in w", () => {
        forAll(linearCase, 300, ({ make }) => {
          const { x, w } = make("float64", "dense");
          const cache = engine.of(linearForward)(x, w, undefined).cache;
          const back = (dy: Tensor) => engine.of(linearBackward)(dy, cache);
          const inX = adjointCheck(
            (v) => engine.of(linearForward)(v, w, undefined).y,
            (dy) => back(dy).dx,
            x,
          );
          const inW = adjointCheck(
            (v) => engine.of(linearForward)(x, v, undefined).y,
            (dy) => back(dy).dw,
            w,
          );
          expect(Math.max(inX.error, inW.error)).toBeLessThanOrEqual(1e-12);
        });
      });
    });

    describe("maxPool1d", () => {
      it("has the right gradients", () => {
        forAll(fc.tuple(pooling1d, layout), 50, ([{ make, options, seed }, kind]) => {
          expectGradients(engine, "maxPool1d", make("float64", kind), options, 1e-6, seed);
        });
      });
      it("agrees with the reference in both precisions, ties included", () => {
        forAll(fc.tuple(pooling1d, layout), 150, ([{ make, options, seed }, kind]) => {
          expectAgreement(watched, "maxPool1d", make, options, kind, seed);
        });
      });
    });

    describe("maxPool2d", () => {
      it("has the right gradients", () => {
        forAll(fc.tuple(pooling2d, layout), 50, ([{ make, options, seed }, kind]) => {
          expectGradients(engine, "maxPool2d", make("float64", kind), options, 1e-6, seed);
        });
      });
      it("agrees with the reference in both precisions, ties included", () => {
        forAll(fc.tuple(pooling2d, layout), 150, ([{ make, options, seed }, kind]) => {
          expectAgreement(watched, "maxPool2d", make, options, kind, seed);
        });
      });
    });

    describe("relu", () => {
      const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
      it("has the right gradients", () => {
        forAll(fc.tuple(shapes, layout, fc.nat(1000)), 40, ([shape, kind, seed]) => {
          expectGradients(
            engine,
            "relu",
            { x: randomTensor(new Random(seed), shape, "float64", kind) },
            {},
            1e-6,
            seed,
          );
        });
      });
      it("agrees with the reference in both precisions", () => {
        forAll(fc.tuple(shapes, layout, fc.nat(1000)), 60, ([shape, kind, seed]) => {
          expectAgreement(
            engine,
            "relu",
            (dtype, k) => ({ x: randomTensor(new Random(seed), shape, dtype, k) }),
            {},
            kind,
            seed,
          );
        });
      });
    });

    describe("batchNorm", () => {
      it("has the right gradients, by the batch and by constants", () => {
        forAll(fc.tuple(normCase, layout), 60, ([{ make, options, seed }, kind]) => {
          expectGradients(engine, "batchNorm", make("float64", kind), options("float64"), SMOOTH, seed);
        });
      });
      it("agrees with the reference in both precisions", () => {
        forAll(fc.tuple(normCase, layout), 100, ([{ make, options, seed }, kind]) => {
          for (const dtype of ["float64", "float32"] as const) {
            const [inputs, given] = [make(dtype, kind), options(dtype)];
            const off = agreement(watched, "batchNorm", inputs, given, seed);
            off.dx *= leftOver(inputs, given, seed);
            expectSmall(off, dtype);
          }
        });
      });
    });
  },
);

function expectAgreement<Name extends OperationName>(
  engine: Engine,
  name: Name,
  make: (dtype: "float32" | "float64", layout: Layout) => OperationKinds[Name]["inputs"],
  options: OperationKinds[Name]["options"],
  kind: Layout,
  seed: number,
): void {
  for (const dtype of ["float64", "float32"] as const) {
    expectSmall(agreement(engine, name, make(dtype, kind), options, seed), dtype);
  }
}

function expectSmall(off: Readonly<Record<string, number>>, dtype: DType): void {
  const allowed = dtype === "float64" ? 1e-12 : 1e-5;
  expect(Math.max(...Object.values(off)), JSON.stringify(off)).toBeLessThanOrEqual(allowed);
}

/**
 * What part of γ·r·dy is left in batch norm's dx, which is dy without its mean and without its part along x̂: of a
 * batch of three hardly anything may be. Rounding is as large as what was subtracted, so dx is measured by that.
 */
function leftOver(
  inputs: OperationKinds["batchNorm"]["inputs"],
  options: BatchNormOptions,
  seed: number,
): number {
  const { statistics } = reference.of(batchNormForward)(inputs.x, inputs.gamma, inputs.beta, options);
  const largest = (x: Tensor): number => {
    let top = 0;
    for (const v of flat(x)) top = Math.max(top, Math.abs(v));
    return top;
  };
  const { dx } = results(reference, "batchNorm", inputs, options, seed);
  const whole = results(reference, "batchNorm", inputs, { ...options, statistics }, seed);
  return Math.min(1, largest(dx) / largest(whole.dx));
}
