/** Protects the colours of small PNGs: a palette must give back what went in, opacity included. */
import { convertIndexedToRgb, decode } from "fast-png";
import { expect, test } from "vitest";
import { compactPng } from "../../../lib/display/compact-png.js";
import { rasterize } from "../../../lib/display/rasterize.js";

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
