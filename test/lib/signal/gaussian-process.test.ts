/** The Gaussian process against its closed form, and the expected improvement against numerical integration. */
import { expect, it } from "vitest";
import { GaussianProcess, expectedImprovement, normalBelow } from "../../../lib/signal/gaussian-process.js";

it("gives the closed form for two points", () => {
  const [a, b, noise, length] = [0.2, 0.7, 0.1, 0.5];
  const kernel = (r: number) => {
    const s = (Math.sqrt(5) * Math.abs(r)) / length;
    return (1 + s + (s * s) / 3) * Math.exp(-s);
  };
  const values = [3, 5];
  const process = new GaussianProcess([[a], [b]], values, length, noise);
  const [mean, scale] = [4, 1];
  const y = values.map((value) => (value - mean) / scale);
  // The inverse of [[p, q], [q, p]].
  const [p, q] = [1 + noise ** 2, kernel(a - b)];
  const determinant = p * p - q * q;
  const weights = [(p * y[0]! - q * y[1]!) / determinant, (p * y[1]! - q * y[0]!) / determinant];
  for (const x of [0, 0.2, 0.45, 2]) {
    const [ka, kb] = [kernel(x - a), kernel(x - b)];
    const variance = 1 - (p * ka * ka - 2 * q * ka * kb + p * kb * kb) / determinant;
    const predicted = process.predict([x]);
    expect(predicted.mean).toBeCloseTo(mean + scale * (ka * weights[0]! + kb * weights[1]!), 10);
    expect(predicted.deviation).toBeCloseTo(scale * Math.sqrt(variance), 10);
  }
  const quadratic = y[0]! * weights[0]! + y[1]! * weights[1]!;
  expect(process.likelihood).toBeCloseTo(
    -quadratic / 2 - Math.log(determinant) / 2 - Math.log(2 * Math.PI),
    10,
  );
});

it("is sure where it measured and knows nothing far away", () => {
  const process = new GaussianProcess([[0], [0.5], [1]], [1, 2, 4], 0.2, 1e-4);
  expect(process.predict([0.5]).mean).toBeCloseTo(2, 4);
  expect(process.predict([0.5]).deviation).toBeLessThan(1e-3);
  expect(process.predict([9]).mean).toBeCloseTo(7 / 3, 6);
  expect(process.predict([9]).deviation).toBeCloseTo(Math.sqrt(14 / 9), 6);
});

it("chooses the length under which the values are most likely", () => {
  const points = Array.from({ length: 12 }, (_, i) => [i / 11]);
  const smooth = GaussianProcess.fit(
    points,
    points.map(([x]) => x! ** 2),
  );
  const rough = GaussianProcess.fit(
    points,
    points.map((_, i) => (i % 2 ? 1 : -1)),
  );
  // Between two points the smooth one interpolates; the rough one returns to the mean.
  expect(smooth.predict([5.5 / 11]).mean).toBeCloseTo((5.5 / 11) ** 2, 2);
  expect(smooth.predict([5.5 / 11]).deviation).toBeLessThan(rough.predict([5.5 / 11]).deviation / 10);
});

it("survives equal points and equal values", () => {
  const process = new GaussianProcess([[0.3], [0.3], [0.3]], [1, 1, 1], 0.4, 0.01);
  expect(process.predict([0.3]).mean).toBeCloseTo(1, 10);
  expect(Number.isFinite(process.predict([0.9]).deviation)).toBe(true);
});

it("expects the improvement that integration gives", () => {
  for (const [mean, deviation, best] of [
    [0, 1, 0],
    [1, 0.5, 2],
    [3, 2, 1],
  ] as const) {
    let sum = 0;
    const step = 1e-3;
    for (let z = -9; z < 9; z += step)
      sum +=
        Math.max(0, mean + deviation * z - best) * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * step;
    expect(expectedImprovement(mean, deviation, best)).toBeCloseTo(sum, 5);
  }
  expect(expectedImprovement(2, 0, 1)).toBe(1);
  expect(expectedImprovement(0, 0, 1)).toBe(0);
  expect(normalBelow(1.959964)).toBeCloseTo(0.975, 6);
  expect(normalBelow(-1)).toBeCloseTo(0.158655, 6);
});
