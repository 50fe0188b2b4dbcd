/**
 * Protects what is said of images made to deceive: on a linear classifier of two classes the least change is known in closed
 * form; the limit, the range and the confidence are kept; and the clean images stay as they were.
 */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  Conv2d,
  flat,
  Flatten,
  fool,
  Linear,
  Random,
  ReLU,
  Sequential,
  ShapeError,
  Softmax,
  tensor,
  ValueError,
  wrap,
  zeros,
  type Fooled,
  type Tensor,
} from "../../../lib/index.js";

const dtype = "float64" as const;
const random = new Random(5);

/** z = w·x + b for two classes; w drawn at random. */
function linear(pixels: number): {
  net: Sequential;
  difference: Float64Array;
  gap(x: ArrayLike<number>): number;
} {
  const fc = new Linear({ in: pixels, out: 2, dtype });
  const net = new Sequential({ flat: new Flatten(), fc }, { input: [1, 1, pixels], seed: 7 });
  const w = flat(fc.parameters.w.value);
  const difference = Float64Array.from({ length: pixels }, (_, i) => w[pixels + i] - w[i]);
  const gap = (x: ArrayLike<number>) => difference.reduce((sum, d, i) => sum + d * x[i], 0);
  return { net, difference, gap };
}

/** Examples that a linear classifier of two classes takes for class 0. */
function ofClass0(pixels: number, count: number, gap: (x: ArrayLike<number>) => number): Tensor {
  const rows: number[][] = [];
  while (rows.length < count) {
    const row = Array.from({ length: pixels }, () => 0.4 + 0.2 * random.next());
    if (gap(row) < 0) rows.push(row);
  }
  return tensor(rows.flat(), [count, 1, 1, pixels], dtype);
}

describe("fool, where the answer is known", () => {
  const pixels = 40;
  const { net, difference, gap } = linear(pixels);
  const images = ofClass0(pixels, 6, gap);
  const gaps = Array.from({ length: 6 }, (_, n) => gap(flat(images).subarray(n * pixels, (n + 1) * pixels)));

  it("goes the shortest way in the Euclidean norm: gap/‖w₁ − w₀‖", () => {
    const { lengths, fooled, perturbation } = fool(net, images, {
      target: 1,
      norm: "euclidean",
      stepSize: 1e-3,
      steps: 2000,
    });
    const length = Math.hypot(...difference);
    gaps.forEach((g, n) => {
      expect(fooled[n]).toBe(true);
      expect(lengths[n]).toBeGreaterThanOrEqual(-g / length);
      expect(lengths[n]).toBeLessThanOrEqual(-g / length + 1e-3);
      const delta = Array.from(flat(perturbation).subarray(n * pixels, (n + 1) * pixels));
      const cosine = delta.reduce((sum, d, i) => sum + d * difference[i], 0) / (lengths[n] * length);
      expect(cosine).toBeCloseTo(1, 9);
    });
  });

  it("needs gap/‖w₁ − w₀‖₁ in every pixel in the greatest norm, and not less", () => {
    const sum = difference.reduce((total, d) => total + Math.abs(d), 0);
    const { greatest, fooled } = fool(net, images, { target: 1, stepSize: 1e-4, steps: 4000 });
    gaps.forEach((g, n) => {
      expect(fooled[n]).toBe(true);
      expect(greatest[n]).toBeGreaterThanOrEqual(-g / sum);
      expect(greatest[n]).toBeLessThanOrEqual(-g / sum + 1e-4 + 1e-12);
    });
    const least = Math.min(...gaps.map((g) => -g)) / sum;
    const tight = fool(net, images, { target: 1, epsilon: 0.99 * least, steps: 200 });
    expect(tight.fooled).toEqual(Array(6).fill(false));
  });

  it("leaves an image alone that is the target already, and never writes to the images given", () => {
    const before = flat(images).slice();
    const done = fool(net, images, { target: 0 });
    expect(flat(done.perturbation).every((d) => d === 0)).toBe(true);
    expect(done.fooled).toEqual(Array(6).fill(true));
    fool(net, images, { target: 1 });
    expect(flat(images)).toEqual(before);
  });
});

describe("fool, on a convolutional network", () => {
  const net = new Sequential(
    {
      conv: new Conv2d({ in: 2, out: 4, size: 3, pad: 1, dtype }),
      norm: new BatchNorm({ size: 4, dtype }),
      relu: new ReLU(),
      fc: new Linear({ in: 4 * 36, out: 3, dtype }),
    },
    { input: [2, 6, 6], seed: 2 },
  );
  const images = wrap(
    Float64Array.from({ length: 5 * 72 }, () => random.next()),
    [5, 2, 6, 6],
  );
  const [targets, all] = [[0, 1, 2, 0, 1], { steps: 300 }];
  const probabilityOf = (made: Tensor, n: number, k: number) => {
    const z = Array.from(flat(net.forward(made)).subarray(n * 3, n * 3 + 3));
    return Math.exp(z[k]) / z.reduce((sum, value) => sum + Math.exp(value), 0);
  };

  it.each(["max", "euclidean"] as const)(
    "keeps the limit in the %s norm, and pixels in their range",
    (norm) => {
      const epsilon = norm === "max" ? 0.05 : 0.3;
      const made = fool(net, images, { target: targets, norm, epsilon, confidence: 0.999 });
      const reach = norm === "max" ? made.greatest : made.lengths;
      for (const r of reach) expect(r).toBeLessThanOrEqual(epsilon + 1e-12);
      expect(Math.max(...reach)).toBeGreaterThan(0.9 * epsilon);
      expect(flat(made.images).every((v) => v >= 0 && v <= 1)).toBe(true);
      flat(made.images).forEach((v, i) =>
        expect(v - flat(images)[i]).toBeCloseTo(flat(made.perturbation)[i], 12),
      );
    },
  );

  it("reaches the confidence asked for, and reports the probability that the network gives", () => {
    const made = fool(net, images, { ...all, target: targets, confidence: 0.9 });
    targets.forEach((target, n) => {
      expect(made.probabilities[n]).toBeCloseTo(probabilityOf(made.images, n, target), 9);
      expect(made.fooled[n]).toBe(made.probabilities[n] >= 0.9);
    });
    expect(made.fooled).toEqual(Array(5).fill(true));
  });

  it("gives an image the same change alone as in a batch", () => {
    const whole: Fooled = fool(net, images, { target: targets, epsilon: 0.1 });
    const one = wrap(flat(images).slice(72, 144), [1, 2, 6, 6]);
    const alone = fool(net, one, { target: 1, epsilon: 0.1 });
    flat(alone.perturbation).forEach((d, i) => expect(d).toBeCloseTo(flat(whole.perturbation)[72 + i], 9));
  });

  it("with one step of epsilon is the sign of the gradient", () => {
    const epsilon = 1e-3;
    const made = fool(net, images, { target: 2, epsilon, stepSize: epsilon, steps: 1, confidence: 0.9999 });
    // The sign is checked against finite differences of −log p, where these are clear.
    let checked = 0;
    for (let i = 0; i < 40; i++) {
      const nudged = (by: number) => {
        const values = Float64Array.from(flat(images));
        values[i] += by;
        return -Math.log(probabilityOf(wrap(values, images.shape), 0, 2));
      };
      const slope = (nudged(1e-6) - nudged(-1e-6)) / 2e-6;
      if (Math.abs(slope) < 1e-3) continue;
      expect(Math.sign(flat(made.perturbation)[i])).toBe(-Math.sign(slope));
      checked++;
    }
    expect(checked).toBeGreaterThan(20);
  });
});

describe("fool, given what does not fit", () => {
  const net = new Sequential(
    { flat: new Flatten(), fc: new Linear({ in: 4, out: 2 }) },
    { input: [1, 2, 2] },
  );
  const x = zeros([2, 1, 2, 2]);
  it.each([
    [
      "a class that is not there",
      () => fool(net, x, { target: 2 }),
      ValueError,
      "fool: target 2 is no class; the network has 2, from 0 to 1.",
    ],
    [
      "too few targets",
      () => fool(net, x, { target: [1] }),
      ShapeError,
      "fool: 1 targets for 2 images; give one an image, or one number for all.",
    ],
    [
      "a pixel out of range",
      () => fool(net, tensor([0, 0, 0, -2], [1, 1, 2, 2]), { target: 1 }),
      ValueError,
      "fool: a pixel is -2, outside the range [0, 1]; say what pixels may be, such as range: [-0.5, 0.5].",
    ],
    [
      "no room",
      () => fool(net, x, { target: 1, epsilon: 0 }),
      ValueError,
      "fool: epsilon is 0 and stepSize 0; both must be above 0.",
    ],
    [
      "certainty",
      () => fool(net, x, { target: 1, confidence: 1 }),
      ValueError,
      "fool: confidence is 1; it must be between 0 and 1, such as 0.99.",
    ],
    [
      "a range upside down",
      () => fool(net, x, { target: 1, range: [1, 0] }),
      ValueError,
      "fool: range is [1, 0]; give the least value first.",
    ],
    [
      "no steps",
      () => fool(net, x, { target: 1, steps: 0 }),
      ValueError,
      "fool: steps is 0; it must be a whole number, 1 or more.",
    ],
  ] as const)("says so of %s", (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  });
  it("says so of a network that gives maps", () => {
    const maps = new Sequential({ soft: new Softmax() }, { input: [1, 2, 2] });
    expect(() => fool(maps, x, { target: 0 })).toThrow(
      "fool: the network gives 2×1×2×2, expected a row of class scores an image (N×K).",
    );
  });
});
