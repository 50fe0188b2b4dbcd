/** JPEG files: pixels as another decoder (libjpeg, by ImageMagick) has them, and damaged files answered with an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flat, FormatError, readImage, readJpeg, readPng, type Tensor } from "../../../lib/index.js";
import { crc32 } from "../../../lib/formats/zip.js";
import { mutate } from "./mutations.js";

const file = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name));

/** The greatest difference of two pictures, in steps of 1/255. */
function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const B = flat(b);
  return 255 * Math.max(...Array.from(flat(a), (value, i) => Math.abs(value - B[i])));
}

describe("readJpeg", () => {
  it.each([
    ["colour", [3, 25, 31]],
    ["progressive", [3, 25, 31]],
    ["grey", [1, 25, 31]],
  ])("reads the %s file as another decoder does, to two steps of rounding", (name, shape) => {
    const image = readJpeg(file(`${name}.jpg`), name);
    expect(image.shape).toEqual(shape);
    expect(difference(image, readPng(file(`${name}-decoded.png`)))).toBeLessThan(2.01);
  });

  it("keeps near the picture that was compressed", () => {
    const [image, original] = [readJpeg(file("colour.jpg")), readPng(file("leaves.png"))];
    const errors = Array.from(flat(image), (value, i) => Math.abs(value - flat(original)[i]));
    expect(errors.reduce((sum, e) => sum + e, 0) / errors.length).toBeLessThan(0.03);
  });

  it.each(["420", "422", "440"])("enlarges colours stored at half the size as libjpeg does: 4:%s", (name) => {
    const image = readJpeg(file(`chroma-${name}.jpg`));
    const theirs = readPng(file(`chroma-${name}-decoded.png`));
    expect(difference(image, theirs)).toBeLessThan(3.01); // repeating the samples is wrong by up to 100
    const off = Array.from(flat(image), (value, i) => Math.abs(value - flat(theirs)[i]));
    expect((255 * off.reduce((sum, e) => sum + e)) / off.length).toBeLessThan(0.6);
  });

  it("tells colours as libjpeg does: by JFIF, by Adobe's note, by the planes' names", () => {
    const original = Uint8Array.from(file("colour.jpg"));
    const expected = readJpeg(original);
    const bare = Uint8Array.from([...original.subarray(0, 2), ...original.subarray(20)]);
    const adobe = (transform: number) => {
      const note = [0xff, 0xee, 0, 14, ...new TextEncoder().encode("Adobe"), 0, 100, 0, 0, 0, 0, transform];
      return Uint8Array.from([...bare.subarray(0, 2), ...note, ...bare.subarray(2)]);
    };
    expect(original.subarray(2, 4)).toEqual(Uint8Array.of(0xff, 0xe0)); // the JFIF marker that bare has not
    expect(readJpeg(bare)).toEqual(expected);
    expect(readJpeg(adobe(1))).toEqual(expected);
    const frame = bare.findIndex((byte, i) => byte === 0xff && bare[i + 1] === 0xc0);
    const scan = bare.findIndex((byte, i) => byte === 0xff && bare[i + 1] === 0xda);
    const named = bare.slice();
    [..."RGB"].forEach((letter, i) => {
      named[frame + 10 + 3 * i] = named[scan + 5 + 2 * i] = letter.charCodeAt(0);
    });
    for (const plain of [adobe(0), named]) {
      const planes = readJpeg(plain);
      expect(planes).not.toEqual(expected);
      // Brightness, stored first, is what the eye makes of red, green and blue.
      const [y, rgb] = [flat(planes), flat(expected)];
      const area = y.length / 3;
      for (let i = 0; i < area; i += 97)
        expect(y[i]).toBeCloseTo(0.299 * rgb[i] + 0.587 * rgb[area + i] + 0.114 * rgb[2 * area + i], 1);
    }
  });

  it("says what a file is that it does not read", () => {
    const strange = Uint8Array.from(file("grey.jpg"));
    const start = strange.findIndex((byte, i) => byte === 0xff && strange[i + 1] === 0xc0);
    strange[start + 1] = 0xc9;
    expect(() => readJpeg(strange, "a.jpg")).toThrow(
      "a.jpg is stored with arithmetic coding, which is not read",
    );
    strange[start + 1] = 0xc1;
    strange[start + 4] = 12;
    expect(() => readJpeg(strange, "a.jpg")).toThrow("a.jpg is stored with 12 bits a colour");
    expect(() => readJpeg(file("leaves.png"), "a.jpg")).toThrow("a.jpg does not begin as a JPEG file");
    expect(() => readJpeg(file("colour.jpg").subarray(0, 40), "a.jpg")).toThrow("a.jpg has no frame header");
    const huge = Uint8Array.from(file("grey.jpg"));
    const frame = huge.findIndex((byte, i) => byte === 0xff && huge[i + 1] === 0xc0);
    huge.fill(0xff, frame + 5, frame + 9);
    expect(() => readJpeg(huge, "a.jpg")).toThrow(
      "a.jpg says that it has 65535×65535 pixels, more than its 544 bytes",
    );
  });

  it.each(["colour", "progressive", "grey", "chroma-420"])(
    "answers 2,000 damaged files (%s) with a FormatError or a picture",
    (name) => {
      const survey = mutate(file(`${name}.jpg`), 2000, readJpeg);
      expect(survey.wrong).toEqual([]);
      expect(survey.refused).toBeGreaterThan(100);
      expect(survey.memory).toBeLessThan(64e6);
    },
  );
});

describe("a camera's note of how it was held", () => {
  /** EXIF data with one tag, Orientation, in either byte order. */
  function exif(orientation: number, little: boolean): Uint8Array {
    const view = new DataView(new ArrayBuffer(26));
    view.setUint16(0, little ? 0x4949 : 0x4d4d);
    view.setUint16(2, 42, little);
    view.setUint32(4, 8, little);
    view.setUint16(8, 1, little);
    view.setUint16(10, 0x0112, little);
    view.setUint16(12, 3, little);
    view.setUint32(14, 1, little);
    view.setUint16(18, orientation, little);
    return new Uint8Array(view.buffer);
  }
  const inJpeg = (tiff: Uint8Array): Uint8Array => {
    const bytes = file("colour.jpg");
    const note = [...new TextEncoder().encode("Exif\0\0"), ...tiff];
    return Uint8Array.from([
      ...bytes.subarray(0, 2),
      0xff,
      0xe1,
      0,
      note.length + 2,
      ...note,
      ...bytes.subarray(2),
    ]);
  };
  const inPng = (tiff: Uint8Array): Uint8Array => {
    const bytes = file("leaves.png");
    const body = Uint8Array.from([...new TextEncoder().encode("eXIf"), ...tiff]);
    const crc = crc32(body);
    const sum = [24, 16, 8, 0].map((shift) => (crc >>> shift) & 255);
    return Uint8Array.from([
      ...bytes.subarray(0, 33),
      0,
      0,
      0,
      tiff.length,
      ...body,
      ...sum,
      ...bytes.subarray(33),
    ]);
  };
  /** What EXIF 2.3 says of each value: where the stored first row and first column are seen. */
  const seen = {
    1: ["top", "left"],
    2: ["top", "right"],
    3: ["bottom", "right"],
    4: ["bottom", "left"],
    5: ["left", "top"],
    6: ["right", "top"],
    7: ["right", "bottom"],
    8: ["left", "bottom"],
  } as const;

  it.each(Object.entries(seen))("value %s: the first row is seen at %s", (value, [row, column]) => {
    for (const [make, plain] of [
      [inJpeg, readImage(file("colour.jpg"))],
      [inPng, readImage(file("leaves.png"))],
    ] as const)
      for (const little of [true, false]) {
        const image = readImage(make(exif(Number(value), little)));
        const [, height, width] = image.shape;
        const [, rows, columns] = plain.shape;
        const isOnSide = row === "left" || row === "right";
        expect([height, width]).toEqual(isOnSide ? [columns, rows] : [rows, columns]);
        const far = (side: string): boolean => side === "bottom" || side === "right";
        for (const [i, j] of [
          [0, 0],
          [0, 7],
          [9, 0],
          [11, 23],
        ]) {
          const [r, c] = isOnSide ? [j, i] : [i, j];
          const [flipR, flipC] = isOnSide ? [far(column), far(row)] : [far(row), far(column)];
          const place = [flipR ? height - 1 - r : r, flipC ? width - 1 - c : c] as const;
          for (const k of [0, 1, 2]) expect(image.get(k, ...place)).toBe(plain.get(k, i, j));
        }
      }
  });

  it("leaves a picture as it is whose note is damaged or of another kind", () => {
    const plain = readImage(file("colour.jpg"));
    const bad = [
      exif(9, true),
      exif(6, true).subarray(0, 15),
      exif(6, false).fill(255, 4, 8),
      new Uint8Array(3),
    ];
    for (const tiff of bad) expect(readImage(inJpeg(tiff))).toEqual(plain);
  });
});

describe("readImage", () => {
  it("tells the formats by their first bytes", () => {
    expect(readImage(file("leaves.png"))).toEqual(readPng(file("leaves.png")));
    expect(readImage(file("grey.jpg"))).toEqual(readJpeg(file("grey.jpg")));
    expect(() => readImage(Uint8Array.of(0x47, 0x49, 0x46), "a.gif")).toThrow(
      "image: a.gif is neither a PNG nor a JPEG file; convert it to one of them.",
    );
    expect(() => readImage(new Uint8Array(), "empty")).toThrow(FormatError);
  });
});
