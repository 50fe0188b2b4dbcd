/** The linear layer's three matrix products on the WASM kernel. */
import { expectShape, sameDType } from "../../array/check.js";
import type { Tensor } from "../../array/tensor.js";
import { checkLinear } from "../../layers/check-linear.js";
import { linearBackward, linearForward } from "../../layers/linear.js";
import type { WeightCache, WeightGradients } from "../../layers/weighted.js";
import { biasGradient } from "./convolution.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { Run } from "./scope.js";

/** The linear layer. */
export const linear: readonly WasmRival[] = rivals(
  linearForward,
  forward,
  linearBackward,
  backward,
  vectors("a blocked matrix product"),
);

function forward(run: Run, x: Tensor, w: Tensor, b: Tensor | undefined): { y: Tensor; cache: WeightCache } {
  checkLinear(x, w, b);
  const [N, D] = x.shape;
  const K = w.shape[0];
  return run((scope) => {
    const y = scope.result([N, K]);
    const [kept, weights] = [scope.keep(x), scope.keep(w)];
    const a = [scope.read(kept), D, 1];
    scope.multiply(N, K, D, a, [scope.read(weights), 1, D], y.at, b && scope.read(b));
    return { y: y.tensor(), cache: { x: kept, w: weights, hasBias: b !== undefined } };
  });
}

function backward(run: Run, dy: Tensor, { x, w, hasBias }: WeightCache): WeightGradients {
  const [N, D] = x.shape;
  const K = w.shape[0];
  sameDType("linearBackward", { dy, x });
  expectShape("linearBackward", "dy", dy, [N, K]);
  const gradients = run((scope) => {
    const [dw, upstream] = [scope.space(K * D), scope.read(dy)];
    scope.multiply(K, D, N, [upstream, 1, K], [scope.read(x), D, 1], dw);
    if (!hasBias) return { dw: scope.copy(dw, w.shape) };
    return { dw: scope.copy(dw, w.shape), db: biasGradient(scope, N, K, 1, upstream) };
  });
  return {
    ...gradients,
    // Computed when it is read: a network's first layer never asks.
    get dx() {
      return run((scope) => {
        const dx = scope.result(x.shape);
        scope.multiply(N, D, K, [scope.read(dy), K, 1], [scope.read(w), D, 1], dx.at);
        return dx.tensor();
      });
    },
  };
}
