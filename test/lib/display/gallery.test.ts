/**
 * Protects the look of the displays, and that each has words beside its picture: each figure of the gallery, drawn with the bundled fonts, must match
 * the picture kept in output/. After a wanted change, run with UPDATE=1 and look at the new pictures.
 */
import { convertIndexedToRgb, decode } from "fast-png";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { gallery } from "./gallery.js";
import { layoutFaults } from "./layout.js";

const folder = new URL("output/", import.meta.url);

/** The picture as red, green, blue and opacity: a PNG of few colours has a palette instead. */
function pixelsOf(png: Uint8Array): { width: number; height: number; data: Uint8Array } {
  const { width, height, data, channels, palette, ...rest } = decode(png);
  const values = palette ? convertIndexedToRgb({ width, height, data, channels, palette, ...rest }) : data;
  const count = values.length / (width * height);
  const pixels = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 4; c++) {
      // Grey stands for all three colours; what has no opacity is opaque.
      const from = count < 3 ? (c < 3 ? 0 : 1) : c;
      if (from < count) pixels[4 * i + c] = values[count * i + from];
    }
  }
  return { width, height, data: pixels };
}

test.each(Object.keys(gallery))("%s looks as it did", async (name) => {
  const file = new URL(`${name}.png`, folder);
  const figure = gallery[name]();
  const png = await figure.png();
  if (process.env.UPDATE === "1") {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, png);
  }
  expect(existsSync(file), `${name}.png is missing; run with UPDATE=1 to draw it`).toBe(true);
  const expected = pixelsOf(readFileSync(file));
  const actual = pixelsOf(png);
  expect([actual.width, actual.height]).toEqual([expected.width, expected.height]);
  // Another processor may round a blend differently: a few pixels may differ, and all of them a little.
  let different = 0;
  for (let i = 0; i < expected.data.length; i += 4) {
    const distance = Math.max(
      ...[0, 1, 2, 3].map((c) => Math.abs(expected.data[i + c] - actual.data[i + c])),
    );
    if (distance > 12) different++;
  }
  expect(different).toBeLessThan((0.0005 * expected.data.length) / 4);

  // It has words, and never HTML, which front ends would prefer to the picture.
  const bundle = await figure.bundle();
  expect(bundle).not.toHaveProperty("text/html");
  expect(Object.keys(bundle)).toContain(name === "live-panel-running" ? "image/svg+xml" : "image/png");
  expect(bundle["text/plain"]).toBe(figure.text);
  expect(figure.text.length).toBeGreaterThan(10);
  expect(inspect(figure)).toBe(figure.text);
  const svg = await figure.svg();
  if (!("application/vnd.vegalite.v5+json" in bundle)) {
    expect(svg).toContain("<title>");
    if (name !== "animation") expect(layoutFaults(svg)).toEqual([]);
  }
  expect(svg).not.toMatch(/ (x|y|width|height|d|cx|cy|r|transform)="[^"]*(NaN|undefined|Infinity)/);
});
