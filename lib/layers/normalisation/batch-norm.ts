/**
 * Batch normalisation: every feature (or channel) is normalised to mean 0 and variance 1 over the batch, then scaled and
 * shifted by learned parameters. Lecture B ("take the normalisation into account in backprop"); Ioffe and Szegedy, 2015.
 */
import { expectShape, sameDType } from "../../array/check.js";
import { ValueError, showShape } from "../../array/errors.js";
import { flat, full, sizeOf, zeros, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import type { Layer, LayerPass } from "../layer.js";
import {
  checkChannelwise,
  expectChannels,
  Rescaled,
  type RescaledGradients,
  type RescaledOptions,
} from "./rescaled.js";

export const derivation = String.raw`
### Batch normalisation

Take one feature (of $N\times C$) or one channel (of $N\times C\times L$ or $N\times C\times H\times W$) and write its $m$ numbers in the batch as $x_1\dots x_m$
($m=N$, or $N\cdot L$, or $N\cdot H\cdot W$).

$$\mu = \frac1m\sum_i x_i, \qquad \sigma^2 = \frac1m\sum_i (x_i-\mu)^2 \tag{1}$$

$$\hat x_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\varepsilon}} \tag{2}$$

$$y_i = \gamma\,\hat x_i + \beta \tag{3}$$

**Backward.** $\gamma$ and $\beta$ touch every number of the channel:

$$d\gamma = \sum_i dy_i\,\hat x_i, \qquad d\beta = \sum_i dy_i \tag{4}$$

Through (3), $d\hat x_i = \gamma\, dy_i$. Now $x_i$ acts on the loss three ways: directly in (2), and through $\mu$ and $\sigma^2$, which all numbers share.
With $r = 1/\sqrt{\sigma^2+\varepsilon}$,

$$d\sigma^2 = \sum_i d\hat x_i\,(x_i-\mu)\cdot\left(-\tfrac12 r^3\right), \qquad d\mu = -r\sum_i d\hat x_i \tag{5}$$

(the other part of $d\mu$, through $\sigma^2$, is $-\tfrac2m\,d\sigma^2\sum_i(x_i-\mu) = 0$). Since $\partial\mu/\partial x_i = \tfrac1m$ and
$\partial\sigma^2/\partial x_i = \tfrac2m(x_i-\mu)$,

$$dx_i = r\,d\hat x_i + \frac{2(x_i-\mu)}{m}\,d\sigma^2 + \frac1m\,d\mu \tag{6}$$

Putting (5) into (6) and collecting,

$$dx_i = \gamma r\left(dy_i - \frac1m\,d\beta - \frac1m\,\hat x_i\, d\gamma\right) \tag{7}$$

The upstream gradient loses its mean and its part along $\hat x$: moving or stretching the whole batch changes nothing.

**At test time** $\mu$ and $\sigma^2$ are constants, taken from the training set, and $dx_i = \gamma r\,dy_i$. They are either a running mean kept while
training or, as lecture B has it, the global mean and deviation from a final pass over all training data (${"`storeGlobalStatistics`"}).

**With numbers.** One channel of four numbers with mean 2 and variance 1.

${"```text"}
y      = batchNorm(x, gamma, beta, { epsilon: 0 })
x      = [1, 3, 1, 3]                                                                   4×1
gamma  = [2]                                                                            1
beta   = [1]                                                                            1
y      = [2·(1 − 2) + 1, 2·(3 − 2) + 1, 2·(1 − 2) + 1, 2·(3 − 2) + 1] = [−1, 3, −1, 3]  (3)
dy     = [1, 2, 0, 1]                                                                   4×1
dgamma = [−1·1 + 1·2 − 1·0 + 1·1] = [2]                                                 (4)
dbeta  = [1 + 2 + 0 + 1] = [4]                                                          (4)
dx     = [2·(1 − (4 − 2)/4), 2·(2 − (4 + 2)/4), 2·(0 − (4 − 2)/4), 2·(1 − (4 + 2)/4)]
       = [1, 1, −1, −1]                                                                 (7)
${"```"}
`;

/**
 * Batch normalisation, equations (1) to (3).
 * @param x      N×C, N×C×L or N×C×H×W
 * @param gamma  C scales
 * @param beta   C shifts
 * @returns y of x's shape, the statistics it was normalised by, and the cache for backward
 * @throws ValueError for fewer than two numbers in each channel: their variance would always be 0
 */
export function batchNormForward(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { epsilon = 1e-5, statistics }: BatchNormOptions = {},
): { y: Tensor; statistics: Statistics; cache: BatchNormCache } {
  checkBatchNorm(x, gamma, beta, statistics);
  const { mean, variance } = statistics
    ? {
        mean: Float64Array.from(flat(statistics.mean)),
        variance: Float64Array.from(flat(statistics.variance)),
      }
    : momentsOf(x);
  const scale = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const [X, G, B] = [flat(x), flat(gamma), flat(beta)];
  const Y = new Float64Array(X.length);
  forEachInChannel(x.shape, (at, c) => {
    const normalised = (X[at] - mean[c]) * scale[c]; // (2)
    Y[at] = G[c] * normalised + B[c]; // (3)
  });
  const channels = [x.shape[1]];
  return {
    y: rounded(Y, x.shape, x.dtype),
    statistics: statistics ?? {
      mean: rounded(mean.slice(), channels, x.dtype),
      variance: rounded(variance, channels, x.dtype),
    },
    cache: { x, gamma, mean, scale, constant: statistics !== undefined },
  };
}

/**
 * The gradients of `batchNormForward`, equations (4) and (7).
 * @param dy  x's shape, the upstream gradient
 */
export function batchNormBackward(
  dy: Tensor,
  { x, gamma, mean, scale, constant }: BatchNormCache,
): RescaledGradients {
  sameDType("batchNormBackward", { dy, x });
  expectShape("batchNormBackward", "dy", dy, x.shape);
  const channels = x.shape[1];
  const m = x.size / channels;
  const [X, G, dY] = [flat(x), flat(gamma), flat(dy)];
  const dGamma = new Float64Array(channels);
  const dBeta = new Float64Array(channels);
  forEachInChannel(x.shape, (at, c) => {
    dGamma[c] += dY[at] * (X[at] - mean[c]) * scale[c]; // (4)
    dBeta[c] += dY[at]; // (4)
  });
  const dX = new Float64Array(X.length);
  forEachInChannel(x.shape, (at, c) => {
    const normalised = (X[at] - mean[c]) * scale[c];
    const shared = constant ? 0 : (dBeta[c] + normalised * dGamma[c]) / m;
    dX[at] = G[c] * scale[c] * (dY[at] - shared); // (7)
  });
  return {
    dx: rounded(dX, x.shape, x.dtype),
    dgamma: rounded(dGamma, [channels], x.dtype),
    dbeta: rounded(dBeta, [channels], x.dtype),
  };
}

/** Mean and variance of every channel: equation (1), in two passes, so that a large mean causes no loss of digits. */
function momentsOf(x: Tensor): { mean: Float64Array; variance: Float64Array } {
  const channels = x.shape[1];
  const m = x.size / channels;
  const X = flat(x);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  forEachInChannel(x.shape, (at, c) => (mean[c] += X[at] / m)); // (1)
  forEachInChannel(x.shape, (at, c) => (variance[c] += (X[at] - mean[c]) ** 2 / m)); // (1)
  return { mean, variance };
}

/** Visits every number with its channel. */
function forEachInChannel(shape: Shape, visit: (at: number, channel: number) => void): void {
  const [batch, channels] = shape;
  const places = sizeOf(shape.slice(2));
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) for (let place = 0; place < places; place++, at++) visit(at, c);
  }
}

/**
 * Moves the running statistics towards those of a batch of m numbers a channel, in place; the variance is made one with m − 1.
 * @param momentum  the part of the way, from 0 to 1
 */
export function followStatistics(
  running: Statistics,
  { mean, variance }: Statistics,
  momentum: number,
  m: number,
): void {
  const unbiased = m / (m - 1);
  const [M, V, newM, newV] = [running.mean.data, running.variance.data, flat(mean), flat(variance)];
  for (let c = 0; c < M.length; c++) {
    M[c] += momentum * (newM[c] - M[c]);
    V[c] += momentum * (newV[c] * unbiased - V[c]);
  }
}

/** Checks that x can be normalised and that the parameters fit. @throws ShapeError, DTypeError, ValueError */
export function checkBatchNorm(x: Tensor, gamma: Tensor, beta: Tensor, statistics?: Statistics): void {
  checkChannelwise("batchNorm", x, gamma, beta, {
    mean: statistics?.mean,
    variance: statistics?.variance,
  });
  if (statistics === undefined && x.size / x.shape[1] < 2) {
    throw new ValueError(
      `batchNorm: a batch of ${showShape(x.shape)} has ${x.size / x.shape[1]} number a channel, and the variance of one number ` +
        `is 0 whatever it is; train with two examples or more, or evaluate with training: false.`,
    );
  }
}

/**
 * Normalises every channel by the batch's mean and variance. Parameters `gamma` (ones) and `beta` (zeros). Its buffers `mean`
 * and `variance` are used when it is not training: they are running means (the variance with m − 1, as in PyTorch), or the
 * values that `storeGlobalStatistics` has set.
 */
export class BatchNorm extends Rescaled<
  BatchNormLayerOptions,
  BatchNormOptions,
  BatchNormCache,
  ReturnType<typeof batchNormForward>
> {
  static readonly derivation: string = derivation;
  override readonly buffers: Readonly<{ mean: Tensor; variance: Tensor }>;

  constructor(options: BatchNormLayerOptions) {
    const { size, dtype = "float32" } = options;
    super(options, [size], batchNormForward, batchNormBackward);
    this.buffers = { mean: zeros([size], dtype), variance: full([size], 1, dtype) };
  }

  override describe(): string {
    return `BatchNorm, ${this.options.size} channels`;
  }

  override outputShape(input: Shape): number[] {
    expectChannels("batchNorm", input, this.options.size);
    return [...input];
  }

  override forward(x: Tensor, pass: LayerPass, next?: Layer): Tensor {
    const { y, statistics } = this.compute(x, pass, next);
    if (pass.training) {
      const { momentum = 0.1 } = this.options;
      pass.engine.of(followStatistics)(this.buffers, statistics, momentum, x.size / x.shape[1]);
    }
    return y;
  }

  protected override given(pass: LayerPass): readonly [Tensor, Tensor, BatchNormOptions] {
    const { gamma, beta } = this.parameters;
    const constants = pass.training ? undefined : this.buffers;
    return [gamma.value, beta.value, { epsilon: this.options.epsilon, statistics: constants }];
  }
}

/** The options of a BatchNorm. */
export interface BatchNormLayerOptions extends RescaledOptions<BatchNormCache> {
  /** Features of N×C, or channels of N×C×L and N×C×H×W. */
  size: number;
  /** The weight of the newest batch in the running statistics; 0.1. */
  momentum?: number;
}

/** A mean and a variance for every feature or channel. */
export interface Statistics {
  /** C numbers. */
  readonly mean: Tensor;
  /** C numbers, divided by m and not by m − 1. */
  readonly variance: Tensor;
}

/**
 * The statistics that `batchNormForward` uses, the batch's own or given ones, and the ε that keeps its division finite.
 */
export interface BatchNormOptions {
  /** Added to the variance so that nothing is divided by zero; 1e-5. */
  epsilon?: number;
  /** Constants to normalise by instead of the batch's own statistics, as at test time. */
  statistics?: Statistics;
}

/** What `batchNormForward` keeps for its backward. */
export interface BatchNormCache {
  readonly x: Tensor;
  readonly gamma: Tensor;
  /** The mean and variance that normalised x. */
  readonly mean: Float64Array;
  /** 1/√(σ² + ε) of every channel. */
  readonly scale: Float64Array;
  /** Whether the statistics were constants. */
  readonly constant: boolean;
}
