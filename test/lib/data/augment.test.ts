/** Augmentation: exact views, drawn fairly, reproducible, and an input that stays as it was. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { copy, flat, tensor, toNested, zeros, type Tensor } from "../../../lib/array/tensor.js";
import {
  augment,
  centreCrop,
  randomCrop,
  randomFlip,
  randomJitter,
  randomShift,
} from "../../../lib/data/augment.js";

/** Pixels numbered 1, 2, … */
function numbered(shape: number[], dtype: "float32" | "float64" = "float32"): Tensor {
  const x = zeros(shape, dtype);
  for (let i = 0; i < x.data.length; i++) x.data[i] = i + 1;
  return x;
}

describe("augmentation", () => {
  it("mirrors the columns of every channel", () => {
    const x = numbered([1, 2, 2, 3]);
    expect(toNested(randomFlip(x, new Random(1), 1))).toEqual([
      [
        [
          [3, 2, 1],
          [6, 5, 4],
        ],
        [
          [9, 8, 7],
          [12, 11, 10],
        ],
      ],
    ]);
    expect(flat(randomFlip(x, new Random(1), 0))).toEqual(flat(x));
  });

  it("flips about half of the images", () => {
    const flipped = randomFlip(
      tensor(
        Array.from({ length: 2000 }, (_, i) => i % 2),
        [1000, 1, 1, 2],
      ),
      new Random(1),
    );
    let count = 0;
    for (let n = 0; n < 1000; n++) count += flipped.data[2 * n];
    expect(count).toBeGreaterThan(440);
    expect(count).toBeLessThan(560);
  });

  it("moves an image by every offset in range about equally often, and fills in", () => {
    const x = zeros([5000, 1, 5, 7]);
    for (let n = 0; n < 5000; n++) x.data[n * 35 + 2 * 7 + 3] = 1;
    const counts = new Map<number, number>();
    const { data } = randomShift(x, new Random(1), 2);
    for (let i = 0; i < data.length; i++) {
      if (data[i] !== 0) counts.set(i % 35, (counts.get(i % 35) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4].flatMap((row) => [1, 2, 3, 4, 5].map((column) => row * 7 + column)),
    );
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(70);
    const one = toNested(randomShift(numbered([1, 1, 1, 3]), new Random(1), 1, -9));
    expect([[[[[1, 2, 3]]]], [[[[-9, 1, 2]]]], [[[[2, 3, -9]]]], [[[[-9, -9, -9]]]]]).toContainEqual(one);
  });

  it("survives a shift larger than the image", () => {
    const moved = randomShift(numbered([200, 1, 2, 2]), new Random(1), 50);
    expect(moved.shape).toEqual([200, 1, 2, 2]);
    expect(Array.from(flat(moved)).filter((value) => value !== 0).length).toBeLessThan(40);
  });

  it("crops a window of the image, and the one in the middle", () => {
    const x = numbered([50, 2, 4, 5]);
    const crops = randomCrop(x, new Random(1), 3);
    expect(crops.shape).toEqual([50, 2, 3, 3]);
    const corners = new Set<number>();
    for (let n = 0; n < 50; n++) {
      const first = crops.data[n * 18];
      corners.add(first - n * 40);
      // Rows are 5 apart, channels 20.
      for (let i = 0; i < 18; i++) {
        const [c, row, column] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
        expect(crops.data[n * 18 + i]).toBe(first + 20 * c + 5 * row + column);
      }
    }
    expect([...corners].sort((a, b) => a - b)).toEqual([1, 2, 3, 6, 7, 8]);
    expect(toNested(centreCrop(numbered([1, 1, 4, 4]), 2))).toEqual([
      [
        [
          [6, 7],
          [10, 11],
        ],
      ],
    ]);
  });

  it("jitters brightness by image, contrast about the mean, and noise by pixel", () => {
    const x = numbered([400, 1, 2, 2], "float64");
    const lighter = randomJitter(x, new Random(1), { brightness: 0.5 });
    expect(lighter.dtype).toBe("float64");
    let greatest = 0;
    for (let n = 0; n < 400; n++) {
      const offset = lighter.data[4 * n] - x.data[4 * n];
      greatest = Math.max(greatest, Math.abs(offset));
      for (let i = 1; i < 4; i++) expect(lighter.data[4 * n + i] - x.data[4 * n + i]).toBeCloseTo(offset, 9);
    }
    expect(greatest).toBeGreaterThan(0.45);
    expect(greatest).toBeLessThanOrEqual(0.5);
    const stronger = randomJitter(x, new Random(1), { contrast: 0.3 });
    for (let n = 0; n < 400; n++) {
      const gain = (stronger.data[4 * n + 3] - stronger.data[4 * n]) / 3;
      expect(Math.abs(gain - 1)).toBeLessThanOrEqual(0.3 + 1e-9);
      expect(stronger.data[4 * n] + stronger.data[4 * n + 3]).toBeCloseTo(
        x.data[4 * n] + x.data[4 * n + 3],
        8,
      );
    }
    const noisy = randomJitter(zeros([1, 1, 100, 100]), new Random(1), { noise: 0.2 });
    const deviation = Math.sqrt(
      Array.from(noisy.data).reduce((sum, value) => sum + value * value, 0) / 10_000,
    );
    expect(deviation).toBeCloseTo(0.2, 2);
  });

  it("gives the same for the same seed and leaves its input alone", () => {
    const x = numbered([6, 3, 8, 8]);
    const before = copy(x);
    const change = augment({ flip: true, shift: 2, crop: 6, brightness: 0.1, contrast: 0.2, noise: 0.05 });
    const once = change(x, new Random(5));
    expect(once.shape).toEqual([6, 3, 6, 6]);
    expect(flat(change(x, new Random(5)))).toEqual(flat(once));
    expect(flat(change(x, new Random(6)))).not.toEqual(flat(once));
    expect(flat(x)).toEqual(flat(before));
  });

  it("takes strided views and empty batches", () => {
    const x = numbered([2, 1, 3, 4]);
    const mirrored = ndarray(x.data, [2, 1, 3, 4], [12, 12, 4, -1], 3) as Tensor;
    expect(flat(randomFlip(mirrored, new Random(1), 1))).toEqual(flat(x));
    expect(augment({ flip: true, noise: 1 })(zeros([0, 1, 4, 4]), new Random(1)).shape).toEqual([0, 1, 4, 4]);
  });

  it("refuses what makes no sense", () => {
    expect(() => augment({ flip: 2 })).toThrow("flip is 2; a probability is from 0 to 1");
    expect(() => augment({ shift: 1.5 })).toThrow("shift is 1.5");
    expect(() => augment({ contrast: 1.5 })).toThrow("contrast is 1.5; it must be from 0 to 1");
    expect(() => augment({ noise: -1 })).toThrow("noise is -1; it must be 0 or more");
    expect(() => randomCrop(zeros([1, 1, 4, 9]), new Random(1), 5)).toThrow(
      "a square of 5 does not fit into images of 4×9; ask for at most 4",
    );
    expect(() => randomFlip(zeros([1, 4, 9]), new Random(1))).toThrow("N×C×H×W");
  });
});
