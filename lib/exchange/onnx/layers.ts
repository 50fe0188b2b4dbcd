/**
 * The few layers that only ONNX's graphs need: they move numbers without changing them, change each number by a constant,
 * or are a constant. Unlike other layers they may also move the batch axis.
 */
import { broadcastShapes } from "../../array/broadcast.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { cast, copy, flat, reshape, wrap, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import {
  Layer,
  type ContainerPass,
  type Inside,
  type LayerPass,
  type Parameter,
} from "../../layers/layer.js";
import { repeat } from "../../layers/repeated.js";
import type { ReferenceFunction } from "../../layers/rival.js";
import { expandBackward, expandForward, type ExpandCache } from "../../layers/shape/expand.js";
import { isOpen } from "./view.js";

/** Applies a layer to other axes than it is made for: its input is reshaped, and its output is reshaped back. */
export class Around extends Layer {
  readonly inner: Layer;
  override readonly parameters: Readonly<Record<string, Parameter>>;
  override readonly buffers: Readonly<Record<string, Tensor>>;
  override readonly children: Readonly<Record<string, Layer>>;
  readonly before: (shape: Shape) => Shape;
  readonly after: (shape: Shape, inner: Shape) => Shape;

  /**
   * @param before  maps the input's shape to the shape that the inner layer sees
   * @param after   maps the shapes of the input and of the inner output to the output's shape; the input's shape unless given
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
    this.before = before;
    this.after = after;
  }

  override describe(): string {
    return this.inner.describe();
  }

  override outputShape(input: Shape): number[] {
    return this.batchShape([1, ...input]).slice(1);
  }

  override batchShape(input: Shape): number[] {
    return [...this.after(input, this.inner.batchShape(this.before(input)))];
  }

  /** The inner layer's examples for one example of this layer. */
  override inside(input?: Shape): Inside[] {
    const [count, ...example] = input ? this.before([1, ...input]) : [];
    return [{ name: "inner", layer: this.inner, inputs: input && [example], count }];
  }

  override multiplyAdds(input: Shape): number {
    const [count, ...example] = this.before([1, ...input]);
    return count * this.inner.multiplyAdds(example);
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    const y = pass.within("inner", () => {
      const before = reshape(x, this.before(x.shape));
      pass.tap("input", before);
      const after = this.inner.forward(before, pass);
      pass.tap("forward", after);
      return after;
    });
    pass.keep(this, { input: x.shape, output: y.shape });
    return reshape(y, this.after(x.shape, y.shape));
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

  /** @param to  maps the old shape to the new one, both with the batch axis */
  constructor(to: (shape: Shape) => Shape) {
    super();
    this.#to = to;
  }

  override outputShape(input: Shape): number[] {
    return this.batchShape([1, ...input]).slice(1);
  }

  override batchShape(input: Shape): number[] {
    return [...this.#to(input)];
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    pass.keep(this, x.shape);
    return reshape(x, this.#to(x.shape));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    return reshape(dy, pass.take(this) as Shape);
  }
}

/** y = x·scale + shift with constants, broadcast to x's shape. They are not parameters: ONNX's constants do not learn. */
export class Affine extends Layer {
  override readonly buffers: Readonly<{ scale: Tensor; shift: Tensor }>;

  constructor(scale: Tensor, shift: Tensor) {
    super();
    this.buffers = { scale: copy(scale), shift: copy(shift) };
  }

  override outputShape(input: Shape): number[] {
    return this.batchShape([1, ...input]).slice(1);
  }

  override batchShape(input: Shape): number[] {
    const { scale, shift } = this.buffers;
    const shape = broadcastShapes("affine", input, scale.shape, shift.shape);
    if (showShape(shape) === showShape(input)) return shape;
    throw new ShapeError(
      `affine: constants of ${showShape(scale.shape)} and ${showShape(shift.shape)} do not fit a batch of ${showShape(input)}.`,
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

/** Repeats axes of 1, also the batch axis. */
export class Expand extends Layer {
  /** The shape of the whole batch, with 1 for the batch and where the input's extent does not change. */
  readonly shape: Shape;

  constructor(shape: Shape) {
    super();
    this.shape = shape.map((extent) => (isOpen(extent) ? 1 : extent));
  }

  override get functions(): readonly ReferenceFunction[] {
    return [expandForward];
  }

  override describe(): string {
    return `Expand, ${showShape(this.shape.slice(1))}`;
  }

  override outputShape(input: Shape): number[] {
    return this.batchShape([1, ...input]).slice(1);
  }

  override batchShape(input: Shape): number[] {
    return broadcastShapes("expand", input, this.shape);
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(expandForward)(x, this.shape);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.engine.of(expandBackward)(dy, pass.take(this) as ExpandCache).dx;
  }
}

/** A constant that does not depend on the input, such as a token before all others or a table of factors. It is not a parameter. */
export class Constant extends Layer {
  override readonly buffers: Readonly<{ value: Tensor }>;

  /** @param value  its first axis is the batch axis: either one example, which is used for all, or one for each example */
  constructor(value: Tensor) {
    super();
    this.buffers = { value: copy(value) };
  }

  override outputShape(_input: Shape): number[] {
    return this.buffers.value.shape.slice(1);
  }

  override batchShape(input: Shape): number[] {
    const [count, ...example] = this.buffers.value.shape;
    return [count === 1 ? input[0] : count, ...example];
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    pass.keep(this, x.shape);
    return repeat(cast(this.buffers.value, x.dtype), this.batchShape(x.shape));
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return zeros(pass.take(this) as Shape, dy.dtype);
  }
}
