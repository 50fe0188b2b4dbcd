/**
 * A chart from a Vega-Lite specification: JupyterLab and VS Code draw the specification itself, everything
 * else gets a PNG, a terminal gets words. Never HTML, which other front ends would prefer and blank.
 */
import type { TopLevelSpec } from "vega-lite";
import { Figure } from "./figure.js";
import { checkSpec, type ChartSpec } from "./chart-check.js";
import { FONT, INK, textWidth } from "./svg.js";

export type { ChartSpec } from "./chart-check.js";

/** The MIME type under which JupyterLab 4 and VS Code draw Vega-Lite, and the schema that belongs to it. */
export const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";
const SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** What `chart` says in words: to those who do not see the picture, and in a terminal. */
export interface ChartOptions {
  /** What the chart shows, in a sentence; the specification's description or title unless given. */
  readonly alt?: string;
  /** The plain-text form; the alternative text unless given. */
  readonly text?: string;
}

/**
 * Makes a chart of a Vega-Lite specification.
 *
 *     chart({ data: { values: [{ x: 1, y: 2 }] }, mark: "point", encoding: { x: { field: "x" }, y: { field: "y" } } })
 *
 * The house's fonts and colours apply where the specification's own `config` says nothing.
 * @throws ValueError for a mark, channel or type that Vega-Lite does not have, and for a field that the data do not have
 */
export function chart(spec: ChartSpec, options: ChartOptions = {}): Chart {
  checkSpec(spec);
  const title = typeof spec.title === "string" ? spec.title : undefined;
  const described = typeof spec.description === "string" ? spec.description : undefined;
  const alt = options.alt ?? described ?? title ?? "A chart.";
  const full: ChartSpec = {
    ...spec,
    $schema: SCHEMA,
    description: alt,
    background: spec.background ?? INK.card,
    padding: spec.padding ?? 12,
    config: { ...CONFIG, ...(spec.config as object | undefined) },
  };
  return new Chart(full, alt, options.text ?? alt);
}

/** A figure that is a Vega-Lite chart: `chart({ ...plot.spec, width: 600 })` changes one and draws it anew. */
export class Chart extends Figure {
  /** The whole specification, with the house's fonts and colours. */
  readonly spec: ChartSpec;

  constructor(spec: ChartSpec, alt: string, text: string) {
    super({ alt, text, svg: () => drawSpec(spec), mime: { [VEGA_LITE_MIME]: spec } });
    this.spec = spec;
  }
}

async function drawSpec(spec: ChartSpec): Promise<string> {
  // Loaded at the first drawing: Vega takes a third of a second.
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  // Without a canvas Vega guesses widths at 0.8 of the font size a character, and leaves half a page blank.
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

// What Vega asks of a text mark: its width in pixels, of the given words or of its own.
function measure(item: TextMark, words: unknown = item.text): number {
  const text = Array.isArray(words) ? words.join(" ") : String(words ?? "");
  const width = textWidth(
    text,
    item.fontSize ?? 11,
    item.fontWeight === "bold" || Number(item.fontWeight) >= 600,
  );
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

// Exported by vega-scenegraph and missing from its types.
interface TextMetrics {
  width: (item: TextMark, words?: unknown) => number;
  readonly estimateWidth: TextMetrics["width"];
}

interface TextMark {
  readonly text?: unknown;
  readonly fontSize?: number;
  /** The width at which Vega cuts the words off. */
  readonly limit?: number;
  readonly fontWeight?: string | number;
}

const CONFIG = {
  font: FONT,
  view: { stroke: null },
  mark: { color: INK.series[0] },
  title: { limit: 760, fontSize: 14, color: INK.text, anchor: "start", offset: 10 },
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
  legend: { labelLimit: 180, labelFontSize: 12, labelColor: INK.text, title: null, symbolStrokeWidth: 2.5 },
  range: { category: [...INK.series] },
};
