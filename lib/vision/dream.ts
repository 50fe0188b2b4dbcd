/**
 * DeepDream: changes an image so that a layer's activations become stronger, from coarse to fine (Mordvintsev, Olah and Tyka,
 * 2015). Lecture A, "A Google Deep Dream Image".
 */
import { expectFinite, expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, reshape, wrap, type Tensor } from "../array/tensor.js";
import type { Sequential } from "../net/sequential.js";
import { climb, expectImage, expectRules, stemOf, type Stem, type StepRules } from "./climb.js";
import { resized } from "../data/resample.js";

/** The layer or unit that `dream` strengthens, the sizes of the image, and the steps. */
export interface DreamOptions {
  /** A layer at the top of the network: "fire5". */
  readonly layer: string;
  /** One channel of the layer, from 0; all channels unless given. */
  readonly unit?: number;
  /** How many sizes of the image are used, the smallest first; 4. */
  readonly octaves?: number;
  /** The ratio of each size to the one before; 1.4. */
  readonly octaveScale?: number;
  /** Steps at each size; 10. */
  readonly steps?: number;
  /** The root mean square of a step's change; 1/60 of the range. */
  readonly stepSize?: number;
  /** The most pixels by which the image is rolled before each step; 16. */
  readonly jitter?: number;
  /** The number of scales of the gradient, all with equal strength; 3. */
  readonly scales?: number;
  /** How strongly the channels' changes are made equal, 0 to 1; 0. */
  readonly grey?: number;
  /** The least and greatest value of a pixel; [0, 1]. */
  readonly range?: readonly [number, number];
  /** The seed of the jitter; 1. */
  readonly seed?: number;
}

/** The result of `dream`. */
export interface Dream {
  /** C×H×W: the largest size that the network accepts and that is not larger than the image. */
  readonly image: Tensor;
  /** The image after each octave, from the smallest size. */
  readonly octaves: readonly Tensor[];
  /** The maximised value before each step: half the mean square of the layer's outputs, or the unit's mean. */
  readonly worth: readonly number[];
}

/**
 * Changes an image so that a layer responds more strongly. The image is reduced and changed at that size for some steps; the
 * change (not the image, which would stay blurred) is enlarged and added to the image at the next size. So coarse structures
 * come first, and fine ones are added to them.
 *
 *     dream(net, photo, { layer: "fire5", range: [-123, 152] }).image
 *
 * The part of the network up to the layer must accept images of other sizes, as convolutions and poolings do. A size that
 * does not fit is made a few pixels smaller.
 * @param image  C×H×W
 * @throws ValueError, ShapeError for a layer, image or option that does not fit
 */
export function dream(net: Sequential, image: Tensor, options: DreamOptions): Dream {
  const { layer, unit, octaves = 4, octaveScale = 1.4, steps = 10, range = [0, 1], seed = 1 } = options;
  const rules: StepRules = {
    stepSize: options.stepSize ?? (range[1] - range[0]) / 60,
    jitter: options.jitter ?? 16,
    scales: options.scales ?? 3,
    grey: options.grey ?? 0,
    range,
  };
  expectImage("dream", image);
  expectFinite("dream", "the image", image);
  expectRules("dream", rules);
  expectInteger("dream", "octaves", octaves, 1);
  expectInteger("dream", "steps", steps, 1);
  if (!(octaveScale > 1 && octaveScale < Infinity)) {
    throw new ValueError(
      `dream: octaveScale is ${octaveScale}; it must be above 1, for each octave is larger than the last.`,
    );
  }
  const stem = stemOf("dream", net, layer);
  const [channels, height, width] = image.shape;
  const random = new Random(seed);
  const worth: number[] = [];
  const results: Tensor[] = [];
  let change: Tensor | undefined;
  for (let octave = octaves - 1; octave >= 0; octave--) {
    const [h, w] = fitting(stem, channels, [height, width], octaveScale ** octave);
    const base = resized(image, h, w);
    const x = wrap(flat(base).slice(), [1, channels, h, w]);
    if (change !== undefined) {
      flat(resized(change, h, w)).forEach((value, i) => {
        x.data[i] = Math.min(range[1], Math.max(range[0], x.data[i] + value));
      });
    }
    for (let step = 0; step < steps; step++) worth.push(climb("dream", stem, x, unit, random, rules));
    const B = flat(base);
    change = wrap(
      flat(x).map((value, i) => value - B[i]),
      [channels, h, w],
    );
    results.push(reshape(x, [channels, h, w]));
  }
  return { image: results[results.length - 1], octaves: results, worth };
}

/** The largest height and width, at most the image's divided by `shrink`, for which every layer has an output of whole size. */
function fitting(
  { layer, layers }: Stem,
  channels: number,
  [height, width]: readonly [number, number],
  shrink: number,
): [number, number] {
  const takes = (h: number, w: number): boolean => {
    try {
      layers.reduce<readonly number[]>((shape, [, one]) => one.outputShape(shape), [channels, h, w]);
      return true;
    } catch (error) {
      if (error instanceof ShapeError) return false;
      throw error;
    }
  };
  const [h, w] = [Math.round(height / shrink), Math.round(width / shrink)];
  if (takes(h, w)) return [h, w];
  // Rows and columns follow the same rule, so one search over squares is enough for both.
  const sides = Array.from({ length: Math.min(64, Math.max(h, w)) }, (_, less) => less);
  const fit = (side: number) => sides.map((less) => side - less).find((s) => s > 0 && takes(s, s));
  const [rows, columns] = [fit(h), fit(w)];
  if (rows !== undefined && columns !== undefined && takes(rows, columns)) return [rows, columns];
  throw new ShapeError(
    `dream: the layers up to ${layer} take no image near ${showShape([channels, h, w])}, the size of an octave; ` +
      `name a layer before the first linear one, take fewer octaves, or a larger image.`,
  );
}
