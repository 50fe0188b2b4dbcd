/** Small multiples: several charts side by side under one title, for comparison. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart, type ChartSpec } from "../figure/chart.js";

/** The title of `smallMultiples`, the number of columns, and whether the charts have the same axes. */
export interface SmallMultiplesOptions {
  readonly title?: string;
  /** How many charts are side by side; 2, or 3 for six charts or more. */
  readonly columns?: number;
  /** Whether all have the same axes: "both", "x", "y" or "none"; "none". */
  readonly share?: "both" | "x" | "y" | "none";
}

/**
 * Draws several charts side by side under one title, for comparison.
 *
 *     smallMultiples({ "rate 0.1": linePlot(a), "rate 0.01": linePlot(b) }, { share: "y" })
 *
 * @param charts  the charts by their titles
 * @throws ValueError when there are none
 */
export function smallMultiples(
  charts: Readonly<Record<string, Chart>>,
  options: SmallMultiplesOptions = {},
): Chart {
  const names = Object.keys(charts);
  if (names.length === 0)
    throw new ValueError(
      'smallMultiples: there are no charts; give some by name, such as { "rate 0.1": linePlot(a) }.',
    );
  const { share = "none", columns = names.length >= 6 ? 3 : 2 } = options;
  const parts = names.map((name, i) => {
    // Settings of a whole specification are not allowed in a part.
    const { $schema, config, background, padding, description, ...spec } = charts[name].spec;
    void [$schema, config, background, padding, description];
    return { ...renamed(spec, i), title: name };
  });
  // Each part has strokes of its own, where it has any, as it has its own colours.
  const strokes = JSON.stringify(parts).includes('"strokeDash":{') ? { strokeDash: "independent" } : {};
  const shared = (axis: "x" | "y") => (share === "both" || share === axis ? "shared" : "independent");
  const heading = options.title;
  const spec: ChartSpec = {
    ...(heading !== undefined && { title: { text: heading, offset: 16 } }),
    concat: parts,
    columns,
    spacing: 28,
    resolve: {
      scale: { x: shared("x"), y: shared("y"), color: "independent", opacity: "independent", ...strokes },
    },
  };
  const words = names.map((name) => `${name}: ${charts[name].alt}`);
  return chart(spec, {
    alt: [heading, ...words].filter(Boolean).join(" "),
    text: [heading, ...names.map((name) => `${name}\n${charts[name].text}`)].filter(Boolean).join("\n\n"),
  });
}

/** Gives parameters different names in each part, because Vega-Lite has one list for the whole chart. */
function renamed(spec: ChartSpec, part: number): ChartSpec {
  const names = new Set<string>();
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === "object" && value !== null) {
      const { params } = value as { params?: { name: string }[] };
      if (Array.isArray(params)) for (const { name } of params) names.add(name);
      Object.values(value).forEach(collect);
    }
  };
  collect({ ...spec, data: undefined });
  const rename = (value: unknown, key?: string): unknown => {
    if (typeof value === "string" && (key === "name" || key === "param") && names.has(value))
      return `${value}_${part}`;
    if (Array.isArray(value)) return value.map((one) => rename(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([inner, one]) => [inner, inner === "data" ? one : rename(one, inner)]),
    );
  };
  return rename(spec) as ChartSpec;
}
