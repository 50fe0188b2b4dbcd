/**
 * Draws SVG with resvg in WebAssembly. For this the page sets CHAINRULE_ASSETS to the folder that has `resvg.wasm` (of the
 * package @resvg/resvg-wasm, which the page must install) and the fonts: 2 MB, compressed. Without it figures stay SVG,
 * which every browser can draw.
 */
import type { SvgRenderer } from "../contract.js";
import { setting } from "./settings.js";
import { web } from "./web.js";

export async function loadRenderer(
  fonts: readonly string[],
  family: string,
): Promise<SvgRenderer | undefined> {
  const assets = setting("CHAINRULE_ASSETS");
  if (assets === undefined) return undefined;
  const file = async (name: string): Promise<Uint8Array> => {
    const url = new URL(`${assets.replace(/\/$/, "")}/${name}`, web.location?.href);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`CHAINRULE_ASSETS: ${url} is not there (${response.status}).`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const [{ initWasm, Resvg }, program, ...fontBuffers] = await Promise.all([
    renderer(),
    file("resvg.wasm"),
    ...fonts.map((name) => file(`${name}.ttf`)),
  ]);
  await initWasm(program);
  const font = {
    loadSystemFonts: false,
    fontBuffers,
    defaultFontFamily: family,
    sansSerifFamily: family,
  };
  return async (svg, zoom) => {
    const drawing = new Resvg(svg, { font, fitTo: { mode: "zoom", value: zoom } });
    const image = drawing.render();
    const { width, height } = image;
    const [pixels, png] = [image.pixels, image.asPng()];
    image.free();
    drawing.free();
    return { width, height, pixels, png: () => png };
  };
}

// In a `try`, so that a bundler accepts that the package is absent.
async function renderer(): Promise<typeof import("@resvg/resvg-wasm")> {
  try {
    return await import("@resvg/resvg-wasm");
  } catch (error) {
    throw new Error("CHAINRULE_ASSETS is set, but the package @resvg/resvg-wasm is not there; install it.", {
      cause: error,
    });
  }
}
