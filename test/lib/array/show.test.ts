/** Tensors as text: what a reader of a notebook, a terminal or a template string sees. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { arange, reshape, tensor, transpose, zeros, type Tensor } from "../../../lib/index.js";

const lines = (...text: string[]): string => text.join("\n");

describe("a tensor as text", () => {
  it.each<[string, Tensor, string]>([
    ["a vector", tensor([1, 2, 3]), lines("tensor 3 float32", "[1, 2, 3]")],
    ["a single number", tensor(0.5), lines("tensor () float32", "0.5")],
    ["nothing", zeros([0, 3]), "tensor 0×3 float32 []"],
    ["double precision", tensor([1], [1], "float64"), lines("tensor 1 float64", "[1]")],
    [
      "a matrix, in columns",
      tensor([
        [1, -20],
        [300, 4],
      ]),
      lines("tensor 2×2 float32", "[[  1, -20],", " [300,   4]]"),
    ],
    [
      "a view",
      transpose(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
      lines("tensor 2×2 float32", "[[1, 3],", " [2, 4]]"),
    ],
    ["decimals, as many as are needed", tensor([0.25, 1.5]), lines("tensor 2 float32", "[0.25, 1.50]")],
    ["at most four decimals", tensor([1 / 3, 2]), lines("tensor 2 float32", "[0.3333, 2.0000]")],
    ["an exponent for small numbers", tensor([1e-7, 1]), lines("tensor 2 float32", "[1.0000e-7, 1.0000e+0]")],
    [
      "what is no number",
      tensor([NaN, 1, -Infinity]),
      lines("tensor 3 float32", "[      NaN,         1, -Infinity]"),
    ],
    [
      "images, with a line between them",
      reshape(arange(8), [2, 2, 2]),
      lines("tensor 2×2×2 float32", "[[[0, 1],", "  [2, 3]],", "", " [[4, 5],", "  [6, 7]]]"),
    ],
    [
      "many, without the middle",
      reshape(arange(2000), [2, 1000]),
      lines(
        "tensor 2×1000 float32",
        "[[   0,    1,    2, …,  997,  998,  999],",
        " [1000, 1001, 1002, …, 1997, 1998, 1999]]",
      ),
    ],
  ])("shows %s", (_, x, text) => {
    expect(String(x)).toBe(text);
    expect(`${x}`).toBe(text);
    expect(inspect(x)).toBe(text);
    expect(inspect([x])).toContain(text.split("\n")[0].replace(" []", ""));
  });

  it("stays short, however large the tensor", () => {
    expect(String(zeros([100, 100, 100])).length).toBeLessThan(1000);
  });
});
