/** Protects how numbers are written, and the sums behind the words. */
import { expect, test } from "vitest";
import {
  showCount,
  showDuration,
  showNumber,
  showOddities,
  showPercent,
  showPlural,
  summarize,
} from "../../../../lib/display/figure/numbers.js";
import { roundTicks } from "../../../../lib/display/figure/line-chart.js";
import { smooth, thin } from "../../../../lib/display/training/series.js";
import { fitText, textWidth } from "../../../../lib/display/figure/svg.js";

test.each([
  [0, "0"],
  [-0, "0"],
  [12, "12"],
  [-1.5, "−1.5"],
  [0.031249, "0.0312"],
  [1234.56, "1230"],
  [2.1e-7, "2.1e−7"],
  [1e-5, "1e−5"],
  [1.234e12, "1.23e12"],
  [99999.9, "100000"],
  [NaN, "NaN"],
  [Infinity, "∞"],
  [-Infinity, "−∞"],
])("%f is written %s", (value, written) => expect(showNumber(value)).toBe(written));

test("counts, plurals, percentages", () => {
  expect([0, 999, 1000, 1234567].map(showCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([showPlural(1, "filter"), showPlural(8, "filter")]).toEqual(["1 filter", "8 filters"]);
  expect([showPercent(0.9731), showPercent(NaN)]).toEqual(["97.3 %", "–"]);
});

test.each([
  [0.84, "0.8 s"],
  [9.97, "10 s"],
  [59.4, "59 s"],
  [59.6, "1:00"],
  [187, "3:07"],
  [3599.7, "1:00:00"],
  [3753, "1:02:33"],
  [NaN, "–"],
])("%f seconds are %s", (seconds, written) => expect(showDuration(seconds)).toBe(written));

test("a summary leaves out what is not finite, and counts it", () => {
  const summary = summarize([1, NaN, 3, 0, Infinity, -Infinity, -2]);
  expect(summary).toMatchObject({ size: 7, min: -2, max: 3, zeros: 1, nan: 1, infinite: 2 });
  expect(summary.mean).toBeCloseTo(0.5, 12);
  expect(summary.deviation).toBeCloseTo(Math.sqrt((0.25 + 6.25 + 0.25 + 6.25) / 4), 12);
  expect(showOddities(summary)).toBe("1 NaN and 2 infinite");
  expect(summarize([]).min).toBeNaN();
  // A large mean takes no digits from the deviation.
  expect(summarize([1e9 + 1, 1e9 + 2, 1e9 + 3]).deviation).toBeCloseTo(Math.sqrt(2 / 3), 6);
});

test("smoothing starts at the first number and lets NaN through without spreading it", () => {
  expect(Array.from(smooth([4, 4, 4], 10))).toEqual([4, 4, 4]);
  expect(Array.from(smooth([1, 2, 3], 1))).toEqual([1, 2, 3]);
  const smoothed = smooth([1, NaN, 1], 5);
  expect(smoothed[1]).toBeNaN();
  expect(smoothed[2]).toBe(1);
});

test("thinning takes means and keeps a breakdown", () => {
  const xs = Array.from({ length: 100 }, (_, i) => i);
  const ys = xs.map((x) => (x === 57 ? NaN : 1));
  const thinned = thin(xs, ys, 10);
  expect(thinned).toHaveLength(10);
  expect(thinned[0]).toEqual([4.5, 1]);
  expect(thinned.map(([, y]) => Number.isNaN(y)).indexOf(true)).toBe(5);
});

test("axes have round numbers without the dust of floating point", () => {
  expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(roundTicks(0.05, 0.62, 6)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  expect(roundTicks(1, 3, 8, 1)).toEqual([1, 2, 3]);
  expect(roundTicks(2, 2, 4)).toEqual([2]);
});

test("text is cut to fit, with an ellipsis", () => {
  expect(fitText("automobile", 200, 12)).toBe("automobile");
  const cut = fitText("a very long class name indeed", 60, 12);
  expect(cut.endsWith("…")).toBe(true);
  expect(textWidth(cut, 12)).toBeLessThanOrEqual(60);
});
