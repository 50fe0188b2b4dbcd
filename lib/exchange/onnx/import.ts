/**
 * ONNX models as networks of the library's layers, weights and all. What lies one after the other becomes layers of a
 * Sequential; between places where everything goes through one value, branches become a Graph.
 */
import { ShapeError, ValueError } from "../../array/errors.js";
import { flat, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxModel, OnnxNode } from "../../formats/onnx/model.js";
import { readOnnx } from "../../formats/onnx/onnx.js";
import { Conv1d } from "../../layers/convolution/conv1d.js";
import { Conv2d } from "../../layers/convolution/conv2d.js";
import { Layer, type Merge } from "../../layers/layer.js";
import { Linear } from "../../layers/linear.js";
import { Graph, type GraphNode } from "../../net/graph.js";
import { Sequential } from "../../net/sequential.js";
import { placed } from "./arithmetic.js";
import { operators } from "./operators.js";
import { fold } from "./fold.js";
import { NodeView, UnsupportedOperatorError, type Operand, type Part } from "./view.js";
import { blank, filled } from "./windows.js";

/** What `importOnnx` must know when the file leaves it open: the input's shape, constants, which output is wanted. */
export interface OnnxImportOptions {
  /** The shape of one example, such as [3, 224, 224]; the file's own unless given. */
  input?: Shape;
  /** Values for inputs of the graph that are not the data: they become constants. */
  constants?: Readonly<Record<string, Tensor>>;
  /** The output that is wanted, when the model has several; the first unless given. */
  output?: string;
}

/** A value while the graph is translated. */
interface Value extends Operand {
  /** The step that makes it, or "input"; absent for constants. */
  readonly step?: string;
}

interface Step {
  readonly name: string;
  layer: Layer | Merge;
  /** Steps, or "input". */
  readonly from: readonly string[];
  readonly shape: Shape | undefined;
  readonly mixesExamples: boolean;
}

/**
 * A network of this library's layers, with its weights, from an ONNX file that PyTorch or another program wrote.
 * @param model    an ONNX file's bytes, or the model that `readOnnx` made of them
 * @returns a network; its layers have the nodes' names where these have some
 * @throws UnsupportedOperatorError naming all operators that no layer does, FormatError for a damaged file, ValueError
 *   for a model that has not one data input, ShapeError where a shape must be known and is not
 */
export function importOnnx(model: Uint8Array | OnnxModel, options: OnnxImportOptions = {}): Sequential {
  return new Importer(model instanceof Uint8Array ? readOnnx(model) : model, options).network();
}

class Importer {
  readonly #model: OnnxModel;
  readonly #values = new Map<string, Value>();
  readonly #steps = new Map<string, Step>();
  readonly #input: Shape | undefined;
  readonly #output: string;
  readonly #nodes: readonly OnnxNode[];

  constructor(model: OnnxModel, { input, constants = {}, output }: OnnxImportOptions) {
    const { graph } = model;
    this.#model = model;
    for (const { name, value } of graph.initializers)
      this.#define(name, { constant: value, shape: value.shape });
    for (const [name, value] of Object.entries(constants))
      this.#define(name, { constant: value, shape: value.shape });
    const data = graph.inputs.filter(({ name }) => !this.#values.has(name));
    if (data.length !== 1) {
      throw new ValueError(
        `importOnnx: a network has one input, and this model has ${data.length} (${data.map(({ name }) => name).join(", ")}); ` +
          `give the others' values as constants.`,
      );
    }
    const declared = data[0].shape?.map((extent, axis) =>
      typeof extent === "number" ? extent : axis === 0 ? 0 : -1,
    );
    const shape = input ? [declared?.[0] ?? 0, ...input] : declared?.includes(-1) ? undefined : declared;
    this.#input = shape;
    this.#define(data[0].name, { step: "input", shape });
    this.#output = output ?? graph.outputs[0]?.name ?? "";
    if (!graph.outputs.some(({ name }) => name === this.#output)) {
      throw new ValueError(
        `importOnnx: the model has no output "${this.#output}"; it has ${graph.outputs.map(({ name }) => name).join(", ")}.`,
      );
    }
    this.#nodes = needed(graph.nodes, this.#output);
  }

  network(): Sequential {
    for (const node of this.#nodes) this.#add(node);
    const last = this.#values.get(this.#output);
    if (last?.step === undefined)
      throw new ValueError(`importOnnx: the output does not depend on the input.`);
    const steps = [...this.#steps.values()];
    const isByExample = steps.every(
      ({ shape, mixesExamples }) => shape && !mixesExamples && shape[0] === this.#input?.[0],
    );
    return new Sequential(
      inARow(steps, last.step),
      isByExample && this.#input ? { input: this.#input.slice(1) } : {},
    );
  }

  #define(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  #add(node: OnnxNode): void {
    const operands = node.inputs.map((name) => {
      if (name === "") return undefined;
      const value = this.#values.get(name);
      if (value) return value;
      throw new ValueError(
        `onnx: ${node.op} reads "${name}", which nothing before it makes; the file is damaged.`,
      );
    });
    const view = new NodeView(node, this.#model.opsets[node.domain] ?? 1, operands);
    const constant = fold(view);
    if (constant) {
      this.#define(node.outputs[0], { constant, shape: constant.shape });
      return;
    }
    if (!Object.hasOwn(operators, node.op)) throw view.unsupported("its inputs are not constants");
    if (this.#addBias(view, operands)) return;
    node.outputs.forEach((name, output) => {
      if (output > 0 && (name === "" || !this.#isRead(name))) return;
      if (output > 0 && node.op !== "Split") throw view.unsupported(`its output ${output} is used`);
      this.#define(name, this.#append(view, operators[node.op](view, output), operands));
    });
  }

  /** Adds an operator's layers in a row. @returns the value that the last makes */
  #append(view: NodeView, parts: readonly Part[], operands: readonly (Value | undefined)[]): Value {
    const computed = operands.flatMap((operand) => (operand?.step === undefined ? [] : [operand]));
    if (computed.length === 0) throw view.unsupported("none of its inputs is computed");
    let [before] = computed;
    parts.forEach(({ name: kind, layer, shape: given, mixesExamples = false }, i) => {
      const from = layer instanceof Layer ? [before] : computed;
      const shape = given ?? shapeAfter(view, layer, from);
      const name = this.#unique(view.node.name, kind, i);
      this.#steps.set(name, {
        name,
        layer,
        from: from.map(({ step }) => step as string),
        shape,
        mixesExamples,
      });
      before = { step: name, shape };
    });
    return before;
  }

  /** A constant added behind a layer that has no bias yet is its bias. @returns whether this node was such a one */
  #addBias(view: NodeView, operands: readonly (Value | undefined)[]): boolean {
    const { node } = view;
    if (node.op !== "Add" || operands.length !== 2) return false;
    const which = operands.findIndex((operand) => operand?.constant);
    const [constant, value] = [operands[which]?.constant, operands[1 - which]];
    const step = value?.step === undefined ? undefined : this.#steps.get(value.step);
    if (which < 0 || !constant || !value || !step || this.#readers(node.inputs[1 - which]) !== 1)
      return false;
    const layer = biased(step.layer, placed(view, constant));
    if (!layer) return false;
    step.layer = layer;
    this.#define(node.outputs[0], value);
    return true;
  }

  #readers(name: string): number {
    const reads = this.#nodes.reduce(
      (n, { inputs }) => n + inputs.filter((input) => input === name).length,
      0,
    );
    return reads + (name === this.#output ? 1 : 0);
  }

  #isRead(name: string): boolean {
    return this.#readers(name) > 0;
  }

  /** The node's own name, with what paths cannot have replaced; else the kind of layer and a number. */
  #unique(given: string, kind: string, part: number): string {
    const own = given.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
    const first = own === "" || own === "input" ? "" : part === 0 ? own : `${own}_${part + 1}`;
    if (first !== "" && !this.#steps.has(first)) return first;
    const base = first || kind;
    let number = first ? 2 : 1;
    while (this.#steps.has(`${base}${first ? "_" : ""}${number}`)) number++;
    return `${base}${first ? "_" : ""}${number}`;
  }
}

/** The nodes that the output depends on. @throws UnsupportedOperatorError naming every operator that cannot be translated */
function needed(nodes: readonly OnnxNode[], output: string): OnnxNode[] {
  const wanted = new Set([output]);
  const used = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((name) => wanted.has(name))) return false;
    for (const name of node.inputs) wanted.add(name);
    return true;
  });
  const unknown = used.filter(
    ({ op, domain }) => domain !== "" || !(Object.hasOwn(operators, op) || folded.has(op)),
  );
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map(({ op, domain }) => (domain ? `${domain}.${op}` : op)))].sort();
    throw new UnsupportedOperatorError(
      `onnx: no layer of the library does ${names.join(", ")}; there are layers for ${Object.keys(operators).join(", ")}.`,
      names,
    );
  }
  return used.reverse();
}

/** Operators that constants alone may have. */
const folded = new Set(["Constant", "ConstantOfShape", "Shape", "Gather"]);

function shapeAfter(view: NodeView, layer: Layer | Merge, from: readonly Value[]): Shape | undefined {
  const shapes = from.flatMap(({ shape }) => (shape ? [shape] : []));
  if (shapes.length !== from.length) return undefined;
  const examples = shapes.map((shape) => shape.slice(1));
  try {
    return [
      shapes[0][0],
      ...(layer instanceof Layer ? layer.outputShape(examples[0]) : layer.outputShape(examples)),
    ];
  } catch (error) {
    if (error instanceof ShapeError) error.message = `onnx: ${view.title}: ${error.message}`;
    throw error;
  }
}

/** The layer with a bias, when it can have one and the constant is one number for each of its outputs' channels. */
function biased(layer: Layer | Merge, constant: Tensor): Layer | undefined {
  const channelsFirst = (rank: number): boolean => {
    const aligned = [...Array<number>(Math.max(0, rank - constant.shape.length)).fill(1), ...constant.shape];
    return (
      aligned.length === rank && aligned.every((extent, axis) => extent === (axis === 1 ? constant.size : 1))
    );
  };
  const isPlain =
    (layer instanceof Conv1d || layer instanceof Conv2d || layer instanceof Linear) && !layer.parameters.b;
  if (!isPlain || constant.dtype !== layer.parameters.w.value.dtype) return undefined;
  const { out } = layer.options;
  const rank = layer instanceof Linear ? 2 : layer instanceof Conv1d ? 3 : 4;
  if (constant.size !== out || !channelsFirst(rank)) return undefined;
  const [w, b] = [layer.parameters.w.value, wrap(flat(constant), [out])];
  const options = { bias: true, init: blank };
  if (layer instanceof Linear) return filled(new Linear({ ...layer.options, ...options }), w, b);
  if (layer instanceof Conv1d) return filled(new Conv1d({ ...layer.options, ...options }), w, b);
  return filled(new Conv2d({ ...layer.options, ...options }), w, b);
}

/** Steps as layers in a row: single ones as they are, what lies between two places that all goes through as a Graph. */
function inARow(steps: readonly Step[], output: string): Record<string, Layer> {
  const used = reachable(steps, output);
  const lastReader = new Map<string, number>([[output, used.length]]);
  used.forEach(({ from }, i) =>
    from.forEach((name) => lastReader.set(name, Math.max(i, lastReader.get(name) ?? 0))),
  );
  const layers: [string, Layer][] = [];
  let [entrance, group]: [string, Step[]] = ["input", []];
  const live = new Set(["input"]);
  used.forEach((step, i) => {
    group.push(step);
    live.add(step.name);
    for (const name of live) if ((lastReader.get(name) ?? -1) <= i) live.delete(name);
    if (live.size > 1 || !live.has(step.name)) return;
    if (group.length === 1 && step.layer instanceof Layer) layers.push([step.name, step.layer]);
    else
      layers.push([
        `block${layers.filter(([, layer]) => layer instanceof Graph).length + 1}`,
        graphOf(group, entrance),
      ]);
    [entrance, group] = [step.name, []];
  });
  return Object.fromEntries(layers);
}

function graphOf(group: readonly Step[], entrance: string): Graph {
  const nodes = group.map(({ name, layer, from }): [string, GraphNode] => [
    name,
    { layer, from: from.map((source) => (source === entrance ? "input" : source)) },
  ]);
  return new Graph(Object.fromEntries(nodes));
}

function reachable(steps: readonly Step[], output: string): Step[] {
  const wanted = new Set([output]);
  const used = [...steps].reverse().filter(({ name, from }) => {
    if (!wanted.has(name)) return false;
    for (const source of from) wanted.add(source);
    return true;
  });
  return used.reverse();
}
