/**
 * Protects the layers that only the historical networks need: each gradient against central differences on every
 * engine, each forward against the same thing said with ordinary layers, and the refusal of what does not fit.
 */
import { describe, expect, it } from "vitest";
import {
  CCells,
  compute,
  conv2dForward,
  Euclidean,
  explain,
  flat,
  gradCheckNet,
  Pass,
  PlaceBias,
  RadialBasis,
  Random,
  Sequential,
  Subsampling2d,
  TableConv2d,
  tensor,
  toNested,
  zeros,
  type Layer,
  type Tensor,
} from "../../../lib/index.js";

const dtype = "float64";
const random = new Random(12);
const image = random.normal([3, 3, 7, 6], 0, 1, dtype);
const codes = random.normal([4, 5], 0, 1, dtype);

/** Parameters that start at zero or one are moved away: a bias of zero hides a forgotten bias. */
function stirred<L extends Layer>(layer: L): L {
  for (const parameter of Object.values(layer.parameters))
    parameter.value = random.normal(parameter.value.shape, 0.3, 1, dtype);
  return layer;
}

const table = [[0, 2], [1], [0, 1, 2], [2, 1]];
const cases: [string, Layer, Tensor][] = [
  ["TableConv2d", stirred(new TableConv2d({ in: 3, table, size: [3, 2], dtype })), image],
  [
    "TableConv2d, stride 2, background −1",
    stirred(new TableConv2d({ in: 3, table, size: 3, stride: [2, 1], pad: [2, 0], background: -1, dtype })),
    image,
  ],
  ["TableConv2d, no bias", stirred(new TableConv2d({ in: 3, table, size: 1, bias: false, dtype })), image],
  ["PlaceBias", stirred(new PlaceBias({ shape: [3, 7, 6], dtype })), image],
  [
    "Subsampling2d",
    stirred(new Subsampling2d({ channels: 3, dtype })),
    random.normal([3, 3, 4, 6], 0, 1, dtype),
  ],
  ["RadialBasis", new RadialBasis({ codes }), random.normal([3, 5], 0, 1, dtype)],
  ["CCells", new CCells({ size: 3 }), random.uniform([3, 2, 6, 7], 0.1, 1, dtype)],
  ["CCells, with cells below zero", new CCells({ size: 5, stride: 1, alpha: 0.7 }), image],
];

describe.each(cases)("%s", (_name, layer, x) => {
  const net = new Sequential({ layer });
  const shape = [x.shape[0], ...layer.outputShape(x.shape.slice(1))];
  const targets = random.normal(shape, 0, 2, dtype); // the upstream gradient is then random

  it.each(compute.engines.map((engine) => [engine.name, engine] as const))(
    "has the gradients that differences show (%s)",
    (_engine, engine) => {
      const report = gradCheckNet(net, x, targets, new Euclidean(), { engine, samples: 400 });
      report.assert();
      expect(report.gradients).toHaveLength(1 + Object.keys(layer.parameters).length);
      expect(report.of("x").compared).toBeGreaterThan(10);
    },
  );

  it("gives the shape it promises, explains itself, and is described", () => {
    expect(net.forward(x).shape).toEqual(shape);
    expect(explain(layer).text).toContain("**Backward.**");
    expect(layer.describe()).toContain(layer.kind);
  });
});

describe("TableConv2d", () => {
  it("with a full table and no background is the ordinary convolution", () => {
    const all = Array.from({ length: 4 }, () => [0, 1, 2]);
    const layer = stirred(
      new TableConv2d({ in: 3, table: all, size: 3, stride: 2, pad: [1, 1], dtype: "float64" }),
    );
    const x = random.normal([2, 3, 7, 7], 0, 1, dtype);
    const { w, b } = layer.parameters;
    const { y } = conv2dForward(x, tensor(flat(w.value), [4, 3, 3, 3]), b?.value, { stride: 2, pad: 1 });
    const own = flat(layer.forward(x, new Pass()));
    flat(y).forEach((value, i) => expect(own[i]).toBeCloseTo(value, 12)); // engines sum in another order
  });

  it("does not see the channels that its table leaves out", () => {
    const layer = stirred(new TableConv2d({ in: 3, table: [[1]], size: 3, dtype }));
    const other = tensor(flat(image));
    flat(other).forEach((_, i, values) => {
      if (Math.floor(i / 42) % 3 !== 1) values[i] += 5;
    });
    const y = layer.forward(image, new Pass());
    expect(toNested(layer.forward(tensor(flat(other), image.shape), new Pass()))).toEqual(toNested(y));
  });

  it("sees the background outside the image", () => {
    const layer = new TableConv2d({
      in: 1,
      table: [[0]],
      size: 3,
      pad: [1, 1],
      background: -1,
      bias: false,
      dtype,
    });
    layer.parameters.w.value = tensor([1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 3, 3], dtype);
    const y = layer.forward(tensor([[[[10]]]], undefined, dtype), new Pass());
    expect(toNested(y)).toEqual([[[[2]]]]); // 10 and eight times −1
  });

  it("draws the weights of each filter by its own number of inputs", () => {
    const layer = new TableConv2d({
      in: 64,
      table: [[0], Array.from({ length: 64 }, (_, c) => c)],
      size: 5,
      seed: 1,
    });
    const values = flat(layer.parameters.w.value);
    const largest = (from: number, to: number): number =>
      Math.max(...values.subarray(from * 25, to * 25).map((value) => Math.abs(value)));
    expect(largest(0, 1)).toBeGreaterThan(0.08);
    expect(largest(0, 1)).toBeLessThanOrEqual(2.4 / 25);
    expect(largest(1, 65)).toBeLessThanOrEqual(2.4 / 1600);
  });

  it("refuses a table that does not fit", () => {
    const make = (bad: number[][]) => () => new TableConv2d({ in: 3, table: bad, size: 3 });
    expect(make([[0], [3]])).toThrow(
      "tableConv2d: filter 1 sees channels [3] of 3; name one or more from 0 to 2, each once.",
    );
    expect(make([[]])).toThrow("filter 0 sees channels []");
    expect(make([[1, 1]])).toThrow("filter 0 sees channels [1, 1]");
    expect(() => new TableConv2d({ in: 1, table: [[0]], size: 3, pad: [0, -1] })).toThrow(
      "the padding after is -1",
    );
    expect(() => new TableConv2d({ in: 3, table, size: 3 }).outputShape([2, 5, 5])).toThrow(
      "an example is 2×5×5",
    );
  });
});

it("Subsampling2d begins as the mean", () => {
  const y = new Subsampling2d({ channels: 1 }).forward(
    tensor([
      [
        [
          [1, 2],
          [3, 6],
        ],
      ],
    ]),
    new Pass(),
  );
  expect(toNested(y)).toEqual([[[[3]]]]);
});

it("RadialBasis scores the code itself with zero, and everything else below", () => {
  const y = new RadialBasis({ codes }).forward(codes, new Pass());
  const rows = toNested(y) as number[][];
  rows.forEach((row, k) =>
    row.forEach((score, j) => (j === k ? expect(score).toBeCloseTo(0) : expect(score).toBeLessThan(0))),
  );
});

it("a C-cell answers alike to an S-cell anywhere near, and saturates", () => {
  const layer = new CCells({ size: 5, stride: 1 });
  const answer = (...cells: [number, number, number][]): number => {
    const x = zeros([1, 1, 5, 5]);
    for (const [h, v, value] of cells) x.set(0, 0, h, v, value);
    return layer.forward(x, new Pass()).get(0, 0, 2, 2);
  };
  const centre = answer([2, 2, 1]);
  expect(answer([2, 3, 1]) / centre).toBeGreaterThan(0.6);
  expect(answer([3, 2, 1])).toBeCloseTo(answer([2, 1, 1]), 6); // down is as near as left
  expect(answer([2, 4, 1])).toBeLessThan(answer([2, 3, 1]));
  expect(answer([2, 2, 2])).toBeLessThan(2 * centre);
  expect(answer([2, 2, 1e6])).toBeLessThan(1);
  expect(answer()).toBe(0);
  expect(flat(layer.forward(zeros([1, 1, 5, 5]), new Pass())).every((value) => value === 0)).toBe(true);
});

it("shapes that do not fit are refused in a sentence", () => {
  const pass = new Pass();
  expect(() => new PlaceBias({ shape: [1, 2, 2] }).forward(zeros([1, 1, 3, 2]), pass)).toThrow(
    "placeBias: x is 1×1×3×2",
  );
  expect(() => new Subsampling2d({ channels: 3 }).forward(zeros([1, 2, 4, 4]), pass)).toThrow(
    "there are 3 coefficients",
  );
  expect(() => new RadialBasis({ codes }).outputShape([4])).toThrow("the codes have 5 numbers");
  expect(() => new CCells({ size: 0 })).toThrow("cCells: size is 0");
});
