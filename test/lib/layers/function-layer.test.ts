/** What the base classes do for every layer: they call the engine's functions, keep what passes between them, and hand on the gradients. */
import { describe, expect, it } from "vitest";
import {
  Conv2d,
  conv2dBackward,
  conv2dForward,
  Engine,
  flat,
  GroupNorm,
  Linear,
  linearBackward,
  linearForward,
  MaxPool2d,
  Pass,
  PReLU,
  Random,
  ReLU,
  SumPool2d,
  sumPool2dBackward,
  type Layer,
  type Tensor,
} from "../../../lib/index.js";
import { rivals } from "../../../lib/engine/rivals.js";
import { unwanted } from "../../../lib/layers/layer.js";

const x = new Random(1).normal([2, 4, 6, 6]);

describe("a layer of one pair of functions", () => {
  it("says which functions it asks an engine for", () => {
    const conv = new Conv2d({ in: 4, out: 2, size: 3 });
    expect(conv.functions).toEqual([conv2dForward]);
    expect(new Linear({ in: 3, out: 2 }).functions).toEqual([linearForward]);
  });

  it("calls the engine's versions of both, forward and backward with the same cache", () => {
    const seen: string[] = [];
    const engine = new Engine("spy", {
      rivals: rivals(
        linearForward,
        (...args) => {
          seen.push("forward");
          return { y: linearForward(...args).y, cache: { mine: args } };
        },
        linearBackward,
        (dy, { mine: [x, w, b] }) => {
          seen.push("backward");
          return linearBackward(dy, { x, w, hasBias: b !== undefined });
        },
      ),
    });
    const layer = new Linear({ in: 144, out: 3 });
    const pass = new Pass({ engine });
    const y = layer.forward(x, pass);
    expect(layer.backward(y, pass).shape).toEqual(x.shape);
    expect(seen).toEqual(["forward", "backward"]);
    expect(pass.gradients.get(layer.parameters.w)!.shape).toEqual([3, 144]);
  });

  it("gives a backward of the user's own the reference's cache, whatever the engine", () => {
    const layer = new SumPool2d({
      size: 2,
      backward: (dy, cache) => {
        expect(cache.windows.outputs).toEqual([2, 4, 3, 3]);
        const { dx } = sumPool2dBackward(dy, cache);
        return { dx: { ...dx, data: flat(dx).map((v) => 2 * v) } as Tensor };
      },
    });
    expect(layer.ownBackward).toBe(true);
    expect(new MaxPool2d({ size: 2 }).ownBackward).toBe(false);
    const pass = new Pass();
    const y = layer.forward(x, pass);
    const plain = new Pass();
    const expected = new SumPool2d({ size: 2 });
    expected.forward(x, plain);
    const dx = layer.backward(y, pass);
    flat(expected.backward(y, plain)).forEach((v, i) => expect(flat(dx)[i]).toBeCloseTo(2 * v, 5));
  });

  it("names the gradient that a backward leaves out", () => {
    const backwardOf = (layer: Layer): (() => Tensor) => {
      const pass = new Pass();
      const y = layer.forward(x, pass);
      return () => layer.backward(y, pass);
    };
    const conv = new Conv2d({
      ...{ in: 4, out: 2, size: 3 },
      backward: (dy, cache) => ({ ...conv2dBackward(dy, cache), dw: undefined as never }),
    });
    expect(backwardOf(conv)).toThrow(
      "Conv2d: the backward returned dx, db and no dw, the gradient of the parameter w; return it too.",
    );
    const prelu = new PReLU({ backward: (dy) => ({ dx: dy }) as never });
    expect(backwardOf(prelu)).toThrow("PReLU: the backward returned dx and no da");
    const norm = new GroupNorm({
      ...{ size: 4, groups: 2 },
      backward: (dy) => ({ dx: dy, dgamma: dy, dbeta: undefined as never }),
    });
    expect(backwardOf(norm)).toThrow("GroupNorm: the backward returned dx, dgamma and no dbeta");
  });

  it("computes no dx that nobody wants", () => {
    let read = 0;
    const engine = new Engine("lazy", {
      rivals: rivals(conv2dForward, conv2dForward, conv2dBackward, (dy, cache) => {
        const { dx, ...others } = conv2dBackward(dy, cache);
        return Object.defineProperty({ ...others, dx }, "dx", { get: () => (read++, dx), enumerable: true });
      }),
    });
    const layer = new Conv2d({ in: 4, out: 2, size: 3 });
    for (const wanted of [false, true]) {
      const pass = new Pass({ engine });
      const dx = layer.backward(layer.forward(x, pass), pass, wanted);
      expect(dx === unwanted).toBe(!wanted);
    }
    expect(read).toBe(1);
  });

  it("stands in two places of one pass", () => {
    const relu = new ReLU();
    const pass = new Pass();
    const [a, b] = [new Random(2).normal([3]), new Random(3).normal([3])];
    const [ya, yb] = [relu.forward(a, pass), relu.forward(b, pass)];
    expect(flat(relu.backward(yb, pass))).toEqual(flat(yb));
    expect(flat(relu.backward(ya, pass))).toEqual(flat(ya));
  });
});

describe("an engine's versions of functions", () => {
  it("are refused by the compiler when the backward does not take what the forward keeps", () => {
    rivals(
      linearForward,
      (...args) => ({ y: linearForward(...args).y, cache: { kept: 1 } }),
      linearBackward,
      // @ts-expect-error: its own forward keeps a number
      (dy, cache: { kept: string }) => linearBackward(dy, cache as never),
    );
    // @ts-expect-error: the option is called pad
    const { y } = new Engine("plain").of(conv2dForward)(x, x, undefined, { padding: 1 });
    expect(y.shape).toEqual([2, 2, 1, 1]);
  });
});
