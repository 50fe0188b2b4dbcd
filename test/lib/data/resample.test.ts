/** Images made smoother, larger or smaller. */
import { describe, expect, it } from "vitest";
import { flat, wrap, zeros } from "../../../lib/array/tensor.js";
import { blurred, resized } from "../../../lib/data/resample.js";

describe("images in other sizes", () => {
  const ramp = wrap(
    Float64Array.from({ length: 8 * 12 }, (_, i) => i % 12),
    [1, 8, 12],
  );

  it("stay the same at the same size, even when they are even, and a ramp stays a ramp", () => {
    expect(flat(resized(ramp, 8, 12))).toEqual(flat(ramp));
    const even = wrap(new Float64Array(96).fill(0.7), [1, 8, 12]);
    for (const value of flat(resized(even, 5, 19))) expect(value).toBeCloseTo(0.7, 12);
    const twice = resized(ramp, 8, 24);
    expect(twice.shape).toEqual([1, 8, 24]);
    for (let j = 1; j < 23; j++) expect(twice.get(0, 3, j)).toBeCloseTo((j + 0.5) / 2 - 0.5, 12);
  });

  it("lose stripes that are too fine for the smaller size", () => {
    const stripes = wrap(
      Float64Array.from({ length: 32 * 32 }, (_, i) => i % 2),
      [1, 32, 32],
    );
    const small = resized(stripes, 8, 8);
    for (let j = 2; j < 6; j++) expect(small.get(0, 4, j)).toBeCloseTo(0.5, 2);
  });

  it("are blurred by a Gaussian of sum 1", () => {
    const point = zeros([1, 21, 21], "float64");
    point.set(0, 10, 10, 1);
    const spot = blurred(point, 1.5);
    expect(Array.from(flat(spot)).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
    expect(spot.get(0, 10, 13) / spot.get(0, 10, 10)).toBeCloseTo(Math.exp(-9 / 4.5), 9);
    expect(spot.get(0, 8, 10)).toBeCloseTo(spot.get(0, 10, 12), 12);
  });
});
