/** ONNX out and in: what a network computes survives the file; what cannot be translated is named; damage is refused. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  Absolute,
  Clip,
  Cosine,
  Divide,
  Embedding,
  ErrorFunction,
  Expand,
  Exponential,
  Gather,
  HardSigmoid,
  HardSwish,
  Logarithm,
  MatrixProduct,
  PositionalEncoding,
  SelfAttention,
  Maximum,
  Minimum,
  PixelShuffle,
  PixelUnshuffle,
  Power,
  Reduce,
  Resize,
  Sine,
  Slice,
  Softsign,
  Subtract,
  Transpose,
  UnitNorm,
  type Merge,
  Attention,
  AveragePool1d,
  AveragePool2d,
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  Decimation1d,
  Decimation2d,
  Dropout,
  ELU,
  Flatten,
  FormatError,
  GELU,
  GlobalAveragePool,
  Graph,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LeakyReLU,
  Linear,
  LocalContrastNorm,
  LocalConv1d,
  LocalConv2d,
  Maxout,
  SpatialDropout,
  UnitStep,
  resNet,
  LocalResponseNorm,
  LogSoftmax,
  LpPool1d,
  LpPool2d,
  MaxPool1d,
  MaxPool2d,
  Multiply,
  PReLU,
  Pad1d,
  PaddedShortcut,
  Pad2d,
  Parallel,
  Pass,
  Random,
  ReLU,
  Reshape,
  Residual,
  ScaledTanh,
  Sequential,
  ShapeError,
  Sigmoid,
  Softmax,
  Softplus,
  Signum,
  SumPool1d,
  SumPool2d,
  Tanh,
  UnsupportedOperatorError,
  ValueError,
  cast,
  exportOnnx,
  flat,
  gradCheck,
  gradCheckNet,
  importOnnx,
  readOnnx,
  tensor,
  zeros,
  toNested,
  writeOnnx,
  type Layer,
  type OnnxModel,
  type OnnxNode,
  type Shape,
  type Tensor,
  walk,
} from "../../../lib/index.js";
import * as catalogue from "../../../lib/layers/index.js";
import { deviation } from "../../support/engines.js";
import { withData } from "../../support/shared.js";
import { encodeMessage } from "../../../lib/formats/onnx/schema.js";
import { mutate } from "../formats/mutations.js";

const image: Shape = [4, 7, 6];
const signal: Shape = [4, 9];
const conv = (out: number): Conv2d => new Conv2d({ in: 4, out, size: 3, pad: 1 });

const layers: [string, () => Layer, Shape, number][] = [
  ["Conv2d", () => new Conv2d({ in: 4, out: 6, size: [3, 2], stride: [2, 1], pad: { top: 1, right: 2 }, dilation: [1, 2], groups: 2, round: "floor" }), image, 13],
  ["Conv2d, flipped", () => new Conv2d({ in: 4, out: 2, size: [3, 2], flip: true }), image, 13],
  ["Conv2d, same", () => new Conv2d({ in: 4, out: 2, size: 4, stride: 2, pad: "same", bias: false }), image, 13],
  ["Conv1d", () => new Conv1d({ in: 4, out: 6, size: 3, stride: 2, pad: [2, 1], groups: 2, round: "floor" }), signal, 13],
  ["ConvTranspose2d", () => new ConvTranspose2d({ in: 4, out: 6, size: [3, 2], stride: 2, pad: { top: 1 }, groups: 2, extra: 1 }), image, 13],
  ["ConvTranspose1d", () => new ConvTranspose1d({ in: 4, out: 3, size: 3, stride: 3, pad: [1, 0], extra: 2 }), signal, 13],
  ["Linear", () => new Linear({ in: 168, out: 5 }), image, 13],
  ["Linear without bias", () => new Linear({ in: 6, out: 5, bias: false }), [6], 13],
  ["MaxPool2d", () => new MaxPool2d({ size: [3, 2], stride: 2, pad: 1, round: "ceil" }), image, 13],
  ["MaxPool2d, dilated", () => new MaxPool2d({ size: 2, stride: 1, dilation: 2 }), image, 13],
  ["MaxPool1d", () => new MaxPool1d({ size: 3, stride: 2, pad: [1, 0], round: "floor" }), signal, 13],
  ["AveragePool2d", () => new AveragePool2d({ size: 3, stride: 2, pad: 1, round: "ceil" }), image, 13],
  ["AveragePool2d, padding counted", () => new AveragePool2d({ size: 3, stride: 2, pad: 1, round: "floor", countPadding: true }), image, 13],
  ["AveragePool2d, dilated", () => new AveragePool2d({ size: 2, stride: 1, dilation: 2 }), image, 19],
  ["AveragePool1d", () => new AveragePool1d({ size: 3 }), signal, 13],
  ["LpPool2d", () => new LpPool2d({ size: 2, stride: 1, power: 3 }), image, 13],
  ["LpPool1d", () => new LpPool1d({ size: 2, stride: 1, dilation: 2 }), signal, 18],
  ["SumPool2d", () => new SumPool2d({ size: 3, stride: 2, pad: 1, round: "ceil" }), image, 13],
  ["SumPool1d", () => new SumPool1d({ size: 2, stride: 2, round: "floor" }), signal, 13],
  ["Decimation2d", () => new Decimation2d({ step: [2, 3] }), image, 13],
  ["Decimation1d", () => new Decimation1d({ step: 4 }), signal, 13],
  ["Signum", () => new Signum(), image, 13],
  ["GlobalAveragePool", () => new GlobalAveragePool(), image, 13],
  ["BatchNorm", () => new BatchNorm({ size: 4, epsilon: 0.1, momentum: 0.3 }), image, 14],
  ["GroupNorm", () => new GroupNorm({ size: 4, groups: 2 }), image, 21],
  ["InstanceNorm", () => new InstanceNorm({ size: 4 }), image, 13],
  ["LayerNorm", () => new LayerNorm({ size: [7, 6], epsilon: 0.01 }), image, 17],
  ["LocalResponseNorm", () => new LocalResponseNorm({ size: 3, alpha: 0.5, beta: 0.6, k: 2 }), image, 13],
  ["ReLU", () => new ReLU(), image, 13],
  ["LeakyReLU", () => new LeakyReLU({ slope: 0.3 }), image, 13],
  ["PReLU", () => new PReLU({ size: 4 }), image, 13],
  ["PReLU, shared", () => new PReLU(), image, 13],
  ["ELU", () => new ELU({ alpha: 0.7 }), image, 13],
  ["GELU", () => new GELU({ form: "tanh" }), image, 20],
  ["Sigmoid", () => new Sigmoid(), image, 13],
  ["Tanh", () => new Tanh(), image, 13],
  ["ScaledTanh", () => new ScaledTanh(), image, 13],
  ["Softplus", () => new Softplus({ sharpness: 3 }), image, 13],
  ["Softmax", () => new Softmax(), image, 13],
  ["LogSoftmax", () => new LogSoftmax({ axis: -1 }), image, 13],
  ["Dropout", () => new Dropout({ rate: 0.3 }), image, 13],
  ["Flatten", () => new Flatten(), image, 13],
  ["Reshape", () => new Reshape({ shape: [7, 4, 6] }), image, 13],
  ["Pad2d", () => new Pad2d({ pad: { top: 1, left: 2, right: 3 }, mode: "reflect" }), image, 13],
  ["Pad1d", () => new Pad1d({ pad: [2, 1], mode: "edge" }), signal, 13],
  ["Residual", () => new Residual({ conv1: conv(4), relu: new ReLU(), conv2: conv(4) }), image, 13],
  ["Parallel", () => new Parallel({ a: new Sequential({ conv: conv(2), relu: new ReLU() }), b: conv(3) }), image, 13],
  ["Attention", () => new Attention({ mask: new Sequential({ conv: conv(1), squash: new Sigmoid() }) }), image, 13],
  ["SelfAttention", () => new SelfAttention({ in: 4, out: 3, width: 6, heads: 2 }), image, 13],
  ["SelfAttention, on signals", () => new Residual({ attend: new SelfAttention({ in: 4, axes: 1 }) }), signal, 13],
  ["PositionalEncoding", () => new PositionalEncoding({ base: 20 }), image, 13],
  ["Clip", () => new Clip({ min: -0.5, max: 0.7 }), image, 13],
  ["Clip from above", () => new Clip({ max: 0.7 }), image, 13],
  ["HardSigmoid", () => new HardSigmoid({ slope: 0.3 }), image, 13],
  ["HardSwish", () => new HardSwish(), image, 14],
  ["Softsign", () => new Softsign(), image, 13],
  ["ErrorFunction", () => new ErrorFunction(), image, 13],
  ["Absolute, powers and Logarithm", () => new Sequential({ size: new Absolute(), root: new Power({ exponent: 0.5 }), one: new Power({ exponent: -1 }), third: new Power({ exponent: 3 }), log: new Logarithm() }), image, 13],
  ["Exponential", () => new Exponential(), image, 13],
  ["Sine and Cosine", () => new Sequential({ sine: new Sine(), cosine: new Cosine() }), image, 13],
  ["Reduce, mean", () => new Reduce({ kind: "mean", axes: [1, 3], keep: true }), image, 13],
  ["Reduce, sum", () => new Reduce({ kind: "sum", axes: -1 }), image, 13],
  ["Reduce, max", () => new Reduce({ kind: "max", axes: [2, 3] }), image, 13],
  ["Reduce, min", () => new Reduce({ kind: "min", axes: 1 }), image, 13],
  ["Reduce, l1", () => new Reduce({ kind: "l1", axes: 1 }), image, 13],
  ["Reduce, l2, in a later operator set", () => new Sequential({ length: new Reduce({ kind: "l2", axes: 1 }), gelu: new GELU() }), image, 20],
  ["UnitNorm", () => new UnitNorm({ axis: 2, power: 1 }), image, 13],
  ["Resize, nearest", () => new Resize({ scale: [2, 1.5] }), image, 13],
  ["Resize, linear, to a size", () => new Resize({ size: [3, 11], mode: "linear" }), image, 13],
  ["Resize, by corners", () => new Resize({ size: 5, mode: "linear", align: "corners" }), image, 13],
  ["Resize, symmetric", () => new Resize({ scale: 0.7, mode: "linear", align: "half-pixel-symmetric" }), image, 19],
  ["Resize, rounded up", () => new Resize({ scale: 2, align: "half-pixel", round: "prefer-ceil" }), signal, 13],
  ["PixelShuffle", () => new PixelShuffle({ factor: 2 }), image, 13],
  ["PixelShuffle, by place", () => new PixelShuffle({ factor: 2, order: "place" }), image, 13],
  ["PixelUnshuffle", () => new PixelUnshuffle({ factor: 3 }), [2, 9, 6], 13],
  ["PixelUnshuffle, by place", () => new PixelUnshuffle({ factor: 3, order: "place" }), [2, 9, 6], 13],
  ["PaddedShortcut", () => new PaddedShortcut({ out: 7 }), image, 13],
  ["PaddedShortcut, no new channels", () => new PaddedShortcut({ out: 4, stride: 3 }), image, 13],
  ["PaddedShortcut, no step", () => new PaddedShortcut({ out: 6, stride: 1 }), image, 13],
  ["Slice", () => new Slice({ axis: 3, begin: 1, end: -1, step: 2 }), image, 13],
  ["Slice backwards", () => new Slice({ axis: 1, step: -1 }), image, 13],
  ["Gather", () => new Gather({ axis: -1, places: [4, 0, 4] }), image, 13],
  ["Expand", () => new Sequential({ mean: new Reduce({ kind: "mean", axes: 1, keep: true }), again: new Expand({ shape: [3, 1, 1] }) }), image, 13],
  ["Transpose", () => new Transpose([0, 3, 1, 2]), image, 13],
  ["Subtract", () => both(new Subtract()), image, 13],
  ["Divide", () => both(new Divide()), image, 13],
  ["Maximum", () => both(new Maximum()), image, 13],
  ["Minimum", () => both(new Minimum()), image, 13],
  ["MatrixProduct", () => new Graph({ a: { layer: new ReLU(), from: "input" }, b: { layer: new Transpose([0, 1, 3, 2]), from: "input" }, c: { layer: new MatrixProduct(), from: ["a", "b"] } }), image, 13],
  ["Multiply", () => new Graph({ a: { layer: new ReLU(), from: "input" }, b: { layer: new Tanh(), from: "input" }, c: { layer: new Multiply(), from: ["a", "b"] } }), image, 13],
]; // prettier-ignore

/** Two values of one input that meet. */
function both(merge: Merge): Graph {
  return new Graph({
    a: { layer: new Tanh(), from: "input" },
    b: { layer: new Sigmoid(), from: "input" },
    c: { layer: merge, from: ["a", "b"] },
  });
}

/** A network of the one layer, with weights and statistics that are not those it begins with. */
function around(layer: Layer, input: Shape): Sequential {
  const net = new Sequential({ layer }, { input });
  const random = new Random(4);
  for (const parameter of Object.values(net.parameters))
    parameter.value = random.normal(parameter.value.shape);
  for (const buffer of Object.values(net.buffers))
    buffer.data.set(flat(random.uniform(buffer.shape, 0.5, 2)));
  return net;
}

describe("export and import", () => {
  test.each(layers)("%s", (_, make, input, opset) => {
    const net = around(make(), input);
    const x = new Random(5).normal([3, ...input]);
    const bytes = exportOnnx(net);
    expect(readOnnx(bytes).opsets).toEqual({ "": opset });
    expect(exportOnnx(net)).toEqual(bytes);
    const back = importOnnx(bytes);
    expect(deviation(back.forward(x), net.forward(x))).toBeLessThan(1e-6);
    expect(back.input).toEqual(input);
  });

  test("every layer of the catalogue goes there and back, or is refused by its name", () => {
    const tried = new Set([...layers.flatMap(([, make, input]) => [...walk(around(make(), input))]).map(({ layer }) => layer.constructor), Embedding, ScaledTanh, SpatialDropout]); // prettier-ignore
    const isLayer = (value: unknown): value is new (...parts: unknown[]) => Layer =>
      typeof value === "function" && value.prototype instanceof catalogue.Layer;
    const others = Object.entries(catalogue).filter(([, one]) => isLayer(one) && !tried.has(one));
    const bases = ["FunctionLayer", "ImagePooling", "Pointwise", "Pooling", "Rescaled", "SignalPooling", "Weighted"]; // prettier-ignore
    const refused: Record<string, [layer: Layer, input: Shape]> = {
      LocalContrastNorm: [new LocalContrastNorm(), image],
      LocalConv1d: [new LocalConv1d({ in: 4, out: 2, length: 9, size: 3 }), signal],
      LocalConv2d: [new LocalConv2d({ in: 4, out: 2, image: [7, 6], size: 3 }), image],
      Maxout: [new Maxout({ group: 2 }), image],
      UnitStep: [new UnitStep(), image],
    };
    expect(others.map(([name]) => name).sort()).toEqual([...bases, ...Object.keys(refused)].sort());
    for (const [name, [layer, input]] of Object.entries(refused)) {
      expect(() => exportOnnx(around(layer, input)), name).toThrow(`ONNX has no operator for ${name}.`);
    }
  });

  test("a residual network with its padded shortcuts goes there and back", () => {
    const net = around(resNet({ depth: 8, width: 4, input: [3, 9, 8] }), [3, 9, 8]);
    const x = new Random(5).normal([3, 3, 9, 8]);
    const bytes = exportOnnx(net);
    const ops = readOnnx(bytes).graph.nodes.map(({ op }) => op);
    expect(ops.filter((op) => op === "MaxPool" || op === "Pad")).toEqual([
      "MaxPool",
      "Pad",
      "MaxPool",
      "Pad",
    ]);
    expect(deviation(importOnnx(bytes).forward(x), net.forward(x))).toBeLessThan(1e-5);
  });

  test("an embedding takes its indices as they are", () => {
    const net = new Sequential(
      { rows: new Embedding({ count: 7, size: 3, seed: 1 }), flat: new Flatten() },
      { input: [4] },
    );
    const x = tensor([[0, 6, 3, 3], [1, 2, 5, 0]]); // prettier-ignore
    const bytes = exportOnnx(net);
    expect(readOnnx(bytes).graph.nodes.map(({ op }) => op)).toEqual([
      "Cast",
      "Gather",
      "Flatten",
      "Identity",
    ]);
    expect(deviation(importOnnx(bytes).forward(x), net.forward(x))).toBe(0);
  });

  test("the axes of a reduction are an input where the operator set wants it", () => {
    const mean = new Reduce({ kind: "mean", axes: 1 });
    const [early, late] = [new ReLU(), new GELU()].map((layer) =>
      readOnnx(exportOnnx(new Sequential({ mean, layer }, { input: image }))),
    );
    expect(Object.keys(early.graph.nodes[0].attributes)).toEqual(["axes", "keepdims"]);
    expect(late.graph.nodes[0].inputs).toEqual(["input", "mean.axes"]);
    expect(Object.keys(late.graph.nodes[0].attributes)).toEqual(["keepdims"]);
  });

  test("a network in float64 stays one", () => {
    const net = new Sequential(
      {
        conv: new Conv2d({ in: 4, out: 2, size: 3, dtype: "float64" }),
        tanh: new ScaledTanh(),
        fc: new Linear({ in: 40, out: 2, dtype: "float64" }),
      },
      { input: image },
    );
    const x = new Random(5).normal([3, ...image], 0, 1, "float64");
    expect(deviation(importOnnx(exportOnnx(net)).forward(x), net.forward(x))).toBeLessThan(1e-14);
  });

  test("an imported network trains on: names, parameters and gradients are there", () => {
    const net = new Sequential(
      {
        conv1: conv(2),
        block: new Residual({ conv: new Conv2d({ in: 2, out: 2, size: 3, pad: 1 }) }),
        fc: new Linear({ in: 84, out: 3 }),
      },
      { input: image },
    );
    const back = importOnnx(exportOnnx(net));
    expect(Object.keys(back.layers)).toEqual(["conv1", "block1", "fc_flatten", "fc"]);
    expect(Object.keys(back.parameters)).toEqual(["conv1.w", "conv1.b", "block1.block_conv.w", "block1.block_conv.b", "fc.w", "fc.b"]); // prettier-ignore
    const [one, two] = [new Pass(), new Pass()];
    const x = new Random(1).normal([2, ...image]);
    const dy = new Random(2).normal([2, 3]);
    net.forward(x, one);
    back.forward(x, two);
    expect(deviation(back.backward(dy, two), net.backward(dy, one))).toBeLessThan(1e-6);
    const [ours, theirs] = [one, two].map((pass) => [...pass.gradients.values()]);
    ours.forEach((gradient, i) => expect(deviation(theirs[i], gradient)).toBeLessThan(1e-6));
  });

  test("blocks within blocks go there and back, statistics and all", () => {
    const norm = (): BatchNorm => new BatchNorm({ size: 4 });
    const branch = new Sequential({ inner: new Residual({ conv: conv(4), bn: norm() }), relu: new ReLU() });
    const block = new Parallel({ branch, other: new Residual({ bn: norm() }) }, { join: "add" });
    const net = around(
      new Sequential({ block, last: new Residual({ block: new Sequential({ bn: norm() }) }) }),
      image,
    );
    const x = new Random(6).normal([2, ...image]);
    const back = importOnnx(exportOnnx(net));
    expect([...walk(back)].filter(({ layer }) => layer.kind === "BatchNorm")).toHaveLength(3);
    expect(deviation(back.forward(x), net.forward(x))).toBeLessThan(1e-6);
  });

  test("what ONNX has no operator for is named, all of it, also deep inside", () => {
    const deep = new Residual({ inner: new Sequential({ lcn: new LocalContrastNorm() }) });
    expect(() => exportOnnx(new Sequential({ deep }, { input: image }))).toThrow("LocalContrastNorm");
    const net = new Sequential(
      { lcn: new LocalContrastNorm(), own: new (class Own extends ReLU {})() },
      { input: image },
    );
    expect(() => exportOnnx(net)).toThrow(UnsupportedOperatorError);
    expect(() => exportOnnx(net)).toThrow("LocalContrastNorm, Own");
  });

  test("a network that has seen no example asks for its shape", () => {
    const net = new Sequential({ conv: conv(1) });
    expect(() => exportOnnx(net)).toThrow("exportOnnx(net, { input: [1, 28, 28] })");
    expect(readOnnx(exportOnnx(net, { input: image })).graph.inputs[0].shape).toEqual(["N", ...image]);
  });
});

/** A model of these nodes, "x" → "y". */
function model(
  nodes: Partial<OnnxNode>[],
  constants: Record<string, Tensor> = {},
  shape: (number | string)[] = ["N", 2, 4, 4],
  opset = 17,
): OnnxModel {
  return {
    irVersion: 8,
    producer: "test",
    opsets: { "": opset },
    graph: {
      name: "g",
      nodes: nodes.map((node) => ({
        name: "",
        op: "Relu",
        domain: "",
        inputs: ["x"],
        outputs: ["y"],
        attributes: {},
        ...node,
      })),
      inputs: [{ name: "x", kind: "f32", shape }],
      outputs: [{ name: "y" }],
      initializers: Object.entries(constants).map(([name, value]) => ({ name, kind: "f32", value })),
    },
  };
}

const ints = (value: number[]) => ({ type: "ints", value }) as const;
const int = (value: number) => ({ type: "int", value }) as const;

describe("import", () => {
  test("exporters' detours to a flat row become Flatten", () => {
    // What PyTorch writes for x.view(x.size(0), -1).
    const net = importOnnx(
      model(
        [
          { op: "Shape", outputs: ["s"] },
          {
            op: "Constant",
            inputs: [],
            outputs: ["zero"],
            attributes: {
              value: { type: "tensor", value: { name: "", kind: "i64", value: tensor(0, [], "float64") } },
            },
          },
          { op: "Gather", inputs: ["s", "zero"], outputs: ["n"] },
          { op: "Unsqueeze", inputs: ["n", "axes"], outputs: ["n1"] },
          { op: "Concat", inputs: ["n1", "rest"], outputs: ["shape"], attributes: { axis: int(0) } },
          { op: "Reshape", inputs: ["x", "shape"] },
        ],
        { axes: tensor([0]), rest: tensor([-1]) },
      ),
    );
    expect(net.layers.flatten1).toBeInstanceOf(Flatten);
    expect(net.outputShape([2, 4, 4])).toEqual([32]);
  });

  test("a constant behind a convolution becomes its bias; another one stays", () => {
    const w = tensor(new Float32Array(4).fill(1), [2, 2, 1, 1]);
    const nodes = [
      { op: "Conv", inputs: ["x", "w"], outputs: ["c"] },
      { op: "Add", inputs: ["c", "b"] },
    ];
    const fused = importOnnx(model(nodes, { w, b: tensor([1, 2], [2, 1, 1]) }));
    expect(Object.keys(fused.parameters)).toEqual(["conv1.w", "conv1.b"]);
    const other = importOnnx(model(nodes, { w, b: tensor([1, 2, 3, 4]) }));
    expect(Object.keys(other.layers)).toEqual(["conv1", "add1"]);
    const x = tensor(new Float32Array(32).fill(1), [1, 2, 4, 4]);
    expect(toNested(fused.forward(x))).toEqual([[3, 4].map((v) => Array(4).fill(Array(4).fill(v)))]);
    expect(toNested(other.forward(x))).toEqual([[0, 1].map(() => Array(4).fill([3, 4, 5, 6]))]);
  });

  test("a convolution that is read twice keeps its own value", () => {
    const w = tensor(new Float32Array(4).fill(1), [2, 2, 1, 1]);
    const net = importOnnx(
      model(
        [
          { op: "Conv", inputs: ["x", "w"], outputs: ["c"] },
          { op: "Add", inputs: ["c", "b"], outputs: ["d"] },
          { op: "Mul", inputs: ["c", "d"] },
        ],
        { w, b: tensor([1, 2], [2, 1, 1]) },
      ),
    );
    const y = net.forward(tensor(new Float32Array(32).fill(1), [1, 2, 4, 4]));
    expect([y.get(0, 0, 0, 0), y.get(0, 1, 0, 0)]).toEqual([6, 8]);
  });

  test("slices, splits, transposes and constants give ONNX's numbers, and gradients go back", () => {
    const net = importOnnx(
      model(
        [
          { op: "Split", outputs: ["a", "b"], attributes: { axis: int(1) } },
          { op: "Transpose", inputs: ["a"], outputs: ["t"], attributes: { perm: ints([0, 1, 3, 2]) } },
          { op: "Slice", inputs: ["b", "one", "two", "three"], outputs: ["s"] },
          { op: "Sub", inputs: ["c", "s"], outputs: ["d"] },
          { op: "Mul", inputs: ["t", "d"] },
        ],
        { one: tensor([1]), two: tensor([2]), three: tensor([3]), c: tensor([10]) },
        ["N", 2, 2, 2],
      ),
    );
    const pass = new Pass();
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
    expect(toNested(net.forward(x, pass))).toEqual([[[[4, 12], [4, 8]]]]); // prettier-ignore
    const dx = net.backward(tensor([1, 1, 1, 1], [1, 1, 2, 2]), pass);
    expect(toNested(dx)).toEqual([[[[4, 2], [4, 2]], [[0, -4], [0, -6]]]]); // prettier-ignore
  });

  test("the layers that only ONNX needs pass gradients on as central differences say", () => {
    const random = new Random(8);
    const weights = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
    const pool = { kernel_shape: ints([2, 2, 2]), strides: ints([1, 2, 1]), pads: ints([0, 1, 0, 1, 0, 0]) };
    const net = importOnnx(
      model(
        [
          { op: "AveragePool", outputs: ["a"], attributes: pool },
          { op: "MaxPool", inputs: ["a"], outputs: ["m"], attributes: { kernel_shape: ints([2, 1, 2]) } },
          { op: "MatMul", inputs: ["m", "w"], outputs: ["p"] },
          { op: "PRelu", inputs: ["p", "slopes"], outputs: ["q"] },
          { op: "Transpose", inputs: ["q"], outputs: ["t"], attributes: { perm: ints([0, 4, 1, 3, 2]) } },
          { op: "Selu", inputs: ["t"], outputs: ["s"] },
          { op: "Div", inputs: ["s", "scales"], outputs: ["d"] },
          { op: "Slice", inputs: ["d", "begin", "end", "axis"], outputs: ["u"] },
          { op: "Squeeze", inputs: ["u", "axis"], outputs: ["v"] },
          { op: "Flatten", inputs: ["v"], outputs: ["f"] },
          { op: "Gemm", inputs: ["f", "g"], attributes: { alpha: { type: "float", value: 0.3 } } },
        ],
        {
          ...{ w: weights(2, 3), slopes: weights(3, 3), scales: weights(2, 1, 1), g: weights(27, 4) },
          ...{ begin: tensor([1]), end: tensor([2]), axis: tensor([2]) },
        },
        ["N", 2, 4, 5, 4],
      ),
    );
    const report = gradCheckNet(net, random.normal([3, 2, 4, 5, 4], 0, 1, "float64"), [0, 3, 1]);
    expect(report.passed, String(report)).toBe(true);
    expect(Object.keys(net.parameters)).toEqual(["fc1.w", "prelu1.a", "fc2.w"]);
  });

  test("whole numbers are divided without a fraction, and what is computed of them is right", () => {
    const whole = (name: string, ...values: number[]) => ({
      op: "Constant",
      inputs: [],
      outputs: [name],
      attributes: { value_ints: ints(values) },
    });
    const cast = (from: string, to: string) => ({
      op: "Cast",
      inputs: [from],
      outputs: [to],
      attributes: { to: int(1) },
    });
    const net = importOnnx(
      model([
        whole("a", -7),
        whole("b", 2),
        { op: "Div", inputs: ["a", "b"], outputs: ["q"] },
        cast("q", "f"),
        { op: "Add", inputs: ["x", "f"] },
      ]),
    );
    const x = tensor(new Float32Array(32).fill(10), [1, 2, 4, 4]);
    expect(net.forward(x).get(0, 0, 0, 0)).toBe(7); // −7/2 is −3
    const half = importOnnx(model([{ op: "Div", inputs: ["a", "b"], outputs: ["q"] }, { op: "Add", inputs: ["x", "q"] }], { a: tensor([-7]), b: tensor([2]) })); // prettier-ignore
    expect(half.forward(x).get(0, 0, 0, 0)).toBe(6.5);
    const rest = importOnnx(
      model([
        whole("a", -7),
        whole("b", 2),
        { op: "Mod", inputs: ["a", "b"], outputs: ["q"] },
        cast("q", "f"),
        { op: "Add", inputs: ["x", "f"] },
      ]),
    );
    expect(rest.forward(x).get(0, 0, 0, 0)).toBe(11); // with the divisor's sign, 1
    const nothing = model([whole("a", 1), whole("b", 0), { op: "Div", inputs: ["a", "b"], outputs: ["q"] }, { op: "Add", inputs: ["x", "q"] }]); // prettier-ignore
    expect(() => importOnnx(nothing)).toThrow("divides a whole number by 0");
  });

  test("a size that the graph computes is found for batches of any size, and numbers made of it are refused", () => {
    // x as rows of half an image: N×2×4×4 → 2N×16.
    const shape = [
      { op: "Shape", outputs: ["s"] },
      { op: "Gather", inputs: ["s", "first"], outputs: ["n"] },
      { op: "Mul", inputs: ["n", "two"], outputs: ["n2"] },
      { op: "Concat", inputs: ["n2", "rest"], outputs: ["shape"], attributes: { axis: int(0) } },
    ];
    const constants = { first: tensor([0]), two: tensor([2]), rest: tensor([16]) };
    const net = importOnnx(model([...shape, { op: "Reshape", inputs: ["x", "shape"] }], constants));
    for (const count of [1, 3])
      expect(net.forward(tensor(new Float32Array(32 * count), [count, 2, 4, 4])).shape).toEqual([
        2 * count,
        16,
      ]);
    const wrong = model([...shape, { op: "Mul", inputs: ["x", "n2"] }], constants);
    expect(() => importOnnx(wrong)).toThrow("it computes with the size of the batch");
  });

  test("several dimensions of pads cut off and add", () => {
    const net = importOnnx(model([{ op: "Pad", inputs: ["x", "pads", "value"] }], { pads: tensor([0, 1, -1, 2, 0, 0, 1, -3]), value: tensor([5]) })); // prettier-ignore
    const x = new Random(1).normal([2, 2, 4, 4]);
    const y = net.forward(x);
    expect(y.shape).toEqual([2, 3, 4, 3]);
    expect([y.get(0, 0, 0, 2), y.get(1, 1, 3, 2), y.get(1, 2, 0, 1)]).toEqual([5, 5, 5]);
    expect(y.get(1, 2, 0, 2)).toBeCloseTo(x.get(1, 1, 1, 0), 6);
  });

  test.each([
    ["LSTM", "recurrent layers are not in the catalogue"],
    ["GRU", "recurrent layers are not in the catalogue"],
    ["If", "a network has no branches that are taken or not"],
    ["Col2Im", "windows are laid out by convolutions themselves"],
    ["QLinearConv", "quantised networks are not read"],
    ["TopK", "indices have no gradient"],
  ])("says in words why there is no layer for %s", (op, why) => {
    expect(() => importOnnx(model([{ op }]))).toThrow(UnsupportedOperatorError);
    expect(() => importOnnx(model([{ op }]))).toThrow(`${op}: ${why}`);
  });

  test("an If whose condition is known is its one case; another is refused, and both are written as they were read", () => {
    const branch = (op: string) => ({
      type: "graph" as const,
      value: { name: op, nodes: [{ name: "", op, domain: "", inputs: ["x"], outputs: ["z"], attributes: {} }], inputs: [], outputs: [{ name: "z", kind: "f32" as const }], initializers: [] },
    }); // prettier-ignore
    const cases = { then_branch: branch("LSTM"), else_branch: branch("Relu") };
    const one = (nodes: Partial<OnnxNode>[]) => model([...nodes, { op: "If", inputs: ["c"], attributes: cases }], { limit: tensor([5]) }); // prettier-ignore
    // The rank of x is 4, which is not 5; that nobody knows an LSTM does not matter then.
    const known = one([{ op: "Shape", outputs: ["s"] }, { op: "Size", inputs: ["s"], outputs: ["rank"] }, { op: "Equal", inputs: ["rank", "limit"], outputs: ["c"] }]); // prettier-ignore
    expect(Object.values(importOnnx(known).layers).map(({ kind }) => kind)).toEqual(["ReLU"]);
    expect(readOnnx(writeOnnx(known)).graph.nodes.at(-1)).toEqual(known.graph.nodes.at(-1));
    const computed = one([{ op: "Relu", outputs: ["c"] }]);
    expect(() => importOnnx(computed)).toThrow(UnsupportedOperatorError);
    expect(() => importOnnx(computed)).toThrow("its condition is computed; a network has no branches");
  });

  test("every operator without a layer is named at once", () => {
    const nodes = [
      { op: "CumSum", outputs: ["a"] },
      { op: "LSTM", inputs: ["a"] },
    ];
    let error: unknown;
    try {
      importOnnx(model(nodes));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UnsupportedOperatorError);
    expect((error as UnsupportedOperatorError).operators).toEqual(["CumSum", "LSTM"]);
    expect((error as Error).message).toContain(
      "CumSum: a sum that runs along an axis has no layer: multiply by",
    );
  });

  test.each([
    ["Tan", {}, Math.tan],
    ["Swish", {}, (x: number) => x / (1 + Math.exp(-x))],
    ["Swish", { alpha: { type: "float", value: 1.5 } as const }, (x: number) => x / (1 + Math.exp(-1.5 * x))],
  ])("%s %j is made of several layers", (op, attributes, f) => {
    const net = importOnnx(model([{ op, attributes }], {}, ["N", 3]));
    const x = tensor([[-2, 0, 1.2]], "float64");
    const pass = new Pass();
    const y = net.forward(x, pass);
    expect(deviation(y, tensor([[-2, 0, 1.2].map(f)], "float64"))).toBeLessThan(1e-14);
    const slopes = [-2, 0, 1.2].map((at) => (f(at + 1e-6) - f(at - 1e-6)) / 2e-6);
    expect(
      deviation(net.backward(tensor([[1, 1, 1]], "float64"), pass), tensor([slopes], "float64")),
    ).toBeLessThan(1e-8);
  });

  test.each([
    ...[
      "GatherElements",
      "GatherND",
      "ScatterND",
      "Atan",
      "Asinh",
      "Cosh",
      "Round",
      "Floor",
      "Mod",
      "Greater",
    ],
    ...["Not", "IsNaN", "ThresholdedRelu", "Shrink", "Hardmax", "Unique", "RMSNormalization", "GridSample"],
    ...[
      "RandomNormalLike",
      "SoftmaxCrossEntropyLoss",
      "MeanVarianceNormalization",
      "Det",
      "SequenceEmpty",
      "Trilu",
    ],
  ])("%s is refused with a way out", (op) => {
    let error: unknown;
    try {
      importOnnx(model([{ op }], {}, ["N", 3]));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UnsupportedOperatorError);
    const ways =
      /export the network up to it|write it|the program around|by whole rows|are bounded as|before the network|give it to fit|give them as/;
    expect((error as Error).message).toMatch(ways);
    expect((error as Error).message).not.toMatch(/undefined|: \.|; \./);
  });

  /** What an equation says, by loops over all its letters. */
  function byLoops(equation: string, operands: Tensor[]): Tensor {
    const [left, output] = equation.split("->") as [string, string];
    const inputs = left.split(",");
    const sizes = new Map<string, number>();
    inputs.forEach((letters, i) => [...letters].forEach((one, k) => sizes.set(one, operands[i].shape[k])));
    const letters = [...sizes.keys()];
    const y = zeros(
      [...output].map((one) => sizes.get(one)!),
      "float64",
    );
    const at = (names: string, place: Map<string, number>): number[] =>
      [...names].map((one) => place.get(one)!);
    const count = [...sizes.values()].reduce((all, one) => all * one, 1);
    for (let i = 0; i < count; i++) {
      const place = new Map<string, number>();
      let rest = i;
      for (const letter of letters) {
        place.set(letter, rest % sizes.get(letter)!);
        rest = Math.floor(rest / sizes.get(letter)!);
      }
      const factor = inputs.reduce((all, names, k) => all * operands[k].get(...at(names, place)), 1);
      y.set(...at(output, place), y.get(...at(output, place)) + factor);
    }
    return y;
  }

  test.each([
    ["bqi,bki->bqk"], ["bqhd,bkhd->bhqk"], ["bhqk,bkhd->bqhd"], ["bnd,de->bne"], ["bc,oc->bo"], ["nchw,oc->nohw"],
    ["nchw,chd->nwd"], ["bi,bj->bij"], ["bij->bi"], ["bij->bji"], ["bi,bi->b"], ["bij,ij->bij"], ["bij,jk->bk"],
    ["bxy,fghy->bfgxh"], ["bchw,bdhw->bcd"], ["bij,k->bijk"],
  ])("Einsum %s is what the loops say, there and exported again, and passes its gradient on", (equation) => {
    const random = new Random(4);
    const [first, second] = equation.split("->")[0].split(",");
    const isOfBatch = second?.startsWith(first[0]) === true;
    const sizes: Record<string, number> = { b: 2, n: 2, c: 2, d: 3, e: 4, f: 2, g: 2, h: 3, i: 3, j: 4, k: 4, o: 3, q: 5, w: 2, x: 3, y: 2 };
    // Both values are x where both have the batch's axis; else the second one is a constant.
    const size = (letter: string): number => (isOfBatch && letter !== first[0] ? 3 : sizes[letter]);
    const draw = (letters: string): Tensor => random.normal([...letters].map(size), 0, 1, "float64");
    const x = draw(first);
    const attributes = { equation: { type: "string", value: equation } } as const;
    const w = second === undefined || isOfBatch ? undefined : draw(second);
    const net = importOnnx(model([{ op: "Einsum", inputs: second === undefined ? ["x"] : ["x", w ? "w" : "x"], attributes }], w ? { w } : {}, ["N", ...x.shape.slice(1)]));
    const y = byLoops(equation, second === undefined ? [x] : [x, w ?? x]);
    const again = importOnnx(exportOnnx(net, { input: x.shape.slice(1) }));
    for (const result of [net.forward(x), again.forward(cast(x, "float32"))]) {
      expect(result.shape).toEqual(y.shape);
      flat(result).forEach((value, i) => expect(value).toBeCloseTo(flat(y)[i], 4));
    }
    const report = gradCheck(
      {
        name: "einsum",
        forward: ({ x }: { x: Tensor }) => {
          const pass = new Pass({ training: true });
          return { y: net.forward(x, pass), cache: pass };
        },
        backward: (dy, pass) => ({ dx: net.backward(dy, pass) }),
      },
      { x },
    );
    expect(report.passed, String(report)).toBe(true);
  }); // prettier-ignore

  test.each([
    ["bii->bi", "it takes a diagonal (“bii”)"],
    ["bi,bi,bi->b", "it multiplies more than two values"],
  ])("Einsum %s is refused in words", (equation, words) => {
    const attributes = { equation: { type: "string", value: equation } } as const;
    const inputs = equation.split("->")[0].split(",").map(() => "x");
    expect(() => importOnnx(model([{ op: "Einsum", inputs, attributes }], {}, ["N", 3, 3].slice(0, inputs.length > 1 ? 2 : 3)))).toThrow(words);
  }); // prettier-ignore

  test("nodes that the output does not need are not asked for", () => {
    expect(Object.keys(importOnnx(model([{ op: "LSTM", outputs: ["unused"] }, {}])).layers)).toEqual([
      "relu1",
    ]);
  });

  test.each([
    ["a model with two inputs", () => importOnnx({ ...model([{}]), graph: { ...model([{}]).graph, inputs: [{ name: "x" }, { name: "z" }] } }), ValueError, "has 2 (x, z)"],
    ["an unknown output", () => importOnnx(model([{}]), { output: "q" }), ValueError, `no output "q"`],
    ["a value that nobody makes", () => importOnnx(model([{ inputs: ["q"] }])), ValueError, `reads "q"`],
    ["an operator of another set", () => importOnnx(model([{ domain: "com.microsoft" }])), UnsupportedOperatorError, "com.microsoft.Relu"],
    ["computed filters", () => importOnnx(model([{ op: "Conv", inputs: ["x", "x"] }])), UnsupportedOperatorError, "filters is computed"],
    ["windows over three axes", () => importOnnx(model([{ op: "Conv", inputs: ["x", "w"] }], { w: tensor(new Float32Array(8), [1, 1, 2, 2, 2]) })), UnsupportedOperatorError, "windows over 3 axes"],
    ["a shape that is not known", () => importOnnx(model([{ op: "GlobalMaxPool" }], {}, ["N", 2, "h", "w"])), ShapeError, "input: [1, 28, 28]"],
    ["an attribute of another type", () => importOnnx(model([{ op: "LeakyRelu", attributes: { alpha: { type: "string", value: "a" } } }])), ValueError, "alpha is not a number"],
    ["layers that do not fit", () => importOnnx(model([{ op: "Conv", inputs: ["x", "w"] }], { w: tensor(new Float32Array(3), [1, 3, 1, 1]) })), ShapeError, "onnx: Conv: conv2d: x has 2 channels"],
  ] as const)("refuses %s", (_, run, kind, message) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(message);
  }); // prettier-ignore

  test("the shape can be given when the file leaves it open", () => {
    const net = importOnnx(model([{ op: "GlobalMaxPool" }], {}, ["N", "c", "h", "w"]), { input: [2, 3, 3] });
    expect(net.outputShape([2, 3, 3])).toEqual([2, 1, 1]);
  });
});

describe("weights in a second file", () => {
  const w = new Random(1).normal([2, 3]);
  const data = new Uint8Array(100);
  data.set(new Uint8Array(flat(w).slice().buffer), 16);
  const bytes = (entries: Record<string, string>): Uint8Array =>
    encodeMessage("ModelProto", {
      irVersion: 8,
      opsetImport: [{ domain: "", version: 13 }],
      graph: {
        node: [
          {
            opType: "Gemm",
            input: ["x", "w"],
            output: ["y"],
            attribute: [{ name: "transB", type: 2, i: 1 }],
          },
        ],
        initializer: [
          {
            name: "w",
            dims: [2, 3],
            dataType: 1,
            dataLocation: 1,
            externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
          },
        ],
        input: [
          {
            name: "x",
            type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "N" }, { dimValue: 3 }] } } },
          },
        ],
        output: [{ name: "y" }],
      },
    });
  const entries = { location: "net.onnx.data", offset: "16", length: "24" };

  test.each([
    ["its name", "net.onnx.data", entries],
    ["its name in a folder", "net.onnx.data", { ...entries, location: "weights/net.onnx.data" }],
    ["a path", "/home/me/net.onnx.data", entries],
    ["no length", "net.onnx.data", { location: "net.onnx.data", offset: "16" }],
  ])("are read by %s", (_, name, given) => {
    const net = importOnnx(bytes(given), { externalData: { [name]: data } });
    expect(toNested(net.parameters["fc1.w"].value)).toEqual(toNested(w));
    expect(
      readOnnx(bytes(given), { externalData: { [name]: data } }).graph.initializers[0].value.shape,
    ).toEqual([2, 3]);
  });

  test("a model without them says what it wants, and how PyTorch writes one file", () => {
    expect(() => importOnnx(bytes(entries))).toThrow(FormatError);
    expect(() => importOnnx(bytes(entries))).toThrow(
      'importOnnx(bytes, { externalData: { "net.onnx.data": itsBytes } })',
    );
    expect(() => importOnnx(bytes(entries))).toThrow("torch.onnx.export(…, external_data=False)");
    expect(() => importOnnx(bytes(entries), { externalData: { other: data } })).toThrow('"net.onnx.data"');
  });

  test.each([
    ["a file that is too short", { ...entries, offset: "90" }],
    ["another length", { ...entries, length: "20" }],
    ["a place before the file", { ...entries, offset: "-4" }],
    ["a place that is no number", { ...entries, offset: "x" }],
  ])("%s is refused", (_, given) => {
    expect(() => importOnnx(bytes(given), { externalData: { "net.onnx.data": data } })).toThrow(FormatError);
  });
});

describe("damaged files", () => {
  const bytes = exportOnnx(
    new Sequential(
      {
        conv: conv(2),
        relu: new ReLU(),
        pool: new MaxPool2d({ size: 2, round: "floor" }),
        fc: new Linear({ in: 18, out: 2 }),
      },
      { input: image },
    ),
  );

  test("2,000 of them are refused or read, never anything else", () => {
    const { wrong, refused, slowest, memory } = mutate(bytes, 2000, readOnnx);
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(300);
    expect(slowest).toBeLessThan(500);
    expect(memory).toBeLessThan(2_000_000);
  });

  test("2,000 of them are no worse for the importer", () => {
    const kinds = [FormatError, UnsupportedOperatorError, ShapeError, ValueError];
    const { wrong, slowest } = mutate(bytes, 2000, (damaged) => importOnnx(damaged), kinds);
    expect(wrong).toEqual([]);
    expect(slowest).toBeLessThan(1000);
  });

  test("a tensor that claims more numbers than it has is refused before memory is taken", () => {
    const huge = model([{}]);
    const claim = Object.assign(tensor([1]), { shape: [2 ** 40] });
    const initializers = [{ name: "w", kind: "f32" as const, value: claim }];
    expect(() => readOnnx(writeOnnx({ ...huge, graph: { ...huge.graph, initializers } }))).toThrow(
      "needs 1099511627776 numbers",
    );
    expect(() => readOnnx(new Uint8Array(0))).toThrow("no graph");
    expect(() => readOnnx(new TextEncoder().encode("not an ONNX file"))).toThrow(FormatError);
  });
});

withData("weights/mnist-cnn/model.onnx", "ONNX: a file by another program", (path) => {
  test("is the same model after it was written and read again", () => {
    const read = readOnnx(readFileSync(path));
    expect(JSON.stringify(readOnnx(writeOnnx(read)))).toBe(JSON.stringify(read));
  });
});
