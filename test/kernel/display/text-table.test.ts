/** Tables in characters. */
import { expect, it } from "vitest";
import { textTable } from "../../../kernel/display/text-table.js";

it("aligns its columns, numbers to the right, and counts characters as a reader does", () => {
  const rows = [
    ["rate", "0.1"],
    ["größe 😀", "12"],
  ];
  expect(textTable({ headings: ["Name", "Value"], rows, right: new Set([1]) })).toBe(
    "Name     Value\nrate       0.1\ngröße 😀     12",
  );
});
