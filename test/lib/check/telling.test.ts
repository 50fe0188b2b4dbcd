/** The upstream gradient of a trial: no seed makes a known mistake right by luck where another gradient tells it. */
import { expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat, tensor, wrap, type Tensor } from "../../../lib/array/tensor.js";
import { wholeNumbers } from "../../../lib/check/pencil.js";
import { tellingGradient } from "../../../lib/check/telling.js";

const x = tensor([1, 2, 3, 4, 5], undefined, "float64");
/** y = (the sum of neighbours): its gradient adds the neighbours of dy. */
const forward = (x: Tensor): Tensor =>
  wrap(flat(x).map((one, i) => one + (flat(x)[i + 1] ?? 0)) as Float64Array, [5]);
const right = (dy: Tensor): Tensor =>
  wrap(flat(dy).map((one, i) => one + (flat(dy)[i - 1] ?? 0)) as Float64Array, [5]);
/** Wrong only when the first three numbers do not add to an even number divisible by 3. */
const lucky = (dy: Tensor): Tensor => {
  const answer = right(dy);
  const [a, b, c] = flat(dy);
  answer.data[0] += (a! + b! + c!) % 3;
  return answer;
};
const isLucky = (dy: Tensor): boolean => (flat(dy)[0]! + flat(dy)[1]! + flat(dy)[2]!) % 3 === 0;
const seeds = Array.from({ length: 40 }, (_, seed) => seed);

it("is one to which a mistake gives a wrong answer, at every seed", () => {
  expect(seeds.filter((seed) => isLucky(wholeNumbers([5], new Random(seed)))).length).toBeGreaterThan(3);
  for (const seed of seeds)
    expect(isLucky(tellingGradient({ forward, x, mistakes: [lucky] }, new Random(seed)))).toBe(false);
});

it("is the first that is drawn where that tells all, where nothing is known, and where nothing can tell more", () => {
  for (const seed of seeds) {
    const first = flat(wholeNumbers([5], new Random(seed)));
    const of = (mistakes: ((dy: Tensor) => Tensor)[]): ArrayLike<number> =>
      flat(tellingGradient({ forward, x, mistakes }, new Random(seed)));
    expect(of([])).toEqual(first);
    expect(of([(dy) => dy])).toEqual(first);
    expect(of([right])).toEqual(first);
  }
});
