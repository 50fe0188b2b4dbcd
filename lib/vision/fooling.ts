/**
 * Adversarial images: small changes make a network take an image for another class. They are found by gradient descent on the
 * target class's loss with respect to the pixels. Szegedy et al. (2013) discovered them; Goodfellow et al. (2014) use the
 * sign of the gradient; Madry et al. (2017) make many such steps inside a ball. Lecture B, "Fooling Convnets".
 */
import { expectFinite, expectInteger, expectRank } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { allocate, flat, wrap, type Tensor } from "../array/tensor.js";
import { softmaxForward } from "../layers/activation/softmax.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";

/** The target class of `fool`, and how much it may change an image. */
export interface FoolOptions {
  /** The target class of each image, or one class for all. */
  readonly target: number | ArrayLike<number>;
  /**
   * How a change is measured: "max", the largest change of a pixel, with steps of equal size in every pixel; or "euclidean",
   * ‖δ‖, with steps along the gradient. "max".
   */
  readonly norm?: "max" | "euclidean";
  /** The largest allowed change, in that norm; no limit. */
  readonly epsilon?: number;
  /** The length of a step in that norm; a fifth of epsilon, or 0.01 without a limit. */
  readonly stepSize?: number;
  /** The most steps; 40. */
  readonly steps?: number;
  /** An image is finished when the target's probability is at least this; unless given, when the target is the likeliest. */
  readonly confidence?: number;
  /** The least and greatest value of a pixel; [0, 1]. */
  readonly range?: readonly [number, number];
}

/** The result of `fool`. */
export interface Fooled {
  /** The changed images, of the images' shape. */
  readonly images: Tensor;
  /** δ: what was added. */
  readonly perturbation: Tensor;
  /** ‖δ‖, Euclidean, for every image. */
  readonly lengths: Float64Array;
  /** The largest change of a pixel, for every image. */
  readonly greatest: Float64Array;
  /** The target's probability, for every changed image. */
  readonly probabilities: Float64Array;
  /** Whether the network classifies the changed image as the target, with the required confidence. */
  readonly fooled: boolean[];
}

/**
 * Changes each image a little until the network takes it for another class. The given images are not changed; the network
 * computes in evaluation mode (no dropout, batch norm with its stored statistics).
 *
 *     const { images, lengths, fooled } = fool(net, test.images, { target: 3, epsilon: 0.1 });
 *
 * One step of size epsilon is Goodfellow's fast gradient sign: `{ epsilon, stepSize: epsilon, steps: 1 }`.
 * @param images  N×C×H×W
 * @throws ShapeError, ValueError for images, classes or options that do not fit
 */
export function fool(net: Sequential, images: Tensor, options: FoolOptions): Fooled {
  const { norm = "max", epsilon = Infinity, steps = 40, confidence, range = [0, 1] } = options;
  const { stepSize = epsilon === Infinity ? 0.01 : epsilon / 5 } = options;
  expectRank("fool", "images", images, "N×C×H×W");
  expectFinite("fool", "images", images);
  expectInteger("fool", "steps", steps, 1);
  if (!(epsilon > 0) || !(stepSize > 0 && stepSize < Infinity)) {
    throw new ValueError(`fool: epsilon is ${epsilon} and stepSize ${stepSize}; both must be above 0.`);
  }
  if (confidence !== undefined && !(confidence > 0 && confidence < 1)) {
    throw new ValueError(`fool: confidence is ${confidence}; it must be between 0 and 1, such as 0.99.`);
  }
  const count = images.shape[0];
  const size = images.size / Math.max(1, count);
  const clean = flat(images);
  expectWithin(clean, range);
  const changed = clean.slice();
  const targets = targetsOf(options.target, count);
  const probabilities = new Float64Array(count);
  const fooled = Array<boolean>(count).fill(false);

  let open = Array.from(targets.keys());
  for (let step = 0; step <= steps && open.length > 0; step++) {
    const batch = gather(changed, open, size, images.shape);
    const { down, outputs } = slopes(
      net,
      batch,
      open.map((n) => targets[n]),
    );
    const classes = outputs.shape[1];
    const P = flat(outputs);
    const undone: number[] = [];
    open.forEach((n, row) => {
      const p = P.subarray(row * classes, (row + 1) * classes);
      const target = targets[n];
      probabilities[n] = p[target];
      fooled[n] =
        confidence === undefined
          ? p.every((other, k) => k === target || other < p[target])
          : p[target] >= confidence;
      if (fooled[n] || step === steps) return;
      undone.push(n);
      const [from, to] = [n * size, (n + 1) * size];
      const image = changed.subarray(from, to);
      move(image, down.subarray(row * size, (row + 1) * size), norm, stepSize);
      keepNear(image, clean.subarray(from, to), norm, epsilon);
      for (let i = 0; i < size; i++) image[i] = Math.min(range[1], Math.max(range[0], image[i]));
    });
    open = undone;
  }

  const delta = changed.map((value, i) => value - clean[i]);
  const each = <T>(of: (delta: Float32Array | Float64Array) => T): T[] =>
    Array.from({ length: count }, (_, n) => of(delta.subarray(n * size, (n + 1) * size)));
  return {
    images: wrap(changed, images.shape),
    perturbation: wrap(delta, images.shape),
    lengths: Float64Array.from(each(euclidean)),
    greatest: Float64Array.from(each(greatest)),
    probabilities,
    fooled,
  };
}

/**
 * The direction in which the target's −log p falls fastest, −∂(−log p)/∂x = Σₖ (yₖ − pₖ) ∂zₖ/∂x with y one-hot, and p.
 * The network's logits are z.
 */
function slopes(net: Sequential, x: Tensor, targets: readonly number[]) {
  const pass = new Pass();
  const logits = net.forward(x, pass);
  const classes = logits.shape[1];
  if (logits.shape.length !== 2) {
    throw new ShapeError(
      `fool: the network gives ${showShape(logits.shape)}, expected a row of class scores an image (N×K).`,
    );
  }
  const wrong = targets.find((target) => !Number.isInteger(target) || target < 0 || target >= classes);
  if (wrong !== undefined) {
    throw new ValueError(
      `fool: target ${wrong} is no class; the network has ${classes}, from 0 to ${classes - 1}.`,
    );
  }
  const outputs = softmaxForward(logits).y;
  const dz = flat(outputs).map((p) => -p);
  targets.forEach((target, row) => (dz[row * classes + target] += 1));
  return { outputs, down: flat(net.backward(wrap(dz, logits.shape), pass)) };
}

type Values = Float32Array | Float64Array;

/** Makes one step along `direction`, of this length in the norm; no step if the direction is zero. */
function move(image: Values, direction: Values, norm: FoolOptions["norm"], length: number): void {
  if (norm === "max") {
    for (let i = 0; i < image.length; i++) image[i] += length * Math.sign(direction[i]);
    return;
  }
  const scale = length / (euclidean(direction) || 1);
  for (let i = 0; i < image.length; i++) image[i] += scale * direction[i];
}

/** Moves the image to the nearest point whose distance from the original is at most epsilon. */
function keepNear(image: Values, clean: Values, norm: FoolOptions["norm"], epsilon: number): void {
  if (epsilon === Infinity) return;
  if (norm === "max") {
    for (let i = 0; i < image.length; i++) {
      image[i] = Math.min(clean[i] + epsilon, Math.max(clean[i] - epsilon, image[i]));
    }
    return;
  }
  const length = euclidean(image.map((value, i) => value - clean[i]));
  if (length <= epsilon) return;
  for (let i = 0; i < image.length; i++) image[i] = clean[i] + ((image[i] - clean[i]) * epsilon) / length;
}

function euclidean(values: Values): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

function greatest(values: Values): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function gather(images: Values, which: readonly number[], size: number, shape: readonly number[]): Tensor {
  const batch = allocate(which.length * size, images instanceof Float64Array ? "float64" : "float32");
  which.forEach((n, row) => batch.set(images.subarray(n * size, (n + 1) * size), row * size));
  return wrap(batch, [which.length, ...shape.slice(1)]);
}

function targetsOf(target: FoolOptions["target"], count: number): number[] {
  if (typeof target === "number") return Array<number>(count).fill(target);
  if (target.length === count) return Array.from(target);
  throw new ShapeError(
    `fool: ${target.length} targets for ${count} images; give one an image, or one number for all.`,
  );
}

function expectWithin(values: Values, [low, high]: readonly [number, number]): void {
  if (!(low < high)) throw new ValueError(`fool: range is [${low}, ${high}]; give the least value first.`);
  const outside = values.find((value) => value < low || value > high);
  if (outside === undefined) return;
  throw new ValueError(
    `fool: a pixel is ${outside}, outside the range [${low}, ${high}]; say what pixels may be, such as range: [-0.5, 0.5].`,
  );
}
