/**
 * A layer given by a pair of functions, forward and backward. The functions define what it computes; this class calls them on
 * the engine of the pass, and keeps the cache between them. A layer that needs more than a pair of functions extends Layer
 * itself.
 */
import { ValueError } from "../array/errors.js";
import type { Tensor } from "../array/tensor.js";
import { Layer, unwanted, type LayerPass } from "./layer.js";
import type { ReferenceFunction } from "./rival.js";

/** What a backward returns: the gradient with respect to x; and `dw` for a parameter that is called `w`. */
export interface InputGradient {
  /** Of x's shape. */
  readonly dx: Tensor;
}

/** The further arguments of a layer's functions, after x and dy. */
export interface FunctionOptions<Given extends readonly unknown[], Cache, Gradients> {
  /** Forward's arguments after x, where they are always the same; none. */
  given?: Given;
  /** A backward pass of the user's own instead of the library's. It gets the cache of the reference's forward. */
  backward?: ((dy: Tensor, cache: Cache) => Gradients) | undefined;
}

/** A layer that is one pair of functions. */
export abstract class FunctionLayer<
  Given extends readonly unknown[],
  Cache extends object,
  Gradients extends InputGradient = InputGradient,
  Result extends { readonly y: Tensor; readonly cache: Cache } = {
    readonly y: Tensor;
    readonly cache: Cache;
  },
> extends Layer {
  readonly #forward: (x: Tensor, ...given: Given) => Result;
  readonly #backward: (dy: Tensor, cache: Cache) => Gradients;
  readonly #options: FunctionOptions<Given, Cache, Gradients>;

  /**
   * @param forward   the reference function, which an engine may have its own version of
   * @param backward  likewise
   */
  constructor(
    forward: (x: Tensor, ...given: Given) => Result,
    backward: (dy: Tensor, cache: Cache) => Gradients,
    options: FunctionOptions<Given, Cache, Gradients> = {},
  ) {
    super();
    this.#forward = forward;
    this.#backward = backward;
    this.#options = options;
  }

  override get functions(): readonly ReferenceFunction[] {
    return [this.#forward];
  }

  /** Its function, unless a subclass, or somebody who looks at what it is given, has put a forward of his own in place. */
  override get plainForward(): ReferenceFunction | undefined {
    const { forward, compute } = FunctionLayer.prototype;
    const isPlain = this.forward === forward && this.compute === compute && !this.ownBackward;
    return isPlain ? this.#forward : undefined;
  }

  override get plainBackward(): ReferenceFunction | undefined {
    const isPlain = this.backward === FunctionLayer.prototype.backward && !this.ownBackward;
    return isPlain ? this.#backward : undefined;
  }

  override get ownBackward(): boolean {
    return this.#options.backward !== undefined;
  }

  override forward(x: Tensor, pass: LayerPass, next?: Layer): Tensor {
    return this.compute(x, pass, next).y;
  }

  override backward(dy: Tensor, pass: LayerPass, wanted = true, next?: Layer): Tensor {
    const backward = this.#options.backward ?? this.#on(pass, this.#backward, next?.plainBackward);
    const gradients = backward(dy, pass.take(this) as Cache);
    for (const [name, parameter] of Object.entries(this.parameters)) {
      const gradient = this.#gradientOf(name, gradients);
      if (gradient) pass.addGradient(parameter, gradient);
    }
    return wanted ? gradients.dx : unwanted; // an engine may compute dx only when it is read
  }

  /** Runs forward and keeps its cache. @returns all that forward returns */
  protected compute(x: Tensor, pass: LayerPass, next?: Layer): Result {
    const forward = this.ownBackward ? this.#forward : this.#on(pass, this.#forward, next?.plainForward);
    const result = forward(x, ...this.given(pass));
    pass.keep(this, result.cache);
    return result;
  }

  /** Forward's arguments after x: values of parameters, options. */
  protected given(_pass: LayerPass): Given {
    return this.#options.given ?? ([] as unknown as Given); // a layer that gives none says so in its type
  }

  /**
   * The engine's version of a function. It takes the same arguments as the reference, which the types cannot express.
   * @param next  the function that alone reads the result, if there is one
   */
  #on<F extends ReferenceFunction>(pass: LayerPass, reference: F, next?: ReferenceFunction): F {
    const engine = next ? pass.engine.before(next) : pass.engine;
    return engine.of(reference) as unknown as F;
  }

  /** Checks a backward's gradients; only the bias's may be missing, which `gradCheckNet` reports. @throws ValueError otherwise */
  #gradientOf(name: string, gradients: object): Tensor | undefined {
    const gradient = (gradients as Readonly<Record<string, Tensor | undefined>>)[`d${name}`];
    if (gradient !== undefined || name === "b") return gradient;
    const found = Object.keys(gradients).filter((key) => key !== `d${name}` && key !== "dx");
    throw new ValueError(
      `${this.kind}: the backward returned ${["dx", ...found].join(", ")} and no d${name}, the gradient of the ` +
        `parameter ${name}; return it too.`,
    );
  }
}
