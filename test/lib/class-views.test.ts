/**
 * Layers, losses, optimisers and whatever else is a class takes tensors that are views, and gives what it gives for dense
 * copies; nothing is written into the views or beside them. A class that is new is in a table here, or among the exceptions.
 */
import { describe, expect, it } from "vitest";
import * as rooms from "../../lib/rooms.js";
import { copy, type Shape, type Tensor } from "../../lib/array/tensor.js";
import { takersOfTensors } from "../support/doors.js";
import { drawer, expectUntouched, layouts, plain, remember, type Draw } from "../support/views.js";

const { Parameter, Pass, Random, ReLU, Sequential, Sigmoid } = rooms;

/** A layer or a join, and the shapes of its inputs. */
interface Forwarding {
  forward(x: never, pass: InstanceType<typeof Pass>): Tensor;
  backward(dy: Tensor, pass: InstanceType<typeof Pass>): Tensor | readonly Tensor[];
}

const image: Shape = [2, 4, 6, 6];
const signal: Shape = [2, 4, 9];
const weights = { in: 4, out: 8, size: 3 };

/** Layers, and the shape of their input. */
const layers: Record<string, [() => rooms.Layer, Shape]> = {
  ...Object.fromEntries(
    (
      [
        ["ELU", rooms.ELU],
        ["GELU", rooms.GELU],
        ["LeakyReLU", rooms.LeakyReLU],
        ["ReLU", rooms.ReLU],
        ["Sigmoid", rooms.Sigmoid],
        ["Softmax", rooms.Softmax],
        ["LogSoftmax", rooms.LogSoftmax],
        ["Softplus", rooms.Softplus],
        ["Softsign", rooms.Softsign],
        ["Tanh", rooms.Tanh],
        ["ScaledTanh", rooms.ScaledTanh],
        ["Signum", rooms.Signum],
        ["UnitStep", rooms.UnitStep],
        ["HardSigmoid", rooms.HardSigmoid],
        ["HardSwish", rooms.HardSwish],
        ["ErrorFunction", rooms.ErrorFunction],
        ["Exponential", rooms.Exponential],
        ["Cosine", rooms.Cosine],
        ["Sine", rooms.Sine],
        ["Logarithm", rooms.Logarithm],
        ["Absolute", rooms.Absolute],
        ["UnitNorm", rooms.UnitNorm],
        ["LocalContrastNorm", rooms.LocalContrastNorm],
        ["LocalResponseNorm", rooms.LocalResponseNorm],
        ["GlobalAveragePool", rooms.GlobalAveragePool],
        ["Flatten", rooms.Flatten],
      ] as const
    ).map(([name, Class]) => [name, [() => new Class(), image]]),
  ),
  Clip: [() => new rooms.Clip({ min: 0.2, max: 0.8 }), image],
  Power: [() => new rooms.Power({ exponent: 1.5 }), image],
  PReLU: [() => new rooms.PReLU({ size: 4 }), image],
  Maxout: [() => new rooms.Maxout({ group: 2 }), image],
  Dropout: [() => new rooms.Dropout({ rate: 0.4 }), image],
  SpatialDropout: [() => new rooms.SpatialDropout({ rate: 0.4 }), image],
  Linear: [() => new rooms.Linear({ in: 6, out: 5 }), [3, 6]],
  Conv1d: [() => new rooms.Conv1d({ ...weights, pad: 1 }), signal],
  Conv2d: [() => new rooms.Conv2d({ ...weights, pad: 1 }), image],
  ConvTranspose1d: [() => new rooms.ConvTranspose1d(weights), signal],
  ConvTranspose2d: [() => new rooms.ConvTranspose2d(weights), image],
  LocalConv1d: [() => new rooms.LocalConv1d({ ...weights, length: 9 }), signal],
  LocalConv2d: [() => new rooms.LocalConv2d({ ...weights, image: [6, 6] }), image],
  ...Object.fromEntries(
    (["MaxPool1d", "AveragePool1d", "SumPool1d", "LpPool1d"] as const).map((name) => [
      name,
      [() => new rooms[name]({ size: 3, stride: 2, power: 2 }), signal],
    ]),
  ),
  ...Object.fromEntries(
    (["MaxPool2d", "AveragePool2d", "SumPool2d", "LpPool2d"] as const).map((name) => [
      name,
      [() => new rooms[name]({ size: 2, power: 2 }), image],
    ]),
  ),
  Decimation1d: [() => new rooms.Decimation1d({ step: 2 }), signal],
  Decimation2d: [() => new rooms.Decimation2d({ step: 2 }), image],
  BatchNorm: [() => new rooms.BatchNorm({ size: 4 }), image],
  GroupNorm: [() => new rooms.GroupNorm({ size: 4, groups: 2 }), image],
  InstanceNorm: [() => new rooms.InstanceNorm({ size: 4 }), image],
  LayerNorm: [() => new rooms.LayerNorm({ size: 6 }), image],
  Reduce: [() => new rooms.Reduce({ kind: "mean", axes: [1] }), image],
  Expand: [() => new rooms.Expand({ shape: [3, 1, 5] }), [2, 1, 4, 1]],
  Transpose: [() => new rooms.Transpose([0, 2, 3, 1]), image],
  Slice: [() => new rooms.Slice({ axis: 3, begin: 1, step: 2 }), image],
  Gather: [() => new rooms.Gather({ axis: 2, places: [3, 0, 3] }), image],
  Embedding: [() => new rooms.Embedding({ count: 3, size: 5 }), [2, 4]],
  PixelShuffle: [() => new rooms.PixelShuffle({ factor: 2 }), image],
  PixelUnshuffle: [() => new rooms.PixelUnshuffle({ factor: 2 }), image],
  Resize: [() => new rooms.Resize({ scale: 2, mode: "linear" }), image],
  Reshape: [() => new rooms.Reshape({ shape: [4, 36] }), image],
  Pad1d: [() => new rooms.Pad1d({ pad: 2 }), signal],
  Pad2d: [() => new rooms.Pad2d({ pad: 1, mode: "reflect" }), image],
  PositionalEncoding: [() => new rooms.PositionalEncoding(), image],
  SelfAttention: [() => new rooms.SelfAttention({ in: 4, heads: 2 }), image],
  PaddedShortcut: [() => new rooms.PaddedShortcut({ out: 6, stride: 2 }), image],
  // networks
  Sequential: [() => new Sequential({ a: new ReLU(), b: new rooms.Conv2d(weights) }), image],
  Residual: [() => new rooms.Residual({ a: new rooms.Conv2d({ in: 4, out: 4, size: 3, pad: 1 }) }), image],
  Parallel: [() => new rooms.Parallel({ a: new ReLU(), b: new Sigmoid() }), image],
  Attention: [() => new rooms.Attention({ mask: new rooms.Conv2d({ in: 4, out: 1, size: 1 }) }), image],
  Graph: [
    () =>
      new rooms.Graph({
        a: { layer: new rooms.Conv2d({ in: 4, out: 4, size: 3, pad: 1 }), from: "input" },
        b: { layer: new rooms.Add(), from: ["input", "a"] },
      }),
    image,
  ],
  // models
  CCells: [() => new rooms.CCells({ size: 3, stride: 1 }), image],
  PlaceBias: [() => new rooms.PlaceBias({ shape: [4, 6, 6] }), image],
  RadialBasis: [() => new rooms.RadialBasis({ codes: new Random(2).normal([4, 5]) }), [3, 5]],
  Subsampling2d: [() => new rooms.Subsampling2d({ channels: 4 }), image],
  TableConv2d: [() => new rooms.TableConv2d({ in: 4, table: [[0, 2], [1], [2, 3]], size: 3 }), image],
};

/** What joins several inputs, and their shapes. */
const joins: Record<string, [() => Forwarding, readonly Shape[]]> = {
  ...Object.fromEntries(
    (["Add", "Sum", "Concat", "Multiply", "Divide", "Maximum", "Minimum", "Subtract"] as const).map(
      (name) => [name, [() => new rooms[name](), [image, image]]],
    ),
  ),
  Masked: [() => new rooms.Masked(), [image, [2, 1, 6, 6]]],
  DotProductAttention: [
    () => new rooms.DotProductAttention(),
    [
      [2, 4, 3],
      [2, 4, 5],
      [2, 2, 5],
    ],
  ],
  MatrixProduct: [
    () => new rooms.MatrixProduct(),
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
  ],
};

const lossesOf: Record<string, [() => rooms.Loss, (t: Draw) => [Tensor, rooms.Targets]]> = {
  SoftmaxCrossEntropy: [
    () => new rooms.SoftmaxCrossEntropy(),
    (t) => [f32(t, [3, 4]), rooms.oneHot(f32(t, [3], "whole"), 4)],
  ],
  NegativeLogLikelihood: [() => new rooms.NegativeLogLikelihood(), (t) => [f32(t, [3, 4]), [0, 3, 1]]],
  Hinge: [() => new rooms.Hinge(), (t) => [f32(t, [3, 4]), [0, 3, 1]]],
  BinaryCrossEntropy: [() => new rooms.BinaryCrossEntropy(), (t) => [f32(t, [3, 1]), [0, 1, 1]]],
  ...Object.fromEntries(
    (["Euclidean", "Huber", "L1"] as const).map((name) => [
      name,
      [() => new rooms[name](), (t: Draw) => [f32(t, [3, 4]), f32(t, [3, 4])]],
    ]),
  ),
};

const optimizers: Record<string, () => rooms.Optimizer> = {
  SGD: () => new rooms.SGD({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  Adagrad: () => new rooms.Adagrad({ lr: 0.1 }),
  Adadelta: () => new rooms.Adadelta(),
  RMSProp: () => new rooms.RMSProp({ lr: 0.1 }),
  Adam: () => new rooms.Adam({ lr: 0.1 }),
  AdamW: () => new rooms.AdamW({ lr: 0.1 }),
};

/** Others, and what they are and do with a tensor. */
const things: Record<string, (t: Draw) => unknown> = {
  Evaluation: (t) =>
    new rooms.Evaluation(new rooms.Dataset(f32(t, [3, 1, 2, 2]), [0, 1, 0], ["a", "b"]), 1, f32(t, [3, 2]))
      .predictions,
  MatrixInput: (t) => new rooms.MatrixInput(t([2, 3])).value,
  PicturePicker: (t) =>
    new rooms.PicturePicker(f32(t, [6, 6], "share"), { size: 3, row: 1, column: 2 }).value,
  DrawingCanvas: (t) => new rooms.DrawingCanvas({ value: f32(t, [28, 28], "share") }).value,
};

/** Classes that take tensors elsewhere, with the place. */
const elsewhere: Record<string, string> = {
  Dataset: "views.test.ts tries it in a training",
  TensorVariable: "views.test.ts derives through one",
  Pass: "carries what layers give it; every layer here runs in one",
  Grade: "is made of what `check` found",
  Marks: "is made of what trials found",
  GradientReport: "is made of what `gradCheck` measured, whose inputs are views in check/grad-check.test.ts",
};

const f32 = (t: Draw, shape: Shape, kind?: Parameters<Draw>[1]): Tensor => t(shape, kind, "float32");

/** Runs a training step on views and on copies, and compares all that comes out. */
async function expectSame(run: (t: Draw) => unknown, layout: (typeof layouts)[number]): Promise<void> {
  const views: Tensor[] = [];
  const given = drawer(layout, views);
  const buffers: ReturnType<typeof remember>[] = [];
  const watched: Draw = (...parts) => {
    const view = given(...parts);
    buffers.push(remember([view]));
    return view;
  };
  const [got, right] = [await plain(run(watched)), await plain(run(drawer(layout)))];
  expect(views.length).toBeGreaterThan(0);
  expect(got).toEqual(right);
  buffers.forEach(expectUntouched);
}

const gradientsOf = (owner: rooms.Layer, pass: InstanceType<typeof Pass>): unknown[] =>
  Object.values(owner.parameters).map((parameter) => pass.gradients.get(parameter));

describe.each(layouts)("%s views", (layout) => {
  it.each(Object.keys(layers))("%s, forward and backward", async (name) => {
    const [make, shape] = layers[name];
    await expectSame((t) => {
      const net = new Sequential({ layer: make() }, { seed: 4 });
      const pass = new Pass({ training: true, random: new Random(5) });
      const y = net.forward(f32(t, shape, name === "Embedding" ? "whole" : "positive"), pass);
      const dx = net.backward(f32(t, y.shape), pass);
      return [y, dx, gradientsOf(net, pass), Object.values(net.buffers)];
    }, layout);
  });

  it.each(Object.keys(joins))("%s, forward and backward", async (name) => {
    const [make, shapes] = joins[name];
    await expectSame((t) => {
      const [join, pass] = [make(), new Pass()];
      const y = join.forward(shapes.map((shape) => f32(t, shape, "positive")) as never, pass);
      return [y, join.backward(f32(t, y.shape), pass)];
    }, layout);
  });

  it.each(Object.keys(lossesOf))("%s, the loss and its gradient", async (name) => {
    const [make, draw] = lossesOf[name];
    await expectSame((t) => {
      const [loss, pass] = [make(), new Pass()];
      const value = loss.forward(...draw(t), pass);
      return [value, loss.backward(pass)];
    }, layout);
  });

  it.each(Object.keys(optimizers))("%s, three steps and what it remembers", async (name) => {
    await expectSame((t) => {
      const optimizer = optimizers[name]();
      const parameter = new Parameter(() => rooms.full([3, 4], 0.5), new Random(1));
      for (let step = 0; step < 3; step++)
        optimizer.step(new Map([[parameter, f32(t, [3, 4])]]), rooms.compute.engine);
      return copy(parameter.value);
    }, layout);
  });

  it.each(Object.keys(things))("%s", async (name) => expectSame(things[name], layout));
});

it("every public class that takes a tensor is tried", { timeout: 180_000 }, () => {
  const { classes } = takersOfTensors();
  expect(classes.length).toBeGreaterThan(90);
  const tried = [layers, joins, lossesOf, optimizers, things, elsewhere].flatMap((table) =>
    Object.keys(table),
  );
  expect(classes.filter((name) => !tried.includes(name))).toEqual([]);
  expect(tried.filter((name) => !classes.includes(name))).toEqual([]);
});
