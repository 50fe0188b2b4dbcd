/** Boxes drawn on the images of a grid: true ones, found ones, each set with its own colour and line. */
import { ShapeError, ValueError } from "../../array/errors.js";
import { showPlural } from "./numbers.js";
import { box, fitText, INK, text, textWidth } from "./svg.js";

/** A box on an image, in the image's pixels, and a word or two to stand at its corner. */
export interface ImageBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  readonly caption?: string;
}

/** Sets of boxes by name; in each set one list for each image. */
export type ImageBoxes = Readonly<Record<string, readonly (readonly ImageBox[])[]>>;

/** The dashes of a set's lines, so that sets are told apart without their colours too. */
const DASHES = ["", "6 3", "2 2"];
/** On a dark image, and on the card, each of these can be seen. */
const COLORS = [INK.series[1], INK.series[0], INK.series[2], INK.series[3]];

/** @throws ShapeError when a set does not have a list for each image; ValueError for a box that is none, or too many sets */
export function expectBoxes(boxes: ImageBoxes, count: number): void {
  const sets = Object.entries(boxes);
  if (sets.length > COLORS.length) {
    throw new ValueError(
      `imageGrid: ${sets.length} sets of boxes; ${COLORS.length} at most can be told apart.`,
    );
  }
  for (const [name, lists] of sets) {
    if (lists.length !== count) {
      throw new ShapeError(
        `imageGrid: the boxes "${name}" have ${showPlural(lists.length, "list")} for ${showPlural(count, "image")}; give one for each image, [] where there is none.`,
      );
    }
    lists.forEach((list, image) =>
      list.forEach(({ top, left, height, width }, i) => {
        if ([top, left, height, width].every(Number.isFinite) && height > 0 && width > 0) return;
        throw new ValueError(
          `imageGrid: box ${i} of "${name}" on image ${image} has top ${top}, left ${left}, height ${height} and width ${width}; all must be finite, and the last two above 0.`,
        );
      }),
    );
  }
}

/** The boxes of one image, whose picture has its corner at x, y and `scale` CSS pixels for each of its own. */
export function boxesOn(
  boxes: ImageBoxes,
  image: number,
  [x, y]: readonly [number, number],
  scale: number,
  width: number,
): string[] {
  const lines: string[] = [];
  const labels: string[] = [];
  Object.values(boxes).forEach((lists, set) => {
    for (const one of lists[image]) {
      const place = [x + one.left * scale, y + one.top * scale] as const;
      const size = [one.width * scale, one.height * scale] as const;
      // A white line under the coloured one, so that it is visible on dark and on bright pixels.
      lines.push(box(...place, ...size, { stroke: INK.card, width: 4 }));
      lines.push(dashed(box(...place, ...size, { stroke: COLORS[set], width: 2 }), set));
      if (one.caption === undefined) continue;
      const word = fitText(one.caption, 120, 11, true);
      const across = textWidth(word, 11, true) + 8;
      const left = Math.max(x, Math.min(place[0] - 1, x + width - across));
      // Above the box; for every second set below it, so that two captions of one thing do not meet.
      const above = set % 2 === 0 ? place[1] - 16 : place[1] + size[1] + 1;
      const top = above < y ? place[1] + 1 : above;
      labels.push(
        box(left, top, across, 15, { fill: COLORS[set], radius: 2 }),
        text(left + 4, top + 11.5, word, { size: 11, bold: true, fill: INK.card }),
      );
    }
  });
  return [...lines, ...labels];
}

/** What each set is, from the corner x, y; 20 CSS pixels high. */
export function boxLegend(boxes: ImageBoxes, x: number, y: number): string[] {
  return Object.keys(boxes).flatMap((name, set) => {
    const words = fitText(name, 200, 12);
    const parts = [
      dashed(box(x + 1, y + 2, 18, 12, { stroke: COLORS[set], width: 2 }), set),
      text(x + 26, y + 12, words),
    ];
    x += textWidth(words, 12) + 46;
    return parts;
  });
}

/** How many boxes of each set are drawn, in words. */
export function countBoxes(boxes: ImageBoxes, shown: number): string {
  const counts = Object.entries(boxes).map(([name, lists]) => {
    const count = lists.slice(0, shown).reduce((sum, list) => sum + list.length, 0);
    return `${name}: ${showPlural(count, "box", "boxes")}`;
  });
  return counts.length === 0 ? "" : ` ${counts.join("; ")}.`;
}

/** The width that the legend needs. */
export function legendWidth(boxes: ImageBoxes): number {
  return Object.keys(boxes).reduce((sum, name) => sum + textWidth(fitText(name, 200, 12), 12) + 46, 0);
}

const dashed = (rectangle: string, set: number): string =>
  DASHES[set % DASHES.length] === ""
    ? rectangle
    : rectangle.replace("<rect", `<rect stroke-dasharray="${DASHES[set % DASHES.length]}"`);
