/** A training run: the network, its data, its history, and a panel that shows them. */
import { StateError, ValueError } from "../array/errors.js";
import type { Dataset, Splits } from "../data/dataset.js";
import {
  displaySymbol,
  metadataSymbol,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import type { EpochRecord, History, StepRecord } from "../display/training/history.js";
import type { Sequential } from "../net/sequential.js";
import { evaluate, type Evaluation } from "./evaluate.js";
import { filterStacks, panel } from "./panel.js";
import { isShown, shownSymbol } from "./shown.js";

/**
 * "running", then "finished"; or "stopped" before the end, with the weights learned so far; or "failed", when a step or an
 * evaluation threw an error.
 */
export type RunStatus = "running" | "finished" | "stopped" | "failed";

/** What was changed by hand while a run went on. */
export interface HandChange {
  /** The first step that was made with it, from 1. */
  readonly step: number;
  /** The setting; "rate factor" multiplies the learning rates of a schedule. */
  readonly name: "learning rate" | "rate factor" | "momentum";
  readonly from: number;
  readonly to: number;
}

/**
 * One training of a network by `fit`: the network and the data, the loss and accuracy of every step and epoch, and how far
 * it is. In a notebook it shows itself as the panel that was live while it ran; `lossCurve` draws one or several runs.
 */
export class Run {
  readonly net: Sequential;
  readonly train: Dataset;
  /** The validation set; absent when there is none. */
  readonly validation: Dataset | undefined;
  /** How many epochs the run was asked to do. */
  readonly epochs: number;
  /** How many steps an epoch has. */
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly name: string;
  readonly steps: StepRecord[] = [];
  readonly epochRecords: EpochRecord[] = [];
  status: RunStatus = "running";
  /** Wall-clock time so far, in seconds. */
  seconds = 0;
  /** The last evaluation on the validation set. */
  verdict: Evaluation | undefined;
  /** The epoch whose weights the network has, with early stopping (`patience`): the one of the least validation loss. */
  kept: number | undefined;
  /** What the controls of its panel have changed, in order; empty when nobody touched them. */
  readonly changes: HandChange[] = [];
  /** The sentence of the error that ended it; undefined unless it failed. */
  failure: string | undefined;
  readonly #test: Dataset | undefined;
  #filtersOf: string | undefined;

  constructor(
    net: Sequential,
    data: Splits | Dataset,
    parts: { train: Dataset; validation: Dataset | undefined },
    { epochs, batchSize }: { epochs: number; batchSize: number },
  ) {
    this.net = net;
    this.train = parts.train;
    this.validation = parts.validation;
    this.epochs = epochs;
    this.batchSize = batchSize;
    this.stepsPerEpoch = Math.ceil(parts.train.size / batchSize);
    this.name = "name" in data ? data.name : `${data.size} examples`;
    this.#test = "test" in data ? data.test : undefined;
  }

  /** Losses and accuracies, step by step and epoch by epoch. */
  get history(): History {
    const stoppedAt = this.status === "stopped" ? this.steps.length : undefined;
    return { steps: this.steps, epochs: this.epochRecords, ...(stoppedAt !== undefined && { stoppedAt }) };
  }

  /**
   * The path of the layer whose filters the panel shows; the first that has filters unless chosen.
   * @throws ValueError for a path that leads to no filters
   */
  get filtersOf(): string | undefined {
    return this.#filtersOf;
  }
  set filtersOf(path: string | undefined) {
    const paths = Object.keys(filterStacks(this.net));
    if (path !== undefined && !paths.includes(path)) {
      throw new ValueError(
        `run.filtersOf: "${path}" has no filters; there are ${paths.join(", ") || "none in this network"}.`,
      );
    }
    this.#filtersOf = path;
  }

  /** The test set that came with the data. @throws StateError when there was none */
  get test(): Dataset {
    if (this.#test === undefined) {
      throw new StateError(
        `run.test: this run was given one data set and no test set; give fit { name, train, test }.`,
      );
    }
    return this.#test;
  }

  /** Evaluates the network on the test set, or on the given data set. */
  evaluate(dataset: Dataset = this.test): Evaluation {
    return evaluate(this.net, dataset);
  }

  toString(): string {
    return panel(this).text;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [displaySymbol](): Promise<MimeBundle> {
    return panel(this).bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return panel(this).metadata();
  }

  [shownSymbol](): boolean {
    return isShown(this);
  }
}
