/** Local response normalisation on the WASM routines. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, type Tensor } from "../../array/tensor.js";
import {
  checkLocalResponseNorm,
  localResponseNormBackward,
  localResponseNormForward,
  type LocalResponseNormOptions,
} from "../../layers/normalisation/local-response-norm.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { InWorkspace } from "./workspace.js";

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
  run: InWorkspace,
  x: Tensor,
  { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): { y: Tensor; cache: ResponseNormCache } {
  const options = { size, alpha, beta, k };
  checkLocalResponseNorm(x, options);
  return run((workspace) => {
    const [y, sums, kept] = [workspace.result(x.shape), workspace.result(x.shape), workspace.keep(x)];
    const rest = [alpha / size, beta, k, workspace.read(kept), sums.at, y.at];
    workspace.machine.run("responseNorm", x.shape[0] * x.shape[1], 0, ...windowOf(x, size), ...rest);
    return { y: y.tensor(), cache: { x: kept, sums: sums.tensor(), options } };
  });
}

function backward(
  run: InWorkspace,
  dy: Tensor,
  { x, sums, options: { size, alpha, beta } }: ResponseNormCache,
): { dx: Tensor } {
  sameDType("localResponseNormBackward", { dy, x });
  expectShape("localResponseNormBackward", "dy", dy, x.shape);
  return run((workspace) => {
    const [dx, through, X] = [workspace.result(x.shape), workspace.space(x.size), workspace.read(x)];
    workspace.machine.run(
      "responseNormThrough",
      x.size,
      0,
      beta,
      X,
      workspace.read(sums),
      workspace.read(dy),
      dx.at,
      through,
    );
    const rest = [(2 * alpha * beta) / size, X, through, dx.at];
    workspace.machine.run("responseNormBack", x.shape[0] * x.shape[1], 0, ...windowOf(x, size), ...rest);
    return { dx: dx.tensor() };
  });
}

/** The channels, the positions in a map, and the numbers of channels before and after its own in a window. */
function windowOf(x: Tensor, size: number): number[] {
  return [x.shape[1], sizeOf(x.shape.slice(2)), Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
}
