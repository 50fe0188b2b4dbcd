/** An answer is asked for once, again when anything it depends on has changed, and every time where CI=true. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { remembered } from "./remember.js";

let asked = 0;
const ask = (): string => `answer ${++asked}`;
beforeEach(() => vi.stubEnv("CI", ""));
afterEach(() => vi.unstubAllEnvs());

it("asks once, and again for anything else", () => {
  const question = `a question of ${process.pid} at ${Date.now()}`;
  expect(remembered(["1.13", question], ask)).toBe("answer 1");
  expect(remembered(["1.13", question], ask)).toBe("answer 1");
  expect(remembered(["1.14", question], ask)).toBe("answer 2");
  // The parts are parts: what one ends with is not what the next begins with.
  expect(remembered(["1.1", `3${question}`], ask)).toBe("answer 3");
});

it("asks every time where continuous integration runs", () => {
  vi.stubEnv("CI", "true");
  const before = asked;
  expect(remembered(["x"], ask)).not.toBe(remembered(["x"], ask));
  expect(asked).toBe(before + 2);
});
