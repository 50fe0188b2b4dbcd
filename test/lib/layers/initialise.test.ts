/** How weights begin: the spread that each initialiser promises, right angles, Gabor filters. */
import { describe, expect, it } from "vitest";
import {
  constant,
  Conv2d,
  gaborBank,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  Random,
  type Initializer,
} from "../../../lib/index.js";
import { flat } from "../../../lib/array/tensor.js";

const shape = [80, 10, 5, 5];
const fans = { in: 250, out: 800 };
const draw = (init: Initializer, of = shape, seed = 1): Float64Array =>
  flat(init(of, fans, "float64", new Random(seed))) as Float64Array;

describe("random initialisers", () => {
  it.each([
    ["heNormal", heNormal, Math.sqrt(2 / 250), Infinity],
    ["heUniform", heUniform, Math.sqrt(2 / 250), Math.sqrt(6 / 250)],
    ["lecunNormal", lecunNormal, Math.sqrt(1 / 250), Infinity],
    ["lecunUniform", lecunUniform, Math.sqrt(1 / 250), Math.sqrt(3 / 250)],
    ["glorotNormal", glorotNormal, Math.sqrt(2 / 1050), Infinity],
    ["glorotUniform", glorotUniform, Math.sqrt(2 / 1050), Math.sqrt(6 / 1050)],
    ["normal", normal(0.3), 0.3, Infinity],
  ] as const)(
    "%s has its deviation, mean 0, its limits, and is the same for the same seed",
    (_, init, deviation, limit) => {
      const w = draw(init);
      const mean = w.reduce((a, v) => a + v, 0) / w.length;
      const spread = Math.sqrt(w.reduce((a, v) => a + v * v, 0) / w.length);
      expect(Math.abs(mean)).toBeLessThan((4 * deviation) / Math.sqrt(w.length));
      expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.02);
      expect(w.every((v) => Math.abs(v) <= limit)).toBe(true);
      expect(w.some((v) => Math.abs(v) > 0.99 * limit) || limit === Infinity).toBe(true);
      expect(draw(init)).toEqual(w);
      expect(draw(init, shape, 2)).not.toEqual(w);
    },
  );

  it("constant is constant", () => {
    expect(new Set(draw(constant(0.5)))).toEqual(new Set([0.5]));
  });
});

describe("orthogonal", () => {
  it.each([
    ["fewer filters than weights", [6, 2, 3, 3], 6, 18],
    ["more filters than weights", [20, 3, 2, 1], 20, 6],
  ] as const)("%s: at right angles, of length gain", (_, of, filters, weights) => {
    const w = draw(orthogonal(1.5), [...of]);
    const size = Math.min(filters, weights);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        let product = 0;
        for (let k = 0; k < Math.max(filters, weights); k++) {
          product +=
            filters <= weights
              ? w[a * weights + k] * w[b * weights + k]
              : w[k * weights + a] * w[k * weights + b];
        }
        expect(product).toBeCloseTo(a === b ? 1.5 ** 2 : 0, 12);
      }
    }
  });
});

describe("Gabor bank", () => {
  const w = new Conv2d({ in: 3, out: 16, size: 11, init: gaborBank(), dtype: "float64" }).parameters.w.value;
  const filter = (f: number): number[] => Array.from(flat(w).subarray(f * 363, f * 363 + 121));

  it("gives nothing for a constant image, and has the length of a He filter", () => {
    for (let f = 0; f < 16; f++) {
      const values = Float64Array.from(flat(w).subarray(f * 363, f * 363 + 363));
      expect(values.reduce((a, v) => a + v, 0)).toBeCloseTo(0, 12);
      expect(values.reduce((a, v) => a + v * v, 0)).toBeCloseTo(2, 12);
    }
  });

  it("is even and odd in turn, and turns by 45°", () => {
    const mirrored = (f: number): number[] => filter(f).toReversed();
    filter(0).forEach((v, i) => expect(v).toBeCloseTo(mirrored(0)[i], 12));
    filter(1).forEach((v, i) => expect(v).toBeCloseTo(-mirrored(1)[i], 12));
    // Filter 0 has waves along x, filter 4 along y: each is the other's transpose.
    filter(0).forEach((v, i) => expect(v).toBeCloseTo(filter(4)[(i % 11) * 11 + Math.floor(i / 11)], 12));
  });

  it("answers most to its own orientation and wavelength", () => {
    const response = (f: number, angle: number): number => {
      let [even, odd] = [0, 0];
      filter(f).forEach((_, i) => {
        const along = ((i % 11) - 5) * Math.cos(angle) + (Math.floor(i / 11) - 5) * Math.sin(angle);
        const wave = Math.cos((2 * Math.PI * along) / 5.5);
        even += filter(f)[i] * wave;
        odd += filter(f + 1)[i] * wave;
      });
      return Math.hypot(even, odd);
    };
    const angles = [0, 1, 2, 3].map((k) => (k * Math.PI) / 4);
    for (let k = 0; k < 4; k++) {
      const answers = angles.map((angle) => response(2 * k, angle));
      expect(answers.indexOf(Math.max(...answers))).toBe(k);
    }
  });

  it("says what it cannot do", () => {
    expect(() => draw(gaborBank(), [4, 5])).toThrow(/the weights are 4×5, expected F×C×K×L/);
    expect(() => draw(gaborBank({ wavelength: 1 }))).toThrow(/wavelength must be above 2 pixels/);
  });
});
