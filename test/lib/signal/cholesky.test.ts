/** Cholesky's factors: their product is the matrix again, and what they solve is solved. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { choleskyFactor, solveLower, solveUpper } from "../../../lib/signal/cholesky.js";

describe("choleskyFactor", () => {
  it.each([1, 2, 7, 30])("of a positive matrix of %i rows", (n) => {
    const random = new Random(n);
    const b = Float64Array.from({ length: n * n }, () => random.next() - 0.5);
    // B Bᵀ + I is symmetric and positive whatever B is.
    const a = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += b[i * n + k] * b[j * n + k];
      return sum;
    });
    const factor = choleskyFactor(a, n)!;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += factor[i * n + k] * factor[j * n + k];
        expect(sum).toBeCloseTo(a[i * n + j], 12);
        if (j > i) expect(factor[i * n + j]).toBe(0);
      }
    }
    const wanted = Float64Array.from({ length: n }, () => random.next());
    const x = solveUpper(factor, solveLower(factor, wanted));
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
      expect(sum).toBeCloseTo(wanted[i], 12);
    }
  });

  it("has no factors where a pivot is not positive, or raises it", () => {
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(choleskyFactor(singular, 2)).toBeUndefined();
    expect(choleskyFactor(Float64Array.of(-1), 1)).toBeUndefined();
    expect(choleskyFactor(Float64Array.of(NaN), 1)).toBeUndefined();
    expect([...choleskyFactor(singular, 2, 1e-12)!]).toEqual([1, 0, 1, 1e-6]);
  });
});
