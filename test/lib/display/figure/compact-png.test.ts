/** Protects the colours of small PNGs: a palette must give back what went in, opacity included. */
import { convertIndexedToRgb, decode } from "fast-png";
import { expect, test } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { compactPng } from "../../../../lib/display/figure/compact-png.js";
import { filters } from "../../../../lib/display/filters/filters.js";
import { rasterize } from "../../../../lib/display/figure/rasterize.js";

test("opaque and translucent colours come back, in whatever order they came", () => {
  const colors = [
    [255, 255, 255, 255],
    [0, 0, 0, 0],
    [10, 20, 30, 255],
    [200, 100, 50, 128],
    [9, 9, 9, 255],
    [1, 2, 3, 7],
  ];
  const decoded = decode(compactPng(3, 2, Uint8Array.from(colors.flat()))!);
  expect(decoded.palette).toHaveLength(6);
  const odd = new Uint8Array(25);
  odd.set(colors.flat(), 1);
  expect(compactPng(3, 2, odd.subarray(1))).toEqual(compactPng(3, 2, Uint8Array.from(colors.flat())));
  expect(Array.from(convertIndexedToRgb(decoded))).toEqual(colors.flat());
});

test("too many colours have no palette", () => {
  const many = Uint8Array.from(
    { length: 4 * 4096 },
    (_, i) => [(i >> 2) % 256, (i >> 5) % 256, i % 251, 255][i % 4],
  );
  expect(compactPng(64, 64, many)).toBeUndefined();
});

test("a card drawn to PNG is opaque white inside and clear outside its corners", async () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" rx="8" fill="#ffffff"/></svg>`;
  const decoded = decode(await rasterize(svg, 2));
  const pixels = convertIndexedToRgb(decoded);
  const at = (x: number, y: number) => Array.from(pixels.subarray(4 * (80 * y + x), 4 * (80 * y + x) + 4));
  expect(at(40, 40)).toEqual([255, 255, 255, 255]);
  expect(at(0, 0)[3]).toBe(0);
  // On the rounding the white is half there, and not darker.
  for (let x = 0; x < 20; x++) if (at(x, 2)[3] > 60) expect(at(x, 2)[0]).toBeGreaterThan(245);
});

test("96 filters of 11×11 in colour take less than 40 KB, and no pixel is far from its colour", async () => {
  const random = new Random(1);
  const figure = filters(random.normal([96, 3, 11, 11], 0, 1), { title: "conv1" });
  const png = await figure.png();
  expect(png.length).toBeLessThan(40_000);
  const { width, height } = decode(png);
  expect([width, height]).toEqual([970, 798]);
});

test("more than 256 colours are drawn in the nearest of 256, unless that is too far off", () => {
  const ramp = Uint8Array.from({ length: 4 * 4096 }, (_, i) =>
    i % 4 === 3 ? 255 : (i >> 2) * [0.06, 0.047, 0.031][i % 4],
  );
  const decoded = decode(compactPng(64, 64, ramp)!);
  expect(decoded.palette!.length).toBeLessThanOrEqual(256);
  let worst = 0;
  convertIndexedToRgb(decoded).forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - ramp[i]));
  });
  expect(worst).toBeLessThan(6);
  expect(compactPng(64, 64, ramp, 0.01)).toBeUndefined();
});
