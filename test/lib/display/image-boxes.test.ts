/** Protects the boxes on a grid of images: their place and scale, that sets differ without colour, and what is refused. */
import { describe, expect, it } from "vitest";
import { imageGrid, zeros } from "../../../lib/index.js";

const images = zeros([2, 1, 20, 40], "float32");
const one = { top: 4, left: 10, height: 8, width: 5 };

describe("imageGrid with boxes", () => {
  it("draws each box at its pixels, on its own image", async () => {
    const figure = imageGrid(images, { side: 80, columns: 2, boxes: { true: [[one], []] } });
    const svg = (await figure.svg())!;
    const [, x, y] = /<image[^>]* x="([\d.]+)" y="([\d.]+)"/.exec(svg)!.map(Number);
    expect(svg).toContain(`<rect x="${x + 20}" y="${y + 8}" width="10" height="16"`);
    expect(svg.match(/width="10" height="16"/g)).toHaveLength(2); // the line, and the white one below it
  });

  it("tells sets apart by dashes, names them, and counts them in words", async () => {
    const boxes = { true: [[one], [one]], found: [[{ ...one, caption: "7, 0.9" }], []] };
    const figure = imageGrid(images, { boxes });
    const svg = (await figure.svg())!;
    expect(svg).toMatch(/stroke-dasharray="6 3"/);
    for (const words of ["true", "found", "7, 0.9"]) expect(svg).toContain(`>${words}</text>`);
    expect(figure.text).toContain("true: 2 boxes; found: 1 box.");
    expect(figure.alt).toContain("found: 1 box.");
  });

  it("changes nothing where there are none", async () => {
    expect(await imageGrid(images, { boxes: {} }).svg()).toBe(await imageGrid(images).svg());
  });

  it("refuses boxes that do not fit the images, or are none", () => {
    expect(() => imageGrid(images, { boxes: { found: [[one]] } })).toThrow(
      /"found" have 1 list for 2 images; give one for each image/,
    );
    for (const wrong of [
      { ...one, top: NaN },
      { ...one, width: 0 },
    ])
      expect(() => imageGrid(images, { boxes: { found: [[], [one, wrong]] } })).toThrow(
        /box 1 of "found" on image 1/,
      );
    const sets = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`set ${n}`, [[], []]]));
    expect(() => imageGrid(images, { boxes: sets })).toThrow(/5 sets of boxes; 4 at most/);
  });
});
