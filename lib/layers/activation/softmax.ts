/**
 * Softmax as a layer: numbers become probabilities, and its logarithm. Lectures A and E. For training, end in logits and
 * use the loss SoftmaxCrossEntropy, or end in LogSoftmax and use NegativeLogLikelihood.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { Pointwise } from "./pointwise.js";

export const derivation = String.raw`
### Softmax and log-softmax

$x_k$ are the numbers along one axis: the classes of an example, or the channels of a pixel. With $M=\max_j x_j$, which cancels and keeps the exponents at or below 0,

$$p_k = \frac{e^{x_k-M}}{\sum_j e^{x_j-M}} \tag{1}$$

$$\log p_k = x_k - M - \log\sum_j e^{x_j-M} \tag{2}$$

**Backward.** Every output depends on every input of its row. From (2), $\partial\log p_k/\partial x_j = [j=k]-p_j$, and so
$\partial p_k/\partial x_j = p_k\,([j=k]-p_j)$. With an upstream gradient $dp$ of the softmax,

$$dx_j = \sum_k dp_k\,p_k\,([j=k]-p_j) = p_j\Big(dp_j - \sum_k dp_k\,p_k\Big) \tag{3}$$

and with an upstream gradient $d\ell$ of the log-softmax,

$$dx_j = \sum_k d\ell_k\,([j=k]-p_j) = d\ell_j - p_j\sum_k d\ell_k \tag{4}$$

Either way $\sum_j dx_j = 0$: raising all inputs alike changes nothing.
`;

/** Probabilities along an axis, equation (1). @param x any shape that has the axis @returns y of x's shape, and the cache */
export function softmaxForward(x: Tensor, options: SoftmaxOptions = {}): { y: Tensor; cache: SoftmaxCache } {
  return forward("softmax", x, options, Math.exp); // (1)
}

/** Their logarithms, equation (2). @param x any shape that has the axis @returns y of x's shape, and the cache */
export function logSoftmaxForward(
  x: Tensor,
  options: SoftmaxOptions = {},
): { y: Tensor; cache: SoftmaxCache } {
  return forward("logSoftmax", x, options, (logarithm) => logarithm); // (2)
}

/** The gradient of softmax, equation (3). @param dy x's shape, the upstream gradient */
export function softmaxBackward(dy: Tensor, cache: SoftmaxCache): { dx: Tensor } {
  const term = (g: number, p: number): number => g * p;
  const gradient = (g: number, p: number, sum: number): number => p * (g - sum); // (3)
  return backward("softmaxBackward", dy, cache, term, gradient);
}

/** The gradient of log-softmax, equation (4). @param dy x's shape, the upstream gradient */
export function logSoftmaxBackward(dy: Tensor, cache: SoftmaxCache): { dx: Tensor } {
  const term = (g: number): number => g;
  const gradient = (g: number, l: number, sum: number): number => g - Math.exp(l) * sum; // (4)
  return backward("logSoftmaxBackward", dy, cache, term, gradient);
}

/** @param of  an output from its logarithm, the right side of equation (2) */
function forward(
  operation: string,
  x: Tensor,
  options: SoftmaxOptions,
  of: (logarithm: number) => number,
): { y: Tensor; cache: SoftmaxCache } {
  const lines = linesAlong(operation, x.shape, options);
  const X = flat(x);
  const Y = allocate(X.length, x.dtype);
  forEachLine(lines, (at) => {
    const { top, logSum } = logSumOf(operation, X, at, lines);
    for (let k = 0, i = at; k < lines.length; k++, i += lines.inner) Y[i] = of(X[i] - top - logSum);
  });
  const y = wrap(Y, x.shape);
  return { y, cache: { y, lines } };
}

/**
 * @param term      what is summed along a line, of the upstream gradient and the output
 * @param gradient  of one input, from its upstream gradient, its output and that sum
 */
function backward(
  operation: string,
  dy: Tensor,
  { y, lines }: SoftmaxCache,
  term: (dy: number, y: number) => number,
  gradient: (dy: number, y: number, sum: number) => number,
): { dx: Tensor } {
  sameDType(operation, { dy, x: y });
  expectShape(operation, "dy", dy, y.shape);
  const [dY, Y] = [flat(dy), flat(y)];
  const dX = allocate(Y.length, y.dtype);
  forEachLine(lines, (at) => {
    let sum = 0;
    for (let k = 0, i = at; k < lines.length; k++, i += lines.inner) sum += term(dY[i], Y[i]);
    for (let k = 0, i = at; k < lines.length; k++, i += lines.inner) dX[i] = gradient(dY[i], Y[i], sum);
  });
  return { dx: wrap(dX, y.shape) };
}

/** M and the logarithm of the sum in (2), of the line that starts at a flat position. */
function logSumOf(
  operation: string,
  X: ArrayLike<number>,
  at: number,
  { length, inner }: Lines,
): { top: number; logSum: number } {
  let top = -Infinity;
  // NaN stays: nothing is larger than it.
  for (let k = 0, i = at; k < length; k++, i += inner) if (X[i] > top || Number.isNaN(X[i])) top = X[i];
  if (!Number.isFinite(top)) {
    throw new ValueError(
      `${operation}: the largest number of a row is ${top}; look for NaN in the input, or for weights that grew without bound ` +
        `(a smaller learning rate).`,
    );
  }
  let sum = 0;
  for (let k = 0, i = at; k < length; k++, i += inner) sum += Math.exp(X[i] - top);
  return { top, logSum: Math.log(sum) };
}

/** The lines of numbers along an axis. @throws ShapeError when the axis is not there */
export function linesAlong(operation: string, shape: Shape, { axis = 1 }: SoftmaxOptions): Lines {
  const which = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(which) || which < 0 || which >= shape.length) {
    throw new ShapeError(
      `${operation}: there is no axis ${axis} in ${showShape(shape)}; the axes are 0 to ${shape.length - 1}.`,
    );
  }
  return {
    outer: sizeOf(shape.slice(0, which)),
    length: shape[which],
    inner: sizeOf(shape.slice(which + 1)),
  };
}

/** Visits the flat position of the first number of every line along the axis. */
function forEachLine({ outer, length, inner }: Lines, visit: (at: number) => void): void {
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * length * inner + i);
}

/**
 * Makes scores probabilities: positive numbers that sum to 1 over the classes, or over the channels at every place. To
 * train, rather end in scores and use the loss `SoftmaxCrossEntropy`. No parameters (lectures A and E).
 */
export class Softmax extends Pointwise<[options: SoftmaxOptions], SoftmaxCache> {
  static readonly derivation: string = derivation;
  readonly options: SoftmaxOptions;

  constructor(options: SoftmaxOptions = {}) {
    super(softmaxForward, softmaxBackward, { given: [options] });
    this.options = options;
  }
}

/** The logarithms of softmax's probabilities, for the loss `NegativeLogLikelihood`. No parameters (lecture E). */
export class LogSoftmax extends Pointwise<[options: SoftmaxOptions], SoftmaxCache> {
  static readonly derivation: string = derivation;
  readonly options: SoftmaxOptions;

  constructor(options: SoftmaxOptions = {}) {
    super(logSoftmaxForward, logSoftmaxBackward, { given: [options] });
    this.options = options;
  }
}

/** The axis along which `Softmax` and `LogSoftmax` sum to 1. */
export interface SoftmaxOptions {
  /** The axis whose numbers become probabilities, with the batch axis counted; −1 is the last; 1, the classes or channels. */
  axis?: number;
}

/** What `softmaxForward` and `logSoftmaxForward` keep for their backwards. */
export interface SoftmaxCache {
  /** The output: probabilities, or their logarithms. */
  readonly y: Tensor;
  readonly lines: Lines;
}

/** An axis of a tensor: `outer` × `length` × `inner` numbers. */
export interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}
