/** What a loss is: one number that says how wrong a batch of predictions is, and its gradient. */
import { Printed, showOptions } from "../array/printed.js";
import type { Tensor } from "../array/tensor.js";
import type { ReferenceFunction, Rivals } from "../layers/rival.js";

/** What a loss asks of a pass. */
export interface LossPass {
  /** Whose functions compute: `pass.engine.of(euclideanForward)`. */
  readonly engine: Rivals;
  /** Keeps what the loss's backward will need. */
  keep(owner: object, cache: unknown): void;
  /** Takes back what was kept. @throws StateError when backward came before forward */
  take(owner: object): unknown;
}

/**
 * How the losses of a batch become one number. Every loss first sums over what belongs to one example; "mean" then
 * takes the mean over the examples, so that the learning rate does not depend on the batch size.
 */
export type Reduction = "mean" | "sum";

/** Class numbers, one an example; or a row of target numbers an example. */
export type Targets = ArrayLike<number> | Tensor;

/**
 * What every loss is: one number that says how wrong a batch of predictions is, and its gradient with respect to them.
 * A loss of one's own extends this class.
 */
export abstract class Loss extends Printed {
  toString(): string {
    return showOptions(this.constructor.name, (this as { options?: object }).options ?? {});
  }

  /** @returns the loss of the batch */
  abstract forward(prediction: Tensor, targets: Targets, pass: LossPass): number;
  /** @returns the gradient of the loss with respect to the prediction */
  abstract backward(pass: LossPass): Tensor;
}

/** A loss that is one pair of functions, which it calls on whichever engine the pass has. */
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

  /** @param gradient  what backward calls the gradient with respect to the prediction: "dlogits" */
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
    const { loss, cache } = on(pass, this.#forward)(prediction, targets, this.options);
    pass.keep(this, cache);
    return loss;
  }

  override backward(pass: LossPass): Tensor {
    return on(pass, this.#backward)(pass.take(this) as Cache)[this.#gradient];
  }
}

/** The engine's version of a function. It takes what the reference takes, which the type parameters cannot say. */
function on<F extends ReferenceFunction>(pass: LossPass, reference: F): F {
  return pass.engine.of(reference) as unknown as F;
}
