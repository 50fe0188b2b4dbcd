/**
 * The two-dimensional Fourier amplitude of a filter: the orientations and frequencies of the waves that it responds to
 * (lecture B, the Fourier transform of a Gabor wavelet).
 */
import FFT from "fft.js";
import { expectFinite } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { flat, wrap, type Tensor } from "../array/tensor.js";

/** A plane wave in the image. */
export interface Wave {
  /** The angle of its stripes in degrees, counter-clockwise from horizontal, from 0 up to 180. */
  readonly orientation: number;
  /** Cycles per pixel; 0 for a uniform field. */
  readonly frequency: number;
}

/**
 * The amplitude |DFT| of a filter on a fine grid of frequencies; for this the filter is padded with zeros. The channels'
 * powers are added: the result is the root of the sum of their squares.
 *
 * @param filter  C×H×W or H×W
 * @param size    frequencies along each side, a power of 2 not smaller than the filter; 64, or more if the filter is larger
 * @returns size×size; element [i, j] belongs to (j − size/2)/size cycles per pixel to the right and (i − size/2)/size
 *          downwards, so that frequency 0 is in the middle
 * @throws ShapeError, ValueError
 */
export function spectrum(filter: Tensor, size: number = sizeFor(filter)): Tensor {
  const rank = filter.shape.length;
  if (rank !== 2 && rank !== 3) {
    throw new ShapeError(
      `spectrum: the filter is ${showShape(filter.shape)}, expected C×H×W or H×W; take one filter, such as w.pick(0).`,
    );
  }
  const [channels, height, width] = rank === 2 ? [1, ...filter.shape] : filter.shape;
  if (!Number.isInteger(Math.log2(size)) || size < Math.max(2, height, width)) {
    throw new ValueError(
      `spectrum: size is ${size} for a filter of ${height}×${width}; give a power of 2 that is as large or larger.`,
    );
  }
  expectFinite("spectrum", "filter", filter);
  const values = flat(filter);
  const power = new Float64Array(size * size);
  const fft = new FFT(size);
  for (let c = 0; c < channels; c++) {
    const plane = values.subarray(c * height * width, (c + 1) * height * width);
    addPower(fft, size, plane, width, power);
  }
  return wrap(power.map(Math.sqrt), [size, size]);
}

function sizeFor({ shape }: Tensor): number {
  return Math.max(64, 2 ** Math.ceil(Math.log2(Math.max(...shape.slice(-2), 1))));
}

/** Transforms rows, then columns, and adds the power, with frequency 0 moved to the middle. */
function addPower(
  fft: FFT,
  size: number,
  plane: ArrayLike<number>,
  width: number,
  power: Float64Array,
): void {
  const height = plane.length / Math.max(1, width);
  const rows: number[][] = [];
  const line: number[] = fft.createComplexArray();
  for (let i = 0; i < height; i++) {
    line.fill(0);
    for (let j = 0; j < width; j++) line[2 * j] = plane[i * width + j];
    const row: number[] = fft.createComplexArray();
    fft.transform(row, line);
    rows.push(row);
  }
  const column: number[] = fft.createComplexArray();
  const half = size / 2;
  for (let j = 0; j < size; j++) {
    line.fill(0);
    rows.forEach((row, i) => {
      line[2 * i] = row[2 * j];
      line[2 * i + 1] = row[2 * j + 1];
    });
    fft.transform(column, line);
    for (let i = 0; i < size; i++) {
      const place = ((i + half) % size) * size + ((j + half) % size);
      power[place] += column[2 * i] ** 2 + column[2 * i + 1] ** 2;
    }
  }
}

/**
 * The wave to which a filter responds most strongly: the peak of its spectrum, accurate to about 0.002 cycles per pixel if
 * there is a clear peak; `fitGabor` is more accurate for stripes under a Gaussian.
 * @param filter  C×H×W or H×W
 */
export function strongestWave(filter: Tensor): Wave {
  return strongestWaves(spectrum(filter), 1)[0] ?? { orientation: 0, frequency: 0 };
}

/** The peaks of a spectrum as waves, the strongest first, at most `most`. One of the two symmetric halves is left out. */
export function strongestWaves(amplitude: Tensor, most: number): Wave[] {
  const [size] = amplitude.shape;
  const values = flat(amplitude);
  const half = size / 2;
  const value = (i: number, j: number) => values[((i + size) % size) * size + ((j + size) % size)];
  const peaks: { wave: Wave; height: number }[] = [];
  // The lower half, down to half a cycle per pixel, which is the first row of the tensor. In its first and last row the left
  // half mirrors the right one, except for half a cycle per pixel itself.
  for (let i = half; i <= size; i++) {
    for (let j = 0; j < size; j++) {
      if ((i === half || i === size) && j > 0 && j < half) continue;
      const height = value(i, j);
      const around = [-1, 0, 1].flatMap((di) => [-1, 0, 1].map((dj) => value(i + di, j + dj)));
      if (height > 0 && around.every((other) => other <= height)) {
        // A parabola through the neighbours finds the peak between grid points; at frequency 0 it is the point itself.
        const origin = i === half && j === half;
        const right = origin ? 0 : summit(value(i, j - 1), height, value(i, j + 1));
        const down = origin ? 0 : summit(value(i - 1, j), height, value(i + 1, j));
        peaks.push({ wave: waveOf((j + right - half) / size, (i + down - half) / size), height });
      }
    }
  }
  return peaks
    .sort((a, b) => b.height - a.height || a.wave.frequency - b.wave.frequency)
    .slice(0, most)
    .map(({ wave }) => wave);
}

/** Where a parabola through the heights at −1, 0 and 1 is highest; 0 for a plateau. */
function summit(before: number, height: number, after: number): number {
  const curvature = before - 2 * height + after;
  return curvature < 0 ? (before - after) / (2 * curvature) : 0;
}

/** The wave with these cycles per pixel to the right and downwards. */
export function waveOf(right: number, down: number): Wave {
  const frequency = Math.hypot(right, down);
  if (frequency === 0) return { orientation: 0, frequency };
  // Stripes at angle a are at right angles to the wave's direction, which is (sin a, cos a) in columns and rows.
  const orientation = ((Math.atan2(right, down) * 180) / Math.PI + 360) % 180;
  return { orientation, frequency };
}
