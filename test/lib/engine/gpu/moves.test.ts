/**
 * Layers that move numbers on the WebGPU engine: they mean what the reference means, on odd sizes and on views, and say its words;
 * a network of them trains without a reading more than any step has, as does a residual network with a padded shortcut.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../../lib/array/random.js";
import { tensor, zeros, type Shape, type Tensor } from "../../../../lib/array/tensor.js";
import { compute } from "../../../../lib/engine/compute.js";
import type { Engine } from "../../../../lib/engine/engine.js";
import { Device } from "../../../../lib/engine/gpu/device.js";
import { moves } from "../../../../lib/engine/gpu/moves.js";
import {
  Attention,
  Conv2d,
  Embedding,
  Flatten,
  Graph,
  Linear,
  Pad2d,
  PaddedShortcut,
  PixelShuffle,
  PixelUnshuffle,
  ReLU,
  Residual,
  Reshape,
  Resize,
  Sequential,
  SGD,
  Slice,
  SoftmaxCrossEntropy,
  trainStep,
  Transpose,
  type Layer,
} from "../../../../lib/index.js";
import {
  attentionBackward,
  attentionForward,
  embeddingBackward,
  embeddingForward,
  expandBackward,
  expandForward,
  gatherBackward,
  gatherForward,
  pad1dBackward,
  pad1dForward,
  pad2dBackward,
  pad2dForward,
  paddedShortcutBackward,
  paddedShortcutForward,
  pixelShuffleBackward,
  pixelShuffleForward,
  pixelUnshuffleBackward,
  pixelUnshuffleForward,
  resizeBackward,
  resizeForward,
  sliceBackward,
  sliceForward,
  transposeBackward,
  transposeForward,
} from "../../../../lib/layers/functions.js";
import { repeat, sumTo } from "../../../../lib/layers/repeated.js";
import { Add, Multiply } from "../../../../lib/net/merge.js";
import {
  Recorded,
  deviation,
  expectAgreement,
  expectSameError,
  laidOut,
  unaskedOf,
} from "../../../support/engines.js";
import { gpu } from "../../../support/gpu.js";

const engine = new Recorded("gpu", gpu!);

/** A layer's functions of one tensor and given arguments; which cache goes from one to the other is the engine's business. */
interface Pair {
  readonly forward: (x: Tensor, ...given: never[]) => { y: Tensor; cache: object };
  readonly backward: (dy: Tensor, cache: never) => { dx: Tensor };
}

type Forward = (x: Tensor, ...given: unknown[]) => { y: Tensor; cache: object };
type Backward = (dy: Tensor, cache: object) => { dx: Tensor };

const [slice, gather, transposed] = [
  { forward: sliceForward, backward: sliceBackward },
  { forward: gatherForward, backward: gatherBackward },
  { forward: transposeForward, backward: transposeBackward },
];
const [pad1d, pad2d, shortcut] = [
  { forward: pad1dForward, backward: pad1dBackward },
  { forward: pad2dForward, backward: pad2dBackward },
  { forward: paddedShortcutForward, backward: paddedShortcutBackward },
];
const [resize, expand] = [
  { forward: resizeForward, backward: resizeBackward },
  { forward: expandForward, backward: expandBackward },
];
const [shuffle, unshuffle] = [
  { forward: pixelShuffleForward, backward: pixelShuffleBackward },
  { forward: pixelUnshuffleForward, backward: pixelUnshuffleBackward },
];

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("numbers that move on the gpu engine", () => {
  const agree = (run: (engine: Engine) => Record<string, Tensor>): void => expectAgreement(engine, run);

  it.each<[string, Pair, Shape, ...unknown[]]>([
    ["the first channels", slice, [3, 5, 2, 4], { axis: 1, end: 3 }],
    ["every second column, backwards", slice, [2, 3, 7], { axis: -1, step: -2 }],
    ["the middle of a batch", slice, [5, 3], { axis: 0, begin: 1, end: -1 }],
    ["chosen channels, some twice", gather, [2, 4, 3, 3], { axis: 1, places: [2, 0, 2, -1, 2] }],
    ["a chosen column", gather, [3, 5], { axis: 1, places: [4] }],
    ["zeros around a signal", pad1d, [2, 3, 5], [2, 1]],
    ["a signal's ends", pad1d, [2, 1, 3], [4, 3], "edge"],
    ["no padding", pad1d, [2, 3, 5], [0, 0]],
    [
      "zeros around an image",
      pad2d,
      [2, 3, 4, 5],
      [
        [1, 2],
        [0, 3],
      ],
    ],
    [
      "an image's mirror image",
      pad2d,
      [1, 2, 4, 5],
      [
        [3, 2],
        [1, 4],
      ],
      "reflect",
    ],
    [
      "an image's border",
      pad2d,
      [2, 1, 3, 2],
      [
        [2, 0],
        [1, 2],
      ],
      "edge",
    ],
    ["a padded shortcut", shortcut, [2, 3, 5, 8], { out: 7 }],
    ["a padded shortcut without a stride", shortcut, [1, 2, 3, 3], { out: 2, stride: 1 }],
    ["a padded shortcut in steps of 3", shortcut, [3, 1, 7, 6], { out: 2, stride: 3 }],
    ["twice as large", resize, [2, 3, 3, 5], { scale: 2 }],
    ["bilinear", resize, [2, 1, 4, 5], { size: [7, 3], mode: "linear" }],
    ["bilinear, corners kept", resize, [1, 2, 3, 4], { size: [8, 5], mode: "linear", align: "corners" }],
    ["a longer signal", resize, [2, 2, 5], { scale: 1.7, mode: "linear" }],
    ["repeated channels and rows", expand, [2, 1, 1, 4], [2, 3, 5, 4]],
    ["more axes", expand, [3, 1], [2, 4, 3, 2]],
    ["nothing repeated", expand, [2, 3], [1, 3]],
    ["rows and columns", transposed, [3, 5], [1, 0]],
    ["channels last", transposed, [2, 3, 4, 5], [0, 2, 3, 1]],
    ["six axes", transposed, [2, 1, 3, 2, 4, 3], [5, 2, 0, 4, 1, 3]],
    ["seven axes", transposed, [2, 1, 3, 2, 2, 1, 2], [6, 2, 0, 4, 1, 3, 5]],
    ["one axis", transposed, [7], [0]],
    ["a pixel shuffle", shuffle, [2, 8, 3, 5], { factor: 2 }],
    ["a pixel shuffle by 3, places together", shuffle, [1, 18, 2, 1], { factor: 3, order: "place" }],
    ["a pixel shuffle's inverse", unshuffle, [2, 2, 6, 4], { factor: 2 }],
    ["its inverse, places together", unshuffle, [2, 3, 3, 6], { factor: 3, order: "place" }],
  ])("%s", (_name, { forward, backward }, shape, ...given) => {
    for (const layout of ["dense", "transposed", "reversed"] as const) {
      agree((engine) => {
        const random = new Random(1);
        const x = laidOut(random.normal(shape), layout);
        const { y, cache } = engine.of(forward as Forward)(x, ...given);
        const dy = laidOut(random.normal(y.shape), layout);
        return { y, dx: engine.of(backward as Backward)(dy, cache).dx };
      });
    }
  });

  it.each<[string, Shape]>([
    ["images", [2, 3, 4, 5]],
    ["signals", [3, 1, 7]],
  ])("attention by a mask of %s", (_name, shape) => {
    agree((engine) => {
      const random = new Random(2);
      const { y, cache } = engine.of(attentionForward)(random.normal(shape), random.normal(shape.with(1, 1)));
      return { y, ...engine.of(attentionBackward)(random.normal(shape), cache) };
    });
  });

  it.each<[string, number[], Shape]>([
    ["a row that is taken twice, and one that is not", [3, 0, 3, 1, 4, 3], [2, 3]],
    ["more words than a block of constants has", Array.from({ length: 3000 }, (_, i) => (i * i) % 5), [3000]],
  ])("an embedding: %s", (_name, indices, shape) => {
    agree((engine) => {
      const random = new Random(3);
      const { y, cache } = engine.of(embeddingForward)(tensor(indices, shape), random.normal([5, 7]));
      return { y, ...engine.of(embeddingBackward)(random.normal(y.shape), cache) };
    });
  });

  it.each<[Shape, Shape]>([
    [
      [2, 3, 1, 1],
      [2, 3, 4, 5],
    ],
    [
      [4, 1],
      [3, 4, 6],
    ],
    [[5], [2, 5]],
    [
      [2, 3],
      [2, 3],
    ],
  ])("repeats %j to %j, and sums", (shape, wide) => {
    agree((engine) => {
      const random = new Random(4);
      const y = engine.of(repeat)(random.normal(shape), wide);
      return { y, dx: engine.of(sumTo)(random.normal(wide), shape) };
    });
  });

  it("leaves float64 and empty choices to the next engine, and its functions' mistakes", () => {
    agree((engine) => {
      const x = new Random(5).normal([2, 3, 4], 0, 1, "float64");
      const { y, cache } = engine.of(sliceForward)(x, { axis: 1, begin: 1 });
      const empty = engine.of(sliceForward)(zeros([2, 3]), { axis: 1, begin: 3 });
      const dx = engine.of(sliceBackward)(zeros([2, 0]), empty.cache).dx;
      return { y, back: engine.of(sliceBackward)(y, cache).dx, empty: empty.y, dx };
    });
    const [x, image] = [zeros([2, 3, 4]), zeros([2, 3, 4, 4])];
    const cases: ((engine: Engine) => unknown)[] = [
      (engine) => engine.of(sliceForward)(x, { axis: 3 }),
      (engine) => engine.of(sliceForward)(x, { axis: 1, step: 0 }),
      (engine) => engine.of(sliceBackward)(x, engine.of(sliceForward)(x, { axis: 1, end: 1 }).cache),
      (engine) => engine.of(gatherForward)(x, { axis: 1, places: [3] }),
      (engine) => engine.of(pad1dForward)(image, [1, 1]),
      (engine) => engine.of(pad1dForward)(x, [4, 1], "reflect"),
      (engine) =>
        engine.of(pad2dForward)(image, [
          [1, -1],
          [0, 0],
        ]),
      (engine) => engine.of(paddedShortcutForward)(image, { out: 2 }),
      (engine) => engine.of(resizeForward)(x, { scale: 2, size: 2 }),
      (engine) => engine.of(expandForward)(x, [2, 3, 5]),
      (engine) => engine.of(expandBackward)(x, engine.of(expandForward)(x, [1, 3, 4, 1]).cache as never),
      (engine) => engine.of(attentionForward)(image, zeros([2, 1, 4, 5])),
      (engine) => engine.of(attentionForward)(image, zeros([2, 1, 4, 4], "float64")),
      (engine) => engine.of(embeddingForward)(tensor([0, 5]), zeros([5, 2])),
      (engine) => engine.of(embeddingForward)(tensor([0.5]), zeros([5, 2])),
      (engine) =>
        engine.of(embeddingBackward)(x, engine.of(embeddingForward)(tensor([1]), zeros([5, 2])).cache),
      (engine) => engine.of(transposeForward)(x, [0, 1]),
      (engine) => engine.of(transposeForward)(x, [0, 1, 1]),
      (engine) => engine.of(transposeBackward)(x, engine.of(transposeForward)(x, [0, 2, 1]).cache),
      (engine) => engine.of(pixelShuffleForward)(image, { factor: 2 }),
      (engine) => engine.of(pixelShuffleForward)(x, { factor: 1 }),
      (engine) => engine.of(pixelUnshuffleForward)(image, { factor: 3 }),
      (engine) => engine.of(pixelUnshuffleForward)(image, { factor: 0.5 }),
      (engine) =>
        engine.of(pixelUnshuffleBackward)(
          image,
          engine.of(pixelUnshuffleForward)(image, { factor: 2 }).cache,
        ),
    ];
    for (const run of cases) expectSameError(engine, run);
  });

  it("was the last: every function of moves.ts has run", () => {
    expect(unaskedOf(engine, moves)).toEqual([]);
  });
});

describe.skipIf(gpu === undefined)("a network of moved numbers on the gpu engine", () => {
  const conv = (from: number, to: number, stride = 1): Conv2d =>
    new Conv2d({ in: from, out: to, size: 3, stride, pad: 1, round: "floor", bias: false });
  const one = (from: number, to: number): Layer => new Conv2d({ in: from, out: to, size: 1, bias: false });

  /** A U-shaped part, a gate of one number a channel, a mask, and everything else that moves numbers. */
  const images = (): Sequential =>
    new Sequential(
      {
        pad: new Pad2d({ pad: { right: 1 }, mode: "reflect" }),
        conv: conv(1, 4),
        block: new Residual(
          { conv1: conv(4, 6, 2), relu: new ReLU(), conv2: conv(6, 6) },
          { shortcut: new PaddedShortcut({ out: 6 }) },
        ),
        up: new Resize({ scale: 2, mode: "linear" }),
        gate: new Graph({
          narrow: { layer: new Slice({ axis: 2, end: 1 }), from: "input" },
          small: { layer: new Slice({ axis: 3, end: 1 }), from: "narrow" },
          each: { layer: one(6, 6), from: "small" },
          gated: { layer: new Multiply(), from: ["input", "each"] },
          sum: { layer: new Add(), from: ["gated", "each"] },
        }),
        attention: new Attention({ mask: one(6, 1) }),
        pack: new PixelUnshuffle({ factor: 2 }),
        less: one(24, 8),
        unpack: new PixelShuffle({ factor: 2 }),
        turn: new Transpose([0, 1, 3, 2]),
        row: new Reshape({ shape: [4, 8 * 4] }),
        flat: new Flatten(),
        fc: new Linear({ in: 2 * 8 * 8, out: 3 }),
      },
      { seed: 2 },
    );
  const words = (): Sequential =>
    new Sequential(
      {
        table: new Embedding({ count: 6, size: 4 }),
        flat: new Flatten(),
        fc: new Linear({ in: 12, out: 3 }),
      },
      { seed: 3 },
    );

  it.each<[string, () => Sequential, Tensor]>([
    ["images", images, new Random(1).normal([3, 1, 8, 7])],
    [
      "words",
      words,
      tensor([
        [0, 1, 5],
        [1, 1, 2],
        [5, 4, 1],
      ]),
    ],
  ])("of %s has WASM's losses and weights, and waits for nothing in a step", (_name, network, x) => {
    const [got, expected] = [network(), network()];
    const optimizers = [new SGD({ lr: 0.01, momentum: 0.9 }), new SGD({ lr: 0.01, momentum: 0.9 })];
    const step = (which: number, net: Sequential, engine: Engine): number => {
      vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
      const options = {
        optimizer: optimizers[which],
        loss: new SoftmaxCrossEntropy(),
        random: new Random(3),
      };
      return trainStep(net, x, [0, 1, 2], options).loss;
    };
    step(0, got, gpu!);
    const inUse = gpu!.memoryInUse;
    const read = vi.spyOn(Device.prototype, "read");
    vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
    const loss = step(0, got, gpu!);
    expect(read.mock.calls.length).toBe(0);
    expect(gpu!.memoryInUse).toBe(inUse);
    step(1, expected, compute.engines[0]);
    expect(loss / step(1, expected, compute.engines[0])).toBeCloseTo(1, 5);
    for (const [name, { value }] of Object.entries(got.parameters)) {
      expect(deviation(value, expected.parameters[name].value), name).toBeLessThan(1e-5);
    }
  });
});
