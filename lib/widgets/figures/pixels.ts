/** Pictures of numbers as small squares, and bars of probabilities, for the figures with images. */
import type { Palette } from "./figure-kind.js";
import { box, text, type Panel } from "./paint.js";

/** How a picture of numbers is drawn. */
export interface PixelsParts {
  readonly values: readonly ArrayLike<number>[];
  /** Its height, in CSS pixels; the width follows. */
  readonly side: number;
  readonly title: string;
  /** The colour of a value; near values should share one, since equal neighbours are drawn as one bar. */
  colour(value: number): string;
  /** The `data-at` of the whole picture. */
  readonly at?: string;
  /** CSS properties of the whole picture, such as a cursor. */
  readonly style?: string;
  /** More in the picture's own units, its pixels. */
  readonly over?: string;
}

/** A picture of numbers, each a small square, with a title above. */
export function pixels(parts: PixelsParts, palette: Palette): Panel {
  const { values, side, title, colour, at, style, over = "" } = parts;
  const [rows, columns] = [values.length, values[0].length];
  const cell = side / rows;
  const top = title === "" ? 0 : 20;
  return {
    width: columns * cell,
    height: side + top + 2,
    draw: (left, y) => {
      const bars = new Map<string, string>();
      values.forEach((row, i) => {
        for (let j = 0; j < columns;) {
          const fill = colour(row[j]);
          let end = j + 1;
          while (end < columns && colour(row[end]) === fill) end++;
          bars.set(fill, `${bars.get(fill) ?? ""}M${j} ${i}h${end - j}v1h${j - end}z`);
          j = end;
        }
      });
      const drawn = [...bars].map(([fill, d]) => `<path fill="${fill}" d="${d}"/>`).join("");
      const marks =
        (at === undefined ? "" : ` data-at="${at}"`) + (style === undefined ? "" : ` style="${style}"`);
      return (
        (title === "" ? "" : text(left, y + 12, title, { size: 12.5, bold: true, fill: palette.text })) +
        `<g${marks} transform="translate(${left.toFixed(2)} ${(y + top).toFixed(2)}) scale(${cell.toFixed(4)})">` +
        `<g shape-rendering="crispEdges">${drawn}</g>${over}</g>` +
        box(left, y + top, columns * cell, side, { stroke: palette.muted }).replace(
          "<rect",
          `<rect pointer-events="none"`,
        )
      );
    },
  };
}

/** Sixteen steps from white paper to black ink for a value from 0 to 1, whatever the page's theme. */
export function inkColour(value: number): string {
  const level = 255 - Math.round(Math.max(0, Math.min(1, value)) * 15) * 17;
  return `rgb(${level} ${level} ${level})`;
}

/** A bar for each class, with its share in per cent; the true or chosen ones are marked. */
export function shareBars(
  parts: {
    readonly title: string;
    readonly shares: readonly number[];
    /** The shares before, as outlines. */
    readonly before?: readonly number[];
    readonly width: number;
    /** The `data-at` of a bar begins with this word; default: the bars cannot be pressed. */
    readonly at?: string;
    /** The height of a bar's row. */
    readonly row?: number;
    ink(place: number): string;
  },
  palette: Palette,
): Panel {
  const { title, shares, before, width, row = 20, at, ink } = parts;
  const room = width - 66;
  return {
    width,
    height: shares.length * row + 22,
    draw: (left, top) =>
      text(left, top + 12, title, { size: 12.5, bold: true, fill: palette.text }) +
      shares
        .map((share, k) => {
          const y = top + 20 + k * row;
          const isFirst = share === Math.max(...shares);
          const bar =
            (at ? box(left, y, width, row, { fill: palette.card, opacity: 0.01 }) : "") +
            text(left + 14, y + row * 0.72, String(k), { anchor: "end", bold: isFirst, fill: palette.text }) +
            box(left + 20, y + 2, Math.max(1, room * share), row - 5, { fill: ink(k), radius: 2 }) +
            (before
              ? box(left + 20, y + 2, Math.max(1, room * before[k]), row - 5, {
                  stroke: palette.muted,
                  radius: 2,
                })
              : "") +
            text(
              left + 24 + room * Math.max(share, before?.[k] ?? 0),
              y + row * 0.72,
              `${Math.round(100 * share)} %`,
              {
                size: 11,
                bold: isFirst,
                fill: palette.text,
              },
            );
          return at === undefined ? bar : `<g data-at="${at} ${k}" style="cursor:pointer">${bar}</g>`;
        })
        .join(""),
  };
}

/** Probabilities of scores: softmax. */
export function softmaxOf(scores: ArrayLike<number>): number[] {
  const most = Math.max(...Array.from(scores));
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum);
}
