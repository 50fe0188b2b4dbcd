/**
 * Protects the look of the displays, and that each has words beside its picture: each figure of the gallery, drawn with the bundled fonts, must match
 * the picture kept in output/. After a wanted change, run with UPDATE=1 and look at the new pictures.
 */
import { decode } from "fast-png";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { gallery } from "./gallery.js";
import { layoutFaults } from "./layout.js";

const folder = new URL("output/", import.meta.url);

/** A picture of pixels of four bytes: red, green, blue and opacity. */
interface Picture {
  readonly size: readonly [width: number, height: number];
  readonly bytes: Uint8Array;
  /** The same, a pixel a number. */
  readonly pixels: Uint32Array;
}

/** Reads a PNG: one of few colours has a palette of them; grey stands for all three colours; what has no opacity is opaque. */
function pictureOf(png: Uint8Array): Picture {
  const { width, height, data, channels, palette } = decode(png);
  const bytes = new Uint8Array(4 * width * height).fill(255);
  const pixels = new Uint32Array(bytes.buffer);
  if (palette) {
    const colors = new Uint32Array(Uint8Array.from(palette.flatMap((c) => [...c, 255].slice(0, 4))).buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = colors[data[i]];
    return { size: [width, height], bytes, pixels };
  }
  for (let i = 0; i < pixels.length; i++) {
    for (let c = 0; c < 4; c++) {
      const from = channels < 3 ? (c < 3 ? 0 : 1) : c;
      if (from < channels) bytes[4 * i + c] = data[channels * i + from];
    }
  }
  return { size: [width, height], bytes, pixels };
}

/** How many pixels differ more than another processor's rounding explains. */
function differences(actual: Picture, expected: Picture): number {
  let count = 0;
  for (let i = 0; i < expected.pixels.length; i++) {
    if (actual.pixels[i] === expected.pixels[i]) continue;
    for (let at = 4 * i; at < 4 * i + 4; at++) {
      if (Math.abs(actual.bytes[at] - expected.bytes[at]) <= 12) continue;
      count++;
      break;
    }
  }
  return count;
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
  const [expected, actual] = [pictureOf(readFileSync(file)), pictureOf(png)];
  expect(actual.size).toEqual(expected.size);
  // Another processor may round a blend differently: a few pixels may differ, and all of them a little.
  expect(differences(actual, expected)).toBeLessThan(0.0005 * expected.pixels.length);

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
  // A reader of a projector or a print can read every word.
  const sizes = [...svg.matchAll(/font-size="([\d.]+)(?:px)?"/g)].map(([, size]) => Number(size));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
  expect(svg).not.toMatch(/ (x|y|width|height|d|cx|cy|r|transform)="[^"]*(NaN|undefined|Infinity)/);
});
