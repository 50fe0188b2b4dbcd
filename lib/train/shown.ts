/** What a cell of a notebook has shown while it ran: as the cell's result it is not shown again. */
import { cellSignal } from "./cell-signal.js";

/** The method by which a value says so to the kernel. */
export const shownSymbol: unique symbol = Symbol.for("Jupyter.shown");

/** In which cell a value was shown: each has a signal of its own. */
const cells = new WeakMap<object, AbortSignal>();

export function noteShown(value: object): void {
  const cell = cellSignal();
  if (cell) cells.set(value, cell);
}

/** Whether the cell that runs now has shown the value. */
export function isShown(value: object): boolean {
  const cell = cellSignal();
  return cell !== undefined && cells.get(value) === cell;
}
