/** Graphs: branches meet and part again, gradients add up where a value is read twice, and wiring errors are named. */
import { describe, expect, test } from "vitest";
import {
  Add,
  Concat,
  Conv2d,
  Flatten,
  Graph,
  Linear,
  Multiply,
  Pass,
  Random,
  ReLU,
  Sequential,
  Sigmoid,
  SoftmaxCrossEntropy,
  flat,
  gradCheckNet,
  summary,
  tensor,
  toNested,
} from "../../../lib/index.js";

const conv = (from: number, to: number, size: number): Conv2d =>
  new Conv2d({ in: from, out: to, size, pad: (size - 1) / 2, dtype: "float64" });

/** A fire module with a shortcut and a gate: every kind of merge, values read twice and three times. */
function branched(): Sequential {
  const block = new Graph({
    squeeze: { layer: conv(2, 3, 1), from: "input" },
    one: { layer: conv(3, 2, 1), from: "squeeze" },
    three: { layer: conv(3, 2, 3), from: "squeeze" },
    both: { layer: new Concat(), from: ["one", "three"] },
    gate: { layer: new Sigmoid(), from: "both" },
    gated: { layer: new Multiply(), from: ["both", "gate"] },
    twice: { layer: new Concat(), from: ["input", "input"] },
    sum: { layer: new Add(), from: ["gated", "twice", "both"] },
  });
  return new Sequential(
    { block, relu: new ReLU(), flatten: new Flatten(), fc: new Linear({ in: 36, out: 3, dtype: "float64" }) },
    { input: [2, 3, 3] },
  );
}

describe("Graph", () => {
  test("its gradients are those of central differences", () => {
    const x = new Random(3).normal([2, 2, 3, 3], 0, 1, "float64");
    const report = gradCheckNet(branched(), x, [0, 2], new SoftmaxCrossEntropy());
    expect(report.passed, String(report)).toBe(true);
  });

  test("is found, shown and drawn like other layers", () => {
    const net = branched();
    expect(net.get("block.three")).toBeInstanceOf(Conv2d);
    expect(Object.keys(net.parameters)).toContain("block.three.w");
    expect(summary(net).map(({ name }) => name)).toContain("block.sum");
    expect(summary(net)[3]).toMatchObject({ name: "block.both", layer: "Concat", outputShape: [4, 3, 3] });
    expect(flat(net.parameters["block.one.w"].value)).not.toEqual(
      flat(net.parameters["block.squeeze.w"].value),
    );
    const seen: string[] = [];
    const pass = new Pass({ tap: (path, phase) => void seen.push(`${path} ${phase}`) });
    net.backward(net.forward(new Random(1).normal([1, 2, 3, 3], 0, 1, "float64"), pass), pass);
    expect(seen).toContain("block.both forward");
    expect(seen.filter((entry) => entry === "block.both backward").length).toBe(2);
  });

  test("errors bear the layer's path", () => {
    const net = new Sequential({ block: new Graph({ conv: { layer: conv(5, 1, 1), from: "input" } }) });
    expect(() => net.forward(tensor([[[[1]]]], undefined, "float64"))).toThrow(/^block\.conv: conv2d/);
  });

  test.each([
    ["a name that is not there", { a: { layer: new ReLU(), from: "b" } }, undefined, `"a" reads "b"`],
    [
      "two inputs for a layer",
      { a: { layer: new ReLU(), from: ["input", "input"] } },
      undefined,
      "reads one value, not 2",
    ],
    [
      "what nobody reads",
      { a: { layer: new ReLU(), from: "input" }, b: { layer: new ReLU(), from: "input" } },
      undefined,
      "nobody reads a",
    ],
    ["an unknown output", { a: { layer: new ReLU(), from: "input" } }, "z", `the output "z" is none of`],
    ["the name input", { input: { layer: new ReLU(), from: "input" } }, undefined, `"input" is there twice`],
  ])("refuses %s", (_, nodes, output, message) => {
    expect(() => new Graph(nodes, output)).toThrow(message);
  });
});

describe("merges", () => {
  const pass = (): Pass => new Pass();
  test("broadcast as NumPy does, and sum the gradient over the copies", () => {
    const [a, b] = [tensor([[1, 2, 3], [4, 5, 6]]), tensor([[10], [20]])]; // prettier-ignore
    const [one, two] = [pass(), pass()];
    expect(toNested(new Add().forward([a, b], one))).toEqual([[11, 12, 13], [24, 25, 26]]); // prettier-ignore
    const [add, multiply] = [new Add(), new Multiply()];
    add.forward([a, b], one);
    const dy = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    expect(add.backward(dy, one).map(toNested)).toEqual([[[1, 2, 3], [4, 5, 6]], [[6], [15]]]); // prettier-ignore
    expect(toNested(multiply.forward([a, b], two))).toEqual([[10, 20, 30], [80, 100, 120]]); // prettier-ignore
    expect(multiply.backward(dy, two).map(toNested)).toEqual([[[10, 20, 30], [80, 100, 120]], [[14], [77]]]); // prettier-ignore
  });

  test("concat joins along any axis but the batch's", () => {
    const [a, b] = [tensor([1, 2, 3, 4], [1, 2, 2]), tensor([5, 6], [1, 2, 1])];
    const concat = new Concat({ axis: 2 });
    const one = pass();
    expect(toNested(concat.forward([a, b], one))).toEqual([[[1, 2, 5], [3, 4, 6]]]); // prettier-ignore
    expect(concat.backward(tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]), one).map(toNested)).toEqual([
      [[[1, 2], [4, 5]]],
      [[[3], [6]]],
    ]); // prettier-ignore
    expect(concat.outputShape([[2, 2], [2, 1]])).toEqual([2, 3]); // prettier-ignore
    expect(() => new Concat().forward([a, b], one)).toThrow("cannot be joined along axis 1");
    expect(() => new Concat({ axis: 0 })).toThrow("axis 0");
    expect(() => new Add().forward([a, tensor([1, 2, 3])], one)).toThrow("do not fit each other");
  });
});
