/** Contour lines of a function of two numbers, with paths over them: a landscape of a loss, seen from above. */
import { ValueError } from "../../array/errors.js";
import { chart, type Chart } from "../figure/chart.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import { INK } from "../figure/svg.js";
import {
  checkRange,
  colours,
  FLAT_TITLE,
  legendToggle,
  NUMBER_FORMAT,
  zoom,
  type AxisRange,
} from "./axis.js";
import { pointsOf, type NumberList, type Curve } from "./values.js";

/** The part of the plane that a `contourPlot` shows, the heights of its lines, the paths over it, its titles and its size. */
export interface ContourPlotOptions {
  /** The least and greatest number of each axis. */
  readonly xRange: AxisRange;
  readonly yRange: AxisRange;
  readonly title?: string;
  /** The titles of the axes; x and y. */
  readonly x?: string;
  readonly y?: string;
  /** What the function measures; "height". */
  readonly value?: string;
  /** The heights of the lines; nine that cut the map into ten parts of about the same area unless given. */
  readonly levels?: readonly number[];
  /** Paths over the map by name, each as its places in their order: pairs x, y or an N×2 tensor. A cross marks its last place. */
  readonly paths?: Readonly<Record<string, Curve | NumberList>>;
  /** The size of the panel in CSS pixels; 330 and 250. */
  readonly width?: number;
  readonly height?: number;
}

/** A contour line, or a part of it: places in their order. */
interface Contour {
  readonly level: number;
  readonly places: readonly (readonly [x: number, y: number])[];
}

/** Cells along each side of the grid on which the function is asked. */
const FINE = 56;
/** Strokes of the paths, beside their colours, for readers who cannot tell the colours apart. */
const DASHES = [
  [1, 0],
  [2, 2],
  [7, 3],
  [8, 3, 2, 3],
];
/** Free pixels around the number of a line, at least. */
const FREE = 13;

/**
 * Draws a function of two numbers as a map: each line joins places of the same height, and a number says which. Paths are drawn
 * over it, with a dot at each place and a cross at the last.
 *
 *     contourPlot((x, y) => (x * x + 25 * y * y) / 2, {
 *       xRange: [-4.5, 4.5],
 *       yRange: [-1.5, 1.5],
 *       paths: { "rate 0.07": [[-4, 1], [-3.72, -0.75], [-3.46, 0.56]] },
 *     })
 *
 * A line ends where the function is not finite, and a path before its first place that is not finite.
 * @param height  the function; it is called a few thousand times
 * @throws ValueError for a range or levels that are none, a function that is nowhere finite, and a path without a place
 */
export function contourPlot(height: (x: number, y: number) => number, options: ContourPlotOptions): Chart {
  const { xRange, yRange, x = "x", y = "y", value = "height" } = options;
  for (const [name, range] of Object.entries({ xRange, yRange })) {
    if (!Array.isArray(range) || !range.every(Number.isFinite))
      throw new ValueError(`contourPlot: ${name} is ${String(range)}; give two numbers, such as [-2, 2].`);
    checkRange("contourPlot", name, range as AxisRange, "linear");
  }
  const at = (i: number, [from, to]: AxisRange) => from + ((to - from) * i) / FINE;
  const heights = Array.from({ length: FINE + 1 }, (_, i) =>
    Array.from({ length: FINE + 1 }, (_, j) => height(at(i, xRange), at(j, yRange))),
  );
  const sorted = heights
    .flat()
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (sorted.length === 0) {
    throw new ValueError(
      `contourPlot: the function is nowhere finite for ${x} from ${showNumber(xRange[0])} to ${showNumber(xRange[1])} and ` +
        `${y} from ${showNumber(yRange[0])} to ${showNumber(yRange[1])}; give ranges in which it has values.`,
    );
  }
  const levels = options.levels ?? evenLevels(sorted);
  const odd = levels.find((level) => !Number.isFinite(level));
  if (odd !== undefined || (options.levels && levels.length === 0)) {
    throw new ValueError(
      odd === undefined
        ? "contourPlot: levels is empty; give heights, or leave it out."
        : `contourPlot: a level is ${showNumber(odd)}; give finite heights.`,
    );
  }
  const contours = levels.flatMap((level) =>
    contoursAt(
      level,
      heights,
      (i) => at(i, xRange),
      (j) => at(j, yRange),
    ),
  );
  const names = Object.keys(options.paths ?? {});
  const paths = names.map((name) => placesOf(name, options.paths![name]));
  const steps = paths.flatMap((places, i) =>
    places.map(([px, py], step) => ({ path: names[i], step, x: px, y: py, height: finite(height(px, py)) })),
  );

  const [width, tall] = [options.width ?? 330, options.height ?? 250];
  const numbers = placeNumbers(contours, paths, xRange, yRange, width, tall);
  const axis = (field: string, title: string, range: AxisRange, flat: object) => ({
    ...{ field, type: "quantitative", title },
    ...{ scale: { domain: range, nice: false }, axis: { grid: false, tickCount: 5, ...flat } },
  });
  const place = { x: axis("x", x, xRange, {}), y: axis("y", y, yRange, FLAT_TITLE) };
  const label = { type: "text", fontSize: 11, clip: true };
  const { params = [], opacity } = legendToggle("path", names);
  const colour = colours("path", names, "stroke") as { legend: object | null };
  const color = {
    ...colour,
    legend: colour.legend && { ...colour.legend, orient: "bottom", columns: 1, labelLimit: 320 },
  };
  const along = {
    params,
    data: { values: steps },
    mark: { type: "line", clip: true, strokeWidth: 1.5, point: { size: 20, filled: true } },
    encoding: {
      ...place,
      color,
      opacity,
      strokeDash: {
        ...{ field: "path", type: "nominal", legend: color.legend },
        scale: { domain: names, range: names.map((_, i) => DASHES[i % DASHES.length]) },
      },
      order: { value: null },
      tooltip: [
        { field: "path", type: "nominal", title: "path" },
        { field: "step", type: "quantitative", title: "step" },
        { field: "x", type: "quantitative", title: x, format: NUMBER_FORMAT },
        { field: "y", type: "quantitative", title: y, format: NUMBER_FORMAT },
        { field: "height", type: "quantitative", title: value, format: NUMBER_FORMAT },
      ],
    },
  };
  const ends = {
    data: { values: names.map((name) => steps.findLast(({ path }) => path === name)!) },
    mark: { type: "point", shape: "cross", angle: 45, size: 130, filled: true, clip: true },
    encoding: { ...place, color, opacity },
  };
  const heading = options.title ?? `${value} by ${x} and ${y}`;
  const words = [
    `${value} from ${showNumber(sorted[0])} to ${showNumber(sorted[sorted.length - 1])}` +
      (contours.length > 0
        ? `, lines at ${levels.map((level) => showNumber(level)).join(", ")}.`
        : ", no line."),
    ...paths.map((places, i) => storyOf(names[i], places, height, value)),
  ];
  return chart(
    {
      title: heading,
      width,
      height: tall,
      layer: [
        {
          params: [zoom],
          data: {
            values: contours.flatMap(({ places }, line) => places.map(([x, y]) => ({ line, x, y }))),
          },
          mark: { type: "line", color: "#8c959f", strokeWidth: 0.8, clip: true },
          encoding: { ...place, detail: { field: "line", type: "nominal" }, order: { value: null } },
        },
        // White behind the numbers parts them from their lines.
        {
          data: { values: numbers },
          mark: { ...label, stroke: INK.card, strokeWidth: 5, aria: false },
          encoding: { ...place, text: { field: "shown", type: "nominal" } },
        },
        {
          data: { values: numbers },
          mark: { ...label, color: INK.muted },
          encoding: { ...place, text: { field: "shown", type: "nominal" } },
        },
        ...(names.length > 0 ? [along, ends] : []),
      ],
    },
    { alt: `${heading}. ${words.join(" ")}`, text: [heading, ...words].join("\n") },
  );
}

/** Heights that cut the map into parts of about the same area, with two digits. */
function evenLevels(sorted: readonly number[]): number[] {
  const tenths = Array.from({ length: 9 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / 10)]);
  return [...new Set(tenths.map((level) => Number(level.toPrecision(2))))];
}

/** The parts of a line: pieces, each from edge to edge of a small triangle, joined where they meet. */
function contoursAt(
  level: number,
  heights: readonly (readonly number[])[],
  xAt: (i: number) => number,
  yAt: (j: number) => number,
): Contour[] {
  const places = new Map<string, [x: number, y: number]>();
  const next = new Map<string, string[]>();
  const round = (one: number) => Number(one.toPrecision(4));
  for (let i = 0; i < FINE; i++)
    for (let j = 0; j < FINE; j++) {
      const corner = (di: number, dj: number) => ({
        ...{ name: (i + di) * (FINE + 1) + j + dj, x: xAt(i + di), y: yAt(j + dj) },
        over: heights[i + di][j + dj] - level,
      });
      const [a, b, c, d] = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
      for (const triangle of [
        [a, b, c],
        [a, c, d],
      ]) {
        if (!triangle.every(({ over }) => Number.isFinite(over))) continue;
        const crossed = triangle.flatMap((u, k) => {
          const v = triangle[(k + 1) % 3];
          if (u.over < 0 === v.over < 0) return [];
          const part = u.over / (u.over - v.over);
          const edge = `${Math.min(u.name, v.name)} ${Math.max(u.name, v.name)}`;
          places.set(edge, [round(u.x + part * (v.x - u.x)), round(u.y + part * (v.y - u.y))]);
          return [edge];
        });
        if (crossed.length !== 2) continue;
        for (const [from, to] of [crossed, crossed.toReversed()])
          next.set(from, [...(next.get(from) ?? []), to]);
      }
    }
  const contours: Contour[] = [];
  const seen = new Set<string>();
  // An open line begins at an edge that only one piece touches; what is left are closed ones.
  const starts = [...next.keys()].sort((a, b) => next.get(a)!.length - next.get(b)!.length);
  for (const start of starts) {
    if (seen.has(start)) continue;
    const line: [number, number][] = [];
    let at: string | undefined = start;
    while (at !== undefined) {
      seen.add(at);
      line.push(places.get(at)!);
      const after: string | undefined = next.get(at)!.find((one) => !seen.has(one));
      if (after === undefined && line.length > 2 && next.get(at)!.includes(start))
        line.push(places.get(start)!);
      at = after;
    }
    contours.push({ level, places: line });
  }
  return contours;
}

function placesOf(name: string, path: Curve | NumberList): [number, number][] {
  const all = pointsOf("contourPlot", path);
  const end = all.findIndex((place) => !place.every(Number.isFinite));
  const places = end < 0 ? all : all.slice(0, end);
  if (places.length === 0) {
    throw new ValueError(
      `contourPlot: path "${name}" has ${showPlural(all.length, "place")} and none to draw; give pairs [x, y], the first of finite numbers.`,
    );
  }
  return places;
}

/** One number for each line, as far as it can be from the paths, from other numbers and from the edges; none where it is crowded. */
function placeNumbers(
  contours: readonly Contour[],
  paths: readonly (readonly [number, number][])[],
  xRange: AxisRange,
  yRange: AxisRange,
  width: number,
  height: number,
): { x: number; y: number; shown: string }[] {
  const pixels = (x: number, y: number): [number, number] => [
    (width * (x - xRange[0])) / (xRange[1] - xRange[0]),
    (height * (yRange[1] - y)) / (yRange[1] - yRange[0]),
  ];
  const taken = paths.flatMap((places) =>
    places.flatMap(([x, y], i) => {
      const [px, py] = places[Math.max(0, i - 1)];
      return [pixels(x, y), pixels((x + px) / 2, (y + py) / 2)];
    }),
  );
  const numbers: { x: number; y: number; shown: string }[] = [];
  for (const level of new Set(contours.map((contour) => contour.level))) {
    let [best, free]: [readonly [number, number] | undefined, number] = [undefined, FREE];
    for (const place of contours
      .filter((contour) => contour.level === level)
      .flatMap(({ places }) => places)) {
      const [px, py] = pixels(...place);
      let room = Math.min(px - 8, width - px - 8, py, height - py);
      for (const [tx, ty] of taken) room = Math.min(room, Math.hypot(px - tx, py - ty));
      if (room > free) [best, free] = [place, room];
    }
    if (!best) continue;
    taken.push(pixels(...best));
    numbers.push({ x: best[0], y: best[1], shown: showNumber(level) });
  }
  return numbers;
}

const finite = (one: number): number | null => (Number.isFinite(one) ? one : null);

function storyOf(
  name: string,
  places: readonly [number, number][],
  height: (x: number, y: number) => number,
  value: string,
): string {
  const say = ([x, y]: readonly [number, number]) =>
    `(${showNumber(x, 2)}, ${showNumber(y, 2)}), ${value} ${showNumber(height(x, y))}`;
  return `${name}: ${showPlural(places.length, "place")}, from ${say(places[0])}, to ${say(places[places.length - 1])}.`;
}
