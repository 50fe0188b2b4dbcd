/**
 * A Vega-Lite or Vega specification that was made for a light page, for a dark one. Matrices of colours keep theirs, for a
 * colour stands for a number there; everything else takes the page's.
 */
import { darkColour, DARK_GROUND } from "./colour.js";

/** A specification, or a part of one. */
export type Spec = Readonly<Record<string, unknown>>;

const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const [TEXT, MUTED, FAINT, GRID] = ["#1f2328", "#656d76", "#d0d7de", "#e7ebef"].map(darkColour);

/** What a specification does not say itself. */
const CONFIG: Spec = {
  axis: { labelColor: MUTED, titleColor: TEXT, gridColor: GRID, domainColor: FAINT, tickColor: FAINT },
  header: { labelColor: TEXT, titleColor: TEXT },
  legend: { labelColor: TEXT, titleColor: TEXT },
  title: { color: TEXT, subtitleColor: MUTED },
  text: { color: TEXT },
  rule: { color: MUTED },
};

/** Colour schemes whose one end is as dark as a dark page: lines and points take them the other way round there. */
const SEQUENTIAL = /^(viridis|magma|inferno|plasma|cividis|blues|greens|greys|oranges|purples|reds|teals)\b/;

/** What is left as it is: numbers, and the words of the page. */
const NOT_DRAWN = new Set(["data", "datasets", "$schema", "description"]);

/**
 * The specification for a dark page; the same one when it has a ground of its own.
 * @param ground the page's colour
 */
export function darkSpec(spec: Spec, ground: string = DARK_GROUND): Spec {
  const { background, config } = spec;
  if (background !== undefined && !isWhite(background)) return spec;
  const own = isSpec(config) ? config : {};
  if (own.background !== undefined && !isWhite(own.background)) return spec;
  return {
    ...(dark({ ...spec, config: undefined }) as Spec),
    background: ground,
    config: { ...merged(CONFIG, dark(own) as Spec), background: ground },
  };
}

/** Whether every colour of a drawing can be changed by itself: no matrix, no scheme of colours and no picture is in it. */
export function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (!isSpec(value)) return true;
  if (isMatrix(value) || markOf(value) === "image" || value.scheme !== undefined) return false;
  return Object.entries(value).every(([name, one]) => NOT_DRAWN.has(name) || isPlain(one));
}

const isWhite = (colour: unknown): boolean =>
  typeof colour === "string" && /^(#fff|#ffffff|white|transparent)$/i.test(colour);

function dark(value: unknown, key?: string): unknown {
  if (typeof value === "string") {
    if (value === "black" || value === "white")
      return key === "value" || key === "color" ? named(value) : value;
    return darkColour(value);
  }
  if (Array.isArray(value)) return value.map((one) => dark(one, key));
  if (!isSpec(value)) return value;
  if (isMatrix(value)) return withDarkNumbers(value);
  const changed = Object.fromEntries(
    Object.entries(flippedScheme(value)).map(([name, one]) => [
      name,
      NOT_DRAWN.has(name) ? one : dark(one, name),
    ]),
  );
  // A picture was drawn for a white ground, and keeps one.
  if (markOf(value) === "image") changed.view = { fill: "#ffffff" };
  return changed;
}

const named = (colour: "black" | "white"): string => darkColour(colour === "black" ? "#000000" : "#ffffff");

/** A matrix, whose numbers are dark where nothing is said of their colour: the page's would be light. */
function withDarkNumbers(view: Spec): Spec {
  const { layer, mark } = view;
  if (Array.isArray(layer)) return { ...view, layer: layer.map((one: Spec) => withDarkNumbers(one)) };
  if (markOf(view) !== "text" || (isSpec(mark) && mark.color !== undefined)) return view;
  return { ...view, mark: { ...(isSpec(mark) ? mark : { type: mark }), color: "#000000" } };
}

const markOf = ({ mark }: Spec): unknown => (isSpec(mark) ? mark.type : mark);

/** Whether a view is coloured cells, with numbers in them or without. */
function isMatrix(view: Spec): boolean {
  const { layer, encoding } = view;
  if (Array.isArray(layer)) return layer.some((one) => isSpec(one) && isMatrix(one));
  const color = isSpec(encoding) ? encoding.color : undefined;
  return markOf(view) === "rect" && isSpec(color) && color.type === "quantitative";
}

function flippedScheme(value: Spec): Spec {
  const { scheme, reverse } = value;
  if (typeof scheme !== "string" || !SEQUENTIAL.test(scheme)) return value;
  return { ...value, reverse: reverse !== true };
}

/** Two levels are enough for a configuration. */
function merged(base: Spec, own: Spec): Spec {
  const both: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(own)) {
    const before = both[name];
    both[name] = isSpec(before) && isSpec(value) ? { ...before, ...value } : value;
  }
  return both;
}
