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
import { INK } from "../figure/svg.js";

/** The size of `parallelCoordinates`. */
export interface ParallelCoordinatesOptions {
  /** In CSS pixels; 680. */
  readonly width?: number;
  /** 280. */
  readonly height?: number;
}

/** An axis: its name, the position of a trial on it (0 to 1), and the values to write beside it. */
interface Axis {
  readonly name: string;
  place(trial: SearchTrial): number;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/** The scored trials of a search as lines across its dimensions. @throws ValueError when none has a score */
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
    scale: { type: "point", padding: 0.35 },
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
    mark: { type: "text", align: "left", dx: 6, fontSize: 11, color: INK.text },
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
          mark: { type: "line", strokeJoin: "round", interpolate: "linear" },
          encoding: {
            x,
            y,
            detail: { field: "trial", type: "nominal" },
            order: { field: "score", type: "quantitative" },
            color: {
              field: "score",
              type: "quantitative",
              scale: { scheme: "viridis", reverse: true, zero: false },
              legend: { title: "score", gradientLength: height - 40 },
            },
            opacity: { condition: { test: "datum.best", value: 1 }, value: 0.65 },
            strokeWidth: { condition: { test: "datum.best", value: 4 }, value: 1.5 },
          },
        },
        // Written twice: the first is a white outline, so that the lines do not touch the second.
        {
          ...labels,
          mark: { ...labels.mark, stroke: INK.card, strokeWidth: 3, strokeOpacity: 0.9, opacity: 1 },
        },
        labels,
      ],
    },
    { alt, text: searchTable(search).text },
  );
}

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
      ticks: values.map((value) => ({ place: dimension.coordinates(value)[0], label: showNumber(value) })),
    };
  });
  const budgets = [...new Set(trials.map(({ budget }) => budget))].sort((a, b) => a - b);
  if (budgets.length > 1)
    axes.push({
      name: "budget",
      place: ({ budget }) => place(budgets.indexOf(budget), budgets.length),
      ticks: budgets.map((budget, i) => ({ place: place(i, budgets.length), label: showNumber(budget) })),
    });
  const scores = trials.map(({ score }) => score!);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const spread = high - low || 1;
  axes.push({
    name: "score",
    place: ({ score }) => (score! - low) / spread,
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
