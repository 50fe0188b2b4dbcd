/** Protects the colours that stand for others: each is the nearest there is, few colours stay as they are, noise is not far off. */
import { expect, test } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { quantize } from "../../../../lib/display/figure/quantize.js";

const random = new Random(3);
const noise = Uint8Array.from({ length: 3 * 2000 }, () => random.integer(256));
const counts = Array.from({ length: 2000 }, () => 1 + random.integer(9));

test("as many colours as there are stay what they are", () => {
  const rgb = Uint8Array.from([0, 0, 0, 255, 0, 0, 0, 255, 0, 12, 34, 56]);
  const { palette, places, error } = quantize({ rgb, counts: [5, 1, 1, 2] }, 8);
  expect(error).toBe(0);
  expect(palette).toHaveLength(4);
  expect(Array.from(places).flatMap((place) => palette[place])).toEqual(Array.from(rgb));
});

test("each colour goes to the nearest of the palette, and the error is what that costs", () => {
  const { palette, places, error } = quantize({ rgb: noise, counts }, 64);
  expect(palette).toHaveLength(64);
  let [squares, pixels] = [0, 0];
  for (let i = 0; i < 2000; i++) {
    const off = palette.map((entry) => entry.reduce((sum, v, c) => sum + (v - noise[3 * i + c]) ** 2, 0));
    expect(off[places[i]]).toBe(Math.min(...off));
    squares += counts[i] * off[places[i]];
    pixels += counts[i];
  }
  expect(error).toBeCloseTo(Math.sqrt(squares / (3 * pixels)), 9);
});

test("256 colours bring even uniform noise within 7 % of the range, and a smooth ramp within 1 %", () => {
  const even = counts.map(() => 1);
  expect(quantize({ rgb: noise, counts: even }, 256).error).toBeLessThan(0.07 * 255);
  const ramp = Uint8Array.from({ length: 3 * 2000 }, (_, i) => (Math.floor(i / 3) * 255) / 1999);
  expect(quantize({ rgb: ramp, counts: even }, 256).error).toBeLessThan(0.01 * 255);
});

test("what has more pixels is nearer to what is drawn", () => {
  const rgb = Uint8Array.from([0, 0, 0, 100, 100, 100]);
  expect(quantize({ rgb, counts: [3, 1] }, 1).palette).toEqual([[25, 25, 25]]);
});
