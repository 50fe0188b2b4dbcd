/** The hash by which front ends name cells: what JupyterLab's own function gives for these texts. */
import { expect, it } from "vitest";
import { murmur2 } from "../../../kernel/debugger/murmur.js";

it("is that of front ends, for texts of every length and script", () => {
  const texts = ["", "a", "const x = 1;", "größe → ∂"];
  expect(texts.map((text) => murmur2(text, 0xc0de))).toEqual([3897361697, 520109158, 149285672, 2587669243]);
});
