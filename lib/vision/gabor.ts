/**
 * Gabor functions, waves under a Gaussian (lecture B), and the one that fits a learned filter best, as Jones and
 * Palmer (1987) fitted the receptive fields of simple cells in a cat's visual cortex.
 *
 *     g(x, y) = A · exp(−x′²/2σ² − y′²/2τ²) · cos(2π f x′ + φ)
 *
 * where x′ is the coordinate across the stripes and y′ the one along them, both from the centre (x₀, y₀). The lecture's ψc
 * has φ = 0 and its ψs φ = −90°, with τ = σ and vertical stripes.
 */
import { expectFinite } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { dtypeOf, flat, wrap, zeros, type DType, type Tensor } from "../array/tensor.js";
import { spectrum, strongestWaves, type Wave } from "../signal/spectrum.js";
import { leastSquares, type LeastSquaresProblem } from "../signal/least-squares.js";

/** A Gabor function; lengths are in pixels. */
export interface Gabor extends Wave {
  /** The angle of the stripes in degrees, counter-clockwise from horizontal, from 0 up to 180. */
  readonly orientation: number;
  /** Cycles per pixel. */
  readonly frequency: number;
  /** In degrees, above −180 and up to 180: 0 for an even function (cosine), ±90 for an odd one (sine). */
  readonly phase: number;
  /** The standard deviation of the Gaussian along the wave, in pixels. */
  readonly sigma: number;
  /** The standard deviation along the stripes divided by that along the wave. */
  readonly aspect: number;
  /** A, the maximum of the Gaussian. */
  readonly amplitude: number;
  /** The centre: columns to the right and rows down from the middle of the filter. */
  readonly centre: readonly [x: number, y: number];
}

/** The parameters of a Gabor function. Defaults: phase 0, sigma half a wavelength, aspect 1, amplitude 1, in the middle. */
export type GaborOptions = Pick<Gabor, "orientation" | "frequency"> & Partial<Gabor>;

/**
 * A Gabor function on a grid of pixels.
 *
 *     gabor(31, { orientation: 90, frequency: 0.1 })                 // the lecture's ψc: upright stripes
 *     gabor(31, { orientation: 90, frequency: 0.1, phase: -90 })     // ψs
 *
 * @param size   height and width in pixels, or both
 * @param dtype  "float32" unless given
 * @returns H×W
 * @throws ValueError for a frequency below 0 or a Gaussian without width
 */
export function gabor(
  size: number | readonly [height: number, width: number],
  options: GaborOptions,
  dtype: DType = "float32",
): Tensor {
  const { orientation, frequency, phase = 0, aspect = 1, amplitude = 1, centre = [0, 0] } = options;
  const sigma = options.sigma ?? 0.5 / frequency;
  if (!(frequency >= 0 && sigma > 0 && sigma < Infinity && aspect > 0)) {
    throw new ValueError(
      `gabor: frequency ${frequency}, sigma ${sigma} and aspect ${aspect} make no wave under a Gaussian; the frequency ` +
        `must be 0 or more, the other two above 0 (give sigma when the frequency is 0).`,
    );
  }
  const [height, width] = typeof size === "number" ? [size, size] : size;
  const result = zeros([height, width], dtype);
  const angle = (orientation * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const x = j - (width - 1) / 2 - centre[0];
      const y = i - (height - 1) / 2 - centre[1];
      const across = x * sine + y * cosine;
      const along = x * cosine - y * sine;
      const envelope = Math.exp(-(across ** 2 + (along / aspect) ** 2) / (2 * sigma ** 2));
      const wave = Math.cos(2 * Math.PI * frequency * across + (phase * Math.PI) / 180);
      result.data[i * width + j] = amplitude * envelope * wave;
    }
  }
  return result;
}

/** The Gabor function that fits a filter best, and how well it fits. */
export interface GaborFit extends Gabor {
  /**
   * The width of the spectrum's peak at half its height, in octaves: log₂ of its upper over its lower frequency.
   * Infinite when the lower is not above 0, which is so for blobs and single edges.
   */
  readonly bandwidth: number;
  /**
   * The frequency of the grating to which the fit responds most, in cycles per pixel: its own frequency if the stripes repeat,
   * and 0 for a blob. It is also a good measure for a single edge, whose fitted wave may be longer than the filter.
   */
  readonly peak: number;
  /** The filter, C×H×W. */
  readonly filter: Tensor;
  /** The Gabor function in the filter's main colour, C×H×W. */
  readonly fit: Tensor;
  /** The residual: filter − fit. */
  readonly residual: Tensor;
  /** The fraction of the filter's variance that the fit explains, 1 − Σ residual²/Σ(filter − mean)²; NaN for a constant filter. */
  readonly explained: number;
  /** The unit vector in the space of the channels along which the Gabor function is fitted. */
  readonly colour: Float64Array;
  /** The fraction of the filter's energy in this colour, 0 to 1; 1 for one channel. */
  readonly colourShare: number;
  /** How similar the colour is to grey, 0 to 1: |cosine| of the angle between them. */
  readonly greyness: number;
}

/** The bandwidth at half amplitude, in octaves, of a Gabor function. */
export function bandwidthOf({ frequency, sigma }: Pick<Gabor, "frequency" | "sigma">): number {
  // The spectrum of a Gaussian of standard deviation σ is a Gaussian of standard deviation 1/(2πσ).
  const half = Math.sqrt(2 * Math.log(2)) / (2 * Math.PI * sigma);
  return frequency > half ? Math.log2((frequency + half) / (frequency - half)) : Infinity;
}

/** The frequency at which the spectrum of a Gabor function is largest, to 1/2000 cycle per pixel. The spectrum is two
 * Gaussians at ±f with the phases ±φ. */
function peakOf({ frequency, sigma, phase }: Gabor): number {
  const lobe = (distance: number) => Math.exp(-2 * (Math.PI * sigma * distance) ** 2);
  const mixed = Math.cos((2 * phase * Math.PI) / 180);
  let [best, peak] = [0, 0];
  for (let step = 0; step <= 1000; step++) {
    const [near, far] = [lobe(step / 2000 - frequency), lobe(step / 2000 + frequency)];
    const power = near * near + far * far + 2 * near * far * mixed;
    if (power > best * (1 + 1e-9)) [best, peak] = [power, step / 2000];
  }
  return peak;
}

/**
 * Fits a Gabor function to a filter by least squares, from several starts: the peaks of its spectrum, with wide and narrow
 * Gaussians. A filter of several channels is fitted in its main colour, the direction that has most of its energy.
 *
 * @param filter  C×H×W or H×W, 3×3 or larger
 * @throws ShapeError, ValueError for a number that is not finite
 */
export function fitGabor(filter: Tensor): GaborFit {
  const rank = filter.shape.length;
  const [channels, height, width] = rank === 2 ? [1, ...filter.shape] : filter.shape;
  if ((rank !== 2 && rank !== 3) || !(channels > 0) || Math.min(height, width) < 3) {
    throw new ShapeError(
      `fitGabor: the filter is ${showShape(filter.shape)}, expected C×H×W or H×W of 3×3 or larger; of a layer's filters take one, or call fitGabors.`,
    );
  }
  expectFinite("fitGabor", "filter", filter);
  const values = Float64Array.from(flat(filter));
  const { colour, plane, share } = mainColour(values, channels);
  const best = fitPlane(plane, height, width);
  const shape = [channels, height, width];
  const drawn = flat(gabor([height, width], best, "float64"));
  const dtype = dtypeOf(filter);
  const fit = zeros(shape, dtype);
  const residual = zeros(shape, dtype);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [left, variance] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const size = plane.length;
    fit.data[i] = colour[Math.floor(i / size)] * drawn[i % size];
    residual.data[i] = values[i] - fit.data[i];
    left += residual.data[i] ** 2;
    variance += (values[i] - mean) ** 2;
  }
  return {
    ...best,
    bandwidth: bandwidthOf(best),
    peak: peakOf(best),
    filter: wrap(flat(filter), shape),
    fit,
    residual,
    explained: variance > 0 ? 1 - left / variance : NaN,
    colour,
    colourShare: share,
    greyness: Math.abs(colour.reduce((sum, value) => sum + value, 0)) / Math.sqrt(channels),
  };
}

/**
 * Fits every filter of a stack.
 * @param filters  F×C×H×W, or a layer with such weights `w`
 * @throws ShapeError, ValueError
 */
export function fitGabors(
  filters: Tensor | { readonly parameters: Readonly<Record<string, { readonly value: Tensor }>> },
): GaborFit[] {
  const w = "parameters" in filters ? filters.parameters.w?.value : filters;
  if (w === undefined || w.shape.length !== 4) {
    throw new ShapeError(
      `fitGabors: ${w === undefined ? "this layer has no weights named w" : `the filters are ${showShape(w.shape)}`}; ` +
        `give F×C×H×W, such as a Conv2d's weights.`,
    );
  }
  return Array.from({ length: w.shape[0] }, (_, f) => fitGabor(w.pick(f)));
}

/**
 * The direction d in the space of channels for which Σ (d · filter)² is largest (the first eigenvector of the channels' C×C
 * products), computed by power iteration; and the filter's plane along it.
 */
function mainColour(
  values: Float64Array,
  channels: number,
): { colour: Float64Array; plane: Float64Array; share: number } {
  const size = values.length / channels;
  const products = new Float64Array(channels * channels);
  for (let a = 0; a < channels; a++) {
    for (let b = 0; b < channels; b++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += values[a * size + i] * values[b * size + i];
      products[a * channels + b] = sum;
    }
  }
  // Squaring the matrix repeatedly is the same as multiplying by it 2, 4, 8, … times.
  let power: Float64Array = products;
  for (let round = 0; round < 40; round++) {
    const trace = power.reduce((sum, value, i) => (i % (channels + 1) === 0 ? sum + value : sum), 0);
    if (!(trace > 0)) break;
    power = squared(
      power.map((value) => value / trace),
      channels,
    );
  }
  let column = 0;
  for (let c = 1; c < channels; c++) {
    if (power[c * (channels + 1)] > power[column * (channels + 1)]) column = c;
  }
  let colour: Float64Array = Float64Array.from({ length: channels }, (_, c) => power[c * channels + column]);
  const length = Math.hypot(...colour);
  const total = colour.reduce((sum, value) => sum + value, 0);
  if (length === 0) colour = new Float64Array(channels).fill(1 / Math.sqrt(channels));
  // The sign can be chosen: with a positive sum, a grey filter's Gabor function has the filter's sign.
  else colour = colour.map((value) => (total < 0 ? -value : value) / length);
  const plane = new Float64Array(size);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size; i++) plane[i] += colour[c] * values[c * size + i];
  }
  const energy = dot(values, values);
  return { colour, plane, share: energy > 0 ? dot(plane, plane) / energy : 1 };
}

function squared(matrix: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, place) => {
    const [a, b] = [Math.floor(place / size), place % size];
    let sum = 0;
    for (let c = 0; c < size; c++) sum += matrix[a * size + c] * matrix[c * size + b];
    return sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// The fit's parameters, in this order: the centre, the logarithms of σ and τ, the orientation in radians, the
// frequency, and the amplitudes of cosine and sine, which enter linearly where amplitude and phase would not.
const PARAMETERS = 8;

function fitPlane(plane: Float64Array, height: number, width: number): Gabor {
  const energy = dot(plane, plane);
  const none: Gabor = {
    orientation: 0,
    frequency: 0,
    phase: 0,
    sigma: width,
    aspect: 1,
    amplitude: 0,
    centre: [0, 0],
  };
  if (energy === 0) return none;
  const problem = gaborProblem(plane, height, width);
  const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
  const waves = [plane, plane.map((value) => value - mean)].flatMap((values) =>
    strongestWaves(spectrum(wrap(values, [height, width])), 3),
  );
  const [x0, y0] = middleOfEnergy(plane, height, width);
  const side = Math.max(height, width);
  const starts = waves.flatMap(({ orientation, frequency }) =>
    [side / 6, side / 3].map((sigma) => {
      const angle = (orientation * Math.PI) / 180;
      const p = [x0, y0, Math.log(sigma), Math.log(sigma), angle, Math.max(frequency, 0.5 / side), 0, 0];
      return withBestAmplitudes(problem, p);
    }),
  );
  // A few steps show which starts are promising; only these are continued.
  const [best] = starts
    .map((start) => leastSquares(problem, start, { steps: 8 }))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 3)
    .map(({ parameters }) => leastSquares(problem, parameters))
    .sort((a, b) => a.cost - b.cost);
  const [x, y, logSigma, logTau, angle, frequency, even, odd] = best.parameters;
  return canonical({
    orientation: (angle * 180) / Math.PI,
    frequency,
    phase: (Math.atan2(-odd, even) * 180) / Math.PI,
    sigma: Math.exp(logSigma),
    aspect: Math.exp(logTau - logSigma),
    amplitude: Math.hypot(even, odd),
    centre: [x, y],
  });
}

/** The same function with its orientation from 0 up to 180°: a rotation by 180° reverses the wave, and so the phase. */
function canonical(g: Gabor): Gabor {
  const turns = Math.floor(g.orientation / 180);
  const phase = turns % 2 === 0 ? g.phase : -g.phase;
  return { ...g, orientation: g.orientation - 180 * turns, phase: phase === -180 ? 180 : phase };
}

function middleOfEnergy(plane: Float64Array, height: number, width: number): [number, number] {
  let [x, y, total] = [0, 0, 0];
  plane.forEach((value, i) => {
    const weight = value * value;
    x += weight * ((i % width) - (width - 1) / 2);
    y += weight * (Math.floor(i / width) - (height - 1) / 2);
    total += weight;
  });
  return [x / total, y / total];
}

function gaborProblem(plane: Float64Array, height: number, width: number): LeastSquaresProblem {
  const side = Math.max(height, width);
  const [narrow, wide] = [Math.log(0.5), Math.log(2 * side)];
  return {
    residuals: plane.length,
    // A centre beyond the edge, or waves finer than the pixels, would have no effect on any pixel.
    low: [-width / 2, -height / 2, narrow, narrow, -Infinity, 0, -Infinity, -Infinity],
    high: [width / 2, height / 2, wide, wide, Infinity, 0.5, Infinity, Infinity],
    evaluate([x0, y0, logSigma, logTau, angle, frequency, even, odd], r, jacobian) {
      const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
      const [perSigma, perTau] = [Math.exp(-2 * logSigma), Math.exp(-2 * logTau)];
      const rate = 2 * Math.PI * frequency;
      for (let i = 0; i < plane.length; i++) {
        const x = (i % width) - (width - 1) / 2 - x0;
        const y = Math.floor(i / width) - (height - 1) / 2 - y0;
        const across = x * sine + y * cosine;
        const along = x * cosine - y * sine;
        const envelope = Math.exp(-(across * across * perSigma + along * along * perTau) / 2);
        const [c, s] = [envelope * Math.cos(rate * across), envelope * Math.sin(rate * across)];
        const value = even * c + odd * s;
        r[i] = value - plane[i];
        if (jacobian === undefined) continue;
        const slope = odd * c - even * s; // the derivative of the wave with respect to its argument
        const byAcross = slope * rate - value * across * perSigma;
        const byAlong = -value * along * perTau;
        const at = PARAMETERS * i;
        jacobian[at] = -byAcross * sine - byAlong * cosine;
        jacobian[at + 1] = -byAcross * cosine + byAlong * sine;
        jacobian[at + 2] = value * across * across * perSigma;
        jacobian[at + 3] = value * along * along * perTau;
        // A rotation changes (across, along) by (along, −across).
        jacobian[at + 4] = byAcross * along - byAlong * across;
        jacobian[at + 5] = slope * 2 * Math.PI * across;
        jacobian[at + 6] = c;
        jacobian[at + 7] = s;
      }
    },
  };
}

/** The start, with the two amplitudes that fit the plane best for these parameters: linear least squares in two unknowns. */
function withBestAmplitudes(problem: LeastSquaresProblem, p: number[]): number[] {
  const r = new Float64Array(problem.residuals);
  const jacobian = new Float64Array(problem.residuals * PARAMETERS);
  problem.evaluate(Float64Array.from(p), r, jacobian);
  let [cc, cs, ss, cy, sy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < r.length; i++) {
    const [c, s] = [jacobian[PARAMETERS * i + 6], jacobian[PARAMETERS * i + 7]];
    cc += c * c;
    cs += c * s;
    ss += s * s;
    cy -= c * r[i]; // both amplitudes are 0 here: −r is the plane itself
    sy -= s * r[i];
  }
  const determinant = cc * ss - cs * cs + 1e-12 * (cc + ss) ** 2;
  return [...p.slice(0, 6), (ss * cy - cs * sy) / determinant, (cc * sy - cs * cy) / determinant];
}
