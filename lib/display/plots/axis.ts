/** What plots have in common: axes with good ticks and horizontal titles, colours by name, a legend that can be clicked. */
import { ValueError } from "../../array/errors.js";
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
  const ticks = scale === "log" ? powersOfTen(range ?? extent(values)) : { tickCount: 6 };
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
    axis: flat ? { ...FLAT_TITLE, ...ticks } : { grid: false, ...ticks },
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

/** A click on a name in the legend makes the others pale; shift-click adds a name. */
export function legendToggle(
  field: string,
  names: readonly string[],
  opacity = 1,
): { params?: object[]; opacity: object } {
  if (names.length < 2) return { opacity: { value: opacity } };
  return {
    params: [{ name: "chosen", select: { type: "point", fields: [field] }, bind: "legend" }],
    opacity: { condition: { param: "chosen", value: opacity }, value: 0.12 * opacity },
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
        ...names.map((name, i) => ({ field: `said${i}`, type: "nominal", title: name })),
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

/** Ticks at whole powers of ten if the axis spans several, else at 1, 2 and 5 times a power of ten. */
function powersOfTen([low, high]: readonly [number, number]): object {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 2) {
    const values = Array.from({ length: last - first + 3 }, (_, i) =>
      [1, 2, 5].map((digit) => Number(`${digit}e${first - 1 + i}`)),
    );
    return { format: "~g", values: values.flat().filter((value) => value >= low && value <= high) };
  }
  const every = Math.ceil((last - first) / 8);
  const values: number[] = [];
  for (let power = first; power <= last; power += every) values.push(Number(`1e${power}`));
  return { format: first < -4 || last > 5 ? "~e" : "~g", values };
}
