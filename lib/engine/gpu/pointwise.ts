/** Activations on the device: the functions of single numbers with one frame for all, PReLU, and softmax. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { absoluteBackward, absoluteForward } from "../../layers/activation/absolute.js";
import { clipBackward, clipForward } from "../../layers/activation/clip.js";
import { eluBackward, eluForward } from "../../layers/activation/elu.js";
import { errorFunctionBackward, errorFunctionForward } from "../../layers/activation/error-function.js";
import {
  exponentialBackward,
  exponentialForward,
  logarithmBackward,
  logarithmForward,
} from "../../layers/activation/exponential.js";
import { geluBackward, geluForward } from "../../layers/activation/gelu.js";
import {
  hardSigmoidBackward,
  hardSigmoidForward,
  hardSwishBackward,
  hardSwishForward,
} from "../../layers/activation/hard-sigmoid.js";
import { leakyReluBackward, leakyReluForward } from "../../layers/activation/leaky-relu.js";
import { powerBackward, powerForward } from "../../layers/activation/power.js";
import { checkPrelu, preluBackward, preluForward } from "../../layers/activation/prelu.js";
import { sigmoidBackward, sigmoidForward } from "../../layers/activation/sigmoid.js";
import { cosineBackward, cosineForward, sineBackward, sineForward } from "../../layers/activation/sine.js";
import {
  linesAlong,
  logSoftmaxBackward,
  logSoftmaxForward,
  softmaxBackward,
  softmaxForward,
  type Lines,
  type SoftmaxOptions,
} from "../../layers/activation/softmax.js";
import { softplusBackward, softplusForward } from "../../layers/activation/softplus.js";
import { softsignBackward, softsignForward } from "../../layers/activation/softsign.js";
import {
  signumBackward,
  signumForward,
  unitStepBackward,
  unitStepForward,
} from "../../layers/activation/step.js";
import { tanhBackward, tanhForward } from "../../layers/activation/tanh.js";
import { placedPair } from "../placed-rivals.js";
import { runRows, type GpuRival, type Place } from "./rivals.js";
import * as functions from "./routines/pointwise.js";
import { prelu, preluBack, preluSums } from "./routines/prelu.js";
import { addParts } from "./routines/product.js";
import type { Routine } from "./routines/routine.js";
import { logSoftmax, logSoftmaxBack, softmax, softmaxBack } from "./routines/softmax.js";

export const pointwise: readonly GpuRival[] = [
  ...mapped("absolute", absoluteForward, absoluteBackward, () => [functions.absolute]),
  ...mapped("clip", clipForward, clipBackward, ({ min, max }) => [functions.clip, { MIN: min, MAX: max }]),
  ...mapped("cosine", cosineForward, cosineBackward, () => [functions.cosine]),
  ...mapped("elu", eluForward, eluBackward, ({ alpha }) => [functions.elu, { ALPHA: alpha }]),
  ...mapped("errorFunction", errorFunctionForward, errorFunctionBackward, () => [functions.errorFunction]),
  ...mapped("exponential", exponentialForward, exponentialBackward, () => [functions.exponential]),
  ...mapped("gelu", geluForward, geluBackward, ({ form }) => [
    form === "erf" ? functions.gelu : functions.geluByTanh,
  ]),
  ...mapped("hardSigmoid", hardSigmoidForward, hardSigmoidBackward, ({ slope, offset }) => [
    functions.hardSigmoid,
    { SLOPE: slope, OFFSET: offset },
  ]),
  ...mapped("hardSwish", hardSwishForward, hardSwishBackward, () => [functions.hardSwish]),
  ...mapped("leakyRelu", leakyReluForward, leakyReluBackward, ({ slope }) => [
    functions.leakyRelu,
    { SLOPE: slope },
  ]),
  ...mapped("logarithm", logarithmForward, logarithmBackward, () => [functions.logarithm]),
  // The powers 0 and 1 make something else of NaN than the other ones; nobody needs them.
  ...mapped("power", powerForward, powerBackward, ({ exponent }) =>
    exponent === 0 || exponent === 1 ? undefined : [functions.power, { EXPONENT: exponent }],
  ),
  ...mapped("sigmoid", sigmoidForward, sigmoidBackward, () => [functions.sigmoid]),
  ...mapped("signum", signumForward, signumBackward, () => [functions.signum]),
  ...mapped("sine", sineForward, sineBackward, () => [functions.sine]),
  ...mapped("softplus", softplusForward, softplusBackward, ({ sharpness }) => [
    functions.softplus,
    { SHARPNESS: sharpness },
  ]),
  ...mapped("softsign", softsignForward, softsignBackward, () => [functions.softsign]),
  ...mapped("tanh", tanhForward, tanhBackward, ({ amplitude, rate }) => [
    functions.tanh,
    { AMPLITUDE: amplitude, RATE: rate },
  ]),
  ...mapped("unitStep", unitStepForward, unitStepBackward, () => [functions.unitStep]),
  ...placedPair(preluForward, preluOn, preluBackward, preluOff),
  ...placedPair(
    softmaxForward,
    (place: Place, x, options) => softmaxOn(place, "softmax", softmax, x, options),
    softmaxBackward,
    (place: Place, dy, cache) => softmaxOff(place, "softmaxBackward", softmaxBack, dy, cache),
  ),
  ...placedPair(
    logSoftmaxForward,
    (place: Place, x, options) => softmaxOn(place, "logSoftmax", logSoftmax, x, options),
    logSoftmaxBackward,
    (place: Place, dy, cache) => softmaxOff(place, "logSoftmaxBackward", logSoftmaxBack, dy, cache),
  ),
];

/** A function's routines, and the values of its own numbers. */
type Choice = readonly [routines: functions.Pointwise, numbers?: Readonly<Record<string, number>>];

/** An empty tensor, on which the layers' own functions check their options and fill in what was left out. */
const nothing = wrap(new Float32Array(0), [0]);

interface MapCache {
  readonly choice: Choice;
  /** The input or the output, whichever the gradient is computed from. */
  readonly kept: Tensor;
}

/**
 * A function of single numbers and its gradient.
 * @param name    its name in errors
 * @param choose  from the reference's cache, which has all options, the routines; undefined for what they do not compute
 */
function mapped<Options, Cache extends object>(
  name: string,
  forward: (x: Tensor, options: Options) => { y: Tensor; cache: Cache },
  backward: (dy: Tensor, cache: Cache) => { dx: Tensor },
  choose: (cache: Cache) => Choice | undefined,
): readonly GpuRival[] {
  const mapOn = ({ run }: Place, x: Tensor, options: Options): { y: Tensor; cache: MapCache } | undefined => {
    const choice = choose(forward(nothing, options).cache);
    if (choice === undefined) return undefined;
    const [routines, numbers = {}] = choice;
    return run((workspace) => {
      const y = workspace.result(x.shape);
      const kept = routines.keeps === "x" ? workspace.keep(x) : x;
      workspace.device.spread(routines.forward, numbers, [workspace.read(kept), y.block], x.size);
      const tensor = y.tensor();
      return { y: tensor, cache: { choice, kept: routines.keeps === "x" ? kept : tensor } };
    });
  };
  const mapOff = ({ run }: Place, dy: Tensor, { choice, kept }: MapCache): { dx: Tensor } => {
    const operation = `${name}Backward`;
    sameDType(operation, { dy, x: kept });
    expectShape(operation, "dy", dy, kept.shape);
    const [routines, numbers = {}] = choice;
    return run((workspace) => {
      const dx = workspace.result(kept.shape);
      const blocks = [workspace.read(kept), workspace.read(dy), dx.block];
      workspace.device.spread(routines.backward, numbers, blocks, kept.size);
      return { dx: dx.tensor() };
    });
  };
  return placedPair(forward, mapOn, backward, mapOff);
}

interface PreluCache {
  readonly x: Tensor;
  readonly a: Tensor;
}

function preluOn({ run }: Place, x: Tensor, a: Tensor): { y: Tensor; cache: PreluCache } {
  checkPrelu(x, a);
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const [kept, slopes] = [workspace.keep(x), workspace.keep(a)];
    const blocks = [workspace.read(kept), workspace.read(slopes), y.block];
    workspace.device.spread(prelu, slopesOf(x.shape, a), blocks, x.size);
    return { y: y.tensor(), cache: { x: kept, a: slopes } };
  });
}

function preluOff({ run }: Place, dy: Tensor, { x, a }: PreluCache): { dx: Tensor; da: Tensor } {
  sameDType("preluBackward", { dy, x });
  expectShape("preluBackward", "dy", dy, x.shape);
  const sizes = slopesOf(x.shape, a);
  const rows = x.size / sizes.SIZE;
  return run((workspace) => {
    const { device } = workspace;
    const [dx, da, sums] = [workspace.result(x.shape), workspace.gradient(a.shape), workspace.space(rows)];
    const [X, A, upstream] = [x, a, dy].map((one) => workspace.read(one));
    device.spread(preluBack, sizes, [X, A, upstream, dx.block], x.size);
    runRows(device, preluSums, sizes, [X, upstream, sums], rows);
    device.spread(addParts, { PARTS: rows / a.size }, [sums, da.block], a.size);
    return { dx: dx.tensor(), da: da.tensor() };
  });
}

/** How many slopes take turns, and how many numbers that follow each other have the same one. */
function slopesOf(shape: Shape, a: Tensor): { SLOPES: number; SIZE: number } {
  return { SLOPES: a.size, SIZE: sizeOf(shape.slice(a.size === 1 ? 1 : 2)) };
}

interface LinesCache {
  readonly y: Tensor;
  readonly lines: Lines;
}

function softmaxOn(
  { run }: Place,
  operation: string,
  routine: Routine,
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: LinesCache } {
  const lines = linesAlong(operation, x.shape, options);
  const { outer, length, inner } = lines;
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const sizes = { LENGTH: length, INNER: inner };
    workspace.device.spread(routine, sizes, [workspace.read(x), y.block], outer * inner);
    const tensor = y.tensor();
    return { y: tensor, cache: { y: tensor, lines } };
  });
}

function softmaxOff(
  { run }: Place,
  operation: string,
  routine: Routine,
  dy: Tensor,
  { y, lines }: LinesCache,
): { dx: Tensor } {
  sameDType(operation, { dy, x: y });
  expectShape(operation, "dy", dy, y.shape);
  const { outer, length, inner } = lines;
  return run((workspace) => {
    const dx = workspace.result(y.shape);
    const blocks = [workspace.read(y), workspace.read(dy), dx.block];
    workspace.device.spread(routine, { LENGTH: length, INNER: inner }, blocks, outer * inner);
    return { dx: dx.tensor() };
  });
}
