/** Layer, group, instance, local response and local contrast normalisation. */
import { describe, expect, it } from "vitest";
import {
  full,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LocalContrastNorm,
  LocalResponseNorm,
  Pass,
  Random,
  tensor,
  zeros,
  type Tensor,
  groupNormForward,
  layerNormForward,
} from "../../../../lib/index.js";
import { flat } from "../../../../lib/array/tensor.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(41);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const scales = (...shape: number[]): Tensor => random.uniform(shape, 0.5, 2, "float64");
const float64 = { dtype: "float64" } as const;

const rows = draw(4, 6);
const image = draw(2, 6, 3, 4);
const signal = draw(3, 4, 5);
const photo = draw(2, 3, 6, 8);

/** PyTorch's local contrast normalisation, written with its convolution. */
const contrast = (size: number, deviation: number, floor: string, across: boolean): string => `
n, c, h, w = x.shape
r = torch.arange(${size}, dtype=x.dtype) - ${(size - 1) / 2}
g = torch.exp(-(r[:, None] ** 2 + r[None, :] ** 2) / (2 * ${deviation} ** 2))[None, None]
z = x if ${across ? "True" : "False"} else x.reshape(n * c, 1, h, w)
share = F.conv2d(torch.ones(1, 1, h, w, dtype=x.dtype), g, padding=${(size - 1) / 2})
smooth = lambda u: F.conv2d(u.mean(1, keepdim=True), g, padding=${(size - 1) / 2}) / share
v = z - smooth(z)
sigma = smooth(v ** 2).sqrt()
y = (v / torch.maximum(sigma, ${floor} * torch.ones_like(sigma))).reshape(x.shape)
`;

const cases: OperationCase[] = [
  {
    name: "layer norm of rows",
    operation: "layerNorm",
    inputs: { x: rows, gamma: scales(6), beta: draw(6) },
    python: "F.layer_norm(x, (6,), gamma, beta)",
    layer: () => new LayerNorm({ size: 6, ...float64 }),
  },
  {
    name: "layer norm of images",
    operation: "layerNorm",
    inputs: { x: image, gamma: scales(6, 3, 4), beta: draw(6, 3, 4) },
    call: ({ x, gamma, beta }) => [x, gamma, beta, { epsilon: 0.1 }],
    python: "F.layer_norm(x, (6, 3, 4), gamma, beta, 0.1)",
    layer: () => new LayerNorm({ size: [6, 3, 4], epsilon: 0.1, ...float64 }),
  },
  {
    name: "layer norm of the last axis of images",
    operation: "layerNorm",
    inputs: { x: image, gamma: scales(4), beta: draw(4) },
    python: "F.layer_norm(x, (4,), gamma, beta)",
    layer: () => new LayerNorm({ size: 4, ...float64 }),
  },
  ...[1, 2, 6].map((groups): OperationCase => ({
    name: `group norm in ${groups} groups`,
    operation: "groupNorm",
    inputs: { x: image, gamma: scales(6), beta: draw(6) },
    call: ({ x, gamma, beta }) => [x, gamma, beta, { groups }],
    python: `F.group_norm(x, ${groups}, gamma, beta)`,
    layer: () => new GroupNorm({ groups, size: 6, ...float64 }),
  })),
  {
    name: "instance norm of signals",
    operation: "groupNorm",
    inputs: { x: signal, gamma: scales(4), beta: draw(4) },
    call: ({ x, gamma, beta }) => [x, gamma, beta, { groups: 4 }],
    python: "F.instance_norm(x, weight=gamma, bias=beta)",
    layer: () => new InstanceNorm({ size: 4, ...float64 }),
  },
  {
    name: "local response norm",
    operation: "localResponseNorm",
    inputs: { x: image },
    call: ({ x }) => [x, { size: 3, alpha: 0.5 }],
    python: "F.local_response_norm(x, 3, 0.5)",
    layer: () => new LocalResponseNorm({ size: 3, alpha: 0.5 }),
  },
  {
    name: "local response norm, wider than the channels",
    operation: "localResponseNorm",
    inputs: { x: signal },
    call: ({ x }) => [x, { size: 9, alpha: 2, beta: 1.3, k: 2 }],
    python: "F.local_response_norm(x, 9, 2, 1.3, 2)",
    layer: () => new LocalResponseNorm({ size: 9, alpha: 2, beta: 1.3, k: 2 }),
  },
  {
    name: "local response norm, an even window",
    operation: "localResponseNorm",
    inputs: { x: image },
    call: ({ x }) => [x, { size: 4, alpha: 0.5, k: 1.5 }],
    layer: () => new LocalResponseNorm({ size: 4, alpha: 0.5, k: 1.5 }),
  },
  {
    name: "local contrast norm",
    operation: "localContrastNorm",
    inputs: { x: photo },
    python: contrast(7, 1.75, "sigma.mean((1, 2, 3), keepdim=True)", true),
    layer: () => new LocalContrastNorm(),
  },
  {
    name: "local contrast norm, a constant floor",
    operation: "localContrastNorm",
    inputs: { x: photo },
    call: ({ x }) => [x, { size: 5, deviation: 1, floor: 0.9 }],
    python: contrast(5, 1, "0.9", true),
    layer: () => new LocalContrastNorm({ size: 5, deviation: 1, floor: 0.9 }),
  },
  {
    name: "local contrast norm, every channel alone",
    operation: "localContrastNorm",
    inputs: { x: photo },
    call: ({ x }) => [x, { size: 3, acrossChannels: false }],
    python: contrast(3, 0.75, "sigma.mean((1, 2, 3), keepdim=True)", false),
    layer: () => new LocalContrastNorm({ size: 3, acrossChannels: false }),
  },
];

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  it.each([
    "2d_axis1",
    "2d_axis_negative_2",
    "3d_axis1_epsilon",
    "3d_axis2_epsilon",
    "3d_axis_negative_1_epsilon",
    "4d_axis0",
    "4d_axis1",
    "4d_axis2",
    "4d_axis_negative_2",
    "4d_axis_negative_3",
    "4d_axis_negative_4",
  ])("layer_normalization_%s", (name) => {
    const { attributes, inputs, outputs } = onnxCase(folder, `node/test_layer_normalization_${name}`);
    const [x, gamma, beta] = inputs as Tensor[];
    const epsilon = attributes.epsilon as number | undefined;
    const { y } = new Pass().engine.of(layerNormForward)(x, gamma, beta, { epsilon });
    expectClose(y, outputs[0], 1e-6);
  });

  it.each(["group_normalization_example", "instancenorm_example"])("%s", (name) => {
    const { attributes, inputs, outputs } = onnxCase(folder, `node/test_${name}`);
    const [x, gamma, beta] = inputs as Tensor[];
    const groups = (attributes.num_groups as number | undefined) ?? x.shape[1];
    const { y } = new Pass().engine.of(groupNormForward)(x, gamma, beta, { groups });
    expectClose(y, outputs[0], 1e-6);
  });

  it("lrn_default", () => {
    const { inputs, outputs } = onnxCase(folder, "node/test_lrn_default");
    expectClose(new LocalResponseNorm({ size: 3 }).forward(inputs[0]!, new Pass()), outputs[0], 1e-6);
  });
});

describe("what normalisation is for", () => {
  const moments = (values: ArrayLike<number>): [number, number] => {
    const all = Array.from(values);
    const mean = all.reduce((a, v) => a + v, 0) / all.length;
    return [mean, all.reduce((a, v) => a + (v - mean) ** 2, 0) / all.length];
  };

  it("layer norm: every example has mean 0 and variance 1, whatever the batch", () => {
    const x = random.normal([3, 50], 1000, 5, "float64");
    const y = new LayerNorm({ size: 50, ...float64, epsilon: 0 }).forward(x, new Pass());
    for (let n = 0; n < 3; n++) {
      const [mean, variance] = moments(flat(y).subarray(n * 50, n * 50 + 50));
      expect(Math.abs(mean)).toBeLessThan(1e-12);
      expect(variance).toBeCloseTo(1, 12);
    }
  });

  it("local contrast: brightness and contrast of the image do not matter, and a constant image is zeros", () => {
    const layer = new LocalContrastNorm();
    const x = photo;
    const y = layer.forward(x, new Pass());
    const brighter = tensor(
      Float64Array.from(flat(x), (v) => 3 * v + 100),
      x.shape,
    );
    expectClose(layer.forward(brighter, new Pass()), y, 1e-9);
    expectClose(
      layer.forward(full([1, 2, 9, 9], 7, "float64"), new Pass()),
      zeros([1, 2, 9, 9], "float64"),
      1e-6,
    );
  });

  it("local contrast: a constant image passes back finite gradients", () => {
    const layer = new LocalContrastNorm();
    const pass = new Pass();
    layer.forward(zeros([1, 1, 8, 8], "float64"), pass);
    expect(flat(layer.backward(draw(1, 1, 8, 8), pass)).every(Number.isFinite)).toBe(true);
  });

  it("AlexNet's constants are those of the paper", () => {
    const x = full([1, 5, 1, 1], 100, "float64");
    const y = new LocalResponseNorm({ k: 2, size: 5, alpha: 5e-4, beta: 0.75 }).forward(x, new Pass());
    expect(y.get(0, 2, 0, 0)).toBeCloseTo(100 / (2 + 1e-4 * 5 * 100 ** 2) ** 0.75, 12);
  });
});

describe("errors say what to do", () => {
  it.each([
    [() => new LayerNorm({ size: 5 }).outputShape([4, 6]), /gamma is 5, but the last axes of x are not.*4×6/],
    [() => new LayerNorm({ size: 1 }).outputShape([1]), /a row of 1 number has no variance/],
    [() => new GroupNorm({ groups: 4, size: 6 }).outputShape([6, 2, 2]), /4 groups do not divide 6 channels/],
    [() => new GroupNorm({ groups: 2, size: 8 }).outputShape([6, 2, 2]), /has 6 channels/],
    [() => new InstanceNorm({ size: 3 }).outputShape([3, 1, 1]), /each is one number, which has no variance/],
    [
      () => new LocalContrastNorm({ size: 4 }).forward(zeros([1, 1, 8, 8]), new Pass()),
      /size is 4; it must be an odd/,
    ],
    [
      () => new LocalContrastNorm({ floor: 0 }).forward(zeros([1, 1, 8, 8]), new Pass()),
      /floor is 0; it must be above/,
    ],
    [
      () => new LocalResponseNorm({ k: 0 }).forward(zeros([1, 2]), new Pass()),
      /k 0; alpha and beta must be 0 or more/,
    ],
    [() => new LocalResponseNorm().forward(zeros([3]), new Pass()), /x is 3, expected N×C/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
