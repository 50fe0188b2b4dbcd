/**
 * Layer normalisation: every example is normalised to mean 0 and variance 1 over its own features, whatever the other examples
 * of the batch. Ba, Kiros and Hinton, 2016.
 */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { Rescaled, type RescaledGradients, type RescaledOptions } from "./rescaled.js";
import { standardise, standardiseBackward, type Standardised } from "./standardise.js";

export const derivation = String.raw`
### Layer normalisation

The last axes of $x$ hold a row of $m$ features $x_1\dots x_m$: all of an example, or what ${"`gamma`"} has the shape of. For each row by itself

$$\mu = \frac1m\sum_i x_i, \qquad \sigma^2 = \frac1m\sum_i (x_i-\mu)^2, \qquad \hat x_i = r\,(x_i-\mu), \quad r = \frac1{\sqrt{\sigma^2+\varepsilon}} \tag{1}$$

$$y_i = \gamma_i\,\hat x_i + \beta_i \tag{2}$$

**Backward.** The rows share $\gamma$ and $\beta$ (batch normalisation shares statistics between the examples; here only the parameters):

$$d\gamma_i = \sum_{\text{rows}} dy_i\,\hat x_i, \qquad d\beta_i = \sum_{\text{rows}} dy_i \tag{3}$$

$$d\hat x_i = \gamma_i\,dy_i \tag{4}$$

$x_i$ acts directly, through $\mu$ and through $\sigma^2$, as in batch normalisation (its equations 5 and 6), and the same steps give

$$dx_i = r\Big(d\hat x_i - \frac1m\sum_j d\hat x_j - \hat x_i\,\frac1m\sum_j d\hat x_j\,\hat x_j\Big) \tag{5}$$

Training and test are the same function: there are no running statistics, and a batch of one will do.
`;

/**
 * Layer normalisation, equations (1) and (2).
 * @param x      any shape
 * @param gamma  scales, of the shape of x's last axes: those are normalised over
 * @param beta   shifts, of gamma's shape
 * @returns y of x's shape, and the cache for backward
 */
export function layerNormForward(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5 }: LayerNormOptions = {},
): { y: Tensor; cache: LayerNormCache } {
  checkLayerNorm(x, gamma, beta);
  const m = sizeOf(gamma.shape);
  const rows = standardise(flat(x), m, epsilon); // (1)
  const [G, B] = [flat(gamma), flat(beta)];
  const Y = rows.normalised.map((value, at) => G[at % m] * value + B[at % m]); // (2)
  return { y: rounded(Y, x.shape, x.dtype), cache: { shape: x.shape, gamma, rows } };
}

/**
 * The gradients of `layerNormForward`, equations (3) to (5).
 * @param dy  x's shape, the upstream gradient
 */
export function layerNormBackward(dy: Tensor, { shape, gamma, rows }: LayerNormCache): RescaledGradients {
  const dY = upstream("layerNormBackward", dy, shape, gamma.dtype);
  const G = flat(gamma);
  const m = G.length;
  const [dGamma, dBeta] = [new Float64Array(m), new Float64Array(m)];
  const dNormalised = new Float64Array(dY.length);
  for (let at = 0; at < dY.length; at++) {
    dGamma[at % m] += dY[at] * rows.normalised[at]; // (3)
    dBeta[at % m] += dY[at]; // (3)
    dNormalised[at] = G[at % m] * dY[at]; // (4)
  }
  return {
    dx: rounded(standardiseBackward(dNormalised, rows), shape, gamma.dtype), // (5)
    dgamma: rounded(dGamma, gamma.shape, gamma.dtype),
    dbeta: rounded(dBeta, gamma.shape, gamma.dtype),
  };
}

/** Checks that x can be normalised over its last axes, which have gamma's shape. @throws ShapeError, ValueError */
function checkAxes(x: Shape, gamma: Shape): void {
  const axes = gamma.length;
  const last = x.slice(x.length - axes);
  if (axes === 0 || axes > x.length || showShape(last) !== showShape(gamma)) {
    throw new ShapeError(
      `layerNorm: gamma is ${showShape(gamma)}, but the last axes of x are not (x is ${showShape(x)}); ` +
        `give it the shape of an example, ${showShape(x.slice(1))}, or of its last axes.`,
    );
  }
  if (sizeOf(gamma) < 2) {
    throw new ValueError(
      `layerNorm: a row of ${sizeOf(gamma)} number has no variance; normalise over two features or more.`,
    );
  }
}

/** Checks that the parameters have x's dtype, one shape, and that of x's last axes. @throws ShapeError, DTypeError, ValueError */
export function checkLayerNorm(x: Tensor, gamma: Tensor, beta: Tensor): void {
  sameDType("layerNorm", { x, gamma, beta });
  if (showShape(beta.shape) !== showShape(gamma.shape)) {
    throw new ShapeError(
      `layerNorm: beta is ${showShape(beta.shape)} and gamma ${showShape(gamma.shape)}; they must agree.`,
    );
  }
  checkAxes(x.shape, gamma.shape);
}

/**
 * Brings every example, or its last axes, to mean 0 and variance 1 over its own features, whatever the batch, then
 * scales and shifts (Ba, Kiros and Hinton, 2016). Parameters `gamma` (ones) and `beta` (zeros), which do not decay.
 */
export class LayerNorm extends Rescaled<LayerNormLayerOptions, LayerNormOptions, LayerNormCache> {
  static readonly derivation: string = derivation;

  constructor(options: LayerNormLayerOptions) {
    const { size } = options;
    super(options, typeof size === "number" ? [size] : [...size], layerNormForward, layerNormBackward);
  }

  override describe(): string {
    return `LayerNorm, over ${showShape(this.parameters.gamma.value.shape)}`;
  }

  override outputShape(input: Shape): number[] {
    checkAxes([1, ...input], this.parameters.gamma.value.shape);
    return [...input];
  }

  protected override given(): readonly [Tensor, Tensor, LayerNormOptions] {
    const { gamma, beta } = this.parameters;
    return [gamma.value, beta.value, this.options];
  }
}

/** The options of a LayerNorm. */
export interface LayerNormLayerOptions extends RescaledOptions<LayerNormCache> {
  /** The axes to normalise over: the shape of an example or of its last axes, or the length of the last axis. */
  size: number | Shape;
}

/** What keeps the division of `layerNormForward` finite. */
export interface LayerNormOptions {
  /** Added to the variance so that nothing is divided by zero; 1e-5. */
  epsilon?: number;
}

/** What `layerNormForward` keeps for its backward. */
export interface LayerNormCache {
  readonly shape: Shape;
  readonly gamma: Tensor;
  readonly rows: Standardised;
}
