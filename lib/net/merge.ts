/**
 * Where several values of a graph become one: sums, products and stacks of channels, by the functions of layers/add.ts and
 * layers/concat.ts. Shapes are broadcast as in NumPy: an axis of 1 is repeated, and the gradient of what was repeated is
 * the sum over the copies.
 */
import { sameDType } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { allocate, flat, reshape, sizeOf, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { addBackward, addForward, derivation as addDerivation, type AddCache } from "../layers/shape/add.js";
import {
  concatBackward,
  concatForward,
  derivation as concatDerivation,
  type ConcatCache,
} from "../layers/shape/concat.js";
import { Merge, type LayerPass } from "../layers/layer.js";

/** The sum of all inputs. */
export class Add extends Merge {
  static readonly derivation: string = addDerivation;

  override outputShape(inputs: readonly Shape[]): number[] {
    return broadcastShape("add", inputs);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    const shapes = xs.map((x) => x.shape);
    const common = broadcastShape("add", shapes);
    const { y, cache } = pass.engine.of(addForward)(xs.map((x) => repeat(x, common)));
    pass.keep(this, { shapes, cache });
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { shapes, cache } = pass.take(this) as { shapes: Shape[]; cache: AddCache };
    return pass.engine
      .of(addBackward)(dy, cache)
      .dxs.map((dx, i) => sumTo(dx, shapes[i]));
  }
}

/** The product of two inputs, number by number: a gate. The gradient of each is dy times the other's value. */
export class Multiply extends Merge {
  override outputShape(inputs: readonly Shape[]): number[] {
    return broadcastShape("multiply", inputs);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    if (xs.length !== 2) throw new ValueError(`multiply: there are ${xs.length} inputs; a product has 2.`);
    sameDType("multiply", numbered(xs));
    const shape = broadcastShape(
      "multiply",
      xs.map((x) => x.shape),
    );
    const y = times(repeat(xs[0], shape), repeat(xs[1], shape));
    pass.keep(this, [...xs]);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const [a, b] = pass.take(this) as Tensor[];
    return [sumTo(times(dy, repeat(b, dy.shape)), a.shape), sumTo(times(dy, repeat(a, dy.shape)), b.shape)];
  }
}

/** The inputs one behind the other along an axis. */
export class Concat extends Merge {
  static readonly derivation: string = concatDerivation;
  /** With the batch axis counted: 1 is the channels. */
  readonly axis: number;

  /** @param axis  with the batch axis counted, 1 or more; 1, the channels */
  constructor({ axis = 1 }: { axis?: number } = {}) {
    super();
    if (!Number.isInteger(axis) || axis < 1) {
      throw new ValueError(
        `concat: axis ${axis} is not one along which examples can be joined; use 1 for the channels.`,
      );
    }
    this.axis = axis;
  }

  override outputShape(inputs: readonly Shape[]): number[] {
    return this.#joined(inputs.map((shape) => [1, ...shape])).slice(1);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    const shapes = xs.map((x) => x.shape);
    const joined = this.#joined(shapes);
    // What is behind the axis lies together, so that joining along it is joining the columns of rows.
    const rows = sizeOf(joined.slice(0, this.axis));
    const { y, cache } = pass.engine.of(concatForward)(
      xs.map((x) => reshape(x, [rows, sizeOf(x.shape.slice(this.axis))])),
    );
    pass.keep(this, { shapes, cache, outputs: y.shape });
    return reshape(y, joined);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { shapes, cache, outputs } = pass.take(this) as {
      shapes: Shape[];
      cache: ConcatCache;
      outputs: Shape;
    };
    return pass.engine
      .of(concatBackward)(reshape(dy, outputs), cache)
      .dxs.map((dx, i) => reshape(dx, shapes[i]));
  }

  #joined(shapes: readonly Shape[]): number[] {
    const [first] = shapes;
    const others = (shape: Shape): string =>
      shape.map((extent, axis) => (axis === this.axis ? "·" : extent)).join("×");
    if (this.axis >= first.length || shapes.some((shape) => others(shape) !== others(first))) {
      throw new ShapeError(
        `concat: ${shapes.map(showShape).join(" and ")} cannot be joined along axis ${this.axis}; all other axes must be the same.`,
      );
    }
    const total = shapes.reduce((sum, shape) => sum + shape[this.axis], 0);
    return first.map((extent, axis) => (axis === this.axis ? total : extent));
  }
}

/** The common shape when axes of 1 are repeated; shapes are aligned at their ends. @throws ShapeError */
export function broadcastShape(operation: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((e) => e !== 1) ?? 1;
    if (extents.every((e) => e === 1 || e === extent)) return extent;
    throw new ShapeError(
      `${operation}: ${shapes.map(showShape).join(" and ")} do not fit each other: along an axis they must agree, or one must be 1.`,
    );
  });
}

/** x repeated to the shape. */
export function repeat(x: Tensor, shape: Shape): Tensor {
  if (showShape(x.shape) === showShape(shape)) return x;
  const Y = allocate(sizeOf(shape), x.dtype);
  const X = flat(x);
  forEachPair(x.shape, shape, (from, to) => (Y[to] = X[from]));
  return wrap(Y, shape);
}

/** The sum over whatever `repeat` repeated: its backward. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (showShape(dy.shape) === showShape(shape)) return dy;
  const sums = new Float64Array(sizeOf(shape));
  const dY = flat(dy);
  forEachPair(shape, dy.shape, (from, to) => (sums[from] += dY[to]));
  const X = allocate(sums.length, dy.dtype);
  X.set(sums);
  return reshape(wrap(X, [X.length]), shape);
}

/** Visits every element of the large shape with the element of the small one that it repeats. */
function forEachPair(small: Shape, large: Shape, visit: (small: number, large: number) => void): void {
  const before = large.length - small.length;
  const steps = large.map((_, axis) =>
    axis < before || small[axis - before] === 1 ? 0 : sizeOf(small.slice(axis - before + 1)),
  );
  const index = large.map(() => 0);
  const size = sizeOf(large);
  let from = 0;
  for (let to = 0; to < size; to++) {
    visit(from, to);
    for (let axis = large.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < large[axis]) break;
      from -= steps[axis] * large[axis];
      index[axis] = 0;
    }
  }
}

/** Names for an error: "input 1" and so on. */
function numbered(xs: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(xs.map((x, i) => [`input ${i + 1}`, x]));
}

function times(a: Tensor, b: Tensor): Tensor {
  const [A, B] = [flat(a), flat(b)];
  const Y = allocate(A.length, a.dtype);
  for (let i = 0; i < Y.length; i++) Y[i] = A[i] * B[i];
  return wrap(Y, a.shape);
}
