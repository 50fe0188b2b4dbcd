/** Gradients that meet: the sums, number by number, and who asks an engine for them. */
import { describe, expect, it } from "vitest";
import { flat, tensor, type Tensor } from "../../../lib/array/tensor.js";
import { transpose } from "../../../lib/array/rearrange.js";
import { Engine } from "../../../lib/engine/engine.js";
import { Graph, Linear, Pass, Random } from "../../../lib/index.js";
import { sumOfReaders, sumOfUses } from "../../../lib/layers/gradient-sums.js";
import { Add } from "../../../lib/net/merge.js";

describe.each([sumOfReaders, sumOfUses])("%o", (sum) => {
  it.each(["float32", "float64"] as const)("adds in %s, and leaves what it was given", (dtype) => {
    const [a, b] = [
      tensor(
        [
          [1, 2],
          [3, 0.1],
        ],
        dtype,
      ),
      tensor(
        [
          [10, 20],
          [30, 0.2],
        ],
        dtype,
      ),
    ];
    const total = sum(a, transpose(b));
    const last = dtype === "float32" ? Math.fround(Math.fround(0.1) + Math.fround(0.2)) : 0.1 + 0.2;
    expect([...flat(total)]).toEqual([11, 32, 23, last]);
    expect([total.dtype, total.shape]).toEqual([dtype, [2, 2]]);
    expect(a.get(0, 0)).toBe(1);
    expect(b.get(0, 0)).toBe(10);
  });
});

it("is the engine's business in a graph: one sum for a value that two layers read, one for a layer that is used twice", () => {
  const asked: string[] = [];
  const counted = (sum: typeof sumOfUses) => (a: Tensor, b: Tensor) => {
    asked.push(sum.name);
    return sum(a, b);
  };
  const rivals = [sumOfReaders, sumOfUses].map((sum) => [sum, counted(sum)] as const);
  const linear = new Linear({ in: 2, out: 2, bias: false });
  const graph = new Graph({
    a: { layer: linear, from: "input" },
    b: { layer: linear, from: "a" },
    sum: { layer: new Add(), from: ["a", "b"] },
  });
  const pass = new Pass({ engine: new Engine("counting", { rivals }) });
  const random = new Random(1);
  graph.forward(random.normal([3, 2]), pass);
  graph.backward(random.normal([3, 2]), pass);
  expect(asked.sort()).toEqual(["sumOfReaders", "sumOfUses"]);
});
