/**
 * Protects what is said of a network's view of an image: attributions against measured changes, receptive fields
 * against what really changes a unit, top patches against a search, correlations against their definition.
 */
import { beforeAll, describe, expect, it } from "vitest";
import {
  activationMatrix,
  Attention,
  AveragePool2d,
  Conv2d,
  correlationMatrix,
  Dataset,
  flat,
  Flatten,
  GlobalAveragePool,
  Graph,
  heatOverlay,
  Linear,
  MaxPool2d,
  Multiply,
  outlined,
  Parallel,
  patchGrid,
  Random,
  ReLU,
  reshape,
  Reshape,
  Residual,
  Sequential,
  squeezeNet,
  Tanh,
  tensor,
  wrap,
  zeros,
  type Tensor,
} from "../../../lib/index.js";
import { occlusionMap, saliency } from "../../../lib/vision/attribution.js";
import { receptiveField } from "../../../lib/vision/receptive-field.js";
import { topPatches } from "../../../lib/vision/top-patches.js";
import { unitActivations, unitCorrelations } from "../../../lib/vision/units.js";

const dtype = "float64" as const;

/** Smooth, with overlapping average pooling, so that every pixel within a field does change its unit. */
function smoothNet(): Sequential {
  return new Sequential(
    {
      conv1: new Conv2d({ in: 2, out: 3, size: 3, pad: 1, dtype }),
      tanh1: new Tanh(),
      pool1: new AveragePool2d({ size: 3, stride: 2, round: "floor" }),
      conv2: new Conv2d({ in: 3, out: 4, size: 3, stride: 2, pad: 1, dilation: 2, round: "floor", dtype }),
      flat: new Flatten(),
      fc: new Linear({ in: 4 * 2 * 2, out: 3, dtype }),
    },
    { input: [2, 12, 12], seed: 3 },
  );
}

const image = new Random(1).normal([2, 12, 12], 0, 1, dtype);

const nudged = (x: Tensor, place: number, by: number): Tensor => {
  const values = Float64Array.from(flat(x));
  values[place] += by;
  return wrap(values, [1, ...x.shape]);
};

describe("saliency", () => {
  it("is the measured change of the score with each pixel", () => {
    const net = smoothNet();
    const { map, gradient, score } = saliency(net, image, 2);
    expect(map.shape).toEqual([12, 12]);
    expect(score).toBeCloseTo(net.forward(reshape(image, [1, 2, 12, 12])).get(0, 2), 12);
    for (const place of [0, 17, 77, 143, 144, 200, 287]) {
      const [up, down] = [1e-5, -1e-5].map((by) => net.forward(nudged(image, place, by)).get(0, 2));
      expect(flat(gradient)[place]).toBeCloseTo((up - down) / 2e-5, 7);
    }
    for (const pixel of [0, 5, 77, 143]) {
      const both = [pixel, pixel + 144].map((place) => Math.abs(flat(gradient)[place]));
      expect(flat(map)[pixel]).toBe(Math.max(...both));
    }
  });

  it("refuses what is no class and no image", () => {
    expect(() => saliency(smoothNet(), image, 3)).toThrow("3 is no class; the network has 3, from 0 to 2");
    expect(() => saliency(smoothNet(), zeros([2, 2, 12, 12], dtype), 0)).toThrow("of a batch take one");
  });
});

describe("occlusionMap", () => {
  /** Two scores: the sum of the left half, and of the right. */
  const halves = (): Sequential => {
    const fc = new Linear({ in: 16, out: 2, dtype });
    fc.parameters.w.value = tensor(
      [0, 1].map((side) => Array.from({ length: 16 }, (_, i) => ((i % 4 < 2 ? 0 : 1) === side ? 1 : 0))),
      [2, 16],
      dtype,
    );
    return new Sequential({ flat: new Flatten(), fc }, { input: [1, 4, 4] });
  };
  it("falls where the evidence is covered, and rises where that of the others is", () => {
    const x = tensor(new Float64Array(16).fill(0.1), [1, 4, 4]);
    const { map, probability, size } = occlusionMap(halves(), x, 0, { size: 2, stride: 2, fill: 0 });
    expect([probability, size]).toEqual([0.5, 2]);
    // Each square takes 4 · 0.1 from one of the two scores.
    const fall = 0.5 - 1 / (1 + Math.exp(0.4));
    for (let i = 0; i < 16; i++) expect(flat(map)[i]).toBeCloseTo(i % 4 < 2 ? fall : -fall, 12);
  });
  it("covers every pixel, whatever the steps and batches", () => {
    const [a, b] = [1, 50].map((batchSize) =>
      occlusionMap(smoothNet(), image, 1, { size: 5, stride: 4, batchSize }),
    );
    expect([...flat(a.map)].every(Number.isFinite)).toBe(true);
    flat(a.map).forEach((value, i) => expect(flat(b.map)[i]).toBeCloseTo(value, 12));
    expect(() => occlusionMap(smoothNet(), image, 1, { size: 13 })).toThrow("a square of 13");
    expect(() => occlusionMap(smoothNet(), image, 1, { size: 2, stride: 3 })).toThrow(
      "no larger than the size",
    );
  });
});

describe("receptiveField", () => {
  it.each([
    ["conv1", [0, 0]],
    ["conv1", [11, 4]],
    ["tanh1", [5, 5]],
    ["pool1", [4, 2]],
    ["conv2", [1, 0]],
    ["conv2", [1, 1]],
  ] as const)("of %s at %s holds the pixels that change the unit, and no more", (layer, place) => {
    const net = smoothNet();
    const field = receptiveField(net, layer, place);
    const at = (x: Tensor) =>
      net
        .activations(x)
        .find(({ name }) => name === layer)!
        .activation.get(0, 0, place[0], place[1]);
    const before = at(reshape(image, [1, 2, 12, 12]));
    const changed: [number, number][] = [];
    for (let i = 0; i < 144; i++) {
      if (at(nudged(image, i, 0.5)) !== before) changed.push([Math.floor(i / 12), i % 12]);
    }
    // Dilated windows have holes, so that the edges are compared.
    for (const [axis, first, extent] of [
      [0, field.top, field.height],
      [1, field.left, field.width],
    ] as const) {
      const seen = changed.map((pixel) => pixel[axis]);
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(Math.max(0, first));
      expect(Math.max(...seen)).toBeLessThanOrEqual(Math.min(11, first + extent - 1));
      // Without a hole at the border of the image the edge itself is reached.
      if (layer !== "conv2") {
        expect(Math.min(...seen)).toBe(Math.max(0, first));
        expect(Math.max(...seen)).toBe(Math.min(11, first + extent - 1));
      }
    }
  });

  /** The same kind of layers inside a Sequential, around a shortcut, and side by side. */
  const nestedNet = (): Sequential => {
    const conv = (channels: number, out: number, size: number) =>
      new Conv2d({ in: channels, out, size, pad: (size - 1) / 2, dtype });
    return new Sequential(
      {
        stem: new Sequential({
          conv: conv(2, 3, 3),
          tanh: new Tanh(),
          pool: new AveragePool2d({ size: 3, stride: 2, round: "floor" }),
        }),
        around: new Residual({ conv1: conv(3, 3, 3), tanh: new Tanh(), conv2: conv(3, 3, 1) }),
        beside: new Parallel({
          one: conv(3, 2, 1),
          three: new Sequential({ a: conv(3, 2, 3), t: new Tanh() }),
        }),
        look: new Attention({ mask: new Sequential({ conv: conv(4, 1, 3), squash: new Tanh() }) }),
        fc: new Sequential({ flat: new Flatten(), linear: new Linear({ in: 4 * 10 * 10, out: 3, dtype }) }),
      },
      { input: [2, 22, 22], seed: 3 },
    );
  };
  it.each([
    ["stem.conv", [4, 7], 3],
    ["stem.tanh", [0, 21], 3],
    ["stem.pool", [4, 2], 5],
    ["stem", [4, 2], 5],
    ["around.conv1", [5, 5], 9],
    ["around.conv2", [5, 5], 9],
    ["around.sum", [9, 0], 9],
    ["around", [5, 4], 9],
    ["beside.one", [5, 4], 9],
    ["beside.three.a", [5, 4], 13],
    ["beside.join", [5, 4], 13],
    ["beside", [0, 9], 13],
    ["look.mask", [5, 4], 17],
    ["look.mask.squash", [5, 4], 17],
    ["look", [5, 5], 17],
  ] as const)("of the nested %s at %s holds just the pixels that change the unit", (layer, place, size) => {
    const net = nestedNet();
    const large = new Random(4).normal([2, 22, 22], 0, 1, dtype);
    const field = receptiveField(net, layer, place);
    expect([field.height, field.width]).toEqual([size, size]);
    // One image as it is, and one for each pixel with both its channels nudged.
    const images = new Float64Array(485 * 968);
    for (let n = 0; n < 485; n++) {
      images.set(flat(large), n * 968);
      if (n > 0) for (const channel of [0, 484]) images[n * 968 + channel + n - 1] += 0.5;
    }
    const answers = net
      .activations(wrap(images, [485, 2, 22, 22]))
      .find(({ name }) => name === layer)!.activation;
    const at = (n: number): number[] =>
      Array.from({ length: answers.shape[1] }, (_, c) => answers.get(n, c, place[0], place[1]));
    const before = at(0);
    const [rows, columns] = [0, 1].map((axis) => {
      const [first, extent] = axis === 0 ? [field.top, field.height] : [field.left, field.width];
      return [Math.max(0, first), Math.min(21, first + extent - 1)];
    });
    for (let i = 0; i < 22 * 22; i++) {
      const [row, column] = [Math.floor(i / 22), i % 22];
      const inside = row >= rows[0] && row <= rows[1] && column >= columns[0] && column <= columns[1];
      const changes = at(i + 1).some((value, c) => value !== before[c]);
      expect(changes, `${row}, ${column}`).toBe(inside);
    }
  });

  it("is the whole image where a branch looks at all of it, and refuses nested names that are not there", () => {
    const net = nestedNet();
    expect(receptiveField(net, "fc.linear")).toEqual({ top: 0, left: 0, height: 22, width: 22 });
    expect(receptiveField(net, "fc")).toEqual({ top: 0, left: 0, height: 22, width: 22 });
    const gate = new Sequential(
      {
        gated: new Graph({
          conv: { layer: new Conv2d({ in: 1, out: 2, size: 3, pad: 1 }), from: "input" },
          mean: { layer: new GlobalAveragePool(), from: "conv" },
          scale: { layer: new Reshape({ shape: [2, 1, 1] }), from: "mean" },
          product: { layer: new Multiply(), from: ["conv", "scale"] },
        }),
      },
      { input: [1, 6, 7] },
    );
    expect(receptiveField(gate, "gated.conv", [2, 2])).toEqual({ top: 1, left: 1, height: 3, width: 3 });
    expect(receptiveField(gate, "gated.product", [2, 2])).toEqual({ top: 0, left: 0, height: 6, width: 7 });
    expect(() => receptiveField(net, "stem.conv9")).toThrow(
      'there is no layer "conv9"; there are conv, tanh, pool',
    );
    expect(() => receptiveField(net, "stem.conv.w")).toThrow('"conv" is a Conv2d and has no layers inside');
    expect(() => receptiveField(net, "around.pool")).toThrow("there are conv1, tanh, conv2");
    expect(() => receptiveField(net, "around.conv1", [10, 0])).toThrow(
      "place 10, 0 is not in around.conv1's output of 3×10×10",
    );
  });

  it("of SqueezeNet grows from 7×7 pixels through its fire modules", () => {
    const net = squeezeNet();
    const side = (layer: string) => receptiveField(net, layer, [3, 3]).height;
    expect(["conv1", "pool1", "fire2.squeeze", "fire2.expand3", "fire2", "pool4"].map(side)).toEqual([
      7, 11, 11, 19, 19, 43,
    ]);
  });

  it("follows the textbook's arithmetic: 5×5, pool 2, 5×5 sees 14×14", () => {
    const net = new Sequential(
      {
        conv1: new Conv2d({ in: 1, out: 2, size: 5, pad: 2 }),
        relu1: new ReLU(),
        pool1: new MaxPool2d({ size: 2 }),
        conv2: new Conv2d({ in: 2, out: 2, size: 5, pad: 2 }),
        flat: new Flatten(),
      },
      { input: [1, 28, 28] },
    );
    expect(receptiveField(net, "conv2", [7, 7])).toEqual({ top: 8, left: 8, height: 14, width: 14 });
    expect(receptiveField(net, "conv2", [0, 0])).toEqual({ top: -6, left: -6, height: 14, width: 14 });
    expect(receptiveField(net, "flat")).toEqual({ top: 0, left: 0, height: 28, width: 28 });
    expect(() => receptiveField(net, "conv2", [14, 0])).toThrow(
      "place 14, 0 is not in conv2's output of 2×14×14",
    );
    expect(() => receptiveField(net, "conv9")).toThrow('no layer "conv9"');
    const unknown = new Sequential({ conv: new Conv2d({ in: 1, out: 1, size: 3 }) });
    expect(() => receptiveField(unknown, "conv")).toThrow("make it with { input: [C, H, W] }");
  });
});

describe("topPatches", () => {
  const data = new Dataset(new Random(5).normal([23, 2, 12, 12], 0, 1, dtype), new Int32Array(23), ["all"]);
  it("finds the strongest answers, one an image, and what the unit saw", () => {
    const net = smoothNet();
    const top = topPatches(net, "conv1", data, 1, { count: 5, batchSize: 7 });
    const all = Array.from({ length: 23 }, (_, n) => {
      const { activation } = net.activations(data.subset([n]).images)[0];
      return Math.max(...flat(activation).subarray(144, 288));
    });
    expect(top.activations).toEqual([...all].sort((a, b) => b - a).slice(0, 5));
    expect(top.patches.shape).toEqual([5, 2, 3, 3]);
    // The filter over the patch, and the bias, are the answer.
    const { w, b } = (net.get("conv1") as Conv2d).parameters;
    const filter = Float64Array.from(flat(w.value).subarray(18, 36));
    top.activations.forEach((activation, n) => {
      const patch = flat(top.patches).subarray(18 * n, 18 * n + 18);
      const sum = filter.reduce((total, value, i) => total + value * patch[i], 0);
      expect(sum + flat(b!.value)[1]).toBeCloseTo(activation, 12);
    });
    expect(patchGrid(top).text).toContain("What unit 1 of conv1 answers to most");
  });
  it("cuts out what a unit of a nested layer saw", () => {
    const conv1 = new Conv2d({ in: 2, out: 3, size: 3, pad: 1, dtype });
    const net = new Sequential(
      { stem: new Sequential({ conv1, tanh1: new Tanh() }) },
      { input: [2, 12, 12] },
    );
    const [nested, flat2] = [
      topPatches(net, "stem.conv1", data, 1, { count: 5 }),
      topPatches(new Sequential({ conv1 }, { input: [2, 12, 12] }), "conv1", data, 1, { count: 5 }),
    ];
    expect(nested.places).toEqual(flat2.places);
    expect(nested.patches.shape).toEqual([5, 2, 3, 3]);
    expect([...flat(nested.patches)]).toEqual([...flat(flat2.patches)]);
    expect(topPatches(squashed(), "block.sum", data, 1, { count: 2 }).patches.shape).toEqual([2, 2, 3, 3]);
  });
  const squashed = (): Sequential =>
    new Sequential(
      { block: new Residual({ conv: new Conv2d({ in: 2, out: 2, size: 3, pad: 1, dtype }) }) },
      { input: [2, 12, 12] },
    );
  it("refuses a unit that is not there", () => {
    expect(() => topPatches(smoothNet(), "conv1", data, 3)).toThrow("conv1 has no unit 3");
    expect(() => topPatches(smoothNet(), "conv7", data, 0)).toThrow("conv7");
  });
});

describe("units", () => {
  const data = new Dataset(new Random(5).normal([11, 2, 12, 12], 0, 1, dtype), new Int32Array(11), ["all"]);
  it("are averaged over their maps, whatever the batches", () => {
    const net = smoothNet();
    const matrix = unitActivations(net, "tanh1", data, { batchSize: 4 });
    expect(matrix.shape).toEqual([3, 11]);
    const map = Float64Array.from(
      flat(net.activations(data.subset([9]).images)[1].activation).subarray(144, 288),
    );
    expect(matrix.get(1, 9)).toBeCloseTo(map.reduce((a, b) => a + b, 0) / 144, 12);
    expect(unitActivations(net, "fc", data).shape).toEqual([3, 11]);
  });
  it("correlate as Pearson has it, and not at all when they never change", () => {
    const rows = [
      [1, 2, 3, 4],
      [2, 4, 6, 8],
      [4, 3, 2, 1],
      [1, -1, -1, 1],
      [5, 5, 5, 5],
    ];
    const c = unitCorrelations(tensor(rows, [5, 4], dtype));
    expect(c.get(0, 1)).toBeCloseTo(1, 12);
    expect(c.get(0, 2)).toBeCloseTo(-1, 12);
    expect(c.get(0, 3)).toBeCloseTo(0, 12);
    expect(c.get(4, 0)).toBeNaN();
    expect(c.get(4, 4)).toBeNaN();
    const figure = correlationMatrix({ some: c });
    expect(figure.alt).toContain("5 units; mean |correlation| of a pair 0.5");
    expect(figure.alt).toContain("50 % of the pairs beyond ±0.5; 1 never changes");
    expect(() => unitCorrelations(zeros([3]))).toThrow("expected units×examples");
  });
  it("say in words how sparse they are", () => {
    const figure = activationMatrix({
      relu: tensor([
        [0, 0, 0, 0],
        [1, 2, 3, 4],
        [0, 0, 0, 2],
      ]),
    });
    expect(figure.alt).toContain("3 units, 4 examples; 58 % zero");
    expect(figure.alt).toContain("1 dead, 1 above 0 for every example");
    expect(() => activationMatrix({})).toThrow("no matrix to draw");
    expect(() => correlationMatrix({ a: zeros([2, 3]) })).toThrow("a is 2×3, expected units×units");
  });
});

describe("pictures of a view", () => {
  let grey: Tensor;
  beforeAll(() => {
    grey = new Random(2).uniform([1, 8, 8]);
  });
  it("say where a map is strongest and how much lies in how little", () => {
    const map = zeros([8, 8]);
    map.set(2, 5, -3);
    const { alt } = heatOverlay(grey, { one: map });
    expect(alt).toContain("strongest at row 2, column 5 (−3); half of all lies in 2 % of the pixels");
    expect(heatOverlay(grey, { none: zeros([8, 8]) }).alt).toContain("none: zero everywhere");
    map.set(0, 0, NaN);
    expect(() => heatOverlay(grey, { one: zeros([4, 4]) })).toThrow("the map one is 4×4 for an image of 8×8");
    expect(() => heatOverlay(grey, {})).toThrow("no map");
    expect(heatOverlay(grey, { one: map }).text).toContain("one:");
  });
  it("outline what lies beyond the image too", async () => {
    const figure = outlined(grey, { conv: { top: -2, left: 3, height: 5, width: 5 } });
    expect(figure.alt).toContain("conv sees 5×5 pixels, rows −2 to 2 and columns 3 to 7, some of it padding");
    expect(await figure.svg()).toContain("padding");
    expect(() => outlined(grey, { a: { top: 0, left: 0, height: 0, width: 1 } })).toThrow("a is 0×1 pixels");
  });
});
