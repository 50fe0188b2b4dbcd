/** How curves are told apart: by names at their ends or a legend, by dashes and shapes, on axes with powers of ten. */
import { compile, type TopLevelSpec } from "vega-lite";
import { parse, View } from "vega";
import { describe, expect, it } from "vitest";
import { contrast } from "../../../../kernel/charts/colour.js";
import {
  chart,
  linePlot,
  lossCurve,
  scatterPlot,
  smallMultiples,
  type Chart,
  type Curve,
} from "../../../../lib/index.js";
import { curveEnds } from "../../../../lib/display/plots/direct-labels.js";
import { someHistory } from "../gallery.js";

interface Layer {
  readonly data?: { values: Record<string, unknown>[] };
  readonly mark: { type: string; style?: string };
  readonly encoding: Record<
    string,
    { legend?: unknown; scale?: { domain: string[]; range: unknown[] }; axis?: unknown }
  >;
}

const layersOf = ({ spec }: Chart): Layer[] => spec.layer as Layer[];
const labels = (plot: Chart): Layer | undefined =>
  layersOf(plot).find(({ mark }) => mark.style === "curve-name");
const curveOf = (plot: Chart): Layer => layersOf(plot).find(({ mark }) => mark.type === "line")!;
/** "names" at the ends of the curves, or the "legend" that is there instead; nothing has both. */
function toldBy(plot: Chart): string {
  const legend = curveOf(plot).encoding.color.legend !== null;
  expect(legend).toBe(labels(plot) === undefined);
  return legend ? "legend" : "names";
}

/** Curves over 0 to 9 that end at given heights; the axis goes from 0 to 24. */
const ending = (...heights: number[]): Record<string, Curve> =>
  Object.fromEntries(
    [...heights, 24].map((height, i) => [
      `curve ${i}`,
      [
        [0, 0],
        [9, height],
      ] as Curve,
    ]),
  );

/** What Vega draws, as SVG; a specification that it warns about fails. */
async function drawn(plot: Chart): Promise<string> {
  const warnings: unknown[] = [];
  const warn = (...words: unknown[]) => (warnings.push(words), logger);
  const logger = { level: () => logger, warn, error: warn, info: () => logger, debug: () => logger };
  const { spec } = compile(JSON.parse(JSON.stringify(plot.spec)) as unknown as TopLevelSpec, {
    logger: logger as never,
  });
  expect(warnings.filter((words) => !JSON.stringify(words).includes("schema"))).toEqual([]);
  return new View(parse(spec), { renderer: "none" }).toSVG();
}

describe("names at the ends of curves", () => {
  it("stand at the right ends of up to four curves that end apart, where the curves end", () => {
    const plot = linePlot(ending(3, 9, 15), { height: 240 });
    expect(toldBy(plot)).toBe("names");
    expect(labels(plot)!.data!.values).toEqual([
      { curve: "curve 0", x: 9, y: 3, rise: 0 },
      { curve: "curve 1", x: 9, y: 9, rise: 0 },
      { curve: "curve 2", x: 9, y: 15, rise: 0 },
      { curve: "curve 3", x: 9, y: 24, rise: 0 },
    ]);
  });

  it.each<[string, Chart, string]>([
    ["ends a line's height apart", linePlot(ending(22.6), { height: 240 }), "names"],
    ["ends nearer than that", linePlot(ending(22.8), { height: 240 }), "legend"],
    ["the same in a lower panel", linePlot(ending(22.6), { height: 120 }), "legend"],
    [
      "apart on a logarithmic scale only",
      linePlot({ a: [1, 1e-6], b: [1, 1e-3], c: [1, 1] }, { yScale: "log" }),
      "names",
    ],
    ["those on a linear one", linePlot({ a: [1, 1e-6], b: [1, 1e-3], c: [1, 1] }), "legend"],
    [
      "an end beyond the range",
      linePlot({ a: [0, 1], b: [0, 1.2], c: [50, 50] }, { yRange: [0, 2] }),
      "legend",
    ],
    ["ends that a range sets apart", linePlot({ a: [0, 1], b: [50, 1.2] }, { yRange: [0.9, 1.3] }), "names"],
    ["five curves", linePlot(ending(3, 8, 13, 18)), "legend"],
    ["the same curve twice", linePlot({ a: [1, 2], b: [1, 2] }), "legend"],
    ["an end that is not finite", linePlot({ a: [1, 2, 3], b: [9, 8, NaN] }), "legend"],
    [
      "ends at other places, where a name would cover a curve",
      linePlot({ a: [1, 2, 3], b: [9, 8] }),
      "legend",
    ],
    ["one point, which is no line", linePlot({ a: [[1, 1]], b: [[1, 5]] }), "legend"],
    ["a curve without points", linePlot({ a: [1, 2], b: [NaN, NaN] }), "legend"],
    ["a name of sixty letters", linePlot({ a: [1, 2], ["n".repeat(60)]: [5, 6] }), "legend"],
    ["a name of nothing", linePlot({ a: [1, 2], " ": [5, 6] }), "legend"],
    ["special characters", linePlot({ "<b> & 'c'": [1, 2], 'a.b["x"]\\': [5, 6] }), "names"],
    ["names from the right to the left", linePlot({ שגיאה: [1, 2], דיוק: [5, 6] }), "names"],
  ])("%s", async (_, plot, told) => {
    expect(toldBy(plot)).toBe(told);
    expect(await drawn(plot)).not.toMatch(/NaN|undefined/);
  });

  it("stand above the line of the axis, and a line's height apart there too", () => {
    const rises = labels(linePlot(ending(0, 2), { height: 240 }))!.data!.values.map(({ rise }) => rise);
    expect(rises).toEqual([6.5, 0, 0]);
    expect(toldBy(linePlot(ending(0, 1.6), { height: 240 }))).toBe("legend");
  });

  it("are not cut off: the drawing has room for them, and they are whole", async () => {
    const name = "a rather long name, & <b>";
    const plot = linePlot({ [name]: [1, 2], b: [5, 6] });
    const svg = await plot.svg();
    expect(svg).toContain("a rather long name, &amp; &lt;b&gt;</text>");
    expect(Number(/ width="(\d+)"/.exec(svg)![1])).toBeGreaterThan(420 + 130);
    expect(JSON.stringify(plot.spec)).toContain('"clip":false');
  });

  it("have the colours of their curves, dark enough for text", () => {
    const { scale } = labels(linePlot(ending(3, 9, 15)))!.encoding.fill;
    expect(scale!.domain).toEqual(["curve 0", "curve 1", "curve 2", "curve 3"]);
    for (const colour of scale!.range as string[])
      expect(contrast(colour, "#ffffff")).toBeGreaterThanOrEqual(4.5);
  });

  it("choose their curve when they are clicked, and a click elsewhere gives the others back", async () => {
    const plot = linePlot(ending(9));
    const { spec } = compile(JSON.parse(JSON.stringify(plot.spec)) as unknown as TopLevelSpec);
    const { on } = spec.signals!.find(({ name }) => name === "chosen_tuple") as unknown as { on: object[] };
    expect(on).toMatchObject([
      { events: [{ type: "click", filter: ["datum && datum.curve"] }] },
      { events: [{ type: "click", filter: ["!(datum && datum.curve)"] }], update: "null" },
    ]);
    const names = spec.marks!.find(({ type }) => type === "text")!;
    expect(names.interactive).toBe(true);
    const view = new View(parse(spec), { renderer: "none" });
    expect(await view.toSVG()).not.toContain('opacity="0.12"');
    const tuple = { unit: "layer_2", fields: [{ type: "E", field: "curve" }], values: ["curve 0"] };
    await view.insert("chosen_store", [tuple]).runAsync();
    expect((await view.toSVG()).match(/opacity="0.12"/g)).toHaveLength(1);
  });

  it("of loss curves stand in both panels, or a legend below", () => {
    const end = (loss: number, accuracy: number) => ({
      steps: [1, 2, 3].map((step) => ({ step, loss: 4 - step, accuracy: step / 10 })),
      epochs: [1, 2, 3].map((epoch) => ({
        ...{ epoch, step: epoch, trainLoss: 4 - epoch, trainAccuracy: epoch / 10 },
        ...{ validationLoss: loss, validationAccuracy: accuracy },
      })),
    });
    const styles = (run: Parameters<typeof lossCurve>[0]) =>
      JSON.stringify(lossCurve(run).spec).split("curve-name").length - 1;
    expect(styles(end(2, 0.5))).toBe(2);
    expect(styles(end(1, 0.5))).toBe(0);
    expect(styles({ one: end(2, 0.5), two: end(3, 0.2) })).toBe(0);
  });

  it("curves need an axis to be apart on", () => {
    const axis = { scale: "linear", domain: [1, 1], pixels: 100 } as const;
    const points = [
      [1, 1],
      [1, 1],
    ] as const;
    expect(
      curveEnds(
        ["a", "b"].map((name) => ({ name, points })),
        axis,
        axis,
      ),
    ).toBeUndefined();
  });
});

describe("without colours", () => {
  it("curves are told apart by their dashes, and the legend shows these", async () => {
    const plot = linePlot(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${i}`, [i, 1]])));
    const { strokeDash, color } = curveOf(plot).encoding;
    const pairs = strokeDash.scale!.range.map((dash, i) => JSON.stringify([dash, color.scale!.range[i]]));
    expect(new Set(pairs).size).toBe(10);
    expect(new Set(strokeDash.scale!.range.slice(0, 8).map((dash) => JSON.stringify(dash))).size).toBe(8);
    expect(strokeDash.legend).toEqual(color.legend);
    expect((await drawn(plot)).match(/stroke-dasharray/g)!.length).toBeGreaterThanOrEqual(18);
  });

  it("points that are marked have shapes, in one legend", async () => {
    const plot = linePlot({ a: [1, 2, 1], b: [2, 1, 1] }, { dots: true });
    expect(new Set(curveOf(plot).encoding.shape.scale!.range).size).toBe(2);
    const { spec } = compile(JSON.parse(JSON.stringify(plot.spec)) as unknown as TopLevelSpec);
    expect(spec.legends).toHaveLength(1);
    await drawn(plot);
    await drawn(lossCurve({ one: someHistory(2, 20), two: someHistory(2, 20, 3, 2) }));
    await drawn(lossCurve(someHistory(2, 20)));
  });

  it("one curve needs nothing", () => {
    expect(curveOf(linePlot([1, 2])).encoding).not.toHaveProperty("strokeDash");
  });
});

/** The labels of a logarithmic axis. */
function ticks(low: number, high: number): string[] {
  const { axis } = curveOf(linePlot({ a: [low, high] }, { yScale: "log" })).encoding.y as {
    axis: { labelExpr?: string };
  };
  return axis.labelExpr === undefined
    ? []
    : (JSON.parse(/^(\[.*?\])\[/.exec(axis.labelExpr)![1]) as string[]);
}

describe("a logarithmic axis", () => {
  it.each<[string, number, number, string[]]>([
    ["has powers of ten", 1e-3, 100, ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²"]],
    [
      "has every second one of many, and every digit of them raised",
      1e-16,
      1,
      ["10⁻¹⁶", "10⁻¹⁴", "10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"],
    ],
    ["has numbers between where it is about as long as one step of ten", 0.5, 4, ["0.5", "1", "2"]],
    ["has every digit where it is shorter", 2.5, 5.5, ["3", "4", "5"]],
    ["counts no zeros", 2e-7, 2e-6, ["2·10⁻⁷", "5·10⁻⁷", "10⁻⁶", "2·10⁻⁶"]],
    ["is left to Vega where no digit is in it", 2.1, 2.8, []],
  ])("%s", (_, low, high, labelled) => {
    expect(ticks(low, high)).toEqual(labelled);
  });

  it("is drawn with them, in scatter plots and loss curves too", async () => {
    const options = { xScale: "log", yScale: "log" } as const;
    const line = await drawn(linePlot({ a: [1e-3, 10], b: [10, 1e-3] }, { yScale: "log" }));
    const points = await drawn(
      scatterPlot(
        [
          [1e-3, 1e5],
          [1, 1],
        ],
        options,
      ),
    );
    const steps = [1, 0.1, 1e-3].map((loss, i) => ({ step: i + 1, loss }));
    const losses = await drawn(lossCurve({ steps, epochs: [] }, { scale: "log" }));
    for (const svg of [line, points, losses]) expect(svg).toMatch(/>10⁻³<.*>10⁰</s);
    expect(line + points + losses).not.toMatch(/>1e|>0\.001</);
  });
});

describe("small multiples", () => {
  const panel = (...heights: number[]) => linePlot(ending(...heights), { height: 240 });
  const specText = ({ spec }: Chart) => JSON.stringify(spec);

  it("of the same curves have one legend, and one selection", async () => {
    const plot = smallMultiples({ one: panel(3), two: panel(23.9), three: panel(9) });
    const { spec } = compile(JSON.parse(specText(plot)) as unknown as TopLevelSpec);
    expect(spec.legends).toHaveLength(1);
    expect(specText(plot)).not.toContain("curve-name");
    expect(specText(plot).match(/"bind":"legend"/g)).toHaveLength(1);
    await drawn(plot);
  });

  it("have the names at the ends in every panel where every panel has room for them", async () => {
    const plot = smallMultiples({ one: panel(3), two: panel(9) });
    expect(specText(plot).match(/curve-name/g)).toHaveLength(2);
    expect((await drawn(plot)).match(/>curve 0</g)).toHaveLength(2);
    // On one axis for all, ends may come near each other.
    expect(specText(smallMultiples({ one: panel(3), two: panel(9) }, { share: "y" }))).not.toContain(
      "curve-name",
    );
  });

  it("of other curves, and of charts of one's own, have their own legends", async () => {
    const other = linePlot({ d: [1, 2], e: [1, 2] });
    const own = chart({
      data: { values: [{ x: 1 }] },
      mark: "point",
      encoding: { x: { field: "x", type: "quantitative" } },
    });
    const plot = smallMultiples({ one: panel(23.9), other, own });
    expect(specText(plot).match(/"bind":"legend"/g)).toHaveLength(2);
    await drawn(plot);
  });
});
