/** Canvases (@napi-rs/canvas, node-canvas, skia-canvas, and those of pages): what is drawn on them, as PNG. */
import { dataOf, methodOf, attributeOf } from "../properties.js";
import type { MimeBundle } from "../bundle.js";
import type { Recogniser } from "./recogniser.js";

const PNG = "data:image/png;base64,";

export const canvas: Recogniser = (value) => {
  const drawn = methodOf(value, "toDataURL");
  if (!drawn || typeof dataOf(value, "getContext") !== "function") return undefined;
  const bundle = (address: unknown): MimeBundle => {
    if (typeof address !== "string" || !address.startsWith(PNG))
      throw new TypeError("The canvas gives no PNG.");
    const size = `${String(attributeOf(value, "width"))} × ${String(attributeOf(value, "height"))}`;
    return { "image/png": address.slice(PNG.length), "text/plain": `Canvas, ${size} pixels` };
  };
  const address = drawn("image/png");
  return typeof address === "string"
    ? bundle(address)
    : Promise.resolve(address as PromiseLike<unknown>).then(bundle);
};
