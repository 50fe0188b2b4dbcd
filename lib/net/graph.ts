/**
 * Layers in any order without circles: a value may be read by several layers, and several values may meet. Backward visits
 * the layers in reverse; a value that was read several times gets the sum of the gradients. A Graph is itself a layer.
 */
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import { flat, wrap, type Shape, type Tensor } from "../array/tensor.js";
import { Layer, Parameter, type LayerPass } from "../layers/layer.js";
import { Merge } from "./merge.js";
import { Pass } from "./pass.js";

/** One layer of a graph and whose outputs it reads; "input" is what the graph itself is given. */
export interface GraphNode {
  readonly layer: Layer | Merge;
  readonly from: string | readonly string[];
}

export class Graph extends Layer {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** The node whose output is the graph's. */
  readonly output: string;
  /** All parameters by path: "conv1.w". */
  override readonly parameters: Readonly<Record<string, Parameter>>;
  override readonly buffers: Readonly<Record<string, Tensor>>;

  /**
   *     new Graph({
   *       squeeze: { layer: new Conv2d(…), from: "input" },
   *       left: { layer: new Conv2d(…), from: "squeeze" },
   *       right: { layer: new Conv2d(…), from: "squeeze" },
   *       both: { layer: new Concat(), from: ["left", "right"] },
   *     })
   *
   * @param nodes   by name, each after those it reads
   * @param output  whose output is the graph's; the last unless given
   * @throws ValueError for a name that is not known yet where it is read, or nodes that nobody reads
   */
  constructor(
    nodes: Readonly<Record<string, GraphNode>>,
    output: string = Object.keys(nodes).at(-1) ?? "input",
  ) {
    super();
    this.nodes = nodes;
    this.output = output;
    const known = new Set(["input"]);
    const read = new Set([output]);
    for (const [name, { layer, from }] of Object.entries(nodes)) {
      if (known.has(name))
        throw new ValueError(`graph: "${name}" is there twice; give every node a name of its own.`);
      for (const source of sources(from)) {
        if (!known.has(source)) {
          throw new ValueError(
            `graph: "${name}" reads "${source}", which is not before it; known are ${[...known].join(", ")}.`,
          );
        }
        read.add(source);
      }
      if (layer instanceof Layer && sources(from).length !== 1) {
        throw new ValueError(
          `graph: "${name}" is a ${layer.kind} and reads one value, not ${sources(from).length}; join them first.`,
        );
      }
      known.add(name);
    }
    const unread = [...known].filter((name) => name !== "input" && !read.has(name));
    if (!known.has(output) || unread.length > 0) {
      throw new ValueError(
        known.has(output)
          ? `graph: nobody reads ${unread.join(", ")}; leave them out.`
          : `graph: the output "${output}" is none of ${[...known].join(", ")}.`,
      );
    }
    const layers = Object.entries(nodes).flatMap(([name, { layer }]) =>
      layer instanceof Layer ? [[name, layer] as const] : [],
    );
    const random = new Random(1); // a container around this one draws anew from its own seed
    for (const [, layer] of layers) {
      const draw = random.fork();
      for (const parameter of Object.values(layer.parameters)) if (parameter.fresh) parameter.draw(draw);
    }
    this.parameters = byPath(layers.map(([name, layer]) => [name, layer.parameters]));
    this.buffers = byPath(layers.map(([name, layer]) => [name, layer.buffers]));
  }

  override describe(): string {
    return `Graph, ${Object.keys(this.nodes).length} layers`;
  }

  /** The layer at a path: "conv1". @throws ValueError naming the layers that there are */
  get(path: string): Layer {
    const [name, ...rest] = path.split(".");
    const layer = Object.hasOwn(this.nodes, name) ? this.nodes[name].layer : undefined;
    if (!(layer instanceof Layer)) {
      const names = Object.keys(this.nodes).filter((key) => this.nodes[key].layer instanceof Layer);
      throw new ValueError(`graph: there is no layer "${name}"; there are ${names.join(", ")}.`);
    }
    if (rest.length === 0) return layer;
    if ("get" in layer) return (layer as { get(path: string): Layer }).get(rest.join("."));
    throw new ValueError(`graph: "${name}" is a ${layer.kind} and has no layers inside.`);
  }

  /** The shape of one output of every node, by name. */
  shapes(input: Shape): Map<string, number[]> {
    const pass = new Pass();
    const shapes = new Map([["input", [...input]]]);
    for (const [name, { layer, from }] of Object.entries(this.nodes)) {
      const inputs = sources(from).map((source) => shapes.get(source) as number[]);
      shapes.set(
        name,
        pass.within(name, () =>
          layer instanceof Layer ? layer.outputShape(inputs[0]) : layer.outputShape(inputs),
        ),
      );
    }
    return shapes;
  }

  override outputShape(input: Shape): number[] {
    return this.shapes(input).get(this.output) as number[];
  }

  override multiplyAdds(input: Shape): number {
    const shapes = this.shapes(input);
    return Object.values(this.nodes).reduce(
      (total, { layer, from }) =>
        total + (layer instanceof Layer ? layer.multiplyAdds(shapes.get(sources(from)[0]) as number[]) : 0),
      0,
    );
  }

  override forward(x: Tensor, pass: LayerPass): Tensor {
    return pass.enclose(() => this.#forward(x, pass));
  }

  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return pass.enclose(() => this.#backward(dy, pass));
  }

  #forward(x: Tensor, pass: LayerPass): Tensor {
    const values = new Map([["input", x]]);
    for (const [name, { layer, from }] of Object.entries(this.nodes)) {
      const inputs = sources(from).map((source) => values.get(source) as Tensor);
      const y = pass.within(name, () => {
        pass.tap("input", inputs[0]);
        const output = layer instanceof Layer ? layer.forward(inputs[0], pass) : layer.forward(inputs, pass);
        pass.tap("forward", output);
        return output;
      });
      values.set(name, y);
    }
    return values.get(this.output) as Tensor;
  }

  #backward(dy: Tensor, pass: LayerPass): Tensor {
    const gradients = new Map([[this.output, dy]]);
    for (const [name, { layer, from }] of Object.entries(this.nodes).reverse()) {
      const upstream = gradients.get(name) as Tensor; // somebody reads every node
      const dxs = pass.within(name, () => {
        const given =
          layer instanceof Layer ? [layer.backward(upstream, pass)] : layer.backward(upstream, pass);
        for (const dx of given) pass.tap("backward", dx);
        return given;
      });
      sources(from).forEach((source, i) => {
        const sum = gradients.get(source);
        gradients.set(source, sum ? plus(sum, dxs[i]) : dxs[i]);
      });
    }
    return gradients.get("input") as Tensor;
  }
}

function sources(from: string | readonly string[]): readonly string[] {
  return typeof from === "string" ? [from] : from;
}

function plus(a: Tensor, b: Tensor): Tensor {
  const [sum, B] = [flat(a).slice(), flat(b)];
  for (let i = 0; i < sum.length; i++) sum[i] += B[i];
  return wrap(sum, a.shape);
}

function byPath<T>(parts: readonly (readonly [string, Readonly<Record<string, T>>])[]): Record<string, T> {
  return Object.fromEntries(
    parts.flatMap(([name, own]) =>
      Object.entries(own).map(([key, value]) => [`${name}.${key}`, value] as const),
    ),
  );
}
