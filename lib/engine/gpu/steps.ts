/** The optimisers' steps on the device. */
import type { Tensor } from "../../array/tensor.js";
import { placeOf } from "../../array/remote.js";
import { adadeltaStep, type AdadeltaOptions } from "../../optim/adadelta.js";
import { adagradStep, type AdagradOptions } from "../../optim/adagrad.js";
import { adamNumbers, adamStep, type AdamStepOptions } from "../../optim/adam.js";
import { checkStep } from "../../optim/optimizer.js";
import { rmsPropStep, type RMSPropOptions } from "../../optim/rmsprop.js";
import { sgdStep, type SGDOptions } from "../../optim/sgd.js";
import { isOurs, placedStep } from "../placed-rivals.js";
import { canStay, type GpuRival, type Place } from "./rivals.js";
import {
  adadelta,
  adagrad,
  adam,
  descend,
  descendAlong,
  rmsProp,
  rmsPropAlong,
} from "./routines/optimizers.js";
import type { Routine } from "./routines/routine.js";

export const steps: readonly GpuRival[] = [
  placedStep(sgdStep, sgdOn),
  placedStep(adamStep, adamOn),
  placedStep(rmsPropStep, rmsPropOn),
  placedStep(adagradStep, adagradOn),
  placedStep(adadeltaStep, adadeltaOn),
];

/** Whether the routines take these tensors: the gradient is on the device, and what changes is a whole array. */
function fits(gradient: Tensor, changed: readonly (Tensor | undefined)[]): boolean {
  return (
    placeOf(gradient) !== undefined && isOurs(gradient) && changed.every((x) => x === undefined || canStay(x))
  );
}

/** Runs a step's routine. @param numbers  that may differ from step to step @param changed  what it changes in place */
function taken(
  { run, residents }: Place,
  routine: Routine,
  gradient: Tensor,
  numbers: readonly number[],
  changed: readonly Tensor[],
  sizes: Readonly<Record<string, number>> = {},
): true {
  run((workspace) => {
    const read = [workspace.read(gradient), workspace.device.constant(Float32Array.from(numbers))];
    workspace.changeLast(routine, sizes, read, residents.changing(changed), gradient.size);
  });
  return true;
}

function sgdOn(
  place: Place,
  value: Tensor,
  gradient: Tensor,
  velocity: Tensor | undefined,
  options: SGDOptions,
): boolean {
  if (!fits(gradient, [value, velocity])) return false;
  checkStep("sgdStep", value, { gradient, velocity });
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  const numbers = [lr, weightDecay, momentum];
  if (velocity === undefined) return taken(place, descend, gradient, numbers, [value]);
  return taken(place, descendAlong, gradient, numbers, [value, velocity], { NESTEROV: nesterov ? 1 : 0 });
}

function adamOn(
  place: Place,
  value: Tensor,
  gradient: Tensor,
  means: { readonly mean: Tensor; readonly square: Tensor },
  t: number,
  options: AdamStepOptions,
): boolean {
  const { mean, square } = means;
  if (!(t >= 1) || !fits(gradient, [value, mean, square])) return false;
  checkStep("adamStep", value, { gradient, ...means });
  const { lr, decays, epsilon, betas, corrections } = adamNumbers(t, options);
  // 1 − β is rounded once, from its double; so is 1 − ρ below.
  const rest = betas.map((beta) => 1 - beta);
  const numbers = [lr, ...decays, epsilon, ...betas, ...rest, ...corrections];
  return taken(place, adam, gradient, numbers, [value, mean, square]);
}

function rmsPropOn(
  place: Place,
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly velocity?: Tensor },
  options: RMSPropOptions,
): boolean {
  const { square, velocity } = means;
  if (!fits(gradient, [value, square, velocity])) return false;
  checkStep("rmsPropStep", value, { gradient, ...means });
  const { lr = 0.01, rho = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
  const numbers = [lr, weightDecay, epsilon, rho, 1 - rho, momentum];
  if (velocity === undefined) return taken(place, rmsProp, gradient, numbers, [value, square]);
  return taken(place, rmsPropAlong, gradient, numbers, [value, square, velocity]);
}

function adagradOn(
  place: Place,
  value: Tensor,
  gradient: Tensor,
  sum: Tensor,
  options: AdagradOptions,
): boolean {
  if (!fits(gradient, [value, sum])) return false;
  checkStep("adagradStep", value, { gradient, sum });
  const { lr = 0.01, epsilon = 1e-10, weightDecay = 0 } = options;
  return taken(place, adagrad, gradient, [lr, weightDecay, epsilon], [value, sum]);
}

function adadeltaOn(
  place: Place,
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly change: Tensor },
  options: AdadeltaOptions,
): boolean {
  const { square, change } = means;
  if (!fits(gradient, [value, square, change])) return false;
  checkStep("adadeltaStep", value, { gradient, ...means });
  const { lr = 1, rho = 0.95, epsilon = 1e-6, weightDecay = 0 } = options;
  const numbers = [lr, weightDecay, epsilon, rho, 1 - rho];
  return taken(place, adadelta, gradient, numbers, [value, square, change]);
}
