/** Search spaces: values within bounds, near values near each other, and errors that say what to write. */
import { expect, it, describe } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import {
  choice,
  draw,
  expectSpace,
  integers,
  logUniform,
  pointOf,
  uniform,
} from "../../../../lib/train/search/space.js";

const space = {
  kind: choice(["a", "b", "c"]),
  rate: logUniform(1e-4, 1),
  part: uniform(-1, 1),
  layers: integers(1, 4),
};

it("draws values of every dimension within its bounds, all of them, and the same ones for the same seed", () => {
  const drawnWith = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 400 }, () => draw(space, random));
  };
  const drawn = drawnWith(3);
  expect(drawnWith(3)).toEqual(drawn);
  expect(new Set(drawn.map(({ kind }) => kind))).toEqual(new Set(["a", "b", "c"]));
  expect(new Set(drawn.map(({ layers }) => layers))).toEqual(new Set([1, 2, 3, 4]));
  for (const { rate, part } of drawn) {
    expect(rate >= 1e-4 && rate < 1).toBe(true);
    expect(part >= -1 && part < 1).toBe(true);
  }
  // Half of the logarithms lie below the middle one.
  const low = drawn.filter(({ rate }) => rate < 1e-2).length;
  expect(Math.abs(low - 200)).toBeLessThan(40);
});

it("places near values near each other and any two choices equally far apart", () => {
  const at = (rate: number, kind: "a" | "b" | "c" = "a") =>
    pointOf(space, { kind, rate, part: 0, layers: 1 });
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));
  expect(distance(at(1e-4), at(1))).toBeCloseTo(1, 12);
  expect(distance(at(1e-3), at(1e-2))).toBeCloseTo(distance(at(1e-2), at(1e-1)), 12);
  expect(distance(at(1, "a"), at(1, "b"))).toBeCloseTo(1, 12);
  expect(distance(at(1, "a"), at(1, "c"))).toBeCloseTo(1, 12);
});

it("makes grids that hold both ends, and each whole number once", () => {
  expect(uniform(0, 1).grid(3)).toEqual([0, 0.5, 1]);
  expect(
    logUniform(0.01, 1)
      .grid(3)
      .map((x) => x.toFixed(6)),
  ).toEqual(["0.010000", "0.100000", "1.000000"]);
  expect(integers(1, 3).grid(10)).toEqual([1, 2, 3]);
  expect(choice([5, 6]).grid(1)).toEqual([5, 6]);
});

describe("refuses", () => {
  it.each([
    [() => choice([]), "nothing to choose from"],
    [() => choice([() => 1]), "cannot be written down as JSON"],
    [() => uniform(1, 1), "the bounds 1 and 1 are not in order"],
    [() => logUniform(0, 1), "0 has no logarithm"],
    [() => integers(0.5, 2), "low"],
    [() => expectSpace({}), "the space is empty"],
    [() => expectSpace({ lr: [0.1, 0.2] as never }), "the space's lr is no dimension; write lr: choice([…])"],
  ])("%s", (make, message) => expect(make).toThrow(message));
});
