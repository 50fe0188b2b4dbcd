/** Whether a network's confidence is calibrated: of the predictions with 80 % confidence, are 80 % right? */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showCount, showPercent, showPlural } from "../figure/numbers.js";
import { box, INK, path, text } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** One interval of confidence. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The means over the interval's examples; NaN if there are none. */
  readonly confidence: number;
  readonly accuracy: number;
}

/**
 * Puts examples into intervals of equal width by the probability of their likeliest class, and counts how many were right
 * (the reliability diagram of DeGroot and Fienberg, 1983).
 * @param probabilities  N×K, each row the probabilities of the classes
 * @returns the intervals, and the expected calibration error (Naeini and others, 2015): the mean distance between confidence
 *   and accuracy, weighted by the number of examples
 * @throws ShapeError, ValueError when labels and probabilities do not fit
 */
export function calibrationBins(
  probabilities: Tensor,
  labels: ArrayLike<number>,
  bins = 10,
): { bins: CalibrationBin[]; error: number } {
  const { shape } = probabilities;
  if (shape.length !== 2 || shape[0] !== labels.length) {
    throw new ShapeError(
      `calibration: probabilities are ${showShape(shape)} for ${showPlural(labels.length, "label")}; give N×K with N = ${labels.length}.`,
    );
  }
  if (!Number.isInteger(bins) || bins < 1) {
    throw new ValueError(`calibration: ${bins} bins; use a whole number from 1 up.`);
  }
  const values = flat(probabilities);
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const row = values.subarray(i * shape[1], (i + 1) * shape[1]);
    let best = 0;
    for (let k = 1; k < row.length; k++) if (row[k] > row[best]) best = k;
    if (!(row[best] >= 0 && row[best] <= 1 + 1e-6)) {
      throw new ValueError(
        `calibration: example ${i} has a likeliest class of probability ${row[best]}; give probabilities (softmax of the scores), not scores.`,
      );
    }
    const sum = sums[Math.min(bins - 1, Math.floor(row[best] * bins))];
    sum.count++;
    sum.confidence += row[best];
    if (best === labels[i]) sum.right++;
  }
  const result = sums.map(({ count, confidence, right }, b) => ({
    from: b / bins,
    to: (b + 1) / bins,
    count,
    confidence: confidence / count,
    accuracy: right / count,
  }));
  const error = sums.reduce(
    (total, { count, confidence, right }) => total + (count > 0 ? Math.abs(confidence - right) : 0),
    0,
  );
  return { bins: result, error: labels.length > 0 ? error / labels.length : NaN };
}

/** Draws the reliability diagram of `calibrationBins`. */
export function calibration(
  probabilities: Tensor,
  labels: ArrayLike<number>,
  options: { readonly bins?: number; readonly title?: string } = {},
): Figure {
  const { bins, error } = calibrationBins(probabilities, labels, options.bins);
  const total = labels.length;
  const mean = (read: (bin: CalibrationBin) => number) =>
    bins.reduce((sum, bin) => sum + (bin.count > 0 ? bin.count * read(bin) : 0), 0) / total;
  const confidence = mean((bin) => bin.confidence);
  const accuracy = mean((bin) => bin.accuracy);
  const verdict =
    Math.abs(confidence - accuracy) < 0.01
      ? "about as sure as it is right"
      : confidence > accuracy
        ? "surer than it is right"
        : "less sure than it is right";
  const sentence =
    total === 0
      ? "No examples."
      : `Mean confidence ${showPercent(confidence)}, accuracy ${showPercent(accuracy)}: ${verdict}; expected calibration error ${showPercent(error)} over ${showPlural(total, "example")}.`;
  const side = 320;
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const svg = frame(
    {
      title: options.title ?? "Calibration",
      subtitle: sentence,
      note: "Bars: the part that was right; red lines: what confidence promised. Below, the number of examples.",
      width: side + 40,
      height: side + 92,
      alt: sentence,
    },
    (left, top) => {
      const x0 = left + 38;
      const y0 = top + 6;
      const quiet = { size: 11, fill: INK.muted } as const;
      const parts: string[] = [];
      for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
        const y = y0 + side * (1 - tick);
        parts.push(
          path(
            [
              [x0, y],
              [x0 + side, y],
            ],
            { stroke: INK.grid },
          ),
          text(x0 - 6, y + 4, showPercent(tick, 0), { ...quiet, anchor: "end" }),
          text(x0 + side * tick, y0 + side + 74, showPercent(tick, 0), { ...quiet, anchor: "middle" }),
        );
      }
      const width = side / bins.length;
      bins.forEach(({ count, accuracy: right, confidence: sure, from }) => {
        const x = x0 + side * from;
        if (count > 0) {
          parts.push(box(x + 1, y0 + side * (1 - right), width - 2, side * right, { fill: "#8fbbe0" }));
          const promised = y0 + side * (1 - sure);
          parts.push(
            path(
              [
                [x + 1, promised],
                [x + width - 1, promised],
              ],
              { stroke: INK.bad, width: 2 },
            ),
          );
        }
        const height = (40 * count) / most;
        parts.push(box(x + 1, y0 + side + 18 + 40 - height, width - 2, height, { fill: INK.faint }));
      });
      parts.push(
        path(
          [
            [x0, y0 + side],
            [x0 + side, y0],
          ],
          { stroke: INK.muted, dash: "4 4" },
        ),
        box(x0, y0 + side, side, 1, { fill: INK.faint }),
        text(x0, y0 + 10, " accuracy", quiet),
        text(x0, y0 + side + 14, ` at most ${showCount(most)} in a bar`, quiet),
        text(x0 + side / 2, y0 + side + 90 - 2, "confidence", { ...quiet, anchor: "middle" }),
      );
      return parts;
    },
  );
  const table = textTable(
    ["confidence", "examples", "mean", "right"],
    bins
      .filter(({ count }) => count > 0)
      .map((bin) => [
        `${showPercent(bin.from, 0)} – ${showPercent(bin.to, 0)}`,
        showCount(bin.count),
        showPercent(bin.confidence),
        showPercent(bin.accuracy),
      ]),
  );
  return new Figure({ alt: sentence, text: `${sentence}\n${table}`, svg });
}
