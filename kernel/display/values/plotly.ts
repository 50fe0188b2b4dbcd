/** Figures for Plotly: a list of traces and a layout. A front end that has Plotly draws them; others show the text. */
import { dataOf } from "../properties.js";
import type { Recogniser } from "./recogniser.js";

const TRACES = new Set([
  ...["scatter", "scattergl", "scatter3d", "scatterpolar", "scattergeo", "scatterternary", "bar", "barpolar"],
  ...["box", "violin", "histogram", "histogram2d", "histogram2dcontour", "heatmap", "contour", "surface"],
  ...[
    "mesh3d",
    "isosurface",
    "volume",
    "cone",
    "streamtube",
    "image",
    "pie",
    "sunburst",
    "treemap",
    "icicle",
  ],
  ...["funnel", "funnelarea", "waterfall", "indicator", "table", "sankey", "splom", "parcoords", "parcats"],
  ...["candlestick", "ohlc", "choropleth", "choroplethmap", "scattermap", "densitymap", "carpet"],
]);

export const plotly: Recogniser = (value) => {
  const data = dataOf(value, "data");
  const layout = dataOf(value, "layout");
  if (!Array.isArray(data) || !data.length || typeof layout !== "object" || layout === null) return undefined;
  const types = data.map((trace) =>
    typeof trace === "object" && trace !== null ? dataOf(trace as object, "type") : undefined,
  );
  if (!types.every((type) => typeof type === "string" && TRACES.has(type))) return undefined;
  const text = `A Plotly figure of ${[...new Set(types)].join(", ")}; the front end needs its Plotly extension to draw it.`;
  return { "application/vnd.plotly.v1+json": { data, layout }, "text/plain": text };
};
