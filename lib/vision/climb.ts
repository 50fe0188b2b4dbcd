/**
 * Uphill in the space of images: the gradient of what a unit or a layer says with respect to the image, and the step that
 * follows it. The common part of `optimizeInput` and `dream`.
 */
import { expectInteger } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import type { Random } from "../array/random.js";
import { allocate, dtypeOf, flat, wrap, type Tensor } from "../array/tensor.js";
import type { Layer } from "../layers/layer.js";
import { Pass } from "../net/pass.js";
import type { Sequential } from "../net/sequential.js";
import { blurred } from "../data/resample.js";

/** Part of a network, from the image to one of its layers. */
export interface Stem {
  readonly layer: string;
  readonly layers: readonly (readonly [name: string, layer: Layer])[];
}

/**
 * The layers up to the named one, with it.
 * @throws ValueError for a layer that is not at the top of the network
 */
export function stemOf(operation: string, net: Sequential, layer: string): Stem {
  const layers = Object.entries(net.layers);
  const last = layers.findIndex(([name]) => name === layer);
  if (last >= 0) return { layer, layers: layers.slice(0, last + 1) };
  throw new ValueError(
    `${operation}: the network has no layer "${layer}"; it has ${layers.map(([name]) => name).join(", ")}.`,
  );
}

/**
 * What the image is worth, and which way it is worth more.
 * @param x     N×C×H×W
 * @param unit  a channel of the layer: the worth is the mean of its outputs over places and images. Unless given: half
 *   the mean of the squares of all outputs, which makes whatever the layer sees stronger.
 * @throws ValueError for a unit that is not there; ShapeError when a layer does not take the image
 */
export function ascent(
  operation: string,
  { layer, layers }: Stem,
  x: Tensor,
  unit?: number,
): { worth: number; gradient: Tensor } {
  const pass = new Pass();
  const y = pass.enclose(() =>
    layers.reduce((value, [name, one]) => pass.within(name, () => one.forward(value, pass)), x),
  );
  const [count, channels] = y.shape;
  const Y = flat(y);
  const dy = allocate(Y.length, dtypeOf(y));
  let worth = 0;
  if (unit === undefined) {
    for (let i = 0; i < Y.length; i++) {
      worth += Y[i] ** 2 / (2 * Y.length);
      dy[i] = Y[i] / Y.length;
    }
  } else {
    if (!(Number.isInteger(unit) && unit >= 0 && unit < channels)) {
      throw new ValueError(
        `${operation}: ${layer} has no unit ${unit}; its ${channels} are numbered 0 to ${channels - 1}.`,
      );
    }
    const plane = Y.length / (count * channels);
    for (let n = 0; n < count; n++) {
      const start = (n * channels + unit) * plane;
      for (let i = start; i < start + plane; i++) {
        worth += Y[i] / (count * plane);
        dy[i] = 1 / (count * plane);
      }
    }
  }
  const gradient = pass.enclose(() =>
    layers.reduceRight(
      (g, [name, one]) => pass.within(name, () => one.backward(g, pass, true)),
      wrap(dy, y.shape),
    ),
  );
  return { worth, gradient };
}

/** How an image climbs. */
export interface StepRules {
  /** The root mean square of one step's change, in the image's units. */
  readonly stepSize: number;
  /** The image is rolled around by up to so many pixels before each gradient, and back after it. */
  readonly jitter: number;
  /** The gradient is taken at so many fineness levels, each twice as coarse as the one before, all equally strong. */
  readonly scales: number;
  /** How far the channels go together, 0 to 1: 1 gives grey changes alone. */
  readonly grey: number;
  /** What a pixel may be. */
  readonly range: readonly [number, number];
}

/** @throws ValueError naming the rule that is out of range */
export function expectRules(operation: string, rules: StepRules): void {
  const { stepSize, jitter, scales, grey, range } = rules;
  if (!(range[0] < range[1])) {
    throw new ValueError(
      `${operation}: range is [${range[0]}, ${range[1]}]; give two numbers, the least first.`,
    );
  }
  expectInteger(operation, "jitter", jitter, 0);
  expectInteger(operation, "scales", scales, 1);
  if (!(stepSize > 0 && stepSize < Infinity)) {
    throw new ValueError(`${operation}: stepSize is ${stepSize}; it must be above 0.`);
  }
  if (!(grey >= 0 && grey <= 1)) {
    throw new ValueError(`${operation}: grey is ${grey}; it must be from 0 (colours free) to 1 (none).`);
  }
}

/** @throws ShapeError unless the image is C×H×W */
export function expectImage(operation: string, image: Tensor): void {
  if (image.shape.length === 3) return;
  throw new ShapeError(
    `${operation}: the image is ${showShape(image.shape)}, expected C×H×W; of a batch take one, such as images.pick(0).`,
  );
}

/**
 * One step. The gradient is brought to a common strength at every fineness (else it is nearly all fine noise, to which
 * networks are most sensitive), its colours are mixed towards grey (as those of photographs are), and then the image goes
 * a step of fixed size along it.
 * @param x      1×C×H×W, changed in place
 * @param minus  the gradient of a penalty, taken from the direction of the step when that has root mean square 1
 * @returns the worth before the step
 */
export function climb(
  operation: string,
  stem: Stem,
  x: Tensor,
  unit: number | undefined,
  random: Random,
  rules: StepRules,
  minus?: ArrayLike<number>,
): number {
  const { jitter, scales, grey, range, stepSize } = rules;
  const offset = () => random.integer(2 * jitter + 1) - jitter;
  const [down, right] = jitter > 0 ? [offset(), offset()] : [0, 0];
  const { worth, gradient } = ascent(operation, stem, rolled(x, down, right), unit);
  const direction = together(evened(rolled(gradient, -down, -right), scales), grey);
  const [D, X] = [flat(direction), flat(x)];
  for (let i = 0; i < X.length; i++) {
    const next = X[i] + stepSize * (D[i] - (minus?.[i] ?? 0));
    x.data[i] = Math.min(range[1], Math.max(range[0], next));
  }
  return worth;
}

/** The images moved down and to the right; what leaves at one side comes in at the other. */
export function rolled(x: Tensor, down: number, right: number): Tensor {
  const values = flat(x);
  const [height, width] = x.shape.slice(-2);
  const result = allocate(values.length, dtypeOf(x));
  for (let plane = 0; plane < values.length; plane += height * width) {
    for (let i = 0; i < height; i++) {
      const to = plane + ((((i + down) % height) + height) % height) * width;
      for (let j = 0; j < width; j++) {
        result[to + ((((j + right) % width) + width) % width)] = values[plane + i * width + j];
      }
    }
  }
  return wrap(result, x.shape);
}

/** The mean of the gradient and its blurred forms, each at root mean square 1; the result at 1 as well. */
function evened(gradient: Tensor, scales: number): Tensor {
  const total = new Float64Array(gradient.size);
  for (let scale = 0; scale < scales; scale++) {
    const part = unitLength(flat(blurred(gradient, scale === 0 ? 0 : 2 ** (scale - 1))));
    for (let i = 0; i < total.length; i++) total[i] += part[i];
  }
  const even = allocate(total.length, dtypeOf(gradient));
  even.set(unitLength(total));
  return wrap(even, gradient.shape);
}

/** Each channel's numbers moved towards the mean over the channels, and back to root mean square 1. */
function together(x: Tensor, grey: number): Tensor {
  const [count, channels, height, width] = x.shape;
  if (channels === 1 || grey === 0) return x;
  const plane = height * width;
  const values = flat(x).slice();
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < plane; i++) {
      let mean = 0;
      for (let c = 0; c < channels; c++) mean += values[(n * channels + c) * plane + i] / channels;
      for (let c = 0; c < channels; c++) {
        const at = (n * channels + c) * plane + i;
        values[at] = (1 - grey) * values[at] + grey * mean;
      }
    }
  }
  return wrap(unitLength(values), x.shape);
}

/** Divided by its root mean square; zeros stay zeros. */
function unitLength<A extends Float32Array | Float64Array>(values: A): A {
  let sum = 0;
  for (const value of values) sum += value * value;
  const scale = Math.sqrt(sum / Math.max(1, values.length)) || 1;
  return values.map((value) => value / scale) as A;
}
