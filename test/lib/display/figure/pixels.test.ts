/** Protects the way numbers become pixels: zero in its place, hard edges, odd numbers seen, nothing blurred. */
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../../../../lib/array/tensor.js";
import {
  colorize,
  colorizeRgb,
  colorOf,
  encodePng,
  enlarge,
  fitRaster,
  montage,
  ODD_COLOR,
  planesOf,
  reduce,
  scaleFor,
  type Raster,
} from "../../../../lib/display/figure/pixels.js";

const pixel = ({ data, width }: Raster, x: number, y: number) =>
  Array.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4));

describe("colour scales", () => {
  test("signed numbers have white at zero and equal reach on both sides", () => {
    const scale = scaleFor([-1, 0, 3]);
    expect(scale).toEqual({ kind: "diverging", low: -3, high: 3 });
    expect(colorOf(0, scale)).toEqual([255, 255, 255]);
    const [red, , blue] = colorOf(3, scale);
    const [negativeRed, , negativeBlue] = colorOf(-3, scale);
    expect(red).toBeGreaterThan(blue);
    expect(negativeBlue).toBeGreaterThan(negativeRed);
  });

  test("numbers from zero up are grey from black to white", () => {
    const scale = scaleFor([0, 4]);
    expect([0, 2, 4].map((value) => colorOf(value, scale)[1])).toEqual([0, 128, 255]);
  });

  test("constant and empty data have a scale that divides by nothing", () => {
    for (const values of [[], [0, 0], [5, 5], [-2, -2], [NaN]]) {
      const { low, high } = scaleFor(values);
      expect(high - low).toBeGreaterThan(0);
      expect(colorOf(values[0] ?? 0, scaleFor(values)).every(Number.isInteger)).toBe(true);
    }
  });

  test("NaN and infinities have the colour that no scale has", () => {
    const scale = scaleFor([-1, 1]);
    const raster = colorize([NaN, Infinity, -Infinity, 0.5], 4, 1, scale);
    for (const x of [0, 1, 2]) expect(pixel(raster, x, 0)).toEqual([...ODD_COLOR, 255]);
    expect(pixel(raster, 3, 0)).not.toEqual([...ODD_COLOR, 255]);
    for (let value = -1; value <= 1; value += 0.01) expect(colorOf(value, scale)).not.toEqual(ODD_COLOR);
    expect(pixel(colorizeRgb([0, NaN, 0], 1, 1, 0, 1), 0, 0)).toEqual([...ODD_COLOR, 255]);
  });

  test("the table of colours agrees with the scale itself", () => {
    const scale = scaleFor([-1, 1]);
    const values = Array.from({ length: 201 }, (_, i) => (i - 100) / 100);
    const raster = colorize(values, 201, 1, scale);
    values.forEach((value, x) => {
      colorOf(value, scale).forEach((channel, c) => {
        expect(Math.abs(pixel(raster, x, 0)[c] - channel)).toBeLessThanOrEqual(2);
      });
    });
  });
});

describe("rasters", () => {
  const two = colorize([0, 1, 2, 3], 2, 2, { kind: "grey", low: 0, high: 3 });

  test("enlarging repeats each pixel", () => {
    const large = enlarge(two, 3);
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        expect(pixel(large, x, y)).toEqual(pixel(two, Math.floor(x / 3), Math.floor(y / 3)));
      }
    }
    expect(() => enlarge(two, 1.5)).toThrow(/not a whole number/);
  });

  test("reducing takes means", () => {
    expect(pixel(reduce(two, 1), 0, 0)).toEqual([128, 128, 128, 255]);
  });

  test("fitting enlarges by a whole factor, or reduces", () => {
    expect(fitRaster(two, 7).width).toBe(6);
    expect(fitRaster(enlarge(two, 50), 30).width).toBe(30);
    expect(fitRaster(colorize([1], 1, 1, scaleFor([1])), 20).width).toBe(20);
  });

  test("a montage leaves gaps transparent", () => {
    const sheet = montage([two, two, two], { columns: 2, gap: 1 });
    expect([sheet.width, sheet.height]).toEqual([5, 5]);
    expect(pixel(sheet, 2, 0)[3]).toBe(0);
    expect(pixel(sheet, 3, 0)).toEqual(pixel(two, 0, 0));
    expect(pixel(sheet, 0, 3)).toEqual(pixel(two, 0, 0));
    expect(pixel(sheet, 3, 3)[3]).toBe(0);
  });

  test("the PNG decodes to the same pixels", () => {
    const decoded = decode(encodePng(two));
    expect(Array.from(decoded.data)).toEqual(Array.from(two.data));
  });
});

test("planes follow strides, and a tensor with one axis is refused", () => {
  const turned = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]).transpose(1, 0);
  expect(Array.from(planesOf("test", turned).at(0))).toEqual([1, 4, 2, 5, 3, 6]);
  expect(() => planesOf("test", zeros([3]))).toThrow(
    "test: a 3 tensor is no picture; give N×C×H×W, C×H×W or H×W.",
  );
});
