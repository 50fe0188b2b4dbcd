/** Contour lines run where the function has their height, their numbers stand free, and a path is drawn and told as it was given. */
import { describe, expect, it } from "vitest";
import { contourPlot, linePlot, smallMultiples, tensor, type Chart } from "../../../../lib/index.js";
import type { ContourPlotOptions } from "../../../../lib/display/index.js";

type Row = Record<string, number> & { shown: string; path: string };
const layers = ({ spec }: Chart) =>
  (spec.layer as { data: { values: Row[] }; mark: Record<string, unknown> }[]).map(({ data, mark }) => ({
    mark,
    rows: data.values,
  }));
const bowl = (x: number, y: number) => x * x + y * y;
const square: ContourPlotOptions = { xRange: [-2, 2], yRange: [-2, 2] };

describe("the lines", () => {
  it("lie where the function has their height, each a closed one around a bowl", () => {
    const { rows } = layers(contourPlot(bowl, { ...square, levels: [1, 2.25] }))[0];
    const lines = [0, 1].map((line) => rows.filter((row) => row.line === line));
    expect(rows).toHaveLength(lines[0].length + lines[1].length);
    lines.forEach((line, i) => {
      for (const { x, y } of line) expect(bowl(x, y)).toBeCloseTo([1, 2.25][i], 1);
      expect(line.at(-1)).toEqual(line[0]);
      // All around, in small steps and not to and fro.
      const way = line
        .slice(1)
        .reduce((sum, { x, y }, n) => sum + Math.hypot(x - line[n].x, y - line[n].y), 0);
      expect(way / (2 * Math.PI * [1, 1.5][i])).toBeCloseTo(1, 2);
    });
  });

  it("end at the edge of the map, and where the function has no value", () => {
    const straight = layers(contourPlot((x) => x, { ...square, levels: [0.5] }))[0].rows;
    const ends = [straight[0].y, straight.at(-1)!.y].toSorted((a, b) => a - b);
    expect(ends).toEqual([-2, 2]);
    expect(new Set(straight.map(({ line }) => line)).size).toBe(1);
    const half = layers(contourPlot((x, y) => (y > 0 ? x : NaN), { ...square, levels: [0.5] }))[0].rows;
    expect(Math.min(...half.map(({ y }) => y))).toBeGreaterThan(0);
  });

  it("cut the map into parts of about the same area unless heights are given", () => {
    const { alt } = contourPlot((x) => x, { xRange: [0, 10], yRange: [0, 1] });
    const levels = /^height by x and y\. height from 0 to 10, lines at (.*)\.$/
      .exec(alt)![1]
      .split(", ")
      .map(Number);
    expect(levels).toHaveLength(9);
    levels.forEach((level, i) => expect(Math.abs(level - (i + 1))).toBeLessThan(0.15));
  });

  it("have numbers that keep away from paths, edges and each other", () => {
    const paths = {
      walk: [
        [-1.9, 0],
        [0, 0],
        [1.9, 0],
      ] as [number, number][],
    };
    const { rows } = layers(contourPlot(bowl, { ...square, paths }))[1];
    expect(rows.length).toBeGreaterThan(4);
    const places = rows.map(({ x, y }) => [((x + 2) * 330) / 4, ((2 - y) * 250) / 4]);
    places.forEach(([x, y], i) => {
      expect(Math.min(x - 8, 322 - x, y, 250 - y)).toBeGreaterThan(13);
      for (const [px, py] of places.slice(i + 1)) expect(Math.hypot(x - px, y - py)).toBeGreaterThan(13);
    });
  });
});

describe("the paths", () => {
  it("are told with the height at both ends, and end before what is not finite", () => {
    const plot = contourPlot(bowl, {
      ...{ ...square, value: "loss", levels: [1] },
      paths: {
        away: [
          [1, 0],
          [-2, 0],
          [4, 0],
          [Infinity, 0],
        ],
        still: tensor([[0.5, 0]]),
      },
    });
    expect(plot.text.split("\n").slice(2)).toEqual([
      "away: 3 places, from (1, 0), loss 1, to (4, 0), loss 16.",
      "still: 1 place, from (0.5, 0), loss 0.25, to (0.5, 0), loss 0.25.",
    ]);
    const [, , , along, ends] = layers(plot);
    expect(along.rows.map(({ x }) => x)).toEqual([1, -2, 4, 0.5]);
    expect(along.mark.clip).toBe(true);
    expect(ends.rows.map(({ path, x }) => [path, x])).toEqual([
      ["away", 4],
      ["still", 0.5],
    ]);
  });

  it("have strokes of their own beside their colours", () => {
    const one = [[0, 0]] as [number, number][];
    const { spec } = contourPlot(bowl, { ...square, paths: { a: one, b: one, c: one } });
    const { encoding } = (spec.layer as { encoding: { strokeDash: { scale: { range: number[][] } } } }[])[3];
    expect(new Set(encoding.strokeDash.scale.range.map(String)).size).toBe(3);
  });
});

it("keeps the legend of its own strokes beside another map, and has one legend with a map of the same paths", () => {
  const scaleOf = ({ spec }: Chart) => (spec.resolve as { scale: Record<string, string> }).scale;
  const map = (name: string) => contourPlot(bowl, { ...square, paths: { [name]: [[0, 0]] } });
  expect(scaleOf(smallMultiples({ left: map("a"), right: map("b") })).strokeDash).toBe("independent");
  expect(scaleOf(smallMultiples({ left: map("a"), right: linePlot([1, 2]) })).strokeDash).toBe("independent");
  const two = { ...square, paths: { a: [[0, 0]], b: [[1, 1]] } } as const;
  const same = smallMultiples({ left: contourPlot(bowl, two), right: contourPlot(bowl, two) });
  expect(scaleOf(same).strokeDash).toBe("shared");
  expect(JSON.stringify(same.spec).match(/"bind":"legend"/g)).toHaveLength(1);
});

it.each<[string, () => unknown, string]>([
  [
    "a range the wrong way round",
    () => contourPlot(bowl, { ...square, xRange: [2, -2] }),
    "contourPlot: xRange is [2, -2]; give the least and then the greatest number.",
  ],
  [
    "no range",
    () => contourPlot(bowl, { xRange: [0, 1] } as unknown as ContourPlotOptions),
    "contourPlot: yRange is undefined; give two numbers, such as [-2, 2].",
  ],
  [
    "a function without a value",
    () => contourPlot((x) => Math.log(-1 - Math.abs(x)), { xRange: [0, 1], yRange: [0, 2] }),
    "contourPlot: the function is nowhere finite for x from 0 to 1 and y from 0 to 2; give ranges in which it has values.",
  ],
  [
    "no levels",
    () => contourPlot(bowl, { ...square, levels: [] }),
    "contourPlot: levels is empty; give heights, or leave it out.",
  ],
  [
    "a level that is none",
    () => contourPlot(bowl, { ...square, levels: [1, NaN] }),
    "contourPlot: a level is NaN; give finite heights.",
  ],
  [
    "a path without a place",
    () => contourPlot(bowl, { ...square, paths: { lost: [[NaN, 0]] } }),
    'contourPlot: path "lost" has 1 place and none to draw; give pairs [x, y], the first of finite numbers.',
  ],
])("refuses %s", (_, draw, message) => {
  expect(draw).toThrow(message);
});
