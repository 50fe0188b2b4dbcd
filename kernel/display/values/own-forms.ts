/**
 * Values that say how they show in the manner of other notebooks: `toMimeBundle()`, `toHTML()`, IPython's `_repr_html_()`
 * and its sisters, and IJavascript's `_toHtml()` and its sisters.
 */
import { isPromise } from "#host/inspection";
import type { MimeBundle } from "../bundle.js";
import { inspectSafely, shortened } from "../hostile.js";
import { dataOf, methodOf } from "../properties.js";
import { LONGEST_TEXT, type Recogniser } from "./recogniser.js";

/** Methods that return a bundle, or a pair of a bundle and metadata. */
const BUNDLES = ["toMimeBundle", "_repr_mimebundle_", "_toMime"];

/** Methods that return one form. */
const FORMS: readonly [name: string, mime: string][] = [
  ["_repr_html_", "text/html"],
  ["_toHtml", "text/html"],
  ["_repr_svg_", "image/svg+xml"],
  ["_toSvg", "image/svg+xml"],
  ["_repr_png_", "image/png"],
  ["_toPng", "image/png"],
  ["_repr_jpeg_", "image/jpeg"],
  ["_toJpeg", "image/jpeg"],
  ["_repr_latex_", "text/latex"],
  ["_repr_markdown_", "text/markdown"],
  ["_repr_json_", "application/json"],
];

export const ownForms: Recogniser = (value) => {
  for (const name of BUNDLES) {
    const made = methodOf(value, name)?.();
    if (made !== undefined && made !== null) return later(made, (bundle) => withText(value, firstOf(bundle)));
  }
  const found = new Map<string, unknown>();
  for (const [name, mime] of FORMS) {
    const made = found.has(mime) ? undefined : methodOf(value, name)?.();
    if (made !== undefined && made !== null) found.set(mime, made);
  }
  if (found.size) {
    const forms = [...found];
    if (!forms.some(([, made]) => isPromise(made))) return withText(value, Object.fromEntries(forms));
    const settled = Promise.all(forms.map(async ([mime, made]) => [mime, await made] as const));
    return settled.then((all) => withText(value, Object.fromEntries(all)));
  }
  return html(value);
};

/** Of a method that needs no argument, whose answer is HTML. */
function html(value: object): MimeBundle | undefined {
  const method = dataOf(value, "toHTML");
  if (typeof method !== "function" || dataOf(method, "length") !== 0) return undefined;
  const made = methodOf(value, "toHTML")!();
  if (typeof made !== "string" || !made.trimStart().startsWith("<")) return undefined;
  return withText(value, { "text/html": made });
}

function later(made: unknown, next: (made: unknown) => MimeBundle): MimeBundle | Promise<MimeBundle> {
  return isPromise(made) ? made.then(next) : next(made);
}

/** IPython's methods may return the bundle and its metadata as a pair. */
function firstOf(made: unknown): object {
  const bundle: unknown = Array.isArray(made) ? made[0] : made;
  if (typeof bundle !== "object" || bundle === null) throw new TypeError("The method returned no bundle.");
  return bundle;
}

function withText(value: object, bundle: object): MimeBundle {
  const text = shortened(inspectSafely(value, { depth: 1, breakLength: 100 }), LONGEST_TEXT);
  return { "text/plain": text, ...bundle };
}
