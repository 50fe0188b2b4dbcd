/** One step of training: forward, loss, backward, and the optimiser's update of every weight. */
import { ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { discard } from "../array/remote.js";
import type { Tensor } from "../array/tensor.js";
import type { Loss, PendingLoss, Targets } from "../losses/loss.js";
import type { WeightPenalty } from "../losses/penalty.js";
import { rightAnswers } from "../losses/right-answers.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { startClip, startNorm } from "../optim/clip.js";
import type { Optimizer } from "../optim/optimizer.js";

/** What a step needs in addition to the network and a batch. */
export interface StepOptions {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly random: Random;
  /** Its gradient is added. The returned loss does not include it, so that it can be compared with the validation loss. */
  readonly penalty?: WeightPenalty;
  /** The largest norm of all gradients together; larger gradients are scaled down to it. */
  readonly clip?: number;
}

/**
 * Makes one step and changes the network in place. On a graphics card the step is sent, and its numbers come later: whoever reads
 * one of them waits.
 * @returns the loss before the step, the network's outputs, and the norm of all gradients together before any clipping
 * @throws ValueError when the loss is not finite; the network is then unchanged. On a graphics card the error comes when somebody
 *   reads the loss, or else at the network's next step
 */
export function trainStep(
  net: Sequential,
  images: Tensor,
  targets: Targets,
  options: StepOptions,
): { readonly loss: number; readonly outputs: Tensor; readonly gradientNorm: number } {
  const before = lastStep(net);
  let step: Step;
  try {
    step = sendStep(net, images, targets, options);
  } finally {
    // When that one failed, this step has changed nothing, and its own error says less.
    before?.expectFinite("trainStep (the step before this one)");
  }
  const { outputs } = step;
  if (!step.isLate) return { loss: step.loss, outputs, gradientNorm: step.gradientNorm };
  return {
    get loss() {
      return step.loss;
    },
    outputs,
    get gradientNorm() {
      return step.gradientNorm;
    },
  };
}

/** A step that was sent. Whoever reads one of its numbers waits for it, and gets the error of a loss that is not finite. */
export interface Step {
  /** Whether its numbers may still be on their way: a device computes them, and nobody has read the loss. */
  readonly isLate: boolean;
  readonly outputs: Tensor;
  readonly loss: number;
  readonly gradientNorm: number;
  /** How many examples were classified correctly. */
  readonly right: number;
  /** @param where  stands before the error's words @throws ValueError when the loss is not finite */
  expectFinite(where: string): void;
}

/** Steps of one network that follow each other. The first loss that is not finite ends them. */
interface Series {
  last?: Step;
}

const series = new WeakMap<Sequential, Series>();

/** The network's last step, if its numbers may still be on their way. */
export function lastStep(net: Sequential): Step | undefined {
  return series.get(net)?.last;
}

/**
 * The same as `trainStep`, but for the step before, whose error the caller must look for.
 * @param labels  given: right answers are counted, and the outputs are not kept
 */
export function sendStep(
  net: Sequential,
  images: Tensor,
  targets: Targets,
  { optimizer, loss, random, penalty, clip }: StepOptions,
  labels?: ArrayLike<number>,
): Step {
  const { lr } = optimizer;
  const own = series.get(net) ?? {};
  series.set(net, own);
  // A rule that might keep the gradients gets ordinary tensors, for which it waits anyway.
  const late = optimizer.borrows ? own : undefined;
  const pass = new Pass({ training: true, random, lend: optimizer.borrows, late });
  let pending: PendingLoss | undefined;
  let norm: (() => number) | undefined;
  let value: number | undefined;
  let failure: unknown;
  const finite = (): number => {
    if (failure !== undefined) throw failure;
    try {
      if (value === undefined) {
        const loss = expectFinite(pending!.loss, lr);
        if (clip !== undefined) norm?.();
        value = loss;
      }
      return value;
    } catch (error) {
      if (series.get(net) === own) series.delete(net);
      throw (failure = error);
    }
  };
  try {
    const outputs = net.forward(images, pass);
    pending = loss.start(outputs, targets, pass);
    if (!pending.isLate) finite();
    const answers = labels && pass.engine.of(rightAnswers)(outputs, labels);
    discard(net.backward(loss.backward(pass), pass, false)); // the gradient of the images is not needed
    penalty?.backward(net.parameters, pass);
    const length =
      clip === undefined
        ? startNorm(pass.gradients, pass.engine)
        : startClip(pass.gradients, clip, pass.engine);
    norm = length;
    optimizer.step(pass.gradients, pass.engine);
    if (labels) discard(outputs);
    const step: Step = {
      get isLate() {
        return value === undefined && failure === undefined;
      },
      outputs,
      get loss() {
        return finite();
      },
      get gradientNorm() {
        finite();
        return length();
      },
      get right() {
        finite();
        return answers!.count;
      },
      expectFinite(where) {
        named(where, finite);
      },
    };
    own.last = step.isLate ? step : undefined;
    return step;
  } catch (error) {
    if (pending?.isLate) finite(); // what was computed from such a loss has errors of its own
    throw error;
  } finally {
    pass.end();
  }
}

/** Adds to the library's own errors where they happened. */
export function named<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const isNew = error instanceof ValueError && !error.message.startsWith(`${where}: `);
    if (isNew) error.message = `${where}: ${error.message}`;
    throw error;
  }
}

function expectFinite(loss: number, learningRate: number): number {
  if (Number.isFinite(loss)) return loss;
  throw new ValueError(
    `the loss is ${loss}; the weights have probably grown without bound: make the network anew and train with a ` +
      `learning rate below ${learningRate}, or clip the gradients.`,
  );
}
