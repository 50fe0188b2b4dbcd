/** A strip of small pictures for the live panel: the network's worst mistakes in the last evaluation. */
import { flat, type Tensor } from "../../array/tensor.js";
import { painter } from "../figure/image-grid.js";
import { summarize } from "../figure/numbers.js";
import { fitRaster, planesOf } from "../figure/pixels.js";
import { fitText, image, INK, text, textWidth } from "../figure/svg.js";

/** Misclassified examples, the worst first. */
export interface Mistaken {
  /** N×C×H×W. */
  readonly images: Tensor;
  readonly labels: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  readonly classes?: readonly string[];
  /** How many mistakes there were in all, and how many examples. */
  readonly count: number;
  readonly of: number;
}

const SIDE = 38;
const PITCH = 42;
const ROW = 58;

/** As many mistakes as fit into a box; under each the predicted class and, if there is room, the true class. */
export function mistakesStrip(
  mistaken: Mistaken,
  left: number,
  top: number,
  width: number,
  rows: number,
): string[] {
  const planes = planesOf("livePanel", mistaken.images);
  const paint = painter(planes, summarize(flat(mistaken.images)));
  const columns = Math.floor((width + PITCH - SIDE) / PITCH);
  const nameOf = (label: number): string => mistaken.classes?.[label] ?? String(label);
  return Array.from({ length: Math.min(planes.count, columns * rows) }, (_, i) => {
    const [x, y] = [left + (i % columns) * PITCH, top + Math.floor(i / columns) * ROW];
    const raster = fitRaster(paint(planes.at(i)), SIDE);
    const [said, truth] = [nameOf(mistaken.predictions[i]), nameOf(mistaken.labels[i])];
    const both = `${said}, is ${truth}`;
    const words = textWidth(both, 11) <= PITCH ? both : said;
    return [
      image(x, y, raster.width, raster.height, raster),
      text(x + raster.width / 2, y + raster.height + 12, fitText(words, PITCH - 2, 11), {
        size: 11,
        fill: INK.bad,
        anchor: "middle",
      }),
    ];
  }).flat();
}
