/** The base class of losses: one number that says how wrong a batch of predictions is, and its gradient. */
import { Printed, showOptions } from "../array/printed.js";
import type { Tensor } from "../array/tensor.js";
import type { ReferenceFunction, Rivals } from "../layers/rival.js";

/** The parts of a pass that a loss uses. */
export interface LossPass {
  /** The engine that computes: `pass.engine.of(euclideanForward)`. */
  readonly engine: Rivals;
  /** Keeps the cache that the loss's backward needs. */
  keep(owner: object, cache: unknown): void;
  /** Takes the kept cache back. @throws StateError when backward came before forward */
  take(owner: object): unknown;
}

/**
 * How the losses of a batch become one number. Every loss first sums over the numbers of one example; "mean" then takes the
 * mean over the examples, so that the learning rate does not depend on the batch size.
 */
export type Reduction = "mean" | "sum";

/** The loss of a batch, which a device may still be computing. */
export interface PendingLoss {
  /** Who reads it waits for it. */
  readonly loss: number;
  /**
   * Whether a device computes it, in a pass that is late; false unless given. Such a device keeps its promise for a loss that is
   * not finite: the pass, and those that follow it, then change no weights.
   */
  readonly isLate?: boolean;
}

/** One class number for each example; or a row of target numbers for each example. */
export type Targets = ArrayLike<number> | Tensor;

/**
 * The base class of losses: a loss is one number that says how wrong a batch of predictions is, and its gradient with
 * respect to them. Extend this class for your own loss.
 */
export abstract class Loss extends Printed {
  toString(): string {
    return showOptions(this.constructor.name, (this as { options?: object }).options ?? {});
  }

  /** @returns the loss of the batch */
  abstract forward(prediction: Tensor, targets: Targets, pass: LossPass): number;
  /** Begins the forward: the loss may be read later. Here it is the loss that `forward` returns. */
  start(prediction: Tensor, targets: Targets, pass: LossPass): PendingLoss {
    return { loss: this.forward(prediction, targets, pass) };
  }
  /** @returns the gradient of the loss with respect to the prediction */
  abstract backward(pass: LossPass): Tensor;
}

/** A loss given by a pair of functions, forward and backward, which the engine of the pass computes. */
export abstract class FunctionLoss<
  Options,
  Cache extends object,
  Gradients extends Readonly<Record<string, Tensor>>,
> extends Loss {
  readonly options: Options;
  readonly #forward: (
    prediction: Tensor,
    targets: Targets,
    options: Options,
  ) => { readonly loss: number; readonly cache: Cache };
  readonly #backward: (cache: Cache) => Gradients;
  readonly #gradient: keyof Gradients;

  /** @param gradient  the name that backward gives to the prediction's gradient, such as "dlogits" */
  constructor(
    options: Options,
    forward: (
      prediction: Tensor,
      targets: Targets,
      options: Options,
    ) => { readonly loss: number; readonly cache: Cache },
    backward: (cache: Cache) => Gradients,
    gradient: keyof Gradients,
  ) {
    super();
    this.options = options;
    this.#forward = forward;
    this.#backward = backward;
    this.#gradient = gradient;
  }

  override forward(prediction: Tensor, targets: Targets, pass: LossPass): number {
    return this.#start(prediction, targets, pass).loss;
  }

  override start(prediction: Tensor, targets: Targets, pass: LossPass): PendingLoss {
    // A class derived from a loss may have a forward of its own.
    if (this.forward !== FunctionLoss.prototype.forward) return super.start(prediction, targets, pass);
    return this.#start(prediction, targets, pass);
  }

  #start(prediction: Tensor, targets: Targets, pass: LossPass): PendingLoss {
    const pending = on(pass, this.#forward)(prediction, targets, this.options);
    pass.keep(this, pending.cache);
    return pending;
  }

  override backward(pass: LossPass): Tensor {
    return on(pass, this.#backward)(pass.take(this) as Cache)[this.#gradient];
  }
}

/** The engine's version of a function. It takes the same arguments as the reference, which the types cannot express. */
function on<F extends ReferenceFunction>(pass: LossPass, reference: F): F {
  return pass.engine.of(reference) as unknown as F;
}
