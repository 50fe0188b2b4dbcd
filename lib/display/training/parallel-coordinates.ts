/**
 * Parallel coordinates (Inselberg, 1985): an axis for each dimension of a search, and for each trial a line through its
 * values, coloured by its score. A dimension matters if the lines of good trials meet on its axis.
 */
import { ValueError } from "../../array/errors.js";
import { chart } from "../figure/chart.js";
import type { Figure } from "../figure/figure.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import {
  ranked,
  searchTable,
  showSetting,
  summary,
  type HasTrials,
  type SearchTrial,
} from "./search-table.js";
import { NEAREST, NUMBER_FORMAT } from "../plots/axis.js";
import { INK } from "../figure/svg.js";

/** The size of `parallelCoordinates`. */
export interface ParallelCoordinatesOptions {
  /** In CSS pixels; 680. */
  readonly width?: number;
  /** 280. */
  readonly height?: number;
}

/** The colours of scores. Each has a contrast of 3 or more on white, and they darken evenly: orange, purple, dark blue. */
const LOW_TO_HIGH = ["#d55e00", "#8f4a86", "#0b2c66"];

/** An axis: its name, the position of a trial on it (0 to 1), and the values to write beside it. */
interface Axis {
  readonly name: string;
  place(trial: SearchTrial): number;
  /** A trial's own value on it. */
  show(trial: SearchTrial): string;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/**
 * The scored trials of a search as lines across its dimensions. Wherever the pointer is, the nearest line is thick and says its
 * value; dragging along an axis chooses the lines that pass there, and a click gives all back.
 * @throws ValueError when none has a score
 */
export function parallelCoordinates(search: HasTrials, options: ParallelCoordinatesOptions = {}): Figure {
  const { width = 680, height = 280 } = options;
  const trials = ranked(search.trials);
  if (trials.length === 0)
    throw new ValueError(
      "parallelCoordinates: no trial of the search has a score; there is nothing to draw.",
    );
  const axes = axesOf(search, trials);
  const [best] = trials;
  // Later lines cover earlier ones, so the best comes last.
  const rows = [...trials].reverse().flatMap((trial) =>
    axes.map((axis) => ({
      trial: trial.number,
      axis: axis.name,
      place: axis.place(trial),
      value: axis.show(trial),
      score: trial.score,
      best: trial === best,
    })),
  );
  const ticks = axes.flatMap(({ name, ticks }) => ticks.map((tick) => ({ axis: name, ...tick })));
  const names = axes.map(({ name }) => name);
  const x = {
    field: "axis",
    type: "ordinal",
    sort: names,
    // Bands, so that a brush chooses an axis wherever it is drawn near it.
    scale: { type: "band", padding: 0 },
    axis: {
      orient: "top",
      title: null,
      domain: false,
      ticks: false,
      labelAngle: 0,
      labelFontSize: 12,
      labelColor: INK.text,
      labelPadding: 14,
    },
  };
  const y = { field: "place", type: "quantitative", scale: { domain: [0, 1] }, axis: null };
  const labels = {
    data: { values: ticks },
    mark: { type: "text", align: "left", dx: 9, fontSize: 11, color: INK.text },
    encoding: { x, y, text: { field: "label" } },
  };
  const settings = Object.entries(best.configuration).map(([name, value]) => `${name} ${showSetting(value)}`);
  const alt = `${summary(search)}. The best: ${settings.join(", ")}.`;
  return chart(
    {
      title: {
        text: `${showPlural(trials.length, "trial")}, best score ${showNumber(best.score!)}`,
        subtitle: settings.join(", "),
        subtitleColor: INK.muted,
      },
      width,
      height,
      layer: [
        {
          data: { values: names.map((axis) => ({ axis, low: 0, high: 1 })) },
          mark: { type: "rule", color: INK.muted },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        },
        {
          data: { values: rows },
          transform: BRUSHED,
          mark: { type: "line", strokeJoin: "round", interpolate: "linear" },
          encoding: {
            x,
            y,
            detail: { field: "trial", type: "nominal" },
            order: { field: "score", type: "quantitative" },
            color: {
              field: "score",
              type: "quantitative",
              scale: { range: LOW_TO_HIGH, interpolate: "lab", zero: false },
              legend: { title: "score", gradientLength: height - 40 },
            },
            opacity: {
              condition: [
                { test: "datum.chosen === 0", value: 0.06 },
                { test: "datum.best", value: 1 },
              ],
              value: 0.85,
            },
            strokeWidth: {
              condition: [
                { param: "near", empty: false, value: 5 },
                { test: "datum.best", value: 4 },
              ],
              value: 1.5,
            },
          },
        },
        // Written twice: the first is a white outline, so that the lines do not touch the second.
        {
          ...labels,
          mark: { ...labels.mark, stroke: INK.card, strokeWidth: 5, strokeOpacity: 1, opacity: 1 },
        },
        labels,
        {
          // Invisible points, for the pointer.
          data: { values: rows },
          params: [
            { name: "brush", select: { type: "interval", encodings: ["x", "y"] } },
            { name: "near", select: { ...NEAREST, fields: ["trial"] } },
          ],
          mark: { type: "point", opacity: 0, aria: false },
          encoding: {
            x,
            y,
            tooltip: [
              { field: "trial", type: "quantitative", title: "trial" },
              { field: "axis", type: "nominal", title: "setting" },
              { field: "value", type: "nominal", title: "value" },
              { field: "score", type: "quantitative", title: "score", format: NUMBER_FORMAT },
            ],
          },
        },
      ],
    },
    { alt, text: searchTable(search).text },
  );
}

/** Each row learns whether its trial's line passes through the brush on every axis that the brush covers; all do without one. */
const BRUSHED = [
  {
    calculate:
      "!brush.place || indexof(brush.axis, datum.axis) < 0 || inrange(datum.place, brush.place) ? 1 : 0",
    as: "passes",
  },
  { joinaggregate: [{ op: "min", field: "passes", as: "chosen" }], groupby: ["trial"] },
];

function axesOf({ space }: HasTrials, trials: readonly SearchTrial[]): Axis[] {
  const axes = Object.entries(space).map(([name, dimension]): Axis => {
    const { kind, bounds } = dimension;
    if (kind === "choice") {
      const at = (value: unknown): number =>
        place(
          bounds.findIndex((one) => JSON.stringify(one) === JSON.stringify(value)),
          bounds.length,
        );
      return {
        name,
        place: ({ configuration }) => at(configuration[name]),
        show: ({ configuration }) => showSetting(configuration[name]),
        ticks: bounds.map((value) => ({ place: at(value), label: showSetting(value) })),
      };
    }
    const [low, high] = bounds as readonly [number, number];
    const middle = kind === "logUniform" ? Math.sqrt(low * high) : (low + high) / 2;
    const values =
      kind === "integers" && high - low < 8
        ? Array.from({ length: high - low + 1 }, (_, i) => low + i)
        : [low, middle, high];
    return {
      name,
      place: ({ configuration }) => dimension.coordinates(configuration[name])[0],
      show: ({ configuration }) => showSetting(configuration[name]),
      ticks: values.map((value) => ({ place: dimension.coordinates(value)[0], label: showNumber(value) })),
    };
  });
  const budgets = [...new Set(trials.map(({ budget }) => budget))].sort((a, b) => a - b);
  if (budgets.length > 1)
    axes.push({
      name: "budget",
      place: ({ budget }) => place(budgets.indexOf(budget), budgets.length),
      show: ({ budget }) => showNumber(budget),
      ticks: budgets.map((budget, i) => ({ place: place(i, budgets.length), label: showNumber(budget) })),
    });
  const scores = trials.map(({ score }) => score!);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const spread = high - low || 1;
  axes.push({
    name: "score",
    place: ({ score }) => (score! - low) / spread,
    show: ({ score }) => showNumber(score!),
    ticks: [...new Set([low, high])].map((score) => ({
      place: (score - low) / spread,
      label: showNumber(score),
    })),
  });
  return axes;
}

/** The i-th of `count` positions on an axis, from the bottom; the middle if there is only one. */
function place(i: number, count: number): number {
  return count === 1 ? 0.5 : i / (count - 1);
}
