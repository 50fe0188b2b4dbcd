/** One's own pictures: folders are classes, every picture gets the size asked, and every class its part in both sets. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at } from "../../../lib/array/access.js";
import { Random } from "../../../lib/array/random.js";
import { flat, full, tensor, zeros } from "../../../lib/array/tensor.js";
import { imageFolder } from "../../../lib/data/image-folder.js";
import { readPng, writePng } from "../../../lib/formats/png.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "chainrule-pictures-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}
/** So many pictures of one grey a class: the class can be read off the pixels. */
function classes(counts: Record<string, number>): void {
  Object.entries(counts).forEach(([name, count], label) => {
    for (let i = 0; i < count; i++) put(`${name}/${i}.png`, writePng(full([1, 6, 9], label / 4)));
  });
}

describe("writePng", () => {
  it("writes what readPng reads, to an eighth bit, grey and in colour", () => {
    for (const shape of [
      [1, 3, 5],
      [3, 4, 2],
    ]) {
      const image = new Random(1).uniform(shape);
      const read = readPng(writePng(image));
      expect(read.shape).toEqual(shape);
      flat(read).forEach((value, i) =>
        expect(Math.abs(value - flat(image)[i]!)).toBeLessThan(0.5 / 255 + 1e-6),
      );
    }
    expect(flat(readPng(writePng(tensor([[-1, 2]]))))).toEqual(Float32Array.of(0, 1));
    expect(() => writePng(zeros([2, 3, 3]))).toThrow(
      "writePng: the image is 2×3×3; give C×H×W with one or three channels",
    );
  });
});

describe("imageFolder", () => {
  it("makes a class of each folder, in the order of their names, with its part in both sets", () => {
    classes({ cats: 10, birds: 5, ants: 2 });
    const { name, train, test } = imageFolder(folder, { size: 4, channels: 1 });
    expect(folder.endsWith(name)).toBe(true);
    expect(train.classes).toEqual(["ants", "birds", "cats"]);
    const count = (labels: Int32Array) => [0, 1, 2].map((k) => labels.filter((label) => label === k).length);
    expect([count(train.labels), count(test.labels)]).toEqual([[1, 4, 8], [1, 1, 2]]); // prettier-ignore
    expect(train.images.shape).toEqual([13, 1, 4, 4]);
    const grey = { ants: 2 / 4, birds: 1 / 4, cats: 0 };
    for (const { images, labels, classes } of [train, test])
      labels.forEach((label, n) =>
        expect(at(images, n, 0, 2, 2)).toBeCloseTo(grey[classes[label] as "ants"], 2),
      );
  });

  it("holds back the same pictures for the same seed, others for another", () => {
    for (let i = 0; i < 20; i++) put(`a/${i}.png`, writePng(full([1, 2, 2], i / 20)));
    classes({ b: 4 });
    const held = (seed: number) =>
      [...flat(imageFolder(folder, { size: 2, channels: 1, seed }).test.images)].join();
    expect(held(1)).toBe(held(1));
    expect(held(1)).not.toBe(held(2));
  });

  it("turns grey into colour and colour into grey", () => {
    const red = tensor([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [3, 2, 2]);
    for (const name of ["a/1.png", "a/2.png"]) put(name, writePng(red));
    for (const name of ["b/1.PNG", "b/2.png"]) put(name, writePng(full([1, 2, 2], 0.6)));
    const grey = imageFolder(folder, { size: 2, channels: 1 }).train.images;
    expect(at(grey, 0, 0, 0, 0)).toBeCloseTo(0.299, 5);
    const colour = imageFolder(folder, { size: 2 }).train.images;
    expect(colour.shape).toEqual([2, 3, 2, 2]);
    for (const c of [0, 1, 2]) expect(at(colour, 1, c, 1, 1)).toBeCloseTo(0.6, 5);
  });

  it("cuts off the longer sides, or distorts", () => {
    // Three squares side by side: dark, bright, dark.
    const wide = tensor(
      Array.from({ length: 4 * 12 }, (_, i) => (i % 12 >= 4 && i % 12 < 8 ? 1 : 0)),
      [1, 4, 12],
    );
    for (const name of ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]) put(name, writePng(wide));
    const cut = imageFolder(folder, { size: 4, channels: 1 }).train.images;
    expect([...flat(cut)].every((value) => value === 1)).toBe(true);
    const distorted = imageFolder(folder, { size: 4, channels: 1, fit: "stretch" }).train.images;
    expect(at(distorted, 0, 0, 1, 0)).toBeLessThan(0.3);
    const tall = imageFolder(folder, { size: [2, 6], channels: 1 }).train.images;
    expect(tall.shape).toEqual([2, 1, 2, 6]);
  });

  it("passes over other files and hidden ones, and names the one that is damaged", () => {
    classes({ a: 2, b: 2 });
    put("a/notes.txt", "no picture");
    put("a/._1.png", "what a Mac leaves");
    put(".cache/x.png", "hidden");
    put("readme.md", "a file beside the classes");
    expect(imageFolder(folder, { size: 2 }).train.classes).toEqual(["a", "b"]);
    put("b/broken.png", "no picture either");
    expect(() => imageFolder(folder, { size: 2 })).toThrow(join(folder, "b", "broken.png"));
  });

  it.each([
    ["a folder that is not there", () => imageFolder(join(folder, "nowhere"), { size: 2 }), "nowhere cannot be read"],
    ["no classes", () => imageFolder(folder, { size: 2 }), "has no folder; make one for each class, two at least"],
    ["a class without pictures", () => { classes({ a: 2 }); mkdirSync(join(folder, "b")); return imageFolder(folder, { size: 2 }); }, /b has no picture \(\.png, \.jpg, \.jpeg\); a class needs two at least/],
    ["a class of one", () => { classes({ a: 2, b: 1 }); return imageFolder(folder, { size: 2 }); }, "has one picture"],
    ["one class", () => { classes({ a: 2 }); return imageFolder(folder, { size: 2 }); }, "has one folder (a)"],
    ["no size", () => imageFolder(folder, { size: 0 }), "the height"],
    ["all for the test", () => imageFolder(folder, { size: 2, test: 1 }), "the test's part is 1"],
  ])("refuses %s", (_, call, message) => expect(call).toThrow(message)); // prettier-ignore
});
