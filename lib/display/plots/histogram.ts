/** A histogram: how many numbers are in each of several equal intervals. */
import { ValueError } from "../../array/errors.js";
import { flat } from "../../array/tensor.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber, showPlural, summarize } from "../figure/numbers.js";
import { textTable } from "../figure/table.js";
import { colours, FLAT_TITLE, HEIGHT, legendToggle, NUMBER_FORMAT, WIDTH, type AxisRange } from "./axis.js";
import { isNamed, isTensor, numbersOf, type NumberList } from "./values.js";

/** The axis title of a `histogram`, the number of intervals, and their range. */
export interface HistogramOptions {
  readonly title?: string;
  /** What the numbers measure. */
  readonly x?: string;
  /** About how many intervals; by default from Freedman and Diaconis' rule, between 5 and 60. */
  readonly bins?: number;
  /** The least and greatest number that is counted; all numbers unless given. */
  readonly range?: AxisRange;
  /** Whether to draw fractions rather than counts, to compare lists of different lengths; true if there are several lists. */
  readonly parts?: boolean;
  /** Of the panel, in CSS pixels; 420 and 240. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Draws how many numbers are in each of several equal intervals; several lists, by name, are drawn over each other.
 *
 *     histogram(net.parameters["conv1.w"].value)                // all numbers of a tensor
 *     histogram({ before: weights1, after: weights2 }, { bins: 40 })
 *
 * Numbers that are not finite are left out, and the words give their count.
 * @throws ValueError when there is no finite number, for less than one bin and for a range that is not ascending
 */
export function histogram(
  values: NumberList | Readonly<Record<string, NumberList>>,
  options: HistogramOptions = {},
): Chart {
  const { x = "value", bins, range } = options;
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 1))
    throw new ValueError(`histogram: bins is ${bins}; it must be a whole number, 1 or more.`);
  if (range !== undefined && !(range[0] < range[1]))
    throw new ValueError(
      `histogram: range is [${range.join(", ")}]; give the least and then the greatest number.`,
    );
  const named: Readonly<Record<string, NumberList>> = isNamed<NumberList>(values) ? values : { [x]: values };
  const names = Object.keys(named);
  const lists = names.map((name) => {
    const list = named[name];
    return isTensor(list) ? Array.from(flat(list)) : numbersOf("histogram", list);
  });
  const counted = lists.map((list) =>
    list.filter(
      (value) => Number.isFinite(value) && (range === undefined || (value >= range[0] && value <= range[1])),
    ),
  );
  const all = counted.flat();
  if (all.length === 0)
    throw new ValueError(
      `histogram: ${showPlural(lists.flat().length, "number")} and none to count; give finite numbers${range ? " within the range" : ""}.`,
    );
  const edges = edgesOf(all, bins, range);
  const parts = options.parts ?? names.length > 1;
  const rows = names.flatMap((name, i) => {
    const counts = countInto(edges, counted[i]);
    return counts.map((count, bin) => ({
      list: name,
      from: edges[bin],
      to: edges[bin + 1],
      count: parts ? count / Math.max(1, counted[i].length) : count,
    }));
  });
  const heading = options.title ?? `How ${x} is distributed`;
  const sentences = names.map((name, i) => {
    const { mean, deviation, min, max } = summarize(counted[i]);
    const left = lists[i].length - counted[i].length;
    return (
      `${name}: ${showPlural(counted[i].length, "number")} from ${showNumber(min)} to ${showNumber(max)}, ` +
      `mean ${showNumber(mean)}, standard deviation ${showNumber(deviation)}${left > 0 ? `, ${showPlural(left, "more")} left out`.replace("mores", "more") : ""}.`
    );
  });
  const { params, opacity } = legendToggle("list", names, names.length > 1 ? 0.55 : 1);
  const y = parts ? "part" : "count";
  const spec = {
    title: heading,
    data: { values: rows },
    width: options.width ?? WIDTH,
    height: options.height ?? HEIGHT,
    ...(params && { params }),
    mark: { type: "bar", binSpacing: 0, stroke: null },
    encoding: {
      x: {
        field: "from",
        bin: "binned",
        type: "quantitative",
        title: x,
        axis: { grid: false, tickCount: 6 },
      },
      x2: { field: "to" },
      y: {
        field: "count",
        type: "quantitative",
        title: y,
        stack: null,
        axis: { tickCount: 5, ...FLAT_TITLE, ...(parts && { format: "~%" }) },
      },
      color: colours("list", names, "square"),
      opacity,
      tooltip: [
        ...(names.length > 1 ? [{ field: "list", type: "nominal", title: "list" }] : []),
        { field: "from", type: "quantitative", format: NUMBER_FORMAT },
        { field: "to", type: "quantitative", format: NUMBER_FORMAT },
        { field: "count", type: "quantitative", title: y, format: parts ? ".1~%" : ",d" },
      ],
    },
  };
  const table = textTable(
    ["from", "to", ...names],
    edges
      .slice(1)
      .map((to, bin) => [
        showNumber(edges[bin]),
        showNumber(to),
        ...names.map((_, i) => showNumber(rows[i * (edges.length - 1) + bin].count)),
      ]),
    { left: [] },
  );
  return chart(spec, {
    alt: `${heading}. ${sentences.join(" ")}`,
    text: [heading, ...sentences, table].join("\n"),
  });
}

/** Round edges of equal intervals that cover all numbers. */
function edgesOf(
  values: readonly number[],
  bins: number | undefined,
  range: AxisRange | undefined,
): number[] {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = range ?? [sorted[0], sorted[sorted.length - 1]];
  if (low === high) return [low - 0.5, low + 0.5];
  const quartile = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))];
  // Freedman and Diaconis, 1981: intervals of 2 IQR/∛n.
  const width = (2 * (quartile(0.75) - quartile(0.25))) / Math.cbrt(sorted.length);
  const wanted = bins ?? Math.min(60, Math.max(5, width > 0 ? Math.round((high - low) / width) : 10));
  if (range !== undefined || bins !== undefined)
    return Array.from({ length: wanted + 1 }, (_, i) => low + ((high - low) * i) / wanted);
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((digit) => digit * power).find((one) => one >= raw * (1 - 1e-9))!;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** An interval includes its lower edge; the last one includes both. */
function countInto(edges: readonly number[], values: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const [low, step] = [edges[0], edges[1] - edges[0]];
  for (const value of values) {
    let bin = Math.min(counts.length - 1, Math.max(0, Math.floor((value - low) / step)));
    // The division rounds, so the edges themselves decide.
    while (bin > 0 && value < edges[bin]) bin--;
    while (bin < counts.length - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return counts;
}
