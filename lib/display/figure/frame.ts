/**
 * The layout that figures share: a title, a line under it, the drawing, a line of notes below, and the colour bar.
 */
import { showNumber } from "./numbers.js";
import { colorize, ODD_COLOR, cssColor, type ColorScale } from "./pixels.js";
import { box, card, image, INK, text, textWidth, wrapText } from "./svg.js";

/** Space between the card's edge and its content, in CSS pixels. */
export const PADDING = 16;

export interface FrameOptions {
  readonly title?: string;
  /** One or two sentences under the title, wrapped into lines. */
  readonly subtitle?: string;
  /** Small print below the drawing. */
  readonly note?: string;
  /** The size of the drawing, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** To what width the words around the drawing may make the card wider; 460, and 560 for the title. */
  readonly room?: number;
  readonly alt: string;
}

/**
 * A card with its headings.
 * @param draw  is given the left and top edges of the drawing, and returns the drawing
 */
export function frame(options: FrameOptions, draw: (left: number, top: number) => readonly string[]): string {
  const { title, subtitle, note, room = 460, alt } = options;
  const natural = Math.max(
    options.width,
    Math.min(options.room ?? 560, textWidth(title ?? "", 15, true)),
    Math.min(room, textWidth(subtitle ?? "", 12)),
    Math.min(room, textWidth(note ?? "", 11)),
  );
  const body: string[] = [];
  let y = PADDING;
  if (title) {
    for (const line of wrapText(title, natural / 1.1, 15)) {
      body.push(text(PADDING, y + 13, line, { size: 15, bold: true }));
      y += 20;
    }
  }
  if (subtitle) {
    for (const line of wrapText(subtitle, natural, 12)) {
      body.push(text(PADDING, y + 11, line, { fill: INK.muted }));
      y += 16;
    }
  }
  if (y > PADDING) y += 8;
  body.push(...draw(PADDING, y));
  y += options.height;
  if (note) {
    y += 8;
    for (const line of wrapText(note, natural, 11)) {
      body.push(text(PADDING, y + 10, line, { size: 11, fill: INK.muted }));
      y += 14;
    }
  }
  return card({ width: natural + 2 * PADDING, height: y + PADDING, alt }, body);
}

/** Height of a colour bar with its numbers. */
export const BAR_HEIGHT = 26;

export interface ColorBarOptions {
  readonly width?: number;
  /** Whether to add a square for numbers that are not finite. */
  readonly odd?: boolean;
  /** Writes the numbers at the ends. */
  readonly show?: (value: number) => string;
}

/** The bar that shows which colour is which number. */
export function colorBar(
  left: number,
  top: number,
  scale: ColorScale,
  options: ColorBarOptions = {},
): string[] {
  const { width = 180, odd = false, show = showNumber } = options;
  const steps = Math.round(width);
  const ramp = Float32Array.from(
    { length: steps },
    (_, i) => scale.low + ((scale.high - scale.low) * i) / (steps - 1),
  );
  const marks: [number, string, "start" | "middle" | "end"][] = [
    [0, show(scale.low), "start"],
    [1, show(scale.high), "end"],
  ];
  if (scale.low < 0 && scale.high > 0) {
    marks.push([-scale.low / (scale.high - scale.low), "0", "middle"]);
  }
  const parts = [
    image(left, top, width, 10, colorize(ramp, steps, 1, scale)),
    box(left + 0.5, top + 0.5, width - 1, 9, { stroke: INK.faint }),
    ...marks.map(([part, label, anchor]) =>
      text(left + part * width, top + 23, label, { size: 11, fill: INK.muted, anchor }),
    ),
  ];
  if (odd) {
    parts.push(
      box(left + width + 16, top, 10, 10, { fill: cssColor(ODD_COLOR) }),
      text(left + width + 31, top + 9, "not finite", { size: 11, fill: INK.muted }),
    );
  }
  return parts;
}
