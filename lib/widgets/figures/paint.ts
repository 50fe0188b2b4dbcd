/** What the figures draw with: panels that stand beside each other or, on a phone, below; grids of numbers; arrows. */
import { box, path, text } from "../../display/figure/svg.js";
import type { Canvas, Drawing, Palette } from "./figure-kind.js";

export { box, path, text };

/** A part of a drawing with a size of its own. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  /** Draws it with its corner at x, y. */
  readonly draw: (x: number, y: number) => string;
}

/** Panels in rows, as many in a row as fit; each row is in the middle. */
export function flow(panels: readonly Panel[], { width }: Pick<Canvas, "width">, gap = 24): Drawing {
  let body = "";
  let y = 8;
  for (let i = 0; i < panels.length;) {
    const row: Panel[] = [];
    let used = 0;
    while (i < panels.length && (row.length === 0 || used + gap + panels[i].width <= width)) {
      used += (row.length > 0 ? gap : 0) + panels[i].width;
      row.push(panels[i++]);
    }
    let x = Math.max(0, (width - used) / 2);
    const height = Math.max(...row.map((panel) => panel.height));
    for (const panel of row) {
      body += panel.draw(x, y);
      x += panel.width + gap;
    }
    y += height + 14;
  }
  return { body, height: y };
}

/** A number in a figure: three significant digits, with a true minus sign. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const rounded = Number(value.toPrecision(3));
  const words = Math.abs(rounded) >= 1e5 ? rounded.toExponential(1) : String(rounded);
  return words.replace("-", "−");
}

/** A cell of a grid of numbers. */
export interface CellLook {
  readonly fill?: string | undefined;
  readonly stroke?: string | undefined;
  readonly ink?: string | undefined;
  readonly bold?: boolean | undefined;
  readonly dashed?: boolean | undefined;
}

/** How a grid of numbers is drawn. */
export interface GridParts {
  readonly rows: number;
  readonly columns: number;
  /** The side of a cell, in CSS pixels. */
  readonly cell: number;
  readonly title: string;
  /** Its cells' `data-at` begin with this word; default: the cells cannot be pointed at. */
  readonly at?: string;
  value(row: number, column: number): string;
  look(row: number, column: number): CellLook;
}

/** A grid of numbers with a title above. */
export function grid(parts: GridParts, palette: Palette): Panel {
  const { rows, columns, cell, title, at } = parts;
  return {
    width: Math.max(columns * cell, title.length * 6.4),
    height: rows * cell + 22,
    draw: (left, top) => {
      let body = text(left, top + 12, title, { size: 12.5, bold: true, fill: palette.text });
      const raised: string[] = [];
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const { fill = palette.card, stroke, ink = palette.text, bold, dashed } = parts.look(i, j);
          const [x, y] = [left + j * cell, top + 20 + i * cell];
          const mark = at === undefined ? "" : ` data-at="${at} ${i} ${j}"`;
          const dash = dashed ? ` stroke-dasharray="3 3"` : "";
          const square =
            `<g${mark}><rect x="${x + 0.5}" y="${y + 0.5}" width="${cell - 1}" height="${cell - 1}" fill="${fill}" ` +
            `stroke="${stroke ?? palette.faint}" stroke-width="${stroke ? 2.5 : 1}"${dash}/>` +
            text(x + cell / 2, y + cell / 2 + cell * 0.13, parts.value(i, j), {
              size: cell * 0.38,
              anchor: "middle",
              fill: ink,
              ...(bold && { bold }),
            }) +
            "</g>";
          // A thick border is not covered by the next cell.
          if (stroke) raised.push(square);
          else body += square;
        }
      return body + raised.join("");
    },
  };
}

/** A colour of the scale of signed numbers, for a value from −1 to 1. */
export function signedColour(value: number, { negative, zero, positive }: Palette): string {
  const share = Math.min(1, Math.abs(value));
  const end = value < 0 ? negative : positive;
  return `rgb(${zero.map((from, i) => Math.round(from + (end[i] - from) * share)).join(" ")})`;
}

/** An arrow from one point to another. */
export function arrow(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  stroke: string,
  width = 2,
): string {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1) return "";
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const head = Math.min(9, length * 0.6);
  const [bx, by] = [x1 - ux * head, y1 - uy * head];
  const half = head * 0.5;
  return (
    path(
      [
        [x0, y0],
        [bx, by],
      ],
      { stroke, width },
    ) +
    `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${(bx - uy * half).toFixed(1)} ${(by + ux * half).toFixed(1)}L${(bx + uy * half).toFixed(1)} ${(by - ux * half).toFixed(1)}Z" fill="${stroke}"/>`
  );
}
