/** Charts on a dark page: what must be legible there, and what keeps its colours. */
import { expect, it } from "vitest";
import { contrast, darkColour, DARK_GROUND } from "../../../kernel/charts/colour.js";
import { darkSpec } from "../../../kernel/charts/dark.js";
import { heatmap, linePlot } from "../../../lib/display/index.js";
import { INK } from "../../../lib/display/figure/svg.js";

it("every colour of a series, and every grey of words, can be read on a dark ground as on a light one", () => {
  for (const colour of [...INK.series, INK.text, INK.muted, INK.good, INK.bad])
    expect(contrast(darkColour(colour), DARK_GROUND), colour).toBeGreaterThanOrEqual(4.5);
  // And those of JupyterLab's dark theme, which is darker.
  for (const colour of INK.series)
    expect(contrast(darkColour(colour), "#111111")).toBeGreaterThanOrEqual(4.5);
});

it("colours that differ on a light ground differ on a dark one", () => {
  const all = INK.series.map(darkColour);
  expect(new Set(all).size).toBe(INK.series.length);
  // A bright colour needs no change.
  expect(darkColour("#e69f00")).toBe("#e69f00");
  expect(darkColour("steelblue")).toBe("steelblue");
  // Colours between those of a scale are written so.
  expect(darkColour("rgb(11, 44, 102)")).toBe(darkColour("#0b2c66"));
});

it("lines of the grid stay quiet: seen, but less than words", () => {
  for (const quiet of [INK.grid, INK.faint]) {
    expect(contrast(darkColour(quiet), DARK_GROUND)).toBeGreaterThan(1.15);
    expect(contrast(darkColour(quiet), DARK_GROUND)).toBeLessThan(2);
  }
});

it("a chart takes the page's ground, and its words, lines and marks take colours for it", () => {
  const { spec } = linePlot({ a: [1, 2, 3], b: [3, 2, 1] });
  const dark = darkSpec(spec, "#111111");
  expect(dark.background).toBe("#111111");
  const text = JSON.stringify({ ...dark, data: undefined });
  for (const colour of [INK.text, INK.muted, INK.grid, INK.card, INK.series[0]])
    expect(text).not.toContain(colour);
  expect(text).toContain(darkColour(INK.series[0]));
  expect(dark.data).toBe(spec.data);
  // The specification itself is the notebook's, and stays.
  expect(spec.background).toBe(INK.card);
});

it("a matrix keeps its colours, for each stands for a number, and the numbers in its cells keep theirs", () => {
  const { spec } = heatmap([
    [1, -2],
    [3, 4],
  ]);
  const dark = darkSpec(spec);
  const encodings = (of: typeof dark): unknown[] =>
    (of.layer as { encoding: object }[]).map(({ encoding }) => encoding);
  expect(encodings(dark)).toEqual(encodings(spec));
  expect(JSON.stringify(dark.config)).not.toContain(INK.text);
});

it("numbers in a matrix that have no colour of their own are not given the page's, which is light", () => {
  const cell = { mark: "rect", encoding: { color: { field: "v", type: "quantitative" } } };
  const matrix = { layer: [cell, { mark: { type: "text", fontSize: 12 } }] };
  expect(darkSpec({ facet: { field: "f" }, spec: matrix }).spec).toEqual({
    layer: [cell, { mark: { type: "text", fontSize: 12, color: "#000000" } }],
  });
});

it("a scale of colours that ends dark is turned, so that the best is bright on a dark page", () => {
  const scaled = (reverse: boolean): object => ({
    mark: "line",
    encoding: { color: { field: "score", type: "quantitative", scale: { scheme: "viridis", reverse } } },
  });
  expect(darkSpec({ layer: [scaled(true)] }).layer).toEqual([scaled(false)]);
  expect(darkSpec({ layer: [scaled(false)] }).layer).toEqual([scaled(true)]);
});

it("a chart with a ground of its own stays as it is", () => {
  const spec = { background: "#ffeecc", mark: "point", config: { axis: { labelColor: "#000000" } } };
  expect(darkSpec(spec)).toBe(spec);
});

it("a picture in a chart keeps the white ground that it was drawn for", () => {
  const dark = darkSpec({ vconcat: [{ mark: { type: "image" } }, { mark: "line" }] });
  expect(dark.vconcat).toEqual([{ mark: { type: "image" }, view: { fill: "#ffffff" } }, { mark: "line" }]);
});
