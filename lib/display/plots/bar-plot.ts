/** Quantities by name, as bars from zero. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber } from "../figure/numbers.js";
import { textTable } from "../figure/table.js";
import { INK } from "../figure/svg.js";
import { colours, FLAT_TITLE, legendToggle, NUMBER_FORMAT } from "./axis.js";

/** The titles of a `barPlot`, and the direction and order of its bars. */
export interface BarPlotOptions {
  readonly title?: string;
  /** The axis titles: what the names are, and what the bars measure. */
  readonly x?: string;
  readonly y?: string;
  /** Whether bars are horizontal, which suits long names; by default if there are more than eight names or one is long. */
  readonly horizontal?: boolean;
  /** Whether the bars are sorted by length, the longest first; false keeps the given order. */
  readonly sort?: boolean;
  /** The size of the panel in CSS pixels. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Draws quantities by name as bars from zero.
 *
 *     barPlot({ cat: 12, dog: 7 }, { y: "count" })
 *     barPlot({ train: { cat: 0.9, dog: 0.8 }, test: { cat: 0.7, dog: 0.75 } }, { y: "accuracy" })   // side by side
 *
 * @param values  numbers by name, or for each group numbers by name
 * @throws ValueError when there is no bar, or a number is not finite
 */
export function barPlot(
  values: Readonly<Record<string, number>> | Readonly<Record<string, Readonly<Record<string, number>>>>,
  options: BarPlotOptions = {},
): Chart {
  const { x = "", y = "value" } = options;
  const grouped = Object.values(values).some((value) => typeof value === "object");
  const groups = (grouped ? values : { [y]: values }) as Readonly<
    Record<string, Readonly<Record<string, number>>>
  >;
  const rows = Object.entries(groups).flatMap(([group, bars]) =>
    Object.entries(bars ?? {}).map(([name, value]) => ({ group, name, value })),
  );
  const odd = rows.find(({ value }) => typeof value !== "number" || !Number.isFinite(value));
  if (rows.length === 0 || odd !== undefined) {
    throw new ValueError(
      odd === undefined
        ? "barPlot: there are no bars; give numbers by name, such as { cat: 12, dog: 7 }."
        : `barPlot: "${odd.name}" is ${String(odd.value)}; every bar needs a finite number.`,
    );
  }
  if (options.sort) rows.sort((a, b) => b.value - a.value);
  const names = [...new Set(rows.map(({ name }) => name))];
  const series = Object.keys(groups);
  const horizontal = options.horizontal ?? (names.length > 8 || names.some((name) => name.length > 12));
  const heading = options.title ?? (x ? `${y} by ${x}` : y);
  const { params, opacity } = legendToggle("group", series);
  const nameAxis = {
    field: "name",
    type: "nominal",
    title: x || null,
    sort: names,
    axis: { grid: false, labelAngle: 0, ...(horizontal && FLAT_TITLE) },
  };
  const valueAxis = {
    field: "value",
    type: "quantitative",
    title: y,
    axis: { tickCount: 5, ...(!horizontal && FLAT_TITLE) },
    scale: { zero: true },
  };
  const offset = series.length > 1 ? { field: "group", sort: series } : undefined;
  const thickness = 18 * names.length * Math.max(1, 0.7 * series.length) + 20;
  const spec = {
    title: heading,
    data: { values: rows },
    width: options.width ?? (horizontal ? 360 : Math.max(160, Math.min(560, 2 * thickness))),
    height: options.height ?? (horizontal ? thickness : 220),
    ...(params && { params }),
    mark: { type: "bar", cornerRadiusEnd: 2 },
    encoding: {
      [horizontal ? "y" : "x"]: nameAxis,
      [horizontal ? "x" : "y"]: valueAxis,
      ...(offset && { [horizontal ? "yOffset" : "xOffset"]: offset }),
      color: series.length > 1 ? colours("group", series, "square") : { value: INK.series[0] },
      opacity,
      tooltip: [
        { field: "name", type: "nominal", title: x || "name" },
        ...(series.length > 1 ? [{ field: "group", type: "nominal", title: "group" }] : []),
        { field: "value", type: "quantitative", title: y, format: NUMBER_FORMAT },
      ],
    },
  };
  const cells = names.map((name) => [
    name,
    ...series.map((group) => {
      const value = groups[group][name];
      return value === undefined ? "" : showNumber(value);
    }),
  ]);
  const words = rows.map(
    ({ group, name, value }) => `${series.length > 1 ? `${group}, ` : ""}${name} ${showNumber(value)}`,
  );
  return chart(spec, {
    alt: `${heading}: ${words.slice(0, 24).join("; ")}${words.length > 24 ? `; and ${words.length - 24} more` : ""}.`,
    text: `${heading}\n${textTable([x || "name", ...series], cells)}`,
  });
}
