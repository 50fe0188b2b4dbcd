/** Shows a tensor: all its numbers if they are few, else its corners and a summary. */
import { showShape } from "../../array/errors.js";
import { dtypeOf, flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "./figure.js";
import { showNumber, showOddities, showPercent, summarize } from "./numbers.js";
import { escapeXml } from "./svg.js";

/** How much of a tensor `tensorView` shows. */
export interface TensorViewOptions {
  /** The most rows and columns shown of each matrix; those in the middle are left out. */
  readonly rows?: number;
  readonly columns?: number;
  /** The most matrices shown of a tensor with more than two axes. */
  readonly matrices?: number;
  /** Significant digits. */
  readonly digits?: number;
}

interface Grid {
  /** Which matrix of the tensor: `[0, 1, :, :]`; empty for a matrix. */
  readonly heading: string;
  readonly cells: readonly (readonly string[])[];
}

/**
 * Shows a tensor: shape, dtype, extent, mean, and the numbers (… marks those left out) as a table.
 * @throws DTypeError for an ndarray that is not a tensor
 */
export function tensorView(x: Tensor, options: TensorViewOptions = {}): Figure {
  const { rows = 8, columns = 8, matrices = 2, digits = 4 } = options;
  const dtype = dtypeOf(x, "tensorView");
  const values = flat(x);
  const title = `${x.shape.length === 0 ? "scalar" : showShape(x.shape)} ${dtype}`;
  const facts = describe(values);
  const grids = gridsOf(x.shape, values, rows, columns, matrices, digits);
  const count = x.shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const more =
    values.length > 0 && x.shape.length > 2 && count > grids.length
      ? `… ${count - grids.length} more of ${showShape(x.shape.slice(-2))}`
      : "";
  const text = [
    [title, facts].filter(Boolean).join(" · "),
    ...grids.map(({ heading, cells }) => [heading, textGrid(cells)].filter(Boolean).join("\n")),
    more,
  ]
    .filter(Boolean)
    .join("\n");
  const html =
    `<div><b>${escapeXml(title)}</b>${facts ? ` · ${escapeXml(facts)}` : ""}</div>` +
    grids
      .map(
        ({ heading, cells }) =>
          (heading ? `<div><code>${escapeXml(heading)}</code></div>` : "") + htmlGrid(cells),
      )
      .join("") +
    (more ? `<div>${escapeXml(more)}</div>` : "");
  return new Figure({ alt: `A tensor, ${title}. ${facts}`, text, mime: { "text/html": html } });
}

function describe(values: Float32Array | Float64Array): string {
  if (values.length === 0) return "empty";
  if (values.length === 1) return "";
  const { min, max, mean, deviation, zeros, size, ...odd } = summarize(values);
  const words = Number.isNaN(min)
    ? []
    : [
        min === max ? `all ${showNumber(min)}` : `${showNumber(min)} to ${showNumber(max)}`,
        ...(min === max ? [] : [`mean ${showNumber(mean)}`, `deviation ${showNumber(deviation)}`]),
      ];
  if (zeros > 0 && min !== max) words.push(`${showPercent(zeros / size, zeros / size < 0.1 ? 1 : 0)} zeros`);
  const oddities = showOddities(odd);
  if (oddities) words.push(oddities);
  return words.join(" · ");
}

function gridsOf(
  shape: readonly number[],
  values: Float32Array | Float64Array,
  rows: number,
  columns: number,
  matrices: number,
  digits: number,
): Grid[] {
  if (values.length === 0) return [];
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  const outer = shape.slice(0, -2);
  const count = Math.min(matrices, values.length / (width * height));
  // A single row may show as many numbers as several rows of a matrix.
  const across = pick(width, height === 1 ? Math.max(columns, 12) : columns);
  const down = pick(height, rows);
  const places = Array.from({ length: count }, (_, m) =>
    down.map((row) =>
      across.map((column) => (row === -1 || column === -1 ? -1 : (m * height + row) * width + column)),
    ),
  );
  const show = formatFor(
    places.flat(2).map((place) => (place === -1 ? NaN : values[place])),
    digits,
  );
  return places.map((grid, m) => ({
    heading: outer.length === 0 ? "" : `[${[...unravel(m, outer), ":", ":"].join(", ")}]`,
    cells: grid.map((line, i) =>
      line.map((place, j) => {
        if (place !== -1) return show(values[place]);
        return down[i] !== -1 ? "…" : across[j] !== -1 ? "⋮" : "⋱";
      }),
    ),
  }));
}

/**
 * How to write the numbers of one table: with the same number of decimals, so that the decimal points are aligned. A number
 * too small for these decimals is written with an exponent rather than as zero.
 */
function formatFor(shown: readonly number[], digits: number): (value: number) => string {
  const sizes = shown.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const largest = Math.max(0, ...sizes);
  if (sizes.length < 2 || sizes.every(Number.isInteger) || largest >= 1e6 || largest < 1e-4) {
    return (value) => showNumber(value, digits);
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(largest)));
  return (value) => {
    const fixed = value.toFixed(decimals);
    if (!Number.isFinite(value) || (Number(fixed) === 0 && value !== 0)) return showNumber(value, 2);
    return value === 0 ? "0" : fixed.replace("-", "−");
  };
}

/** The indices to show, of `extent` in all; −1 marks those left out. */
function pick(extent: number, most: number): number[] {
  if (extent <= most) return Array.from({ length: extent }, (_, i) => i);
  const tail = Math.floor((most - 1) / 2);
  const head = most - 1 - tail;
  return [
    ...Array.from({ length: head }, (_, i) => i),
    -1,
    ...Array.from({ length: tail }, (_, i) => extent - tail + i),
  ];
}

function unravel(index: number, shape: readonly number[]): number[] {
  const result: number[] = [];
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    result.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return result;
}

function textGrid(cells: readonly (readonly string[])[]): string {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ")).join("\n");
}

function htmlGrid(cells: readonly (readonly string[])[]): string {
  const rows = cells.map(
    (row) =>
      `<tr>${row.map((cell) => `<td align="right" style="text-align:right;padding:2px 8px;font-variant-numeric:tabular-nums">${cell}</td>`).join("")}</tr>`,
  );
  return `<table><tbody>${rows.join("")}</tbody></table>`;
}
