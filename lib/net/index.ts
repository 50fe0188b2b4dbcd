/** Networks: layers in a sequence or a graph, the passes that run them, and the table that describes them. */
export { Attention, Masked, Parallel, Residual, Sum } from "./blocks.js";
export { Container, type Part, type Source } from "./container.js";
export { Graph, type GraphNode } from "./graph.js";
export {
  Add,
  Concat,
  Divide,
  MatrixProduct,
  Maximum,
  Minimum,
  Multiply,
  Pairwise,
  Subtract,
} from "./merge.js";
export { DotProductAttention, SelfAttention, type SelfAttentionOptions } from "./self-attention.js";
export { Pass, type PassOptions, type Tap } from "./pass.js";
export { Sequential, type Activation, type SequentialOptions } from "./sequential.js";
export { countParameters, summary } from "./summary.js";
