/**
 * Early stopping: training ends when the validation loss has not fallen for some epochs, and the network gets the weights of
 * its best epoch back. Past that epoch it would learn the accidents of the training examples. L. Prechelt, "Early stopping,
 * but when?", 1998; lecture E.
 */
import { readFile, writeFile } from "#host/files";
import { expectInteger } from "../array/check.js";
import { StateError, ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import { loadState, stateOf } from "../formats/state.js";
import type { Evaluation } from "./evaluate.js";
import type { Run } from "./run.js";

/** The best epoch so far. */
interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly state: Readonly<Record<string, Tensor>>;
  /** Absent when the epoch was one of an earlier run, which a checkpoint continues. */
  readonly verdict: Evaluation | undefined;
}

export class EarlyStopping {
  readonly #run: Run;
  readonly #patience: number;
  /** Where the best weights are kept beside the run's checkpoint. */
  readonly #file: string | undefined;
  #best: Best | undefined;

  private constructor(run: Run, patience: number, file: string | undefined) {
    this.#run = run;
    this.#patience = patience;
    this.#file = file;
  }

  /**
   * @param patience    how many epochs in a row may pass without a lower validation loss; undefined for no early stopping
   * @param checkpoint  the file of the run, which may have been continued from it
   * @throws ValueError without a validation set; StateError when the best weights of a continued run are not there
   */
  static async open(
    run: Run,
    patience: number | undefined,
    checkpoint: string | undefined,
  ): Promise<EarlyStopping | undefined> {
    if (patience === undefined) return undefined;
    expectInteger("fit", "patience", patience, 1);
    if (run.validation === undefined) {
      throw new ValueError(
        `fit: patience is ${patience}, and there are no examples for validation, whose loss it waits for; give validation, for example 0.1.`,
      );
    }
    const early = new EarlyStopping(run, patience, checkpoint && `${checkpoint}.best`);
    await early.#continue();
    return early;
  }

  /** Keeps the network's weights when this epoch is the best so far. */
  async look(epoch: number, verdict: Evaluation): Promise<void> {
    if (this.#best !== undefined && verdict.loss >= this.#best.loss) return;
    const state = stateOf(this.#run.net);
    // Before the run's checkpoint: a run that ends between the two does this epoch again.
    if (this.#file !== undefined)
      await writeFile(this.#file, writeSafetensors(state, { epoch: String(epoch) }));
    this.#best = { epoch, loss: verdict.loss, state, verdict };
  }

  /** Whether the patience is at its end after this epoch. */
  isOver(epoch: number): boolean {
    return this.#best !== undefined && epoch - this.#best.epoch >= this.#patience;
  }

  /** Gives the network its best weights back. */
  restore(): void {
    if (this.#best === undefined) return;
    loadState(this.#run.net, this.#best.state);
    this.#run.kept = this.#best.epoch;
    this.#run.verdict = this.#best.verdict ?? this.#run.verdict;
  }

  /** Finds the best epoch of the run that a checkpoint continues. */
  async #continue(): Promise<void> {
    const records = this.#run.epochRecords.filter(({ validationLoss }) => validationLoss !== undefined);
    if (records.length === 0) return;
    const { epoch, validationLoss } = records.reduce((least, one) =>
      one.validationLoss! < least.validationLoss! ? one : least,
    );
    const bytes = this.#file === undefined ? undefined : await readFile(this.#file);
    const saved = bytes && readSafetensors(bytes);
    if (saved === undefined) {
      throw new StateError(
        `fit: the run was saved after epoch ${records.at(-1)!.epoch}, and ${this.#file} with the weights of its best epoch, ${epoch}, is not there; ` +
          `continue without patience, or name another checkpoint file to start anew.`,
      );
    }
    // Weights of a later epoch: the run ended before that epoch was in its checkpoint, and does it again.
    const isLater = Number(saved.metadata.epoch) > records.at(-1)!.epoch;
    const state = isLater ? stateOf(this.#run.net) : saved.tensors;
    this.#best = { epoch, loss: validationLoss!, state, verdict: undefined };
  }
}
