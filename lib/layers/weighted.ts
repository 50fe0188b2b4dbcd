/** Layers of weights `w` and biases `b`: convolutions and the linear layer. They differ in their functions and in w's shape. */
import { Random } from "../array/random.js";
import { zeros, type Shape, type Tensor } from "../array/tensor.js";
import { FunctionLayer } from "./function-layer.js";
import { heNormal, type Fans } from "./initialise.js";
import { Parameter, settle, type LayerPass, type ParameterOptions } from "./layer.js";

/** What the forward of a layer with weights keeps for its backward. */
export interface WeightCache {
  readonly x: Tensor;
  readonly w: Tensor;
  /** Whether a bias was added. */
  readonly hasBias: boolean;
}

/** What the backward of a layer with weights returns. */
export interface WeightGradients {
  /** Of x's shape. */
  readonly dx: Tensor;
  /** Of w's shape. */
  readonly dw: Tensor;
  /** Of b's shape; absent when there was no bias. */
  readonly db?: Tensor;
}

/** Options of every layer with weights. */
export interface WeightOptions<Cache> extends ParameterOptions {
  /** Whether a bias is added; true. */
  bias?: boolean;
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: Cache) => WeightGradients;
}

/** The functions of a layer with weights, and the shapes of its parameters. */
export interface WeightedParts<Options, Cache extends object> {
  readonly forward: (
    x: Tensor,
    w: Tensor,
    b: Tensor | undefined,
    options: Options,
  ) => { readonly y: Tensor; readonly cache: Cache };
  readonly backward: (dy: Tensor, cache: Cache) => WeightGradients;
  readonly w: Shape;
  readonly b: Shape;
  /** How many products an output sums and how many outputs an input reaches, for the initialisation. */
  readonly fans: Fans;
}

/** A layer of weights `w` and biases `b`. */
export abstract class Weighted<
  Options extends WeightOptions<Cache>,
  Cache extends object,
> extends FunctionLayer<
  readonly [w: Tensor, b: Tensor | undefined, options: Options],
  Cache,
  WeightGradients
> {
  readonly options: Options;
  override readonly parameters: Readonly<{ w: Parameter; b?: Parameter }>;

  constructor(options: Options, { forward, backward, ...shapes }: WeightedParts<Options, Cache>) {
    super(forward, backward, { backward: options.backward });
    this.options = options;
    const { dtype = "float32", seed, init = heNormal, bias = true } = options;
    const random = new Random(seed ?? 0);
    const w = new Parameter((r) => init(shapes.w, shapes.fans, dtype, r), random);
    const b = new Parameter(() => zeros(shapes.b, dtype), random, { decay: false });
    this.parameters = bias ? { w, b } : { w };
    settle(this.parameters, seed);
  }

  protected override given(_pass: LayerPass): readonly [Tensor, Tensor | undefined, Options] {
    const { w, b } = this.parameters;
    return [w.value, b?.value, this.options];
  }
}
