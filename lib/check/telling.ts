/**
 * The upstream gradient of a trial, chosen so that luck helps no mistake: whole numbers may make a wrong sum right, a
 * mirrored filter its own mirror image.
 */
import type { Random } from "../array/random.js";
import { copy, flat, type Tensor } from "../array/tensor.js";
import { wholeNumbers } from "./pencil.js";

/** How many gradients are drawn at most. */
const DRAWS = 8;
/** The step of the central differences, which need to be right to three digits only: the numbers are whole. */
const STEP = 1e-4;
const DIFFERENT = 1e-3;

export interface Telling {
  /** The right forward pass, as a function of the argument whose gradient is asked for. */
  readonly forward: (x: Tensor) => Tensor;
  readonly x: Tensor;
  /** What known mistakes answer to an upstream gradient. */
  readonly mistakes: readonly ((dy: Tensor) => Tensor)[];
}

/** Of a few gradients of whole numbers, the first to which most of the mistakes give a wrong answer. */
export function tellingGradient({ forward, x, mistakes }: Telling, random: Random): Tensor {
  const { shape } = forward(x);
  const first = wholeNumbers(shape, random);
  if (mistakes.length === 0) return first;
  const slopes = slopesOf(forward, x);
  let best = { dy: first, told: told(first, slopes, mistakes) };
  for (let draw = 1; draw < DRAWS && best.told < mistakes.length; draw++) {
    const dy = wholeNumbers(shape, random);
    const count = told(dy, slopes, mistakes);
    if (count > best.told) best = { dy, told: count };
  }
  return best.dy;
}

/** How many of the mistakes give a wrong answer to this gradient. */
function told(
  dy: Tensor,
  slopes: readonly Float64Array[],
  mistakes: readonly ((dy: Tensor) => Tensor)[],
): number {
  const upstream = flat(dy);
  const right = slopes.map((slope) => slope.reduce((sum, one, i) => sum + one * upstream[i]!, 0));
  const largest = right.reduce((most, one) => Math.max(most, Math.abs(one)), 1);
  const isWrong = (mistake: (dy: Tensor) => Tensor): boolean => {
    const answer = flat(mistake(dy));
    // Written so that NaN is a wrong answer too.
    return right.some((one, i) => !(Math.abs(answer[i]! - one) <= DIFFERENT * largest));
  };
  return mistakes.filter(isWrong).length;
}

/** For each number of x, the derivatives of all outputs. */
function slopesOf(forward: (x: Tensor) => Tensor, x: Tensor): Float64Array[] {
  return Array.from(flat(x), (value, i) => {
    const at = (moved: number): ArrayLike<number> => {
      const other = copy(x);
      other.data[i] = moved;
      return flat(forward(other));
    };
    const [up, down] = [at(value + STEP), at(value - STEP)];
    return Float64Array.from(up, (one, j) => (one - down[j]!) / (2 * STEP));
  });
}
