/**
 * The history of a training run in the form that the displays read. The history of `fit` has this form; a user's own object
 * may have it too.
 */

/** One mini-batch. */
export interface StepRecord {
  /** The step's number, from 1, over the whole run. */
  readonly step: number;
  /** The mean loss over the batch, taken before the step. */
  readonly loss: number;
  /** The fraction of the batch that was classified correctly, 0 to 1. */
  readonly accuracy?: number;
  /** The learning rate of this step. */
  readonly learningRate?: number;
  /** The norm of all gradients together, before any clipping. */
  readonly gradientNorm?: number;
}

/** One pass over the training set. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** The step at which the epoch ended. */
  readonly step: number;
  readonly trainLoss: number;
  /** 0 to 1. */
  readonly trainAccuracy: number;
  /** Absent without a validation set. */
  readonly validationLoss?: number;
  /** 0 to 1. */
  readonly validationAccuracy?: number;
}

/** The losses and accuracies of a run, in order. */
export interface History {
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The step at which the run was stopped early, if it was. */
  readonly stoppedAt?: number;
}

/**
 * The best epoch to stop after: the one with the least validation loss, if a later epoch has a higher one. Undefined while
 * the validation loss still falls, or if there is none.
 */
export function bestEpoch({ epochs }: History): EpochRecord | undefined {
  const known = epochs.filter(({ validationLoss }) => Number.isFinite(validationLoss));
  const best = known.reduce<EpochRecord | undefined>(
    (least, epoch) => (least && least.validationLoss! <= epoch.validationLoss! ? least : epoch),
    undefined,
  );
  return best === epochs.at(-1) ? undefined : best;
}

/** A training run with its history. */
export interface HasHistory {
  readonly history: History;
  /** The run's name on a chart. */
  readonly name?: string;
}
