/** Small matrices side by side, each number in its square: what several operations make of the same numbers. */
import { ValueError, showShape } from "../../array/errors.js";
import { flat, tensor, type Tensor } from "../../array/tensor.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber } from "../figure/numbers.js";
import { INK, textWidth } from "../figure/svg.js";
import { ODD_COLOR } from "../figure/pixels.js";
import { isTensor } from "./values.js";

/** The title of `matrices`, how many are in a row, and the size of their squares. */
export interface MatricesOptions {
  readonly title?: string;
  /** How many matrices are side by side; 5. */
  readonly columns?: number;
  /** The side of a square in CSS pixels; 30, or more where a number needs it. */
  readonly cell?: number;
}

const ODD = `#${ODD_COLOR.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
/** A matrix with more rows or columns is for `heatmap`. */
const MOST = 16;

/**
 * Draws small matrices side by side by their names, each number in its square. All have the same colours: blue below zero, white
 * at it, orange above, and magenta for what is not finite.
 *
 *     matrices({ x, "its maxima": maxPool2dForward(x, { size: 2 }).y }, { title: "Max-pooling" })
 *
 * @param panels  each R×C of at most 16×16, as a tensor or as rows of numbers. Axes of 1 before the last two are left out, as in
 *   an image of 1×1×R×C; one axis is a row
 * @throws ValueError when there is no matrix, or one that is empty, too large or of another shape
 */
export function matrices(
  panels: Readonly<Record<string, Tensor | readonly (readonly number[])[]>>,
  options: MatricesOptions = {},
): Chart {
  const names = Object.keys(panels);
  if (names.length === 0)
    throw new ValueError("matrices: there is none; give some by name, such as { x: [[1, 2], [3, 4]] }.");
  const { columns = 5, title } = options;
  const all = names.map((name) => ({ name, ...matrixOf(name, panels[name]) }));
  const cells = all.flatMap(({ name, values, width }) =>
    Array.from(values, (value, i) => ({
      ...{ panel: name, row: Math.floor(i / width), column: i % width },
      ...{ value: Number.isFinite(value) ? value : null, shown: showNumber(value) },
    })),
  );
  const widest = Math.max(...cells.map(({ shown }) => textWidth(shown, 12)));
  const cell = options.cell ?? Math.max(30, Math.ceil(widest) + 8);
  const most = cells.reduce((so, { value }) => Math.max(so, Math.abs(value ?? 0)), 0) || 1;
  const place = {
    x: { field: "column", type: "ordinal", title: null, axis: null },
    y: { field: "row", type: "ordinal", title: null, axis: null },
  };
  const rowsOf = ({ values, width }: { values: ArrayLike<number>; width: number }) =>
    Array.from({ length: values.length / width }, (_, r) =>
      Array.from({ length: width }, (_, c) => showNumber(values[r * width + c])),
    );
  const words = all.map(
    (one) =>
      `${one.name}: ${rowsOf(one)
        .map((row) => row.join(" "))
        .join("; ")}`,
  );
  const text = all.map((one) => {
    const rows = rowsOf(one);
    const longest = Math.max(...rows.flat().map(({ length }) => length));
    return [one.name, ...rows.map((row) => row.map((shown) => shown.padStart(longest)).join("  "))].join(
      "\n",
    );
  });
  return chart(
    {
      ...(title !== undefined && { title }),
      data: { values: cells },
      facet: {
        ...{ field: "panel", type: "nominal", sort: names, title: null },
        header: { labelFontSize: 12 },
      },
      columns,
      resolve: { scale: { x: "independent", y: "independent" } },
      spec: {
        width: { step: cell },
        height: { step: cell },
        encoding: place,
        layer: [
          {
            mark: { type: "rect", stroke: INK.faint, strokeWidth: 1, invalid: null },
            encoding: {
              color: {
                ...{ field: "value", type: "quantitative", legend: null },
                condition: { test: "!isValid(datum.value)", value: ODD },
                // No square is so dark that its number could not be read.
                scale: {
                  ...{ range: ["#2166ac", "#ffffff", "#b35806"], domain: [-1.6 * most, 0, 1.6 * most] },
                  interpolate: "lab",
                },
              },
            },
          },
          {
            mark: { type: "text", fontSize: 12, color: INK.text },
            encoding: { text: { field: "shown", type: "nominal" } },
          },
        ],
      },
    },
    {
      alt: [title && `${title}.`, `${words.join(". ")}.`].filter(Boolean).join(" "),
      text: [title, ...text].filter(Boolean).join("\n\n"),
    },
  );
}

function matrixOf(
  name: string,
  given: Tensor | readonly (readonly number[])[],
): { values: ArrayLike<number>; width: number } {
  const whole = isTensor(given) ? given : tensor(given as number[][], undefined, "float64");
  const { shape } = whole;
  const [height, width] = shape.length === 1 ? [1, shape[0]] : shape.slice(-2);
  const isMatrix = shape.length > 0 && shape.slice(0, -2).every((size) => size === 1);
  if (!isMatrix || whole.size === 0) {
    throw new ValueError(
      `matrices: "${name}" is ${showShape(shape)}; give rows and columns with at least one number, such as one channel of one image: x.pick(0, 0).`,
    );
  }
  if (height > MOST || width > MOST) {
    throw new ValueError(
      `matrices: "${name}" has ${height}×${width} numbers, too many to read; at most ${MOST}×${MOST} can be drawn, and heatmap draws larger ones.`,
    );
  }
  return { values: flat(whole), width };
}
