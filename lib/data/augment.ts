/**
 * Augmentation: random changes of the images that keep their class, so that a network learns to ignore such changes
 * (lecture D: random flips and shifts of up to two pixels).
 *
 * Every function takes a batch N×C×H×W and returns a new one of the same dtype; the input is not changed. The random
 * numbers are drawn for each image of the batch; all channels of an image share them.
 */
import { expectInteger, expectRank } from "../array/check.js";
import { ShapeError, ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { allocate, dtypeOf, flat, wrap, type Tensor } from "../array/tensor.js";

/** A function that `fit` calls on every training batch. */
export type Augmentation = (images: Tensor, random: Random) => Tensor;

/** Which changes `augment` makes to each image of a batch, and how large they may be; an option left out changes nothing. */
export interface AugmentOptions {
  /** Mirror each image left to right with this probability; `true` is ½. Default 0. */
  readonly flip?: boolean | number;
  /** Move each image by up to this many whole pixels in each direction. Default 0. */
  readonly shift?: number;
  /** Cut a square of this side out of each image, after the shift. Default: the whole image. */
  readonly crop?: number;
  /** Add to each image a number uniform in ± this. Default 0. */
  readonly brightness?: number;
  /** Multiply each image's distance from its mean by a number uniform in 1 ± this, from 0 to 1. Default 0. */
  readonly contrast?: number;
  /** Add to each pixel normal noise of this standard deviation. Default 0. */
  readonly noise?: number;
}

/**
 * The chosen changes, one after the other, as one function.
 *
 *     fit(net, data, { augment: augment({ flip: true, shift: 2 }), … })
 *
 * @throws ValueError for an option out of its range
 */
export function augment(options: AugmentOptions): Augmentation {
  const { flip = 0, shift = 0, crop, brightness = 0, contrast = 0, noise = 0 } = options;
  const probability = flip === true ? 0.5 : Number(flip);
  expectProbability("flip", probability);
  expectInteger("augment", "shift", shift, 0);
  if (crop !== undefined) expectInteger("augment", "crop", crop, 1);
  expectJitter({ brightness, contrast, noise });
  return (images, random) => {
    let result = images;
    if (probability > 0) result = randomFlip(result, random, probability);
    if (shift > 0) result = randomShift(result, random, shift);
    if (crop !== undefined) result = randomCrop(result, random, crop);
    if (brightness > 0 || contrast > 0 || noise > 0) {
      result = randomJitter(result, random, { brightness, contrast, noise });
    }
    return result;
  };
}

/** Each image, mirrored left to right with the probability. */
export function randomFlip(images: Tensor, random: Random, probability = 0.5): Tensor {
  expectProbability("probability", probability);
  return remap("randomFlip", images, images.shape[2], images.shape[3], () => {
    const mirrored = random.next() < probability;
    return { down: 0, across: 0, mirrored };
  });
}

/**
 * Each image, shifted down and across by whole numbers of pixels from −pixels to pixels, all equally likely. Pixels that
 * have no source are `fill`.
 */
export function randomShift(images: Tensor, random: Random, pixels: number, fill = 0): Tensor {
  expectInteger("randomShift", "pixels", pixels, 0);
  const draw = () => random.integer(2 * pixels + 1) - pixels;
  return remap(
    "randomShift",
    images,
    images.shape[2],
    images.shape[3],
    () => ({ down: draw(), across: draw(), mirrored: false }),
    fill,
  );
}

/**
 * A square of each image, N×C×size×size, anywhere in it with equal likelihood.
 * @throws ShapeError when the images are smaller
 */
export function randomCrop(images: Tensor, random: Random, size: number): Tensor {
  const [, , height, width] = expectCrop("randomCrop", images, size);
  return remap("randomCrop", images, size, size, () => ({
    down: -random.integer(height - size + 1),
    across: -random.integer(width - size + 1),
    mirrored: false,
  }));
}

/** The square in the middle of each image, N×C×size×size: for tests after training on random crops. */
export function centreCrop(images: Tensor, size: number): Tensor {
  const [, , height, width] = expectCrop("centreCrop", images, size);
  const where = {
    down: -Math.floor((height - size) / 2),
    across: -Math.floor((width - size) / 2),
    mirrored: false,
  };
  return remap("centreCrop", images, size, size, () => where);
}

/** Each image with its brightness and contrast changed and noise added; values are not clamped. */
export function randomJitter(
  images: Tensor,
  random: Random,
  options: Pick<AugmentOptions, "brightness" | "contrast" | "noise">,
): Tensor {
  expectRank("randomJitter", "images", images, "N×C×H×W");
  const { brightness = 0, contrast = 0, noise = 0 } = options;
  expectJitter({ brightness, contrast, noise });
  const source = flat(images);
  const target = allocate(source.length, dtypeOf(images));
  const length = images.shape[0] === 0 ? 0 : source.length / images.shape[0];
  for (let n = 0; n < images.shape[0]; n++) {
    const image = source.subarray(n * length, (n + 1) * length);
    let sum = 0;
    for (const value of image) sum += value;
    const mean = sum / length;
    const gain = 1 + contrast * (2 * random.next() - 1);
    const offset = mean + brightness * (2 * random.next() - 1);
    for (let i = 0; i < length; i++) {
      target[n * length + i] =
        offset + gain * (image[i] - mean) + (noise > 0 ? noise * random.gaussian() : 0);
    }
  }
  return wrap(target, images.shape);
}

/** Where an image's pixels go. */
interface Placement {
  readonly down: number;
  readonly across: number;
  readonly mirrored: boolean;
}

/** Copies each image into one of height×width, shifted and mirrored as `place` says, which is called once per image. */
function remap(
  operation: string,
  images: Tensor,
  height: number,
  width: number,
  place: () => Placement,
  fill = 0,
): Tensor {
  expectRank(operation, "images", images, "N×C×H×W");
  const [count, channels, rows, columns] = images.shape;
  const source = flat(images);
  const target = allocate(count * channels * height * width, dtypeOf(images));
  if (fill !== 0) target.fill(fill);
  for (let n = 0; n < count; n++) {
    const { down, across, mirrored } = place();
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < height; row++) {
        const from = row - down;
        if (from < 0 || from >= rows) continue;
        const line = ((n * channels + c) * rows + from) * columns;
        const start = ((n * channels + c) * height + row) * width;
        for (let column = Math.max(0, across); column < Math.min(width, columns + across); column++) {
          target[start + column] = source[line + (mirrored ? columns - 1 - column : column - across)];
        }
      }
    }
  }
  return wrap(target, [count, channels, height, width]);
}

function expectCrop(operation: string, images: Tensor, size: number): number[] {
  expectRank(operation, "images", images, "N×C×H×W");
  expectInteger(operation, "size", size, 1);
  const [, , height, width] = images.shape;
  if (size > height || size > width) {
    throw new ShapeError(
      `${operation}: a square of ${size} does not fit into images of ${height}×${width}; ask for at most ${Math.min(height, width)}.`,
    );
  }
  return images.shape;
}

function expectProbability(name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new ValueError(`augment: ${name} is ${value}; a probability is from 0 to 1.`);
}

function expectJitter(options: Required<Pick<AugmentOptions, "brightness" | "contrast" | "noise">>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= 0 && (name !== "contrast" || value <= 1) && value < Infinity) continue;
    throw new ValueError(
      `augment: ${name} is ${value}; it must be ${name === "contrast" ? "from 0 to 1" : "0 or more"}.`,
    );
  }
}
