/** Vowels: formants where Peterson and Barney measured them, and classes that a spectrum tells apart. */
import FFT from "fft.js";
import { describe, expect, it } from "vitest";
import { wrap } from "../../../lib/array/tensor.js";
import { Dataset } from "../../../lib/data/dataset.js";
import { logMel } from "../../../lib/signal/mel.js";
import { vowelFormants, vowelRate, vowels } from "../../../lib/data/vowels.js";
import { linearAccuracy } from "./linear.js";

/** The frequency of the strongest component between two frequencies, in hertz. */
function strongest(wave: ArrayLike<number>, low: number, high: number): number {
  const fft = new FFT(1024);
  const out: number[] = fft.createComplexArray();
  fft.realTransform(
    out,
    Array.from(wave, (sample, i) => sample * Math.sin((Math.PI * (i + 0.5)) / 1024) ** 2),
  );
  const step = vowelRate / 1024;
  let [best, power] = [0, 0];
  for (let k = Math.ceil(low / step); k * step <= high; k++) {
    const here = out[2 * k] ** 2 + out[2 * k + 1] ** 2;
    if (here > power) [best, power] = [k * step, here];
  }
  return best;
}

describe("vowels", () => {
  it("resonate where men's and women's formants are, to the nearest harmonics", () => {
    const { train } = vowels({ train: 100, test: 0, variation: 0, noise: 0 });
    for (let i = 0; i < 100; i++) {
      const wave = train.images.data.subarray(i * 1024, (i + 1) * 1024);
      const { symbol, man, woman } = vowelFormants.find((v) => v.symbol === train.classes[train.labels[i]])!;
      // A formant shows only at multiples of the pitch.
      const first = strongest(wave, 150, 1000);
      expect(first, symbol).toBeGreaterThan(Math.min(man[1], woman[1]) - woman[0] / 2 - 20);
      expect(first, symbol).toBeLessThan(Math.max(man[1], woman[1]) + woman[0] / 2 + 20);
      if (man[2] < 1800) continue;
      const second = strongest(wave, 1500, 3000);
      expect(second, symbol).toBeGreaterThan(man[2] - woman[0] / 2 - 20);
      expect(second, symbol).toBeLessThan(woman[2] + woman[0] / 2 + 20);
    }
  });

  it("is spoken by men and by women, half and half, at their pitch", () => {
    const { images } = vowels({ train: 200, test: 0, symbols: ["ʌ"], variation: 0, noise: 0 }).train;
    const pitches = Array.from({ length: 200 }, (_, i) => {
      const wave = images.data.subarray(i * 1024, (i + 1) * 1024);
      let [best, lag] = [0, 0];
      for (let shift = 28; shift <= 75; shift++) {
        let sum = 0;
        for (let t = 0; t < 900; t++) sum += wave[t] * wave[t + shift];
        if (sum > best) [best, lag] = [sum, shift];
      }
      return vowelRate / lag;
    });
    const men = pitches.filter((pitch) => Math.abs(pitch - 130) < 5).length;
    const women = pitches.filter((pitch) => Math.abs(pitch - 221) < 8 || Math.abs(pitch - 110.5) < 3).length;
    expect(men + women).toBe(200);
    expect(Math.abs(men - 100)).toBeLessThan(30);
  });

  it("has the counts, shapes, loudness and balance it says", () => {
    const { train, validation, test } = vowels({ train: 45, validation: 4, test: 9, length: 300, noise: 0 });
    expect(train.images.shape).toEqual([45, 1, 300]);
    expect([validation?.size, test.size, train.classes.length]).toEqual([4, 9, 10]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label]++;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    for (let i = 0; i < 45; i++) {
      const wave = Array.from(train.images.data.subarray(i * 300, (i + 1) * 300));
      expect(Math.max(...wave.map(Math.abs))).toBeCloseTo(1, 6);
      expect(Math.abs(wave.reduce((sum, sample) => sum + sample) / 300)).toBeLessThan(0.1);
    }
    expect(vowels({ train: 45, test: 9, length: 300, noise: 0 }).train.images.data).toEqual(
      train.images.data,
    );
    expect(vowels({ train: 2, symbols: ["i", "u"] }).test.classes).toEqual(["i", "u"]);
  });

  it("is told apart by its spectrum, hardly by its wave", () => {
    const { train, test } = vowels({ train: 800, test: 300 });
    expect(linearAccuracy(train, test, 5, 0.005)).toBeLessThan(0.35);
    const spectra = (set: Dataset): Dataset => {
      const values = Array.from({ length: set.size }, (_, i) =>
        Array.from(logMel(set.images.data.subarray(i * 1024, (i + 1) * 1024), vowelRate, { hop: 256 }).data),
      );
      const data = Float32Array.from(values.flat(), (value) => value / 4);
      return new Dataset(wrap(data, [set.size, values[0].length]), set.labels, set.classes);
    };
    const accuracy = linearAccuracy(spectra(train), spectra(test), 10, 0.01);
    expect(accuracy).toBeGreaterThan(0.75);
  });

  it("refuses what makes no sense", () => {
    expect(() => vowels({ symbols: ["q"] })).toThrow("there is no vowel q; choose among i ɪ ɛ");
    expect(() => vowels({ symbols: [] })).toThrow("name at least one");
    expect(() => vowels({ variation: 1 })).toThrow("variation is 1");
    expect(() => vowels({ length: 10 })).toThrow("length is 10");
  });
});
