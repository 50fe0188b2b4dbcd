/** Clips, powers, exponentials and the cheap sigmoids: the pointwise functions that imported networks are made of. */
import { describe, expect, it } from "vitest";
import {
  Absolute,
  Clip,
  ErrorFunction,
  Cosine,
  Exponential,
  HardSigmoid,
  HardSwish,
  Logarithm,
  Pass,
  Power,
  Random,
  Sine,
  Softsign,
  tensor,
  type Layer,
} from "../../../../lib/index.js";
import { flat } from "../../../../lib/array/tensor.js";
import { erf } from "../../../../lib/layers/activation/gelu.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(21);
const x = random.normal([2, 3, 4, 5], 0, 2, "float64");
const positive = random.uniform([2, 3, 4], 0.3, 3, "float64");

const cases: OperationCase[] = [
  {
    name: "clip",
    operation: "clip",
    inputs: { x },
    call: ({ x }) => [x, { min: -1, max: 2 }],
    python: "torch.clamp(x, -1, 2)",
    layer: () => new Clip({ min: -1, max: 2 }),
  },
  {
    name: "clip from below alone",
    operation: "clip",
    inputs: { x },
    call: ({ x }) => [x, { min: 0.5 }],
    python: "torch.clamp(x, min=0.5)",
    layer: () => new Clip({ min: 0.5 }),
  },
  {
    name: "hard sigmoid",
    operation: "hardSigmoid",
    inputs: { x },
    python: "torch.clamp(x / 6 + 0.5, 0, 1)", // F.hardsigmoid's own gradient has a sixth in single precision,
    layer: () => new HardSigmoid(),
  },
  {
    name: "hard sigmoid of another slope",
    operation: "hardSigmoid",
    inputs: { x },
    call: ({ x }) => [x, { slope: 0.2, offset: 0.4 }],
    python: "torch.clamp(0.2 * x + 0.4, 0, 1)",
    layer: () => new HardSigmoid({ slope: 0.2, offset: 0.4 }),
  },
  {
    name: "hard swish",
    operation: "hardSwish",
    inputs: { x },
    python: "x * torch.clamp(x / 6 + 0.5, 0, 1)",
    layer: () => new HardSwish(),
  },
  {
    name: "softsign",
    operation: "softsign",
    inputs: { x },
    python: "F.softsign(x)",
    layer: () => new Softsign(),
  },
  {
    name: "error function",
    operation: "errorFunction",
    inputs: { x },
    python: "torch.erf(x)",
    layer: () => new ErrorFunction(),
  },
  {
    name: "square",
    operation: "power",
    inputs: { x },
    call: ({ x }) => [x, { exponent: 2 }],
    python: "x ** 2",
    layer: () => new Power({ exponent: 2 }),
  },
  {
    name: "square root",
    operation: "power",
    inputs: { x: positive },
    call: ({ x }) => [x, { exponent: 0.5 }],
    python: "torch.sqrt(x)",
    layer: () => new Power({ exponent: 0.5 }),
  },
  {
    name: "reciprocal",
    operation: "power",
    inputs: { x: positive },
    call: ({ x }) => [x, { exponent: -1 }],
    python: "torch.reciprocal(x)",
    layer: () => new Power({ exponent: -1 }),
  },
  {
    name: "reciprocal root",
    operation: "power",
    inputs: { x: positive },
    call: ({ x }) => [x, { exponent: -0.5 }],
    python: "torch.rsqrt(x)",
    layer: () => new Power({ exponent: -0.5 }),
  },
  {
    name: "third power of negative numbers too",
    operation: "power",
    inputs: { x },
    call: ({ x }) => [x, { exponent: 3 }],
    python: "x ** 3",
    layer: () => new Power({ exponent: 3 }),
  },
  {
    name: "a power that is no whole number",
    operation: "power",
    inputs: { x: positive },
    call: ({ x }) => [x, { exponent: 1.7 }],
    python: "x ** 1.7",
    layer: () => new Power({ exponent: 1.7 }),
  },
  {
    name: "exponential",
    operation: "exponential",
    inputs: { x },
    python: "torch.exp(x)",
    layer: () => new Exponential(),
  },
  {
    name: "logarithm",
    operation: "logarithm",
    inputs: { x: positive },
    python: "torch.log(x)",
    layer: () => new Logarithm(),
  },
  {
    name: "sine",
    operation: "sine",
    inputs: { x },
    python: "torch.sin(x)",
    layer: () => new Sine(),
  },
  {
    name: "cosine",
    operation: "cosine",
    inputs: { x },
    python: "torch.cos(x)",
    layer: () => new Cosine(),
  },
  {
    name: "absolute value",
    operation: "absolute",
    inputs: { x },
    python: "torch.abs(x)",
    layer: () => new Absolute(),
  },
];

checkOperations(cases);

describe("by hand", () => {
  const column = (values: number[]) => tensor(values, [values.length, 1], "float64");
  const apply = (layer: Layer, values: number[]): number[] => [
    ...flat(layer.forward(column(values), new Pass())),
  ];
  const slope = (layer: Layer, values: number[]): number[] => {
    const pass = new Pass();
    layer.forward(column(values), pass);
    return [...flat(layer.backward(column(values.map(() => 1)), pass))];
  };

  it("bounds and kinks are where the equations put them", () => {
    expect(apply(new Clip({ min: 0, max: 6 }), [-1, 0, 3, 6, 7])).toEqual([0, 0, 3, 6, 6]);
    expect(slope(new Clip({ min: 0, max: 6 }), [-1, 0, 3, 6, 7])).toEqual([0, 1, 1, 1, 0]);
    expect(apply(new HardSigmoid(), [-4, -3, 0, 3, 4])).toEqual([0, 0, 0.5, 1, 1]);
    expect(slope(new HardSigmoid({ slope: 0.5, offset: 0.5 }), [-1, 0, 1])).toEqual([0, 0.5, 0]);
    expect(apply(new HardSwish(), [-4, -3, 0, 3, 4])).toEqual([-0, -0, 0, 3, 4]);
    expect(slope(new HardSwish(), [-4, -3, 0, 3, 4])).toEqual([0, -0.5, 0.5, 1.5, 1]);
    expect(slope(new Absolute(), [-2, 0, 2])).toEqual([-1, 0, 1]);
    expect(slope(new Power({ exponent: 0 }), [0, 2])).toEqual([0, 0]);
    expect(slope(new Power({ exponent: 1 }), [0, 2])).toEqual([1, 1]);
  });

  it("nothing overflows, and what has no value is NaN", () => {
    expect(apply(new Softsign(), [Infinity, -Infinity, 1e300])).toEqual([1, -1, 1]);
    expect(apply(new ErrorFunction(), [Infinity, -40, 0])).toEqual([1, -1, 0]);
    expect(apply(new Power({ exponent: 0.5 }), [-1, 0])).toEqual([NaN, 0]);
    for (const layer of [
      new Clip({ max: 1 }),
      new HardSigmoid(),
      new HardSwish(),
      new Softsign(),
      new ErrorFunction(),
      new Absolute(),
    ])
      expect(apply(layer, [NaN])).toEqual([NaN]);
  });

  it("erf is right near 0, at the seam and far out", () => {
    // From C's mathematical library; 3/√2 is where one formula takes over from the other.
    const known: [number, number][] = [
      [1e-10, 1.1283791670955126e-10],
      [0.5, 0.5204998778130465],
      [-1, -0.8427007929497149],
      [2.1213, 0.9972999489159541],
      [2.1214, 0.997301202274278],
      [3, 0.9999779095030014],
      [6, 1],
    ];
    for (const [at, expected] of known)
      expect(Math.abs(erf(at) / expected - 1), `erf(${at})`).toBeLessThan(1e-14);
  });
});

describe("errors say what to do", () => {
  it.each([
    [
      () => new Clip({ min: 2, max: 1 }).forward(tensor([1]), new Pass()),
      /min is 2 and max 1; min must not be above max/,
    ],
    [() => new HardSigmoid({ slope: 0 }).forward(tensor([1]), new Pass()), /the slope is 0/],
    [
      () => new Power({ exponent: NaN }).forward(tensor([1]), new Pass()),
      /the exponent is NaN; it must be finite/,
    ],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
