/** A convolution as a matrix: a row is an output with its window, a column a pixel, a colour one weight in all its places. Lecture 09. */
import type { FigureKind, Palette } from "./figure-kind.js";
import { flow, grid, shown } from "./paint.js";

/** The state of the figure of the matrix and the image. */
export interface MatrixImageState {
  /** The image. */
  x: readonly (readonly number[])[];
  /** The filter. */
  w: readonly (readonly number[])[];
  /** What the pointer chooses in the matrix: its "row", its "column" or its "weight". */
  by: string;
  /** The cell of the matrix that is chosen. */
  row: number;
  column: number;
}

type Place = readonly [row: number, column: number];

/** The weight that stands in a cell of the matrix: its place in the filter; undefined where the matrix is 0. */
export function weightAt(
  { x, w }: Pick<MatrixImageState, "x" | "w">,
  row: number,
  column: number,
): Place | undefined {
  const width = x[0].length;
  const outputs = width - w[0].length + 1;
  const [i, j] = [Math.floor(row / outputs), row % outputs];
  const [h, v] = [Math.floor(column / width), column % width];
  const [k, l] = [h - i, v - j];
  return w[k]?.[l] === undefined ? undefined : [k, l];
}

/** A colour of its own for each weight: the hue by its column, the depth by its row. */
function colourOf([k, l]: Place): string {
  const hue = [210, 32, 320, 265, 150][l % 5];
  return `hsl(${hue} ${75 - k * 8}% ${82 - k * 11}%)`;
}
const ON_COLOUR = "#14181d";

/** The figure of the matrix and the image. */
export const figure: FigureKind<MatrixImageState> = {
  name: "matrix-image",
  title: "The matrix of a convolution",
  task: "Move over the matrix and choose by row, then by column, then by weight: an output with its window, a pixel with all outputs that see it, one weight in all its places.",
  question: "How many different numbers, apart from 0, does the whole matrix hold?",
  answer:
    "As many as the filter has weights: each of them stands once in every row. That is why a layer of so many connections has so few parameters.",
  keys: "The arrow keys move through the matrix.",
  state: {
    x: [
      [1, 2, 0, 1],
      [0, 1, 3, 2],
      [2, 0, 1, 1],
      [1, 3, 2, 0],
    ],
    w: [
      [1, -1],
      [2, 0.5],
    ],
    by: "row",
    row: 0,
    column: 0,
  },
  controls: () => [{ kind: "choice", name: "by", label: "choose by", options: ["row", "column", "weight"] }],
  draw(state, canvas) {
    const { x, w, by } = state;
    const { palette } = canvas;
    const columns = x.length * x[0].length;
    const [high, wide] = [x.length - w.length + 1, x[0].length - w[0].length + 1];
    const rows = high * wide;
    const row = Math.min(state.row, rows - 1);
    const column = Math.min(state.column, columns - 1);
    const weight = weightAt(state, row, column);
    const isChosen = (r: number, c: number): boolean => {
      const own = weightAt(state, r, c);
      if (by === "row") return r === row;
      if (by === "column") return c === column;
      return own !== undefined && own[0] === weight?.[0] && own[1] === weight[1];
    };
    const cell = Math.min(30, canvas.width / columns);
    const small = Math.min(34, canvas.width / 9);
    const ringed = (isRinged: boolean): { stroke?: string; bold?: boolean } =>
      isRinged ? { stroke: palette.chosen, bold: true } : {};
    const inWindow = (h: number, v: number): Place | undefined => weightAt(state, row, h * x[0].length + v);
    const seen = Array.from({ length: rows }, (_, r) => weightAt(state, r, column) !== undefined);
    const y = Array.from({ length: rows }, (_, r) => outputAt(state, r));
    const panels = [
      grid(
        {
          rows: x.length,
          columns: x[0].length,
          cell: small,
          title: "image x",
          value: (h, v) => shown(x[h][v]),
          look: (h, v) => {
            const own = by === "row" ? inWindow(h, v) : undefined;
            const isPixel = by === "column" && h * x[0].length + v === column;
            return own ? { fill: colourOf(own), ink: ON_COLOUR, bold: true } : ringed(isPixel);
          },
        },
        palette,
      ),
      grid(
        {
          rows: w.length,
          columns: w[0].length,
          cell: small,
          title: "filter w",
          value: (k, l) => shown(w[k][l]),
          look: (k, l) => ({
            fill: colourOf([k, l]),
            ink: ON_COLOUR,
            ...ringed(by === "weight" && weight?.[0] === k && weight[1] === l),
          }),
        },
        palette,
      ),
      grid(
        {
          rows: high,
          columns: wide,
          cell: small,
          title: "output y",
          value: (i, j) => shown(y[i * wide + j]),
          look: (i, j) => {
            const r = i * wide + j;
            if (by === "row") return ringed(r === row);
            return by === "column" && seen[r] ? { fill: palette.lit, bold: true } : {};
          },
        },
        palette,
      ),
      grid(
        {
          rows,
          columns,
          cell,
          title: `the matrix, ${rows} × ${columns}`,
          at: "matrix",
          value: (r, c) => {
            const own = weightAt(state, r, c);
            return own ? shown(w[own[0]][own[1]]) : "0";
          },
          look: (r, c) => lookOf(weightAt(state, r, c), isChosen(r, c), palette),
        },
        palette,
      ),
    ];
    return flow(panels, canvas, 26);
  },
  words(state) {
    const { x, w, by, row, column } = state;
    const width = x[0].length;
    const rows = (x.length - w.length + 1) * (width - w[0].length + 1);
    const pixel = `x[${Math.floor(column / width)}, ${column % width}]`;
    if (by === "row")
      return `Row ${row}: output ${row} sees ${w.length * w[0].length} pixels through the filter and is ${shown(outputAt(state, row))}; the other ${x.length * width - w.length * w[0].length} entries are 0.`;
    if (by === "column") {
      const count = Array.from({ length: rows }, (_, r) => weightAt(state, r, column)).filter(Boolean).length;
      return `Column ${column}: the pixel ${pixel} is seen by ${count} ${count === 1 ? "output" : "outputs"}; backward, its gradient is the sum over ${count === 1 ? "it" : "them"}.`;
    }
    const weight = weightAt(state, row, column);
    return weight
      ? `The weight w[${weight.join(", ")}] = ${shown(w[weight[0]][weight[1]])} stands ${rows} times in the matrix, once in each row; its gradient is a sum over all ${rows}.`
      : `This entry is 0 and stays 0: output ${row} does not see ${pixel}.`;
  },
  act(state, act) {
    const { x, w } = state;
    const rows = (x.length - w.length + 1) * (x[0].length - w[0].length + 1);
    const to = (row: number, column: number): Partial<MatrixImageState> => ({
      row: Math.max(0, Math.min(rows - 1, row)),
      column: Math.max(0, Math.min(x.length * x[0].length - 1, column)),
    });
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      return step && to(state.row + step[0], state.column + step[1]);
    }
    if (act.kind === "button") return undefined;
    const [name, row, column] = act.at.split(" ");
    return name === "matrix" ? to(Number(row), Number(column)) : undefined;
  },
};

/** An output: a row of the matrix times the image. */
export function outputAt(state: Pick<MatrixImageState, "x" | "w">, row: number): number {
  const { x, w } = state;
  return x.flat().reduce((sum, value, column) => {
    const weight = weightAt(state, row, column);
    return weight ? sum + w[weight[0]][weight[1]] * value : sum;
  }, 0);
}

function lookOf(weight: Place | undefined, isChosen: boolean, palette: Palette): object {
  const ring = isChosen ? { stroke: palette.chosen, bold: weight !== undefined } : {};
  return weight
    ? { fill: colourOf(weight), ink: ON_COLOUR, ...ring }
    : { fill: palette.wash, ink: palette.muted, ...ring };
}
