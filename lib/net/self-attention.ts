/**
 * Self-attention over the places of an image or a signal: queries, keys and values are 1×1 convolutions of the same
 * activations, and every place gathers from all others. Vaswani and others, 2017; Wang and others ("Non-local neural
 * networks"), 2018, for images.
 */
import { ShapeError, ValueError, showShape } from "../array/errors.js";
import { reshape, sizeOf, type DType, type Shape, type Tensor } from "../array/tensor.js";
import {
  derivation,
  dotProductAttentionBackward,
  dotProductAttentionForward,
  type DotProductAttentionCache,
} from "../layers/arithmetic/dot-product-attention.js";
import { Conv1d } from "../layers/convolution/conv1d.js";
import { Conv2d } from "../layers/convolution/conv2d.js";
import { transposeForward } from "../layers/shape/transpose.js";
import { Merge, type Layer, type LayerPass } from "../layers/layer.js";
import { Graph } from "./graph.js";

/**
 * Scaled dot-product attention of three values of a graph: queries, keys, values, each N×C×L or N×C×H×W. The places are the
 * rows of the derivation. With several heads the channels are cut into as many groups, each of which attends by itself.
 */
export class DotProductAttention extends Merge {
  static readonly derivation: string = derivation;
  readonly heads: number;

  /** @param heads  groups of channels; 1 */
  constructor({ heads = 1 }: { heads?: number } = {}) {
    super();
    if (!Number.isInteger(heads) || heads < 1)
      throw new ValueError(`DotProductAttention: heads is ${heads}; it must be a whole number, 1 or more.`);
    this.heads = heads;
  }

  override describe(): string {
    return this.heads === 1 ? "DotProductAttention" : `DotProductAttention, ${this.heads} heads`;
  }

  override outputShape(inputs: readonly Shape[]): number[] {
    const [q, k, v] = inputs;
    if (inputs.length !== 3 || inputs.some((shape) => shape.length < 2 || shape[0] % this.heads !== 0))
      throw new ShapeError(
        `dotProductAttention: ${inputs.map(showShape).join(" and ")} are no queries, keys and values of C×L or C×H×W with ` +
          `channels for ${this.heads} head${this.heads === 1 ? "" : "s"}.`,
      );
    if (q[0] !== k[0] || sizeOf(k.slice(1)) !== sizeOf(v.slice(1)))
      throw new ShapeError(
        `dotProductAttention: the queries are ${showShape(q)}, the keys ${showShape(k)} and the values ${showShape(v)}; queries ` +
          `and keys must have as many channels, keys and values as many places.`,
      );
    return [v[0], ...q.slice(1)];
  }

  override multiplyAdds([q, k, v]: readonly Shape[]): number {
    return sizeOf(q.slice(1)) * sizeOf(k.slice(1)) * (q[0] + v[0]);
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    const shapes = xs.map(({ shape }) => shape);
    const output = [shapes[0][0], ...this.outputShape(shapes.map((shape) => shape.slice(1)))];
    const [q, k, v] = xs.map((x) => this.#rows(x, pass));
    const { y, cache } = pass.engine.of(dotProductAttentionForward)(q, k, v);
    pass.keep(this, { shapes, cache });
    return this.#places(y, output, pass);
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { shapes, cache } = pass.take(this) as { shapes: Shape[]; cache: DotProductAttentionCache };
    const { dq, dk, dv } = pass.engine.of(dotProductAttentionBackward)(this.#rows(dy, pass), cache);
    return [dq, dk, dv].map((dx, i) => this.#places(dx, shapes[i], pass));
  }

  /** The weights a of queries and keys. @returns N×heads×T×S: how much each of T places takes of each of S others */
  weights(queries: Tensor, keys: Tensor): Tensor {
    this.outputShape([queries, keys, keys].map(({ shape }) => shape.slice(1)));
    const [q, k] = [this.#rows(queries), this.#rows(keys)];
    return dotProductAttentionForward(q, k, k).cache.weights;
  }

  /** N×C×places as N×heads×places×C/heads. */
  #rows(x: Tensor, pass?: LayerPass): Tensor {
    const [N, C, ...places] = x.shape;
    const apart = reshape(x, [N, this.heads, C / this.heads, sizeOf(places)]);
    return exchanged(apart, pass);
  }

  /** The inverse of `#rows`. */
  #places(rows: Tensor, shape: Shape, pass: LayerPass): Tensor {
    return reshape(exchanged(rows, pass), shape);
  }
}

/** The last two of four axes exchanged, on the pass's engine. */
function exchanged(x: Tensor, pass?: LayerPass): Tensor {
  return (pass?.engine.of(transposeForward) ?? transposeForward)(x, [0, 1, 3, 2]).y;
}

/** The channels and heads of a SelfAttention. */
export interface SelfAttentionOptions {
  /** Channels in. */
  in: number;
  /** Channels out; as many as in. */
  out?: number;
  /** Channels of the queries, the keys and the values, all heads together; as many as in. */
  width?: number;
  /** How many heads; 1. */
  heads?: number;
  /** 2 for images N×C×H×W (default), 1 for signals N×C×L. */
  axes?: 1 | 2;
  /** "float32" (default) to train, "float64" to check gradients. */
  dtype?: DType;
}

/**
 * Self-attention: every place of an image or a signal asks all places and gathers what they say (Vaswani and others, 2017). Its
 * parts are `query`, `key`, `value` and `project`, convolutions of one tap, and `attend` between them. It does not
 * know where a place is; put a `PositionalEncoding` before it. Usually the body of a Residual:
 *
 *     new Residual({ attend: new SelfAttention({ in: 16, heads: 2 }) })
 */
export class SelfAttention extends Graph {
  static readonly derivation: string = derivation;

  /** @throws ValueError for channels that the heads cannot share */
  constructor(options: SelfAttentionOptions) {
    const { in: from, out = from, width = from, heads = 1, axes = 2, dtype = "float32" } = options;
    if (!Number.isInteger(width / heads) || width < 1)
      throw new ValueError(
        `SelfAttention: ${width} channels cannot be shared by ${heads} heads; the width must be a multiple of the heads.`,
      );
    const linear = (inputs: number, outputs: number): Layer => {
      const parts = { in: inputs, out: outputs, size: 1, dtype };
      return axes === 1 ? new Conv1d(parts) : new Conv2d(parts);
    };
    super({
      query: { layer: linear(from, width), from: "input" },
      key: { layer: linear(from, width), from: "input" },
      value: { layer: linear(from, width), from: "input" },
      attend: { layer: new DotProductAttention({ heads }), from: ["query", "key", "value"] },
      project: { layer: linear(width, out), from: "attend" },
    });
  }
}
