/** A simple bar chart: each row has a name, one or several bars, and a number. */
import { box, fitText, INK, text, textWidth } from "./svg.js";

export interface BarRow {
  readonly name: string;
  /** Lengths from 0 to 1, one for each bar; NaN draws no bar. */
  readonly parts: readonly number[];
  /** The text after each bar. */
  readonly labels: readonly string[];
  readonly colors?: readonly string[];
}

export interface BarChart {
  readonly width: number;
  readonly height: number;
  draw(left: number, top: number): string[];
}

/** Lays out the rows; colours are those of the series unless a row has its own. */
export function barChart(rows: readonly BarRow[], width = 520): BarChart {
  const nameWidth = Math.min(150, Math.max(30, ...rows.map(({ name }) => textWidth(name, 12)))) + 12;
  const labelWidth =
    Math.max(20, ...rows.flatMap(({ labels }) => labels.map((label) => textWidth(label, 11)))) + 10;
  const room = Math.max(60, width - nameWidth - labelWidth);
  const bars = Math.max(1, ...rows.map(({ parts }) => parts.length));
  const thick = bars === 1 ? 15 : 12;
  const pitch = bars * thick + (bars === 1 ? 7 : 9);
  return {
    width: nameWidth + room + labelWidth,
    height: Math.max(1, rows.length * pitch - 6),
    draw: (left, top) =>
      rows.flatMap(({ name, parts, labels, colors = INK.series }, row) => {
        const y = top + row * pitch;
        const middle = y + (parts.length * thick) / 2 + 4;
        return [
          text(left + nameWidth - 12, middle, fitText(name, nameWidth - 12, 12), { anchor: "end" }),
          ...parts.flatMap((part, bar) => {
            const length = room * Math.min(1, Math.max(0, part));
            const x = left + nameWidth;
            const v = y + bar * thick;
            const shown = Number.isFinite(part);
            return [
              box(x, v, room, thick - 2, { fill: INK.wash, radius: 2 }),
              shown
                ? box(x, v, Math.max(1, length), thick - 2, { fill: colors[bar % colors.length], radius: 2 })
                : "",
              text(x + room + 8, v + thick / 2 + 3, labels[bar] ?? "", { size: 11, fill: INK.muted }),
            ];
          }),
        ];
      }),
  };
}
