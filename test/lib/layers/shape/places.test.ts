/** Slices, transposes, resizing, shuffled pixels, embeddings and reductions: where numbers come from. */
import { describe, expect, it } from "vitest";
import {
  Embedding,
  PositionalEncoding,
  Expand,
  Gather,
  Pass,
  PixelShuffle,
  PixelUnshuffle,
  Random,
  Reduce,
  Resize,
  Slice,
  tensor,
  toNested,
  Transpose,
  UnitNorm,
  type Layer,
  type Tensor,
} from "../../../../lib/index.js";
import type { ReduceKind, ResizeOptions } from "../../../../lib/functions.js";
import { flat } from "../../../../lib/array/tensor.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(61);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const image = draw(2, 3, 4, 5);

const resizes: [string, ResizeOptions, string][] = [
  ["nearest, twice", { scale: 2 }, "F.interpolate(x, scale_factor=2)"],
  ["nearest, smaller", { size: [3, 2] }, "F.interpolate(x, size=(3, 2))"],
  ["nearest, of its own scales", { scale: [1.5, 2.3] }, "F.interpolate(x, scale_factor=(1.5, 2.3))"],
  ["bilinear", { scale: 2, mode: "linear" }, "F.interpolate(x, scale_factor=2, mode='bilinear')"],
  ["bilinear, smaller", { size: [3, 2], mode: "linear" }, "F.interpolate(x, size=(3, 2), mode='bilinear')"],
  ["bilinear, of its own scales", { scale: [1.5, 2.3], mode: "linear" }, "F.interpolate(x, scale_factor=(1.5, 2.3), mode='bilinear')"],
  ["bilinear by corners", { size: [7, 3], mode: "linear", align: "corners" }, "F.interpolate(x, size=(7, 3), mode='bilinear', align_corners=True)"],
  ["bilinear to one pixel by corners", { size: 1, mode: "linear", align: "corners" }, "F.interpolate(x, size=(1, 1), mode='bilinear', align_corners=True)"],
]; // prettier-ignore

const reductions: [ReduceKind, string][] = [
  ["mean", "x.mean(AXES, keepdim=KEEP)"],
  ["sum", "x.sum(AXES, keepdim=KEEP)"],
  ["max", "x.amax(AXES, keepdim=KEEP)"],
  ["min", "x.amin(AXES, keepdim=KEEP)"],
  ["l1", "x.abs().sum(AXES, keepdim=KEEP)"],
  ["l2", "torch.linalg.vector_norm(x, 2, AXES, keepdim=KEEP)"],
];

const cases: OperationCase[] = [
  ...resizes.map(
    ([name, options, python]): OperationCase => ({
      name: `resize ${name}`,
      operation: "resize",
      inputs: { x: image },
      call: ({ x }) => [x, options],
      python,
      linear: true,
      layer: () => new Resize(options),
    }),
  ),
  {
    name: "resize a signal",
    operation: "resize",
    inputs: { x: draw(2, 3, 6) },
    call: ({ x }) => [x, { size: 9, mode: "linear" }],
    python: "F.interpolate(x, size=9, mode='linear')",
    linear: true,
    layer: () => new Resize({ size: 9, mode: "linear" }),
  },
  ...reductions.flatMap(([kind, python]) =>
    ([[[1], true], [[2, 3], false], [[-1, 1], false]] as const).map(
      ([axes, keep]): OperationCase => ({
        name: `${kind} over ${axes.join(", ")}`,
        operation: "reduce",
        inputs: { x: image },
        call: ({ x }) => [x, { kind, axes, keep }],
        python: python.replace("AXES", `(${axes.join(", ")},)`).replace("KEEP", keep ? "True" : "False"),
        linear: kind === "mean" || kind === "sum",
        layer: () => new Reduce({ kind, axes, keep }),
      }),
    ),
  ),
  {
    name: "unit norm over channels",
    operation: "unitNorm",
    inputs: { x: image },
    python: "F.normalize(x, eps=0)",
    layer: () => new UnitNorm(),
  },
  {
    name: "unit norm by sums",
    operation: "unitNorm",
    inputs: { x: image },
    call: ({ x }) => [x, { axis: -1, power: 1 }],
    python: "F.normalize(x, p=1, dim=-1, eps=0)",
    layer: () => new UnitNorm({ axis: -1, power: 1 }),
  },
  {
    name: "expand",
    operation: "expand",
    inputs: { x: draw(2, 1, 4, 1) },
    call: ({ x }) => [x, [1, 3, 1, 5]],
    python: "x.expand(2, 3, 4, 5)",
    linear: true,
    layer: () => new Expand({ shape: [3, 1, 5] }),
  },
  {
    name: "transpose",
    operation: "transpose",
    inputs: { x: image },
    call: ({ x }) => [x, [0, 2, 3, 1]],
    python: "x.permute(0, 2, 3, 1)",
    linear: true,
    layer: () => new Transpose([0, 2, 3, 1]),
  },
  {
    name: "slice",
    operation: "slice",
    inputs: { x: image },
    call: ({ x }) => [x, { axis: 3, begin: 1, end: -1 }],
    python: "x[:, :, :, 1:-1]",
    linear: true,
    layer: () => new Slice({ axis: 3, begin: 1, end: -1 }),
  },
  {
    name: "every second row",
    operation: "slice",
    inputs: { x: image },
    call: ({ x }) => [x, { axis: -2, begin: 1, step: 2 }],
    python: "x[:, :, 1::2]",
    linear: true,
    layer: () => new Slice({ axis: -2, begin: 1, step: 2 }),
  },
  {
    name: "backwards",
    operation: "slice",
    inputs: { x: image },
    call: ({ x }) => [x, { axis: 1, step: -1 }],
    python: "x.flip(1)",
    linear: true,
    layer: () => new Slice({ axis: 1, step: -1 }),
  },
  {
    name: "gather",
    operation: "gather",
    inputs: { x: image },
    call: ({ x }) => [x, { axis: 2, places: [3, 0, 3, -2] }],
    python: "x[:, :, [3, 0, 3, -2]]",
    linear: true,
    layer: () => new Gather({ axis: 2, places: [3, 0, 3, -2] }),
  },
  {
    name: "pixel shuffle",
    operation: "pixelShuffle",
    inputs: { x: draw(2, 8, 3, 4) },
    call: ({ x }) => [x, { factor: 2 }],
    python: "F.pixel_shuffle(x, 2)",
    linear: true,
    layer: () => new PixelShuffle({ factor: 2 }),
  },
  {
    name: "pixel shuffle in TensorFlow's order",
    operation: "pixelShuffle",
    inputs: { x: draw(2, 8, 3, 4) },
    call: ({ x }) => [x, { factor: 2, order: "place" }],
    python: "x.reshape(2, 2, 2, 2, 3, 4).permute(0, 3, 4, 1, 5, 2).reshape(2, 2, 6, 8)",
    linear: true,
    layer: () => new PixelShuffle({ factor: 2, order: "place" }),
  },
  {
    name: "pixel unshuffle",
    operation: "pixelUnshuffle",
    inputs: { x: draw(2, 2, 6, 9) },
    call: ({ x }) => [x, { factor: 3 }],
    python: "F.pixel_unshuffle(x, 3)",
    linear: true,
    layer: () => new PixelUnshuffle({ factor: 3 }),
  },
  {
    name: "pixel unshuffle in TensorFlow's order",
    operation: "pixelUnshuffle",
    inputs: { x: draw(2, 2, 4, 6) },
    call: ({ x }) => [x, { factor: 2, order: "place" }],
    python: "x.reshape(2, 2, 2, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(2, 8, 2, 3)",
    linear: true,
    layer: () => new PixelUnshuffle({ factor: 2, order: "place" }),
  },
  {
    name: "embedding",
    operation: "embedding",
    inputs: { x: tensor([[0, 4, 2], [4, 4, 1]], [2, 3], "float64"), w: draw(5, 4) },
    constant: ["x"],
    python: "F.embedding(x.long(), w)",
  },
  {
    name: "positional encoding of signals",
    operation: "positionalEncoding",
    inputs: { x: draw(2, 6, 5) },
    python: `
r = torch.arange(5.0, dtype=x.dtype)
y = x + torch.stack([f(r / 10000 ** (m / 6)) for m in (0, 2, 4) for f in (torch.sin, torch.cos)])
`,
    layer: () => new PositionalEncoding(),
  },
  {
    name: "positional encoding of images",
    operation: "positionalEncoding",
    inputs: { x: draw(2, 8, 3, 5) },
    call: ({ x }) => [x, { base: 20 }],
    python: `
rows, columns = torch.meshgrid(torch.arange(3.0, dtype=x.dtype), torch.arange(5.0, dtype=x.dtype), indexing="ij")
y = x + torch.stack([f(r / 20 ** (m / 4)) for r in (rows, columns) for m in (0, 2) for f in (torch.sin, torch.cos)])
`,
    layer: () => new PositionalEncoding({ base: 20 }),
  },
]; // prettier-ignore

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  const table: [string, (attributes: Record<string, never>) => Layer][] = [
    ["node/test_l1normalization_axis_1", () => new UnitNorm({ axis: 1, power: 1 })],
    ["node/test_l1normalization_axis_last", () => new UnitNorm({ axis: -1, power: 1 })],
    ["node/test_l2normalization_axis_0", () => new UnitNorm({ axis: 0 })],
    ["node/test_lpnormalization_default", () => new UnitNorm({ axis: -1 })],
  ];
  it.each(table)("%s", (name, make) => {
    const { attributes, inputs, outputs } = onnxCase(folder, name);
    expectClose(make(attributes as Record<string, never>).forward(inputs[0]!, new Pass()), outputs[0], 1e-6);
  });
});

describe("by hand", () => {
  const run = (layer: Layer, x: Tensor): unknown => toNested(layer.forward(x, new Pass()));
  const row = tensor([[[1, 2, 3, 4]]], undefined, "float64");

  it("each way of laying places over places", () => {
    // u = 0, 2/3 … for eight of four by corners; −¼, ¼ … by half pixels: ONNX's documentation has the same numbers.
    const linear = (align: ResizeOptions["align"]) =>
      run(new Resize({ scale: 2, mode: "linear", align }), row);
    expect(linear("half-pixel")).toEqual([[[1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4]]]);
    expect(linear("asymmetric")).toEqual([[[1, 1.5, 2, 2.5, 3, 3.5, 4, 4]]]);
    const corners = flat(tensor(linear("corners") as number[][][], undefined, "float64"));
    corners.forEach((value, o) => expect(value).toBeCloseTo(1 + (o * 3) / 7, 12));
    expect(run(new Resize({ size: 1, mode: "linear", align: "pytorch-half-pixel" }), row)).toEqual([[[1]]]);
    expect(run(new Resize({ size: 1, mode: "linear", align: "half-pixel" }), row)).toEqual([[[2.5]]]);
    // 0.6 of four places are 2.4, of which two are left, in the middle: u = 0.3333 and 2.
    const symmetric = run(
      new Resize({ scale: 0.6, mode: "linear", align: "half-pixel-symmetric" }),
      row,
    ) as number[][][];
    expect(symmetric[0][0][0] + symmetric[0][0][1]).toBeCloseTo(5, 12);
    const nearest = (round: ResizeOptions["round"]) =>
      run(new Resize({ scale: 2, align: "asymmetric", round }), row);
    expect(nearest("floor")).toEqual([[[1, 1, 2, 2, 3, 3, 4, 4]]]);
    expect(nearest("ceil")).toEqual([[[1, 2, 2, 3, 3, 4, 4, 4]]]);
    expect(nearest("prefer-floor")).toEqual([[[1, 1, 2, 2, 3, 3, 4, 4]]]);
    expect(nearest("prefer-ceil")).toEqual([[[1, 2, 2, 3, 3, 4, 4, 4]]]);
  });

  it("of several largest numbers the first gets the gradient; of a length 0 nothing does", () => {
    const back = (layer: Layer, x: Tensor): number[] => {
      const pass = new Pass();
      const y = layer.forward(x, pass);
      return [...flat(layer.backward(tensor(new Float64Array(y.size).fill(1), y.shape), pass))];
    };
    const ties = tensor([[3, 5, 5, 1]], undefined, "float64");
    expect(back(new Reduce({ kind: "max", axes: 1 }), ties)).toEqual([0, 1, 0, 0]);
    expect(back(new Reduce({ kind: "min", axes: 1 }), tensor([[2, 1, 1]], undefined, "float64"))).toEqual([
      0, 1, 0,
    ]);
    const nothing = tensor([[0, 0]], undefined, "float64");
    expect(back(new Reduce({ kind: "l2", axes: 1 }), nothing)).toEqual([0, 0]);
    expect(back(new UnitNorm(), nothing)).toEqual([0, 0]);
    expect(run(new UnitNorm(), nothing)).toEqual([[0, 0]]);
    expect(run(new Reduce({ kind: "max", axes: 1 }), tensor([[1, NaN, 3]]))).toEqual([NaN]);
  });

  it("an embedding's rows learn where they were taken", () => {
    const layer = new Embedding({ count: 3, size: 2, seed: 1 });
    const pass = new Pass();
    const y = layer.forward(tensor([[2, 0, 2]]), pass);
    const [w] = [toNested(layer.parameters.w.value) as number[][]];
    expect(toNested(y)).toEqual([[w[2], w[0], w[2]]]);
    const dx = layer.backward(tensor([[[1, 2], [3, 4], [10, 20]]]), pass); // prettier-ignore
    expect(toNested(dx)).toEqual([[0, 0, 0]]);
    expect(toNested(pass.gradients.get(layer.parameters.w)!)).toEqual([[3, 4], [0, 0], [11, 22]]); // prettier-ignore
    expect(layer.outputShape([3])).toEqual([3, 2]);
  });

  it("says what it is", () => {
    expect(new Resize({ scale: 2, mode: "linear" }).describe()).toBe("Resize, linear, 2 times");
    expect(new Reduce({ kind: "mean", axes: [2, 3] }).describe()).toBe("Reduce, mean over axes 2, 3");
    expect(new Slice({ axis: 1, begin: 2, step: 2 }).describe()).toBe("Slice, axis 1 from 2 by 2");
    expect(new Gather({ axis: 1, places: [4] }).describe()).toBe("Gather, place 4 of axis 1");
  });
});

describe("errors say what to do", () => {
  it.each([
    [() => new Resize({}), /give a scale or a size, and not both/],
    [() => new Resize({ scale: 0.1 }).outputShape([1, 4, 4]), /0\.1 times 4 places is no size/],
    [() => new Resize({ size: [1, 2, 3] }).outputShape([1, 4, 4]), /3 sizes for the 2 axes behind the channels/],
    [() => new Reduce({ kind: "median" as "mean", axes: 1 }), /no kind "median"; there are mean, sum/],
    [() => new Reduce({ kind: "mean", axes: 0 }).outputShape([3]), /axis 0 of 1×3 is the batch's own/],
    [() => new Reduce({ kind: "max", axes: 1 }).forward(tensor(new Float32Array(0), [2, 0]), new Pass()), /the max of nothing/],
    [() => new PixelShuffle({ factor: 2 }).outputShape([6, 2, 2]), /6 channels are no multiple of 2² = 4/],
    [() => new PixelUnshuffle({ factor: 2 }).outputShape([6, 3, 2]), /no multiples of the factor 2/],
    [() => new Gather({ axis: 1, places: [3] }).outputShape([3]), /no place 3 on axis 1/],
    [() => new Gather({ axis: 1, places: [] }), /there are no places/],
    [() => new Slice({ axis: 1, step: 0 }).outputShape([3]), /the step on axis 1 is 0/],
    [() => new PositionalEncoding().outputShape([6, 4, 4]), /6×4×4; it must be C×L .* a multiple of 4/],
    [() => new PositionalEncoding().forward(draw(1, 3, 4), new Pass()), /3×4; it must be/],
    [() => new PositionalEncoding({ base: 1 }).forward(draw(1, 2, 4), new Pass()), /the base is 1; it must be a number above 1/],
    [() => new Embedding({ count: 3, size: 2 }).forward(tensor([3]), new Pass()), /3 is no row of the table; its rows are 0 to 2/],
    [() => new Embedding({ count: 3, size: 2 }).forward(tensor([0.5]), new Pass()), /0\.5 is no row/],
    [() => new Embedding({ count: 0, size: 2 }), /count is 0/],
    [() => new Transpose([1, 0]).outputShape([3]), /moves the batch axis/],
    [() => new Expand({ shape: [4] }).outputShape([3]), /cannot be broadcast/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
}); // prettier-ignore
