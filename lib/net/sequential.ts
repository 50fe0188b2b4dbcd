/** Named layers one after the other. A Sequential is itself a layer, so that networks nest. */
import { expectShape } from "../array/check.js";
import { Random } from "../array/random.js";
import type { Shape, Tensor } from "../array/tensor.js";
import {
  displaySymbol,
  metadataSymbol,
  type Figure,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { layerTable } from "../display/network/layer-table.js";
import type { Layer, ContainerPass } from "../layers/layer.js";
import { Container, expectLayers, type Part } from "./container.js";
import { Pass } from "./pass.js";
import { summary } from "./summary.js";

/** The shape of a `Sequential`'s input, and the seed of its weights. */
export interface SequentialOptions {
  /** The shape of one example, such as [1, 28, 28]. With it the layers are checked at once, and the table shows every shape. */
  input?: Shape;
  /** Draws the initial values of all parameters that have no seed of their own; 1. */
  seed?: number;
}

/** A layer's output in a forward. */
export interface Activation {
  /** The layer's name, or "block2.conv1" when nested. */
  readonly name: string;
  readonly activation: Tensor;
}

/**
 * A network of named layers, one after the other: each layer's output is the next one's input. It is itself a layer, so
 * that networks nest. In a notebook it shows itself as a table: layer, output shape, parameters, multiply-adds.
 * `forward(x)` computes the answers for a batch x, whose first axis counts the examples; `fit` trains it;
 * `get("conv1")` is one of its layers, and `parameters` are all weights by path, "conv1.w".
 */
export class Sequential extends Container {
  readonly layers: Readonly<Record<string, Layer>>;
  #input: Shape | undefined;

  /**
   *     new Sequential({ conv1: new Conv2d({ in: 1, out: 8, size: 5 }), relu1: new ReLU() }, { input: [1, 28, 28] })
   *
   * @throws ValueError for what is not a layer; ShapeError naming the layer, when `input` is given and two layers do not fit
   */
  constructor(layers: Readonly<Record<string, Layer>>, { input, seed = 1 }: SequentialOptions = {}) {
    const parts = chain(layers);
    super(parts, parts.at(-1), new Random(seed));
    this.layers = layers;
    if (input !== undefined) {
      this.outputShape(input);
      this.#input = input;
    }
  }

  /** The shape of one example: as given, or as last seen by a forward. */
  get input(): Shape | undefined {
    return this.#input;
  }

  /**
   * The output of the last layer.
   * @param x     a batch: N examples
   * @param pass  keeps what backward needs; without one this is an evaluation that keeps nothing
   * @throws ValueError when the input holds NaN or an infinity; ShapeError, DTypeError naming the layer
   */
  override forward(x: Tensor, pass?: Pass): Tensor;
  override forward(x: Tensor, pass: ContainerPass): Tensor;
  override forward(x: Tensor, pass: ContainerPass = new Pass({ backward: false })): Tensor {
    if (this.#input && this.#input.length !== x.shape.length - 1)
      expectShape("net", "x", x, [-1, ...this.#input]);
    return pass.enclose(() => {
      const input = pass.enter(x);
      this.#input ??= x.shape.slice(1);
      return Object.entries(this.layers).reduce(
        (value, [name, layer], index) =>
          pass.within(name, () => {
            pass.tap("input", value);
            const y = layer.forward(value, pass, this.following(name, pass));
            pass.tap("forward", y);
            if (index > 0) pass.passedOn("forward", value, [y, input]);
            return y;
          }),
        input,
      );
    });
  }

  /**
   * @param pass    the pass that forward ran in
   * @param wanted  false while training: the first layer may then skip its dx, and no tap sees it
   * @returns the gradient of the loss with respect to x
   */
  override backward(dy: Tensor, pass: ContainerPass, wanted = true): Tensor {
    const last = Object.keys(this.layers).length - 1;
    return pass.enclose(() =>
      Object.entries(this.layers).reduceRight(
        (gradient, [name, layer], index) =>
          pass.within(name, () => {
            const needed = wanted || index > 0;
            const dx = layer.backward(gradient, pass, needed, this.preceding(name, pass));
            if (needed) pass.tap("backward", dx);
            if (index < last) pass.passedOn("backward", gradient, [dx, dy]);
            return dx;
          }),
        dy,
      ),
    );
  }

  /** The output of every layer for a batch, in order. */
  activations(x: Tensor): Activation[] {
    const seen: Activation[] = [];
    const tap = (name: string, phase: string, activation: Tensor): void => {
      if (phase === "forward") seen.push({ name, activation });
    };
    this.forward(x, new Pass({ backward: false, tap }));
    return seen;
  }

  /** The table of the network: one row for each layer. */
  table(): Figure {
    return layerTable(summary(this), { inputShape: this.#input });
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.table().bundle();
  }

  [metadataSymbol](): Promise<MimeMetadata> {
    return this.table().metadata();
  }

  override toString(): string {
    return this.table().text;
  }
}

/** The parts of a chain: each reads the output of the one before it. */
function chain(layers: Readonly<Record<string, Layer>>): Part[] {
  expectLayers("Sequential", layers);
  const parts: Part[] = [];
  for (const [name, layer] of Object.entries(layers)) parts.push({ name, layer, from: [parts.at(-1)] });
  return parts;
}
