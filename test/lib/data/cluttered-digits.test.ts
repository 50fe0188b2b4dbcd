/** Cluttered scenes: the digit is where it is said to be, pieces are elsewhere too, and the same seed gives the same scenes. */
import { describe, expect, it } from "vitest";
import { clutteredDigits, flat, ValueError, type Place } from "../../../lib/index.js";

const ink = (scene: ArrayLike<number>, size: number, inside: (row: number, column: number) => boolean) => {
  let sum = 0;
  for (let i = 0; i < size * size; i++) if (inside(Math.floor(i / size), i % size)) sum += scene[i];
  return sum;
};
const within =
  ({ top, left, size }: Place) =>
  (row: number, column: number) =>
    row >= top && row < top + size && column >= left && column < left + size;

describe("clutteredDigits", () => {
  it("without pieces has ink nowhere but in the digit's place", () => {
    const { test, places } = clutteredDigits({ train: 0, test: 50, pieces: 0 });
    places.test.forEach((place, n) => {
      const scene = flat(test.images).subarray(n * 1600, (n + 1) * 1600);
      const inside = ink(scene, 40, within(place));
      expect(inside).toBeGreaterThan(10);
      expect(ink(scene, 40, () => true)).toBeCloseTo(inside, 3);
    });
  });

  it("puts digits everywhere where they fit, and pieces around them", () => {
    const { test, places } = clutteredDigits({ train: 0, test: 400 });
    expect(test.images.shape).toEqual([400, 1, 40, 40]);
    for (const key of ["top", "left"] as const) {
      const values = places.test.map((place) => place[key]);
      expect(Math.min(...values)).toBe(0);
      expect(Math.max(...values)).toBe(20);
      expect(values.reduce((a, b) => a + b) / 400).toBeGreaterThan(9);
      expect(values.reduce((a, b) => a + b) / 400).toBeLessThan(11);
    }
    let outside = 0;
    places.test.forEach((place, n) => {
      const scene = flat(test.images).subarray(n * 1600, (n + 1) * 1600);
      const is = within(place);
      if (ink(scene, 40, (row, column) => !is(row, column)) > 10) outside++;
    });
    expect(outside).toBeGreaterThan(390);
    expect(flat(test.images).every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("has each digit once in ten scenes, and repeats itself for a seed, whatever the number", () => {
    const few = clutteredDigits({ train: 20, test: 10, seed: 3 });
    expect(Array.from(few.train.labels.slice(10)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const many = clutteredDigits({ train: 30, test: 20, seed: 3 });
    expect(flat(many.train.images).subarray(0, 20 * 1600)).toEqual(flat(few.train.images));
    expect(many.places.test.slice(0, 10)).toEqual(few.places.test);
    expect(flat(clutteredDigits({ train: 1, test: 0, seed: 4 }).train.images)).not.toEqual(
      flat(few.train.images).subarray(0, 1600),
    );
  });

  it("says what does not fit", () => {
    expect(() => clutteredDigits({ size: 16 })).toThrow(
      "clutteredDigits: a scene of 16×16, a digit of 20×20 and pieces of 7×7; the digit must fit into the scene, and a piece into the digit.",
    );
    expect(() => clutteredDigits({ pieces: -1 })).toThrow(ValueError);
  });
});
