/** ConvNetJS's saved networks compute here what they compute there: compared with its rules written out on its volumes. */
import { describe, expect, test } from "vitest";
import {
  FormatError,
  Pass,
  Random,
  ShapeError,
  ValueError,
  flat,
  importConvNetJs,
  tensor,
  wrap,
} from "../../../lib/index.js";
import { deviationOf } from "../../support/engines.js";
import { mutate } from "../formats/mutations.js";

const random = new Random(3);
const numbers = (count: number): number[] => Array.from({ length: count }, () => random.gaussian());
/** As a typed array is saved by JSON. */
const volume = (sx: number, sy: number, depth: number) => ({
  sx,
  sy,
  depth,
  w: { ...numbers(sx * sy * depth) },
});

const volumes = (count: number, sx: number, sy: number, depth: number) =>
  Array.from({ length: count }, () => volume(sx, sy, depth));

const conv = {
  layer_type: "conv",
  sx: 3,
  sy: 2,
  stride: 2,
  pad: 1,
  filters: volumes(4, 3, 2, 2),
  biases: volume(1, 1, 4),
};
const lrn = { layer_type: "lrn", k: 2, n: 3, alpha: 0.5, beta: 0.75 };
const dropout = { layer_type: "dropout", drop_prob: 0.2 };
const fc1 = { layer_type: "fc", num_inputs: 8, filters: volumes(3, 1, 1, 8), biases: volume(1, 1, 3) };
const fc2 = { layer_type: "fc", num_inputs: 3, filters: volumes(2, 1, 1, 3), biases: volume(1, 1, 2) };
const saved = {
  layers: [
    { layer_type: "input", out_sx: 9, out_sy: 7, out_depth: 2 },
    conv,
    { layer_type: "relu" },
    { layer_type: "pool", sx: 2, sy: 2, stride: 2, pad: 0 },
    lrn,
    dropout,
    { layer_type: "maxout", group_size: 2 },
    fc1,
    { layer_type: "tanh" },
    fc2,
    { layer_type: "softmax", num_inputs: 2 },
  ],
};

/** A volume of ConvNetJS's: column, row, channel, at ((width·row) + column)·depth + channel. */
class Vol {
  readonly w: Float64Array;
  constructor(
    readonly sx: number,
    readonly sy: number,
    readonly depth: number,
  ) {
    this.w = new Float64Array(sx * sy * depth);
  }
  at(x: number, y: number, d: number): number {
    return (y * this.sx + x) * this.depth + d;
  }
}

/** The net above by ConvNetJS's rules, one volume at a time. */
function predict(input: Vol): number[] {
  const made = new Vol(5, 4, 4);
  for (let d = 0; d < 4; d++) for (let ax = 0; ax < 5; ax++) for (let ay = 0; ay < 4; ay++) {
    let sum = conv.biases.w[d];
    for (let fx = 0; fx < 3; fx++) for (let fy = 0; fy < 2; fy++) for (let c = 0; c < 2; c++) {
      const [ox, oy] = [ax * 2 - 1 + fx, ay * 2 - 1 + fy];
      if (ox >= 0 && oy >= 0 && ox < 9 && oy < 7) sum += conv.filters[d].w[(fy * 3 + fx) * 2 + c] * input.w[input.at(ox, oy, c)];
    }
    made.w[made.at(ax, ay, d)] = Math.max(0, sum);
  } // prettier-ignore
  const pooled = new Vol(2, 2, 4);
  for (let d = 0; d < 4; d++) for (let x = 0; x < 2; x++) for (let y = 0; y < 2; y++) {
    const window = [0, 1].flatMap((i) => [0, 1].map((j) => made.w[made.at(2 * x + i, 2 * y + j, d)]));
    pooled.w[pooled.at(x, y, d)] = Math.max(...window);
  } // prettier-ignore
  const { k, n, alpha, beta } = lrn;
  const after = new Vol(2, 2, 2);
  for (let x = 0; x < 2; x++) for (let y = 0; y < 2; y++) {
    const normal = [0, 1, 2, 3].map((d) => {
      const near = [d - 1, d, d + 1].filter((j) => j >= 0 && j < 4).map((j) => pooled.w[pooled.at(x, y, j)] ** 2);
      const scale = k + (alpha / n) * near.reduce((a, b) => a + b, 0);
      return pooled.w[pooled.at(x, y, d)] * scale ** -beta * (1 - dropout.drop_prob);
    });
    for (let d = 0; d < 2; d++) after.w[after.at(x, y, d)] = Math.max(normal[2 * d], normal[2 * d + 1]);
  } // prettier-ignore
  const dense = ({ filters, biases }: typeof fc1, x: ArrayLike<number>): number[] =>
    filters.map((filter, i) => Array.from(x).reduce((sum, v, j) => sum + v * filter.w[j], biases.w[i]));
  return dense(fc2, dense(fc1, after.w).map(Math.tanh));
}

describe("importConvNetJs", () => {
  test("scores as ConvNetJS does: layout, floors, maxout, normalisation, dropout's factor", () => {
    const net = importConvNetJs(JSON.stringify(saved), { dtype: "float64" });
    expect(Object.keys(net.layers)).toEqual(["conv1", "relu1", "pool1", "lrn1", "dropout1", "maxout1", "fc1", "tanh1", "fc2"]); // prettier-ignore
    expect(net.input).toEqual([2, 7, 9]);
    const image = new Vol(9, 7, 2);
    image.w.set(numbers(126));
    const x = new Float64Array(126);
    for (let c = 0; c < 2; c++) for (let y = 0; y < 7; y++) for (let u = 0; u < 9; u++) x[(c * 7 + y) * 9 + u] = image.w[image.at(u, y, c)]; // prettier-ignore
    const scores = net.forward(wrap(x, [1, 2, 7, 9]));
    expect(deviationOf(flat(scores), predict(image))).toBeLessThan(1e-14);
  });

  test("keeps the weights behind a dropout as ConvNetJS trained them: kept numbers pass unscaled", () => {
    const net = importConvNetJs({
      layers: [
        { layer_type: "input", out_sx: 1, out_sy: 1, out_depth: 1 },
        { layer_type: "dropout", drop_prob: 0.5 },
        { layer_type: "fc", filters: [{ w: [4] }], biases: { w: [0] } },
      ],
    });
    const seen = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      seen.add(
        net.forward(tensor([[[[3]]]]), new Pass({ training: true, random: new Random(seed) })).get(0, 0),
      );
    }
    expect([...seen].sort()).toEqual([0, 12]);
    expect(net.forward(tensor([[[[3]]]])).get(0, 0)).toBe(6);
  });

  const layers = (...more: object[]) => ({
    layers: [{ layer_type: "input", out_sx: 2, out_sy: 2, out_depth: 1 }, ...more],
  });
  test.each([
    ["another file", {}, FormatError, "this is not a network"],
    ["an unknown layer", layers({ layer_type: "quadtransform" }), ValueError, `no layer "quadtransform"`],
    ["too few numbers", layers({ layer_type: "fc", filters: [{ w: [1, 2] }], biases: { w: [1] } }), FormatError, "has 2 numbers where 4"],
    ["numbers that are none", layers({ layer_type: "fc", filters: [{ w: [1, 2, 3, "4"] }], biases: { w: [1] } }), FormatError, "volume"],
    ["no filters", layers({ layer_type: "conv", sx: 1, sy: 1, stride: 1 }), FormatError, "no filters"],
    ["a negative size", layers({ layer_type: "pool", sx: -1, sy: 1, stride: 1 }), FormatError, "sx of a pool layer is -1"],
    ["a window that does not fit", layers({ layer_type: "pool", sx: 3, sy: 3, stride: 1 }), ShapeError, "maxPool2d"],
    ["a sigmoid behind a dropout", layers({ layer_type: "dropout", drop_prob: 0.5 }, { layer_type: "sigmoid" }), ValueError, "between a dropout"],
    ["a dropout at the end", layers({ layer_type: "dropout", drop_prob: 0.5 }), ValueError, "behind the last dropout"],
  ] as const)("refuses %s", (_, value, kind, message) => {
    expect(() => importConvNetJs(value)).toThrow(kind);
    expect(() => importConvNetJs(value)).toThrow(message);
  }); // prettier-ignore

  test("2,000 damaged files: refused or read, never anything else", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(saved));
    const { wrong, refused } = mutate(bytes, 2000, (damaged) => importConvNetJs(damaged), [
      FormatError,
      ValueError,
      ShapeError,
    ]);
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(500);
  });
});
