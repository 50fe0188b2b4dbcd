/** Whether a network's confidence is calibrated: of the predictions with 80 % confidence, are 80 % right? */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { showCount, showPercent, showPlural } from "../figure/numbers.js";
import { box, INK, path, text, textWidth, type LineStyle } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** One interval of confidence. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The means over the interval's examples; NaN if there are none. */
  readonly confidence: number;
  readonly accuracy: number;
  /** Wilson's interval: where the accuracy of all such examples lies, with 95 % confidence; NaN if there are none. */
  readonly interval: readonly [low: number, high: number];
}

/**
 * Wilson's interval for a part that was counted (E. Wilson, 1927): it stays within 0 to 1, and is honest when few or all of
 * a few were right.
 */
function wilson(right: number, count: number): readonly [number, number] {
  const z = 1.959964;
  const part = right / count;
  const scale = 1 + z ** 2 / count;
  const middle = (part + z ** 2 / (2 * count)) / scale;
  const reach = (z / scale) * Math.sqrt((part * (1 - part)) / count + z ** 2 / (4 * count ** 2));
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
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
    interval: wilson(right, count),
  }));
  const error = sums.reduce(
    (total, { count, confidence, right }) => total + (count > 0 ? Math.abs(confidence - right) : 0),
    0,
  );
  return { bins: result, error: labels.length > 0 ? error / labels.length : NaN };
}

/**
 * Draws the reliability diagram of `calibrationBins`. The whiskers are 95 % intervals, and a bar of few examples is pale: a
 * promise is only broken where the line lies outside the whiskers.
 */
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
      note: "Bars: the part that was right, with its 95 % interval; paler where examples are few. Red lines: what confidence promised.",
      width: side + 44,
      height: side + 108,
      alt: sentence,
    },
    (left, top) => {
      const x0 = left + 38;
      const y0 = top + 22;
      const quiet = { size: 11, fill: INK.muted } as const;
      const line = (from: readonly [number, number], to: readonly [number, number], style: LineStyle) =>
        path([from, to], style);
      const parts: string[] = [text(left, top + 8, "accuracy", quiet)];
      for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
        const y = y0 + side * (1 - tick);
        parts.push(
          line([x0, y], [x0 + side, y], { stroke: INK.grid }),
          text(x0 - 6, y + 4, showPercent(tick, 0), { ...quiet, anchor: "end" }),
          text(x0 + side * tick, y0 + side + 68, showPercent(tick, 0), { ...quiet, anchor: "middle" }),
        );
      }
      const width = side / bins.length;
      bins.forEach(({ count, accuracy: right, confidence: sure, from, interval: [low, high] }) => {
        if (count === 0) return;
        const x = x0 + side * from;
        const middle = x + width / 2;
        const at = (part: number): number => y0 + side * (1 - part);
        // The ink of a bar goes with the number of its examples, but none vanishes.
        const opacity = 0.25 + 0.75 * Math.sqrt(count / most);
        parts.push(
          box(x + 1, at(right), width - 2, side * right, { fill: "#8fbbe0", opacity }),
          line([middle, at(low)], [middle, at(high)], { stroke: INK.muted }),
          ...[low, high].map((end) =>
            line([middle - 4, at(end)], [middle + 4, at(end)], { stroke: INK.muted }),
          ),
          line([x + 1, at(sure)], [x + width - 1, at(sure)], { stroke: INK.bad, width: 2 }),
        );
        const height = (26 * count) / most;
        parts.push(box(x + 1, y0 + side + 50 - height, width - 2, height, { fill: INK.faint }));
        const number = showCount(count);
        if (textWidth(number, 11) <= width)
          parts.push(text(middle, y0 + side + 46 - height, number, { ...quiet, anchor: "middle" }));
      });
      parts.push(
        line([x0, y0 + side], [x0 + side, y0], { stroke: INK.muted, dash: "4 4" }),
        box(x0, y0 + side, side, 1, { fill: INK.faint }),
        text(left, y0 + side + 48, "count", quiet),
        text(x0 + side / 2, y0 + side + 84, "confidence", { ...quiet, anchor: "middle" }),
      );
      return parts;
    },
  );
  const table = textTable(
    ["confidence", "examples", "mean", "right", "95 % interval"],
    bins
      .filter(({ count }) => count > 0)
      .map((bin) => [
        `${showPercent(bin.from, 0)} – ${showPercent(bin.to, 0)}`,
        showCount(bin.count),
        showPercent(bin.confidence),
        showPercent(bin.accuracy),
        bin.interval.map((end) => showPercent(end)).join(" – "),
      ]),
  );
  return new Figure({ alt: sentence, text: `${sentence}\n${table}`, svg });
}
