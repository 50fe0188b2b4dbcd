/** Arithmetic on shapes, for constants and computed values: targets of a Reshape, axes of 1, the parts of a Split. */
import { sizeOf, type Shape } from "../../array/tensor.js";
import type { NodeView } from "./view.js";

/** The shape with axes of 1 inserted; the axes are counted in the result. */
export function inserted(shape: Shape, axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const places = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.shift() as number)));
}

/** ONNX's target shape with 0 (as before) and −1 (what is left) replaced by numbers. */
export function filledIn(wanted: readonly number[], before: Shape): number[] {
  const shape = wanted.map((extent, axis) => (extent === 0 ? before[axis] : extent));
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  return shape.map((extent) => (extent === -1 ? sizeOf(before) / known : extent));
}

/** The range of a Split's output along the axis. */
export function partOf(view: NodeView, extent: number, output: number): [begin: number, end: number] {
  const count = view.node.outputs.length;
  const even = Math.ceil(extent / count);
  const sizes =
    view.attributeOrInput("split", 1) ??
    Array.from({ length: count }, (_, i) => Math.min(even, extent - i * even));
  const begin = sizes.slice(0, output).reduce((a, b) => a + b, 0);
  return [begin, begin + sizes[output]];
}
