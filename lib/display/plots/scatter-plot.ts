/** Points in a plane, each group in its own colour and shape. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import { textPlot } from "../figure/text-plot.js";
import {
  beyond,
  checkRange,
  colours,
  drawable,
  extent,
  legendToggle,
  nearestPoint,
  NUMBER_FORMAT,
  quantity,
  zoom,
  type AxesOptions,
} from "./axis.js";
import { isNamed, pointsOf, type Curve, type NumberList } from "./values.js";

/** The axes of a `scatterPlot`, and the size of its points. */
export interface ScatterPlotOptions extends AxesOptions {
  /** The area of a point, in square pixels; 30. */
  readonly size?: number;
}

/** Points as pairs, or as the rows of an N×2 tensor; a list of numbers is drawn over 0, 1, 2 … */
export type Points = Curve | NumberList;

/**
 * Draws points in a plane; several groups, by name, each in its own colour and shape.
 *
 *     scatterPlot(points)                                       // an N×2 tensor, or pairs
 *     scatterPlot({ cats: [[1, 2], [2, 3]], dogs: [[4, 1]] }, { x: "weight", y: "size" })
 *
 * Points that are not finite are left out, and the words give their count. Wherever the pointer is, the nearest point says its
 * numbers; dragging moves the chart, the wheel zooms, a click on a name in the legend makes the others pale.
 * @throws ValueError when there is no point to draw, or a range is not one
 */
export function scatterPlot(points: Readonly<Record<string, Curve>>, options?: ScatterPlotOptions): Chart;
export function scatterPlot(
  points: Points | Readonly<Record<string, Points>>,
  options?: ScatterPlotOptions,
): Chart;
export function scatterPlot(
  points: Points | Readonly<Record<string, Points>>,
  options: ScatterPlotOptions = {},
): Chart {
  const { x = "x", y = "y", xScale = "linear", yScale = "linear", xRange, yRange } = options;
  checkRange("scatterPlot", "xRange", xRange, xScale);
  checkRange("scatterPlot", "yRange", yRange, yScale);
  const named: Readonly<Record<string, Points>> = isNamed<Points>(points) ? points : { points };
  const names = Object.keys(named);
  const all = names.flatMap((group) =>
    pointsOf("scatterPlot", named[group]).map(([px, py]) => ({ group, x: px, y: py })),
  );
  const drawn = all.filter((row) => drawable(row.x, xScale) && drawable(row.y, yScale));
  if (drawn.length === 0) {
    throw new ValueError(
      `scatterPlot: ${showPlural(all.length, "point")} and none to draw; give pairs [x, y] of finite numbers.`,
    );
  }
  const ofGroup = (group: string) => drawn.filter((row) => row.group === group);
  const sentences = names.map((group) => {
    const rows = ofGroup(group);
    if (rows.length === 0) return `${group}: no points.`;
    const [[left, right], [low, high]] = [extent(rows.map((row) => row.x)), extent(rows.map((row) => row.y))];
    return (
      `${group}: ${showPlural(rows.length, "point")}, ${x} from ${showNumber(left)} to ${showNumber(right)}, ` +
      `${y} from ${showNumber(low)} to ${showNumber(high)}.`
    );
  });
  if (drawn.length < all.length)
    sentences.push(
      `${showPlural(all.length - drawn.length, "point")} cannot be drawn and is left out.`.replace(
        /^(\d+) points cannot be drawn and is/,
        "$1 points cannot be drawn and are",
      ),
    );
  const heading = options.title ?? `${y} over ${x}`;
  const { params = [], opacity } = legendToggle("group", names, 0.75);
  const near = nearestPoint(options.size ?? 30);
  const spec = {
    title: heading,
    data: { values: drawn },
    width: options.width ?? 320,
    height: options.height ?? 320,
    params: [...params, zoom, ...near.params],
    mark: {
      type: "point",
      filled: true,
      clip: drawn.some((row) => beyond(row.x, xRange) || beyond(row.y, yRange)),
    },
    encoding: {
      x: quantity(
        "x",
        x,
        drawn.map((row) => row.x),
        { scale: xScale, range: xRange },
      ),
      y: quantity(
        "y",
        y,
        drawn.map((row) => row.y),
        { scale: yScale, range: yRange, flat: true },
      ),
      color: colours("group", names, "circle"),
      // A shape in addition to the colour, for readers who cannot tell the colours apart.
      ...(names.length > 1 && { shape: { field: "group", type: "nominal", scale: { domain: names } } }),
      opacity,
      size: near.size,
      tooltip: [
        ...(names.length > 1 ? [{ field: "group", type: "nominal", title: "group" }] : []),
        { field: "x", type: "quantitative", title: x, format: NUMBER_FORMAT },
        { field: "y", type: "quantitative", title: y, format: NUMBER_FORMAT },
      ],
    },
  };
  const plot = textPlot(
    names.map((name) => ({ name, points: ofGroup(name).map((row): [number, number] => [row.x, row.y]) })),
  );
  return chart(spec, {
    alt: `${heading}. ${sentences.join(" ")}`,
    text: [heading, ...sentences, plot].join("\n"),
  });
}
