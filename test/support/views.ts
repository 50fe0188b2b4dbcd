/** Tensors that are views of every kind, and what is compared of a result that was computed from them. */
import ndarray from "ndarray";
import { expect } from "vitest";
import { copy, flat, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../lib/array/tensor.js";
import { Random } from "../../lib/array/random.js";
import { Figure } from "../../lib/display/figure/figure.js";
import { laidOut, layoutNames } from "./engines.js";

export const layouts = [...layoutNames.filter((name) => name !== "dense"), "repeated"] as const;
export type Layout = (typeof layouts)[number];

/** Numbers to draw: of a normal distribution, above 0.1, whole from 0 to 2, or from 0 to 1. */
export type Kind = "normal" | "positive" | "whole" | "share";
/** Draws a tensor and lays it out. */
export type Draw = (shape: Shape, kind?: Kind, dtype?: DType) => Tensor;

const GUARD = 777;

/** The tensor of shape whose first axis (of more than one) repeats one slice: stride 0. */
function repeated(x: Tensor): Tensor {
  const axis = x.shape.findIndex((extent) => extent > 1);
  if (axis < 0) return laidOut(x, "offset");
  const slice = wrap(
    flat(x.pick(...x.shape.map((_, i) => (i === axis ? 0 : null))) as Tensor).slice(),
    x.shape.filter((_, i) => i !== axis),
  );
  const data = (
    x.dtype === "float64" ? new Float64Array(slice.size + 4) : new Float32Array(slice.size + 4)
  ).fill(GUARD);
  data.set(flat(slice), 2);
  const strides = slice.shape.map((_, i) => sizeOf(slice.shape.slice(i + 1)));
  strides.splice(axis, 0, 0);
  return ndarray(data, [...x.shape], strides, 2) as Tensor;
}

/** @param made  gathers what was drawn; without it all is dense, of the same numbers */
export function drawer(layout: Layout, made?: Tensor[]): Draw {
  const random = new Random(9);
  return (shape, kind = "normal", dtype = "float64") => {
    const x = random.normal(shape, 0, 1, dtype);
    for (let i = 0; i < x.size; i++) {
      if (kind === "positive") x.data[i] = 0.1 + Math.abs(x.data[i]);
      if (kind === "share") x.data[i] = random.next();
      if (kind === "whole") x.data[i] = random.integer(3);
    }
    const view = layout === "repeated" ? repeated(x) : laidOut(x, layout);
    if (made === undefined) return copy(view);
    made.push(view);
    return view;
  };
}

export const isTensor = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && "stride" in value && "shape" in value && "data" in value;

/** What can be compared of a result. */
export async function plain(given: unknown): Promise<unknown> {
  const value = await given;
  if (isTensor(value))
    return { shape: [...value.shape], dtype: value.dtype, numbers: Array.from(flat(value)) };
  if (value instanceof Figure) {
    const svg = await value.svg().catch(() => "");
    // Vega counts its gradients and clips through all charts.
    return { text: value.text, alt: value.alt, svg: svg.replace(/(gradient_|clip)\d+/g, "$1") };
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (value instanceof Map) return Promise.all([...value.values()].map(plain));
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "function" : value;
  const entries = Object.entries(value).filter(([key]) => key !== "cache");
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, one]) => [key, await plain(one)] as const)),
  );
}

export type Buffers = { readonly view: Tensor; readonly before: Float32Array | Float64Array }[];
export const remember = (views: readonly Tensor[]): Buffers =>
  views.map((view) => ({ view, before: view.data.slice() }));

export function expectUntouched(buffers: Buffers): void {
  for (const { view, before } of buffers) expect(Array.from(view.data)).toEqual(Array.from(before));
}

/** Nothing beside the views, which are matrices, was written. */
export function expectOutsideUntouched(buffers: Buffers): void {
  for (const { view, before } of buffers) {
    const inside = new Set<number>();
    for (let i = 0; i < view.shape[0]; i++)
      for (let j = 0; j < view.shape[1]; j++) inside.add(view.index(i, j));
    before.forEach((value, at) => {
      if (!inside.has(at)) expect(view.data[at]).toBe(value);
    });
  }
}
