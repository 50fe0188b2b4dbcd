/** Curves by name over one axis: how one quantity depends on another, on linear or logarithmic scales. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import { textPlot } from "../figure/text-plot.js";
import {
  beyond,
  checkRange,
  colours,
  curveLegend,
  drawable,
  dashes,
  extent,
  HEIGHT,
  hoverRule,
  legendToggle,
  MOST_PLACES,
  NUMBER_FORMAT,
  quantity,
  rounded,
  shapes,
  WIDTH,
  zoom,
  type AxesOptions,
  type AxisRange,
  type Scale,
} from "./axis.js";
import { curveEnds, labelLayer } from "./direct-labels.js";
import { isBand, isNamed, pointsOf, type Band, type Curve, type NumberList } from "./values.js";

/** Numbers over 0, 1, 2 …, points, or a curve with a band around it (`meanBand`). */
export type Line = NumberList | Curve | Band;

/**
 * The axes of `linePlot` (title, scale, range), and whether points are marked.
 */
export interface LinePlotOptions extends AxesOptions {
  /** Whether every point is marked, which suits measurements better than functions; false. */
  readonly dots?: boolean;
}

/** A point of a curve; null is a gap. */
interface Row {
  curve: string;
  x: number;
  y: number | null;
  low?: number;
  high?: number;
}

/**
 * Draws curves, each in its own colour and with its own dashes. Up to four that end apart have their names at their right ends;
 * others have a legend.
 *
 *     linePlot([1, 4, 9])
 *     linePlot({ train: [2.3, 0.9, 0.4], test: [2.3, 1.1, 0.8] }, { x: "epoch", y: "loss" })
 *     linePlot({ forward: errors1, central: errors2 }, { x: "step h", y: "error", xScale: "log", yScale: "log" })
 *     linePlot({ Adam: meanBand(runs) })
 *
 * A point that is not finite leaves a gap in its curve. A line at the pointer says the values of all curves there; dragging moves
 * the chart, the wheel zooms, a click on a name makes the others pale.
 * @throws ValueError when there is no point to draw, or a range is not one
 */
export function linePlot(lines: Readonly<Record<string, Curve>>, options?: LinePlotOptions): Chart;
export function linePlot(lines: Line | Readonly<Record<string, Line>>, options?: LinePlotOptions): Chart;
export function linePlot(lines: Line | Readonly<Record<string, Line>>, options: LinePlotOptions = {}): Chart {
  const { x = "x", y = "y", xScale = "linear", yScale = "linear", xRange, yRange, dots = false } = options;
  checkRange("linePlot", "xRange", xRange, xScale);
  checkRange("linePlot", "yRange", yRange, yScale);
  const named: Readonly<Record<string, Line>> = isNamed<Line>(lines) ? lines : { [y]: lines };
  const names = Object.keys(named);
  const rows = names.flatMap((name) =>
    rowsOf(name, named[name])
      .filter((row) => drawable(row.x, xScale))
      .map((row): Row => ({ ...row, y: row.y !== null && drawable(row.y, yScale) ? row.y : null })),
  );
  const drawn = rows.filter((row): row is Row & { y: number } => row.y !== null);
  if (drawn.length === 0) {
    throw new ValueError(
      `linePlot: ${showPlural(names.length, "curve")} and no point to draw; give points [x, y] of finite numbers${xScale === "log" || yScale === "log" ? ", above 0 on a logarithmic scale" : ""}.`,
    );
  }
  const sentences = names.map((name) =>
    describe(
      name,
      drawn.filter(({ curve }) => curve === name),
    ),
  );
  const heading = options.title ?? `${y} over ${x}`;
  const hasBand = rows.some(({ low }) => low !== undefined);
  const ys = drawn
    .flatMap((row) => [row.y, row.low ?? row.y, row.high ?? row.y])
    .filter((v) => drawable(v, yScale));
  const xs = drawn.map((row) => row.x);
  const { width = WIDTH, height = HEIGHT } = options;
  const curves = names.map((name) => ({
    name,
    points: drawn.filter((row) => row.curve === name).map((row): [number, number] => [row.x, row.y]),
  }));
  const ends = curveEnds(
    curves,
    { scale: xScale, domain: domainOf(xs, xScale, xRange), pixels: width },
    { scale: yScale, domain: domainOf(ys, yScale, yRange), pixels: height },
  );
  const legend = names.length > 1 && !ends ? curveLegend(dots) : null;
  const { params = [], opacity } = legendToggle("curve", names);
  const encoding = {
    x: { field: "x", ...quantity("x", x, xs, { scale: xScale, range: xRange }) },
    y: { field: "y", ...quantity("y", y, ys, { scale: yScale, range: yRange, flat: true }) },
    color: { ...colours("curve", names, "stroke"), legend },
  };
  const clip = drawn.some((row) => beyond(row.x, xRange) || beyond(row.y, yRange));
  const curve = {
    params: [...(ends ? [] : params), zoom],
    mark: { type: "line", clip, strokeWidth: 1.8, point: dots && { filled: true, size: 36 } },
    encoding: {
      ...encoding,
      ...dashes("curve", names, dots ? "never" : legend),
      ...(dots && shapes("curve", names, legend)),
      opacity,
      order: { value: null },
      tooltip: [
        ...(names.length > 1 ? [{ field: "curve", type: "nominal", title: "curve" }] : []),
        { field: "x", type: "quantitative", title: x, format: NUMBER_FORMAT },
        { field: "y", type: "quantitative", title: y, format: NUMBER_FORMAT },
      ],
    },
  };
  const band = {
    transform: [{ filter: "isValid(datum.low)" }],
    mark: { type: "area", clip, opacity: 0.18 },
    encoding: { ...encoding, y: { ...encoding.y, field: "low" }, y2: { field: "high" } },
  };
  // A curve that turns back has several values at one place.
  const places = new Set(drawn.map((row) => row.x));
  const turnsBack = new Set(drawn.map((row) => `${names.indexOf(row.curve)} ${row.x}`)).size < drawn.length;
  const rule =
    turnsBack || places.size > MOST_PLACES
      ? []
      : [
          hoverRule({
            param: "at",
            x: encoding.x,
            title: x,
            names,
            curve: `indexof(${JSON.stringify(names)}, datum.curve)`,
            value: "y",
            clip,
          }),
        ];
  const labels = ends
    ? [labelLayer({ ends, x: encoding.x, y: encoding.y, field: "curve", view: zoom.name })]
    : [];
  const log = (value: number, scale: Scale) => (scale === "log" ? Math.log10(value) : value);
  const plot = textPlot(
    curves.map(({ name, points }) => ({
      name,
      points: points.map(([px, py]): [number, number] => [log(px, xScale), log(py, yScale)]),
    })),
  );
  const logs = [xScale === "log" ? `log10 of ${x}` : x, yScale === "log" ? `log10 of ${y}` : y];
  return chart(
    {
      title: heading,
      data: {
        values: yScale === "log" ? rows.map((row) => raised(row, yRange?.[0] ?? extent(ys)[0])) : rows,
      },
      ...{ width, height },
      layer: [...(hasBand ? [band] : []), curve, ...rule, ...labels],
    },
    {
      alt: `${heading}. ${sentences.join(" ")}`,
      text: [heading, ...sentences, `${logs[1]} over ${logs[0]}`, plot].join("\n"),
    },
  );
}

/** A band that goes to zero or below is drawn down to the least number of a logarithmic axis. */
function raised(row: Row, least: number): Row {
  if (row.low === undefined || row.high === undefined) return row;
  const up = (value: number) => (value <= 0 ? least : value);
  return { ...row, low: up(row.low), high: up(row.high) };
}

const domainOf = (values: readonly number[], scale: Scale, range?: AxisRange): AxisRange =>
  range ?? (scale === "log" ? extent(values) : rounded(extent(values)));

function rowsOf(curve: string, line: Line): Row[] {
  if (typeof line === "object" && isBand(line))
    return line.x.map((x, i) => ({ curve, x, y: line.y[i], low: line.low[i], high: line.high[i] }));
  return pointsOf("linePlot", line).map(([x, y]) => ({ curve, x, y }));
}

function describe(name: string, points: readonly { x: number; y: number }[]): string {
  if (points.length === 0) return `${name}: no points.`;
  const [low, high] = extent(points.map(({ y }) => y));
  const first = points[0];
  const last = points[points.length - 1];
  return (
    `${name}: ${showNumber(first.y)} at ${showNumber(first.x)}, ${showNumber(last.y)} at ${showNumber(last.x)}, ` +
    `least ${showNumber(low)}, greatest ${showNumber(high)}.`
  );
}
