/**
 * The panel of a running training: progress, loss and accuracy so far, and the first layer's filters. It is drawn without a
 * chart library, in a few milliseconds, because it is drawn again several times a second.
 */
import { flat, type Tensor } from "../../array/tensor.js";
import { filterMontage } from "../filters/filters.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { bestEpoch, type EpochRecord, type History } from "./history.js";
import { legend, lineChart, MARK_DASH, type Line, type Mark } from "../figure/line-chart.js";
import {
  showCount,
  showDuration,
  showNumber,
  showOddities,
  showPercent,
  summarize,
} from "../figure/numbers.js";
import { emptyRaster, type Raster } from "../figure/pixels.js";
import { mistakesStrip, type Mistaken } from "./mistakes-strip.js";
import { columnsOf, smooth, smoothingFor, thin, type StepColumns } from "./series.js";
import { box, fitText, image, INK, svgUri, text, textWidth, wrapText } from "../figure/svg.js";
import { chart, VEGA_LITE_MIME, type ChartSpec } from "../figure/chart.js";
import { lossCurve } from "./loss-curve.js";

/** A message has at most so many lines of its own. */
const MESSAGE_LINES = 3;

/** The data that the panel shows. */
export interface LivePanelState {
  readonly title?: string;
  readonly history: History;
  /** "running", or how it ended: every epoch done, by request, or by an error. */
  readonly status: "running" | "finished" | "stopped" | "failed";
  /** A sentence for the status: why it stopped or failed. */
  readonly message?: string;
  /** The current epoch, from 1, and the number of epochs in all. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done, and the number of steps in the whole run. */
  readonly step: number;
  readonly steps: number;
  /** Seconds since the start. */
  readonly elapsed: number;
  /** Training examples per second, as measured last. */
  readonly examplesPerSecond?: number;
  /** The first layer's filters, F×C×K×K or F×C×K, and that layer's name in the network. */
  readonly filters?: Tensor;
  readonly filtersName?: string;
  /** The worst mistakes in the last evaluation of the validation set. */
  readonly mistakes?: Mistaken;
}

const WIDTH = 720;
const CHART_HEIGHT = 190;
/** The height of the charts of learning rate and gradients, and of the mistakes beside them. */
const LOWER_HEIGHT = 140;
const SIDE_WIDTH = 168;
const MOST_FILTERS = 64;
const TRAINING = INK.series[0];
const VALIDATION = INK.series[1];
const STOPPED = "#8a6200";

/**
 * Draws the panel of a training. While it runs, the bundle has an SVG, which is fast to draw; at the end it has a Vega-Lite
 * chart, and a PNG for viewers and code hosts that cannot draw one.
 */
export function livePanel(state: LivePanelState): Figure {
  const summary = summarizeState(state);
  const { history } = state;
  const tiles = state.filters === undefined ? undefined : filterTiles(state.filters);
  const { mistakes } = state;
  const side = tiles === undefined && mistakes === undefined ? 0 : Math.max(SIDE_WIDTH, tiles?.width ?? 0);
  const chartsWidth = WIDTH - (side > 0 ? side + 28 : 0);
  const columns = columnsOf(history);
  const accuracies = accuracyLines(columns, history);
  const chartWidth = accuracies.length > 0 ? (chartsWidth - 28) / 2 : chartsWidth;
  const validated = history.epochs.some(
    ({ validationLoss, validationAccuracy }) =>
      validationLoss !== undefined || validationAccuracy !== undefined,
  );
  const dynamics = dynamicsCharts(history);
  const marked = marksOf(state);
  const marks = marked.map(({ mark }) => mark);
  const lower = dynamics.length > 0 || mistakes !== undefined ? LOWER_HEIGHT : 0;
  const said = header(state);
  const svg = frame(
    {
      width: WIDTH,
      height: said.height + CHART_HEIGHT + 24 + lower,
      alt: summary.join(" "),
    },
    (left, top) => {
      const parts = said.draw(left, top);
      const y = top + said.height;
      // For a run that was stopped, the axis ends at the last step rather than at the planned end.
      const end = state.status === "failed" || state.status === "stopped" ? state.step : state.steps;
      const xRange = [1, Math.max(2, end)] as const;
      parts.push(
        ...lineChart({
          x: left,
          y,
          width: chartWidth,
          height: CHART_HEIGHT,
          title: `loss${lastOf(history, "loss")}`,
          lines: lossLines(columns, history),
          xRange,
          xLabel: "step",
          xLeast: 1,
          yLimits: [0, Infinity],
          marks,
        }),
      );
      if (accuracies.length > 0) {
        parts.push(
          ...lineChart({
            x: left + chartWidth + 28,
            y,
            width: chartWidth,
            height: CHART_HEIGHT,
            title: `accuracy${lastOf(history, "accuracy")}`,
            lines: accuracies,
            xRange,
            xLabel: "step",
            xLeast: 1,
            yLimits: [0, 1],
            marks,
            showY: (value) => showPercent(value, value > 0.98 && value < 1 ? 1 : 0),
          }),
        );
      }
      if (tiles !== undefined) {
        const x = left + WIDTH - side;
        const name = fitText(state.filtersName ?? "first layer", side - 40, 12, true);
        parts.push(text(x, y + 11, name, { bold: true }), image(x, y + 24, tiles.width, tiles.height, tiles));
      }
      const below = y + CHART_HEIGHT + 40;
      dynamics.forEach(({ title, lines }, i) => {
        const width = (chartsWidth - 28) / 2;
        const x = left + i * (width + 28);
        const height = LOWER_HEIGHT - 18;
        parts.push(
          ...lineChart({
            x,
            y: below,
            width,
            height,
            title,
            lines,
            xRange,
            xLeast: 1,
            yLimits: [0, Infinity],
          }),
        );
      });
      if (mistakes !== undefined) {
        const x = left + WIDTH - side;
        const title = `mistakes: ${showCount(mistakes.count)} of ${showCount(mistakes.of)}`;
        parts.push(text(x, below + 11, title, { bold: true }));
        parts.push(...mistakesStrip(mistakes, x, below + 22, side, 2));
      }
      const entries: Line[] = [{ name: "training (running mean)", color: TRAINING, points: [] }];
      if (validated) entries.push({ name: "validation", color: VALIDATION, points: [], dots: true });
      entries.push(
        ...marked.map(({ mark, name }) => ({ name, color: mark.color, points: [], dash: MARK_DASH })),
      );
      parts.push(...legend(left, y + CHART_HEIGHT + 20, entries));
      return parts;
    },
  );
  const ended = state.status !== "running";
  return new Figure({
    alt: summary.join(" "),
    text: summary.join("\n"),
    svg,
    pictures: [ended ? "png" : "svg"],
    ...(ended && { mime: { [VEGA_LITE_MIME]: endedPanel(state, summary) } }),
  });
}

/**
 * The panel of a run that has ended, as a Vega-Lite chart, whose curves can be zoomed and show values under the pointer. The
 * filters and the mistakes are a picture below them.
 */
function endedPanel(state: LivePanelState, summary: readonly string[]): ChartSpec {
  const { filters, filtersName = "first layer", mistakes } = state;
  const title = state.title ?? "Training";
  const curves = lossCurve(state.history, { title, width: 320, height: CHART_HEIGHT }).spec;
  const { hconcat, spacing, bounds, ...rest } = curves;
  const tiles = filters === undefined ? undefined : filterTiles(filters);
  const wide = WIDTH - (tiles === undefined ? 0 : tiles.width + 28);
  const parts = [
    ...(tiles === undefined
      ? []
      : [text(0, 12, filtersName, { bold: true }), image(0, 22, tiles.width, tiles.height, tiles)]),
    ...(mistakes === undefined
      ? []
      : [
          text(WIDTH - wide, 12, `mistakes: ${showCount(mistakes.count)} of ${showCount(mistakes.of)}`, {
            bold: true,
          }),
          ...mistakesStrip(mistakes, WIDTH - wide, 22, wide, 1),
        ]),
  ];
  const height = Math.max(tiles === undefined ? 0 : tiles.height + 24, mistakes === undefined ? 0 : 84);
  const picture = {
    data: { values: [{ url: svgUri(WIDTH, height, parts) }] },
    width: WIDTH,
    height,
    mark: { type: "image", width: WIDTH, height },
    encoding: { url: { field: "url" }, x: { value: WIDTH / 2 }, y: { value: height / 2 } },
  };
  const panels = { hconcat, spacing, bounds };
  return chart(
    {
      ...rest,
      title: {
        ...(rest.title as object),
        text: title,
        subtitle: summary.flatMap((line) => wrapText(line, WIDTH, 12)),
      },
      ...(parts.length > 0 ? { vconcat: [panels, picture], spacing: 18 } : panels),
    },
    { alt: summary.join(" ") },
  ).spec;
}

/** Marks at the best step to stop, and at the step where the run was stopped. */
function marksOf({ history, status, step, steps }: LivePanelState): { mark: Mark; name: string }[] {
  const best = bestEpoch(history);
  const marks: { mark: Mark; name: string }[] = [];
  if (best !== undefined) {
    marks.push({
      mark: { x: best.step, color: VALIDATION },
      name: `least validation loss: epoch ${best.epoch}`,
    });
  }
  if (status === "stopped" && step < steps)
    marks.push({ mark: { x: step, color: STOPPED }, name: `stopped at step ${showCount(step)}` });
  return marks;
}

/** Charts of the learning rate and the gradient norm over the steps, if the history has them. */
function dynamicsCharts({ steps }: History): { title: string; lines: Line[] }[] {
  const charts = [
    { key: "learningRate", name: "learning rate", smoothed: false },
    { key: "gradientNorm", name: "length of the gradients", smoothed: true },
  ] as const;
  return charts.flatMap(({ key, name, smoothed }) => {
    const known = steps.filter((step) => step[key] !== undefined);
    if (known.length === 0) return [];
    const [xs, values] = [known.map(({ step }) => step), known.map((step) => step[key] as number)];
    const window = smoothed ? smoothingFor(values.length) : 1;
    const lines: Line[] = [{ color: TRAINING, points: thin(xs, smooth(values, window), 200) }];
    if (window > 1) lines.unshift({ color: TRAINING, points: thin(xs, values, 200), width: 1, opacity: 0.3 });
    return [{ title: `${name}: ${showNumber(values[values.length - 1])}`, lines }];
  });
}

/** The title, the part that is done, and what is known in words; a message that has no room beside them has lines of its own. */
function header(state: LivePanelState): { height: number; draw(left: number, top: number): string[] } {
  const { status, step, steps, elapsed } = state;
  const done = partDone(state);
  const color =
    status === "failed"
      ? INK.bad
      : status === "stopped"
        ? STOPPED
        : status === "finished"
          ? INK.good
          : TRAINING;
  const facts = [
    `epoch ${state.epoch} of ${state.epochs}`,
    `step ${showCount(step)} of ${showCount(steps)}`,
    state.examplesPerSecond === undefined ? "" : `${showCount(state.examplesPerSecond)} examples/s`,
    status === "running"
      ? `${showDuration(elapsed)} so far, ${done > 0 ? `${showDuration((elapsed * (1 - done)) / done)} left` : "time left unknown"}`
      : `took ${showDuration(elapsed)}`,
  ].filter(Boolean);
  const percent = `${Math.floor(100 * done + 1e-9)} %`;
  const right = `${status === "running" ? "" : `${status} · `}${percent}`;
  const room = WIDTH - textWidth(right, 13, true) - 24;
  const inOne = [facts.join("  ·  "), state.message ?? ""].filter(Boolean).join("  ·  ");
  const fits = textWidth(inOne, 12) <= WIDTH;
  const lines = fits
    ? [inOne]
    : [facts.join("  ·  "), ...wrapText(state.message ?? "", WIDTH, 12)].slice(0, 1 + MESSAGE_LINES);
  const fill = status === "failed" ? INK.bad : INK.muted;
  return {
    height: 66 + (lines.length - 1) * 16,
    draw: (left, top) => [
      text(left, top + 12, fitText(state.title ?? "Training", room, 15, true), { size: 15, bold: true }),
      text(left + WIDTH, top + 12, right, { size: 13, bold: true, fill: color, anchor: "end" }),
      box(left, top + 22, WIDTH, 8, { fill: INK.grid, radius: 4 }),
      box(left, top + 22, Math.max(done > 0 ? 8 : 0, WIDTH * done), 8, { fill: color, radius: 4 }),
      ...lines.map((line, i) => text(left, top + 47 + i * 16, fitText(line, WIDTH, 12), { fill })),
    ],
  };
}

function partDone({ step, steps }: LivePanelState): number {
  return steps > 0 ? Math.min(1, Math.max(0, step / steps)) : 0;
}

function lossLines({ steps, losses }: StepColumns, { epochs }: History): Line[] {
  const window = smoothingFor(steps.length);
  const lines: Line[] = [];
  if (window > 1) lines.push({ color: TRAINING, points: thin(steps, losses, 200), width: 1, opacity: 0.3 });
  lines.push({ color: TRAINING, points: thin(steps, smooth(losses, window), 200) });
  lines.push(...epochLine(epochs, VALIDATION, ({ validationLoss }) => validationLoss));
  return lines;
}

function accuracyLines({ accuracySteps, accuracies }: StepColumns, { epochs }: History): Line[] {
  const count = accuracies.length;
  const lines: Line[] = [];
  if (count > 0) {
    // The accuracy of a small batch is noisy, so it is smoothed from the beginning.
    const window = Math.max(smoothingFor(count), Math.min(20, Math.ceil(count / 10)));
    lines.push({ color: TRAINING, points: thin(accuracySteps, smooth(accuracies, window), 200) });
  } else lines.push(...epochLine(epochs, TRAINING, ({ trainAccuracy }) => trainAccuracy));
  lines.push(...epochLine(epochs, VALIDATION, ({ validationAccuracy }) => validationAccuracy));
  return lines;
}

function epochLine(
  epochs: readonly EpochRecord[],
  color: string,
  read: (epoch: EpochRecord) => number | undefined,
): Line[] {
  const points = epochs.flatMap((epoch): [number, number][] => {
    const value = read(epoch);
    return value === undefined ? [] : [[epoch.step, value]];
  });
  return points.length === 0 ? [] : [{ color, points, dots: true }];
}

function lastOf({ steps, epochs }: History, what: "loss" | "accuracy"): string {
  const lately = steps.at(-1)?.loss ?? 0;
  if (what === "loss" && !Number.isFinite(lately)) return `: ${showNumber(lately)}`;
  const last = epochs.at(-1);
  const value = what === "loss" ? last?.validationLoss : last?.validationAccuracy;
  if (value === undefined) return "";
  return `: ${what === "loss" ? showNumber(value) : showPercent(value)} on validation`;
}

/** As many filters as fit beside the charts, as pixels. */
function filterTiles(weights: Tensor): Raster {
  const count = Math.min(MOST_FILTERS, weights.shape[0] ?? 0);
  if (count === 0 || weights.shape.length < 3 || weights.shape.length > 4) return emptyRaster(1, 1);
  const columns = count <= 4 ? 2 : count <= 9 ? 3 : count <= 16 ? 4 : count <= 36 ? 6 : 8;
  const side = Math.floor(168 / columns) - 5;
  return filterMontage(weights, side, columns, count);
}

function summarizeState(state: LivePanelState): string[] {
  const { history, status } = state;
  const last = history.epochs.at(-1);
  const step = history.steps.at(-1);
  const title = state.title ?? "Training";
  const progress =
    status === "running"
      ? `${title}: epoch ${state.epoch} of ${state.epochs}, ${Math.floor(100 * partDone(state) + 1e-9)} % after ${showDuration(state.elapsed)}.`
      : `${title}: ${status} after ${showDuration(state.elapsed)}, epoch ${state.epoch} of ${state.epochs}, step ${showCount(state.step)} of ${showCount(state.steps)}.`;
  const lines = [progress];
  if (state.message) lines.push(state.message);
  if (last !== undefined) {
    const validation =
      last.validationLoss === undefined && last.validationAccuracy === undefined
        ? ""
        : `; validation loss ${showNumber(last.validationLoss ?? NaN)}, accuracy ${showPercent(last.validationAccuracy ?? NaN)}`;
    lines.push(
      `After epoch ${last.epoch}: training loss ${showNumber(last.trainLoss)}, accuracy ${showPercent(last.trainAccuracy)}${validation}.`,
    );
    const best = bestEpoch(history);
    if (best !== undefined) {
      lines.push(
        `The validation loss was least after epoch ${best.epoch}, ${showNumber(best.validationLoss!)}: stopping there would have been best.`,
      );
    }
  } else if (step !== undefined) lines.push(`Loss ${showNumber(step.loss)} at step ${showCount(step.step)}.`);
  const odd = state.filters && showOddities(summarize(flat(state.filters)));
  if (odd) lines.push(`The filters hold ${odd}.`);
  const now = [
    step?.learningRate === undefined ? "" : `learning rate ${showNumber(step.learningRate)}`,
    step?.gradientNorm === undefined ? "" : `length of the gradients ${showNumber(step.gradientNorm)}`,
    state.mistakes
      ? `${showCount(state.mistakes.count)} of ${showCount(state.mistakes.of)} validation examples wrong`
      : "",
  ].filter(Boolean);
  if (now.length > 0) lines.push(`${now.join(", ").replace(/^./, (first) => first.toUpperCase())}.`);
  return lines;
}
