/**
 * The distributions of tensors' numbers during a training: for each tensor a small chart of quantiles over the steps. Half
 * of the numbers lie in the dark band, nine tenths in the dark and the pale one (TensorBoard's "distributions").
 */
import { ShapeError, ValueError } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { lineChart, type LineBand } from "../figure/line-chart.js";
import { showNumber } from "../figure/numbers.js";
import { fitText, INK, text, textWidth } from "../figure/svg.js";

/** The fraction of the numbers below each quantile: the edges of the bands and the median. */
export const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** The quantiles of one tensor at one step. */
export interface SpreadSample {
  readonly step: number;
  /** One number for each of QUANTILES; all NaN when the tensor had a number that is not finite. */
  readonly quantiles: readonly number[];
}

/** The samples by row name and column name, in the order of the steps. */
export type Spreads = Readonly<Record<string, Readonly<Record<string, readonly SpreadSample[]>>>>;

/** As many numbers are enough to draw a quantile. */
const MOST_NUMBERS = 4000;

/** The quantiles of a tensor's numbers; of a large tensor, of some thousand evenly spaced ones. @throws ShapeError without numbers */
export function quantilesOf(x: Tensor): number[] {
  const values = flat(x);
  if (values.length === 0)
    throw new ShapeError("quantilesOf: the tensor has no numbers; give one number or more.");
  const stride = Math.max(1, Math.floor(values.length / MOST_NUMBERS));
  const chosen = Float64Array.from(
    { length: Math.ceil(values.length / stride) },
    (_, i) => values[i * stride],
  );
  if (!chosen.every(Number.isFinite)) return QUANTILES.map(() => NaN);
  chosen.sort();
  return QUANTILES.map((part) => {
    const at = part * (chosen.length - 1);
    const [below, above] = [chosen[Math.floor(at)], chosen[Math.ceil(at)]];
    return below + (above - below) * (at - Math.floor(at));
  });
}

/** The title of `distributions`, and whether it will be drawn again soon. */
export interface DistributionsOptions {
  readonly title?: string;
  /** Whether it will be drawn again soon: the bundle then has an SVG, which is faster, instead of a PNG. */
  readonly running?: boolean;
}

const CHART = { width: 214, height: 96, gap: 20 };
/** Room for the text below the lowest row of charts. */
const LABEL = 16;
/** Room for the numbers at the left of a chart, so that the charts of a column are in line. */
const NUMBERS = 42;
/** From the outer band to the inner one: the places of its edges in QUANTILES, and its opacity. */
const BANDS = [
  [0, 4, 0.18],
  [1, 3, 0.35],
] as const;

/**
 * Draws a row of charts for each layer, with one column for each kind of numbers (weights, activations, gradients).
 * @throws ValueError when there is nothing to draw
 */
export function distributions(spreads: Spreads, options: DistributionsOptions = {}): Figure {
  const { title = "Distributions over the training", running = false } = options;
  const rows = Object.keys(spreads);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(spreads[row])))];
  if (columns.length === 0)
    throw new ValueError("distributions: nothing was sampled; train for a step or more.");
  const sentences = rows.flatMap((row) =>
    columns.flatMap((column) => {
      const samples = spreads[row][column] ?? [];
      return samples.length === 0 ? [] : [`${row} ${column}: ${describe(samples)}.`];
    }),
  );
  const names = Math.max(...rows.map((row) => Math.min(110, textWidth(row, 12, true)))) + 14;
  const pitch = CHART.width + CHART.gap;
  const alt = [`${title}.`, ...sentences].join(" ");
  const svg = frame(
    {
      title,
      note: "The line is the median. Half of the numbers lie in the dark band, nine tenths in the dark and the pale band together. Each chart has its own scale.",
      width: names + columns.length * pitch - CHART.gap,
      height: 18 + rows.length * CHART.height + LABEL,
      alt,
    },
    (left, top) => [
      ...columns.map((column, c) =>
        text(left + names + c * pitch, top + 11, fitText(column, CHART.width, 12, true), { bold: true }),
      ),
      ...rows.flatMap((row, r) => {
        const y = top + 18 + r * CHART.height;
        return [
          text(left, y + CHART.height / 2, fitText(row, names - 10, 12, true), { bold: true }),
          ...columns.flatMap((column, c) =>
            chart(left + names + c * pitch, y, spreads[row][column] ?? [], r === rows.length - 1),
          ),
        ];
      }),
    ],
  );
  return new Figure({
    alt,
    text: [title, ...sentences].join("\n"),
    svg,
    pictures: [running ? "svg" : "png"],
  });
}

function chart(x: number, y: number, samples: readonly SpreadSample[], isLast: boolean): string[] {
  if (samples.length === 0) return [];
  const bands = BANDS.map(([low, high, opacity]): LineBand => {
    const points = samples.map(({ step, quantiles }) => [step, quantiles[low], quantiles[high]] as const);
    return { color: INK.series[0], opacity, points };
  });
  const median = samples.map(({ step, quantiles }) => [step, quantiles[2]] as const);
  // One sample is no line, but a dot.
  const lines = [{ color: INK.series[0], width: 2, points: median, dots: samples.length === 1 }];
  const { width, height } = CHART;
  // The chart keeps a line for a title, but here the title is above the column.
  const size = { x, y: y - 18, width, height: height + 14 + (isLast ? LABEL : 0) };
  return lineChart({
    ...size,
    title: "",
    lines,
    bands,
    yRoom: NUMBERS,
    xRange: [0, 0],
    xLeast: 1,
    xLabel: isLast ? "step" : undefined,
  });
}

function describe(samples: readonly SpreadSample[]): string {
  const show = ({ step, quantiles: [low, , median, , high] }: SpreadSample): string =>
    Number.isFinite(median)
      ? `at step ${step} nine tenths from ${showNumber(low)} to ${showNumber(high)}, median ${showNumber(median)}`
      : `at step ${step} not finite`;
  const [first, last] = [samples[0], samples[samples.length - 1]];
  return samples.length === 1 ? show(first) : `${show(first)}; ${show(last)}`;
}
