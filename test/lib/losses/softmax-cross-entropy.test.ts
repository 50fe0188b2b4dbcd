/** Softmax cross-entropy on every engine: gradients, agreement, and numbers too large for an exponential. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cast,
  flat,
  gradCheck,
  operation,
  Random,
  tensor,
  zeros,
  type Tensor,
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
} from "../../../lib/index.js";
import type { SoftmaxCrossEntropyOptions } from "../../../lib/losses/softmax-cross-entropy.js";
import { agreement, engines, laidOut, layoutNames } from "../../support/engines.js";

interface Problem {
  readonly logits: Tensor;
  readonly options: SoftmaxCrossEntropyOptions & { targets: number[] | Tensor };
  readonly layout: (typeof layoutNames)[number];
}

const problems: fc.Arbitrary<Problem> = fc
  .record({
    N: fc.integer({ min: 1, max: 5 }),
    K: fc.integer({ min: 1, max: 6 }),
    scale: fc.constantFrom(1, 5),
    rows: fc.boolean(),
    labelSmoothing: fc.constantFrom(0, 0.1),
    weighted: fc.boolean(),
    reduction: fc.constantFrom("mean" as const, "sum" as const),
    layout: fc.constantFrom(...layoutNames),
    seed: fc.nat(10_000),
  })
  .map(({ N, K, scale, rows, labelSmoothing, weighted, reduction, layout, seed }) => {
    const random = new Random(seed);
    const logits = random.normal([N, K], 0, scale, "float64");
    const probabilities = random.uniform([N, K], 0.1, 1, "float64");
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += probabilities.get(n, k);
      for (let k = 0; k < K; k++) probabilities.set(n, k, probabilities.get(n, k) / sum);
    }
    const targets = rows ? probabilities : Array.from({ length: N }, () => random.integer(K));
    const classWeights = weighted ? Array.from({ length: K }, () => 0.5 + random.next()) : undefined;
    return {
      logits: laidOut(logits, layout),
      options: { targets, labelSmoothing, reduction, classWeights },
      layout,
    };
  });

const forAll = (property: (problem: Problem) => void): void =>
  fc.assert(fc.property(problems, property), { seed: 6, numRuns: 60 });

describe.each(engines)("$name", (engine) => {
  const loss = (logits: Tensor, targets: number[] | Tensor): number =>
    engine.of(softmaxCrossEntropyForward)(logits, targets).loss;

  it("has the right gradient", () => {
    forAll(({ logits, options }) => {
      gradCheck(
        operation("softmaxCrossEntropy", options, { engine }),
        { logits },
        { tolerance: 1e-7 },
      ).assert();
    });
  });

  it("agrees with the reference in both precisions", () => {
    forAll(({ logits, options, layout }) => {
      for (const dtype of ["float64", "float32"] as const) {
        const { targets } = options;
        const given = { ...options, targets: Array.isArray(targets) ? targets : cast(targets, dtype) };
        const off = agreement(
          engine,
          "softmaxCrossEntropy",
          { logits: laidOut(cast(logits, dtype), layout) },
          given,
        );
        expect(Math.max(...Object.values(off)), JSON.stringify(off)).toBeLessThanOrEqual(
          dtype === "float64" ? 1e-12 : 1e-5,
        );
      }
    });
  });

  it("is ln K when all classes are equally likely, and 0 when it is certain and right", () => {
    expect(loss(zeros([3, 10]), [0, 4, 9])).toBeCloseTo(Math.log(10), 6);
    expect(loss(tensor([[800, 0, 0]]), [0])).toBe(0);
  });

  it("neither overflows nor loses the small part", () => {
    expect(loss(tensor([[1000, 0, -1000]], undefined, "float64"), [2])).toBe(2000);
    expect(loss(tensor([[40, 0]], undefined, "float64"), [0]) / Math.exp(-40)).toBeCloseTo(1, 12);
    const { cache } = engine.of(softmaxCrossEntropyForward)(tensor([[1e30, 0]], undefined, "float64"), [1]);
    expect(Array.from(flat(engine.of(softmaxCrossEntropyBackward)(cache).dlogits))).toEqual([1, -1]);
  });

  it("does not feel a constant added to a row", () => {
    const z = [[0.3, -1, 2]];
    expect(loss(tensor([z[0].map((v) => v + 512)], undefined, "float64"), [1])).toBeCloseTo(
      loss(tensor(z, undefined, "float64"), [1]),
      12,
    );
  });

  it("takes −∞ for a class that cannot be", () => {
    expect(loss(tensor([[0, -Infinity]], undefined, "float64"), [0])).toBe(0);
  });

  it("has a gradient whose rows sum to 0", () => {
    forAll(({ logits, options }) => {
      const { cache } = engine.of(softmaxCrossEntropyForward)(logits, options.targets);
      const { dlogits } = engine.of(softmaxCrossEntropyBackward)(cache);
      const [N, K] = dlogits.shape;
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += dlogits.get(n, k);
        expect(Math.abs(sum)).toBeLessThan(1e-14);
      }
    });
  });
});
