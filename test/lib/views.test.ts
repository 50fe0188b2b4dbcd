/**
 * A tensor may be any view: a row of a table, a column, reversed, stepped, repeated. Every public function that takes one
 * gives what it gives for a dense copy, and writes nothing: not into the view, nor beside it. Those that write into a
 * tensor write into the view alone.
 */
import { describe, expect, it } from "vitest";
import * as rooms from "../../lib/rooms.js";
import { copy, flat, type Tensor } from "../../lib/array/tensor.js";
import { takersOfTensors } from "../support/doors.js";
import { laidOut } from "../support/engines.js";
import {
  drawer,
  expectOutsideUntouched,
  expectUntouched,
  isTensor,
  layouts,
  plain,
  remember,
  type Draw,
} from "../support/views.js";
import { someHistory } from "./display/gallery.js";

const library = rooms as unknown as Record<string, (...args: never[]) => unknown>;
const { Random, Sequential, Conv2d, ReLU, Flatten, Linear, SoftmaxCrossEntropy, SGD, Parameter, Pass } =
  rooms;

const net = (): InstanceType<typeof Sequential> =>
  new Sequential(
    {
      conv: new Conv2d({ in: 2, out: 3, size: 3, pad: 1 }),
      relu: new ReLU(),
      flatten: new Flatten(),
      fc: new Linear({ in: 3 * 36, out: 3 }),
    },
    { input: [2, 6, 6], seed: 3 },
  );
const doubleNet = (): InstanceType<typeof Sequential> =>
  new Sequential({ fc: new Linear({ in: 4, out: 3, dtype: "float64" }) }, { seed: 3 });

const unary = (t: Draw): unknown[] => [t([2, 3, 4])];
const positive = (t: Draw): unknown[] => [t([2, 3, 4], "positive")];
const binary = (t: Draw): unknown[] => [t([2, 3, 4]), t([3, 4])];
const pair = (t: Draw): unknown[] => [t([3, 4]), t([3, 4])];
const image = (t: Draw, ...rest: unknown[]): unknown[] => [t([2, 4, 5, 6]), ...rest];
const signal = (t: Draw, ...rest: unknown[]): unknown[] => [t([2, 4, 7]), ...rest];
const normed = (t: Draw, ...rest: unknown[]): unknown[] => [t([2, 4, 5, 6]), t([4]), t([4]), ...rest];
const pictures = (t: Draw): Tensor => t([3, 1, 6, 6], "positive", "float32");
const gradients = (t: Draw): unknown[] => [
  new Map([
    [new Parameter(() => rooms.zeros([3, 4]), new Random(1)), t([3, 4])],
    [new Parameter(() => rooms.zeros([4]), new Random(1)), t([4])],
  ]),
];

/** Arguments for every function. Its backward is run on what the forward kept. */
const table: Record<string, (t: Draw) => unknown[]> = {
  // arithmetic
  ...Object.fromEntries(
    "abs ceil cos exp floor negate round sign sin tanh sum mean max min norm variance standardDeviation argsort flip toNested showTensor copy flat rows quantilesOf"
      .split(" ")
      .map((name) => [name, unary]),
  ),
  ...Object.fromEntries(
    "add subtract multiply divide maximum minimum equal notEqual greater greaterEqual less lessEqual"
      .split(" ")
      .map((name) => [name, binary]),
  ),
  log: positive,
  sqrt: positive,
  power: (t) => [t([2, 3], "positive"), t([3])],
  clip: (t) => [t([3, 4]), t([4]), 1],
  where: (t) => [t([3, 4], "whole"), t([3, 4]), t([4])],
  argmax: (t) => [t([3, 4]), 1],
  argmin: (t) => [t([3, 4]), 0],
  at: (t) => [t([3, 4]), 1, 2],
  broadcastTo: (t) => [t([3, 1]), [2, 3, 4]],
  cast: (t) => [t([3, 4]), "float32"],
  column: (t) => [t([3, 4]), 1],
  row: (t) => [t([3, 4]), 1],
  concat: (t) => [[t([3, 4]), t([2, 4])], 0],
  stack: (t) => [[t([3, 4]), t([3, 4])], 1],
  split: (t) => [t([4, 6]), 2, 1],
  diag: (t) => [t([4])],
  dot: (t) => [t([5]), t([5])],
  outer: (t) => [t([3]), t([4])],
  matmul: (t) => [t([3, 4]), t([4, 2])],
  einsum: (t) => ["ij,jk->ik", t([3, 4]), t([4, 2])],
  dtypeOf: unary,
  expectFinite: (t) => ["f", "x", t([3])],
  oneHot: (t) => [t([4], "whole"), 3],
  pad: (t) => [t([3, 4]), 1, 9],
  reshape: (t) => [t([3, 4]), [2, 6]],
  roll: (t) => [t([3, 4]), 1, 0],
  slice: (t) => [t([3, 4]), [0, 2], [1, 3]],
  tile: (t) => [t([2, 3]), [2, 1]],
  transpose: (t) => [t([2, 3, 4]), [2, 0, 1]],

  // layers
  ...Object.fromEntries(
    "relu leakyRelu elu gelu sigmoid tanh softplus softsign hardSigmoid hardSwish errorFunction exponential sine cosine absolute signum unitStep softmax logSoftmax globalAveragePool localResponseNorm localContrastNorm unitNorm"
      .split(" ")
      .map((name) => [`${name}Forward`, image]),
  ),
  ...Object.fromEntries(
    "subtract multiply maximum minimum divide"
      .split(" ")
      .map((name) => [`${name}Forward`, (t: Draw) => [t([2, 3, 4], "positive"), t([2, 3, 4], "positive")]]),
  ),
  logarithmForward: positive,
  powerForward: (t) => [t([3, 4], "positive"), { exponent: 1.5 }],
  clipForward: (t) => [t([3, 4]), { min: -0.5, max: 0.7 }],
  preluForward: (t) => image(t, t([4])),
  maxoutForward: (t) => image(t, 2),
  addForward: (t) => [[t([2, 3, 4]), t([2, 3, 4])]],
  concatForward: (t) => [[t([2, 3]), t([2, 4])]],
  attentionForward: (t) => image(t, t([2, 1, 5, 6])),
  dropoutForward: (t) => [t([3, 4]), t([3, 4], "whole")],
  linearForward: (t) => [t([3, 5]), t([4, 5]), t([4])],
  matrixProductForward: (t) => [t([2, 3, 4]), t([2, 4, 5])],
  dotProductAttentionForward: (t) => [t([2, 3, 4]), t([2, 5, 4]), t([2, 5, 2])],
  positionalEncodingForward: (t) => [t([2, 4, 3, 2])],
  embeddingForward: (t) => [t([2, 3], "whole"), t([3, 4])],
  conv1dForward: (t) => signal(t, t([3, 2, 3]), undefined, { pad: 1, groups: 1 }).with(1, t([3, 4, 3])),
  conv2dForward: (t) => image(t, t([4, 2, 3, 3]), t([4]), { pad: 1, groups: 2 }),
  convTranspose1dForward: (t) => signal(t, t([4, 3, 3]), t([3]), { stride: 2 }),
  convTranspose2dForward: (t) => image(t, t([4, 3, 3, 2]), t([3]), { stride: 2 }),
  localConv1dForward: (t) => [t([2, 2, 7]), t([3, 5, 2, 3]), t([3, 5])],
  localConv2dForward: (t) => [t([2, 2, 5, 6]), t([3, 3, 5, 2, 3, 2]), t([3, 3, 5])],
  maxPool1dForward: (t) => signal(t, { size: 3, stride: 2 }),
  maxPool2dForward: (t) => image(t, { size: 2, stride: 1 }),
  averagePool1dForward: (t) => signal(t, { size: 3, stride: 2 }),
  averagePool2dForward: (t) => image(t, { size: 2, stride: 1 }),
  sumPool1dForward: (t) => signal(t, { size: 3, stride: 2 }),
  sumPool2dForward: (t) => image(t, { size: 2, stride: 1 }),
  lpPool1dForward: (t) => signal(t, { size: 3, stride: 2, power: 3 }),
  lpPool2dForward: (t) => image(t, { size: 2, stride: 1, power: 2 }),
  decimate1dForward: (t) => signal(t, 2),
  decimate2dForward: (t) => image(t, 2),
  pad1dForward: (t) => signal(t, [1, 2]),
  pad2dForward: (t) =>
    image(
      t,
      [
        [1, 0],
        [2, 1],
      ],
      "reflect",
    ),
  batchNormForward: (t) => normed(t),
  groupNormForward: (t) => normed(t, { groups: 2 }),
  layerNormForward: (t) => [t([2, 3, 4]), t([3, 4]), t([3, 4])],
  reduceForward: (t) => [t([2, 3, 4]), { kind: "mean", axes: [1] }],
  expandForward: (t) => [t([2, 1, 4]), [2, 3, 4]],
  gatherForward: (t) => [t([2, 3, 4]), { axis: 1, places: [2, 0] }],
  paddedShortcutForward: (t) => image(t, { out: 5, stride: 2 }),
  sliceForward: (t) => [t([2, 3, 4]), { axis: 2, begin: 1, step: 2 }],
  transposeForward: (t) => [t([2, 3, 4]), [0, 2, 1]],
  resizeForward: (t) => image(t, { scale: 2, mode: "linear" }),
  pixelShuffleForward: (t) => image(t, { factor: 2 }),
  pixelUnshuffleForward: (t) => [t([2, 1, 4, 6]), { factor: 2 }],

  // losses
  softmaxCrossEntropyForward: (t) => [t([3, 4]), [0, 3, 1]],
  negativeLogLikelihoodForward: (t) => [t([3, 4]), [0, 3, 1]],
  hingeForward: (t) => [t([3, 4]), [0, 3, 1]],
  euclideanForward: pair,
  l1Forward: pair,
  huberForward: pair,
  binaryCrossEntropyForward: (t) => [t([3, 1]), t([3, 1], "whole").size > 0 ? [0, 1, 1] : []],
  l1Penalty: (t) => [t([3, 4]), 0.1],
  l2Penalty: (t) => [t([3, 4]), 0.1],
  clipByNorm: (t) => [...gradients(t), 0.5],
  clipByValue: (t) => [...gradients(t), 0.5],

  // networks
  trainStep: (t) => [
    net(),
    pictures2(t),
    [0, 1, 2],
    { optimizer: new SGD({ lr: 0.1 }), loss: new SoftmaxCrossEntropy(), random: new Random(1) },
  ],
  gradCheckNet: (t) => [doubleNet(), t([3, 4]), [0, 1, 2]],
  saliency: (t) => [net(), t([2, 6, 6], "positive", "float32"), 1],
  occlusionMap: (t) => [net(), t([2, 6, 6], "positive", "float32"), 1],
  fool: (t) => [net(), t([3, 2, 6, 6], "share", "float32"), { target: 1, steps: 3 }],
  dream: (t) => [
    net(),
    t([2, 6, 6], "positive", "float32"),
    { layer: "relu", steps: 2, octaves: 1, jitter: 0 },
  ],
  optimizeInput: (t) => [net(), 1, { layer: "relu", steps: 2, start: t([2, 6, 6], "positive", "float32") }],
  totalVariation: (t) => image(t),
  unitCorrelations: (t) => [t([3, 5])],
  loadState: (t) => [doubleNet(), { "fc.w": t([3, 4]), "fc.b": t([3]) }],
  stateOf: (t) => {
    const one = doubleNet();
    one.parameters["fc.w"].value = t([3, 4]);
    return [one];
  },

  // checks
  diagnose: (t) => [{ derived: t([3, 4]), measured: t([3, 4]) }, 1e-3],
  tensorTrial: (t) => ["y", t([3, 4]), t([3, 4])],
  untouchedTrial: (t) => [{ x: t([3, 4]) }, () => ({ passed: true })],
  gradCheck: (t) => [square(), { x: t([3, 4]) }, { dy: t([3, 4]) }],
  assertGradients: (t) => [square(), { x: t([3, 4]) }, { dy: t([3, 4]) }],
  gradientTrial: (t) => [
    "x",
    {
      forward: ({ x }: { x: Tensor }) => rooms.multiply(x, x),
      inputs: { x: t([3, 4]) },
      mine: (dy: Tensor, { x }: { x: Tensor }) => rooms.multiply(2, rooms.multiply(dy, x)),
      example: { x: t([3, 4]) },
    },
  ],
  adjointCheck: (t) => [(v: Tensor) => v, (v: Tensor) => v, t([3, 4])],

  // data and files
  centreCrop: (t) => [pictures(t), 4],
  randomCrop: (t) => [pictures(t), new Random(1), 4],
  randomFlip: (t) => [pictures(t), new Random(1), 0.5],
  randomJitter: (t) => [pictures(t), new Random(1), { brightness: 0.1, contrast: 0.1, noise: 0.1 }],
  randomShift: (t) => [pictures(t), new Random(1), 1],
  writeNpy: unary,
  writeNpz: (t) => [{ x: t([3, 4]) }, { compress: false }],
  writePng: (t) => [t([3, 6, 5], "positive", "float32")],
  writeSafetensors: (t) => [{ x: t([3, 4]) }],

  // signals
  spectrum: (t) => [t([5, 5])],
  strongestWave: (t) => [t([7, 7])],
  fitGabor: (t) => [t([7, 7])],
  fitGabors: (t) => [t([2, 1, 7, 7])],

  // displays
  activationMatrix: (t) => [{ a: t([3, 5]) }],
  correlationMatrix: (t) => [{ a: t([3, 3]) }],
  calibration: (t) => [t([4, 3], "share"), [0, 1, 2, 1]],
  calibrationBins: (t) => [t([4, 3], "share"), [0, 1, 2, 1], 5],
  decisionRegions: (t) => [
    t([4, 2]),
    [0, 1, 0, 1],
    { a: (points: Tensor) => Array.from({ length: points.shape[0] }, (_, i) => i % 2) },
  ],
  featureMaps: (t) => [net(), t([2, 6, 6], "positive", "float32")],
  filters: (t) => [t([4, 3, 5, 5])],
  gainMatrix: (t) => [t([3, 3]), [6, 6]],
  gainMatrixView: (t) => [t([3, 3]), [6, 6]],
  gradientMap: (t) => [{ derived: t([2, 3, 4]), measured: t([2, 3, 4]) }],
  heatOverlay: (t) => [t([6, 6], "positive"), { a: t([6, 6]) }],
  contourPlot: (t) => [
    (x: number, y: number) => x * x + y * y,
    { xRange: [-1, 1], yRange: [-1, 1], paths: { a: t([4, 2]) } },
  ],
  matrices: (t) => [{ a: t([3, 4]) }],
  heatmap: (t) => [t([3, 4])],
  histogram: (t) => [t([40])],
  histograms: (t) => [{ a: t([40]) }],
  imageGrid: (t) => [pictures(t)],
  landscapeView: (t) => [{ positions: [-1, 0, 1], losses: t([3, 3]) }],
  linePlot: (t) => [{ a: t([5]) }],
  livePanel: (t) => [
    {
      history: someHistory(1, 9),
      status: "finished",
      filters: t([4, 1, 3, 3]),
      epoch: 1,
      epochs: 1,
      step: 9,
      steps: 9,
      elapsed: 1,
    },
  ],
  meanBand: (t) => [[t([5]), t([5])], t([5])],
  mistakes: (t) => [{ images: pictures(t), labels: [0, 1, 0] }, t([3, 2], "positive"), { wrongOnly: false }],
  outlined: (t) => [t([6, 6]), { a: { top: 0, left: 0, height: 2, width: 2 } }],
  patchGrid: (t) => [
    {
      layer: "a",
      unit: 0,
      patches: t([3, 1, 4, 4]),
      places: [],
      classes: ["one"],
      activations: [1, 1, 1],
      labels: [0, 0, 0],
    },
  ],
  scatterPlot: (t) => [{ a: t([5]) }],
  slidingWindow: (t) => [t([5, 5]), t([2, 2]), { at: [1, 1] }],
  spectra: (t) => [t([2, 1, 7, 7])],
  spectrogram: (t) => [t([6, 8])],
  tensorView: unary,
  activationMaps: (t) => [[{ name: "conv", kind: "Conv2d", activation: t([1, 4, 5, 6]) }]],
  gradientFlow: (t) => [[{ name: "conv.w", gradient: t([4, 3, 3]) }]],
  gaborFigure: (t) => [
    [{ ...rooms.fitGabor(someFilter), filter: t([1, 7, 7]), fit: t([1, 7, 7]), residual: t([1, 7, 7]) }],
  ],
};

const someFilter = new Random(2).normal([1, 7, 7], 0, 1, "float64");

/** The square of each number, as the gradient check takes it. */
function square() {
  return {
    forward: ({ x }: { x: Tensor }) => ({ y: rooms.multiply(x, x), cache: x }),
    backward: (dy: Tensor, x: Tensor) => ({ dx: rooms.multiply(2, rooms.multiply(dy, x)) }),
  };
}

/** Images for `net`. */
function pictures2(t: Draw): Tensor {
  return t([3, 2, 6, 6], "positive", "float32");
}

/** Functions that write into their arguments, and which. */
const writers: Record<string, (t: Draw) => unknown[]> = {
  setAt: (t) => [t([3, 4]), [1, 2], 5],
  sgdStep: (t) => [t([3, 4]), t([3, 4]), t([3, 4]), { lr: 0.1, momentum: 0.9 }],
  adagradStep: (t) => [t([3, 4]), t([3, 4]), t([3, 4], "positive"), { lr: 0.1 }],
  adadeltaStep: (t) => [
    t([3, 4]),
    t([3, 4]),
    { square: t([3, 4], "positive"), change: t([3, 4], "positive") },
    {},
  ],
  rmsPropStep: (t) => [
    t([3, 4]),
    t([3, 4]),
    { square: t([3, 4], "positive"), velocity: t([3, 4]) },
    { lr: 0.1, momentum: 0.9 },
  ],
  adamStep: (t) => [t([3, 4]), t([3, 4]), { mean: t([3, 4]), square: t([3, 4], "positive") }, 2, {}],
};

/** Functions whose argument of this kind is no tensor to be laid out, with the reason. */
const others: Record<string, string> = {
  importOnnx: "its constants become parts of a network: test/lib/exchange/onnx.test.ts",
  saveCheckpoint: "saves networks and optimisers, whose tensors are their own: class-views.test.ts",
  loadCheckpoint: "loads into networks and optimisers, from a file",
  squeezeNetState: "names alone are changed",
  tinyVggState: "names alone are changed",
};

const tensorsIn = (values: readonly unknown[]): Tensor[] =>
  values.flatMap((value) =>
    isTensor(value)
      ? [value]
      : typeof value === "object" && value !== null
        ? Object.values(value as object).filter(isTensor)
        : [],
  );

describe.each(layouts)("%s views", (layout) => {
  it.each(Object.keys(table))("%s", async (name) => {
    const views: Tensor[] = [];
    const args = table[name](drawer(layout, views));
    const copies = table[name](drawer(layout));
    const buffers = remember(views);
    const run = library[name] as (...parts: unknown[]) => unknown;
    const [got, right] = [await run(...args), await run(...copies)];
    expect(await plain(got)).toEqual(await plain(right));
    expectUntouched(buffers);
    // What an argument that holds tensors became, such as a map of gradients or a network.
    expect(await plain(args.filter((one) => one instanceof Map))).toEqual(
      await plain(copies.filter((one) => one instanceof Map)),
    );
    const backward = library[name.replace(/Forward$/, "Backward")] as (...parts: unknown[]) => unknown;
    if (!name.endsWith("Forward") || backward === undefined) return;
    const [mine, theirs] = [got, right] as { y?: Tensor; cache: unknown }[];
    if (mine.y === undefined)
      return expect(await plain(backward(mine.cache))).toEqual(await plain(backward(theirs.cache)));
    const dy = drawer(layout, views)(mine.y.shape);
    const all = remember(views);
    expect(await plain(backward(dy, mine.cache))).toEqual(await plain(backward(copy(dy), theirs.cache)));
    expectUntouched(all);
  });

  it.each(Object.keys(writers))("%s writes into the view alone", async (name) => {
    const views: Tensor[] = [];
    const args = writers[name](drawer(layout, views));
    const run = library[name] as (...parts: unknown[]) => unknown;
    const buffers = remember(views);
    if (layout === "repeated" && name !== "setAt") {
      expect(() => run(...args)).toThrow(`${name}: value is a view whose numbers share places in memory`);
      return expectUntouched(buffers);
    }
    if (layout === "repeated") return;
    const copies = writers[name](drawer(layout));
    run(...args);
    run(...copies);
    expect(await plain(args)).toEqual(await plain(copies));
    expectOutsideUntouched(buffers);
  });

  it.each(rooms.compute.engines.map((engine) => [engine.name, engine] as const))(
    "an optimiser's step on the engine %s writes into the view alone",
    (_, engine) => {
      if (layout === "repeated") return;
      for (const name of Object.keys(writers).filter((one) => one.endsWith("Step"))) {
        const views: Tensor[] = [];
        const big =
          (t: Draw): Draw =>
          (__, kind) =>
            t([20, 20], kind, "float32");
        const args = writers[name](big(drawer(layout, views)));
        const copies = writers[name](big(drawer(layout)));
        const buffers = remember(views);
        const run = engine.of(library[name] as never) as (...parts: unknown[]) => void;
        run(...args);
        run(...copies);
        views.forEach((view, i) => expect(flat(view)).toEqual(flat(tensorsIn(copies)[i])));
        expectOutsideUntouched(buffers);
      }
    },
  );

  it("a data set, and what is done with one", async () => {
    const views: Tensor[] = [];
    const images = pictures2(drawer(layout, views));
    const buffers = remember(views);
    const results = [images, copy(images)].map((x) => {
      const data = new rooms.Dataset(x, [0, 1, 2], ["a", "b", "c"]);
      const one = new Sequential(
        {
          conv: new Conv2d({ in: 2, out: 3, size: 3, pad: 1 }),
          bn: new rooms.BatchNorm({ size: 3 }),
          flatten: new Flatten(),
          fc: new Linear({ in: 108, out: 3 }),
        },
        { input: [2, 6, 6] },
      );
      rooms.storeGlobalStatistics(one, data);
      return [
        one.buffers["bn.mean"],
        data.subset([2, 0]).images,
        rooms.evaluate(one, data).accuracy,
        rooms.unitActivations(one, "conv", data),
        rooms.topPatches(one, "conv", data, 1, { count: 2 }).patches,
        rooms.lossLandscape(one, data, { points: 3 }).losses,
        rooms.findLearningRate(one, data, { optimizer: new SGD({ lr: 0.1 }), batchSize: 2, steps: 12 })
          .losses,
      ];
    });
    expect(await plain(results[0])).toEqual(await plain(results[1]));
    expectUntouched(buffers);
  });

  it("a variable on arrays, and a parameter", async () => {
    const views: Tensor[] = [];
    const x = drawer(layout, views)([3, 4], "positive");
    const buffers = remember(views);
    const results = [x, copy(x)].map((value) => {
      const variable = new rooms.TensorVariable(value);
      variable.multiply(variable).log().sum().backward();
      const parameter = new Parameter(() => rooms.zeros([3, 4], "float64"), new Random(1));
      parameter.value = value;
      return [variable.gradient, parameter.value];
    });
    expect(await plain(results[0])).toEqual(await plain(results[1]));
    expectUntouched(buffers);
  });

  it("a network, its loss and an optimiser", () => {
    const views: Tensor[] = [];
    const t = drawer(layout, views);
    const x = pictures2(t);
    const results = [x, copy(x)].map((images) => {
      const [one, pass] = [net(), new Pass({ training: true })];
      const loss = new SoftmaxCrossEntropy();
      const value = loss.forward(one.forward(images, pass), [0, 1, 2], pass);
      const dx = one.backward(loss.backward(pass), pass);
      const given = new Map(
        [...pass.gradients].map(([parameter, g]) => [
          parameter,
          layout === "repeated" ? g : laidOut(g, layout),
        ]),
      );
      new SGD({ lr: 0.1, momentum: 0.9 }).step(given, pass.engine);
      return [value, ...flat(dx), ...flat(one.parameters["conv.w"].value)];
    });
    expect(results[0]).toEqual(results[1]);
  });
});

it("every public function that takes a tensor is tried", { timeout: 180_000 }, () => {
  const tried = new Set([...Object.keys(table), ...Object.keys(writers), ...Object.keys(others)]);
  for (const name of [...tried]) tried.add(name.replace(/Forward$/, "Backward"));
  const takers = takersOfTensors();
  expect(takers.functions.length).toBeGreaterThan(200);
  expect(takers.functions.filter((name) => !tried.has(name))).toEqual([]);
  // What is in a table is there to be tried, and what is left out is a function of a door.
  expect(Object.keys(others).filter((name) => !takers.functions.includes(name))).toEqual([]);
});
