/** What an optimiser is: a rule that turns gradients into new parameter values. */
import type { Tensor } from "../array/tensor.js";
import type { Parameter } from "../layers/layer.js";
import type { sgdStep } from "./sgd.js";

/** The functions that an engine must offer to the optimisers. */
export interface OptimizerOperations {
  sgdStep: typeof sgdStep;
}

export abstract class Optimizer {
  /** The learning rate, which schedules change between steps. */
  abstract lr: number;

  /**
   * Changes every parameter that has a gradient.
   * @param gradients  what a pass gathered: `pass.gradients`
   * @param engine     whose functions do the work: `pass.engine`
   */
  abstract step(gradients: ReadonlyMap<Parameter, Tensor>, engine: OptimizerOperations): void;
}
