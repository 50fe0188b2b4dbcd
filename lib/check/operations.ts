/** The library's own operations in the form that the gradient check takes, with any engine and options. */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { compute } from "../engine/compute.js";
import type { Engine } from "../engine/engine.js";
import { reference } from "../engine/reference.js";
import { eluForward, eluBackward } from "../layers/activation/elu.js";
import { geluForward, geluBackward } from "../layers/activation/gelu.js";
import { leakyReluForward, leakyReluBackward } from "../layers/activation/leaky-relu.js";
import { preluForward, preluBackward } from "../layers/activation/prelu.js";
import { reluForward, reluBackward } from "../layers/activation/relu.js";
import { sigmoidForward, sigmoidBackward } from "../layers/activation/sigmoid.js";
import {
  softmaxForward,
  softmaxBackward,
  logSoftmaxForward,
  logSoftmaxBackward,
} from "../layers/activation/softmax.js";
import { softplusForward, softplusBackward } from "../layers/activation/softplus.js";
import { tanhForward, tanhBackward } from "../layers/activation/tanh.js";
import {
  convTranspose1dForward,
  convTranspose1dBackward,
  convTranspose2dForward,
  convTranspose2dBackward,
} from "../layers/convolution/conv-transpose.js";
import { conv1dForward, conv1dBackward } from "../layers/convolution/conv1d.js";
import { conv2dForward, conv2dBackward } from "../layers/convolution/conv2d.js";
import {
  localConv1dForward,
  localConv1dBackward,
  localConv2dForward,
  localConv2dBackward,
} from "../layers/convolution/local-conv.js";
import { linearForward, linearBackward } from "../layers/linear.js";
import { batchNormForward, batchNormBackward } from "../layers/normalisation/batch-norm.js";
import { groupNormForward, groupNormBackward } from "../layers/normalisation/group-norm.js";
import { layerNormForward, layerNormBackward } from "../layers/normalisation/layer-norm.js";
import {
  localContrastNormForward,
  localContrastNormBackward,
} from "../layers/normalisation/local-contrast-norm.js";
import {
  localResponseNormForward,
  localResponseNormBackward,
} from "../layers/normalisation/local-response-norm.js";
import {
  averagePool1dForward,
  averagePool1dBackward,
  averagePool2dForward,
  averagePool2dBackward,
} from "../layers/pooling/average-pool.js";
import {
  globalAveragePoolForward,
  globalAveragePoolBackward,
} from "../layers/pooling/global-average-pool.js";
import {
  lpPool1dForward,
  lpPool1dBackward,
  lpPool2dForward,
  lpPool2dBackward,
} from "../layers/pooling/lp-pool.js";
import { maxPool1dForward, maxPool1dBackward } from "../layers/pooling/max-pool1d.js";
import { maxPool2dForward, maxPool2dBackward } from "../layers/pooling/max-pool2d.js";
import {
  sumPool1dForward,
  sumPool1dBackward,
  sumPool2dForward,
  sumPool2dBackward,
} from "../layers/pooling/sum-pool.js";
import { attentionForward, attentionBackward } from "../layers/shape/attention.js";
import {
  dotProductAttentionForward,
  dotProductAttentionBackward,
} from "../layers/arithmetic/dot-product-attention.js";
import {
  positionalEncodingForward,
  positionalEncodingBackward,
} from "../layers/shape/positional-encoding.js";
import type { Targets } from "../losses/loss.js";
import {
  softmaxCrossEntropyForward,
  softmaxCrossEntropyBackward,
  type SoftmaxCrossEntropyOptions,
} from "../losses/softmax-cross-entropy.js";
import type { ReferenceFunction } from "../layers/rival.js";
import type { Arguments, Differentiable, ForwardResult } from "./grad-check.js";

type AnyForward = (...args: never[]) => { readonly cache: object };
type AnyBackward = (...args: never[]) => object;

/** An operation's functions, and how its arguments are told by name. */
interface Definition<F extends AnyForward, B extends AnyBackward, Names extends readonly string[], Options> {
  readonly forward: F;
  readonly backward: B;
  /** What the first arguments, the tensors, are called: the gradient of `x` is `dx`. */
  readonly names: Names;
  /** The arguments after them. */
  readonly rest: (options: Options) => readonly unknown[];
  /** Whether it is a loss, whose backward takes no upstream gradient. */
  readonly isLoss: boolean;
}

/** One row of the table, whichever. */
type AnyDefinition = Definition<AnyForward, AnyBackward, readonly string[], unknown>;

/** A forward's tensors by name; one that may be undefined, or left out, may be left out. */
type Named<Names extends readonly string[], Given extends readonly unknown[]> = Names extends readonly [
  infer Name extends string,
  ...infer Others extends readonly string[],
]
  ? Given extends readonly [(infer First)?, ...infer Rest]
    ? (undefined extends Given[0] ? { readonly [N in Name]?: First } : { readonly [N in Name]: First }) &
        Named<Others, Rest>
    : never
  : unknown;

/** The type of the argument after the tensors; an empty object where there is none. */
type OptionsAfter<
  Names extends readonly unknown[],
  Given extends readonly unknown[],
> = Names extends readonly [unknown, ...infer Others]
  ? Given extends readonly [unknown?, ...infer Rest]
    ? OptionsAfter<Others, Rest>
    : object
  : Required<Given> extends readonly [infer Options, ...unknown[]]
    ? Options
    : object;

function define<F extends AnyForward, B extends AnyBackward, const Names extends readonly string[]>(
  forward: F,
  backward: B,
  names: Names,
): Definition<F, B, Names, OptionsAfter<Names, Parameters<F>>> {
  return { forward, backward, names, rest: (options) => [options], isLoss: false };
}

/** Every operation that can be asked for by name. */
const operations = {
  conv1d: define(conv1dForward, conv1dBackward, ["x", "w", "b"]),
  conv2d: define(conv2dForward, conv2dBackward, ["x", "w", "b"]),
  convTranspose1d: define(convTranspose1dForward, convTranspose1dBackward, ["x", "w", "b"]),
  convTranspose2d: define(convTranspose2dForward, convTranspose2dBackward, ["x", "w", "b"]),
  localConv1d: define(localConv1dForward, localConv1dBackward, ["x", "w", "b"]),
  localConv2d: define(localConv2dForward, localConv2dBackward, ["x", "w", "b"]),
  linear: define(linearForward, linearBackward, ["x", "w", "b"]),
  maxPool1d: define(maxPool1dForward, maxPool1dBackward, ["x"]),
  maxPool2d: define(maxPool2dForward, maxPool2dBackward, ["x"]),
  averagePool1d: define(averagePool1dForward, averagePool1dBackward, ["x"]),
  averagePool2d: define(averagePool2dForward, averagePool2dBackward, ["x"]),
  sumPool1d: define(sumPool1dForward, sumPool1dBackward, ["x"]),
  sumPool2d: define(sumPool2dForward, sumPool2dBackward, ["x"]),
  lpPool1d: define(lpPool1dForward, lpPool1dBackward, ["x"]),
  lpPool2d: define(lpPool2dForward, lpPool2dBackward, ["x"]),
  globalAveragePool: define(globalAveragePoolForward, globalAveragePoolBackward, ["x"]),
  relu: define(reluForward, reluBackward, ["x"]),
  leakyRelu: define(leakyReluForward, leakyReluBackward, ["x"]),
  prelu: define(preluForward, preluBackward, ["x", "a"]),
  elu: define(eluForward, eluBackward, ["x"]),
  gelu: define(geluForward, geluBackward, ["x"]),
  sigmoid: define(sigmoidForward, sigmoidBackward, ["x"]),
  tanh: define(tanhForward, tanhBackward, ["x"]),
  softplus: define(softplusForward, softplusBackward, ["x"]),
  softmax: define(softmaxForward, softmaxBackward, ["x"]),
  logSoftmax: define(logSoftmaxForward, logSoftmaxBackward, ["x"]),
  batchNorm: define(batchNormForward, batchNormBackward, ["x", "gamma", "beta"]),
  groupNorm: define(groupNormForward, groupNormBackward, ["x", "gamma", "beta"]),
  layerNorm: define(layerNormForward, layerNormBackward, ["x", "gamma", "beta"]),
  localResponseNorm: define(localResponseNormForward, localResponseNormBackward, ["x"]),
  localContrastNorm: define(localContrastNormForward, localContrastNormBackward, ["x"]),
  attention: define(attentionForward, attentionBackward, ["x", "mask"]),
  dotProductAttention: define(dotProductAttentionForward, dotProductAttentionBackward, ["q", "k", "v"]),
  positionalEncoding: define(positionalEncodingForward, positionalEncodingBackward, ["x"]),
  softmaxCrossEntropy: {
    ...define(softmaxCrossEntropyForward, softmaxCrossEntropyBackward, ["logits"]),
    rest: ({ targets, ...options }: SoftmaxCrossEntropyOptions & { readonly targets: Targets }) => [
      targets,
      options,
    ],
    isLoss: true,
  },
};

/** What the gradient check asks of one operation. */
interface Kind<Inputs, Options, Cache> {
  /** Its tensors by name. */
  readonly inputs: Inputs;
  readonly options: Options;
  /** What the reference's forward keeps. */
  readonly cache: Cache;
}

type KindOf<D> =
  D extends Definition<infer F, AnyBackward, infer Names, infer Options>
    ? Kind<Named<Names, Parameters<F>>, Options, ReturnType<F>["cache"]>
    : never;

/** Each operation's tensors, options and cache, by its name. */
export type OperationKinds = {
  readonly [Name in keyof typeof operations]: KindOf<(typeof operations)[Name]>;
};

/** "conv1d", "relu", …: the operations that can be asked for by name. */
export type OperationName = keyof OperationKinds;

/** A backward pass and an engine instead of the library's own. */
export interface OperationParts<Name extends OperationName> {
  /** `compute.engine.local` unless given, whose outputs depend on what they see alone; with a backward of your own the reference, whose caches are documented. */
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
  { backward, engine = backward ? reference : compute.engine.local }: OperationParts<Name> = {},
): Differentiable<OperationKinds[Name]["inputs"]> {
  if (!Object.hasOwn(operations, name)) {
    throw new ValueError(
      `operation: there is none called "${name}"; there are ${Object.keys(operations).join(", ")}.`,
    );
  }
  // The table has checked that what is called and what it is given are of one kind.
  const {
    forward,
    backward: libraryBackward,
    names,
    rest,
    isLoss,
  } = operations[name] as unknown as AnyDefinition;
  const call = (f: ReferenceFunction, args: readonly unknown[]): unknown =>
    (engine.of(f) as (...args: readonly unknown[]) => unknown)(...args);
  return {
    name,
    forward: (inputs: Arguments) =>
      call(forward, [...names.map((key) => inputs[key]), ...rest(options)]) as ForwardResult,
    backward: (dy, cache) =>
      backward
        ? backward(dy, cache as OperationKinds[Name]["cache"])
        : (call(libraryBackward, isLoss ? [cache] : [dy, cache]) as object),
  };
}
