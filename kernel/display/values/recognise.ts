/**
 * The table of recognisers: one for each family of libraries whose values show themselves in a way of their own. The
 * first that recognises a value shows it. A method `Symbol.for("Jupyter.display")` and a plugin's formatter come before
 * all of them.
 */
import type { MimeBundle } from "../bundle.js";
import { canvas } from "./canvas.js";
import { dates } from "./dates.js";
import { elements } from "./elements.js";
import { frames } from "./frames.js";
import { imageBytes } from "./image-bytes.js";
import { markup } from "./markup.js";
import { mathematics } from "./mathematics.js";
import { ownForms } from "./own-forms.js";
import { pipelines } from "./pipelines.js";
import { plotly } from "./plotly.js";
import type { Recogniser } from "./recogniser.js";
import { tensors } from "./tensors.js";
import { vega } from "./vega.js";

const RECOGNISERS: readonly Recogniser[] = [
  imageBytes,
  elements,
  canvas,
  vega,
  plotly,
  frames,
  tensors,
  mathematics,
  markup,
  pipelines,
  dates,
  ownForms,
];

/** The bundle of a value that some library made; undefined when no recogniser knows it. Never throws. */
export function recognise(value: unknown): MimeBundle | Promise<MimeBundle> | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  for (const recogniser of RECOGNISERS) {
    try {
      const bundle = recogniser(value);
      if (bundle !== undefined) return bundle;
    } catch {
      // Not a value of that family after all.
    }
  }
  return undefined;
}
