/** Colours of a light page on a dark one: greys are mirrored, hues stay and become light enough to be read. */

/** The lightest ground of a dark page that charts stand on: exported pages' `--page`. JupyterLab's is darker. */
export const DARK_GROUND = "#14171c";

/** The contrast to the ground that text of any size needs (WCAG 2.2, 1.4.3); marks have it too. */
const CONTRAST = 4.5;

/** Red, green and blue may differ by this much, of 255, in a colour that counts as grey. */
const GREY = 28;

type Rgb = readonly [red: number, green: number, blue: number];

/** Red, green and blue, from 0 to 255, of `#rgb`, `#rrggbb` or `rgb(r, g, b)`; undefined for anything else. */
export function parseColour(text: string): Rgb | undefined {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text)?.[1];
  if (digits === undefined) {
    const numbers = /^rgb\((\d+), ?(\d+), ?(\d+)\)$/.exec(text)?.slice(1).map(Number);
    return numbers as unknown as Rgb | undefined;
  }
  const whole = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return [0, 2, 4].map((at) => parseInt(whole.slice(at, at + 2), 16)) as unknown as Rgb;
}

const hex = (colour: Rgb): string =>
  `#${colour.map((one) => Math.round(one).toString(16).padStart(2, "0")).join("")}`;

const linear = (one: number): number =>
  one <= 10.31475 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4;

/** Relative luminance, from 0 for black to 1 for white. */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** How well one colour can be read on another, from 1 to 21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map((text) => luminance(parseColour(text)!)).sort((x, y) => x - y) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
}

/** The lightness of a grey, from 0 to 100 (CIE 1976), and back. */
const lightness = (y: number): number => (y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y);
function grey(light: number): Rgb {
  const y = light > 8 ? ((light + 16) / 116) ** 3 : light / 903.3;
  const one = 255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055);
  return [one, one, one];
}

/** The colour for a dark page of a colour that was chosen for a light one; a name stays. */
export function darkColour(text: string): string {
  const colour = parseColour(text);
  if (!colour) return text;
  if (Math.max(...colour) - Math.min(...colour) <= GREY) {
    return hex(grey(96 - 0.85 * lightness(luminance(colour))));
  }
  let lighter = colour;
  for (let part = 0; contrast(hex(lighter), DARK_GROUND) < CONTRAST; part += 0.02) {
    lighter = colour.map((one) => one + (255 - one) * part) as unknown as Rgb;
  }
  return hex(lighter);
}
