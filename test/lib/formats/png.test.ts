/** PNG files: every pixel at its place, and damaged files answered with an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { readPng } from "../../../lib/formats/png.js";
import { withData } from "../../support/shared.js";

const random = new Random(1);
const [rows, columns] = [5, 7];

function picture(channels: 1 | 2 | 3 | 4, depth: 8 | 16): { numbers: number[]; png: Uint8Array } {
  const numbers = Array.from({ length: rows * columns * channels }, () => random.integer(2 ** depth));
  const data = depth === 8 ? Uint8Array.from(numbers) : Uint16Array.from(numbers);
  return { numbers, png: encode({ width: columns, height: rows, data, channels, depth }) };
}

/** A PNG file of fewer than 8 bits a pixel, or with a palette, written by the book. */
function packed(
  numbers: readonly number[],
  depth: number,
  colour: 0 | 3,
  palette: readonly (readonly number[])[],
): Uint8Array {
  const inRow = Math.ceil((columns * depth) / 8);
  const raw = new Uint8Array(rows * (1 + inRow)); // each row begins with its filter, 0: none
  numbers.forEach((number, i) => {
    const bit = (i % columns) * depth;
    raw[Math.floor(i / columns) * (1 + inRow) + 1 + (bit >> 3)] |= number << (8 - depth - (bit & 7));
  });
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, columns);
  new DataView(header.buffer).setUint32(4, rows);
  header.set([depth, colour], 8);
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...(colour === 3 ? chunk("PLTE", Uint8Array.from(palette.flat())) : []),
    ...chunk("IDAT", zlibSync(raw)),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

/** The first pixel of each of the seven passes, and the steps, as (row, column). */
const passes = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
] as const;

/** The same in seven passes, each row by another of the five filters. */
function interlaced(
  numbers: readonly number[],
  [height, width]: readonly [number, number],
  depth: number,
  colour: 0 | 3,
  palette: readonly (readonly number[])[],
): Uint8Array {
  const raw: number[] = [];
  let filter = 0;
  for (const [top, left, down, right] of passes) {
    if (top >= height || left >= width) continue;
    const inRow = Math.ceil((Math.ceil((width - left) / right) * depth) / 8);
    let above = new Uint8Array(inRow);
    for (let row = top; row < height; row += down) {
      const line = new Uint8Array(inRow);
      for (let column = left, bit = 0; column < width; column += right, bit += depth)
        line[bit >> 3] |= numbers[row * width + column] << (8 - depth - (bit & 7));
      const guess = (i: number): number => {
        const [a, b, c] = [line[i - 1] ?? 0, above[i], above[i - 1] ?? 0];
        const nearest = [a, b, c].sort((p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q))[0];
        return [0, a, b, (a + b) >> 1, nearest][filter];
      };
      raw.push(filter, ...line.map((byte, i) => byte - guess(i)));
      above = line;
      filter = (filter + 1) % 5;
    }
  }
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, colour, 0, 0, 1], 8);
  const pixels = zlibSync(Uint8Array.from(raw));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...(colour === 3 ? chunk("PLTE", Uint8Array.from(palette.flat())) : []),
    ...chunk("IDAT", pixels.subarray(0, 9)), // pixels may lie in several chunks
    ...chunk("IDAT", pixels.subarray(9)),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(kind: string, content: Uint8Array): number[] {
  const body = [...new TextEncoder().encode(kind), ...content];
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const number = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  return [...number(content.length), ...body, ...number(~crc >>> 0)];
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

  it.each([
    [0, 1],
    [0, 2],
    [0, 4],
    [3, 1],
    [3, 2],
    [3, 4],
    [3, 8],
  ] as const)("reads colour type %i of %i bits, several pixels in a byte", (colour, depth) => {
    const palette = Array.from({ length: 2 ** depth }, () => [0, 1, 2].map(() => random.integer(256)));
    const numbers = Array.from({ length: rows * columns }, () => random.integer(2 ** depth));
    const image = readPng(packed(numbers, depth, colour, palette));
    expect(image.shape).toEqual([colour === 3 ? 3 : 1, rows, columns]);
    numbers.forEach((number, i) => {
      const expected = colour === 3 ? palette[number].map((v) => v / 255) : [number / (2 ** depth - 1)];
      expected.forEach((value, c) =>
        expect(image.get(c, Math.floor(i / columns), i % columns)).toBeCloseTo(value, 6),
      );
    });
  });

  describe.each([1, 2, 4])("rows sent in seven passes, %i bits", (depth) => {
    it.each([
      [0, [1, 1]],
      [0, [5, 7]],
      [0, [23, 18]],
      [3, [3, 2]],
      [3, [9, 33]],
    ] as const)("colour type %i, %j", (colour, size) => {
      const palette = Array.from({ length: 2 ** depth }, () => [0, 1, 2].map(() => random.integer(256)));
      const numbers = Array.from({ length: size[0] * size[1] }, () => random.integer(2 ** depth));
      const image = readPng(interlaced(numbers, size, depth, colour, palette));
      expect(image.shape).toEqual([colour === 3 ? 3 : 1, ...size]);
      numbers.forEach((number, i) => {
        const expected = colour === 3 ? palette[number].map((v) => v / 255) : [number / (2 ** depth - 1)];
        expected.forEach((value, c) =>
          expect(image.get(c, Math.floor(i / size[1]), i % size[1])).toBeCloseTo(value, 6),
        );
      });
    });
  });

  it("reads a palette and rows sent in seven passes like the plain file", () => {
    const fixture = (name: string) =>
      readPng(readFileSync(join(import.meta.dirname, "fixtures", name)), name);
    const plain = fixture("leaves.png");
    expect(fixture("interlaced.png")).toEqual(plain);
  });

  it("says what a file is that it does not read", () => {
    const { png } = picture(3, 8);
    expect(() => readPng(png.subarray(0, 20), "a.png")).toThrow("a.png does not begin as a PNG file");
    expect(() => readPng(png.subarray(0, 60), "a.png")).toThrow(FormatError);
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 31 - 1);
    expect(() => readPng(huge, "a.png")).toThrow("more than its");
    const strange = png.slice();
    strange[25] = 5;
    expect(() => readPng(strange, "a.png")).toThrow("a.png has 8 bits and colour type 5, which PNG has not");
    const short = packed([3, ...Array<number>(rows * columns - 1).fill(0)], 2, 3, [[1, 2, 3]]);
    expect(() => readPng(short, "a.png")).toThrow("a.png names colour 3 of a palette of 1");
    const flipped = png.slice();
    flipped[50] ^= 1;
    expect(() => readPng(flipped, "a.png")).toThrow("a.png is damaged");
  });

  it.each([
    ["colour", picture(3, 8).png],
    [
      "palette",
      packed(Array<number>(rows * columns).fill(1), 4, 3, [
        [0, 0, 0],
        [9, 9, 9],
      ]),
    ],
    [
      "palette in seven passes",
      interlaced(Array<number>(rows * columns).fill(1), [rows, columns], 4, 3, [
        [0, 0, 0],
        [9, 9, 9],
      ]),
    ],
  ])("answers 2,000 damaged files (%s) with a FormatError or a picture", (_, png) => {
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

describe("a file made chunk by chunk", () => {
  const made = (
    [width, height, depth, colour]: readonly [number, number, number, number],
    raw: readonly number[],
    ...before: (readonly [string, readonly number[]])[]
  ): Uint8Array => {
    const header = new Uint8Array(13);
    new DataView(header.buffer).setUint32(0, width);
    new DataView(header.buffer).setUint32(4, height);
    header.set([depth, colour], 8);
    return Uint8Array.from([
      ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      ...chunk("IHDR", header),
      ...before.flatMap(([kind, content]) => [...chunk(kind, Uint8Array.from(content))]),
      ...chunk("IDAT", zlibSync(Uint8Array.from(raw))),
      ...chunk("IEND", new Uint8Array()),
    ]);
  };

  it("with a transparent colour is read without it, also of one pixel", () => {
    const transparent = ["tRNS", [0, 255, 0, 0, 0, 51]] as const;
    expect(Array.from(readPng(made([1, 1, 8, 2], [0, 255, 0, 51], transparent)).data)).toEqual([
      1,
      0,
      Math.fround(0.2),
    ]);
    const grey = readPng(made([2, 1, 8, 0], [0, 255, 0], ["tRNS", [0, 255]]));
    expect(Array.from(grey.data)).toEqual([1, 0]);
    const coloured = readPng(made([1, 1, 8, 3], [0, 1], ["PLTE", [0, 0, 0, 255, 0, 255]], ["tRNS", [0, 9]]));
    expect(Array.from(coloured.data)).toEqual([1, 0, 1]);
  });

  it.each([
    [made([1, 1, 8, 3], [0, 0]), "a.png has colours of a palette, but no palette"],
    [made([1, 1, 4, 2], [0, 1, 2]), "a.png has 4 bits and colour type 2, which PNG has not"],
    [
      made([1, 1, 16, 3], [0, 0, 0], ["PLTE", [1, 2, 3]]),
      "a.png has 16 bits and colour type 3, which PNG has not",
    ],
    [made([1, 1, 2, 6], [0, 0]), "a.png has 2 bits and colour type 6, which PNG has not"],
    [made([0, 1, 8, 0], [0]), "a.png says that it has 1×0 pixels, none"],
    [made([1, 0, 8, 0], []), "a.png says that it has 0×1 pixels, none"],
  ])("that PNG does not have is refused as what it is (%#)", (bytes, words) => {
    expect(() => readPng(bytes, "a.png")).toThrow(words);
  });
});
