/** Several charts side by side under one title, so that they can be compared: small multiples. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart, type ChartSpec } from "../figure/chart.js";

/** How `smallMultiples` sets charts side by side, and whether they have the same axes. */
export interface SmallMultiplesOptions {
  readonly title?: string;
  /** How many stand side by side; 2, or 3 from six charts on. */
  readonly columns?: number;
  /** Whether all have the same axes: "both", "x", "y" or "none"; "none". */
  readonly share?: "both" | "x" | "y" | "none";
}

/**
 * Sets several charts side by side under one title, so that they can be compared.
 *
 *     smallMultiples({ "rate 0.1": linePlot(a), "rate 0.01": linePlot(b) }, { share: "y" })
 *
 * @param charts  by what stands above each
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
    // What belongs to a whole page does not go into a part of one.
    const { $schema, config, background, padding, description, ...spec } = charts[name].spec;
    void [$schema, config, background, padding, description];
    return { ...renamed(spec, i), title: name };
  });
  const shared = (axis: "x" | "y") => (share === "both" || share === axis ? "shared" : "independent");
  const heading = options.title;
  const spec: ChartSpec = {
    ...(heading !== undefined && { title: { text: heading, offset: 16 } }),
    concat: parts,
    columns,
    spacing: 28,
    resolve: { scale: { x: shared("x"), y: shared("y"), color: "independent", opacity: "independent" } },
  };
  const words = names.map((name) => `${name}: ${charts[name].alt}`);
  return chart(spec, {
    alt: [heading, ...words].filter(Boolean).join(" "),
    text: [heading, ...names.map((name) => `${name}\n${charts[name].text}`)].filter(Boolean).join("\n\n"),
  });
}

/** Parameters have names of their own in each part: Vega-Lite has one list for the whole page. */
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
