/**
 * Scaled dot-product attention: every place asks all places, and its answer is the mean of what they say, weighted by how
 * well they fit the question. Vaswani and others, 2017, equation (1). Lecture A mentions attention as a mask.
 */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Scaled dot-product attention

A query $q_i$ of $D$ numbers is compared with the keys $k_1\dots k_S$, and the values $v_1\dots v_S$ are averaged with the weights that come out:

$$s_{ij} = \frac1{\sqrt D}\sum_d q_{id}\,k_{jd} \tag{1}$$

$$a_{ij} = \frac{e^{s_{ij}}}{\sum_l e^{s_{il}}} \tag{2}$$

$$y_{ie} = \sum_j a_{ij}\,v_{je} \tag{3}$$

With $q$ and $k$ of independent numbers of variance 1 the sum in (1) has variance $D$; the root brings it back to 1, so that the softmax does not begin saturated.

**Backward.** (3) is a product of matrices, so each factor gets $dy$ times the other:

$$dv_{je} = \sum_i a_{ij}\,dy_{ie} \tag{4}$$

$$da_{ij} = \sum_e dy_{ie}\,v_{je} \tag{5}$$

The softmax (2) works on each row $i$ by itself. Its Jacobian is $\partial a_{ij}/\partial s_{il} = a_{ij}\,([j=l]-a_{il})$, so that

$$ds_{il} = \sum_j da_{ij}\,a_{ij}\,([j=l]-a_{il}) = a_{il}\Big(da_{il} - \sum_j da_{ij}\,a_{ij}\Big) \tag{6}$$

(1) is a product of matrices again, with a factor:

$$dq_{id} = \frac1{\sqrt D}\sum_j ds_{ij}\,k_{jd} \tag{7}$$

$$dk_{jd} = \frac1{\sqrt D}\sum_i ds_{ij}\,q_{id} \tag{8}$$

Each row of $ds$ sums to 0. If the places of $k$ and $v$ are permuted together, the sums (2) and (3) do not change; if those of $q$ are, the rows of $y$ are permuted
likewise. So self-attention, where all three are computed from one $x$, knows no order of the places.
`;

/** What `dotProductAttentionForward` keeps for its backward. */
export interface DotProductAttentionCache {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** a, …×T×S: row i says how much place i takes of each value; every row sums to 1. */
  readonly weights: Tensor;
}

/** The gradients of dot-product attention, each of its tensor's shape. */
export interface DotProductAttentionGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
}

/**
 * Scaled dot-product attention, equations (1) to (3).
 * @param q  …×T×D, the queries: a row a place; the axes before the last two count examples and heads
 * @param k  …×S×D, the keys
 * @param v  …×S×E, the values
 * @returns y: …×T×E, and the cache for backward, which has the weights
 * @throws ShapeError, DTypeError when the three do not fit each other; ValueError when a score is not finite
 */
export function dotProductAttentionForward(
  q: Tensor,
  k: Tensor,
  v: Tensor,
): { y: Tensor; cache: DotProductAttentionCache } {
  const dtype = sameDType("dotProductAttention", { q, k, v });
  const { count, T, S, D, E, lead } = attentionExtents(q.shape, k.shape, v.shape);
  const [Q, K, V] = [flat(q), flat(k), flat(v)];
  const [A, Y] = [new Float64Array(count * T * S), new Float64Array(count * T * E)];
  const scale = 1 / Math.sqrt(D);
  for (let i = 0; i < count * T; i++) {
    const first = Math.floor(i / T) * S; // the row of the first key and value of this matrix
    let top = -Infinity;
    for (let j = 0; j < S; j++) {
      const [query, key] = [i * D, (first + j) * D];
      let sum = 0;
      for (let d = 0; d < D; d++) sum += Q[query + d] * K[key + d];
      const score = (A[i * S + j] = scale * sum); // (1)
      if (!(score <= top)) top = score;
    }
    expectFinite(top);
    let sum = 0;
    for (let j = 0; j < S; j++) sum += A[i * S + j] = Math.exp(A[i * S + j] - top);
    for (let j = 0; j < S; j++) {
      const weight = (A[i * S + j] /= sum); // (2)
      const [answer, value] = [i * E, (first + j) * E];
      for (let e = 0; e < E; e++) Y[answer + e] += weight * V[value + e]; // (3)
    }
  }
  const weights = rounded(A, [...lead, T, S], dtype);
  return { y: rounded(Y, [...lead, T, E], dtype), cache: { q, k, v, weights } };
}

/**
 * The gradients of `dotProductAttentionForward`, equations (4) to (8).
 * @param dy  …×T×E, the upstream gradient
 */
export function dotProductAttentionBackward(
  dy: Tensor,
  { q, k, v, weights }: DotProductAttentionCache,
): DotProductAttentionGradients {
  const dtype = sameDType("dotProductAttentionBackward", { q, k, v });
  const { count, T, S, D, E, lead } = attentionExtents(q.shape, k.shape, v.shape);
  const dY = upstream("dotProductAttentionBackward", dy, [...lead, T, E], dtype);
  const [Q, K, V, A] = [q, k, v, weights].map((x) => flat(x));
  const [dQ, dK, dV] = [q, k, v].map(({ shape }) => new Float64Array(sizeOf(shape)));
  const dA = new Float64Array(S);
  const scale = 1 / Math.sqrt(D);
  for (let i = 0; i < count * T; i++) {
    const first = Math.floor(i / T) * S;
    let shared = 0;
    for (let j = 0; j < S; j++) {
      const [answer, value] = [i * E, (first + j) * E];
      const weight = A[i * S + j];
      let slope = 0;
      for (let e = 0; e < E; e++) {
        dV[value + e] += weight * dY[answer + e]; // (4)
        slope += dY[answer + e] * V[value + e]; // (5)
      }
      dA[j] = slope;
      shared += weight * slope;
    }
    for (let j = 0; j < S; j++) {
      const [query, key] = [i * D, (first + j) * D];
      const dS = A[i * S + j] * (dA[j] - shared); // (6)
      const scaled = scale * dS;
      for (let d = 0; d < D; d++) {
        dQ[query + d] += scaled * K[key + d]; // (7)
        dK[key + d] += scaled * Q[query + d]; // (8)
      }
    }
  }
  return {
    dq: rounded(dQ, q.shape, dtype),
    dk: rounded(dK, k.shape, dtype),
    dv: rounded(dV, v.shape, dtype),
  };
}

/** How many matrices there are, and their extents. @throws ShapeError when they do not fit each other */
export function attentionExtents(
  q: Shape,
  k: Shape,
  v: Shape,
): { count: number; T: number; S: number; D: number; E: number; lead: number[] } {
  const lead = q.slice(0, -2);
  const fits = q.length >= 2 && k.length === q.length && v.length === q.length;
  const [T, D] = q.slice(-2);
  const [S, E] = v.slice(-2);
  const wanted = [...lead, S, D];
  if (!fits || showShape(k) !== showShape(wanted) || showShape(v.slice(0, -2)) !== showShape(lead)) {
    throw new ShapeError(
      `dotProductAttention: q is ${showShape(q)}, k is ${showShape(k)} and v is ${showShape(v)}; they must be …×T×D, …×S×D ` +
        `and …×S×E: queries and keys of one width, as many keys as values, and the same axes before.`,
    );
  }
  if (S === 0 || D === 0)
    throw new ShapeError(
      `dotProductAttention: k is ${showShape(k)}; there must be a key, of one number or more.`,
    );
  return { count: sizeOf(lead), T, S, D, E, lead };
}

/** @throws ValueError for a score that is NaN or infinite */
function expectFinite(score: number): void {
  if (Number.isFinite(score)) return;
  throw new ValueError(
    `dotProductAttention: the largest score of a row is ${score}; look for NaN in the input, or for weights that grew ` +
      `without bound (a smaller learning rate).`,
  );
}
