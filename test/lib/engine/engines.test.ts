/**
 * Every engine means what the reference means: outputs and gradients of random problems agree, in either
 * precision, for every stride, padding, dilation and number of groups, and for strided views.
 */
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../../lib/array/errors.js";
import * as functions from "../../../lib/functions.js";
import { Random } from "../../../lib/array/random.js";
import { flat, full, zeros, type DType, type Shape, type Tensor } from "../../../lib/array/tensor.js";
import { compute } from "../../../lib/engine/compute.js";
import type { Engine } from "../../../lib/engine/engine.js";
import { whyDirect } from "../../../lib/engine/wasm/convolution.js";
import { WasmEngine } from "../../../lib/engine/wasm/engine.js";
import { builds } from "../../../lib/engine/wasm/machine.js";
import { reference } from "../../../lib/engine/reference.js";
import { squareSums } from "../../../lib/optim/clip.js";
import { Recorded } from "../../support/engines.js";
import { conv2dGeometry, type Conv2dOptions } from "../../../lib/layers/convolution/conv2d.js";
import {
  adadeltaStep,
  adagradStep,
  adamStep,
  averagePool1dBackward,
  averagePool1dForward,
  averagePool2dBackward,
  averagePool2dForward,
  batchNormBackward,
  batchNormForward,
  conv1dBackward,
  conv1dForward,
  conv2dBackward,
  conv2dForward,
  convTranspose1dBackward,
  convTranspose1dForward,
  convTranspose2dBackward,
  convTranspose2dForward,
  dropoutBackward,
  dropoutForward,
  globalAveragePoolBackward,
  globalAveragePoolForward,
  linearBackward,
  linearForward,
  localResponseNormBackward,
  localResponseNormForward,
  logSoftmaxBackward,
  logSoftmaxForward,
  lpPool1dBackward,
  lpPool1dForward,
  lpPool2dBackward,
  lpPool2dForward,
  maxPool1dBackward,
  maxPool1dForward,
  maxPool2dBackward,
  maxPool2dForward,
  preluBackward,
  preluForward,
  reluBackward,
  reluForward,
  rmsPropStep,
  sgdStep,
  softmaxBackward,
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
  softmaxForward,
  sumPool1dBackward,
  sumPool1dForward,
  sumPool2dBackward,
  sumPool2dForward,
} from "../../../lib/index.js";

const dtypes = ["float64", "float32"] as const;
/** All engines, and the WASM engine without fused multiply-add, as other machines have it. */
const rivals = [
  ...compute.engines
    .filter((engine) => engine !== reference)
    .map((engine) => new Recorded(engine.name, engine)),
  new Recorded("wasm, plain", new WasmEngine(builds()[1])),
];

/** A reference function by its name. */
function called(name: string): (...args: readonly unknown[]) => unknown {
  return (functions as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>)[name];
}

/** The largest difference over the largest magnitude. */
function distance(got: Tensor, expected: Tensor): number {
  expect([...got.shape]).toEqual([...expected.shape]);
  expect(got.dtype).toBe(expected.dtype);
  const [G, E] = [flat(got), flat(expected)];
  let [worst, scale] = [0, 0];
  for (let i = 0; i < E.length; i++) {
    worst = Math.max(worst, Number.isFinite(G[i]) ? Math.abs(G[i] - E[i]) : Infinity);
    scale = Math.max(scale, Math.abs(E[i]));
  }
  return scale === 0 ? worst : worst / scale;
}

/** Compares every tensor of a forward and its backward with the reference's. */
function agree(
  engine: Engine,
  dtype: DType,
  run: (engine: Engine) => Record<string, Tensor>,
  tolerance = dtype === "float64" ? 1e-12 : 1e-5,
): void {
  if (engine instanceof Recorded) engine.poison(666.666);
  const [got, expected] = [run(engine), run(reference)];
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  for (const name of Object.keys(expected)) {
    expect(distance(got[name], expected[name]), name).toBeLessThan(tolerance);
  }
}

/** A tensor seen through a view that is reversed, transposed and has gaps of NaN. */
function awkward(random: Random, shape: Shape, dtype: DType): Tensor {
  const axes = shape.map((_, axis) => axis).reverse();
  const stored = full(
    axes.map((axis) => 2 * shape[axis]),
    NaN,
    dtype,
  );
  const steps = shape.map((_, axis) => (axis % 2 === 0 ? 2 : -2));
  const view = stored.transpose(...axes).step(...steps);
  copyInto(view, plain(random, shape, dtype));
  return view;
}

/** Writes the numbers of one tensor into the places of another. */
function copyInto(to: Tensor, from: Tensor): void {
  flat(from).forEach((value, element) => {
    let [position, rest] = [to.offset, element];
    for (let axis = to.shape.length - 1; axis >= 0; axis--) {
      position += (rest % to.shape[axis]) * to.stride[axis];
      rest = Math.floor(rest / to.shape[axis]);
    }
    to.data[position] = value;
  });
}

describe.each(rivals)("the $name engine", (engine) => {
  describe.each(dtypes)("in %s", (dtype) => {
    const two = (kind: string, x: Shape, w: Shape, options: object): [string, Shape, Shape, object] => [
      `${kind}: ${x.join("×")} by ${w.join("×")} ${JSON.stringify(options)}`,
      x,
      w,
      options,
    ];
    it.each([
      two("a LeNet layer", [3, 1, 28, 28], [8, 1, 5, 5], { pad: 2 }),
      two("its second layer", [3, 8, 14, 14], [16, 8, 5, 5], { pad: 2 }),
      two("3×3", [2, 16, 16, 16], [16, 16, 3, 3], { pad: 1 }),
      two("3×3, odd sizes", [2, 8, 13, 9], [12, 8, 3, 3], { pad: 1 }),
      two("3×3, no padding", [2, 12, 10, 11], [8, 12, 3, 3], {}),
      two("3×3, an image in bands", [1, 3, 70, 42], [8, 3, 3, 3], { pad: 1 }),
      two("5×5, images in bands", [2, 3, 41, 66], [9, 3, 5, 5], { pad: 4 }),
      two("5×5, much padding", [2, 8, 7, 7], [8, 8, 5, 5], { pad: 4 }),
      two("more padding than filter", [1, 2, 4, 4], [3, 2, 2, 2], { pad: 3 }),
      two("1×1", [2, 7, 5, 6], [5, 7, 1, 1], {}),
      two("odd counts", [2, 3, 9, 7], [5, 3, 3, 2], { pad: { top: 1, bottom: 2, left: 0, right: 3 } }),
      two("stride", [2, 3, 11, 9], [6, 3, 3, 3], { stride: 2, pad: 1 }),
      two("stride with leftovers", [2, 3, 12, 10], [6, 3, 3, 3], { stride: [3, 2], round: "floor" }),
      two("stride over taps", [1, 2, 9, 9], [3, 2, 1, 1], { stride: 4 }),
      two("dilation", [2, 4, 14, 13], [5, 4, 3, 3], { dilation: [2, 3], pad: 2 }),
      two("stride and dilation", [2, 4, 15, 13], [5, 4, 3, 3], { stride: 2, dilation: 2, pad: 2 }),
      two("groups", [2, 8, 8, 8], [12, 2, 3, 3], { groups: 4, pad: 1 }),
      two("groups of many channels", [2, 16, 8, 8], [16, 8, 3, 3], { groups: 2, pad: 1 }),
      two("depthwise", [2, 6, 8, 8], [6, 1, 3, 3], { groups: 6, pad: 1 }),
      two("strided groups", [2, 8, 9, 9], [12, 2, 3, 3], { groups: 4, stride: 2, pad: 1 }),
      two("flipped", [2, 8, 9, 8], [8, 8, 3, 3], { flip: true, pad: 1 }),
      two("flipped and strided", [2, 2, 9, 9], [4, 2, 3, 3], { flip: true, stride: 2, pad: 1 }),
      two("the whole image", [3, 4, 6, 5], [7, 4, 6, 5], {}),
      two("same", [2, 3, 10, 10], [4, 3, 4, 4], { pad: "same", stride: 2 }),
      two("one pixel", [1, 1, 1, 1], [1, 1, 1, 1], {}),
      two("an empty batch", [0, 3, 8, 8], [4, 3, 3, 3], { pad: 1 }),
    ])("conv2d: %s", (_name, x, w, options) => {
      for (const make of [plain, awkward]) {
        agree(
          engine,
          dtype,
          (engine) => {
            const random = new Random(1);
            const [X, W] = [make(random, x, dtype), make(random, w, dtype)];
            const { y, cache } = engine.of(conv2dForward)(X, W, make(random, [w[0]], dtype), options);
            const dy = make(random, y.shape, dtype);
            return { y, ...engine.of(conv2dBackward)(dy, cache) };
          },
          dtype === "float32" && engine.name.startsWith("wasm") && isWinograd(x, w, options)
            ? 1e-4
            : undefined,
        );
      }
    });

    it.each([
      two("stride 1", [2, 8, 9, 8], [8, 8, 3, 3], { pad: 1 }),
      two("a decoder's layer", [2, 6, 7, 7], [6, 4, 4, 4], { stride: 2, pad: 1 }),
      two("more than the windows", [2, 3, 5, 6], [3, 4, 3, 2], { stride: [3, 2], extra: [2, 1] }),
      two("windows apart", [2, 3, 5, 4], [3, 4, 1, 2], { stride: 3 }),
      two("dilated groups", [2, 4, 6, 5], [4, 3, 3, 3], {
        groups: 2,
        dilation: 2,
        pad: { top: 1, right: 2 },
      }),
    ])("convTranspose2d: %s", (_name, x, w, options) => {
      for (const make of [plain, awkward]) {
        agree(
          engine,
          dtype,
          (engine) => {
            const random = new Random(16);
            const [X, W] = [make(random, x, dtype), make(random, w, dtype)];
            const b = make(random, [w[1] * ((options as { groups?: number }).groups ?? 1)], dtype);
            const { y, cache } = engine.of(convTranspose2dForward)(X, W, b, options);
            return { y, ...engine.of(convTranspose2dBackward)(make(random, y.shape, dtype), cache) };
          },
          dtype === "float32" ? 1e-4 : undefined,
        );
      }
    });

    it("convTranspose1d", () => {
      for (const options of [{}, { stride: 2, pad: [1, 0] as const }]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(17);
          const [x, w] = [plain(random, [2, 3, 11], dtype), plain(random, [3, 4, 5], dtype)];
          const { y, cache } = engine.of(convTranspose1dForward)(x, w, undefined, options);
          return { y, ...engine.of(convTranspose1dBackward)(plain(random, y.shape, dtype), cache) };
        });
      }
    });

    it.each([
      two("a signal", [3, 2, 40], [5, 2, 7], {}),
      two("strided", [2, 4, 40], [6, 4, 5], { stride: 3, pad: 2 }),
      two("causal", [2, 4, 30], [6, 4, 3], { dilation: 4, pad: [8, 0] }),
      two("groups, flipped", [2, 4, 30], [6, 2, 3], { groups: 2, flip: true, pad: 1 }),
    ])("conv1d: %s", (_name, x, w, options) => {
      for (const make of [plain, awkward]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(2);
          const [X, W] = [make(random, x, dtype), make(random, w, dtype)];
          const { y, cache } = engine.of(conv1dForward)(X, W, undefined, options);
          return { y, ...engine.of(conv1dBackward)(make(random, y.shape, dtype), cache) };
        });
      }
    });

    it.each([
      two("tiles", [2, 3, 8, 12], [], { size: 2 }),
      two("odd columns", [2, 3, 6, 10], [], { size: 2 }),
      two("leftovers", [2, 3, 7, 9], [], { size: 2, round: "floor" }),
      two("overlapping", [2, 3, 9, 9], [], { size: 3, stride: 2, pad: 1 }),
      two("overhanging", [2, 3, 8, 7], [], { size: 3, stride: 2, round: "ceil" }),
      two("dilated", [2, 3, 9, 9], [], { size: 2, dilation: 2, pad: 1, stride: 1 }),
      two("oblong", [2, 3, 9, 8], [], { size: [3, 2], stride: [3, 2] }),
    ])("maxPool2d: %s", (_name, x, _w, options) => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(3);
          const { y, cache } = engine.of(maxPool2dForward)(
            make(random, x, dtype),
            options as { size: number },
          );
          return { y, ...engine.of(maxPool2dBackward)(make(random, y.shape, dtype), cache) };
        });
      }
    });

    it("maxPool1d", () => {
      for (const options of [{ size: 2 }, { size: 3, stride: 1, pad: 1 }]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(4);
          const { y, cache } = engine.of(maxPool1dForward)(plain(random, [2, 3, 12], dtype), options);
          return { y, ...engine.of(maxPool1dBackward)(plain(random, y.shape, dtype), cache) };
        });
      }
    });

    it.each([
      [1, 1, 1],
      [4, 8, 4],
      [64, 100, 10],
      [7, 13, 5],
      [33, 300, 17],
      [2, 1030, 9],
    ])("linear: %i examples of %i by %i outputs", (N, D, K) => {
      for (const make of [plain, awkward]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(5);
          const [x, w, b] = [
            make(random, [N, D], dtype),
            make(random, [K, D], dtype),
            make(random, [K], dtype),
          ];
          const { y, cache } = engine.of(linearForward)(x, w, b);
          return { y, ...engine.of(linearBackward)(make(random, [N, K], dtype), cache) };
        });
      }
    });

    it("relu, at the kink and off it", () => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(6);
          const { y, cache } = engine.of(reluForward)(make(random, [3, 5, 7], dtype));
          return { y, ...engine.of(reluBackward)(make(random, [3, 5, 7], dtype), cache) };
        });
      }
    });

    it("relu keeps NaN and lets no gradient past it", () => {
      const x = plain(new Random(7), [11], dtype);
      const bad = [NaN, -NaN, Infinity, -Infinity, 0, -0, 5e-324, -5e-324, 1e-38, -1e-38, 3];
      bad.forEach((value, i) => (x.data[i] = value));
      const dy = plain(new Random(8), [11], dtype);
      dy.data[0] = NaN;
      const [got, expected] = [engine, reference].map((engine) => {
        const { y, cache } = engine.of(reluForward)(x);
        return [...flat(y), ...flat(engine.of(reluBackward)(dy, cache).dx)].map((v) => v + 0);
      });
      expect(got).toEqual(expected);
    });

    const pointwise = [
      ["sigmoid", {}],
      ["tanh", {}],
      ["tanh", { amplitude: 1.7159, rate: 2 / 3 }],
      ["elu", { alpha: 0.7 }],
      ["leakyRelu", { slope: 0.1 }],
      ["softplus", { sharpness: 3 }],
      ["gelu", {}],
      ["gelu", { form: "tanh" }],
    ] as const;
    const run = (engine: Engine, name: string, x: Tensor, dy: Tensor, options: object) => {
      const { y, cache } = engine.of(called(`${name}Forward`))(x, options) as { y: Tensor; cache: object };
      const { dx } = engine.of(called(`${name}Backward`))(dy, cache) as { dx: Tensor };
      return { y, dx };
    };

    it.each(pointwise)("%s %j", (name, options) => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(18);
          return run(engine, name, make(random, [3, 5, 7], dtype), make(random, [3, 5, 7], dtype), options);
        });
      }
    });

    it.each(pointwise)(
      "%s %j: each number has its digits, from tiny to huge, and NaN stays",
      (name, options) => {
        const values = [
          0, 1e-30, 1e-6, 1e-3, 0.01, 0.1, 0.24, 0.26, 0.5, 0.7, 1, 2, 5, 9, 20, 60, 87, 89, 200, 1e30,
        ];
        const x = zeros([2 * values.length], dtype);
        values.forEach((value, i) => ([x.data[2 * i], x.data[2 * i + 1]] = [value, -value]));
        const dy = zeros(x.shape, dtype);
        dy.data.fill(1);
        const [got, expected] = [engine, reference].map((one) => run(one, name, x, dy, options));
        for (const key of ["y", "dx"] as const) {
          const [G, E] = [flat(got[key]), flat(expected[key])];
          // Where a number is the small difference of larger ones, as a slope in a tail, it has fewer digits.
          for (let i = 0; i < E.length; i++) {
            const allowed = (dtype === "float64" ? 1e-12 : 3e-6) * Math.abs(E[i]) + 1e-6;
            expect(Math.abs(G[i] - E[i]), `${key} at ${x.data[i]}`).toBeLessThanOrEqual(allowed);
          }
        }
        const nan = zeros([5], dtype);
        nan.data.fill(NaN);
        expect([...flat(run(engine, name, nan, nan, options).y)].every(Number.isNaN)).toBe(true);
      },
    );

    it.each([[[3, 5, 7]], [[3, 5]]])("dropout with a mask of %j", (shape) => {
      agree(engine, dtype, (engine) => {
        const random = new Random(19);
        const mask = tied(random, shape, dtype);
        const { y, cache } = engine.of(dropoutForward)(awkward(random, [3, 5, 7], dtype), mask);
        return { y, ...engine.of(dropoutBackward)(plain(random, [3, 5, 7], dtype), cache) };
      });
    });

    it.each([
      { size: 2 },
      { size: 3, stride: 2, pad: 1, round: "floor" },
      { size: 3, stride: 1, pad: { top: 1, left: 2 }, countPadding: true },
      { size: [3, 2], stride: [3, 1], dilation: [1, 2], round: "ceil" },
    ] as const)("sum and average pooling: %j", (options) => {
      for (const make of [plain, awkward]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(20);
          const x = make(random, [2, 3, 8, 10], dtype);
          const sum = engine.of(sumPool2dForward)(x, options);
          const average = engine.of(averagePool2dForward)(x, options);
          const whole = engine.of(globalAveragePoolForward)(x);
          const dy = make(random, sum.y.shape, dtype);
          const results = { sum: sum.y, average: average.y, whole: whole.y };
          const { dx } = engine.of(sumPool2dBackward)(dy, sum.cache);
          const dxAverage = engine.of(averagePool2dBackward)(dy, average.cache).dx;
          const dxWhole = engine.of(globalAveragePoolBackward)(make(random, [2, 3], dtype), whole.cache).dx;
          return { ...results, dx, dxAverage, dxWhole };
        });
      }
    });

    it("sum and average pooling of signals", () => {
      agree(engine, dtype, (engine) => {
        const random = new Random(21);
        const x = plain(random, [2, 3, 9], dtype);
        const [sum, average] = [
          engine.of(sumPool1dForward)(x, { size: 3 }),
          engine.of(averagePool1dForward)(x, { size: 3 }),
        ];
        const dy = plain(random, sum.y.shape, dtype);
        const dxAverage = engine.of(averagePool1dBackward)(dy, average.cache).dx;
        return { sum: sum.y, average: average.y, ...engine.of(sumPool1dBackward)(dy, sum.cache), dxAverage };
      });
    });

    it.each([
      {},
      { size: 4, alpha: 0.5, beta: 0.6, k: 2 },
      { size: 9, alpha: 1 },
      { size: 1, beta: 1, alpha: 2 },
    ])("localResponseNorm: %j", (options) => {
      for (const shape of [
        [2, 7, 3, 5],
        [1, 3, 4, 4],
        [3, 6],
      ]) {
        for (const make of [plain, awkward]) {
          agree(engine, dtype, (engine) => {
            const random = new Random(22);
            const { y, cache } = engine.of(localResponseNormForward)(make(random, shape, dtype), options);
            return { y, ...engine.of(localResponseNormBackward)(make(random, shape, dtype), cache) };
          });
        }
      }
    });

    it.each([[[8, 5]], [[4, 3, 9]], [[6, 4, 5, 7]], [[3, 2, 8, 8]]])("batchNorm: %j", (shape) => {
      for (const make of [plain, awkward]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(9);
          const [x, gamma] = [make(random, shape, dtype), make(random, [shape[1]], dtype)];
          const beta = make(random, [shape[1]], dtype);
          const { y, statistics, cache } = engine.of(batchNormForward)(x, gamma, beta);
          const dy = make(random, shape, dtype);
          const trained = { y, ...statistics, ...engine.of(batchNormBackward)(dy, cache) };
          const evaluation = engine.of(batchNormForward)(x, gamma, beta, { statistics, epsilon: 1e-3 });
          const constants = engine.of(batchNormBackward)(dy, evaluation.cache);
          return { ...trained, yConstant: evaluation.y, dxConstant: constants.dx, dgamma2: constants.dgamma };
        });
      }
    });

    it("batchNorm far from zero loses no more digits than float has", () => {
      agree(engine, dtype, (engine) => {
        const x = plain(new Random(10), [16, 2, 6, 6], dtype);
        for (let i = 0; i < x.data.length; i++) x.data[i] = x.data[i] + 1000;
        const ones = plain(new Random(10), [2], dtype);
        const { statistics } = engine.of(batchNormForward)(x, ones, ones);
        return { ...statistics };
      });
    });

    it("softmax and cross-entropy", () => {
      agree(engine, dtype, (engine) => {
        const logits = plain(new Random(11), [6, 10], dtype);
        const { loss, cache } = engine.of(softmaxCrossEntropyForward)(logits, [1, 9, 0, 3, 3, 7]);
        const { dlogits } = engine.of(softmaxCrossEntropyBackward)(cache);
        expect(loss).toBeCloseTo(
          reference.of(softmaxCrossEntropyForward)(logits, [1, 9, 0, 3, 3, 7]).loss,
          6,
        );
        return { dlogits };
      });
    });

    it.each([
      { shape: [3, 1], axis: 1 },
      { shape: [5, 3], axis: 1 },
      { shape: [1400, 3], axis: 1 },
      { shape: [250, 17], axis: -1 },
      { shape: [2, 50, 7, 7], axis: 1 },
      { shape: [40, 6, 19], axis: 0 },
      { shape: [400, 4, 3], axis: 1 },
      { shape: [5000, 1], axis: 1 },
    ] as const)("softmax and its logarithm: %j", ({ shape, axis }) => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(21);
          const [x, dy] = [make(random, shape, dtype), make(random, shape, dtype)];
          const p = engine.of(softmaxForward)(x, { axis });
          const logs = engine.of(logSoftmaxForward)(x, { axis });
          const { dx } = engine.of(softmaxBackward)(dy, p.cache);
          return { p: p.y, logs: logs.y, dx, dxLogs: engine.of(logSoftmaxBackward)(dy, logs.cache).dx };
        });
      }
    });

    it.each([
      {},
      { labelSmoothing: 0.1 },
      { classWeights: [1, 0, 2.5, 0.5, 3] },
      { classWeights: [1, 0, 2.5, 0.5, 3], labelSmoothing: 0.2, ignoreIndex: 4 },
      { ignoreIndex: -1, reduction: "sum" },
    ] as const)("cross-entropy of rows and of places: %j", (options) => {
      for (const shape of [
        [6, 5],
        [900, 5],
        [300, 5, 3],
        [30, 5, 5, 6],
      ]) {
        const lines = shape.reduce((product, extent) => product * extent, 1) / 5;
        const ignored = "ignoreIndex" in options ? options.ignoreIndex : 0;
        const labels = Array.from({ length: lines }, (_, i) => [4, 0, 2, ignored, 3, 1][i % 6]!);
        agree(engine, dtype, (engine) => {
          const logits = awkward(new Random(22), shape, dtype);
          const { loss, cache } = engine.of(softmaxCrossEntropyForward)(logits, labels, options);
          return { loss: full([1], loss, dtype), ...engine.of(softmaxCrossEntropyBackward)(cache) };
        });
      }
    });

    it("cross-entropy of a sure network keeps its digits, and −∞ is no probability", () => {
      for (const lines of [1, 1500]) {
        const logits = zeros([lines, 3], dtype);
        for (let i = 0; i < 3 * lines; i += 3) logits.data.set([20, 0, 1], i);
        const labels = new Uint8Array(lines);
        const { loss } = engine.of(softmaxCrossEntropyForward)(logits, labels);
        const expected = Math.log1p(Math.exp(-20) + Math.exp(-19));
        expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-6);
        logits.data[1] = -Infinity;
        const { loss: less, cache } = engine.of(softmaxCrossEntropyForward)(logits, labels);
        const mean = expected - (expected - Math.log1p(Math.exp(-19))) / lines;
        expect(Math.abs(less / mean - 1)).toBeLessThan(1e-6);
        expect(flat(engine.of(softmaxCrossEntropyBackward)(cache).dlogits)[1]).toBe(0);
        expect(flat(engine.of(softmaxForward)(logits).y)[1]).toBe(0);
        expect(flat(engine.of(logSoftmaxForward)(logits).y)[1]).toBe(-Infinity);
        logits.data[2] = NaN;
        expect(() => engine.of(softmaxCrossEntropyForward)(logits, labels)).toThrow(
          /logit 2 of example 0 is NaN/,
        );
        expect(() => engine.of(softmaxForward)(logits)).toThrow(/NaN/);
      }
    });

    it.each([
      { shape: [3, 5, 7], slopes: 5 },
      { shape: [3, 5], slopes: 5 },
      { shape: [40, 4, 3, 3], slopes: 4 },
      { shape: [3, 5, 7], slopes: 1 },
      { shape: [9], slopes: 1 },
    ])("prelu: %j", ({ shape, slopes }) => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(23);
          const [x, dy] = [make(random, shape, dtype), make(random, shape, dtype)];
          const { y, cache } = engine.of(preluForward)(x, plain(random, [slopes], dtype));
          return { y, ...engine.of(preluBackward)(dy, cache) };
        });
      }
    });

    it.each([
      { size: 2 },
      { size: 3, stride: 2, pad: 1, round: "floor" },
      { size: 3, stride: 1, pad: { top: 1, left: 2 }, power: 2 },
      { size: [3, 2], stride: [3, 1], dilation: [1, 2], round: "ceil" },
      { size: 3, stride: 1, power: 3 },
    ] as const)("Lp pooling: %j", (options) => {
      for (const make of [plain, awkward, tied]) {
        agree(engine, dtype, (engine) => {
          const random = new Random(24);
          const { y, cache } = engine.of(lpPool2dForward)(make(random, [2, 3, 8, 10], dtype), options);
          return { y, ...engine.of(lpPool2dBackward)(make(random, y.shape, dtype), cache) };
        });
        agree(engine, dtype, (engine) => {
          const random = new Random(25);
          const signal = { size: 3, stride: 2, ...("power" in options && { power: options.power }) };
          const { y, cache } = engine.of(lpPool1dForward)(make(random, [2, 3, 11], dtype), signal);
          return { y, ...engine.of(lpPool1dBackward)(make(random, y.shape, dtype), cache) };
        });
      }
    });

    it.each([{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true, weightDecay: 0.01 }])(
      "sgd: %j",
      (options) => {
        agree(engine, dtype, (engine) => {
          const random = new Random(12);
          const [value, velocity] = [plain(random, [5, 7], dtype), plain(random, [5, 7], dtype)];
          const gradient = awkward(random, [5, 7], dtype);
          engine.of(sgdStep)(value, gradient, "momentum" in options ? velocity : undefined, {
            lr: 0.1,
            ...options,
          });
          return { value, velocity };
        });
      },
    );

    it.each([
      {},
      { weightDecay: 0.1 },
      { momentum: 0.9 },
      { betas: [0.5, 0.7], decoupled: true, weightDecay: 0.1 },
      { rho: 0.8, epsilon: 0.01 },
    ] as const)("every optimiser: %j", (options) => {
      agree(engine, dtype, (engine) => {
        const random = new Random(15);
        const draw = (): Tensor => plain(random, [5, 7], dtype);
        const positive = (): Tensor => {
          const x = draw();
          for (let i = 0; i < x.data.length; i++) x.data[i] = x.data[i] ** 2;
          return x;
        };
        const gradient = awkward(random, [5, 7], dtype);
        const [adagrad, adadelta, rmsProp, adam] = [draw(), draw(), draw(), draw()];
        const [sum, square, change, mean, square2, square3] = [0, 1, 2, 3, 4, 5].map(positive);
        const velocity = "momentum" in options ? draw() : undefined;
        engine.of(adagradStep)(adagrad, gradient, sum, { lr: 0.1, ...options });
        engine.of(adadeltaStep)(adadelta, gradient, { square, change }, { lr: 0.1, ...options });
        engine.of(rmsPropStep)(rmsProp, gradient, { square: square2, velocity }, { lr: 0.1, ...options });
        engine.of(adamStep)(adam, gradient, { mean, square: square3 }, 3, { lr: 0.1, ...options });
        const memory = { sum, square, change, square2, mean, square3, ...(velocity && { velocity }) };
        return { adagrad, adadelta, rmsProp, adam, ...memory };
      });
    });

    it("gives each call its own memory", () => {
      const random = new Random(13);
      const [x1, x2] = [plain(random, [2, 8, 8, 8], dtype), plain(random, [2, 8, 8, 8], dtype)];
      const w = plain(random, [8, 8, 3, 3], dtype);
      const first = engine.of(conv2dForward)(x1, w, undefined, { pad: 1 });
      const before = flat(first.y).slice();
      engine.of(conv2dForward)(x2, w, undefined, { pad: 1 });
      expect(flat(first.y)).toEqual(before);
      flat(first.y).fill(7); // and what a caller does to it is the caller's affair
      const again = engine.of(conv2dForward)(x1, w, undefined, { pad: 1 }).y;
      expect(flat(again)).toEqual(before);
    });
  });

  it("sums squares with the bits of the reference, of any layout", () => {
    const x = new Random(15).normal([37, 45]);
    const all = [x, x.transpose(1, 0), x.step(2, -1), zeros([0])];
    expect(engine.of(squareSums)(all)).toEqual(squareSums(all));
  });

  it("has run every function that the engine has a version of its own of", () => {
    expect(engine.unasked).toEqual([]);
  });

  it("refuses what the reference refuses, with the same words", () => {
    const random = new Random(14);
    const [x, w] = [random.normal([1, 1, 7, 7]), random.normal([1, 1, 2, 2])];
    const message = (engine: Engine): string => {
      try {
        engine.of(conv2dForward)(x, w, undefined, { stride: 3 });
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError);
        return (error as Error).message;
      }
      return "no error";
    };
    expect(message(engine)).toBe(message(reference));
    expect(message(engine)).toContain("not whole");
  });
});

/** Winograd's transforms cost it a digit. */
function isWinograd(x: Shape, w: Shape, options: Conv2dOptions): boolean {
  const geometry = conv2dGeometry(x, w, options);
  return whyDirect(geometry, w[1], w[0] / geometry.groups) === undefined;
}

function plain(random: Random, shape: Shape, dtype: DType): Tensor {
  return random.normal(shape, 0, 1, dtype);
}

/** Values from a handful, so that windows tie and zeros occur. */
function tied(random: Random, shape: Shape, dtype: DType): Tensor {
  const x = random.normal(shape, 0, 1, dtype);
  for (let i = 0; i < x.data.length; i++) x.data[i] = Math.round(x.data[i]);
  return x;
}
