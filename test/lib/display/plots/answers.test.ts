/**
 * Charts that answer the pointer: what the specifications compute when it hovers or brushes, in Vega itself without a page;
 * and that nothing of it is seen before.
 */
import { parse, View, changeset } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, it } from "vitest";
import {
  choice,
  linePlot,
  logUniform,
  lossCurve,
  parallelCoordinates,
  scatterPlot,
  smallMultiples,
  type Chart,
  type Figure,
} from "../../../../lib/index.js";
import type { HasTrials } from "../../../../lib/display/training/search-table.js";

type Row = Record<string, unknown>;

/** Vega's view of a chart, and the data sets that it computes, by name. */
class Answering {
  readonly view: View;
  readonly #names: string[];

  private constructor(view: View, names: string[]) {
    this.view = view;
    this.#names = names;
  }

  static async of(figure: Figure | Chart): Promise<Answering> {
    const spec = (await figure.bundle())["application/vnd.vegalite.v5+json"] as Row;
    const warnings: unknown[] = [];
    const logger = {
      level: () => logger,
      warn: (...words: unknown[]) => (warnings.push(words), logger),
      info: () => logger,
      debug: () => logger,
      error: (...words: unknown[]) => (warnings.push(words), logger),
    };
    const schema = "https://vega.github.io/schema/vega-lite/v6.json";
    const compiled = compile({ ...spec, $schema: schema } as unknown as TopLevelSpec, {
      logger: logger as never,
    });
    expect(warnings).toEqual([]);
    const view = new View(parse(compiled.spec), { renderer: "none" });
    await view.runAsync();
    return new Answering(
      view,
      (compiled.spec.data ?? []).map(({ name }) => name),
    );
  }

  /** The rows of the data sets that have a field. */
  with(field: string): Row[] {
    return this.#names.flatMap((name) => {
      const rows = this.view.data(name) as Row[];
      return rows.length > 0 && field in rows[0] ? rows : [];
    });
  }

  /** Draws a brush over a range of some axes. */
  async brush(axes: readonly string[], range: readonly [number, number]): Promise<void> {
    const store = "brush_store";
    const fields = [
      { field: "axis", channel: "x", type: "E" },
      { field: "place", channel: "y", type: "R" },
    ];
    const tuple = { unit: "a unit", fields, values: [axes, range] };
    this.view.change(
      store,
      changeset()
        .remove(() => true)
        .insert([tuple]),
    );
    await this.view.runAsync();
  }
}

/** What the line at the pointer says at each place. */
const said = async (figure: Figure | Chart, place: string, curves: number): Promise<unknown[][]> => {
  const rows = (await Answering.of(figure)).with("said0");
  const all = rows.map((row) => [row[place], ...Array.from({ length: curves }, (_, i) => row[`said${i}`])]);
  return all.sort(([a], [b]) => Number(a) - Number(b));
};

describe("the line at the pointer", () => {
  it("says the values of all curves at the place, with three digits, and a dash where one has none", async () => {
    const plot = linePlot({
      "a.b": [
        [0, 1.23456],
        [1, 2],
        [2, 0.00012345],
      ],
      "it's": [
        [0, -4],
        [2, NaN],
        [3, 123456],
      ],
      x: [[1, 7]],
    });
    expect(await said(plot, "x", 3)).toEqual([
      [0, "1.23", "−4", "–"],
      [1, "2", "–", "7"],
      [2, "0.000123", "–", "–"],
      [3, "–", "1.23e+5", "–"],
    ]);
  });

  it("is not there for a curve that turns back, nor for very many places", async () => {
    const back = linePlot([
      [0, 0],
      [2, 1],
      [0, 2],
    ]);
    expect(await said(back, "x", 1)).toEqual([]);
    expect(await said(linePlot(Array.from({ length: 1001 }, (_, i) => i)), "x", 1)).toEqual([]);
    expect(await said(linePlot(Array.from({ length: 1000 }, (_, i) => i)), "x", 1)).toHaveLength(1000);
  });

  it("of loss curves says the last value of a curve that has none at the step", async () => {
    const steps = [1, 2, 3, 4].map((step) => ({ step, loss: 1 / step, accuracy: step / 8 }));
    const epoch = { epoch: 1, step: 2, trainLoss: 0.75, trainAccuracy: 0.2 };
    const epochs = [{ ...epoch, validationLoss: 0.6, validationAccuracy: 0.98765 }];
    const options = { smoothing: 1 };
    const both = await said(lossCurve({ steps, epochs }, options), "step", 2);
    expect(both).toEqual([
      [1, "1", "–"],
      [1, "12.5%", "–"],
      [2, "0.5", "0.6"],
      [2, "25%", "98.8%"],
      [3, "0.333", "0.6"],
      [3, "37.5%", "98.8%"],
      [4, "0.25", "0.6"],
      [4, "50%", "98.8%"],
    ]);
    const several = { one: { steps, epochs }, two: { steps: steps.slice(0, 2), epochs: [] } };
    const loss = await said(lossCurve(several, { ...options, accuracy: false }), "step", 4);
    expect(loss).toEqual([
      [1, "1", "–", "1", "–"],
      [2, "0.5", "0.6", "0.5", "–"],
      [3, "0.333", "0.6", "0.5", "–"],
      [4, "0.25", "0.6", "0.5", "–"],
    ]);
  });

  it("has a selection of its own in each of several charts", async () => {
    const plot = (first: number): Chart => linePlot({ a: [first, 2], b: [3, 4] });
    const both = smallMultiples({ left: plot(1), right: plot(9) });
    expect(await said(both, "x", 2)).toEqual([
      [0, "1", "3"],
      [0, "9", "3"],
      [1, "2", "4"],
      [1, "2", "4"],
    ]);
    const { view } = await Answering.of(both);
    expect(["at_0", "at_1"].map((name) => typeof view.signal(name))).toEqual(["object", "object"]);
  });
});

it("of a scatter plot the nearest point answers, wherever the pointer is", async () => {
  const figure = scatterPlot({ a: [[1, 2]], b: [[3, 4]] }, { size: 20 });
  const text = JSON.stringify(figure.spec);
  expect(text).toContain('"nearest":true');
  const { view } = await Answering.of(figure);
  expect(typeof view.signal("near")).toBe("object");
});

describe("a brush in parallel coordinates", () => {
  const trial = (number: number, lr: number, filters: number, score: number): HasTrials["trials"][number] =>
    ({ number, configuration: { lr, filters }, status: "done", score, budget: 1 }) as never;
  const search = {
    space: { lr: logUniform(0.01, 1), filters: choice([2, 4, 8]) },
    trials: [trial(0, 0.01, 2, 0.1), trial(1, 0.1, 4, 0.5), trial(2, 1, 4, 0.9)],
    status: "finished",
  } as unknown as HasTrials;
  const chosen = (answering: Answering): Record<string, unknown> =>
    Object.fromEntries(answering.with("chosen").map(({ trial, chosen }) => [String(trial), chosen]));

  it("chooses the lines that pass through it on the axes that it covers", async () => {
    const answering = await Answering.of(parallelCoordinates(search));
    expect(chosen(answering)).toEqual({ 0: 1, 1: 1, 2: 1 });
    await answering.brush(["lr"], [0.4, 1]);
    expect(chosen(answering)).toEqual({ 0: 0, 1: 1, 2: 1 });
    await answering.brush(["lr", "filters"], [0.4, 0.6]);
    expect(chosen(answering)).toEqual({ 0: 0, 1: 1, 2: 0 });
    await answering.brush([], [0.4, 0.6]);
    expect(chosen(answering)).toEqual({ 0: 1, 1: 1, 2: 1 });
  });

  it("has the trials' own values for the pointer", async () => {
    const rows = (await Answering.of(parallelCoordinates(search))).with("value");
    expect(rows.filter((row) => row.trial === 2).map(({ axis, value }) => [axis, value])).toContainEqual([
      "filters",
      "4",
    ]);
  });
});
