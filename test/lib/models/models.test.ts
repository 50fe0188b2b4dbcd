/**
 * Protects the lectures' networks: their published sizes, layer by layer; that every gradient is right; and that
 * they learn.
 */
import { describe, expect, it } from "vitest";
import {
  compute,
  Conv2d,
  convNetJs,
  convNetJsTraining,
  countConnections,
  countParameters,
  digitCodes,
  drawDigit,
  Euclidean,
  explain,
  flat,
  gradCheckNet,
  Graph,
  leNet5,
  Linear,
  neocognitron,
  Pass,
  Random,
  resNet,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  summary,
  TableConv2d,
  tdnn,
  tensor,
  toNested,
  zipCodeNet,
  type Layer,
  type Loss,
  type Tensor,
} from "../../../lib/index.js";

/** Parameters by layer, as people quote them; a separate bias counts with its layer. */
function parametersOf(net: Sequential, names: readonly string[]): number[] {
  return names.map((name) =>
    Object.entries(net.layers)
      .filter(([key]) => key === name || key === `${name}bias`)
      .reduce((sum, [, layer]) => sum + countParameters(layer), 0),
  );
}

const shapesOf = (net: Sequential): Record<string, string> =>
  Object.fromEntries(summary(net).map(({ name, outputShape }) => [name, outputShape!.join("×")]));

describe("the zip-code network of 1989", () => {
  const net = zipCodeNet();
  it("has the paper's 9,760 parameters and 64,660 connections", () => {
    expect(parametersOf(net, ["h1", "h2", "h3", "output"])).toEqual([
      12 * 25 + 768, // 1,068
      12 * 8 * 25 + 192, // 2,592
      30 * 192 + 30, // 5,790
      10 * 30 + 10, // 310
    ]);
    expect(countParameters(net)).toBe(9760);
    const { h1, h2, h3, output } = net.layers;
    expect([
      h1.multiplyAdds([1, 16, 16]) + 768,
      h2.multiplyAdds([12, 8, 8]) + 192,
      h3.multiplyAdds([192]) + 30,
      output.multiplyAdds([30]) + 10,
    ]).toEqual([19_968, 38_592, 5790, 310]);
    expect(countConnections(net)).toBe(64_660);
  });

  it("has 1,256 units: 256 pixels, 12 maps of 8×8, 12 of 4×4, 30 and 10", () => {
    expect(shapesOf(net)).toMatchObject({ h1: "12×8×8", h2: "12×4×4", h3: "30", output: "10" });
    expect(256 + 768 + 192 + 30 + 10).toBe(1256);
  });

  it("connects each map of H2 to eight of H1, and each of H1 to eight of H2", () => {
    const { table } = (net.get("h2") as TableConv2d).options;
    expect(table.map((seen) => seen.length)).toEqual(Array(12).fill(8));
    expect([table[0], table[7], table[11]]).toEqual([
      [4, 5, 6, 7, 8, 9, 10, 11],
      [0, 1, 2, 3, 8, 9, 10, 11],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
    const readers = Array.from({ length: 12 }, (_, c) => table.filter((seen) => seen.includes(c)).length);
    expect(readers).toEqual(Array(12).fill(8));
  });

  it("sees paper beyond the edge: on a white page all units of a map agree but for their biases", () => {
    const white = tensor(new Float32Array(256).fill(-1), [1, 1, 16, 16]);
    const h1 = net.activations(white).find(({ name }) => name === "h1")!.activation;
    const maps = toNested(h1) as number[][][][];
    for (const map of maps[0]) {
      const values = map.flat();
      for (const value of values) expect(value).toBeCloseTo(values[0], 5);
    }
  });
});

describe("LeNet-5", () => {
  const net = leNet5();
  it("has the paper's 60,000 parameters and 340,908 connections", () => {
    expect(parametersOf(net, ["c1", "s2", "c3", "s4", "c5", "f6", "output"])).toEqual([
      156, 12, 1516, 32, 48_120, 10_164, 0,
    ]);
    expect(countParameters(net)).toBe(60_000);
    expect(countConnections(net)).toBe(122_304 + 5880 + 151_600 + 2000 + 48_120 + 10_164 + 840);
    expect(countConnections(net)).toBe(340_908);
  });

  it("has the paper's maps", () => {
    expect(shapesOf(net)).toMatchObject({
      c1: "6×28×28",
      s2: "6×14×14",
      c3: "16×10×10",
      s4: "16×5×5",
      c5: "120×1×1",
      f6: "84",
      output: "10",
    });
  });

  it("connects C3 by the paper's table: 60 filters, no two maps alike", () => {
    const { table } = (net.get("c3") as TableConv2d).options;
    expect(table.map((seen) => seen.length)).toEqual([...Array(6).fill(3), ...Array(9).fill(4), 6]);
    expect(new Set(table.map((seen) => [...seen].sort().join())).size).toBe(16);
    const readers = Array.from({ length: 6 }, (_, c) => table.filter((seen) => seen.includes(c)).length);
    expect(readers).toEqual(Array(6).fill(10));
    expect([4, 8, 14].map((map) => [...table[map]].sort())).toEqual([
      [0, 4, 5],
      [2, 3, 4, 5],
      [0, 2, 3, 5],
    ]);
  });

  it("has ten different drawings of 7×12 for targets", () => {
    const codes = toNested(digitCodes()) as number[][];
    expect(codes.map((code) => code.length)).toEqual(Array(10).fill(84));
    expect(new Set(codes.flat())).toEqual(new Set([1, -1]));
    for (let a = 0; a < 10; a++) {
      for (let b = 0; b < a; b++) {
        expect(codes[a].filter((pixel, i) => pixel !== codes[b][i]).length).toBeGreaterThanOrEqual(6);
      }
    }
  });
});

describe("the time-delay network of 1988", () => {
  it("slides over 15 frames: 13 of 8 features, 9 of 3, 3 outputs; 515 parameters", () => {
    const net = tdnn();
    expect(shapesOf(net)).toMatchObject({ hidden1: "8×13", hidden2: "3×9", output: "3" });
    expect(parametersOf(net, ["hidden1", "hidden2"])).toEqual([8 * (3 * 16) + 8, 3 * (5 * 8) + 3]);
    // 13 frames of 8 units with 48 weights and a bias, 9 of 3 with 40 and one.
    expect(countConnections(net)).toBe(13 * 8 * 49 + 9 * 3 * 41);
  });

  it("does not mind when a sound comes later, as long as it is all heard", () => {
    const net = tdnn({ frames: 25 });
    const heard = (start: number): number[] => {
      const x = tensor(new Float32Array(16 * 25), [1, 16, 25]);
      const sound = new Random(5).normal([16, 5]);
      for (let c = 0; c < 16; c++) for (let t = 0; t < 5; t++) x.set(0, c, start + t, sound.get(c, t));
      return [...flat(net.forward(x))];
    };
    // Six frames are seen before and after by the windows of 3 and 5.
    heard(6).forEach((value, k) => expect(heard(12)[k]).toBeCloseTo(value, 6));
    expect(Math.abs(heard(6)[0] - heard(0)[0])).toBeGreaterThan(1e-4);
  });
});

describe("ConvNetJS's CIFAR-10 network", () => {
  it("has 16, 20 and 20 filters of 5×5 and 22,466 parameters", () => {
    const net = convNetJs();
    expect(parametersOf(net, ["conv1", "conv2", "conv3", "fc"])).toEqual([
      (5 * 5 * 3 + 1) * 16,
      (5 * 5 * 16 + 1) * 20,
      (5 * 5 * 20 + 1) * 20,
      (4 * 4 * 20 + 1) * 10,
    ]);
    expect(countParameters(net)).toBe(22_466);
    expect(shapesOf(net)).toMatchObject({ pool1: "16×16×16", pool2: "20×8×8", pool3: "20×4×4", fc: "10" });
    expect([...new Set(flat((net.get("conv2") as Conv2d).parameters.b!.value))]).toEqual([Math.fround(0.1)]);
    expect([...new Set(flat((net.get("fc") as Linear).parameters.b!.value))]).toEqual([0]);
  });

  it("trains by Adadelta, four pictures a step, decay 1e-4", () => {
    const { optimizer, batchSize } = convNetJsTraining();
    expect(batchSize).toBe(4);
    expect(optimizer.options).toEqual({ weightDecay: 1e-4 });
    const net = convNetJs();
    const x = new Random(2).uniform([4, 3, 32, 32], -0.5, 0.5);
    const loss = new SoftmaxCrossEntropy();
    const step = (): number => {
      const pass = new Pass({ training: true });
      const value = loss.forward(net.forward(x, pass), [1, 2, 3, 4], pass);
      net.backward(loss.backward(pass), pass);
      optimizer.step(pass.gradients, compute.engine);
      return value;
    };
    const losses = Array.from({ length: 30 }, step);
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses[29]).toBeLessThan(0.8 * losses[0]);
  });
});

describe("the small residual network", () => {
  it("has 269,722 parameters at depth 20, and grows by its depth", () => {
    const net = resNet();
    expect(countParameters(net)).toBe(269_722);
    expect(net.outputShape([3, 32, 32])).toEqual([10]);
    const convolutions = (layer: Layer): number =>
      layer instanceof Conv2d || layer instanceof Linear
        ? 1
        : layer instanceof Sequential
          ? Object.values(layer.layers).reduce((sum, one) => sum + convolutions(one), 0)
          : layer instanceof Graph
            ? Object.values(layer.nodes).reduce((sum, { layer: one }) => sum + convolutions(one as Layer), 0)
            : 0;
    for (const depth of [8, 14, 20, 32]) expect(convolutions(resNet({ depth }))).toBe(depth);
    expect(() => resNet({ depth: 18 })).toThrow("resNet: a depth of 18 is not 6n + 2; use 8, 14, 20");
  });

  it("halves the picture twice: 16 maps of 32×32, 32 of 16×16, 64 of 8×8", () => {
    const shapes: string[] = [];
    const tap = (name: string, phase: string, value: Tensor): void => {
      if (phase === "forward" && /^block\d_1$/.test(name)) shapes.push(value.shape.slice(1).join("×"));
    };
    resNet({ depth: 8 }).forward(new Random(1).normal([1, 3, 32, 32]), new Pass({ backward: false, tap }));
    expect(shapes).toEqual(["16×32×32", "32×16×16", "64×8×8"]);
  });
});

it("connections are counted through nested networks and branches", () => {
  const net = new Sequential({
    block: new Sequential({
      fc1: new Linear({ in: 4, out: 3 }),
      fc2: new Linear({ in: 3, out: 2, bias: false }),
    }),
  });
  expect(() => countConnections(net)).toThrow(
    "countConnections: the shape of an example is unknown; give it",
  );
  expect(countConnections(net, [4])).toBe(4 * 3 + 3 + 3 * 2);
  const branches = resNet({ depth: 8 }); // no biases but those of the ten outputs
  expect(countConnections(branches)).toBe(branches.multiplyAdds([3, 32, 32]) + 10);
});

it("the neocognitron's C-cells have nothing to learn", () => {
  const net = neocognitron();
  expect(shapesOf(net)).toMatchObject({
    s1: "12×28×28",
    c1: "12×14×14",
    s2: "24×14×14",
    c2: "24×7×7",
    c3: "24×4×4",
  });
  expect(parametersOf(net, ["s1", "c1", "s2", "c2", "s3", "c3", "output"])).toEqual([
    12 * 26,
    0,
    24 * (12 * 25 + 1),
    0,
    24 * (24 * 25 + 1),
    0,
    24 * 16 * 10 + 10,
  ]);
});

/** Each network in double precision on a batch of two or three, with the loss it is meant for. */
const dtype = "float64";
const noise = (seed: number, ...shape: number[]): Tensor => new Random(seed).normal(shape, 0, 0.7, dtype);
const checks: [string, Sequential, Tensor, Loss, Tensor | number[]][] = [
  ["zipCodeNet", zipCodeNet({ dtype }), noise(1, 2, 1, 16, 16), new Euclidean(), noise(2, 2, 10)],
  ["leNet5", leNet5({ dtype }), noise(3, 1, 1, 32, 32), new SoftmaxCrossEntropy(), [3]],
  ["tdnn", tdnn({ dtype }), noise(4, 3, 16, 15), new Euclidean(), noise(5, 3, 3)],
  ["convNetJs", convNetJs({ dtype }), noise(6, 1, 3, 32, 32), new SoftmaxCrossEntropy(), [7]],
  [
    "resNet",
    resNet({ dtype, depth: 8, width: 4, input: [2, 8, 8], classes: 3 }),
    noise(7, 3, 2, 8, 8),
    new SoftmaxCrossEntropy(),
    [0, 2, 1],
  ],
  [
    "neocognitron",
    neocognitron({ dtype, planes: [3, 4], input: [1, 8, 8], classes: 3 }),
    noise(8, 2, 1, 8, 8),
    new SoftmaxCrossEntropy(),
    [2, 0],
  ],
];
it.each(checks)("every gradient of %s is right", (_name, net, x, loss, targets) => {
  const report = gradCheckNet(net, x, targets, loss, { samples: 6, tolerance: 1e-5 });
  report.assert();
  expect(report.gradients.length).toBe(1 + Object.keys(net.parameters).length);
});

it("a network of another seed begins elsewhere, one of the same seed in the same place", () => {
  for (const make of [
    zipCodeNet,
    leNet5,
    tdnn,
    convNetJs,
    neocognitron,
    (o: object) => resNet({ depth: 8, ...o }),
  ]) {
    const first = (seed: number): number[] => [...flat(Object.values(make({ seed }).parameters)[0].value)];
    expect(first(3)).toEqual(first(3));
    expect(first(3)).not.toEqual(first(4));
  }
});

it("every part explains itself", () => {
  for (const net of [leNet5(), zipCodeNet(), neocognitron()]) {
    for (const layer of Object.values(net.layers)) expect(explain(layer).text.length).toBeGreaterThan(100);
  }
});

describe("they learn drawn digits", () => {
  const random = new Random(1);
  const count = 200;
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  /** Digits drawn size×size, in the middle of a page. */
  const pages = (size: number, side: number, paper: number, ink: number): Float32Array => {
    const pixels = new Float32Array(count * side * side).fill(paper);
    const margin = (side - size) / 2;
    labels.forEach((digit, i) => {
      flat(drawDigit(digit, random, { size })).forEach((shade, at) => {
        const [h, v] = [Math.floor(at / size) + margin, (at % size) + margin];
        pixels[(i * side + h) * side + v] = paper + (ink - paper) * shade;
      });
    });
    return pixels;
  };
  const targets = tensor(labels.map((label) => Array.from({ length: 10 }, (_, k) => (k === label ? 1 : -1))));

  /** Trains in batches of 20 and gives the errors on the training set that are left. */
  function errorsAfter(
    net: Sequential,
    pixels: Float32Array,
    shape: readonly number[],
    { loss, lr, epochs }: { loss: Loss; lr: number; epochs: number },
  ): number {
    const optimizer = new SGD({ lr, momentum: 0.9 });
    const size = pixels.length / count;
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let first = 0; first < count; first += 20) {
        const pass = new Pass({ training: true });
        const x = tensor(pixels.slice(first * size, (first + 20) * size), [20, ...shape]);
        const wanted =
          loss instanceof Euclidean
            ? tensor(flat(targets).slice(first * 10, (first + 20) * 10), [20, 10])
            : labels.slice(first, first + 20);
        loss.forward(net.forward(x, pass), wanted, pass);
        net.backward(loss.backward(pass), pass);
        optimizer.step(pass.gradients, compute.engine);
      }
    }
    const scores = toNested(net.forward(tensor(pixels, [count, ...shape]))) as number[][];
    return scores.filter((row, i) => row.indexOf(Math.max(...row)) !== labels[i]).length;
  }

  it("LeNet-5, by its drawings of them", () => {
    const options = { loss: new SoftmaxCrossEntropy(), lr: 0.005, epochs: 14 };
    // Chance leaves 180 of 200.
    expect(errorsAfter(leNet5(), pages(28, 32, -0.1, 1.175), [1, 32, 32], options)).toBeLessThan(30);
  });
  it("the zip-code network, by squared errors", () => {
    const options = { loss: new Euclidean(), lr: 0.02, epochs: 25 };
    expect(errorsAfter(zipCodeNet(), pages(16, 16, -1, 1), [1, 16, 16], options)).toBeLessThan(10);
  });
  it("the neocognitron's descendant", () => {
    const options = { loss: new SoftmaxCrossEntropy(), lr: 0.03, epochs: 14 };
    expect(errorsAfter(neocognitron(), pages(28, 28, 0, 1), [1, 28, 28], options)).toBeLessThan(15);
  });
});
