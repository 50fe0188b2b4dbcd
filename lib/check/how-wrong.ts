/** How wrong numbers are wrong, for an answer whose mistake has no name: where they lie, and what they have in common. */
import { flat, type Tensor } from "../array/tensor.js";
import { indexOf } from "./resolution.js";

/** What a factor may be off by. */
const EXACT = 1e-6;
/** Of fewer numbers that are not 0 no factor is told: it may be a coincidence. */
const ENOUGH = 3;
const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];

/**
 * Sentences, each with a space before it; empty when the wrong numbers have nothing in common.
 * @param wrong the places in row-major order at which the two differ
 * @param extents how many there are of anything: a mean is taken over one of these
 */
export function howWrong(
  mine: Tensor,
  right: Tensor,
  wrong: readonly number[],
  extents: ReadonlySet<number>,
): string {
  const [is, must] = [flat(mine), flat(right)];
  if (wrong.length < 2 || wrong.some((i) => !Number.isFinite(is[i]!) || !Number.isFinite(must[i]!)))
    return "";
  const sentences = [
    ...whereBy(wrong, right.shape),
    wrong.every((i) => is[i] === 0)
      ? "All of them are 0: nothing was written there."
      : factorOf(is, must, extents),
  ];
  return sentences.map((sentence) => sentence && ` ${sentence}`).join("");
}

/** The axes along which only the first place is right, or only the first or the last one is wrong. */
function whereBy(wrong: readonly number[], shape: readonly number[]): string[] {
  const places = wrong.map((i) => indexOf(shape, i));
  return shape.flatMap((size, axis) => {
    if (size < 2) return [];
    const at = new Set(places.map((index) => index[axis]));
    const says = (where: string): string[] => [
      `All of them are where the ${ORDINALS[axis] ?? `${axis + 1}th`} index is ${where}.`,
    ];
    if (at.size === 1 && at.has(0)) return says("0");
    if (at.size === 1 && at.has(size - 1)) return says(`${size - 1}, the last`);
    return !at.has(0) && at.size === size - 1 ? says("not 0") : [];
  });
}

/** What all numbers are multiplied by, when that is a sign, or says that a mean and a sum are confused. */
function factorOf(
  is: ArrayLike<number>,
  must: ArrayLike<number>,
  extents: ReadonlySet<number>,
): string | undefined {
  const numbers = Array.from(must, (value, i) => ({ is: is[i]!, must: value }));
  const telling = numbers.filter((one) => one.must !== 0);
  if (telling.length < ENOUGH) return undefined;
  const largest = telling.reduce((best, one) => (Math.abs(one.must) > Math.abs(best.must) ? one : best));
  const factor = largest.is / largest.must;
  if (numbers.some((one) => Math.abs(one.is - factor * one.must) > EXACT * Math.abs(largest.must)))
    return undefined;
  if (Math.abs(factor + 1) < EXACT) return "Every sign is wrong.";
  const [times, parts] = [factor, 1 / factor].map((value) => ({ value, whole: Math.round(value) }));
  const counts = ({ value, whole }: { value: number; whole: number }): boolean =>
    whole > 1 && extents.has(whole) && Math.abs(value - whole) < EXACT * whole;
  if (counts(parts!))
    return `All numbers are 1/${parts!.whole} of what they must be: is this a mean over ${parts!.whole}, in place of a sum?`;
  if (counts(times!))
    return `All numbers are ${times!.whole} times what they must be: is this a sum of ${times!.whole}, in place of a mean, or is something counted ${times!.whole} times?`;
  return undefined;
}
