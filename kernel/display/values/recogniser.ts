/** What a recogniser is: it shows the values of one family of libraries. */
import type { MimeBundle } from "../bundle.js";

/**
 * Returns the bundle of a value that it recognises, and undefined for any other. It looks at the properties of a value
 * by properties.ts, so that no getter runs before the value is recognised; it may throw, and the value is then shown
 * as others are.
 */
export type Recogniser = (value: object) => MimeBundle | Promise<MimeBundle> | undefined;

/** The most characters of HTML or SVG that are sent to a front end, which draws all of them. */
export const LONGEST_MARKUP = 2_000_000;

/** The most characters of markup that are shown as text. */
export const LONGEST_TEXT = 2_000;
