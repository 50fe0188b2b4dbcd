/** The optimisers' steps and the gradients' norm on the device. */
import type { Tensor } from "../../array/tensor.js";
import { placeOf } from "../../array/remote.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { adamNumbers, adamStep, type AdamStepOptions } from "../../optim/adam.js";
import { squareSums as squareSumsOf } from "../../optim/clip.js";
import { checkStep } from "../../optim/optimizer.js";
import { sgdStep, type SGDOptions } from "../../optim/sgd.js";
import { isOurs, placedStep } from "../placed-rivals.js";
import { canStay, type GpuRival, type Place } from "./rivals.js";
import { adam, descend, descendAlong } from "./routines/optimizers.js";
import { partsOf, squareSums } from "./routines/square-sums.js";

export const steps: readonly GpuRival[] = [
  placedStep(sgdStep, sgdOn),
  placedStep(adamStep, adamOn),
  {
    reference: squareSumsOf,
    bind:
      (place, otherwise): ReferenceFunction =>
      (xs: readonly Tensor[]) => {
        // Numbers that are in JavaScript are not worth the way.
        const isThere = (x: Tensor): boolean => isOurs(x) && placeOf(x) !== undefined;
        const there = sums(place, xs.filter(isThere)).values();
        const here = otherwise
          .of(squareSumsOf)(xs.filter((x) => !isThere(x)))
          .values();
        return xs.map((x) => (isThere(x) ? there : here).next().value as number);
      },
  },
];

/** Whether the routines take these tensors: the gradient is on the device, and what changes is a whole array. */
function fits(gradient: Tensor, changed: readonly (Tensor | undefined)[]): boolean {
  return (
    placeOf(gradient) !== undefined && isOurs(gradient) && changed.every((x) => x === undefined || canStay(x))
  );
}

function sgdOn(
  { run, residents }: Place,
  value: Tensor,
  gradient: Tensor,
  velocity: Tensor | undefined,
  options: SGDOptions,
): boolean {
  if (!fits(gradient, [value, velocity])) return false;
  checkStep("sgdStep", value, { gradient, velocity });
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  const COUNT = value.size;
  run((workspace) => {
    const { device } = workspace;
    const numbers = device.constant(Float32Array.of(lr, weightDecay, momentum));
    const blocks = [workspace.read(gradient), numbers, residents.changing(value)];
    if (velocity === undefined) return device.spread(descend, {}, blocks, COUNT);
    const constants = { NESTEROV: nesterov ? 1 : 0 };
    return device.spread(descendAlong, constants, [...blocks, residents.changing(velocity)], COUNT);
  });
  return true;
}

function adamOn(
  { run, residents }: Place,
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
  const COUNT = value.size;
  run((workspace) => {
    // 1 − β is rounded once, from its double.
    const rest = betas.map((beta) => 1 - beta);
    const numbers = workspace.device.constant(
      Float32Array.of(lr, ...decays, epsilon, ...betas, ...rest, ...corrections),
    );
    const changed = [value, mean, square].map((x) => residents.changing(x));
    workspace.device.spread(adam, {}, [workspace.read(gradient), numbers, ...changed], COUNT);
  });
  return true;
}

function sums({ run }: Place, xs: readonly Tensor[]): number[] {
  if (xs.length === 0) return [];
  const parts = xs.map(({ size }) => partsOf(size));
  const total = parts.reduce((sum, count) => sum + count, 0);
  return run((workspace) => {
    const { device } = workspace;
    const all = workspace.space(total);
    let first = 0;
    xs.forEach((x, i) => {
      const sizes = { COUNT: x.size, FIRST: first, PARTS: parts[i] };
      device.run(squareSums, sizes, [workspace.read(x), all], [parts[i]]);
      first += parts[i];
    });
    const [numbers] = device.read([all], [total]);
    let at = 0;
    return parts.map((count) => numbers.subarray(at, (at += count)).reduce((sum, part) => sum + part, 0));
  });
}
