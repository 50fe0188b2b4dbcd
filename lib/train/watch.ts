/**
 * Watches the distributions of weights, activations and gradients while a network trains. The examples are the same every
 * time, so that every change comes from the network.
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import type { Dataset } from "../data/dataset.js";
import { distributions, quantilesOf, type SpreadSample } from "../display/network/distributions.js";
import {
  displaySymbol,
  metadataSymbol,
  type Figure,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import type { Loss } from "../losses/loss.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import type { Run } from "./run.js";
import { isShown, noteShown, shownSymbol } from "./shown.js";

/** Which layers `watchDistributions` watches, and how often. */
export interface WatchOptions {
  /** Softmax cross-entropy unless given. */
  loss?: Loss;
  /** How many samples to take in the course of a run; 40. */
  samples?: number;
  /** The layers to watch; all that have weights, at most 8. */
  layers?: readonly string[];
  /** Whether the chart is shown and updated during the run; true. */
  live?: boolean;
}

const MOST_LAYERS = 8;
/** Which numbers of a layer are watched: its weights, its outputs, or the gradients of its weights. */
export type SpreadKind = "weights" | "activations" | "gradients";

/**
 * Watches the distributions of a network's weights, activations and gradients while `fit` trains it: a chart of quantiles
 * over the steps, which shows vanishing and exploding gradients early.
 *
 *     const watch = watchDistributions(net, data.train.subset(64));
 *     await fit(net, data, { optimizer, onStep: watch.onStep });
 *     watch // the chart
 *
 * @param examples  the network computes these at every sample, forward and backward; it does not learn from them
 * @throws ValueError for layers that do not exist or have no weights, and for no examples
 */
export function watchDistributions(net: Sequential, examples: Dataset, options: WatchOptions = {}): Watch {
  return new Watch(net, examples, options);
}

/** What `watchDistributions` makes. */
export class Watch {
  /** Pass it to `fit`. */
  readonly onStep: (run: Run) => void;
  /** The quantiles of each sample, by layer and kind ("weights", "activations", "gradients"). */
  readonly spreads: Record<string, Record<SpreadKind, SpreadSample[]>> = {};
  readonly #net: Sequential;
  readonly #examples: Dataset;
  readonly #loss: Loss;
  readonly #live: boolean;
  #handle: { update(value: unknown): unknown } | undefined;

  constructor(net: Sequential, examples: Dataset, options: WatchOptions) {
    const { loss = new SoftmaxCrossEntropy(), samples = 40, live = true } = options;
    expectInteger("watchDistributions", "samples", samples, 1);
    if (examples.size === 0)
      throw new ValueError("watchDistributions: there are no examples; give one or more.");
    this.#net = net;
    this.#examples = examples;
    this.#loss = loss;
    this.#live = live;
    const weighted = Object.keys(net.parameters).flatMap((path) =>
      path.endsWith(".w") ? [path.slice(0, -2)] : [],
    );
    for (const layer of options.layers ?? weighted.slice(0, MOST_LAYERS)) {
      if (!weighted.includes(layer)) {
        throw new ValueError(
          `watchDistributions: "${layer}" is no layer with weights; there are ${weighted.join(", ") || "none"}.`,
        );
      }
      this.spreads[layer] = { weights: [], activations: [], gradients: [] };
    }
    this.onStep = (run) => {
      const step = run.steps.length;
      const total = run.epochs * run.stepsPerEpoch;
      const every = Math.max(1, Math.floor(total / samples));
      if (step !== 1 && step % every !== 0 && step !== total) return;
      this.look(step);
      this.#show(step < total);
    };
  }

  /** Takes a sample now. @param step  its position on the axis */
  look(step: number): void {
    const keep = (layer: string, kind: SpreadKind, quantiles: number[]): void => {
      this.spreads[layer]?.[kind].push({ step, quantiles });
    };
    const pass = new Pass({
      tap: (path, phase, tensor) => {
        if (phase === "forward" && path in this.spreads) keep(path, "activations", quantilesOf(tensor));
      },
    });
    this.#loss.forward(this.#net.forward(this.#examples.images, pass), this.#examples.labels, pass);
    this.#net.backward(this.#loss.backward(pass), pass, false);
    for (const layer of Object.keys(this.spreads)) {
      const parameter = this.#net.parameters[`${layer}.w`];
      keep(layer, "weights", quantilesOf(parameter.value));
      const gradient = pass.gradients.get(parameter);
      if (gradient) keep(layer, "gradients", quantilesOf(gradient));
    }
  }

  /** The chart as it stands. */
  figure(running = false): Figure {
    return distributions(this.spreads, { running });
  }

  toString(): string {
    return this.figure().text;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.figure().bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return this.figure().metadata();
  }

  [shownSymbol](): boolean {
    return isShown(this);
  }

  #show(running: boolean): void {
    const { display } = globalThis as { display?: (value: unknown) => { update(value: unknown): unknown } };
    if (!this.#live || typeof display !== "function") return;
    noteShown(this);
    if (this.#handle === undefined) this.#handle = display(this.figure(running));
    else this.#handle.update(this.figure(running));
  }
}
