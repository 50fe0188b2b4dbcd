/**
 * Oriented gratings: sinusoidal stripes whose direction is the class. Frequency, phase and contrast vary.
 *
 * Every phase is equally likely, so the mean image of each class is uniform grey, and an image is as likely as its
 * negative. A linear classifier can classify both correctly only for the class with the largest bias, so its accuracy is at
 * most about one half; trained on 2,000 images it reaches about a quarter, where chance is an eighth. Oriented filters with
 * a nonlinearity and pooling separate the classes, and a network trained on these images learns filters like those of early
 * vision.
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { wrap } from "../array/tensor.js";
import { Dataset, splits, type Splits } from "./dataset.js";

/** How many images `gratings` draws for each set; their size, directions, frequencies, contrast and noise. */
export interface GratingsOptions {
  /** How many training images. Default 2,000. */
  readonly train?: number;
  /** How many validation images. Default 0: no validation set. */
  readonly validation?: number;
  /** How many test images. Default 500. */
  readonly test?: number;
  /** Any whole number; the same seed gives the same images. Default 1. */
  readonly seed?: number;
  /** Height and width in pixels, 4 or more. Default 16. */
  readonly size?: number;
  /** How many directions, 2 or more, evenly over 180°. Default 8. */
  readonly orientations?: number;
  /** Least and greatest spatial frequency in cycles per pixel, within (0, 0.5]. Default [0.1, 0.25]. */
  readonly frequency?: readonly [number, number];
  /** Least and greatest contrast, within [0, 1]: the amplitude divided by its maximum, ½. Default [0.4, 1]. */
  readonly contrast?: readonly [number, number];
  /** Standard deviation of the normal noise on each pixel, before clamping to [0, 1]. Default 0.1. */
  readonly noise?: number;
}

/**
 * A data set of gratings, N×1×size×size float32 in [0, 1], grey being ½.
 *
 * Class k of K has stripes at the angle k·180°/K, counter-clockwise from horizontal. Classes come in equal
 * numbers (to within one), in random order; frequency is uniform over octaves, phase and contrast uniform.
 *
 * @throws ValueError for an option out of its range
 */
export function gratings(options: GratingsOptions = {}): Splits {
  const { train = 2000, validation = 0, test = 500, seed = 1, ...rest } = options;
  const look = settings(rest);
  const random = new Random(seed);
  const [first, second, third] = [random.fork(), random.fork(), random.fork()];
  return splits({
    name: "gratings",
    train: drawSet("train", train, first, look),
    ...(validation > 0 && { validation: drawSet("validation", validation, second, look) }),
    test: drawSet("test", test, third, look),
  });
}

type Look = Required<Omit<GratingsOptions, "train" | "validation" | "test" | "seed">>;

function drawSet(name: string, count: number, random: Random, look: Look): Dataset {
  expectInteger("gratings", name, count, 0);
  const { size, orientations, frequency, contrast, noise } = look;
  const between = ([low, high]: readonly [number, number], t: number) => low + (high - low) * t;
  const labels = random.permutation(count).map((i) => i % orientations);
  const pixels = new Float32Array(count * size * size);
  let next = 0;
  for (const label of labels) {
    const angle = (Math.PI * label) / orientations;
    const cyclesPerPixel = frequency[0] * (frequency[1] / frequency[0]) ** random.next();
    // The wave's direction is at right angles to its stripes. Rows are counted downwards.
    const across = 2 * Math.PI * cyclesPerPixel * Math.sin(angle);
    const down = 2 * Math.PI * cyclesPerPixel * Math.cos(angle);
    const phase = 2 * Math.PI * random.next();
    const amplitude = between(contrast, random.next()) / 2;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const wave = amplitude * Math.cos(across * column + down * row + phase);
        const grain = noise > 0 ? noise * random.gaussian() : 0;
        pixels[next++] = Math.min(1, Math.max(0, 0.5 + wave + grain));
      }
    }
  }
  const names = Array.from({ length: orientations }, (_, k) => `${+((180 * k) / orientations).toFixed(1)}°`);
  return new Dataset(wrap(pixels, [count, 1, size, size]), labels, names);
}

function settings(options: Partial<Look>): Look {
  const { size = 16, orientations = 8, frequency = [0.1, 0.25], contrast = [0.4, 1], noise = 0.1 } = options;
  expectInteger("gratings", "size", size, 4);
  expectInteger("gratings", "orientations", orientations, 2);
  if (!(frequency[0] > 0 && frequency[0] <= frequency[1] && frequency[1] <= 0.5)) {
    throw new ValueError(
      `gratings: frequency is [${frequency.join(", ")}]; give cycles per pixel, least first, above 0 and at most 0.5.`,
    );
  }
  if (!(contrast[0] >= 0 && contrast[0] <= contrast[1] && contrast[1] <= 1)) {
    throw new ValueError(
      `gratings: contrast is [${contrast.join(", ")}]; give two numbers from 0 to 1, least first.`,
    );
  }
  if (!(noise >= 0 && noise < Infinity)) {
    throw new ValueError(`gratings: noise is ${noise}; it must be 0 or more.`);
  }
  return { size, orientations, frequency, contrast, noise };
}
