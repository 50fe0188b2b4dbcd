/** Dead leaves have the statistics of photographs, which is what they are for. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import FFT from "fft.js";
import { describe, expect, it } from "vitest";
import { deadLeaves } from "../../../lib/data/dead-leaves.js";
import { withData } from "../../support/shared.js";

const size = 64;

/** The slope of log power over log frequency, averaged over directions and images. */
function slope(images: ArrayLike<number>, count: number): number {
  const fft = new FFT(size);
  const transform = (line: number[]): number[] => {
    const out: number[] = fft.createComplexArray();
    fft.transform(out, line);
    return out;
  };
  const taper = Array.from({ length: size }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / size) ** 2);
  const power = new Float64Array(size / 2);
  const cells = new Float64Array(size / 2);
  for (let n = 0; n < count; n++) {
    let mean = 0;
    for (let p = 0; p < size * size; p++) mean += images[n * size * size + p] / (size * size);
    const rows = taper.map((a, y) =>
      transform(taper.flatMap((b, x) => [a * b * (images[(n * size + y) * size + x] - mean), 0])),
    );
    for (let x = 0; x < size; x++) {
      const column = transform(rows.flatMap((row) => [row[2 * x], row[2 * x + 1]]));
      for (let y = 0; y < size; y++) {
        const frequency = Math.round(Math.hypot(Math.min(x, size - x), Math.min(y, size - y)));
        if (frequency >= size / 2) continue;
        power[frequency] += column[2 * y] ** 2 + column[2 * y + 1] ** 2;
        cells[frequency]++;
      }
    }
  }
  // Below 2 the taper blurs, above 20 the pixel does.
  const points = Array.from({ length: 19 }, (_, i) => i + 2).map((f) => [
    Math.log(f),
    Math.log(power[f] / cells[f]),
  ]);
  const meanOf = (axis: number) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [mx, my] = [meanOf(0), meanOf(1)];
  return (
    points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) /
    points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  );
}

/** The fourth moment of the difference of horizontal neighbours, in units of its squared variance. */
function kurtosis(images: ArrayLike<number>, count: number): number {
  let [squares, fourths, pairs] = [0, 0, 0];
  for (let p = 0; p + 1 < count * size * size; p++) {
    if (p % size === size - 1) continue;
    const difference = images[p + 1] - images[p];
    squares += difference ** 2;
    fourths += difference ** 4;
    pairs++;
  }
  return fourths / pairs / (squares / pairs) ** 2;
}

describe("deadLeaves", () => {
  const images = deadLeaves({ count: 60, size }).data;

  it("fills every pixel with a shade from 0 to 1, uniform on the whole", () => {
    const values = Array.from(images).sort((a, b) => a - b);
    expect(values[0]).toBeGreaterThanOrEqual(0);
    expect(values.at(-1)).toBeLessThanOrEqual(1);
    for (const quantile of [0.25, 0.5, 0.75]) {
      expect(Math.abs(values[Math.floor(quantile * values.length)] - quantile)).toBeLessThan(0.06);
    }
  });

  it("has a power spectrum that falls about as 1/f²", () => {
    expect(slope(images, 60)).toBeGreaterThan(-2.6);
    expect(slope(images, 60)).toBeLessThan(-1.7);
  });

  it("has differences of neighbours with heavy tails", () => {
    expect(kurtosis(images, 60)).toBeGreaterThan(5);
  });

  it("draws the same bits for the same seed, for ever", () => {
    const bytes = Buffer.from(deadLeaves({ count: 5, channels: 3 }).data.buffer);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(
      "df3a766192238d963cb2d2f60b15ffe1cd069d2021b1caaeee7f5f01c57a89f6",
    );
  });

  it("draws colour, other sizes and the same for the same seed", () => {
    const some = deadLeaves({ count: 3, size: 9, channels: 3, radius: [0.5, 20], seed: 4 });
    expect(some.shape).toEqual([3, 3, 9, 9]);
    expect(deadLeaves({ count: 3, size: 9, channels: 3, radius: [0.5, 20], seed: 4 }).data).toEqual(
      some.data,
    );
    expect(some.data.subarray(0, 81)).not.toEqual(some.data.subarray(81, 162));
    expect(deadLeaves({ count: 0 }).shape).toEqual([0, 1, 32, 32]);
  });

  it("refuses what makes no sense", () => {
    expect(() => deadLeaves({ radius: [0, 4] })).toThrow("radius is [0, 4]");
    expect(() => deadLeaves({ radius: [5, 4] })).toThrow("least first");
    expect(() => deadLeaves({ size: 1 })).toThrow("size is 1");
  });
});

withData("photos/gray256", "dead leaves and photographs", (folder) => {
  it("measures about the same spectrum in photographs", () => {
    const slopes = ["camera", "astronaut", "chelsea", "ascent"].map((name) => {
      const bytes = readFileSync(`${folder}/${name}.pgm`);
      const pixels = bytes.subarray(bytes.length - 256 * 256);
      const tiles = new Float64Array(16 * size * size);
      for (let i = 0; i < tiles.length; i++) {
        const [tile, row, column] = [Math.floor(i / 4096), Math.floor(i / size) % size, i % size];
        tiles[i] = pixels[(Math.floor(tile / 4) * size + row) * 256 + (tile % 4) * size + column] / 255;
      }
      return slope(tiles, 16);
    });
    const mean = slopes.reduce((sum, value) => sum + value) / slopes.length;
    expect(Math.abs(mean - slope(deadLeaves({ count: 60, size }).data, 60))).toBeLessThan(0.6);
  });
});
