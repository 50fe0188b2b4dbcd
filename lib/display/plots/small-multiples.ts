/** Small multiples: several charts side by side under one title, for comparison. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart, type ChartSpec } from "../figure/chart.js";
import { CHOSEN } from "./axis.js";
import { isLabelled, withLegend } from "./direct-labels.js";

/** The title of `smallMultiples`, the number of columns, and whether the charts have the same axes. */
export interface SmallMultiplesOptions {
  readonly title?: string;
  /** How many charts are side by side; 2, or 3 for six charts or more. */
  readonly columns?: number;
  /** Whether all have the same axes: "both", "x", "y" or "none"; "none". */
  readonly share?: "both" | "x" | "y" | "none";
}

/**
 * Draws several charts side by side under one title, for comparison. Charts of the same curves or groups have one legend, unless
 * each of them has room for the names at the ends of its curves.
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
  // On the axis of another chart curves may end near each other.
  const labelled = share !== "y" && share !== "both" && names.every((name) => isLabelled(charts[name].spec));
  const oneLegend = !labelled && haveSameNames(names.map((name) => charts[name].spec));
  const parts = names.map((name, i) => {
    // Settings of a whole specification are not allowed in a part.
    const { $schema, config, background, padding, description, ...spec } = charts[name].spec;
    void [$schema, config, background, padding, description];
    const legend = labelled ? spec : withLegend(spec);
    const part = oneLegend ? chosenOnce(legend, i) : legend;
    return { ...renamed(part, i, oneLegend), title: name };
  });
  const shared = (axis: "x" | "y") => (share === "both" || share === axis ? "shared" : "independent");
  const named = Object.fromEntries(NAMED.map((channel) => [channel, oneLegend ? "shared" : "independent"]));
  const heading = options.title;
  const spec: ChartSpec = {
    ...(heading !== undefined && { title: { text: heading, offset: 16 } }),
    concat: parts,
    columns,
    spacing: 28,
    resolve: { scale: { x: shared("x"), y: shared("y"), ...named, opacity: "independent" } },
  };
  const words = names.map((name) => `${name}: ${charts[name].alt}`);
  return chart(spec, {
    alt: [heading, ...words].filter(Boolean).join(" "),
    text: [heading, ...names.map((name) => `${name}\n${charts[name].text}`)].filter(Boolean).join("\n\n"),
  });
}

/** The channels that tell curves and groups apart. */
const NAMED = ["color", "fill", "strokeDash", "shape"];

/** Whether several charts have names, and all the same ones in the same colours. */
function haveSameNames(specs: readonly ChartSpec[]): boolean {
  const scales = specs.map((spec) => {
    const views = [spec, ...(Array.isArray(spec.layer) ? (spec.layer as ChartSpec[]) : [])];
    const colours = views.map(
      ({ encoding }) => (encoding as { color?: { scale?: { domain?: unknown } } })?.color,
    );
    return colours.find((color) => Array.isArray(color?.scale?.domain))?.scale;
  });
  const [first] = scales;
  return (
    specs.length > 1 &&
    (first?.domain as unknown[] | undefined)?.length !== 1 &&
    first !== undefined &&
    scales.every((scale) => JSON.stringify(scale) === JSON.stringify(first))
  );
}

/** All parts use one selection of names, which the first part declares. */
function chosenOnce(spec: ChartSpec, part: number): ChartSpec {
  const without = (view: ChartSpec): ChartSpec =>
    Array.isArray(view.params)
      ? { ...view, params: (view.params as { name: string }[]).filter(({ name }) => name !== CHOSEN) }
      : view;
  if (part === 0) return spec;
  const { layer } = spec;
  return { ...without(spec), ...(Array.isArray(layer) && { layer: (layer as ChartSpec[]).map(without) }) };
}

/**
 * Gives parameters different names in each part, because Vega-Lite has one list for the whole chart.
 * @param keepsChosen  whether the selection of names keeps its own
 */
function renamed(spec: ChartSpec, part: number, keepsChosen: boolean): ChartSpec {
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
  if (keepsChosen) names.delete(CHOSEN);
  const inExpressions = [...names].map((name): [RegExp, string] => [
    new RegExp(`(?<![.\\w])${name}(?=\\.)`, "g"),
    `${name}_${part}`,
  ]);
  const rename = (value: unknown, key?: string): unknown => {
    if (typeof value === "string" && (key === "name" || key === "param") && names.has(value))
      return `${value}_${part}`;
    if (typeof value === "string" && (key === "test" || key === "calculate"))
      return inExpressions.reduce((text, [name, other]) => text.replace(name, other), value);
    if (Array.isArray(value)) return value.map((one) => rename(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([inner, one]) => [inner, inner === "data" ? one : rename(one, inner)]),
    );
  };
  return rename(spec) as ChartSpec;
}
