/**
 * An engine: one table of the functions that layers, losses and optimisers compute with. All engines mean the
 * same; they differ in speed. The reference table defines what is right, and every engine runs its tests.
 */
import type { LayerOperations } from "../layers/operations.js";
import type { LossOperations } from "../losses/loss.js";
import type { OptimizerOperations } from "../optim/optimizer.js";

export interface Operations extends LayerOperations, LossOperations, OptimizerOperations {}

export interface Engine extends Operations {
  /** "reference", "typescript", … */
  readonly name: string;
}
