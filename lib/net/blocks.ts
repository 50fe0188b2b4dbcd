/**
 * Graphs that many networks are built of: a residual block, parallel branches, attention. Each is a layer, so a Sequential
 * can contain blocks, and the branches of a block can be Sequentials.
 */
import { ValueError } from "../array/errors.js";
import type { Shape, Tensor } from "../array/tensor.js";
import {
  commonShape,
  derivation as addDerivation,
  type AddCache,
  addBackward,
  addForward,
} from "../layers/shape/add.js";
import {
  checkMask,
  derivation as attentionDerivation,
  type AttentionCache,
  attentionBackward,
  attentionForward,
} from "../layers/shape/attention.js";
import { derivation as concatDerivation } from "../layers/shape/concat.js";
import { Merge, type Layer, type LayerPass } from "../layers/layer.js";
import { expectLayer, expectLayers } from "./container.js";
import { Graph, type GraphNode } from "./graph.js";
import { Concat } from "./merge.js";

/** The sum of values of one shape. Unlike Add it does not broadcast, so that a shortcut of another size is an error. */
export class Sum extends Merge {
  static readonly derivation: string = addDerivation;

  override outputShape(inputs: readonly Shape[]): number[] {
    return commonShape(
      inputs,
      inputs.map((_, k) => `input ${k + 1}`),
    );
  }

  override forward(xs: readonly Tensor[], pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(addForward)(xs);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    return pass.engine.of(addBackward)(dy, pass.take(this) as AddCache).dxs;
  }
}

/** Activations times a mask of one channel: input 1 times input 2. */
export class Masked extends Merge {
  static readonly derivation: string = attentionDerivation;

  override outputShape([x, mask]: readonly Shape[]): number[] {
    checkMask([1, ...x], [1, ...mask]);
    return [...x];
  }

  override forward([x, mask]: readonly Tensor[], pass: LayerPass): Tensor {
    const { y, cache } = pass.engine.of(attentionForward)(x, mask);
    pass.keep(this, cache);
    return y;
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor[] {
    const { dx, dmask } = pass.engine.of(attentionBackward)(dy, pass.take(this) as AttentionCache);
    return [dx, dmask];
  }
}

/**
 * A residual block: the layers of the body one after the other, with the block's input added to their output (He et al.,
 * 2016). The body learns what to change; if its output is zero, the block is the identity.
 *
 *     new Residual({ conv1: new Conv2d({ in: 8, out: 8, size: 3, pad: 1 }), relu: new ReLU(), conv2: new Conv2d({ … }) })
 */
export class Residual extends Graph {
  static readonly derivation: string = addDerivation;

  /**
   * @param body      layers by name
   * @param shortcut  a layer that the input goes through before it is added, such as a 1×1 convolution with a stride where
   *   the body changes the shape; none unless given
   * @throws ValueError for an empty body, or a layer called "input", "shortcut" or "sum"
   */
  constructor(body: Readonly<Record<string, Layer>>, { shortcut }: { shortcut?: Layer } = {}) {
    checkNames("Residual", body, ["input", "shortcut", "sum"]);
    const nodes: Record<string, GraphNode> = {};
    let last = "input";
    for (const [name, layer] of Object.entries(body)) {
      nodes[name] = { layer, from: last };
      last = name;
    }
    if (shortcut) expectLayer("Residual", "shortcut", shortcut);
    if (shortcut) nodes.shortcut = { layer: shortcut, from: "input" };
    nodes.sum = { layer: new Sum(), from: [last, shortcut ? "shortcut" : "input"] };
    super(nodes);
  }
}

/**
 * Branches that all read the same input. Their outputs are joined: concatenated along the channels, as in Inception
 * (Szegedy et al., 2015), or added.
 *
 *     new Parallel({ one: pointwiseConv2d({ in: 8, out: 4 }), three: new Sequential({ … }) })
 */
export class Parallel extends Graph {
  static readonly derivation: string = concatDerivation;

  /**
   * @param branches  layers by name, often Sequentials
   * @param join      "concat" or "add"; "concat"
   * @throws ValueError for no branches, or one called "input" or "join"
   */
  constructor(
    branches: Readonly<Record<string, Layer>>,
    { join = "concat" }: { join?: "concat" | "add" } = {},
  ) {
    checkNames("Parallel", branches, ["input", "join"]);
    if (join !== "concat" && join !== "add")
      throw new ValueError(`Parallel: join is ${JSON.stringify(join)}; use "concat" or "add".`);
    const nodes: Record<string, GraphNode> = {};
    for (const [name, layer] of Object.entries(branches)) nodes[name] = { layer, from: "input" };
    const names = Object.keys(branches);
    nodes.join = { layer: join === "concat" ? new Concat() : new Sum(), from: names };
    super(nodes);
  }
}

/**
 * Attention by a mask (lecture A): one branch says with numbers between 0 and 1 where to look, the other what is there,
 * and the block's output is their product.
 *
 *     new Attention({ mask: new Sequential({ conv: new Conv2d({ in: 8, out: 1, size: 3, pad: 1 }), squash: new Sigmoid() }) })
 */
export class Attention extends Graph {
  static readonly derivation: string = attentionDerivation;

  /**
   * @param options  mask: computes one channel of the activations' size, and usually ends in a Sigmoid; body: computes the
   *   activations, which are the input itself unless it is given
   */
  constructor({ mask, body }: { mask: Layer; body?: Layer }) {
    expectLayer("Attention", "mask", mask);
    if (body) expectLayer("Attention", "body", body);
    const nodes: Record<string, GraphNode> = { mask: { layer: mask, from: "input" } };
    if (body) nodes.body = { layer: body, from: "input" };
    nodes.product = { layer: new Masked(), from: [body ? "body" : "input", "mask"] };
    super(nodes);
  }
}

function checkNames(block: string, layers: Readonly<Record<string, Layer>>, taken: readonly string[]): void {
  expectLayers(block, layers);
  const names = Object.keys(layers);
  if (names.length === 0) {
    throw new ValueError(`${block}: there are no layers; give one or more by name.`);
  }
  const clash = names.find((name) => taken.includes(name));
  if (clash !== undefined) {
    throw new ValueError(
      `${block}: a layer is called "${clash}", which the block itself uses; call it something else.`,
    );
  }
}
