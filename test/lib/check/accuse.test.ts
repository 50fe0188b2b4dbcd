/**
 * A check accuses what is wrong and only that: borders that a sample misses, numbers that are wrong by little, and a NaN, an
 * infinity or a huge number in one place while everything else is right.
 */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  adjointCheck,
  BatchNorm,
  batchNormBackward,
  batchNormForward,
  compute,
  Conv2d,
  conv2dBackward,
  conv2dForward,
  diagnose,
  Flatten,
  full,
  gradCheck,
  gradCheckNet,
  Linear,
  marks,
  operation,
  Random,
  ReLU,
  Sequential,
  SoftmaxCrossEntropy,
  tensor,
  tensorTrial,
  wrap,
  zeros,
  type GradientCheck,
  type GradientReport,
  type LossPass,
  type Targets,
  type Tensor,
} from "../../../lib/index.js";
import { slope } from "../../../lib/check/differences.js";

const random = new Random(5);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
type Cache = ReturnType<typeof conv2dForward>["cache"];

/** The convolution of the library with a gradient that is spoiled. */
const spoiled = (spoil: (gradients: ReturnType<typeof conv2dBackward>) => void) => ({
  name: "conv2d",
  forward: ({ x, w }: { x: Tensor; w: Tensor }) => conv2dForward(x, w, undefined, { pad: 1 }),
  backward: (dy: Tensor, cache: Cache) => {
    const gradients = conv2dBackward(dy, cache);
    spoil(gradients);
    return gradients;
  },
});

/** Indices whose relative error is too large. */
function accused({ map, wrong }: GradientCheck): string[] {
  const { data, shape } = map!.error;
  const places = Array.from(data, (error, i) => ({ error, i })).filter(({ error }) => error > 1e-6);
  expect(places).toHaveLength(wrong);
  return places.map(({ i }) => {
    const index = shape.map((extent, axis) => {
      const inner = shape.slice(axis + 1).reduce((product, one) => product * one, 1);
      return Math.floor(i / inner) % extent;
    });
    return index.join();
  });
}

describe("a gradient of more numbers than are compared one by one", () => {
  const inputs = { x: draw(2, 3, 16, 16), w: draw(2, 3, 3, 3) };
  const check = (spoil: (gradients: ReturnType<typeof conv2dBackward>) => void): GradientReport =>
    gradCheck(spoiled(spoil), inputs, { of: ["x"], samples: 50 });

  it("passes when it is right, and says what was compared", () => {
    const report = check(() => undefined);
    expect(report.text).toMatch(
      /✓ dx: 50 of 1,536 numbers and one direction through all, worst relative error \S+$/,
    );
    expect(report.of("x").direction).toMatchObject({ passed: true, through: 1536 });
    expect(report.of("x").direction!.error).toBeLessThan(1e-8);
    expect(report.of("x").size).toBe(1536);
  });

  it("fails by default when the last pixel of every map of 40×40 is zero, and names the corner", () => {
    const engine = compute.engines.find(({ name }) => name === "typescript")!;
    const conv = operation("conv2d", { pad: 1 }, { engine });
    const last: typeof conv = {
      ...conv,
      backward: (dy, cache) => {
        const { dx } = conv.backward(dy, cache) as { dx: Tensor };
        for (let map = 1; map <= 6; map++) dx.data[map * 1600 - 1] = 0;
        return { dx };
      },
    };
    const report = gradCheck(last, { x: draw(2, 3, 40, 40), w: inputs.w }, { of: ["x"] });
    expect(report.passed).toBe(false);
    expect(accused(report.of("x"))).toEqual(
      [0, 1].flatMap((n) => [0, 1, 2].map((c) => [n, c, 39, 39].join())),
    );
    expect(report.text).toMatch(
      /6 of 1,00\d numbers disagree, all in the bottom right corner; the others are right/,
    );
  });

  it.each([0, 700, 1535])("finds a single wrong number, %i of 1,536", (at) => {
    const report = check(({ dx }) => (dx.data[at] *= 1.01));
    const place = [Math.floor(at / 768), Math.floor(at / 256) % 3, Math.floor(at / 16) % 16, at % 16];
    expect(accused(report.of("x"))).toEqual([place.join()]);
    expect(report.complaint).toContain(`dx[${place.join(", ")}] is`);
  });

  it.each([NaN, Infinity, -1e300])("finds a single %d, and accuses nothing else", (value) => {
    const report = check(({ dx }) => (dx.data[700] = value));
    expect(accused(report.of("x"))).toEqual(["0,2,11,12"]);
    expect(report.of("x").index).toEqual([0, 2, 11, 12]);
  });

  it("finds a border, whichever it is", () => {
    const borders: [string, (row: number, column: number) => boolean][] = [
      ["in the first row", (row) => row === 0],
      ["in the last column", (_, column) => column === 15],
    ];
    for (const [words, inside] of borders) {
      const report = check(({ dx }) => {
        for (let i = 0; i < 1536; i++) if (inside(Math.floor(i / 16) % 16, i % 16)) dx.data[i] = 0;
      });
      expect(report.complaint).toContain(`all ${words}; the others are right`);
    }
  });

  it("does not take a sample for a mirror of what was measured nowhere", () => {
    const report = check(({ dx }) => {
      for (let i = 0; i < 1536; i++) dx.data[i] += Math.sin(i);
    });
    expect(report.complaint).not.toMatch(/mirrored|turned|transposed/);
  });

  it("goes around kinks and ties, and says through how many numbers it went", () => {
    const x = draw(60, 50);
    const kinks = 7;
    for (let k = 0; k < kinks; k++) x.data[400 * k + 13] = 0;
    const report = gradCheck(operation("relu", {}), { x }, { samples: 20 });
    expect(report.passed).toBe(true);
    const { through } = report.of("x").direction!;
    expect(through).toBeLessThan(3000);
    expect(through).toBeGreaterThan(2000);
    expect(report.text).toContain(
      `20 of 3,000 numbers and one direction through ${through.toLocaleString("en")} of them`,
    );
    x.data[2999] = 1;
    const wrong = gradCheck(
      {
        ...operation("relu", {}),
        backward: (dy) => {
          const dx = operationDx(dy, x);
          dx.data[2999] += 1;
          return { dx };
        },
      },
      { x },
      { samples: 20 },
    );
    expect(accused(wrong.of("x"))).toEqual(["59,49"]);
  });

  it("is found in a network too", () => {
    const border = (dy: Tensor, cache: Cache) => {
      const gradients = conv2dBackward(dy, cache);
      gradients.dw.data[gradients.dw.size - 1] = 0;
      return gradients;
    };
    const net = new Sequential({
      conv: new Conv2d({ in: 3, out: 8, size: 5, pad: 2, dtype: "float64", backward: border }),
      relu: new ReLU(),
      flat: new Flatten(),
      fc: new Linear({ in: 8 * 36, out: 4, dtype: "float64" }),
    });
    const report = gradCheckNet(net, draw(2, 3, 6, 6), [1, 3]);
    expect(report.gradients.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(["conv.w"]);
    expect(accused(report.of("conv.w"))).toEqual(["7,2,4,4"]);
    expect(report.text).toContain("✓ dfc.w: 50 of 1,152 numbers and one direction through all");
  });
});

const operationDx = (dy: Tensor, x: Tensor): Tensor =>
  wrap(
    Float64Array.from(dy.data, (d, i) => (x.data[i] > 0 ? d : 0)),
    x.shape,
  );

describe("a number that is not finite", () => {
  const inputs = { x: draw(1, 2, 5, 5), w: draw(3, 2, 3, 3) };
  it.each([NaN, Infinity, -Infinity, 1e300])("in dw accuses its place and nothing else: %d", (value) => {
    const report = gradCheck(
      spoiled(({ dw }) => (dw.data[7] = value)),
      inputs,
    );
    expect(report.of("x").passed).toBe(true);
    expect(accused(report.of("w"))).toEqual(["0,0,2,1"]);
  });

  it("huge and wrong, does not hide another that is wrong", () => {
    const report = gradCheck(
      spoiled(({ dw, dx }) => {
        dw.data[7] = 1e300;
        dx.data[3] += 1e-3;
      }),
      inputs,
    );
    expect(accused(report.of("x"))).toEqual(["0,0,0,3"]);
  });

  it("in the output is left out, and what does not come of it is still checked", () => {
    const log = (wrongAt = -1) => ({
      name: "log",
      forward: ({ x }: { x: Tensor }) => ({
        y: wrap(Float64Array.from(x.data, Math.log), x.shape),
        cache: x,
      }),
      backward: (dy: Tensor, x: Tensor) => ({
        dx: wrap(
          Float64Array.from(dy.data, (d, i) => (i === wrongAt ? 2 : 1) * (d / x.data[i])),
          x.shape,
        ),
      }),
    });
    const x = tensor([2, -1, 0.5, 0, 3], [5], "float64");
    const report = gradCheck(log(), { x });
    expect(report.passed).toBe(true);
    expect(report.text).toContain("left out: 2 of the 5 numbers of y are not finite (y[1] is NaN)");
    expect(accused(gradCheck(log(4), { x }).of("x"))).toEqual(["4"]);
    const nowhere = gradCheck(log(), { x: tensor([-1, -2], [2], "float64") });
    expect(nowhere.passed).toBe(false);
    expect(nowhere.complaint).toContain(
      "dx cannot be measured: 2 of the 2 numbers of y are not finite (y[0] is NaN)",
    );
  });

  it("in the input does no harm where a mask keeps it out", () => {
    const scores = tensor([1, -Infinity, 2, 0.5, 1, -Infinity], [2, 3], "float64");
    const report = gradCheck(operation("softmax", {}), { x: scores });
    expect(report.complaint).toBeUndefined();
    expect(report.of("x").compared).toBe(6);
  });

  it("in the loss is told as what it is", () => {
    class Broken extends SoftmaxCrossEntropy {
      override forward(logits: Tensor, targets: Targets, pass: LossPass): number {
        return 0 * super.forward(logits, targets, pass) + NaN;
      }
    }
    const net = new Sequential({ fc: new Linear({ in: 2, out: 2, dtype: "float64" }) });
    const report = gradCheckNet(net, full([1, 2], 1, "float64"), [0], new Broken());
    expect(report.passed).toBe(false);
    expect(report.complaint).toBe(
      "dx cannot be measured: the loss is NaN before anything is moved; use other inputs.",
    );
  });

  it("at a large step does not spoil the smaller ones", () => {
    const change = (step: number) => {
      const value = Math.abs(step) > 1e-5 ? NaN : 3 * step;
      return { value, mass: 1 };
    };
    expect(slope(change, { step: 2 ** -10, accuracy: 1e-7, floor: 1 })).toEqual({
      value: expect.closeTo(3, 6) as number,
      smooth: true,
    });
  });
});

describe("a gradient that is wrong by little", () => {
  it("shows as many digits as it takes to see it, and the usual cause", () => {
    const measured = draw(4, 6);
    const derived = wrap(
      Float64Array.from(measured.data, (v) => v * (1 + 1e-5)),
      [4, 6],
    );
    expect(diagnose({ derived, measured })).toBe(
      "24 of 24 numbers disagree: the derived gradient is 1.00001 times the measured one, as where an ε is left out or added twice, or numbers are rounded to float32 on the way.",
    );
    const uneven = wrap(
      Float64Array.from(measured.data, (v, i) => v * (1 + 1e-5 * (1 + (i % 3)))),
      [4, 6],
    );
    const words = diagnose({ derived: uneven, measured });
    const [, is, must] =
      /are (\S+) derived and (\S+) measured; each is off by at most 3e−5 of its size, as where an ε/.exec(
        words,
      )!;
    expect(is).not.toBe(must);
  });

  it("is a batch norm without its ε", () => {
    const inputs = { x: draw(6, 3), gamma: draw(3), beta: draw(3) };
    const report = gradCheck(
      {
        name: "batch norm",
        forward: ({ x, gamma, beta }) => batchNormForward(x, gamma, beta),
        backward: (dy: Tensor, cache) =>
          batchNormBackward(dy, {
            ...cache,
            scale: cache.scale.map((s) => 1 / Math.sqrt(1 / s ** 2 - 1e-5)),
          }),
      },
      inputs,
    );
    expect(report.complaint).toContain("as where an ε is left out");
    const [, is, must] = /\] is (\S+), but central differences give (\S+) \(/.exec(report.complaint!)!;
    expect(is).not.toBe(must);
    expect(new BatchNorm({ size: 3 }).options.epsilon).toBeUndefined(); // 1e-5 unless given
  });

  it("is not a factor when only one number is wrong", () => {
    const measured = tensor([1000, 2, 3, 4], [4], "float64");
    const derived = tensor([1000 + 1e-5, 2, 3, 4.001], [4], "float64");
    expect(diagnose({ derived, measured })).toMatch(
      /^1 of 4 numbers disagree; the farthest apart, at \[3\], are 4.001 derived and 4 measured/,
    );
  });
});

describe("places", () => {
  const measured = full([2, 3, 4, 4], 1, "float64");
  const with0 = (inside: (n: number, c: number, i: number, j: number) => boolean): string => {
    const derived = wrap(measured.data.slice() as Float64Array, measured.shape);
    for (let at = 0; at < 96; at++)
      if (inside(Math.floor(at / 48), Math.floor(at / 16) % 3, Math.floor(at / 4) % 4, at % 4))
        derived.data[at] = 7;
    return diagnose({ derived, measured });
  };

  it("are named when all of a place, or most, is wrong", () => {
    expect(with0((_n, _c, i, j) => i === 0 && j === 3)).toContain(
      "all in the top right corner; the others are right",
    );
    expect(with0((n) => n === 1)).toContain("all at [1, ·, ·, ·]; the others are right");
    expect(with0((_n, c) => c === 2)).toContain("all at [·, 2, ·, ·]; the others are right");
  });

  it("are not blamed for a few of their numbers", () => {
    expect(with0((n, c, i, j) => j === 0 && i === 1 && n + c < 2)).not.toContain("column");
  });

  it("an infinity is a disagreement, and says where", () => {
    const derived = wrap(measured.data.slice() as Float64Array, measured.shape);
    derived.data[5] = Infinity;
    expect(diagnose({ derived, measured })).toBe(
      "1 of 96 numbers disagree, and the derived gradient has ∞, first at [0, 0, 1, 1]; look for a division by zero or a number never written.",
    );
  });
});

describe("other checks", () => {
  it("a backward that writes into dy is told so", () => {
    const rude = {
      ...operation("relu", {}),
      backward: (dy: Tensor) => {
        dy.data.fill(0);
        return { dx: dy };
      },
    };
    expect(() => gradCheck(rude, { x: draw(3) })).toThrow("relu changes the upstream gradient dy");
  });

  it("an adjoint that is huge, infinite or NaN is not the adjoint", () => {
    const x = draw(10);
    for (const value of [1e200, Infinity, NaN]) {
      const wrong = (y: Tensor) =>
        wrap(
          Float64Array.from(y.data, (v, i) => (i === 3 ? value : v)),
          [10],
        );
      const report = adjointCheck((v) => v, wrong, x);
      expect(report.passed, `${value}`).toBe(false);
      expect(report.error).toBeGreaterThan(0.01);
    }
    const large = (v: Tensor) =>
      wrap(
        Float64Array.from(v.data, (one) => 1e170 * one),
        [10],
      );
    expect(adjointCheck(large, large, x)).toMatchObject({ passed: true });
  });

  it("numbers that share a place in memory are numbers of their own", () => {
    const row = ndarray(draw(4).data, [3, 4], [0, 1], 0) as Tensor;
    const windows = ndarray(draw(6).data, [3, 4], [1, 1], 0) as Tensor;
    for (const x of [row, windows])
      expect(gradCheck(operation("linear", {}), { x, w: draw(2, 4) }).complaint).toBeUndefined();
  });

  it("a known mistake that gives NaN is called by its name", () => {
    const right = tensor([1, 2, 3], [3], "float64");
    const past = tensor([1, 2, NaN], [3], "float64");
    const trial = tensorTrial("y", past, right, { mistakes: { "It reads past the end.": () => past } });
    expect(trial.mistake).toBe("It reads past the end.");
    expect(marks("y", 1, { a: () => trial }).text).toContain("y[2] is NaN, but it must be 3");
    expect(tensorTrial("y", tensor([1, Infinity, 3], [3], "float64"), right).complaint).toContain(
      "1 of 3 numbers are wrong",
    );
    expect(zeros([1]).size).toBe(1);
  });
});
