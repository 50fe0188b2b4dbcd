/** Average, sum, Lp, global average pooling, decimation and maxout. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  AveragePool1d,
  AveragePool2d,
  Decimation1d,
  Decimation2d,
  GlobalAveragePool,
  LpPool1d,
  LpPool2d,
  Maxout,
  Pass,
  Random,
  SumPool1d,
  SumPool2d,
  tensor,
  toNested,
  zeros,
  type Layer,
  type Tensor,
} from "../../../../lib/index.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(31);
const signal = random.normal([2, 3, 10], 0, 1, "float64");
const image = random.normal([2, 3, 7, 9], 0, 1, "float64");

/** A pooling layer, whose function is called like it, tried on the signal or on the image. */
interface Pooling {
  readonly of: new (options: never) => Layer;
  readonly options: object;
  readonly python?: string;
}

const poolings: Pooling[] = [
  { of: AveragePool1d, options: { size: 2 }, python: "F.avg_pool1d(x, 2)" },
  {
    of: AveragePool1d,
    options: { size: 3, stride: 2, pad: 1, round: "floor" },
    python: "F.avg_pool1d(x, 3, 2, 1, count_include_pad=False)",
  },
  {
    of: AveragePool1d,
    options: { size: 3, stride: 2, pad: 1, round: "ceil", countPadding: true },
    python: "F.avg_pool1d(x, 3, 2, 1, ceil_mode=True)",
  },
  { of: AveragePool1d, options: { size: 2, stride: 1, dilation: 3 } },
  {
    of: AveragePool2d,
    options: { size: [3, 2], stride: [2, 1] },
    python: "F.avg_pool2d(x, (3, 2), (2, 1))",
  },
  {
    of: AveragePool2d,
    options: { size: 3, stride: 2, pad: 1, countPadding: true },
    python: "F.avg_pool2d(x, 3, 2, 1)",
  },
  {
    of: AveragePool2d,
    options: { size: 4, stride: 3, pad: 2, round: "ceil" },
    python: "F.avg_pool2d(x, 4, 3, 2, ceil_mode=True, count_include_pad=False)",
  },
  {
    of: AveragePool2d,
    options: { size: 4, stride: 3, pad: 2, round: "ceil", countPadding: true },
    python: "F.avg_pool2d(x, 4, 3, 2, ceil_mode=True)",
  },
  { of: AveragePool2d, options: { size: 2, pad: "same", stride: 2 } },
  {
    of: AveragePool2d,
    options: { size: 2, stride: 1, pad: { top: 1, right: 1 }, countPadding: true },
    python: "F.avg_pool2d(F.pad(x, (0, 1, 1, 0)), 2, 1)",
  },
  { of: SumPool1d, options: { size: 4, stride: 2 }, python: "F.avg_pool1d(x, 4, 2) * 4" },
  { of: SumPool2d, options: { size: 3, stride: 2, pad: 1 }, python: "F.avg_pool2d(x, 3, 2, 1) * 9" },
  { of: LpPool1d, options: { size: 4, stride: 2 }, python: "F.lp_pool1d(x, 2, 4, 2)" },
  { of: LpPool2d, options: { size: 3, stride: 2 }, python: "F.lp_pool2d(x, 2, 3, 2)" },
  {
    of: LpPool2d,
    options: { size: [3, 2], stride: 1, pad: 1, power: 3 },
    python: "(F.avg_pool2d(F.pad(x, (1, 1, 1, 1)).abs() ** 3, (3, 2), 1) * 6) ** (1 / 3)",
  },
  { of: LpPool2d, options: { size: 3, stride: 2, power: 1 }, python: "F.avg_pool2d(x.abs(), 3, 2) * 9" },
];

function caseOf({ of, options, python }: Pooling): OperationCase {
  const operation = of.name[0].toLowerCase() + of.name.slice(1);
  return {
    name: `${operation} ${JSON.stringify(options)}`,
    operation,
    inputs: { x: of.name.endsWith("1d") ? signal : image },
    call: ({ x }) => [x, options],
    python,
    linear: !operation.startsWith("lp"),
    layer: () => new of(options as never),
  };
}

const cases: OperationCase[] = [
  ...poolings.map(caseOf),
  {
    name: "decimate1d",
    operation: "decimate1d",
    inputs: { x: signal },
    call: ({ x }) => [x, 3],
    python: "x[:, :, ::3]",
    linear: true,
    layer: () => new Decimation1d({ step: 3 }),
  },
  {
    name: "decimate2d",
    operation: "decimate2d",
    inputs: { x: image },
    call: ({ x }) => [x, [3, 2]],
    python: "x[:, :, ::3, ::2]",
    linear: true,
    layer: () => new Decimation2d({ step: [3, 2] }),
  },
  ...[signal, image].map((x): OperationCase => ({
    name: `global average of ${x.shape.join("×")}`,
    operation: "globalAveragePool",
    inputs: { x },
    python: "x.flatten(2).mean(2)",
    linear: true,
    layer: () => new GlobalAveragePool(),
  })),
  ...[random.normal([4, 6], 0, 1, "float64"), random.normal([2, 6, 3, 2], 0, 1, "float64")].map(
    (x): OperationCase => ({
      name: `maxout of ${x.shape.join("×")}`,
      operation: "maxout",
      inputs: { x },
      call: ({ x }) => [x, 3],
      python: "x.reshape(x.shape[0], 2, 3, *x.shape[2:]).max(2).values",
      layer: () => new Maxout({ group: 3 }),
    }),
  ),
];

checkOperations(cases);

withData("onnx", "ONNX's own cases", (folder) => {
  interface Attributes {
    kernel_shape: number[];
    strides?: number[];
    pads?: number[];
    dilations?: number[];
    auto_pad?: string;
    ceil_mode?: number;
    count_include_pad?: number;
    p?: number;
  }
  const options = (a: Attributes): object => {
    const two = a.kernel_shape.length === 2;
    const ones = a.kernel_shape.map(() => 1);
    const axes = (values: number[]): unknown => (two ? values : values[0]);
    const sides = a.pads ?? [...ones, ...ones].fill(0);
    const pad = two
      ? { top: sides[0], left: sides[1], bottom: sides[2], right: sides[3] }
      : [sides[0], sides[1]];
    return {
      size: axes(a.kernel_shape),
      stride: axes(a.strides ?? ones),
      dilation: axes(a.dilations ?? ones),
      pad: a.auto_pad === "SAME_UPPER" ? "same" : pad,
      round: a.ceil_mode === 1 ? "ceil" : "floor",
      countPadding: a.count_include_pad === 1,
      power: a.p,
    };
  };
  const table: [string, new (options: never) => Layer][] = [
    ["node/test_averagepool_2d_ceil", AveragePool2d],
    ["node/test_averagepool_2d_ceil_last_window_starts_on_pad", AveragePool2d],
    ["node/test_averagepool_2d_pads", AveragePool2d],
    ["node/test_averagepool_2d_pads_count_include_pad", AveragePool2d],
    ["node/test_averagepool_2d_precomputed_pads", AveragePool2d],
    ["node/test_averagepool_2d_precomputed_pads_count_include_pad", AveragePool2d],
    ["node/test_averagepool_2d_precomputed_same_upper", AveragePool2d],
    ["node/test_averagepool_2d_same_upper", AveragePool2d],
    ["node/test_averagepool_2d_strides", AveragePool2d],
    ["pytorch/test_AvgPool2d", AveragePool2d],
    ["node/test_lppool_1d_default", LpPool1d],
    ["node/test_lppool_2d_default", LpPool2d],
    ["node/test_lppool_2d_dilations", LpPool2d],
    ["node/test_lppool_2d_pads", LpPool2d],
  ];
  it.each(table)("%s", (name, Pool) => {
    const { attributes, inputs, outputs } = onnxCase(folder, name);
    const [x, expected] = [inputs[0]!, outputs[0]];
    const tolerance = name.includes("starts_on_pad") ? 1e-4 : 1e-6; // that case is stored with four digits
    const layer = new Pool(options(attributes as unknown as Attributes) as never);
    expectClose(layer.forward(x, new Pass()), expected, tolerance);
  });

  it("node/test_globalaveragepool", () => {
    const { inputs, outputs } = onnxCase(folder, "node/test_globalaveragepool");
    const y = new GlobalAveragePool().forward(inputs[0]!, new Pass());
    expectClose(y, tensor(Float64Array.from(outputs[0].data), [1, 3]), 1e-6);
  });
});

withData("golden/tfjs.json", "TensorFlow.js's average-pooling gradient", (path) => {
  it("is ours", () => {
    interface Golden {
      op: string;
      inputs: Record<string, { shape: number[]; data: number[] }>;
      expected: Record<string, { shape: number[]; data: number[] }>;
    }
    const read = JSON.parse(readFileSync(path, "utf8")) as Golden[] | { cases: Golden[] };
    const golden = (Array.isArray(read) ? read : read.cases).find(({ op }) => op === "avgpool2d backward")!;
    // One channel: NHWC and NCHW hold the same numbers in the same order.
    const plane = ({ shape, data }: { shape: number[]; data: number[] }): Tensor =>
      tensor(data.flat(9), [shape[0], shape[3], shape[1], shape[2]], "float64");
    const layer = new AveragePool2d({ size: 2, stride: 1 });
    const pass = new Pass();
    layer.forward(plane(golden.inputs.x), pass);
    expectClose(layer.backward(plane(golden.inputs.dy), pass), plane(golden.expected.dx), 1e-6);
  });
});

describe("by hand", () => {
  it("the border: what is there, or with the padding's zeros", () => {
    const x = tensor([[[2, 4]]]);
    const at = (countPadding: boolean): unknown =>
      toNested(new AveragePool1d({ size: 2, stride: 1, pad: 1, countPadding }).forward(x, new Pass()));
    expect(at(false)).toEqual([[[2, 3, 4]]]);
    expect(at(true)).toEqual([[[1, 3, 2]]]);
  });

  it("an Lp window of zeros has no gradient, and no NaN", () => {
    const layer = new LpPool1d({ size: 2 });
    const pass = new Pass();
    layer.forward(zeros([1, 1, 2]), pass);
    expect(toNested(layer.backward(tensor([[[5]]]), pass))).toEqual([[[0, 0]]]);
  });

  it("maxout: the first of equals wins, and a NaN is not hidden", () => {
    const layer = new Maxout({ group: 2 });
    const pass = new Pass();
    expect(toNested(layer.forward(tensor([[7, 7, 1, NaN]]), pass))).toEqual([[7, NaN]]);
    expect(toNested(layer.backward(tensor([[3, 4]]), pass))).toEqual([[3, 0, 0, 4]]);
  });
});

describe("errors say what to do", () => {
  it.each([
    [
      () => new AveragePool2d({ size: 3 }).outputShape([1, 7, 7]),
      /7 rows, filter 3, stride 3.*2\.33 is not whole/,
    ],
    [() => new AveragePool2d({ size: 2, pad: 2 }).outputShape([1, 4, 4]), /wholly on padding; pad less/],
    [
      () =>
        new AveragePool1d({ size: 2, stride: 1, pad: 1, dilation: 2 }).forward(zeros([1, 1, 1]), new Pass()),
      /lies wholly on padding|pad/,
    ],
    [
      () => new LpPool1d({ size: 2, power: 0.5 }).forward(zeros([1, 1, 4]), new Pass()),
      /power is 0.5; it must be 1 or more/,
    ],
    [
      () => new Maxout({ group: 4 }).outputShape([6, 2, 2]),
      /6 channels \(6×2×2\) are not a whole number of groups of 4/,
    ],
    [() => new GlobalAveragePool().outputShape([6]), /an example is 6, expected C×L or C×H×W/],
    [
      () => new SumPool2d({ size: 2 }).forward(zeros([2, 2]), new Pass()),
      /x is 2×2 \(2 axes\), expected N×C×H×W/,
    ],
    [() => new Decimation1d({ step: 0 }).outputShape([1, 4]), /stride is 0; it must be a whole number/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
