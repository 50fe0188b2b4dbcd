/** Checks of backward passes: against measured slopes, by the adjoint identity, by the trials of a problem set. */
export { checkAnswer, AnswerCheck, type AnswerOptions, type AnswerTrial } from "./answer.js";
export {
  check,
  Grade,
  type CheckOptions,
  type CheckTrial,
  type CheckTrialSetup,
  type CheckedOperation,
} from "./check.js";
export {
  gradientTrial,
  marks,
  Marks,
  tensorTrial,
  untouchedTrial,
  type GradientTrialOptions,
  type KnownMistakes,
  type TensorTrialOptions,
  type TrialResult,
  type Trials,
} from "./exercise.js";
export {
  smallestFailing,
  wholeNumbers,
  type ExampleInputs,
  type TrialExample,
  type TrialOutcome,
} from "./pencil.js";
export { adjointCheck, type AdjointCheckOptions, type AdjointReport } from "./adjoint.js";
export {
  assertGradients,
  gradCheck,
  type Arguments,
  type Differentiable,
  type ForwardResult,
  type GradCheckOptions,
} from "./grad-check.js";
export { gradCheckNet, type NetCheckOptions } from "./net-check.js";
export { operation, type OperationKinds, type OperationName, type OperationParts } from "./operations.js";
export { GradientReport, type ErrorMap, type GradientCheck } from "./report.js";
export type { DirectionCheck } from "./direction.js";
