/** Matrix products, sums and products, with constants and between values. */
import { flat, full, sizeOf, wrap, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { Linear } from "../../layers/linear.js";
import { repeat } from "../../layers/repeated.js";
import { Add, Multiply } from "../../net/merge.js";
import { Affine, Around, Transpose } from "./layers.js";
import { permuted } from "./fold.js";
import type { NodeView, Part } from "./view.js";
import { blank, filled } from "./windows.js";

/** α·A·B + β·C, either matrix transposed or not. */
export function gemm(view: NodeView): Part[] {
  const B = view.required(1, "matrix B");
  const C = view.constant(2, "matrix C");
  const [alpha, beta] = [view.number("alpha", 1), view.number("beta", 1)];
  const w = scaled(view.number("transB", 0) ? B : permuted(B, [1, 0]), alpha);
  const K = w.shape[0];
  const isBias = C === undefined || (C.shape.at(-1) ?? 1) === sizeOf(C.shape);
  const b = C && isBias ? scaled(repeat(C, [...C.shape.slice(0, -1).map(() => 1), K]), beta) : undefined;
  const parts: Part[] = [{ name: "fc", layer: linear(w, b && wrap(flat(b), [K])) }];
  if (view.number("transA", 0))
    parts.unshift({ name: "fc_transpose", layer: new Transpose([1, 0]), shape: [...view.shape].reverse() });
  if (C && !isBias)
    parts.push({ name: "fc_add", layer: new Affine(full([1], 1, w.dtype as "float32"), scaled(C, beta)) });
  return parts;
}

/** x·B for a constant matrix B, which works on the last axis of x. */
export function matMul(view: NodeView): Part[] {
  const B = view.required(1, "matrix");
  if (B.shape.length !== 2)
    throw view.unsupported(`a product with a ${B.shape.join("×")} constant is not a linear layer`);
  const layer = linear(permuted(B, [1, 0]), undefined);
  if (view.knownShape === undefined || view.knownShape.length === 2) return [{ name: "fc", layer }];
  if (view.knownShape.length < 2) throw view.unsupported("its input has no batch axis");
  const rows = (shape: Shape): Shape => [sizeOf(shape.slice(0, -1)), shape.at(-1) as number];
  return [{ name: "fc", layer: new Around(layer, rows, (shape) => [...shape.slice(0, -1), B.shape[1]]) }];
}

function linear(w: Tensor, b: Tensor | undefined): Linear {
  const [out, inputs] = w.shape;
  return filled(
    new Linear({ in: inputs, out, bias: b !== undefined, dtype: w.dtype as "float32", init: blank }),
    w,
    b,
  );
}

/** A sum or difference; a constant part becomes a shift. */
export function add(view: NodeView): Part[] {
  return withConstant(view, (c) => [full([1], 1), c]) ?? [{ name: "add", layer: new Add() }];
}

export function subtract(view: NodeView): Part[] {
  const [a, b] = view.operands;
  if (b?.constant) return [{ name: "sub", layer: new Affine(full([1], 1), scaled(b.constant, -1)) }];
  if (a?.constant) return [{ name: "sub", layer: new Affine(full([1], -1), a.constant) }];
  throw view.unsupported("a difference of two computed values has no layer; negate and add");
}

export const negate = (): Part[] => [{ name: "neg", layer: new Affine(full([1], -1), full([1], 0)) }];

export function multiply(view: NodeView): Part[] {
  return withConstant(view, (c) => [c, full([1], 0)]) ?? [{ name: "mul", layer: new Multiply() }];
}

export function divide(view: NodeView): Part[] {
  const divisor = view.required(1, "divisor");
  const inverse = wrap(
    Float64Array.from(flat(divisor), (d) => 1 / d),
    divisor.shape,
  );
  return [{ name: "div", layer: new Affine(inverse, full([1], 0)) }];
}

function withConstant(view: NodeView, parts: (constant: Tensor) => [Tensor, Tensor]): Part[] | undefined {
  const constants = view.operands.flatMap((operand) => (operand?.constant ? [operand.constant] : []));
  if (constants.length === 0) return undefined;
  if (constants.length > 1 || view.operands.length !== 2)
    throw view.unsupported("several of its inputs are constants");
  return [{ name: view.node.op.toLowerCase(), layer: new Affine(...parts(placed(view, constants[0]))) }];
}

/** Before operator set 7 a smaller tensor was placed at an axis instead of at the end: it gets axes of 1 behind it. */
export function placed(view: NodeView, constant: Tensor): Tensor {
  const axis = view.number("axis", -1);
  const rank = view.knownShape?.length ?? 0;
  const behind = view.opset < 7 && axis >= 0 ? Math.max(0, rank - axis - constant.shape.length) : 0;
  return wrap(flat(constant), [...constant.shape, ...Array<number>(behind).fill(1)]);
}

function scaled(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  const y = zeros(x.shape, x.dtype as "float32");
  flat(x).forEach((value, i) => (y.data[i] = value * factor));
  return y;
}
