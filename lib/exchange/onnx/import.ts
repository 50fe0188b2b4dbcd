/**
 * Reads ONNX models as networks of the library's layers, with their weights. Operators one after the other become layers of
 * a Sequential; where a value branches, everything up to the value where the branches meet becomes a Graph.
 */
import { ShapeError, ValueError } from "../../array/errors.js";
import { flat, sizeOf, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxModel, OnnxNode } from "../../formats/onnx/model.js";
import { readOnnx } from "../../formats/onnx/onnx.js";
import { Layer, type Merge } from "../../layers/layer.js";
import { Flatten } from "../../layers/shape/flatten.js";
import { Reshape } from "../../layers/shape/reshape.js";
import { Pass } from "../../net/pass.js";
import { Sequential } from "../../net/sequential.js";
import { placed } from "./arithmetic.js";
import { biased } from "./bias.js";
import { operators, whyNot } from "./operators.js";
import { comparisons, fold, foldable, isWhole } from "./fold.js";
import { ReshapeBatch } from "./layers.js";
import { inARow, type Step } from "./rows.js";
import { BATCH, isOpen, NodeView, UnsupportedOperatorError, withN, type Operand, type Part } from "./view.js";
import { normalisationEndingIn } from "./written-out.js";

/** What `importOnnx` needs if the file does not say it: the input's shape, constants, the output to use. */
export interface OnnxImportOptions {
  /** The shape of one example, such as [3, 224, 224]; the file's own unless given. */
  input?: Shape;
  /** Values for the graph's inputs other than the data; they become constants. */
  constants?: Readonly<Record<string, Tensor>>;
  /** The output to use, if the model has several; the first unless given. */
  output?: string;
  /** The bytes of the files that hold the weights of a model that is stored in several, by name: { "net.onnx.data": bytes }. */
  externalData?: Readonly<Record<string, Uint8Array>>;
}

/** A value while the graph is translated. */
interface Value extends Operand {
  /** The step that makes it, or "input"; absent for constants. */
  readonly step?: string;
}

/**
 * A network of this library's layers, with its weights, from an ONNX file that PyTorch or another program wrote.
 * @param model    an ONNX file's bytes, or the model that `readOnnx` returned for them
 * @returns a network for batches of any size, if the graph allows it; its layers have the nodes' names, if there are any.
 *   It can be trained further: weights of convolutions, linear layers, embeddings and normalisations are its parameters;
 *   other constants, such as summands and factors of a value, do not change
 * @throws UnsupportedOperatorError naming all operators for which there is no layer, FormatError for a damaged file,
 *   ValueError for a model that does not have exactly one data input, ShapeError where a needed shape is unknown
 */
export function importOnnx(model: Uint8Array | OnnxModel, options: OnnxImportOptions = {}): Sequential {
  const isModel = typeof model === "object" && model !== null && "graph" in model;
  const read = isModel ? model : readOnnx(model, options);
  try {
    return new Importer(read, options).network();
  } catch (error) {
    // A graph that was written for one batch size may be wrong for another.
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
 * The shape of the data, with BATCH for the axis that is open, or for the first axis if none is; undefined when more than
 * one is open, or the file gives no shape.
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
  /** The batch size that the file was written for; undefined when it is open. */
  readonly #batch: number | undefined;

  /** @param batch  whether the network takes batches of any size, or only of the size that the file was written for */
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

  /** The batch size that a model was written for; undefined when it is open. */
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
    // The shape of an example is meaningful if every example gives exactly one output.
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

  /** Adds an operator's layers. @returns the output of the last one, or the first computed input if there are none */
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

  /** Replaces an If by its branch, if the condition is known before anything is computed. */
  #addBranch(node: OnnxNode, view: NodeView): void {
    const condition = view.operands[0]?.constant;
    if (!condition) throw view.unsupported(`its condition is computed; ${reasonOf("If")}`);
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

  /** Adds a normalisation that is written as several operators. @returns whether this node was its last */
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

  /** Makes a constant that is added after a layer without a bias its bias. @returns whether this node was such a sum */
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

  /** Whether a value is used only as an index of rows. */
  #isIndex(name: string): boolean {
    const readers = this.#nodes.filter((node) => readsOf(node).includes(name));
    return readers.length > 0 && readers.every(({ op, inputs }) => op === "Gather" && inputs[0] !== name);
  }

  #isRead(name: string): boolean {
    return this.#readers(name) > 0;
  }

  /** The node's own name, without characters that a path cannot have; else the kind of layer and a number. */
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

/** The values that a node reads, itself or in the graphs of its branches. */
function readsOf({ inputs, attributes }: OnnxNode): string[] {
  const inner = Object.values(attributes).flatMap((attribute) =>
    attribute.type === "graph" ? attribute.value.nodes.flatMap(readsOf) : [],
  );
  const returned = Object.values(attributes).flatMap((attribute) =>
    attribute.type === "graph" ? attribute.value.outputs.map(({ name }) => name) : [],
  );
  return [...inputs, ...inner, ...returned];
}

/** Why an operator that is translated for constants cannot be translated for computed values. */
function uncomputed(view: NodeView): string {
  if (["Shape", "Size"].includes(view.node.op)) void view.shape; // throws that the shape is unknown
  const isComparison = view.node.op in comparisons;
  const what = isComparison ? "it compares what the network computes" : "its inputs are not constants";
  return `${what}; ${reasonOf(view.node.op)}`;
}

/** Why one operator has no layer, as the end of a sentence. */
const reasonOf = (op: string): string => whyNot([op]).slice(` ${op}: `.length, -1);

/** Operators on computed values whose results are whole if their inputs are. */
const keepsWhole: ReadonlySet<string> = new Set([
  ...["Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"],
  ...["Tile", "Transpose", "Unsqueeze", "Add", "Sub", "Mul", "Max", "Min", "Neg", "Abs"],
]);

/** Computes an operator on constants, for which fold.ts has no function: its layers run now, and their result is stored. */
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

/** How many blocks are outside the batch in its axis, after a layer: a reshape does not change the order. */
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
