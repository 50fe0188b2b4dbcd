/** The IDX reader: every element type, and no damaged file that it takes for a good one. */
import { describe, expect, it } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { readIdx } from "../../../lib/formats/idx.js";

/** An IDX file of these raw bytes. */
function idx(type: number, shape: number[], elements: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + elements.length);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((extent, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, extent));
  bytes.set(elements, 4 + 4 * shape.length);
  return bytes;
}

describe("readIdx", () => {
  it("reads each element type, big-endian", () => {
    expect(readIdx(idx(0x08, [2, 1], [7, 255]))).toEqual({
      type: "uint8",
      shape: [2, 1],
      data: Uint8Array.of(7, 255),
    });
    expect(readIdx(idx(0x09, [2], [7, 255])).data).toEqual(Int8Array.of(7, -1));
    expect(readIdx(idx(0x0b, [2], [1, 2, 0xff, 0xfe])).data).toEqual(Int16Array.of(258, -2));
    expect(readIdx(idx(0x0c, [1], [0, 1, 0, 2])).data).toEqual(Int32Array.of(65538));
    expect(readIdx(idx(0x0d, [1], [0x3f, 0xc0, 0, 0])).data).toEqual(Float32Array.of(1.5));
    expect(readIdx(idx(0x0e, [1], [0xbf, 0xe0, 0, 0, 0, 0, 0, 0])).data).toEqual(Float64Array.of(-0.5));
    expect(readIdx(idx(0x08, [0, 28, 28], [])).data.length).toBe(0);
  });

  it("reads bytes that begin in the middle of a buffer", () => {
    const shifted = new Uint8Array(100).subarray(3);
    shifted.set(idx(0x0b, [2], [1, 2, 3, 4]));
    expect(readIdx(shifted.subarray(0, 12)).data).toEqual(Int16Array.of(258, 772));
  });

  it("says what is wrong with a file", () => {
    const good = idx(0x08, [2, 2], [1, 2, 3, 4]);
    expect(() => readIdx(good.subarray(0, 2), "labels")).toThrow("labels has 2 bytes, too few for a header");
    expect(() => readIdx(good.subarray(0, 9))).toThrow("a header of 12 bytes, but ends after 9");
    expect(() => readIdx(good.subarray(0, 15))).toThrow("2×2 elements of 1 byte(s), 4 in all, but 3 follow");
    expect(() => readIdx(Uint8Array.of(...good, 5))).toThrow("but 5 follow");
    expect(() => readIdx(Uint8Array.of(0x1f, 0x8b, 8, 0))).toThrow("gzip's; decompress it first");
    expect(() => readIdx(idx(0x0a, [1], [1]))).toThrow("begins with 00 00 0a 01, which is no IDX header");
    expect(() => readIdx(idx(0x08, [], [1]))).toThrow("no IDX header");
  });

  it("allocates nothing on the word of a header", () => {
    const huge = idx(0x0e, [0xffffffff, 0xffffffff, 0xffffffff], [1, 2, 3]);
    expect(() => readIdx(huge)).toThrow(FormatError);
  });

  it("answers 2,000 damaged files with a FormatError or a reading that fits", () => {
    const random = new Random(1);
    const good = idx(
      0x0b,
      [3, 4],
      Array.from({ length: 24 }, (_, i) => i),
    );
    for (let trial = 0; trial < 2000; trial++) {
      const bad = good.slice(0, random.next() < 0.3 ? random.integer(good.length + 1) : good.length);
      for (let hits = random.integer(4); hits > 0 && bad.length > 0; hits--) {
        bad[random.integer(Math.min(bad.length, 16))] = random.integer(256);
      }
      try {
        const { data, shape } = readIdx(bad);
        expect(data.length).toBe(shape.reduce((product, extent) => product * extent, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});
