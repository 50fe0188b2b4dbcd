/** PNG files: every pixel at its place, and damaged files answered with an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { readPng } from "../../../lib/data/png.js";
import { withData } from "../../support/shared.js";

const random = new Random(1);
const [rows, columns] = [5, 7];

function picture(channels: 1 | 2 | 3 | 4, depth: 8 | 16): { numbers: number[]; png: Uint8Array } {
  const numbers = Array.from({ length: rows * columns * channels }, () => random.integer(2 ** depth));
  const data = depth === 8 ? Uint8Array.from(numbers) : Uint16Array.from(numbers);
  return { numbers, png: encode({ width: columns, height: rows, data, channels, depth }) };
}

describe("readPng", () => {
  it.each([
    [1, 8, 1],
    [2, 8, 1],
    [3, 8, 3],
    [4, 8, 3],
    [1, 16, 1],
    [3, 16, 3],
  ] as const)("reads %i planes of %i bits as %i channels", (planes, depth, channels) => {
    const { numbers, png } = picture(planes, depth);
    const image = readPng(png);
    expect(image.shape).toEqual([channels, rows, columns]);
    for (let i = 0; i < rows * columns; i++) {
      for (let c = 0; c < channels; c++) {
        const value = image.get(c, Math.floor(i / columns), i % columns);
        expect(value).toBeCloseTo(numbers[i * planes + c] / (2 ** depth - 1), 6);
      }
    }
  });

  it("says what a file is that it does not read", () => {
    const { png } = picture(3, 8);
    expect(() => readPng(png.subarray(0, 20), "a.png")).toThrow("a.png does not begin as a PNG file");
    expect(() => readPng(png.subarray(0, 60), "a.png")).toThrow(FormatError);
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 31 - 1);
    expect(() => readPng(huge, "a.png")).toThrow("more than its");
    const palette = png.slice();
    palette[25] = 3;
    expect(() => readPng(palette, "a.png")).toThrow("a.png has 8 bits and colour type 3; convert it");
    const flipped = png.slice();
    flipped[50] ^= 1;
    expect(() => readPng(flipped, "a.png")).toThrow("a.png is damaged");
  });

  it("answers 2,000 damaged files with a FormatError or a picture", () => {
    const { png } = picture(3, 8);
    for (let trial = 0; trial < 2000; trial++) {
      const bad = png.slice(0, random.next() < 0.3 ? random.integer(png.length) : png.length);
      if (bad.length > 0) bad[random.integer(bad.length)] = random.integer(256);
      try {
        expect(readPng(bad).shape).toEqual([3, rows, columns]);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});

withData("photos", "photographs", (folder) => {
  it("reads the cat and the cameraman", () => {
    const cat = readPng(readFileSync(join(folder, "chelsea.png")));
    expect(cat.shape).toEqual([3, 300, 451]);
    expect(readPng(readFileSync(join(folder, "camera.png"))).shape).toEqual([1, 512, 512]);
    const mean = (channel: number) => {
      const plane = cat.data.subarray(channel * 300 * 451, (channel + 1) * 300 * 451);
      return Array.from(plane).reduce((sum, value) => sum + value) / plane.length;
    };
    // A ginger cat: more red than green than blue.
    expect(mean(0)).toBeGreaterThan(mean(1));
    expect(mean(1)).toBeGreaterThan(mean(2));
  });
});
