/**
 * ONNX models as networks of the library's layers, weights and all. What lies one after the other becomes layers of a
 * Sequential; between places where everything goes through one value, branches become a Graph.
 */
import { ShapeError, ValueError } from "../../array/errors.js";
import { flat, sizeOf, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxModel, OnnxNode } from "../../formats/onnx/model.js";
import { readOnnx } from "../../formats/onnx/onnx.js";
import { Conv1d } from "../../layers/convolution/conv1d.js";
import { Conv2d } from "../../layers/convolution/conv2d.js";
import { Layer, type Merge } from "../../layers/layer.js";
import { Linear } from "../../layers/linear.js";
import { Flatten } from "../../layers/shape/flatten.js";
import { Reshape } from "../../layers/shape/reshape.js";
import { Graph, type GraphNode } from "../../net/graph.js";
import { Pass } from "../../net/pass.js";
import { Sequential } from "../../net/sequential.js";
import { placed } from "./arithmetic.js";
import { operators, whyNot } from "./operators.js";
import { comparisons, fold, foldable, isWhole } from "./fold.js";
import { Around, ReshapeBatch } from "./layers.js";
import { BATCH, isOpen, NodeView, UnsupportedOperatorError, withN, type Operand, type Part } from "./view.js";
import { blank, filled } from "./windows.js";
import { normalisationEndingIn } from "./written-out.js";

/** What `importOnnx` must know when the file leaves it open: the input's shape, constants, which output is wanted. */
export interface OnnxImportOptions {
  /** The shape of one example, such as [3, 224, 224]; the file's own unless given. */
  input?: Shape;
  /** Values for inputs of the graph that are not the data: they become constants. */
  constants?: Readonly<Record<string, Tensor>>;
  /** The output that is wanted, when the model has several; the first unless given. */
  output?: string;
  /** The bytes of the files that hold the weights of a model that is stored in several, by name: { "net.onnx.data": bytes }. */
  externalData?: Readonly<Record<string, Uint8Array>>;
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
}

/**
 * A network of this library's layers, with its weights, from an ONNX file that PyTorch or another program wrote.
 * @param model    an ONNX file's bytes, or the model that `readOnnx` made of them
 * @returns a network for batches of any size, as far as the graph allows; its layers have the nodes' names where these
 *   have some. It trains on: weights of convolutions, linear layers, embeddings and normalisations are its parameters; other
 *   constants, such as what is added to or multiplied with a value, stay what they are
 * @throws UnsupportedOperatorError naming all operators that no layer does, FormatError for a damaged file, ValueError
 *   for a model that has not one data input, ShapeError where a shape must be known and is not
 */
export function importOnnx(model: Uint8Array | OnnxModel, options: OnnxImportOptions = {}): Sequential {
  const read = model instanceof Uint8Array ? readOnnx(model, options) : model;
  try {
    return new Importer(read, options).network();
  } catch (error) {
    // A graph that was written for one size of batch may have no meaning for another.
    const isOfShapes = error instanceof ShapeError || error instanceof UnsupportedOperatorError;
    if (!isOfShapes || Importer.batchOf(read, options) === undefined) throw named(error);
  }
  try {
    return new Importer(read, options, "as written").network();
  } catch (error) {
    throw named(error);
  }
}

/**
 * The shape of the data with BATCH for the axis that is open, or else for the first; undefined when more than one is open,
 * or the file does not say.
 */
function inputShape(
  declared: readonly (number | string)[] | undefined,
  batch: "any" | "as written",
): Shape | undefined {
  if (declared === undefined || declared.length === 0) return undefined;
  const open = declared.flatMap((extent, axis) => (typeof extent === "number" ? [] : [axis]));
  if (open.length > 1) return undefined;
  const which = open[0] ?? (batch === "any" ? 0 : -1);
  return declared.map((extent, axis) => (axis === which ? BATCH : Number(extent)));
}

/** The error with the batch called N. */
function named(error: unknown): unknown {
  if (error instanceof Error) error.message = withN(error.message);
  return error;
}

class Importer {
  readonly #model: OnnxModel;
  readonly #values = new Map<string, Value>();
  readonly #steps = new Map<string, Step>();
  readonly #input: Shape | undefined;
  readonly #output: string;
  readonly #nodes: readonly OnnxNode[];
  /** How many examples the file was written for; undefined when it leaves that open. */
  readonly #batch: number | undefined;

  /** @param batch  whether the network takes batches of any size, or such as the file was written for */
  constructor(model: OnnxModel, options: OnnxImportOptions, batch: "any" | "as written" = "any") {
    const { input, constants = {}, output } = options;
    const { graph } = model;
    this.#model = model;
    for (const { name, value, kind } of graph.initializers)
      this.#define(name, { constant: value, shape: value.shape, isInteger: isWhole(kind) });
    for (const [name, value] of Object.entries(constants))
      this.#define(name, { constant: value, shape: value.shape });
    const data = graph.inputs.filter(({ name }) => !this.#values.has(name));
    if (data.length !== 1) {
      throw new ValueError(
        `importOnnx: a network has one input, and this model has ${data.length} (${data.map(({ name }) => name).join(", ")}); ` +
          `give the others' values as constants.`,
      );
    }
    const [{ name, shape: declared, kind }] = data;
    this.#batch = Importer.batchOf(model, options);
    this.#input = inputShape(input ? [declared?.[0] ?? "N", ...input] : declared, batch);
    this.#define(name, { step: "input", shape: this.#input, isInteger: isWhole(kind) });
    this.#output = output ?? graph.outputs[0]?.name ?? "";
    if (!graph.outputs.some(({ name }) => name === this.#output)) {
      throw new ValueError(
        `importOnnx: the model has no output "${this.#output}"; it has ${graph.outputs.map(({ name }) => name).join(", ")}.`,
      );
    }
    this.#nodes = needed(graph.nodes, [this.#output]);
  }

  /** How many examples a model was written for; undefined when it leaves that open. */
  static batchOf({ graph }: OnnxModel, { constants = {} }: OnnxImportOptions): number | undefined {
    const stored = new Set([...graph.initializers.map(({ name }) => name), ...Object.keys(constants)]);
    const first = graph.inputs.find(({ name }) => !stored.has(name))?.shape?.[0];
    return typeof first === "number" ? first : undefined;
  }

  network(): Sequential {
    for (const node of this.#nodes) this.#add(node);
    const last = this.#values.get(this.#output);
    if (last?.step === undefined)
      throw new ValueError(`importOnnx: the output does not depend on the input.`);
    const layers = inARow([...this.#steps.values()], last.step);
    // The shape of an example says something when examples go in and come out one by one.
    const isByExample = this.#input?.[0] === BATCH && last.shape?.[0] === BATCH;
    return new Sequential(layers, isByExample && this.#input ? { input: this.#input.slice(1) } : {});
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
    const about = { batch: this.#batch, isIndex: this.#isIndex(node.outputs[0]) };
    const view = new NodeView(node, this.#model.opsets[node.domain] ?? 1, operands, about);
    if (fold(view)) {
      node.outputs.forEach((name, output) => {
        const constant = fold(view, output);
        if (name !== "" && constant) this.#define(name, constant);
      });
      return;
    }
    if (node.op === "If") {
      this.#addBranch(node, view);
      return;
    }
    if (!Object.hasOwn(operators, node.op)) throw view.unsupported(uncomputed(view));
    if (this.#addNormalisation(node, view) || this.#addBias(view, operands)) return;
    node.outputs.forEach((name, output) => {
      if (output > 0 && (name === "" || !this.#isRead(name))) return;
      if (output > 0 && node.op !== "Split") throw view.unsupported(`its output ${output} is used`);
      const parts = operators[node.op](view, output);
      const value = view.computed.length > 0 ? this.#append(view, parts, operands) : evaluated(view, parts);
      this.#define(name, value);
    });
  }

  /** Adds an operator's layers. @returns the value that the last makes, or the first computed input when there are none */
  #append(view: NodeView, parts: readonly Part[], operands: readonly (Value | undefined)[]): Value {
    const computed = view.computed.map((i) => operands[i] as Value);
    const made: Value[] = [];
    for (const [i, { name: kind, layer, from: given }] of parts.entries()) {
      const usual = layer instanceof Layer ? [made.at(-1) ?? computed[0]] : computed;
      const from =
        given?.map((source) => ("part" in source ? made[source.part] : operands[source.operand]) as Value) ??
        usual;
      const shape = shapeAfter(view, layer, from);
      const name = this.#unique(view.node.name, kind, i);
      this.#steps.set(name, { name, layer, from: from.map(({ step }) => step as string), shape });
      made.push({ step: name, shape, within: withinAfter(layer, from[0], shape) });
    }
    const last = made.at(-1) ?? computed[0];
    return {
      ...last,
      isInteger: keepsWhole.has(view.node.op) && computed.every(({ isInteger }) => isInteger),
    };
  }

  /** An If whose case is known before anything is computed: that case takes its place. */
  #addBranch(node: OnnxNode, view: NodeView): void {
    const condition = view.operands[0]?.constant;
    if (!condition)
      throw view.unsupported(`its condition is computed; ${whyNot(["If"]).slice(" If: ".length, -1)}`);
    const branch = node.attributes[flat(condition)[0] !== 0 ? "then_branch" : "else_branch"];
    if (branch?.type !== "graph")
      throw new ValueError(`onnx: ${view.title} has no such case; the file is damaged.`);
    const { nodes, outputs, initializers } = branch.value;
    for (const { name, value, kind } of initializers)
      this.#define(name, { constant: value, shape: value.shape, isInteger: isWhole(kind) });
    for (const inner of needed(
      nodes,
      outputs.map(({ name }) => name),
    ))
      this.#add(inner);
    node.outputs.forEach((name, i) => {
      const value = this.#values.get(outputs[i]?.name);
      if (value) this.#define(name, value);
    });
  }

  /** A normalisation that is written out. @returns whether this node was its last */
  #addNormalisation(node: OnnxNode, view: NodeView): boolean {
    const found = normalisationEndingIn(node, {
      producer: (name) => this.#nodes.find(({ outputs }) => outputs.includes(name)),
      constant: (name) => this.#values.get(name)?.constant,
      shape: (name) => this.#values.get(name)?.shape,
    });
    const input = found && this.#values.get(found.input);
    if (!found || input?.step === undefined) return false;
    const alone = new NodeView(node, view.opset, [input]);
    this.#define(node.outputs[0], this.#append(alone, [{ name: "norm", layer: found.layer }], [input]));
    return true;
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
      (n, node) => n + readsOf(node).filter((read) => read === name).length,
      0,
    );
    return reads + (name === this.#output ? 1 : 0);
  }

  /** Whether all who read a value take rows of something by it. */
  #isIndex(name: string): boolean {
    const readers = this.#nodes.filter((node) => readsOf(node).includes(name));
    return readers.length > 0 && readers.every(({ op, inputs }) => op === "Gather" && inputs[0] !== name);
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
function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const used = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((name) => wanted.has(name))) return false;
    for (const name of readsOf(node)) wanted.add(name);
    return true;
  });
  const unknown = used.filter(
    ({ op, domain, attributes }) =>
      domain !== "" ||
      !(Object.hasOwn(operators, op) || foldable.has(op) || attributes.then_branch?.type === "graph"),
  );
  if (unknown.length > 0) {
    const names = [...new Set(unknown.map(({ op, domain }) => (domain ? `${domain}.${op}` : op)))].sort();
    throw new UnsupportedOperatorError(
      `onnx: no layer of the library does ${names.join(", ")}.${whyNot(names)} There are layers for ${Object.keys(operators).join(", ")}.`,
      names,
    );
  }
  return used.reverse();
}

/** The values that a node reads, itself or in the graphs that it has for its cases. */
function readsOf({ inputs, attributes }: OnnxNode): string[] {
  const inner = Object.values(attributes).flatMap((attribute) =>
    attribute.type === "graph" ? attribute.value.nodes.flatMap(readsOf) : [],
  );
  const returned = Object.values(attributes).flatMap((attribute) =>
    attribute.type === "graph" ? attribute.value.outputs.map(({ name }) => name) : [],
  );
  return [...inputs, ...inner, ...returned];
}

/** Why an operator that constants may have cannot have what the network computes. */
function uncomputed(view: NodeView): string {
  if (["Shape", "Size"].includes(view.node.op)) void view.shape; // says that the shape is not known
  return view.node.op in comparisons
    ? "it compares what the network computes, which has no gradient"
    : "its inputs are not constants";
}

/** Operators that make whole numbers of whole numbers, while the network computes. */
const keepsWhole: ReadonlySet<string> = new Set([
  ...["Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"],
  ...["Tile", "Transpose", "Unsqueeze", "Add", "Sub", "Mul", "Max", "Min", "Neg", "Abs"],
]);

/** What an operator makes of constants that it alone can work with: its layers run now, and their result is stored. */
function evaluated(view: NodeView, parts: readonly Part[]): Value {
  const [x] = view.operands.map((operand) => operand?.constant);
  if (x === undefined) throw view.unsupported("none of its inputs is computed");
  const made: Tensor[] = [];
  for (const { layer, from } of parts) {
    const inputs = from?.map((source) =>
      "part" in source ? made[source.part] : (view.operands[source.operand]?.constant ?? x),
    ) ?? [made.at(-1) ?? x];
    const pass = new Pass({ backward: false });
    made.push(layer instanceof Layer ? layer.forward(inputs[0], pass) : layer.forward(inputs, pass));
  }
  const constant = made.at(-1) ?? x;
  return { constant, shape: constant.shape };
}

function shapeAfter(view: NodeView, layer: Layer | Merge, from: readonly Value[]): Shape | undefined {
  const shapes = from.flatMap(({ shape }) => (shape ? [shape] : []));
  if (shapes.length !== from.length) return undefined;
  try {
    return layer instanceof Layer ? layer.batchShape(shapes[0]) : layer.batchShape(shapes);
  } catch (error) {
    if (error instanceof ShapeError) error.message = `onnx: ${view.title}: ${error.message}`;
    throw error;
  }
}

/** How many blocks lie outside the batch in its axis, after a layer: what is only reshaped keeps its order. */
function withinAfter(
  layer: Layer | Merge,
  { shape: before, within = 1 }: Value,
  after: Shape | undefined,
): number {
  const [from, to] = [before?.findIndex(isOpen) ?? -1, after?.findIndex(isOpen) ?? -1];
  if (!before || !after || from < 0 || to < 0) return 1;
  if (layer instanceof ReshapeBatch || layer instanceof Reshape || layer instanceof Flatten) {
    const blocks = (sizeOf(before.slice(0, from)) * within) / sizeOf(after.slice(0, to));
    return Number.isInteger(blocks) && blocks >= 1 ? blocks : 1;
  }
  return before[from] === after[to] ? within : 1;
}

/** The layer with a bias, when it can have one and the constant is one number for each of its outputs' channels. */
function biased(layer: Layer | Merge, constant: Tensor): Layer | undefined {
  if (layer instanceof Around && layer.inner instanceof Linear) {
    const isLast = constant.shape.at(-1) === constant.size;
    const inner = isLast ? withBias(layer.inner, constant) : undefined;
    return inner && new Around(inner, layer.before, layer.after);
  }
  const isPlain = layer instanceof Conv1d || layer instanceof Conv2d || layer instanceof Linear;
  if (!isPlain) return undefined;
  const rank = layer instanceof Linear ? 2 : layer instanceof Conv1d ? 3 : 4;
  const aligned = [...Array<number>(Math.max(0, rank - constant.shape.length)).fill(1), ...constant.shape];
  const isOfChannels =
    aligned.length === rank && aligned.every((extent, axis) => extent === (axis === 1 ? constant.size : 1));
  return isOfChannels ? withBias(layer, constant) : undefined;
}

/** The layer with these numbers for its bias, when it has none and they are as many as its outputs. */
function withBias<L extends Conv1d | Conv2d | Linear>(layer: L, constant: Tensor): Layer | undefined {
  const { out } = layer.options;
  const w = layer.parameters.w.value;
  if (layer.parameters.b || constant.dtype !== w.dtype || constant.size !== out) return undefined;
  const b = wrap(flat(constant), [out]);
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
