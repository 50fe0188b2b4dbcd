/** Writing into tensors that lie in memory in any way: rows, columns, reversed or stepped views. */
import ops from "ndarray-ops";
import { ValueError } from "./errors.js";
import { copy, isDense, type Tensor } from "./tensor.js";

/** Whether moving one number may move another: a repeated row, windows that overlap. */
export function sharesPlaces({ shape, stride }: Tensor): boolean {
  const axes = shape.map((extent, axis) => ({ extent, step: Math.abs(stride[axis]) }));
  let reach = 0;
  for (const { extent, step } of axes.filter(({ extent }) => extent > 1).sort((a, b) => a.step - b.step)) {
    if (step <= reach) return true;
    reach += step * (extent - 1);
  }
  return false;
}

/** Whether the numbers of all these tensors can be changed through `flat`. */
export function areDense(tensors: readonly (Tensor | undefined)[]): boolean {
  return tensors.every((x) => x === undefined || isDense(x));
}

/**
 * Changes tensors in place that are not all dense: dense copies are changed, and put back.
 * @param tensors  those that are written into, by name
 * @param change   gets the copies in the same order
 * @throws ValueError for one whose numbers share places, as in a repeated row: it cannot hold two results
 */
export function onCopies<T extends Readonly<Record<string, Tensor | undefined>>>(
  operation: string,
  tensors: T,
  change: (copies: T) => void,
): void {
  for (const [name, x] of Object.entries(tensors)) {
    if (x === undefined || !sharesPlaces(x)) continue;
    throw new ValueError(
      `${operation}: ${name} is a view whose numbers share places in memory (strides ${x.stride.join(", ")}), and cannot be written into; give copy(${name}).`,
    );
  }
  const copies = Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, x && copy(x)])) as T;
  change(copies);
  for (const [name, x] of Object.entries(tensors)) if (x) ops.assign(x, copies[name] as Tensor);
}
