/**
 * The display protocol: how a value becomes a MIME bundle. A value may show itself through a method named
 * `Symbol.for("Jupyter.display")` (the convention of Deno's kernel) or `$display`, which returns a bundle or a
 * promise of one; plugins may add formatters; plain-values.ts shows everything else.
 */
import { toBase64 } from "#host/bytes";
import { DISPLAY, DISPLAY_METADATA, type Formatter, type MimeBundle } from "./bundle.js";
import { plainBundle } from "./plain-values.js";

export { DISPLAY, DISPLAY_METADATA } from "./bundle.js";

const MIME = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;
const JSON_MIME = /^application\/(?:.*\+)?json(?:;|$)|^application\/vnd\.vega(?:lite)?\.v\d+\+json$/i;

/** Whether a value is a bundle already: an object whose keys are all MIME types. */
export function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/** A bundle, or what is said of it: at once, or as a promise when its owner needs time. */
type Soon = Record<string, unknown> | Promise<Record<string, unknown>>;

/**
 * The bundle of a value, encoded for Jupyter, and what front ends should know of it. A value shows itself; else the first
 * formatter that accepts it makes a bundle of it, or a value that shows itself.
 * @throws when a display method throws or returns something that is not a bundle
 */
export function present(
  value: unknown,
  formatters: readonly Formatter[] = [],
): { readonly data: Soon; readonly metadata: Soon } {
  const shown = showing(value);
  if (shown) return shown;
  const formatter = formatters.find((one) => one.test(value));
  if (formatter === undefined) return { data: plainBundle(value), metadata: metadataOf(value) };
  const made = formatter.format(value);
  return showing(made) ?? { data: encoded(made), metadata: {} };
}

/** The bundle of a value alone. */
export function bundleOf(value: unknown, formatters: readonly Formatter[] = []): Soon {
  return present(value, formatters).data;
}

function showing(value: unknown): { readonly data: Soon; readonly metadata: Soon } | undefined {
  const method = displayMethod(value);
  return method && { data: encoded(method.call(value)), metadata: metadataOf(value) };
}

/** What the value says of its bundle, at once or as a promise like the bundle itself; nothing for most. */
export function metadataOf(value: unknown): Soon {
  const owner = value as { [DISPLAY_METADATA]?: unknown } | null | undefined;
  const method = owner?.[DISPLAY_METADATA];
  if (typeof method !== "function") return {};
  return method.call(value) as Soon;
}

function encoded(bundle: unknown): Soon {
  return bundle instanceof Promise ? bundle.then(encodeBundle) : encodeBundle(bundle);
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const owner = value as { [DISPLAY]?: unknown; $display?: unknown };
  for (const method of [owner[DISPLAY], owner.$display])
    if (typeof method === "function") return method as () => unknown;
  return undefined;
}

/**
 * Checks a bundle and encodes it: `Uint8Array` → base64, JSON types → plain JSON values.
 * @throws TypeError naming the MIME type and what came instead of its content
 */
export function encodeBundle(bundle: unknown): Record<string, unknown> {
  if (typeof bundle !== "object" || bundle === null || Array.isArray(bundle))
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

function encodeContent(mime: string, content: unknown): unknown {
  if (content instanceof Uint8Array) return toBase64(content);
  if (JSON_MIME.test(mime)) {
    try {
      return JSON.parse(JSON.stringify(content)) as unknown;
    } catch (error) {
      throw new TypeError(`display: the content of "${mime}" is not JSON (${(error as Error).message}).`, {
        cause: error,
      });
    }
  }
  if (typeof content === "string") return content;
  const wanted = /^(image|audio|video|application)\//.test(mime) ? "a Uint8Array or a string" : "a string";
  throw new TypeError(`display: the content of "${mime}" must be ${wanted}, and is ${kindOf(content)}.`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? "Object"}`;
}
