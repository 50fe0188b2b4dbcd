/**
 * Softmax, log-softmax and softmax cross-entropy on the WASM kernels. Few numbers, those that are not finite, and
 * targets that are rows of probabilities go to the loops of the layers' own files.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { flat, reshape, wrap, type Tensor } from "../../array/tensor.js";
import {
  linesAlong,
  logSoftmaxBackward,
  logSoftmaxForward,
  softmaxBackward,
  softmaxForward,
  type SoftmaxOptions,
} from "../../layers/activation/softmax.js";
import { isTensor } from "../../losses/labels.js";
import type { Targets } from "../../losses/loss.js";
import {
  checkTargets,
  softmaxCrossEntropyBackward,
  softmaxCrossEntropyForward,
  type SoftmaxCrossEntropyOptions,
} from "../../losses/softmax-cross-entropy.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { Run, Scope } from "./scope.js";

/** Fewer numbers are as soon done by the loops, which compute in doubles. */
const LEAST = 4096;

const route = vectors(`four numbers at a time, from ${LEAST} numbers on`);

/** Softmax, its logarithm, and the loss that is made of it. */
export const softmaxes: readonly WasmRival[] = [
  ...rivals(
    softmaxForward,
    probabilities,
    softmaxBackward,
    (run, dy, cache) => backward(run, "softmaxBackward", dy, cache),
    route,
  ),
  ...rivals(
    logSoftmaxForward,
    logarithms,
    logSoftmaxBackward,
    (run, dy, cache) => backward(run, "logSoftmaxBackward", dy, cache),
    route,
  ),
  ...rivals(softmaxCrossEntropyForward, crossEntropy, softmaxCrossEntropyBackward, crossEntropyBack, route),
];

/** An axis: outer × length × inner numbers. */
type Lines = ReturnType<typeof linesAlong>;

interface LinesCache {
  /** Probabilities. */
  readonly p: Tensor;
  readonly lines: Lines;
}

/** Whether the kernels take these numbers: many, and finite. */
function fits(scope: Scope, x: Tensor): boolean {
  return x.size >= LEAST && scope.machine.call.allFinite(x.size, scope.read(x)) === 1;
}

/** Computes probabilities, their logarithms or both; an address of 0 is not wanted. */
function softmax(scope: Scope, { outer, length, inner }: Lines, x: number, p: number, logs: number): void {
  scope.machine.run("softmax", outer, 0, length, inner, x, p, logs);
}

function probabilities(
  run: Run,
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: LinesCache } | undefined {
  const lines = linesAlong("softmax", x.shape, options);
  return run((scope) => {
    const kept = scope.keep(x);
    if (!fits(scope, kept)) return undefined;
    const y = scope.result(x.shape);
    softmax(scope, lines, scope.read(kept), y.at, 0);
    const p = y.tensor();
    return { y: p, cache: { p, lines } };
  });
}

function logarithms(
  run: Run,
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: LinesCache } | undefined {
  const lines = linesAlong("logSoftmax", x.shape, options);
  return run((scope) => {
    const kept = scope.keep(x);
    if (!fits(scope, kept)) return undefined;
    const [y, p] = [scope.result(x.shape), scope.result(x.shape)];
    softmax(scope, lines, scope.read(kept), p.at, y.at);
    return { y: y.tensor(), cache: { p: p.tensor(), lines } };
  });
}

function backward(
  run: Run,
  operation: "softmaxBackward" | "logSoftmaxBackward",
  dy: Tensor,
  { p, lines }: LinesCache,
): { dx: Tensor } {
  sameDType(operation, { dy, x: p });
  expectShape(operation, "dy", dy, p.shape);
  const { outer, length, inner } = lines;
  return run((scope) => {
    const dx = scope.result(p.shape);
    const tensors = [scope.read(p), scope.read(dy), dx.at];
    const isLog = Number(operation === "logSoftmaxBackward");
    scope.machine.run("softmaxBack", outer, 0, length, inner, isLog, ...tensors);
    return { dx: dx.tensor() };
  });
}

interface CrossEntropyCache {
  /** The logits' shape. */
  readonly p: Tensor;
  readonly lines: Lines;
  /** The class of each line; −1 for those that do not count. */
  readonly labels: Int32Array;
  /** The targets q of equation (5): ω·(certain at the label + even everywhere). */
  readonly omega: Tensor;
  readonly certain: number;
  readonly even: number;
  readonly divisor: number;
}

function crossEntropy(
  run: Run,
  logits: Tensor,
  targets: Targets,
  options: SoftmaxCrossEntropyOptions = {},
): { loss: number; cache: CrossEntropyCache } | undefined {
  if (isTensor(targets) || logits.shape.length < 2) return undefined;
  return run((scope) => {
    const kept = scope.keep(logits);
    if (!fits(scope, kept)) return undefined;
    const lines = linesAlong("softmaxCrossEntropy", logits.shape, { axis: 1 });
    const { outer, length, inner } = lines;
    // The checks want a row a line and look at no number.
    const divisor = checkTargets(reshape(kept, [outer * inner, length]), targets, options);
    const { labelSmoothing = 0, classWeights, ignoreIndex } = options;
    const labels = Int32Array.from(targets, (label) => (label === ignoreIndex ? -1 : label));
    const omega = wrap(classWeights ? Float32Array.from(classWeights) : new Float32Array(length).fill(1), [
      length,
    ]);
    const cache = { labels, omega, certain: 1 - labelSmoothing, even: labelSmoothing / length, divisor };
    const [p, logs] = [scope.result(logits.shape), scope.space(logits.size)];
    softmax(scope, lines, scope.read(kept), p.at, logs);
    const given = [cache.certain, cache.even, scope.numbers(labels), scope.read(omega), logs];
    const total = scope.machine.call.crossEntropy(outer, length, inner, ...given);
    return { loss: total / divisor, cache: { p: p.tensor(), lines, ...cache } };
  });
}

function crossEntropyBack(run: Run, cache: CrossEntropyCache): { dlogits: Tensor } {
  const { p, labels, omega, certain, even, divisor } = cache;
  const { outer, length, inner } = cache.lines;
  return run((scope) => {
    const dz = scope.result(p.shape);
    const total = even * (flat(omega) as Float32Array).reduce((sum, weight) => sum + weight, 0);
    const given = [certain, even, total, divisor, scope.numbers(labels), scope.read(omega), scope.read(p)];
    scope.machine.run("crossEntropyBack", outer, 0, length, inner, ...given, dz.at);
    return { dlogits: dz.tensor() };
  });
}
