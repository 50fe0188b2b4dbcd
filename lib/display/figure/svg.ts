/**
 * Draws SVG: text, boxes, lines and pixel images as strings, on a light card, so that a figure looks the same on a dark
 * page.
 */
import type { Raster } from "./pixels.js";
import { toDataUri } from "./pixels.js";

/** The colours of all figures. The colours of series are those of Okabe and Ito (2008), safe for colour-blind readers. */
export const INK = {
  text: "#1f2328",
  muted: "#656d76",
  faint: "#d0d7de",
  grid: "#e7ebef",
  card: "#ffffff",
  wash: "#f3f5f7",
  good: "#00805e",
  bad: "#c02f1d",
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#555555"],
} as const;

/** The fonts of all figures: resvg has the first; a browser uses another one of nearly the same widths. */
export const FONT = "'DejaVu Sans Condensed', 'Helvetica Neue', Arial, sans-serif";

// Advance widths of the characters from space to ~ in hundredths of the font size.
const WIDTHS = (
  "29 36 41 75 57 85 70 25 35 35 45 75 29 32 29 30 57 57 57 57 57 57 57 57 57 57 30 30 75 75 75 48 " +
  "90 62 62 63 69 57 52 70 68 27 27 59 50 78 67 71 54 71 63 57 55 66 62 89 62 55 62 35 30 35 75 45 " +
  "45 55 57 49 57 55 32 57 57 25 25 52 25 88 57 55 57 57 37 47 35 57 53 74 53 53 47 57 30 57 75"
)
  .split(" ")
  .map(Number);

/** The width of a line of text in CSS pixels, exact for ASCII in the regular weight. */
export function textWidth(text: string, size: number, bold = false): number {
  let hundredths = 0;
  for (const character of text) {
    hundredths += WIDTHS[character.codePointAt(0)! - 32] ?? (character > "\u2e80" ? 100 : 70);
  }
  return (hundredths / 100) * size * (bold ? 1.1 : 1);
}

/** The text, cut with an ellipsis where it is wider than `width`. */
export function fitText(text: string, width: number, size: number, bold = false): string {
  if (textWidth(text, size, bold) <= width) return text;
  const characters = [...text];
  while (characters.length > 1) {
    characters.pop();
    const cut = `${characters.join("").trimEnd()}…`;
    if (textWidth(cut, size, bold) <= width) return cut;
  }
  return characters[0] ?? "";
}

/** The text wrapped at spaces, but not before a per cent sign, into lines no wider than `width`. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ (?!%)/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** Text escaped for XML; characters that XML forbids become a replacement character. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const n = (value: number) => String(Math.round(value * 100) / 100);

export interface TextStyle {
  readonly size?: number;
  readonly bold?: boolean;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  /** Rotation in degrees, clockwise about the point. */
  readonly rotate?: number;
}

/** A line of text; y is its baseline. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, bold = false, fill = INK.text, anchor = "start", rotate } = style;
  return (
    `<text x="${n(x)}" y="${n(y)}" font-size="${n(size)}" fill="${fill}"` +
    (bold ? ` font-weight="bold"` : "") +
    (anchor === "start" ? "" : ` text-anchor="${anchor}"`) +
    (rotate === undefined ? "" : ` transform="rotate(${n(rotate)} ${n(x)} ${n(y)})"`) +
    `>${escapeXml(content)}</text>`
  );
}

export interface BoxStyle {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly radius?: number;
  readonly opacity?: number;
}

/** A box, without a border unless the style has a stroke. */
export function box(x: number, y: number, width: number, height: number, style: BoxStyle = {}): string {
  const { fill = "none", stroke, width: strokeWidth = 1, radius, opacity } = style;
  return (
    `<rect x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(Math.max(0, height))}" fill="${fill}"` +
    (stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${n(strokeWidth)}"`) +
    (radius === undefined ? "" : ` rx="${n(radius)}"`) +
    (opacity === undefined ? "" : ` opacity="${n(opacity)}"`) +
    `/>`
  );
}

export interface LineStyle {
  readonly stroke?: string;
  readonly width?: number;
  /** Lengths of dashes and gaps, such as "4 3". */
  readonly dash?: string;
  readonly opacity?: number;
}

/** A line through the points; a point that is not finite leaves a gap. */
export function path(points: readonly (readonly [number, number])[], style: LineStyle = {}): string {
  const { stroke = INK.text, width = 1, dash, opacity } = style;
  let d = "";
  let pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) pen = "M";
    else {
      d += `${pen}${n(x)} ${n(y)}`;
      pen = "L";
    }
  }
  if (d === "") return "";
  return (
    `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${n(width)}" stroke-linejoin="round" stroke-linecap="round"` +
    (dash === undefined ? "" : ` stroke-dasharray="${dash}"`) +
    (opacity === undefined ? "" : ` opacity="${n(opacity)}"`) +
    `/>`
  );
}

/** A filled disc. */
export function dot(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${fill}"/>`;
}

/** Pixels as sharp squares, however much the picture is enlarged; an empty text when there are no pixels. */
export function image(x: number, y: number, width: number, height: number, raster: Raster): string {
  if (raster.width === 0 || raster.height === 0) return "";
  return (
    `<image x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" preserveAspectRatio="none" ` +
    `image-rendering="optimizeSpeed" style="image-rendering:pixelated" href="${toDataUri(raster)}"/>`
  );
}

/** A drawing without a card, as a data URI. */
export function svgUri(width: number, height: number, body: readonly string[]): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" font-family="${FONT}">` +
    `${body.join("")}</svg>`;
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

export interface CardOptions {
  readonly width: number;
  readonly height: number;
  /** What the picture shows, for readers who cannot see it. */
  readonly alt: string;
}

/** A complete SVG document: the body on a light card with rounded corners, with the alternative text. */
export function card({ width, height, alt }: CardOptions, body: readonly string[]): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" ` +
    `aria-label="${escapeXml(alt)}" font-family="${FONT}"><title>${escapeXml(alt)}</title>` +
    box(0.5, 0.5, w - 1, h - 1, { fill: INK.card, stroke: INK.faint, radius: 8 }) +
    body.join("") +
    `</svg>`
  );
}
