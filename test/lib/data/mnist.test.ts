/** MNIST from files: the numbers in them, the splits, and what a user without them is told. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { at } from "../../../lib/array/access.js";
import { FormatError } from "../../../lib/array/errors.js";
import { MissingDataError } from "../../../lib/data/files.js";
import { mnist } from "../../../lib/data/mnist.js";
import { withData } from "../../support/shared.js";

const names = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule mnist é-"));
  vi.stubEnv("CHAINRULE_DATA", "");
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Five training and two test images of 2×3 pixels; image i is filled with i. */
function small(into: string, compress = false, mark = "-"): void {
  mkdirSync(into, { recursive: true });
  const images = (n: number) => [
    ...[0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 2, 0, 0, 0, 3],
    ...Array.from({ length: n * 6 }, (_, p) => Math.floor(p / 6)),
  ];
  const labels = (n: number) => [0, 0, 8, 1, 0, 0, 0, n, ...Array.from({ length: n }, (_, i) => 9 - i)];
  [images(5), labels(5), images(2), labels(2)].forEach((content, i) => {
    const bytes = Uint8Array.from(content);
    const file = names[i].replace("-idx", `${mark}idx`) + (compress ? ".gz" : "");
    writeFileSync(join(into, file), compress ? gzipSync(bytes) : bytes);
  });
}

describe("mnist", () => {
  it.each([false, true])(
    "reads files whose names have a dot before idx, compressed: %s",
    async (compress) => {
      mkdirSync(join(folder, "train-images-idx3-ubyte")); // as some archives have it, with the file inside
      small(folder, compress, ".");
      const { train, test } = await mnist({ folder });
      expect([train.size, test.size]).toEqual([5, 2]);
      rmSync(join(folder, `t10k-labels.idx1-ubyte${compress ? ".gz" : ""}`));
      await expect(mnist({ folder })).rejects.toThrow(
        `${folder} has no t10k-labels.idx1-ubyte; put it there`,
      );
    },
  );

  it("divides the training images into the first and the last", async () => {
    small(folder);
    const { name, train, validation, test } = await mnist({ folder, train: 2, validation: 2, test: 1 });
    expect(name).toBe("MNIST");
    expect([train.images.shape, Array.from(train.labels)]).toEqual([
      [2, 1, 2, 3],
      [9, 8],
    ]);
    expect(Array.from(validation?.labels ?? [])).toEqual([6, 5]);
    expect(at(validation!.images, 1, 0, 1, 2)).toBeCloseTo(4 / 255, 7);
    expect(Array.from(test.labels)).toEqual([9]);
    const all = await mnist({ folder });
    expect([all.train.size, all.validation, all.test.size]).toEqual([5, undefined, 2]);
    expect((await mnist({ folder, validation: 4 })).train.size).toBe(1);
    await expect(mnist({ folder, train: 4, validation: 2 })).rejects.toThrow("more than the 5 there are");
    await expect(mnist({ folder, train: -1 })).rejects.toThrow("train is -1");
  });

  it.each([
    ["CHAINRULE_DATA/mnist", "mnist", "CHAINRULE_DATA"],
    ["CHAINRULE_DATA itself", ".", "CHAINRULE_DATA"],
    ["the cache folder", join("chainrule", "mnist"), "XDG_CACHE_HOME"],
  ])("finds the files in %s", async (_, where, variable) => {
    // The cache folder's rule is that of Linux.
    if (variable === "XDG_CACHE_HOME" && process.platform !== "linux") return;
    vi.stubEnv(variable, join(folder, "data"));
    small(join(folder, "data", where), true);
    expect((await mnist()).train.size).toBe(5);
  });

  it("says what to do where there are no files", async () => {
    vi.stubEnv("CHAINRULE_DATA", folder);
    const error: Error = await mnist().catch((e) => e);
    expect(error).toBeInstanceOf(MissingDataError);
    for (const part of [...names, join(folder, "mnist"), "mnist({ folder })", "CHAINRULE_DATA", "digits()"]) {
      expect(error.message).toContain(part);
    }
  });

  it("names the file that is missing among others", async () => {
    small(folder);
    rmSync(join(folder, names[3]));
    await expect(mnist({ folder })).rejects.toThrow(`${folder} has no ${names[3]}; put it there`);
  });

  it("names the damaged file", async () => {
    small(folder, true);
    const path = join(folder, names[0] + ".gz");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 9));
    await expect(mnist({ folder })).rejects.toThrow(`${path}: cannot be decompressed`);
    writeFileSync(path, gunzipSync(whole).subarray(0, 40));
    await expect(mnist({ folder })).rejects.toThrow(FormatError);
    copyFileSync(join(folder, names[1] + ".gz"), path);
    await expect(mnist({ folder })).rejects.toThrow("expected count×rows×columns uint8");
  });
});

withData("mnist", "mnist, the real files", (path) => {
  it("has the pixels and labels of MNIST", async () => {
    const { train, test } = await mnist({ folder: path });
    expect(train.images.shape).toEqual([10_000, 1, 28, 28]);
    expect(test.images.shape).toEqual([2000, 1, 28, 28]);
    expect(Array.from(train.labels.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const mean = Array.from(train.images.data).reduce((sum, value) => sum + value) / train.images.data.length;
    // 0.1307 over all 60,000.
    expect(mean).toBeCloseTo(0.1307, 2);
  });
});
