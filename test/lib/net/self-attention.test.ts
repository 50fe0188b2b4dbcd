/** Self-attention: the right gradients, PyTorch's own module, no order of the places, and what a position gives it. */
import { describe, expect, it } from "vitest";
import {
  Adam,
  Conv2d,
  Dataset,
  DotProductAttention,
  evaluate,
  fit,
  flat,
  GlobalAveragePool,
  gradCheckNet,
  Linear,
  Pass,
  PositionalEncoding,
  Random,
  Residual,
  SelfAttention,
  Sequential,
  summary,
  tensor,
  wrap,
  zeros,
  type Tensor,
} from "../../../lib/index.js";
import { dotProductAttentionForward } from "../../../lib/functions.js";
import { askTorch, expectClose } from "../../oracles/evaluate.js";
import { withTool } from "../../support/shared.js";

const dtype = "float64";
const random = new Random(26);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, dtype);

/** The last axis with its places in another order. */
function permuted(x: Tensor, order: readonly number[]): Tensor {
  const X = flat(x);
  const places = order.length;
  const Y = X.map((_, at) => X[at - (at % places) + order[at % places]]);
  return wrap(Y, x.shape);
}

describe("self-attention", () => {
  it("on images and on signals has the gradient that differences give", () => {
    const image = new Sequential(
      {
        positions: new PositionalEncoding({ base: 20 }),
        block: new Residual({ attend: new SelfAttention({ in: 4, width: 6, heads: 3, dtype }) }),
        mean: new GlobalAveragePool(),
        fc: new Linear({ in: 4, out: 3, dtype }),
      },
      { input: [4, 3, 2], seed: 2 },
    );
    gradCheckNet(image, draw(2, 4, 3, 2), [0, 2]).assert();
    const signal = new Sequential(
      { attend: new SelfAttention({ in: 3, out: 2, width: 4, axes: 1, dtype }), fc: new Linear({ in: 10, out: 3, dtype }) },
      { input: [3, 5], seed: 2 },
    ); // prettier-ignore
    gradCheckNet(signal, draw(2, 3, 5), [1, 2]).assert();
  });

  withTool("python3-torch", "PyTorch", (tool) => {
    it("is PyTorch's MultiheadAttention", () => {
      const net = new SelfAttention({ in: 4, heads: 2, axes: 1, dtype });
      const x = draw(2, 4, 5);
      const dy = draw(2, 4, 5);
      const names = ["query", "key", "value", "project"] as const;
      const parameters = Object.values(net.parameters);
      expect(parameters).toHaveLength(8);
      for (const parameter of parameters) parameter.value = draw(...parameter.value.shape);
      const tensors = Object.fromEntries(
        Object.entries(net.parameters).map(([path, { value }]) => [path.replaceAll(".", "_"), value]),
      );
      const python = `
rows = x.permute(2, 0, 1)
square = [w.squeeze(-1) for w in (query_w, key_w, value_w, project_w)]
y, _ = F.multi_head_attention_forward(
    rows, rows, rows, 4, 2, torch.cat(square[:3]), torch.cat([query_b, key_b, value_b]),
    None, None, False, 0.0, square[3], project_b)
y = y.permute(1, 2, 0)
`;
      const [answer] = askTorch(tool, [{ python, tensors: { x, ...tensors }, dy, of: ["x", ...names.map((name) => `${name}_w`)] }]); // prettier-ignore
      const pass = new Pass();
      expectClose(net.forward(x, pass), answer.y, 1e-12, "y");
      expectClose(net.backward(dy, pass), answer.gradients.x, 1e-12, "dx");
      for (const name of names) {
        const gradient = pass.gradients.get(net.parameters[`${name}.w`])!;
        expectClose(gradient, answer.gradients[`${name}_w`], 1e-12, name);
      }
    });
  });

  const order = [3, 0, 5, 1, 4, 2];

  it("permutes its outputs when its places are permuted, and with positions it does not", () => {
    const attend = new SelfAttention({ in: 4, heads: 2, axes: 1, dtype });
    const x = draw(2, 4, 6);
    const bare = (at: Tensor): Tensor => attend.forward(at, new Pass());
    expectClose(bare(permuted(x, order)), permuted(bare(x), order), 1e-13);
    const places = new PositionalEncoding();
    const placed = (at: Tensor): Tensor => bare(places.forward(at, new Pass()));
    expect(() => expectClose(placed(permuted(x, order)), permuted(placed(x), order), 1e-2)).toThrow();
  });

  it("has weights of sum 1, which its display can ask for", () => {
    const [q, k] = [draw(2, 4, 3, 2), draw(2, 4, 3, 2)];
    const weights = new DotProductAttention({ heads: 2 }).weights(q, k);
    expect(weights.shape).toEqual([2, 2, 6, 6]);
    const A = Float64Array.from(flat(weights));
    for (let row = 0; row < 24; row++) {
      const sum = A.subarray(6 * row, 6 * row + 6).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it("tells its cost", () => {
    const net = new Sequential({ attend: new SelfAttention({ in: 4, width: 6, heads: 2 }) }, { input: [4, 3, 2] });
    const costs = Object.fromEntries(summary(net).map(({ name, multiplyAdds }) => [name, multiplyAdds]));
    expect(costs["attend.query"]).toBe(6 * 4 * 6);
    expect(costs["attend.attend"]).toBe(6 * 6 * (6 + 6));
  }); // prettier-ignore

  it("learns which mark is left with positions only", async () => {
    // One row of eight pixels: +1 and −1 somewhere; the class is whether +1 comes first.
    const pairs = Array.from({ length: 8 }, (_, a) => Array.from({ length: 8 }, (_, b) => [a, b]))
      .flat()
      .filter(([a, b]) => a !== b);
    const images = wrap(
      Float32Array.from(pairs.flatMap(([a, b]) => Array.from({ length: 8 }, (_, i) => Number(i === a) - Number(i === b)))),
      [pairs.length, 1, 1, 8],
    ); // prettier-ignore
    const data = new Dataset(images, Uint8Array.from(pairs.map(([a, b]) => Number(a < b))), [
      "after",
      "before",
    ]);
    const learned = async (positions: boolean): Promise<number> => {
      const net = new Sequential(
        {
          embed: new Conv2d({ in: 1, out: 8, size: 1 }),
          ...(positions && { positions: new PositionalEncoding({ base: 20 }) }),
          block: new Residual({ attend: new SelfAttention({ in: 8 }) }),
          mean: new GlobalAveragePool(),
          fc: new Linear({ in: 8, out: 2 }),
        },
        { input: [1, 1, 8], seed: 1 },
      );
      await fit(net, data, { optimizer: new Adam({ lr: 0.02 }), epochs: 40, batchSize: 14, validation: false, live: false });
      return evaluate(net, data).accuracy;
    }; // prettier-ignore
    expect(await learned(false)).toBe(0.5);
    expect(await learned(true)).toBeGreaterThan(0.95);
  });

  it("refuses what does not fit, in words", () => {
    const attend = new DotProductAttention({ heads: 2 });
    const x = [4, 3, 2];
    expect(() => new DotProductAttention({ heads: 0 })).toThrow("heads is 0");
    expect(() => new SelfAttention({ in: 5, heads: 2 })).toThrow("5 channels cannot be shared by 2 heads");
    expect(() => attend.outputShape([x, x])).toThrow("no queries, keys and values");
    expect(() => attend.outputShape([x, [6, 3, 2], x])).toThrow("as many channels");
    expect(() => attend.outputShape([x, x, [4, 7]])).toThrow("as many places");
    expect(() => attend.outputShape([[3, 3, 2], x, x])).toThrow("for 2 heads");
    expect(() => dotProductAttentionForward(zeros([2, 3]), zeros([4, 5]), zeros([4, 1]))).toThrow("q is 2×3, k is 4×5 and v is 4×1"); // prettier-ignore
    expect(() => dotProductAttentionForward(zeros([2, 3]), zeros([0, 3]), zeros([0, 1]))).toThrow("there must be a key"); // prettier-ignore
    const one = tensor([[NaN]]);
    expect(() => dotProductAttentionForward(one, one, one)).toThrow("the largest score of a row is NaN");
  });
});
