/** Protects the displays that teach: what they compute must be what the layers compute, and what they say true. */
import { describe, expect, test } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat, full, reshape, tensor, zeros, type Tensor } from "../../../lib/array/tensor.js";
import {
  architecture,
  calibration,
  calibrationBins,
  classBalance,
  diagnose,
  gainMatrix,
  gainMatrixView,
  gradientFlow,
  gradientMap,
  histograms,
  landscapeView,
  mistakes,
  orientationPlot,
  slidingWindow,
} from "../../../lib/display/index.js";
import { countInBins } from "../../../lib/display/network/histograms.js";
import { conv2dBackward, conv2dForward } from "../../../lib/layers/convolution/conv2d.js";

const random = new Random(8);
const normal = (...shape: number[]) => random.normal(shape, 0, 1, "float64");

function times(matrix: Tensor, x: ArrayLike<number>): number[] {
  const [rows, columns] = matrix.shape;
  return Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += matrix.get(i, j) * x[j];
    return sum;
  });
}

describe("gainMatrix", () => {
  test.each([
    [3, 5, 5, 1, 1],
    [3, 7, 5, 2, 1],
    [2, 4, 6, 2, 0],
    [1, 3, 3, 1, 0],
  ])(
    "a %i-wide filter on %i×%i, stride %i, padding %i: G x is the layer's forward, Gᵀ dy its dx",
    (k, h, w, stride, pad) => {
      const [x, filter] = [normal(1, 1, h, w), normal(1, 1, k, k)];
      const { y, cache } = conv2dForward(x, filter, undefined, { stride, pad });
      const matrix = gainMatrix(reshape(filter, [k, k]), [h, w], { stride, pad });
      times(matrix, flat(x)).forEach((value, i) => expect(value).toBeCloseTo(flat(y)[i], 12));
      const dy = normal(...y.shape);
      const { dx } = conv2dBackward(dy, cache);
      times(matrix.transpose(1, 0), flat(dy)).forEach((value, i) =>
        expect(value).toBeCloseTo(flat(dx)[i], 12),
      );
    },
  );

  test("pads each side by itself and reads the filter backwards, as the layer does", () => {
    const [x, filter] = [normal(1, 1, 3, 4), normal(1, 1, 2, 2)];
    const options = { flip: true, stride: 1, pad: { bottom: 1, right: 1 } };
    const { y } = conv2dForward(x, filter, undefined, options);
    const matrix = gainMatrix(reshape(filter, [2, 2]), [3, 4], options);
    expect(matrix.shape).toEqual([12, 12]);
    times(matrix, flat(x)).forEach((value, i) => expect(value).toBeCloseTo(flat(y)[i], 12));
    // Lecture A: row 6 holds v11, v10 beside each other and v01, v00 a row of the image later.
    const [v00, v01, v10, v11] = flat(filter);
    const row = Array.from({ length: 12 }, (_, j) => matrix.get(6, j));
    expect(row).toEqual([0, 0, 0, 0, 0, 0, v11, v10, 0, 0, v01, v00]);
    expect(gainMatrixView(tensor([1, 2]), [2], { flip: true, pad: { left: 1 } }).text).toContain("1 ·\n2 1");
  });

  test("of a signal is a band, in words and in the picture", () => {
    const figure = gainMatrixView(tensor([1, 2]), [3]);
    expect(figure.text).toContain("2×3 matrix: 2 weights in 4 of its 6 places");
    expect(figure.text).toContain("1 2 ·\n· 1 2");
    expect(gainMatrixView(tensor([1, 2]), [3], { transpose: true }).text).toContain("1 ·\n2 1\n· 2");
  });

  test("refuses what does not fit or cannot be seen", () => {
    expect(() => gainMatrix(zeros([3, 3]), [7, 7], { stride: 3 })).toThrow(
      "(7 + 2·0 − 3)/3 + 1 = 2.33 is no size",
    );
    expect(() => gainMatrix(zeros([3, 3]), [7, 7], { stride: 2, pad: { top: 1 } })).toThrow(
      "(7 + 1 + 0 − 3)/2 + 1",
    );
    expect(() => gainMatrix(zeros([3, 3]), [7, 7], { pad: { left: -1 } })).toThrow(/pad 0, 0, -1, 0/);
    expect(() => gainMatrix(zeros([3]), [7, 7])).toThrow(/give both with two axes/);
    expect(() => gainMatrixView(zeros([3, 3]), [28, 28])).toThrow(/at most 64×64 can be seen/);
  });
});

describe("slidingWindow", () => {
  test("spells out the sum that the layer computes", () => {
    const [x, w] = [normal(5, 7), normal(3, 3)];
    const { y } = conv2dForward(reshape(x, [1, 1, 5, 7]), reshape(w, [1, 1, 3, 3]), undefined, {
      stride: 2,
      pad: 1,
    });
    const { alt } = slidingWindow(x, w, { at: [2, 3], stride: 2, pad: 1 });
    const written = Number(alt.split("= ").at(-1)!.replace("−", "-"));
    expect(written).toBeCloseTo(y.get(0, 0, 2, 3), 1);
  });

  test("writes the arithmetic out, with brackets round what is negative", () => {
    const { text } = slidingWindow(tensor([1, 2, 3]), tensor([1, -1]), { at: [0, 1], bias: 5 });
    expect(text).toBe("y[1] = 1·2 + (−1)·3 + 5 = 4\noutput size: width (3 + 2·0 − 2)/1 + 1 = 2");
  });

  test("is of one size for every output, so that a window can slide from figure to figure", async () => {
    const row = [0, 0, 0, 0, -123];
    const x = tensor([row, row, row, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]);
    const w = tensor([
      [1, 0, 0],
      [0, 0, 2],
      [0, -1, 0],
    ]);
    const places = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j): [number, number] => [i, j]));
    const svgs = await Promise.all(places.map((at) => slidingWindow(x, w, { at }).svg()));
    expect(new Set(svgs.map((svg) => /viewBox="[^"]*"/.exec(svg)?.[0])).size).toBe(1);
    // Their sums are not all of one length.
    expect(new Set(svgs.map((svg) => svg.match(/<text/g)?.length)).size).toBeGreaterThan(1);
  });

  test("is a correlation unless it is told to turn the filter, and says which", async () => {
    const [x, w] = [tensor([1, 2, 3]), tensor([10, 20])];
    const correlation = slidingWindow(x, w);
    const convolution = slidingWindow(x, w, { flip: true });
    expect(correlation.text).toContain("y[0] = 10·1 + 20·2 = 50");
    expect(convolution.text).toContain("y[0] = 20·1 + 10·2 = 40");
    const [correlated, convolved] = [await correlation.svg(), await convolution.svg()];
    for (const part of ["One output of a correlation: y[0]", ">⋆<", ">filter w<"])
      expect(correlated).toContain(part);
    for (const part of ["One output of a convolution: y[0]", ">∗<", ">filter w, turned<"])
      expect(convolved).toContain(part);
  });

  test("calls the three by the names it is given", async () => {
    const figure = slidingWindow(tensor([1, 2, 3]), tensor([1, -1]), { names: { w: "dy", y: "dw" } });
    expect(figure.text).toContain("dw[0] = 1·1 + (−1)·2 = −1");
    const svg = await figure.svg();
    for (const heading of ["input x<", "filter dy<", "output dw<"]) expect(svg).toContain(heading);
  });

  test("refuses sizes that do not fit, and outputs that are not there", () => {
    expect(() => slidingWindow(zeros([7, 7]), zeros([3, 3]), { stride: 3 })).toThrow(/= 2.33 is no size/);
    expect(() => slidingWindow(zeros([3, 3]), zeros([3, 3]), { at: [1, 0] })).toThrow(
      /output \[1, 0\] is not there; the output is 1×1/,
    );
    expect(() => slidingWindow(zeros([28, 28]), zeros([3, 3]))).toThrow(/28×28; at most 12×12/);
    expect(() => slidingWindow(zeros([1, 3, 3]), zeros([3, 3]))).toThrow(/x is 1×3×3; give one plane/);
  });
});

describe("diagnose names the shape of a mistake", () => {
  const measured = normal(2, 3, 4, 4);
  const change = (f: (value: number, index: number[]) => number) => {
    const derived = zeros([2, 3, 4, 4], "float64");
    for (let n = 0; n < 2; n++)
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < 4; i++)
          for (let j = 0; j < 4; j++) derived.set(n, c, i, j, f(measured.get(n, c, i, j), [n, c, i, j]));
    return derived;
  };
  test.each<[string, Tensor, RegExp]>([
    ["agreement", change((v) => v * (1 + 1e-9)), /^all 96 numbers agree\.$/],
    ["zeros", change(() => 0), /zero everywhere/],
    ["a sign", change((v) => -v), /every sign is wrong/],
    ["a factor", change((v) => v / 2), /0\.5 times the measured one/],
    ["a flipped filter", change((_, [n, c, i, j]) => measured.get(n, c, 3 - i, 3 - j)), /turned by 180°/],
    ["a mirror", change((_, [n, c, i, j]) => measured.get(n, c, i, 3 - j)), /mirrored left to right/],
    ["a transpose", change((_, [n, c, i, j]) => measured.get(n, c, j, i)), /transposed/],
    [
      "the border",
      change((v, [, , i, j]) => (i % 3 && j % 3 ? v : v + 1)),
      /all on the border; the others are right/,
    ],
    [
      "the last row",
      change((v, [, , i]) => (i === 3 ? 0 : v)),
      /^24 of 96 numbers disagree, all in the last row/,
    ],
    ["NaN", change((v, [n]) => (n ? NaN : v)), /has NaN/],
    ["one number", change((v, index) => (index.join() === "1,2,1,2" ? v + 9 : v)), /at \[1, 2, 1, 2\]/],
  ])("%s", (_, derived, words) => expect(diagnose({ derived, measured })).toMatch(words));

  test("leaves out what was not measured", () => {
    const holes = tensor([1, NaN, 3]);
    expect(diagnose({ derived: tensor([1, 7, 3]), measured: holes })).toBe("all 2 numbers agree.");
    expect(diagnose({ derived: tensor([1]), measured: tensor([NaN]) })).toBe("nothing was measured.");
    // A check of a few numbers leaves both maps NaN at all others.
    const sampled = tensor([2, NaN, -4, NaN]);
    const map = (...derived: number[]) => diagnose({ derived: tensor(derived), measured: sampled });
    expect(map(1, NaN, -2, NaN)).toBe(
      "2 of 2 numbers disagree: the derived gradient is 0.5 times the measured one.",
    );
    expect(map(0, NaN, 0, NaN)).toBe("2 of 2 numbers disagree: the derived gradient is zero everywhere.");
    expect(map(2, NaN, NaN, NaN)).toMatch("the derived gradient has NaN");
  });

  test("draws every rank, and refuses two shapes", async () => {
    for (const shape of [[], [5], [3, 4], [2, 3, 9], [70, 1, 3, 3]]) {
      const figure = gradientMap({ derived: full(shape, 1), measured: full(shape, 2) }, { name: "db" });
      expect(figure.text).toContain("db: ");
      expect((await figure.png()).length).toBeGreaterThan(100);
    }
    expect(() => gradientMap({ derived: zeros([2]), measured: zeros([3]) })).toThrow(
      /is 2 and the measured one 3/,
    );
  });
});

test("mistakes shows the worst first, with its loss", () => {
  const probabilities = tensor([
    [0.6, 0.4],
    [0.9, 0.1],
    [0.2, 0.8],
    [0.7, 0.3],
  ]);
  const images = { images: zeros([4, 1, 3, 3]), labels: [1, 1, 1, 0], classes: ["cat", "dog"] };
  const { text } = mistakes(images, probabilities);
  expect(text).toContain("2 of 4 examples wrong");
  expect(text.indexOf("#1, loss 2.3")).toBeLessThan(text.indexOf("#0, loss 0.916"));
  expect(text).not.toContain("#2");
  expect(mistakes(images, probabilities, { wrongOnly: false }).text).toContain("#2, loss 0.223");
  expect(() => mistakes(zeros([4, 1, 3, 3]), probabilities)).toThrow(/no labels for 4 images/);
});

describe("calibration", () => {
  const probabilities = tensor([
    [0.95, 0.05],
    [0.95, 0.05],
    [0.45, 0.55],
    [1, 0],
  ]);

  test("counts by confidence and weighs the distance", () => {
    const { bins, error } = calibrationBins(probabilities, [0, 1, 1, 0]);
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 3]);
    expect(bins[9].accuracy).toBeCloseTo(2 / 3, 6);
    expect(bins[9].confidence).toBeCloseTo(2.9 / 3, 6);
    expect(error).toBeCloseTo((0.45 + 0.9) / 4, 6);
  });

  test("has Wilson's intervals, which stay within 0 and 1", () => {
    // 8 right of 10 and 10 of 10 at 95 %: the published 0.490 to 0.943 and 0.722 to 1.
    const sure = tensor(Array.from({ length: 20 }, (_, i) => (i < 10 ? [0.75, 0.25] : [0.95, 0.05])));
    const labels = Array.from({ length: 20 }, (_, i) => (i < 2 ? 1 : 0));
    const { bins } = calibrationBins(sure, labels);
    expect(bins[7].interval[0]).toBeCloseTo(0.4902, 4);
    expect(bins[7].interval[1]).toBeCloseTo(0.9433, 4);
    expect(bins[9].interval[0]).toBeCloseTo(0.7225, 4);
    expect(bins[9].interval[1]).toBeCloseTo(1, 12);
    expect(calibration(sure, labels).text).toMatch(/70 % – 80 % +10 +75.0 % +80.0 % +49.0 % – 94.3 %/);
  });

  test("refuses scores, and other numbers of labels", () => {
    expect(() => calibrationBins(tensor([[3, 1]]), [0])).toThrow(/give probabilities \(softmax/);
    expect(() => calibrationBins(probabilities, [0])).toThrow(/probabilities are 4×2 for 1 label/);
    expect(calibration(zeros([0, 2]), []).text).toContain("No examples.");
  });
});

test("histograms count every finite number once, the greatest too", () => {
  expect(countInBins([0, 0.5, 1, NaN, Infinity, 2], 0, 1, 2)).toEqual([1, 2]);
  const values = normal(1000);
  const [low, high] = [Math.min(...flat(values)), Math.max(...flat(values))];
  expect(countInBins(flat(values), low, high, 7).reduce((a, b) => a + b)).toBe(1000);
  expect(histograms({ w: tensor([1, 1, NaN]) }).text).toContain("w: 1 ± 0, 1 NaN");
  expect(histograms({}).text).toBe("Distributions");
});

test("gradientFlow says how the gradients shrink, and which are gone", async () => {
  const figure = gradientFlow([
    { name: "conv1", gradient: full([10], 0.001) },
    { name: "conv2", gradient: zeros([10]) },
    { name: "fc", gradient: full([10], 0.1) },
  ]);
  expect(figure.text).toContain("From fc back to conv1 the gradients change by a factor of 0.01.");
  expect(figure.text).toContain("No gradient at all: conv2.");
  expect((await gradientFlow([{ name: "fc", gradient: full([2], NaN) }]).png()).length).toBeGreaterThan(100);
  expect((await gradientFlow([]).png()).length).toBeGreaterThan(100);
});

test("architecture draws a deep network on several lines, and needs shapes", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({
    name: `conv${i}`,
    layer: "Conv2d",
    outputShape: [i + 1, 64, 64],
    parameters: 10,
  }));
  const { width } = (await architecture(rows).metadata())["image/png"];
  expect(width).toBeLessThan(1000);
  expect(architecture(rows).text).toContain("300 parameters");
  expect(() => architecture([{ name: "fc", layer: "Linear", parameters: 1 }])).toThrow(
    /output shape of fc is unknown/,
  );
  expect((await architecture([]).png()).length).toBeGreaterThan(100);
});

test("classBalance draws all sets on one scale", async () => {
  const classes = ["cat", "dog"];
  const many = Array.from({ length: 100 }, (_, i) => (i < 40 ? 0 : 1));
  const svg = await classBalance({
    train: { labels: many, classes },
    test: { labels: [0, 0, 0, 0, 0, 0, 1], classes },
  }).svg();
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)" height="10" fill="#(?:0072b2|d55e00)"/g)].map(
    ([, one]) => Number(one),
  );
  expect(widths).toHaveLength(4);
  expect(widths.map((one) => Math.round((60 * one) / widths[2]))).toEqual([40, 6, 60, 1]);
});

test("orientationPlot's outermost circle holds the highest frequency, or is what was asked for", async () => {
  const numbers = async (frequency: number, options?: object) =>
    [
      ...(await orientationPlot([{ orientation: 30, frequency }], options).svg()).matchAll(
        />([\d.]+)<\/text>/g,
      ),
    ].map(([, one]) => Number(one));
  expect(await numbers(0.21)).toEqual([0.05, 0.1, 0.15, 0.2, 0.25]);
  expect(await numbers(0.25)).toEqual([0.05, 0.1, 0.15, 0.2, 0.25]);
  expect(await numbers(0.9)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(await numbers(0.21, { limit: 0.5 })).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
});

test("landscapeView writes the losses of its contours, away from the dot", async () => {
  const positions = Array.from({ length: 21 }, (_, i) => (i - 10) / 10);
  const losses = tensor(positions.map((y) => positions.map((x) => 10 ** (x + y))));
  const svg = await landscapeView({ positions, losses }).svg();
  const labels = [...svg.matchAll(/opacity="0.8"\/><text x="([\d.]+)" y="([\d.]+)"[^>]*>([\d.]+)</g)];
  const [card] = /<image x="[\d.]+" y="[\d.]+"/.exec(svg)!;
  const [left, top] = [...card.matchAll(/"([\d.]+)"/g)].map(([, one]) => Number(one));
  expect(labels.length).toBeGreaterThan(4);
  for (const [, x, y, loss] of labels) {
    const [across, up] = [(Number(x) - left) / 150 - 1, 1 - (Number(y) - 4 - top) / 150];
    expect(Math.hypot(across, up)).toBeGreaterThan(0.15);
    // The losses' rows are the second direction, which runs upwards.
    expect(Math.abs(across + up - Math.log10(Number(loss)))).toBeLessThan(0.1);
  }
});

test("classBalance counts each set by itself", () => {
  const classes = ["cat", "dog"];
  const figure = classBalance({ train: { labels: [0, 1, 1], classes }, test: { labels: [0], classes } });
  expect(figure.text).toContain("train: 3 examples, 1 to 2 a class; test: 1 example, 0 to 1 a class");
  expect(figure.text).toMatch(/dog +2 +0/);
  expect(() => classBalance({ labels: [2], classes })).toThrow(/label 2 at place 0 is no class/);
});
