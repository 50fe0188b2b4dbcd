/** What batch, layer and group normalisation share: at the end they multiply by `gamma` and add `beta`. */
import { expectShape, sameDType } from "../../array/check.js";
import { ShapeError, showShape } from "../../array/errors.js";
import { Random } from "../../array/random.js";
import { full, zeros, type DType, type Shape, type Tensor } from "../../array/tensor.js";
import { FunctionLayer } from "../function-layer.js";
import { Parameter } from "../layer.js";

/** What the backward of such a normalisation returns. */
export interface RescaledGradients {
  /** Of x's shape. */
  readonly dx: Tensor;
  /** Of gamma's shape. */
  readonly dgamma: Tensor;
  /** Of beta's shape. */
  readonly dbeta: Tensor;
}

/** Options of such a layer. */
export interface RescaledOptions<Cache> {
  /** Added to the variance so that nothing is divided by zero; 1e-5. */
  epsilon?: number;
  /** "float32" to train, "float64" to check gradients; "float32". */
  dtype?: DType;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: Cache) => RescaledGradients;
}

/** Parameters `gamma` (ones) and `beta` (zeros), which do not decay. */
export abstract class Rescaled<
  Options extends RescaledOptions<Cache>,
  Given,
  Cache extends object,
  Result extends { readonly y: Tensor; readonly cache: Cache } = {
    readonly y: Tensor;
    readonly cache: Cache;
  },
> extends FunctionLayer<
  readonly [gamma: Tensor, beta: Tensor, options: Given],
  Cache,
  RescaledGradients,
  Result
> {
  readonly options: Options;
  override readonly parameters: Readonly<{ gamma: Parameter; beta: Parameter }>;

  /** @param shape  gamma's and beta's */
  constructor(
    options: Options,
    shape: Shape,
    forward: (x: Tensor, gamma: Tensor, beta: Tensor, options: Given) => Result,
    backward: (dy: Tensor, cache: Cache) => RescaledGradients,
  ) {
    super(forward, backward, { backward: options.backward });
    this.options = options;
    const { dtype = "float32" } = options;
    const random = new Random(0); // nothing is drawn from it
    this.parameters = {
      gamma: new Parameter(() => full(shape, 1, dtype), random, { decay: false }),
      beta: new Parameter(() => zeros(shape, dtype), random, { decay: false }),
    };
  }
}

/**
 * Checks that there is one gamma and one beta for each channel of x.
 * @param others  further tensors with one number for each channel, such as statistics
 * @throws ShapeError, DTypeError
 */
export function checkChannelwise(
  operation: string,
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  others: Readonly<Record<string, Tensor | undefined>> = {},
): void {
  sameDType(operation, { x, gamma, beta, ...others });
  if (x.shape.length < 2) {
    throw new ShapeError(`${operation}: x is ${showShape(x.shape)}, expected N×C, N×C×L or N×C×H×W.`);
  }
  const hint = `x (${showShape(x.shape)}) has ${x.shape[1]} channels`;
  for (const [name, value] of Object.entries({ gamma, beta, ...others })) {
    if (value) expectShape(operation, name, value, [x.shape[1]], hint);
  }
}

/** Checks that the example has the layer's number of channels. @throws ShapeError */
export function expectChannels(operation: string, example: Shape, channels: number): void {
  if (example[0] === channels) return;
  throw new ShapeError(
    `${operation}: the input has ${example[0]} channels (${showShape(example)}), the layer ${channels}; make it with size: ${example[0]}.`,
  );
}
