/**
 * Log-mel frames: sound as an image that a network can read, with time to the right and frequency bands as rows.
 *
 * Short windows of the sound, one every few milliseconds, are tapered (Hann) and Fourier-transformed. The power is summed in
 * overlapping triangular bands, which are evenly spaced on the mel scale of perceived pitch (S. Stevens, J. Volkmann,
 * E. Newman, 1937). The frame is the logarithm of these sums.
 */
import FFT from "fft.js";
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import { wrap, type Tensor } from "../array/tensor.js";

/** The windows of `logMel` (length and step) and its bands (number and range of frequencies). */
export interface LogMelOptions {
  /** Samples in a window: a power of 2. Default 256, which is 32 ms at 8 kHz. */
  readonly window?: number;
  /** Samples from one window's start to the next's. Default 80, which is 10 ms at 8 kHz. */
  readonly hop?: number;
  /** How many bands. Default 24. */
  readonly bands?: number;
  /** Where the lowest band begins and the highest ends, in hertz. Default [80, rate/2]. */
  readonly range?: readonly [number, number];
  /** Power below which a band counts as silent, so that the logarithm is finite. Default 1e-6. */
  readonly floor?: number;
}

/** The mel scale: hertz to mel, m = 2595·log₁₀(1 + f/700). */
export function hertzToMel(hertz: number): number {
  return 2595 * Math.log10(1 + hertz / 700);
}

/** Mel to hertz. */
export function melToHertz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/**
 * Log-mel frames of a sound, bands×frames float32: band 0 is the lowest, frame t begins at sample t·hop. Only complete
 * windows are used: frames = ⌊(samples − window)/hop⌋ + 1. Power is |DFT|² of the tapered window divided by the sum of the
 * squared taper; the logarithm is natural.
 *
 * @param rate  samples per second
 * @throws ShapeError when the sound is shorter than a window
 * @throws ValueError for an option out of its range, or a band so narrow that it holds no frequency of the DFT
 */
export function logMel(
  samples: Float32Array | Float64Array,
  rate: number,
  options: LogMelOptions = {},
): Tensor {
  const { window = 256, hop = 80, bands = 24, range = [80, rate / 2], floor = 1e-6 } = options;
  expectInteger("logMel", "hop", hop, 1);
  expectInteger("logMel", "bands", bands, 1);
  if (!(Number.isInteger(Math.log2(window)) && window >= 4)) {
    throw new ValueError(`logMel: window is ${window}; give a power of 2, 4 or more.`);
  }
  if (!(range[0] >= 0 && range[0] < range[1] && range[1] <= rate / 2)) {
    throw new ValueError(
      `logMel: range is [${range.join(", ")}] Hz at ${rate} samples/s; give the lower first, within 0 to ${rate / 2}.`,
    );
  }
  if (!(floor > 0)) throw new ValueError(`logMel: floor is ${floor}; it must be above 0.`);
  if (samples.length < window) {
    throw new ShapeError(
      `logMel: ${samples.length} samples are fewer than a window of ${window}; pad the sound or take a shorter window.`,
    );
  }
  const filters = triangles(bands, window, rate, range);
  const taper = Float64Array.from(
    { length: window },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window),
  );
  const energy = taper.reduce((sum, value) => sum + value * value, 0);
  const fft = new FFT(window);
  const spectrum: number[] = fft.createComplexArray();
  const tapered = new Array<number>(window);
  const frames = Math.floor((samples.length - window) / hop) + 1;
  const result = new Float32Array(bands * frames);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < window; i++) tapered[i] = samples[t * hop + i] * taper[i];
    fft.realTransform(spectrum, tapered);
    for (let band = 0; band < bands; band++) {
      const { first, weights } = filters[band];
      let power = 0;
      weights.forEach((weight, i) => {
        const k = first + i;
        power += weight * (spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2);
      });
      result[band * frames + t] = Math.log(Math.max(floor, power / energy));
    }
  }
  return wrap(result, [bands, frames]);
}

/** A band's weights for the DFT's frequencies, from index `first` on. */
interface Triangle {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Triangles of height 1, evenly spaced in mel; each reaches from the peak of one neighbour to that of the other. */
function triangles(
  bands: number,
  window: number,
  rate: number,
  [low, high]: readonly [number, number],
): Triangle[] {
  const [from, to] = [hertzToMel(low), hertzToMel(high)];
  const corner = (i: number) => melToHertz(from + ((to - from) * i) / (bands + 1));
  return Array.from({ length: bands }, (_, band) => {
    const [left, peak, right] = [corner(band), corner(band + 1), corner(band + 2)];
    const step = rate / window;
    const first = Math.ceil(left / step);
    const weights: number[] = [];
    for (let k = first; k * step < right && k <= window / 2; k++) {
      const frequency = k * step;
      weights.push(
        frequency < peak ? (frequency - left) / (peak - left) : (right - frequency) / (right - peak),
      );
    }
    if (!weights.some((weight) => weight > 0)) {
      throw new ValueError(
        `logMel: band ${band}, ${left.toFixed(0)} to ${right.toFixed(0)} Hz, lies between two frequencies of the DFT, ` +
          `${step.toFixed(1)} Hz apart; take fewer than ${bands} bands or a longer window than ${window}.`,
      );
    }
    return { first, weights };
  });
}
