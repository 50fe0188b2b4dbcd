/**
 * One derivative through all numbers of an argument: ⟨dx, v⟩ for a random direction v. A sample of single numbers can miss
 * a border or a corner; a direction through all of them cannot, unless errors cancel. Where the two sides disagree, halving
 * finds the numbers at fault; where the function has a kink, halving goes around it.
 */
import type { Random } from "../array/random.js";
import type { MeasuredSlope } from "./differences.js";

/** The gradient along a direction, derived and measured. */
export interface DirectionCheck {
  readonly passed: boolean;
  /** How many numbers the direction goes through: all but those where the function has a kink. */
  readonly through: number;
  /** ⟨dx, v⟩ of what backward returned. */
  readonly derived: number;
  /** The same by central differences. */
  readonly measured: number;
  /** |derived − measured| relative to the length of what is added up. */
  readonly error: number;
}

export interface DirectionSetup {
  /** What backward returned, number by number. */
  readonly derived: ArrayLike<number>;
  /** Gradients below this are not told from zero. */
  readonly floor: number;
  /** The scale of what was measured: a gradient beyond `BOAST` times this is looked at by itself. */
  readonly boast: number;
  /** The relative error that is allowed. */
  readonly tolerance: number;
  /** The relative error from which on it is worth looking which numbers make it: what the right ones do not come near. */
  readonly suspicion: number;
  /** Numbers that are known to lie at a kink: the direction leaves them alone. */
  readonly kinks: readonly number[];
  readonly random: Random;
  /** How far each number is moved for a direction of 1: its own size, at least 1. */
  readonly sizes: ArrayLike<number>;
  /**
   * Measures along the direction, moving the numbers from…to alone.
   * @param floor  see `SlopeOptions`
   * @param part   of the usual step
   */
  along(direction: Float64Array, from: number, to: number, floor: number, part: number): MeasuredSlope;
}

/**
 * Parts of the step that are tried before anything is accused. A deep network has so many kinks that a usual step crosses
 * hundreds, each too slight to be seen: together they bend the function as if it were smooth, and its slope is another.
 */
export const CLOSER = [2 ** -6, 2 ** -9];
/** Measurements that going around kinks, and finding what is wrong, may take. */
const MOST_DETOURS = 64;
const MOST_HUNTS = 200;
const MOST_SUSPECTS = 8;
/** So many times the scale no gradient is that anybody measured: it is a mistake, or wants a look. */
const BOAST = 1e9;

/** @returns the check, and the numbers that it found to be at fault, a few if there are many */
export function checkDirection(setup: DirectionSetup): { check: DirectionCheck; suspects: number[] } {
  const { derived, floor, boast, tolerance, suspicion, random, sizes, along } = setup;
  const count = derived.length;
  // Neither small nor equal: no number weighs little, and two errors do not cancel each other.
  const signs = random.uniform([2, count], -1, 1, "float64").data;
  const direction = Float64Array.from(
    { length: count },
    (_, i) => Math.sign(signs[i]) * (1 + Math.abs(signs[count + i])) * sizes[i],
  );
  for (const kink of setup.kinks) direction[kink] = 0;
  // What is not finite, or beyond all that was measured, would drown the others: it is looked at by itself.
  const suspects: number[] = [];
  let passed = true;
  for (let i = 0; i < count; i++) {
    const isPlausible = Number.isFinite(derived[i]) && !(boast > 0 && Math.abs(derived[i]) > BOAST * boast);
    if (isPlausible || direction[i] === 0) continue;
    if (suspects.length < MOST_SUSPECTS) suspects.push(i);
    else passed = false;
    direction[i] = 0;
  }

  const sums = (from: number, to: number) => {
    let [sum, squares, through] = [0, 0, 0];
    for (let i = from; i < to; i++) {
      if (direction[i] === 0) continue;
      sum += derived[i] * direction[i];
      squares += (Math.max(Math.abs(derived[i]), floor) * direction[i]) ** 2;
      through++;
    }
    return { sum, length: Math.sqrt(squares), through };
  };
  const compareOver = (from: number, to: number) => {
    const { sum, length, through } = sums(from, to);
    const compareBy = (part: number) => {
      const { value, smooth, doubt } = along(direction, from, to, length, part);
      const size = Math.max(length, Math.abs(value));
      const gap = Math.abs(sum - value) - doubt;
      return {
        ...{ sum, value, through, size },
        isMeasured: smooth && doubt <= 1e-3 * size,
        isSharp: smooth && doubt <= tolerance * size,
        isWrong: gap > tolerance * size,
        isOff: gap > suspicion * size,
      };
    };
    const usual = compareBy(1);
    if (!usual.isMeasured || !usual.isWrong) return usual;
    // A gradient that is wrong is wrong at every step. One that agrees at a smaller step, which tells well enough, is right.
    for (const part of CLOSER) {
      const closer = compareBy(part);
      if (closer.isSharp && !closer.isWrong) return closer;
    }
    return usual;
  };

  let hunts = 0;
  const hunt = (from: number, to: number): void => {
    if (to - from === 1) {
      suspects.push(from);
      return;
    }
    for (const [start, end] of halves(from, to)) {
      if (suspects.length >= MOST_SUSPECTS || hunts++ >= MOST_HUNTS) return;
      const { isMeasured, isOff } = compareOver(start, end);
      if (isMeasured && isOff) hunt(start, end);
    }
  };
  const total = { derived: 0, measured: 0, through: 0, squares: 0 };
  // Level by level, so that what the detours leave out is little even where there are many kinks.
  const parts: [number, number][] = [[0, count]];
  for (let taken = 0; parts.length > 0 && taken <= MOST_DETOURS; taken++) {
    const [from, to] = parts.shift() as [number, number];
    const part = compareOver(from, to);
    if (!part.isMeasured) {
      if (to - from > 1) parts.push(...halves(from, to));
      continue;
    }
    total.derived += part.sum;
    total.measured += part.value;
    total.through += part.through;
    total.squares += part.size ** 2;
    if (part.isWrong) passed = false;
    if (part.isOff) hunt(from, to);
  }
  const difference = Math.abs(total.derived - total.measured);
  return {
    check: {
      passed,
      through: total.through,
      derived: total.derived,
      measured: total.measured,
      error: difference === 0 ? 0 : difference / Math.sqrt(total.squares),
    },
    suspects,
  };
}

function halves(from: number, to: number): [number, number][] {
  const middle = Math.floor((from + to) / 2);
  return [
    [from, middle],
    [middle, to],
  ];
}
