/** Sigmoid, tangent, ELU, leaky ReLU, softplus, GELU and dropout: one pair of kernels for all that is f of each number. */
import { expectShape, sameDType } from "../../array/check.js";
import { wrap, type Tensor } from "../../array/tensor.js";
import {
  dropoutBackward as plainDropoutBackward,
  dropoutForward as plainDropout,
} from "../../layers/dropout.js";
import { eluForward as plainElu, type EluOptions } from "../../layers/elu.js";
import type { GeluOptions } from "../../layers/gelu.js";
import { leakyReluForward as plainLeakyRelu, type LeakyReluOptions } from "../../layers/leakyrelu.js";
import { softplusForward as plainSoftplus, type SoftplusOptions } from "../../layers/softplus.js";
import type { TanhOptions } from "../../layers/tanh.js";
import type { Run } from "./scope.js";

/** As assembly/pointwise.ts counts them. */
const kinds = { sigmoid: 0, tanh: 1, elu: 2, leakyRelu: 3, softplus: 4, closeGelu: 5, gelu: 6 } as const;

export interface MapCache {
  readonly kind: keyof typeof kinds;
  /** The function's own numbers. */
  readonly numbers: readonly [a: number, b: number];
  /** What the slope is simpler in: the output of sigmoid and tangent, the input of the others. */
  readonly kept: Tensor;
}

interface Mapped {
  readonly y: Tensor;
  readonly cache: MapCache;
}

function forward(run: Run, x: Tensor, kind: MapCache["kind"], a = 0, b = 0): Mapped {
  return run((scope) => {
    const result = scope.result(x.shape);
    const input = scope.keep(x);
    scope.machine.run("map", x.size, 0, kinds[kind], a, b, scope.read(input), result.at);
    const y = result.tensor();
    return { y, cache: { kind, numbers: [a, b], kept: kind === "sigmoid" || kind === "tanh" ? y : input } };
  });
}

function backward(
  run: Run,
  operation: string,
  dy: Tensor,
  { kind, numbers, kept }: MapCache,
): { dx: Tensor } {
  sameDType(operation, { dy, x: kept });
  expectShape(operation, "dy", dy, kept.shape);
  return run((scope) => {
    const dx = scope.result(kept.shape);
    const tensors = [scope.read(kept), scope.read(dy), dx.at];
    scope.machine.run("mapBack", kept.size, 0, kinds[kind], ...numbers, ...tensors);
    return { dx: dx.tensor() };
  });
}

/** On this the layers' own functions check their options. */
const nothing = wrap(new Float32Array(0), [0]);

export function sigmoidForward(run: Run, x: Tensor): Mapped {
  return forward(run, x, "sigmoid");
}

export function sigmoidBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "sigmoidBackward", dy, cache);
}

export function tanhForward(run: Run, x: Tensor, { amplitude = 1, rate = 1 }: TanhOptions = {}): Mapped {
  return forward(run, x, "tanh", amplitude, rate);
}

export function tanhBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "tanhBackward", dy, cache);
}

export function eluForward(run: Run, x: Tensor, options: EluOptions = {}): Mapped {
  plainElu(nothing, options);
  return forward(run, x, "elu", options.alpha ?? 1);
}

export function eluBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "eluBackward", dy, cache);
}

export function leakyReluForward(run: Run, x: Tensor, options: LeakyReluOptions = {}): Mapped {
  plainLeakyRelu(nothing, options);
  return forward(run, x, "leakyRelu", options.slope ?? 0.01);
}

export function leakyReluBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "leakyReluBackward", dy, cache);
}

export function softplusForward(run: Run, x: Tensor, options: SoftplusOptions = {}): Mapped {
  plainSoftplus(nothing, options);
  return forward(run, x, "softplus", options.sharpness ?? 1);
}

export function softplusBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "softplusBackward", dy, cache);
}

export function geluForward(run: Run, x: Tensor, { form = "erf" }: GeluOptions = {}): Mapped {
  return forward(run, x, form === "erf" ? "gelu" : "closeGelu");
}

export function geluBackward(run: Run, dy: Tensor, cache: MapCache): { dx: Tensor } {
  return backward(run, "geluBackward", dy, cache);
}

export interface DropoutCache {
  readonly mask: Tensor;
  readonly shape: readonly number[];
}

export function dropoutForward(run: Run, x: Tensor, mask: Tensor): { y: Tensor; cache: DropoutCache } {
  if (`${mask.shape}` !== `${x.shape}` || mask.dtype !== x.dtype) return plainDropout(x, mask); // whole maps
  return run((scope) => {
    const [y, kept] = [scope.result(x.shape), scope.keep(mask)];
    scope.machine.run("multiplyElements", x.size, 0, scope.read(x), scope.read(kept), y.at);
    return { y: y.tensor(), cache: { mask: kept, shape: x.shape } };
  });
}

export function dropoutBackward(run: Run, dy: Tensor, cache: DropoutCache): { dx: Tensor } {
  const { mask, shape } = cache;
  if (`${mask.shape}` !== `${shape}`) return plainDropoutBackward(dy, cache);
  sameDType("dropoutBackward", { dy, y: mask });
  expectShape("dropoutBackward", "dy", dy, shape);
  return run((scope) => {
    const dx = scope.result(shape);
    scope.machine.run("multiplyElements", dy.size, 0, scope.read(dy), scope.read(mask), dx.at);
    return { dx: dx.tensor() };
  });
}
