/**
 * A search space: for every name, the values that it may take. Each dimension maps the unit interval to its values, so
 * that a point of the unit cube is a configuration; it also maps back.
 *
 *     const space = { filters: choice([8, 16, 32]), lr: logUniform(1e-3, 1e-1), layers: integers(1, 3) };
 */
import { expectInteger } from "../../array/check.js";
import { ValueError } from "../../array/errors.js";
import type { Random } from "../../array/random.js";

/** One value to be chosen by a search. */
export interface Dimension<T> {
  readonly kind: "choice" | "uniform" | "logUniform" | "integers";
  /** The dimension's description in the journal: bounds or choices. */
  readonly bounds: readonly unknown[];
  /** The value at a place in [0, 1). */
  at(place: number): T;
  /** The value's coordinates, for strategies that compare values: similar numbers are close, different choices are apart. */
  coordinates(value: T): readonly number[];
  /** About `points` values, evenly spaced; all of them for choices. */
  grid(points: number): readonly T[];
}

/** What a `search` may choose: for each name a dimension, made by `choice`, `integers`, `uniform` or `logUniform`. */
export type Space = Readonly<Record<string, Dimension<unknown>>>;

/** A value for every name of a space. */
export type Configuration<S extends Space> = {
  readonly [Name in keyof S]: S[Name] extends Dimension<infer T> ? T : never;
};

/** One of a few values without an order: numbers, strings, lists, anything JSON can hold. @throws ValueError for none */
export function choice<const T extends readonly unknown[]>(values: T): Dimension<T[number]> {
  if (!Array.isArray(values) || values.length === 0)
    throw new ValueError("choice: there is nothing to choose from; give a list such as choice([8, 16]).");
  for (const value of values)
    if (JSON.stringify(value) === undefined)
      throw new ValueError(
        `choice: ${String(value)} cannot be written down as JSON; choose between names, and let train look them up.`,
      );
  return {
    kind: "choice",
    bounds: values,
    at: (place) => values[Math.floor(place * values.length)],
    // Any two choices are equally far from each other: √2·√½ = 1.
    coordinates: (value) => values.map((one) => (Object.is(one, value) ? Math.SQRT1_2 : 0)),
    grid: () => values,
  };
}

/** A number drawn uniformly between two bounds. @throws ValueError when the bounds are not in order */
export function uniform(low: number, high: number): Dimension<number> {
  expectOrder("uniform", low, high);
  return {
    kind: "uniform",
    bounds: [low, high],
    at: (place) => low + (high - low) * place,
    coordinates: (value) => [(value - low) / (high - low)],
    grid: (points) => spaced(points).map((place) => low + (high - low) * place),
  };
}

/** A number whose logarithm is uniform between two bounds, for learning rates. @throws ValueError unless 0 < low < high */
export function logUniform(low: number, high: number): Dimension<number> {
  expectOrder("logUniform", low, high);
  if (low <= 0)
    throw new ValueError(`logUniform: ${low} has no logarithm; start above zero, or use uniform.`);
  const octaves = Math.log(high / low);
  const at = (place: number): number => low * Math.exp(octaves * place);
  return {
    kind: "logUniform",
    bounds: [low, high],
    at,
    coordinates: (value) => [Math.log(value / low) / octaves],
    grid: (points) => spaced(points).map(at),
  };
}

/** A whole number from low to high, both included. @throws ValueError when they are not whole or not in order */
export function integers(low: number, high: number): Dimension<number> {
  expectInteger("integers", "low", low, Number.MIN_SAFE_INTEGER);
  expectInteger("integers", "high", high, Number.MIN_SAFE_INTEGER);
  expectOrder("integers", low, high);
  const count = high - low + 1;
  return {
    kind: "integers",
    bounds: [low, high],
    at: (place) => low + Math.floor(place * count),
    coordinates: (value) => [(value - low) / (high - low)],
    grid: (points) => [
      ...new Set(spaced(Math.min(points, count)).map((place) => Math.round(low + (high - low) * place))),
    ],
  };
}

/** A configuration drawn at random. */
export function draw<S extends Space>(space: S, random: Random): Configuration<S> {
  const drawn = Object.entries(space).map(([name, dimension]) => [name, dimension.at(random.next())]);
  return Object.fromEntries(drawn) as Configuration<S>;
}

/** A configuration as a point: the coordinates of all its dimensions, one after the other. */
export function pointOf<S extends Space>(space: S, configuration: Configuration<S>): number[] {
  return Object.entries(space).flatMap(([name, dimension]) => dimension.coordinates(configuration[name]));
}

/** @throws ValueError for what is not a space, and for an empty space */
export function expectSpace(space: Space): void {
  const entries = Object.entries(space ?? {});
  if (entries.length === 0)
    throw new ValueError(
      "search: the space is empty; name at least one dimension, such as { lr: logUniform(1e-3, 1e-1) }.",
    );
  for (const [name, dimension] of entries)
    if (typeof dimension?.coordinates !== "function")
      throw new ValueError(
        `search: the space's ${name} is no dimension; write ${name}: choice([…]), uniform(low, high), logUniform(low, high) or integers(low, high).`,
      );
}

function spaced(points: number): number[] {
  return Array.from({ length: points }, (_, i) => (points === 1 ? 0.5 : i / (points - 1)));
}

function expectOrder(operation: string, low: number, high: number): void {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    throw new ValueError(`${operation}: the bounds ${low} and ${high} are not in order; give low < high.`);
}
