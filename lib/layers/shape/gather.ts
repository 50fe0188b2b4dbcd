/** Takes chosen elements of an axis, in any order and any number of times: one channel, the channels shuffled. */
import { resolveAxisNumber } from "../../array/axes.js";
import { sameDType } from "../../array/check.js";
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Gathering

A list of places $g_0, g_1, \dots$ of an axis says what each place of the output shows; the other axes stay:

$$y_i = x_{g_i} \tag{1}$$

**Backward.** A place that stands in the list several times gets the sum, one that does not stand in it gets nothing:

$$dx_j = \sum_{i:\;g_i=j} dy_i \tag{2}$$
`;

/** The axis of `Gather`, and which of its places are taken. */
export interface GatherOptions {
  /** With the batch's, axis 0, counted; −1 is the last. */
  axis: number;
  /** Places of the axis, from the end when negative. */
  places: readonly number[];
}

/** What `gatherForward` keeps for its backward. */
export interface GatherCache {
  readonly shape: Shape;
  readonly axis: number;
  /** None negative. */
  readonly places: readonly number[];
  readonly dtype: DType;
}

/** Chosen places of an axis, equation (1). @param x  any shape that has the axis @throws ShapeError for an axis or a place that is not there */
export function gatherForward(x: Tensor, options: GatherOptions): { y: Tensor; cache: GatherCache } {
  const cache = gatherPlan(x, options);
  const [X, Y] = [flat(x), allocate(sizeOf(outputsOf(cache)), cache.dtype)];
  forEachCopy(cache, (from, to) => (Y[to] = X[from])); // (1)
  return { y: wrap(Y, outputsOf(cache)), cache };
}

/**
 * The gradient of `gatherForward`, equation (2).
 * @param dy  y's shape, the upstream gradient
 */
export function gatherBackward(dy: Tensor, cache: GatherCache): { dx: Tensor } {
  const dY = upstream("gatherBackward", dy, outputsOf(cache), cache.dtype);
  const dX = new Float64Array(sizeOf(cache.shape));
  forEachCopy(cache, (from, to) => (dX[from] += dY[to])); // (2)
  return { dx: rounded(dX, cache.shape, cache.dtype) };
}

/** What `gatherForward` takes from where. @throws ShapeError, DTypeError */
export function gatherPlan(x: Tensor, options: GatherOptions): GatherCache {
  const dtype = sameDType("gather", { x });
  const axis = resolveAxisNumber("gather", options.axis, x.shape.length);
  return { shape: x.shape, axis, places: placesOf(options.places, x.shape, axis), dtype };
}

/** Visits the flat positions of every number that is taken, in x and in y. */
function forEachCopy({ shape, axis, places }: GatherCache, visit: (from: number, to: number) => void): void {
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  let to = 0;
  for (let o = 0; o < outer; o++)
    for (const place of places) {
      const from = (o * shape[axis] + place) * inner;
      for (let i = 0; i < inner; i++) visit(from + i, to++);
    }
}

/** The output's shape. */
export function outputsOf({ shape, axis, places }: GatherCache): number[] {
  return shape.map((extent, i) => (i === axis ? places.length : extent));
}

function placesOf(places: readonly number[], shape: Shape, axis: number): number[] {
  return places.map((place) => {
    const counted = place < 0 ? place + shape[axis] : place;
    if (Number.isInteger(counted) && counted >= 0 && counted < shape[axis]) return counted;
    throw new ShapeError(
      `gather: there is no place ${place} on axis ${axis} of ${showShape(shape)}; they are 0 to ${shape[axis] - 1}.`,
    );
  });
}

/**
 * Chosen places of an axis, in any order and any number of times: one channel, the channels shuffled. No parameters.
 */
export class Gather extends FunctionLayer<[options: GatherOptions], GatherCache> {
  static readonly derivation: string = derivation;
  readonly options: GatherOptions;

  /**
   *     new Gather({ axis: 1, places: [2, 1, 0] })     // blue, green, red
   *
   * @throws ValueError for no places
   */
  constructor(options: GatherOptions) {
    super(gatherForward, gatherBackward, { given: [options] });
    if (options.places.length === 0) throw new ValueError(`gather: there are no places; give one or more.`);
    this.options = options;
  }

  override describe(): string {
    const { axis, places } = this.options;
    return `Gather, ${places.length === 1 ? `place ${places[0]}` : `${places.length} places`} of axis ${axis}`;
  }

  override outputShape(input: Shape): number[] {
    if (resolveAxisNumber("gather", this.options.axis, input.length + 1) > 0)
      return this.batchShape([1, ...input]).slice(1);
    throw new ShapeError(
      `gather: axis ${this.options.axis} of a batch of ${showShape(input)} is the batch's own, and an example has no shape then.`,
    );
  }

  override batchShape(input: Shape): number[] {
    const axis = resolveAxisNumber("gather", this.options.axis, input.length);
    return outputsOf({
      shape: input,
      axis,
      places: placesOf(this.options.places, input, axis),
      dtype: "float32",
    });
  }
}
