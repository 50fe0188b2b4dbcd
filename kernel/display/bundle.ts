/** Types shared by the display protocol, the plugins and the cells: a value in several forms, and what makes them. */

/** The method by which a value shows itself. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** The method by which a value may give metadata for its bundle, by MIME type: width, height, alternative text. */
export const DISPLAY_METADATA: unique symbol = Symbol.for("Jupyter.displayMetadata");

/** The method by which a value says that the cell which runs has shown it: as the cell's result it shows nothing. */
export const SHOWN: unique symbol = Symbol.for("Jupyter.shown");

/** One value in several forms, by MIME type: text is a string, JSON an object, pixels a `Uint8Array` or base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Shows the values that it accepts. */
export interface Formatter {
  /** Whether it shows such a value. */
  test(value: unknown): boolean;
  /** Returns a bundle, a promise of one, or a value that has `Symbol.for("Jupyter.display")`. */
  format(value: unknown): object;
}
