/** The dot-product test itself: content with transposes, not with anything else. */
import { describe, expect, it } from "vitest";
import { adjointCheck, cast, flat, Random, reshape, wrap, zeros, type Tensor } from "../../../lib/index.js";

const x = new Random(1).normal([40], 0, 1, "float64");
/** Differences of neighbours: a linear map of 40 numbers to 39. */
const differences = (v: Tensor): Tensor =>
  wrap(
    Float64Array.from({ length: 39 }, (_, i) => flat(v)[i + 1] - flat(v)[i]),
    [39],
  );
const transposed = (y: Tensor): Tensor =>
  wrap(
    Float64Array.from({ length: 40 }, (_, i) => (flat(y)[i - 1] ?? 0) - (flat(y)[i] ?? 0)),
    [40],
  );

describe("adjointCheck", () => {
  it("passes a map and its transpose, to rounding", () => {
    const report = adjointCheck(differences, transposed, x);
    expect(report.passed).toBe(true);
    expect(report.error).toBeLessThan(1e-15);
    expect(report.forward).toBeCloseTo(report.backward, 12);
    expect(Math.abs(report.forward)).toBeGreaterThan(0.1);
  });
  it("draws an x when given a shape", () => {
    expect(adjointCheck(differences, transposed, [40], { seed: 4 }).passed).toBe(true);
  });
  it("fails the map's inverse, its negative, a shifted transpose and a bias", () => {
    const negative = (y: Tensor) =>
      wrap(
        flat(transposed(y)).map((v) => -v),
        [40],
      );
    const shifted = (y: Tensor) =>
      wrap(
        Float64Array.from(flat(transposed(y)), (_, i, all = flat(transposed(y))) => all[(i + 1) % 40]),
        [40],
      );
    const biased = (v: Tensor) =>
      wrap(
        flat(differences(v)).map((d) => d + 0.01),
        [39],
      );
    expect(adjointCheck(differences, negative, x).passed).toBe(false);
    expect(adjointCheck(differences, shifted, x).passed).toBe(false);
    expect(adjointCheck(biased, transposed, x).passed).toBe(false);
    expect(adjointCheck(differences, () => zeros([40], "float64"), x).passed).toBe(false);
  });
  it("measures float32 by float32's own rounding", () => {
    const single = (v: Tensor) => cast(differences(v), "float32");
    const back = (v: Tensor) => cast(transposed(v), "float32");
    expect(adjointCheck(single, back, cast(x, "float32")).passed).toBe(true);
  });
  it("says when the adjoint does not lead back", () => {
    expect(() => adjointCheck(differences, (y) => y, x)).toThrow(
      "adjointCheck: the adjoint gives 39, but x is 40; it must lead back to x's shape.",
    );
    expect(() => adjointCheck(differences, (y) => cast(transposed(y), "float32"), x)).toThrow(
      "adjointCheck: the adjoint gives float32, but x is float64; use one precision.",
    );
  });
  it("keeps shapes of more axes apart", () => {
    const to = (v: Tensor) => reshape(v, [4, 10]);
    expect(adjointCheck(to, (y) => reshape(y, [40]), x).passed).toBe(true);
    expect(() => adjointCheck(to, (y) => reshape(y, [10, 4]), x)).toThrow("gives 10×4, but x is 40");
  });
});
