/**
 * Softmax, log-softmax and softmax cross-entropy on the WASM routines. Small tensors, numbers that are not finite, and targets
 * that are rows of probabilities go to the loops of the layers' own files.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { flat, reshape, wrap, type Tensor } from "../../array/tensor.js";
import {
  linesAlong,
  logSoftmaxBackward,
  logSoftmaxForward,
  softmaxBackward,
  softmaxForward,
  type Lines,
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
import type { InWorkspace, Workspace } from "./workspace.js";

/** For fewer numbers the loops, which compute in doubles, are as fast. */
const LEAST = 4096;

const route = vectors(`four numbers at a time, from ${LEAST} numbers on`);

/** Softmax, its logarithm, and the softmax cross-entropy loss. */
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

interface LinesCache {
  /** Probabilities. */
  readonly p: Tensor;
  readonly lines: Lines;
}

/** Whether the routines take these numbers: many, and finite. */
function fits(workspace: Workspace, x: Tensor): boolean {
  return x.size >= LEAST && workspace.machine.call.allFinite(x.size, workspace.read(x)) === 1;
}

/** Computes probabilities, their logarithms or both; an address of 0 means that one is not needed. */
function softmax(
  workspace: Workspace,
  { outer, length, inner }: Lines,
  x: number,
  p: number,
  logs: number,
): void {
  workspace.machine.run("softmax", outer, 0, length, inner, x, p, logs);
}

function probabilities(
  run: InWorkspace,
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: LinesCache } | undefined {
  const lines = linesAlong("softmax", x.shape, options);
  return run((workspace) => {
    const kept = workspace.keep(x);
    if (!fits(workspace, kept)) return undefined;
    const y = workspace.result(x.shape);
    softmax(workspace, lines, workspace.read(kept), y.at, 0);
    const p = y.tensor();
    return { y: p, cache: { p, lines } };
  });
}

function logarithms(
  run: InWorkspace,
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: LinesCache } | undefined {
  const lines = linesAlong("logSoftmax", x.shape, options);
  return run((workspace) => {
    const kept = workspace.keep(x);
    if (!fits(workspace, kept)) return undefined;
    const [y, p] = [workspace.result(x.shape), workspace.result(x.shape)];
    softmax(workspace, lines, workspace.read(kept), p.at, y.at);
    return { y: y.tensor(), cache: { p: p.tensor(), lines } };
  });
}

function backward(
  run: InWorkspace,
  operation: "softmaxBackward" | "logSoftmaxBackward",
  dy: Tensor,
  { p, lines }: LinesCache,
): { dx: Tensor } {
  sameDType(operation, { dy, x: p });
  expectShape(operation, "dy", dy, p.shape);
  const { outer, length, inner } = lines;
  return run((workspace) => {
    const dx = workspace.result(p.shape);
    const tensors = [workspace.read(p), workspace.read(dy), dx.at];
    const isLog = Number(operation === "logSoftmaxBackward");
    workspace.machine.run("softmaxBack", outer, 0, length, inner, isLog, ...tensors);
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
  run: InWorkspace,
  logits: Tensor,
  targets: Targets,
  options: SoftmaxCrossEntropyOptions = {},
): { loss: number; cache: CrossEntropyCache } | undefined {
  if (isTensor(targets) || logits.shape.length < 2) return undefined;
  return run((workspace) => {
    const kept = workspace.keep(logits);
    if (!fits(workspace, kept)) return undefined;
    const lines = linesAlong("softmaxCrossEntropy", logits.shape, { axis: 1 });
    const { outer, length, inner } = lines;
    // The checks need one row for each line and read no numbers.
    const divisor = checkTargets(reshape(kept, [outer * inner, length]), targets, options);
    const { labelSmoothing = 0, classWeights, ignoreIndex } = options;
    const labels = Int32Array.from(targets, (label) => (label === ignoreIndex ? -1 : label));
    const omega = wrap(classWeights ? Float32Array.from(classWeights) : new Float32Array(length).fill(1), [
      length,
    ]);
    const cache = { labels, omega, certain: 1 - labelSmoothing, even: labelSmoothing / length, divisor };
    const [p, logs] = [workspace.result(logits.shape), workspace.space(logits.size)];
    softmax(workspace, lines, workspace.read(kept), p.at, logs);
    const given = [cache.certain, cache.even, workspace.numbers(labels), workspace.read(omega), logs];
    const total = workspace.machine.call.crossEntropy(outer, length, inner, ...given);
    return { loss: total / divisor, cache: { p: p.tensor(), lines, ...cache } };
  });
}

function crossEntropyBack(run: InWorkspace, cache: CrossEntropyCache): { dlogits: Tensor } {
  const { p, labels, omega, certain, even, divisor } = cache;
  const { outer, length, inner } = cache.lines;
  return run((workspace) => {
    const dz = workspace.result(p.shape);
    const total = even * (flat(omega) as Float32Array).reduce((sum, weight) => sum + weight, 0);
    const given = [
      certain,
      even,
      total,
      divisor,
      workspace.numbers(labels),
      workspace.read(omega),
      workspace.read(p),
    ];
    workspace.machine.run("crossEntropyBack", outer, 0, length, inner, ...given, dz.at);
    return { dlogits: dz.tensor() };
  });
}
