/** The library's own operations in the form that the gradient check takes, with any engine and options. */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { compute } from "../compute/compute.js";
import type { Engine } from "../compute/engine.js";
import type { BatchNormCache, BatchNormOptions } from "../layers/batchnorm.js";
import type { Conv1dCache, Conv1dOptions } from "../layers/conv1d.js";
import type { Conv2dCache, Conv2dOptions } from "../layers/conv2d.js";
import type { LinearCache } from "../layers/linear.js";
import type { MaxPool1dCache, MaxPool1dOptions } from "../layers/maxpool1d.js";
import type { MaxPool2dCache, MaxPool2dOptions } from "../layers/maxpool2d.js";
import type { ReluCache } from "../layers/relu.js";
import type { Targets } from "../losses/loss.js";
import type { SoftmaxCrossEntropyCache, SoftmaxCrossEntropyOptions } from "../losses/softmaxcrossentropy.js";
import type { Differentiable } from "./gradcheck.js";

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

export interface LogitInputs {
  readonly [name: string]: Tensor | undefined;
  readonly logits: Tensor;
}

/** Each operation's arguments, cache and options. */
export interface OperationKinds {
  conv1d: { inputs: WeightedInputs; cache: Conv1dCache; options: Conv1dOptions };
  conv2d: { inputs: WeightedInputs; cache: Conv2dCache; options: Conv2dOptions };
  linear: { inputs: WeightedInputs; cache: LinearCache; options: object };
  maxPool1d: { inputs: UnaryInputs; cache: MaxPool1dCache; options: MaxPool1dOptions };
  maxPool2d: { inputs: UnaryInputs; cache: MaxPool2dCache; options: MaxPool2dOptions };
  relu: { inputs: UnaryInputs; cache: ReluCache; options: object };
  batchNorm: { inputs: NormInputs; cache: BatchNormCache; options: BatchNormOptions };
  softmaxCrossEntropy: {
    inputs: LogitInputs;
    cache: SoftmaxCrossEntropyCache;
    options: SoftmaxCrossEntropyOptions & { readonly targets: Targets };
  };
}

export type OperationName = keyof OperationKinds;

type Make<Name extends OperationName> = (
  engine: Engine,
  options: OperationKinds[Name]["options"],
) => {
  forward(inputs: OperationKinds[Name]["inputs"]): ReturnType<Differentiable["forward"]>;
  backward(dy: Tensor, cache: OperationKinds[Name]["cache"]): object;
};

const makers: { readonly [Name in OperationName]: Make<Name> } = {
  conv1d: (engine, options) => ({
    forward: ({ x, w, b }) => engine.conv1dForward(x, w, b, options),
    backward: engine.conv1dBackward,
  }),
  conv2d: (engine, options) => ({
    forward: ({ x, w, b }) => engine.conv2dForward(x, w, b, options),
    backward: engine.conv2dBackward,
  }),
  linear: (engine) => ({
    forward: ({ x, w, b }) => engine.linearForward(x, w, b),
    backward: engine.linearBackward,
  }),
  maxPool1d: (engine, options) => ({
    forward: ({ x }) => engine.maxPool1dForward(x, options),
    backward: engine.maxPool1dBackward,
  }),
  maxPool2d: (engine, options) => ({
    forward: ({ x }) => engine.maxPool2dForward(x, options),
    backward: engine.maxPool2dBackward,
  }),
  relu: (engine) => ({
    forward: ({ x }) => engine.reluForward(x),
    backward: engine.reluBackward,
  }),
  batchNorm: (engine, options) => ({
    forward: ({ x, gamma, beta }) => engine.batchNormForward(x, gamma, beta, options),
    backward: engine.batchNormBackward,
  }),
  softmaxCrossEntropy: (engine, { targets, ...options }) => ({
    forward: ({ logits }) => engine.softmaxCrossEntropyForward(logits, targets, options),
    backward: (_dy, cache) => engine.softmaxCrossEntropyBackward(cache),
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
