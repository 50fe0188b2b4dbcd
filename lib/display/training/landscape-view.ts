/** The loss around a network's weights: a curve along a line, or a contour map over a plane. */
import { flat } from "../../array/tensor.js";
import type { Landscape } from "../../vision/landscape.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import { linePlot } from "../plots/line-plot.js";
import { showNumber, showOddities, summarize } from "../figure/numbers.js";
import { colorize, type ColorScale } from "../figure/pixels.js";
import { box, dot, image, INK, text, textWidth } from "../figure/svg.js";

/** The title and size of a `landscapeView`. */
export interface LandscapeViewOptions {
  readonly title?: string;
  /** The side of the map in CSS pixels; 300. */
  readonly side?: number;
}

/** Shades of the map. */
const BANDS = 12;
/** Room for the numbers of the vertical axis, in CSS pixels. */
const MARGIN = 38;
/** Pixels of the drawn map between two numbers on it, at least. */
const APART = 15;

/**
 * Draws what `lossLandscape` measured. The map shows the logarithm of the loss in 12 shades, whose edges are contour lines
 * with their losses beside them; between the measured points it is interpolated.
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
        // The second direction runs upwards.
        (1 - row / (fine - 1)) * (points - 1),
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
      width: MARGIN + side + 8,
      height: side + 62 + BAR_HEIGHT,
      alt,
    },
    (left, top) => {
      const [x0, y0] = [left + MARGIN, top + 18];
      const quiet = { size: 11, fill: INK.muted } as const;
      return [
        text(left, top + 9, "direction 2", quiet),
        image(x0, y0, side, side, colorize(drawn, fine, fine, scale)),
        ...contours(drawn, fine).map(([row, column, edge]) =>
          label(
            x0 + (side * column) / fine,
            y0 + (side * row) / fine,
            showNumber(10 ** (extent.min + (edge / BANDS) * width), 2),
          ),
        ),
        box(x0 + 0.5, y0 + 0.5, side - 1, side - 1, { stroke: INK.faint }),
        dot(x0 + side / 2, y0 + side / 2, 6, INK.card),
        dot(x0 + side / 2, y0 + side / 2, 4.2, INK.series[1]),
        ...[`−${limit}`, "0", limit].flatMap((word, i) => [
          text(x0 + (side * i) / 2, y0 + side + 14, word, {
            ...quiet,
            anchor: (["start", "middle", "end"] as const)[i],
          }),
          text(x0 - 6, y0 + Math.min(side, Math.max(9, (side * (2 - i)) / 2 + 4)), word, {
            ...quiet,
            anchor: "end",
          }),
        ]),
        text(x0 + side / 2, y0 + side + 28, "direction 1", { ...quiet, anchor: "middle" }),
        ...colorBar(x0, y0 + side + 40, scale, {
          width: side,
          show: (part) => `loss ${showNumber(10 ** (extent.min + part * width), 2)}`,
        }),
      ];
    },
  );
  return new Figure({ alt, text: [title, sentence].join("\n"), svg });
}

/**
 * Where numbers stand on the map: along the line from the brightest pixel to the darkest corner, at the edges of the shades,
 * as many as have room and do not cover the dot in the middle.
 * @param drawn  size×size, the shade of each pixel as (its number + 0.5)/BANDS
 * @returns row, column, and the number of the shade that begins there
 */
function contours(drawn: Float64Array, size: number): [row: number, column: number, edge: number][] {
  const lowest = drawn.reduce((best, value, i) => (value < drawn[best] ? i : best), 0);
  const start = [Math.floor(lowest / size), lowest % size];
  const far = size - 1;
  const corners = [[0, 0], [0, far], [far, 0], [far, far]]; // prettier-ignore
  const shadeOf = ([row, column]: readonly number[]): number => drawn[row * size + column];
  const end = corners.reduce((darkest, corner) => (shadeOf(corner) > shadeOf(darkest) ? corner : darkest));
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  const found: [number, number, number][] = [];
  let [shade, last] = [0, -Infinity];
  for (let step = 0; step <= length; step++) {
    const [row, column] = start.map((at, axis) => at + ((end[axis] - at) * step) / length);
    const here = Math.floor(drawn[Math.round(row) * size + Math.round(column)] * BANDS);
    const hasRoom =
      [row, column].every((at) => at > APART / 2 && at < size - APART / 2) &&
      Math.hypot(row - size / 2, column - size / 2) > APART;
    if (here > shade && step - last >= APART && hasRoom) {
      found.push([row, column, here]);
      last = step;
    }
    if (here > shade) shade = here;
  }
  return found;
}

/** A number on the map, on a light ground that lets the contour be seen. */
function label(x: number, y: number, word: string): string {
  const across = textWidth(word, 11) + 6;
  return (
    box(x - across / 2, y - 7, across, 14, { fill: INK.card, radius: 3, opacity: 0.8 }) +
    text(x, y + 4, word, { size: 11, anchor: "middle" })
  );
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
