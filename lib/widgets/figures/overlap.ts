/** A box to move and stretch around a digit, with its intersection over union with the true box. Lecture 25. */
import type { FigureKind } from "./figure-kind.js";
import { box, shown, text } from "./paint.js";

/** The state of the figure of overlap: the reader's box and the true one, in pixels of a paper of 18 × 28. */
export interface OverlapState {
  top: number;
  left: number;
  height: number;
  width: number;
  /** The true box: top, left, height, width. */
  truth: readonly number[];
  /** The least overlap that counts as right. */
  least: number;
  /** Whether the true box is shown; without it the reader judges by the eye. */
  open: boolean;
}

const PAPER = { rows: 18, columns: 28 };

/** The parts of intersection over union; `iou` of chainrule/vision gives the same quotient. */
export function overlapOf({ top, left, height, width, truth }: OverlapState): {
  rows: number;
  columns: number;
  both: number;
  either: number;
  iou: number;
} {
  const [t, l, h, w] = truth;
  const rows = Math.max(0, Math.min(top + height, t + h) - Math.max(top, t));
  const columns = Math.max(0, Math.min(left + width, l + w) - Math.max(left, l));
  const both = rows * columns;
  const either = height * width + h * w - both;
  return { rows, columns, both, either, iou: both / either };
}

function placesOf(width: number): { left: number; cell: number } {
  const cell = Math.min(18, (width - 8) / PAPER.columns);
  return { left: (width - cell * PAPER.columns) / 2, cell };
}

/** A five, as one stroke in its box: corners as parts of the box's width and height. */
const FIVE: readonly (readonly [number, number])[] = [
  [0.92, 0.06],
  [0.12, 0.06],
  [0.08, 0.47],
  [0.5, 0.38],
  [0.86, 0.5],
  [0.93, 0.72],
  [0.75, 0.92],
  [0.4, 0.95],
  [0.07, 0.84],
];

/** The figure of overlap. */
export const figure: FigureKind<OverlapState> = {
  name: "overlap",
  title: "How good is your box?",
  task: "Drag the box around the digit, and set its height and width. Do it first with the true box hidden, then look.",
  question:
    "Your box has the right size and is moved to the right by a third of its width. What is the overlap?",
  answer:
    "One half: the two share 2/3 of a box and cover 4/3 of a box together. A shift that looks small costs half of the score.",
  keys: "The arrow keys move the box by one pixel.",
  state: { top: 6, left: 12, height: 9, width: 9, truth: [4, 9, 10, 7], least: 0.5, open: true },
  controls: ({ top, left }) => [
    { kind: "slider", name: "height", label: "height", min: 1, max: PAPER.rows - top, step: 1 },
    { kind: "slider", name: "width", label: "width", min: 1, max: PAPER.columns - left, step: 1 },
    { kind: "slider", name: "least", label: "right from", min: 0.1, max: 0.9, step: 0.05 },
    { kind: "check", name: "open", label: "show the true box" },
  ],
  draw(state, { width, palette }) {
    const { left: x0, cell } = placesOf(width);
    const { top, left, truth, open } = state;
    const { rows, columns, both, either, iou } = overlapOf(state);
    const isRight = iou >= state.least;
    const [t, l, h, w] = truth;
    const at = (row: number, column: number): [number, number] => [x0 + column * cell, 4 + row * cell];
    const rectangle = (
      [row, column, down, across]: readonly [number, number, number, number],
      style: Parameters<typeof box>[4],
    ): string => box(...at(row, column), across * cell, down * cell, style);
    let body = `<g data-at="plane">${rectangle([0, 0, PAPER.rows, PAPER.columns], { fill: palette.wash, stroke: palette.faint })}`;
    const stroke = FIVE.map(([u, v], i) => {
      const [px, py] = at(t + v * h, l + u * w);
      return `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`;
    }).join("");
    body += `<path d="${stroke}" fill="none" stroke="${palette.text}" stroke-width="${(cell * 1.1).toFixed(1)}" stroke-linejoin="round" stroke-linecap="round"/>`;
    const mine = [top, left, state.height, state.width] as const;
    body += rectangle(mine, { fill: palette.chosen, opacity: 0.16 });
    if (open) {
      if (both > 0)
        body += rectangle([Math.max(top, t), Math.max(left, l), rows, columns], {
          fill: palette.third,
          opacity: 0.35,
        });
      body += rectangle([t, l, h, w], { stroke: palette.third, width: 2.5 }).replace(
        "<rect",
        `<rect stroke-dasharray="6 3"`,
      );
    }
    body += rectangle(mine, { stroke: palette.chosen, width: 3 }) + "</g>";
    // Right and wrong differ by a mark too, not by colour alone.
    let y = 4 + PAPER.rows * cell + 24;
    const line = (words: string, fill: string, bold = false): void => {
      body += text(width / 2, y, words, { anchor: "middle", size: Math.min(14, width / 26), fill, bold });
      y += 21;
    };
    line(open ? "your box: solid line; the true box: dashed" : "your box: solid line", palette.muted);
    if (!open) line("Judge it by the eye, then show the true box.", palette.text, true);
    else {
      line(`both: ${rows} · ${columns} = ${both}`, palette.text);
      line(`either: ${state.height} · ${state.width} + ${h} · ${w} − ${both} = ${either}`, palette.text);
      line(
        `overlap = ${both}/${either} = ${iou.toFixed(2)} ${isRight ? "✓ right" : "✗ wrong"}`,
        isRight ? palette.good : palette.bad,
        true,
      );
    }
    return { body, height: y };
  },
  words(state) {
    const { both, either, iou } = overlapOf(state);
    const mine = `Your box: row ${state.top}, column ${state.left}, ${state.height} × ${state.width} pixels.`;
    if (!state.open) return `${mine} The true box is hidden.`;
    return (
      `${mine} Both boxes cover ${both} pixels, one or ` +
      `both cover ${either}: the overlap is ${shown(iou)}, ${iou >= state.least ? "at least" : "below"} ${shown(state.least)}, so the box is ${iou >= state.least ? "right" : "wrong"}.`
    );
  },
  act(state, act, { width }) {
    const to = (top: number, left: number): Partial<OverlapState> => ({
      top: Math.max(0, Math.min(PAPER.rows - state.height, Math.round(top))),
      left: Math.max(0, Math.min(PAPER.columns - state.width, Math.round(left))),
    });
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      return step && to(state.top + step[0], state.left + step[1]);
    }
    if (act.kind === "button" || act.kind === "move" || act.at !== "plane") return undefined;
    // The box's middle comes to the pointer.
    const { left: x0, cell } = placesOf(width);
    return to((act.y - 4) / cell - state.height / 2, (act.x - x0) / cell - state.width / 2);
  },
};
