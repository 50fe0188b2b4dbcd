/** Sequential and Pass: what is kept where, what taps see, and that looking at a network changes nothing. */
import { describe, expect, it } from "vitest";
import {
  BatchNorm,
  Conv1d,
  Conv2d,
  countParameters,
  Flatten,
  flat,
  Linear,
  MaxPool1d,
  MaxPool2d,
  Pass,
  Random,
  ReLU,
  Sequential,
  SoftmaxCrossEntropy,
  StateError,
  summary,
  tensor,
  toNested,
  type Layer,
  type Tensor,
  conv2dForward,
  conv2dBackward,
} from "../../../lib/index.js";
import { Engine, rivals } from "../../../lib/engine/index.js";
import { deviation, engines, guarded } from "../../support/engines.js";
import { reference } from "../../../lib/engine/reference.js";

const x = new Random(1).normal([3, 1, 6, 6], 0, 1, "float64");
const labels = [0, 1, 1];
const build = (seed = 1): Sequential =>
  new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 3, size: 3, pad: 1, dtype: "float64" }),
      bn1: new BatchNorm({ size: 3, dtype: "float64" }),
      block: new Sequential({ relu: new ReLU(), pool: new MaxPool2d({ size: 2 }) }),
      fc: new Linear({ in: 27, out: 2, dtype: "float64" }),
    },
    { seed },
  );

/** Gradients by path of one forward and backward; `between` may do anything in the middle. */
function gradients(net: Sequential, between: () => void = () => {}): Record<string, Tensor> {
  const loss = new SoftmaxCrossEntropy();
  const pass = new Pass({ training: true });
  loss.forward(net.forward(x, pass), labels, pass);
  between();
  net.backward(loss.backward(pass), pass);
  return Object.fromEntries(
    Object.entries(net.parameters).map(([path, p]) => [path, pass.gradients.get(p)!]),
  );
}

describe("Pass", () => {
  it("keeps caches, so that evaluating in the middle of training spoils nothing", () => {
    const alone = gradients(build());
    const net = build();
    const disturbed = gradients(net, () => {
      net.forward(new Random(9).normal([5, 1, 6, 6], 3, 2, "float64"));
      net.forward(x, new Pass({ training: false }));
      net.activations(x);
    });
    for (const [path, gradient] of Object.entries(alone))
      expect(toNested(disturbed[path]), path).toEqual(toNested(gradient));
  });
  it("adds up the gradients of a layer that stands in two places, last in, first out", () => {
    const shared = new Linear({ in: 2, out: 2, bias: false, dtype: "float64" });
    shared.parameters.w.value = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      undefined,
      "float64",
    );
    const net = new Sequential({ a: shared, b: shared });
    const pass = new Pass();
    const input = tensor([[1, 0]], undefined, "float64");
    expect(toNested(net.forward(input, pass))).toEqual([[7, 15]]); // w·(w·x), with w·x = (1, 3)
    net.backward(tensor([[1, 0]], undefined, "float64"), pass);
    // dw of b is dy ⊗ (1, 3); of a it is (wᵀ·dy) ⊗ (1, 0) = (1, 2) ⊗ (1, 0).
    expect(toNested(pass.gradients.get(shared.parameters.w)!)).toEqual([
      [1 + 1, 3],
      [2, 0],
    ]);
  });
  it("lets go of a cache once it is used", () => {
    const net = build();
    const pass = new Pass({ training: true });
    const y = net.forward(x, pass);
    net.backward(y, pass);
    expect(() => net.backward(y, pass)).toThrow(StateError);
  });
  it("keeps nothing when told that no backward follows", () => {
    const net = build();
    const pass = new Pass({ backward: false });
    const y = net.forward(x, pass);
    expect(() => net.backward(y, pass)).toThrow(
      "fc: Linear: this pass was made with backward: false and keeps nothing",
    );
  });
  it("shows every tensor to a tap, with the path, forwards and backwards", () => {
    const net = build();
    const seen: string[] = [];
    const tap = (path: string, phase: string, { shape }: Tensor): void =>
      void seen.push(`${phase} ${path} ${shape.join("×")}`);
    const pass = new Pass({ tap });
    net.backward(net.forward(x, pass), pass);
    expect(seen.filter((line) => line.startsWith("forward"))).toEqual([
      "forward conv1 3×3×6×6",
      "forward bn1 3×3×6×6",
      "forward block.relu 3×3×6×6",
      "forward block.pool 3×3×3×3",
      "forward block 3×3×3×3",
      "forward fc 3×2",
    ]);
    expect(seen.filter((line) => line.startsWith("backward"))).toEqual([
      "backward fc 3×3×3×3",
      "backward block.pool 3×3×6×6",
      "backward block.relu 3×3×6×6",
      "backward block 3×3×6×6",
      "backward bn1 3×3×6×6",
      "backward conv1 3×1×6×6",
    ]);
    expect(seen).toContain("input block.pool 3×3×6×6");
  });
  it("runs on the engine it was given", () => {
    let calls = 0;
    const own: typeof conv2dForward = (...args) => {
      calls++;
      return conv2dForward(...args);
    };
    const counting = guarded(
      new Engine("counting", { rivals: rivals(conv2dForward, own, conv2dBackward, conv2dBackward) }),
    );
    build().forward(x, new Pass({ engine: counting }));
    expect(calls).toBe(1);
  });
});

describe("Sequential", () => {
  it("draws the same weights for the same seed, and others for another", () => {
    const weights = (net: Sequential) => toNested(net.parameters["conv1.w"].value);
    expect(weights(build(4))).toEqual(weights(build(4)));
    expect(weights(build(4))).not.toEqual(weights(build(5)));
  });
  it("leaves weights alone that have a seed or a value of their own", () => {
    const seeded = new Linear({ in: 2, out: 2, seed: 3 });
    const set = new Linear({ in: 2, out: 2 });
    set.parameters.w.value = tensor([
      [1, 2],
      [3, 4],
    ]);
    const before = toNested(seeded.parameters.w.value);
    new Sequential({ seeded, set }, { seed: 8 });
    expect(toNested(seeded.parameters.w.value)).toEqual(before);
    expect(toNested(set.parameters.w.value)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
  it("gives every layer draws of its own, which another layer's size does not shift", () => {
    const draw = (out: number) =>
      toNested(
        new Sequential({ a: new Linear({ in: 2, out }), b: new Linear({ in: 3, out: 3 }) }).parameters["b.w"]
          .value,
      );
    expect(draw(2)).toEqual(draw(7));
  });
  it("changes running statistics in training and only then", () => {
    const net = build();
    const state = () => [toNested(net.buffers["bn1.mean"]), toNested(net.buffers["bn1.variance"])];
    const fresh = state();
    net.forward(x);
    expect(state()).toEqual(fresh);
    net.forward(x, new Pass({ training: true }));
    expect(state()).not.toEqual(fresh);
  });
  it("finds layers by path, infers shapes and counts", () => {
    const net = build();
    expect(net.get("block.pool")).toBeInstanceOf(MaxPool2d);
    expect(() => net.get("fc.relu")).toThrow('Sequential: "fc" is a Linear and has no layers inside.');
    expect(net.outputShape([1, 6, 6])).toEqual([2]);
    expect(countParameters(net)).toBe(27 + 3 + 6 + 54 + 2);
    expect(net.multiplyAdds([1, 6, 6])).toBe(27 * 36 + 54);
    expect(summary(net, [1, 6, 6]).map(({ name }) => name)).toEqual([
      "conv1",
      "bn1",
      "block.relu",
      "block.pool",
      "fc",
    ]);
  });
  it("takes strided batches", () => {
    const net = build();
    const wide = new Random(2).normal([3, 1, 6, 12], 0, 1, "float64");
    const view = wide.step(1, 1, 1, 2) as Tensor;
    const dense = tensor(Float64Array.from(flat(view)), [3, 1, 6, 6]);
    expect(toNested(net.forward(view))).toEqual(toNested(net.forward(dense)));
  });
  it("infers the same shape for one example as forward gives", () => {
    const layers: [Layer, number[]][] = [
      [new Conv1d({ in: 2, out: 4, size: 3, stride: 2, pad: [1, 0] }), [2, 8]],
      [new Conv2d({ in: 2, out: 4, size: [3, 2], pad: "same", groups: 2 }), [2, 5, 7]],
      [new MaxPool1d({ size: 3, stride: 2, round: "ceil" }), [2, 8]],
      [new MaxPool2d({ size: 2, round: "floor" }), [3, 5, 7]],
      [new BatchNorm({ size: 4 }), [4, 3]],
      [new ReLU(), [4, 3]],
      [new Flatten(), [2, 3, 4]],
      [new Linear({ in: 24, out: 5 }), [2, 3, 4]],
    ];
    for (const [layer, input] of layers) {
      const pass = new Pass({ training: true });
      const y = layer.forward(new Random(1).normal([2, ...input]), pass);
      expect(y.shape.slice(1), layer.kind).toEqual(layer.outputShape(input));
      expect(layer.backward(y, pass).shape, layer.kind).toEqual([2, ...input]);
    }
  });
});

describe.each(engines)("a whole step on $name", (engine) => {
  it.each(["float64", "float32"] as const)("in %s gives the reference's gradients", (dtype) => {
    const step = (on: typeof engine): Record<string, Tensor> => {
      const net = new Sequential({
        conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2, dtype }),
        relu1: new ReLU(),
        pool1: new MaxPool2d({ size: 2 }),
        conv2: new Conv2d({ in: 8, out: 8, size: 3, pad: 1, dtype }),
        bn2: new BatchNorm({ size: 8, dtype }),
        relu2: new ReLU(),
        fc: new Linear({ in: 8 * 8 * 8, out: 10, dtype }),
      });
      const images = new Random(3).normal([4, 1, 16, 16], 0, 1, dtype);
      const loss = new SoftmaxCrossEntropy();
      const pass = new Pass({ training: true, engine: on });
      loss.forward(net.forward(images, pass), [3, 1, 4, 1], pass);
      const dx = net.backward(loss.backward(pass), pass);
      const of = Object.entries(net.parameters).map(([path, p]) => [path, pass.gradients.get(p)!] as const);
      return {
        dx,
        ...Object.fromEntries(of),
        mean: net.buffers["bn2.mean"],
        variance: net.buffers["bn2.variance"],
      };
    };
    const [got, expected] = [step(engine), step(reference)];
    for (const path of Object.keys(expected)) {
      if (path === "conv2.b") continue; // 0 but for rounding: batch norm takes away what it adds
      expect(deviation(got[path], expected[path]), path).toBeLessThan(dtype === "float64" ? 1e-11 : 2e-4);
    }
  });
});
