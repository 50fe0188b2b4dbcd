/** Rows, columns and iteration are views, and check their indices. */
import { describe, expect, it } from "vitest";
import {
  at,
  column,
  flat,
  reshape,
  row,
  rows,
  setAt,
  tensor,
  toNested,
  type Tensor,
} from "../../../lib/index.js";

const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe("parts of a tensor", () => {
  it("are views: writing into them writes into the tensor", () => {
    const x = matrix();
    setAt(row(x, -1), [0], 40);
    setAt(column(x, 2), [0], 30);
    expect(toNested(x)).toEqual([
      [1, 2, 30],
      [40, 5, 6],
    ]);
  });

  it("come one after the other in a loop, in destructuring and in rows()", () => {
    const seen = [];
    for (const one of matrix()) seen.push([...flat(one)]);
    expect(seen).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [first, second] = matrix();
    expect([at(first, 0), at(second, 2)]).toEqual([1, 6]);
    expect(rows(matrix()).map((one) => one.shape)).toEqual([[3], [3]]);
    expect([...reshape(matrix(), [1, 2, 3])][0].shape).toEqual([2, 3]);
    expect([...tensor([7, 8])].map((one) => at(one))).toEqual([7, 8]);
  });

  it("outside the tensor are refused", () => {
    expect(() => row(matrix(), 2)).toThrow(
      "row: index 2 on axis 0 is outside a 2×3 tensor; it runs from 0 to 1, or from −2 to −1 from the end.",
    );
    expect(() => column(matrix(), 3)).toThrow("column: index 3 on axis 1 is outside a 2×3 tensor");
    expect(() => row(matrix(), 0.5)).toThrow("row: index 0.5 on axis 0 is outside");
    expect(() => rows(tensor(1))).toThrow("rows: x is a single number and has no axes; at(x) reads it.");
  });
});

describe("the numbers of a tensor", () => {
  it("can be reduced, spread and sorted without a cast", () => {
    const x = matrix();
    // Each of these is a type error where the type of the numbers does not let go.
    expect(flat(x).reduce((sum, value) => sum + value, 0)).toBe(21);
    expect(flat(x).reduce((words, value) => `${words}${value}`, "")).toBe("123456");
    expect(Math.max(...flat(x))).toBe(6);
    expect([...x.data].sort((a, b) => b - a)[0]).toBe(6);
    expect(x.data.reduce((largest, value) => Math.max(largest, value))).toBe(6);
    const double: Float64Array = flat(tensor([1], [1], "float64") as Tensor<"float64">);
    expect(double).toBeInstanceOf(Float64Array);
  });
});
