/** What problem sets P7 and P8 compute with a pencil is what the library's layers give. */
import { expect, it } from "vitest";
import {
  convTranspose1dBackward,
  convTranspose1dForward,
  dot,
  dropoutBackward,
  dropoutForward,
  flat,
  localContrastNormBackward,
  localContrastNormForward,
  tensor,
  type Tensor,
} from "../../../lib/index.js";
import { readSource } from "./mistakes.js";

const f64 = (numbers: Parameters<typeof tensor>[0]): Tensor => tensor(numbers, undefined, "float64");
const close = (got: Tensor, numbers: readonly number[]): void => {
  expect(got.size).toBe(numbers.length);
  flat(got).forEach((one, i) => expect(one).toBeCloseTo(numbers[i], 12));
};
const given = (name: string): string => readSource(name).cells[1].source;

it("P7: dropout with p = ¾", () => {
  const mask = f64([
    [0, 4],
    [4, 0],
  ]);
  const { y, cache } = dropoutForward(
    f64([
      [1, -2],
      [3, 4],
    ]),
    mask,
  );
  close(y, [0, -8, 12, 0]);
  close(
    dropoutBackward(
      f64([
        [2, 3],
        [5, -1],
      ]),
      cache,
    ).dx,
    [0, 12, 20, 0],
  );
  expect(given("p7-dropout-contrast")).toContain("$dx$ is $(0,12)$ and $(20,0)$");
});

it("P7: contrast normalisation of four samples under a narrow window", () => {
  const window = { size: 3, deviation: Math.sqrt(0.5 / Math.LN2), floor: 2.5 };
  const { y, cache } = localContrastNormForward(f64([[[[2, 2, -2, 10]]]]), window);
  close(y, [0, 0.4, -8 / 7, 1]);
  expect(Array.from(cache.weights.weight.subarray(0, 5))).toEqual(
    [2 / 3, 1 / 3, 1 / 4, 1 / 2, 1 / 4].map((one) => expect.closeTo(one, 12)),
  );
  close(localContrastNormBackward(f64([[[[0, 10, 0, 96]]]]), cache).dx, [-1, 0, 1 / 3, 2 / 3]);
  expect(given("p7-dropout-contrast")).toContain("$dy=(0,10,0,96)$, $dx$ is $(-1,0,\\frac13,\\frac23)$");
});

it("P8: transposed convolution of three samples, and the adjoint identity", () => {
  const [x, w, b] = [f64([[[2, -1, 3]]]), f64([[[1, 3, 2]]]), f64([1])];
  const options = { stride: 2, pad: 1 };
  const dy = f64([[[1, 0, 2, -1, 1]]]);
  const { y, cache } = convTranspose1dForward(x, w, b, options);
  close(y, [7, 4, -2, 2, 10]);
  const { dx, dw, db } = convTranspose1dBackward(dy, cache);
  close(dx, [3, 4, 2]);
  close(dw, [-3, 3, 1]);
  close(db!, [3]);
  const image = convTranspose1dForward(x, w, undefined, options).y;
  expect([dot(image, dy), dot(x, dx)]).toEqual([8, 8]);
  expect(given("p8-transposed-convolution")).toContain("$dx=(3,4,2)$, $dw=(-3,3,1)$, $db=3$");

  // The transpose is not the inverse: the signal of the worked answer.
  const one = convTranspose1dForward(f64([[[1, 0, 0]]]), w, undefined, options);
  close(convTranspose1dBackward(one.y, one.cache).dx, [13, 2, 0]);
});
