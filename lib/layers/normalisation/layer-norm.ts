/**
 * Layer normalisation: every example is brought to mean 0 and variance 1 over its own features, whatever the others of
 * the batch are. Ba, Kiros and Hinton, 2016.
 */
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { flat, full, sizeOf, zeros, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { Layer, Parameter, type LayerPass } from "../layer.js";
import { standardise, standardiseBackward, type Standardised } from "./standardise.js";
import { upstream } from "../upstream.js";
import type { ReferenceFunction } from "../rival.js";

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

export interface LayerNormOptions {
  /** Added to the variance so that nothing is divided by zero; 1e-5. */
  epsilon?: number;
}

export interface LayerNormCache {
  readonly shape: Shape;
  readonly gamma: Tensor;
  readonly rows: Standardised;
}

export interface LayerNormGradients {
  readonly dx: Tensor;
  readonly dgamma: Tensor;
  readonly dbeta: Tensor;
}

/**
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

/** @param dy  x's shape, the upstream gradient */
export function layerNormBackward(dy: Tensor, { shape, gamma, rows }: LayerNormCache): LayerNormGradients {
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

/** @throws ShapeError, DTypeError, ValueError when these cannot be normalised */
export function checkLayerNorm(x: Tensor, gamma: Tensor, beta: Tensor): void {
  sameDType("layerNorm", { x, gamma, beta });
  const axes = gamma.shape.length;
  const last = x.shape.slice(x.shape.length - axes);
  if (axes === 0 || axes > x.shape.length || showShape(last) !== showShape(gamma.shape)) {
    throw new ShapeError(
      `layerNorm: gamma is ${showShape(gamma.shape)}, but the last axes of x are not (x is ${showShape(x.shape)}); ` +
        `give it the shape of an example, ${showShape(x.shape.slice(1))}, or of its last axes.`,
    );
  }
  if (showShape(beta.shape) !== showShape(gamma.shape)) {
    throw new ShapeError(
      `layerNorm: beta is ${showShape(beta.shape)} and gamma ${showShape(gamma.shape)}; they must agree.`,
    );
  }
  if (sizeOf(gamma.shape) < 2) {
    throw new ValueError(
      `layerNorm: a row of ${sizeOf(gamma.shape)} number has no variance; normalise over two features or more.`,
    );
  }
}

export interface LayerNormLayerOptions {
  /** The shape of an example, or of its last axes, or their one length: what is normalised over. */
  size: number | Shape;
  /** Added to the variance; 1e-5. */
  epsilon?: number;
  dtype?: DType;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: LayerNormCache) => LayerNormGradients;
}

/** Parameters `gamma` (ones) and `beta` (zeros), which do not decay. */
export class LayerNorm extends Layer {
  static readonly derivation: string = derivation;
  readonly options: LayerNormLayerOptions;
  override readonly parameters: Readonly<{ gamma: Parameter; beta: Parameter }>;

  constructor(options: LayerNormLayerOptions) {
    super();
    this.options = options;
    const { size, dtype = "float32" } = options;
    const shape = typeof size === "number" ? [size] : [...size];
    const random = new Random(0);
    this.parameters = {
      gamma: new Parameter(() => full(shape, 1, dtype), random, { decay: false }),
      beta: new Parameter(() => zeros(shape, dtype), random, { decay: false }),
    };
  }

  override describe(): string {
    return `LayerNorm, over ${showShape(this.parameters.gamma.value.shape)}`;
  }

  override outputShape(input: Shape): number[] {
    const gamma = this.parameters.gamma.value;
    checkLayerNorm(zeros([0, ...input], gamma.dtype), gamma, gamma);
    return [...input];
  }

  override get functions(): readonly ReferenceFunction[] {
    return [layerNormForward];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { gamma, beta } = this.parameters;
    const forward = this.options.backward ? layerNormForward : pass.engine.of(layerNormForward);
    const { y, cache } = forward(x, gamma.value, beta.value, this.options);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const backward = this.options.backward ?? pass.engine.of(layerNormBackward);
    const { dx, dgamma, dbeta } = backward(dy, pass.take(this) as LayerNormCache);
    pass.addGradient(this.parameters.gamma, dgamma);
    pass.addGradient(this.parameters.beta, dbeta);
    return dx;
  }
}
