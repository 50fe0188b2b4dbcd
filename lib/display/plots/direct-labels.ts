/**
 * Names at the right ends of curves, each in its curve's colour: a reader finds a curve there without going to a legend and
 * back. They have room where curves are few and end apart; other charts have a legend.
 */
import type { ChartSpec } from "../figure/chart.js";
import { textWidth } from "../figure/svg.js";
import { CHOSEN, curveLegend, legendParams, type Scale } from "./axis.js";

/** More names than this are looked for, and not read. */
const MOST = 4;
/** In CSS pixels: a name's size, the least distance of two lines of text, the widest name, and the gap after the curve. */
const SIZE = 12;
const LINE = 13;
const WIDEST = 150;
const GAP = 6;

/** The style that tells a layer of names from other text. A chart that is drawn narrower may replace the layer by a legend. */
export const LABEL_STYLE = "curve-name";

/** The library's first colours (`INK.series`), dark enough for text: 4.5:1 on white. */
const TEXT_COLOURS = ["#0072b2", "#b54f00", "#007d5b", "#b0447f"];

/** One axis of a panel: from the least number at 0 pixels to the greatest. */
export interface PanelAxis {
  readonly scale: Scale;
  readonly domain: readonly [number, number];
  readonly pixels: number;
}

/** A curve: its name and the points that are drawn. */
export interface NamedCurve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The right end of a curve, where its name stands. */
export interface CurveEnd {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** By how many pixels the name stands higher, for the line of the axis must not cross it. */
  readonly rise: number;
}

/**
 * Where the names of curves stand; undefined if a legend is better: for one curve, for many, for long names, and where the
 * curves end near each other, beyond the axes, or at different places, for a name must not cover another curve.
 */
export function curveEnds(curves: readonly NamedCurve[], x: PanelAxis, y: PanelAxis): CurveEnd[] | undefined {
  if (curves.length < 2 || curves.length > MOST) return undefined;
  if (curves.some(({ name }) => name.trim() === "" || textWidth(name, SIZE) > WIDEST)) return undefined;
  // One point alone is not drawn as a line.
  if (curves.some(({ points }) => points.length < 2)) return undefined;
  const ends = curves.map(({ name, points }): CurveEnd => {
    const [px, py] = points.reduce((last, point) => (point[0] >= last[0] ? point : last));
    return { name, x: px, y: py, rise: Math.max(0, LINE / 2 - place(py, y)) };
  });
  const across = ends.map((end) => place(end.x, x)).sort((a, b) => a - b);
  const heights = ends.map((end) => place(end.y, y)).sort((a, b) => a - b);
  // Half a pixel for the digits that rounding changes.
  const within = (places: readonly number[], axis: PanelAxis) =>
    places[0] >= -0.5 && places.at(-1)! <= axis.pixels + 0.5;
  const seen = within(across, x) && within(heights, y);
  const together = across.at(-1)! - across[0] <= GAP;
  const raised = ends.map((end) => place(end.y, y) + end.rise).sort((a, b) => a - b);
  const apart = raised.every((height, i) => i === 0 || height - raised[i - 1] >= LINE);
  return seen && together && apart ? ends : undefined;
}

function place(value: number, { scale, domain: [low, high], pixels }: PanelAxis): number {
  const at = scale === "log" ? Math.log : Number;
  return low === high ? pixels / 2 : (pixels * (at(value) - at(low))) / (at(high) - at(low));
}

/** The pixels that names take at the right of a panel. */
export const labelRoom = (names: readonly string[]): number =>
  GAP + Math.ceil(Math.max(0, ...names.map((name) => textWidth(name, SIZE))));

/** What a layer of names needs: the ends, the encodings of the axes, and the field of the curves' names. */
export interface LabelLayer {
  readonly ends: readonly CurveEnd[];
  readonly x: object & { readonly field: string };
  readonly y: object & { readonly field: string };
  readonly field: string;
  /** The name of the selection that zooms. */
  readonly view: string;
  /** Whether a click on a name chooses its curve; false where another panel declares the selection. True unless given. */
  readonly toggles?: boolean;
}

/** The layer that writes the names. A click on one makes the other curves pale, as in a legend; a click elsewhere gives them back. */
export function labelLayer({ ends, x, y, field, view, toggles = true }: LabelLayer): object {
  const names = ends.map(({ name }) => name);
  const inside = [x.field, y.field].map(
    (axis) => `(!${view}.${axis} || inrange(datum.${axis}, ${view}.${axis}))`,
  );
  return {
    data: {
      values: ends.map((end) => ({ [field]: end.name, [x.field]: end.x, [y.field]: end.y, rise: end.rise })),
    },
    ...(toggles && { params: [toggle(field)] }),
    // Vega-Lite would cut names off at the edge of a panel that can be moved.
    mark: {
      type: "text",
      style: LABEL_STYLE,
      clip: false,
      align: "left",
      baseline: "middle",
      dx: GAP,
      dy: { expr: "-datum.rise" },
      fontSize: SIZE,
    },
    encoding: {
      ...{ x, y },
      text: { field, type: "nominal" },
      fill: {
        field,
        type: "nominal",
        scale: { domain: names, range: TEXT_COLOURS.slice(0, names.length) },
        legend: null,
      },
      // A name leaves with its curve's end when the panel is moved.
      opacity: {
        condition: [
          { test: `!(${inside.join(" && ")})`, value: 0 },
          { param: CHOSEN, value: 1 },
        ],
        value: 0.3,
      },
    },
  };
}

function toggle(field: string): object {
  const named = `datum && datum.${field}`;
  const select = { type: "point", fields: [field], on: `click[${named}]`, clear: `click[!(${named})]` };
  return { name: CHOSEN, select };
}

/** Whether a chart has names at the ends of its curves. */
export const isLabelled = (spec: ChartSpec): boolean => layersOf(spec).some(isLabels);

/** The chart with a legend in place of names at the ends of its curves. */
export function withLegend(spec: ChartSpec): ChartSpec {
  const labels = layersOf(spec).find(isLabels);
  if (labels === undefined) return spec;
  const { text } = labels.encoding as { text: { field: string } };
  const [first, ...others] = layersOf(spec)
    .filter((layer) => layer !== labels)
    .map((layer): ChartSpec => ({ ...layer, encoding: withLegends(layer.encoding as ChartSpec) }));
  const params = [...legendParams(text.field), ...((first.params ?? []) as object[])];
  return { ...spec, layer: [{ ...first, params }, ...others] };
}

function withLegends(encoding: ChartSpec): ChartSpec {
  const shapes = "shape" in encoding;
  const channels = ["color", shapes ? "shape" : "strokeDash"].filter((channel) => channel in encoding);
  const legend = curveLegend(shapes);
  return {
    ...encoding,
    ...Object.fromEntries(channels.map((channel) => [channel, { ...(encoding[channel] as object), legend }])),
  };
}

const layersOf = ({ layer }: ChartSpec): ChartSpec[] => (Array.isArray(layer) ? (layer as ChartSpec[]) : []);
const isLabels = ({ mark }: ChartSpec): boolean =>
  typeof mark === "object" && mark !== null && (mark as { style?: unknown }).style === LABEL_STYLE;
