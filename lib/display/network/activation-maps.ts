/** The outputs of a network's layers for one image: a row of thumbnails for each layer, one thumbnail for each channel. */
import { ShapeError, showShape } from "../../array/errors.js";
import { reshape, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import {
  showCount,
  showNumber,
  showOddities,
  showPlural,
  summarize,
  type Summary,
} from "../figure/numbers.js";
import {
  colorize,
  colorizeRgb,
  fitRaster,
  planesOf,
  strip,
  scaleFor,
  type Planes,
} from "../figure/pixels.js";
import { box, fitText, image, INK, path, text, textWidth } from "../figure/svg.js";

/** One layer's output. */
export interface ActivationEntry {
  readonly name: string;
  /** N×C×H×W, N×C×L or N×F; the first example of the batch is drawn. */
  readonly activation: Tensor;
  /** Whether its three channels are red, green and blue; true for an entry of three channels named "input". */
  readonly color?: boolean;
}

/** How many channels `activationMaps` and `featureMaps` draw of each layer, and how large. */
export interface ActivationMapsOptions {
  readonly title?: string;
  /** The most channels drawn of each layer; 24. */
  readonly channels?: number;
  /** The most CSS pixels of a thumbnail's longer side. */
  readonly side?: number;
  /** The names of the classes, written below the numbers of a layer that has one for each class. */
  readonly classes?: readonly string[];
}

/**
 * Draws the outputs of layers, in order: for each layer its name, shape and extent, and every channel as a thumbnail on the
 * layer's own scale (grey from zero up; blue and orange if there are negative numbers). A channel that is zero everywhere is
 * crossed out: it is dead for this image. Below the numbers of a vector are the units' numbers, or the classes' names, the
 * greatest in bold.
 *
 *     activationMaps(net.activations(image), { classes: data.classes })
 *
 * @throws ShapeError for an activation with fewer than two axes or more than four
 */
export function activationMaps(
  entries: readonly ActivationEntry[],
  options: ActivationMapsOptions = {},
): Figure {
  const { title = "What each layer makes of it", channels: most = 24, side = 64 } = options;
  const perLine = 10;
  const gap = 4;
  const label = 132;
  const rows = entries.map((entry) => layerRow(entry, most, side, options.classes));
  const heightOf = (row: LayerRow) =>
    Math.max(
      62,
      17 + 15 * row.facts.length,
      Math.ceil(row.thumbnails.length / lineOf(row)) * (row.cell.height + gap) -
        gap +
        (row.names?.height ?? 0),
    );
  // As many thumbnails in a line as fit, spread evenly over the lines.
  const lineOf = ({ cell, thumbnails }: LayerRow) => {
    const fit = Math.max(1, Math.floor((perLine * (side + gap)) / (cell.width + gap)));
    return Math.max(1, Math.ceil(thumbnails.length / Math.max(1, Math.ceil(thumbnails.length / fit))));
  };
  const height = rows.reduce((sum, row) => sum + heightOf(row) + 18, -18);
  const across = Math.max(
    120,
    ...rows.map(
      (row) =>
        Math.min(row.thumbnails.length, lineOf(row)) * (row.cell.width + gap) -
        gap +
        (row.names?.beyond ?? 0),
    ),
  );
  const sentences = rows.map(({ sentence }) => sentence);
  const deadWords = rows.some(({ dead }) => dead > 0) ? " A crossed-out channel is zero everywhere." : "";
  const signed = rows.some(({ signed }) => signed)
    ? " Layers with negative numbers: blue is negative, white zero, orange positive."
    : "";
  const odd = rows.some(({ odd }) => odd) ? " Magenta is not finite." : "";
  const svg = frame(
    {
      title,
      note: `Each layer has its own scale; black is zero.${signed}${deadWords}${odd}`,
      width: label + across,
      height: Math.max(1, height),
      alt: `${title}: ${sentences.join("; ") || "no layers"}.`,
    },
    (left, top) => {
      const parts: string[] = [];
      let y = top;
      rows.forEach((row, index) => {
        if (index > 0) {
          parts.push(
            path(
              [
                [left, y - 9],
                [left + label + across, y - 9],
              ],
              { stroke: INK.grid },
            ),
          );
        }
        parts.push(text(left, y + 12, fitText(row.name, label - 12, 13, true), { size: 13, bold: true }));
        row.facts.forEach((fact, line) => {
          const style = { size: 11, fill: fact.warning ? INK.bad : INK.muted };
          parts.push(text(left, y + 28 + 15 * line, fitText(fact.words, label - 10, 11), style));
        });
        row.thumbnails.forEach(({ raster, dead }, i) => {
          const line = lineOf(row);
          const x = left + label + (i % line) * (row.cell.width + gap);
          const v = y + Math.floor(i / line) * (row.cell.height + gap);
          const [w, h] = [row.cell.width, row.cell.height];
          parts.push(image(x, v, w, h, raster), box(x + 0.5, v + 0.5, w - 1, h - 1, { stroke: INK.faint }));
          if (dead) {
            parts.push(
              path(
                [
                  [x + 3, v + 3],
                  [x + w - 3, v + h - 3],
                ],
                { stroke: INK.bad, width: 1.5 },
              ),
              path(
                [
                  [x + w - 3, v + 3],
                  [x + 3, v + h - 3],
                ],
                { stroke: INK.bad, width: 1.5 },
              ),
            );
          }
        });
        if (row.names) parts.push(...row.names.draw(left + label, y + row.cell.height));
        y += heightOf(row) + 18;
      });
      return parts;
    },
  );
  return new Figure({
    alt: `${title}: ${sentences.join("; ") || "no layers"}.`,
    text: [title, ...sentences.map((sentence) => `  ${sentence}`)].join("\n"),
    svg,
  });
}

interface LayerRow {
  readonly name: string;
  readonly facts: readonly { readonly words: string; readonly warning?: boolean }[];
  readonly sentence: string;
  readonly thumbnails: readonly { raster: ReturnType<typeof colorize>; dead: boolean }[];
  readonly cell: { readonly width: number; readonly height: number };
  readonly dead: number;
  readonly signed: boolean;
  readonly odd: boolean;
  readonly names?: UnitNames;
}

/** The names below the cells of a vector. */
interface UnitNames {
  readonly height: number;
  /** How far the last one reaches beyond the cells. */
  readonly beyond: number;
  draw(x: number, y: number): string[];
}

/** Names in a row, each in the middle of its cell; slanted if they are wider than a cell. */
function unitNames(names: readonly string[], cell: number, greatest?: number): UnitNames {
  const short = names.map((name) => fitText(name, 110, 11, true));
  const widths = short.map((name) => textWidth(name, 11, true));
  const flat = widths.every((width) => width <= cell - 2);
  const slope = Math.PI / 4;
  return {
    height: flat ? 16 : 14 + Math.max(...widths) * Math.sin(slope),
    beyond: flat ? 0 : Math.max(0, widths.at(-1)! * Math.cos(slope) - cell / 2),
    draw: (x, y) =>
      short.map((name, i) => {
        const style = { size: 11, bold: i === greatest, fill: i === greatest ? INK.text : INK.muted };
        const middle = x + (i + 0.5) * cell;
        if (flat) return text(middle, y + 13, name, { ...style, anchor: "middle" });
        return text(middle - 3, y + 11, name, { ...style, rotate: 45 });
      }),
  };
}

/** What stands below a vector: the classes' names, or the units' numbers where there is room. */
function namesOf(
  values: ArrayLike<number>,
  cell: number,
  classes: readonly string[] | undefined,
): { names?: UnitNames; said: string } {
  if (classes?.length === values.length && cell >= 14) {
    let greatest = 0;
    for (let i = 1; i < values.length; i++) if (values[i] > values[greatest]) greatest = i;
    return { names: unitNames(classes, cell, greatest), said: `, greatest for ${classes[greatest]}` };
  }
  if (cell < 18) return { said: "" };
  return {
    names: unitNames(
      Array.from(values, (_, i) => String(i)),
      cell,
    ),
    said: "",
  };
}

function layerRow(
  { name, activation, color = name === "input" }: ActivationEntry,
  most: number,
  side: number,
  classes: readonly string[] | undefined,
): LayerRow {
  const shape = activation.shape.slice(1);
  const planes = firstOf(name, activation);
  const values = activation.shape[0] > 0 ? planes.at(0) : new Float32Array(0);
  const summary = summarize(values);
  const extent = Number.isNaN(summary.min)
    ? "no finite numbers"
    : `${showNumber(summary.min)} to ${showNumber(summary.max)}`;
  const { thumbnails, channels, dead } = paint(planes, values, summary, {
    rank: shape.length,
    color,
    most,
    side,
  });
  const facts: LayerRow["facts"][number][] = [{ words: showShape(shape) }, { words: extent }];
  const oddities = showOddities(summary);
  const warnings = [
    dead > 0
      ? `${showCount(dead)} of ${showPlural(channels, shape.length === 1 ? "unit" : "channel")} zero`
      : "",
    oddities,
  ].filter(Boolean);
  if (warnings.length > 0) facts.push({ words: warnings.join(", "), warning: true });
  const cells = thumbnails[0]?.raster;
  const isVector = shape.length === 1 && cells !== undefined && values.length <= 64;
  const { names, said } = isVector ? namesOf(values, cells.width / values.length, classes) : { said: "" };
  const hidden = channels - thumbnails.length;
  if (hidden > 0 && shape.length > 1)
    facts.push({ words: `first ${thumbnails.length} of ${showCount(channels)} drawn` });
  return {
    name,
    facts,
    sentence: `${name} ${showShape(shape)}, ${extent}${said}${warnings.length > 0 ? `, ${warnings.join(", ")}` : ""}`,
    thumbnails,
    cell: thumbnails[0]?.raster ?? { width: side, height: side },
    dead,
    signed: summary.min < 0,
    odd: oddities !== "",
    names,
  };
}

function firstOf(name: string, activation: Tensor): Planes {
  const { shape } = activation;
  if (shape.length === 4) return planesOf("activationMaps", activation);
  if (shape.length === 3)
    return planesOf("activationMaps", reshape(activation, [shape[0], shape[1], 1, shape[2]]));
  if (shape.length === 2) return planesOf("activationMaps", reshape(activation, [shape[0], 1, 1, shape[1]]));
  throw new ShapeError(
    `activationMaps: the activation of ${name} is ${showShape(shape)}; give N×C×H×W, N×C×L or N×F.`,
  );
}

function paint(
  planes: Planes,
  values: Float32Array | Float64Array,
  summary: Summary,
  { rank, color, most, side }: { rank: number; color: boolean; most: number; side: number },
) {
  const { channels, width, height } = planes;
  const plane = width * height;
  const scale = scaleFor([summary.min, summary.max]);
  const isZero = (part: ArrayLike<number>) => summarize(part).zeros === part.length;
  if (values.length === 0) return { thumbnails: [], channels: 0, dead: 0 };
  if (rank === 1) {
    // A vector is a strip of cells, wrapped into lines of equal length; the last line may be shorter.
    const across = Math.min(width, 64);
    const down = Math.ceil(Math.min(width, 64 * 16) / across);
    const cells = colorize(
      Float64Array.from({ length: across * down }, (_, i) => values[i] ?? 0),
      across,
      down,
      scale,
    );
    cells.data.fill(0, 4 * Math.min(width, across * down));
    const cell = Math.max(6, Math.min(32, Math.floor((10 * (side + 4)) / across)));
    const raster = fitRaster(cells, cell * Math.max(across, down));
    return {
      thumbnails: [{ raster, dead: false }],
      channels: width,
      dead: summary.min < 0 ? 0 : summary.zeros,
    };
  }
  if (color && channels === 3 && height > 1) {
    const high = summary.min >= 0 && summary.max <= 1 ? 1 : summary.max;
    const raster = fitRaster(colorizeRgb(values, width, height, Math.min(0, summary.min), high), side);
    return { thumbnails: [{ raster, dead: false }], channels: 1, dead: 0 };
  }
  let dead = 0;
  const thumbnails = [];
  for (let channel = 0; channel < channels; channel++) {
    const part = values.subarray(channel * plane, (channel + 1) * plane);
    const zero = isZero(part);
    if (zero) dead++;
    if (channel < most) {
      const raster = colorize(part, width, height, scale);
      const fitted = height === 1 ? strip(fitRaster(raster, 3 * side), 16) : fitRaster(raster, side);
      thumbnails.push({ raster: fitted, dead: zero });
    }
  }
  return { thumbnails, channels, dead };
}
