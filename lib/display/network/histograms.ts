/** The distributions of tensors' numbers: weights during a training, activations or gradients over the layers. */
import { ValueError } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { barChart } from "../figure/bars.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { roundTicks } from "../figure/line-chart.js";
import {
  showCount,
  showNumber,
  showOddities,
  showPercent,
  showPlural,
  summarize,
} from "../figure/numbers.js";
import { fitText, INK, path, text, textWidth } from "../figure/svg.js";
import { textTable } from "../figure/table.js";

/** The title of `histograms`, and the number of intervals. */
export interface HistogramsOptions {
  readonly title?: string;
  /** Intervals on the axis; 60. */
  readonly bins?: number;
}

/** Counts the values in intervals of equal width from low to high; values outside or not finite are left out. */
export function countInBins(values: ArrayLike<number>, low: number, high: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor((bins * (values[i] - low)) / (high - low));
    // The greatest number belongs to the last interval.
    if (values[i] === high) counts[bins - 1]++;
    else if (place >= 0 && place < bins) counts[place]++;
  }
  return counts;
}

/**
 * Draws the distribution of each tensor as a ridge, one below the other on one axis: copies of a weight during a training,
 * or the activations of the layers. Every ridge has its own height.
 *
 *     histograms({ start: w0, "epoch 1": w1, "epoch 2": w2 })
 *
 * @throws ValueError for fewer than one interval
 */
export function histograms(
  tensors: Readonly<Record<string, Tensor>>,
  options: HistogramsOptions = {},
): Figure {
  const { title = "Distributions", bins = 60 } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new ValueError(`histograms: ${bins} bins; use a whole number from 1 up.`);
  }
  const rows = Object.entries(tensors).map(([name, tensor]) => ({
    name,
    values: flat(tensor),
    summary: summarize(flat(tensor)),
  }));
  const finite = rows.filter(({ summary }) => !Number.isNaN(summary.min));
  let low = Math.min(...finite.map(({ summary }) => summary.min));
  let high = Math.max(...finite.map(({ summary }) => summary.max));
  if (finite.length === 0) [low, high] = [-1, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const words = rows.map(({ name, summary }) => {
    const odd = showOddities(summary);
    return Number.isNaN(summary.min)
      ? `${name}: ${odd || "no numbers"}`
      : `${name}: ${showNumber(summary.mean)} ± ${showNumber(summary.deviation)}${odd ? `, ${odd}` : ""}`;
  });
  const alt = `${title}. Mean and standard deviation of ${words.join("; ") || "nothing"}.`;
  const nameWidth = Math.min(130, Math.max(20, ...rows.map(({ name }) => textWidth(name, 12)))) + 12;
  const noteWidth = 130;
  const width = 380;
  const pitch = 30;
  const svg = frame(
    {
      title,
      note: "Right: mean ± standard deviation. Each ridge has its own height.",
      width: nameWidth + width + noteWidth,
      height: rows.length * pitch + 36,
      alt,
    },
    (left, top) => {
      const x0 = left + nameWidth;
      const base = top + 16 + rows.length * pitch;
      const parts: string[] = [];
      for (const tick of roundTicks(low, high, 6)) {
        const x = x0 + (width * (tick - low)) / (high - low);
        parts.push(
          path(
            [
              [x, top],
              [x, base],
            ],
            { stroke: tick === 0 ? INK.faint : INK.grid },
          ),
          text(x, base + 14, showNumber(tick), { size: 11, fill: INK.muted, anchor: "middle" }),
        );
      }
      rows.forEach(({ name, values, summary }, i) => {
        const y = top + 16 + (i + 1) * pitch - 4;
        const counts = countInBins(values, low, high, bins);
        const tallest = Math.max(1, ...counts);
        const outline = counts.flatMap((count, b): [number, number][] => {
          const v = y - (1.35 * pitch * count) / tallest;
          return [
            [x0 + (width * b) / bins, v],
            [x0 + (width * (b + 1)) / bins, v],
          ];
        });
        const d = [
          `M${x0} ${y}`,
          ...outline.map(([x, v]) => `L${x.toFixed(1)} ${v.toFixed(1)}`),
          `L${x0 + width} ${y}Z`,
        ];
        const odd = showOddities(summary);
        const numbers = Number.isNaN(summary.min)
          ? ""
          : `${showNumber(summary.mean, 2)} ± ${showNumber(summary.deviation, 2)}`;
        parts.push(
          `<path d="${d.join("")}" fill="#8fbbe0" fill-opacity="0.75" stroke="${INK.series[0]}" stroke-width="1"/>`,
          text(x0 - 10, y, fitText(name, nameWidth - 11, 12), { anchor: "end" }),
          text(x0 + width + 10, y, fitText([numbers, odd].filter(Boolean).join(", "), noteWidth - 10, 11), {
            size: 11,
            fill: odd ? INK.bad : INK.muted,
          }),
        );
      });
      return parts;
    },
  );
  return new Figure({ alt, text: [title, ...words.map((line) => `  ${line}`)].join("\n"), svg });
}

/** A gradient or another tensor, with the name of the layer that it belongs to. */
export interface FlowEntry {
  readonly name: string;
  readonly gradient: Tensor;
}

/**
 * Draws the size of the gradients from layer to layer: the root mean square on a logarithmic axis, and how many are exactly
 * zero. Bars that shrink towards the input show a vanishing gradient.
 * @param entries  in the order of the layers, the input's side first
 */
export function gradientFlow(
  entries: readonly FlowEntry[],
  options: { readonly title?: string } = {},
): Figure {
  const title = options.title ?? "Gradients from layer to layer";
  const rows = entries.map(({ name, gradient }) => {
    const values = flat(gradient);
    const summary = summarize(values);
    return { name, size: Math.hypot(summary.mean, summary.deviation), summary };
  });
  const sizes = rows.map(({ size }) => size).filter((size) => size > 0);
  const largest = Math.max(...sizes, 0);
  const least = Math.min(...sizes, largest);
  // The axis spans whole powers of ten, at least three.
  const high = sizes.length === 0 ? 0 : Math.ceil(Math.log10(largest));
  const low = sizes.length === 0 ? -3 : Math.min(high - 3, Math.floor(Math.log10(least) - 0.3));
  const odd = rows.filter(({ summary }) => showOddities(summary) !== "");
  const first = rows.find(({ size }) => size > 0);
  const last = rows.findLast(({ size }) => size > 0);
  const dead = rows.filter(({ size }) => size === 0);
  const sentence = [
    first !== undefined && last !== undefined && first !== last
      ? `From ${last.name} back to ${first.name} the gradients change by a factor of ${showNumber(first.size / last.size, 2)}.`
      : "",
    dead.length > 0 ? `No gradient at all: ${dead.map(({ name }) => name).join(", ")}.` : "",
    ...odd.map(({ name, summary }) => `${name} has ${showOddities(summary)}.`),
  ]
    .filter(Boolean)
    .join(" ");
  const label = ({ size, summary }: (typeof rows)[number]) =>
    [
      Number.isNaN(size) ? "not finite" : showNumber(size, 2),
      summary.zeros > 0 ? `${showPercent(summary.zeros / summary.size, 0)} zero` : "",
    ]
      .filter(Boolean)
      .join(", ");
  const bars = barChart(
    rows.map((row) => ({
      name: row.name,
      parts: [row.size > 0 ? (Math.log10(row.size) - low) / (high - low) : NaN],
      labels: [label(row)],
      colors: [showOddities(row.summary) ? INK.bad : INK.series[0]],
    })),
  );
  const alt = `${title}. ${sentence || showPlural(rows.length, "layer")}`;
  const svg = frame(
    {
      title,
      subtitle: sentence,
      note:
        `Root of the mean square, on a logarithmic axis from 1e${low} to 1e${high}`.replace(/e-/g, "e−") +
        ".",
      width: bars.width,
      height: bars.height,
      alt,
    },
    (left, top) => bars.draw(left, top),
  );
  const table = textTable(
    ["layer", "numbers", "root mean square", "zero"],
    rows.map(({ name, size, summary }) => [
      name,
      showCount(summary.size),
      showNumber(size),
      showPercent(summary.zeros / summary.size, 0),
    ]),
  );
  return new Figure({ alt, text: [title, sentence, table].filter(Boolean).join("\n"), svg });
}
