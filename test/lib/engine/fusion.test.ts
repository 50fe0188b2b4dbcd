/**
 * Two layers in one pass over memory: convolution or batch normalisation with the ReLU after it, max-pooling's backward with
 * the ReLU's. Every bit is what the layers give apart, and whoever looks between them sees what they give apart.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat, full, wrap, type DType, type Shape, type Tensor } from "../../../lib/array/tensor.js";
import { Engine } from "../../../lib/engine/engine.js";
import { reference } from "../../../lib/engine/reference.js";
import { report } from "../../../lib/engine/report.js";
import { typescript } from "../../../lib/engine/typescript/engine.js";
import { wasm } from "../../../lib/engine/wasm/engine.js";
import { ReLU, reluBackward, reluForward } from "../../../lib/layers/activation/relu.js";
import { Conv1d } from "../../../lib/layers/convolution/conv1d.js";
import { Conv2d, conv2dForward } from "../../../lib/layers/convolution/conv2d.js";
import { Layer, type LayerPass } from "../../../lib/layers/layer.js";
import { Linear } from "../../../lib/layers/linear.js";
import {
  BatchNorm,
  batchNormBackward,
  batchNormForward,
} from "../../../lib/layers/normalisation/batch-norm.js";
import { MaxPool1d } from "../../../lib/layers/pooling/max-pool1d.js";
import { MaxPool2d, maxPool2dBackward, maxPool2dForward } from "../../../lib/layers/pooling/max-pool2d.js";
import { SoftmaxCrossEntropy } from "../../../lib/losses/softmax-cross-entropy.js";
import { Parallel, Residual, Sum } from "../../../lib/net/blocks.js";
import { Graph } from "../../../lib/net/graph.js";
import { Pass, type PassOptions } from "../../../lib/net/pass.js";
import { Sequential } from "../../../lib/net/sequential.js";
import { SGD } from "../../../lib/optim/sgd.js";

const engine = wasm!;
const { threads } = engine;
afterEach(() => {
  engine.threads = threads;
});

const nothing = (): void => undefined;

/** Number by number, −0 and NaN told apart from all others. */
function equal(a: Tensor, b: Tensor): boolean {
  const B = flat(b);
  return a.shape.join() === b.shape.join() && flat(a).every((value, i) => Object.is(value, B[i]));
}

type Build = () => Sequential | Graph;
type Numbers = Record<string, Tensor>;

/** Everything that a forward and a backward give: y, dx, every gradient, and the running statistics. */
function results(build: Build, x: Tensor, options: PassOptions): Numbers {
  const net = build();
  const pass = new Pass({ engine, training: true, ...options });
  const y = net.forward(x, pass);
  const dx = net.backward(new Random(5).normal(y.shape), pass);
  const gradients = Object.entries(net.parameters).map(
    ([name, parameter]) => [`d${name}`, pass.gradients.get(parameter) as Tensor] as const,
  );
  return { y, dx, ...Object.fromEntries(gradients), ...net.buffers };
}

/** Expects that a pass gives the same bits as one in which a tap looks between all layers. */
function expectSame(build: Build, x: Tensor, options: PassOptions = {}): void {
  engine.poison(666.666);
  const [together, apart] = [{}, { tap: nothing }].map((more) => results(build, x, { ...options, ...more }));
  expect(Object.keys(together)).toEqual(Object.keys(apart));
  for (const [name, tensor] of Object.entries(together)) expect(equal(tensor, apart[name]), name).toBe(true);
}

/** Bytes that a pass holds between its forward and its backward. */
function held(build: Build, x: Tensor, options: PassOptions = {}): number {
  const net = build();
  const before = engine.memoryInUse;
  const pass = new Pass({ engine, training: true, ...options });
  const y = net.forward(x, pass);
  const bytes = engine.memoryInUse - before;
  net.backward(y, pass);
  return bytes;
}

const random = (shape: Shape, seed = 3): Tensor => new Random(seed).normal(shape);

describe("convolution and ReLU", () => {
  const cases: [string, ConstructorParameters<typeof Conv2d>[0], Shape][] = [
    ["3×3, Winograd's", { in: 5, out: 9, size: 3, pad: 1 }, [3, 5, 9, 11]],
    ["3×3 without padding, one image", { in: 16, out: 16, size: 3 }, [1, 16, 10, 7]],
    ["5×5, Winograd's, no bias", { in: 3, out: 20, size: 5, pad: 2, bias: false }, [4, 3, 13, 8]],
    ["5×5 of one channel, direct", { in: 1, out: 8, size: 5, pad: 2 }, [2, 1, 28, 28]],
    ["1×1", { in: 6, out: 3, size: 1 }, [2, 6, 5, 5]],
    ["7×7 at stride 2", { in: 3, out: 5, size: 7, stride: 2, pad: 3, round: "floor" }, [2, 3, 17, 19]],
    ["3×3 at stride 3, no bias", { in: 2, out: 7, size: 3, stride: 3, bias: false }, [5, 2, 9, 12]],
    ["dilated", { in: 3, out: 8, size: 3, dilation: 2, pad: 2 }, [2, 3, 8, 9]],
    ["in groups", { in: 8, out: 20, size: 3, pad: 1, groups: 2 }, [3, 8, 6, 6]],
    ["2×3 read backwards", { in: 2, out: 3, size: [2, 3], flip: true }, [2, 2, 5, 4]],
  ];
  it.each(cases)("%s: the same bits together as apart", (_, options, shape) => {
    const build = (): Sequential => new Sequential({ conv: new Conv2d(options), relu: new ReLU() });
    expectSame(build, random(shape));
    expectSame(build, random(shape), { training: false });
  });

  it("on signals", () => {
    const build = (): Sequential =>
      new Sequential({
        conv: new Conv1d({ in: 3, out: 7, size: 3, pad: 1 }),
        relu: new ReLU(),
        pool: new MaxPool1d({ size: 2 }),
      });
    expectSame(build, random([3, 3, 14]));
  });

  /** A filter of such weights, and such biases: dead units, zeros with a sign, overflow, NaN. */
  const odd = (weight: number, bias: number, size: number) => (): Sequential => {
    const conv = new Conv2d({ in: 4, out: 10, size, pad: 1, seed: 2 });
    const { w, b } = conv.parameters;
    if (weight !== 1) flat(w.value).fill(weight, 0, 4 * size * size);
    flat(b!.value).fill(bias, 0, 5);
    return new Sequential({ conv, relu: new ReLU(), pool: new MaxPool2d({ size: 2 }) });
  };
  it.each([
    ["dead units", 1, -1000],
    ["−0", -0, -0],
    ["0", 0, -0],
    ["overflow", 3e38, 0],
    ["overflow downwards", -3e38, 0],
    ["infinite weights", Infinity, 0],
    ["NaN in the weights", NaN, 0],
    ["NaN in the biases", 1, NaN],
    ["−∞ in the biases", 1, -Infinity],
  ])("%s", (_, weight, bias) => {
    for (const size of [3, 2]) {
      const pad = size === 3 ? 8 : 7; // an even number of outputs
      expectSame(odd(weight, bias, size), random([2, 4, pad, pad]));
    }
  });

  it("keeps one tensor less, and one more where a tap looks", () => {
    const [n, maps, size] = [4, 16, 32];
    const build = (): Sequential =>
      new Sequential({ conv: new Conv2d({ in: 3, out: maps, size: 3, pad: 1 }), relu: new ReLU() });
    const x = random([n, 3, size, size]);
    held(build, x); // scratch memory is there from now on
    const bytes = 4 * n * maps * size * size;
    expect(held(build, x, { tap: nothing }) - held(build, x)).toBeGreaterThanOrEqual(bytes);
  });
});

describe("batch normalisation and ReLU", () => {
  it.each<[Shape]>([
    [[4, 3]],
    [[2, 5, 7]],
    [[3, 4, 1, 1]],
    [[2, 3, 3, 5]],
    [[3, 17, 8, 8]],
    [[1, 2, 6, 7]],
    [[5, 3, 9, 15]],
  ])("of %j: the same bits together as apart, in training and evaluation", (shape) => {
    const build = (): Sequential => {
      const norm = new BatchNorm({ size: shape[1] });
      norm.parameters.gamma.value = new Random(8).normal([shape[1]]);
      norm.parameters.beta.value = new Random(9).normal([shape[1]], 0, 0.5);
      return new Sequential({ norm, relu: new ReLU() });
    };
    for (const seed of [3, 4, 5, 6]) {
      expectSame(build, random(shape, seed));
      expectSame(build, random(shape, seed), { training: false });
    }
  });

  it("the mask is of the very y that was written, where y is as near to 0 as rounding lets it be", () => {
    // beta is minus a value of y, so that some y are 0 or the last bit of their terms, in whole vectors and behind them.
    const x = random([2, 1, 7, 9]);
    const first = new Sequential({ norm: new BatchNorm({ size: 1 }) });
    const values = flat(first.forward(x, new Pass({ engine, training: true, backward: false })));
    for (const value of values) {
      const build = (): Sequential => {
        const norm = new BatchNorm({ size: 1 });
        norm.parameters.beta.value = full([1], -value);
        return new Sequential({ norm, relu: new ReLU() });
      };
      expectSame(build, x);
    }
  });

  it("dead channels, channels of equal numbers, and NaN", () => {
    const build =
      (gamma: number, beta: number): Build =>
      () => {
        const norm = new BatchNorm({ size: 6 });
        flat(norm.parameters.gamma.value).fill(gamma, 0, 3);
        flat(norm.parameters.beta.value).fill(beta, 0, 3);
        return new Sequential({ norm, relu: new ReLU() });
      };
    const x = random([2, 6, 5, 5]);
    const flatMap = wrap(
      flat(x).map((value, i) => (Math.floor(i / 25) % 6 === 1 ? 0.1 : value)),
      x.shape,
    );
    for (const [gamma, beta] of [
      [1, -100],
      [0, -0],
      [-0, 0],
      [NaN, 0],
      [Infinity, 0],
      [1, NaN],
    ])
      expectSame(build(gamma, beta), flatMap);
  });

  it("keeps one tensor less", () => {
    const build = (): Sequential => new Sequential({ norm: new BatchNorm({ size: 16 }), relu: new ReLU() });
    const x = random([4, 16, 32, 32]);
    held(build, x);
    expect(held(build, x, { tap: nothing }) - held(build, x)).toBeGreaterThanOrEqual(4 * x.size);
  });

  it("a parameter that changes between forward and backward changes no mask", () => {
    const change = (options: PassOptions): Tensor => {
      const norm = new BatchNorm({ size: 3 });
      const net = new Sequential({ norm, relu: new ReLU() });
      const pass = new Pass({ engine, training: true, ...options });
      const y = net.forward(random([2, 3, 5, 5]), pass);
      norm.parameters.beta.value = full([3], 9);
      return net.backward(y, pass);
    };
    expect(equal(change({}), change({ tap: nothing }))).toBe(true);
  });
});

const layers = (channels: number, dtype: DType = "float32"): Record<string, Layer> => ({
  conv1: new Conv2d({ in: channels, out: 9, size: 3, pad: 1, seed: 1, dtype }),
  norm1: new BatchNorm({ size: 9, dtype }),
  relu1: new ReLU(),
  conv2: new Conv2d({ in: 9, out: channels, size: 3, pad: 1, seed: 2, dtype }),
  relu2: new ReLU(),
});

describe("networks", () => {
  const relu = new ReLU();
  const twice = (): Sequential => {
    const [conv, norm] = [
      new Conv2d({ in: 4, out: 4, size: 3, pad: 1, seed: 1 }),
      new BatchNorm({ size: 4 }),
    ];
    return new Sequential({
      conv,
      relu,
      again: conv,
      relu2: relu,
      norm,
      relu3: relu,
      norm2: norm,
      relu4: relu,
    });
  };
  const everything = (dtype: DType = "float32"): Sequential =>
    new Sequential({
      ...layers(4, dtype),
      pool: new MaxPool2d({ size: 2 }),
      norm: new BatchNorm({ size: 4, dtype }),
      relu,
      pool3: new MaxPool2d({ size: 3, stride: 1 }),
      fc: new Linear({ in: 4 * 3 * 3, out: 3, seed: 4, dtype }),
      relu3: new ReLU(),
    });
  const graph = (): Graph =>
    new Graph({
      conv: { layer: new Conv2d({ in: 4, out: 8, size: 3, pad: 1, seed: 1 }), from: "input" },
      relu: { layer: new ReLU(), from: "conv" },
      pool: { layer: new MaxPool2d({ size: 2 }), from: "relu" },
      other: { layer: new MaxPool2d({ size: 2 }), from: "relu" }, // relu's output has two readers
      conv2: { layer: new Conv2d({ in: 8, out: 8, size: 3, pad: 1, seed: 2 }), from: "pool" },
      left: { layer: new ReLU(), from: "conv2" }, // and conv2's
      right: { layer: new MaxPool2d({ size: 3, stride: 1 }), from: "conv2" },
      pooled: { layer: new MaxPool2d({ size: 3, stride: 1 }), from: "left" },
      joined: { layer: new Parallel({ a: new ReLU(), b: new ReLU() }), from: "right" },
      last: {
        layer: new Residual({ conv: new Conv2d({ in: 16, out: 16, size: 3, pad: 1 }), relu: new ReLU() }),
        from: "joined",
      },
      end: { layer: new ReLU(), from: "last" },
      both: { layer: new MaxPool2d({ size: 2 }), from: "end" },
      side: { layer: new MaxPool2d({ size: 2 }), from: "pooled" },
      sideConv: { layer: new Conv2d({ in: 8, out: 16, size: 1 }), from: "side" },
      otherPool: { layer: new MaxPool2d({ size: 4, stride: 2 }), from: "other" },
      otherConv: { layer: new Conv2d({ in: 8, out: 16, size: 1 }), from: "otherPool" },
      sum: { layer: new Sum(), from: ["both", "sideConv", "otherConv"] },
    });
  const blocks = (): Sequential =>
    new Sequential({
      first: new Residual(layers(4)),
      relu,
      second: new Parallel({
        a: new Sequential(layers(4)),
        b: new Sequential({ relu, pool: new MaxPool2d({ size: 3, stride: 1, pad: 1 }) }),
      }),
      relu2: new ReLU(),
      conv: new Conv2d({ in: 8, out: 8, size: 3 }),
      third: new ReLU(),
    });
  it.each<[string, Build]>([
    ["a layer that is used twice", twice],
    ["all of them one after the other", () => everything()],
    ["a graph in which some outputs have two readers", graph],
    ["residual and parallel blocks", blocks],
  ])("%s: the same bits together as apart", (_, build) => {
    const x = random([3, 4, 10, 10]);
    if (build === graph) return expectSame(build, random([3, 4, 16, 16]));
    expectSame(build, x);
    expectSame(build, x, { training: false });
    engine.threads = 3;
    expectSame(build, x);
  });

  it("an evaluation that keeps nothing", () => {
    const x = random([3, 4, 10, 10]);
    const [together, apart] = [{}, { tap: nothing }].map((more) =>
      everything().forward(x, new Pass({ engine, backward: false, ...more })),
    );
    expect(equal(together, apart)).toBe(true);
  });

  it("the gradients are the slopes of the reference's loss in float64", () => {
    const x = random([3, 4, 10, 10]);
    const weights = new Random(7).normal([3, 3]);
    const net = everything();
    const pass = new Pass({ engine, training: true });
    net.forward(x, pass);
    const dx = flat(net.backward(weights, pass));
    const wide = wrap(Float64Array.from(flat(x)), x.shape);
    const twin = everything("float64");
    for (const [name, parameter] of Object.entries(net.parameters)) {
      const { value } = parameter;
      twin.parameters[name].value = wrap(Float64Array.from(flat(value)), value.shape);
    }
    const lossAt = (at: Tensor): number =>
      flat(twin.forward(at, new Pass({ engine: reference, training: true }))).reduce(
        (sum, y, i) => sum + y * flat(weights)[i],
        0,
      );
    const scale = Math.max(...dx.map(Math.abs));
    for (let i = 0; i < dx.length; i += 37) {
      const [low, high] = [-1e-6, 1e-6].map((h) => {
        const moved = Float64Array.from(flat(wide));
        moved[i] += h;
        return lossAt(wrap(moved, x.shape));
      });
      expect(Math.abs((high - low) / 2e-6 - dx[i]), `dx[${i}]`).toBeLessThan(2e-4 * scale);
    }
  });

  it("memory stays flat over two thousand steps", () => {
    const net = everything();
    const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 1e-3 })];
    const x = random([2, 4, 10, 10]);
    const step = (): void => {
      const pass = new Pass({ engine, training: true, lend: true });
      loss.forward(net.forward(x, pass), [0, 1], pass);
      net.backward(loss.backward(pass), pass, false);
      optimizer.step(pass.gradients, engine);
      pass.end();
    };
    step();
    const used = engine.memoryInUse;
    for (let i = 0; i < 2000; i++) step();
    expect(engine.memoryInUse).toBeLessThanOrEqual(used);
  });
});

describe("whoever looks in between sees what the layers give apart", () => {
  const x = random([2, 3, 8, 8]);
  const build = (): Sequential =>
    new Sequential({
      conv: new Conv2d({ in: 3, out: 8, size: 3, pad: 1, seed: 1 }),
      norm: new BatchNorm({ size: 8 }),
      relu: new ReLU(),
      pool: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 8, out: 8, size: 3, pad: 1, seed: 2 }),
      relu2: new ReLU(),
    });
  const negative = (tensor: Tensor): boolean => flat(tensor).some((value) => value < 0);
  const seen = (forEngine: Engine): Map<string, Tensor> => {
    const all = new Map<string, Tensor>();
    const tap = (path: string, phase: string, tensor: Tensor): void =>
      void all.set(`${path} ${phase}`, tensor);
    const net = build();
    const pass = new Pass({ engine: forEngine, training: true, tap });
    net.backward(net.forward(x, pass), pass);
    return all;
  };

  it("a tap, and feature maps", () => {
    const [ours, right] = [seen(engine), seen(reference)];
    expect([...ours.keys()]).toEqual([...right.keys()]);
    for (const [key, tensor] of ours) {
      const expected = flat(right.get(key) as Tensor);
      const scale = Math.max(...expected.map(Math.abs));
      flat(tensor).forEach((value, i) =>
        expect(Math.abs(value - expected[i]), key).toBeLessThan(2e-4 * scale + 1e-6),
      );
    }
    for (const { name, activation } of build().activations(x))
      expect(negative(activation), name).toBe(["conv", "norm", "conv2"].includes(name));
  });

  it("a hook on one layer's forward or backward, before or behind", () => {
    const apart = seen(engine);
    for (const [name, method] of [
      ["norm", "forward"],
      ["relu", "forward"],
      ["conv2", "forward"],
      ["relu2", "forward"],
      ["pool", "backward"],
      ["relu", "backward"],
      ["norm", "backward"],
    ] as const) {
      const net = build();
      const hook = vi.spyOn(net.layers[name], method);
      const given: Tensor[] = [];
      const gave: Tensor[] = [];
      const plain = hook.getMockImplementation() ?? Object.getPrototypeOf(net.layers[name])[method];
      hook.mockImplementation((...args: Parameters<Layer["forward"]>) => {
        given.push(wrap(flat(args[0]).slice(), args[0].shape));
        const result = plain.apply(net.layers[name], args) as Tensor;
        gave.push(wrap(flat(result).slice(), result.shape));
        return result;
      });
      const pass = new Pass({ engine, training: true });
      net.backward(net.forward(x, pass), pass);
      const behind = { pool: "conv2", relu: "pool", norm: "relu" } as Record<string, string>;
      const into = method === "forward" ? `${name} input` : `${behind[name]} backward`;
      expect(equal(given[0], apart.get(into)!), `${name}.${method} is given`).toBe(true);
      expect(equal(gave[0], apart.get(`${name} ${method}`)!), `${name}.${method} gives`).toBe(true);
    }
  });

  it("a class of one's own, derived from Pass or from ReLU", () => {
    class Watching extends Pass {
      readonly seen: Tensor[] = [];
      override tap(...[phase, tensor]: Parameters<Pass["tap"]>): void {
        super.tap(phase, tensor);
        if (phase === "forward") this.seen.push(wrap(flat(tensor).slice(), tensor.shape));
      }
    }
    const pass = new Watching({ engine, training: true });
    build().forward(x, pass);
    expect(pass.seen.map(negative)).toEqual([true, true, false, false, true, false]);

    const given: boolean[] = [];
    class Looking extends ReLU {
      override forward(input: Tensor, inner: LayerPass): Tensor {
        given.push(negative(input));
        return super.forward(input, inner);
      }
    }
    new Sequential({ ...build().layers, relu2: new Looking() }).forward(
      x,
      new Pass({ engine, training: true }),
    );
    expect(given).toEqual([true]);
  });

  it("a backward layer by layer in a pass of one's own, after the network's forward", () => {
    const apart = seen(engine);
    const net = build();
    const pass = new Pass({ engine, training: true });
    let gradient = net.forward(x, pass);
    for (const name of Object.keys(net.layers).reverse()) {
      gradient = net.layers[name].backward(gradient, pass);
      expect(equal(gradient, apart.get(`${name} backward`)!), name).toBe(true);
    }
  });

  it("engines without an arena, the reference among them, have every layer apart", () => {
    for (const one of [reference, typescript, new Engine("mine", { next: engine })]) {
      expect(one.openArena()).toBeUndefined();
      expect(one.before(reluForward)).toBe(one);
    }
    expect(engine.before(reluForward)).toBe(engine);
  });
});

describe("the arena's functions", () => {
  const arena = engine.openArena()!;
  const ours = arena.engine;

  it("ReLU passes on what is rectified already, and what is not it rectifies", () => {
    const x = random([2, 3, 8, 8]);
    const w = random([8, 3, 3, 3]);
    for (const first of [
      (on: typeof ours): Tensor => on.of(conv2dForward)(x, w, undefined, {}).y,
      (on: typeof ours): Tensor => on.of(batchNormForward)(x, full([3], 1), full([3], 0.1)).y,
    ]) {
      const together = first(ours.before(reluForward));
      expect(ours.of(reluForward)(together).y).toBe(together);
      const alone = first(ours);
      const y = ours.of(reluForward)(alone).y;
      expect(y).not.toBe(alone);
      expect(equal(y, together)).toBe(true);
      expect(flat(alone).some((value) => value < 0)).toBe(true);
    }
  });

  it("the ReLU's backward passes on what pooling has masked, and leaves to batch normalisation what it can mask", () => {
    const normed = ours.before(reluForward).of(batchNormForward)(
      random([2, 3, 8, 8]),
      full([3], 1),
      full([3], 0),
    );
    const rectified = ours.of(reluForward)(normed.y);
    const pooled = ours.of(maxPool2dForward)(rectified.y, { size: 2 });
    const dy = random(pooled.y.shape as number[]);
    const { dx } = ours.before(reluBackward).of(maxPool2dBackward)(dy, pooled.cache);
    expect(ours.of(reluBackward)(dx, rectified.cache).dx).toBe(dx);
    const whole = random([2, 3, 8, 8], 4);
    const left = ours.before(batchNormBackward).of(reluBackward)(whole, rectified.cache).dx;
    expect(equal(left, whole)).toBe(true);
    expect(equal(ours.of(reluBackward)(whole, rectified.cache).dx, whole)).toBe(false);
  });
});

it("the report names the layers that are computed together, and where they are not", () => {
  const net = new Sequential({
    conv: new Conv2d({ in: 3, out: 8, size: 3, pad: 1 }),
    norm: new BatchNorm({ size: 8 }),
    relu: new ReLU(),
    conv2: new Conv2d({ in: 8, out: 8, size: 3, pad: 1 }),
    relu2: new ReLU(),
    relu3: new ReLU(),
  });
  const routes = (one: Engine): string[] => report(net, [3, 8, 8], one).map(({ route }) => route);
  expect(routes(engine)).toEqual(["winograd", "vectors", "fused", "winograd", "fused", "vectors"]);
  expect(routes(typescript)).not.toContain("fused");
  const rows = report(net, [3, 8, 8], engine);
  expect(rows[1].why).toBe("channel by channel; ReLU is computed with it");
  expect(rows[2].why).toBe(
    "norm computes it with its own outputs, in networks, where no tap or hook looks between the two",
  );
  const order = new Graph({
    conv: { layer: new Conv2d({ in: 3, out: 8, size: 3, pad: 1 }), from: "input" },
    other: { layer: new Conv2d({ in: 3, out: 8, size: 3, pad: 1 }), from: "input" },
    relu: { layer: new ReLU(), from: "conv" },
    sum: { layer: new Sum(), from: ["relu", "other"] },
  });
  expect(report(order, [3, 8, 8], engine).map(({ route }) => route)).toEqual([
    "winograd",
    "winograd",
    "fused",
  ]);
  order.children.conv.forward = order.children.conv.forward.bind(order.children.conv); // a hook
  expect(report(order, [3, 8, 8], engine).map(({ route }) => route)).toEqual([
    "winograd",
    "winograd",
    "vectors",
  ]);
  const wide = new Sequential({ norm: new BatchNorm({ size: 8, dtype: "float64" }), relu: new ReLU() });
  expect(report(wide, [8], engine)[1].route).not.toBe("fused");
  const mine = new Sequential({
    norm: new BatchNorm({ size: 8, backward: () => ({}) as never }),
    relu: new ReLU(),
  });
  expect(report(mine, [8], engine)[1].route).not.toBe("fused");
});
