/**
 * A chart from a Vega-Lite specification. JupyterLab and VS Code draw the specification itself; other front ends show a PNG;
 * a terminal prints words. The bundle has no HTML: other front ends would prefer it and show nothing.
 */
import type { TopLevelSpec } from "vega-lite";
import { Figure } from "./figure.js";
import { checkSpec, type ChartSpec } from "./chart-check.js";
import { FONT, INK, textWidth, wrapText } from "./svg.js";

export type { ChartSpec } from "./chart-check.js";

/** The MIME type for which JupyterLab 4 and VS Code draw Vega-Lite, and its schema. */
export const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";
const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** The words of a `chart`: for readers who cannot see the picture, and for a terminal. */
export interface ChartOptions {
  /** What the chart shows, in one sentence; the specification's description or title unless given. */
  readonly alt?: string;
  /** The plain-text form; the alternative text unless given. */
  readonly text?: string;
}

/**
 * Makes a chart from a Vega-Lite specification.
 *
 *     chart({ data: { values: [{ x: 1, y: 2 }] }, mark: "point", encoding: { x: { field: "x" }, y: { field: "y" } } })
 *
 * The library's fonts and colours are used where the specification's own `config` does not set them, and a title that is wider
 * than the drawing goes over several lines.
 * @throws ValueError for a mark, channel or type that Vega-Lite does not have, and for a field that the data do not have
 */
export function chart(spec: ChartSpec, options: ChartOptions = {}): Chart {
  checkSpec(spec);
  const title = typeof spec.title === "string" ? spec.title : undefined;
  const described = typeof spec.description === "string" ? spec.description : undefined;
  const alt = options.alt ?? described ?? title ?? "A chart.";
  const full: ChartSpec = {
    ...spec,
    ...(spec.title !== undefined && { title: wrappedTitle(spec) }),
    $schema: SCHEMA,
    description: alt,
    background: spec.background ?? INK.card,
    padding: spec.padding ?? 12,
    config: { ...CONFIG, ...(spec.config as object | undefined) },
  };
  return new Chart(full, alt, options.text ?? alt);
}

// The title begins above the labels of the first axis, so it has about this much room beside the drawing's own width.
const AXIS_ROOM = 40;

/** The title in lines that are no wider than the drawing; as it is where a size or lines of its own are given. */
function wrappedTitle(spec: ChartSpec): unknown {
  const { title } = spec;
  const said = isPart(title) ? title.text : title;
  const width = widthOf(spec);
  if (typeof said !== "string" || width === undefined || (isPart(title) && "fontSize" in title)) return title;
  const lines = wrapText(said, (width + AXIS_ROOM) / BOLDER, TITLE_SIZE);
  const text = lines.length > 1 ? lines : said;
  return isPart(title) ? { ...title, text } : text;
}

/** The width of the drawing in pixels, without axes and legends; undefined where Vega-Lite decides. */
function widthOf(spec: ChartSpec): number | undefined {
  if (typeof spec.width === "number") return spec.width;
  const { vconcat, hconcat, spacing } = spec;
  const parts = (Array.isArray(vconcat) ? vconcat : Array.isArray(hconcat) ? hconcat : []) as ChartSpec[];
  const widths = parts.flatMap((part) => widthOf(part) ?? []);
  if (parts.length === 0 || widths.length < parts.length) return undefined;
  if (Array.isArray(vconcat)) return Math.max(...widths);
  const between = typeof spacing === "number" ? spacing : 20;
  return widths.reduce((sum, width) => sum + width, between * (parts.length - 1));
}

const isPart = (value: unknown): value is ChartSpec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A figure that is a Vega-Lite chart; `chart({ ...plot.spec, width: 600 })` draws it with a change. */
export class Chart extends Figure {
  /** The complete specification, with the library's fonts and colours. */
  readonly spec: ChartSpec;

  constructor(spec: ChartSpec, alt: string, text: string) {
    super({ alt, text, svg: () => drawSpec(spec), mime: { [VEGA_LITE_MIME]: spec } });
    this.spec = spec;
  }
}

async function drawSpec(spec: ChartSpec): Promise<string> {
  // Loaded when first needed, because loading Vega takes a third of a second.
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  // Without a canvas Vega estimates 0.8 of the font size for each character, and leaves half a page blank.
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  if (textMetrics.width === textMetrics.estimateWidth) textMetrics.width = measure;
  const compiled = vegaLite.compile(
    { ...spec, $schema: SCHEMA.replace("v5", "v6") } as unknown as TopLevelSpec,
    { logger: vega.logger(vega.Error) },
  );
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

// Vega calls this for the width of a text mark in pixels, for the given words or for the mark's own.
function measure(item: TextMark, words: unknown = item.text): number {
  const text = Array.isArray(words) ? words.join(" ") : String(words ?? "");
  const isBold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
  const width = textWidth(text, item.fontSize ?? 11) * (isBold ? BOLDER : 1);
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

// vega-scenegraph exports it, but its types do not list it.
interface TextMetrics {
  width: (item: TextMark, words?: unknown) => number;
  readonly estimateWidth: TextMetrics["width"];
}

interface TextMark {
  readonly text?: unknown;
  readonly fontSize?: number;
  /** The width at which Vega truncates the text. */
  readonly limit?: number;
  readonly fontWeight?: string | number;
}

const TITLE_SIZE = 14;
// How much wider DejaVu's bold letters are; the titles of our lectures have 1.12 to 1.14.
const BOLDER = 1.14;

const CONFIG = {
  font: FONT,
  view: { stroke: null },
  mark: { color: INK.series[0] },
  title: { limit: 760, fontSize: TITLE_SIZE, color: INK.text, anchor: "start", offset: 10 },
  axis: {
    labelFontSize: 11,
    labelColor: INK.muted,
    titleLimit: 420,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titleColor: INK.text,
    gridColor: INK.grid,
    domainColor: INK.faint,
    tickColor: INK.faint,
  },
  header: {
    labelFontSize: 12,
    labelColor: INK.text,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titleColor: INK.text,
  },
  legend: { labelLimit: 180, labelFontSize: 12, labelColor: INK.text, title: null, symbolStrokeWidth: 2.5 },
  range: { category: [...INK.series] },
};
