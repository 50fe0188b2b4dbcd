/**
 * Group normalisation: the channels of an example are normalised in groups (Wu and He, 2018). If every channel is a separate
 * group, it is instance normalisation (Ulyanov et al., 2016).
 */
import { ValueError, showShape } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import { rounded } from "../accumulate.js";
import { upstream } from "../upstream.js";
import {
  checkChannelwise,
  expectChannels,
  Rescaled,
  type RescaledGradients,
  type RescaledOptions,
} from "./rescaled.js";
import { standardise, standardiseBackward, type Standardised } from "./standardise.js";

export const derivation = String.raw`
### Group and instance normalisation

The $C$ channels are taken in $G$ groups that follow each other. The $m = \tfrac CG\cdot(\text{places})$ numbers of one group of one example are a row
$x_1\dots x_m$, and for each row by itself

$$\mu = \frac1m\sum_i x_i, \qquad \sigma^2 = \frac1m\sum_i (x_i-\mu)^2, \qquad \hat x_i = r\,(x_i-\mu), \quad r = \frac1{\sqrt{\sigma^2+\varepsilon}} \tag{1}$$

Scale and shift are the channel's, $c(i)$ being the channel of number $i$:

$$y_i = \gamma_{c(i)}\,\hat x_i + \beta_{c(i)} \tag{2}$$

**Backward.** A channel's parameters serve all its places in all examples:

$$d\gamma_c = \sum_{n}\sum_{i:\;c(i)=c} dy_i\,\hat x_i, \qquad d\beta_c = \sum_{n}\sum_{i:\;c(i)=c} dy_i \tag{3}$$

$$d\hat x_i = \gamma_{c(i)}\,dy_i \tag{4}$$

$$dx_i = r\Big(d\hat x_i - \frac1m\sum_j d\hat x_j - \hat x_i\,\frac1m\sum_j d\hat x_j\,\hat x_j\Big) \tag{5}$$

by the steps of batch normalisation, whose rows are channels of the whole batch instead. $G=1$ normalises all of an example, $G=C$ every channel alone
(*instance normalisation*: the contrast of each feature map is taken out).
`;

/**
 * Group normalisation, equations (1) and (2).
 * @param x      N×C, N×C×L or N×C×H×W
 * @param gamma  C scales
 * @param beta   C shifts
 * @returns y of x's shape, and the cache for backward
 */
export function groupNormForward(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  { groups, epsilon = 1e-5 }: GroupNormOptions,
): { y: Tensor; cache: GroupNormCache } {
  checkGroupNorm(x, gamma, beta, groups);
  const [G, B] = [flat(gamma), flat(beta)];
  const rows = standardise(flat(x), sizeOf(x.shape.slice(1)) / groups, epsilon); // (1)
  const channelAt = channelOf(x.shape);
  const Y = rows.normalised.map((value, at) => G[channelAt(at)] * value + B[channelAt(at)]); // (2)
  return { y: rounded(Y, x.shape, x.dtype), cache: { shape: x.shape, gamma, rows } };
}

/**
 * The gradients of `groupNormForward`, equations (3) to (5).
 * @param dy  x's shape, the upstream gradient
 */
export function groupNormBackward(dy: Tensor, { shape, gamma, rows }: GroupNormCache): RescaledGradients {
  const dY = upstream("groupNormBackward", dy, shape, gamma.dtype);
  const G = flat(gamma);
  const [dGamma, dBeta] = [new Float64Array(G.length), new Float64Array(G.length)];
  const dNormalised = new Float64Array(dY.length);
  const channelAt = channelOf(shape);
  for (let at = 0; at < dY.length; at++) {
    const c = channelAt(at);
    dGamma[c] += dY[at] * rows.normalised[at]; // (3)
    dBeta[c] += dY[at]; // (3)
    dNormalised[at] = G[c] * dY[at]; // (4)
  }
  return {
    dx: rounded(standardiseBackward(dNormalised, rows), shape, gamma.dtype), // (5)
    dgamma: rounded(dGamma, gamma.shape, gamma.dtype),
    dbeta: rounded(dBeta, gamma.shape, gamma.dtype),
  };
}

/** The channel of the number at a flat position. */
function channelOf(shape: Shape): (at: number) => number {
  const places = sizeOf(shape.slice(2));
  return (at) => Math.floor(at / places) % shape[1];
}

/** Checks that the parameters and the groups fit x. @throws ShapeError, DTypeError, ValueError */
export function checkGroupNorm(x: Tensor, gamma: Tensor, beta: Tensor, groups: number): void {
  checkChannelwise("groupNorm", x, gamma, beta);
  checkGroups(x.shape.slice(1), groups);
}

/** Checks that every group of channels of an example can be normalised. @throws ValueError */
function checkGroups(example: Shape, groups: number): void {
  if (!Number.isInteger(groups) || groups < 1 || example[0] % groups !== 0) {
    throw new ValueError(`groupNorm: ${groups} groups do not divide ${example[0]} channels; use a divisor.`);
  }
  if (sizeOf(example) / groups < 2) {
    throw new ValueError(
      `groupNorm: in ${groups} groups of an example of ${showShape(example)} each is one number, which has no ` +
        `variance; use fewer groups.`,
    );
  }
}

/**
 * Normalises every group of channels of every example to mean 0 and variance 1, whatever the batch, then scales and shifts.
 * N×C×… (Wu and He, 2018). Parameters `gamma` (ones) and `beta` (zeros), which do not decay.
 */
export class GroupNorm extends Rescaled<GroupNormLayerOptions, GroupNormOptions, GroupNormCache> {
  static readonly derivation: string = derivation;

  constructor(options: GroupNormLayerOptions) {
    super(options, [options.size], groupNormForward, groupNormBackward);
  }

  override describe(): string {
    return `${this.kind}, ${this.options.size} channels in ${this.options.groups} groups`;
  }

  override outputShape(input: Shape): number[] {
    expectChannels("groupNorm", input, this.options.size);
    checkGroups(input, this.options.groups);
    return [...input];
  }

  protected override given(): readonly [Tensor, Tensor, GroupNormOptions] {
    const { gamma, beta } = this.parameters;
    return [gamma.value, beta.value, this.options];
  }
}

/**
 * Group normalisation with a group for each channel: it removes the contrast of each map (Ulyanov et al., 2016).
 */
export class InstanceNorm extends GroupNorm {
  constructor(options: Omit<GroupNormLayerOptions, "groups">) {
    super({ ...options, groups: options.size });
  }

  override describe(): string {
    return `InstanceNorm, ${this.options.size} channels`;
  }
}

/** The options of a GroupNorm. */
export interface GroupNormLayerOptions extends RescaledOptions<GroupNormCache> {
  /** G: how many groups of channels. */
  groups: number;
  /** Channels. */
  size: number;
}

/** How `groupNormForward` groups the channels, and the ε that keeps its division finite. */
export interface GroupNormOptions {
  /** G: how many groups of channels. */
  groups: number;
  /** Added to the variance so that nothing is divided by zero; 1e-5. */
  epsilon?: number;
}

/** What `groupNormForward` keeps for its backward. */
export interface GroupNormCache {
  readonly shape: Shape;
  readonly gamma: Tensor;
  readonly rows: Standardised;
}
