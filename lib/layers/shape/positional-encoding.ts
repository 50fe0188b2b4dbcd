/**
 * Positional encoding: sines and cosines of each place's coordinates, added to the channels, so that what follows can tell the
 * places apart. Vaswani and others, 2017, section 3.5; along rows and columns as Parmar and others ("Image transformer"), 2018.
 */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import {
  allocate,
  dtypeOf,
  flat,
  sizeOf,
  wrap,
  type DType,
  type Shape,
  type Tensor,
} from "../../array/tensor.js";
import { FunctionLayer } from "../function-layer.js";
import { upstream } from "../upstream.js";

export const derivation = String.raw`
### Positional encoding

A place has a coordinate $r$ on each of its axes: one for signals, row and column for images. The $C$ channels are shared out among the axes, $B$ for each, and of those the
channels $2m$ and $2m+1$ turn with a wavelength of their own:

$$p_{2m} = \sin\frac{r}{b^{\,2m/B}}, \qquad p_{2m+1} = \cos\frac{r}{b^{\,2m/B}} \tag{1}$$

$$y_{nci} = x_{nci} + p_{ci} \tag{2}$$

where $i$ is a place. With $b$ the wavelengths reach from $2\pi$ to about $2\pi b$ places: the fast channels tell neighbours apart, the slow ones near from far. A step of
fixed length turns each pair $(p_{2m}, p_{2m+1})$ by a fixed angle, so that "one to the left" is the same linear map everywhere.

**Backward.** $p$ does not depend on $x$:

$$dx_{nci} = dy_{nci} \tag{3}$$
`;

/** How fast the encoding turns. */
export interface PositionalEncodingOptions {
  /** b: the slowest channels' wavelength is about 2πb places; 10,000 as in the paper, less for small images. */
  base?: number;
}

/** What `positionalEncodingForward` keeps for its backward. */
export interface PositionalEncodingCache {
  readonly outputs: Shape;
  readonly dtype: DType;
}

/**
 * Adds the sines and cosines of the places, equations (1) and (2).
 * @param x  N×C×L with an even C, or N×C×H×W with C a multiple of 4: the first half of the channels is for the row, the
 *   second for the column
 * @returns y of x's shape, and the cache for backward
 * @throws ShapeError for other shapes; ValueError for a base that is not above 1
 */
export function positionalEncodingForward(
  x: Tensor,
  options: PositionalEncodingOptions = {},
): { y: Tensor; cache: PositionalEncodingCache } {
  const dtype = dtypeOf(x, "positionalEncoding: x");
  const table = flat(positionTable(x.shape.slice(1), options, dtype));
  const X = flat(x);
  const Y = allocate(X.length, dtype);
  for (let at = 0; at < X.length; at++) Y[at] = X[at] + table[at % table.length]; // (2)
  return { y: wrap(Y, x.shape), cache: { outputs: x.shape, dtype } };
}

/**
 * The gradient of `positionalEncodingForward`, equation (3).
 * @param dy  x's shape, the upstream gradient
 */
export function positionalEncodingBackward(
  dy: Tensor,
  { outputs, dtype }: PositionalEncodingCache,
): { dx: Tensor } {
  return { dx: wrap(upstream("positionalEncodingBackward", dy, outputs, dtype), outputs) }; // (3)
}

/**
 * The numbers that are added, equation (1).
 * @param shape  of one example, C×L or C×H×W
 * @returns a tensor of that shape
 * @throws ShapeError, ValueError as `positionalEncodingForward`
 */
export function positionTable(
  shape: Shape,
  { base = 10_000 }: PositionalEncodingOptions = {},
  dtype: DType = "float32",
): Tensor {
  checkChannels(shape);
  if (!(base > 1 && Number.isFinite(base)))
    throw new ValueError(`positionalEncoding: the base is ${base}; it must be a number above 1.`);
  const [C, ...places] = shape;
  const band = C / places.length; // B, the channels of one axis
  const count = sizeOf(places);
  const table = allocate(C * count, dtype);
  for (let c = 0; c < C; c++) {
    const axis = Math.floor(c / band);
    const after = sizeOf(places.slice(axis + 1));
    const channel = c % band;
    const wavelength = base ** ((channel - (channel % 2)) / band);
    for (let i = 0; i < count; i++) {
      const r = Math.floor(i / after) % places[axis];
      table[c * count + i] = channel % 2 === 0 ? Math.sin(r / wavelength) : Math.cos(r / wavelength); // (1)
    }
  }
  return wrap(table, shape);
}

/** @throws ShapeError when the channels cannot be shared out among the axes in pairs */
function checkChannels(shape: Shape): void {
  const axes = shape.length - 1;
  if ((axes === 1 || axes === 2) && shape[0] % (2 * axes) === 0) return;
  throw new ShapeError(
    `positionalEncoding: an example is ${showShape(shape)}; it must be C×L with an even number of channels, or C×H×W with ` +
      `a multiple of 4, a sine and a cosine for each axis.`,
  );
}

/**
 * Adds sines and cosines of each place's coordinates to the channels: without it self-attention cannot tell one order of
 * the places from another (Vaswani and others, 2017). N×C×L or N×C×H×W. No parameters; `PlaceBias` is the one that learns.
 */
export class PositionalEncoding extends FunctionLayer<
  [options: PositionalEncodingOptions],
  PositionalEncodingCache
> {
  static readonly derivation: string = derivation;
  readonly options: PositionalEncodingOptions;

  constructor(options: PositionalEncodingOptions = {}) {
    super(positionalEncodingForward, positionalEncodingBackward, { given: [options] });
    this.options = options;
  }

  override outputShape(input: Shape): number[] {
    checkChannels(input);
    return [...input];
  }
}
