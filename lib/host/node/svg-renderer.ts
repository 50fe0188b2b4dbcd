/** Draws SVG with resvg and the DejaVu fonts of this package. */
import { createRequire } from "node:module";
import type { SvgRenderer } from "../contract.js";

export async function loadRenderer(fonts: readonly string[], family: string): Promise<SvgRenderer> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const { resolve } = createRequire(import.meta.url);
  const font = {
    loadSystemFonts: false,
    fontFiles: fonts.map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)),
    defaultFontFamily: family,
    sansSerifFamily: family,
  };
  return async (svg, zoom) => {
    const image = await renderAsync(svg, { font, fitTo: { mode: "zoom", value: zoom } });
    const { width, height, pixels } = image;
    return { width, height, pixels, png: () => new Uint8Array(image.asPng()) };
  };
}
