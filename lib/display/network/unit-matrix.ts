/**
 * Two matrices that distinguish good training from bad (lecture B): the activations of each unit for each example, which
 * should be sparse, and the correlations of units, which should be small.
 */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { BAR_HEIGHT, colorBar, frame } from "../figure/frame.js";
import {
  showCount,
  showNumber,
  showOddities,
  showPercent,
  showPlural,
  summarize,
} from "../figure/numbers.js";
import { colorize, scaleFor, type ColorScale, type Raster } from "../figure/pixels.js";
import { box, fitText, image, INK, text } from "../figure/svg.js";

/** The title of an `activationMatrix` or `correlationMatrix`, and the width of a panel. */
export interface UnitMatrixOptions {
  readonly title?: string;
  /** Width of a panel in CSS pixels; by default it depends on the number of panels. */
  readonly side?: number;
}

interface Panel {
  readonly name: string;
  readonly raster: Raster;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
  readonly scale: ColorScale;
}

/**
 * Draws activations, with a row for each unit and a column for each example; several layers or networks side by side. Its
 * words give the sparsity, which is the fraction of entries that are exactly 0, and the number of units that are always 0
 * (dead).
 *
 *     activationMatrix({ relu1: unitActivations(net, "relu1", data.test) })
 *
 * @param matrices  matrices of units×examples, by name
 * @throws ShapeError for anything but a matrix, ValueError without one
 */
export function activationMatrix(
  matrices: Readonly<Record<string, Tensor>>,
  options: UnitMatrixOptions = {},
): Figure {
  const { title = "Units and examples" } = options;
  const entries = read("activationMatrix", matrices);
  const panelWidth = options.side ?? (entries.length === 1 ? 560 : 340);
  const panels = entries.map(([name, matrix]): Panel => {
    const [units, examples] = matrix.shape;
    const values = flat(matrix);
    const summary = summarize(values);
    const scale = scaleFor([summary.min, summary.max]);
    const drawn: ColorScale = scale.kind === "grey" ? { ...scale, kind: "heat" } : scale;
    const dead = countRows(matrix, (row) => row.every((value) => value === 0));
    const always = countRows(matrix, (row) => row.every((value) => value > 0));
    return {
      name,
      raster: colorize(values, examples, units, drawn),
      width: panelWidth,
      height: Math.max(60, Math.min(240, units * 8)),
      lines: [
        `${showPlural(units, "unit")}, ${showPlural(examples, "example")}; ${showPercent(summary.zeros / Math.max(1, values.length), 0)} zero`,
        `${showCount(dead)} dead, ${showCount(always)} above 0 for every example${odd(summary)}`,
      ],
      scale: drawn,
    };
  });
  return draw(title, "A row is a unit, a column an example; each panel has its own scale.", panels);
}

/**
 * Draws correlation matrices of units, side by side: blue −1, white 0, orange 1. Its words give the mean absolute
 * correlation of two different units.
 *
 *     correlationMatrix({ good: unitCorrelations(a), bad: unitCorrelations(b) })
 *
 * @param matrices  matrices of units×units, by name; a unit that never changes has NaN and is drawn in magenta
 * @throws ShapeError for anything but square matrices, ValueError without one
 */
export function correlationMatrix(
  matrices: Readonly<Record<string, Tensor>>,
  options: UnitMatrixOptions = {},
): Figure {
  const { title = "How units correlate" } = options;
  const scale: ColorScale = { kind: "diverging", low: -1, high: 1 };
  const entries = read("correlationMatrix", matrices);
  const side = options.side ?? (entries.length > 2 ? 220 : 280);
  const panels = entries.map(([name, matrix]): Panel => {
    const [units, columns] = matrix.shape;
    if (units !== columns) {
      throw new ShapeError(
        `correlationMatrix: ${name} is ${showShape(matrix.shape)}, expected units×units, as unitCorrelations gives them.`,
      );
    }
    const values = flat(matrix);
    const pairs: number[] = [];
    for (let a = 0; a < units; a++) {
      for (let b = 0; b < a; b++)
        if (!Number.isNaN(values[a * units + b])) pairs.push(Math.abs(values[a * units + b]));
    }
    const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
    const constant = countRows(matrix, (row) => row.every(Number.isNaN));
    return {
      name,
      raster: colorize(values, units, units, scale),
      width: side,
      height: side,
      lines: [
        pairs.length === 0
          ? `${showPlural(units, "unit")}, no pair that changes`
          : `${showPlural(units, "unit")}; mean |correlation| of a pair ${showNumber(mean, 2)}`,
        `${showPercent(pairs.filter((value) => value > 0.5).length / Math.max(1, pairs.length), 0)} of the pairs beyond ±0.5` +
          (constant > 0
            ? `; ${constant === 1 ? "1 never changes" : `${showCount(constant)} never change`}`
            : ""),
      ],
      scale,
    };
  });
  const constant = panels.some(({ lines }) => lines[1].includes("never"));
  const note = `Row and column are units, in the same order.${constant ? " Magenta: a unit that never changes, or is not finite, correlates with none." : ""}`;
  return draw(title, note, panels);
}

function draw(title: string, note: string, panels: readonly Panel[]): Figure {
  const sentences = panels.map(({ name, lines }) => `${name}: ${lines.join("; ")}.`);
  const alt = `${title}. ${sentences.join(" ")}`;
  const pitch = Math.max(...panels.map(({ width }) => width)) + 26;
  const tall = Math.max(...panels.map(({ height }) => height)) + 62 + BAR_HEIGHT;
  const perRow = Math.max(1, Math.min(panels.length, Math.floor((760 + 26) / pitch)));
  const svg = frame(
    {
      title,
      note,
      width: perRow * pitch - 26,
      height: Math.ceil(panels.length / perRow) * (tall + 14) - 14,
      alt,
    },
    (left, top) =>
      panels.flatMap(({ name, raster, width, height, lines, scale }, i) => {
        const x = left + (i % perRow) * pitch;
        const y = top + Math.floor(i / perRow) * (tall + 14);
        return [
          text(x, y + 12, fitText(name, width, 13, true), { size: 13, bold: true }),
          image(x, y + 20, width, height, raster),
          box(x + 0.5, y + 20.5, width - 1, height - 1, { stroke: INK.faint }),
          ...lines.map((line, row) =>
            text(x, y + height + 35 + 14 * row, line, { size: 11, fill: INK.muted }),
          ),
          ...colorBar(x, y + height + 60, scale, { width: 140 }),
        ];
      }),
  );
  return new Figure({ alt, text: [title, ...sentences.map((line) => `  ${line}`), note].join("\n"), svg });
}

function read(operation: string, matrices: Readonly<Record<string, Tensor>>): [string, Tensor][] {
  const entries = Object.entries(matrices);
  if (entries.length === 0)
    throw new ValueError(`${operation}: no matrix to draw; give one or more by name.`);
  for (const [name, matrix] of entries) {
    if (matrix.shape?.length === 2 && matrix.shape.every((extent) => extent > 0)) continue;
    throw new ShapeError(
      `${operation}: ${name} is ${matrix.shape === undefined ? "no tensor" : showShape(matrix.shape)}; give a matrix with a row a unit.`,
    );
  }
  return entries;
}

function countRows(matrix: Tensor, holds: (row: number[]) => boolean): number {
  const [rows, columns] = matrix.shape;
  const values = flat(matrix);
  let count = 0;
  for (let u = 0; u < rows; u++)
    if (holds(Array.from(values.subarray(u * columns, (u + 1) * columns)))) count++;
  return count;
}

function odd(summary: { readonly nan: number; readonly infinite: number }): string {
  const words = showOddities(summary);
  return words === "" ? "" : `; ${words}`;
}
