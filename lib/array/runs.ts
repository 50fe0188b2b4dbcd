/**
 * Runs: the long stretches of memory that operands of one shape have in common. Axes that follow one another in all of
 * them are walked as one, so that a row added to a matrix is as many short loops as the matrix has rows, and two dense
 * tensors are one long loop.
 */
import { view, type Shape, type Tensor } from "./tensor.js";

/** Calls with the place in each buffer at which something begins; the array is the same every time. */
type Walk = (visit: (starts: readonly number[]) => void) => void;

/** Several tensors of one shape, seen as stretches of `length` numbers. */
export interface Runs {
  /** How many numbers a stretch has. */
  readonly length: number;
  /** How far apart they lie in each tensor. */
  readonly steps: readonly number[];
  readonly each: Walk;
  /** Stretches that follow one another at equal distances, as the rows of a matrix do. */
  readonly rows: { readonly count: number; readonly steps: readonly number[]; readonly each: Walk };
}

/** The runs of tensors of one shape, in row-major order. */
export function runsOf(tensors: readonly Tensor[]): Runs {
  const shape: number[] = [];
  const strides: number[][] = tensors.map(() => []);
  tensors[0].shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const last = shape.length - 1;
    const continues = last >= 0 && tensors.every((x, i) => strides[i][last] === x.stride[axis] * extent);
    if (continues) {
      shape[last] *= extent;
      tensors.forEach((x, i) => (strides[i][last] = x.stride[axis]));
    } else {
      shape.push(extent);
      tensors.forEach((x, i) => strides[i].push(x.stride[axis]));
    }
  });
  const inner = { length: shape.pop() ?? 1, steps: strides.map((list) => list.pop() ?? 0) };
  const each = walkOf(
    tensors,
    [...shape],
    strides.map((list) => [...list]),
  );
  const rows = { count: shape.pop() ?? 1, steps: strides.map((list) => list.pop() ?? 0) };
  return { ...inner, each, rows: { ...rows, each: walkOf(tensors, shape, strides) } };
}

/** The places that these axes lead to, in row-major order. */
function walkOf(tensors: readonly Tensor[], shape: Shape, strides: readonly (readonly number[])[]): Walk {
  return (visit) => {
    const starts = tensors.map((x) => x.offset);
    const index = new Array<number>(shape.length).fill(0);
    for (;;) {
      visit(starts);
      let axis = shape.length - 1;
      for (; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
        index[axis] = 0;
        for (let i = 0; i < starts.length; i++) starts[i] -= (shape[axis] - 1) * strides[i][axis];
      }
      if (axis < 0) return;
      for (let i = 0; i < starts.length; i++) starts[i] += strides[i][axis];
    }
  };
}

/** The tensors as single axes, which `each` of their runs moves along the buffers. */
export function asLines(tensors: readonly Tensor[], { length, steps }: Runs): Tensor[] {
  return tensors.map((x, i) => view(x.data, [length], [steps[i]], x.offset));
}

/** The tensors as matrices, which `rows.each` moves along the buffers. */
export function asMatrices(tensors: readonly Tensor[], { length, steps, rows }: Runs): Tensor[] {
  return tensors.map((x, i) => view(x.data, [rows.count, length], [rows.steps[i], steps[i]], x.offset));
}

/** Stretches of a dense tensor whose axes are all summed up, or all kept, and where the result of each belongs. */
export interface Stretches {
  /** Numbers in a stretch. */
  readonly length: number;
  /** Whether a stretch becomes one number; else each of its numbers has a place of its own. */
  readonly isOne: boolean;
  /** Calls with where a stretch begins, and with the first place of its results. */
  each(visit: (start: number, into: number) => void): void;
}

/** The stretches of a dense tensor of this shape, of which the axes `along` go. */
export function stretchesOf(shape: Shape, along: readonly number[]): Stretches {
  const goes = shape.map((_, axis) => along.includes(axis));
  let inner = shape.length;
  while (inner > 0 && goes[inner - 1] === goes[shape.length - 1]) inner--;
  const isOne = goes.at(-1) === true;
  const length = shape.slice(inner).reduce((size, extent) => size * extent, 1);
  // How far each outer axis moves in the result.
  const strides = new Array<number>(inner);
  for (let axis = inner - 1, stride = isOne ? 1 : length; axis >= 0; axis--) {
    strides[axis] = goes[axis] ? 0 : stride;
    if (!goes[axis]) stride *= shape[axis];
  }
  return {
    length,
    isOne,
    each(visit) {
      const walk = (axis: number, start: number, into: number): number => {
        if (axis === inner) {
          visit(start, into);
          return start + length;
        }
        let at = start;
        for (let i = 0; i < shape[axis]; i++) at = walk(axis + 1, at, into + i * strides[axis]);
        return at;
      };
      walk(0, 0, 0);
    },
  };
}
