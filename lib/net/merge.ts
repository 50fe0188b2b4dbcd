/**
 * Layers that merge several values of a graph into one: sums, differences, products and concatenations. Shapes are
 * broadcast as in NumPy: an axis of size 1 is repeated, and the gradient of a repeated value is the sum over its copies.
 */
import { sameDType } from "../array/check.js";
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { reshape, sizeOf, type Shape, type Tensor } from "../array/tensor.js";
import {
  derivation as divideDerivation,
  divideBackward,
  divideForward,
  type DivideCache,
} from "../layers/arithmetic/divide.js";
import {
  derivation as extremesDerivation,
  maximumBackward,
  maximumForward,
  minimumBackward,
  minimumForward,
  type ExtremeCache,
} from "../layers/arithmetic/extremes.js";
import {
  derivation as matrixProductDerivation,
  matrixProductBackward,
  matrixProductForward,
  type MatrixProductCache,
} from "../layers/arithmetic/matrix-product.js";
import {
  derivation as multiplyDerivation,
  multiplyBackward,
  multiplyForward,
  type MultiplyCache,
} from "../layers/arithmetic/multiply.js";
import {
  derivation as subtractDerivation,
  subtractBackward,
  subtractForward,
  type SubtractCache,
} from "../layers/arithmetic/subtract.js";
import { repeat, sumTo } from "../layers/repeated.js";
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

  override batchShape(inputs: readonly Shape[]): number[] {
    return broadcastShape("add", inputs);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    const shapes = xs.map((x) => x.shape);
    const common = broadcastShape("add", shapes);
    const { y, cache } = pass.engine.of(addForward)(xs.map((x) => pass.engine.of(repeat)(x, common)));
    pass.keep(this, { shapes, cache });
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { shapes, cache } = pass.take(this) as { shapes: Shape[]; cache: AddCache };
    return pass.engine
      .of(addBackward)(dy, cache)
      .dxs.map((dx, i) => pass.engine.of(sumTo)(dx, shapes[i]));
  }
}

/** What the operations on two values have in common: the pair of functions, and broadcasting. */
export abstract class Pairwise<Cache extends object> extends Merge {
  readonly #name: string;
  readonly #forward: (a: Tensor, b: Tensor) => { y: Tensor; cache: Cache };
  readonly #backward: (dy: Tensor, cache: Cache) => { da: Tensor; db: Tensor };

  constructor(
    name: string,
    forward: (a: Tensor, b: Tensor) => { y: Tensor; cache: Cache },
    backward: (dy: Tensor, cache: Cache) => { da: Tensor; db: Tensor },
  ) {
    super();
    this.#name = name;
    this.#forward = forward;
    this.#backward = backward;
  }

  override outputShape(inputs: readonly Shape[]): number[] {
    return this.batchShape(inputs.map((shape) => [1, ...shape])).slice(1);
  }

  override batchShape(inputs: readonly Shape[]): number[] {
    this.#expectTwo(inputs.length);
    return broadcastShape(this.#name, inputs);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    this.#expectTwo(xs.length);
    sameDType(this.#name, numbered(xs));
    const shapes = xs.map((x) => x.shape);
    const common = broadcastShape(this.#name, shapes);
    const [a, b] = xs.map((x) => pass.engine.of(repeat)(x, common));
    const { y, cache } = pass.engine.of(this.#forward)(a, b);
    pass.keep(this, { shapes, cache });
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { shapes, cache } = pass.take(this) as { shapes: Shape[]; cache: Cache };
    const { da, db } = pass.engine.of(this.#backward)(dy, cache);
    return [da, db].map((dx, i) => pass.engine.of(sumTo)(dx, shapes[i]));
  }

  #expectTwo(count: number): void {
    if (count !== 2) throw new ValueError(`${this.#name}: there are ${count} inputs; it takes 2.`);
  }
}

/** The product of two inputs, number by number: a gate. The gradient of each is dy times the other's value. */
export class Multiply extends Pairwise<MultiplyCache> {
  static readonly derivation: string = multiplyDerivation;

  constructor() {
    super("multiply", multiplyForward, multiplyBackward);
  }
}

/** The first input minus the second. */
export class Subtract extends Pairwise<SubtractCache> {
  static readonly derivation: string = subtractDerivation;

  constructor() {
    super("subtract", subtractForward, subtractBackward);
  }
}

/** The first input divided by the second, number by number. */
export class Divide extends Pairwise<DivideCache> {
  static readonly derivation: string = divideDerivation;

  constructor() {
    super("divide", divideForward, divideBackward);
  }
}

/** The larger of two inputs, number by number. */
export class Maximum extends Pairwise<ExtremeCache> {
  static readonly derivation: string = extremesDerivation;

  constructor() {
    super("maximum", maximumForward, maximumBackward);
  }
}

/** The smaller of two inputs, number by number. */
export class Minimum extends Pairwise<ExtremeCache> {
  static readonly derivation: string = extremesDerivation;

  constructor() {
    super("minimum", minimumForward, minimumBackward);
  }
}

/** The matrix product of two inputs: the last two axes are rows and columns, the axes before them count matrices. */
export class MatrixProduct extends Merge {
  static readonly derivation: string = matrixProductDerivation;

  override outputShape(inputs: readonly Shape[]): number[] {
    return this.batchShape(inputs.map((shape) => [1, ...shape])).slice(1);
  }

  override batchShape(inputs: readonly Shape[]): number[] {
    const [a, b] = inputs;
    if (inputs.length !== 2 || a.length < 2 || b.length < 2 || a[a.length - 1] !== b[b.length - 2]) {
      throw new ShapeError(
        `matrixProduct: ${inputs.map(showShape).join(" and ")} are no two matrices of which the first has as many columns as the second has rows.`,
      );
    }
    const count = broadcastShape("matrixProduct", [a.slice(0, -2), b.slice(0, -2)]);
    return [...count, a[a.length - 2], b[b.length - 1]];
  }

  override multiplyAdds(inputs: readonly Shape[]): number {
    return sizeOf(this.outputShape(inputs)) * inputs[0][inputs[0].length - 1];
  }

  override forward([a, b]: readonly Tensor[], pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(matrixProductForward)(a, b);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { da, db } = pass.engine.of(matrixProductBackward)(dy, pass.take(this) as MatrixProductCache);
    return [da, db];
  }
}

/** Concatenates the inputs along an axis. */
export class Concat extends Merge {
  static readonly derivation: string = concatDerivation;
  /** The axis, where the batch axis is 0 and the channels are 1. */
  readonly axis: number;

  /** @param axis  1 or more, where the batch axis is 0; 1, the channels */
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
    // The axes after it are contiguous, so joining along it is joining the columns of matrices.
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

/** Names for an error: "input 1" and so on. */
function numbered(xs: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(xs.map((x, i) => [`input ${i + 1}`, x]));
}
