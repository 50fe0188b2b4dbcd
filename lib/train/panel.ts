/** The panel of a training run: progress, curves, the first convolution's filters, the worst mistakes. */
import type { Tensor } from "../array/tensor.js";
import type { Figure } from "../display/figure/figure.js";
import { livePanel } from "../display/training/live-panel.js";
import type { Mistaken } from "../display/training/mistakes-strip.js";
import type { Evaluation } from "./evaluate.js";
import type { Run } from "./run.js";

export function panel(run: Run): Figure {
  const steps = run.steps.length;
  const first = firstFilters(run);
  return livePanel({
    title: `Training on ${run.name}`,
    history: run.history,
    status: run.status,
    epoch: Math.min(run.epochs, Math.max(1, Math.ceil(steps / run.stepsPerEpoch))),
    epochs: run.epochs,
    step: steps,
    steps: run.epochs * run.stepsPerEpoch,
    elapsed: run.seconds,
    examplesPerSecond: run.seconds > 0 ? Math.round((steps * run.batchSize) / run.seconds) : undefined,
    filters: first?.weights,
    filtersName: first?.name,
    mistakes: worstMistakes(run),
  });
}

/** The mistakes of each evaluation, found only once: the panel is drawn several times a second. */
const worst = new WeakMap<Evaluation, Mistaken>();

/** The worst mistakes, as many as the panel has room for, if the examples are pictures. */
function worstMistakes({ verdict }: Run): Mistaken | undefined {
  if (verdict === undefined || verdict.dataset.images.shape.length !== 4) return undefined;
  const known = worst.get(verdict);
  if (known === undefined) worst.set(verdict, mistakenBy(verdict));
  return known ?? worst.get(verdict);
}

function mistakenBy(verdict: Evaluation): Mistaken {
  const { dataset, predictions } = verdict;
  const wrong = verdict.mistakes;
  const shown = wrong.slice(0, 8);
  const { images, labels, classes } = dataset.subset(shown);
  return {
    images,
    labels,
    predictions: shown.map((n) => predictions[n]),
    classes,
    count: wrong.length,
    of: dataset.size,
  };
}

/** The first parameter that is a stack of filters (F×C×M or F×C×K×L). */
function firstFilters(run: Run): { name: string; weights: Tensor } | undefined {
  for (const [path, { value }] of Object.entries(run.net.parameters)) {
    if (value.shape.length === 3 || value.shape.length === 4) {
      return { name: path.replace(/\.\w+$/, ""), weights: value };
    }
  }
  return undefined;
}
