/** Images in a grid, with their classes and a network's predictions. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { HEAT_BAR, heatBar, heatOf, heatOver, heatScale } from "./heat.js";
import { boxesOn, boxLegend, countBoxes, expectBoxes, legendWidth, type ImageBoxes } from "./image-boxes.js";
import {
  showCount,
  showNumber,
  showOddities,
  showPercent,
  showPlural,
  summarize,
  type Summary,
} from "./numbers.js";
import { colorize, colorizeRgb, fitRaster, planesOf, scaleFor, type Planes, type Raster } from "./pixels.js";
import { box, fitText, image, INK, text, textWidth } from "./svg.js";

/** Images with their labels, such as a data set. */
export interface LabelledImages {
  readonly images: Tensor;
  readonly labels?: ArrayLike<number>;
  readonly classes?: readonly string[];
}

/**
 * What `imageGrid` writes under each image (labels, predictions, probabilities, captions), and the layout of the images.
 */
export interface ImageGridOptions {
  readonly title?: string;
  /** True class numbers, one for each image. */
  readonly labels?: ArrayLike<number>;
  /** The classes' names; their numbers unless given. */
  readonly classes?: readonly string[];
  /** Predicted class numbers, one for each image; the likeliest class if only probabilities are given. */
  readonly predictions?: ArrayLike<number>;
  /** N×K probabilities: the three likeliest classes become bars under each image, the true class in green. */
  readonly probabilities?: Tensor;
  /** A line of text for each image, instead of its class. */
  readonly captions?: readonly string[];
  /** How many images are in a row; or what each column is, written above it. */
  readonly columns?: number | readonly string[];
  /** What each row is, written at its left; with `columns`. Each row is then drawn on a scale of its own. */
  readonly rows?: readonly string[];
  /** Boxes to draw on the images: sets by name, each with a list for every image; found ones beside true ones, say. */
  readonly boxes?: ImageBoxes;
  /**
   * Where something is large: N maps of H×W, or of parts of it, over the images in pale grey; orange above zero, blue below,
   * all on one scale, whose bar is drawn.
   */
  readonly heat?: Tensor;
  /** How many images to draw at most; 40. */
  readonly limit?: number;
  /** The most CSS pixels of an image's longer side; each pixel of the image becomes a whole number of them. */
  readonly side?: number;
}

/**
 * Draws images: one channel in grey (in blue and orange if there are negative numbers), three in colour. Under each image is
 * its class or the prediction; a wrong prediction is marked ✗ in red, with the true class.
 *
 *     imageGrid(data.test.subset(20))
 *     imageGrid(images, { labels, probabilities, classes })
 *     imageGrid(scenes, { boxes: { true: truth, found } })
 *     imageGrid(images, { rows: ["before", "after"], columns: ["0", "1", "2"] })
 *
 * @param images  N×C×H×W, C×H×W or H×W, or a data set
 * @throws ShapeError, ValueError when the labels, predictions, boxes, maps or names do not fit the images
 */
export function imageGrid(images: Tensor | LabelledImages, options: ImageGridOptions = {}): Figure {
  const set: LabelledImages = "images" in images ? images : { images };
  const labels = options.labels ?? set.labels;
  const planes = planesOf("imageGrid", set.images);
  const probabilities =
    options.probabilities && rowsOf(options.probabilities, planes.count, set.images.shape);
  const predictions =
    options.predictions ??
    (probabilities && Array.from({ length: planes.count }, (_, i) => argmax(probabilities(i))));
  expectCount("labels", labels, planes.count);
  expectCount("predictions", predictions, planes.count);
  expectCount("captions", options.captions, planes.count);

  const { boxes = {} } = options;
  expectBoxes(boxes, planes.count);

  const classes = options.classes ?? set.classes;
  const nameOf = (label: number) => classes?.[label] ?? String(label);
  const shown = Math.min(planes.count, options.limit ?? 40);
  const summary = summarize(flat(set.images));
  const asked = typeof options.columns === "object" ? options.columns.length : options.columns;
  const heads = columnNames(options.columns, shown);
  const names = rowNames(options.rows, asked, shown);
  const values = flat(set.images);
  const inRow = (asked ?? 1) * (values.length / Math.max(1, planes.count));
  const renderers = names
    ? names.map((_, row) => painter(planes, summarize(values.subarray(row * inRow, (row + 1) * inRow))))
    : [painter(planes, summary)];
  const plain = (i: number) => renderers[names ? Math.floor(i / asked!) : 0](planes.at(i));
  const heat = options.heat && heatOf("imageGrid", options.heat, planes);
  const hot = options.heat ? flat(options.heat).subarray(0, shown * (options.heat.size / planes.count)) : [];
  const scale = heatScale(hot, true);
  const render = (i: number) => (heat ? heatOver(plain(i), heat(i), scale) : plain(i));
  const bars = probabilities === undefined ? 0 : Math.min(3, options.probabilities!.shape[1]);
  const side =
    options.side ?? (bars > 0 ? 96 : Math.max(56, Math.min(96, 2 * Math.max(planes.width, planes.height))));
  const rasters = Array.from({ length: shown }, (_, i) => fitRaster(render(i), side));
  const words = Array.from({ length: shown }, (_, i) => captionOf(i, labels, predictions, options, nameOf));

  const widest = Math.max(...rasters.map(({ width }) => width), 1);
  const tallest = Math.max(...rasters.map(({ height }) => height), 1);
  const longest = Math.max(
    0,
    ...words.flat().map(({ content }) => textWidth(content, 12)),
    ...(heads ?? []).map((head) => textWidth(head, 12, true)),
  );
  const cell = Math.max(widest, Math.min(longest + 6, 120), bars > 0 ? 96 : 0);
  const lines = Math.max(0, ...words.map((one) => one.length));
  const pitchX = cell + 14;
  const pitchY = tallest + (lines > 0 ? 4 + 16 * lines : 0) + (bars > 0 ? 4 + 16 * bars : 0) + 12;
  const columns = Math.max(1, Math.min(shown, asked ?? evenColumns(shown, Math.floor(774 / pitchX))));
  const rows = Math.ceil(shown / columns);
  const margin = names ? Math.max(...names.map((name) => Math.min(160, textWidth(name, 12, true)))) + 14 : 0;

  const legend = Object.keys(boxes).length > 0 && shown > 0 ? 20 : 0;
  const bar = heat && shown > 0 ? HEAT_BAR + 6 : 0;
  const head = heads && shown > 0 ? 20 : 0;
  const sentence =
    describe(planes, summary, shown, labels, predictions, heat !== undefined) +
    (names ? " Each row has its own scale." : "") +
    (heat ? ` ${describeHeat(hot)}` : "") +
    countBoxes(boxes, shown);
  const svg = frame(
    {
      title: options.title,
      subtitle: sentence,
      note:
        bars > 0 && labels !== undefined ? "Bars: the likeliest classes; the true one is green." : undefined,
      width: Math.max(1, margin + columns * pitchX - 14, legendWidth(boxes)),
      height: Math.max(1, head + rows * pitchY - 12 + legend + bar),
      alt: [options.title, sentence].filter(Boolean).join(". "),
    },
    (left, edge, top = edge + head) => [
      ...(heads ?? []).map((name, column) =>
        text(left + margin + column * pitchX + cell / 2, edge + 12, fitText(name, cell + 8, 12, true), {
          bold: true,
          anchor: "middle",
        }),
      ),
      ...(names ?? []).map((name, row) =>
        text(left, top + row * pitchY + tallest / 2 + 4, fitText(name, 160, 12, true), { bold: true }),
      ),
      ...rasters.flatMap((raster, i) => {
        const x = left + margin + (i % columns) * pitchX;
        let y = top + Math.floor(i / columns) * pitchY;
        const wrong = predictions !== undefined && labels !== undefined && predictions[i] !== labels[i];
        const imageX = Math.round(x + (cell - raster.width) / 2);
        const parts = [image(imageX, y, raster.width, raster.height, raster)];
        if (wrong) {
          const border = { stroke: INK.bad, width: 2 };
          parts.push(box(imageX - 1, y - 1, raster.width + 2, raster.height + 2, border));
        }
        parts.push(...boxesOn(boxes, i, [imageX, y], raster.width / planes.width, raster.width));
        y += tallest + 4;
        for (const { content, fill } of words[i]) {
          y += 16;
          parts.push(text(x + cell / 2, y - 4, fitText(content, cell + 8, 12), { fill, anchor: "middle" }));
        }
        if (probabilities !== undefined) {
          parts.push(...probabilityBars(x, y + 4, cell, probabilities(i), bars, labels?.[i], nameOf));
        }
        return parts;
      }),
      ...(legend > 0 ? boxLegend(boxes, left, top + rows * pitchY - 6) : []),
      ...(bar > 0 ? heatBar(left + margin, top + rows * pitchY - 4 + legend, 180, hot, scale) : []),
    ],
  );
  const list = words
    .map(
      (one, i) =>
        `  ${String(i).padStart(String(shown).length)}  ${[names?.[Math.floor(i / columns)], heads?.[i % columns], ...one.map(({ content }) => content)].filter(Boolean).join(" ")}`,
    )
    .filter((line) => line.trim() !== "");
  const text_ = [options.title, sentence, ...(lines > 0 ? list : [])].filter(Boolean).join("\n");
  return new Figure({ alt: [options.title, sentence].filter(Boolean).join(". "), text: text_, svg });
}

/** The names of the columns, if there are any. */
function columnNames(columns: ImageGridOptions["columns"], shown: number): readonly string[] | undefined {
  if (typeof columns !== "object") return undefined;
  if (columns.length > 0 && (columns.length <= shown || shown === 0)) return columns;
  throw new ValueError(
    `imageGrid: ${showPlural(columns.length, "name")} of columns for ${showPlural(shown, "image")}; give one for each image of a row.`,
  );
}

/** The names of the rows, if there are any, one for each row. */
function rowNames(
  rows: readonly string[] | undefined,
  columns: number | undefined,
  shown: number,
): readonly string[] | undefined {
  if (rows === undefined) return undefined;
  if (columns === undefined || columns < 1)
    throw new ValueError(
      "imageGrid: rows have names, but how many images are in a row? Give columns, such as 8.",
    );
  const count = Math.ceil(shown / columns);
  if (rows.length === count) return rows;
  throw new ValueError(
    `imageGrid: ${showPlural(rows.length, "name")} for ${showPlural(count, "row")} of ${columns}; give one a row.`,
  );
}

/** What the colours over the images are. */
function describeHeat(values: ArrayLike<number>): string {
  const { min, max } = summarize(values);
  const odd = showOddities(summarize(values));
  const extent = Number.isNaN(min) ? "no finite numbers" : `${showNumber(min, 2)} to ${showNumber(max, 2)}`;
  const colours = min < 0 ? "orange is above zero, blue below" : "orange";
  return `Over the images, ${colours}: a map from ${extent}${odd ? `, ${odd}` : ""}.`;
}

/** Draws one image by the grid's rule: grey, signed or colour, on one scale for the whole batch. */
export function painter(planes: Planes, summary: Summary): (values: Float32Array | Float64Array) => Raster {
  const { channels, width, height } = planes;
  if (channels === 3) {
    const low = summary.min < 0 ? summary.min : 0;
    const high =
      summary.min < 0 ? summary.max : summary.max <= 1 ? 1 : summary.max <= 255 ? 255 : summary.max;
    return (values) => colorizeRgb(values, width, height, low, high);
  }
  const scale = scaleFor([summary.min, summary.max]);
  if (channels === 1) return (values) => colorize(values, width, height, scale);
  return (values) => colorize(meanOverChannels(values, channels), width, height, scale);
}

function meanOverChannels(values: Float32Array | Float64Array, channels: number): Float32Array {
  const plane = values.length / channels;
  return Float32Array.from({ length: plane }, (_, i) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[channel * plane + i];
    return sum / channels;
  });
}

/** The number of columns, at most `most` and at most 10, that fills the rows most evenly. */
function evenColumns(count: number, most: number): number {
  const rows = Math.ceil(count / Math.max(1, Math.min(10, most)));
  return Math.ceil(count / Math.max(1, rows));
}

interface Caption {
  readonly content: string;
  readonly fill: string;
}

function captionOf(
  i: number,
  labels: ArrayLike<number> | undefined,
  predictions: ArrayLike<number> | undefined,
  { captions, probabilities }: ImageGridOptions,
  nameOf: (label: number) => string,
): Caption[] {
  const lines: Caption[] = [];
  if (predictions !== undefined && labels !== undefined) {
    const [said, truth] = [nameOf(predictions[i]), nameOf(labels[i])];
    if (predictions[i] === labels[i]) lines.push({ content: `✓ ${truth}`, fill: INK.good });
    // The first bar already shows the prediction.
    else if (probabilities !== undefined) lines.push({ content: `✗ is ${truth}`, fill: INK.bad });
    else lines.push({ content: `✗ ${said}`, fill: INK.bad }, { content: `is ${truth}`, fill: INK.text });
  } else if (predictions !== undefined) lines.push({ content: nameOf(predictions[i]), fill: INK.text });
  else if (labels !== undefined && captions === undefined) {
    lines.push({ content: nameOf(labels[i]), fill: INK.text });
  }
  if (captions !== undefined) lines.push({ content: captions[i], fill: INK.text });
  return lines;
}

function probabilityBars(
  x: number,
  y: number,
  width: number,
  row: ArrayLike<number>,
  bars: number,
  truth: number | undefined,
  nameOf: (label: number) => string,
): string[] {
  const order = Array.from(row, (_, i) => i)
    .sort((a, b) => row[b] - row[a])
    .slice(0, bars);
  return order.flatMap((label, line) => {
    const top = y + 16 * line;
    const part = Math.min(1, Math.max(0, row[label]));
    const right = label === truth;
    const percent = showPercent(row[label], 0);
    const room = width - textWidth(percent, 11) - 8;
    return [
      box(x, top, width, 14, { fill: INK.wash, radius: 2 }),
      box(x, top, Math.max(1, width * part), 14, {
        fill: right ? "#9fdcc4" : truth === undefined ? "#b5d3ec" : "#f2bdb3",
        radius: 2,
      }),
      text(x + 3, top + 11, fitText(nameOf(label), room, 11, right), { size: 11, bold: right }),
      text(x + width - 3, top + 11, percent, { size: 11, anchor: "end" }),
    ];
  });
}

function describe(
  planes: Planes,
  summary: Summary,
  shown: number,
  labels: ArrayLike<number> | undefined,
  predictions: ArrayLike<number> | undefined,
  pale: boolean,
): string {
  const { count, channels, height, width } = planes;
  if (count === 0) return "No images.";
  const words = [
    `${shown < count ? `${showCount(shown)} of ${showPlural(count, "image")}` : showPlural(count, "image")}, ${channels}×${height}×${width}`,
  ];
  if (labels !== undefined && predictions !== undefined) {
    let wrong = 0;
    for (let i = 0; i < shown; i++) if (labels[i] !== predictions[i]) wrong++;
    words.push(wrong === 0 ? "all predicted rightly" : `${showCount(wrong)} predicted wrongly`);
  }
  if (summary.min < 0 && channels !== 3 && !pale) words.push("blue is negative, orange positive");
  if (summary.min < 0 && channels === 3) words.push("stretched from the least to the greatest number");
  if (channels !== 1 && channels !== 3) words.push("the mean over the channels is drawn");
  const odd = showOddities(summary);
  if (odd) words.push(`${odd}, in magenta`);
  return `${words.join("; ")}.`;
}

function rowsOf(probabilities: Tensor, count: number, images: readonly number[]) {
  const { shape } = probabilities;
  if (shape.length !== 2 || shape[0] !== count) {
    throw new ShapeError(
      `imageGrid: probabilities are ${showShape(shape)} for images of ${showShape(images)}; give N×K with N = ${count}.`,
    );
  }
  const values = flat(probabilities);
  return (i: number) => values.subarray(i * shape[1], (i + 1) * shape[1]);
}

function argmax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}

function expectCount(what: string, values: ArrayLike<unknown> | undefined, count: number): void {
  if (values === undefined || values.length === count) return;
  throw new ValueError(
    `imageGrid: ${values.length} ${what} for ${showPlural(count, "image")}; give one an image.`,
  );
}
