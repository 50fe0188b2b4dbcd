/** What is done to gradients between the backward and the optimiser's step, on the device: their norm, clipping, a penalty's pull. */
import type { Tensor } from "../../array/tensor.js";
import { placeOf } from "../../array/remote.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { penaltyGradient, type WeightPenaltyOptions } from "../../losses/penalty.js";
import {
  clippedGradient,
  clippedLater,
  countsBeyond,
  scaledGradient,
  squareSums as squareSumsOf,
} from "../../optim/clip.js";
import { isOurs } from "../placed-rivals.js";
import type { Block } from "./device.js";
import type { Workspace } from "./memory.js";
import type { GpuRival, Place } from "./rivals.js";
import { product, scaled } from "./routines/arithmetic.js";
import { clipped, pull } from "./routines/gradients.js";
import type { Routine } from "./routines/routine.js";
import { clipFactor, countBeyond, partsOf, squareSums } from "./routines/square-sums.js";

type Sizes = Readonly<Record<string, number>>;

export const gradients: readonly GpuRival[] = [
  numbersOf(squareSumsOf, squareSums, () => ({})),
  numbersOf(countsBeyond, countBeyond, ({ limit }) => ({ LIMIT: limit })),
  {
    reference: clippedLater,
    bind:
      (place): ReferenceFunction =>
      (xs: readonly Tensor[], { limit }: { limit: number }) =>
        clipLater(place, xs, limit),
  },
  changed(scaledGradient, scaled, ({ limit, norm }) => ({ FACTOR: limit / norm })),
  changed(clippedGradient, clipped, ({ limit }) => ({ LIMIT: limit })),
  changed(penaltyGradient, pull, ({ l1 = 0, l2 = 0 }: WeightPenaltyOptions) => ({ L1: l1, L2: l2 })),
];

/** A function that makes a gradient of a tensor, number by number. Numbers that are in JavaScript are not worth the way. */
function changed<Given>(
  reference: (x: Tensor, given: Given) => Tensor,
  routine: Routine,
  sizesOf: (given: Given) => Sizes,
): GpuRival {
  return {
    reference,
    bind: ({ run }, otherwise) => {
      const plain = otherwise.of(reference) as typeof reference;
      return (x: Tensor, given: Given) => {
        if (!isThere(x)) return plain(x, given);
        return run((workspace) => {
          const y = workspace.gradient(x.shape);
          workspace.device.spread(routine, sizesOf(given), [workspace.read(x), y.block], x.size);
          return y.tensor();
        });
      };
    },
  };
}

/** A function that gives a number for each tensor: a sum over its own. */
function numbersOf<Given>(
  reference: (xs: readonly Tensor[], given: Given) => Iterable<number>,
  routine: Routine,
  sizesOf: (given: Given) => Sizes,
): GpuRival {
  return {
    reference,
    bind: (place, otherwise): ReferenceFunction => {
      const plain = otherwise.of(reference as typeof squareSumsOf) as typeof reference;
      return (xs: readonly Tensor[], given: Given): Iterable<number> => {
        const there = xs.filter(isThere);
        const here = xs.filter((x) => !isThere(x));
        return inTurn(xs.map(isThere), sums(place, routine, there, sizesOf(given)), plain(here, given));
      };
    },
  };
}

function isThere(x: Tensor): boolean {
  return isOurs(x) && placeOf(x) !== undefined;
}

/** Numbers of two sources, each number from the one that its mark names. */
function inTurn(
  marks: readonly boolean[],
  marked: Iterable<number>,
  others: Iterable<number>,
): Iterable<number> {
  return {
    *[Symbol.iterator]() {
      const [first, second] = [marked, others].map((numbers) => numbers[Symbol.iterator]());
      for (const mark of marks) yield (mark ? first : second).next().value as number;
    },
  };
}

/** Begins the sums; whoever goes through them waits. */
function sums({ run }: Place, routine: Routine, xs: readonly Tensor[], given: Sizes): Iterable<number> {
  if (xs.length === 0) return [];
  const parts = xs.map(({ size }) => partsOf(size));
  const result = run((workspace) => {
    const all = workspace.later(total(parts));
    sumParts(workspace, routine, xs, given, all.block!);
    return all;
  });
  return {
    *[Symbol.iterator]() {
      const numbers = result.fetch();
      let at = 0;
      for (const count of parts) yield total(numbers.subarray(at, (at += count)));
    },
  };
}

/** Sums each tensor in parts, one behind the other. */
function sumParts(
  workspace: Workspace,
  routine: Routine,
  xs: readonly Tensor[],
  given: Sizes,
  into: Block,
): void {
  let first = 0;
  for (const x of xs) {
    const parts = partsOf(x.size);
    const sizes = { ...given, COUNT: x.size, FIRST: first, PARTS: parts };
    workspace.device.run(routine, sizes, [workspace.read(x), into], [parts]);
    first += parts;
  }
}

/** In a late pass, and where all gradients are on the device, scales them without waiting for their norm. */
function clipLater(
  { run }: Place,
  xs: readonly Tensor[],
  limit: number,
): { readonly gradients: readonly Tensor[]; readonly norm: number } | undefined {
  if (xs.length === 0 || !xs.every(isThere)) return undefined;
  return run((workspace) => {
    if (!workspace.isLate) return undefined;
    const { device } = workspace;
    const COUNT = total(xs.map(({ size }) => partsOf(size)));
    const [squares, factor, norm] = [workspace.space(COUNT), workspace.space(1), workspace.later(1)];
    sumParts(workspace, squareSums, xs, {}, squares);
    const flag = workspace.flag ?? workspace.space(1);
    device.run(clipFactor, { COUNT, LIMIT: limit }, [squares, norm.block!, factor, flag], [1]);
    const gradients = xs.map((x) => {
      const y = workspace.gradient(x.shape);
      device.spread(product, { EACH: x.size }, [workspace.read(x), factor, y.block], x.size);
      return y.tensor();
    });
    return {
      gradients,
      get norm() {
        return norm.fetch()[0];
      },
    };
  });
}

function total(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
