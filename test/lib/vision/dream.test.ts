/**
 * Protects images that are climbed: the gradients of what a unit says and of the total variation against differences, the
 * step's length and direction where they are known in closed form, the sizes of a dream, and the range of its pixels.
 */
import { describe, expect, it } from "vitest";
import {
  Conv2d,
  dream,
  flat,
  Flatten,
  Linear,
  MaxPool2d,
  optimizeInput,
  Random,
  Sequential,
  ShapeError,
  Softplus,
  tensor,
  totalVariation,
  ValueError,
  wrap,
  zeros,
  type Tensor,
} from "../../../lib/index.js";
import { ascent, rolled, stemOf } from "../../../lib/vision/climb.js";
import { resized } from "../../../lib/data/resample.js";

const dtype = "float64" as const;

/** The central difference of f along a random direction, and the gradient's own slope along it. */
function slopes(f: (x: Tensor) => number, x: Tensor, gradient: Tensor): [number, number] {
  const along = flat(new Random(3).normal([...x.shape], 0, 1, dtype));
  const epsilon = 1e-5;
  const moved = (sign: number) =>
    f(
      wrap(
        flat(x).map((value, i) => value + sign * epsilon * along[i]),
        x.shape,
      ),
    );
  const dx = flat(gradient);
  return [
    (moved(1) - moved(-1)) / (2 * epsilon),
    Array.from(along).reduce((sum, value, i) => sum + value * dx[i], 0),
  ];
}

const convolutions = () =>
  new Sequential(
    {
      conv1: new Conv2d({ in: 3, out: 4, size: 3, pad: 1, dtype }),
      soft1: new Softplus(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 4, out: 5, size: 3, dtype }),
      flat: new Flatten(),
      fc: new Linear({ in: 80, out: 3, dtype }),
    },
    { input: [3, 12, 12], seed: 4 },
  );

describe("the gradient that is climbed", () => {
  const net = convolutions();
  const x = new Random(1).normal([2, 3, 12, 12], 0, 1, dtype);

  it.each([
    ["conv2", 3],
    ["conv2", undefined],
    ["pool1", 0],
    ["fc", 2],
    ["fc", undefined],
  ] as const)("of %s, unit %s, is that of differences", (layer, unit) => {
    const stem = stemOf("test", net, layer);
    const { gradient } = ascent("test", stem, x, unit);
    const [measured, derived] = slopes((at) => ascent("test", stem, at, unit).worth, x, gradient);
    expect(Math.abs(measured - derived)).toBeLessThan(1e-6 * Math.max(1e-3, Math.abs(measured)));
    expect(Math.abs(derived)).toBeGreaterThan(1e-5);
  });

  it("leaves the weights as they are, fresh ones too", () => {
    const fresh = convolutions();
    const before = flat(fresh.get("conv1").parameters.w.value).slice();
    optimizeInput(fresh, 1, { layer: "conv2", steps: 2 });
    expect(flat(fresh.get("conv1").parameters.w.value)).toEqual(before);
  });
});

describe("total variation", () => {
  it("has the gradient of differences", () => {
    const x = new Random(2).normal([2, 3, 5, 4], 0, 0.3, dtype);
    const [measured, derived] = slopes((at) => totalVariation(at).value, x, totalVariation(x).dx);
    expect(Math.abs(measured / derived - 1)).toBeLessThan(1e-6);
  });

  it("costs a step and a ramp alike, and nothing for an even image", () => {
    const row = (values: number[]) => totalVariation(tensor(values, [1, 1, 1, 5], dtype), 1e-9).value;
    expect(row([0, 0, 1, 1, 1])).toBeCloseTo(1, 6);
    expect(row([0, 0.25, 0.5, 0.75, 1])).toBeCloseTo(1, 6);
    expect(row([0.3, 0.3, 0.3, 0.3, 0.3])).toBeCloseTo(0, 6);
    expect(() => totalVariation(zeros([5, 5]))).toThrow(ShapeError);
    expect(() => totalVariation(zeros([1, 1, 5, 5]), 0)).toThrow("epsilon is 0");
  });
});

describe("optimizeInput", () => {
  const net = new Sequential(
    { flat: new Flatten(), fc: new Linear({ in: 36, out: 2, dtype }) },
    { input: [1, 6, 6] },
  );
  const w = Float64Array.from(flat(net.get("fc").parameters.w.value).subarray(36, 72));
  const rms = Math.sqrt(w.reduce((sum, value) => sum + value * value, 0) / 36);
  const start = zeros([1, 6, 6], dtype);
  const wide = [-100, 100] as const;

  it("goes straight along the weights of a linear class, by the step's length", () => {
    const { image, worth } = optimizeInput(net, 1, { start, steps: 3, stepSize: 0.5, range: wide });
    flat(image).forEach((value, i) => expect(value).toBeCloseTo((1.5 * w[i]) / rms, 9));
    expect(worth).toHaveLength(4);
    expect(worth[3] - worth[2]).toBeCloseTo(0.5 * 36 * rms, 9);
    expect(flat(start).every((value) => value === 0)).toBe(true);
  });

  it("images are rolled there and back", () => {
    const ramp = wrap(
      Float64Array.from({ length: 8 * 12 }, (_, i) => i % 12),
      [1, 8, 12],
    );
    const there = rolled(ramp, 3, -5);
    expect(there.get(0, 0, 0)).toBe(ramp.get(0, 5, 5));
    expect(flat(rolled(there, -3, 5))).toEqual(flat(ramp));
  });

  it("jitter finds its way back: a step along weights that are read rolled", () => {
    const one = optimizeInput(net, 1, { start, steps: 1, stepSize: 1, range: wide, jitter: 2, seed: 5 });
    const random = new Random(5);
    const [down, right] = [random.integer(5) - 2, random.integer(5) - 2];
    const back = flat(rolled(wrap(w.slice(), [1, 6, 6]), -down, -right));
    flat(one.image).forEach((value, i) => expect(value).toBeCloseTo(back[i] / rms, 9));
    expect([down, right]).not.toEqual([0, 0]);
  });

  it("regularisers do what they say: smoother, nearer to the middle, and inside the range", () => {
    const make = (options: object) => optimizeInput(net, 1, { steps: 60, stepSize: 0.05, ...options }).image;
    const roughness = (image: Tensor) => totalVariation(wrap(flat(image), [1, ...image.shape])).value;
    const distance = (image: Tensor) => Math.hypot(...flat(image).map((value) => value - 0.5));
    const plain = make({});
    for (const value of flat(plain)) expect(value >= 0 && value <= 1).toBe(true);
    expect(roughness(make({ totalVariation: 0.5 }))).toBeLessThan(0.8 * roughness(plain));
    expect(roughness(make({ blur: 0.7 }))).toBeLessThan(0.8 * roughness(plain));
    expect(distance(make({ decay: 4 }))).toBeLessThan(0.8 * distance(plain));
    expect(flat(make({ jitter: 1, seed: 2 }))).toEqual(flat(make({ jitter: 1, seed: 2 })));
  });

  it("scales make the change coarser, grey takes the colours out of it", () => {
    const colour = convolutions();
    const options = { layer: "conv2", start: zeros([3, 12, 12], dtype), steps: 1, stepSize: 1, range: wide };
    const change = (more: object) => optimizeInput(colour, 0, { ...options, ...more }).image;
    const rough = (image: Tensor) => totalVariation(wrap(flat(image), [1, 3, 12, 12])).value;
    expect(rough(change({ scales: 3 }))).toBeLessThan(0.8 * rough(change({})));
    const grey = flat(change({ grey: 1 }));
    for (let i = 0; i < 144; i++) {
      expect(grey[i]).toBeCloseTo(grey[144 + i], 9);
      expect(grey[i]).toBeCloseTo(grey[288 + i], 9);
    }
    expect(Math.hypot(...grey) / Math.sqrt(432)).toBeCloseTo(1, 9);
  });

  it("says what does not fit", () => {
    expect(() => optimizeInput(net, 2)).toThrow("fc has no unit 2; its 2 are numbered 0 to 1");
    expect(() => optimizeInput(net, 0, { layer: "conv" })).toThrow('no layer "conv"; it has flat, fc');
    expect(() => optimizeInput(net, 0, { blur: -1 })).toThrow("blur is -1");
    expect(() => optimizeInput(net, 0, { range: [1, 0] })).toThrow("the least first");
    expect(() => optimizeInput(net, 0, { start: zeros([6, 6], dtype) })).toThrow("expected C×H×W");
    expect(() => optimizeInput(net, 0, { stepSize: 0 })).toThrow(ValueError);
    const unknown = new Sequential({ conv: new Conv2d({ in: 1, out: 1, size: 3 }) });
    expect(() => optimizeInput(unknown, 0)).toThrow("give shape");
  });
});

describe("dream", () => {
  const net = convolutions();
  const photo = new Random(8).uniform([3, 31, 40], 0, 1, dtype);

  it("makes what the layer sees stronger, octave by octave, inside the range", () => {
    const clean = flat(photo).slice();
    const { image, octaves, worth } = dream(net, photo, { layer: "conv2", octaves: 3, steps: 6, jitter: 2 });
    expect(flat(photo)).toEqual(clean);
    // 31 and 40 over 1.4² and 1.4, and made even, since the pooling is in twos.
    expect(octaves.map(({ shape }) => shape)).toEqual([
      [3, 16, 20],
      [3, 22, 28],
      [3, 30, 40],
    ]);
    expect(image).toBe(octaves[2]);
    expect(worth).toHaveLength(18);
    for (const first of [0, 6, 12]) expect(worth[first + 5]).toBeGreaterThan(1.05 * worth[first]);
    for (const value of flat(image)) expect(value >= 0 && value <= 1).toBe(true);
  });

  it("hands the change on to the next octave, not the shrunken image", () => {
    const still = dream(net, photo, { layer: "conv2", octaves: 2, steps: 1, stepSize: 1e-9, jitter: 0 });
    const same = flat(resized(photo, 30, 40));
    flat(still.image).forEach((value, i) => expect(value).toBeCloseTo(same[i], 6));
    const once = dream(net, photo, { layer: "conv2", octaves: 1, steps: 6, jitter: 0 });
    const twice = dream(net, photo, { layer: "conv2", octaves: 2, steps: 6, jitter: 0 });
    expect(twice.worth[6]).toBeGreaterThan(once.worth[0]);
  });

  it("says what does not fit", () => {
    expect(() => dream(net, photo, { layer: "fc" })).toThrow("name a layer before the first linear one");
    expect(() => dream(net, photo, { layer: "fire5" })).toThrow('no layer "fire5"');
    expect(() => dream(net, photo, { layer: "conv2", unit: 5 })).toThrow("no unit 5");
    expect(() => dream(net, photo, { layer: "conv2", octaveScale: 1 })).toThrow("above 1");
    expect(() => dream(net, photo, { layer: "conv2", octaves: 12 })).toThrow(ShapeError);
    expect(() => dream(net, zeros([1, 3, 8, 8]), { layer: "conv2" })).toThrow("images.pick(0)");
    photo.set(0, 0, 0, NaN);
    expect(() => dream(net, photo, { layer: "conv2" })).toThrow("NaN");
  });
});
