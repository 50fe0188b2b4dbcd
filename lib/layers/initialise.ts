/**
 * Initial weights. An initialiser gets the weights' shape, the number of inputs that each output sums over (fan-in) and the
 * number of outputs that each input reaches (fan-out).
 */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { full, sizeOf, zeros, type DType, type Shape, type Tensor } from "../array/tensor.js";

/** How many numbers an output is a sum of, and how many outputs an input reaches. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** Draws the first values of a parameter of this shape. */
export type Initializer = (shape: Shape, fans: Fans, dtype: DType, random: Random) => Tensor;

/** Normal with deviation √(2/fan-in), which keeps the variance through ReLU layers (He et al., 2015). */
export const heNormal: Initializer = (shape, fans, dtype, random) =>
  random.normal(shape, 0, Math.sqrt(2 / fans.in), dtype);

/** Normal with deviation √(1/fan-in), which keeps the variance through linear layers (LeCun et al., 1998). */
export const lecunNormal: Initializer = (shape, fans, dtype, random) =>
  random.normal(shape, 0, Math.sqrt(1 / fans.in), dtype);

/** Normal with a deviation of your own: a small one before a softmax makes all classes equally likely at first. */
export const normal =
  (deviation: number): Initializer =>
  (shape, _fans, dtype, random) =>
    random.normal(shape, 0, deviation, dtype);

/** Uniform with the deviation of `heNormal`: within ±√(6/fan-in). */
export const heUniform: Initializer = (shape, fans, dtype, random) =>
  uniformWithin(Math.sqrt(6 / fans.in), shape, dtype, random);

/** Uniform with the deviation of `lecunNormal`: within ±√(3/fan-in). */
export const lecunUniform: Initializer = (shape, fans, dtype, random) =>
  uniformWithin(Math.sqrt(3 / fans.in), shape, dtype, random);

/**
 * Normal with deviation √(2/(fan-in + fan-out)), between what keeps the variance going forward and what keeps the
 * gradient's going back (Glorot and Bengio, 2010).
 */
export const glorotNormal: Initializer = (shape, fans, dtype, random) =>
  random.normal(shape, 0, Math.sqrt(2 / (fans.in + fans.out)), dtype);

/** Uniform with the deviation of `glorotNormal`: within ±√(6/(fan-in + fan-out)). */
export const glorotUniform: Initializer = (shape, fans, dtype, random) =>
  uniformWithin(Math.sqrt(6 / (fans.in + fans.out)), shape, dtype, random);

/** Every weight the same. Then all filters stay equal for ever: useful only as a demonstration. */
export const constant =
  (value: number): Initializer =>
  (shape, _fans, dtype) =>
    full(shape, value, dtype);

/**
 * Orthogonal filters: with one row for each filter, W·Wᵀ (or Wᵀ·W, if there are more filters than weights in one) is gain²
 * times the identity, so that norms are kept through many layers (Saxe et al., 2014).
 * @param gain  1, or √2 before ReLU
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (shape, _fans, dtype, random) => {
    const [filters, weights] = [shape[0], sizeOf(shape.slice(1))];
    const tall = filters > weights;
    const [count, length] = tall ? [weights, filters] : [filters, weights];
    const rows = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.gaussian()));
    rows.forEach((row, i) => {
      // Gram–Schmidt, twice: once is not enough when two random rows are nearly parallel.
      for (const other of [...rows.slice(0, i), ...rows.slice(0, i)]) {
        const along = dot(row, other);
        for (let k = 0; k < length; k++) row[k] -= along * other[k];
      }
      const norm = Math.sqrt(dot(row, row));
      for (let k = 0; k < length; k++) row[k] /= norm;
    });
    const result = zeros(shape, dtype);
    for (let f = 0; f < filters; f++) {
      for (let k = 0; k < weights; k++)
        result.data[f * weights + k] = gain * (tall ? rows[k][f] : rows[f][k]);
    }
    return result;
  };

/** The options of a bank of Gabor filters. */
export interface GaborBankOptions {
  /** How many orientations, evenly spaced over 180°; 4. */
  orientations?: number;
  /** The wavelength of the finest waves in pixels, above 2; half the filter's size, at least 3. */
  wavelength?: number;
  /** Standard deviation of the Gaussian envelope, divided by the wavelength; 0.5. */
  deviation?: number;
}

/**
 * Gabor filters, as conv1 of networks trained on photographs ends up with (lecture B): waves under a Gaussian,
 * exp(−(x² + y²)/2σ²)·cos(2πu₀x′) and …·sin(2πu₀x′), x′ being x turned by the orientation. Filters come in pairs (even
 * and odd phase), then through the orientations, then with waves √2 longer. Every channel of a filter is alike (grey); a
 * constant image gives 0; and a filter is as long as one of `heNormal` is on average.
 */
export const gaborBank =
  ({ orientations = 4, wavelength, deviation = 0.5 }: GaborBankOptions = {}): Initializer =>
  (shape, _fans, dtype) => {
    if (shape.length !== 4) {
      throw new ShapeError(
        `gaborBank: the weights are ${showShape(shape)}, expected F×C×K×L, those of a Conv2d.`,
      );
    }
    const [filters, channels, height, width] = shape;
    const finest = wavelength ?? Math.max(3, Math.min(height, width) / 2);
    if (!(finest > 2 && deviation > 0 && Number.isInteger(orientations) && orientations > 0)) {
      throw new ValueError(
        `gaborBank: wavelength ${finest}, deviation ${deviation} and ${orientations} orientations do not make a bank; the ` +
          `wavelength must be above 2 pixels, the deviation above 0 and the orientations a whole number from 1.`,
      );
    }
    const result = zeros(shape, dtype);
    for (let f = 0; f < filters; f++) {
      const angle = (Math.PI * (Math.floor(f / 2) % orientations)) / orientations;
      const wave = finest * Math.SQRT2 ** Math.floor(f / (2 * orientations));
      const spread = deviation * wave;
      const plane = Float64Array.from({ length: height * width }, (_, at) => {
        const y = Math.floor(at / width) - (height - 1) / 2;
        const x = (at % width) - (width - 1) / 2;
        const phase = (2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / wave;
        return (
          Math.exp(-(x * x + y * y) / (2 * spread ** 2)) * (f % 2 === 0 ? Math.cos(phase) : Math.sin(phase))
        );
      });
      const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
      const centred = plane.map((value) => value - mean);
      const scale = Math.sqrt(2 / (channels * dot(centred, centred)));
      for (let c = 0; c < channels; c++) {
        result.data.set(
          centred.map((value) => scale * value),
          (f * channels + c) * plane.length,
        );
      }
    }
    return result;
  };

function uniformWithin(limit: number, shape: Shape, dtype: DType, random: Random): Tensor {
  return random.uniform(shape, -limit, limit, dtype);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
