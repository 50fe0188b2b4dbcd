/** What the display protocol, the plugins and the cells speak of: values in several forms, and what makes these. */

/** One value in several forms, by MIME type: text is a string, JSON an object, pixels a `Uint8Array` or base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Shows the values that it accepts. */
export interface Formatter {
  test(value: unknown): boolean;
  format(value: unknown): MimeBundle | Promise<MimeBundle>;
}
