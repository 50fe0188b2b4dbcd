/** What the pooling layers share: windows that move over signals or images, and one number out of each. */
import type { Shape, Tensor } from "../../array/tensor.js";
import { FunctionLayer, type InputGradient } from "../function-layer.js";
import { describeWindow, pair } from "../window.js";
import { windows1d, windows2d, type Pool1dOptions, type Pool2dOptions } from "./windows.js";

/** A pooling layer's options with a backward of the user's own. */
export type PoolingOptions<Options, Cache> = Options & {
  /** Your own backward pass instead of the library's. */
  backward?: (dy: Tensor, cache: Cache) => InputGradient;
};

/** A layer of windows that are all treated alike. */
export abstract class Pooling<Options, Cache extends object> extends FunctionLayer<
  [options: Options],
  Cache
> {
  readonly options: PoolingOptions<Options, Cache>;

  constructor(
    options: PoolingOptions<Options, Cache>,
    forward: (x: Tensor, options: Options) => { readonly y: Tensor; readonly cache: Cache },
    backward: (dy: Tensor, cache: Cache) => InputGradient,
  ) {
    super(forward, backward, { given: [options], backward: options.backward });
    this.options = options;
  }

  /** What errors call it: "maxPool2d". */
  protected get operation(): string {
    return this.kind.charAt(0).toLowerCase() + this.kind.slice(1);
  }
}

/** A pooling layer over signals. */
export abstract class SignalPooling<Options extends Pool1dOptions, Cache extends object> extends Pooling<
  Options,
  Cache
> {
  override describe(): string {
    return `${this.kind}, ${this.options.size}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    return windows1d(this.operation, [1, ...input], this.options).outputs.slice(1);
  }
}

/** A pooling layer over images. */
export abstract class ImagePooling<Options extends Pool2dOptions, Cache extends object> extends Pooling<
  Options,
  Cache
> {
  override describe(): string {
    return `${this.kind}, ${pair(this.options.size).join("×")}${describeWindow(this.options)}`;
  }

  override outputShape(input: Shape): number[] {
    return windows2d(this.operation, [1, ...input], this.options).outputs.slice(1);
  }
}
