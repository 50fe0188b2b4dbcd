/** A plot of curves: what it draws, what it leaves out, and what it refuses. */
import { describe, expect, it } from "vitest";
import { linePlot, type Curve } from "../../../../lib/index.js";

const line: Curve = [
  [1, 10],
  [10, 100],
  [100, 1000],
];

async function specOf(figure: ReturnType<typeof linePlot>): Promise<{ data: { values: object[] } }> {
  return (await figure.bundle())["application/vnd.vegalite.v5+json"] as { data: { values: object[] } };
}

describe("linePlot", () => {
  it("says in words where each curve begins, ends and turns", () => {
    const figure = linePlot({ up: line }, { title: "Growth", x: "n", y: "cost" });
    expect(figure.alt).toBe("Growth. up: 10 at 1, 1000 at 100, least 10, greatest 1000.");
    expect(figure.text).toContain("cost over n");
  });

  it("draws a picture with every curve's name", async () => {
    const svg = await linePlot({ up: line, down: line.map(([x, y]) => [x, -y]) }).svg();
    expect(svg).toContain("up");
    expect(svg).toContain("down");
  });

  it("keeps the order of the points, so that a curve may turn back", async () => {
    const back: Curve = [
      [0, 0],
      [2, 1],
      [1, 2],
    ];
    const { data } = await specOf(linePlot({ back }));
    expect(data.values.map((row) => (row as { x: number }).x)).toEqual([0, 2, 1]);
  });

  it("leaves a gap for what has no place: NaN, and zero on a logarithmic scale", async () => {
    const broken: Curve = [
      [1, 1],
      [2, NaN],
      [3, 0],
      [4, 4],
    ];
    const ys = async (yScale: "linear" | "log") =>
      (await specOf(linePlot({ broken }, { yScale }))).data.values.map((row) => (row as { y: number }).y);
    expect(await ys("linear")).toEqual([1, null, 0, 4]);
    expect(await ys("log")).toEqual([1, null, null, 4]);
  });

  it("draws a band that goes below zero down to the least number of a logarithmic axis", async () => {
    const band = { x: [0, 1, 2], y: [1, 0.1, 0.01], low: [0.5, -0.2, -0.01], high: [2, 0.4, 0.04] };
    const { data } = await specOf(linePlot({ a: band }, { yScale: "log" }));
    expect(data.values.map((row) => (row as { low: number }).low)).toEqual([0.5, 0.01, 0.01]);
    const svg = await linePlot({ a: band, b: band }, { yScale: "log" }).svg();
    expect(svg).toMatch(/>10⁻²<.*>10⁻¹<.*>10⁰</s);
    const linear = await specOf(linePlot({ a: band }));
    expect(linear.data.values.map((row) => (row as { low: number }).low)).toEqual(band.low);
  });

  it("cuts off what lies beyond a range, and nothing of a dot at its edge", async () => {
    const clips = async (yRange: [number, number]) =>
      (
        (await specOf(linePlot({ line }, { yRange }))) as unknown as { layer: { mark: { clip: boolean } }[] }
      ).layer.map(({ mark }) => mark.clip);
    // The curve, and the line at the pointer.
    expect(await clips([10, 1000])).toEqual([false, false]);
    expect(await clips([10, 999])).toEqual([true, true]);
  });

  it("refuses nothing to draw and ranges that are none", () => {
    expect(() => linePlot({})).toThrow("no point to draw");
    expect(() => linePlot({ a: [[1, -1]] }, { yScale: "log" })).toThrow("above 0 on a logarithmic scale");
    expect(() => linePlot({ line }, { xRange: [2, 1] })).toThrow("xRange is [2, 1]");
    expect(() => linePlot({ line }, { yScale: "log", yRange: [0, 1] })).toThrow("both above 0");
  });
});
