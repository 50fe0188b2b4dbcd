/** A matrix as coloured cells, with names of rows and columns. */
import { ValueError, showShape } from "../../array/errors.js";
import { flat, tensor, type Tensor } from "../../array/tensor.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber } from "../figure/numbers.js";
import { textWidth } from "../figure/svg.js";
import { textTable } from "../figure/table.js";
import { FLAT_TITLE, NUMBER_FORMAT } from "./axis.js";
import { isTensor } from "./values.js";

/** The titles of a `heatmap`, the names of its rows and columns, the range of its colours, and the size of its cells. */
export interface HeatmapOptions {
  readonly title?: string;
  /** The axis titles: what the columns and the rows are. */
  readonly x?: string;
  readonly y?: string;
  /** What the numbers measure. */
  readonly value?: string;
  /** Names of the columns and rows, from the left and from the top; 0, 1, 2 … when left out. */
  readonly columns?: readonly string[];
  readonly rows?: readonly string[];
  /** Whether each number is written into its cell; by default if there are at most 144 cells. */
  readonly numbers?: boolean;
  /** The numbers at the ends of the colour scale; the least and greatest, or ± the largest absolute value if any is negative. */
  readonly range?: readonly [number, number];
  /** The side of a cell in CSS pixels; by default it depends on the number of cells. */
  readonly cell?: number;
}

/**
 * Draws a matrix as coloured cells, with names of rows and columns.
 *
 *     heatmap(confusions, { x: "predicted", y: "true", columns: classes, rows: classes })
 *
 * Negative and positive numbers get two colours with white for zero; numbers of one sign get one.
 * @param matrix  R×C, as a tensor or as rows of numbers; the first row is on top
 * @throws ValueError for anything but a matrix with cells, and when the number of names is not that of rows or columns
 */
export function heatmap(
  matrix: Tensor | readonly (readonly number[])[],
  options: HeatmapOptions = {},
): Chart {
  const whole = isTensor(matrix) ? matrix : tensor(matrix as number[][], undefined, "float64");
  if (whole.shape.length !== 2 || whole.size === 0) {
    throw new ValueError(
      `heatmap: the matrix is ${showShape(whole.shape)}; give rows and columns with at least one cell.`,
    );
  }
  const [height, width] = whole.shape;
  const { x = "column", y = "row", value = "value" } = options;
  const columns = namesOf("columns", options.columns, width);
  const rows = namesOf("rows", options.rows, height);
  const values = flat(whole);
  const finite = Array.from(values).filter((one) => Number.isFinite(one));
  const [low, high] = finite.reduce(
    ([a, b], one) => [Math.min(a, one), Math.max(b, one)],
    [Infinity, -Infinity],
  );
  const signed = low < 0;
  const most = Math.max(Math.abs(low), Math.abs(high));
  const [from, to] = options.range ?? (signed ? [-most, most] : [low, high]);
  const cells = Array.from(values, (one, i) => ({
    row: rows[Math.floor(i / width)],
    column: columns[i % width],
    value: Number.isFinite(one) ? one : null,
    shown: showNumber(one, 2),
  }));
  const side = options.cell ?? Math.max(4, Math.min(40, Math.floor(400 / Math.max(width, height))));
  const numbers = options.numbers ?? (cells.length <= 144 && side >= 24);
  const axis = (names: readonly string[]) => {
    const every = Math.ceil(names.length / 24);
    return { grid: false, ticks: false, domain: false, values: names.filter((_, i) => i % every === 0) };
  };
  const place = {
    x: {
      field: "column",
      type: "ordinal",
      sort: columns,
      title: x,
      axis: {
        ...axis(columns),
        labelAngle: columns.some((name) => textWidth(name, 11) > side - 2) ? -45 : 0,
        orient: "bottom",
      },
    },
    y: { field: "row", type: "ordinal", sort: rows, title: y, axis: { ...axis(rows), ...FLAT_TITLE } },
  };
  const tooltip = [
    { field: "row", type: "ordinal", title: y },
    { field: "column", type: "ordinal", title: x },
    { field: "value", type: "quantitative", title: value, format: NUMBER_FORMAT },
  ];
  const middle = (from + to) / 2;
  const dark = signed
    ? `abs(datum.value) > ${0.6 * Math.max(Math.abs(from), Math.abs(to))}`
    : `datum.value > ${middle}`;
  const heading = options.title ?? `${value} by ${y} and ${x}`;
  const layers = [
    {
      mark: { type: "rect", invalid: null },
      encoding: {
        ...place,
        color: {
          field: "value",
          type: "quantitative",
          title: value,
          scale: {
            // Blue below zero, white at it, orange above; or white to a deep blue.
            range: signed ? ["#2166ac", "#ffffff", "#b35806"] : ["#ffffff", "#08306b"],
            domain: signed ? [from, (from + to) / 2, to] : [from, from === to ? from + 1 : to],
            interpolate: "lab",
          },
          legend: { gradientLength: 120, format: NUMBER_FORMAT },
        },
        tooltip,
      },
    },
    ...(numbers
      ? [
          {
            mark: { type: "text", fontSize: 11 },
            encoding: {
              ...place,
              text: { field: "shown", type: "nominal" },
              color: { condition: { test: dark, value: "#ffffff" }, value: "#222222" },
            },
          },
        ]
      : []),
  ];
  const largest = finite.length === 0 ? -1 : values.indexOf(high);
  const words =
    largest < 0
      ? "No finite number."
      : `From ${showNumber(low)} to ${showNumber(high)}; the largest is at ${y} ${rows[Math.floor(largest / width)]}, ${x} ${columns[largest % width]}.`;
  const table =
    cells.length <= 400
      ? textTable(
          [y, ...columns],
          rows.map((name, i) => [name, ...cells.slice(i * width, (i + 1) * width).map(({ shown }) => shown)]),
        )
      : "";
  return chart(
    { title: heading, data: { values: cells }, width: side * width, height: side * height, layer: layers },
    {
      alt: `${heading}, ${height} by ${width}. ${words}`,
      text: [heading, words, table].filter(Boolean).join("\n"),
    },
  );
}

function namesOf(side: string, names: readonly string[] | undefined, count: number): readonly string[] {
  const given = names ?? Array.from({ length: count }, (_, i) => String(i));
  if (given.length !== count)
    throw new ValueError(`heatmap: ${given.length} names for ${count} ${side}; give as many.`);
  if (new Set(given).size !== count)
    throw new ValueError(`heatmap: two ${side} have the same name; give each its own.`);
  return given;
}
