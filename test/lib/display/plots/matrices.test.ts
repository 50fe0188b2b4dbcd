/** Small matrices: every number stands in its square and in the words, whatever axes the tensor has. */
import { expect, it } from "vitest";
import { matrices, tensor, zeros, type Chart } from "../../../../lib/index.js";

const rowsOf = ({ spec }: Chart) => (spec.data as { values: Record<string, unknown>[] }).values;

it("puts each number into its row and column, and into words", () => {
  const plot = matrices({ x: [[1, -2.5]], "its map": tensor([[[[3], [4]]]]) }, { title: "Two" });
  expect(rowsOf(plot).map(({ panel, row, column, shown }) => [panel, row, column, shown])).toEqual([
    ["x", 0, 0, "1"],
    ["x", 0, 1, "−2.5"],
    ["its map", 0, 0, "3"],
    ["its map", 1, 0, "4"],
  ]);
  expect(plot.alt).toBe("Two. x: 1 −2.5. its map: 3; 4.");
  expect(plot.text).toBe("Two\n\nx\n   1  −2.5\n\nits map\n3\n4");
});

it("reads one axis as a row", () => {
  expect(rowsOf(matrices({ x: tensor([1, 2]) })).map(({ row, column }) => [row, column])).toEqual([
    [0, 0],
    [0, 1],
  ]);
});

it("makes the squares as wide as the widest number", () => {
  const widthOf = (number: number) =>
    (matrices({ x: [[number]] }).spec.spec as { width: { step: number } }).width.step;
  expect(widthOf(1)).toBe(30);
  expect(widthOf(-0.000123)).toBeGreaterThan(50);
});

it.each<[string, () => unknown, string]>([
  [
    "nothing",
    () => matrices({}),
    "matrices: there is none; give some by name, such as { x: [[1, 2], [3, 4]] }.",
  ],
  [
    "several channels",
    () => matrices({ x: zeros([1, 3, 2, 2]) }),
    'matrices: "x" is 1×3×2×2; give rows and columns with at least one number, such as one channel of one image: x.pick(0, 0).',
  ],
  ["an empty one", () => matrices({ x: zeros([0, 2]) }), 'matrices: "x" is 0×2; give rows and columns'],
  [
    "a large one",
    () => matrices({ x: zeros([4, 17]) }),
    'matrices: "x" has 4×17 numbers, too many to read; at most 16×16 can be drawn, and heatmap draws larger ones.',
  ],
])("refuses %s", (_, draw, message) => {
  expect(draw).toThrow(message);
});
