/**
 * Is this backward pass the gradient of this forward pass? `gradCheck` moves every number of every argument a
 * little, measures what that does to ⟨dy, y⟩ for a random upstream gradient dy, and compares it with what backward
 * derived. An upstream gradient of ones would miss a backward that reads dy in the wrong order. Lectures B and E.
 */
import ndarray from "ndarray";
import { DTypeError, ShapeError, ValueError, showShape } from "../array/errors.js";
import { sharesPlaces } from "../array/in-place.js";
import { Random } from "../array/random.js";
import { copy, dtypeOf, flat, full, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { measureSlope, type Change, type MeasuredSlope } from "./differences.js";
import { CLOSER, checkDirection, type DirectionCheck } from "./direction.js";
import { showCount, showNumber } from "../display/figure/numbers.js";
import { GradientReport, type GradientCheck } from "./report.js";
import { Rounding, indexOf, largestInput, nonFiniteInput, usualSize } from "./resolution.js";

/** Arguments by name; one that is undefined does not take part. */
export type Arguments = Readonly<Record<string, Tensor | undefined>>;

/** What a forward pass gives: a tensor `y`, or a number `loss`; and what backward needs. */
export type ForwardResult<Cache = unknown> =
  { readonly y: Tensor; readonly cache: Cache } | { readonly loss: number; readonly cache: Cache };

/** A forward pass and the backward pass that claims to be its gradient; both pure functions. */
export interface Differentiable<Inputs extends Arguments = Arguments, Cache = unknown> {
  /** What to call it in reports. */
  readonly name?: string;
  /** Computes the result, and what `backward` needs of it; the inputs stay as they are. */
  forward(inputs: Inputs): ForwardResult<Cache>;
  /**
   * @param dy  the upstream gradient, of y's shape; a single 1 for a loss
   * @returns the gradients by name: `dx` for the argument `x`; others are ignored
   */
  backward(dy: Tensor, cache: Cache): object;
}

/** How `gradCheck` measures slopes, how many it compares and how strictly. */
export interface GradCheckOptions {
  /** The relative error that is allowed; 1e-6. */
  tolerance?: number;
  /** The largest step of the differences, for numbers around 1; 2⁻¹⁰. It shrinks near kinks and ties. */
  step?: number;
  /** Draws the upstream gradient, and the numbers to compare when there are too many; 1. */
  seed?: number;
  /** The upstream gradient itself, of y's shape: whole numbers, say. Normal ones are drawn unless it is given. */
  dy?: Tensor;
  /** The arguments to check; all. */
  of?: readonly string[];
  /**
   * At most so many numbers of an argument are compared one by one, drawn at random; 1,000. The others are compared all
   * together, by one derivative in a random direction, which finds those that are wrong.
   */
  samples?: number;
}

/**
 * Checks a backward pass against its forward: moves every number of every argument a little, measures what that does to
 * ⟨dy, y⟩ for a random upstream gradient dy, and compares it with the derived gradient. The differences are central, of
 * float64.
 *
 *     gradCheck({ forward: ({ x, w, b }) => conv2dForward(x, w, b), backward: conv2dBackward }, { x, w, b })
 *
 * @param inputs  float64 tensors, strided views too; not changed
 * @returns a report that shows itself: each argument's worst relative error, where it is, and both numbers
 * @throws DTypeError for float32, in which a correct backward pass would look wrong; ValueError when the operation
 *         writes into its inputs or into dy
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
  const dy = "y" in first ? upstreamGradient(y.shape, options.dy, random) : full([1], 1, "float64");
  const oddities = leaveOutOddities("y" in first ? "y" : "the loss", y, dy);
  const upstream = copy(dy);
  const derived = (operation.backward(upstream, first.cache) ?? {}) as Readonly<Record<string, unknown>>;
  if (!sameNumbers(flat(upstream), flat(dy))) {
    throw new ValueError(
      `gradCheck: ${name} changes the upstream gradient dy, which other backward passes may still read; copy first.`,
    );
  }
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
  const outcome = "y" in first ? "y" : "the loss";
  const gradients = compare(claims, result, dy, random, { ...options, oddities, inputs: copies, outcome });
  return new GradientReport(name, options.tolerance ?? 1e-6, gradients, notesOf(copies, oddities));
}

function upstreamGradient(shape: Shape, given: Tensor | undefined, random: Random): Tensor {
  if (given === undefined) return random.normal(shape, 0, 1, "float64");
  refuseFloat32("gradCheck: dy", given);
  if (showShape(given.shape) === showShape(shape)) return copy(given);
  throw new ShapeError(
    `gradCheck: dy is ${showShape(given.shape)}, but y is ${showShape(shape)}; an upstream gradient has y's shape.`,
  );
}

/**
 * `gradCheck` as an assertion, for tests of one's own: it returns nothing when all gradients are right.
 * @throws ValueError naming the first argument whose gradient is wrong, the place and both numbers
 */
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

/** Outputs that are NaN or infinite before anything is moved. */
export interface Oddities {
  /** What is not finite, in words. */
  readonly note: string;
  /** Whether nothing else is there to compare. */
  readonly everywhere: boolean;
}

/** Gives the outputs that are not finite no part in the comparison: their dy becomes 0. */
export function leaveOutOddities(name: string, y: Tensor, dy: Tensor): Oddities | undefined {
  const Y = flat(y);
  let [count, first] = [0, -1];
  for (let i = 0; i < Y.length; i++) {
    if (Number.isFinite(Y[i])) continue;
    if (count++ === 0) first = i;
    dy.data[i] = 0;
  }
  if (count === 0) return undefined;
  const value = showNumber(Y[first]);
  const note =
    Y.length === 1
      ? `${name} is ${value} before anything is moved`
      : `${count} of the ${Y.length} numbers of ${name} are not finite (${name}[${indexOf(y.shape, first).join(", ")}] is ${value})`;
  return { note, everywhere: count === Y.length };
}

/** What every comparison does without, in words: inputs that are not finite, and outputs. */
export function notesOf(
  inputs: Readonly<Record<string, Tensor>>,
  oddities: Oddities | undefined,
): readonly string[] {
  const input = nonFiniteInput(inputs);
  return [
    ...(input === undefined ? [] : [`an input is not finite: ${input}`]),
    ...(oddities === undefined ? [] : [`left out: ${oddities.note}`]),
  ];
}

export interface CompareOptions extends GradCheckOptions {
  oddities?: Oddities | undefined;
  /** All tensors that the result is computed from, those that are not compared too. */
  inputs: Readonly<Record<string, Tensor>>;
  /** What the result is called: "y", "the loss". */
  outcome: string;
}

/** Measures every claim. Tensors are moved in place and put back. @param result computes y from them */
export function compare(
  claims: readonly Claim[],
  result: () => Tensor,
  dy: Tensor,
  random: Random,
  { tolerance = 1e-6, step = 2 ** -10, samples = 1000, oddities, inputs, outcome }: CompareOptions,
): GradientCheck[] {
  const y0 = flat(result()).slice();
  const dY = flat(dy);
  const change = (): Change => {
    const y = flat(result());
    let value = 0;
    let mass = 0;
    for (let i = 0; i < y.length; i++) {
      if (dY[i] === 0 || y[i] === y0[i]) continue;
      // Output by output: what the step leaves alone adds nothing, not even rounding.
      value += dY[i] * (y[i] - y0[i]);
      mass += Math.abs(dY[i]) * Math.max(Math.abs(y[i]), Math.abs(y0[i]));
    }
    return { value, mass };
  };
  const derived = claims.map(({ at, gradient }) =>
    problemWith(at.shape, gradient) || oddities?.everywhere ? undefined : flat(gradient as Tensor),
  );
  const drawn = claims.map(({ at }, i) => (derived[i] ? draw(sizeOf(at.shape), samples, random) : []));
  const accuracy = tolerance / 10;
  const measure = (at: Tensor, element: number, floor: number, part = 1): Measurement => {
    const moved = moving(at, [element], Float64Array.of(1), change);
    const over = (size: number) => measureSlope(moved, { step: part * step * size, accuracy, floor });
    const usual = over(sizeAt(at, element));
    const own = Math.abs(at.data[positionOf(at, indexOf(at.shape, element))]);
    if (usual.smooth || !(own > 0 && own < 1)) return { element, ...usual };
    // Of a number near 0, such as the x of log x, the usual step may leave where the function is defined.
    const near = over(own);
    return { element, ...(near.smooth ? near : usual) };
  };
  /** What disagrees is measured again, closer: many slight kinks within a step look like another slope. */
  const measureAgain = (at: Tensor, value: number, first: Measurement, floor: number): Measurement => {
    const allowed = ({ value: measured }: Measurement) =>
      tolerance * Math.max(Math.abs(value), Math.abs(measured), floor);
    const agrees = (one: Measurement) => Math.abs(value - one.value) <= allowed(one);
    if (!first.smooth || agrees(first)) return first;
    const closer = CLOSER.map((part) => measure(at, first.element, floor, part));
    return closer.find((one) => one.smooth && one.doubt <= allowed(one) && agrees(one)) ?? first;
  };
  const measureAll = (floor: number) =>
    claims.map(({ at }, i) => drawn[i].map((element) => measure(at, element, floor)));
  const largestMeasured = (all: readonly Measurement[][]): number =>
    largestOf(all.flat().map(({ value, smooth }) => (smooth ? value : 0)));

  // The scale of the gradients, below a thousandth of which nothing is told from zero. A single wrong number that is NaN
  // or huge must not set it, else all that is right beside it is accused, or all that is wrong passes.
  const claimed = largestOf(derived.flatMap((values) => [largestOf(values ?? [])]));
  let measured = measureAll(1e-3 * claimed);
  const isBoast = claimed > 1e3 * largestMeasured(measured);
  if (isBoast) measured = measureAll(1e-3 * largestMeasured(measured));
  const floor = 1e-3 * Math.max(largestMeasured(measured), isBoast ? 0 : claimed);

  // Where outputs are so large that rounding hides gradients of the usual size, agreeing with them says nothing.
  const rounding = new Rounding({ y0, dY, again: () => flat(result()) }, usualSize(measured));
  const settle = (at: Tensor, value: number, first: Measurement): Reading => {
    const stepOf = step * sizeAt(at, first.element);
    const mayHide = rounding.mayHide(stepOf);
    const claim = Math.abs(value) * sizeAt(at, first.element);
    const hidden = () => rounding.hidden(stepOf, (by, run) => runMoved(at, [first.element], by, run), claim);
    const gapOf = (one: Measurement) => Math.abs(value - one.value);
    const sizeOfBoth = (one: Measurement) => Math.max(Math.abs(value), Math.abs(one.value));
    const reading = (one: Measurement, error: number, resolution = 0): Reading => ({
      ...one,
      ...{ error: Number.isNaN(error) ? Infinity : error, resolution },
    });
    const relative = (one: Measurement) =>
      gapOf(one) === 0 ? 0 : gapOf(one) / Math.max(sizeOfBoth(one), floor);
    // What is not finite may rightly come of an output, or an input, that is not.
    if (!Number.isFinite(value) && oddities !== undefined) return { ...reading(first, 0), smooth: false };
    if (!first.smooth || !Number.isFinite(value)) return reading(first, relative(first));
    if (relative(first) > tolerance) {
      const resolution = first.doubt + (mayHide || gapOf(first) <= 1e-3 * floor ? hidden() : 0);
      return reading(first, relative(first), gapOf(first) > 2 * resolution ? 0 : resolution);
    }
    // It agrees, but perhaps only beside gradients that are larger by far.
    const isClose = (one: Measurement) => gapOf(one) <= tolerance * sizeOfBoth(one);
    const matters = !isClose(first) && gapOf(first) > 1e-6 * rounding.usual;
    if (!mayHide && !matters) return reading(first, relative(first));
    const finer = isClose(first) ? first : measure(at, first.element, 0);
    const one = Number.isFinite(finer.value) ? finer : first;
    const resolution = one.doubt + hidden();
    const isApart = (other: Measurement) =>
      other.smooth &&
      gapOf(other) > 10 * Math.max(resolution, other.doubt) &&
      gapOf(other) > 100 * tolerance * sizeOfBoth(other);
    if (isApart(one) && AGAIN.every((part) => isApart(measure(at, first.element, 0, part))))
      return reading(one, gapOf(one) / sizeOfBoth(one));
    const isLost = resolution > sizeOfBoth(one) && rounding.hides(resolution);
    return reading(one, relative(one), isLost ? resolution : 0);
  };
  const notFinite = nonFiniteInput(inputs);
  const wayOut = notFinite
    ? `${notFinite}, and so is what comes of it: put a finite number there.`
    : `${outcome} is not finite there: use other inputs.`;
  const blurred = (): string => {
    const input = largestInput(inputs);
    const isLarge = input !== undefined && Math.abs(input.value) > LARGE;
    const where = isLarge
      ? `${input.name}[${input.index.join(", ")}] is ${showNumber(input.value)} and `
      : "";
    return `${where}${outcome} ${y0.length === 1 ? "is" : "reaches"} ${showNumber(rounding.largest)}`;
  };

  return claims.map(({ name, at, gradient }, i) => {
    const values = derived[i];
    if (values === undefined) {
      const nothing = oddities?.everywhere
        ? `d${name} cannot be measured: ${oddities.note}${notFinite ? `, for ${notFinite}: put a finite number there.` : "; use other inputs."}`
        : "";
      return unusable(name, at, problemWith(at.shape, gradient, name) ?? nothing);
    }
    const telling = {
      name,
      shape: at.shape,
      derived: values,
      tolerance,
      wayOut,
      blurred,
      isStrange: !!notFinite,
    };
    const single = measured[i].map((first) =>
      settle(at, values[first.element], measureAgain(at, values[first.element], first, floor)),
    );
    const finer = (one: Reading): Reading => {
      const again = measure(at, one.element, 0);
      // What is not moved at all has no doubt, but perhaps it is moved by less than the last digit.
      const isUnmoved = again.value === 0 && again.doubt === 0;
      return {
        ...one,
        ...again,
        ...(isUnmoved && { doubt: rounding.everywhere(step * sizeAt(at, one.element)) }),
      };
    };
    const all = withoutVanished(single, values, finer);
    if (all.length === values.length) return judge({ ...telling, readings: all }, undefined);
    // All numbers together must agree as well as single ones do, else it is worth a look which do not.
    const { error } = judge({ ...telling, readings: all }, undefined);
    const suspicion = Math.min(tolerance, Math.max(10 * error, 1e-9));
    const elements = Array.from(values, (_, element) => element);
    const sizes = limited(elements.map((element) => sizeAt(at, element)));
    const told = largestOf(all.map((one) => (one.smooth && Math.abs(one.value) > one.doubt ? one.value : 0)));
    const { check, suspects } = checkDirection({
      ...{ derived: values, tolerance, suspicion, random: random.fork(), sizes, boast: floor },
      floor: told > 0 ? Math.min(floor, 1e-3 * told) : floor,
      kinks: elements
        .filter((e) => oddities !== undefined && !Number.isFinite(values[e]))
        .concat(all.filter((one) => !one.smooth || one.resolution > 0).map(({ element }) => element)),
      along: (direction, from, to, least, part) => {
        const chosen = elements.slice(from, to).filter((element) => direction[element] !== 0);
        const distances = Float64Array.from(chosen, (element) => direction[element]);
        const moved = moving(at, chosen, distances, change);
        const one = measureSlope(moved, {
          step: step * part,
          accuracy: Math.min(accuracy, suspicion),
          floor: least,
        });
        if (!rounding.mayHide(step * part, least)) return one;
        const move = (by: number, run: () => void) => runMoved(at, chosen, by, run);
        return { ...one, doubt: one.doubt + rounding.hidden(step * part, move) };
      },
    });
    const known = new Set(all.map(({ element }) => element));
    const found = suspects
      .filter((element) => !known.has(element))
      .map((element) =>
        settle(at, values[element], measureAgain(at, values[element], measure(at, element, floor), floor)),
      );
    return judge({ ...telling, readings: [...all, ...found] }, check);
  });
}

/** Parts of the step with which what is accused beside far larger gradients is measured again. */
const AGAIN = [0.7, 0.4];
/** An input beyond this is named where rounding hides gradients. */
const LARGE = 1e3;
/** Numbers that are this much larger than most are moved no farther than those: rounding would hide all others. */
const FARTHEST = 1e3;

function limited(sizes: number[]): number[] {
  const middle = [...sizes].sort((a, b) => a - b)[Math.floor(sizes.length / 2)];
  return sizes.map((size) => Math.min(size, FARTHEST * middle));
}

/** So many of an argument's gradients may be below what a difference resolves, and are too small to count. */
const FEW = 0.1;

/**
 * Takes the numbers for not judged that backward says are there but no difference resolves, where they are more than a few:
 * the first layers of a deep network of sigmoids. A bias before a batch norm has gradients of rounding size: they are zero.
 */
function withoutVanished(
  readings: readonly Reading[],
  derived: ArrayLike<number>,
  finer: (one: Reading) => Reading,
): readonly Reading[] {
  const isHidden = ({ element, value, smooth, doubt, resolution }: Reading) =>
    smooth && resolution === 0 && derived[element] !== 0 && Math.abs(value) <= doubt;
  const isVanished = (one: Reading) => {
    const claim = Math.abs(derived[one.element]);
    return isHidden(one) && claim > one.doubt / 500 && claim < one.doubt;
  };
  const isMany = (some: readonly Reading[]) => some.length > FEW * readings.length;
  const first = readings.filter(isHidden);
  if (!isMany(first)) return readings;
  const vanished = new Map(
    first
      .map(finer)
      .filter(isVanished)
      .map((one) => [one.element, one]),
  );
  if (!isMany([...vanished.values()])) return readings;
  return readings.map((one) => ({ ...one, resolution: vanished.get(one.element)?.doubt ?? one.resolution }));
}

/** Runs while these numbers are moved by so many times their size, and puts them back. */
function runMoved(at: Tensor, elements: readonly number[], by: number, run: () => void): void {
  const distances = Float64Array.from(elements, (element) => sizeAt(at, element));
  moving(at, elements, distances, () => {
    run();
    return { value: 0, mass: 0 };
  })(by);
}

/** What moving these numbers together, each by its distance times the step, does to the result. They are put back. */
function moving(
  at: Tensor,
  elements: readonly number[],
  distances: Float64Array,
  change: () => Change,
): (step: number) => Change {
  const positions = elements.map((element) => positionOf(at, indexOf(at.shape, element)));
  const before = positions.map((position) => at.data[position]);
  return (step) => {
    positions.forEach((position, i) => (at.data[position] = before[i] + step * distances[i]));
    try {
      return change();
    } finally {
      positions.forEach((position, i) => (at.data[position] = before[i]));
    }
  };
}

/** How far a number is moved for a step of 1: by its own size, at least by 1. */
function sizeAt(at: Tensor, element: number): number {
  const size = Math.abs(at.data[positionOf(at, indexOf(at.shape, element))]);
  return Number.isFinite(size) ? Math.max(1, size) : 1;
}

/** The largest magnitude among the finite numbers; 0 when there are none. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
}

interface Measurement extends MeasuredSlope {
  readonly element: number;
}

/** A measurement held against what backward gave. */
interface Reading extends Measurement {
  /** Relative; ∞ where either is not a number. */
  readonly error: number;
  /** Above 0 where the difference resolves no less than this, which is too little to judge by. */
  readonly resolution: number;
}

interface Telling {
  readonly name: string;
  readonly shape: Shape;
  readonly derived: ArrayLike<number>;
  readonly tolerance: number;
  readonly readings: readonly Reading[];
  /** What is not finite, and what to do. */
  readonly wayOut: string;
  /** Whether an input is not finite. */
  readonly isStrange: boolean;
  /** Says what is so large that rounding hides the gradients. */
  readonly blurred: () => string;
}

function judge(telling: Telling, direction: DirectionCheck | undefined): GradientCheck {
  const { name, shape, derived, tolerance, readings, wayOut, isStrange, blurred } = telling;
  const maps = [0, 1, 2].map(() => new Float64Array(sizeOf(shape)).fill(NaN));
  let worst = -1;
  let wrong = 0;
  let resolution = 0;
  const [kinks, undefinedAt, unresolved]: number[][][] = [[], [], []];
  for (const { element, value, smooth, error, resolution: least } of readings) {
    if (!smooth) {
      const isFinite = Number.isFinite(value) && Number.isFinite(derived[element]);
      (isFinite ? kinks : undefinedAt).push(indexOf(shape, element));
      continue;
    }
    if (least > 0) {
      unresolved.push(indexOf(shape, element));
      resolution = Math.max(resolution, least);
      continue;
    }
    [derived[element], value, error].forEach((number, i) => (maps[i][element] = number));
    if (error > tolerance) wrong++;
    if (worst < 0 || error > maps[2][worst]) worst = element;
  }
  const some = (places: readonly number[][]) =>
    places.length === derived.length
      ? ""
      : ` at ${showCount(places.length)} of ${showCount(derived.length)} numbers, first at [${places[0].join(", ")}]`;
  const unjudged =
    unresolved.length > 0
      ? `d${name} cannot be judged${some(unresolved)}: ${blurred()}, so a difference resolves only ${showNumber(resolution, 2)} ` +
        `and the gradients there are smaller; scale the inputs or the weights to numbers around 1.`
      : isStrange && undefinedAt.length > 0
        ? `d${name} cannot be judged${some(undefinedAt)}: ${wayOut}`
        : undefined;
  if (worst < 0 && readings.length > 0) {
    const problem =
      unjudged ??
      (undefinedAt.length > 0
        ? `d${name} cannot be measured: ${wayOut}`
        : `d${name} cannot be measured: the function has a kink, a tie or a NaN at every number tried; use other inputs.`);
    return { ...unusable(name, { shape }, problem, { kinks, undefinedAt, unresolved }), unjudged };
  }
  const [derivedMap, measuredMap, errorMap] = maps.map((values) => wrap(values, shape));
  return {
    name,
    size: derived.length,
    passed: wrong === 0 && direction?.passed !== false && unjudged === undefined,
    problem: undefined,
    unjudged,
    error: worst < 0 ? 0 : maps[2][worst],
    index: worst < 0 ? [] : indexOf(shape, worst),
    derived: worst < 0 ? 0 : maps[0][worst],
    measured: worst < 0 ? 0 : maps[1][worst],
    compared: readings.length - kinks.length - undefinedAt.length - unresolved.length,
    ...{ wrong, kinks, undefinedAt, unresolved, direction },
    map: { derived: derivedMap, measured: measuredMap, error: errorMap },
  };
}

type LeftOut = Pick<GradientCheck, "kinks" | "undefinedAt" | "unresolved">;

function unusable(
  name: string,
  { shape }: { readonly shape: Shape },
  problem: string,
  leftOut: LeftOut = { kinks: [], undefinedAt: [], unresolved: [] },
): GradientCheck {
  const nothing = { index: [], derived: NaN, measured: NaN, compared: 0, wrong: 0 };
  const none = { direction: undefined, map: undefined, unjudged: undefined };
  return {
    name,
    size: sizeOf(shape),
    passed: false,
    problem,
    error: Infinity,
    ...leftOut,
    ...nothing,
    ...none,
  };
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

/** A copy of the whole buffer under the same strides, so that views stay views; numbers that share a place get one each. */
function sameLayout(operation: string, name: string, x: Tensor): Tensor {
  refuseFloat32(`gradCheck: ${name} of ${operation}`, x);
  if (sharesPlaces(x)) return wrap(flat(x).slice(), x.shape);
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

function positionOf(x: Tensor, index: readonly number[]): number {
  return index.reduce((position, i, axis) => position + i * x.stride[axis], x.offset);
}
