/**
 * Local response normalisation: a feature is damped where its neighbours among the feature maps are strong.
 * Krizhevsky et al. (AlexNet), 2012; lecture B.
 */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Local response normalisation

At every place $i$ of every example, channel $c$ looks at the $n$ channels around it, $W_c = \{c-\lfloor\tfrac{n-1}2\rfloor \dots c+\lceil\tfrac{n-1}2\rceil\}$
as far as they exist:

$$s_{ci} = k + \frac\alpha n\sum_{b\in W_c} x_{bi}^2 \tag{1}$$

$$y_{ci} = x_{ci}\; s_{ci}^{-\beta} \tag{2}$$

**Backward.** $x_{bi}$ acts on $y_{bi}$ directly, and on every $y_{ci}$ in whose window it lies through $s_{ci}$, with
$\partial s_{ci}/\partial x_{bi} = \tfrac{2\alpha}n x_{bi}$ and $\partial y_{ci}/\partial s_{ci} = -\beta\,x_{ci}\,s_{ci}^{-\beta-1}$:

$$dx_{bi} = dy_{bi}\,s_{bi}^{-\beta} - \frac{2\alpha\beta}n\,x_{bi}\sum_{c:\;b\in W_c} dy_{ci}\,x_{ci}\,s_{ci}^{-\beta-1} \tag{3}$$

This is the formula of ONNX, and of PyTorch when $n$ is odd. An even $n$ follows ONNX and not PyTorch: here one channel more lies behind $c$ than before it,
in PyTorch one more before. The AlexNet paper has no $1/n$: its $k=2$, $n=5$, $\alpha=10^{-4}$, $\beta=0.75$ are ${"`k: 2, size: 5, alpha: 5e-4`"} here.
`;

/** The number of neighbours in `localResponseNormForward`, and α, β and k of its formula. */
export interface LocalResponseNormOptions {
  /**
   * n: how many neighbouring channels, the channel itself counted; 5. An even n follows ONNX: it has one more behind the
   * channel than before it. PyTorch's has one more before, so that its numbers differ there.
   */
  size?: number;
  /** α, from 0 up; 1e-4. */
  alpha?: number;
  /** β, from 0 up; 0.75. */
  beta?: number;
  /** k, above 0; 1. */
  k?: number;
}

/** What `localResponseNormForward` keeps for its backward. */
export interface LocalResponseNormCache {
  readonly x: Tensor;
  /** s of equation (1). */
  readonly sums: Float64Array;
  readonly options: Required<LocalResponseNormOptions>;
}

/** Local response normalisation, equations (1) and (2). @param x  N×C, N×C×L or N×C×H×W @returns y of x's shape, and the cache for backward */
export function localResponseNormForward(
  x: Tensor,
  { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): { y: Tensor; cache: LocalResponseNormCache } {
  const options = { size, alpha, beta, k };
  checkLocalResponseNorm(x, options);
  const X = flat(x);
  const sums = new Float64Array(X.length).fill(k);
  forEachNeighbour(x.shape, size, (cAt, bAt) => {
    sums[cAt] += (alpha / size) * X[bAt] ** 2; // (1)
  });
  const Y = sums.map((sum, at) => X[at] * sum ** -beta); // (2)
  return { y: rounded(Y, x.shape, x.dtype), cache: { x, sums, options } };
}

/**
 * The gradient of `localResponseNormForward`, equation (3).
 * @param dy  x's shape, the upstream gradient
 */
export function localResponseNormBackward(
  dy: Tensor,
  { x, sums, options: { size, alpha, beta } }: LocalResponseNormCache,
): { dx: Tensor } {
  const dY = upstream("localResponseNormBackward", dy, x.shape, x.dtype);
  const X = flat(x);
  const dX = sums.map((sum, at) => dY[at] * sum ** -beta); // (3), directly
  forEachNeighbour(x.shape, size, (cAt, bAt) => {
    const through = dY[cAt] * X[cAt] * sums[cAt] ** (-beta - 1);
    dX[bAt] -= ((2 * alpha * beta) / size) * X[bAt] * through; // (3), through s
  });
  return { dx: rounded(dX, x.shape, x.dtype) };
}

/** Visits every channel c of every place, with every b in its window: their flat positions. */
function forEachNeighbour(shape: Shape, size: number, visit: (cAt: number, bAt: number) => void): void {
  const [batch, channels] = shape;
  const places = sizeOf(shape.slice(2));
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let b = Math.max(0, c - before); b <= Math.min(channels - 1, c + after); b++) {
        const [cRow, bRow] = [(n * channels + c) * places, (n * channels + b) * places];
        for (let i = 0; i < places; i++) visit(cRow + i, bRow + i);
      }
    }
  }
}

/** Checks x and the options. @throws ShapeError, DTypeError, ValueError for a signal without channels and options out of range */
export function checkLocalResponseNorm(
  x: Tensor,
  { size, alpha, beta, k }: Required<LocalResponseNormOptions>,
): void {
  sameDType("localResponseNorm", { x });
  if (x.shape.length < 2) {
    throw new ShapeError(`localResponseNorm: x is ${showShape(x.shape)}, expected N×C, N×C×L or N×C×H×W.`);
  }
  if (!Number.isInteger(size) || size < 1) {
    throw new ValueError(`localResponseNorm: the size is ${size}; it must be a whole number, 1 or more.`);
  }
  if (!(alpha >= 0 && beta >= 0 && k > 0)) {
    throw new ValueError(
      `localResponseNorm: alpha is ${alpha}, beta ${beta} and k ${k}; alpha and beta must be 0 or more, k above 0.`,
    );
  }
}

/** The options of a LocalResponseNorm. */
export interface LocalResponseNormLayerOptions extends LocalResponseNormOptions {
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: LocalResponseNormCache) => { dx: Tensor };
}

/**
 * Divides every number by a measure of its neighbouring channels at the same position, so that strong features damp weak ones:
 * AlexNet's normalisation. N×C×…; no parameters (Krizhevsky et al., 2012; lecture B).
 */
export class LocalResponseNorm extends FunctionLayer<
  [options: LocalResponseNormOptions],
  LocalResponseNormCache
> {
  static readonly derivation: string = derivation;
  readonly options: LocalResponseNormLayerOptions;

  constructor(options: LocalResponseNormLayerOptions = {}) {
    super(localResponseNormForward, localResponseNormBackward, {
      given: [options],
      backward: options.backward,
    });
    this.options = options;
  }

  override describe(): string {
    return `LocalResponseNorm, ${this.options.size ?? 5} channels`;
  }

  override outputShape(input: Shape): number[] {
    return [...input];
  }
}
