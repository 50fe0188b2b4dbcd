/** The panel of a training run: progress, curves, the filters of a layer, the worst mistakes. */
import type { Tensor } from "../array/tensor.js";
import type { Figure } from "../display/figure/figure.js";
import { livePanel } from "../display/training/live-panel.js";
import type { Mistaken } from "../display/training/mistakes-strip.js";
import type { Evaluation } from "./evaluate.js";
import { showNumber } from "../display/figure/numbers.js";
import type { HandChange, Run } from "./run.js";

/** @param now  a word on what the run does at the moment, such as that it is paused */
export function panel(run: Run, now = ""): Figure {
  const steps = run.steps.length;
  const stacks = filterStacks(run.net);
  const name = run.filtersOf ?? Object.keys(stacks)[0];
  const message = [now, run.failure ?? "", keptSentence(run), handSentence(run.changes)]
    .filter(Boolean)
    .join(" ");
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
    filters: stacks[name],
    filtersName: name,
    ...(message && { message }),
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

/** The parameters that are stacks of filters (F×C×M or F×C×K×L), by the paths of their layers. */
export function filterStacks(net: Run["net"]): Readonly<Record<string, Tensor>> {
  const stacks: Record<string, Tensor> = {};
  for (const [path, { value }] of Object.entries(net.parameters)) {
    if (value.shape.length === 3 || value.shape.length === 4) stacks[path.replace(/\.\w+$/, "")] ??= value;
  }
  return stacks;
}

/** Which epoch's weights the network has, in a sentence; "" for those that it had last. */
function keptSentence({ kept, epochRecords }: Run): string {
  const last = epochRecords.at(-1)?.epoch;
  return kept === undefined || kept === last
    ? ""
    : `The weights are those of epoch ${kept}: the validation loss did not fall after it.`;
}

/** What was changed by hand, in a sentence; "" when nothing was. */
function handSentence(changes: readonly HandChange[]): string {
  const names = [...new Set(changes.map(({ name }) => name))];
  const parts = names.map((name) => {
    const those = changes.filter((change) => change.name === name);
    const { step, to } = those[those.length - 1];
    return `${name} from ${showNumber(those[0].from)} to ${showNumber(to)}, last at step ${step}`;
  });
  return parts.length > 0 ? `By hand: ${parts.join("; ")}.` : "";
}
