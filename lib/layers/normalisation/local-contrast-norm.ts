/**
 * Local contrast normalisation: the local mean is subtracted, and the result is divided by the local standard deviation.
 * "Local" means under a Gaussian window, and over all feature maps. Lecture B (7×7 Gaussian); Jarrett et al., 2009.
 */
import { expectRank, sameDType } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import { flat, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Local contrast normalisation

Pixel $o$ looks at the pixels $u$ of a $K\times K$ window around it with weights $a_{ou}$, a Gaussian of their distance, scaled so that
$\sum_u a_{ou}=1$ over the pixels inside the image: at the border the window is cut off, and a constant image has its own mean there too.
All $C$ channels of an example take part alike.

$$\mu_o = \frac1C\sum_c\sum_u a_{ou}\,x_{cu}, \qquad v_{co} = x_{co} - \mu_o \tag{1}$$

$$\sigma_o = \sqrt{\frac1C\sum_c\sum_u a_{ou}\,v_{cu}^2} \tag{2}$$

$$y_{co} = \frac{v_{co}}{\delta_o}, \qquad \delta_o = \max(\sigma_o,\,f) \tag{3}$$

The floor $f$ keeps flat places from being blown up into noise; by default it is the mean $\tfrac1P\sum_o\sigma_o$ over the example's $P$ pixels.

**Backward**, from the last step to the first. Through (3), every pixel's divisor has

$$d\delta_o = -\frac1{\delta_o^2}\sum_c dy_{co}\,v_{co} \tag{4}$$

which goes to $\sigma_o$ where that is the larger one, and otherwise to the floor, whose share all $\sigma$ have alike when it is their mean:

$$d\sigma_o = [\sigma_o>f]\,d\delta_o + \frac1P\sum_{q:\;\sigma_q\le f} d\delta_q \tag{5}$$

(the last term is missing when the floor is a constant.) Through (2), with $d\sigma^2_o = d\sigma_o/2\sigma_o$, and (3) directly,

$$dv_{cu} = \frac{dy_{cu}}{\delta_u} + \frac{2v_{cu}}C\sum_o a_{ou}\,d\sigma^2_o \tag{6}$$

and through (1), directly and by the mean of all pixels around,

$$dx_{cu} = dv_{cu} - \frac1C\sum_o a_{ou}\sum_b dv_{bo} \tag{7}$$

Forward sums over $u$, backward over $o$: the transposed weights. Without ${"`acrossChannels`"} every channel is treated like an image of its own, $C=1$.
`;

/** The window of `localContrastNormForward`, its least divisor, and whether channels share their statistics. */
export interface LocalContrastNormOptions {
  /** K: rows and columns of the window, an odd number; 7. */
  size?: number;
  /** The Gaussian's standard deviation in pixels, above 0; size/4. */
  deviation?: number;
  /** f: the least divisor, a number above 0, or "mean" for the example's mean deviation; "mean". */
  floor?: number | "mean";
  /** Whether the channels share one mean and deviation; true. */
  acrossChannels?: boolean;
}

/** The window's weights: for every pixel its first neighbour, and for every neighbour the pixel and the weight. */
export interface Weights {
  readonly from: Int32Array;
  readonly pixel: Int32Array;
  readonly weight: Float64Array;
}

/** What `localContrastNormForward` keeps for its backward. */
export interface LocalContrastNormCache {
  readonly x: Tensor;
  readonly options: Required<LocalContrastNormOptions>;
  readonly weights: Weights;
  /** v of equation (1). */
  readonly centred: Float64Array;
  /** σ of every pixel of every example (or channel). */
  readonly deviations: Float64Array;
  /** f of every example (or channel). */
  readonly floors: Float64Array;
}

/** No divisor is smaller, so that a constant image gives zeros. */
const LEAST = 1e-8;

/** Local contrast normalisation, equations (1) to (3). @param x  N×C×H×W @returns y of x's shape, and the cache for backward */
export function localContrastNormForward(
  x: Tensor,
  { size = 7, deviation = size / 4, floor = "mean", acrossChannels = true }: LocalContrastNormOptions = {},
): { y: Tensor; cache: LocalContrastNormCache } {
  const options = { size, deviation, floor, acrossChannels };
  checkLocalContrastNorm(x, options);
  const { blocks, channels, pixels } = blocksOf(x.shape, acrossChannels);
  const weights = gaussianWeights(x.shape, size, deviation);
  const X = flat(x);
  const centred = new Float64Array(X.length);
  const Y = new Float64Array(X.length);
  const deviations = new Float64Array(blocks * pixels);
  const floors = new Float64Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const first = block * channels * pixels;
    const at = (c: number, o: number): number => first + c * pixels + o;
    const mean = smooth(
      weights,
      overChannels(channels, pixels, (c, o) => X[at(c, o)] / channels),
    );
    for (let c = 0; c < channels; c++) {
      for (let o = 0; o < pixels; o++) centred[at(c, o)] = X[at(c, o)] - mean[o]; // (1)
    }
    const variance = smooth(
      weights,
      overChannels(channels, pixels, (c, o) => centred[at(c, o)] ** 2 / channels),
    );
    const sigma = variance.map(Math.sqrt); // (2)
    deviations.set(sigma, block * pixels);
    floors[block] = Math.max(LEAST, floor === "mean" ? sigma.reduce((a, s) => a + s / pixels, 0) : floor);
    for (let c = 0; c < channels; c++) {
      for (let o = 0; o < pixels; o++) Y[at(c, o)] = centred[at(c, o)] / Math.max(sigma[o], floors[block]); // (3)
    }
  }
  return {
    y: rounded(Y, x.shape, x.dtype),
    cache: { x, options, weights, centred, deviations, floors },
  };
}

/**
 * The gradient of `localContrastNormForward`, equations (4) to (7).
 * @param dy  x's shape, the upstream gradient
 */
export function localContrastNormBackward(
  dy: Tensor,
  { x, options: { floor, acrossChannels }, weights, centred, deviations, floors }: LocalContrastNormCache,
): { dx: Tensor } {
  const dY = upstream("localContrastNormBackward", dy, x.shape, x.dtype);
  const { blocks, channels, pixels } = blocksOf(x.shape, acrossChannels);
  const dX = new Float64Array(dY.length);
  for (let block = 0; block < blocks; block++) {
    const first = block * channels * pixels;
    const at = (c: number, o: number): number => first + c * pixels + o;
    const sigma = deviations.subarray(block * pixels, (block + 1) * pixels);
    const divisor = sigma.map((s) => Math.max(s, floors[block]));
    const dDivisor = overChannels(channels, pixels, (c, o) => -dY[at(c, o)] * centred[at(c, o)]).map(
      (sum, o) => sum / divisor[o] ** 2, // (4)
    );
    let shared = 0; // the gradient that reaches the floor
    if (floor === "mean" && floors[block] > LEAST) {
      for (let o = 0; o < pixels; o++) if (sigma[o] <= floors[block]) shared += dDivisor[o] / pixels;
    }
    const dVariance = dDivisor.map((d, o) => {
      const dSigma = (sigma[o] > floors[block] ? d : 0) + shared; // (5)
      return sigma[o] === 0 ? 0 : dSigma / (2 * sigma[o]);
    });
    const spread = smoothTransposed(weights, dVariance);
    for (let c = 0; c < channels; c++) {
      for (let u = 0; u < pixels; u++) {
        dX[at(c, u)] = dY[at(c, u)] / divisor[u] + (2 * centred[at(c, u)] * spread[u]) / channels; // (6)
      }
    }
    const back = smoothTransposed(
      weights,
      overChannels(channels, pixels, (c, o) => dX[at(c, o)] / channels),
    );
    for (let c = 0; c < channels; c++) for (let u = 0; u < pixels; u++) dX[at(c, u)] -= back[u]; // (7)
  }
  return { dx: rounded(dX, x.shape, x.dtype) };
}

/** How x is divided into independent blocks. */
function blocksOf(
  [batch, channels, height, width]: Shape,
  acrossChannels: boolean,
): { blocks: number; channels: number; pixels: number } {
  return acrossChannels
    ? { blocks: batch, channels, pixels: height * width }
    : { blocks: batch * channels, channels: 1, pixels: height * width };
}

/** The sum over the channels at every pixel. */
function overChannels(
  channels: number,
  pixels: number,
  term: (c: number, o: number) => number,
): Float64Array {
  const sums = new Float64Array(pixels);
  for (let c = 0; c < channels; c++) for (let o = 0; o < pixels; o++) sums[o] += term(c, o);
  return sums;
}

/** a of the derivation. */
function gaussianWeights([, , height, width]: Shape, size: number, deviation: number): Weights {
  const reach = (size - 1) / 2;
  const from = [0];
  const pixel: number[] = [];
  const weight: number[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const first = pixel.length;
      let sum = 0;
      for (let h = Math.max(0, i - reach); h <= Math.min(height - 1, i + reach); h++) {
        for (let v = Math.max(0, j - reach); v <= Math.min(width - 1, j + reach); v++) {
          const value = Math.exp(-((h - i) ** 2 + (v - j) ** 2) / (2 * deviation ** 2));
          pixel.push(h * width + v);
          weight.push(value);
          sum += value;
        }
      }
      for (let k = first; k < weight.length; k++) weight[k] /= sum;
      from.push(pixel.length);
    }
  }
  return { from: Int32Array.from(from), pixel: Int32Array.from(pixel), weight: Float64Array.from(weight) };
}

/** The weighted mean around every pixel: Σ_u a_ou·values_u. */
function smooth({ from, pixel, weight }: Weights, values: Float64Array): Float64Array {
  return values.map((_, o) => {
    let sum = 0;
    for (let k = from[o]; k < from[o + 1]; k++) sum += weight[k] * values[pixel[k]];
    return sum;
  });
}

/** Its transpose: Σ_o a_ou·values_o. */
function smoothTransposed({ from, pixel, weight }: Weights, values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length);
  for (let o = 0; o < values.length; o++) {
    for (let k = from[o]; k < from[o + 1]; k++) sums[pixel[k]] += weight[k] * values[o];
  }
  return sums;
}

/** Checks x and the options. @throws ShapeError, DTypeError, ValueError for a tensor that is not images and options out of range */
export function checkLocalContrastNorm(
  x: Tensor,
  { size, deviation, floor }: Required<LocalContrastNormOptions>,
): void {
  sameDType("localContrastNorm", { x });
  expectRank("localContrastNorm", "x", x, "N×C×H×W");
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw new ValueError(
      `localContrastNorm: the size is ${size}; it must be an odd number, so that the window has a middle.`,
    );
  }
  if (!(deviation > 0)) {
    throw new ValueError(`localContrastNorm: the deviation is ${deviation}; it must be above 0.`);
  }
  if (floor !== "mean" && !(floor > 0)) {
    throw new ValueError(`localContrastNorm: the floor is ${floor}; it must be above 0, or "mean".`);
  }
}

/** The options of a LocalContrastNorm. */
export interface LocalContrastNormLayerOptions extends LocalContrastNormOptions {
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: LocalContrastNormCache) => { dx: Tensor };
}

/**
 * Subtracts the local mean from every pixel and divides by the local standard deviation, both under a Gaussian window: only
 * differences from the surroundings remain. N×C×H×W; no parameters (Jarrett et al., 2009; lecture B).
 */
export class LocalContrastNorm extends FunctionLayer<
  [options: LocalContrastNormOptions],
  LocalContrastNormCache
> {
  static readonly derivation: string = derivation;
  readonly options: LocalContrastNormLayerOptions;

  constructor(options: LocalContrastNormLayerOptions = {}) {
    super(localContrastNormForward, localContrastNormBackward, {
      given: [options],
      backward: options.backward,
    });
    this.options = options;
  }

  override describe(): string {
    const { size = 7 } = this.options;
    return `LocalContrastNorm, ${size}×${size}`;
  }

  override outputShape(input: Shape): number[] {
    return [...input];
  }
}
