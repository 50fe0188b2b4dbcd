/**
 * Training: shuffle, cut into batches, forward, loss, backward, step, and again. It shows its progress while it runs.
 * Lectures A, C and E.
 */
import { nextTurn } from "#host/turns";
import { expectFinite, expectInteger } from "../array/check.js";
import { StateError, ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import { Dataset, type Splits } from "../data/dataset.js";
import type { StepRecord } from "../display/training/history.js";
import type { Loss } from "../losses/loss.js";
import type { WeightPenalty } from "../losses/penalty.js";
import { SoftmaxCrossEntropy } from "../losses/softmax-cross-entropy.js";
import type { Sequential } from "../net/sequential.js";
import { hasMomentum, type Optimizer } from "../optim/optimizer.js";
import { cosineDecay, type Schedule } from "../optim/schedule.js";
import { cellSignal, endsOnInterrupt, untilInterrupted } from "./cell-signal.js";
import { Saver, type Position, type SaveOptions } from "./checkpoint.js";
import { controlsOf } from "./controls.js";
import { EarlyStopping } from "./early-stopping.js";
import { batches, evaluate } from "./evaluate.js";
import { isNotebook, reporter } from "./report.js";
import { Run } from "./run.js";
import { lastStep, named, sendStep, type Step } from "./step.js";

/**
 * How `fit` trains: the optimiser, the loss, how long, in batches of which size, and what happens along the way. Only
 * the optimiser must be given.
 */
export interface FitOptions {
  optimizer: Optimizer;
  /** Softmax cross-entropy unless given. */
  loss?: Loss;
  /** How many times every training example is used; 1. */
  epochs?: number;
  /** Examples in each step; 32. */
  batchSize?: number;
  /**
   * Examples for validation, which are not trained on: a data set, a fraction of the training set between 0 and 1, or
   * false. Unless given: the data's own, or a tenth of the training set; none for a single data set.
   */
  validation?: Dataset | number | false;
  /**
   * Early stopping: how many epochs in a row may pass without a lower validation loss until training ends. However it then
   * ends, but by an error, the network has the weights of its best epoch, `run.kept`. Unless given, the last ones.
   */
  patience?: number;
  /** The seed of the order of the examples, of the held-out part and of everything random in the layers; 1. */
  seed?: number;
  /** Whether every epoch has a new order; true. */
  shuffle?: boolean;
  /**
   * The learning rate at every step, from step 0; or "cosine", which falls from the optimiser's own rate to zero over the
   * run: large steps first, small ones at the end. Unless given, the rate is constant.
   */
  schedule?: Schedule | "cosine";
  /** An L1 or L2 penalty on the weights; its gradient is added at every step. SGD's own `weightDecay` is the simple case. */
  penalty?: WeightPenalty;
  /** The largest norm of all gradients together: larger gradients are scaled down to it, so that one bad batch does no harm. */
  clip?: number;
  /** Changes each batch before it is used, such as a shift by some pixels. */
  augment?: (images: Tensor, random: Random) => Tensor;
  /** Stops the run when it is aborted; the weights learned so far are kept. */
  signal?: AbortSignal;
  /** Whether progress is shown; true. */
  live?: boolean;
  /**
   * Whether the live panel has controls: sliders for the learning rate (with a schedule: a factor of its rates) and the
   * momentum, buttons to pause, to make one step and to stop, and a choice of the layer whose filters show; false. They are
   * there where a front end listens that shows widgets; elsewhere the panel is as without them. `run.changes` has what was
   * changed by hand; afterwards the optimiser has its own rate and momentum again.
   */
  controls?: boolean;
  /**
   * A file in which the run is saved after every epoch (and after every `every` steps) and when it is stopped. A run that
   * finds the file continues from there, and ends bit for bit as if it had not been interrupted.
   */
  checkpoint?: string | SaveOptions;
  /** Called after every step with the run; returning false stops the run. */
  onStep?: (run: Run) => boolean | void;
}

/**
 * Trains the network in place. The same seed and weights give the same numbers, bit for bit.
 * @throws ValueError for NaN in the data, and for a loss that is not finite, with the step at which it happened
 */
export function fit(net: Sequential, data: Splits | Dataset, options: FitOptions): Promise<Run> {
  return endsOnInterrupt(train(net, data, options));
}

async function train(net: Sequential, data: Splits | Dataset, options: FitOptions): Promise<Run> {
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
  const rate = optimizer.lr;
  const giveBack = restorer(optimizer);
  const schedule =
    options.schedule === "cosine"
      ? cosineDecay({ lr: rate, steps: epochs * run.stepsPerEpoch })
      : options.schedule;
  const settings = { seed: options.seed ?? 1, batchSize, shuffle, examples: parts.train.size };
  const saver = await Saver.open(options.checkpoint, { net, optimizer, random, run, settings });
  const { start } = saver;
  const { checkpoint } = options;
  const file = typeof checkpoint === "string" ? checkpoint : checkpoint?.file;
  const early = await EarlyStopping.open(run, options.patience, file);
  const live = options.live ?? true;
  const hasControls = live && options.controls === true && isNotebook();
  const controls = hasControls ? controlsOf(run, optimizer, schedule !== undefined) : undefined;
  const report = reporter(run, live, controls);
  const cell = cellSignal();
  const signals = [options.signal, cell].filter((signal) => signal !== undefined);
  const isStopped = (): boolean => signals.some(({ aborted }) => aborted) || controls?.isStopped === true;
  let started = performance.now() - run.seconds * 1000;
  let yielded = performance.now();
  /** Where a run that goes on from here begins, once the last step is settled; absent in the middle of a step. */
  let position: (() => Position) | undefined;
  /** Writes down the numbers of the last step. On a graphics card they come when the next one is under way. */
  let settle = nothing;
  let saving: Promise<void> | undefined;
  let isOver = false;
  /** When the pause that goes on now began. */
  let waiting: number | undefined;
  const save = async (at: () => Position): Promise<void> => {
    settle();
    await (saving = saver.save(at()));
    saving = undefined;
  };

  const learn = async (): Promise<void> => {
    lastStep(net)?.expectFinite("fit (the network's step before)");
    // A run that goes on from a file may have ended there.
    if (early?.isOver(start.epoch - 1)) run.status = "stopped";
    for (let epoch = start.epoch; epoch <= epochs && run.status === "running"; epoch++) {
      const goesOn = epoch === start.epoch && start.batch > 0;
      const began = goesOn ? start.began : random.state;
      const order = shuffle ? orderFrom(began, parts.train.size, goesOn ? undefined : random) : undefined;
      const totals = goesOn ? { loss: start.loss, right: start.right } : { loss: 0, right: 0 };
      let batchNumber = 0;
      for (const { dataset } of batches(parts.train, batchSize, order)) {
        if (++batchNumber <= start.batch && goesOn) continue;
        position = undefined;
        const { images, labels } = dataset;
        const step = run.steps.length + 1;
        if (schedule) optimizer.lr = schedule(step - 1) * factorOf(run);
        const batch = options.augment ? options.augment(images, random) : images;
        const where = `fit (epoch ${epoch}, step ${step})`;
        let sent: Step;
        try {
          sent = named(where, () => sendStep(net, batch, labels, { ...options, loss, random }, labels));
        } finally {
          settle(); // of the step before: when that one failed, this one has changed nothing
        }
        const record = recordOf(sent, step, optimizer.lr, where);
        run.steps.push(record);
        run.seconds = (performance.now() - started) / 1000;
        settle = () => {
          run.steps.length = step - 1; // a step that failed leaves no record
          const { loss, accuracy } = (run.steps[step - 1] = { ...record });
          settle = nothing;
          totals.loss += loss * dataset.size;
          totals.right += accuracy * dataset.size;
        };
        if (!sent.isLate) settle();
        const batchesDone = batchNumber;
        position = () => ({ epoch, batch: batchesDone, ...totals, began });
        let stop = options.onStep?.(run) === false || isStopped();
        if (!sent.isLate) settle(); // somebody has looked
        if (stop || saver.isDue(step)) await save(position);
        if (!stop && controls?.isPaused) {
          waiting = performance.now();
          await controls.wait(signals);
          if (isOver) return;
          yielded = performance.now();
          started += yielded - waiting;
          waiting = undefined;
          stop = isStopped();
          if (stop) await save(position);
        }
        if (stop) {
          run.status = "stopped";
          return;
        }
        report.progress();
        const now = performance.now();
        if (now - yielded > YIELD_EVERY) {
          await nextTurn();
          if (isOver) return;
          yielded = performance.now();
          report.paused(yielded - now);
        }
      }
      settle();
      const { validation } = parts;
      const verdict =
        validation && named(`fit (epoch ${epoch}, validation)`, () => evaluate(net, validation, { loss }));
      run.verdict = verdict;
      run.epochRecords.push({
        epoch,
        step: run.steps.length,
        trainLoss: totals.loss / parts.train.size,
        trainAccuracy: totals.right / parts.train.size,
        validationLoss: verdict?.loss,
        validationAccuracy: verdict?.accuracy,
      });
      if (verdict) await early?.look(epoch, verdict);
      position = () => ({ epoch: epoch + 1, batch: 0, loss: 0, right: 0, began });
      await save(position);
      report.epoch();
      if (early?.isOver(epoch) && epoch < epochs) {
        run.status = "stopped";
        return;
      }
    }
  };

  try {
    if (await untilInterrupted(learn, cell)) {
      isOver = true;
      run.status = "stopped";
      // Whoever interrupted is answered first: until then what computes may be ended again, and the panel's drawing does.
      await nextTurn();
      if (saving) await saving;
      else if (position) await save(position);
    }
    settle();
    if (run.status === "running") run.status = "finished";
    early?.restore();
  } catch (error) {
    try {
      settle();
    } catch {
      // The error that ended the run came first.
    }
    run.status = "failed";
    run.failure = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    if (schedule || run.changes.length > 0) giveBack();
    run.seconds = ((waiting ?? performance.now()) - started) / 1000;
    await report.end();
  }
  return run;
}

const nothing = (): void => undefined;

/** The record of a step; whoever reads a number that is still on its way waits for it. */
function recordOf(sent: Step, step: number, learningRate: number, where: string): Required<StepRecord> {
  return {
    step,
    get loss() {
      return named(where, () => sent.loss);
    },
    get accuracy() {
      return named(where, () => sent.right / sent.outputs.shape[0]);
    },
    learningRate,
    get gradientNorm() {
      return named(where, () => sent.gradientNorm);
    },
  };
}

/** What gives an optimiser back the rate and the momentum that it has now. */
function restorer(optimizer: Optimizer): () => void {
  const { lr } = optimizer;
  if (!hasMomentum(optimizer)) return () => void (optimizer.lr = lr);
  const { momentum } = optimizer;
  return () => void Object.assign(optimizer, { lr, momentum });
}

/** What the rates of a schedule are multiplied by: 1, unless it was changed by hand. */
function factorOf({ changes }: Run): number {
  return changes.findLast(({ name }) => name === "rate factor")?.to ?? 1;
}

/** An epoch's order, drawn from the random state at its start; a generator given for a new epoch moves on past the draw. */
function orderFrom(began: readonly number[], size: number, random: Random | undefined): Int32Array {
  const shuffler = random ?? new Random(0);
  shuffler.state = began;
  return shuffler.permutation(size);
}

/** Milliseconds of computing after which the event loop handles interrupts, timers and messages. */
const YIELD_EVERY = 30;

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
