/** The predictions of a classifier of two numbers everywhere in the plane, with the points that it learned from. */
import { ShapeError, showShape, ValueError } from "../../array/errors.js";
import { at } from "../../array/access.js";
import { wrap, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { roundTicks } from "../figure/line-chart.js";
import { showNumber, showPlural } from "../figure/numbers.js";
import { emptyRaster, type Raster } from "../figure/pixels.js";
import { box, fitText, image, INK, text } from "../figure/svg.js";

/** Classifies M points, M×2, at once: returns M class numbers. */
export type Classify = (points: Tensor) => ArrayLike<number>;

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
 * Colours the plane by the predictions of each classifier, in a panel for each, and draws the points over it. Points that a
 * classifier gets wrong have a dark edge.
 *
 *     decisionRegions(points, labels, { "k = 1": (x) => nearest(x, 1), "k = 15": (x) => nearest(x, 15) })
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
    const raster = paint(name, classify, xRange, yRange, resolution);
    const answers = expectAnswers(name, classify(points), count);
    const wrong = Array.from({ length: count }, (_, n) => answers[n] !== labels[n]);
    return { name, raster, wrong };
  });
  if (panels.length === 0) throw new ValueError("decisionRegions: no classifier; give one or more by name.");
  const names = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const words = panels.map(
    ({ name, wrong }) => `${name}: ${wrong.filter(Boolean).length} of ${showPlural(count, "point")} wrong`,
  );
  const alt = `${options.title ?? "Decision regions"}. ${words.join("; ")}.`;
  const gap = 24;
  const key = names.map((label) => options.classes?.[label] ?? `class ${label}`);
  const svg = frame(
    {
      title: options.title,
      note: "The background is the answer at each place, a dot a training point; a dot with a dark rim lies where the answer is another class.",
      width: panels.length * side + (panels.length - 1) * gap + 24,
      height: side + 70,
      alt,
    },
    (left, top) => {
      const parts: string[] = [];
      const base = top + 20 + side;
      panels.forEach(({ name, raster, wrong }, i) => {
        const x0 = left + 24 + i * (side + gap);
        const placeX = (x: number) => x0 + (side * (x - xRange[0])) / (xRange[1] - xRange[0]);
        const placeY = (y: number) => base - (side * (y - yRange[0])) / (yRange[1] - yRange[0]);
        parts.push(
          text(x0, top + 12, fitText(name, side, 12, true), { bold: true }),
          image(x0, top + 20, side, side, raster),
        );
        for (let n = 0; n < count; n++) {
          const [x, y] = [at(points, n, 0), at(points, n, 1)];
          if (x < xRange[0] || x > xRange[1] || y < yRange[0] || y > yRange[1]) continue;
          parts.push(disc(placeX(x), placeY(y), colorOfClass(labels[n]), wrong[n]));
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
        const x = left + 24 + i * 90;
        parts.push(
          disc(x + 5, base + 34, colorOfClass(label), false),
          text(x + 16, base + 38, fitText(key[i], 70, 12)),
        );
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

function disc(x: number, y: number, fill: string, rim: boolean): string {
  const edge = rim ? `stroke="${INK.text}" stroke-width="1.6"` : `stroke="${INK.card}" stroke-width="0.8"`;
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.4" fill="${fill}" ${edge}/>`;
}

/** The predictions on a grid, rows from the top, in pale colours. */
function paint(
  name: string,
  classify: Classify,
  xRange: readonly [number, number],
  yRange: readonly [number, number],
  resolution: number,
): Raster {
  const places = new Float32Array(2 * resolution * resolution);
  for (let row = 0; row < resolution; row++) {
    for (let column = 0; column < resolution; column++) {
      const place = 2 * (row * resolution + column);
      places[place] = xRange[0] + ((column + 0.5) / resolution) * (xRange[1] - xRange[0]);
      places[place + 1] = yRange[1] - ((row + 0.5) / resolution) * (yRange[1] - yRange[0]);
    }
  }
  const count = resolution * resolution;
  const answers = expectAnswers(name, classify(wrap(places, [count, 2])), count);
  const raster = emptyRaster(resolution, resolution);
  for (let i = 0; i < count; i++) {
    const color = colorOfClass(answers[i]);
    for (let channel = 0; channel < 3; channel++) {
      const value = parseInt(color.slice(1 + 2 * channel, 3 + 2 * channel), 16);
      raster.data[4 * i + channel] = Math.round(255 - 0.3 * (255 - value));
    }
    raster.data[4 * i + 3] = 255;
  }
  return raster;
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
