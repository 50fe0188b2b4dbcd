/**
 * A directed acyclic graph of layers: several layers may read one value, and several values may be merged. Backward visits
 * the layers in reverse order; a value that several layers read gets the sum of their gradients. A Graph is itself a layer.
 */
import { ValueError } from "../array/errors.js";
import { Random } from "../array/random.js";
import type { Tensor } from "../array/tensor.js";
import { sumOfReaders } from "../layers/gradient-sums.js";
import { Layer, Merge, type ContainerPass } from "../layers/layer.js";
import { Container, expectLayer, expectNamed, type Part, type Source } from "./container.js";

/** One layer of a graph, and the nodes whose outputs it reads; "input" is the graph's own input. */
export interface GraphNode {
  readonly layer: Layer | Merge;
  readonly from: string | readonly string[];
}

/**
 * A network as a directed acyclic graph of named layers: a node reads the output of one or several earlier nodes, or the
 * graph's own input. A value that several nodes read gets the sum of their gradients. A Graph is itself a layer.
 */
export class Graph extends Container {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** The node whose output is the graph's output. */
  readonly output: string;

  /**
   *     new Graph({
   *       squeeze: { layer: new Conv2d(…), from: "input" },
   *       left: { layer: new Conv2d(…), from: "squeeze" },
   *       right: { layer: new Conv2d(…), from: "squeeze" },
   *       both: { layer: new Concat(), from: ["left", "right"] },
   *     })
   *
   * @param nodes   the nodes by name, each after those that it reads
   * @param output  the node whose output is the graph's output; the last one unless given
   * @throws ValueError for what is not a layer, a node that reads a name not defined before it, or nodes that no node reads
   */
  constructor(
    nodes: Readonly<Record<string, GraphNode>>,
    output: string = Object.keys(nodes).at(-1) ?? "input",
  ) {
    const parts = partsOf(nodes, output);
    super(
      [...parts.values()],
      parts.get(output),
      new Random(1), // a container around this one draws anew from its own seed
    );
    this.nodes = nodes;
    this.output = output;
  }

  override describe(): string {
    return `Graph, ${this.parts.length} layers`;
  }

  override forward(x: Tensor, pass: ContainerPass): Tensor {
    return pass.enclose(() => this.#forward(x, pass));
  }

  override backward(dy: Tensor, pass: ContainerPass): Tensor {
    return pass.enclose(() => this.#backward(dy, pass));
  }

  #forward(x: Tensor, pass: ContainerPass): Tensor {
    const values = new Map([["input", x]]);
    for (const [name, { layer, from }] of Object.entries(this.nodes)) {
      const inputs = sources(from).map((source) => values.get(source) as Tensor);
      const y = pass.within(name, () => {
        pass.tap("input", inputs[0]);
        const output =
          layer instanceof Layer
            ? layer.forward(inputs[0], pass, this.following(name, pass))
            : layer.forward(inputs, pass);
        pass.tap("forward", output);
        return output;
      });
      values.set(name, y);
    }
    return values.get(this.output) as Tensor;
  }

  #backward(dy: Tensor, pass: ContainerPass): Tensor {
    const gradients = new Map([[this.output, dy]]);
    for (const [name, { layer, from }] of Object.entries(this.nodes).reverse()) {
      const upstream = gradients.get(name) as Tensor; // every node is read by another, or is the output
      const dxs = pass.within(name, () => {
        const given =
          layer instanceof Layer
            ? [layer.backward(upstream, pass, true, this.preceding(name, pass))]
            : layer.backward(upstream, pass);
        for (const dx of given) pass.tap("backward", dx);
        return given;
      });
      sources(from).forEach((source, i) => {
        const sum = gradients.get(source);
        gradients.set(source, sum ? pass.engine.of(sumOfReaders)(sum, dxs[i]) : dxs[i]);
      });
    }
    return gradients.get("input") as Tensor;
  }
}

function sources(from: string | readonly string[]): readonly string[] {
  return typeof from === "string" ? [from] : from;
}

/** The nodes as parts, each with the parts that it reads. @throws ValueError when they make no graph */
function partsOf(nodes: Readonly<Record<string, GraphNode>>, output: string): Map<string, Part> {
  expectNamed("graph", nodes, '{ layer: new ReLU(), from: "input" }');
  const parts = new Map<string, Part>();
  const known = new Map<string, Source>([["input", undefined]]);
  const read = new Set([output]);
  for (const [name, node] of Object.entries(nodes)) {
    expectNode(name, node);
    const { layer, from } = node;
    if (known.has(name))
      throw new ValueError(`graph: "${name}" is there twice; give every node a name of its own.`);
    for (const source of sources(from)) {
      if (!known.has(source)) {
        throw new ValueError(
          `graph: "${name}" reads "${source}", which is not before it; known are ${[...known.keys()].join(", ")}.`,
        );
      }
      read.add(source);
    }
    if (layer instanceof Layer && sources(from).length !== 1) {
      throw new ValueError(
        `graph: "${name}" is a ${layer.kind} and reads one value, not ${sources(from).length}; join them first.`,
      );
    }
    const part: Part = { name, layer, from: sources(from).map((source) => known.get(source)) };
    known.set(name, part);
    parts.set(name, part);
  }
  const unread = [...parts.keys()].filter((name) => !read.has(name));
  if (!known.has(output) || unread.length > 0) {
    throw new ValueError(
      known.has(output)
        ? `graph: nobody reads ${unread.join(", ")}; leave them out.`
        : `graph: the output "${output}" is none of ${[...known.keys()].join(", ")}.`,
    );
  }
  return parts;
}

/** @throws ValueError when it is not a layer and what the layer reads */
function expectNode(name: string, node: unknown): void {
  if (node instanceof Layer || node instanceof Merge) {
    throw new ValueError(
      `graph: "${name}" is a ${node.kind} that does not say what it reads; write { layer: …, from: "input" }.`,
    );
  }
  const { layer, from } = (node ?? {}) as Partial<GraphNode>;
  if (!(layer instanceof Merge)) expectLayer("graph", name, layer);
  const names = typeof from === "string" ? [from] : from;
  if (Array.isArray(names) && names.length > 0 && names.every((source) => typeof source === "string")) return;
  throw new ValueError(
    `graph: "${name}" does not say what it reads; give from: "input", or the names of nodes before it.`,
  );
}
