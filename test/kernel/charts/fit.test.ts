/** Charts in less room than they were made for. */
import { expect, it } from "vitest";
import { fitSpec, textWidth } from "../../../kernel/charts/fit.js";
import { contrast, DARK_GROUND } from "../../../kernel/charts/colour.js";
import { drawChart } from "../../../kernel/notebook/chart-drawing.js";
import type { Spec } from "../../../kernel/charts/dark.js";
import { heatmap, linePlot, smallMultiples } from "../../../lib/display/index.js";

const curves = { "cross-entropy, modest start": [1, 2], "squared error, modest start": [2, 1] };

it("a chart that has room is the same", () => {
  const { spec } = linePlot(curves);
  expect(fitSpec(spec, { width: 700, drawn: 690 })).toBe(spec);
});

it("a narrow chart has a narrow panel, its legend below in as many columns as fit, and its title in lines", () => {
  const title = "How the loss falls in the first ten epochs of two losses";
  const { spec } = linePlot(curves, { title });
  const narrow = fitSpec(spec, { width: 335, drawn: 690 });
  expect(narrow.width).toBeLessThanOrEqual(335 - 24);
  expect(narrow.width).toBeGreaterThan(200);
  expect(JSON.stringify(narrow)).toContain('"orient":"bottom"');
  expect(JSON.stringify(narrow)).toContain('"columns":1');
  const lines = narrow.title as readonly string[];
  expect(lines.join(" ")).toBe(title);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(textWidth(line, 14, true)).toBeLessThanOrEqual(335 - 24);
});

it("panels beside each other stand below each other, and small ones two in a row", () => {
  const panel = { width: 330, height: 200, mark: "line" };
  const { vconcat, hconcat } = fitSpec({ hconcat: [panel, panel] }, { width: 335, drawn: 760 });
  expect(hconcat).toBeUndefined();
  expect((vconcat as Spec[]).map(({ width }) => width)).toEqual(
    [290, 290].map((most) => expect.toSatisfy((w) => w <= most + 35 && w > 200)),
  );
  const many = smallMultiples(
    Object.fromEntries(
      "abcdef".split("").map((name) => [name, linePlot([1, 2], { width: 150, height: 90 })]),
    ),
  );
  expect(fitSpec(many.spec, { width: 335, drawn: 3 * 195 + 24 }).columns).toBe(2);
});

it("a matrix keeps the form of its cells, and room for the numbers in them", () => {
  const wide = heatmap([Array.from({ length: 20 }, (_, i) => i)], { cell: 40 });
  const narrow = fitSpec(wide.spec, { width: 335, drawn: 900 });
  expect(narrow.width).toBeGreaterThanOrEqual(20 * 26);
  expect(Number(narrow.height) / Number(narrow.width)).toBeCloseTo(1 / 20);
});

it("what was still too wide when it was drawn is taken off the panel, and not off the words", () => {
  const { spec } = linePlot(curves, { title: "A title that is rather long for the screen of a phone" });
  const room = { width: 335, drawn: 690 };
  const [first, second] = [fitSpec(spec, room), fitSpec(spec, { ...room, less: 40 })];
  expect(second.width).toBe(Number(first.width) - 40);
  expect(second.title).toEqual(first.title);
});

it("names below bars stand slantwise where they would touch, and a legend that goes without saying goes below", () => {
  const values = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"].map((layer) => ({
    layer,
  }));
  const x = { field: "layer", type: "nominal", axis: { labelAngle: 0 } };
  const spec = { data: { values }, width: 480, mark: "bar", encoding: { x, color: { field: "layer" } } };
  const narrow = fitSpec(spec, { width: 335, drawn: 640 });
  expect(JSON.stringify(narrow.encoding)).toContain('"labelAngle":-45');
  expect(narrow.config).toMatchObject({ legend: { orient: "bottom" } });
  expect(Number(narrow.width)).toBeGreaterThan(240);
  const few = { ...spec, data: { values: values.slice(0, 2) } };
  expect(fitSpec(few, { width: 335, drawn: 640 }).encoding).toEqual(few.encoding);
});

/** Curves with names at their ends: they end at 1, 5 and 9. */
const apart = (first: string): Spec =>
  JSON.parse(
    JSON.stringify(linePlot({ [first]: [0, 1], b: [0, 5], c: [0, 9] }, { yScale: "linear" }).spec),
  ) as Spec;

it("names at the ends of curves stay where a narrow panel has room beside it; dashes stay", () => {
  const narrow = fitSpec(apart("a"), { width: 335, drawn: 510 });
  const text = JSON.stringify(narrow);
  expect(text).toContain("curve-name");
  expect(text).not.toContain('"bind":"legend"');
  expect(text).toContain('"strokeDash"');
  expect(Number(narrow.width)).toBeGreaterThan(200);
  expect(Number(narrow.width)).toBeLessThan(260);
});

it("long names at the ends of curves become a legend below, of colours and dashes, that can be clicked", async () => {
  const narrow = fitSpec(apart("a name that is rather long"), { width: 335, drawn: 660 });
  const text = JSON.stringify(narrow);
  expect(text).not.toContain("curve-name");
  expect(text).toContain('{"name":"chosen","select":{"type":"point","fields":["curve"]},"bind":"legend"}');
  expect(Number(narrow.width)).toBeGreaterThan(200);
  const [curve] = narrow.layer as { encoding: Record<string, { legend: Spec }> }[];
  for (const channel of ["color", "strokeDash"])
    expect(curve!.encoding[channel]!.legend).toMatchObject({ orient: "bottom" });
  const { compile } = await import("vega-lite");
  expect(compile(narrow as never).spec.legends).toHaveLength(1);
});

it("a page draws them for a phone and for the dark, powers of ten too", async () => {
  const spec = JSON.parse(
    JSON.stringify(linePlot({ a: [1, 1e-6], b: [1, 1e-3], c: [1, 1] }, { yScale: "log" }).spec),
  ) as Spec;
  const { svg, narrow } = (await drawChart(spec, "p"))!;
  for (const one of [svg, narrow!]) {
    expect(one).toMatch(/>10⁻⁶<.*>10⁰</s);
    for (const name of ["a", "b", "c"]) expect(one).toContain(`>${name}</text>`);
    expect(one).toContain('stroke-dasharray="7,3"');
    // The name has a colour of its own on a dark page, and the least contrast that text needs there.
    const dark = /fill="#b54f00"[^>]*light-dark\(#b54f00,(#\w+)\)/.exec(one)![1]!;
    expect(contrast(dark, DARK_GROUND)).toBeGreaterThanOrEqual(4.5);
  }
  expect(Number(/ width="([\d.]+)"/.exec(narrow!)![1])).toBeLessThanOrEqual(335);
});

it("panels with names beside them stand below each other without a gap", () => {
  const { vconcat, spacing } = fitSpec(
    {
      hconcat: [
        { width: 260, mark: "line" },
        { width: 260, mark: "line" },
      ],
      spacing: 130,
    },
    { width: 335, drawn: 760 },
  );
  expect(vconcat).toHaveLength(2);
  expect(spacing).toBeLessThanOrEqual(70);
});
