/**
 * Losses and the count of right answers on the WebGPU engine: each agrees with the reference, forward and backward, and refuses what
 * the reference refuses, in its words. They are computed there in late passes, of outputs that are on the device.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { copy, full, reshape, tensor, type Shape, type Tensor } from "../../../../lib/array/tensor.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { reference } from "../../../../lib/engine/reference.js";
import {
  averagePool2dForward,
  BinaryCrossEntropy,
  Euclidean,
  Hinge,
  Huber,
  L1,
  NegativeLogLikelihood,
  Pass,
  SoftmaxCrossEntropy,
} from "../../../../lib/index.js";
import type { Loss, Targets } from "../../../../lib/losses/loss.js";
import { rightAnswers } from "../../../../lib/losses/right-answers.js";
import { deviation } from "../../../support/engines.js";
import { gpu } from "../../../support/gpu.js";

/** A tensor on the device of a late pass; the reference has it in JavaScript. */
function outputs(pass: Pass, x: Tensor): Tensor {
  pass.enclose(() => x); // opens the pass's memory
  const image = x.shape.length === 4 ? x : reshape(x, [...x.shape, 1, 1]);
  return reshape(pass.engine.of(averagePool2dForward)(image, { size: 1 }).y, x.shape);
}

/** The loss and its gradient on an engine, in a late pass. */
function run(
  engine: Engine,
  loss: Loss,
  x: Tensor,
  targets: Targets,
): { loss: Tensor; dx: Tensor; isLate: boolean } {
  const pass = new Pass({ engine, lend: true, late: {} });
  try {
    const pending = loss.start(outputs(pass, x), targets, pass);
    const dx = copy(loss.backward(pass));
    return { loss: tensor([pending.loss]), dx, isLate: pending.isLate === true };
  } finally {
    pass.end();
  }
}

const random = new Random(1);
const classes = (count: number, of: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 7) % of);
/** Rows of probabilities along the second axis. */
function rows(shape: Shape): Tensor {
  const [N, K, ...places] = shape;
  const P = places.reduce((product, extent) => product * extent, 1);
  const x = random.uniform(shape, 0.1, 1);
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < P; p++) {
      const at = (k: number): number => (n * K + k) * P + p;
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x.data[at(k)];
      for (let k = 0; k < K; k++) x.data[at(k)] /= sum;
    }
  }
  return x;
}

describe.skipIf(gpu === undefined)("losses on the gpu engine", () => {
  it.each<[string, Loss, Tensor, Targets]>([
    ["labels", new SoftmaxCrossEntropy(), random.normal([5, 7]), classes(5, 7)],
    ["one row of one class", new SoftmaxCrossEntropy(), random.normal([1, 1]), [0]],
    ["more rows than a work group", new SoftmaxCrossEntropy(), random.normal([300, 3]), classes(300, 3)],
    [
      "sure and right",
      new SoftmaxCrossEntropy(),
      tensor([
        [12, 0, -3],
        [-4, 9, 0],
      ]),
      [0, 1],
    ],
    [
      "sure and wrong, far from 0",
      new SoftmaxCrossEntropy(),
      tensor([
        [800, 0, -300],
        [-4, 900, 0],
      ]),
      [1, 2],
    ],
    [
      "a class that cannot be",
      new SoftmaxCrossEntropy(),
      tensor([
        [1, -Infinity, 2],
        [0, 1, 2],
      ]),
      [0, 2],
    ],
    ["smoothing", new SoftmaxCrossEntropy({ labelSmoothing: 0.1 }), random.normal([4, 5]), classes(4, 5)],
    [
      "weights and smoothing",
      new SoftmaxCrossEntropy({ classWeights: [1, 0, 3], labelSmoothing: 0.2 }),
      random.normal([6, 3]),
      classes(6, 3),
    ],
    [
      "an ignored label that is a class, and a sum",
      new SoftmaxCrossEntropy({ ignoreIndex: 2, reduction: "sum" }),
      random.normal([6, 3]),
      classes(6, 3),
    ],
    ["an ignored −1", new SoftmaxCrossEntropy({ ignoreIndex: -1 }), random.normal([3, 4]), [2, -1, 0]],
    ["rows", new SoftmaxCrossEntropy(), random.normal([4, 6]), rows([4, 6])],
    [
      "rows, weights, smoothing and a sum",
      new SoftmaxCrossEntropy({ classWeights: [0.5, 1, 2], labelSmoothing: 0.1, reduction: "sum" }),
      random.normal([5, 3]),
      rows([5, 3]),
    ],
    ["places", new SoftmaxCrossEntropy(), random.normal([2, 3, 4, 5]), classes(40, 3)],
    [
      "places, ignored and weighted",
      new SoftmaxCrossEntropy({ ignoreIndex: 9, classWeights: [1, 2, 3] }),
      random.normal([2, 3, 2, 3]),
      [0, 1, 9, 2, 0, 9, 1, 1, 2, 9, 0, 0],
    ],
    ["rows at places", new SoftmaxCrossEntropy(), random.normal([2, 3, 2, 3]), rows([2, 3, 2, 3])],
  ])("softmax cross-entropy: %s", expectAgreement);

  it.each<[string, Loss, Tensor, Targets]>([
    ["likelihood", new NegativeLogLikelihood(), random.normal([5, 4], -2), classes(5, 4)],
    [
      "likelihood: weights, an ignored label, places",
      new NegativeLogLikelihood({ classWeights: [1, 2, 0.5], ignoreIndex: -1 }),
      random.normal([2, 3, 2, 2], -2),
      [0, -1, 2, 1, 1, 0, -1, 2],
    ],
    [
      "likelihood: a sum",
      new NegativeLogLikelihood({ reduction: "sum" }),
      random.normal([3, 4]),
      classes(3, 4),
    ],
    ["hinge", new Hinge(), random.normal([6, 5]), classes(6, 5)],
    [
      "hinge, squared",
      new Hinge({ power: 2, margin: 0.5, reduction: "sum" }),
      random.normal([6, 5]),
      classes(6, 5),
    ],
    ["hinge: all margins kept", new Hinge(), tensor([[5, 1, 0]]), [0]],
    ["Euclidean", new Euclidean(), random.normal([3, 4]), random.normal([3, 4])],
    ["Euclidean of numbers", new Euclidean({ reduction: "sum" }), random.normal([5, 1]), [1, 2, 3, 4, 5]],
    ["Euclidean of many", new Euclidean(), random.normal([2, 3, 50, 60]), random.normal([2, 3, 50, 60])],
    ["L1", new L1(), tensor([[1, 2, 3]]), tensor([[2, 2, 1]])],
    ["L1 of many", new L1({ reduction: "sum" }), random.normal([2, 9000]), random.normal([2, 9000])],
    ["Huber", new Huber({ threshold: 0.7 }), random.normal([4, 9]), random.normal([4, 9])],
    ["binary", new BinaryCrossEntropy(), random.normal([4, 3], 0, 3), random.uniform([4, 3])],
    ["binary, sure", new BinaryCrossEntropy(), tensor([[-200, 200, 30, -30]]), tensor([[0, 1, 1, 1]])],
    ["binary of many", new BinaryCrossEntropy(), random.normal([3, 5000]), full([3, 5000], 1)],
  ])("%s", expectAgreement);

  function expectAgreement(_name: string, loss: Loss, x: Tensor, targets: Targets): void {
    gpu!.poison(666.666);
    const got = run(gpu!, loss, x, targets);
    expect(got.isLate).toBe(true);
    const expected = run(reference, loss, x, targets);
    expect(expected.isLate).toBe(false);
    for (const name of ["loss", "dx"] as const)
      expect(deviation(got[name], expected[name]), name).toBeLessThan(1e-5);
    gpu!.poison(-666.666);
    const again = run(gpu!, loss, x, targets);
    for (const name of ["loss", "dx"] as const) expect([...again[name].data]).toEqual([...got[name].data]);
  }

  it("a loss of probabilities near 1 has its digits", () => {
    const x = tensor([
      [9, 0],
      [0, 8],
      [14, 0],
    ]);
    const [got, expected] = [gpu!, reference].map(
      (one) => run(one, new SoftmaxCrossEntropy(), x, [0, 1, 0]).loss.data[0],
    );
    expect(Math.abs(got / expected - 1)).toBeLessThan(1e-5);
  });

  it.each<[string, number[][]]>([
    [
      "a NaN",
      [
        [0, 1, 2],
        [1, NaN, 2],
        [NaN, 1, 2],
      ],
    ],
    [
      "an infinity",
      [
        [0, 1, 2],
        [1, 2, Infinity],
        [NaN, 1, 2],
      ],
    ],
    [
      "an infinity before a NaN",
      [
        [0, Infinity, NaN],
        [1, 2, 3],
        [3, 1, 2],
      ],
    ],
    [
      "nothing but −∞",
      [
        [0, 1, 2],
        [-Infinity, -Infinity, -Infinity],
        [Infinity, 1, 2],
      ],
    ],
  ])("softmax cross-entropy refuses %s in the reference's words", (_name, logits) => {
    const words = (engine: Engine): string => {
      const pass = new Pass({ engine, lend: true, late: {} });
      try {
        return String(new SoftmaxCrossEntropy().start(outputs(pass, tensor(logits)), [0, 1, 2], pass).loss);
      } catch (error) {
        return (error as Error).message;
      } finally {
        pass.end();
      }
    };
    expect(words(reference)).toMatch(/^softmaxCrossEntropy: logit \d of example \d is /);
    expect(words(gpu!)).toBe(words(reference));
  });

  it.each<[string, Loss, number[][], Targets]>([
    ["softmax cross-entropy", new SoftmaxCrossEntropy(), [[0, -Infinity, 2]], [1]],
    ["Euclidean", new Euclidean(), [[NaN, 1]], tensor([[1, 2]])],
    ["Huber", new Huber(), [[1, NaN]], tensor([[1, 2]])],
    ["L1", new L1(), [[1, -Infinity]], tensor([[1, 2]])],
    ["binary cross-entropy", new BinaryCrossEntropy(), [[NaN, 1]], tensor([[0, 1]])],
    ["hinge", new Hinge(), [[1, NaN, 2]], [0]],
    ["likelihood", new NegativeLogLikelihood(), [[-Infinity, -1]], [0]],
  ])("a loss that is not finite is the reference's, and raises the flag: %s", (_name, loss, x, targets) => {
    const pass = new Pass({ engine: gpu!, lend: true, late: {} });
    const pending = loss.start(outputs(pass, tensor(x)), targets, pass);
    expect(pending.isLate).toBe(true);
    // What is computed from such a loss may not be read.
    expect(() => loss.backward(pass).data).toThrow("the loss was not finite");
    const expected = loss.start(tensor(x), targets, new Pass({ engine: reference })).loss;
    expect(Number.isFinite(expected)).toBe(false);
    expect(pending.loss).toBe(expected);
    pass.end();
  });

  it("says what is wrong with targets in the reference's words, before anything is sent", () => {
    const x = random.normal([2, 3]);
    const cases: [Loss, Targets][] = [
      [new SoftmaxCrossEntropy(), [0, 3]],
      [new SoftmaxCrossEntropy(), [0]],
      [
        new SoftmaxCrossEntropy(),
        tensor([
          [1, 2, 3],
          [0, 0, 1],
        ]),
      ],
      [new SoftmaxCrossEntropy({ classWeights: [1] }), [0, 1]],
      [new NegativeLogLikelihood(), [0, -1]],
      [new Hinge({ margin: 0 }), [0, 1]],
      [new Huber({ threshold: -1 }), x],
      [new Euclidean(), [1, 2]],
      [new BinaryCrossEntropy(), full([2, 3], 2)],
    ];
    for (const [loss, targets] of cases) {
      const words = [gpu!, reference].map((engine) => {
        try {
          run(engine, loss, x, targets);
        } catch (error) {
          return (error as Error).message;
        }
        return "no error";
      });
      expect(words[0]).toBe(words[1]);
      expect(words[0]).not.toBe("no error");
    }
  });

  it("counts right answers as the reference: of equal numbers the first, no label that is no class", () => {
    const x = tensor([
      [1, 3, 3],
      [2, 2, 2],
      [0, 1, 5],
      [0, 9, 1],
      [4, 1, 1],
    ]);
    const many = random.normal([700, 4]);
    const cases: [Tensor, number[]][] = [
      [x, [1, 0, 2, 1, 0]],
      [x, [2, 1, 2, 1, 0.4]],
      [x, [-1, 3, 2, NaN, 1 - 1e-12]],
      [many, classes(700, 4)],
    ];
    for (const [y, labels] of cases) {
      const pass = new Pass({ engine: gpu!, late: {} });
      const placed = outputs(pass, y);
      const answers = pass.engine.of(rightAnswers)(placed, labels);
      expect(Object.getOwnPropertyDescriptor(answers, "count")).toHaveProperty("get"); // it is on its way
      pass.end();
      expect(answers.count).toBe(rightAnswers(y, labels).count);
    }
  });
});
