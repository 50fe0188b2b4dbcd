/**
 * Which pixels a class score depends on: measured by the gradient (saliency: Simonyan, Vedaldi and Zisserman, 2013), or by
 * covering the image piece by piece (occlusion: Zeiler and Fergus, 2013).
 */
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { allocate, dtypeOf, flat, reshape, wrap, zeros, type Tensor } from "../array/tensor.js";
import { summarize } from "../display/figure/numbers.js";
import { compute } from "../engine/compute.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";

/** The result of `saliency`. */
export interface Saliency {
  /** H×W: for every pixel the largest |gradient| of its channels. */
  readonly map: Tensor;
  /** ∂score/∂image, C×H×W. */
  readonly gradient: Tensor;
  /** The class's output for the image, before softmax. */
  readonly score: number;
}

/**
 * How much the score of a class changes with each pixel: the gradient of that one output with respect to the image.
 * @param image  C×H×W, or a batch of one
 * @param label  the class number, from 0
 * @throws ShapeError, ValueError for an image or class that does not fit
 */
export function saliency(net: Sequential, image: Tensor, label: number): Saliency {
  const x = batchOfOne("saliency", image);
  // Fast convolutions round, so that pixels which the class does not see would get small gradients.
  const pass = new Pass({ engine: compute.engine.local });
  const scores = net.forward(x, pass);
  expectClass("saliency", scores, label);
  const dy = zeros(scores.shape, dtypeOf(scores));
  dy.data[label] = 1;
  const gradient = reshape(net.backward(dy, pass), x.shape.slice(1));
  const [channels, height, width] = gradient.shape;
  const values = flat(gradient);
  const map = zeros([height, width], dtypeOf(gradient));
  for (let i = 0; i < values.length; i++) {
    const place = i % (height * width);
    map.data[place] = Math.max(map.data[place], Math.abs(values[i]));
  }
  return { map, gradient: reshape(gradient, [channels, height, width]), score: flat(scores)[label] };
}

/** The square that covers the image in `occlusionMap`: its side, its step and its fill value. */
export interface OcclusionOptions {
  /** The side of the square that covers the image, in pixels; an eighth of the shorter side, at least 1. */
  readonly size?: number;
  /** Pixels from one position of the square to the next; half its side, at least 1. */
  readonly stride?: number;
  /** The number that covers the pixels; the image's mean. */
  readonly fill?: number;
  /** Images computed at once; 50. */
  readonly batchSize?: number;
}

/** The result of `occlusionMap`. */
export interface Occlusion {
  /**
   * H×W: how much the class's probability falls when a pixel is covered: the mean over all squares that cover the pixel.
   * Negative where covering raises the probability.
   */
  readonly map: Tensor;
  /** The probability with nothing covered. */
  readonly probability: number;
  /** The side of the square. */
  readonly size: number;
}

/**
 * Measures how much the probability of a class falls when a square of the image is covered, for squares all over the image.
 * @param image  C×H×W, or a batch of one
 * @param label  the class number, from 0
 * @throws ShapeError, ValueError
 */
export function occlusionMap(
  net: Sequential,
  image: Tensor,
  label: number,
  options: OcclusionOptions = {},
): Occlusion {
  const x = batchOfOne("occlusionMap", image);
  const [, channels, height, width] = x.shape;
  const size = options.size ?? Math.max(1, Math.round(Math.min(height, width) / 8));
  const stride = options.stride ?? Math.max(1, Math.floor(size / 2));
  const { batchSize = 50 } = options;
  expectInteger("occlusionMap", "size", size, 1);
  expectInteger("occlusionMap", "stride", stride, 1);
  expectInteger("occlusionMap", "batchSize", batchSize, 1);
  if (size > Math.min(height, width) || stride > size) {
    throw new ValueError(
      `occlusionMap: a square of ${size} in steps of ${stride} does not cover an image of ${height}×${width}; ` +
        `the size may be ${Math.min(height, width)} at most, and the stride no larger than the size.`,
    );
  }
  const values = flat(x);
  const fill = options.fill ?? summarize(values).mean;
  const look = (images: Tensor): Tensor =>
    net.forward(images, new Pass({ backward: false, engine: compute.engine.local }));
  const scores = look(x);
  expectClass("occlusionMap", scores, label);
  const probability = probabilityOf(flat(scores), label);
  const corners = places(height, size, stride).flatMap((top) =>
    places(width, size, stride).map((left) => ({ top, left })),
  );
  const [total, counts] = [new Float64Array(height * width), new Float64Array(height * width)];
  for (let start = 0; start < corners.length; start += batchSize) {
    const batch = corners.slice(start, start + batchSize);
    const covered = allocate(batch.length * values.length, dtypeOf(x));
    batch.forEach(({ top, left }, n) => {
      covered.set(values, n * values.length);
      for (let c = 0; c < channels; c++) {
        for (let row = top; row < top + size; row++) {
          const at = n * values.length + (c * height + row) * width + left;
          covered.fill(fill, at, at + size);
        }
      }
    });
    const outputs = look(wrap(covered, [batch.length, channels, height, width]));
    const [answers, classes] = [flat(outputs), outputs.shape[1]];
    batch.forEach(({ top, left }, n) => {
      const fall = probability - probabilityOf(answers.subarray(n * classes, (n + 1) * classes), label);
      for (let row = top; row < top + size; row++) {
        for (let column = left; column < left + size; column++) {
          total[row * width + column] += fall;
          counts[row * width + column]++;
        }
      }
    });
  }
  return {
    map: wrap(
      total.map((sum, i) => sum / counts[i]),
      [height, width],
    ),
    probability,
    size,
  };
}

/** The starts of the squares along an axis: in steps, and one more if needed to cover the last pixel. */
function places(extent: number, size: number, stride: number): number[] {
  const last = extent - size;
  const steps = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
  return steps[steps.length - 1] === last ? steps : [...steps, last];
}

function probabilityOf(scores: ArrayLike<number>, label: number): number {
  const top = Math.max(...Array.from(scores));
  let sum = 0;
  for (let k = 0; k < scores.length; k++) sum += Math.exp(scores[k] - top);
  return Math.exp(scores[label] - top) / sum;
}

/** The image as a batch N×C×H×W of one. @throws ShapeError */
export function batchOfOne(operation: string, image: Tensor): Tensor {
  const { shape } = image;
  if (shape.length === 3) return reshape(image, [1, ...shape]);
  if (shape.length === 4 && shape[0] === 1) return image;
  throw new ShapeError(
    `${operation}: the image is ${showShape(shape)}, expected C×H×W; of a batch take one, such as images.pick(0).`,
  );
}

function expectClass(operation: string, scores: Tensor, label: number): void {
  const classes = scores.shape[1];
  if (scores.shape.length !== 2) {
    throw new ShapeError(
      `${operation}: the network gives ${showShape(scores.shape)} for one image, expected one row of class scores.`,
    );
  }
  if (Number.isInteger(label) && label >= 0 && label < classes) return;
  throw new ValueError(
    `${operation}: ${label} is no class; the network has ${classes}, from 0 to ${classes - 1}.`,
  );
}
