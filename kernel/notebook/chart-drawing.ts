/**
 * A Vega-Lite chart as SVG that follows the page it is put into: its colours are those of a light page and of a dark one,
 * by CSS's `light-dark`, and there is a second drawing for a narrow page.
 */
import type { TopLevelSpec } from "vega-lite";
import { darkColour } from "../charts/colour.js";
import { darkSpec, isPlain, type Spec } from "../charts/dark.js";
import { fitSpec, textWidth } from "../charts/fit.js";

/** The room that a phone leaves for a figure, in CSS pixels. */
export const NARROW = 335;
/** Pages with larger drawings than this many characters are slow; a picture is shown there. */
const LARGEST = 400_000;

/** A chart for a page. */
export interface DrawnChart {
  readonly svg: string;
  /** For a narrow page; undefined when the other one has room there. */
  readonly narrow: string | undefined;
}

/**
 * Draws a specification that has its numbers in it.
 * @param prefix of the identifiers in the drawing, one for each chart of a page
 * @returns undefined when the chart reads data from elsewhere, is wrong, large, or has a ground of its own
 */
export async function drawChart(spec: Spec, prefix: string): Promise<DrawnChart | undefined> {
  if (!hasOwnData(spec) || darkSpec(spec) === spec) return undefined;
  try {
    const svg = await withDark(await draw({ ...spec, ...GROUND }), spec, `${prefix}w`);
    if (svg === undefined || svg.length > LARGEST) return undefined;
    const drawn = widthOf(svg);
    if (drawn <= NARROW) return { svg, narrow: undefined };
    return { svg, narrow: await drawNarrow(spec, `${prefix}n`, drawn) };
  } catch {
    return undefined;
  }
}

/** How often a chart that is still too wide is made narrower. */
const TRIES = 3;

async function drawNarrow(spec: Spec, prefix: string, drawn: number): Promise<string | undefined> {
  let less = 0;
  for (let i = 1; ; i++) {
    const fitted = fitSpec(spec, { width: NARROW, drawn, less });
    const light = await draw({ ...fitted, ...GROUND });
    const over = widthOf(light) - NARROW;
    if (over <= 0 || i === TRIES) return withDark(light, fitted, prefix);
    less += over;
  }
}

/** Whether all data are in the specification, and none is read or made for it. */
function hasOwnData(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasOwnData);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, one]) =>
    key === "data" ? isOwn(one) : key === "datasets" || hasOwnData(one),
  );
}

const isOwn = (data: unknown): boolean =>
  typeof data === "object" && data !== null && ("values" in data || "name" in data);

const GROUND = { background: "transparent" };

async function withDark(light: string, spec: Spec, prefix: string): Promise<string | undefined> {
  // A second drawing takes as long as the first, and most charts need none.
  const dark = isPlain(spec)
    ? light.replace(COLOUR, (_, property: string, colour: string) => ` ${property}="${darkOf(colour)}"`)
    : await draw(darkSpec({ ...spec, ...GROUND }, GROUND.background));
  return twoColoured(...([light, dark].map((svg) => tidied(svg, prefix)) as [string, string]));
}

const darkOf = (colour: string): string =>
  darkColour({ black: "#000000", white: "#ffffff" }[colour] ?? colour);

/** Identifiers that are one page's own, and nothing that the page says itself or nobody sees. */
function tidied(svg: string, prefix: string): string {
  const names = new Map<string, string>();
  const named = (name: string): string => {
    if (!names.has(name)) names.set(name, `${prefix}${names.size}`);
    return names.get(name)!;
  };
  return svg.replace(/<[^>]+>/g, (tag) =>
    tag
      .replace(/(\bid="|url\(#)([\w-]+)/g, (_, before: string, name: string) => before + named(name))
      .replace(/ (?:role|class|aria-[a-z]+)="[^"]*"/g, "")
      .replace(/-?\d+\.\d{3,}/g, (digits) => String(+(+digits).toFixed(2))),
  );
}

async function draw(spec: Spec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  // Without a canvas Vega takes each letter for wider than it is.
  if (textMetrics.width === textMetrics.estimateWidth) textMetrics.width = measure;
  const { $schema, ...rest } = spec;
  void $schema;
  const quiet = { logger: vega.logger(vega.None), config: { aria: false } };
  const compiled = vegaLite.compile(rest as unknown as TopLevelSpec, quiet);
  const loader = vega.loader();
  loader.load = () => Promise.reject(new Error("No data is read for a page."));
  const view = new vega.View(vega.parse(compiled.spec), { renderer: "none", logLevel: vega.None, loader });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

// vega-scenegraph exports it, but its types do not list it.
interface TextMetrics {
  width: (item: TextMark, words?: unknown) => number;
  readonly estimateWidth: TextMetrics["width"];
}

interface TextMark {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly limit?: number;
  readonly fontWeight?: string | number;
}

function measure(item: TextMark, words: unknown = item.text): number {
  const text = Array.isArray(words) ? words.join(" ") : String(words ?? "");
  const width = textWidth(text, item.fontSize ?? 11, item.fontWeight === "bold");
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

const widthOf = (svg: string): number => Number(/<svg[^>]*? width="([\d.]+)"/.exec(svg)?.[1]);

const TAG = /<[^>]+>/g;
const COLOUR = / (fill|stroke|stop-color)="([^"]*)"/g;

/** One drawing with the colours of two; undefined when they differ in more than colours. */
export function twoColoured(light: string, dark: string): string | undefined {
  if (light.replace(COLOUR, "") !== dark.replace(COLOUR, "")) return undefined;
  const others = dark.match(TAG) ?? [];
  let next = 0;
  return light.replace(TAG, (tag) => {
    const own = coloursOf(tag);
    const styles = [...coloursOf(others[next++]!)]
      .filter(([property, colour]) => own.get(property) !== colour)
      .map(([property, colour]) => `${property}:light-dark(${own.get(property) ?? "transparent"},${colour})`);
    return styles.length === 0 ? tag : tag.replace(/\/?>$/, (end) => ` style="${styles.join(";")}"${end}`);
  });
}

const coloursOf = (tag: string): Map<string, string> =>
  new Map([...tag.matchAll(COLOUR)].map(([, property, colour]) => [property!, colour!]));
