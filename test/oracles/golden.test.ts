/**
 * Published numbers: expected outputs of Stanford's CS231n assignments and of TensorFlow.js's unit tests, on every
 * engine. Theirs are N×H×W×C and H×W×C×F where it says so; each answer is held to the digits that were published.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  flat,
  full,
  wrap,
  zeros,
  type Engine,
  type Tensor,
  adamStep,
  averagePool2dBackward,
  averagePool2dForward,
  batchNormBackward,
  batchNormForward,
  conv2dBackward,
  conv2dForward,
  linearForward,
  logSoftmaxBackward,
  logSoftmaxForward,
  maxPool2dBackward,
  maxPool2dForward,
  reluForward,
  rmsPropStep,
  sgdStep,
  softmaxCrossEntropyForward,
} from "../../lib/index.js";
import { deviationOf, engines } from "../support/engines.js";
import { withData } from "../support/shared.js";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface GoldenCase {
  readonly name: string;
  readonly attrs: Record<string, never>;
  readonly inputs: Record<string, Numbers>;
  readonly expected: Record<string, Numbers>;
}

/** Gives each expected tensor by its name, from the inputs in float64; what it leaves out must be in `notOurs`. */
type Answer = (
  engine: Engine,
  inputs: Record<string, Tensor>,
  attrs: Record<string, never>,
) => Record<string, Tensor>;

const read = ({ shape, data }: Numbers): Tensor => wrap(Float64Array.from(data), shape);

/** The tensor with its axes in another order. */
function reorder(x: Tensor, ...order: number[]): Tensor {
  return x.transpose(...order) as Tensor;
}
const fromNHWC = (x: Tensor): Tensor => reorder(x, 0, 3, 1, 2);
const toNHWC = (x: Tensor): Tensor => reorder(x, 0, 2, 3, 1);
const rows = (x: Tensor): Tensor => wrap(flat(x).slice(), [x.shape[0], x.size / x.shape[0]]);
const scaled = (x: Tensor, factor: number): Tensor =>
  wrap(
    flat(x).map((v) => v * factor),
    x.shape,
  );

const poolGradient =
  (size: number, stride: number): Answer =>
  (engine, { x, dy }) => {
    const { cache } = engine.of(maxPool2dForward)(fromNHWC(x), { size, stride });
    return { dx: toNHWC(engine.of(maxPool2dBackward)(fromNHWC(dy), cache).dx) };
  };

const crossEntropy: Answer = (engine, { logits, onehot }) => ({
  loss: full([1], engine.of(softmaxCrossEntropyForward)(logits, onehot).loss, "float64"),
});

/** Two steps of an optimiser on Σx², whose gradient is 2x. */
const twoSteps = (
  x0: Tensor,
  step: (x: Tensor, gradient: Tensor, t: number) => void,
): Record<string, Tensor> => {
  const x = scaled(x0, 1);
  step(x, scaled(x, 2), 1);
  const x1 = scaled(x, 1);
  step(x, scaled(x, 2), 2);
  return { x1, x2: x };
};

const answers: Record<string, Answer> = {
  affine_forward: (engine, { x, w, b }) => ({
    out: engine.of(linearForward)(rows(x), reorder(w, 1, 0), b).y,
  }),
  relu_forward: (engine, { x }) => ({ out: engine.of(reluForward)(x).y }),
  conv_forward: (engine, { x, w, b }) => ({
    out: engine.of(conv2dForward)(x, w, b, { stride: 2, pad: 1 }).y,
  }),
  max_pool_forward: (engine, { x }) => ({ out: engine.of(maxPool2dForward)(x, { size: 2, stride: 2 }).y }),
  two_layer_net_softmax: (engine, { X, W1, b1, W2, b2 }, { y }) => {
    const hidden = engine.of(reluForward)(engine.of(linearForward)(X, reorder(W1, 1, 0), b1).y).y;
    const scores = engine.of(linearForward)(hidden, reorder(W2, 1, 0), b2).y;
    const { loss } = engine.of(softmaxCrossEntropyForward)(scores, y as readonly number[]);
    const penalty = [W1, W2].flatMap((w) => Array.from(flat(w))).reduce((sum, w) => sum + (w * w) / 2, 0);
    return { scores, loss: full([1], loss, "float64"), loss_reg1: full([1], loss + penalty, "float64") };
  },
  sgd_momentum: (engine, { w, dw, velocity }, { learningRate: lr, momentum }) => {
    // Theirs is v ← μv − ηg, w ← w + v: ours times −η.
    const [value, v] = [scaled(w, 1), scaled(velocity, -1 / lr)];
    engine.of(sgdStep)(value, dw, v, { lr, momentum });
    return { next_w: value, velocity: scaled(v, -lr) };
  },
  rmsprop: (engine, { w, dw, cache }, { learningRate: lr, decay: rho, eps: epsilon }) => {
    const [value, square] = [scaled(w, 1), scaled(cache, 1)];
    engine.of(rmsPropStep)(value, dw, { square }, { lr, rho, epsilon });
    return { next_w: value, cache: square };
  },
  adam: (engine, { w, dw, m, v }, { learningRate: lr, beta1, beta2, eps: epsilon, t_before }) => {
    const [value, mean, square] = [w, m, v].map((x) => scaled(x, 1));
    engine.of(adamStep)(value, dw, { mean, square }, t_before + 1, { lr, betas: [beta1, beta2], epsilon });
    return { next_w: value, m: mean, v: square };
  },
  batchnorm_train_forward_stats: (engine, { a }, { eps: epsilon }) => {
    const { statistics } = engine.of(batchNormForward)(a, full([3], 1, "float64"), zeros([3], "float64"), {
      epsilon,
    });
    return { inMeans: statistics.mean, inStds: wrap(flat(statistics.variance).map(Math.sqrt), [3]) };
  },
  batchnorm_backward: (engine, { x, gamma, beta, dout }, { eps: epsilon }) => ({
    ...engine.of(batchNormBackward)(dout, engine.of(batchNormForward)(x, gamma, beta, { epsilon }).cache),
  }),
  conv2d_grad_x2331_f22_s1_p0: (engine, { x, filter, dy }) => {
    const { cache } = engine.of(conv2dForward)(fromNHWC(x), reorder(filter, 3, 2, 0, 1), undefined);
    const { dx, dw } = engine.of(conv2dBackward)(fromNHWC(dy), cache);
    return { dx: toNHWC(dx), dfilter: reorder(dw, 2, 3, 1, 0) };
  },
  maxpool_grad_331_f2_s1: poolGradient(2, 1),
  maxpool_grad_441_f2_s2: poolGradient(2, 2),
  maxpool_grad_331_one_shared_max: poolGradient(2, 1),
  avgpool_grad_331_f2_s1: (engine, { x, dy }) => {
    const { cache } = engine.of(averagePool2dForward)(fromNHWC(x), { size: 2, stride: 1 });
    return { dx: toNHWC(engine.of(averagePool2dBackward)(fromNHWC(dy), cache).dx) };
  },
  logsoftmax_grad_1d: (engine, { x, dy }) => {
    const row = (v: Tensor): Tensor => wrap(flat(v), [1, 3]);
    return {
      dx: wrap(
        flat(engine.of(logSoftmaxBackward)(row(dy), engine.of(logSoftmaxForward)(row(x)).cache).dx),
        [3],
      ),
    };
  },
  softmaxCE_all_wrong: crossEntropy,
  softmaxCE_all_right: crossEntropy,
  batchnorm2d_fixed_stats_grad: (engine, { x, mean, variance, offset, scale, dy }, { eps: epsilon }) => {
    const { cache } = engine.of(batchNormForward)(x, scale, offset, {
      epsilon,
      statistics: { mean, variance },
    });
    const { dx, dgamma, dbeta } = engine.of(batchNormBackward)(dy, cache);
    return { dx, dscale: dgamma, doffset: dbeta };
  },
  momentum_two_steps: (engine, { x0 }, { learningRate: lr, momentum }) => {
    const velocity = zeros(x0.shape, "float64");
    return twoSteps(x0, (x, gradient) => engine.of(sgdStep)(x, gradient, velocity, { lr, momentum }));
  },
  adam_two_steps: (engine, { x0 }, { learningRate: lr, beta1, beta2 }) => {
    const [mean, square] = [zeros(x0.shape, "float64"), zeros(x0.shape, "float64")];
    return twoSteps(x0, (x, gradient, t) =>
      engine.of(adamStep)(x, gradient, { mean, square }, t, { lr, betas: [beta1, beta2] }),
    );
  },
};

/** What has no counterpart here: our batch norm takes given statistics for constants and derives nothing for them. */
const notOurs: Record<string, readonly string[]> = { batchnorm2d_fixed_stats_grad: ["dmean", "dvariance"] };

const tolerances = { "cs231n.json": 1e-7, "tfjs.json": 1e-3 };
const counts = { "cs231n.json": 10, "tfjs.json": 11 };

describe.each(Object.keys(tolerances) as (keyof typeof tolerances)[])("%s", (file) => {
  withData(`golden/${file}`, `published numbers of ${file}`, (path) => {
    const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: GoldenCase[] };

    it("has an answer to every case", () => {
      expect(cases.length).toBe(counts[file]);
      expect(cases.map(({ name }) => name).filter((name) => !(name in answers))).toEqual([]);
    });

    describe.each(engines)("$name", (engine) => {
      it.each(cases)("$name", ({ name, attrs, inputs, expected }) => {
        const given = Object.fromEntries(
          Object.entries(inputs).map(([key, numbers]) => [key, read(numbers)]),
        );
        const got = answers[name](engine, given, attrs);
        const missing = Object.keys(expected).filter((key) => !(key in got));
        expect(missing).toEqual(notOurs[name] ?? []);
        for (const [key, { shape, data }] of Object.entries(expected)) {
          if (missing.includes(key)) continue;
          expect(got[key].shape).toEqual(shape);
          expect(
            data.every((v) => v === 0) ? Math.max(...flat(got[key])) : deviationOf(flat(got[key]), data),
            key,
          ).toBeLessThan(tolerances[file]);
        }
      });
    });
  });
});

describe("batch norm's published outcome", () => {
  withData("golden/cs231n.json", "means and deviations after normalising", (path) => {
    const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: GoldenCase[] };
    const { inputs, attrs } = cases.find(({ name }) => name === "batchnorm_train_forward_stats")!;
    const published = attrs as unknown as {
      eps: number;
      cases: { gamma: number[]; beta: number[]; outMeans: number[]; outStds: number[] }[];
    };
    const vector = (numbers: number[]): Tensor => wrap(Float64Array.from(numbers), [3]);
    describe.each(engines)("$name", (engine) => {
      it.each(published.cases)("for gamma $gamma", ({ gamma, beta, outMeans, outStds }) => {
        const options = { epsilon: published.eps };
        const { y } = engine.of(batchNormForward)(read(inputs.a), vector(gamma), vector(beta), options);
        const { statistics } = engine.of(batchNormForward)(y, vector([1, 1, 1]), vector([0, 0, 0]), options);
        for (let c = 0; c < 3; c++) {
          expect(statistics.mean.data[c]).toBeCloseTo(outMeans[c], 7);
          expect(Math.sqrt(statistics.variance.data[c])).toBeCloseTo(outStds[c], 7);
        }
      });
    });
  });
});
