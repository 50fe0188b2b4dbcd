/**
 * The few layers that ONNX's graphs need beside the catalogue's: they move numbers without changing them, or change each by
 * a constant. Unlike other layers they may move the batch axis too.
 */
import { ShapeError, showShape } from "../../array/errors.js";
import {
  cast,
  copy,
  dtypeOf,
  flat,
  reshape,
  sizeOf,
  wrap,
  zeros,
  type Shape,
  type Tensor,
} from "../../array/tensor.js";
import { Layer, type Inside, type ContainerPass, type Parameter } from "../../layers/layer.js";
import { repeat } from "../../layers/repeated.js";
import { broadcastShape } from "../../net/merge.js";

/** A layer on other axes than it is made for: its input is reshaped, its output shaped back. */
export class Around extends Layer {
  readonly inner: Layer;
  override readonly parameters: Readonly<Record<string, Parameter>>;
  override readonly buffers: Readonly<Record<string, Tensor>>;
  override readonly children: Readonly<Record<string, Layer>>;
  readonly #before: (shape: Shape) => Shape;
  readonly #after: (shape: Shape, inner: Shape) => Shape;

  /**
   * @param before  the shape that the inner layer sees, from the input's
   * @param after   the output's shape from the input's and the inner output's; the input's unless given
   */
  constructor(
    inner: Layer,
    before: (shape: Shape) => Shape,
    after: (shape: Shape, inner: Shape) => Shape = (shape) => shape,
  ) {
    super();
    this.inner = inner;
    this.parameters = inner.parameters;
    this.buffers = inner.buffers;
    this.children = { inner };
    this.#before = before;
    this.#after = after;
  }

  override describe(): string {
    return this.inner.describe();
  }

  override outputShape(input: Shape): number[] {
    const before = this.#before([1, ...input]);
    return this.#after([1, ...input], [before[0], ...this.inner.outputShape(before.slice(1))]).slice(1);
  }

  /** The examples that the inner layer sees are those of one example here. */
  override inside(input?: Shape): Inside[] {
    return [{ name: "inner", layer: this.inner, inputs: input && [this.#before([1, ...input]).slice(1)] }];
  }

  override multiplyAdds(input: Shape): number {
    const [count, ...example] = this.#before([1, ...input]);
    return count * this.inner.multiplyAdds(example);
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    const y = pass.within("inner", () => {
      const before = reshape(x, this.#before(x.shape));
      pass.tap("input", before);
      const after = this.inner.forward(before, pass);
      pass.tap("forward", after);
      return after;
    });
    pass.keep(this, { input: x.shape, output: y.shape });
    return reshape(y, this.#after(x.shape, y.shape));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    const { input, output } = pass.take(this) as { input: Shape; output: Shape };
    const dx = pass.within("inner", () => {
      const given = this.inner.backward(reshape(dy, output), pass);
      pass.tap("backward", given);
      return given;
    });
    return reshape(dx, input);
  }
}

/** The same numbers under another shape of the whole batch. */
export class ReshapeBatch extends Layer {
  readonly #to: (shape: Shape) => Shape;

  /** @param to  the new shape from the old, batch axis and all */
  constructor(to: (shape: Shape) => Shape) {
    super();
    this.#to = to;
  }

  override outputShape(input: Shape): number[] {
    return this.#to([1, ...input]).slice(1);
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    pass.keep(this, x.shape);
    return reshape(x, this.#to(x.shape));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    return reshape(dy, pass.take(this) as Shape);
  }
}

/** The axes in another order: output axis i is input axis order[i]. */
export class Transpose extends Layer {
  readonly order: readonly number[];

  constructor(order: readonly number[]) {
    super();
    this.order = order;
  }

  override describe(): string {
    return `Transpose, axes ${this.order.join(", ")}`;
  }

  override outputShape(input: Shape): number[] {
    if (this.order[0] === 0) return this.order.slice(1).map((axis) => input[axis - 1]);
    throw new ShapeError(
      `transpose: the order ${this.order.join(", ")} moves the batch axis, and an example has no shape then.`,
    );
  }

  override forward(x: Tensor): Tensor {
    return copy(x.transpose(...this.order) as Tensor);
  }

  override backward(dy: Tensor): Tensor {
    const back = this.order.map((_, axis) => this.order.indexOf(axis));
    return copy(dy.transpose(...back) as Tensor);
  }
}

/** A part of one axis, which is not the batch's. */
export class Slice extends Layer {
  readonly axis: number;
  readonly begin: number;
  readonly end: number;

  /** From begin up to, not including, end; axes are counted with the batch's. */
  constructor(axis: number, begin: number, end: number) {
    super();
    this.axis = axis;
    this.begin = begin;
    this.end = end;
  }

  override describe(): string {
    return `Slice, axis ${this.axis} from ${this.begin} to ${this.end}`;
  }

  override outputShape(input: Shape): number[] {
    return input.map((extent, i) => (i + 1 === this.axis ? this.end - this.begin : extent));
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    pass.keep(this, x.shape);
    return copy(this.#part(x));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    const dx = zeros(pass.take(this) as Shape, dtypeOf(dy));
    const part = this.#part(dx);
    const [inner, dY] = [sizeOf(dx.shape.slice(this.axis + 1)), flat(dy)];
    const run = (this.end - this.begin) * inner;
    for (let block = 0; block * run < dY.length; block++) {
      const at = part.offset + block * dx.shape[this.axis] * inner;
      dx.data.set(dY.subarray(block * run, (block + 1) * run), at);
    }
    return dx;
  }

  #part(x: Tensor): Tensor {
    const at = (value: number): number[] => x.shape.map((_, axis) => (axis === this.axis ? value : -1));
    return x.lo(...at(this.begin)).hi(...at(this.end - this.begin)) as Tensor;
  }
}

/** y = x·scale + shift by constants, which are repeated to x's shape. They are no parameters: ONNX's constants stay. */
export class Affine extends Layer {
  override readonly buffers: Readonly<{ scale: Tensor; shift: Tensor }>;

  constructor(scale: Tensor, shift: Tensor) {
    super();
    this.buffers = { scale: copy(scale), shift: copy(shift) };
  }

  override outputShape(input: Shape): number[] {
    const { scale, shift } = this.buffers;
    const shape = broadcastShape("affine", [[1, ...input], scale.shape, shift.shape]).slice(1);
    if (showShape(shape) === showShape(input)) return shape;
    throw new ShapeError(
      `affine: constants of ${showShape(scale.shape)} and ${showShape(shift.shape)} do not fit an example of ${showShape(input)}.`,
    );
  }

  override forward(x: Tensor): Tensor {
    const { scale, shift } = this.buffers;
    const [X, A, B] = [x, repeat(cast(scale, x.dtype), x.shape), repeat(cast(shift, x.dtype), x.shape)].map(
      flat,
    );
    return wrap(X.map((value, i) => value * A[i] + B[i]) as Float32Array, x.shape);
  }

  override backward(dy: Tensor): Tensor {
    const A = flat(repeat(cast(this.buffers.scale, dy.dtype), dy.shape));
    return wrap(flat(dy).map((g, i) => g * A[i]) as Float32Array, dy.shape);
  }
}
