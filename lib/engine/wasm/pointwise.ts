/** Sigmoid, tangent, ELU, leaky ReLU, softplus and GELU with one pair of routines for all functions of single numbers; dropout and PReLU. */
import { expectShape, sameDType } from "../../array/check.js";
import { sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import { dropoutBackward, dropoutForward } from "../../layers/normalisation/dropout.js";
import { eluBackward, eluForward } from "../../layers/activation/elu.js";
import { geluBackward, geluForward } from "../../layers/activation/gelu.js";
import { leakyReluBackward, leakyReluForward } from "../../layers/activation/leaky-relu.js";
import { checkPrelu, preluBackward, preluForward } from "../../layers/activation/prelu.js";
import { sigmoidBackward, sigmoidForward } from "../../layers/activation/sigmoid.js";
import { softplusBackward, softplusForward } from "../../layers/activation/softplus.js";
import { tanhBackward, tanhForward } from "../../layers/activation/tanh.js";
import { rivals, vectors, type WasmRival } from "./rivals.js";
import type { InWorkspace, Workspace } from "./workspace.js";

/** An empty tensor, on which the layers' own functions check their options. */
const nothing = wrap(new Float32Array(0), [0]);

const route = vectors("four numbers at a time");

/** f of each number; dropout and PReLU. */
export const pointwise: readonly WasmRival[] = [
  ...rivals(
    sigmoidForward,
    (run, x) => forward(run, x, "sigmoid"),
    sigmoidBackward,
    (run, dy, cache) => backward(run, "sigmoidBackward", dy, cache),
    route,
  ),
  ...rivals(
    tanhForward,
    (run, x, options = {}) => forward(run, x, "tanh", options.amplitude ?? 1, options.rate ?? 1),
    tanhBackward,
    (run, dy, cache) => backward(run, "tanhBackward", dy, cache),
    route,
  ),
  ...rivals(
    eluForward,
    (run, x, options = {}) => {
      eluForward(nothing, options);
      return forward(run, x, "elu", options.alpha ?? 1);
    },
    eluBackward,
    (run, dy, cache) => backward(run, "eluBackward", dy, cache),
    route,
  ),
  ...rivals(
    leakyReluForward,
    (run, x, options = {}) => {
      leakyReluForward(nothing, options);
      return forward(run, x, "leakyRelu", options.slope ?? 0.01);
    },
    leakyReluBackward,
    (run, dy, cache) => backward(run, "leakyReluBackward", dy, cache),
    route,
  ),
  ...rivals(
    softplusForward,
    (run, x, options = {}) => {
      softplusForward(nothing, options);
      return forward(run, x, "softplus", options.sharpness ?? 1);
    },
    softplusBackward,
    (run, dy, cache) => backward(run, "softplusBackward", dy, cache),
    route,
  ),
  ...rivals(
    geluForward,
    (run, x, options = {}) => forward(run, x, (options.form ?? "erf") === "erf" ? "gelu" : "closeGelu"),
    geluBackward,
    (run, dy, cache) => backward(run, "geluBackward", dy, cache),
    route,
  ),
  ...rivals(dropoutForward, dropout, dropoutBackward, dropoutBack, route),
  ...rivals(preluForward, prelu, preluBackward, preluBack, route),
];

/** The numbers of the kinds in assembly/pointwise.ts. */
const kinds = { sigmoid: 0, tanh: 1, elu: 2, leakyRelu: 3, softplus: 4, closeGelu: 5, gelu: 6 } as const;

interface MapCache {
  readonly kind: keyof typeof kinds;
  /** The function's own numbers. */
  readonly numbers: readonly [a: number, b: number];
  /** The tensor from which the slope is computed: the output for sigmoid and tangent, the input for the others. */
  readonly kept: Tensor;
}

interface Mapped {
  readonly y: Tensor;
  readonly cache: MapCache;
}

function forward(run: InWorkspace, x: Tensor, kind: MapCache["kind"], a = 0, b = 0): Mapped {
  return run((workspace) => {
    const result = workspace.result(x.shape);
    const input = workspace.keep(x);
    workspace.machine.run("map", x.size, 0, kinds[kind], a, b, workspace.read(input), result.at);
    const y = result.tensor();
    return { y, cache: { kind, numbers: [a, b], kept: kind === "sigmoid" || kind === "tanh" ? y : input } };
  });
}

function backward(
  run: InWorkspace,
  operation: string,
  dy: Tensor,
  { kind, numbers, kept }: MapCache,
): { dx: Tensor } {
  sameDType(operation, { dy, x: kept });
  expectShape(operation, "dy", dy, kept.shape);
  return run((workspace) => {
    const dx = workspace.result(kept.shape);
    const tensors = [workspace.read(kept), workspace.read(dy), dx.at];
    workspace.machine.run("mapBack", kept.size, 0, kinds[kind], ...numbers, ...tensors);
    return { dx: dx.tensor() };
  });
}

interface DropoutCache {
  readonly mask: Tensor;
  readonly shape: Shape;
}

function dropout(run: InWorkspace, x: Tensor, mask: Tensor): { y: Tensor; cache: DropoutCache } {
  const { leading, each } = rowsOf(x.shape, mask.shape);
  if (`${leading}` !== `${mask.shape}` || mask.dtype !== x.dtype) dropoutForward(x, mask); // throws the right error
  return run((workspace) => {
    const [y, kept] = [workspace.result(x.shape), workspace.keep(mask)];
    multiply(workspace, each, workspace.read(x), kept, y.at);
    return { y: y.tensor(), cache: { mask: kept, shape: x.shape } };
  });
}

function dropoutBack(run: InWorkspace, dy: Tensor, { mask, shape }: DropoutCache): { dx: Tensor } {
  sameDType("dropoutBackward", { dy, y: mask });
  expectShape("dropoutBackward", "dy", dy, shape);
  return run((workspace) => {
    const dx = workspace.result(shape);
    multiply(workspace, rowsOf(shape, mask.shape).each, workspace.read(dy), mask, dx.at);
    return { dx: dx.tensor() };
  });
}

/** A mask over x's first axes has one factor for each row of the other axes. */
function rowsOf(shape: Shape, mask: Shape): { leading: Shape; each: number } {
  return { leading: shape.slice(0, mask.length), each: sizeOf(shape.slice(mask.length)) };
}

function multiply(workspace: Workspace, each: number, x: number, mask: Tensor, y: number): void {
  if (each === 1) workspace.machine.run("multiplyElements", mask.size, 0, x, workspace.read(mask), y);
  else workspace.machine.run("multiplyRows", mask.size, 0, each, x, workspace.read(mask), y);
}

interface PreluCache {
  readonly x: Tensor;
  readonly a: Tensor;
}

function prelu(run: InWorkspace, x: Tensor, a: Tensor): { y: Tensor; cache: PreluCache } {
  checkPrelu(x, a);
  const { rows, size } = slopedRows(x.shape, a.size);
  return run((workspace) => {
    const [y, kept] = [workspace.result(x.shape), workspace.keep(x)];
    workspace.machine.run("prelu", rows, 0, a.size, size, workspace.read(a), workspace.read(kept), y.at);
    return { y: y.tensor(), cache: { x: kept, a } };
  });
}

function preluBack(run: InWorkspace, dy: Tensor, { x, a }: PreluCache): { dx: Tensor; da: Tensor } {
  sameDType("preluBackward", { dy, x });
  expectShape("preluBackward", "dy", dy, x.shape);
  const { rows, size } = slopedRows(x.shape, a.size);
  return run((workspace) => {
    const [dx, sums] = [workspace.result(x.shape), workspace.space(rows)];
    const tensors = [workspace.read(a), workspace.read(x), workspace.read(dy), dx.at];
    workspace.machine.run("preluBack", rows, 0, a.size, size, ...tensors, sums);
    const da = new Float64Array(a.size);
    workspace.machine.floats(sums, rows).forEach((sum, row) => (da[row % a.size] += sum));
    return { dx: dx.tensor(), da: wrap(Float32Array.from(da), a.shape) };
  });
}

/** Rows of numbers with one slope; the slopes take turns row by row. */
function slopedRows(shape: Shape, slopes: number): { rows: number; size: number } {
  const rows = slopes === 1 ? shape[0] : shape[0] * slopes;
  return { rows, size: sizeOf(shape) / rows };
}
