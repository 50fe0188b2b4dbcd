/**
 * SVG → PNG with resvg and the DejaVu fonts that come with the library, so that a picture is the same, pixel by pixel, on
 * every machine, whatever fonts it has.
 */
import { loadRenderer } from "#host/svg-renderer";
import { ValueError } from "../../array/errors.js";
import type { SvgRenderer } from "../../host/contract.js";
import { compactPng } from "./compact-png.js";

const FAMILY = "DejaVu Sans Condensed";
const FONTS = ["DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansCondensed-Oblique"];
let loading: Promise<SvgRenderer | undefined> | undefined;

// Loaded for the first picture, so that a program that draws nothing does not load it.
const renderer = (): Promise<SvgRenderer | undefined> => (loading ??= loadRenderer(FONTS, FAMILY));

/** Whether an SVG can be drawn as pixels: always in Node; in a browser if the page provides the renderer. */
export async function canRasterize(): Promise<boolean> {
  return (await renderer()) !== undefined;
}

/**
 * Draws an SVG.
 * @param zoom       pixels for each CSS pixel
 * @param tolerance  the colour error allowed to make the file small, as in `compactPng`
 * @returns the bytes of a PNG
 * @throws ValueError where there is no renderer
 */
export async function rasterize(svg: string, zoom = 1, tolerance?: number): Promise<Uint8Array> {
  const draw = await renderer();
  if (draw === undefined)
    throw new ValueError(
      "figure: nothing here makes a PNG of an SVG; use svg(), or let the page name CHAINRULE_ASSETS, the folder with resvg.wasm and the fonts.",
    );
  // The renderer understands the attribute image-rendering="optimizeSpeed", but the style beside it would override that.
  const hardEdged = svg.replaceAll(` style="image-rendering:pixelated"`, "");
  const { width, height, pixels, png } = await draw(hardEdged, zoom);
  return compactPng(width, height, unpremultiply(pixels), tolerance) ?? png();
}

/** The width and height of an SVG's root element, in CSS pixels. @throws ValueError without them */
export function sizeOfSvg(svg: string): { width: number; height: number } {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? "";
  const width = Number(/\bwidth="([\d.]+)(?:px)?"/.exec(root)?.[1]);
  const height = Number(/\bheight="([\d.]+)(?:px)?"/.exec(root)?.[1]);
  if (!(width > 0 && height > 0)) {
    throw new ValueError(
      `figure: the SVG begins with ${root.slice(0, 60) || "no <svg> element"}; give its root a width and a height in pixels.`,
    );
  }
  return { width, height };
}

// The renderer's colours are multiplied by their opacity; a PNG's are not.
function unpremultiply(pixels: Uint8Array): Uint8ClampedArray {
  const result = new Uint8ClampedArray(pixels);
  for (let i = 0; i < result.length; i += 4) {
    const opacity = result[i + 3];
    if (opacity === 0 || opacity === 255) continue;
    for (let channel = 0; channel < 3; channel++) result[i + channel] = (255 * pixels[i + channel]) / opacity;
  }
  return result;
}
