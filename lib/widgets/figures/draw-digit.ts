/** Draw a digit: the maps and scores of a small trained network answer at once, and a cover shows what it goes by. Lecture 20. */
import { flat, reshape, wrap, type Tensor } from "../../array/tensor.js";
import { reluForward } from "../../layers/activation/relu.js";
import { conv2dForward } from "../../layers/convolution/conv2d.js";
import { linearForward } from "../../layers/linear.js";
import { maxPool2dForward } from "../../layers/pooling/max-pool2d.js";
import type { FigureKind, Palette } from "./figure-kind.js";
import { flow, text, type Panel } from "./paint.js";
import { stroke } from "./pen.js";
import { inkColour, pixels, shareBars, softmaxOf } from "./pixels.js";
import { weights } from "./weights/small-digits.js";
import { tenDigits } from "./weights/ten-digits.js";
import { digitOf, SIDE, unpack } from "./weights/unpack.js";

/** The state of the figure of the drawn digit. */
export interface DrawDigitState {
  /** The paper: 28 rows of 28 numbers from 0 to 1, the ink. */
  ink: readonly (readonly number[])[];
  /** What the pointer does on the paper: "draw", "rub out" or "cover". */
  tool: string;
  /** The pen's or the cover's middle, in pixels from the corner. */
  row: number;
  column: number;
}

type Picture = readonly (readonly number[])[];

const [W1, B1, W2, B2, W3, B3] = (["conv1.w", "conv1.b", "conv2.w", "conv2.b", "fc.w", "fc.b"] as const).map(
  (name) => unpack(weights[name]),
);

/** Half of the side of the cover, in pixels. */
const COVER = 3.5;

/** The picture that the network sees: the ink without what is covered. */
export function seen({ ink, tool, row, column }: DrawDigitState): Picture {
  if (tool !== "cover") return ink;
  const isCovered = (i: number, j: number): boolean =>
    Math.abs(i + 0.5 - row) < COVER && Math.abs(j + 0.5 - column) < COVER;
  return ink.map((line, i) => line.map((value, j) => (isCovered(i, j) ? 0 : value)));
}

const mapsOf = (t: Tensor): number[][][] => {
  const [, count, rows, columns] = t.shape;
  const values = [...flat(t)];
  return Array.from({ length: count }, (_, c) =>
    Array.from({ length: rows }, (_, i) => {
      const start = (c * rows + i) * columns;
      return values.slice(start, start + columns);
    }),
  );
};

/** What the network makes of a picture. */
interface Answer {
  /** The maps after each ReLU. */
  readonly first: number[][][];
  readonly second: number[][][];
  /** The ten scores. */
  readonly scores: number[];
}

/** The answers to the last two pictures: a drawing and its words ask for the same ones. */
let known: readonly (readonly [key: string, answer: Answer])[] = [];

/** What the network makes of a picture, by the library's own layers. */
export function answer(picture: Picture): Answer {
  const key = picture.join(";");
  const before = known.find(([one]) => one === key);
  if (before) return before[1];
  const x = wrap(Float32Array.from(picture.flat()), [1, 1, SIDE, SIDE]);
  const first = reluForward(conv2dForward(x, W1, B1, { pad: 2 }).y).y;
  const half = maxPool2dForward(first, { size: 2 }).y;
  const second = reluForward(conv2dForward(half, W2, B2, { pad: 2 }).y).y;
  const quarter = maxPool2dForward(second, { size: 2 }).y;
  const { y } = linearForward(reshape(quarter, [1, 490]), W3, B3);
  const made = { first: mapsOf(first), second: mapsOf(second), scores: [...flat(y)] };
  known = [[key, made], ...known].slice(0, 2) as typeof known;
  return made;
}

const cut = (value: number): number => Math.max(0, Math.min(SIDE, value));

const empty = (): number[][] => Array.from({ length: SIDE }, () => Array.from({ length: SIDE }, () => 0));

/** Maps of a layer beside each other, in rows, all on one scale. */
function mapsPanel(title: string, maps: number[][][], width: number, palette: Palette): Panel {
  const most = Math.max(...maps.flat(2), 1e-9);
  const [background, ink] = [palette.zero, palette.positive];
  const colour = (value: number): string => {
    const share = Math.round((15 * value) / most) / 15;
    return `rgb(${background.map((from, i) => Math.round(from + (ink[i] - from) * share)).join(" ")})`;
  };
  const gap = 6;
  const side = Math.max(26, Math.min(58, Math.floor((width + gap) / maps.length) - gap));
  const inRow = Math.max(1, Math.floor((width + gap) / (side + gap)));
  const rows = Math.ceil(maps.length / inRow);
  return {
    width: Math.min(maps.length, inRow) * (side + gap) - gap,
    height: 20 + rows * (side + gap),
    draw: (left, top) =>
      text(left, top + 12, title, { size: 12.5, bold: true, fill: palette.text }) +
      maps
        .map((values, k) =>
          pixels({ values, side, title: "", colour }, palette).draw(
            left + (k % inRow) * (side + gap),
            top + 20 + Math.floor(k / inRow) * (side + gap),
          ),
        )
        .join(""),
  };
}

/** The side of the paper, in CSS pixels, on a canvas of this width. */
const paperSide = (width: number): number => Math.min(260, width - 20);
const barsWidth = (width: number): number => Math.min(300, width - 8);
/** Where the paper's corner is: it is the first panel of `flow`, beside the bars where they fit. */
function paperPlace(width: number): { left: number; top: number; cell: number } {
  const side = paperSide(width);
  const both = side + 28 + barsWidth(width);
  const left = Math.max(0, (width - (both <= width ? both : side)) / 2);
  return { left, top: 28, cell: side / SIDE };
}

/** The figure of the drawn digit. */
export const figure: FigureKind<DrawDigitState> = {
  name: "draw-digit",
  title: "Draw a digit, and watch the network read it",
  task: "Clear the paper and draw a digit. Then choose “cover” and move over your strokes: which one must stay so that the network still reads it?",
  question: "Cover the left side of the 8, half-way up, and then its crossing. What does the network read?",
  answer:
    "At the left side a 3, for a 3 is an 8 that is open there. At the crossing a 2 or a 5: what tells the 8 from them is that its strokes meet. A cover over blank paper changes nothing.",
  keys: "The arrow keys move the pen or the cover; Enter or the space bar puts ink, or takes it away.",
  state: { ink: digitOf(tenDigits[8]), tool: "draw", row: 14, column: 14 },
  controls: () => [
    { kind: "choice", name: "tool", label: "pointer", options: ["draw", "rub out", "cover"] },
    { kind: "button", name: "clear", label: "Clear" },
    ...tenDigits.map((_, k) => ({ kind: "button" as const, name: `digit-${k}`, label: String(k) })),
  ],
  draw(state, canvas) {
    const { palette, width } = canvas;
    const { ink, tool, row, column } = state;
    const picture = seen(state);
    const { first, second, scores } = answer(picture);
    const shares = softmaxOf(scores);
    const before = tool === "cover" ? softmaxOf(answer(ink).scores) : undefined;
    const mark =
      tool === "cover"
        ? `<rect x="${column - COVER}" y="${row - COVER}" width="${2 * COVER}" height="${2 * COVER}" fill="#b35900" fill-opacity="0.75" stroke="#7a3d00" stroke-width="0.2"/>`
        : `<circle cx="${column}" cy="${row}" r="${tool === "draw" ? 1.3 : 2.2}" fill="none" stroke="#b35900" stroke-width="0.35"/>`;
    const side = paperSide(width);
    return flow(
      [
        pixels(
          {
            values: ink,
            side,
            title: "your paper",
            colour: inkColour,
            at: "paper",
            style: `cursor:${tool === "cover" ? "move" : "crosshair"}`,
            over: `<g pointer-events="none">${mark}</g>`,
          },
          palette,
        ),
        shareBars(
          {
            title: before ? "it reads (outline: uncovered)" : "it reads",
            shares,
            ...(before && { before }),
            width: barsWidth(width),
            row: 24,
            ink: (k) => (shares[k] === Math.max(...shares) ? palette.good : palette.first),
          },
          palette,
        ),
        mapsPanel("six maps after the first convolution and ReLU", first, width - 8, palette),
        mapsPanel("ten maps after the second", second, width - 8, palette),
      ],
      canvas,
      28,
    );
  },
  words(state) {
    const shares = softmaxOf(answer(seen(state)).scores);
    const order = shares.map((_, k) => k).sort((a, b) => shares[b] - shares[a]);
    const percent = (k: number): string => `${Math.round(100 * shares[k])} %`;
    const isBlank = state.ink.every((line) => line.every((value) => value === 0));
    const start = isBlank ? "The paper is blank; even so it must answer. " : "";
    const covered = state.tool === "cover" ? "With this place covered it" : "It";
    return `${start}${covered} reads ${order[0]} with ${percent(order[0])}, then ${order[1]} with ${percent(order[1])}.`;
  },
  act(state, act, { width }) {
    const { ink, tool, row, column } = state;
    const isRubbing = tool === "rub out";
    if (act.kind === "button") {
      if (act.name === "clear") return { ink: empty() };
      const digit = act.name.startsWith("digit-") ? tenDigits[Number(act.name.slice(6))] : undefined;
      return digit === undefined ? undefined : { ink: digitOf(digit) };
    }
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      if (step) return { row: cut(row + step[0]), column: cut(column + step[1]) };
      const isPut = (act.key === " " || act.key === "Enter") && tool !== "cover";
      return isPut ? { ink: stroke(ink, [row, column], [row, column], isRubbing) } : undefined;
    }
    if (act.at !== "paper") return undefined;
    const { left, top, cell } = paperPlace(width);
    const tenth = (value: number): number => Math.round(cut(value) * 10) / 10;
    const to = [tenth((act.y - top) / cell), tenth((act.x - left) / cell)] as const;
    const moved = { row: to[0], column: to[1] };
    if (tool === "cover" || act.kind === "move") return moved;
    const from = act.kind === "drag" ? ([row, column] as const) : to;
    return { ...moved, ink: stroke(ink, from, to, isRubbing) };
  },
};
