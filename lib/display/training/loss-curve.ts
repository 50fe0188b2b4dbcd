/** The curves of one training run or of several: loss and accuracy, for training and validation. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart, type ChartSpec } from "../figure/chart.js";
import { bestEpoch, type HasHistory, type History } from "./history.js";
import { showNumber, showPercent, showPlural } from "../figure/numbers.js";
import { columnsOf, smooth, smoothingFor, thin } from "./series.js";
import {
  colours,
  dashes,
  extent,
  hoverRule,
  legendToggle,
  logTicks,
  NUMBER_FORMAT,
  rounded,
  shapes,
  zoom,
} from "../plots/axis.js";
import { curveEnds, labelLayer, labelRoom, type CurveEnd } from "../plots/direct-labels.js";
import { INK, wrapText } from "../figure/svg.js";
import { textPlot, type TextSeries } from "../figure/text-plot.js";

/** A run, or only its history. */
export type HistoryLike = History | HasHistory;

/** How `lossCurve` smooths and scales its curves, and whether it also draws accuracies. */
export interface LossCurveOptions {
  readonly title?: string;
  /** About how many steps the training curves are averaged over; 1 for no averaging. */
  readonly smoothing?: number;
  /** "log" for a logarithmic axis of losses; losses of zero and below are left out. */
  readonly scale?: "linear" | "log";
  /** Whether the accuracies are drawn beside the losses; true if there are any. */
  readonly accuracy?: boolean;
  /** The size of each panel in CSS pixels, with the names at the ends of its curves. */
  readonly width?: number;
  readonly height?: number;
}

const PARTS = ["training", "validation"] as const;
type Part = (typeof PARTS)[number];

interface Row {
  run: string;
  part: Part;
  panel: "loss" | "accuracy";
  /** A batch's value, the running mean, an epoch's value (on a line, or a single dot), the best epoch, or the last step. */
  kind: "batch" | "mean" | "epoch" | "dot" | "best" | "stop";
  step: number;
  epoch?: number;
  value: number;
}

// More points than this cannot be seen on a panel of 400 pixels, and would make the notebook large.
const MOST_POINTS = 300;

const WIDTH = 330;
/** About how many steps the vertical axes have. */
const NICE = 5;
const SPACING = 64;

/**
 * Draws how a run's loss and accuracy developed: a pale line shows the loss of each batch, a strong line its running mean,
 * dots the means over each epoch, for training and validation. Curves that end apart have their names at their ends. A ring marks the best epoch to stop after, a square the step
 * at which a run was stopped.
 *
 *     lossCurve(run)
 *     lossCurve({ "lr 0.1": runA, "lr 0.01": runB }, { scale: "log" })
 *
 * Dragging moves the chart and the wheel zooms; a click on a name makes the others pale. A line at the pointer says
 * the values of all curves there; one that has none at this step says its last.
 * @param runs  a run, several, or several by name
 * @throws ValueError for a smoothing below 1
 */
export function lossCurve(
  runs: HistoryLike | readonly HistoryLike[] | Readonly<Record<string, HistoryLike>>,
  options: LossCurveOptions = {},
): Chart {
  const named = nameRuns(runs);
  if (options.smoothing !== undefined && !(options.smoothing >= 1)) {
    throw new ValueError(
      `lossCurve: a smoothing over ${options.smoothing} steps is not possible; use 1 for none, or more.`,
    );
  }
  const several = named.length > 1;
  const rows = named.flatMap(([name, history]) => rowsOf(name, history, options.smoothing));
  const drawn = rows.filter(
    (row) => Number.isFinite(row.value) && (options.scale !== "log" || row.panel !== "loss" || row.value > 0),
  );
  const sentences = named.map(([name, history]) => describe(several ? name : "", history));
  const alt = sentences.join(" ") || "A loss curve without runs.";
  const accuracy = options.accuracy ?? rows.some(({ panel }) => panel === "accuracy");
  const panels: ("loss" | "accuracy")[] = accuracy ? ["loss", "accuracy"] : ["loss"];
  // The legend names only what is drawn.
  const parts = PARTS.filter((part) => part === "training" || drawn.some((row) => row.part === part));
  const view: View = { names: named.map(([name]) => name), parts, rows: drawn, options };
  const ends = panels.map((panel) => endsOf(panel, view));
  const labelled = ends.every((one) => one !== undefined);
  const title = options.title ?? (several ? "Training runs" : (named[0]?.[0] ?? "") || "Training");
  const room = panels.length * (options.width ?? WIDTH) + (panels.length - 1) * SPACING + 40;
  const subtitle = sentences.slice(0, 6).flatMap((sentence) => wrapText(sentence, room, 12));
  const spec: ChartSpec = {
    title: { text: title, subtitle, subtitleFontSize: 12, subtitleColor: INK.muted, subtitlePadding: 6 },
    data: { values: drawn },
    hconcat: panels.map((panel, i) => panelSpec(panel, view, labelled ? ends[i] : undefined)),
    spacing: SPACING + (labelled ? labelRoom(curvesOf(view)) : 0),
    bounds: "flush",
  };
  const series: TextSeries[] = named.flatMap(([name]) =>
    PARTS.map((part) => ({
      name: several ? `${name}, ${part} loss` : `${part} loss`,
      points: drawn
        .filter(
          (row) =>
            row.run === name &&
            row.part === part &&
            row.panel === "loss" &&
            (row.kind === "epoch" || (row.kind === "mean" && part === "training")),
        )
        .map(({ step, value }): [number, number] => [step, value]),
    })),
  );
  const plot = textPlot(series.filter(({ points }) => points.length > 0));
  return chart(spec, { alt, text: [...sentences, plot].filter(Boolean).join("\n") || alt });
}

function nameRuns(
  runs: HistoryLike | readonly HistoryLike[] | Readonly<Record<string, HistoryLike>>,
): [string, History][] {
  const historyOf = (run: HistoryLike) => ("history" in run ? run.history : run);
  const nameOf = (run: HistoryLike) => ("history" in run ? run.name : undefined);
  if (Array.isArray(runs)) {
    const list = runs as readonly HistoryLike[];
    const names = list.map((run, i) => nameOf(run) ?? `run ${i + 1}`);
    // Runs with equal names would be joined into one line.
    return list.map((run, i) => [
      names.indexOf(names[i]) === names.lastIndexOf(names[i]) ? names[i] : `${names[i]} (${i + 1})`,
      historyOf(run),
    ]);
  }
  if (isRun(runs)) return [[nameOf(runs) ?? "", historyOf(runs)]];
  return Object.entries(runs as Readonly<Record<string, HistoryLike>>).map(([name, run]) => [
    name,
    historyOf(run),
  ]);
}

function isRun(value: object): value is HistoryLike {
  return ("steps" in value && Array.isArray(value.steps)) || ("history" in value && !("steps" in value));
}

function rowsOf(run: string, history: History, smoothing = smoothingFor(history.steps.length)): Row[] {
  const rows: Row[] = [];
  const add = (
    part: Row["part"],
    panel: Row["panel"],
    kind: Row["kind"],
    points: readonly (readonly [number, number])[],
  ) => {
    for (const [step, value] of points) rows.push({ run, part, panel, kind, step: round(step), value });
  };
  const { epochs } = history;
  const { steps, losses, accuracySteps, accuracies } = columnsOf(history);
  if (smoothing > 1) add("training", "loss", "batch", thin(steps, losses, MOST_POINTS));
  add("training", "loss", "mean", thin(steps, smooth(losses, smoothing), MOST_POINTS));
  add("training", "accuracy", "mean", thin(accuracySteps, smooth(accuracies, smoothing), MOST_POINTS));
  for (const [
    i,
    { epoch, step, trainLoss, trainAccuracy, validationLoss, validationAccuracy },
  ] of epochs.entries()) {
    const at = { run, kind: "epoch" as const, step, epoch };
    // A mean over the epoch's steps is drawn at their middle; the validation comes after the last step.
    const during = { ...at, step: ((epochs[i - 1]?.step ?? 0) + step) / 2, part: "training" as const };
    rows.push({ ...during, kind: losses.length > 0 ? "dot" : "epoch", panel: "loss", value: trainLoss });
    rows.push({
      ...during,
      kind: accuracies.length > 0 ? "dot" : "epoch",
      panel: "accuracy",
      value: trainAccuracy,
    });
    if (validationLoss !== undefined)
      rows.push({ ...at, part: "validation", panel: "loss", value: validationLoss });
    if (validationAccuracy !== undefined)
      rows.push({ ...at, part: "validation", panel: "accuracy", value: validationAccuracy });
  }
  const best = bestEpoch(history);
  if (best !== undefined) {
    const at = { run, part: "validation", kind: "best", step: best.step, epoch: best.epoch } as const;
    rows.push({ ...at, panel: "loss", value: best.validationLoss! });
    if (best.validationAccuracy !== undefined)
      rows.push({ ...at, panel: "accuracy", value: best.validationAccuracy });
  }
  if (history.stoppedAt !== undefined) {
    for (const panel of ["loss", "accuracy"] as const) {
      const last = rows.findLast((row) => row.panel === panel && row.kind === "mean");
      if (last !== undefined) rows.push({ ...last, kind: "stop", step: history.stoppedAt });
    }
  }
  return rows;
}

const round = (step: number) => Math.round(step * 10) / 10;

// One legend for both panels. Without this it would be as pale as the palest layer.
const POINT_LEGEND = { orient: "bottom", columns: 4, symbolOpacity: 1 };
const LEGEND = { ...POINT_LEGEND, symbolType: "stroke", symbolSize: 400, symbolStrokeWidth: 2.5 };

const FLAT_TITLE = {
  titleAngle: 0,
  titleAlign: "left",
  titleBaseline: "bottom",
  titleX: 0,
  titleY: -12,
  titleFontWeight: "bold",
};

/** What the panels are drawn from. */
interface View {
  readonly names: readonly string[];
  readonly parts: readonly Part[];
  readonly rows: readonly Row[];
  readonly options: LossCurveOptions;
}

/** The names of the colours: of runs, or of the parts of the only run. */
const curvesOf = ({ names, parts }: View): readonly string[] => (names.length > 1 ? names : parts);

const isLogarithmic = (panel: Row["panel"], { scale }: LossCurveOptions): boolean =>
  panel === "loss" && scale === "log";

/** The width of a panel without the names at its right. */
const panelWidth = (view: View, labelled: boolean): number =>
  (view.options.width ?? WIDTH) - (labelled ? labelRoom(curvesOf(view)) : 0);

const panelHeight = ({ options }: View): number => options.height ?? 200;

/** Where the names of curves can stand in a panel: not if each of several runs has two curves. */
function endsOf(panel: Row["panel"], view: View): CurveEnd[] | undefined {
  const { names, parts, options } = view;
  if (names.length > 1 && parts.length > 1) return undefined;
  const rows = view.rows.filter((row) => row.panel === panel);
  const lines = rows.filter(({ kind }) => kind === "mean" || kind === "epoch");
  const curves = curvesOf(view).map((name) => ({
    name,
    points: lines
      .filter((row) => (names.length > 1 ? row.run : row.part) === name)
      .map(({ step, value }): [number, number] => [step, value]),
  }));
  const values = extent(rows.map(({ value }) => value));
  const scale = isLogarithmic(panel, options) ? "log" : "linear";
  return curveEnds(
    curves,
    { scale: "linear", domain: extent(rows.map(({ step }) => step)), pixels: panelWidth(view, true) },
    { scale, domain: scale === "log" ? values : rounded(values, NICE), pixels: panelHeight(view) },
  );
}

function panelSpec(panel: "loss" | "accuracy", view: View, ends: CurveEnd[] | undefined): ChartSpec {
  const { names, parts, options } = view;
  const several = names.length > 1;
  const domain = curvesOf(view);
  const named = several ? "run" : "part";
  const legend = ends ? null : LEGEND;
  const logarithmic = isLogarithmic(panel, options);
  const values = view.rows.filter((row) => row.panel === panel).map(({ value }) => value);
  const ticks =
    panel === "accuracy"
      ? { format: ".0%", tickCount: 5 }
      : logarithmic && values.length > 0
        ? logTicks(extent(values))
        : { tickCount: 5 };
  const heading = panel === "loss" && logarithmic ? "loss (log scale)" : panel;
  const y = {
    field: "value",
    type: "quantitative",
    title: heading,
    scale: logarithmic ? { type: "log", nice: false } : { zero: false, nice: NICE },
    // The title is horizontal, above the axis: a rotated title is hard to read.
    axis: { ...ticks, ...FLAT_TITLE },
  };
  const x = {
    field: "step",
    type: "quantitative",
    title: "step",
    axis: { grid: false, tickCount: 6 },
    scale: { nice: false },
  };
  const detail = [{ field: "run" }, { field: "part" }];
  const toggled = domain.length > 1;
  const tooltip = [
    ...(several ? [{ field: "run", type: "nominal" }] : []),
    { field: "part", type: "nominal" },
    { field: "step", type: "quantitative", format: ",.4~r" },
    {
      field: "value",
      type: "quantitative",
      title: panel,
      format: panel === "accuracy" ? ".1~%" : NUMBER_FORMAT,
    },
  ];
  const layer = (
    filter: string,
    { opacity = 1, ...mark }: { opacity?: number; [option: string]: unknown },
    extra: object = {},
  ) => ({
    transform: [{ filter: `datum.panel === '${panel}' && ${filter}` }],
    mark: { ...mark, ...(!toggled && { opacity }) },
    encoding: {
      ...{ x, y, color, detail, tooltip },
      // A click on a name in the legend makes the others pale.
      ...(toggled && { opacity: { condition: { param: "chosen", value: opacity }, value: opacity / 10 } }),
      ...extra,
    },
  });
  // Runs are told apart by the shapes of their dots where dashes tell their parts apart.
  const byPart = several && parts.length > 1;
  const dash = byPart ? dashes("part", parts, legend) : dashes(named, domain, legend);
  const dots = shapes(named, domain, byPart ? POINT_LEGEND : "never");
  const color = { ...colours(named, domain, "stroke"), legend: byPart ? POINT_LEGEND : legend };
  return {
    width: panelWidth(view, ends !== undefined),
    height: panelHeight(view),
    layer: [
      {
        ...layer("datum.kind === 'batch'", { type: "line", opacity: 0.28, strokeWidth: 1 }),
        params: [
          { ...zoom, name: `view_${panel}` },
          // Both panels use one selection, which the first panel declares.
          ...(toggled && panel === "loss" && !ends ? legendToggle(named, domain).params! : []),
        ],
      },
      layer("datum.kind === 'mean'", { type: "line", strokeWidth: 1.8 }, dash),
      layer("datum.kind === 'epoch'", { type: "line", strokeWidth: 1.8 }, dash),
      layer(
        "(datum.kind === 'epoch' || datum.kind === 'dot')",
        {
          type: "point",
          filled: true,
          size: 36,
          opacity: 1,
        },
        dots,
      ),
      layer("datum.kind === 'best'", { type: "point", filled: false, size: 180, strokeWidth: 2, opacity: 1 }),
      layer("datum.kind === 'stop'", {
        type: "point",
        filled: true,
        shape: "square",
        size: 90,
        opacity: 1,
      }),
      hoverRule({
        param: `at_${panel}`,
        x,
        title: "step",
        format: ",.4~r",
        names: names.flatMap((name) => parts.map((part) => (several ? `${name}, ${part}` : part))),
        curve: `indexof(${JSON.stringify(names)}, datum.run) * ${parts.length} + indexof(${JSON.stringify(parts)}, datum.part)`,
        value: "value",
        ...(panel === "accuracy" && { valueFormat: ".1~%" }),
        filter: `datum.panel === '${panel}' && (datum.kind === 'mean' || datum.kind === 'epoch')`,
        last: true,
      }),
      ...(ends
        ? [labelLayer({ ends, x, y, field: named, view: `view_${panel}`, toggles: panel === "loss" })]
        : []),
    ],
  };
}

function describe(name: string, { steps, epochs, stoppedAt }: History): string {
  const start = name === "" ? "" : `${name}: `;
  const last = epochs.at(-1);
  if (steps.length === 0 && last === undefined) return `${start}nothing trained yet.`;
  const words: string[] = [];
  const amount = [
    steps.length > 0 ? showPlural(steps.length, "step") : "",
    epochs.length > 0 ? showPlural(epochs.length, "epoch") : "",
  ].filter(Boolean);
  if (steps.length > 0) words.push(`loss ${showNumber(steps[0].loss)} at the first step`);
  if (last !== undefined) {
    words.push(`${showNumber(last.trainLoss)} in the last epoch`);
    words.push(`training accuracy ${showPercent(last.trainAccuracy)}`);
    const best = bestEpoch({ steps, epochs });
    const least =
      best === undefined
        ? ""
        : ` (least, ${showNumber(best.validationLoss!)}, after epoch ${best.epoch}: ring)`;
    if (last.validationLoss !== undefined)
      words.push(`validation loss ${showNumber(last.validationLoss)}${least}`);
    if (last.validationAccuracy !== undefined)
      words.push(`validation accuracy ${showPercent(last.validationAccuracy)}`);
  } else words.push(`${showNumber(steps.at(-1)!.loss)} at the last`);
  if (stoppedAt !== undefined) words.push(`stopped at step ${stoppedAt} (square)`);
  const broken = steps.find(({ loss }) => !Number.isFinite(loss));
  const warning =
    broken === undefined ? "" : ` The loss is ${showNumber(broken.loss)} at step ${broken.step}.`;
  return `${start}${amount.join(", ")}: ${words.join(", ")}.${warning}`;
}
