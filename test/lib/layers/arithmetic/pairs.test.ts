/** Operations on two computed values: differences, quotients, extremes and products of matrices, and where they meet in a graph. */
import { describe, expect, it } from "vitest";
import {
  Divide,
  Graph,
  gradCheckNet,
  Linear,
  MatrixProduct,
  Maximum,
  Minimum,
  Multiply,
  Pass,
  Random,
  Sequential,
  Softmax,
  Subtract,
  summary,
  tensor,
  toNested,
  Transpose,
  type Merge,
  type Tensor,
} from "../../../../lib/index.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(71);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const [a, b] = [draw(2, 3, 4), draw(2, 3, 4)];

const cases: OperationCase[] = [
  { name: "multiply", operation: "multiply", inputs: { a, b }, python: "a * b", linear: true },
  { name: "subtract", operation: "subtract", inputs: { a, b }, python: "a - b" },
  {
    name: "divide",
    operation: "divide",
    inputs: { a, b: random.uniform([2, 3, 4], 0.5, 2, "float64") },
    python: "a / b",
    linear: true,
  },
  { name: "maximum", operation: "maximum", inputs: { a, b }, python: "torch.maximum(a, b)" },
  { name: "minimum", operation: "minimum", inputs: { a, b }, python: "torch.minimum(a, b)" },
  {
    name: "matrix product",
    operation: "matrixProduct",
    inputs: { a: draw(2, 3, 4), b: draw(2, 4, 5) },
    python: "a @ b",
    linear: true,
  },
  {
    name: "matrix product, repeated on both sides",
    operation: "matrixProduct",
    inputs: { a: draw(2, 1, 3, 4), b: draw(5, 4, 2) },
    python: "a @ b",
    linear: true,
  },
  {
    name: "dot-product attention",
    operation: "dotProductAttention",
    inputs: { q: draw(2, 3, 4), k: draw(2, 5, 4), v: draw(2, 5, 2) },
    python: "torch.softmax(q @ k.transpose(-2, -1) / 2, -1) @ v",
  },
  {
    name: "dot-product attention of values, with heads",
    operation: "dotProductAttention",
    inputs: { v: draw(2, 2, 4, 3), q: draw(2, 2, 4, 5), k: draw(2, 2, 4, 5) },
    call: ({ q, k, v }) => [q, k, v],
    python: "torch.softmax(q @ k.transpose(-2, -1) / 5 ** 0.5, -1) @ v",
    linear: true, // in the values, with the weights held
  },
];

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  it.each(["node/test_matmul_3d", "node/test_matmul_4d", "node/test_matmul_bcast"])("%s", (name) => {
    const { inputs, outputs } = onnxCase(folder, name);
    expectClose(new MatrixProduct().forward([inputs[0]!, inputs[1]!], new Pass()), outputs[0], 1e-6);
  });
});

describe("where values meet in a graph", () => {
  const merges: [string, Merge, number[][][]][] = [
    ["Subtract", new Subtract(), [[[0, 1], [1, 2]]]],
    ["Divide", new Divide(), [[[1, 2], [1.5, 2]]]],
    ["Multiply", new Multiply(), [[[1, 2], [6, 8]]]],
    ["Maximum", new Maximum(), [[[1, 2], [3, 4]]]],
    ["Minimum", new Minimum(), [[[1, 1], [2, 2]]]],
  ]; // prettier-ignore
  it.each(merges)(
    "%s repeats an axis of 1, and its gradient is the sum over the copies",
    (_, merge, expected) => {
      const wide = tensor([[[1, 2], [3, 4]]], undefined, "float64"); // prettier-ignore
      const narrow = tensor([[[1], [2]]], undefined, "float64");
      const pass = new Pass();
      expect(toNested(merge.forward([wide, narrow], pass))).toEqual(expected);
      expect(merge.outputShape([[2, 2], [2, 1]])).toEqual([2, 2]); // prettier-ignore
      const [da, db] = merge.backward(tensor([[[1, 1], [1, 1]]], undefined, "float64"), pass); // prettier-ignore
      expect([da.shape, db.shape]).toEqual([wide.shape, narrow.shape]);
      expect(() => merge.forward([wide], new Pass())).toThrow("there are 1 inputs; it takes 2");
    },
  );

  it("of two equal numbers each gets half of the gradient", () => {
    const pass = new Pass();
    const one = tensor([[3]], undefined, "float64");
    new Maximum().forward([one, one], new Pass());
    const merge = new Minimum();
    merge.forward([one, one], pass);
    expect(merge.backward(tensor([[4]], undefined, "float64"), pass).map(toNested)).toEqual([[[2]], [[2]]]);
  });

  it("attention by queries, keys and values learns, and its cost is told", () => {
    const net = new Sequential({
      attention: new Graph({
        queries: { layer: new Transpose([0, 2, 1]), from: "input" },
        scores: { layer: new MatrixProduct(), from: ["input", "queries"] },
        weights: { layer: new Softmax({ axis: -1 }), from: "scores" },
        mixed: { layer: new MatrixProduct(), from: ["weights", "input"] },
        changed: { layer: new Subtract(), from: ["mixed", "input"] },
      }),
      out: new Linear({ in: 9, out: 3, dtype: "float64", seed: 1 }),
    });
    const report = gradCheckNet(net, draw(2, 3, 3), [0, 1]);
    expect(report.passed, String(report)).toBe(true);
    const costs = Object.fromEntries(
      summary(net, [3, 3]).map(({ name, multiplyAdds }) => [name, multiplyAdds]),
    );
    expect(costs["attention.scores"]).toBe(27);
    expect(costs["attention.mixed"]).toBe(27);
    expect(net.multiplyAdds([3, 3])).toBe(27 + 27 + 27);
  });

  it("refuses what are no matrices that fit", () => {
    expect(() => new MatrixProduct().outputShape([[2, 3], [2, 3]])).toThrow("as many columns as the second has rows"); // prettier-ignore
    expect(() => new MatrixProduct().forward([tensor([1]), tensor([1])], new Pass())).toThrow(
      "both need two axes",
    );
    expect(() => new Subtract().outputShape([[2], [3]])).toThrow("do not fit each other"); // prettier-ignore
  });
});
