/** Takes a part of one axis: some of the channels, every second column, the last time step. */
import { progression, resolveAxisNumber } from "../../array/axes.js";
import { sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { assign, sliceView, type Range } from "../../array/rearrange.js";
import { copy, wrap, zeros, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Slicing

From place $b$ on, every $s$-th place of an axis is taken, $m$ of them; $s<0$ goes backwards:

$$y_i = x_{b+s\,i}, \qquad i = 0\dots m-1 \tag{1}$$

**Backward.** What was taken gets its gradient, what was left out has no part in $y$:

$$dx_j = \begin{cases} dy_i & j = b+s\,i\\ 0 & \text{otherwise}\end{cases} \tag{2}$$
`;

/** The axis of `Slice`, from where to where, and in which steps. */
export interface SliceOptions {
  /** With the batch's, axis 0, counted; −1 is the last. */
  axis: number;
  /** b: the first place, from the end when negative; the axis' first, or its last for a step back. */
  begin?: number;
  /** Up to here, itself not included, from the end when negative; to the end. */
  end?: number;
  /** s, not 0; 1. */
  step?: number;
}

/** What `sliceForward` keeps for its backward. */
export interface SliceCache {
  readonly shape: Shape;
  readonly outputs: Shape;
  readonly ranges: readonly Range[];
  readonly dtype: DType;
}

/**
 * A part of an axis, equation (1).
 * @param x  any shape that has the axis; a begin or end beyond it is cut
 * @throws ShapeError for an axis that is not there; ValueError for a step of 0
 */
export function sliceForward(x: Tensor, options: SliceOptions): { y: Tensor; cache: SliceCache } {
  const dtype = sameDType("slice", { x });
  const ranges = rangesOf(options, x.shape.length);
  const y = copy(sliceView(x, ranges)); // (1)
  return { y, cache: { shape: x.shape, outputs: y.shape, ranges, dtype } };
}

/**
 * The gradient of `sliceForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function sliceBackward(dy: Tensor, { shape, outputs, ranges, dtype }: SliceCache): { dx: Tensor } {
  const dY = wrap(upstream("sliceBackward", dy, outputs, dtype), outputs);
  const dx = zeros(shape, dtype);
  assign(sliceView(dx, ranges), dY); // (2)
  return { dx };
}

/** The part that is taken of each axis: all of it, except for one axis. */
function rangesOf({ axis, begin, end, step = 1 }: SliceOptions, rank: number): Range[] {
  const which = resolveAxisNumber("slice", axis, rank);
  return Array.from({ length: which + 1 }, (_, i) =>
    i === which ? [begin ?? null, end ?? null, step] : null,
  );
}

/** A part of one axis, or every nth place of it: some of the channels, the last time step. No parameters. */
export class Slice extends FunctionLayer<[options: SliceOptions], SliceCache> {
  static readonly derivation: string = derivation;
  readonly options: SliceOptions;

  /**
   *     new Slice({ axis: 1, end: 3 })       // the first three channels
   *     new Slice({ axis: -1, step: 2 })     // every second column
   */
  constructor(options: SliceOptions) {
    super(sliceForward, sliceBackward, { given: [options] });
    this.options = options;
  }

  override describe(): string {
    const { axis, begin, end, step = 1 } = this.options;
    const from = begin === undefined ? "" : ` from ${begin}`;
    const to = end === undefined ? "" : ` to ${end}`;
    return `Slice, axis ${axis}${from}${to}${step === 1 ? "" : ` by ${step}`}`;
  }

  override outputShape(input: Shape): number[] {
    if (resolveAxisNumber("slice", this.options.axis, input.length + 1) > 0)
      return this.batchShape([1, ...input]).slice(1);
    throw new ShapeError(
      `slice: axis ${this.options.axis} of a batch of ${showShape(input)} is the batch's own, and an example has no shape then.`,
    );
  }

  override batchShape(input: Shape): number[] {
    const { axis, begin, end, step = 1 } = this.options;
    const which = resolveAxisNumber("slice", axis, input.length);
    const { count } = progression(which, input[which], [begin ?? null, end ?? null, step]);
    return input.map((extent, i) => (i === which ? count : extent));
  }
}
