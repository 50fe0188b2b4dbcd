/** Branches that meet, on the device: sums, differences, products and concatenations; masks; gradients that meet. */
import { placeOf } from "../../array/remote.js";
import { sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { expectSame } from "../../layers/arithmetic/same.js";
import { divideBackward, divideForward, type DivideCache } from "../../layers/arithmetic/divide.js";
import {
  maximumBackward,
  maximumForward,
  minimumBackward,
  minimumForward,
  type ExtremeCache,
} from "../../layers/arithmetic/extremes.js";
import { multiplyBackward, multiplyForward, type MultiplyCache } from "../../layers/arithmetic/multiply.js";
import { subtractBackward, subtractForward, type SubtractCache } from "../../layers/arithmetic/subtract.js";
import { sumOfReaders, sumOfUses } from "../../layers/gradient-sums.js";
import {
  checkDropout,
  dropoutBackward,
  dropoutForward,
  type DropoutCache,
} from "../../layers/normalisation/dropout.js";
import { addBackward, addForward, commonShape, type AddCache } from "../../layers/shape/add.js";
import { concatBackward, concatForward, concatPlan, type ConcatCache } from "../../layers/shape/concat.js";
import { isOurs, placedPair } from "../placed-rivals.js";
import type { Workspace } from "./memory.js";
import { expectUpstream, type GpuRival, type Place } from "./rivals.js";
import {
  difference,
  larger,
  product,
  quotient,
  scaled,
  shareOfLarger,
  smaller,
  sum,
} from "./routines/arithmetic.js";
import { join, takeApart } from "./routines/concat.js";
import type { Routine } from "./routines/routine.js";

export const joins: readonly GpuRival[] = [
  ...placedPair(addForward, addOn, addBackward, addOff),
  ...placedPair(subtractForward, subtractOn, subtractBackward, subtractOff),
  ...placedPair(
    multiplyForward,
    (place: Place, a, b) => bothOn(place, "multiply", product, a, b),
    multiplyBackward,
    multiplyOff,
  ),
  ...placedPair(divideForward, divideOn, divideBackward, divideOff),
  ...placedPair(
    maximumForward,
    (place: Place, a, b) => bothOn(place, "maximum", larger, a, b),
    maximumBackward,
    (place: Place, dy, cache: ExtremeCache) => {
      const [da, db] = shares(place, "maximumBackward", dy, cache);
      return { da, db };
    },
  ),
  ...placedPair(
    minimumForward,
    (place: Place, a, b) => bothOn(place, "minimum", smaller, a, b),
    minimumBackward,
    (place: Place, dy, cache: ExtremeCache) => {
      const [db, da] = shares(place, "minimumBackward", dy, cache);
      return { da, db };
    },
  ),
  ...placedPair(concatForward, concatOn, concatBackward, concatOff),
  ...placedPair(dropoutForward, dropoutOn, dropoutBackward, dropoutOff),
  gradientSum(sumOfReaders, (workspace, shape) => workspace.result(shape)),
  gradientSum(sumOfUses, (workspace, shape) => workspace.gradient(shape)),
];

/** A number of b for each of `each` numbers of a, or for one. */
export function combined(
  { run }: Place,
  routine: Routine,
  a: Tensor,
  b: Tensor,
  { each = 1, memory = resultOf }: { each?: number; memory?: Memory } = {},
): Tensor {
  return run((workspace) => {
    const y = memory(workspace, a.shape);
    const blocks = [workspace.read(a), workspace.read(b), y.block];
    workspace.device.spread(routine, { EACH: each }, blocks, a.size);
    return y.tensor();
  });
}

export type Memory = (workspace: Workspace, shape: Shape) => ReturnType<Workspace["result"]>;
export const resultOf: Memory = (workspace, shape) => workspace.result(shape);

/** The tensor on the device, in a pass. */
export function kept({ run }: Place, x: Tensor): Tensor {
  return run((workspace) => workspace.keep(x));
}

/** Of branches that are all in JavaScript too, because what comes next is likely on the device. */
function addOn(place: Place, xs: readonly Tensor[]): { y: Tensor; cache: AddCache } | undefined {
  const shape = commonShape(
    xs.map((x) => x.shape),
    xs.map((_, k) => `x${k + 1}`),
  );
  if (xs.length === 1) return undefined;
  const y = xs.reduce((one, other) => combined(place, sum, one, other));
  return { y, cache: { count: xs.length, shape, dtype: "float32" } };
}

function addOff(place: Place, dy: Tensor, { count, shape }: AddCache): { dxs: Tensor[] } {
  expectUpstream("addBackward", dy, shape);
  const same = kept(place, dy);
  return { dxs: Array.from({ length: count }, () => same) };
}

function subtractOn(place: Place, a: Tensor, b: Tensor): { y: Tensor; cache: SubtractCache } {
  const dtype = expectSame("subtract", a, b);
  return { y: combined(place, difference, a, b), cache: { shape: a.shape, dtype } };
}

function subtractOff(place: Place, dy: Tensor, { shape }: SubtractCache): { da: Tensor; db: Tensor } {
  expectUpstream("subtractBackward", dy, shape);
  const da = kept(place, dy);
  return { da, db: opposite(place, da) };
}

function opposite({ run }: Place, x: Tensor): Tensor {
  return run((workspace) => {
    const y = workspace.result(x.shape);
    workspace.device.spread(scaled, { FACTOR: -1 }, [workspace.read(x), y.block], x.size);
    return y.tensor();
  });
}

/** A routine of two tensors that the backward needs both of. */
function bothOn(
  place: Place,
  operation: string,
  routine: Routine,
  a: Tensor,
  b: Tensor,
): { y: Tensor; cache: { readonly a: Tensor; readonly b: Tensor } } {
  expectSame(operation, a, b);
  const cache = { a: kept(place, a), b: kept(place, b) };
  return { y: combined(place, routine, cache.a, cache.b), cache };
}

function multiplyOff(place: Place, dy: Tensor, { a, b }: MultiplyCache): { da: Tensor; db: Tensor } {
  expectUpstream("multiplyBackward", dy, a.shape);
  return { da: combined(place, product, dy, b), db: combined(place, product, dy, a) };
}

function divideOn(place: Place, a: Tensor, b: Tensor): { y: Tensor; cache: DivideCache } {
  expectSame("divide", a, b);
  const divisor = kept(place, b);
  const y = combined(place, quotient, a, divisor);
  return { y, cache: { b: divisor, y } };
}

function divideOff(place: Place, dy: Tensor, { b, y }: DivideCache): { da: Tensor; db: Tensor } {
  expectUpstream("divideBackward", dy, y.shape);
  const da = combined(place, quotient, dy, b);
  return { da, db: opposite(place, combined(place, product, da, y)) };
}

/** The gradient of a where a is the larger one, and the rest. */
function shares(place: Place, operation: string, dy: Tensor, { a, b }: ExtremeCache): [Tensor, Tensor] {
  expectUpstream(operation, dy, a.shape);
  const ofLarger = combined(place, product, combined(place, shareOfLarger, a, b), dy);
  return [ofLarger, combined(place, difference, dy, ofLarger)];
}

/** The mask is drawn in JavaScript from the pass's generator, so that the same seed drops the same numbers on all engines. */
function dropoutOn(place: Place, x: Tensor, mask: Tensor): { y: Tensor; cache: DropoutCache } {
  checkDropout(x, mask);
  const cache = { mask: kept(place, mask), shape: x.shape };
  return { y: combined(place, product, x, cache.mask, { each: x.size / mask.size }), cache };
}

function dropoutOff(place: Place, dy: Tensor, { mask, shape }: DropoutCache): { dx: Tensor } {
  expectUpstream("dropoutBackward", dy, shape);
  return { dx: combined(place, product, dy, mask, { each: dy.size / mask.size }) };
}

/** The sizes of the routines that join and take apart, for each tensor. */
function piecesOf({ shapes, outputs }: ConcatCache): Record<"LENGTH" | "WHOLE" | "AT", number>[] {
  const WHOLE = sizeOf(outputs.slice(1));
  let AT = 0;
  return shapes.map((shape) => {
    const LENGTH = sizeOf(shape.slice(1));
    AT += LENGTH;
    return { LENGTH, WHOLE, AT: AT - LENGTH };
  });
}

function concatOn({ run }: Place, xs: readonly Tensor[]): { y: Tensor; cache: ConcatCache } {
  const cache = concatPlan(xs);
  return run((workspace) => {
    const y = workspace.result(cache.outputs);
    piecesOf(cache).forEach((sizes, k) =>
      workspace.device.spread(join, sizes, [workspace.read(xs[k]), y.block], xs[k].size),
    );
    return { y: y.tensor(), cache };
  });
}

function concatOff({ run }: Place, dy: Tensor, cache: ConcatCache): { dxs: Tensor[] } {
  expectUpstream("concatBackward", dy, cache.outputs);
  return run((workspace) => {
    const dY = workspace.read(dy);
    const dxs = piecesOf(cache).map((sizes, k) => {
      const dx = workspace.result(cache.shapes[k]);
      workspace.device.spread(takeApart, sizes, [dY, dx.block], sizeOf(cache.shapes[k]));
      return dx.tensor();
    });
    return { dxs };
  });
}

/** Two gradients that are both in JavaScript are not worth the way. */
function gradientSum(reference: typeof sumOfUses, memory: Memory): GpuRival {
  return {
    reference,
    bind: (place, otherwise) => {
      const plain = otherwise.of(reference) as typeof sumOfUses;
      return (one: Tensor, more: Tensor) =>
        [one, more].every(isOurs) && [one, more].some((x) => placeOf(x) !== undefined)
          ? combined(place, sum, one, more, { memory })
          : plain(one, more);
    },
  };
}
