/** The loss around a network's weights: a curve along a line, or a contour map over a plane. */
import { flat } from "../../array/tensor.js";
import type { Landscape } from "../../vision/landscape.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import { linePlot } from "../plots/line-plot.js";
import { showNumber, showOddities, summarize } from "../figure/numbers.js";
import { colorize, type ColorScale } from "../figure/pixels.js";
import { box, dot, image, INK, text } from "../figure/svg.js";

/** The title and size of a `landscapeView`. */
export interface LandscapeViewOptions {
  readonly title?: string;
  /** The side of the map in CSS pixels; 300. */
  readonly side?: number;
}

/** Shades of the map. */
const BANDS = 12;

/**
 * Draws what `lossLandscape` measured. The map shows the logarithm of the loss in 12 shades, whose edges are contour lines;
 * between the measured points it is interpolated.
 */
export function landscapeView(landscape: Landscape, options: LandscapeViewOptions = {}): Figure {
  const { positions, losses } = landscape;
  const { title = "The loss around the weights", side = 300 } = options;
  const values = flat(losses);
  const points = positions.length;
  const middle = (points - 1) / 2;
  const axis = "distance, in lengths of the filters";
  if (losses.shape.length === 1) {
    const curve = positions.map((x, i): [number, number] => [x, values[i]]);
    return linePlot({ loss: curve }, { title, x: axis, y: "loss" });
  }
  const summary = summarize(values);
  const odd = showOddities(summary);
  const centre = values[middle * points + middle];
  const sentence =
    `The loss is ${showNumber(centre)} at the weights; within ±${showNumber(positions[points - 1])} of the filters' lengths ` +
    `it runs from ${showNumber(summary.min)} to ${showNumber(summary.max)}.${odd ? ` ${odd}.` : ""}`;
  const logs = Float64Array.from(values, (value) => Math.log10(Math.max(value, 1e-12)));
  const extent = summarize(logs);
  const width = extent.max - extent.min || 1;
  const fine = 150;
  const drawn = new Float64Array(fine * fine);
  for (let row = 0; row < fine; row++) {
    for (let column = 0; column < fine; column++) {
      const value = between(
        logs,
        points,
        (row / (fine - 1)) * (points - 1),
        (column / (fine - 1)) * (points - 1),
      );
      const band = Math.min(BANDS - 1, Math.floor(((value - extent.min) / width) * BANDS));
      drawn[row * fine + column] = (band + 0.5) / BANDS;
    }
  }
  const scale: ColorScale = { kind: "heat", low: 0, high: 1 };
  const alt = `${title}. ${sentence}`;
  const limit = showNumber(positions[points - 1]);
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note: "Axes: two random directions, each filter's part as long as the filter. The dot is the network as it is.",
      width: Math.max(side, 320) + 20,
      height: side + 34 + BAR_HEIGHT,
      alt,
    },
    (left, top) => [
      image(left, top, side, side, colorize(drawn, fine, fine, scale)),
      box(left + 0.5, top + 0.5, side - 1, side - 1, { stroke: INK.faint }),
      dot(left + side / 2, top + side / 2, 6, INK.card),
      dot(left + side / 2, top + side / 2, 4.2, INK.series[1]),
      ...[`−${limit}`, "0", limit].map((label, i) =>
        text(left + (side * i) / 2, top + side + 14, label, {
          size: 11,
          fill: INK.muted,
          anchor: (["start", "middle", "end"] as const)[i],
        }),
      ),
      ...colorBar(left, top + side + 28, scale, {
        show: (part) => `loss ${showNumber(10 ** (extent.min + part * width), 2)}`,
      }),
    ],
  );
  return new Figure({ alt, text: [title, sentence].join("\n"), svg });
}

/** Bilinear interpolation between four neighbours. */
function between(values: Float64Array, size: number, row: number, column: number): number {
  const [i, j] = [Math.min(size - 2, Math.floor(row)), Math.min(size - 2, Math.floor(column))];
  const [v, u] = [row - i, column - j];
  const at = (a: number, b: number) => values[a * size + b];
  return (
    (1 - v) * ((1 - u) * at(i, j) + u * at(i, j + 1)) + v * ((1 - u) * at(i + 1, j) + u * at(i + 1, j + 1))
  );
}
