/** Local response normalisation on the WASM kernels. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Tensor } from "../../array/tensor.js";
import {
  checkLocalResponseNorm,
  localResponseNormBackward,
  localResponseNormForward,
  type LocalResponseNormOptions,
} from "../../layers/normalisation/local-response-norm.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { Run } from "./scope.js";

/** Local response normalisation. */
export const responseNorm: readonly WasmRival[] = rivals(
  localResponseNormForward,
  forward,
  localResponseNormBackward,
  backward,
  vectors("four places at a time"),
);

interface ResponseNormCache {
  readonly x: Tensor;
  /** k + α/n·Σx² of every element. */
  readonly sums: Tensor;
  readonly options: Required<LocalResponseNormOptions>;
}

function forward(
  run: Run,
  x: Tensor,
  { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): { y: Tensor; cache: ResponseNormCache } {
  const options = { size, alpha, beta, k };
  checkLocalResponseNorm(x, options);
  return run((scope) => {
    const [y, sums, kept] = [scope.result(x.shape), scope.result(x.shape), scope.keep(x)];
    const rest = [alpha / size, beta, k, scope.read(kept), sums.at, y.at];
    scope.machine.run("responseNorm", x.shape[0] * x.shape[1], 0, ...windowOf(x, size), ...rest);
    return { y: y.tensor(), cache: { x: kept, sums: sums.tensor(), options } };
  });
}

function backward(
  run: Run,
  dy: Tensor,
  { x, sums, options: { size, alpha, beta } }: ResponseNormCache,
): { dx: Tensor } {
  sameDType("localResponseNormBackward", { dy, x });
  expectShape("localResponseNormBackward", "dy", dy, x.shape);
  return run((scope) => {
    const [dx, through, X] = [scope.result(x.shape), scope.space(x.size), scope.read(x)];
    scope.machine.run(
      "responseNormThrough",
      x.size,
      0,
      beta,
      X,
      scope.read(sums),
      scope.read(dy),
      dx.at,
      through,
    );
    const rest = [(2 * alpha * beta) / size, X, through, dx.at];
    scope.machine.run("responseNormBack", x.shape[0] * x.shape[1], 0, ...windowOf(x, size), ...rest);
    return { dx: dx.tensor() };
  });
}

/** Channels, places in a map, and how many channels before and after its own a window has. */
function windowOf(x: Tensor, size: number): number[] {
  return [x.shape[1], sizeOf(x.shape.slice(2)), Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
}
