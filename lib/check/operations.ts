/** The library's own operations in the form that the gradient check takes, with any engine and options. */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { compute } from "../engine/compute.js";
import type { Engine } from "../engine/engine.js";
import type { AttentionCache } from "../layers/shape/attention.js";
import type {
  AveragePool1dOptions,
  AveragePool2dOptions,
  AveragePoolCache,
} from "../layers/pooling/average-pool.js";
import type { BatchNormCache, BatchNormOptions } from "../layers/normalisation/batch-norm.js";
import type { Conv1dCache, Conv1dOptions } from "../layers/convolution/conv1d.js";
import type { Conv2dCache, Conv2dOptions } from "../layers/convolution/conv2d.js";
import type {
  ConvTranspose1dOptions,
  ConvTranspose2dOptions,
  ConvTransposeCache,
} from "../layers/convolution/conv-transpose.js";
import type { EluCache, EluOptions } from "../layers/activation/elu.js";
import type { GeluCache, GeluOptions } from "../layers/activation/gelu.js";
import type { GlobalAveragePoolCache } from "../layers/pooling/global-average-pool.js";
import type { GroupNormCache, GroupNormOptions } from "../layers/normalisation/group-norm.js";
import type { LayerNormCache, LayerNormOptions } from "../layers/normalisation/layer-norm.js";
import type { LeakyReluCache, LeakyReluOptions } from "../layers/activation/leaky-relu.js";
import type { LinearCache } from "../layers/linear.js";
import type {
  LocalContrastNormCache,
  LocalContrastNormOptions,
} from "../layers/normalisation/local-contrast-norm.js";
import type {
  LocalConv1dOptions,
  LocalConv2dOptions,
  LocalConvCache,
} from "../layers/convolution/local-conv.js";
import type {
  LocalResponseNormCache,
  LocalResponseNormOptions,
} from "../layers/normalisation/local-response-norm.js";
import type { LpPool1dOptions, LpPool2dOptions, LpPoolCache } from "../layers/pooling/lp-pool.js";
import type { MaxPool1dCache, MaxPool1dOptions } from "../layers/pooling/max-pool1d.js";
import type { MaxPool2dCache, MaxPool2dOptions } from "../layers/pooling/max-pool2d.js";
import type { Pool1dOptions, Pool2dOptions } from "../layers/pooling/windows.js";
import type { PreluCache } from "../layers/activation/prelu.js";
import type { ReluCache } from "../layers/activation/relu.js";
import type { SigmoidCache } from "../layers/activation/sigmoid.js";
import type { SoftmaxCache, SoftmaxOptions } from "../layers/activation/softmax.js";
import type { SoftplusCache, SoftplusOptions } from "../layers/activation/softplus.js";
import type { SumPoolCache } from "../layers/pooling/sum-pool.js";
import type { TanhCache, TanhOptions } from "../layers/activation/tanh.js";
import type { Targets } from "../losses/loss.js";
import type {
  SoftmaxCrossEntropyCache,
  SoftmaxCrossEntropyOptions,
} from "../losses/softmax-cross-entropy.js";
import type { Differentiable } from "./grad-check.js";

/** An input, weights, and a bias that may be missing. */
export interface WeightedInputs {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  readonly w: Tensor;
  readonly b?: Tensor | undefined;
}

export interface UnaryInputs {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
}

export interface NormInputs {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

export interface SlopeInputs {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  /** The slopes on the negative side. */
  readonly a: Tensor;
}

export interface MaskedInputs {
  readonly [name: string]: Tensor | undefined;
  readonly x: Tensor;
  readonly mask: Tensor;
}

export interface LogitInputs {
  readonly [name: string]: Tensor | undefined;
  readonly logits: Tensor;
}

/** An operation's arguments, cache and options. */
export interface Kind<Inputs, Cache, Options = object> {
  inputs: Inputs;
  cache: Cache;
  options: Options;
}

/** Each operation's arguments, cache and options. */
export interface OperationKinds {
  conv1d: Kind<WeightedInputs, Conv1dCache, Conv1dOptions>;
  conv2d: Kind<WeightedInputs, Conv2dCache, Conv2dOptions>;
  convTranspose1d: Kind<WeightedInputs, ConvTransposeCache, ConvTranspose1dOptions>;
  convTranspose2d: Kind<WeightedInputs, ConvTransposeCache, ConvTranspose2dOptions>;
  localConv1d: Kind<WeightedInputs, LocalConvCache, LocalConv1dOptions>;
  localConv2d: Kind<WeightedInputs, LocalConvCache, LocalConv2dOptions>;
  linear: Kind<WeightedInputs, LinearCache>;
  maxPool1d: Kind<UnaryInputs, MaxPool1dCache, MaxPool1dOptions>;
  maxPool2d: Kind<UnaryInputs, MaxPool2dCache, MaxPool2dOptions>;
  averagePool1d: Kind<UnaryInputs, AveragePoolCache, AveragePool1dOptions>;
  averagePool2d: Kind<UnaryInputs, AveragePoolCache, AveragePool2dOptions>;
  sumPool1d: Kind<UnaryInputs, SumPoolCache, Pool1dOptions>;
  sumPool2d: Kind<UnaryInputs, SumPoolCache, Pool2dOptions>;
  lpPool1d: Kind<UnaryInputs, LpPoolCache, LpPool1dOptions>;
  lpPool2d: Kind<UnaryInputs, LpPoolCache, LpPool2dOptions>;
  globalAveragePool: Kind<UnaryInputs, GlobalAveragePoolCache>;
  relu: Kind<UnaryInputs, ReluCache>;
  leakyRelu: Kind<UnaryInputs, LeakyReluCache, LeakyReluOptions>;
  prelu: Kind<SlopeInputs, PreluCache>;
  elu: Kind<UnaryInputs, EluCache, EluOptions>;
  gelu: Kind<UnaryInputs, GeluCache, GeluOptions>;
  sigmoid: Kind<UnaryInputs, SigmoidCache>;
  tanh: Kind<UnaryInputs, TanhCache, TanhOptions>;
  softplus: Kind<UnaryInputs, SoftplusCache, SoftplusOptions>;
  softmax: Kind<UnaryInputs, SoftmaxCache, SoftmaxOptions>;
  logSoftmax: Kind<UnaryInputs, SoftmaxCache, SoftmaxOptions>;
  batchNorm: Kind<NormInputs, BatchNormCache, BatchNormOptions>;
  groupNorm: Kind<NormInputs, GroupNormCache, GroupNormOptions>;
  layerNorm: Kind<NormInputs, LayerNormCache, LayerNormOptions>;
  localResponseNorm: Kind<UnaryInputs, LocalResponseNormCache, LocalResponseNormOptions>;
  localContrastNorm: Kind<UnaryInputs, LocalContrastNormCache, LocalContrastNormOptions>;
  attention: Kind<MaskedInputs, AttentionCache>;
  softmaxCrossEntropy: Kind<
    LogitInputs,
    SoftmaxCrossEntropyCache,
    SoftmaxCrossEntropyOptions & { readonly targets: Targets }
  >;
}

export type OperationName = keyof OperationKinds;

/** An operation as an engine has it. */
interface Made<Inputs> {
  forward(inputs: Inputs): ReturnType<Differentiable["forward"]>;
  backward(dy: Tensor, cache: object): object;
}

/** What the engines' functions give forward. */
type Result = { readonly y: Tensor; readonly cache: object };
type Back = (dy: Tensor, cache: object) => object;

const unary = (forward: (x: Tensor) => Result, backward: Back): Made<UnaryInputs> => ({
  forward: ({ x }) => forward(x),
  backward,
});
const weighted = (
  forward: (x: Tensor, w: Tensor, b: Tensor | undefined) => Result,
  backward: Back,
): Made<WeightedInputs> => ({ forward: ({ x, w, b }) => forward(x, w, b), backward });
const normed = (
  forward: (x: Tensor, gamma: Tensor, beta: Tensor) => Result,
  backward: Back,
): Made<NormInputs> => ({ forward: ({ x, gamma, beta }) => forward(x, gamma, beta), backward });

const makers: {
  readonly [Name in OperationName]: (
    engine: Engine,
    options: OperationKinds[Name]["options"],
  ) => Made<OperationKinds[Name]["inputs"]>;
} = {
  conv1d: (e, options) => weighted((x, w, b) => e.conv1dForward(x, w, b, options), e.conv1dBackward),
  conv2d: (e, options) => weighted((x, w, b) => e.conv2dForward(x, w, b, options), e.conv2dBackward),
  convTranspose1d: (e, options) =>
    weighted((x, w, b) => e.convTranspose1dForward(x, w, b, options), e.convTranspose1dBackward),
  convTranspose2d: (e, options) =>
    weighted((x, w, b) => e.convTranspose2dForward(x, w, b, options), e.convTranspose2dBackward),
  localConv1d: (e, options) =>
    weighted((x, w, b) => e.localConv1dForward(x, w, b, options), e.localConv1dBackward),
  localConv2d: (e, options) =>
    weighted((x, w, b) => e.localConv2dForward(x, w, b, options), e.localConv2dBackward),
  linear: (e) => weighted((x, w, b) => e.linearForward(x, w, b), e.linearBackward),
  maxPool1d: (e, options) => unary((x) => e.maxPool1dForward(x, options), e.maxPool1dBackward),
  maxPool2d: (e, options) => unary((x) => e.maxPool2dForward(x, options), e.maxPool2dBackward),
  averagePool1d: (e, options) => unary((x) => e.averagePool1dForward(x, options), e.averagePool1dBackward),
  averagePool2d: (e, options) => unary((x) => e.averagePool2dForward(x, options), e.averagePool2dBackward),
  sumPool1d: (e, options) => unary((x) => e.sumPool1dForward(x, options), e.sumPool1dBackward),
  sumPool2d: (e, options) => unary((x) => e.sumPool2dForward(x, options), e.sumPool2dBackward),
  lpPool1d: (e, options) => unary((x) => e.lpPool1dForward(x, options), e.lpPool1dBackward),
  lpPool2d: (e, options) => unary((x) => e.lpPool2dForward(x, options), e.lpPool2dBackward),
  globalAveragePool: (e) => unary((x) => e.globalAveragePoolForward(x), e.globalAveragePoolBackward),
  relu: (e) => unary((x) => e.reluForward(x), e.reluBackward),
  leakyRelu: (e, options) => unary((x) => e.leakyReluForward(x, options), e.leakyReluBackward),
  prelu: (e) => ({ forward: ({ x, a }) => e.preluForward(x, a), backward: e.preluBackward }),
  elu: (e, options) => unary((x) => e.eluForward(x, options), e.eluBackward),
  gelu: (e, options) => unary((x) => e.geluForward(x, options), e.geluBackward),
  sigmoid: (e) => unary((x) => e.sigmoidForward(x), e.sigmoidBackward),
  tanh: (e, options) => unary((x) => e.tanhForward(x, options), e.tanhBackward),
  softplus: (e, options) => unary((x) => e.softplusForward(x, options), e.softplusBackward),
  softmax: (e, options) => unary((x) => e.softmaxForward(x, options), e.softmaxBackward),
  logSoftmax: (e, options) => unary((x) => e.logSoftmaxForward(x, options), e.logSoftmaxBackward),
  batchNorm: (e, options) =>
    normed((x, gamma, beta) => e.batchNormForward(x, gamma, beta, options), e.batchNormBackward),
  groupNorm: (e, options) =>
    normed((x, gamma, beta) => e.groupNormForward(x, gamma, beta, options), e.groupNormBackward),
  layerNorm: (e, options) =>
    normed((x, gamma, beta) => e.layerNormForward(x, gamma, beta, options), e.layerNormBackward),
  localResponseNorm: (e, options) =>
    unary((x) => e.localResponseNormForward(x, options), e.localResponseNormBackward),
  localContrastNorm: (e, options) =>
    unary((x) => e.localContrastNormForward(x, options), e.localContrastNormBackward),
  attention: (e) => ({
    forward: ({ x, mask }) => e.attentionForward(x, mask),
    backward: e.attentionBackward,
  }),
  softmaxCrossEntropy: (e, { targets, ...options }) => ({
    forward: ({ logits }) => e.softmaxCrossEntropyForward(logits, targets, options),
    backward: (_dy, cache) => e.softmaxCrossEntropyBackward(cache as SoftmaxCrossEntropyCache),
  }),
};

/** A backward pass and an engine instead of the library's own. */
export interface OperationParts<Name extends OperationName> {
  /** `compute.engine` unless given; with a backward of your own the reference's, whose caches are documented. */
  engine?: Engine;
  /** A backward pass of your own, which gets the reference's cache. */
  backward?: (dy: Tensor, cache: OperationKinds[Name]["cache"]) => object;
}

/**
 * One of the library's operations, ready for `gradCheck`.
 *
 *     gradCheck(operation("conv2d", { stride: 2, pad: 1 }), { x, w, b })
 *     gradCheck(operation("conv1d", {}, { backward: mine }), { x, w, b })
 *
 * @throws ValueError for a name that is no operation's
 */
export function operation<Name extends OperationName>(
  name: Name,
  options: OperationKinds[Name]["options"],
  { backward, engine = backward ? reference() : compute.engine }: OperationParts<Name> = {},
): Differentiable<OperationKinds[Name]["inputs"]> {
  if (!Object.hasOwn(makers, name)) {
    throw new ValueError(
      `operation: there is none called "${name}"; there are ${Object.keys(makers).join(", ")}.`,
    );
  }
  const made = makers[name](engine, options);
  return {
    name,
    forward: made.forward,
    backward: (dy, cache) => (backward ?? made.backward)(dy, cache as OperationKinds[Name]["cache"]),
  };
}

function reference(): Engine {
  return compute.engines.find(({ name }) => name === "reference") ?? compute.engine;
}
