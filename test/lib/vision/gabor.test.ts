/**
 * Protects what the Gabor fit claims: that it finds the Gabor function a filter was made of, whatever its direction,
 * that what it reports is measured and not wished for, and that the filters of published networks are Gabor-like.
 */
import { describe, expect, it } from "vitest";
import { flat, Random, tensor, wrap, zeros } from "../../../lib/index.js";
import { bandwidthOf, fitGabor, fitGabors, gabor, type Gabor } from "../../../lib/vision/gabor.js";
import { leastSquares } from "../../../lib/signal/least-squares.js";
import { caffeNetFilters, squeezeNetFilters } from "../../support/pretrained.js";
import { withData } from "../../support/shared.js";

/** The angle between two stripes, which are the same after half a turn. */
const between = (a: number, b: number) => Math.abs(((((a - b + 90) % 180) + 180) % 180) - 90);

describe("gabor", () => {
  it("is the lecture's pair: ψc even with its crest in the middle, ψs odd, upright stripes", () => {
    const [c, s] = [0, -90].map((phase) => gabor(9, { orientation: 90, frequency: 0.2, sigma: 2, phase }));
    const sigma2 = 2 * 2 ** 2;
    for (let i = 0; i < 9; i++) {
      for (let j = 0; j < 9; j++) {
        const [x, y] = [j - 4, i - 4];
        const envelope = Math.exp(-(x * x + y * y) / sigma2);
        expect(c.get(i, j)).toBeCloseTo(envelope * Math.cos(2 * Math.PI * 0.2 * x), 6);
        expect(s.get(i, j)).toBeCloseTo(envelope * Math.sin(2 * Math.PI * 0.2 * x), 6);
      }
    }
  });

  it("turns its stripes counter-clockwise, as the gratings' classes do", () => {
    const g = gabor(15, { orientation: 45, frequency: 0.15, sigma: 5 });
    // Stripes at 45° run from the lower left to the upper right: equal along them, changing across.
    expect(g.get(4, 10)).toBeCloseTo(g.get(10, 4), 6);
    expect(g.get(5, 9)).toBeGreaterThan(0.7);
    expect(g.get(9, 9)).toBeLessThan(0);
  });

  it("refuses a Gaussian without width", () => {
    expect(() => gabor(5, { orientation: 0, frequency: 0 })).toThrow("give sigma when the frequency is 0");
    expect(() => gabor(5, { orientation: 0, frequency: -1, sigma: 1 })).toThrow("frequency -1");
  });
});

describe("fitGabor", () => {
  const random = new Random(1);
  const made = Array.from({ length: 40 }, (_, i): Gabor => {
    const frequency = 0.08 + 0.27 * random.next();
    return {
      orientation: 180 * random.next(),
      frequency,
      phase: 360 * random.next() - 180,
      sigma: Math.max(1.2, (0.35 + 0.5 * random.next()) / frequency / 1.4),
      aspect: 0.7 + random.next(),
      amplitude: i % 2 === 0 ? 1 : 0.02,
      centre: [2 * random.next() - 1, 2 * random.next() - 1],
    };
  });

  it("finds waves as fine as the pixels, which lie on the spectrum's border", () => {
    const filters = [
      tensor([
        [-0.3, 0, 1.1],
        [-0.9, -0.4, -0.9],
        [1.3, -0.9, 0.6],
      ]),
      tensor([
        [1.1, -1.5, 0.8, 0.3],
        [-0.5, 1.6, -0.7, -0.9],
        [-0.5, -1.6, 0.2, 1.6],
        [0.6, 0.4, 0.6, -1.6],
      ]),
    ];
    for (const filter of filters) expect(fitGabor(filter).explained).toBeGreaterThan(0.4);
  });

  it.each(made.map((g) => [g.orientation.toFixed(0), g.frequency.toFixed(2), g] as const))(
    "finds stripes at %s° of %s cycles per pixel",
    (_, __, g) => {
      const fit = fitGabor(gabor(13, g));
      expect(between(fit.orientation, g.orientation)).toBeLessThan(2);
      expect(Math.abs(fit.frequency / g.frequency - 1)).toBeLessThan(0.05);
      expect(fit.explained).toBeGreaterThan(0.999);
    },
  );

  it("finds them under noise, and then explains only what is not noise", () => {
    const noise = new Random(7);
    for (const g of made.slice(0, 15)) {
      const clean = Float64Array.from(flat(gabor(13, { ...g, amplitude: 1 })));
      const power = clean.reduce((sum, value) => sum + value * value, 0) / clean.length;
      const noisy = clean.map((value) => value + Math.sqrt(power / 9) * noise.gaussian());
      const fit = fitGabor(wrap(noisy, [13, 13]));
      expect(between(fit.orientation, g.orientation)).toBeLessThan(10);
      expect(fit.explained).toBeGreaterThan(0.8);
      expect(fit.explained).toBeLessThan(0.97);
    }
  });

  it("reports what its own fit and residual say", () => {
    const filter = new Random(3).normal([3, 7, 7], 0.1, 1, "float64");
    const { fit, residual, explained, filter: kept } = fitGabor(filter);
    const values = Float64Array.from(flat(filter));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    let [left, variance] = [0, 0];
    values.forEach((value, i) => {
      expect(flat(fit)[i] + flat(residual)[i]).toBeCloseTo(value, 12);
      left += flat(residual)[i] ** 2;
      variance += (value - mean) ** 2;
    });
    expect(explained).toBeCloseTo(1 - left / variance, 12);
    expect(explained).toBeLessThan(0.6); // noise in three colours is no Gabor function
    expect(Float64Array.from(flat(kept))).toEqual(values);
  });

  it("fits a colour filter in its colour", () => {
    const plane = flat(gabor(9, { orientation: 30, frequency: 0.2, phase: 60 }, "float64"));
    const colour = [0.6, -0.8, 0];
    const filter = wrap(
      Float64Array.from({ length: 243 }, (_, i) => colour[Math.floor(i / 81)] * plane[i % 81]),
      [3, 9, 9],
    );
    const fit = fitGabor(filter);
    expect(fit.explained).toBeGreaterThan(0.9999);
    expect(Math.abs(fit.colour[0] * 0.6 - fit.colour[1] * 0.8)).toBeCloseTo(1, 6);
    expect(fit.colourShare).toBeCloseTo(1, 9);
    expect(fit.greyness).toBeCloseTo(0.2 / Math.sqrt(3), 6);
    expect(
      fitGabor(
        wrap(
          Float64Array.from({ length: 243 }, (_, i) => plane[i % 81]),
          [3, 9, 9],
        ),
      ).greyness,
    ).toBeCloseTo(1, 9);
  });

  it("tells a blob and an edge from stripes", () => {
    const blob = fitGabor(gabor(9, { orientation: 0, frequency: 0, sigma: 2 }));
    expect(blob.bandwidth).toBe(Infinity);
    expect(blob.peak).toBeLessThan(0.02);
    // The derivative of a Gaussian of deviation σ answers most to 1/(2πσ) cycles per pixel.
    const edge = Float64Array.from({ length: 169 }, (_, i) => {
      const [x, y] = [(i % 13) - 6, Math.floor(i / 13) - 6];
      return x * Math.exp(-(x * x + y * y) / 8);
    });
    const fit = fitGabor(wrap(edge, [13, 13]));
    expect(fit.explained).toBeGreaterThan(0.99);
    expect(fit.peak).toBeCloseTo(1 / (4 * Math.PI), 2);
    expect(between(fit.orientation, 90)).toBeLessThan(1);
  });

  it("has a bandwidth at half height", () => {
    // At σ = 0.5/f the spectrum's Gaussian has the deviation f/π: half height is √(2 ln 2)·f/π from the peak.
    const half = Math.sqrt(2 * Math.log(2)) / Math.PI;
    expect(bandwidthOf({ frequency: 0.1, sigma: 5 })).toBeCloseTo(Math.log2((1 + half) / (1 - half)), 12);
  });

  it("gives something sensible for an even and an empty filter, and refuses what is no filter", () => {
    expect(fitGabor(zeros([3, 5, 5])).explained).toBeNaN();
    expect(fitGabor(zeros([3, 5, 5])).amplitude).toBe(0);
    expect(fitGabor(tensor(new Float32Array(25).fill(2), [5, 5])).explained).toBeNaN();
    expect(() => fitGabor(zeros([3, 1, 1]))).toThrow("3×1×1, expected C×H×W or H×W of 3×3 or larger");
    expect(() => fitGabor(zeros([4, 3, 5, 5]))).toThrow("call fitGabors");
    expect(() =>
      fitGabor(
        tensor([
          [1, 2, 3],
          [1, NaN, 2],
          [0, 0, 0],
        ]),
      ),
    ).toThrow("not finite");
    expect(() => fitGabors(zeros([3, 3]))).toThrow("F×C×H×W");
  });
});

describe("the descent", () => {
  it("finds the bottom of Rosenbrock's valley, and stops at a bound", () => {
    const rosenbrock = (high: number[]) => ({
      residuals: 2,
      low: [-5, -5],
      high,
      evaluate([x, y]: Float64Array, r: Float64Array, j?: Float64Array) {
        r.set([10 * (y - x * x), 1 - x]);
        j?.set([-20 * x, 10, -1, 0]);
      },
    });
    const free = leastSquares(rosenbrock([5, 5]), [-1.2, 1]);
    expect(Array.from(free.parameters, (p) => +p.toFixed(6))).toEqual([1, 1]);
    const held = leastSquares(rosenbrock([0.5, 5]), [-1.2, 1]);
    expect(held.parameters[0]).toBeCloseTo(0.5, 9);
    expect(held.parameters[1]).toBeCloseTo(0.25, 6);
  });
});

for (const [name, read, channels] of [
  ["weights/caffenet-conv1", caffeNetFilters, 11],
  ["weights/squeezenet", squeezeNetFilters, 7],
] as const) {
  withData(name, `the first layer of ${name.slice(8)}`, (folder) => {
    it("is made of Gabor functions: half of the grey filters, or more, are explained to 80 %", () => {
      // The processor's time, which other programs do not lengthen.
      const before = process.cpuUsage();
      const fits = fitGabors(read(folder));
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(10);
      expect(fits).toHaveLength(96);
      expect(fits[0].fit.shape).toEqual([3, channels, channels]);
      const grey = fits.filter(({ greyness }) => greyness > 0.9);
      expect(grey.length).toBeGreaterThan(40);
      const explained = grey.filter((fit) => fit.explained >= 0.8);
      expect(explained.length / grey.length).toBeGreaterThanOrEqual(0.5);
    });
  });
}
