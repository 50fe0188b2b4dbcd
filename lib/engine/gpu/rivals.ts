/** Where a rival on the device computes, and which tensors may stay there. */
import { placeOf } from "../../array/remote.js";
import { isDense, type Shape, type Tensor } from "../../array/tensor.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { checkUpstream } from "../../layers/upstream.js";
import type { Axis } from "../../layers/window.js";
import { isOurs, type PlacedRival } from "../placed-rivals.js";
import { inTwoAxes, type Block, type Device } from "./device.js";
import type { Residents, Workspace } from "./memory.js";
import type { Routine } from "./routines/routine.js";

/** Opens a workspace, and knows the function that alone reads the result. */
export interface Place {
  readonly run: <T>(compute: (workspace: Workspace) => T) => T;
  readonly residents: Residents;
  readonly next?: ReferenceFunction;
}

export type GpuRival = PlacedRival<Place>;

/** Whether a tensor may stay on the device: it has an array of its own, row-major. */
export function canStay(x: Tensor): boolean {
  return isOurs(x) && isDense(x) && (placeOf(x) !== undefined || x.data.length === x.size);
}

/** Checks an upstream gradient. @param shape  the output's @throws ShapeError, DTypeError */
export function expectUpstream(operation: string, dy: Tensor, shape: Shape): void {
  checkUpstream(operation, dy, shape, "float32");
}

/** How windows move, as routines/windows.ts wants it. */
export function windowSizes({
  rows,
  columns,
}: {
  readonly rows: Axis;
  readonly columns: Axis;
}): Record<string, number> {
  return {
    ...{ H: rows.input, W: columns.input, K: rows.filter, L: columns.filter },
    ...{ I: rows.output, J: columns.output, ROW_STEP: rows.stride, COLUMN_STEP: columns.stride },
    ...{ ROW_GAP: rows.dilation, COLUMN_GAP: columns.dilation, TOP: rows.before, LEFT: columns.before },
  };
}

/** Runs a routine that has a work group for each row; they lie along the first axis and, if they are many, the second. */
export function runRows(
  device: Device,
  routine: Routine,
  sizes: Readonly<Record<string, number>>,
  blocks: readonly Block[],
  rows: number,
): void {
  device.run(routine, { ...sizes, ROWS: rows }, blocks, inTwoAxes(rows));
}
