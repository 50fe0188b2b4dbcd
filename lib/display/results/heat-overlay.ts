/** An image with maps over it, which show where saliency, occlusion or another quantity of pixels is large. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "../figure/figure.js";
import { frame } from "../figure/frame.js";
import { painter } from "../figure/image-grid.js";
import { HEAT_BAR, heatBar, heatOver, heatScale } from "../figure/heat.js";
import { showNumber, showOddities, showPercent, summarize } from "../figure/numbers.js";
import { enlarge, planesOf } from "../figure/pixels.js";
import { box, fitText, image as picture, INK, text } from "../figure/svg.js";

/** The title of a `heatOverlay`, and the size of a panel. */
export interface HeatOverlayOptions {
  readonly title?: string;
  /** The most CSS pixels of a panel's longer side; 196. */
  readonly side?: number;
}

/**
 * Draws the image, and for each map the image in pale grey with the map's colours over it: orange above zero, blue below,
 * stronger for larger absolute values. Each map has its own scale, with a bar below it.
 *
 *     heatOverlay(image, { saliency: saliency(net, image, 3).map, occlusion: occlusionMap(net, image, 3).map })
 *
 * @param image  C×H×W or H×W
 * @param maps   maps of H×W, by name
 * @throws ShapeError when a map does not have the image's size, ValueError without a map
 */
export function heatOverlay(
  image: Tensor,
  maps: Readonly<Record<string, Tensor>>,
  options: HeatOverlayOptions = {},
): Figure {
  const planes = planesOf("heatOverlay", image);
  const { height, width } = planes;
  const names = Object.keys(maps);
  if (names.length === 0) throw new ValueError("heatOverlay: no map to draw; give one or more by name.");
  for (const name of names) {
    if (showShape(maps[name].shape) === showShape([height, width])) continue;
    throw new ShapeError(
      `heatOverlay: the map ${name} is ${showShape(maps[name].shape)} for an image of ${height}×${width}; give one number a pixel.`,
    );
  }
  const { title = "What the score hangs on", side = 196 } = options;
  const base = painter(planes, summarize(flat(image)))(planes.at(0));
  const scale = Math.max(1, Math.floor(side / Math.max(height, width)));
  const [w, h] = [width * scale, height * scale];
  const panels = [
    {
      name: "image",
      raster: base,
      foot: (x: number, y: number) => [words(x, y, `${height}×${width} pixels`)],
    },
    ...names.map((name) => {
      const values = flat(maps[name]);
      const scale = heatScale(values);
      return {
        name,
        raster: heatOver(base, values, scale),
        foot: (x: number, y: number) => heatBar(x, y, Math.max(w, 90), values, scale),
      };
    }),
  ];
  const sentences = names.map((name) => `${name}: ${describe(flat(maps[name]), height, width)}`);
  const oddities = showOddities(summarize(names.flatMap((name) => [...flat(maps[name])])));
  if (oddities) sentences.push(`The maps hold ${oddities}.`);
  const alt = `${title}. ${sentences.join(" ")}`;
  const pitch = Math.max(w, 150) + 18;
  const perRow = Math.max(1, Math.min(panels.length, Math.floor((760 + 18) / pitch)));
  const rows = Math.ceil(panels.length / perRow);
  const svg = frame(
    {
      title,
      note:
        "Orange is above zero, blue below; the paler, the nearer to 0. Each map has its own scale." +
        (oddities ? ` Magenta: ${oddities}.` : ""),
      width: perRow * pitch - 18,
      height: rows * (h + 32 + HEAT_BAR) - 8,
      alt,
    },
    (left, top) =>
      panels.flatMap(({ name, raster, foot }, i) => {
        const x = left + (i % perRow) * pitch;
        const y = top + Math.floor(i / perRow) * (h + 32 + HEAT_BAR);
        return [
          text(x, y + 12, fitText(name, pitch - 18, 12, true), { bold: true }),
          picture(x, y + 20, w, h, enlarge(raster, scale)),
          box(x + 0.5, y + 20.5, w - 1, h - 1, { stroke: INK.faint }),
          ...foot(x, y + h + 26),
        ];
      }),
  );
  return new Figure({ alt, text: [title, ...sentences.map((line) => `  ${line}`)].join("\n"), svg });
}

const words = (x: number, y: number, content: string): string =>
  text(x, y + 9, content, { size: 11, fill: INK.muted });

/** A sentence: where the greatest number is, and in what fraction of the pixels half of the sum lies. */
function describe(values: ArrayLike<number>, height: number, width: number): string {
  const order = Array.from(values, (value, i) => ({ value: Math.abs(value), i }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => b.value - a.value);
  const total = order.reduce((sum, { value }) => sum + value, 0);
  if (!(total > 0)) return "zero everywhere.";
  let [sum, count] = [0, 0];
  while (sum < total / 2) sum += order[count++].value;
  const [row, column] = [Math.floor(order[0].i / width), order[0].i % width];
  return (
    `strongest at row ${row}, column ${column} (${showNumber(values[order[0].i], 2)}); half of all lies in ` +
    `${showPercent(count / (height * width), 0)} of the pixels.`
  );
}
