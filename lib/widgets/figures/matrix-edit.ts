/** A matrix whose numbers can be changed: typed, or dragged up and down. */
import type { FigureKind } from "./figure-kind.js";
import { flow, grid, shown } from "./paint.js";

/** The state of the matrix. */
export interface MatrixEditState {
  /** Its rows. */
  value: readonly (readonly number[])[];
  /** What a key or 12 pixels of a drag add. */
  step: number;
  /** The cell that is chosen. */
  row: number;
  column: number;
  /** What is being typed into it, and empty when nothing is. */
  typed: string;
  /** Where a drag began: the pointer's height and the number there; null between drags. */
  held: readonly [y: number, from: number] | null;
}

const isNumber = (typed: string): boolean => typed.trim() !== "" && Number.isFinite(Number(typed));

/** The matrix. */
export const figure: FigureKind<MatrixEditState> = {
  name: "matrix-edit",
  title: "A matrix to change",
  task: "Drag a number up or down, or choose it and type. A cell that reads the matrix's value gets the numbers.",
  question: "What becomes of the value when you type a number into a cell?",
  answer: "It is a matrix that differs in this one number.",
  keys: "The arrow keys choose a cell, Page Up and Page Down change its number; digits, point and minus type a new one, and Backspace takes one back.",
  state: {
    value: [
      [1, 0, -1],
      [2, 0, -2],
      [1, 0, -1],
    ],
    step: 0.5,
    row: 0,
    column: 0,
    typed: "",
    held: null,
  },
  controls: () => [{ kind: "button", name: "zeros", label: "All zeros" }],
  draw({ value, row, column, typed }, canvas) {
    const { palette, width } = canvas;
    const cell = Math.min(52, (width - 8) / value[0].length);
    const panel = grid(
      {
        rows: value.length,
        columns: value[0].length,
        cell,
        title: `${value.length} × ${value[0].length}`,
        at: "cell",
        value: (i, j) => (i === row && j === column && typed !== "" ? `${typed}|` : shown(value[i][j])),
        look: (i, j) =>
          i === row && j === column ? { stroke: palette.chosen, fill: palette.lit, bold: true } : {},
      },
      palette,
    );
    return flow([panel], canvas);
  },
  words({ value, row, column, typed }) {
    const start = `Row ${row}, column ${column} is ${shown(value[row][column])}.`;
    return typed === "" || isNumber(typed) ? start : `${start} “${typed}” is no number yet.`;
  },
  act(state, act) {
    const { value, step, row, column, typed, held } = state;
    const [rows, columns] = [value.length, value[0].length];
    const put = (number: number): number[][] =>
      value.map((line, i) => line.map((one, j) => (i === row && j === column ? number : one)));
    const rounded = (number: number): number => Math.round(number * 1e6) / 1e6;
    if (act.kind === "button")
      return act.name === "zeros" ? { value: value.map((line) => line.map(() => 0)), typed: "" } : undefined;
    if (act.kind === "key") {
      const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      if (move)
        return {
          row: Math.max(0, Math.min(rows - 1, row + move[0])),
          column: Math.max(0, Math.min(columns - 1, column + move[1])),
          typed: "",
        };
      if (act.key === "Enter") return { typed: "" };
      const more = { PageUp: step, PageDown: -step }[act.key];
      if (more !== undefined) return { value: put(rounded(value[row][column] + more)), typed: "" };
      if (!/^[\d.-]$/.test(act.key) && (act.key !== "Backspace" || typed === "")) return undefined;
      const next = act.key === "Backspace" ? typed.slice(0, -1) : typed + act.key;
      return isNumber(next) ? { typed: next, value: put(Number(next)) } : { typed: next };
    }
    if (act.kind === "move" || !act.at.startsWith("cell ")) return undefined;
    if (act.kind === "press") {
      const [i, j] = act.at.split(" ").slice(1).map(Number);
      return { row: i, column: j, typed: "", held: [act.y, value[i][j]] };
    }
    if (!held) return undefined;
    return { value: put(rounded(held[1] + Math.round((held[0] - act.y) / 12) * step)), typed: "" };
  },
};
