/** JPEG files: pixels as another decoder (libjpeg, by ImageMagick) has them, and damaged files answered with an error. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flat, FormatError, readImage, readJpeg, readPng, type Tensor } from "../../../lib/index.js";
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

  it("says what a file is that it does not read", () => {
    expect(() => readJpeg(file("leaves.png"), "a.jpg")).toThrow("a.jpg does not begin as a JPEG file");
    expect(() => readJpeg(file("colour.jpg").subarray(0, 40), "a.jpg")).toThrow("a.jpg has no frame header");
    const huge = Uint8Array.from(file("grey.jpg"));
    const frame = huge.findIndex((byte, i) => byte === 0xff && huge[i + 1] === 0xc0);
    huge.fill(0xff, frame + 5, frame + 9);
    expect(() => readJpeg(huge, "a.jpg")).toThrow(
      "a.jpg says that it has 65535×65535 pixels, more than its 544 bytes",
    );
  });

  it.each(["colour", "progressive", "grey"])(
    "answers 2,000 damaged files (%s) with a FormatError or a picture",
    (name) => {
      const survey = mutate(file(`${name}.jpg`), 2000, readJpeg);
      expect(survey.wrong).toEqual([]);
      expect(survey.refused).toBeGreaterThan(100);
      expect(survey.memory).toBeLessThan(64e6);
    },
  );
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
