/** The places that work can be sent to from Node. */
import type { Workplace } from "../place-contract.js";
import { placeOf } from "../pool.js";
import { startProcess } from "./processes.js";

export { queue } from "./queue.js";
export { slurm } from "./slurm.js";

export function here(width: number): Workplace {
  return placeOf(startProcess, width);
}
