/** A picture to press: a pixel of it, a patch, or, when the picture is a map, a unit. */
import type { FigureKind } from "./figure-kind.js";
import { flow, grid, shown } from "./paint.js";
import { inkColour, pixels } from "./pixels.js";

/** The state of the picture. */
export interface PictureClickState {
  /** Rows of numbers. */
  image: readonly (readonly number[])[];
  /** The side of the patch that a press chooses, in pixels; 1 is a pixel. */
  size: number;
  /** The upper left pixel of what is chosen. */
  row: number;
  column: number;
}

/** The state with the whole patch inside the picture. */
function settled(state: PictureClickState): PictureClickState {
  const { image } = state;
  const size = Math.max(1, Math.min(state.size, image.length, image[0].length));
  const inside = (place: number, count: number): number =>
    Math.max(0, Math.min(count - size, Math.round(place)));
  return {
    ...state,
    size,
    row: inside(state.row, image.length),
    column: inside(state.column, image[0].length),
  };
}

/** The numbers that are chosen: a square of them. */
export function patchOf(state: PictureClickState): number[][] {
  const { image, size, row, column } = settled(state);
  return image.slice(row, row + size).map((line) => line.slice(column, column + size));
}

const sideOf = (rows: number, columns: number, width: number): number =>
  Math.min(280, ((width - 20) * rows) / columns);

/** The picture. */
export const figure: FigureKind<PictureClickState> = {
  name: "picture-click",
  title: "A picture to press",
  task: "Press a place of the picture. A cell that reads its value gets the numbers there.",
  question: "What are the numbers at the place that you chose?",
  answer: "They stand beside the picture, as many as the patch has pixels.",
  keys: "The arrow keys move the patch.",
  state: {
    image: Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => Math.round(((i + j) / 14) * 100) / 100),
    ),
    size: 3,
    row: 0,
    column: 0,
  },
  controls: ({ image }) => [
    {
      kind: "slider",
      name: "size",
      label: "patch of",
      min: 1,
      max: Math.max(2, Math.min(11, image.length, image[0].length)),
      step: 1,
    },
  ],
  draw(given, canvas) {
    const state = settled(given);
    const { image, size, row, column } = state;
    const { palette, width } = canvas;
    const all = image.flat();
    const [least, most] = [Math.min(...all), Math.max(...all)];
    // Numbers between 0 and 1 are shown as they are, others from the least to the greatest.
    const isInk = least >= 0 && most <= 1;
    const colour = (value: number): string =>
      inkColour(isInk ? value : (value - least) / Math.max(most - least, 1e-12));
    const patch = patchOf(state);
    const over = `<rect pointer-events="none" x="${column}" y="${row}" width="${size}" height="${size}" fill="none" stroke="#b35900" stroke-width="${(image.length / 90).toFixed(2)}"/>`;
    return flow(
      [
        pixels(
          {
            values: image,
            side: sideOf(image.length, image[0].length, width),
            title: "picture",
            colour,
            at: "picture",
            style: "cursor:crosshair",
            over,
          },
          palette,
        ),
        grid(
          {
            rows: size,
            columns: size,
            cell: Math.min(34, (width - 8) / size),
            title: "chosen",
            value: (i, j) => shown(patch[i][j]),
            look: () => ({}),
          },
          palette,
        ),
      ],
      canvas,
      28,
    );
  },
  words(given) {
    const state = settled(given);
    const { size, row, column } = state;
    const patch = patchOf(state).flat();
    return size === 1
      ? `Row ${row}, column ${column}: ${shown(patch[0])}.`
      : `The ${size} × ${size} pixels from row ${row}, column ${column} on; their mean is ${shown(patch.reduce((sum, one) => sum + one, 0) / patch.length)}.`;
  },
  act(given, act, { width }) {
    const state = settled(given);
    const { image, size, row, column } = state;
    const to = (nextRow: number, nextColumn: number): Partial<PictureClickState> => {
      const next = settled({ ...state, row: nextRow, column: nextColumn });
      return { row: next.row, column: next.column };
    };
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      return step && to(row + step[0], column + step[1]);
    }
    if (act.kind === "button" || act.kind === "move" || act.at !== "picture") return undefined;
    const cell = sideOf(image.length, image[0].length, width) / image.length;
    const chosen = Math.min(34, (width - 8) / size) * size;
    // The first panel of `flow`, beside the numbers where both fit.
    const both = cell * image[0].length + 28 + Math.max(chosen, "chosen".length * 6.4);
    const left = Math.max(0, (width - (both <= width ? both : cell * image[0].length)) / 2);
    const middle = (size - 1) / 2;
    return to(
      Math.floor((act.y - 28) / cell) - Math.floor(middle),
      Math.floor((act.x - left) / cell) - Math.floor(middle),
    );
  },
};
