/** A grid of cells with numbers: small matrices that a reader can calculate with. */
import { showNumber } from "./numbers.js";
import { box, INK, text, textWidth } from "./svg.js";

export interface GridCell {
  readonly value?: number;
  /** Text instead of the number. */
  readonly words?: string;
  readonly fill?: string;
  readonly ink?: string;
  readonly stroke?: string;
  readonly bold?: boolean;
}

export interface NumberGridOptions {
  readonly rows: number;
  readonly columns: number;
  /** The side of a cell in CSS pixels. */
  readonly cell: number;
  readonly digits?: number;
  readonly at: (row: number, column: number) => GridCell;
}

/** The grid as SVG elements; a number that does not fit into its cell is written smaller, or left out. */
export function numberGrid(x: number, y: number, options: NumberGridOptions): string[] {
  const { rows, columns, cell, digits = 3 } = options;
  const parts: string[] = [];
  const frames: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const { value, words, fill = INK.card, ink = INK.text, stroke, bold } = options.at(row, column);
      const [left, top] = [x + column * cell, y + row * cell];
      parts.push(box(left + 0.5, top + 0.5, cell, cell, { fill, stroke: INK.faint }));
      // Frames come last, above the hairlines of the neighbours.
      if (stroke !== undefined) frames.push(box(left + 1, top + 1, cell - 1, cell - 1, { stroke, width: 2 }));
      const content = words ?? (value === undefined ? "" : showNumber(value, digits));
      const size = [12, 11, 10, 9, 8].find((one) => textWidth(content, one, bold) <= cell - 3);
      if (content !== "" && size !== undefined) {
        const style = { size, fill: ink, anchor: "middle", bold } as const;
        parts.push(text(left + cell / 2 + 0.5, top + cell / 2 + size * 0.36, content, style));
      }
    }
  }
  return [...parts, ...frames];
}
