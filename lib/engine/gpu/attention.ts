/** Attention on the device: products of matrices that are both computed, their softmax, and the places' encoding. */
import { showShape } from "../../array/errors.js";
import { reshape, type Tensor } from "../../array/tensor.js";
import {
  attentionExtents,
  dotProductAttentionBackward,
  dotProductAttentionForward,
  type DotProductAttentionCache,
  type DotProductAttentionGradients,
} from "../../layers/arithmetic/dot-product-attention.js";
import {
  matrixProductBackward,
  matrixProductForward,
  type MatrixProductCache,
} from "../../layers/arithmetic/matrix-product.js";
import {
  positionalEncodingBackward,
  positionalEncodingForward,
  positionTable,
  type PositionalEncodingCache,
  type PositionalEncodingOptions,
} from "../../layers/shape/positional-encoding.js";
import { isOurs, placedPair } from "../placed-rivals.js";
import { combined, kept } from "./joins.js";
import { repeated } from "./moves.js";
import { expectUpstream, type GpuRival, type Place } from "./rivals.js";
import { sum } from "./routines/arithmetic.js";
import { matrices } from "./routines/matrices.js";
import type { Routine } from "./routines/routine.js";
import { softmax, softmaxBack } from "./routines/softmax.js";

export const attention: readonly GpuRival[] = [
  ...placedPair(dotProductAttentionForward, attendOn, dotProductAttentionBackward, attendOff),
  ...placedPair(matrixProductForward, matrixProductOn, matrixProductBackward, matrixProductOff),
  ...placedPair(positionalEncodingForward, encodingOn, positionalEncodingBackward, encodingOff),
];

/** Which of two matrices is read with rows and columns exchanged, and what the product is multiplied by. */
interface Reading {
  readonly turnA?: boolean;
  readonly turnB?: boolean;
  readonly factor?: number;
}

/** The products of the matrices in the last two axes. */
function multiplied({ run }: Place, a: Tensor, b: Tensor, reading: Reading = {}): Tensor {
  const { turnA = false, turnB = false, factor = 1 } = reading;
  const [high, wide] = a.shape.slice(-2);
  const [deep, across] = b.shape.slice(-2);
  const [ROWS, DEPTH] = turnA ? [wide, high] : [high, wide];
  const COLUMNS = turnB ? deep : across;
  const [A_ROW, A_DEPTH] = turnA ? [1, wide] : [wide, 1];
  const [B_DEPTH, B_COLUMN] = turnB ? [1, across] : [across, 1];
  const sizes = {
    ...{ ROWS, COLUMNS, DEPTH, A_MATRIX: high * wide, A_ROW, A_DEPTH },
    ...{ B_MATRIX: deep * across, B_DEPTH, B_COLUMN, FACTOR: factor },
  };
  return run((workspace) => {
    const c = workspace.result([...a.shape.slice(0, -2), ROWS, COLUMNS]);
    const count = (a.size / (high * wide)) * ROWS * COLUMNS;
    workspace.device.spread(matrices, sizes, [workspace.read(a), workspace.read(b), c.block], count);
    return c.tensor();
  });
}

/** A routine of softmax on each row of the last axis of x, which `more` stands beside. */
function onRows({ run }: Place, routine: Routine, x: Tensor, ...more: readonly Tensor[]): Tensor {
  const LENGTH = x.shape[x.shape.length - 1];
  return run((workspace) => {
    const y = workspace.result(x.shape);
    const blocks = [x, ...more].map((one) => workspace.read(one));
    workspace.device.spread(routine, { LENGTH, INNER: 1 }, [...blocks, y.block], x.size / LENGTH);
    return y.tensor();
  });
}

/** A score that is not finite makes its row NaN; the reference says so in words. */
function attendOn(
  place: Place,
  q: Tensor,
  k: Tensor,
  v: Tensor,
): { y: Tensor; cache: DotProductAttentionCache } | undefined {
  if (!isOurs(k) || !isOurs(v)) return undefined;
  const { D } = attentionExtents(q.shape, k.shape, v.shape);
  const [Q, K, V] = [q, k, v].map((x) => kept(place, x));
  const scores = multiplied(place, Q, K, { turnB: true, factor: 1 / Math.sqrt(D) });
  const weights = onRows(place, softmax, scores);
  return { y: multiplied(place, weights, V), cache: { q: Q, k: K, v: V, weights } };
}

function attendOff(
  place: Place,
  dy: Tensor,
  { q, k, v, weights }: DotProductAttentionCache,
): DotProductAttentionGradients {
  const { lead, T, D, E } = attentionExtents(q.shape, k.shape, v.shape);
  expectUpstream("dotProductAttentionBackward", dy, [...lead, T, E]);
  const factor = 1 / Math.sqrt(D);
  const dweights = multiplied(place, dy, v, { turnB: true });
  const dscores = onRows(place, softmaxBack, weights, dweights);
  return {
    dq: multiplied(place, dscores, k, { factor }),
    dk: multiplied(place, dscores, q, { turnA: true, factor }),
    dv: multiplied(place, weights, dy, { turnA: true }),
  };
}

/** Matrices that are repeated, and those that do not fit, are the next engine's. */
function matrixProductOn(
  place: Place,
  a: Tensor,
  b: Tensor,
): { y: Tensor; cache: MatrixProductCache } | undefined {
  const rank = a.shape.length;
  const fits =
    isOurs(b) &&
    rank >= 2 &&
    showShape(b.shape.slice(0, -1)) === showShape([...a.shape.slice(0, -2), a.shape[rank - 1]]);
  if (!fits) return undefined;
  const [A, B] = [kept(place, a), kept(place, b)];
  const y = multiplied(place, A, B);
  return { y, cache: { a: A, b: B, outputs: y.shape } };
}

function matrixProductOff(
  place: Place,
  dy: Tensor,
  { a, b, outputs }: MatrixProductCache,
): { da: Tensor; db: Tensor } {
  expectUpstream("matrixProductBackward", dy, outputs);
  return {
    da: multiplied(place, dy, b, { turnB: true }),
    db: multiplied(place, a, dy, { turnA: true }),
  };
}

function encodingOn(
  place: Place,
  x: Tensor,
  options: PositionalEncodingOptions = {},
): { y: Tensor; cache: PositionalEncodingCache } {
  const table = positionTable(x.shape.slice(1), options);
  const all = repeated(place, reshape(table, [1, ...table.shape]), x.shape);
  return { y: combined(place, sum, x, all), cache: { outputs: x.shape, dtype: "float32" } };
}

function encodingOff(place: Place, dy: Tensor, { outputs }: PositionalEncodingCache): { dx: Tensor } {
  expectUpstream("positionalEncodingBackward", dy, outputs);
  return { dx: kept(place, dy) };
}
