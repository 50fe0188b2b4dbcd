/**
 * The charts of a notebook as drawings for a page: where a front end draws Vega-Lite itself, an exported page cannot, and
 * its pictures would be white cards on a dark page and too small on a phone.
 */
import { escape as escapeHtml } from "html-escaper";
import { drawChart } from "./chart-drawing.js";
import { asObject } from "./format.js";
import type { Notebook, NotebookData } from "./format.js";

/** The HTML of outputs that are charts, by their data. */
export type Charts = ReadonlyMap<NotebookData, string>;

const CHART = /^application\/vnd\.vegalite\.v[3-6]\+json$/;

/** Draws every chart of a notebook; those that cannot be drawn keep their picture. */
export async function drawCharts(notebook: Notebook): Promise<Charts> {
  const charts = new Map<NotebookData, string>();
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    for (const output of cell.outputs) {
      if (!("data" in output)) continue;
      const { data } = output;
      const mime = Object.keys(data).find((one) => CHART.test(one));
      // A page that shows no picture of it shows none of this either: it is another's specification.
      if (mime === undefined || !("image/png" in data)) continue;
      const spec = asObject(data[mime]);
      const drawn = await drawChart(spec, `chart${charts.size + 1}`);
      if (!drawn) continue;
      const { alt } = asObject(output.metadata["image/png"]);
      const words = typeof alt === "string" ? alt : String(spec.description ?? "A chart.");
      const narrow = drawn.narrow === undefined ? "" : `<div class="narrow">${drawn.narrow}</div>`;
      charts.set(
        data,
        `<div class="chart${narrow && " both"}" role="img" aria-label="${escapeHtml(words)}"><div>${drawn.svg}</div>${narrow}</div>`,
      );
    }
  }
  return charts;
}
