/**
 * A small line chart: axes with round numbers, lines, dots. It takes a fraction of a millisecond, where Vega-Lite takes tens
 * of milliseconds. A picture that is drawn again many times a second needs this speed.
 */
import { showNumber } from "./numbers.js";
import { box, dot, INK, path, text, textWidth } from "./svg.js";

export interface Line {
  readonly name?: string;
  readonly color: string;
  readonly points: readonly (readonly [number, number])[];
  /** The line's width in CSS pixels; 1.8 unless given. */
  readonly width?: number;
  readonly dash?: string;
  /** Whether each point is marked. */
  readonly dots?: boolean;
  readonly opacity?: number;
}

/** An area between two heights at each place. */
export interface LineBand {
  readonly color: string;
  readonly opacity: number;
  /** Place, lower and upper height. */
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

export interface LineChartOptions {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly lines: readonly Line[];
  /** Areas behind the lines, the first below the others. */
  readonly bands?: readonly LineBand[];
  /** The least room for the numbers at the left, so that charts one below the other have their axes in line. */
  readonly yRoom?: number;
  /** The range that the horizontal axis covers at least. */
  readonly xRange?: readonly [number, number];
  readonly xLabel?: string;
  /** The smallest step between two numbers on the horizontal axis; 1 for counted steps. */
  readonly xLeast?: number;
  /** The limits of the vertical axis. */
  readonly yLimits?: readonly [number, number];
  readonly showX?: (value: number) => string;
  readonly showY?: (value: number) => string;
  /** Vertical dashed lines at positions of the horizontal axis. */
  readonly marks?: readonly Mark[];
}

/** The lengths of dashes and gaps of marks. */
export const MARK_DASH = "4 3";

export interface Mark {
  readonly x: number;
  readonly color: string;
}

/**
 * Round numbers (1, 2 or 5 times a power of ten) that cover low to high in about `count` steps.
 * @param least  the smallest step: 1 for things that are counted
 */
export function roundTicks(low: number, high: number, count: number, least = 0): number[] {
  if (!(high > low)) return [low];
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const misfit = (step: number) => Math.abs(Math.log((high - low) / step / count));
  const step = [1, 2, 5, 10]
    .map((factor) => Math.max(least, factor * power))
    .reduce((best, candidate) => (misfit(candidate) < misfit(best) ? candidate : best));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Computed from the index, so that 3 × 0.1 does not become 0.30000000000000004 on an axis.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The chart as SVG elements. A point that is not finite leaves a gap in its line. */
export function lineChart(options: LineChartOptions): string[] {
  const {
    lines,
    bands = [],
    title,
    xLabel,
    yLimits = [-Infinity, Infinity],
    showX = showNumber,
    showY = showNumber,
  } = options;
  const extent = extentOf([...lines.map(({ points }) => points), ...bands.map(edges)], yLimits);
  const xLow = Math.min(options.xRange?.[0] ?? Infinity, extent.xLow);
  const xHigh = Math.max(options.xRange?.[1] ?? -Infinity, extent.xHigh);
  // A constant line needs some room above and below.
  const margin = 0.06 * (extent.yHigh - extent.yLow) || 0.1 * Math.abs(extent.yHigh) || 0.02;
  const yLow = Math.max(yLimits[0], extent.yLow - margin);
  const yHigh = Math.min(yLimits[1], extent.yHigh + margin);
  const yTicks = roundTicks(yLow, yHigh, 4);
  const labels = Math.max(...yTicks.map((tick) => textWidth(showY(tick), 11)), options.yRoom ?? 18);
  const left = options.x + labels + 7;
  const top = options.y + 24;
  const width = options.width - labels - 7;
  const height = options.height - 24 - (xLabel ? 34 : 18);
  const toX = (value: number) => left + (width * (value - xLow)) / (xHigh - xLow || 1);
  const toY = (value: number) =>
    top + height * (1 - (Math.min(yHigh, Math.max(yLow, value)) - yLow) / (yHigh - yLow || 1));

  const parts = [text(options.x, options.y + 11, title, { bold: true })];
  for (const tick of yTicks) {
    const y = Math.round(toY(tick)) + 0.5;
    parts.push(
      path(
        [
          [left, y],
          [left + width, y],
        ],
        { stroke: INK.grid },
      ),
      text(left - 6, y + 3.5, showY(tick), { size: 11, fill: INK.muted, anchor: "end" }),
    );
  }
  for (const tick of roundTicks(xLow, xHigh, Math.max(2, Math.floor(width / 70)), options.xLeast)) {
    const anchor = toX(tick) > left + width - 12 ? "end" : toX(tick) < left + 12 ? "start" : "middle";
    parts.push(text(toX(tick), top + height + 15, showX(tick), { size: 11, fill: INK.muted, anchor }));
  }
  if (xLabel) {
    parts.push(
      text(left + width / 2, top + height + 30, xLabel, { size: 11, fill: INK.muted, anchor: "middle" }),
    );
  }
  parts.push(box(left, Math.round(top + height), width, 1, { fill: INK.faint }));
  for (const { x, color } of options.marks ?? []) {
    if (!(x >= xLow && x <= xHigh)) continue;
    parts.push(
      path(
        [
          [toX(x), top],
          [toX(x), top + height],
        ],
        { stroke: color, width: 1.6, dash: MARK_DASH },
      ),
    );
  }
  for (const { color, opacity, points } of bands) {
    for (const part of partsOf(points)) {
      const around = [
        ...part.map(([x, , high]) => [toX(x), toY(high)]),
        ...part.map(([x, low]) => [toX(x), toY(low)]).reverse(),
      ];
      const corners = around.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
      parts.push(`<polygon points="${corners}" fill="${color}" opacity="${opacity}"/>`);
    }
  }
  for (const line of lines) {
    const points = line.points.map(
      ([x, y]) => [toX(x), Number.isFinite(y) ? toY(y) : NaN] as [number, number],
    );
    const { color: stroke, width: lineWidth = 1.8, dash, opacity } = line;
    parts.push(path(points, { stroke, width: lineWidth, dash, opacity }));
    if (line.dots) {
      parts.push(...points.filter(([, y]) => Number.isFinite(y)).map(([x, y]) => dot(x, y, 3, stroke)));
    }
  }
  return parts;
}

/** The lower and upper edge of a band as the points of lines. */
const edges = ({ points }: LineBand): [number, number][] =>
  points.flatMap(([x, low, high]): [number, number][] => [
    [x, low],
    [x, high],
  ]);

/** The runs of a band's points that are finite. */
function partsOf(points: LineBand["points"]): LineBand["points"][] {
  const parts: (readonly [number, number, number])[][] = [[]];
  for (const point of points) {
    if (point.every(Number.isFinite)) parts.at(-1)!.push(point);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

// Points beyond the limits are drawn on the limit and do not widen the axis.
function extentOf(curves: readonly Line["points"][], [low, high]: readonly [number, number]) {
  const extent = { xLow: Infinity, xHigh: -Infinity, yLow: Infinity, yHigh: -Infinity };
  for (const points of curves) {
    for (const [x, y] of points) {
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      extent.xLow = Math.min(extent.xLow, x);
      extent.xHigh = Math.max(extent.xHigh, x);
      const held = Math.min(high, Math.max(low, y));
      extent.yLow = Math.min(extent.yLow, held);
      extent.yHigh = Math.max(extent.yHigh, held);
    }
  }
  return extent.xLow <= extent.xHigh ? extent : { xLow: 0, xHigh: 1, yLow: 0, yHigh: 1 };
}

/** The names of the lines in a row, each after a short line of its colour, as SVG elements. */
export function legend(x: number, y: number, entries: readonly Line[]): string[] {
  const parts: string[] = [];
  let left = x;
  for (const { name = "", color, dash, opacity, dots } of entries) {
    parts.push(
      path(
        [
          [left + 1, y - 4],
          [left + 19, y - 4],
        ],
        { stroke: color, width: 2.2, dash, opacity },
      ),
      dots ? dot(left + 10, y - 4, 3, color) : "",
      text(left + 25, y, name, { size: 11 }),
    );
    left += 25 + textWidth(name, 11) + 16;
  }
  return parts;
}
