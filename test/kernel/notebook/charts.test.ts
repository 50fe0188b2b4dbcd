/** Charts on exported pages: drawings that follow the page's colours and its width. */
import { describe, expect, it } from "vitest";
import { drawChart, twoColoured } from "../../../kernel/notebook/chart-drawing.js";
import { drawCharts } from "../../../kernel/notebook/charts.js";
import type { Notebook, NotebookData } from "../../../kernel/notebook/format.js";
import { notebookToHtml } from "../../../kernel/notebook/html.js";
import { linePlot, type Chart } from "../../../lib/display/index.js";

const MIME = "application/vnd.vegalite.v5+json";
const PNG = "iVBORw0KGgo=";

function notebookWith(...data: NotebookData[]): Notebook {
  const outputs = data.map((one) => ({
    output_type: "display_data" as const,
    data: one,
    metadata: { "image/png": { alt: "Two curves & their ends" } },
  }));
  const cell = {
    cell_type: "code" as const,
    id: "a",
    metadata: {},
    source: "1",
    execution_count: 1,
    outputs,
  };
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
}

const outputOf = ({ spec }: Pick<Chart, "spec">): NotebookData => ({ [MIME]: spec, "image/png": PNG });
const curves = linePlot({ falling: [3, 2, 1], rising: [1, 2, 3] }, { title: "Two curves" });

describe("a chart on a page", () => {
  it("is drawn with the colours of both pages, wide and narrow, and has its words", async () => {
    const notebook = notebookWith(outputOf(curves));
    const page = notebookToHtml(notebook, { name: "n", charts: await drawCharts(notebook) });
    expect(page).toContain('role="img" aria-label="Two curves &amp; their ends"');
    expect(page).not.toContain(PNG);
    expect(page.match(/<svg[^>]* width="[\d.]+"/g)).toHaveLength(2);
    expect(page).toMatch(/stroke:light-dark\(#0072b2,#[\da-f]{6}\)/);
    expect(page).not.toContain('fill="#ffffff"');
    // Words of the chart are words of the page.
    expect(page).toMatch(/>Two curves<\/text>/);
    const [wide, narrow] = [...page.matchAll(/<svg[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(wide).toBeGreaterThan(420);
    expect(narrow).toBeLessThanOrEqual(335);
  });

  it("is the same each time, and its identifiers are its own", async () => {
    const notebook = notebookWith(outputOf(curves), outputOf(curves));
    const draw = async (): Promise<string> =>
      notebookToHtml(notebook, { name: "n", charts: await drawCharts(notebook) });
    const page = await draw();
    expect(await draw()).toBe(page);
    const ids = [...page.matchAll(/<clipPath id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("stays a picture without drawings, and where the chart would read a file or is wrong", async () => {
    const picture = `<img src="data:image/png;base64,${PNG}"`;
    expect(notebookToHtml(notebookWith(outputOf(curves)), { name: "n" })).toContain(picture);
    const encoding = { x: { field: "x" } };
    for (const spec of [
      { data: { url: "file:///etc/passwd" }, mark: "point", encoding },
      { data: { sequence: { start: 0, stop: 1e9 } }, mark: "point", encoding },
      { data: { values: [] }, mark: "no such mark" },
      { data: { values: [{ x: 1 }] }, mark: "point", encoding, background: "#ffeecc" },
    ]) {
      const notebook = notebookWith(outputOf({ spec }));
      const charts = await drawCharts(notebook);
      expect(charts.size).toBe(0);
      expect(notebookToHtml(notebook, { name: "n", charts })).toContain(picture);
    }
  });

  it("that is narrow already has one drawing", async () => {
    const { spec } = linePlot([1, 2, 3], { width: 200 });
    expect((await drawChart(spec, "a"))!.narrow).toBeUndefined();
  });
});

it("a chart without a matrix needs one drawing, whose colours are those of two", async () => {
  const plain = await drawChart(curves.spec, "a");
  // A picture of no size makes a second drawing necessary, and is not seen.
  const picture = { mark: { type: "image", width: 0, height: 0 }, encoding: { url: { value: "data:," } } };
  const twice = await drawChart(
    { ...curves.spec, layer: [...(curves.spec.layer as object[]), picture] },
    "a",
  );
  const colours = (svg: string): string[] => [...new Set(svg.match(/light-dark\([^)]*\)/g))].sort();
  expect(colours(plain!.svg).length).toBeGreaterThan(4);
  expect(colours(plain!.svg)).toEqual(colours(twice!.svg));
});

it("two drawings that differ in more than colours are not joined", () => {
  expect(twoColoured('<g fill="#000"/>', '<g fill="#fff"/>')).toBe(
    '<g fill="#000" style="fill:light-dark(#000,#fff)"/>',
  );
  expect(twoColoured('<g fill="#000"/>', '<path fill="#fff"/>')).toBeUndefined();
});
