/** CIFAR-10 from files: planes in their places, normalisation, splits, and damaged files. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { at } from "../../../lib/array/access.js";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { cifar10, cifar10Statistics, readCifar10 } from "../../../lib/data/cifar10.js";
import { withData } from "../../support/shared.js";

/** Records with these labels; pixel p of channel c of record i is (7i + 31c + p) mod 256. */
function records(labels: number[]): Uint8Array {
  const bytes = new Uint8Array(3073 * labels.length);
  labels.forEach((label, i) => {
    bytes[3073 * i] = label;
    for (let p = 0; p < 3072; p++) bytes[3073 * i + 1 + p] = 7 * i + 31 * Math.floor(p / 1024) + (p % 1024);
  });
  return bytes;
}

describe("readCifar10", () => {
  it("puts every byte in its channel, row and column", () => {
    const { images, labels, classes } = readCifar10(records([3, 9]));
    expect(images.shape).toEqual([2, 3, 32, 32]);
    expect(Array.from(labels, (label) => classes[label])).toEqual(["cat", "truck"]);
    for (const [i, c, row, column] of [
      [0, 0, 0, 0],
      [1, 2, 31, 30],
      [1, 1, 4, 17],
    ]) {
      const byte = (7 * i + 31 * c + 32 * row + column) % 256;
      expect(at(images, i, c, row, column)).toBe(Math.fround(byte / 255));
    }
  });

  it("normalises each colour, and takes as many records as asked", () => {
    const { mean, deviation } = cifar10Statistics;
    const { images } = readCifar10(records([3, 9, 1]), { normalize: true, count: 2 });
    expect(images.shape[0]).toBe(2);
    expect(at(images, 1, 2, 0, 5)).toBeCloseTo(((7 + 62 + 5) / 255 - mean[2]) / deviation[2], 6);
  });

  it("says what is wrong with the bytes", () => {
    expect(() => readCifar10(records([1]).subarray(1), {}, "b.bin")).toThrow(
      "cifar10: b.bin has 3072 bytes, which is no whole number of records of 3073",
    );
    expect(() => readCifar10(new Uint8Array(0))).toThrow(FormatError);
    expect(() => readCifar10(records([1, 10]))).toThrow("record 1 of the bytes has the label 10");
    expect(() => readCifar10(records([1]), { count: -1 })).toThrow("count is -1");
  });

  it("answers 2,000 damaged files with a FormatError or a data set that fits", () => {
    const random = new Random(1);
    const good = records([1, 2]);
    for (let trial = 0; trial < 2000; trial++) {
      const bad = good.slice(0, random.next() < 0.5 ? random.integer(good.length) : good.length);
      if (bad.length > 0) bad[random.next() < 0.5 ? 0 : random.integer(bad.length)] = random.integer(256);
      try {
        expect(readCifar10(bad).size).toBe(bad.length / 3073);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});

describe("cifar10", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-"));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it("reads the published five batches in order, and no more of them than needed", async () => {
    for (let i = 1; i <= 5; i++) writeFileSync(join(folder, `data_batch_${i}.bin`), records([i, i]));
    writeFileSync(join(folder, "test_batch.bin.gz"), gzipSync(records([0, 9, 8])));
    const all = await cifar10({ folder });
    expect(Array.from(all.train.labels)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect([all.validation, Array.from(all.test.labels)]).toEqual([undefined, [0, 9, 8]]);
    writeFileSync(join(folder, "data_batch_3.bin"), "damaged");
    const some = await cifar10({ folder, train: 3, test: 1 });
    expect([Array.from(some.train.labels), some.test.size]).toEqual([[1, 1, 2], 1]);
    await expect(cifar10({ folder })).rejects.toThrow("data_batch_3.bin has 7 bytes");
  });

  it("takes val.bin for validation, or for the test set where there is no other", async () => {
    writeFileSync(join(folder, "train.bin"), records([1, 2]));
    writeFileSync(join(folder, "val.bin"), records([3]));
    expect(Array.from((await cifar10({ folder })).test.labels)).toEqual([3]);
    writeFileSync(join(folder, "test.bin"), records([4]));
    const { validation, test } = await cifar10({ folder });
    expect([Array.from(validation?.labels ?? []), Array.from(test.labels)]).toEqual([[3], [4]]);
  });

  it("says what to do where there are no files", async () => {
    vi.stubEnv("CHAINRULE_DATA", folder);
    await expect(cifar10()).rejects.toThrow(
      /data_batch_1\.bin.*test_batch\.bin.*cifar10\(\{ folder \}\).*digits/,
    );
  });
});

withData("cifar10", "cifar10, the real files", (path) => {
  it("has the mean and deviation of CIFAR-10, so that normalising makes them 0 and 1", async () => {
    const { train, test } = await cifar10({ folder: path, normalize: true });
    expect([train.size, test.size]).toEqual([5000, 1000]);
    expect(new Set(train.labels).size).toBe(10);
    for (let channel = 0; channel < 3; channel++) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < train.size; i++) {
        for (let p = 0; p < 1024; p++) {
          const value = train.images.data[(i * 3 + channel) * 1024 + p];
          sum += value;
          squares += value * value;
        }
      }
      const count = train.size * 1024;
      expect(Math.abs(sum / count)).toBeLessThan(0.03);
      expect(Math.abs(Math.sqrt(squares / count) - 1)).toBeLessThan(0.03);
    }
  });
});
