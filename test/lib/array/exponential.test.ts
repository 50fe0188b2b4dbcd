/** e^x and ln(1 + x): right to a unit or two in the last place, everywhere, and at their ends. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exp, log1p } from "../../../lib/array/exponential.js";

/** The distance in units of the last place. */
function units(a: number, b: number): number {
  const bits = (x: number): bigint => new BigInt64Array(Float64Array.of(x).buffer)[0];
  return Math.abs(Number(bits(a) - bits(b)));
}

describe("exp", () => {
  it("is Math.exp's to two units", () => {
    fc.assert(
      fc.property(fc.double({ min: -744, max: 709, noNaN: true }), (x) => units(exp(x), Math.exp(x)) <= 2),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it("knows its ends", () => {
    expect([0, -0, -Infinity, Infinity, 710, -746].map(exp)).toEqual([1, 1, 0, Infinity, Infinity, 0]);
    expect(exp(NaN)).toBeNaN();
    expect(exp(709.78)).toBeLessThan(Infinity);
    expect(exp(709.79)).toBe(Infinity);
    expect(exp(-745)).toBe(Number.MIN_VALUE);
  });

  // The last bits of engines' own functions are not to be relied upon; these are, by whoever compares two machines.
  it("has these bits", () => {
    expect([1, -1, 0.1, 10, -20.5].map(exp)).toEqual([
      2.7182818284590455, 0.36787944117144233, 1.1051709180756477, 22026.465794806718, 1.2501528663867426e-9,
    ]);
  });
});

describe("log1p", () => {
  it("is Math.log1p's to two units", () => {
    const positive = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(positive, (x) => units(log1p(x), Math.log1p(x)) <= 2),
      { numRuns: 20_000, seed: 1 },
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10, noNaN: true }), (x) => units(log1p(x), Math.log1p(x)) <= 2),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it("knows its ends", () => {
    expect([0, Infinity, Number.MIN_VALUE].map(log1p)).toEqual([0, Infinity, Number.MIN_VALUE]);
    expect(log1p(NaN)).toBeNaN();
  });

  it("has these bits", () => {
    expect([1, 0.1, 1e-9, 9, 1e300].map(log1p)).toEqual([
      0.6931471805599453, 0.09531017980432487, 9.999999995e-10, 2.302585092994046, 690.7755278982137,
    ]);
  });
});
