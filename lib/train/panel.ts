/** The panel of a training run as it stands: progress, curves, and the first convolution's filters. */
import type { Tensor } from "../array/tensor.js";
import type { Figure } from "../display/figure.js";
import { livePanel } from "../display/live-panel.js";
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
  });
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
