/**
 * Gradient ascent on images: the gradient of a unit's or a layer's activations with respect to the image, and the step along
 * it. It is the common part of `optimizeInput` and `dream`.
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
 * The layers up to and including the named one.
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
 * The worth of an image, which is the value to maximise, and its gradient.
 * @param x     N×C×H×W
 * @param unit  a channel of the layer: the worth is the mean of its outputs over positions and images. Unless given: half
 *   the mean square of all outputs, which strengthens everything that the layer sees.
 * @throws ValueError for a unit that does not exist; ShapeError when the image does not fit the layers
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

/** The rules of a step. */
export interface StepRules {
  /** The root mean square of a step's change, in the image's units. */
  readonly stepSize: number;
  /** The most pixels by which the image is rolled before each gradient, and rolled back after it. */
  readonly jitter: number;
  /** The number of scales of the gradient, each twice as coarse as the one before, all with equal strength. */
  readonly scales: number;
  /** How strongly the channels' changes are made equal, 0 to 1; 1 allows only grey changes. */
  readonly grey: number;
  /** The least and greatest value of a pixel. */
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
 * Makes one step. The gradient is scaled to equal strength at every scale (else it is mostly fine noise, to which networks
 * are most sensitive), its colours are mixed towards grey (as in photographs), and the image moves along it by a step of
 * fixed size.
 * @param x      1×C×H×W, changed in place
 * @param minus  the gradient of a penalty; it is subtracted from the direction, which has root mean square 1
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

/** The images moved down and to the right; pixels that leave at one side enter at the other. */
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

/** The mean of the gradient and its blurred forms, each scaled to root mean square 1; so is the result. */
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

/** Moves each channel's numbers towards the mean over the channels, and scales the result to root mean square 1. */
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
