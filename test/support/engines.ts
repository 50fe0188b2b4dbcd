/**
 * One harness for all engines. `guarded(engine)` is the engine under watch: before each call its reusable memory is
 * poisoned, and after it the arguments must be as they were and no earlier result may have changed.
 * `agreement(…)` runs an operation forward and backward on an engine and on the reference with the same random
 * upstream gradient. `layouts` puts the same numbers into memory in different ways.
 */
import ndarray from "ndarray";
import { expect } from "vitest";
import { Engine, type Arena, type Route } from "../../lib/engine/index.js";
import type { ReferenceFunction, Rival } from "../../lib/layers/index.js";
import { compute, Random, type Layer, type Tensor } from "../../lib/index.js";
import { dtypeOf, flat, sizeOf, type DType, type Shape } from "../../lib/array/tensor.js";
import { operation, type OperationKinds, type OperationName } from "../../lib/check/operations.js";
import { reference } from "../../lib/engine/reference.js";
import { followStatistics } from "../../lib/layers/normalisation/batch-norm.js";

/** Functions that are there to change their arguments, beside the optimisers' steps. */
const CHANGING: ReadonlySet<ReferenceFunction> = new Set<ReferenceFunction>([followStatistics]);

/** What free memory is filled with before a call: a cell that a function forgets to write shows. */
export const POISON = 666.666;

interface Watched {
  readonly what: string;
  readonly tensor: Tensor;
  readonly numbers: Float32Array | Float64Array;
}

/** How many results of earlier calls are watched. */
const MEMORY = 8;

/** An engine that reuses memory has this method, which fills everything that is free with the value. */
interface Poisonable {
  poison?(value: number): void;
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** An engine whose every call is watched. */
class Guarded extends Engine {
  readonly #recent: Watched[] = [];
  readonly #watched: Engine;

  constructor(engine: Engine) {
    super(engine.name);
    this.#watched = engine;
  }

  override of<F extends ReferenceFunction>(reference: F): Rival<F> {
    const run = this.#watched.of(reference);
    if (reference.name.endsWith("Step") || CHANGING.has(reference)) return run;
    return this.#guard(reference.name, run as AnyFunction) as unknown as Rival<F>;
  }

  override has(reference: ReferenceFunction): boolean {
    return this.#watched.has(reference);
  }

  override get references(): readonly ReferenceFunction[] {
    return this.#watched.references;
  }

  override openArena(): Arena | undefined {
    return this.#watched.openArena();
  }

  override route(layer: Layer, input: Shape): Route {
    return this.#watched.route(layer, input);
  }

  #guard(name: string, run: AnyFunction): AnyFunction {
    const [engine, recent] = [this.#watched, this.#recent];
    return (...args) => {
      (engine as Poisonable).poison?.(POISON);
      const inputs = tensorsIn(args, `an argument of ${name}`);
      const result = run(...args);
      for (const watched of inputs) expectUnchanged(engine, watched, `by ${name}`);
      for (const watched of recent) expectUnchanged(engine, watched, `by a later ${name}`);
      recent.push(...tensorsIn([result], `a result of ${name}`));
      recent.splice(0, recent.length - MEMORY);
      return result;
    };
  }
}

/** An engine that notes which functions it was asked for, so that a test can say that it has run every rival. */
export class Recorded extends Engine {
  readonly #recorded: Engine;
  readonly #asked = new Set<ReferenceFunction>();

  constructor(name: string, engine: Engine) {
    super(name);
    this.#recorded = engine;
  }

  override of<F extends ReferenceFunction>(reference: F): Rival<F> {
    this.#asked.add(reference);
    return this.#recorded.of(reference);
  }

  /** The names of the functions that the engine has versions of its own of and was not asked for. */
  get unasked(): string[] {
    return this.#recorded.references.filter((one) => !this.#asked.has(one)).map(({ name }) => name);
  }

  poison(value: number): void {
    (this.#recorded as Poisonable).poison?.(value);
  }
}

/** The names of those of some reference functions that a recorded engine was not asked for. */
export function unaskedOf(
  engine: Recorded,
  some: readonly { readonly reference: ReferenceFunction }[],
): string[] {
  const names = new Set(some.map(({ reference }) => reference.name));
  return engine.unasked.filter((name) => names.has(name));
}

/** All results of a run on an engine agree with the reference's, and are the same bits when it runs again in other memory. */
export function expectAgreement(
  engine: Recorded,
  run: (engine: Engine) => Record<string, Tensor>,
  tolerance = 1e-5,
): void {
  engine.poison(POISON);
  const got = run(engine);
  const expected = run(reference);
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  for (const name of Object.keys(expected)) {
    expect(deviation(got[name], expected[name]), name).toBeLessThan(tolerance);
  }
  engine.poison(-POISON);
  const again = run(engine);
  for (const name of Object.keys(got)) expect(flat(again[name]), name).toEqual(flat(got[name]));
}

/** A call fails on the engine in the reference's words. */
export function expectSameError(engine: Engine, call: (engine: Engine) => unknown): void {
  const messageOf = (one: Engine): string => {
    try {
      call(one);
    } catch (error) {
      return (error as Error).message;
    }
    return "no error";
  };
  const expected = messageOf(reference);
  expect(expected).not.toBe("no error");
  expect(messageOf(engine)).toBe(expected);
}

/** The engine, watched. */
export function guarded(engine: Engine): Engine {
  return new Guarded(engine);
}

/** All engines under watch, for `describe.each`. */
export const engines: readonly Engine[] = compute.engines.map((engine) => guarded(engine));

function tensorsIn(values: readonly unknown[], what: string): Watched[] {
  const tensors = values.flatMap((value) => {
    if (value === null || typeof value !== "object") return [];
    return isTensor(value) ? [value] : Object.values(value).filter(isTensor);
  });
  return tensors.map((tensor) => ({ what, tensor, numbers: flat(tensor).slice() }));
}

function isTensor(value: unknown): value is Tensor {
  return value !== null && typeof value === "object" && "stride" in value && "shape" in value;
}

function expectUnchanged(engine: Engine, { what, tensor, numbers }: Watched, by: string): void {
  const now = flat(tensor);
  const at = numbers.findIndex((number, i) => !Object.is(number, now[i]));
  if (at >= 0) {
    throw new Error(
      `${engine.name}: ${what} was changed ${by}: number ${at} was ${numbers[at]}, is ${now[at]}`,
    );
  }
}

/** The largest difference between two tensors, relative to the largest number of the second; a shape or dtype that differs throws. */
export function deviation(actual: Tensor, expected: Tensor): number {
  if (`${actual.shape}` !== `${expected.shape}` || dtypeOf(actual) !== dtypeOf(expected)) {
    throw new Error(
      `got ${dtypeOf(actual)} ${actual.shape.join("×")}, expected ${dtypeOf(expected)} ${expected.shape.join("×")}`,
    );
  }
  return deviationOf(flat(actual), flat(expected));
}

/** The same for plain numbers; NaN counts as an infinite difference unless both are NaN. */
export function deviationOf(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`got ${actual.length} numbers, expected ${expected.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const off = Math.abs(actual[i] - expected[i]);
    if (!(off <= difference)) difference = Number.isNaN(off) ? Infinity : off;
  }
  for (let i = 0; i < expected.length; i++) if (Math.abs(expected[i]) > size) size = Math.abs(expected[i]);
  return difference === 0 ? 0 : difference / Math.max(size, Number.MIN_VALUE);
}

/**
 * Runs an operation forward and backward on the engine and on the reference.
 * @returns the deviation from the reference of each result: y or loss, and every gradient
 */
export function agreement<Name extends OperationName>(
  engine: Engine,
  name: Name,
  inputs: OperationKinds[Name]["inputs"],
  options: OperationKinds[Name]["options"],
  seed = 1,
): Record<string, number> {
  const [got, expected] = [engine, reference].map((one) => results(one, name, inputs, options, seed));
  const names = (of: Record<string, Tensor>): string => Object.keys(of).sort().join(" ");
  if (names(got) !== names(expected))
    throw new Error(`${engine.name} gives ${names(got)}, expected ${names(expected)}`);
  return Object.fromEntries(Object.keys(expected).map((key) => [key, deviation(got[key], expected[key])]));
}

/** y (or the loss as a tensor of one number) and the gradients of an operation, for a random upstream gradient. */
export function results<Name extends OperationName>(
  engine: Engine,
  name: Name,
  inputs: OperationKinds[Name]["inputs"],
  options: OperationKinds[Name]["options"],
  seed = 1,
): Record<string, Tensor> {
  const { forward, backward } = operation(name, options, { engine });
  const output = forward(inputs);
  const y = "y" in output ? output.y : (ndarray(Float64Array.of(output.loss), [1]) as Tensor);
  const dy = new Random(seed).normal(y.shape, 0, 1, dtypeOf(y));
  return { y, ...(backward(dy, output.cache) as Record<string, Tensor>) };
}

/** Names of `layouts`: the ways to lay the same numbers into memory. */
export const layoutNames = ["dense", "offset", "sliced", "transposed", "reversed"] as const;
export type Layout = (typeof layoutNames)[number];

/** A tensor of random normal numbers in the layout. */
export function randomTensor(random: Random, shape: Shape, dtype: DType, layout: Layout = "dense"): Tensor {
  return laidOut(random.normal(shape, 0, 1, dtype), layout);
}

/**
 * The same tensor over a buffer of another layout. Cells of the buffer that do not belong to the tensor are NaN, so
 * that whoever reads one is found out.
 */
export function laidOut(x: Tensor, layout: Layout): Tensor {
  const shape = [...x.shape];
  const axes = shape.map((_, axis) => axis);
  const make = (order: readonly number[], step: number, sign: number, before: number): Tensor => {
    const stride = shape.map(() => 0);
    let reach = step;
    for (const axis of order) {
      stride[axis] = sign * reach;
      reach *= shape[axis] + (step > 1 ? 1 : 0);
    }
    const Buffer = dtypeOf(x) === "float64" ? Float64Array : Float32Array;
    const data = new Buffer(before + reach + step).fill(NaN);
    const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * Math.abs(stride[axis]), 0);
    const view = ndarray(
      data,
      shape,
      stride,
      sizeOf(shape) === 0 || sign > 0 ? before : before + last,
    ) as Tensor;
    const values = flat(x);
    for (let element = 0; element < values.length; element++) {
      let [position, rest] = [view.offset, element];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        position += (rest % shape[axis]) * stride[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      data[position] = values[element];
    }
    return view;
  };
  const rowMajor = axes.toReversed();
  if (layout === "dense") return x;
  if (layout === "offset") return make(rowMajor, 1, 1, 3);
  if (layout === "sliced") return make(rowMajor, 2, 1, 1);
  if (layout === "transposed") return make(axes, 1, 1, 0);
  return make(rowMajor, 1, -1, 2);
}
