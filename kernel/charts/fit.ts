/**
 * A Vega-Lite specification for less room than it was made for, such as a phone's: panels become narrower and stand below
 * each other, legends go below, and words are wrapped. Text keeps its size.
 */
import type { Spec } from "./dark.js";

/** Pixels that a panel never falls below: the chart is wider than its room then. */
const LEAST = 100;
/** About the pixels of an axis with its numbers. */
const AXIS = 50;
/** The most pixels between panels below each other. */
const BELOW = 70;
/** Below this many pixels a cell has no room for its number. */
const LEAST_CELL = 26;

const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** About the width of a line of text: the mean of a sans-serif's letters. */
export const textWidth = (text: string, size: number, bold = false): number =>
  text.length * size * (bold ? 0.58 : 0.53);

/** What a specification is fitted to, in CSS pixels, with axes, legends and padding. */
export interface Room {
  readonly width: number;
  /** The width that the specification has when it is drawn as it is. */
  readonly drawn: number;
  /** What panels must be narrower, after a drawing that was still too wide; 0. */
  readonly less?: number;
}

/** The specification for a given width; the same one when it has room. */
export function fitSpec(spec: Spec, { width, drawn, less = 0 }: Room): Spec {
  if (drawn <= width) return spec;
  const padding = typeof spec.padding === "number" ? 2 * spec.padding : 10;
  const room = width - padding;
  return {
    ...fitView(spec, { room, panel: room - less, drawn: drawn - padding }),
    config: narrowConfig(isSpec(spec.config) ? spec.config : {}, room),
  };
}

function narrowConfig(config: Spec, room: number): Spec {
  const axis = isSpec(config.axis) ? config.axis : {};
  const legend = isSpec(config.legend) ? config.legend : {};
  return {
    ...config,
    axis: { ...axis, titleLimit: room },
    // Two legends stand below each other.
    legend: {
      ...legend,
      orient: "bottom",
      columns: room < 280 ? 1 : 2,
      layout: { bottom: { anchor: "start", direction: "vertical", margin: 6 } },
    },
  };
}

interface Space {
  /** For words and legends. */
  readonly room: number;
  /** For a panel with its axes. */
  readonly panel: number;
  readonly drawn: number;
}

function fitView(view: Spec, space: Space): Spec {
  const { room, panel, drawn } = space;
  const titled = view.title === undefined ? view : { ...view, title: wrappedTitle(view.title, room) };
  const side = views(view.hconcat);
  if (side) {
    const { hconcat, spacing, ...rest } = titled;
    void hconcat;
    return {
      ...rest,
      // Names at the ends of curves need room beside a panel and not below it.
      ...(typeof spacing === "number" && { spacing: Math.min(spacing, BELOW) }),
      vconcat: side.map((one) => fitView(one, { ...space, drawn: besides(one, side, view, drawn) })),
    };
  }
  const below = views(view.vconcat);
  if (below) return { ...titled, vconcat: below.map((one) => fitView(one, space)) };
  const grid = views(view.concat);
  if (grid) {
    const columns = typeof view.columns === "number" ? Math.min(view.columns, grid.length) : grid.length;
    const row = grid.slice(0, columns);
    const widest = Math.max(...row.map(widthOf));
    const axes = Math.max(0, drawn / columns - widest - Math.max(...row.map(sideLegend)));
    // Small panels become a little smaller before they stand below each other.
    const fits = Math.max(1, Math.min(columns, Math.floor(room / (Math.max(LEAST, 0.6 * widest) + axes))));
    const each = { room: room / fits, panel: panel / fits };
    return {
      ...titled,
      columns: fits,
      concat: grid.map((one) => fitView(one, { ...each, drawn: besides(one, row, view, drawn) })),
    };
  }
  const { facet, spec } = view;
  if (isSpec(facet) && isSpec(facet.column) && facet.row === undefined && isSpec(spec)) {
    const one = fitView(spec, { ...space, drawn: widthOf(spec) + AXIS });
    return { ...titled, facet: facet.column, columns: 1, spec: one };
  }
  if (typeof view.columns === "number" && typeof view.width !== "number") {
    return { ...titled, columns: Math.max(1, Math.floor((view.columns * room) / drawn)) };
  }
  return narrowPanel(titled, space);
}

const views = (list: unknown): readonly Spec[] | undefined =>
  Array.isArray(list) && list.every(isSpec) ? (list as readonly Spec[]) : undefined;

const widthOf = ({ width }: Spec): number => (typeof width === "number" ? width : 0);

/** About the width of one panel of a row, with what axes take beside it. */
function besides(one: Spec, row: readonly Spec[], { spacing }: Spec, drawn: number): number {
  const gaps = (typeof spacing === "number" ? spacing : 20) * (row.length - 1);
  const panels = row.reduce((sum, other) => sum + widthOf(other), 0);
  return widthOf(one) + Math.max(0, drawn - panels - gaps) / row.length;
}

/** One panel, with the axes beside it. */
function narrowPanel(whole: Spec, { room, panel, drawn }: Space): Spec {
  if (typeof whole.width !== "number") return legendsBelow(whole, room) as Spec;
  const names = widest(namesAtEnds(whole));
  const fits = names === 0 || panel - (drawn - whole.width) >= Math.min(0.8 * whole.width, LEAST_NAMED);
  const view = fits ? whole : withLegend(whole);
  const below = legendsBelow(view, room) as Spec;
  const axes = Math.max(0, drawn - whole.width - sideLegend(whole) - (fits ? 0 : names));
  const wanted = Math.floor(Math.min(whole.width, panel - axes));
  const cells = cellsOf(view);
  const keepsForm = cells > 0 || markOf(view) === "image";
  const least = cells > 0 ? Math.min(whole.width, cells * LEAST_CELL) : LEAST;
  const width = Math.max(wanted, least);
  const height =
    keepsForm && typeof view.height === "number" ? { height: (view.height * width) / whole.width } : {};
  const picture = markOf(view) === "image" ? scaledPicture(view, width / whole.width) : {};
  return slanted({ ...below, width, ...height, ...picture }, width);
}

/** Below this many pixels a panel has a legend rather than names at the ends of its curves. */
const LEAST_NAMED = 160;

/** Whether a layer writes names at the ends of curves, as the library's plots do. */
const isNames = (layer: Spec): boolean => isSpec(layer.mark) && layer.mark.style === "curve-name";

/** The names at the ends of a panel's curves; none if it has a legend. */
function namesAtEnds({ layer }: Spec): readonly string[] {
  const encoding = views(layer)?.find(isNames)?.encoding;
  return isSpec(encoding) && isSpec(encoding.fill) ? namesOf(encoding.fill) : [];
}

/** A panel with a legend in place of the names at the ends of its curves. */
function withLegend(view: Spec): Spec {
  const layers = views(view.layer)!;
  const { params } = layers.find(isNames)!;
  const chosen = (views(params) ?? []).map(({ name, select }) => ({
    name,
    select: { type: "point", fields: (select as Spec).fields },
    bind: "legend",
  }));
  const rest = layers.filter((layer) => !isNames(layer)).map(withLegends);
  const [first = {}] = rest;
  return {
    ...view,
    layer: [{ ...first, params: [...(views(first.params) ?? []), ...chosen] }, ...rest.slice(1)],
  };
}

/** A layer of curves whose colours and dashes, or shapes, have a legend. */
function withLegends(view: Spec): Spec {
  const encoding = isSpec(view.encoding) ? view.encoding : {};
  const shown = isSpec(encoding.shape) ? ["color", "shape"] : ["color", "strokeDash"];
  const legend = {
    symbolOpacity: 1,
    ...(!isSpec(encoding.shape) && { symbolType: "stroke", symbolSize: 400 }),
  };
  const changed = Object.entries(encoding).map(([channel, one]) => [
    channel,
    shown.includes(channel) && isSpec(one) && one.field !== undefined ? { ...one, legend } : one,
  ]);
  return { ...view, encoding: Object.fromEntries(changed) };
}

/** A panel whose names below it stand slantwise where they would touch. */
function slanted(view: Spec, width: number): Spec {
  const [first] = views(view.layer) ?? [];
  const data = [view.data, first?.data].find((one) => isSpec(one) && Array.isArray(one.values));
  const values = isSpec(data) ? (data.values as readonly Spec[]) : [];
  const slant = (one: Spec): Spec => {
    const { encoding } = one;
    const x = isSpec(encoding) ? encoding.x : undefined;
    if (!isSpec(encoding) || !isSpec(x) || !isSpec(x.axis) || x.axis.labelAngle !== 0) return one;
    const names = [...new Set(values.map((value) => String(value[String(x.field)])))];
    if (widest(names) + 4 <= width / Math.max(1, names.length)) return one;
    return { ...one, encoding: { ...encoding, x: { ...x, axis: { ...x.axis, labelAngle: -45 } } } };
  };
  const layers = views(view.layer);
  return layers ? { ...slant(view), layer: layers.map(slant) } : slant(view);
}

/** A picture of a fixed size and place, as some part of it. */
function scaledPicture({ mark, encoding }: Spec, part: number): Spec {
  const scaled = (of: unknown, names: readonly string[]): Spec => {
    const own = isSpec(of) ? of : {};
    const numbers = names.filter((name) => typeof own[name] === "number");
    return { ...own, ...Object.fromEntries(numbers.map((name) => [name, Number(own[name]) * part])) };
  };
  const places = isSpec(encoding) ? encoding : {};
  return {
    mark: isSpec(mark) ? scaled(mark, ["width", "height"]) : mark,
    encoding: { ...places, x: scaled(places.x, ["value"]), y: scaled(places.y, ["value"]) },
  };
}

const markOf = ({ mark }: Spec): unknown => (isSpec(mark) ? mark.type : mark);

/** The columns of a matrix whose cells have numbers in them; 0 for other charts. */
function cellsOf(view: Spec): number {
  const layers = views(view.layer) ?? [];
  if (!layers.some((one) => markOf(one) === "rect") || !layers.some((one) => markOf(one) === "text"))
    return 0;
  const [first] = layers;
  const x = isSpec(first?.encoding) ? first.encoding.x : undefined;
  return isSpec(x) && Array.isArray(x.sort) ? x.sort.length : 0;
}

/** About the pixels of a legend whose names are not known. */
const IMPLIED = 110;

/** About the pixels that a legend takes at the right. */
function sideLegend(view: Spec): number {
  const parts = [view, ...(views(view.layer) ?? [])].map(({ encoding }) =>
    isSpec(encoding) ? encoding : {},
  );
  // A colour or a form that nothing is said of has a legend, too.
  const implied = parts.some((encoding) =>
    ["color", "shape", "strokeDash"].some((channel) => {
      const one = encoding[channel];
      return isSpec(one) && one.field !== undefined && one.legend === undefined;
    }),
  );
  let most = implied ? IMPLIED : 0;
  eachLegend(view, (names, legend) => {
    if (legend.orient === undefined || legend.orient === "right") {
      most = Math.max(most, names.length > 0 ? 46 + widest(names) : 70);
    }
  });
  return most;
}

const widest = (names: readonly string[]): number => Math.max(0, ...names.map((name) => textWidth(name, 12)));

function eachLegend(value: unknown, visit: (names: readonly string[], legend: Spec) => void): void {
  if (Array.isArray(value)) return void value.forEach((one) => eachLegend(one, visit));
  if (!isSpec(value)) return;
  if (isSpec(value.legend)) visit(namesOf(value), value.legend);
  for (const [name, one] of Object.entries(value))
    if (name !== "data" && name !== "config") eachLegend(one, visit);
}

/** The names that a legend shows, as far as the specification says them. */
function namesOf({ scale }: Spec): readonly string[] {
  const domain = isSpec(scale) ? scale.domain : undefined;
  return Array.isArray(domain) ? domain.filter((one) => typeof one === "string") : [];
}

function legendsBelow(value: unknown, room: number): unknown {
  if (Array.isArray(value)) return value.map((one) => legendsBelow(one, room));
  if (!isSpec(value)) return value;
  const changed = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === "data" ? one : legendsBelow(one, room)]),
  );
  if (!isSpec(value.legend)) return changed;
  const names = namesOf(value);
  const legend: Record<string, unknown> = { ...value.legend, orient: "bottom", direction: "horizontal" };
  if (names.length > 0) {
    legend.columns = Math.max(
      1,
      Math.min(
        names.length,
        Math.floor(room / (widest(names) + (value.legend.symbolSize === undefined ? 44 : 54))),
      ),
    );
  } else {
    // As many as the configuration says for this room.
    delete legend.columns;
    legend.gradientLength = Math.min(room - 20, 200);
  }
  return { ...changed, legend };
}

function wrappedTitle(title: unknown, room: number): unknown {
  if (typeof title === "string" || Array.isArray(title)) return wrapped(title, room, 14, true);
  if (!isSpec(title)) return title;
  return {
    ...title,
    text: wrapped(title.text, room, 14, true),
    ...(title.subtitle !== undefined && { subtitle: wrapped(title.subtitle, room, 12, false) }),
  };
}

function wrapped(text: unknown, room: number, size: number, bold: boolean): unknown {
  if (typeof text !== "string" && !Array.isArray(text)) return text;
  const words = [text].flat().join(" ").split(" ");
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last === undefined || textWidth(longer, size, bold) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.length === 1 ? lines[0] : lines;
}
