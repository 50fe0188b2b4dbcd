/** Automatic differentiation on single numbers: forward with dual numbers, backward through a graph that draws itself. */
export { computationGraph, type ComputationGraphOptions } from "./computation-graph.js";
export { countOperations, type OperationCount } from "./counter.js";
export { Dual } from "./dual.js";
export { gates, type Gate, type GateName, type Slope } from "./gates.js";
export { compareModes, forwardMode, reverseMode, type Derivatives, type ScalarFunction } from "./modes.js";
export { Scalar } from "./scalar.js";
export { Variable } from "./variable.js";
export { expression, type Expression, type ExpressionCache } from "./expression.js";
export { TensorVariable, type KeepOption, type TensorOperand, type TensorOrigin } from "./tensor-variable.js";
export type { Widths } from "./rules.js";
