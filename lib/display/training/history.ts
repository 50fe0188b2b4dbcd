/**
 * What a training run remembers, as far as the displays read it. The trainer's own record has this shape;
 * so may anybody's.
 */

/** One mini-batch. */
export interface StepRecord {
  /** Counted from 1 over the whole run. */
  readonly step: number;
  /** The mean loss over the batch, taken before the step. */
  readonly loss: number;
  /** The part of the batch that was classified correctly, 0 to 1. */
  readonly accuracy?: number;
  /** With which the step was made. */
  readonly learningRate?: number;
  /** The length of all gradients together, before any clipping. */
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

/** The losses and accuracies of a run, in the order in which they happened. */
export interface History {
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The step at which the run was ended before its time, if it was. */
  readonly stoppedAt?: number;
}

/**
 * The epoch after which stopping would have been best: that of the least validation loss, once a later one is higher.
 * Undefined while the validation loss still falls, or without one.
 */
export function bestEpoch({ epochs }: History): EpochRecord | undefined {
  const known = epochs.filter(({ validationLoss }) => Number.isFinite(validationLoss));
  const best = known.reduce<EpochRecord | undefined>(
    (least, epoch) => (least && least.validationLoss! <= epoch.validationLoss! ? least : epoch),
    undefined,
  );
  return best === epochs.at(-1) ? undefined : best;
}

/** A training run that carries its history. */
export interface HasHistory {
  readonly history: History;
  /** What the run is called on a chart. */
  readonly name?: string;
}
