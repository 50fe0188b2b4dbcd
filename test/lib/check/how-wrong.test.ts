/** What is said of wrong numbers whose mistake has no name. */
import { expect, it } from "vitest";
import { howWrong } from "../../../lib/check/how-wrong.js";
import { tensor, type Tensor } from "../../../lib/index.js";

const right = tensor([1, -2, 3, 4, 5, 6], [2, 3], "float64");
const with_ = (numbers: number[]): Tensor => tensor(numbers, [2, 3], "float64");
/** Of an answer that is wrong wherever it differs. */
const said = (numbers: number[]): string => {
  const must = Array.from(right.data);
  return howWrong(
    with_(numbers),
    right,
    must.flatMap((one, i) => (one === numbers[i] ? [] : [i])),
    new Set([2, 3, 5]),
  );
};

it("says nothing of a factor between one or two numbers", () => {
  const [is, must] = [tensor([1, 2, 0, 0], [4], "float64"), tensor([4, 8, 0, 0], [4], "float64")];
  expect(howWrong(is, must, [0, 1], new Set([4]))).toBe("");
});

it.each([
  [
    "only the first example is right",
    [1, -2, 3, 7, 7, 8],
    " All of them are where the first index is 1, the last.",
  ],
  [
    "nothing is written but in the first column",
    [1, 0, 0, 4, 0, 0],
    " All of them are where the second index is not 0. All of them are 0: nothing was written there.",
  ],
  ["the last column", [1, -2, 9, 4, 5, 9], " All of them are where the second index is 2, the last."],
  ["the first column", [9, -2, 3, 9, 5, 6], " All of them are where the second index is 0."],
  ["a sign", [-1, 2, -3, -4, -5, -6], " Every sign is wrong."],
  [
    "a mean",
    [1 / 3, -2 / 3, 1, 4 / 3, 5 / 3, 2],
    " All numbers are 1/3 of what they must be: is this a mean over 3, in place of a sum?",
  ],
  [
    "a sum",
    [2, -4, 6, 8, 10, 12],
    " All numbers are 2 times what they must be: is this a sum of 2, in place of a mean, or is something counted 2 times?",
  ],
  ["nothing in common", [2, -2, 4, 9, 5, 1], ""],
  ["one number, whose place is said already", [1, -2, 3, 4, 5, 0], ""],
  ["numbers that are none", [NaN, NaN, 3, 4, 5, 6], ""],
  ["a mean over what there is none of", [1, -2, 3, 4, 5, 6].map((one) => one / 7), ""],
  ["a factor that says nothing", [1.5, -3, 4.5, 6, 7.5, 9], ""],
])("says where and by what: %s", (_, numbers, sentences) => {
  expect(said(numbers)).toBe(sentences);
});
