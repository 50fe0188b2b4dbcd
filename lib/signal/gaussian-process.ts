/**
 * A Gaussian process predicts a function, with the uncertainty, from its values at a few points (Rasmussen and Williams,
 * 2006, chapter 2). The values at two near points are similar: their covariance is k(a, b) = (1 + √5 r + 5/3 r²) exp(−√5 r)
 * with r = |a − b| / ℓ (Matérn's function of smoothness 5/2). With K the covariances of the measured points and y their
 * values,
 *
 *   mean(x) = k(x)ᵀ (K + σ²I)⁻¹ y                     (1)
 *   variance(x) = 1 − k(x)ᵀ (K + σ²I)⁻¹ k(x)          (2)
 *
 * Of a few candidates, the ℓ and σ are chosen that make the measured values most likely:
 *
 *   log p(y) = −½ yᵀ (K + σ²I)⁻¹ y − Σ log Lᵢᵢ − n/2 log 2π,   K + σ²I = L Lᵀ    (3)
 */

import { choleskyFactor, solveLower, solveUpper } from "./cholesky.js";

const LENGTHS = [0.1, 0.2, 0.4, 0.8, 1.6];
/** Candidates for the noise's standard deviation; that of the values is 1. */
const DEVIATIONS = [0.01, 0.1, 0.3];

type Point = readonly number[];

export class GaussianProcess {
  readonly #points: readonly Point[];
  readonly #length: number;
  /** L of (3). */
  readonly #factor: Float64Array;
  /** (K + σ²I)⁻¹ y */
  readonly #weights: Float64Array;
  readonly #mean: number;
  readonly #scale: number;
  /** log p(y) of the scaled values: (3). */
  readonly likelihood: number;

  /**
   * @param points   where the function was measured
   * @param values   the measured values; they are scaled here to mean 0 and standard deviation 1
   * @param length   ℓ: the distance over which values are correlated
   * @param deviation σ: the noise's standard deviation relative to that of the values
   */
  constructor(points: readonly Point[], values: readonly number[], length: number, deviation: number) {
    const n = points.length;
    this.#points = points;
    this.#length = length;
    this.#mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((sum, y) => sum + (y - this.#mean) ** 2, 0) / n;
    this.#scale = Math.sqrt(variance) || 1;
    const y = Float64Array.from(values, (value) => (value - this.#mean) / this.#scale);
    const gram = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++)
        gram[i * n + j] = matern(points[i], points[j], length) + (i === j ? deviation ** 2 : 0);
    const factor = choleskyFactor(gram, n, 1e-12) as Float64Array;
    this.#factor = factor;
    this.#weights = solveUpper(factor, solveLower(factor, y));
    const fit = y.reduce((sum, value, i) => sum + value * this.#weights[i], 0);
    const logs = y.reduce((sum, _, i) => sum + Math.log(factor[i * n + i]), 0);
    this.likelihood = -fit / 2 - logs - (n / 2) * Math.log(2 * Math.PI);
  }

  /** The process under which the values are most likely. */
  static fit(points: readonly Point[], values: readonly number[]): GaussianProcess {
    const all = LENGTHS.flatMap((length) =>
      DEVIATIONS.map((deviation) => new GaussianProcess(points, values, length, deviation)),
    );
    return all.reduce((a, b) => (b.likelihood > a.likelihood ? b : a));
  }

  /** The function's expected value at a point, and its standard deviation: (1), (2). */
  predict(point: Point): { mean: number; deviation: number } {
    const k = Float64Array.from(this.#points, (one) => matern(one, point, this.#length));
    const mean = k.reduce((sum, value, i) => sum + value * this.#weights[i], 0);
    const v = solveLower(this.#factor, k);
    const variance = 1 - v.reduce((sum, value) => sum + value * value, 0);
    return {
      mean: this.#mean + this.#scale * mean,
      deviation: this.#scale * Math.sqrt(Math.max(0, variance)),
    };
  }
}

/**
 * The expected improvement: the mean of max(0, value − best) for a normal value with mean μ and standard deviation s, which
 * is (μ − best) Φ(z) + s φ(z) with z = (μ − best) / s.
 */
export function expectedImprovement(mean: number, deviation: number, best: number): number {
  const gain = mean - best;
  if (deviation === 0) return Math.max(0, gain);
  const z = gain / deviation;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return gain * normalBelow(z) + deviation * density;
}

/** Φ(z) to 1e-7 (Abramowitz and Stegun, 1964, 26.2.17). */
export function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z < 0 ? above : 1 - above;
}

function matern(a: Point, b: Point, length: number): number {
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (a[i] - b[i]) ** 2;
  const r = Math.sqrt(5 * square) / length;
  return (1 + r + (r * r) / 3) * Math.exp(-r);
}
