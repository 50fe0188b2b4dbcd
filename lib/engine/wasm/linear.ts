/** The linear layer's three matrix products on the WASM routine. */
import { expectShape, sameDType } from "../../array/check.js";
import type { Tensor } from "../../array/tensor.js";
import { checkLinear } from "../../layers/check-linear.js";
import { linearBackward, linearForward } from "../../layers/linear.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { biasGradient } from "./convolution.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { InWorkspace } from "./workspace.js";

/** The linear layer. */
export const linear: readonly WasmRival[] = rivals(
  linearForward,
  forward,
  linearBackward,
  backward,
  vectors("a blocked matrix product"),
);

function forward(
  run: InWorkspace,
  x: Tensor,
  w: Tensor,
  b: Tensor | undefined,
): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  return run((workspace) => {
    const y = workspace.result([N, K]);
    const [kept, weights] = [workspace.keep(x), workspace.keep(w)];
    const a = [workspace.read(kept), D, 1];
    workspace.multiply(N, K, D, a, [workspace.read(weights), 1, D], y.at, b && workspace.read(b));
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined } };
  });
}

function backward(run: InWorkspace, dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const gradients = run((workspace) => {
    const [dw, upstream] = [workspace.gradient(w.shape), workspace.read(dy)];
    // Of a single example the product has no sums: every number of dy times every number of x, row by row.
    if (N === 1) workspace.machine.run("outer", K, 0, D, upstream, workspace.read(x), dw.at);
    else workspace.multiply(K, D, N, [upstream, 1, K], [workspace.read(x), D, 1], dw.at);
    if (!hasBias) return { dw: dw.tensor() };
    return { dw: dw.tensor(), db: biasGradient(workspace, N, K, 1, upstream) };
  });
  return {
    ...gradients,
    // Computed when it is read: the first layer of a network does not need it.
    get dx() {
      return run((workspace) => {
        const dx = workspace.result(x.shape);
        workspace.multiply(N, D, K, [workspace.read(dy), K, 1], [workspace.read(w), D, 1], dx.at);
        return dx.tensor();
      });
    },
  };
}
