/** Where a rival on the device computes, and which tensors may stay there. */
import { placeOf } from "../../array/remote.js";
import { isDense, type Tensor } from "../../array/tensor.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { isOurs, type PlacedRival } from "../placed-rivals.js";
import type { Residents, Workspace } from "./memory.js";

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
