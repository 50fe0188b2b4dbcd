/** An answer is asked for once, again when anything it depends on has changed, and in every run where CI=true. */
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

it("takes no answer of an earlier run where continuous integration runs, and asks once in this one", () => {
  const question = `a question of ${process.pid} at ${Date.now()}, kept in a file`;
  const kept = remembered([question], ask);
  vi.stubEnv("CI", "true");
  const before = asked;
  const now = remembered([question], ask);
  expect(now).not.toBe(kept);
  expect(remembered([question], ask)).toBe(now);
  expect(asked).toBe(before + 1);
  expect(remembered([question, "another"], ask)).not.toBe(now);
});
