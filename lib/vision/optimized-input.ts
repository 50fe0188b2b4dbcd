/**
 * The image to which a unit responds most: gradient ascent on the pixels, with regularisers that keep the result a picture
 * rather than noise (Erhan et al., 2009; Simonyan et al., 2013; Yosinski et al., 2015). Lecture A, "A Google Deep Dream
 * Image": minimise with respect to x, not to w.
 */
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, reshape, wrap, zeros, type Shape, type Tensor } from "../array/tensor.js";
import type { Sequential } from "../net/sequential.js";
import { ascent, climb, expectImage, expectRules, stemOf, type StepRules } from "./climb.js";
import { blurred } from "../data/resample.js";
import { totalVariation } from "./total-variation.js";

/** The layer that `optimizeInput` uses, its start, its steps, and its regularisers. */
export interface OptimizeInputOptions {
  /** A layer at the top of the network: "conv2"; its last. */
  readonly layer?: string;
  /** The first image, C×H×W; unless given, noise around the middle of the range. */
  readonly start?: Tensor;
  /** C×H×W of the image; the network's own input. */
  readonly shape?: Shape;
  /** How many steps; 100. */
  readonly steps?: number;
  /** The root mean square of a step's change; 1/40 of the range. */
  readonly stepSize?: number;
  /** The most pixels by which the image is rolled at random before each step, so that no single pixel matters; 0. */
  readonly jitter?: number;
  /** The standard deviation, in pixels, of a Gaussian that blurs the image at every fourth step; 0. */
  readonly blur?: number;
  /** The weight of the total variation, relative to a gradient of root mean square 1; 0. */
  readonly totalVariation?: number;
  /** The weight of the distance from the middle of the range, in ranges, relative to the same gradient; 0. */
  readonly decay?: number;
  /** The number of scales of the gradient, each twice as coarse as the one before, all with equal strength; 1. */
  readonly scales?: number;
  /** How strongly the channels' changes are made equal, 0 to 1; 0. */
  readonly grey?: number;
  /** The least and greatest value of a pixel; [0, 1]. */
  readonly range?: readonly [number, number];
  /** The seed of the noise and the jitter; 1. */
  readonly seed?: number;
}

/** The result of `optimizeInput`. */
export interface OptimizedInput {
  /** C×H×W. */
  readonly image: Tensor;
  /** The unit's mean output before each step, and at the end. */
  readonly worth: readonly number[];
}

/**
 * Changes an image until a unit of the network responds strongly to it.
 *
 *     const { image } = optimizeInput(net, 3, { jitter: 2, totalVariation: 0.3 });   // what the network takes for a 3
 *     const { image } = optimizeInput(net, 5, { layer: "conv2", scales: 3 });
 *
 * A step goes along the gradient, scaled to root mean square 1 (with equal parts from all `scales`), minus the regularisers'
 * gradients times their weights. `worth` is only the unit's output. The network computes in evaluation mode.
 * @param unit  a channel of the layer, from 0; for the last layer a class, whose score before softmax is maximised
 * @throws ValueError for a layer, unit or option that does not fit; ShapeError for an image that does not
 */
export function optimizeInput(
  net: Sequential,
  unit: number,
  options: OptimizeInputOptions = {},
): OptimizedInput {
  const operation = "optimizeInput";
  const { steps = 100, range = [0, 1], blur = 0, decay = 0, seed = 1 } = options;
  const [low, high] = range;
  const rules: StepRules = {
    stepSize: options.stepSize ?? (high - low) / 40,
    jitter: options.jitter ?? 0,
    scales: options.scales ?? 1,
    grey: options.grey ?? 0,
    range,
  };
  expectRules(operation, rules);
  expectInteger(operation, "steps", steps, 1);
  const weights = { blur, decay, totalVariation: options.totalVariation ?? 0 };
  for (const [name, value] of Object.entries(weights)) {
    if (value >= 0 && value < Infinity) continue;
    throw new ValueError(`${operation}: ${name} is ${value}; it must be a finite number, 0 or more.`);
  }
  const stem = stemOf(operation, net, options.layer ?? Object.keys(net.layers).at(-1) ?? "");
  const random = new Random(seed);
  const middle = (low + high) / 2;
  let x = startOf(net, options, random, middle, (high - low) / 20);
  const worth: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const minus = new Float64Array(x.size);
    if (weights.totalVariation > 0) {
      flat(totalVariation(x, (high - low) / 100).dx).forEach(
        (dx, i) => (minus[i] += weights.totalVariation * dx),
      );
    }
    if (decay > 0) {
      flat(x).forEach((value, i) => (minus[i] += (decay * (value - middle)) / (high - low)));
    }
    worth.push(climb(operation, stem, x, unit, random, rules, minus));
    if (blur > 0 && step % 4 === 0 && step < steps) x = blurred(x, blur);
  }
  worth.push(ascent(operation, stem, x, unit).worth);
  return { image: reshape(x, x.shape.slice(1)), worth };
}

/** The first image, 1×C×H×W, in its own memory. */
function startOf(
  net: Sequential,
  { start, shape = net.input }: OptimizeInputOptions,
  random: Random,
  middle: number,
  deviation: number,
): Tensor {
  if (start !== undefined) {
    expectImage("optimizeInput", start);
    return wrap(flat(start).slice(), [1, ...start.shape]);
  }
  if (shape === undefined) {
    throw new ValueError(
      "optimizeInput: the network does not know its input's shape yet; give shape, such as [1, 28, 28].",
    );
  }
  const dtype = Object.values(net.parameters)[0]?.value.dtype === "float64" ? "float64" : "float32";
  expectImage("optimizeInput", zeros(shape, dtype));
  return random.normal([1, ...shape], middle, deviation, dtype);
}
