/** The operators on constants, done while a model is imported: what the file could as well have stored computed. */
import { allocate, copy, flat, full, reshape, sizeOf, wrap, type Tensor } from "../../array/tensor.js";
import { repeat } from "../../layers/repeated.js";
import { broadcastShape } from "../../net/merge.js";
import { filledIn, inserted } from "./shapes.js";
import type { NodeView } from "./view.js";

/** The operators on constants: what the file could have stored computed. undefined when it is none of these. */
export function fold(view: NodeView): Tensor | undefined {
  const { op } = view.node;
  if (op === "Constant") {
    const {
      value,
      value_float: float,
      value_floats: floats,
      value_int: int,
      value_ints: ints,
    } = view.node.attributes;
    if (value?.type === "tensor") return value.value.value;
    const list = [float ?? int ?? floats ?? ints].flatMap((attribute) => attribute?.value as number[]);
    return wrap(
      float || floats ? Float32Array.from(list) : Float64Array.from(list),
      float || int ? [] : [list.length],
    );
  }
  if (op === "Shape") {
    const { knownShape } = view;
    const end = view.number("end", knownShape?.length ?? 0);
    const part = knownShape?.slice(view.number("start", 0), end);
    return part && wrap(Float64Array.from(part), [part.length]);
  }
  const constants = view.operands.map((operand) => operand?.constant);
  const [x] = constants;
  if (x === undefined || constants.some((constant, i) => constant === undefined && view.operands[i]))
    return undefined;
  switch (op) {
    case "Identity":
      return x;
    case "Cast":
      return view.castsToFloat ? x : wrap(flat(x).map(Math.trunc) as Float32Array, x.shape);
    case "Transpose":
      return permuted(x, view.numbers("perm") ?? x.shape.map((_, axis) => x.shape.length - 1 - axis));
    case "Reshape":
      return reshape(x, filledIn(view.attributeOrInput("shape", 1) ?? [], x.shape));
    case "Unsqueeze":
      return reshape(x, inserted(x.shape, view.attributeOrInput("axes", 1) ?? []));
    case "Squeeze": {
      const axes = view.attributeOrInput("axes", 1)?.map((axis) => view.axis(axis, x.shape.length));
      return reshape(
        x,
        x.shape.filter((extent, axis) => (axes ? !axes.includes(axis) : extent !== 1)),
      );
    }
    case "Gather":
      return x.shape.length === 1 && view.number("axis", 0) === 0 ? gathered(view, x) : undefined;
    case "ConstantOfShape": {
      const { value } = view.node.attributes;
      const fill = value?.type === "tensor" ? flat(value.value.value)[0] : 0;
      return full([...flat(x)], fill, "float64");
    }
    case "Slice":
      return sliced(view, x);
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
      return combined(op, constants as Tensor[]);
    case "Concat": {
      const parts = constants as Tensor[];
      if (!parts.every((part) => part.shape.length === 1)) return undefined;
      return wrap(Float64Array.from(parts.flatMap((part) => [...flat(part)])), [
        sizeOf([parts.reduce((n, p) => n + p.size, 0)]),
      ]);
    }
    default:
      return undefined;
  }
}

/** A part of a constant; steps of −1 read it backwards. */
function sliced(view: NodeView, x: Tensor): Tensor | undefined {
  const [starts, ends] = [view.attributeOrInput("starts", 1) ?? [], view.attributeOrInput("ends", 2) ?? []];
  const axes = view.attributeOrInput("axes", 3) ?? starts.map((_, i) => i);
  const steps = view.list(4, "steps") ?? starts.map(() => 1);
  let part = x;
  for (const [i, axis] of axes.map((given) => view.axis(given, x.shape.length)).entries()) {
    const extent = x.shape[axis];
    const counted = (value: number): number => (value < 0 ? value + extent : value);
    const only = (value: number): number[] => x.shape.map((_, other) => (other === axis ? value : -1));
    if (steps[i] === 1) {
      const begin = Math.min(Math.max(counted(starts[i]), 0), extent);
      const end = Math.min(Math.max(counted(ends[i]), begin), extent);
      part = part.lo(...only(begin)).hi(...only(end - begin)) as Tensor;
    } else if (steps[i] === -1) {
      const last = Math.min(counted(starts[i]), extent - 1);
      const stop = Math.min(Math.max(counted(ends[i]), -1), last);
      const turned = x.shape.map((_, other) => (other === axis ? -1 : 1));
      part = part
        .lo(...only(stop + 1))
        .hi(...only(last - stop))
        .step(...turned) as Tensor;
    } else return undefined;
  }
  return copy(part);
}

function combined(op: string, [a, b]: readonly Tensor[]): Tensor {
  const shape = broadcastShape("onnx", [a.shape, b.shape]);
  const [A, B] = [flat(repeat(a, shape)), flat(repeat(b, shape))];
  const results: Record<string, (i: number) => number> = {
    Add: (i) => A[i] + B[i],
    Sub: (i) => A[i] - B[i],
    Mul: (i) => A[i] * B[i],
    Div: (i) => A[i] / B[i],
  };
  const Y = allocate(A.length, a.dtype);
  for (let i = 0; i < Y.length; i++) Y[i] = results[op](i);
  return wrap(Y, shape);
}

function gathered(view: NodeView, x: Tensor): Tensor {
  const index = view.required(1, "indices");
  const values = Float64Array.from(flat(index), (i) => flat(x)[i < 0 ? i + x.size : i]);
  return wrap(values, index.shape);
}

/** A constant with its axes in another order. */
export function permuted(x: Tensor, order: readonly number[]): Tensor {
  return copy(x.transpose(...order) as Tensor);
}
