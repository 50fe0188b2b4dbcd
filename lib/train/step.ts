/** One step of training: forward, loss, backward, and the optimiser's change of every weight. */
import { ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import type { Loss, Targets } from "../losses/loss.js";
import type { WeightPenalty } from "../losses/penalty.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { clipByNorm, gradientNorm } from "../optim/clip.js";
import type { Optimizer } from "../optim/optimizer.js";

/** What a step needs besides the network and a batch. */
export interface StepOptions {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly random: Random;
  /** Added to the gradients; not part of the loss that is returned, which stays comparable with validation's. */
  readonly penalty?: WeightPenalty;
  /** All gradients together are shortened to this length when they are longer. */
  readonly clip?: number;
}

/**
 * Changes the network in place.
 * @returns the loss before the step, the network's outputs, and the length of all gradients together before any clipping
 * @throws ValueError when the loss is not finite; the network is then as before
 */
export function trainStep(
  net: Sequential,
  images: Tensor,
  targets: Targets,
  { optimizer, loss, random, penalty, clip }: StepOptions,
): { loss: number; outputs: Tensor; gradientNorm: number } {
  const pass = new Pass({ training: true, random });
  const outputs = net.forward(images, pass);
  const value = loss.forward(outputs, targets, pass);
  if (!Number.isFinite(value)) {
    throw new ValueError(
      `the loss is ${value}; the weights have probably grown without bound: make the network anew and train with a ` +
        `learning rate below ${optimizer.lr}, or clip the gradients.`,
    );
  }
  net.backward(loss.backward(pass), pass, false); // nobody asks for the images' own gradient
  penalty?.backward(net.parameters, pass);
  const length = clip === undefined ? gradientNorm(pass.gradients) : clipByNorm(pass.gradients, clip);
  optimizer.step(pass.gradients, pass.engine);
  return { loss: value, outputs, gradientNorm: length };
}
