/** Plots of one's own: the forms of numbers that they take, what they say in words, what they refuse. */
import { describe, expect, it } from "vitest";
import {
  barPlot,
  heatmap,
  histogram,
  linePlot,
  meanBand,
  scatterPlot,
  smallMultiples,
  tensor,
  type Chart,
} from "../../../../lib/index.js";

const rowsOf = ({ spec }: Chart) => (spec.data as { values: Record<string, unknown>[] }).values;

describe("linePlot", () => {
  it.each([
    ["an array", [1, 4, 9]],
    ["a typed array", Float32Array.of(1, 4, 9)],
    ["a tensor", tensor([1, 4, 9])],
    [
      "points",
      [
        [0, 1],
        [1, 4],
        [2, 9],
      ] as [number, number][],
    ],
    [
      "an N×2 tensor",
      tensor([
        [0, 1],
        [1, 4],
        [2, 9],
      ]),
    ],
  ])("takes %s", (_, line) => {
    expect(rowsOf(linePlot(line)).map(({ x, y }) => [x, y])).toEqual([
      [0, 1],
      [1, 4],
      [2, 9],
    ]);
  });

  it("takes several by name, and says each in words", () => {
    const plot = linePlot({ train: [3, 2], test: [3, 2.5] }, { x: "epoch", y: "loss" });
    expect(plot.alt).toBe(
      "loss over epoch. train: 3 at 0, 2 at 1, least 2, greatest 3. test: 3 at 0, 2.5 at 1, least 2.5, greatest 3.",
    );
  });

  it("draws a band from the mean to one standard deviation on either side", () => {
    const band = meanBand([
      [1, 2],
      [3, 6],
    ]);
    expect(band).toEqual({ x: [0, 1], y: [2, 4], low: [1, 2], high: [3, 6] });
    expect(rowsOf(linePlot({ runs: band }))[1]).toMatchObject({ x: 1, y: 4, low: 2, high: 6 });
    expect(JSON.stringify(linePlot({ runs: band }).spec)).toContain('"area"');
  });

  it.each<[string, () => unknown, string]>([
    [
      "runs of different lengths",
      () => meanBand([[1, 2], [1]]),
      "meanBand: run 1 has 1 numbers and the first has 2; all must have as many.",
    ],
    ["no runs", () => meanBand([]), "meanBand: there is nothing to average; give one list of numbers a run."],
    [
      "text",
      () => linePlot("1, 2" as unknown as number[]),
      "linePlot: 1, 2 is not a list of numbers; give one such as [1, 4, 9].",
    ],
    [
      "an image",
      () => linePlot(tensor([[1, 2, 3]])),
      "linePlot: a tensor of 1×3 is not a list; give one of its rows (row, column) or flat(x).",
    ],
  ])("refuses %s", (_, draw, message) => {
    expect(draw).toThrow(message);
  });
});

describe("scatterPlot", () => {
  it("leaves out what is not finite, and says how much", () => {
    const plot = scatterPlot(
      [
        [1, 2],
        [NaN, 3],
        [4, 5],
      ],
      { x: "a", y: "b" },
    );
    expect(rowsOf(plot)).toHaveLength(2);
    expect(plot.alt).toBe(
      "b over a. points: 2 points, a from 1 to 4, b from 2 to 5. 1 point cannot be drawn and is left out.",
    );
  });

  it("refuses nothing to draw", () => {
    expect(() => scatterPlot([[NaN, 1]])).toThrow(
      "scatterPlot: 1 point and none to draw; give pairs [x, y] of finite numbers.",
    );
  });
});

describe("barPlot", () => {
  it("keeps the order given, or sorts", () => {
    expect(rowsOf(barPlot({ b: 1, a: 2 })).map(({ name }) => name)).toEqual(["b", "a"]);
    expect(rowsOf(barPlot({ b: 1, a: 2 }, { sort: true })).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("says every bar, and tabulates groups", () => {
    expect(barPlot({ cat: 12, dog: 7 }, { y: "count" }).alt).toBe("count: cat 12; dog 7.");
    expect(barPlot({ train: { cat: 1 }, test: { cat: 0.5, dog: 0.25 } }).text).toMatch(/dog\s+0\.25/);
  });

  it("refuses no bars and bars without a number", () => {
    expect(() => barPlot({})).toThrow("barPlot: there are no bars");
    expect(() => barPlot({ cat: NaN })).toThrow('barPlot: "cat" is NaN; every bar needs a finite number.');
  });
});

describe("histogram", () => {
  const counts = (plot: Chart) => rowsOf(plot).map(({ count }) => count as number);

  it("counts every number once, at the edges too", () => {
    expect(counts(histogram([0, 1, 1, 2, 3, 4], { bins: 4 }))).toEqual([1, 2, 1, 2]);
    expect(
      counts(histogram([0.1, 0.2, 0.3, 0.7], { bins: 7, range: [0, 0.7] })).reduce((a, b) => a + b),
    ).toBe(4);
    expect(counts(histogram([5, 5, 5]))).toEqual([3]);
  });

  it("counts all numbers of a tensor, whatever its axes", () => {
    expect(
      counts(
        histogram(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ).reduce((a, b) => a + b),
    ).toBe(4);
  });

  it("compares lists of different lengths by their parts", () => {
    const parts = counts(histogram({ a: [1, 1, 2], b: [2] }, { bins: 2 }));
    expect(parts).toEqual([2 / 3, 1 / 3, 0, 1]);
  });

  it("says what it left out, and refuses nothing to count", () => {
    expect(histogram([1, NaN, 2]).alt).toContain("1 more left out");
    expect(() => histogram([NaN])).toThrow("histogram: 1 number and none to count; give finite numbers.");
    expect(() => histogram([1], { bins: 0 })).toThrow(
      "histogram: bins is 0; it must be a whole number, 1 or more.",
    );
  });
});

describe("heatmap", () => {
  it("has a cell a number, with the names of its row and column", () => {
    const plot = heatmap(
      [
        [1, 2],
        [3, 4],
      ],
      { rows: ["a", "b"], columns: ["c", "d"] },
    );
    expect(rowsOf(plot)[2]).toMatchObject({ row: "b", column: "c", value: 3 });
    expect(plot.alt).toBe("value by row and column, 2 by 2. From 1 to 4; the largest is at row b, column d.");
  });

  it("refuses a vector, nothing, and names that do not fit", () => {
    expect(() => heatmap(tensor([1, 2]))).toThrow(
      "heatmap: the matrix is 2; give rows and columns with at least one cell.",
    );
    expect(() => heatmap([[1, 2]], { columns: ["a"] })).toThrow(
      "heatmap: 1 names for 2 columns; give as many.",
    );
    expect(() => heatmap([[1, 2]], { columns: ["a", "a"] })).toThrow(
      "heatmap: two columns have the same name; give each its own.",
    );
  });
});

describe("smallMultiples", () => {
  it("gives the parameters of each part names of their own, so that Vega draws them", async () => {
    const plot = linePlot({ a: [1, 2], b: [2, 1] });
    const both = smallMultiples({ first: plot, second: plot });
    expect(JSON.stringify(both.spec)).toContain("chosen_1");
    expect(await both.svg()).toContain("second");
  });

  it("refuses none", () => {
    expect(() => smallMultiples({})).toThrow("smallMultiples: there are no charts");
  });
});
