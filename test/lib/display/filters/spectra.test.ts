/** Fourier spectra of filters, the order they give, and the figures of Gabor fits: what they say and refuse. */
import { describe, expect, it } from "vitest";
import {
  Random,
  filters,
  flat,
  full,
  orientationPlot,
  gaborFigure,
  reshape,
  spectra,
  spectrum,
  strongestWave,
  tensor,
  wrap,
  zeros,
} from "../../../../lib/index.js";
import { fitGabors, gabor } from "../../../../lib/vision/gabor.js";

describe("spectrum", () => {
  it("is the amplitude of the Fourier transform, frequency 0 in the middle", () => {
    const filter = new Random(1).normal([2, 3, 5], 0, 1, "float64");
    const amplitude = spectrum(filter, 8);
    expect(amplitude.shape).toEqual([8, 8]);
    for (const [i, j] of [
      [4, 4],
      [4, 6],
      [1, 3],
      [0, 0],
      [7, 5],
    ]) {
      let power = 0;
      for (let c = 0; c < 2; c++) {
        let [re, im] = [0, 0];
        for (let y = 0; y < 3; y++) {
          for (let x = 0; x < 5; x++) {
            const angle = -2 * Math.PI * (((j - 4) * x) / 8 + ((i - 4) * y) / 8);
            re += filter.get(c, y, x) * Math.cos(angle);
            im += filter.get(c, y, x) * Math.sin(angle);
          }
        }
        power += re * re + im * im;
      }
      expect(amplitude.get(i, j)).toBeCloseTo(Math.sqrt(power), 10);
    }
  });

  it("finds the wave of stripes at any angle, and none in an even field", () => {
    for (const orientation of [0, 20, 45, 90, 135, 170]) {
      const wave = strongestWave(gabor(17, { orientation, frequency: 0.21, sigma: 4 }));
      expect(wave.frequency).toBeCloseTo(0.21, 2);
      expect(Math.abs(((wave.orientation - orientation + 90 + 180) % 180) - 90)).toBeLessThan(1.5);
    }
    expect(strongestWave(full([5, 5], 2))).toEqual({ orientation: 0, frequency: 0 });
    expect(strongestWave(zeros([3, 5, 5]))).toEqual({ orientation: 0, frequency: 0 });
    expect(strongestWave(tensor([[3]]))).toEqual({ orientation: 0, frequency: 0 });
  });

  it("refuses what is no filter, and a grid that the filter does not fit into", () => {
    expect(() => spectrum(zeros([4, 3, 5, 5]))).toThrow("spectrum: the filter is 4×3×5×5");
    expect(() => spectrum(zeros([5, 5]), 4)).toThrow("size is 4 for a filter of 5×5");
    expect(() => spectrum(zeros([5, 5]), 12)).toThrow("power of 2");
    expect(() =>
      spectrum(
        tensor([
          [NaN, 1],
          [1, 1],
        ]),
      ),
    ).toThrow("not finite");
  });
});

describe("filters in order", () => {
  const angles = [100, 10, 170, 60];
  const stack = wrap(
    Float32Array.from(
      angles.flatMap((orientation, i) => [
        ...flat(gabor(9, { orientation, frequency: 0.3 - 0.05 * i, amplitude: [2, 4, 1, 3][i] })),
      ]),
    ),
    [4, 1, 9, 9],
  );
  /** The drawing alone, which says nothing of the order in words. */
  const drawn = async (order: number[]) => {
    const moved = wrap(Float32Array.from(order.flatMap((f) => [...flat(stack.pick(f))])), [4, 1, 9, 9]);
    return /href="[^"]*"/.exec(await filters(moved).svg())?.[0];
  };
  it.each([
    ["orientation", [1, 3, 0, 2]],
    ["frequency", [3, 2, 1, 0]],
    ["response", [3, 1, 0, 2]],
  ] as const)("by %s", async (sort, order) => {
    const svg = await filters(stack, { sort }).svg();
    expect(/href="[^"]*"/.exec(svg)?.[0]).toBe(await drawn([...order]));
    expect(filters(stack, { sort }).text).toContain(`Sorted by ${sort}.`);
  });

  it("puts what is not finite last, sorts signals and rows of a matrix, and groups alike", () => {
    const broken = wrap(Float32Array.from(flat(stack)), [4, 1, 9, 9]);
    broken.set(1, 0, 0, 0, NaN);
    expect(filters(broken, { sort: "orientation" }).text).toContain("1 NaN");
    expect(filters(new Random(1).normal([4, 2, 9]), { sort: "frequency" }).text).toContain("Sorted");
    expect(filters(reshape(stack, [4, 81]), { sort: "frequency", imageShape: [1, 9, 9] }).text).toContain(
      "Sorted",
    );
    expect(() => filters({ a: zeros([2, 1, 3, 3]), b: zeros([3, 1, 3, 3]) }, { sort: "response" })).toThrow(
      "a has 2 filters and the last group 3",
    );
  });
});

describe("spectra", () => {
  it("says each filter's strongest wave, and draws on where numbers are not finite", async () => {
    const odd = gabor(9, { orientation: 45, frequency: 0.2 });
    odd.set(0, 0, Infinity);
    const figure = spectra({
      even: full([9, 9], 1),
      tilted: gabor(9, { orientation: 45, frequency: 0.2 }),
      odd,
    });
    expect(figure.text).toMatch(/tilted\s+45°\s+0\.2/);
    expect(figure.text).toContain("not finite");
    expect(figure.alt).toContain("no wave");
    expect(await figure.svg()).toContain("tilted");
  });
  it("refuses nothing, and what is no stack", () => {
    expect(() => spectra({})).toThrow("no filter to draw");
    expect(() => spectra(zeros([3, 3]))).toThrow("no stack of filters");
    expect(() => spectra({ parameters: {} })).toThrow("spectra: this layer has no weights named w");
  });
});

describe("figures of Gabor fits", () => {
  const stack = wrap(
    Float32Array.from(
      [0, 30, 60, 32].flatMap((orientation) => [...flat(gabor(9, { orientation, frequency: 0.2 }))]),
    ),
    [4, 1, 9, 9],
  );
  const fits = fitGabors(stack);
  it("tell in words how much is explained, of all filters and not only those drawn", () => {
    const figure = gaborFigure([...fits, ...fitGabors(zeros([1, 1, 9, 9]))], { limit: 2 });
    expect(figure.alt).toContain("5 filters: a Gabor function explains at least 80 % of the variance of 4");
    expect(figure.alt).toContain("The first 2 are drawn.");
    expect(figure.text).toMatch(/2\s+60°\s+0\.200/);
  });
  it("say where most orientations are", () => {
    expect(orientationPlot(fits).alt).toContain("4 filters with stripes of 0.2 to 0.2 cycles per pixel");
    expect(orientationPlot(fits).alt).toContain("most (2) within 15° of 30°");
    expect(orientationPlot([{ orientation: 0, frequency: 0 }]).alt).toContain("none of them with stripes");
  });
  it("refuse to draw nothing", () => {
    expect(() => gaborFigure([])).toThrow("no fits to draw");
    expect(() => orientationPlot([])).toThrow("no filters to draw");
  });
});
