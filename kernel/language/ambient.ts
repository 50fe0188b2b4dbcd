/**
 * The globals that every cell has beside Node's, and the `tslab` module, for the type checker. Their values are
 * made in cells/cell-globals.ts and cells/tslab.ts; a test holds the two together.
 */
export const AMBIENT_TYPES = `
interface DisplayHandle {
  /** Names the output; \`display(value, { display_id: id, update: true })\` replaces it. */
  readonly id: string;
  /** Replaces what the output shows. */
  update(value: unknown): void;
}
interface DisplayOptions {
  display_id?: string;
  /** True: replace the output with this display_id instead of adding one. */
  update?: boolean;
  /** True: \`value\` is a MIME bundle already. */
  raw?: boolean;
  metadata?: Record<string, unknown>;
}
declare var Performance: { readonly prototype: typeof performance };
/** Shows a value as the cell's output: its \`Symbol.for("Jupyter.display")\`, or a MIME bundle, or its text. */
declare function display(value: unknown, options?: DisplayOptions): DisplayHandle;
/** Shows content of one kind: \`display.html("<b>bold</b>")\`, \`display.svg(drawing)\`, \`display.png(bytes)\`. */
declare namespace display {
  function javascript(text: string): DisplayHandle;
  function html(text: string): DisplayHandle;
  function markdown(text: string): DisplayHandle;
  function latex(text: string): DisplayHandle;
  function svg(text: string): DisplayHandle;
  function png(bytes: Uint8Array): DisplayHandle;
  function jpeg(bytes: Uint8Array): DisplayHandle;
  function gif(bytes: Uint8Array): DisplayHandle;
  function pdf(bytes: Uint8Array): DisplayHandle;
  function text(text: string): DisplayHandle;
}
/** Removes the cell's output; \`wait\` keeps it until the next output is there. */
declare function clearOutput(wait?: boolean): void;
/** Asks for one line of text and waits for it; \`password\` hides what is typed. */
declare function prompt(question?: string, password?: boolean): string;

/** A module whose text its own address holds: Node runs it, and nobody knows its types. */
declare module "data:*";

declare module "tslab" {
  interface Display {
    javascript(text: string): void;
    html(text: string): void;
    markdown(text: string): void;
    latex(text: string): void;
    svg(text: string): void;
    png(bytes: Uint8Array): void;
    jpeg(bytes: Uint8Array): void;
    gif(bytes: Uint8Array): void;
    pdf(bytes: Uint8Array): void;
    text(text: string): void;
    raw(mime: string, content: string | Uint8Array): void;
  }
  const display: Display;
  function newDisplay(): Display;
  const versions: { tslab: string; typescript: string; node: string };
}
`;
