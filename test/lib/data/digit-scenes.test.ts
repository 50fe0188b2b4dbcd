/** Protects the scenes for detection: that the boxes hold the digits' ink, that digits do not meet, and that seeds decide. */
import { describe, expect, it } from "vitest";
import { digitScenes, flat, iou } from "../../../lib/index.js";

const scenes = digitScenes({ count: 40, seed: 3, pieces: 0 });

describe("digitScenes", () => {
  it("has as many digits as asked for, of both sizes, in boxes inside the scene", () => {
    expect(scenes.images.shape).toEqual([40, 1, 84, 116]);
    const counts = scenes.objects.map((list) => list.length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(5);
    const heights = scenes.objects.flat().map(({ height }) => height);
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(5);
    for (const { top, left, height, width } of scenes.objects.flat()) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(84);
      expect(left + width).toBeLessThanOrEqual(116);
    }
    expect(new Set(scenes.objects.flat().map(({ label }) => label)).size).toBe(10);
  });

  it("has all ink in the boxes and ink at each of their four sides", () => {
    scenes.objects.forEach((list, n) => {
      const ink = (row: number, column: number) => flat(scenes.images)[(n * 84 + row) * 116 + column] > 0.3;
      for (let row = 0; row < 84; row++)
        for (let column = 0; column < 116; column++) {
          if (!ink(row, column)) continue;
          const holds = list.some(
            ({ top, left, height, width }) =>
              row >= top && row < top + height && column >= left && column < left + width,
          );
          expect(holds).toBe(true);
        }
      for (const { top, left, height, width } of list) {
        const columns = Array.from({ length: width }, (_, j) => left + j);
        const rows = Array.from({ length: height }, (_, i) => top + i);
        expect(columns.some((column) => ink(top, column))).toBe(true);
        expect(columns.some((column) => ink(top + height - 1, column))).toBe(true);
        expect(rows.some((row) => ink(row, left))).toBe(true);
        expect(rows.some((row) => ink(row, left + width - 1))).toBe(true);
      }
    });
  });

  it("keeps digits apart, and pieces off the digits", () => {
    const cluttered = digitScenes({ count: 40, seed: 3, pieces: 9 });
    for (const { objects } of [scenes, cluttered])
      for (const list of objects)
        list.forEach((a, i) => list.slice(i + 1).forEach((b) => expect(iou(a, b)).toBe(0)));
    const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
    expect(sum(flat(cluttered.images))).toBeGreaterThan(
      sum(flat(digitScenes({ count: 40, seed: 3, pieces: 0 }).images)),
    );
  });

  it("is decided by the seed", () => {
    const again = digitScenes({ count: 40, seed: 3, pieces: 0 });
    expect(again.objects).toEqual(scenes.objects);
    expect(flat(again.images).every((pixel, i) => pixel === flat(scenes.images)[i])).toBe(true);
    expect(digitScenes({ count: 40, seed: 4, pieces: 0 }).objects).not.toEqual(scenes.objects);
  });

  it("refuses sizes that do not fit", () => {
    expect(() => digitScenes({ height: 20 })).toThrow(/up to 30 pixels and the scene's height is 20/);
    expect(() => digitScenes({ digits: [3, 2] })).toThrow(/digits is \[3, 2\]; the least comes first/);
    expect(() => digitScenes({ digits: [0, 2] })).toThrow(/digits/);
    expect(() => digitScenes({ sides: [4, 9] })).toThrow(/sides/);
    expect(() => digitScenes({ pieces: -1 })).toThrow(/pieces/);
    expect(() => digitScenes({ count: 1.5 })).toThrow(/count/);
    expect(digitScenes({ count: 0 }).images.shape).toEqual([0, 1, 84, 116]);
  });
});
