/** In a browser, work runs in its workers; it reaches no other machine. */
import type { Workplace } from "../place-contract.js";
import { placeOf } from "../pool.js";
import { startProcess } from "./processes.js";

export function here(width: number): Workplace {
  return placeOf(startProcess, width);
}

export function queue(): Workplace {
  throw new Error("queue: a browser reaches no queue; search in Node, or without a place.");
}

export function slurm(): Workplace {
  throw new Error("slurm: a browser reaches no cluster; search in Node, or without a place.");
}
