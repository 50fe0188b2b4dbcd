/**
 * The display protocol: how a value becomes a MIME bundle. A value may show itself through a method named
 * `Symbol.for("Jupyter.display")` (the convention of Deno's kernel) or `$display`, which returns a bundle or a
 * promise of one; plugins may add formatters; plain-values.ts shows everything else.
 */
import { toBase64 } from "#host/bytes";
import type { Formatter, MimeBundle } from "./bundle.js";
import { plainBundle } from "./plain-values.js";

export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** The method by which a value may say more of its bundle, by MIME type: width, height, alternative text. */
export const DISPLAY_METADATA: unique symbol = Symbol.for("Jupyter.displayMetadata");

const MIME = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;
const JSON_MIME = /^application\/(?:.*\+)?json(?:;|$)|^application\/vnd\.vega(?:lite)?\.v\d+\+json$/i;

/** Whether a value is a bundle already: an object whose keys are all MIME types. */
export function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME.test(key));
}

/**
 * The bundle of a value, encoded for Jupyter: at once, or as a promise when its owner needs time.
 * @throws when the value's own method throws or returns something that is not a bundle
 */
export function bundleOf(
  value: unknown,
  formatters: readonly Formatter[] = [],
): Record<string, unknown> | Promise<Record<string, unknown>> {
  const method = displayMethod(value);
  if (method) return encoded(method.call(value));
  for (const formatter of formatters) if (formatter.test(value)) return encoded(formatter.format(value));
  return plainBundle(value);
}

/** What the value says of its bundle, at once or as a promise like the bundle itself; nothing for most. */
export function metadataOf(value: unknown): Record<string, unknown> | Promise<Record<string, unknown>> {
  const owner = value as { [DISPLAY_METADATA]?: unknown } | null | undefined;
  const method = owner?.[DISPLAY_METADATA];
  if (typeof method !== "function") return {};
  return method.call(value) as Record<string, unknown> | Promise<Record<string, unknown>>;
}

function encoded(bundle: unknown): Record<string, unknown> | Promise<Record<string, unknown>> {
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
