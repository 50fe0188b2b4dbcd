/** Translates matrix products, sums, differences, products and quotients, with constants and between computed values. */
import { broadcastShapes } from "../../array/broadcast.js";
import { transpose } from "../../array/rearrange.js";
import {
  flat,
  full,
  reshape,
  sizeOf,
  wrap,
  zeros,
  type DType,
  type Shape,
  type Tensor,
} from "../../array/tensor.js";
import { Clip } from "../../layers/activation/clip.js";
import { Exponential } from "../../layers/activation/exponential.js";
import { Power } from "../../layers/activation/power.js";
import { ReLU } from "../../layers/activation/relu.js";
import type { Merge } from "../../layers/layer.js";
import { Linear } from "../../layers/linear.js";
import { repeat } from "../../layers/repeated.js";
import { Transpose } from "../../layers/shape/transpose.js";
import { Add, Divide, MatrixProduct, Maximum, Minimum, Multiply, Subtract } from "../../net/merge.js";
import { Affine, Around, Expand, ReshapeBatch } from "./layers.js";
import { constantPart } from "./shapes.js";
import { isOpen, type NodeView, type Part, type PartSource } from "./view.js";
import { blank, filled } from "./windows.js";

/** α·A·B + β·C, where A and B may be transposed, and each of A, B and C is a constant or computed. */
export function gemm(view: NodeView): Part[] {
  const [alpha, beta] = [view.number("alpha", 1), view.number("beta", 1)];
  const [A, B, C] = [0, 1, 2].map((i) => view.factor(i));
  const isComputed = (i: number): boolean => view.operands[i] !== undefined && !view.operands[i].constant;
  const parts: Part[] = [];
  if (A) throw view.unsupported("its matrix A is a constant");
  let rows: PartSource = { operand: 0 };
  if (view.number("transA", 0)) rows = added(parts, "fc_transpose", new Transpose([1, 0]), rows);
  if (B) {
    const w = scaled(view.number("transB", 0) ? B : transpose(B, [1, 0]), alpha);
    const isBias = C === undefined || (C.shape.at(-1) ?? 1) === sizeOf(C.shape);
    const b =
      C && isBias ? scaled(repeat(C, [...C.shape.slice(0, -1).map(() => 1), w.shape[0]]), beta) : undefined;
    rows = added(parts, "fc", linear(w, b && wrap(flat(b), [w.shape[0]])), rows);
    if (C && !isBias) rows = added(parts, "fc_add", shift(scaled(C, beta)), rows);
  } else {
    let columns: PartSource = { operand: 1 };
    if (view.number("transB", 0)) columns = added(parts, "matmul_transpose", new Transpose([1, 0]), columns);
    parts.push({ name: "matmul", layer: new MatrixProduct(), from: [rows, columns] });
    rows = { part: parts.length - 1 };
    if (alpha !== 1) rows = added(parts, "matmul_scale", times(alpha), rows);
    if (C) rows = added(parts, "matmul_add", shift(scaled(C, beta)), rows);
  }
  if (isComputed(2)) {
    let third: PartSource = { operand: 2 };
    if (beta !== 1) third = added(parts, "gemm_scale", times(beta), third);
    parts.push({ name: "gemm_add", layer: new Add(), from: [rows, third] });
  }
  return parts;
}

/** A matrix product: with a constant, a linear layer on the last axis or on the one before it; else of two values. */
export function matMul(view: NodeView): Part[] {
  if (view.computed.some((i) => (view.operands[i]?.shape?.length ?? 2) < 2))
    throw view.unsupported("what the network computes has no batch axis there, but one axis alone");
  const [A, B] = [view.factor(0), view.factor(1)];
  const several = [A, B].find((one) => one && sizeOf(one.shape.slice(0, -2)) > 1);
  if (several) return withMatrices(view, several, several === A);
  if (B) return withMatrix(view, B);
  if (A) return matrixWith(view, A);
  return [{ name: "matmul", layer: new MatrixProduct() }];
}

/** x·B for a constant B, which is a matrix, or a vector; the product with a vector has no last axis. */
function withMatrix(view: NodeView, given: Tensor): Part[] {
  const isVector = given.shape.length === 1;
  const B = isVector ? reshape(given, [given.size, 1]) : matrixOf(view, given);
  const layer = linear(transpose(B, [1, 0]), undefined);
  const rank = view.knownShape?.length ?? 2;
  if (rank < 2) throw view.unsupported("its input has no batch axis");
  const product: Part = { name: "fc", layer: rank === 2 ? layer : onLastAxis(layer, B.shape[1]) };
  return isVector
    ? [product, { name: "fc_squeeze", layer: new ReshapeBatch((shape) => shape.slice(0, -1)) }]
    : [product];
}

/** A·x for a constant A: the linear layer works on the axis before the last, which is first moved to the end. */
function matrixWith(view: NodeView, given: Tensor): Part[] {
  const isVector = given.shape.length === 1;
  const A = isVector ? reshape(given, [1, given.size]) : matrixOf(view, given);
  const rank = view.shape.length;
  if (rank < 3 || isOpen(view.shape[rank - 2])) throw view.unsupported("it multiplies along the batch");
  const order = view.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const parts: Part[] = [
    { name: "fc_turn", layer: new Transpose(order) },
    { name: "fc", layer: onLastAxis(linear(A, undefined), A.shape[0]) },
  ];
  return isVector
    ? [...parts, { name: "fc_squeeze", layer: new ReshapeBatch((shape) => shape.slice(0, -1)) }]
    : [...parts, { name: "fc_back", layer: new Transpose(order) }];
}

/** A product with several constant matrices, one for each head or channel, translated as a product of two values. */
function withMatrices(view: NodeView, constant: Tensor, isFirst: boolean): Part[] {
  const missing = Math.max(0, view.shape.length - constant.shape.length);
  const aligned = reshape(constant, [...Array<number>(missing).fill(1), ...constant.shape]);
  const [x, c]: PartSource[] = [{ operand: view.computed[0] }, { part: 0 }];
  return [
    constantPart(view, aligned),
    { name: "matmul", layer: new MatrixProduct(), from: isFirst ? [c, x] : [x, c] },
  ];
}

/** A constant of two axes, possibly after axes of size 1. */
function matrixOf(view: NodeView, x: Tensor): Tensor {
  if (sizeOf(x.shape.slice(0, -2)) === 1 && x.shape.length >= 2) return reshape(x, x.shape.slice(-2));
  throw view.unsupported(`a product with a ${x.shape.join("×")} constant is not a linear layer`);
}

/** A linear layer on the last of three axes or more. */
function onLastAxis(layer: Linear, outputs: number): Around {
  const rows = (shape: Shape): Shape => [sizeOf(shape.slice(0, -1)), shape.at(-1) as number];
  return new Around(layer, rows, (shape) => [...shape.slice(0, -1), outputs]);
}

function linear(w: Tensor, b: Tensor | undefined): Linear {
  const [out, inputs] = w.shape;
  return filled(
    new Linear({ in: inputs, out, bias: b !== undefined, dtype: w.dtype as "float32", init: blank }),
    w,
    b,
  );
}

/** A sum of two or more inputs; constants become a shift. */
export function add(view: NodeView): Part[] {
  return (
    withConstants(
      view,
      (c) => shift(c),
      (a, b) => combined(a, b, (p, q) => p + q),
    ) ?? chained(view, "add", () => new Add(), "all at once")
  );
}

export function mean(view: NodeView): Part[] {
  return [...add(view), { name: "mean", layer: times(1 / view.operands.length) }];
}

export function subtract(view: NodeView): Part[] {
  const [a, b] = [factorAt(view, 0), factorAt(view, 1)];
  if (b) return [...fitted(view, b), { name: "sub", layer: shift(scaled(b, -1)) }];
  if (a) return [...fitted(view, a), { name: "sub", layer: new Affine(full([1], -1), a) }];
  return [{ name: "sub", layer: new Subtract() }];
}

export const negate = (): Part[] => [{ name: "neg", layer: times(-1) }];

export function multiply(view: NodeView): Part[] {
  return (
    withConstants(
      view,
      (c) => new Affine(c, full([1], 0)),
      (a, b) => combined(a, b, (p, q) => p * q),
    ) ?? chained(view, "mul", () => new Multiply())
  );
}

export function divide(view: NodeView): Part[] {
  if (view.isInteger(view.computed[0] ?? 0))
    throw view.unsupported("it divides whole numbers that the network computes, and leaves the fraction out");
  const [a, b] = [factorAt(view, 0), factorAt(view, 1)];
  if (b)
    return [
      ...fitted(view, b),
      {
        name: "div",
        layer: new Affine(
          each(b, (d) => 1 / d),
          full([1], 0),
        ),
      },
    ];
  if (!a) return [{ name: "div", layer: new Divide() }];
  return [
    ...fitted(view, a),
    { name: "div", layer: new Power({ exponent: -1 }) },
    { name: "div_scale", layer: new Affine(a, full([1], 0)) },
  ];
}

/** A power whose exponent or base is a constant. */
export function pow(view: NodeView): Part[] {
  const [base, exponent] = [factorAt(view, 0), factorAt(view, 1)];
  const isOne = (x: Tensor): boolean => flat(x).every((value) => value === flat(x)[0]);
  if (exponent) {
    if (!isOne(exponent)) throw view.unsupported("its exponents differ from place to place");
    return [...fitted(view, exponent), { name: "power", layer: new Power({ exponent: flat(exponent)[0] }) }];
  }
  if (!base) throw view.unsupported("its base and its exponent are both computed");
  if (!flat(base).every((value) => value > 0)) throw view.unsupported("its base is not above 0");
  return [
    ...fitted(view, base),
    { name: "power", layer: new Affine(each(base, Math.log), full([1], 0)) },
    { name: "power_exp", layer: new Exponential() },
  ];
}

/** The maximum or minimum of several inputs; with a constant it is a bound. */
export function extreme(view: NodeView): Part[] {
  const isMax = view.node.op === "Max";
  const name = isMax ? "max" : "min";
  return (
    withConstants(
      view,
      (c) => bound(c, isMax),
      (a, b) => combined(a, b, isMax ? Math.max : Math.min),
    ) ?? chained(view, name, () => (isMax ? new Maximum() : new Minimum()))
  );
}

/** max(x, c) is c + ReLU(x − c), and min(x, c) is c − ReLU(c − x); for one number it is a clip. */
function bound(c: Tensor, isMax: boolean): Part[] | Clip {
  const [first] = flat(c);
  if (flat(c).every((value) => value === first)) return new Clip(isMax ? { min: first } : { max: first });
  const sign = full([1], isMax ? 1 : -1);
  return [
    { name: "bound", layer: new Affine(sign, isMax ? scaled(c, -1) : c) },
    { name: "bound_relu", layer: new ReLU() },
    { name: "bound_back", layer: new Affine(sign, c) },
  ];
}

/** x where a constant condition holds, else y, of which one may be a constant. */
export function where(view: NodeView): Part[] {
  const condition = view.required(0, "condition");
  const [a, b] = [view.factor(1), view.factor(2)];
  if (a && b) throw view.unsupported("neither of its two values is computed");
  const isTrue = each(condition, (value) => Number(value !== 0));
  const isFalse = each(condition, (value) => Number(value === 0));
  if (!a && !b) {
    const none = full([1], 0);
    return [
      { name: "where", layer: new Affine(isTrue, none), from: [{ operand: 1 }] },
      { name: "where_else", layer: new Affine(isFalse, none), from: [{ operand: 2 }] },
      { name: "where_add", layer: new Add(), from: [{ part: 0 }, { part: 1 }] },
    ];
  }
  const [kept, left] = a ? [isFalse, isTrue] : [isTrue, isFalse];
  const value = combined(left, (a ?? b) as Tensor, (isLeft, number) => (isLeft !== 0 ? number : 0));
  return [...fitted(view, value), { name: "where", layer: new Affine(kept, value) }];
}

/**
 * Translates one computed value and constants; undefined when all inputs are computed.
 * @param make  the layer, or the layers, for the constant
 */
function withConstants(
  view: NodeView,
  make: (constant: Tensor) => Affine | Clip | Part[],
  join: (a: Tensor, b: Tensor) => Tensor,
): Part[] | undefined {
  const constants = view.operands.flatMap((_, i) => factorAt(view, i) ?? []);
  if (constants.length === 0) return undefined;
  const { computed } = view;
  const name = view.node.op.toLowerCase();
  const constant = constants.reduce(join);
  const made = make(constant);
  const parts = Array.isArray(made) ? made : [{ name, layer: made }];
  if (computed.length === 1) return [...fitted(view, constant), ...parts];
  throw view.unsupported("it has several computed inputs beside constants");
}

/** Merges the computed values two at a time, or all at once if the merge can do that. */
function chained(
  view: NodeView,
  name: string,
  make: () => Merge,
  how: "pairs" | "all at once" = "pairs",
): Part[] {
  const { computed } = view;
  if (how === "all at once" || computed.length === 2) return [{ name, layer: make() }];
  if (computed.length === 1) return [];
  return computed.slice(1).map((operand, i): Part => {
    const before: PartSource = i === 0 ? { operand: computed[0] } : { part: i - 1 };
    return { name, layer: make(), from: [before, { operand }] };
  });
}

/** Expands the computed value to the shape that broadcasting with the constant gives, if that is a different one. */
function fitted(view: NodeView, constant: Tensor): Part[] {
  const { knownShape } = view;
  if (knownShape === undefined) return [];
  const common = broadcastShapes("onnx", knownShape, constant.shape);
  if (common.length === knownShape.length && common.every((extent, axis) => extent === knownShape[axis]))
    return [];
  return [{ name: "expand", layer: new Expand(common) }];
}

/** A constant input, prepared for broadcasting. */
function factorAt(view: NodeView, index: number): Tensor | undefined {
  const constant = view.factor(index);
  if (constant === undefined) return undefined;
  const isWhole = constant.shape.length === view.knownShape?.length;
  return placed(view, isWhole ? view.ofOneExample(constant) : constant);
}

/** Before operator set 7 a smaller tensor was aligned at a given axis instead of the end: so it gets axes of 1 at its end. */
export function placed(view: NodeView, constant: Tensor): Tensor {
  const axis = view.number("axis", -1);
  const rank = view.knownShape?.length ?? 0;
  const behind = view.opset < 7 && axis >= 0 ? Math.max(0, rank - axis - constant.shape.length) : 0;
  return wrap(flat(constant), [...constant.shape, ...Array<number>(behind).fill(1)]);
}

/** Adds a part that reads one value. @returns the source of the part's output */
function added(parts: Part[], name: string, layer: Part["layer"], from: PartSource): PartSource {
  parts.push({ name, layer, from: [from] });
  return { part: parts.length - 1 };
}

const shift = (constant: Tensor): Affine => new Affine(full([1], 1), constant);
const times = (factor: number): Affine => new Affine(full([1], factor, "float64"), full([1], 0));

function scaled(x: Tensor, factor: number): Tensor {
  if (factor === 1) return x;
  const y = zeros(x.shape, x.dtype as "float32");
  flat(x).forEach((value, i) => (y.data[i] = value * factor));
  return y;
}

/** f of every number, in double precision. */
function each(x: Tensor, f: (value: number) => number): Tensor {
  return wrap(Float64Array.from(flat(x), f), x.shape);
}

/** f of two constants, with broadcasting. */
function combined(a: Tensor, b: Tensor, f: (a: number, b: number) => number): Tensor {
  const shape = broadcastShapes("onnx", a.shape, b.shape);
  const [A, B] = [flat(repeat(a, shape)), flat(repeat(b, shape))];
  const Y = A.map((value: number, i: number) => f(value, B[i])) as Float32Array;
  return wrap(Y, shape) as Tensor<DType>;
}
