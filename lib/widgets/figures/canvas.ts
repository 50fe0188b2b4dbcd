/** A paper to draw on: each pixel is a number from 0 to 1, the ink. */
import type { FigureKind } from "./figure-kind.js";
import { flow, shown } from "./paint.js";
import { stroke } from "./pen.js";
import { inkColour, pixels } from "./pixels.js";

/** The state of the canvas. */
export interface CanvasState {
  /** Rows of numbers from 0 to 1. */
  value: readonly (readonly number[])[];
  /** What the pointer does: "draw" or "rub out". */
  tool: string;
  /** The pen's place, in pixels from the corner. */
  row: number;
  column: number;
}

const sideOf = (rows: number, columns: number, width: number): number =>
  Math.min(280, ((width - 20) * rows) / columns);

/** The canvas. */
export const figure: FigureKind<CanvasState> = {
  name: "canvas",
  title: "A paper to draw on",
  task: "Draw with the pointer. A cell that reads the canvas's value gets what is on the paper.",
  question: "What does a pixel hold where nothing was drawn?",
  answer: "The number 0; where the pen was it is 1, and at the stroke's edge something between.",
  keys: "The arrow keys move the pen; Enter or the space bar puts ink, or takes it away.",
  state: {
    value: Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => 0)),
    tool: "draw",
    row: 14,
    column: 14,
  },
  controls: () => [
    { kind: "choice", name: "tool", label: "pointer", options: ["draw", "rub out"] },
    { kind: "button", name: "clear", label: "Clear" },
  ],
  draw({ value, tool, row, column }, canvas) {
    const radius = tool === "draw" ? 1.3 : 2.2;
    const over = `<circle pointer-events="none" cx="${column}" cy="${row}" r="${radius}" fill="none" stroke="#b35900" stroke-width="0.35"/>`;
    const side = sideOf(value.length, value[0].length, canvas.width);
    const parts = { values: value, side, colour: inkColour, at: "paper", style: "cursor:crosshair", over };
    return flow([pixels({ ...parts, title: "your paper" }, canvas.palette)], canvas);
  },
  words({ value }) {
    const inked = value.flat().filter((one) => one > 0).length;
    return `${value.length} × ${value[0].length} pixels, ${inked === 0 ? "0 with ink: the paper is blank" : `${inked} with ink; their sum is ${shown(value.flat().reduce((sum, one) => sum + one, 0))}`}.`;
  },
  act(state, act, { width }) {
    const { value, tool, row, column } = state;
    const [rows, columns] = [value.length, value[0].length];
    const inside = (place: number, count: number): number =>
      Math.round(Math.max(0, Math.min(count, place)) * 10) / 10;
    if (act.kind === "button")
      return act.name === "clear" ? { value: value.map((line) => line.map(() => 0)) } : undefined;
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      if (step) return { row: inside(row + step[0], rows), column: inside(column + step[1], columns) };
      if (act.key !== " " && act.key !== "Enter") return undefined;
      return { value: stroke(value, [row, column], [row, column], tool !== "draw") };
    }
    if (act.at !== "paper") return undefined;
    const side = sideOf(rows, columns, width);
    const cell = side / rows;
    const left = Math.max(0, (width - cell * columns) / 2);
    const to = [inside((act.y - 28) / cell, rows), inside((act.x - left) / cell, columns)] as const;
    const moved = { row: to[0], column: to[1] };
    if (act.kind === "move") return moved;
    const from = act.kind === "drag" ? ([row, column] as const) : to;
    return { ...moved, value: stroke(value, from, to, tool !== "draw") };
  },
};
