/** What is said of a student's answer: right, a known slip, too large or too small, and never the answer itself. */
import { expect, it } from "vitest";
import { ValueError, checkAnswer } from "../../../lib/index.js";

it("says that there is no answer yet", () => {
  const check = checkAnswer(undefined, 55);
  expect(check.isRight).toBeUndefined();
  expect(String(check)).toBe("Write your number in the place of `undefined`, and run the cell again.");
});

it.each([
  [55, 55],
  [0.33, 1 / 3, 0.02],
  [-7.98, -8],
  [0, 0],
  [0.004, 0],
])("takes %f for %f", (yours, right, tolerance?) => {
  const check = checkAnswer(yours, right, tolerance === undefined ? {} : { tolerance });
  expect(check.isRight).toBe(true);
  expect(check.text).toBe("✓ Right.");
});

it.each([
  [54, 55, "too small"],
  [56, 55, "too large"],
  [-8, 8, "The size is right, the sign is not."],
  [0.006, 0, "too large"],
  [NaN, 8, "not a finite number"],
  [Infinity, 8, "not a finite number"],
])("says of %f beside %f: %s", (yours, right, words) => {
  const check = checkAnswer(yours, right);
  expect(check.isRight).toBe(false);
  expect(check.text).toContain(words);
  expect(check.text).not.toMatch(/\d/); // the answer is not given away
});

it("names a slip, if the answer is not right", () => {
  const slips = { "You forgot the bias.": 75, "One more place than steps.": 54 };
  expect(checkAnswer(75, 76, { slips }).text).toBe("✗ Not yet. You forgot the bias.");
  expect(checkAnswer(54, 55, { slips }).text).toBe("✗ Not yet. One more place than steps.");
  expect(checkAnswer(76, 76, { slips }).isRight).toBe(true);
});

it("tries an answer that is no number, and says what is wrong with it", () => {
  const trial = {
    what: "function",
    fault: (slope: (x: number) => number) => (slope(3) === 27 ? undefined : "At 3 it is another one."),
  };
  const none = checkAnswer(undefined, trial);
  expect(none.isRight).toBeUndefined();
  expect(none.text).toBe("Write your function in the place of `undefined`, and run the cell again.");
  const right = checkAnswer((x: number) => 3 * x ** 2, trial);
  expect([right.isRight, right.text]).toEqual([true, "✓ Right."]);
  const wrong = checkAnswer((x: number) => x ** 2, trial);
  expect([wrong.isRight, wrong.text]).toEqual([false, "✗ Not yet. At 3 it is another one."]);
});

it("shows Markdown", async () => {
  expect(await checkAnswer(1, 1).bundle()).toEqual({ "text/markdown": "✓ Right.", "text/plain": "✓ Right." });
});

it("refuses what cannot be compared", () => {
  expect(() => checkAnswer(1, NaN)).toThrow(ValueError);
  expect(() => checkAnswer(1, NaN)).toThrow("the right answer is NaN; it must be a finite number");
  expect(() => checkAnswer(1, 1, { tolerance: Infinity })).toThrow("tolerance is Infinity");
  expect(() => checkAnswer(1, 1, { slips: { "No bias.": NaN } })).toThrow("No bias. is NaN");
});
