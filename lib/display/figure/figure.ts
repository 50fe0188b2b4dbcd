/**
 * A figure is a value that shows itself: in a notebook through the registered symbol `Jupyter.display` (Deno's convention,
 * which needs no import from a kernel), in a terminal through its plain text. Its content is fixed when it is made; it is
 * rendered only when it is shown.
 */
import { ValueError } from "../../array/errors.js";
import { toBase64 } from "./base64.js";
import { canRasterize, rasterize, sizeOfSvg } from "./rasterize.js";

/** MIME type → content: text, base64 text for binary types, an object for the JSON types. */
export type MimeBundle = Record<string, string | object>;

/** MIME type → metadata for a front end: width and height in CSS pixels, alternative text. */
export type MimeMetadata = Record<string, { width?: number; height?: number; alt?: string }>;

/** The method that a notebook calls to show a value. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

/** The method that a notebook may call for the bundle's metadata. */
export const metadataSymbol: unique symbol = Symbol.for("Jupyter.displayMetadata");

const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** A value that a notebook can show. */
export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** The parts of a figure. */
export interface FigureParts {
  /** One or two sentences that replace the picture for readers who cannot see it. */
  readonly alt: string;
  /** The text that a terminal prints. */
  readonly text: string;
  /** The drawing, or a function that makes it. */
  readonly svg?: string | (() => Promise<string>);
  /** The forms of the drawing in the bundle; only a PNG unless given. */
  readonly pictures?: readonly ("svg" | "png")[];
  /** The PNG's colour error allowed to make it small, as in `compactPng`; larger where shapes matter more than shades. */
  readonly tolerance?: number;
  /** Further MIME types, such as Markdown or a chart's specification. */
  readonly mime?: MimeBundle;
}

/** Pixels in a PNG for each CSS pixel, so that it stays sharp on dense screens and in print. */
export const PIXEL_RATIO = 2;

/** A picture, table or chart, shown by a notebook and printed by a terminal. */
export class Figure implements Displayable {
  /** One or two sentences that replace the picture. */
  readonly alt: string;
  /** The plain-text form. */
  readonly text: string;
  readonly #parts: FigureParts;
  #svg?: Promise<string>;
  #png?: Promise<Uint8Array>;
  #bundle?: Promise<MimeBundle>;

  constructor(parts: FigureParts) {
    this.alt = parts.alt;
    this.text = parts.text;
    this.#parts = parts;
  }

  /** The drawing as SVG. @throws ValueError when the figure is only text */
  async svg(): Promise<string> {
    const { svg } = this.#parts;
    if (svg === undefined) {
      throw new ValueError(`figure: "${this.alt}" is text and has no picture; use its bundle() or text.`);
    }
    this.#svg ??= typeof svg === "string" ? Promise.resolve(svg) : svg();
    return this.#svg;
  }

  /** The drawing as the bytes of a PNG, with two pixels for each CSS pixel. @throws ValueError when there is none */
  async png(): Promise<Uint8Array> {
    this.#png ??= this.svg().then((svg) => rasterize(svg, PIXEL_RATIO, this.#parts.tolerance));
    return this.#png;
  }

  /** The drawing as the address of an `<img>`: a PNG, or the SVG where no PNG can be made. @throws ValueError when there is none */
  async dataUri(): Promise<string> {
    if (await canRasterize()) return `data:image/png;base64,${toBase64(await this.png())}`;
    return `data:image/svg+xml;base64,${toBase64(new TextEncoder().encode(await this.svg()))}`;
  }

  /** Every form of the figure; rendered once. */
  async bundle(): Promise<MimeBundle> {
    this.#bundle ??= this.#render();
    return this.#bundle;
  }

  /** Sizes in CSS pixels and alternative texts of the pictures in the bundle. */
  async metadata(): Promise<MimeMetadata> {
    const result: MimeMetadata = {};
    for (const picture of await this.#pictures()) {
      const { width, height } = sizeOfSvg(await this.svg());
      if (picture === "png") result["image/png"] = { width, height, alt: this.alt };
      else result["image/svg+xml"] = { alt: this.alt };
    }
    return result;
  }

  toString(): string {
    return this.text;
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return this.metadata();
  }

  [inspectSymbol](): string {
    return this.text;
  }

  /** The forms of the drawing that are made. Some viewers need a PNG; where none can be made, the SVG replaces it. */
  async #pictures(): Promise<ReadonlySet<"svg" | "png">> {
    const { svg, pictures = ["png"] } = this.#parts;
    if (svg === undefined) return new Set();
    return new Set(pictures.includes("png") && !(await canRasterize()) ? ["svg"] : pictures);
  }

  async #render(): Promise<MimeBundle> {
    const bundle: MimeBundle = { ...this.#parts.mime };
    for (const picture of await this.#pictures()) {
      if (picture === "svg") bundle["image/svg+xml"] = await this.svg();
      else bundle["image/png"] = toBase64(await this.png());
    }
    bundle["text/plain"] = this.text;
    return bundle;
  }
}
