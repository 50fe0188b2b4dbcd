/** What a classifier of two numbers says everywhere in the plane, how sure it is, and the points that it learned from. */
import { ShapeError, showShape, ValueError } from "../../array/errors.js";
import { at } from "../../array/access.js";
import { flat, wrap, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { roundTicks } from "../figure/line-chart.js";
import { showNumber, showPercent, showPlural } from "../figure/numbers.js";
import { emptyRaster, type Raster } from "../figure/pixels.js";
import { box, fitText, image, INK, path, text, textWidth } from "../figure/svg.js";

/** Classifies M points, M×2, at once: returns M class numbers, or M×K probabilities of the classes. */
export type Classify = (points: Tensor) => ArrayLike<number> | Tensor;

/** The part of the plane that `decisionRegions` draws, the resolution of its grid, and the size of a panel. */
export interface DecisionRegionsOptions {
  readonly title?: string;
  /** The least and greatest number of each axis; by default a little more than the points' extent. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Width and height of a panel in CSS pixels; 240. */
  readonly side?: number;
  /** Grid points along each side; 80. */
  readonly resolution?: number;
  readonly classes?: readonly string[];
}

/**
 * Colours the plane by the predictions of each classifier, in a panel for each, and draws the points over it. A classifier
 * that returns probabilities is drawn with its confidence: pale where the likeliest class is hardly likelier than the others,
 * strong where it is certain, and a line where the answer changes. Points that a classifier gets wrong have a dark edge.
 *
 *     decisionRegions(points, labels, { "k = 1": (x) => nearest(x, 1), "k = 15": (x) => nearest(x, 15) })
 *     decisionRegions(points, labels, { net: (x) => softmaxForward(net.forward(x)).y })
 *
 * @param points  N×2
 * @param labels  N class numbers from 0
 * @throws ShapeError, ValueError when points, labels and predictions do not fit each other
 */
export function decisionRegions(
  points: Tensor,
  labels: ArrayLike<number>,
  classifiers: Readonly<Record<string, Classify>>,
  options: DecisionRegionsOptions = {},
): Figure {
  const [count, width] = points.shape;
  if (points.shape.length !== 2 || width !== 2 || count === 0 || count !== labels.length) {
    throw new ShapeError(
      `decisionRegions: points are ${showShape(points.shape)} for ${showPlural(labels.length, "label")}; give N×2 points and N labels.`,
    );
  }
  const { side = 240, resolution = 80 } = options;
  const xRange = options.xRange ?? extent(points, 0);
  const yRange = options.yRange ?? extent(points, 1);
  const panels = Object.entries(classifiers).map(([name, classify]) => {
    const plane = answersOf(name, classify(gridOf(xRange, yRange, resolution)), resolution ** 2);
    const { classes } = answersOf(name, classify(points), count);
    const wrong = Array.from({ length: count }, (_, n) => classes[n] !== labels[n]);
    return { name, plane, wrong };
  });
  if (panels.length === 0) throw new ValueError("decisionRegions: no classifier; give one or more by name.");
  const names = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const words = panels.map(
    ({ name, plane, wrong }) =>
      `${name}: ${wrong.filter(Boolean).length} of ${showPlural(count, "point")} wrong${sureness(plane)}`,
  );
  const alt = `${options.title ?? "Decision regions"}. ${words.join("; ")}.`;
  const gap = 24;
  const key = names.map((label) => fitText(options.classes?.[label] ?? `class ${label}`, 110, 12));
  const kinds = panels.flatMap(({ plane: { sure } }) => (sure ? [sure.kinds] : []));
  const least = kinds.length > 0 ? 1 / Math.max(...kinds) : undefined;
  const pitch = Math.max(90, ...key.map((word) => textWidth(word, 12) + 36), least === undefined ? 0 : 120);
  const svg = frame(
    {
      title: options.title,
      note:
        "The background is the answer at each place, a mark a training point; one with a dark rim lies where the answer is another class." +
        (least === undefined
          ? ""
          : " The stronger the colour, the surer the answer; the line is where it changes."),
      width: Math.max(panels.length * side + (panels.length - 1) * gap, names.length * pitch) + 24,
      height: side + (least === undefined ? 64 : 94),
      alt,
    },
    (left, top) => {
      const parts: string[] = [];
      const base = top + 20 + side;
      panels.forEach(({ name, plane, wrong }, i) => {
        const x0 = left + 24 + i * (side + gap);
        const placeX = (x: number) => x0 + (side * (x - xRange[0])) / (xRange[1] - xRange[0]);
        const placeY = (y: number) => base - (side * (y - yRange[0])) / (yRange[1] - yRange[0]);
        parts.push(
          text(x0, top + 12, fitText(name, side, 12, true), { bold: true }),
          image(x0, top + 20, side, side, paint(plane, resolution)),
        );
        if (plane.sure) parts.push(border(plane.classes, resolution, x0, top + 20, side));
        for (let n = 0; n < count; n++) {
          const [x, y] = [at(points, n, 0), at(points, n, 1)];
          if (x < xRange[0] || x > xRange[1] || y < yRange[0] || y > yRange[1]) continue;
          parts.push(mark(placeX(x), placeY(y), labels[n], wrong[n]));
        }
        parts.push(box(x0, top + 20, side, side, { stroke: INK.faint }));
        for (const tick of roundTicks(xRange[0], xRange[1], 4)) {
          parts.push(
            text(placeX(tick), base + 14, showNumber(tick), { size: 11, fill: INK.muted, anchor: "middle" }),
          );
        }
        if (i > 0) return;
        for (const tick of roundTicks(yRange[0], yRange[1], 4)) {
          parts.push(
            text(x0 - 6, placeY(tick) + 4, showNumber(tick), { size: 11, fill: INK.muted, anchor: "end" }),
          );
        }
      });
      names.forEach((label, i) => {
        const x = left + 24 + i * pitch;
        parts.push(mark(x + 5, base + 34, label, false), text(x + 16, base + 38, key[i]));
        if (least !== undefined) parts.push(...confidenceBar(x, base + 48, label, least));
      });
      return parts;
    },
  );
  return new Figure({ alt, text: [options.title, ...words].filter(Boolean).join("\n"), svg });
}

function extent(points: Tensor, axis: 0 | 1): [number, number] {
  const values = Array.from({ length: points.shape[0] }, (_, n) => at(points, n, axis));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * (high - low) || 1;
  return [low - margin, high + margin];
}

const colorOfClass = (label: number) => INK.series[label % INK.series.length];

/** A point: each class has its own form beside its own colour. */
function mark(x: number, y: number, label: number, rim: boolean): string {
  const edge = rim ? `stroke="${INK.text}" stroke-width="1.6"` : `stroke="${INK.card}" stroke-width="0.8"`;
  const style = `fill="${colorOfClass(label)}" ${edge}`;
  const at = (u: number, v: number) => `${(x + u).toFixed(1)},${(y + v).toFixed(1)}`;
  const polygon = (...points: string[]) => `<polygon points="${points.join(" ")}" ${style}/>`;
  switch (label % 4) {
    case 0:
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.4" ${style}/>`;
    case 1:
      return polygon(at(-3.1, -3.1), at(3.1, -3.1), at(3.1, 3.1), at(-3.1, 3.1));
    case 2:
      return polygon(at(0, -4.2), at(4, 2.9), at(-4, 2.9));
    default:
      return polygon(at(0, -4.4), at(4.4, 0), at(0, 4.4), at(-4.4, 0));
  }
}

/** The bar of a class's colour, from an answer that is a guess to one that is certain. */
function confidenceBar(x: number, y: number, label: number, least: number): string[] {
  const width = 90;
  const raster = emptyRaster(width, 1);
  for (let i = 0; i < width; i++) color(raster, i, label, shadeOf(i / (width - 1)));
  const number = (part: number, anchor: "start" | "end") =>
    text(x + (anchor === "end" ? width : 0), y + 22, showPercent(part, 0), {
      size: 11,
      fill: INK.muted,
      anchor,
    });
  return [
    image(x, y, width, 10, raster),
    box(x + 0.5, y + 0.5, width - 1, 9, { stroke: INK.faint }),
    number(least, "start"),
    number(1, "end"),
  ];
}

/** The answers to many points. */
interface Answers {
  readonly classes: ArrayLike<number>;
  /** Of a classifier of probabilities: that of its answer at each point, and how many classes it knows. */
  readonly sure?: { readonly parts: ArrayLike<number>; readonly kinds: number };
}

/** The centres of the cells of a grid, rows from the top. */
function gridOf(
  xRange: readonly [number, number],
  yRange: readonly [number, number],
  resolution: number,
): Tensor {
  const places = new Float32Array(2 * resolution * resolution);
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const place = 2 * (row * resolution + column);
      places[place] = xRange[0] + ((column + 0.5) / resolution) * (xRange[1] - xRange[0]);
      places[place + 1] = yRange[1] - ((row + 0.5) / resolution) * (yRange[1] - yRange[0]);
    }
  }
  return wrap(places, [resolution * resolution, 2]);
}

/** The answers of a grid in pale colours; in stronger ones where a classifier of probabilities is sure. */
function paint({ classes, sure }: Answers, resolution: number): Raster {
  const raster = emptyRaster(resolution, resolution);
  for (let i = 0; i < resolution * resolution; i++) {
    const shade = sure ? shadeOf((sure.parts[i] - 1 / sure.kinds) / (1 - 1 / sure.kinds)) : 0.3;
    color(raster, i, classes[i], shade);
  }
  return raster;
}

/** How much of a class's colour there is for an answer between a guess, 0, and certainty, 1. */
const shadeOf = (certainty: number): number => 0.06 + 0.54 * Math.min(1, Math.max(0, certainty));

function color(raster: Raster, pixel: number, label: number, shade: number): void {
  const full = colorOfClass(label);
  for (let channel = 0; channel < 3; channel++) {
    const value = parseInt(full.slice(1 + 2 * channel, 3 + 2 * channel), 16);
    raster.data[4 * pixel + channel] = Math.round(255 - shade * (255 - value));
  }
  raster.data[4 * pixel + 3] = 255;
}

/** A line between the cells of a grid whose answers differ. */
function border(
  classes: ArrayLike<number>,
  resolution: number,
  x0: number,
  y0: number,
  side: number,
): string {
  const cell = side / resolution;
  const points: [number, number][] = [];
  const line = (x: number, y: number, u: number, v: number) =>
    points.push([x0 + x * cell, y0 + y * cell], [x0 + u * cell, y0 + v * cell], [NaN, NaN]);
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const here = classes[row * resolution + column];
      if (column > 0 && classes[row * resolution + column - 1] !== here) line(column, row, column, row + 1);
      if (row > 0 && classes[(row - 1) * resolution + column] !== here) line(column, row, column + 1, row);
    }
  }
  return path(points, { stroke: INK.muted, width: 1 });
}

/** In how much of the plane a classifier of probabilities is nearly certain. */
function sureness({ sure }: Answers): string {
  if (!sure) return "";
  const certain = Array.from(sure.parts).filter((part) => part >= 0.9).length / sure.parts.length;
  return `, 90 % sure or more in ${showPercent(certain, 0)} of the plane`;
}

function answersOf(name: string, answers: ArrayLike<number> | Tensor, count: number): Answers {
  if (!("shape" in answers)) return { classes: expectAnswers(name, answers, count) };
  const { shape } = answers;
  const kinds = shape[1];
  if (shape.length !== 2 || shape[0] !== count || kinds < 2)
    throw new ShapeError(
      `decisionRegions: "${name}" answers ${showPlural(count, "point")} with ${showShape(shape)}; give ${count}×K probabilities for K classes, or ${count} class numbers.`,
    );
  const values = flat(answers);
  const classes = new Int32Array(count);
  const parts = Float64Array.from({ length: count }, (_, n) => {
    const row = Array.from(values.subarray(n * kinds, (n + 1) * kinds));
    const sum = row.reduce((a, b) => a + b, 0);
    if (!(Math.abs(sum - 1) < 1e-3) || row.some((part) => part < -1e-6))
      throw new ValueError(
        `decisionRegions: "${name}" answers a point with ${row.map((part) => showNumber(part)).join(", ")}; probabilities are from 0 to 1 and their sum is 1. Of scores, softmaxForward makes them.`,
      );
    for (let k = 1; k < kinds; k++) if (row[k] > row[classes[n]]) classes[n] = k;
    return row[classes[n]];
  });
  return { classes, sure: { parts, kinds } };
}

function expectAnswers(name: string, answers: ArrayLike<number>, count: number): ArrayLike<number> {
  for (let i = 0; i < count; i++) {
    if (answers.length === count && Number.isInteger(answers[i]) && answers[i] >= 0) continue;
    throw new ValueError(
      `decisionRegions: "${name}" answers ${showPlural(count, "point")} with ${answers.length === count ? String(answers[i]) : showPlural(answers.length, "label")}; it must return one class number, from 0, for each.`,
    );
  }
  return answers;
}
