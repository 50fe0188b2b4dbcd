/**
 * Training: shuffle, cut into batches, forward, loss, backward, step, again. While it runs it shows how it goes.
 * Lectures A, C and E.
 */
import { expectFinite, expectInteger } from "../array/check.js";
import { StateError, ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import { Dataset, type Splits } from "../data/dataset.js";
import type { Loss } from "../losses/loss.js";
import { SoftmaxCrossEntropy } from "../losses/softmaxcrossentropy.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import type { Optimizer } from "../optim/optimizer.js";
import { agreement, argmaxRows, batches, evaluate } from "./evaluate.js";
import { reporter } from "./report.js";
import { Run } from "./run.js";

export interface FitOptions {
  optimizer: Optimizer;
  /** Softmax cross-entropy unless given. */
  loss?: Loss;
  /** How often every training example is seen; 1. */
  epochs?: number;
  /** Examples a step; 32. */
  batchSize?: number;
  /**
   * Examples to choose by, which are not trained on: a data set, a part of the training set between 0 and 1, or
   * false. Unless given: the data's own, or a tenth of the training set; none for a bare data set.
   */
  validation?: Dataset | number | false;
  /** Draws the order of the examples, the held-back part and all that layers draw; 1. */
  seed?: number;
  /** Whether every epoch has an order of its own; true. */
  shuffle?: boolean;
  /** Changes each batch before it is used, such as a shift by some pixels. */
  augment?: (images: Tensor, random: Random) => Tensor;
  /** Stops the run when it is aborted; what was learned stays. */
  signal?: AbortSignal;
  /** Whether progress is shown; true. */
  live?: boolean;
  /** Called after every step; the run may be read, and stopped by returning false. */
  onStep?: (run: Run) => boolean | void;
}

/**
 * Trains the network in place. The same seed and weights give the same numbers, bit for bit.
 * @throws ValueError for NaN in the data, and for a loss that is not finite, with the step at which it happened
 */
export async function fit(net: Sequential, data: Splits | Dataset, options: FitOptions): Promise<Run> {
  const { optimizer, loss = new SoftmaxCrossEntropy(), epochs = 1, batchSize = 32, shuffle = true } = options;
  if (optimizer === undefined) {
    throw new StateError(`fit: no optimizer was given; use for example { optimizer: new SGD({ lr: 0.1 }) }.`);
  }
  expectInteger("fit", "epochs", epochs, 1);
  expectInteger("fit", "batchSize", batchSize, 1);
  const random = new Random(options.seed ?? 1);
  const parts = divide(data, options.validation, random);
  expectFinite("fit", "the training images", parts.train.images);
  const run = new Run(net, data, parts, { epochs, batchSize });
  const report = reporter(run, options.live ?? true);
  const signals = [options.signal, cellSignal()].filter((signal) => signal !== undefined);
  const started = performance.now();
  let yielded = started;

  train: for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = shuffle ? random.permutation(parts.train.size) : undefined;
    const totals = { loss: 0, right: 0 };
    for (const { dataset } of batches(parts.train, batchSize, order)) {
      const { images, labels } = dataset;
      const step = run.steps.length + 1;
      const batch = options.augment ? options.augment(images, random) : images;
      const result = at(`epoch ${epoch}, step ${step}`, () => {
        const pass = new Pass({ training: true, random });
        const y = net.forward(batch, pass);
        const value = loss.forward(y, labels, pass);
        expectFiniteLoss(value, optimizer);
        net.backward(loss.backward(pass), pass, false);
        optimizer.step(pass.gradients, pass.engine);
        return { loss: value, accuracy: agreement(argmaxRows(y), labels) };
      });
      run.steps.push({ step, ...result });
      run.seconds = (performance.now() - started) / 1000;
      totals.loss += result.loss * dataset.size;
      totals.right += result.accuracy * dataset.size;
      const stop = options.onStep?.(run) === false || signals.some((signal) => signal.aborted);
      if (stop) {
        run.status = "stopped";
        break train;
      }
      report.progress();
      if (performance.now() - yielded > YIELD_EVERY) {
        await breathe();
        yielded = performance.now();
      }
    }
    const { validation } = parts;
    const verdict = validation && at(`epoch ${epoch}, validation`, () => evaluate(net, validation, { loss }));
    run.epochRecords.push({
      epoch,
      step: run.steps.length,
      trainLoss: totals.loss / parts.train.size,
      trainAccuracy: totals.right / parts.train.size,
      validationLoss: verdict?.loss,
      validationAccuracy: verdict?.accuracy,
    });
    report.epoch();
  }
  if (run.status === "running") run.status = "finished";
  run.seconds = (performance.now() - started) / 1000;
  await report.end();
  return run;
}

/** Milliseconds of computing after which interrupts, timers and messages get their turn. */
const YIELD_EVERY = 30;

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The signal by which a notebook's kernel says that the running cell was interrupted. */
function cellSignal(): AbortSignal | undefined {
  const signal = (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.signal")];
  return signal instanceof AbortSignal ? signal : undefined;
}

function divide(
  data: Splits | Dataset,
  validation: FitOptions["validation"],
  random: Random,
): { train: Dataset; validation: Dataset | undefined } {
  const train = data instanceof Dataset ? data : data.train;
  if (train.size === 0) throw new ValueError(`fit: the training set is empty; give one example or more.`);
  const wanted = validation ?? (data instanceof Dataset ? false : (data.validation ?? 0.1));
  if (wanted === false || wanted === 0) return { train, validation: undefined };
  if (typeof wanted !== "number") return { train, validation: wanted };
  const held = Math.round(wanted * train.size);
  if (!(wanted > 0 && wanted < 1) || held === 0 || held === train.size) {
    throw new ValueError(
      `fit: validation ${wanted} of ${train.size} training examples is ${held}; give a part between 0 and 1 that leaves some on both sides, or false.`,
    );
  }
  const order = random.permutation(train.size);
  return { train: train.subset(order.subarray(held)), validation: train.subset(order.subarray(0, held)) };
}

/** Says of the library's own errors at which step they happened. */
function at<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ValueError) error.message = `fit (${where}): ${error.message}`;
    throw error;
  }
}

function expectFiniteLoss(loss: number, optimizer: Optimizer): void {
  if (Number.isFinite(loss)) return;
  throw new ValueError(
    `the loss is ${loss}; the weights have probably grown without bound: make the network anew and train with a ` +
      `learning rate below ${optimizer.lr}.`,
  );
}
