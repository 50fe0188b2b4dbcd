/**
 * The display protocol: how a value becomes a MIME bundle. A value may show itself through a method named
 * `Symbol.for("Jupyter.display")` (the convention of Deno's kernel) or `$display`, which returns a bundle or a
 * promise of one; plugins may add formatters; the recognisers in values/ know what other libraries make; plain-values.ts
 * shows everything else.
 */
import { toBase64 } from "#host/bytes";
import { isPromise } from "#host/inspection";
import { DISPLAY, DISPLAY_METADATA, SHOWN, type Formatter, type MimeBundle } from "./bundle.js";
import { isInstance, propertyOf, textOf } from "./hostile.js";
import { plainBundle } from "./plain-values.js";
import { recognise } from "./values/recognise.js";

export { DISPLAY, DISPLAY_METADATA } from "./bundle.js";

const MIME = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;
const JSON_MIME = /^application\/(?:.*\+)?json(?:;|$)|^application\/vnd\.vega(?:lite)?\.v\d+\+json$/i;

/** Whether a value is a bundle already: an object whose keys are all MIME types. */
export function isBundle(value: unknown): value is MimeBundle {
  try {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const keys = Object.keys(value);
    return keys.length > 0 && keys.every((key) => MIME.test(key));
  } catch {
    return false;
  }
}

/** A bundle or its metadata: at once, or as a promise when the value needs time to make it. */
type Soon = Record<string, unknown> | Promise<Record<string, unknown>>;

/**
 * The bundle of a value, encoded for Jupyter, and its metadata. The value's own display method makes the bundle; without
 * one, the first formatter that accepts the value makes a bundle, or another value that shows itself.
 * @throws when a display method throws or returns something that is not a bundle
 */
export function present(
  value: unknown,
  formatters: readonly Formatter[] = [],
): { readonly data: Soon; readonly metadata: Soon } {
  const shown = showing(value);
  if (shown) return shown;
  const formatter = formatters.find((one) => one.test(value));
  if (formatter === undefined) return { data: ordinary(value), metadata: metadataOf(value) };
  const made = formatter.format(value);
  return showing(made) ?? { data: encoded(made), metadata: {} };
}

/** The bundle of a value that says nothing of its display: as its library shows it, else as Node does. */
function ordinary(value: unknown): Soon {
  const known = recognise(value);
  if (known === undefined) return plainBundle(value);
  const plainly = (): Soon => plainBundle(value);
  if (isPromise(known)) return known.then(encodeBundle).catch(plainly);
  try {
    return encodeBundle(known);
  } catch {
    return plainly();
  }
}

/** Whether a value says that the cell has shown it already. */
export function wasShown(value: unknown): boolean {
  const method = propertyOf(value, SHOWN);
  try {
    return typeof method === "function" && method.call(value) === true;
  } catch {
    return false;
  }
}

/** The bundle of a value alone. */
export function bundleOf(value: unknown, formatters: readonly Formatter[] = []): Soon {
  return present(value, formatters).data;
}

function showing(value: unknown): { readonly data: Soon; readonly metadata: Soon } | undefined {
  const method = displayMethod(value);
  return method && { data: encoded(method.call(value)), metadata: metadataOf(value) };
}

/** The metadata that a value gives for its bundle, at once or as a promise; empty for most values. */
export function metadataOf(value: unknown): Soon {
  const method = propertyOf(value, DISPLAY_METADATA);
  if (typeof method !== "function") return {};
  const metadata: unknown = method.call(value);
  return isPromise(metadata) ? metadata.then(encodeMetadata) : encodeMetadata(metadata);
}

function encoded(bundle: unknown): Soon {
  return isPromise(bundle) ? bundle.then(encodeBundle) : encodeBundle(bundle);
}

/** The method by which a value shows itself; undefined when it has none or it cannot be read. */
function displayMethod(value: unknown): (() => unknown) | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  for (const method of [propertyOf(value, DISPLAY), propertyOf(value, "$display")])
    if (typeof method === "function") return method as () => unknown;
  return undefined;
}

/**
 * Metadata as plain JSON values, which can be sent.
 * @throws TypeError when they cannot be written as JSON
 */
export function encodeMetadata(metadata: unknown): Record<string, unknown> {
  const plain = plainJson(metadata ?? {}, "the metadata");
  if (typeof plain !== "object" || plain === null || Array.isArray(plain))
    throw new TypeError(`display: the metadata must be an object by MIME type, and is ${kindOf(metadata)}.`);
  return plain as Record<string, unknown>;
}

/**
 * Checks a bundle and encodes it: `Uint8Array` → base64, JSON types → plain JSON values.
 * @throws TypeError naming the MIME type and what came instead of its content
 */
export function encodeBundle(bundle: unknown): Record<string, unknown> {
  if (typeof bundle !== "object" || bundle === null || isArray(bundle))
    throw new TypeError(
      `A display method must return an object from MIME types to contents, and returned ${kindOf(bundle)}.`,
    );
  const encoded: Record<string, unknown> = {};
  for (const [mime, content] of Object.entries(bundle)) {
    if (content === undefined) continue;
    if (!MIME.test(mime))
      throw new TypeError(
        `display: "${mime}" is not a MIME type; write it as in "text/plain" or "image/png".`,
      );
    encoded[mime] = encodeContent(mime, content);
  }
  if (!Object.keys(encoded).length)
    throw new TypeError('display: the bundle is empty; give it at least a "text/plain".');
  return encoded;
}

/** `Array.isArray`, which throws for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function encodeContent(mime: string, content: unknown): unknown {
  if (isInstance(content, Uint8Array)) return toBase64(content);
  if (JSON_MIME.test(mime)) return plainJson(content, `the content of "${mime}"`);
  if (typeof content === "string") return content;
  const wanted = /^(image|audio|video|application)\//.test(mime) ? "a Uint8Array or a string" : "a string";
  throw new TypeError(`display: the content of "${mime}" must be ${wanted}, and is ${kindOf(content)}.`);
}

/** A copy of a value as plain JSON. @param what  the value's name in an error message */
function plainJson(value: unknown, what: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch (error) {
    const why = textOf(propertyOf(error, "message"));
    throw new TypeError(`display: ${what} is not JSON (${why}).`, { cause: error });
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  return `an instance of ${textOf(propertyOf(propertyOf(value, "constructor"), "name") ?? "Object")}`;
}
