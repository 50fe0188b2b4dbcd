/** Rectangles on an image: the receptive fields of units, the positions of patches. */
import { ValueError } from "../../array/errors.js";
import { flat, type Tensor } from "../../array/tensor.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { painter } from "./image-grid.js";
import { showOddities, showPlural, summarize } from "./numbers.js";
import { enlarge, planesOf } from "./pixels.js";
import { box, fitText, image as picture, INK, text, textWidth } from "./svg.js";

/** A rectangle of pixels; it may reach beyond the image. */
export interface Outline {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The title and size of the picture that `outlined` draws. */
export interface OutlinedOptions {
  readonly title?: string;
  /** The most CSS pixels of the image's longer side; 320. */
  readonly side?: number;
}

/**
 * Draws an image with outlined rectangles, each in its own colour. The area beyond the image is drawn as padding.
 *
 *     outlined(image, { conv1: receptiveField(net, "conv1", [5, 5]), conv2: receptiveField(net, "conv2", [3, 3]) })
 *
 * @param image  C×H×W or H×W
 * @throws ShapeError for a tensor that is not an image, ValueError for a rectangle without extent
 */
export function outlined(
  image: Tensor,
  outlines: Readonly<Record<string, Outline>>,
  options: OutlinedOptions = {},
): Figure {
  const planes = planesOf("outlined", image);
  const entries = Object.entries(outlines);
  for (const [name, { height, width }] of entries) {
    if (height > 0 && width > 0) continue;
    throw new ValueError(`outlined: ${name} is ${height}×${width} pixels; a rectangle has 1×1 or more.`);
  }
  const { title = "What units see of the image", side = 320 } = options;
  const reach = {
    top: Math.min(0, ...entries.map(([, one]) => one.top)),
    left: Math.min(0, ...entries.map(([, one]) => one.left)),
    bottom: Math.max(planes.height, ...entries.map(([, one]) => one.top + one.height)),
    right: Math.max(planes.width, ...entries.map(([, one]) => one.left + one.width)),
  };
  const [down, across] = [reach.bottom - reach.top, reach.right - reach.left];
  const scale = Math.max(1, Math.floor(side / Math.max(down, across)));
  const summary = summarize(flat(image));
  const odd = showOddities(summary);
  const raster = enlarge(painter(planes, summary)(planes.at(0)), scale);
  const padded = down > planes.height || across > planes.width;
  const sentences = entries.map(
    ([name, one]) => `${name} sees ${describe(one, planes.height, planes.width)}`,
  );
  if (odd) sentences.push(`the image holds ${odd}`);
  const alt = `${title}. ${sentences.join("; ") || showPlural(0, "rectangle")}.`;
  const labels = entries.map(([name, one]) => `${fitText(name, 240, 12)}: ${one.height}×${one.width} pixels`);
  const room = Math.max(0, ...labels.map((label) => textWidth(label, 12))) + 40;
  const svg = frame(
    {
      title,
      note: [padded ? "The grey margin is padding, beyond the image." : "", odd && `Magenta: ${odd}.`]
        .filter(Boolean)
        .join(" "),
      width: across * scale + room,
      height: Math.max(down * scale, 22 * entries.length),
      alt,
    },
    (left, top) => {
      const [x0, y0] = [left - reach.left * scale, top - reach.top * scale];
      const parts = [
        padded ? box(left, top, across * scale, down * scale, { fill: INK.grid }) : "",
        picture(x0, y0, raster.width, raster.height, raster),
        box(x0 + 0.5, y0 + 0.5, raster.width - 1, raster.height - 1, { stroke: INK.faint }),
      ];
      entries.forEach(([, one], i) => {
        const stroke = INK.series[i % INK.series.length];
        const place = [
          x0 + one.left * scale,
          y0 + one.top * scale,
          one.width * scale,
          one.height * scale,
        ] as const;
        // A white line under the coloured one, so that it is visible on dark and on bright pixels.
        parts.push(box(...place, { stroke: INK.card, width: 4.5 }), box(...place, { stroke, width: 2.2 }));
        const y = top + 22 * i;
        const x = left + across * scale + 16;
        parts.push(box(x, y + 2, 12, 12, { stroke, width: 2.2 }), text(x + 19, y + 12, labels[i]));
      });
      return parts;
    },
  );
  return new Figure({ alt, text: [title, ...sentences.map((line) => `  ${line}`)].join("\n"), svg });
}

function describe({ top, left, height, width }: Outline, rows: number, columns: number): string {
  const beyond = top < 0 || left < 0 || top + height > rows || left + width > columns;
  return (
    `${height}×${width} pixels, rows ${top} to ${top + height - 1} and columns ${left} to ${left + width - 1}` +
    (beyond ? ", some of it padding" : "")
  ).replaceAll("-", "−");
}
