/** The drawn digits: reproducible, MNIST-like, and too hard for a linear classifier. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import type { Dataset } from "../../../lib/data/dataset.js";
import { digits, drawDigit } from "../../../lib/data/digits.js";
import { linearAccuracy } from "./linear.js";
import { computing } from "../../support/clock.js";

const bytes = (set: Dataset) => Buffer.from(set.images.data.buffer);
const drawn = digits();

describe("digits", () => {
  it("gives the counts and shapes asked for", () => {
    const { name, train, validation, test } = digits({ train: 12, validation: 7, test: 3, size: 16 });
    expect(name).toBe("digits");
    expect(train.images.shape).toEqual([12, 1, 16, 16]);
    expect(validation?.images.shape).toEqual([7, 1, 16, 16]);
    expect(test.images.shape).toEqual([3, 1, 16, 16]);
    expect(digits({ train: 1, test: 0 }).validation).toBeUndefined();
    expect(drawn.train.images.shape).toEqual([2000, 1, 28, 28]);
    expect(drawn.train.images.dtype).toBe("float32");
  });

  it("draws the same bits for the same seed, for ever", () => {
    const hash = createHash("sha256")
      .update(bytes(digits({ train: 200, test: 0 }).train))
      .digest("hex");
    expect(hash).toBe("226b4366867870a825157921478192bf29e1005804656c29daa79dcd8810b134");
    expect(bytes(digits({ train: 20, seed: 2 }).train)).not.toEqual(bytes(digits({ train: 20 }).train));
  });

  it("keeps the images there were when more are asked for", () => {
    const few = digits({ train: 25, test: 5 });
    expect(bytes(few.train)).toEqual(bytes(drawn.train.subset(25)));
    expect(bytes(few.test)).toEqual(bytes(drawn.test.subset(5)));
    expect(bytes(digits({ train: 5, validation: 9, test: 5 }).test)).toEqual(bytes(few.test));
  });

  it("holds each digit once in every ten, in changing order", () => {
    const { labels } = drawn.train;
    for (let i = 0; i < 2000; i += 10) expect(new Set(labels.subarray(i, i + 10)).size).toBe(10);
    expect(Array.from(labels.subarray(0, 10))).not.toEqual(Array.from(labels.subarray(10, 20)));
  });

  it("repeats no image, neither within nor between the sets", () => {
    const seen = new Set<string>();
    for (const set of [drawn.train, drawn.test]) {
      for (let i = 0; i < set.size; i++) {
        seen.add(Buffer.from(set.images.data.buffer, i * 784 * 4, 784 * 4).toString("base64"));
      }
    }
    expect(seen.size).toBe(2500);
  });

  it("places ink as MNIST does: grey edges, about 20 pixels high, the centre of mass in the middle", () => {
    const { images } = digits({ train: 500, test: 0, noise: 0 }).train;
    let [ink, grey, height, offset, outside] = [0, 0, 0, 0, 0];
    for (let i = 0; i < 500; i++) {
      let [x, y, mass, top, bottom] = [0, 0, 0, 28, -1];
      for (let p = 0; p < 784; p++) {
        const value = images.data[i * 784 + p];
        if (!(value >= 0 && value <= 1)) outside++;
        if (value === 0) continue;
        const row = Math.floor(p / 28);
        [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
        mass += value;
        x += value * ((p % 28) + 0.5 - 14);
        y += value * (row + 0.5 - 14);
        if (value < 1) grey++;
      }
      ink += mass / 784;
      height += bottom - top + 1;
      offset += Math.hypot(x / mass, y / mass);
    }
    expect(outside).toBe(0);
    // MNIST's first 10,000 training images have the mean 0.131.
    expect(ink / 500).toBeGreaterThan(0.1);
    expect(ink / 500).toBeLessThan(0.17);
    expect(height / 500).toBeGreaterThan(18.5);
    expect(height / 500).toBeLessThan(22);
    expect(offset / 500).toBeLessThan(2);
    expect(grey / 500).toBeGreaterThan(50);
  });

  it("is harder than a linear classifier can do, as MNIST is", () => {
    const accuracy = linearAccuracy(drawn.train, drawn.test, 12);
    expect(accuracy).toBeGreaterThan(0.85);
    expect(accuracy).toBeLessThan(0.925);
  });

  it("takes well under a second for 2,000 digits", () => {
    const start = computing();
    digits({ train: 2000, test: 0, seed: 3 });
    expect(computing() - start).toBeLessThan(1000);
  });

  it("writes every digit of a style alike without variation", () => {
    const shapes = new Set<string>();
    const random = new Random(1);
    for (let i = 0; i < 60; i++) {
      shapes.add(
        Buffer.from(drawDigit(0, random, { variation: 0, noise: 0 }).data.buffer).toString("base64"),
      );
    }
    expect(shapes.size).toBe(3);
  });

  it("refuses what it cannot draw", () => {
    expect(() => digits({ train: -1 })).toThrow("digits: train is -1");
    expect(() => digits({ train: 1.5 })).toThrow("whole number");
    expect(() => digits({ size: 4 })).toThrow("digits: size is 4; it must be a whole number, 8 or more.");
    expect(() => digits({ variation: 3 })).toThrow("variation is 3");
    expect(() => digits({ noise: NaN })).toThrow("noise is NaN");
    expect(() => drawDigit(10, new Random(1))).toThrow("drawDigit: 10 is not a digit");
  });
});
