/** One step of training: forward, loss, backward, and the optimiser's update of every weight. */
import { ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import type { Loss, Targets } from "../losses/loss.js";
import type { WeightPenalty } from "../losses/penalty.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { clipByNorm, gradientNorm } from "../optim/clip.js";
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
 * Makes one step and changes the network in place.
 * @returns the loss before the step, the network's outputs, and the norm of all gradients together before any clipping
 * @throws ValueError when the loss is not finite; the network is then unchanged
 */
export function trainStep(
  net: Sequential,
  images: Tensor,
  targets: Targets,
  { optimizer, loss, random, penalty, clip }: StepOptions,
): { loss: number; outputs: Tensor; gradientNorm: number } {
  const pass = new Pass({ training: true, random, lend: optimizer.borrows });
  try {
    const outputs = net.forward(images, pass);
    const value = loss.forward(outputs, targets, pass);
    if (!Number.isFinite(value)) {
      throw new ValueError(
        `the loss is ${value}; the weights have probably grown without bound: make the network anew and train with a ` +
          `learning rate below ${optimizer.lr}, or clip the gradients.`,
      );
    }
    net.backward(loss.backward(pass), pass, false); // the gradient of the images is not needed
    penalty?.backward(net.parameters, pass);
    const length =
      clip === undefined
        ? gradientNorm(pass.gradients, pass.engine)
        : clipByNorm(pass.gradients, clip, pass.engine);
    optimizer.step(pass.gradients, pass.engine);
    return { loss: value, outputs, gradientNorm: length };
  } finally {
    pass.end();
  }
}
