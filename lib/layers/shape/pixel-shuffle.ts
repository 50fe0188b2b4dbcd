/** Channels laid out as pixels: r² channels become one of r times the rows and columns. Shi et al., 2016. */
import { expectInteger, expectRank, sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { allocate, flat, sizeOf, wrap, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { upstream } from "../upstream.js";
import { FunctionLayer } from "../function-layer.js";

export const derivation = String.raw`
### Pixel shuffle

Every block of $r\times r$ pixels of channel $c$ comes from one pixel of the input, its numbers from $r^2$ channels:

$$y_{c,\;rh+i,\;rv+j} = x_{q(c,i,j),\;h,\;v}, \qquad q(c,i,j) = c\,r^2 + i\,r + j \tag{1}$$

so that the channels of one output channel lie together. In the other order, which TensorFlow has, the channels of one place in the block do: $q(c,i,j) = (i\,r+j)\,C + c$.

**Backward.** Each number only moves, and its gradient moves back:

$$dx_{q(c,i,j),\;h,\;v} = dy_{c,\;rh+i,\;rv+j} \tag{2}$$

A convolution before it computes all pixels of a larger image at the cost of the small one. The inverse packs blocks of pixels into channels: (2) forward and (1) back.
`;

/** Which channels lie together: those of one output channel (PyTorch's), or those of one place in the block (TensorFlow's). */
export type ShuffleOrder = "channel" | "place";

/** The factor r of `PixelShuffle` and `PixelUnshuffle`, and which channels lie together. */
export interface PixelShuffleOptions {
  /** r, 1 or more. */
  factor: number;
  /** Which channels lie together; "channel". */
  order?: ShuffleOrder;
}

/** What `pixelShuffleForward` keeps for its backward. */
export interface PixelShuffleCache {
  /** Of the many channels and few pixels. */
  readonly packed: Shape;
  readonly options: Required<PixelShuffleOptions>;
  readonly dtype: DType;
}

/** Channels spread over space, equation (1). @param x  N×Cr²×H×W @returns y: N×C×rH×rW, and the cache for backward */
export function pixelShuffleForward(
  x: Tensor,
  { factor, order = "channel" }: PixelShuffleOptions,
): { y: Tensor; cache: PixelShuffleCache } {
  const dtype = check("pixelShuffle", x, factor);
  const cache = { packed: x.shape, options: { factor, order }, dtype };
  const [X, Y] = [flat(x), allocate(sizeOf(x.shape), dtype)];
  forEachMove(cache, (packed, spread) => (Y[spread] = X[packed])); // (1)
  return { y: wrap(Y, spreadOf("pixelShuffle", x.shape, factor)), cache };
}

/**
 * The gradient of `pixelShuffleForward`, equation (2).
 * @param dy  N×C×rH×rW, the upstream gradient
 */
export function pixelShuffleBackward(dy: Tensor, cache: PixelShuffleCache): { dx: Tensor } {
  const { packed, options, dtype } = cache;
  const dY = upstream("pixelShuffleBackward", dy, spreadOf("pixelShuffle", packed, options.factor), dtype);
  const dX = allocate(dY.length, dtype);
  forEachMove(cache, (from, to) => (dX[from] = dY[to])); // (2)
  return { dx: wrap(dX, packed) };
}

/** Space packed into channels, equation (2). @param x  N×C×rH×rW @returns y: N×Cr²×H×W, and the cache for backward */
export function pixelUnshuffleForward(
  x: Tensor,
  { factor, order = "channel" }: PixelShuffleOptions,
): { y: Tensor; cache: PixelShuffleCache } {
  const dtype = check("pixelUnshuffle", x, factor);
  const cache = { packed: packedOf("pixelUnshuffle", x.shape, factor), options: { factor, order }, dtype };
  const [X, Y] = [flat(x), allocate(sizeOf(x.shape), dtype)];
  forEachMove(cache, (packed, spread) => (Y[packed] = X[spread])); // (2), forward
  return { y: wrap(Y, cache.packed), cache };
}

/**
 * The gradient of `pixelUnshuffleForward`, equation (1).
 * @param dy  N×Cr²×H×W, the upstream gradient
 */
export function pixelUnshuffleBackward(dy: Tensor, cache: PixelShuffleCache): { dx: Tensor } {
  const { packed, options, dtype } = cache;
  const dY = upstream("pixelUnshuffleBackward", dy, packed, dtype);
  const dX = allocate(dY.length, dtype);
  forEachMove(cache, (from, to) => (dX[to] = dY[from])); // (1), back
  return { dx: wrap(dX, spreadOf("pixelUnshuffle", packed, options.factor)) };
}

/** Visits the flat positions of every number, with its channel packed and as a pixel. */
function forEachMove(
  { packed: [N, channels, H, W], options: { factor: r, order } }: PixelShuffleCache,
  visit: (packed: number, spread: number) => void,
): void {
  const C = channels / r ** 2;
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let i = 0; i < r; i++)
        for (let j = 0; j < r; j++) {
          const q = order === "channel" ? c * r * r + i * r + j : (i * r + j) * C + c;
          for (let h = 0; h < H; h++)
            for (let v = 0; v < W; v++)
              visit(
                ((n * channels + q) * H + h) * W + v,
                ((n * C + c) * r * H + r * h + i) * r * W + r * v + j,
              );
        }
}

function check(operation: string, x: Tensor, factor: number): DType {
  expectRank(operation, "x", x, "N×C×H×W");
  expectInteger(operation, "the factor", factor, 1);
  return sameDType(operation, { x });
}

function spreadOf(operation: string, [N, C, H, W]: Shape, r: number): number[] {
  if (C % r ** 2 === 0) return [N, C / r ** 2, r * H, r * W];
  throw new ShapeError(
    `${operation}: ${C} channels are no multiple of ${r}² = ${r ** 2}; a factor of ${r} needs as many for each output channel.`,
  );
}

function packedOf(operation: string, shape: Shape, r: number): number[] {
  const [N, C, H, W] = shape;
  if (H % r === 0 && W % r === 0) return [N, C * r ** 2, H / r, W / r];
  throw new ShapeError(
    `${operation}: the rows and columns of ${showShape(shape)} are no multiples of the factor ${r}; pad or cut them first.`,
  );
}

/**
 * Channels become pixels: N×C·r²×H×W → N×C×rH×rW, an image r times as wide and high. No parameters (Shi et al., 2016).
 */
export class PixelShuffle extends FunctionLayer<[options: PixelShuffleOptions], PixelShuffleCache> {
  static readonly derivation: string = derivation;
  readonly options: PixelShuffleOptions;

  /** @param options.factor  r */
  constructor(options: PixelShuffleOptions) {
    super(pixelShuffleForward, pixelShuffleBackward, { given: [options] });
    expectInteger("PixelShuffle", "the factor", options.factor, 1);
    this.options = options;
  }

  override describe(): string {
    return described(this.kind, this.options);
  }

  override outputShape(input: Shape): number[] {
    return spreadOf("pixelShuffle", imageOf("pixelShuffle", input), this.options.factor).slice(1);
  }
}

/** Pixels become channels, the inverse of `PixelShuffle`: N×C×rH×rW → N×C·r²×H×W. No parameters. */
export class PixelUnshuffle extends FunctionLayer<[options: PixelShuffleOptions], PixelShuffleCache> {
  static readonly derivation: string = derivation;
  readonly options: PixelShuffleOptions;

  /** @param options.factor  r */
  constructor(options: PixelShuffleOptions) {
    super(pixelUnshuffleForward, pixelUnshuffleBackward, { given: [options] });
    expectInteger("PixelUnshuffle", "the factor", options.factor, 1);
    this.options = options;
  }

  override describe(): string {
    return described(this.kind, this.options);
  }

  override outputShape(input: Shape): number[] {
    return packedOf("pixelUnshuffle", imageOf("pixelUnshuffle", input), this.options.factor).slice(1);
  }
}

function described(kind: string, { factor, order = "channel" }: PixelShuffleOptions): string {
  return `${kind}, factor ${factor}${order === "place" ? ", channels of one place together" : ""}`;
}

/** A batch of one such image. */
function imageOf(operation: string, example: Shape): Shape {
  if (example.length === 3) return [1, ...example];
  throw new ShapeError(`${operation}: an example is ${showShape(example)}, expected C×H×W.`);
}
