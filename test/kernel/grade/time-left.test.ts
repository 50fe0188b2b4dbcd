/** The time left is guessed from the submissions that ran, and from no others. */
import { expect, it } from "vitest";
import { TimeLeft } from "../../../kernel/grade/time-left.js";

it("guesses from what ran, and says nothing before and after", () => {
  let now = 0;
  const left = new TimeLeft(64, () => now);
  now = 500_000;
  expect(left.after(true)).toBe("");
  now += 60_000;
  expect(left.after(false)).toBe(" · about 62 minutes left");
  now += 60_000;
  // Two cores: two end at the same time.
  expect([left.after(false), left.after(false)]).toEqual([
    " · about 61 minutes left",
    " · about 40 minutes left",
  ]);
  for (let i = 0; i < 59; i++) left.after(false);
  expect(left.after(false)).toBe("");
});

it("speaks of hours, minutes and less", () => {
  let now = 0;
  const of = (count: number, seconds: number): string => {
    const left = new TimeLeft(count, () => now);
    now += 1000 * seconds;
    return left.after(false);
  };
  expect([of(2, 3), of(2, 59), of(301, 60)]).toEqual([
    " · less than a minute left",
    " · about 1 minute left",
    " · about 5 hours left",
  ]);
});
