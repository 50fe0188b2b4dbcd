/** Curves by name over one axis: how a quantity changes with another, on plain or logarithmic scales. */
import { ValueError } from "../../array/errors.js";
import { chart, type ChartSpec } from "./chart.js";
import type { Figure } from "./figure.js";
import { showNumber, showPlural } from "./numbers.js";
import { INK } from "./svg.js";
import { textPlot } from "./text-plot.js";

/** Points x, y of a curve, in the order in which they are joined. */
export type Curve = readonly (readonly [x: number, y: number])[];

/** The axes of `linePlot`: what they measure, linear or logarithmic, from where to where; and its size. */
export interface LinePlotOptions {
  readonly title?: string;
  /** What the axes measure. */
  readonly x?: string;
  readonly y?: string;
  /** "log" for powers of ten at equal distances; numbers of zero and below cannot be drawn then, and leave a gap. */
  readonly xScale?: "linear" | "log";
  readonly yScale?: "linear" | "log";
  /** Least and greatest number of the axis; what lies beyond is cut off. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Marks every point: for measurements rather than functions; false. */
  readonly dots?: boolean;
  /** Of the panel, in CSS pixels; 420 and 240. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Draws curves, each in its colour.
 *
 *     linePlot({ forward: errors1, central: errors2 }, { x: "step h", y: "error", xScale: "log", yScale: "log" })
 *
 * A point that is not finite leaves a gap in its curve.
 * @throws ValueError when there is no point to draw, or a range is not one
 */
export function linePlot(curves: Readonly<Record<string, Curve>>, options: LinePlotOptions = {}): Figure {
  const { x = "x", y = "y", xScale = "linear", yScale = "linear", xRange, yRange, dots = false } = options;
  for (const [name, range, scale] of [
    ["xRange", xRange, xScale],
    ["yRange", yRange, yScale],
  ] as const) {
    if (range === undefined || (range[0] < range[1] && (scale === "linear" || range[0] > 0))) continue;
    throw new ValueError(
      `linePlot: ${name} is [${range.join(", ")}]; give the least and then the greatest number${scale === "log" ? ", both above 0 on a logarithmic scale" : ""}.`,
    );
  }
  const names = Object.keys(curves);
  const drawable = (value: number, scale: "linear" | "log") =>
    Number.isFinite(value) && (scale === "linear" || value > 0);
  const rows = names.flatMap((name) =>
    curves[name]
      .filter((point) => drawable(point[0], xScale))
      .map((point) => ({ curve: name, x: point[0], y: drawable(point[1], yScale) ? point[1] : null })),
  );
  const drawn = rows.filter((row): row is { curve: string; x: number; y: number } => row.y !== null);
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
  const alt = `${heading}. ${sentences.join(" ")}`;
  const axis = (name: string, scale: "linear" | "log", range: readonly [number, number] | undefined) => ({
    type: "quantitative",
    title: name,
    scale: {
      type: scale,
      ...(scale === "linear" && { zero: false }),
      nice: range === undefined && scale === "linear",
      ...(range && { domain: range }),
    },
  });
  const ticks = (scale: "linear" | "log", values: readonly number[], range?: readonly [number, number]) =>
    scale === "log" ? powersOfTen(range ?? extent(values)) : { tickCount: 6 };
  const spec: ChartSpec = {
    title: heading,
    data: { values: rows },
    width: options.width ?? 420,
    height: options.height ?? 240,
    mark: {
      type: "line",
      clip: drawn.some((row) => beyond(row.x, xRange) || beyond(row.y, yRange)),
      strokeWidth: 1.8,
      tooltip: true,
      point: dots && { filled: true, size: 36 },
    },
    encoding: {
      x: {
        field: "x",
        ...axis(x, xScale, xRange),
        axis: {
          grid: false,
          ...ticks(
            xScale,
            drawn.map((row) => row.x),
            xRange,
          ),
        },
      },
      y: {
        field: "y",
        ...axis(y, yScale, yRange),
        // The title lies flat above the axis; turned beside it, it is hard to read.
        axis: {
          ...FLAT_TITLE,
          ...ticks(
            yScale,
            drawn.map((row) => row.y),
            yRange,
          ),
        },
      },
      color: {
        field: "curve",
        type: "nominal",
        scale: { domain: names, range: names.map((_, i) => INK.series[i % INK.series.length]) },
        legend: names.length > 1 ? { orient: "right", symbolType: "stroke" } : null,
      },
      order: { value: null },
    },
  };
  const log = (value: number, scale: "linear" | "log") => (scale === "log" ? Math.log10(value) : value);
  const plot = textPlot(
    names.map((name) => ({
      name,
      points: drawn
        .filter(({ curve }) => curve === name)
        .map((row): [number, number] => [log(row.x, xScale), log(row.y, yScale)]),
    })),
  );
  const logs = [xScale === "log" ? `log10 of ${x}` : x, yScale === "log" ? `log10 of ${y}` : y];
  return chart(spec, { alt, text: [heading, ...sentences, `${logs[1]} over ${logs[0]}`, plot].join("\n") });
}

const FLAT_TITLE = { titleAngle: 0, titleAlign: "left", titleBaseline: "bottom", titleX: 0, titleY: -10 };

const beyond = (value: number, range: readonly [number, number] | undefined): boolean =>
  range !== undefined && (value < range[0] || value > range[1]);

/** Ticks at whole powers of ten where the axis spans several, else at 1, 2 and 5 times them. */
function powersOfTen([low, high]: readonly [number, number]): object {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 2) {
    const values = Array.from({ length: last - first + 3 }, (_, i) =>
      [1, 2, 5].map((digit) => Number(`${digit}e${first - 1 + i}`)),
    );
    return { format: "~g", values: values.flat().filter((value) => value >= low && value <= high) };
  }
  const every = Math.ceil((last - first) / 8);
  const values: number[] = [];
  for (let power = first; power <= last; power += every) values.push(Number(`1e${power}`));
  return { format: first < -4 || last > 5 ? "~e" : "~g", values };
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
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
