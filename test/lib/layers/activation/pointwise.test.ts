/** The layers that treat every number alone, and softmax. */
import { describe, expect, it } from "vitest";
import {
  ELU,
  GELU,
  LeakyReLU,
  LogSoftmax,
  Pass,
  PReLU,
  Random,
  ScaledTanh,
  Sequential,
  Sigmoid,
  Signum,
  Softmax,
  Softplus,
  Tanh,
  tensor,
  toNested,
  UnitStep,
  type Layer,
  type Tensor,
} from "../../../../lib/index.js";
import { flat } from "../../../../lib/array/tensor.js";
import { normalProbability } from "../../../../lib/layers/activation/gelu.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(21);
const x = random.normal([2, 3, 4, 5], 0, 2, "float64");
const rows = random.normal([4, 6], 0, 3, "float64");
const slopes = random.uniform([3], -0.5, 0.5, "float64");

const cases: OperationCase[] = [
  {
    name: "sigmoid",
    operation: "sigmoid",
    inputs: { x },
    python: "torch.sigmoid(x)",
    layer: () => new Sigmoid(),
  },
  { name: "tanh", operation: "tanh", inputs: { x }, python: "torch.tanh(x)", layer: () => new Tanh() },
  {
    name: "LeCun's tanh",
    operation: "tanh",
    inputs: { x },
    call: ({ x }) => [x, { amplitude: 1.7159, rate: 2 / 3 }],
    python: "1.7159 * torch.tanh(x * 2 / 3)",
    layer: () => new ScaledTanh(),
  },
  {
    name: "leaky ReLU",
    operation: "leakyRelu",
    inputs: { x },
    python: "F.leaky_relu(x)",
    layer: () => new LeakyReLU(),
  },
  {
    name: "leaky ReLU with a slope of its own",
    operation: "leakyRelu",
    inputs: { x },
    call: ({ x }) => [x, { slope: 0.3 }],
    python: "F.leaky_relu(x, 0.3)",
    layer: () => new LeakyReLU({ slope: 0.3 }),
  },
  {
    name: "PReLU with a slope a channel",
    operation: "prelu",
    inputs: { x, a: slopes },
    python: "F.prelu(x, a)",
    layer: () => new PReLU({ size: 3, dtype: "float64" }),
  },
  {
    name: "PReLU with a shared slope",
    operation: "prelu",
    inputs: { x: rows, a: tensor([0.2], [1], "float64") },
    python: "F.prelu(x, a)",
    layer: () => new PReLU({ dtype: "float64" }),
  },
  { name: "ELU", operation: "elu", inputs: { x }, python: "F.elu(x)", layer: () => new ELU() },
  {
    name: "ELU with another alpha",
    operation: "elu",
    inputs: { x },
    call: ({ x }) => [x, { alpha: 0.4 }],
    python: "F.elu(x, 0.4)",
    layer: () => new ELU({ alpha: 0.4 }),
  },
  {
    name: "softplus",
    operation: "softplus",
    inputs: { x },
    python: "F.softplus(x, 1, 1e3)",
    layer: () => new Softplus(),
  },
  {
    name: "sharp softplus",
    operation: "softplus",
    inputs: { x },
    call: ({ x }) => [x, { sharpness: 3 }],
    python: "F.softplus(x, 3, 1e3)",
    layer: () => new Softplus({ sharpness: 3 }),
  },
  { name: "GELU", operation: "gelu", inputs: { x }, python: "F.gelu(x)", layer: () => new GELU() },
  {
    name: "GELU by tanh",
    operation: "gelu",
    inputs: { x },
    call: ({ x }) => [x, { form: "tanh" }],
    python: "F.gelu(x, approximate='tanh')",
    layer: () => new GELU({ form: "tanh" }),
  },
  {
    name: "unit step",
    operation: "unitStep",
    inputs: { x },
    python: "torch.heaviside(x, torch.zeros(1, dtype=x.dtype)).detach() + 0 * x",
    layer: () => new UnitStep(),
  },
  { name: "signum", operation: "signum", inputs: { x }, python: "torch.sign(x)", layer: () => new Signum() },
  {
    name: "softmax",
    operation: "softmax",
    inputs: { x: rows },
    python: "F.softmax(x, 1)",
    layer: () => new Softmax(),
  },
  {
    name: "softmax over channels",
    operation: "softmax",
    inputs: { x },
    python: "F.softmax(x, 1)",
    layer: () => new Softmax(),
  },
  {
    name: "softmax over the last axis",
    operation: "softmax",
    inputs: { x },
    call: ({ x }) => [x, { axis: -1 }],
    python: "F.softmax(x, 3)",
    layer: () => new Softmax({ axis: 3 }),
  },
  {
    name: "log-softmax",
    operation: "logSoftmax",
    inputs: { x: rows },
    python: "F.log_softmax(x, 1)",
    layer: () => new LogSoftmax(),
  },
  {
    name: "log-softmax over channels",
    operation: "logSoftmax",
    inputs: { x },
    python: "F.log_softmax(x, 1)",
    layer: () => new LogSoftmax(),
  },
];

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  const table: [string, (attributes: Record<string, number>) => Layer][] = [
    ["node/test_elu", ({ alpha }) => new ELU({ alpha })],
    ["node/test_elu_default", () => new ELU()],
    ["pytorch/test_ELU", ({ alpha }) => new ELU({ alpha })],
    ["node/test_gelu_default_1", () => new GELU()],
    ["node/test_gelu_default_2", () => new GELU()],
    ["node/test_leakyrelu_default", () => new LeakyReLU()],
    ["node/test_leakyrelu_example", ({ alpha }) => new LeakyReLU({ slope: alpha })],
    ["pytorch/test_LeakyReLU_with_negval", ({ alpha }) => new LeakyReLU({ slope: alpha })],
    ["node/test_sigmoid_example", () => new Sigmoid()],
    ["pytorch/test_Sigmoid", () => new Sigmoid()],
    ["node/test_tanh_example", () => new Tanh()],
    ["pytorch/test_Tanh", () => new Tanh()],
    ["node/test_softplus_example", () => new Softplus()],
    ["pytorch/test_Softplus", () => new Softplus()],
    ["node/test_softmax_axis_0", ({ axis }) => new Softmax({ axis })],
    ["node/test_softmax_axis_1", ({ axis }) => new Softmax({ axis })],
    ["node/test_softmax_default_axis", () => new Softmax({ axis: -1 })],
    ["node/test_softmax_large_number", () => new Softmax({ axis: -1 })],
    ["pytorch/test_softmax_functional_dim3", ({ axis }) => new Softmax({ axis })],
    ["pytorch/test_softmax_lastdim", ({ axis }) => new Softmax({ axis })],
    ["node/test_logsoftmax_axis_0", ({ axis }) => new LogSoftmax({ axis })],
    ["node/test_logsoftmax_axis_1", ({ axis }) => new LogSoftmax({ axis })],
    ["node/test_logsoftmax_axis_2", ({ axis }) => new LogSoftmax({ axis })],
    ["node/test_logsoftmax_large_number", () => new LogSoftmax({ axis: -1 })],
    ["pytorch/test_log_softmax_dim3", ({ axis }) => new LogSoftmax({ axis })],
    ["pytorch/test_log_softmax_lastdim", ({ axis }) => new LogSoftmax({ axis })],
  ];
  it.each(table)("%s", (name, make) => {
    const { attributes, inputs, outputs } = onnxCase(folder, name);
    const layer = make(attributes as Record<string, number>);
    expectClose(layer.forward(inputs[0]!, new Pass()), outputs[0], 1e-6);
  });
});

describe("by hand", () => {
  const apply = (layer: Layer, values: number[]): number[] =>
    Array.from(flat(layer.forward(tensor(values, [values.length, 1], "float64"), new Pass())));
  const slope = (layer: Layer, values: number[]): number[] => {
    const pass = new Pass();
    layer.forward(tensor(values, [values.length, 1], "float64"), pass);
    return Array.from(
      flat(
        layer.backward(
          tensor(
            values.map(() => 1),
            [values.length, 1],
            "float64",
          ),
          pass,
        ),
      ),
    );
  };

  it("kinks and ends are where the equations put them", () => {
    expect(apply(new UnitStep(), [-2, 0, 3])).toEqual([0, 0, 1]);
    expect(apply(new Signum(), [-2, 0, 3])).toEqual([-1, 0, 1]);
    expect(slope(new UnitStep(), [-2, 0, 3])).toEqual([0, 0, 0]);
    expect(slope(new LeakyReLU({ slope: 0.5 }), [-1, 0, 1])).toEqual([0.5, 0.5, 1]);
    expect(slope(new Sigmoid(), [0, 1000, -1000])).toEqual([0.25, 0, 0]);
    expect(slope(new Tanh(), [0])).toEqual([1]);
  });

  it("LeCun's tanh is ±1 at ±1", () => {
    const [low, high] = apply(new ScaledTanh(), [-1, 1]);
    expect(high).toBeCloseTo(1, 4);
    expect(low).toBe(-high);
  });

  it("nothing overflows", () => {
    expect(apply(new Softplus(), [1000, -1000])).toEqual([1000, 0]);
    expect(apply(new ELU(), [-1000])).toEqual([-1]);
    expect(apply(new Sigmoid(), [-1000, 1000])).toEqual([0, 1]);
    expect(apply(new Softmax({ axis: 0 }), [1000, 1000])).toEqual([0.5, 0.5]);
    expect(apply(new GELU(), [-40, 40])).toEqual([-0, 40]);
  });

  it("Φ is right far out in the tails", () => {
    // ½·erfc(−x/√2) from C's mathematical library; 3 is where one formula takes over from the other
    const known: [number, number][] = [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1, 0.15865525393145707],
      [2.9999, 0.998649658717045],
      [-2.9999, 0.0013503412829549248],
      [3, 0.9986501019683699],
      [-3, 0.0013498980316300957],
      [-5, 2.866515718791946e-7],
      [-10, 7.619853024160593e-24],
      [-35, 1.1249107064725534e-268],
    ];
    for (const [at, expected] of known) {
      expect(Math.abs(normalProbability(at) / expected - 1), `Φ(${at})`).toBeLessThan(1e-12);
    }
    expect(normalProbability(NaN)).toBeNaN();
  });

  it("NaN stays NaN", () => {
    for (const layer of [
      new UnitStep(),
      new Signum(),
      new ELU(),
      new LeakyReLU(),
      new GELU(),
      new Softplus(),
    ]) {
      expect(apply(layer, [NaN])).toEqual([NaN]);
    }
  });

  it("nothing before a step learns", () => {
    const net = new Sequential({ prelu: new PReLU(), step: new UnitStep() });
    const pass = new Pass({ training: true });
    net.forward(tensor([[-1, 2]]), pass);
    net.backward(tensor([[1, 1]]), pass);
    const [gradient] = [...pass.gradients.values()] as Tensor[];
    expect(toNested(gradient).toString()).toMatch(/^-?0$/);
  });
});

describe("errors say what to do", () => {
  it.each([
    [
      () => new PReLU({ size: 4 }).outputShape([3, 8, 8]),
      /3 channels \(3×8×8\), the layer 4 slopes; make it with size: 3/,
    ],
    [
      () => new PReLU({ size: 4 }).forward(tensor([[1, 2]]), new Pass()),
      /2 channels, but there are 4 slopes/,
    ],
    [
      () => new LeakyReLU({ slope: NaN }).forward(tensor([1]), new Pass()),
      /the slope is NaN; it must be finite/,
    ],
    [() => new ELU({ alpha: 0 }).forward(tensor([1]), new Pass()), /alpha is 0; it must be above 0/],
    [() => new Softplus({ sharpness: -1 }).forward(tensor([1]), new Pass()), /sharpness is -1/],
    [
      () => new Softmax({ axis: 2 }).forward(tensor([[1]]), new Pass()),
      /no axis 2 in 1×1; the axes are 0 to 1/,
    ],
    [() => new Softmax().forward(tensor([[1, NaN]]), new Pass()), /largest number of a row is NaN/],
    [() => new Softmax().forward(tensor([[NaN, 1]]), new Pass()), /largest number of a row is NaN/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
