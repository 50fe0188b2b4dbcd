/** The linear layer as three matrix products in 4×4 tiles of sums that stay in registers. */
import { expectShape, sameDType } from "../../array/check.js";
import type { Tensor } from "../../array/tensor.js";
import { rounded } from "../../layers/accumulate.js";
import { checkLinear } from "../../layers/check-linear.js";
import { linearBackward, linearForward } from "../../layers/linear.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { wide } from "./wide.js";
import type { RivalEntry } from "../engine.js";
import { rivals } from "../rivals.js";

function forward(x: Tensor, w: Tensor, b: Tensor | undefined): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  const Y = new Float64Array(N * K);
  if (b) for (let n = 0, B = wide(b); n < N; n++) Y.set(B, n * K);
  multiply(N, K, D, wide(x), D, 1, wide(w), D, 1, Y);
  return { y: rounded(Y, [N, K], x.dtype), cache: { x, w, hasBias: b !== undefined } };
}

function backward(dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const dY = wide(dy);
  const [dW, dB] = [new Float64Array(K * D), new Float64Array(K)];
  multiply(K, D, N, dY, 1, K, wide(x), 1, D, dW);
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) dB[k] += dY[n * K + k];
  return {
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      const dX = new Float64Array(N * D);
      multiply(N, D, K, dY, K, 1, wide(w), 1, D, dX);
      return rounded(dX, x.shape, x.dtype);
    },
    dw: rounded(dW, w.shape, x.dtype),
    ...(hasBias && { db: rounded(dB, [K], x.dtype) }),
  };
}

/**
 * C[i][j] += Σ over k of A[i][k]·B[j][k], with C of rows × columns.
 * @param aRow  elements between A's rows (its i), and @param aStep between its k; the same for B
 */
function multiply(
  rows: number,
  columns: number,
  depth: number,
  A: Float64Array,
  aRow: number,
  aStep: number,
  B: Float64Array,
  bRow: number,
  bStep: number,
  C: Float64Array,
): void {
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < columns; j += 4) {
      // A tile at the edge repeats the last row or column; the sums of the repeats are not stored.
      let pa = i * aRow,
        pb = Math.min(i + 1, rows - 1) * aRow;
      let pc = Math.min(i + 2, rows - 1) * aRow,
        pd = Math.min(i + 3, rows - 1) * aRow;
      let p0 = j * bRow,
        p1 = Math.min(j + 1, columns - 1) * bRow;
      let p2 = Math.min(j + 2, columns - 1) * bRow,
        p3 = Math.min(j + 3, columns - 1) * bRow;
      let a0 = 0,
        a1 = 0,
        a2 = 0,
        a3 = 0,
        b0 = 0,
        b1 = 0,
        b2 = 0,
        b3 = 0;
      let c0 = 0,
        c1 = 0,
        c2 = 0,
        c3 = 0,
        d0 = 0,
        d1 = 0,
        d2 = 0,
        d3 = 0;
      for (let k = 0; k < depth; k++) {
        const x0 = B[p0],
          x1 = B[p1],
          x2 = B[p2],
          x3 = B[p3];
        const wa = A[pa],
          wb = A[pb],
          wc = A[pc],
          wd = A[pd];
        a0 += wa * x0;
        a1 += wa * x1;
        a2 += wa * x2;
        a3 += wa * x3;
        b0 += wb * x0;
        b1 += wb * x1;
        b2 += wb * x2;
        b3 += wb * x3;
        c0 += wc * x0;
        c1 += wc * x1;
        c2 += wc * x2;
        c3 += wc * x3;
        d0 += wd * x0;
        d1 += wd * x1;
        d2 += wd * x2;
        d3 += wd * x3;
        pa += aStep;
        pb += aStep;
        pc += aStep;
        pd += aStep;
        p0 += bStep;
        p1 += bStep;
        p2 += bStep;
        p3 += bStep;
      }
      const at = i * columns + j;
      const deep = rows - i,
        across = columns - j;
      add(C, at, across, a0, a1, a2, a3);
      if (deep > 1) add(C, at + columns, across, b0, b1, b2, b3);
      if (deep > 2) add(C, at + 2 * columns, across, c0, c1, c2, c3);
      if (deep > 3) add(C, at + 3 * columns, across, d0, d1, d2, d3);
    }
  }
}

function add(
  C: Float64Array,
  at: number,
  count: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
): void {
  C[at] += s0;
  if (count > 1) C[at + 1] += s1;
  if (count > 2) C[at + 2] += s2;
  if (count > 3) C[at + 3] += s3;
}

/** The linear layer. */
export const linear: readonly RivalEntry[] = rivals(linearForward, forward, linearBackward, backward);
