/**
 * Shows figures one after the other in a loop: a sliding window, a filter during training. The animation is one SVG that
 * plays wherever SVG is shown. It does not move elsewhere, in print, or for readers whose system asks for less motion.
 */
import { ValueError } from "../../array/errors.js";
import { Figure } from "./figure.js";
import { showPlural } from "./numbers.js";
import { sizeOfSvg } from "./rasterize.js";
import { escapeXml } from "./svg.js";

/** How long `animation` shows each figure, and which one is shown where nothing moves. */
export interface AnimationOptions {
  /** How long each figure is shown, above 0; 1. */
  readonly seconds?: number;
  /** The index, from 0, of the figure that is shown where nothing moves; 0. */
  readonly still?: number;
}

/** The animation contains every figure completely, so hundreds would make a notebook very large. */
const MOST = 120;

/**
 * Plays figures one after the other, in a loop.
 *
 *     animation(places.map((at) => slidingWindow(x, w, { at })))
 *
 * @param figures  figures with pictures, preferably all of one size
 * @throws ValueError when there is no figure or there are more than 120, or an option is out of its range
 */
export function animation(figures: readonly Figure[], options: AnimationOptions = {}): Figure {
  const { seconds = 1, still = 0 } = options;
  if (figures.length === 0 || figures.length > MOST) {
    throw new ValueError(`animation: ${showPlural(figures.length, "figure")}; give from 1 to ${MOST}.`);
  }
  if (!(seconds > 0 && seconds < Infinity)) {
    throw new ValueError(`animation: seconds is ${seconds}; give a number above 0, such as 0.5.`);
  }
  if (!Number.isInteger(still) || still < 0 || still >= figures.length) {
    throw new ValueError(
      `animation: still is ${still}; the figures are counted from 0 to ${figures.length - 1}.`,
    );
  }
  const alt = `An animation of ${showPlural(figures.length, "figure")}. ${figures[still].alt}`;
  return new Figure({
    alt,
    text: [
      `${showPlural(figures.length, "figure")}, one after the other:`,
      ...figures.map((figure) => figure.alt),
    ].join("\n"),
    svg: async () => play(await Promise.all(figures.map((figure) => figure.svg())), { seconds, still, alt }),
    pictures: ["svg", "png"],
  });
}

function play(
  svgs: readonly string[],
  { seconds, still, alt }: { seconds: number; still: number; alt: string },
) {
  const sizes = svgs.map(sizeOfSvg);
  const width = Math.max(...sizes.map((size) => size.width));
  const height = Math.max(...sizes.map((size) => size.height));
  // Style rules hold for the whole page, which may have several animations: so each one has its own names.
  const name = `a${hash(svgs.join("") + seconds)}`;
  const duration = svgs.length * seconds;
  const style =
    `@keyframes ${name}{0%{visibility:visible}${(100 / svgs.length).toFixed(4)}%,100%{visibility:hidden}}` +
    `@media not (prefers-reduced-motion:reduce){.${name}{visibility:hidden;animation:${name} ${duration}s step-end infinite}}`;
  const frames = svgs.map((svg, i) => {
    const hidden = i === still ? "" : ` visibility="hidden"`;
    return `<g class="${name}"${hidden} style="animation-delay:${(i * seconds).toFixed(3)}s">${svg}</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-label="${escapeXml(alt)}"><title>${escapeXml(alt)}</title>` +
    (svgs.length > 1 ? `<style>${style}</style>` : "") +
    frames.join("") +
    `</svg>`
  );
}

/** A hash of a text (FNV-1a of Fowler, Noll and Vo). */
function hash(words: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) value = Math.imul(value ^ words.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(36);
}
