/**
 * Is this backward pass the gradient of this forward pass? `gradCheck` moves every number of every argument a
 * little, measures what that does to ⟨dy, y⟩ for a random upstream gradient dy, and compares it with what backward
 * derived. An upstream gradient of ones would miss a backward that reads dy in the wrong order. Lectures B and E.
 */
import ndarray from "ndarray";
import { DTypeError, ValueError, showShape } from "../array/errors.js";
import { Random } from "../array/random.js";
import { dtypeOf, flat, full, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { slope, type Change } from "./differences.js";
import { GradientReport, type GradientCheck } from "./report.js";

/** Arguments by name; one that is undefined does not take part. */
export type Arguments = Readonly<Record<string, Tensor | undefined>>;

/** What a forward pass gives: a tensor `y`, or a number `loss`; and what backward needs. */
export type ForwardResult<Cache = unknown> =
  { readonly y: Tensor; readonly cache: Cache } | { readonly loss: number; readonly cache: Cache };

/** A forward pass and the backward pass that claims to be its gradient; both pure functions. */
export interface Differentiable<Inputs extends Arguments = Arguments, Cache = unknown> {
  /** What to call it in reports. */
  readonly name?: string;
  forward(inputs: Inputs): ForwardResult<Cache>;
  /**
   * @param dy  the upstream gradient, of y's shape; a single 1 for a loss
   * @returns the gradients by name: `dx` for the argument `x`; others are ignored
   */
  backward(dy: Tensor, cache: Cache): object;
}

export interface GradCheckOptions {
  /** The relative error that is allowed; 1e-6. */
  tolerance?: number;
  /** The largest step of the differences, for numbers around 1; 2⁻¹⁰. It shrinks near kinks and ties. */
  step?: number;
  /** Draws the upstream gradient, and the numbers to compare when there are too many; 1. */
  seed?: number;
  /** The arguments to check; all. */
  of?: readonly string[];
  /** At most so many numbers of an argument are compared, drawn at random; 1,000. */
  samples?: number;
}

/**
 *     gradCheck({ forward: ({ x, w, b }) => conv2dForward(x, w, b), backward: conv2dBackward }, { x, w, b })
 *
 * @param inputs  float64 tensors, strided views too; not changed
 * @returns a report that shows itself: each argument's worst relative error, where it is, and both numbers
 * @throws DTypeError for float32, in which a correct backward pass would look wrong; ValueError when the operation
 *         writes into its inputs
 */
export function gradCheck<Inputs extends Arguments, Cache>(
  operation: Differentiable<Inputs, Cache>,
  inputs: Inputs,
  options: GradCheckOptions = {},
): GradientReport {
  const name = operation.name ?? "your function";
  const copies = Object.fromEntries(
    Object.entries(inputs).flatMap(([key, x]) => (x === undefined ? [] : [[key, sameLayout(name, key, x)]])),
  );
  const asInputs = copies as unknown as Inputs;
  const random = new Random(options.seed ?? 1);
  const first = operation.forward(asInputs);
  const y = "y" in first ? first.y : full([1], first.loss, "float64");
  const dy = "y" in first ? random.normal(y.shape, 0, 1, "float64") : full([1], 1, "float64");
  const derived = (operation.backward(dy, first.cache) ?? {}) as Readonly<Record<string, unknown>>;
  for (const [key, x] of Object.entries(copies)) {
    if (!sameNumbers(flat(x), flat(inputs[key]!))) {
      throw new ValueError(
        `gradCheck: ${name} changes its input ${key}; a forward or backward pass must not, so copy first.`,
      );
    }
  }
  const unknown = options.of?.find((key) => !(key in copies));
  if (unknown !== undefined) {
    throw new ValueError(
      `gradCheck: ${name} has no argument ${unknown}; it has ${Object.keys(copies).join(", ")}.`,
    );
  }
  const claims = (options.of ?? Object.keys(copies)).map((key) => ({
    name: key,
    at: copies[key],
    gradient: derived[`d${key}`],
  }));
  const result = (): Tensor => {
    const again = operation.forward(asInputs);
    return "y" in again ? again.y : full([1], again.loss, "float64");
  };
  return new GradientReport(name, options.tolerance ?? 1e-6, compare(claims, result, dy, random, options));
}

/** @throws ValueError naming the first argument whose gradient is wrong, the place and both numbers */
export function assertGradients<Inputs extends Arguments, Cache>(
  operation: Differentiable<Inputs, Cache>,
  inputs: Inputs,
  options: GradCheckOptions = {},
): void {
  gradCheck(operation, inputs, options).assert();
}

/** A gradient to be checked, and the tensor whose numbers are moved in place to do so. */
export interface Claim {
  readonly name: string;
  readonly at: Tensor;
  /** What backward returned, whatever it is. */
  readonly gradient: unknown;
}

/** Measures every claim. Tensors are moved in place and put back. @param result computes y from them */
export function compare(
  claims: readonly Claim[],
  result: () => Tensor,
  dy: Tensor,
  random: Random,
  { tolerance = 1e-6, step = 2 ** -10, samples = 1000 }: GradCheckOptions,
): GradientCheck[] {
  const y0 = flat(result()).slice();
  const dY = flat(dy);
  const change = (): Change => {
    const y = flat(result());
    let value = 0;
    let mass = 0;
    for (let i = 0; i < y.length; i++) {
      if (y[i] === y0[i]) continue;
      // Output by output: what the step leaves alone adds nothing, not even rounding.
      value += dY[i] * (y[i] - y0[i]);
      mass += Math.abs(dY[i]) * Math.max(Math.abs(y[i]), Math.abs(y0[i]));
    }
    return { value, mass };
  };
  const derived = claims.map(({ at, gradient }) =>
    problemWith(at.shape, gradient) ? undefined : flat(gradient as Tensor),
  );
  let largest = 0;
  for (const values of derived) values?.forEach((v) => (largest = Math.max(largest, Math.abs(v))));
  const floor = Number.isFinite(largest) ? 1e-3 * largest : 0;
  const measured = claims.map(({ at }, i) => {
    if (derived[i] === undefined) return [];
    return draw(sizeOf(at.shape), samples, random).map((element) => {
      const position = positionOf(at, indexOf(at.shape, element));
      const here = at.data[position];
      const moved = (distance: number): Change => {
        at.data[position] = here + distance;
        try {
          return change();
        } finally {
          at.data[position] = here;
        }
      };
      const first = step * Math.max(1, Math.abs(here));
      return { element, ...slope(moved, { step: first, accuracy: tolerance / 10, floor }) };
    });
  });
  const scale = measured
    .flat()
    .reduce((top, { value, smooth }) => (smooth ? Math.max(top, Math.abs(value)) : top), largest);
  return claims.map(({ name, at, gradient }, i) => {
    const values = derived[i];
    if (values === undefined) return unusable(name, problemWith(at.shape, gradient, name)!);
    return judge(name, at.shape, values, measured[i], 1e-3 * scale, tolerance);
  });
}

interface Measurement {
  readonly element: number;
  readonly value: number;
  readonly smooth: boolean;
}

function judge(
  name: string,
  shape: Shape,
  derived: ArrayLike<number>,
  measurements: readonly Measurement[],
  floor: number,
  tolerance: number,
): GradientCheck {
  const maps = [0, 1, 2].map(() => new Float64Array(sizeOf(shape)).fill(NaN));
  let worst = -1;
  let wrong = 0;
  const kinks: number[][] = [];
  for (const { element, value, smooth } of measurements) {
    if (!smooth) {
      kinks.push(indexOf(shape, element));
      continue;
    }
    const difference = Math.abs(derived[element] - value);
    const relative =
      difference === 0 ? 0 : difference / Math.max(Math.abs(derived[element]), Math.abs(value), floor);
    const error = Number.isNaN(relative) ? Infinity : relative;
    [derived[element], value, error].forEach((number, i) => (maps[i][element] = number));
    if (error > tolerance) wrong++;
    if (worst < 0 || error > maps[2][worst]) worst = element;
  }
  if (worst < 0 && measurements.length > 0) {
    return unusable(
      name,
      `d${name} cannot be measured: the function has a kink, a tie or a NaN at every number tried; use other inputs.`,
      kinks,
    );
  }
  const [derivedMap, measuredMap, errorMap] = maps.map((values) => wrap(values, shape));
  return {
    name,
    passed: wrong === 0,
    problem: undefined,
    error: worst < 0 ? 0 : maps[2][worst],
    index: worst < 0 ? [] : indexOf(shape, worst),
    derived: worst < 0 ? 0 : maps[0][worst],
    measured: worst < 0 ? 0 : maps[1][worst],
    compared: measurements.length - kinks.length,
    wrong,
    kinks,
    map: { derived: derivedMap, measured: measuredMap, error: errorMap },
  };
}

function unusable(name: string, problem: string, kinks: readonly (readonly number[])[] = []): GradientCheck {
  const nothing = { index: [], derived: NaN, measured: NaN, compared: 0, wrong: 0, map: undefined };
  return { name, passed: false, problem, error: Infinity, kinks, ...nothing };
}

function problemWith(shape: Shape, gradient: unknown, name = ""): string | undefined {
  if (gradient === undefined || gradient === null) {
    return `backward gives no d${name}; return it by that name, a tensor of shape ${showShape(shape)}.`;
  }
  const { shape: got, data } = gradient as Partial<Tensor>;
  if (!Array.isArray(got) || data === undefined)
    return `d${name} is not a tensor; return one of shape ${showShape(shape)}.`;
  if (showShape(got) !== showShape(shape)) {
    return `d${name} is ${showShape(got)}, but ${name} is ${showShape(shape)}; a gradient has the shape of its argument.`;
  }
  if (!(data instanceof Float64Array)) return `d${name} is not float64; give it the precision of ${name}.`;
  return undefined;
}

/** A copy of the whole buffer under the same strides, so that views stay views. */
function sameLayout(operation: string, name: string, x: Tensor): Tensor {
  refuseFloat32(`gradCheck: ${name} of ${operation}`, x);
  return ndarray(x.data.slice(), x.shape.slice(), x.stride.slice(), x.offset) as Tensor;
}

/** @throws DTypeError unless x is float64 */
export function refuseFloat32(what: string, x: Tensor): void {
  if (dtypeOf(x, what) === "float64") return;
  throw new DTypeError(
    `${what} is float32, whose rounding makes a correct gradient look wrong by a tenth; ` +
      `check in float64, with cast(x, "float64") or layers made with dtype: "float64".`,
  );
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** All of 0 … size − 1, or `count` of them at random. */
function draw(size: number, count: number, random: Random): number[] {
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  return Array.from(random.permutation(size).subarray(0, count)).sort((a, b) => a - b);
}

/** The index of the element at a place in row-major order. */
export function indexOf(shape: Shape, element: number): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = element; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

function positionOf(x: Tensor, index: readonly number[]): number {
  return index.reduce((position, i, axis) => position + i * x.stride[axis], x.offset);
}
