/**
 * The optimisers' steps for float32, with a loop for each case, so that no loop tests for each weight what is the same for
 * all. They compute what the reference computes, in the same order and rounded at the same points, so the bits are the same.
 * Other tensors go to the reference.
 */
import { areDense } from "../../array/in-place.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { adadeltaStep, type AdadeltaOptions } from "../../optim/adadelta.js";
import { adagradStep, type AdagradOptions } from "../../optim/adagrad.js";
import { adamStep, type AdamStepOptions } from "../../optim/adam.js";
import { checkStep } from "../../optim/optimizer.js";
import { rmsPropStep, type RMSPropOptions } from "../../optim/rmsprop.js";
import { sgdStep, type SGDOptions } from "../../optim/sgd.js";
import type { RivalEntry } from "../engine.js";
import { rivalStep } from "../rivals.js";

function sgd(value: Tensor, gradient: Tensor, velocity: Tensor | undefined, options: SGDOptions): void {
  checkStep("sgdStep", value, { gradient, velocity });
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  const W = flat(value);
  const dW = flat(gradient);
  const V = velocity && flat(velocity);
  if (!areDense([value, velocity]) || !isFloat(W) || !isFloat(dW)) {
    return sgdStep(value, gradient, velocity, options);
  }
  if (!isFloat(V)) return descend(W, dW, lr, weightDecay);
  (nesterov ? descendAhead : descendAlong)(W, dW, V, lr, momentum, weightDecay);
}

function descend(W: Float32Array, dW: Float32Array, lr: number, decay: number): void {
  for (let i = 0; i < W.length; i++) W[i] -= lr * (dW[i] + decay * W[i]);
}

function descendAlong(
  W: Float32Array,
  dW: Float32Array,
  V: Float32Array,
  lr: number,
  momentum: number,
  decay: number,
): void {
  for (let i = 0; i < W.length; i++) {
    const v = Math.fround(momentum * V[i] + (dW[i] + decay * W[i]));
    V[i] = v;
    W[i] -= lr * v;
  }
}

function descendAhead(
  W: Float32Array,
  dW: Float32Array,
  V: Float32Array,
  lr: number,
  momentum: number,
  decay: number,
): void {
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + decay * W[i];
    const v = Math.fround(momentum * V[i] + g);
    V[i] = v;
    W[i] -= lr * (g + momentum * v);
  }
}

function adagrad(value: Tensor, gradient: Tensor, sum: Tensor, options: AdagradOptions): void {
  checkStep("adagradStep", value, { gradient, sum });
  const { lr = 0.01, epsilon = 1e-10, weightDecay = 0 } = options;
  const W = flat(value);
  const dW = flat(gradient);
  const S = flat(sum);
  if (!areDense([value, sum]) || !isFloat(W) || !isFloat(dW) || !isFloat(S)) {
    return adagradStep(value, gradient, sum, options);
  }
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i];
    const s = Math.fround(S[i] + g * g);
    S[i] = s;
    W[i] -= (lr * g) / (Math.sqrt(s) + epsilon);
  }
}

function adadelta(
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly change: Tensor },
  options: AdadeltaOptions,
): void {
  checkStep("adadeltaStep", value, { gradient, ...means });
  const { lr = 1, rho = 0.95, epsilon = 1e-6, weightDecay = 0 } = options;
  const W = flat(value);
  const dW = flat(gradient);
  const S = flat(means.square);
  const U = flat(means.change);
  const dense = areDense([value, means.square, means.change]);
  if (!dense || !isFloat(W) || !isFloat(dW) || !isFloat(S) || !isFloat(U)) {
    return adadeltaStep(value, gradient, means, options);
  }
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i];
    const s = Math.fround(rho * S[i] + (1 - rho) * g * g);
    S[i] = s;
    const step = -Math.sqrt((U[i] + epsilon) / (s + epsilon)) * g;
    U[i] = rho * U[i] + (1 - rho) * step * step;
    W[i] += lr * step;
  }
}

function rmsProp(
  value: Tensor,
  gradient: Tensor,
  means: { readonly square: Tensor; readonly velocity?: Tensor },
  options: RMSPropOptions,
): void {
  checkStep("rmsPropStep", value, { gradient, ...means });
  const { lr = 0.01, rho = 0.99, momentum = 0, epsilon = 1e-8, weightDecay = 0 } = options;
  const W = flat(value);
  const dW = flat(gradient);
  const S = flat(means.square);
  const V = means.velocity && flat(means.velocity);
  const dense = areDense([value, means.square, means.velocity]);
  if (!dense || !isFloat(W) || !isFloat(dW) || !isFloat(S)) {
    return rmsPropStep(value, gradient, means, options);
  }
  if (isFloat(V)) {
    for (let i = 0; i < W.length; i++) {
      const g = dW[i] + weightDecay * W[i];
      const s = Math.fround(rho * S[i] + (1 - rho) * g * g);
      S[i] = s;
      const step = momentum * V[i] + g / (Math.sqrt(s) + epsilon);
      V[i] = step;
      W[i] -= lr * step;
    }
    return;
  }
  for (let i = 0; i < W.length; i++) {
    const g = dW[i] + weightDecay * W[i];
    const s = Math.fround(rho * S[i] + (1 - rho) * g * g);
    S[i] = s;
    W[i] -= (lr * g) / (Math.sqrt(s) + epsilon);
  }
}

function adam(
  value: Tensor,
  gradient: Tensor,
  means: { readonly mean: Tensor; readonly square: Tensor },
  t: number,
  options: AdamStepOptions,
): void {
  checkStep("adamStep", value, { gradient, ...means });
  const { lr = 0.001, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, decoupled = false } = options;
  const W = flat(value);
  const dW = flat(gradient);
  const M = flat(means.mean);
  const S = flat(means.square);
  const dense = areDense([value, means.mean, means.square]);
  if (!(t >= 1) || !dense || !isFloat(W) || !isFloat(dW) || !isFloat(M) || !isFloat(S)) {
    return adamStep(value, gradient, means, t, options);
  }
  const beta1 = betas[0];
  const beta2 = betas[1];
  const meanWeight = 1 - beta1 ** t;
  const squareWeight = 1 - beta2 ** t;
  // One of the two decays is 0, and adding 0 changes no bit.
  const inside = decoupled ? 0 : weightDecay;
  const outside = decoupled ? lr * weightDecay : 0;
  for (let i = 0; i < W.length; i++) {
    const w = W[i];
    const g = dW[i] + inside * w;
    const m = Math.fround(beta1 * M[i] + (1 - beta1) * g);
    M[i] = m;
    const s = Math.fround(beta2 * S[i] + (1 - beta2) * g * g);
    S[i] = s;
    W[i] = w - outside * w - (lr * (m / meanWeight)) / (Math.sqrt(s / squareWeight) + epsilon);
  }
}

function isFloat(values: Float32Array | Float64Array | undefined): values is Float32Array {
  return values instanceof Float32Array;
}

/** The steps of all optimisers. */
export const steps: readonly RivalEntry[] = [
  ...rivalStep(sgdStep, sgd),
  ...rivalStep(adagradStep, adagrad),
  ...rivalStep(adadeltaStep, adadelta),
  ...rivalStep(rmsPropStep, rmsProp),
  ...rivalStep(adamStep, adam),
];
