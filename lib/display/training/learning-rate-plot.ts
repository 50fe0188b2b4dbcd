/** The loss over a growing learning rate, and the rate where it falls fastest. */
import { ValueError } from "../../array/errors.js";
import type { LearningRateTrial } from "../../train/find-learning-rate.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { lineChart, MARK_DASH } from "../figure/line-chart.js";
import { showNumber, showPower } from "../figure/numbers.js";
import { INK, path, text } from "../figure/svg.js";
import { textPlot } from "../figure/text-plot.js";

/**
 * Draws the result of `findLearningRate`: the loss of every step (pale), smoothed (dark), and a mark where it falls fastest.
 * @throws ValueError for a trial without steps
 */
export function learningRatePlot(
  trial: Pick<LearningRateTrial, "rates" | "losses" | "smoothed" | "suggestion">,
  options: { readonly title?: string } = {},
): Figure {
  const { rates, losses, smoothed, suggestion } = trial;
  if (rates.length === 0)
    throw new ValueError("learningRatePlot: the trial has no steps; run findLearningRate again.");
  if (!smoothed.some(Number.isFinite)) {
    throw new ValueError(
      "learningRatePlot: no loss of the trial is finite; begin with a smaller rate, or look for NaN in the data.",
    );
  }
  const title = options.title ?? "Which learning rate?";
  const least = Math.min(...smoothed.filter(Number.isFinite));
  const sentence =
    `The loss falls fastest at a rate of ${showNumber(suggestion, 2)}; it is least, ${showNumber(least)}, at ` +
    `${showNumber(rates[smoothed.indexOf(least)], 2)}, and the trial ended at ${showNumber(rates[rates.length - 1], 2)}.`;
  const points = (values: readonly number[]) =>
    rates.map((rate, i): [number, number] => [Math.log10(rate), values[i]]);
  // A very large loss at the end would make all others look flat.
  const highest = Math.max(...losses.filter(Number.isFinite));
  const top = Math.min(highest, 1.6 * Math.max(smoothed[0], least));
  const alt = `${title} ${sentence}`;
  const [width, height] = [480, 250];
  const [xLow, xHigh] = [Math.log10(rates[0]), Math.log10(rates[rates.length - 1])];
  const svg = frame({ title, subtitle: sentence, width, height, alt }, (left, y) => {
    const chart = lineChart({
      x: left,
      y,
      width,
      height: height - 16,
      title: "loss",
      lines: [
        { color: INK.series[0], points: points(losses), width: 1, opacity: 0.35 },
        { color: INK.series[0], points: points(smoothed), width: 2.2 },
      ],
      yLimits: [-Infinity, top],
      xRange: [xLow, xHigh],
      xLabel: "learning rate (log scale)",
      xLeast: 1,
      showX: (exponent) => (Number.isInteger(exponent) ? showPower(exponent) : showNumber(10 ** exponent)),
      marks: [{ x: Math.log10(suggestion), color: INK.series[1] }],
    });
    return [
      ...chart,
      path(
        [
          [left + width - 190, y + 7],
          [left + width - 168, y + 7],
        ],
        { stroke: INK.series[1], dash: MARK_DASH, width: 1.6 },
      ),
      text(left + width - 162, y + 11, `falls fastest at ${showNumber(suggestion, 2)}`, { size: 11 }),
    ];
  });
  const plot = textPlot([
    { name: "loss", points: points(losses).map(([x, value]) => [x, Math.min(top, value)]) },
    { name: "smoothed", points: points(smoothed).map(([x, value]) => [x, Math.min(top, value)]) },
  ]);
  return new Figure({
    alt,
    text: [title, sentence, "loss over the rate, as a power of ten", plot].join("\n"),
    svg,
  });
}
