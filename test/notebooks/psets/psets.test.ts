/** Problem sets: the classic mistakes earn what they deserve, and their feedback names them. */
import { describe, expect, it } from "vitest";
import { tryMistakes } from "./mistakes.js";
import * as p1 from "./p1.js";

describe.each([["p1-convolution-1d", p1.mistakes]])("%s", (name, mistakes) => {
  it("has a dozen mistakes or more", () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(12);
    expect(new Set(mistakes.map((one) => `${one.part} ${one.name}`)).size).toBe(mistakes.length);
  });

  it("gives every mistake its points and names it", { timeout: 300_000 }, async () => {
    const results = await tryMistakes(name, mistakes);
    expect(results.map(({ points }, i) => [mistakes[i].name, points])).toEqual(
      mistakes.map(({ name, points }) => [name, points]),
    );
    mistakes.forEach(({ says, name }, i) => expect(results[i].feedback, name).toContain(says));
  });
});
