/** Gratings: the direction that the label says, flat class means, and little for a linear classifier. */
import { describe, expect, it } from "vitest";
import { gratings } from "../../../lib/data/gratings.js";
import { linearAccuracy } from "./linear.js";

/** The direction of an image's stripes in degrees from horizontal, from its structure tensor. */
function direction(image: ArrayLike<number>, size: number): number {
  let [xx, xy, yy] = [0, 0, 0];
  for (let row = 1; row < size - 1; row++) {
    for (let column = 1; column < size - 1; column++) {
      const dx = image[row * size + column + 1] - image[row * size + column - 1];
      const dy = image[(row - 1) * size + column] - image[(row + 1) * size + column];
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  // The gradient is across the stripes.
  const across = (Math.atan2(2 * xy, xx - yy) * 90) / Math.PI;
  return (across + 90 + 180) % 180;
}

describe("gratings", () => {
  it("draws stripes in the direction of the class", () => {
    const { train } = gratings({ train: 400, test: 0, size: 24, noise: 0 });
    expect(train.images.shape).toEqual([400, 1, 24, 24]);
    expect(train.classes).toEqual(["0°", "22.5°", "45°", "67.5°", "90°", "112.5°", "135°", "157.5°"]);
    let worst = 0;
    for (let i = 0; i < 400; i++) {
      const measured = direction(train.images.data.subarray(i * 576, (i + 1) * 576), 24);
      const off = Math.abs(measured - train.labels[i] * 22.5);
      worst = Math.max(worst, Math.min(off, 180 - off));
    }
    // A window holds no whole number of waves, which tilts the estimate a little.
    expect(worst).toBeLessThan(10);
  });

  it("gives equal numbers of each class, values in [0, 1] about one half, and the same for the same seed", () => {
    const { train, validation, test } = gratings({ train: 203, validation: 10, test: 16, orientations: 4 });
    const counts = new Array<number>(4).fill(0);
    for (const label of train.labels) counts[label]++;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect([validation?.size, test.size]).toEqual([10, 16]);
    const values = Array.from(train.images.data);
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0.5, 2);
    const again = gratings({ train: 203, validation: 10, test: 16, orientations: 4 });
    expect(again.train.images.data).toEqual(train.images.data);
    expect(gratings({ train: 203, orientations: 4, seed: 2 }).train.images.data).not.toEqual(
      train.images.data,
    );
  });

  it("has flat class means, so that a linear classifier gets little, if more than chance", () => {
    const { train, test } = gratings({ train: 2000, test: 400 });
    for (let label = 0; label < 8; label++) {
      const mean = new Float64Array(256);
      let count = 0;
      for (let i = 0; i < train.size; i++) {
        if (train.labels[i] !== label) continue;
        count++;
        for (let p = 0; p < 256; p++) mean[p] += train.images.data[i * 256 + p];
      }
      // 250 images of deviation about ¼: the mean's is 0.016.
      for (const sum of mean) expect(Math.abs(sum / count - 0.5)).toBeLessThan(0.08);
    }
    const accuracy = linearAccuracy(train, test);
    expect(accuracy).toBeGreaterThan(0.15);
    expect(accuracy).toBeLessThan(0.4);
  });

  it("refuses what makes no sense", () => {
    expect(() => gratings({ orientations: 1 })).toThrow("orientations is 1");
    expect(() => gratings({ frequency: [0, 0.2] })).toThrow("frequency is [0, 0.2]");
    expect(() => gratings({ contrast: [0.5, 0.2] })).toThrow("contrast is [0.5, 0.2]");
    expect(() => gratings({ noise: NaN })).toThrow("noise is NaN");
    expect(() => gratings({ test: -1 })).toThrow("test is -1");
  });
});
