/** Batch normalisation, channel by channel, in plain loops over the positions of each example. */
import { expectShape, sameDType } from "../../array/check.js";
import { allocate, flat, sizeOf, wrap, type Tensor } from "../../array/tensor.js";
import { rounded } from "../../layers/accumulate.js";
import {
  batchNormBackward,
  batchNormForward,
  checkBatchNorm,
  type BatchNormCache,
  type BatchNormOptions,
  type Statistics,
} from "../../layers/normalisation/batch-norm.js";
import type { RescaledGradients } from "../../layers/normalisation/rescaled.js";
import type { RivalEntry } from "../engine.js";
import { rivals } from "../rivals.js";

function forward(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5, statistics }: BatchNormOptions = {},
): { y: Tensor; statistics: Statistics; cache: BatchNormCache } {
  checkBatchNorm(x, gamma, beta, statistics);
  const [batch, channels] = x.shape;
  const places = sizeOf(x.shape.slice(2));
  const [X, G, B] = [flat(x), flat(gamma), flat(beta)];
  const mean = statistics ? Float64Array.from(flat(statistics.mean)) : new Float64Array(channels);
  const variance = statistics ? Float64Array.from(flat(statistics.variance)) : new Float64Array(channels);
  const scale = new Float64Array(channels);
  const Y = allocate(X.length, x.dtype);
  const jump = channels * places;
  for (let c = 0; c < channels; c++) {
    if (!statistics) {
      let sum = 0;
      for (let n = 0, at = c * places; n < batch; n++, at += jump) {
        for (let i = at; i < at + places; i++) sum += X[i];
      }
      const centre = sum / (batch * places);
      let squares = 0;
      for (let n = 0, at = c * places; n < batch; n++, at += jump) {
        for (let i = at; i < at + places; i++) squares += (X[i] - centre) * (X[i] - centre);
      }
      mean[c] = centre;
      variance[c] = squares / (batch * places);
    }
    scale[c] = 1 / Math.sqrt(variance[c] + epsilon);
    const [centre, gain, shift] = [mean[c], G[c] * scale[c], B[c]];
    for (let n = 0, at = c * places; n < batch; n++, at += jump) {
      for (let i = at; i < at + places; i++) Y[i] = (X[i] - centre) * gain + shift;
    }
  }
  return {
    y: wrap(Y, x.shape),
    statistics: statistics ?? {
      mean: rounded(mean.slice(), [channels], x.dtype),
      variance: rounded(variance, [channels], x.dtype),
    },
    cache: { x, gamma, mean, scale, constant: statistics !== undefined },
  };
}

function backward(dy: Tensor, { x, gamma, mean, scale, constant }: BatchNormCache): RescaledGradients {
  sameDType("batchNormBackward", { dy, x });
  expectShape("batchNormBackward", "dy", dy, x.shape);
  const [batch, channels] = x.shape;
  const places = sizeOf(x.shape.slice(2));
  const [X, G, dY] = [flat(x), flat(gamma), flat(dy)];
  const [dGamma, dBeta] = [new Float64Array(channels), new Float64Array(channels)];
  const dX = allocate(X.length, x.dtype);
  const jump = channels * places;
  for (let c = 0; c < channels; c++) {
    const [centre, r] = [mean[c], scale[c]];
    let [sum, product] = [0, 0];
    for (let n = 0, at = c * places; n < batch; n++, at += jump) {
      for (let i = at; i < at + places; i++) {
        sum += dY[i];
        product += dY[i] * (X[i] - centre);
      }
    }
    dBeta[c] = sum;
    dGamma[c] = product * r;
    const m = batch * places;
    const [gain, offset, slope] = constant ? [G[c] * r, 0, 0] : [G[c] * r, sum / m, (dGamma[c] * r) / m];
    for (let n = 0, at = c * places; n < batch; n++, at += jump) {
      for (let i = at; i < at + places; i++) dX[i] = gain * (dY[i] - offset - (X[i] - centre) * slope);
    }
  }
  return {
    dx: wrap(dX, x.shape),
    dgamma: rounded(dGamma, [channels], x.dtype),
    dbeta: rounded(dBeta, [channels], x.dtype),
  };
}

/** Batch normalisation. */
export const batchNorm: readonly RivalEntry[] = rivals(
  batchNormForward,
  forward,
  batchNormBackward,
  backward,
);
