/**
 * Protects the promise of a fully convolutional network: without padding, the number at each place is what the classifier
 * says of the window that is cut out there, for every kind of head; and what cannot be converted is refused by name.
 */
import { describe, expect, it } from "vitest";
import {
  AveragePool2d,
  BatchNorm,
  Conv2d,
  copy,
  flat,
  Flatten,
  GlobalAveragePool,
  Linear,
  MaxPool2d,
  Random,
  ReLU,
  Reshape,
  Residual,
  Sequential,
  Softmax,
  Tanh,
  toFullyConvolutional,
  wrap,
  type Layer,
  type Tensor,
} from "../../../lib/index.js";
import { receptiveField } from "../../../lib/vision/index.js";

const dtype = "float64" as const;

/** A window of 12×12 of an image, cut out. */
function cut(image: Tensor, top: number, left: number): Tensor {
  const [, C, H, W] = image.shape;
  const values = new Float64Array(C * 144);
  for (let c = 0; c < C; c++)
    for (let i = 0; i < 144; i++)
      values[c * 144 + i] = flat(image)[(c * H + top + Math.floor(i / 12)) * W + left + (i % 12)];
  return wrap(values, [1, C, 12, 12]);
}

const trunk = (): Record<string, Layer> => ({
  conv1: new Conv2d({ in: 2, out: 3, size: 3, dtype }),
  tanh1: new Tanh(),
  pool1: new MaxPool2d({ size: 2 }),
  conv2: new Conv2d({ in: 3, out: 4, size: 2, dtype }),
});

/** The last maps of the trunk are 4×4×4, in steps of 2. */
const heads: Record<string, () => Record<string, Layer>> = {
  "one linear layer": () => ({ fc: new Linear({ in: 64, out: 5, dtype }) }),
  "flatten and two linear layers": () => ({
    flat: new Flatten(),
    relu: new ReLU(),
    fc1: new Linear({ in: 64, out: 6, dtype }),
    norm: new BatchNorm({ size: 6, dtype }),
    relu2: new ReLU(),
    fc2: new Linear({ in: 6, out: 5, dtype, bias: false }),
    p: new Softmax(),
  }),
  "global average pooling": () => ({
    mean: new GlobalAveragePool(),
    fc: new Linear({ in: 4, out: 5, dtype }),
  }),
  "a nested head and a residual block": () => ({
    block: new Residual({ conv: new Conv2d({ in: 4, out: 4, size: 1, dtype }) }),
    head: new Sequential({
      pool: new AveragePool2d({ size: 2, round: "floor" }),
      fc: new Linear({ in: 16, out: 5, dtype }),
    }),
  }),
};

describe("toFullyConvolutional", () => {
  const scene = new Random(5).normal([1, 2, 20, 26], 0, 1, dtype);

  it.each(Object.entries(heads))("is the classifier at every place, with %s", (name, head) => {
    const net = new Sequential({ ...trunk(), ...head() }, { input: [2, 12, 12], seed: 7 });
    const before = net.forward(cut(scene, 0, 0));
    const full = toFullyConvolutional(net, { input: [2, 20, 26] });
    const map = full.forward(scene);
    // The pooling in the nested head doubles the step.
    const step = name.includes("nested") ? 4 : 2;
    expect(map.shape).toEqual([1, 5, Math.floor(8 / step) + 1, Math.floor(14 / step) + 1]);
    for (let i = 0; i < map.shape[2]; i++)
      for (let j = 0; j < map.shape[3]; j++) {
        const alone = net.forward(cut(scene, step * i, step * j));
        for (let k = 0; k < 5; k++) expect(map.get(0, k, i, j)).toBeCloseTo(alone.get(0, k), 12);
      }
    expect([...flat(net.forward(cut(scene, 0, 0)))]).toEqual([...flat(before)]);
  });

  it("has the classifier's parameters, as many and as they were, though they were never trained", () => {
    const net = new Sequential(
      { ...trunk(), fc: new Linear({ in: 64, out: 5, dtype }) },
      { input: [2, 12, 12] },
    );
    const w = copy(net.parameters["conv1.w"].value);
    const full = toFullyConvolutional(net);
    expect([...flat(net.parameters["conv1.w"].value)]).toEqual([...flat(w)]);
    expect(full.get("conv1")).toBe(net.get("conv1"));
    expect(full.parameters["fc.w"].value.shape).toEqual([5, 4, 4, 4]);
    expect([...flat(full.parameters["fc.w"].value)]).toEqual([...flat(net.parameters["fc.w"].value)]);
    full.parameters["fc.w"].value = new Random(1).normal([5, 4, 4, 4], 0, 1, dtype);
    expect(flat(net.parameters["fc.w"].value)[0]).not.toBe(flat(full.parameters["fc.w"].value)[0]);
  });

  it("says where each place looks", () => {
    const net = new Sequential(
      { ...trunk(), fc: new Linear({ in: 64, out: 5, dtype }) },
      { input: [2, 12, 12] },
    );
    const full = toFullyConvolutional(net, { input: [2, 20, 26] });
    expect(receptiveField(full, "fc", [1, 3])).toEqual({ top: 2, left: 6, height: 12, width: 12 });
  });

  it("differs from the windows cut out where the classifier pads, as its documentation says", () => {
    const net = new Sequential(
      {
        conv: new Conv2d({ in: 2, out: 3, size: 3, pad: 1, dtype }),
        fc: new Linear({ in: 432, out: 1, dtype }),
      },
      { input: [2, 12, 12] },
    );
    const map = toFullyConvolutional(net, { input: [2, 20, 26] }).forward(scene);
    expect(map.get(0, 0, 4, 4)).not.toBeCloseTo(net.forward(cut(scene, 4, 4)).get(0, 0), 3);
  });

  it("refuses by name what is tied to one size or place", () => {
    const net = (layers: Record<string, Layer>) =>
      new Sequential({ ...trunk(), ...layers }, { input: [2, 12, 12] });
    expect(() =>
      toFullyConvolutional(
        net({ rows: new Reshape({ shape: [64] }), fc: new Linear({ in: 64, out: 5, dtype }) }),
      ),
    ).toThrow(/^toFullyConvolutional: rows \(Reshape.*every place/);
    expect(() =>
      toFullyConvolutional(
        net({
          flat: new Flatten(),
          norm: new BatchNorm({ size: 64, dtype }),
          fc: new Linear({ in: 64, out: 5, dtype }),
        }),
      ),
    ).toThrow(/norm \(BatchNorm/);
    expect(() =>
      toFullyConvolutional(net({ inner: new Sequential({ p: new Softmax({ axis: -1 }) }) })),
    ).toThrow(/inner\.p \(Softmax/);
    expect(() => toFullyConvolutional(new Sequential(trunk()))).toThrow(/input is not known, expected C×H×W/);
    expect(() =>
      toFullyConvolutional(new Sequential({ fc: new Linear({ in: 4, out: 2 }) }, { input: [4] })),
    ).toThrow(/input is 4, expected C×H×W/);
  });
});
