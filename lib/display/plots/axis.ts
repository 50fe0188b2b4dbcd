/** What plots have in common: axes with good ticks and horizontal titles, colours by name, a legend that can be clicked. */
import { ValueError } from "../../array/errors.js";
import { showNumber, showPower } from "../figure/numbers.js";
import { INK } from "../figure/svg.js";

/** Whether equal distances on an axis mean equal differences, "linear", or equal factors, "log". */
export type Scale = "linear" | "log";
/** The least and the greatest number of an axis. */
export type AxisRange = readonly [least: number, greatest: number];

/** Options of every plot with two axes. */
export interface AxesOptions {
  readonly title?: string;
  /** The titles of the axes. */
  readonly x?: string;
  readonly y?: string;
  /** "log" for powers of ten at equal distances; then numbers of zero and below cannot be drawn and leave a gap. */
  readonly xScale?: Scale;
  readonly yScale?: Scale;
  /** The least and greatest number of the axis; points beyond are cut off. */
  readonly xRange?: AxisRange;
  readonly yRange?: AxisRange;
  /** The size of the panel in CSS pixels; 420 and 240. */
  readonly width?: number;
  readonly height?: number;
}

export const WIDTH = 420;
export const HEIGHT = 240;

/** The title is horizontal, above the axis: a rotated title is hard to read. */
export const FLAT_TITLE = {
  titleAngle: 0,
  titleAlign: "left",
  titleBaseline: "bottom",
  titleX: 0,
  titleY: -10,
};

/** The format of numbers in tooltips and on axes: three significant digits, without zeros at the end. */
export const NUMBER_FORMAT = ".3~g";

/** Whether a number can be drawn on the scale. */
export const drawable = (value: number, scale: Scale): boolean =>
  Number.isFinite(value) && (scale === "linear" || value > 0);

/** @throws ValueError for a range that is not ascending, or that a logarithmic scale cannot show */
export function checkRange(
  operation: string,
  name: string,
  range: AxisRange | undefined,
  scale: Scale,
): void {
  if (range === undefined || (range[0] < range[1] && (scale === "linear" || range[0] > 0))) return;
  throw new ValueError(
    `${operation}: ${name} is [${range.join(", ")}]; give the least and then the greatest number${scale === "log" ? ", both above 0 on a logarithmic scale" : ""}.`,
  );
}

export const beyond = (value: number, range: AxisRange | undefined): boolean =>
  range !== undefined && (value < range[0] || value > range[1]);

/** The encoding of a quantity along an axis. */
export function quantity(
  field: string,
  title: string,
  values: readonly number[],
  { scale = "linear", range, flat = false }: { scale?: Scale; range?: AxisRange; flat?: boolean } = {},
): object {
  const ticks = scale === "log" ? logTicks(range ?? extent(values)) : { tickCount: 6 };
  return {
    field,
    type: "quantitative",
    title,
    scale: {
      type: scale,
      ...(scale === "linear" && { zero: false }),
      nice: range === undefined && scale === "linear",
      ...(range && { domain: range }),
    },
    axis: flat
      ? { ...FLAT_TITLE, ...ticks }
      : { grid: false, ...ticks, ...(scale === "log" && { labelFlush: false }) },
  };
}

/** The encoding of names by the library's colours, with a legend if there are several. */
export function colours(
  field: string,
  names: readonly string[],
  symbol: "stroke" | "circle" | "square",
): object {
  return {
    field,
    type: "nominal",
    scale: { domain: names, range: names.map((_, i) => INK.series[i % INK.series.length]) },
    legend: names.length > 1 ? { orient: "right", symbolType: symbol, symbolOpacity: 1 } : null,
  };
}

/** The legend of curves: a piece of each line, in its colour and with its dashes, or the shape of its points. */
export const curveLegend = (points: boolean): object => ({
  ...{ orient: "right", symbolOpacity: 1 },
  ...(!points && { symbolType: "stroke", symbolSize: 400 }),
});

/** Lengths of dashes and gaps: what tells curves apart for whoever cannot by their colours. The first curve has none. */
const DASHES = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 4],
  [14, 4],
  [9, 3, 2, 3, 2, 3],
  [4, 2, 1, 2],
];
// The square is the mark of a step where training was stopped.
const SHAPES = [
  "circle",
  "diamond",
  "triangle-up",
  "triangle-down",
  "cross",
  "triangle-left",
  "triangle-right",
  "square",
];

/** The encoding of curves by dashes; none for one curve. @param legend  "never" beside another one, which it would be merged with */
export const dashes = (field: string, names: readonly string[], legend: object | null | "never"): Form =>
  form("strokeDash", DASHES, field, names, legend);

/** The encoding of curves by the shapes of their points, likewise. */
export const shapes = (field: string, names: readonly string[], legend: object | null | "never"): Form =>
  form("shape", SHAPES, field, names, legend);

type Form = Readonly<Partial<Record<"strokeDash" | "shape", object>>>;

function form(
  channel: "strokeDash" | "shape",
  list: readonly unknown[],
  field: string,
  names: readonly string[],
  legend: object | null | "never",
): Form {
  if (names.length < 2) return {};
  // Where colours begin again, dashes and shapes do so one later.
  const range = names.map((_, i) => list[(i + Math.floor(i / list.length)) % list.length]);
  if (legend !== "never") {
    return { [channel]: { field, type: "nominal", scale: { domain: names, range }, legend } };
  }
  // Without a scale there is no legend that Vega-Lite would merge with that of the colours.
  const condition = names.map((name, i) => ({
    test: `datum.${field} === ${JSON.stringify(name)}`,
    value: range[i],
  }));
  return { [channel]: { condition: condition.slice(1), value: range[0] } };
}

/** The selection of names, in every plot. */
export const CHOSEN = "chosen";

export const legendParams = (field: string): object[] => [
  { name: CHOSEN, select: { type: "point", fields: [field] }, bind: "legend" },
];

/** A click on a name in the legend makes the others pale; shift-click adds a name. */
export function legendToggle(
  field: string,
  names: readonly string[],
  opacity = 1,
): { params?: object[]; opacity: object } {
  if (names.length < 2) return { opacity: { value: opacity } };
  return {
    params: legendParams(field),
    opacity: { condition: { param: CHOSEN, value: opacity }, value: 0.12 * opacity },
  };
}

/** Dragging moves the panel, the wheel zooms, a double click resets it. */
export const zoom = { name: "view", select: "interval", bind: "scales" };

/** Under the pointer is the mark that is nearest to it, wherever it is in the panel. "mouse" events are known to every Vega. */
export const NEAREST = { type: "point", on: "mouseover", clear: "mouseout", nearest: true };

/** The point nearest to the pointer shows its tooltip and is drawn larger. @param size  the area of a point, in square pixels */
export function nearestPoint(size: number): { params: object[]; size: object } {
  return {
    params: [{ name: "near", select: NEAREST }],
    size: { condition: { param: "near", empty: false, value: Math.max(4 * size, 90) }, value: size },
  };
}

/** More places than this on the horizontal axis are too many to find the nearest one at each move. */
export const MOST_PLACES = 1000;

/** What a line at the pointer says. */
export interface HoverRule {
  /** The name of its selection, one in the whole chart. */
  readonly param: string;
  /** The encoding of the horizontal axis, of which it takes the field. */
  readonly x: object & { readonly field?: string };
  /** The tooltip's first line: its name and format. */
  readonly title: string;
  readonly format?: string;
  /** The names of the curves, and an expression of the place of a row's curve among them. */
  readonly names: readonly string[];
  readonly curve: string;
  /** The field of the values, and their format. */
  readonly value: string;
  readonly valueFormat?: string;
  /** An expression for the rows that count; all unless given. */
  readonly filter?: string;
  /** Whether a curve that has no value at the place says its last one before; false. */
  readonly last?: boolean;
  readonly clip?: boolean;
}

/** A layer for the top of a chart of curves: a line at the place nearest to the pointer, and the values of all curves there. */
export function hoverRule(rule: HoverRule): object {
  const { param, x, title, format = NUMBER_FORMAT, names, curve, value, valueFormat = NUMBER_FORMAT } = rule;
  const place = x.field ?? "x";
  const own = names.map((_, i) => `v${i}`);
  const known = rule.last ? names.map((_, i) => `p${i}`) : own;
  return {
    transform: [
      { filter: `isValid(datum.${value})${rule.filter === undefined ? "" : ` && ${rule.filter}`}` },
      { calculate: `'v' + (${curve})`, as: "curveKey" },
      { pivot: "curveKey", value, groupby: [place], op: "max" },
      ...(rule.last
        ? [
            {
              window: own.map((field, i) => ({ op: "prev_value", field, as: known[i] })),
              sort: [{ field: place }],
            },
          ]
        : []),
      ...known.map((field, i) => ({
        calculate: `isValid(datum.${field}) ? format(datum.${field}, '${valueFormat}') : '–'`,
        as: `said${i}`,
      })),
    ],
    params: [{ name: param, select: { ...NEAREST, encodings: ["x"] } }],
    mark: { type: "rule", color: INK.muted, aria: false, clip: rule.clip ?? false },
    encoding: {
      x,
      opacity: { condition: { param, empty: false, value: 0.7 }, value: 0 },
      tooltip: [
        { field: place, type: "quantitative", title, format },
        // Vega-Lite writes a title into an expression and guards its quotes alone.
        ...names.map((name, i) => ({
          field: `said${i}`,
          type: "nominal",
          title: name.replaceAll("\\", "\\\\"),
        })),
      ],
    },
  };
}

export function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/**
 * Ticks at whole powers of ten, written as such; at 1, 2 and 5 times a power (or at every digit), as numbers, where the axis has
 * not two powers or is hardly longer than from one to the next.
 */
export function logTicks([low, high]: readonly [number, number]): object {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const labelled = (ticks: readonly (readonly [number, string])[]) => {
    const [values, labels] = [0, 1].map((part) => ticks.map((tick) => tick[part]));
    return {
      values,
      labelExpr: `${JSON.stringify(labels)}[indexof(${JSON.stringify(values)}, datum.value)]`,
    };
  };
  if (last - first >= 1 && Math.log10(high / low) >= 1.3) {
    const every = Math.ceil((last - first) / 8);
    const powers = Array.from(
      { length: Math.floor((last - first) / every) + 1 },
      (_, i) => first + i * every,
    );
    return labelled(powers.map((power) => [Number(`1e${power}`), showPower(power)]));
  }
  for (const digits of [
    [1, 2, 5],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ]) {
    const ticks: [number, string][] = [];
    for (let power = first - 1; power <= last + 1; power++) {
      for (const digit of digits) ticks.push([Number(`${digit}e${power}`), showTimesPower(digit, power)]);
    }
    const inside = ticks.filter(([value]) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
    if (inside.length >= 3 || (digits.length > 3 && inside.length === 2)) return labelled(inside);
  }
  return { format: NUMBER_FORMAT, tickCount: 4 };
}

/** 0.02, 500; 2·10⁻⁷ where zeros would have to be counted. */
function showTimesPower(digit: number, power: number): string {
  if (power >= -4 && power <= 4) return showNumber(Number(`${digit}e${power}`));
  return digit === 1 ? showPower(power) : `${digit}·${showPower(power)}`;
}

/** The extent of a linear axis whose ends Vega makes round (d3-scale's `nice`). @param count  about how many steps it has */
export function rounded([low, high]: readonly [number, number], count = 10): [number, number] {
  if (!(low < high)) return [low, high];
  const wanted = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const times = wanted / power;
  const step =
    power * (times >= Math.sqrt(50) ? 10 : times >= Math.sqrt(10) ? 5 : times >= Math.SQRT2 ? 2 : 1);
  const ends: [number, number] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  // Longer ends may ask for a longer step.
  return ends[0] === low && ends[1] === high ? ends : rounded(ends, count);
}
