/** A misspelt specification is refused where it is made, with the place and what was probably meant. */
import { describe, expect, it } from "vitest";
import { chart } from "../../../../lib/index.js";

const values = [
  { step: 1, loss: 2 },
  { step: 2, loss: 1 },
];
const spec = (encoding: object, mark: unknown = "line") => ({ data: { values }, mark, encoding });
const x = { field: "step", type: "quantitative" };

describe("chart", () => {
  it.each([
    [
      "a field",
      spec({ x: { field: "stpe" } }),
      'chart: spec.encoding.x.field: there is no field "stpe"; did you mean "step"?',
    ],
    [
      "a field unlike any",
      spec({ x: { field: "accuracy" } }),
      'chart: spec.encoding.x.field: there is no field "accuracy"; there are "step", "loss".',
    ],
    [
      "a type",
      spec({ x: { field: "step", type: "quantitive" } }),
      'chart: spec.encoding.x.type: there is no type "quantitive"; did you mean "quantitative"?',
    ],
    [
      "a channel",
      spec({ colour: x }),
      'chart: spec.encoding.colour: there is no channel "colour"; did you mean "color"?',
    ],
    ["a mark", spec({ x }, "lines"), 'chart: spec.mark: there is no mark "lines"; did you mean "line"?'],
    [
      "a mark with options",
      spec({ x }, { type: "dot" }),
      'chart: spec.mark.type: there is no mark "dot"; there are "arc"',
    ],
    [
      "a field of a layer",
      { data: { values }, layer: [spec({ x }), { mark: "point", encoding: { y: { field: "los" } } }] },
      'chart: spec.layer[1].encoding.y.field: there is no field "los"; did you mean "loss"?',
    ],
    [
      "a field of a tooltip",
      spec({ tooltip: [x, { field: "lost" }] }),
      'chart: spec.encoding.tooltip.field: there is no field "lost"; did you mean "loss"?',
    ],
  ])("refuses %s that does not exist", (_, wrong, message) => {
    expect(() => chart(wrong)).toThrow(message);
  });

  it.each([
    [
      "that a transform makes",
      { ...spec({ y: { field: "double" } }), transform: [{ calculate: "2*datum.loss", as: "double" }] },
    ],
    [
      "of data that lie elsewhere",
      { data: { url: "a.csv" }, mark: "point", encoding: { x: { field: "any" } } },
    ],
    [
      "that are repeated",
      {
        data: { values },
        repeat: ["step"],
        spec: { mark: "bar", encoding: { x: { field: { repeat: "repeat" } } } },
      },
    ],
    ["of no rows", { data: { values: [] }, mark: "point", encoding: { x: { field: "any" } } }],
    [
      "inside a field",
      { data: { values: [{ a: { b: 1 } }] }, mark: "point", encoding: { x: { field: "a.b" } } },
    ],
  ])("leaves fields to Vega %s", (_, right) => {
    expect(() => chart(right)).not.toThrow();
  });

  it("keeps its specification, to be changed and drawn anew", async () => {
    const first = chart(spec({ x }));
    const wider = chart({ ...first.spec, width: 600 });
    expect(wider.spec.width).toBe(600);
    expect(await wider.svg()).toContain("<svg");
  });
});
