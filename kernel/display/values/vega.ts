/**
 * Specifications of charts for Vega and Vega-Lite, told by their `$schema`, and builders of them that have `toSpec`. Front
 * ends that know them draw them; for the others there is a picture.
 */
import { inspectSafely, shortened } from "../hostile.js";
import { dataOf, methodOf } from "../properties.js";
import { chartPicture } from "./chart-picture.js";
import { LONGEST_MARKUP, LONGEST_TEXT, type Recogniser } from "./recogniser.js";

const SCHEMA = /^https?:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v\d+(?:\.\d+)*\.json$/;

/** The newest types that front ends know; they draw specifications of later versions under them. */
const MIME: Readonly<Record<string, string>> = {
  vega: "application/vnd.vega.v5+json",
  "vega-lite": "application/vnd.vegalite.v5+json",
};

export const vega: Recogniser = (value) => {
  const spec = specOf(value);
  if (spec === undefined) return undefined;
  const [, kind] = SCHEMA.exec(String(dataOf(spec, "$schema"))) ?? [];
  if (kind === undefined) return undefined;
  const text = shortened(inspectSafely(spec, { depth: 2, breakLength: 100 }), LONGEST_TEXT);
  const bundle = { [MIME[kind]!]: spec, "text/plain": text };
  return chartPicture(kind, spec).then((picture) =>
    picture !== undefined && picture.length <= LONGEST_MARKUP
      ? { ...bundle, "image/svg+xml": picture }
      : bundle,
  );
};

function specOf(value: object): object | undefined {
  if (typeof dataOf(value, "$schema") === "string") return value;
  const spec = methodOf(value, "toSpec")?.();
  return typeof spec === "object" && spec !== null ? spec : undefined;
}
