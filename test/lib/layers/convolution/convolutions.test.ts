/** Transposed, local, depthwise and 1×1 convolution. */
import { describe, expect, it } from "vitest";
import {
  Conv1d,
  Conv2d,
  conv1dForward,
  conv2dBackward,
  conv2dForward,
  ConvTranspose1d,
  ConvTranspose2d,
  depthwiseConv2d,
  LocalConv1d,
  LocalConv2d,
  Pass,
  pointwiseConv2d,
  Random,
  zeros,
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type Tensor,
  convTranspose1dForward,
  convTranspose2dForward,
  localConv1dForward,
} from "../../../../lib/index.js";
import { flat, wrap } from "../../../../lib/array/tensor.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(61);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");

function transposed1d(x: Tensor, w: Tensor, options: ConvTranspose1dOptions, python: string): OperationCase {
  const { groups = 1 } = options;
  const out = w.shape[1] * groups;
  return {
    name: `convTranspose1d ${JSON.stringify(options)}`,
    operation: "convTranspose1d",
    inputs: { x, w, b: draw(out) },
    call: ({ x, w, b }) => [x, w, b, options],
    python: `F.conv_transpose1d(x, w, b, ${python})`,
    layer: () => new ConvTranspose1d({ in: x.shape[1], out, size: w.shape[2], dtype: "float64", ...options }),
  };
}

function transposed2d(x: Tensor, w: Tensor, options: ConvTranspose2dOptions, python?: string): OperationCase {
  const { groups = 1 } = options;
  const out = w.shape[1] * groups;
  return {
    name: `convTranspose2d ${JSON.stringify(options)}`,
    operation: "convTranspose2d",
    inputs: { x, w, b: draw(out) },
    call: ({ x, w, b }) => [x, w, b, options],
    python: python && `F.conv_transpose2d(x, w, b, ${python})`,
    layer: () =>
      new ConvTranspose2d({
        in: x.shape[1],
        out,
        size: [w.shape[2], w.shape[3]],
        dtype: "float64",
        ...options,
      }),
  };
}

const local2dUnfolded = (window: string): string => `
u = F.unfold(x, ${window}).reshape(x.shape[0], -1, *w.shape[1:3])
y = torch.einsum('fijk,nkij->nfij', w.flatten(3), u) + b
`;

const cases: OperationCase[] = [
  transposed1d(draw(2, 3, 5), draw(3, 2, 4), {}, "1"),
  transposed1d(draw(2, 3, 5), draw(3, 2, 4), { stride: 3, pad: 1, extra: 2 }, "3, 1, 2"),
  transposed1d(draw(2, 4, 5), draw(4, 3, 2), { stride: 2, dilation: 3, groups: 2 }, "2, 0, 0, 2, 3"),
  transposed2d(draw(2, 3, 3, 4), draw(3, 2, 3, 2), {}, "1"),
  transposed2d(
    draw(2, 3, 3, 4),
    draw(3, 2, 3, 2),
    { stride: [2, 3], pad: { top: 1, bottom: 1 }, extra: [1, 2] },
    "(2, 3), (1, 0), (1, 2)",
  ),
  transposed2d(
    draw(2, 4, 3, 3),
    draw(4, 3, 2, 3),
    { stride: 2, groups: 2, dilation: [2, 1], pad: 1 },
    "2, 1, 0, 2, (2, 1)",
  ),
  transposed2d(draw(1, 2, 3, 3), draw(2, 1, 4, 4), { stride: 2, pad: { top: 2, left: 1 } }),
  {
    name: "convTranspose2d without a bias",
    operation: "convTranspose2d",
    inputs: { x: draw(2, 2, 3, 3), w: draw(2, 2, 3, 3) },
    call: ({ x, w }) => [x, w, undefined, { stride: 2 }],
    python: "F.conv_transpose2d(x, w, None, 2)",
    linear: true,
    layer: () => new ConvTranspose2d({ in: 2, out: 2, size: 3, stride: 2, bias: false, dtype: "float64" }),
  },
  {
    name: "localConv1d",
    operation: "localConv1d",
    inputs: { x: draw(2, 3, 8), w: draw(2, 4, 3, 2), b: draw(2, 4) },
    call: ({ x, w, b }) => [x, w, b, { stride: 2 }],
    python: "torch.einsum('ftcm,nctm->nft', w, x.unfold(2, 2, 2)) + b",
    layer: () => new LocalConv1d({ in: 3, out: 2, size: 2, stride: 2, length: 8, dtype: "float64" }),
  },
  {
    name: "localConv1d, padded and dilated, without a bias",
    operation: "localConv1d",
    inputs: { x: draw(2, 3, 6), w: draw(2, 6, 3, 3) },
    call: ({ x, w }) => [x, w, undefined, { pad: 2, dilation: 2 }],
    linear: true,
    layer: () =>
      new LocalConv1d({
        in: 3,
        out: 2,
        size: 3,
        pad: 2,
        dilation: 2,
        length: 6,
        bias: false,
        dtype: "float64",
      }),
  },
  {
    name: "localConv2d",
    operation: "localConv2d",
    inputs: { x: draw(2, 3, 5, 6), w: draw(2, 4, 2, 3, 2, 3), b: draw(2, 4, 2) },
    call: ({ x, w, b }) => [x, w, b, { stride: [1, 3] }],
    python: local2dUnfolded("(2, 3), stride=(1, 3)"),
    layer: () =>
      new LocalConv2d({ in: 3, out: 2, size: [2, 3], stride: [1, 3], image: [5, 6], dtype: "float64" }),
  },
  {
    name: "localConv2d, padded",
    operation: "localConv2d",
    inputs: { x: draw(2, 2, 4, 4), w: draw(3, 2, 2, 2, 3, 3), b: draw(3, 2, 2) },
    call: ({ x, w, b }) => [x, w, b, { stride: 2, pad: 1, round: "floor" }],
    python: local2dUnfolded("3, padding=1, stride=2"),
    layer: () =>
      new LocalConv2d({
        in: 2,
        out: 3,
        size: 3,
        stride: 2,
        pad: 1,
        round: "floor",
        image: 4,
        dtype: "float64",
      }),
  },
];

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  it.each([
    "node/test_convtranspose_1d",
    "node/test_convtranspose_group_2",
    "node/test_convtranspose_kernel_shape",
    "node/test_convtranspose_pad",
    "node/test_convtranspose_pads",
    "pytorch/test_ConvTranspose2d",
    "pytorch/test_operator_convtranspose",
  ])("%s", (name) => {
    const { attributes, inputs, outputs } = onnxCase(folder, name);
    const [x, w, b] = inputs;
    const two = x!.shape.length === 4;
    const {
      strides = [1, 1],
      group = 1,
      pads = [0, 0, 0, 0],
      output_padding: extra = [0, 0],
    } = attributes as { strides?: number[]; group?: number; pads?: number[]; output_padding?: number[] };
    const engine = new Pass().engine;
    const { y } = two
      ? engine.of(convTranspose2dForward)(x!, w!, b, {
          stride: [strides[0], strides[1]],
          groups: group,
          pad: { top: pads[0], left: pads[1], bottom: pads[2], right: pads[3] },
          extra: [extra[0], extra[1]],
        })
      : engine.of(convTranspose1dForward)(x!, w!, b, {});
    expectClose(y, outputs[0], 1e-5);
  });
});

describe("transposed convolution", () => {
  it("is the backward pass of the convolution", () => {
    const options = { stride: 2, pad: 1 };
    const [x, w] = [draw(2, 3, 7, 7), draw(4, 3, 3, 3)];
    const { y, cache } = conv2dForward(x, w, undefined, options);
    const dy = draw(...y.shape);
    const again = new Pass().engine.of(convTranspose2dForward)(dy, w, undefined, options);
    expectClose(again.y, conv2dBackward(dy, cache).dx, 1e-13);
  });
});

describe("local convolution", () => {
  it("with the same filter everywhere is the convolution", () => {
    const [x, w] = [draw(2, 3, 8), draw(2, 3, 3)];
    const { y } = conv1dForward(x, w, undefined);
    const untied = zeros([2, 6, 3, 3], "float64");
    for (let f = 0; f < 2; f++)
      for (let t = 0; t < 6; t++) untied.data.set(w.data.subarray(f * 9, f * 9 + 9), (f * 6 + t) * 9);
    expectClose(new Pass().engine.of(localConv1dForward)(x, untied, undefined, {}).y, y, 1e-13);
  });
});

describe("separable convolution", () => {
  const net = {
    depthwise: depthwiseConv2d({ channels: 4, size: 3, pad: 1, multiplier: 2, dtype: "float64", seed: 1 }),
    pointwise: pointwiseConv2d({ in: 8, out: 5, dtype: "float64", seed: 2 }),
  };

  it("depthwise: no channel sees another", () => {
    const x = zeros([1, 4, 5, 5], "float64");
    x.data.fill(1, 25, 50); // channel 1
    const y = flat(net.depthwise.forward(x, new Pass()));
    for (let map = 0; map < 8; map++) {
      const silent = y.subarray(map * 25, map * 25 + 25).every((value: number) => value === 0);
      expect(silent, `map ${map}`).toBe(map !== 2 && map !== 3);
    }
  });

  it("1×1: a linear layer at every pixel", () => {
    const x = draw(1, 8, 2, 2);
    const y = net.pointwise.forward(x, new Pass());
    const w = net.pointwise.parameters.w.value;
    let expected = 0;
    for (let c = 0; c < 8; c++) expected += w.get(3, c, 0, 0) * x.get(0, c, 1, 0);
    expect(y.get(0, 3, 1, 0)).toBeCloseTo(expected, 12);
  });

  it("has few weights", () => {
    expect(net.depthwise.parameters.w.value.size).toBe(4 * 2 * 9);
    expect(net.pointwise.parameters.w.value.size).toBe(8 * 5);
    expect([net.depthwise, net.pointwise].every((layer) => layer instanceof Conv2d)).toBe(true);
  });
});

describe("layers", () => {
  it("tell how much they compute", () => {
    const layer = new ConvTranspose2d({ in: 2, out: 3, size: 4, stride: 2, pad: 1 });
    expect(layer.outputShape([2, 5, 7])).toEqual([3, 10, 14]);
    expect(layer.multiplyAdds([2, 5, 7])).toBe(2 * 3 * 16 * 5 * 7);
    expect(layer.describe()).toBe("ConvTranspose2d, 3 filters of 4×4, stride 2, pad 1");
    const local = new LocalConv2d({ in: 1, out: 2, size: 3, image: 6 });
    expect(local.multiplyAdds()).toBe(new Conv2d({ in: 1, out: 2, size: 3 }).multiplyAdds([1, 6, 6]));
    expect(new LocalConv1d({ in: 1, out: 2, size: 3, length: 6 }).multiplyAdds()).toBe(
      new Conv1d({ in: 1, out: 2, size: 3 }).multiplyAdds([1, 6]),
    );
  });

  it("draw the same weights for the same seed", () => {
    const make = (seed: number): Tensor =>
      new LocalConv1d({ in: 1, out: 2, size: 3, length: 6, seed }).parameters.w.value;
    expect(flat(make(1))).toEqual(flat(make(1)));
    expect(flat(make(1))).not.toEqual(flat(make(2)));
  });
});

describe("errors say what to do", () => {
  const x = wrap(new Float32Array(18), [1, 2, 3, 3]);
  it.each([
    [
      () => new ConvTranspose2d({ in: 3, out: 1, size: 3 }).forward(x, new Pass()),
      /x has 2 channels, so w must be 2×/,
    ],
    [
      () => new ConvTranspose2d({ in: 2, out: 1, size: 3, extra: 1 }).outputShape([2, 3, 3]),
      /1 extra rows with stride 1/,
    ],
    [
      () => new ConvTranspose2d({ in: 2, out: 1, size: 1, pad: 2 }).outputShape([2, 3, 3]),
      /would have -1 rows; pad less/,
    ],
    [() => new ConvTranspose2d({ in: 2, out: 3, size: 1, groups: 2 }), /2 groups do not divide 3 filters/],
    [() => new ConvTranspose1d({ in: 2, out: 1, size: 3, stride: 0 }).outputShape([2, 3]), /stride is 0/],
    [
      () => new LocalConv2d({ in: 2, out: 1, size: 2, image: 4 }).forward(x, new Pass()),
      /filters for 1×3×3 outputs, but the windows have 1×2×2 places; make the layer for this size/,
    ],
    [() => new LocalConv2d({ in: 2, out: 1, size: 3, stride: 3, image: 7 }), /is not whole; use stride/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
