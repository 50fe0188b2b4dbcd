/**
 * SVG → PNG with resvg and the DejaVu fonts that come with the library, so that a picture is the same, pixel
 * for pixel, on a machine with other fonts or none.
 */
import { ValueError } from "../../array/errors.js";
import { compactPng } from "./compact-png.js";

type Renderer = (svg: string, zoom: number, tolerance?: number) => Promise<Uint8Array>;

const FONTS = ["DejaVuSansCondensed", "DejaVuSansCondensed-Bold", "DejaVuSansCondensed-Oblique"];
let loading: Promise<Renderer> | undefined;

/**
 * Draws an SVG.
 * @param zoom       pixels for each CSS pixel
 * @param tolerance  how far colours may be off to make the file small, as in `compactPng`
 * @returns the bytes of a PNG
 */
export async function rasterize(svg: string, zoom = 1, tolerance?: number): Promise<Uint8Array> {
  loading ??= load();
  return (await loading)(svg, zoom, tolerance);
}

/** The width and height that an SVG's root element states, in CSS pixels. @throws ValueError without them */
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

// Loaded at the first picture: a program that draws nothing pays nothing.
async function load(): Promise<Renderer> {
  const [{ renderAsync }, { createRequire }] = await Promise.all([
    import("@resvg/resvg-js"),
    import("node:module"),
  ]);
  const { resolve } = createRequire(import.meta.url);
  const font = {
    loadSystemFonts: false,
    fontFiles: FONTS.map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    defaultFontFamily: "DejaVu Sans Condensed",
    sansSerifFamily: "DejaVu Sans Condensed",
  };
  return async (svg, zoom, tolerance) => {
    // The renderer knows the attribute image-rendering="optimizeSpeed" and would be misled by the style beside it.
    const hardEdged = svg.replaceAll(` style="image-rendering:pixelated"`, "");
    const image = await renderAsync(hardEdged, { font, fitTo: { mode: "zoom", value: zoom } });
    return (
      compactPng(image.width, image.height, unpremultiply(image.pixels), tolerance) ??
      new Uint8Array(image.asPng())
    );
  };
}

// The renderer's colours are multiplied by their opacity; PNG's are not.
function unpremultiply(pixels: Uint8Array): Uint8ClampedArray {
  const result = new Uint8ClampedArray(pixels);
  for (let i = 0; i < result.length; i += 4) {
    const opacity = result[i + 3];
    if (opacity === 0 || opacity === 255) continue;
    for (let channel = 0; channel < 3; channel++) result[i + channel] = (255 * pixels[i + channel]) / opacity;
  }
  return result;
}
