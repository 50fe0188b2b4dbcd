/** A node as its translation sees it: attributes with their defaults, constant inputs, shapes. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, wrap, type Shape, type Tensor } from "../../array/tensor.js";
import type { ElementKind } from "../../formats/elements.js";
import type { OnnxNode } from "../../formats/onnx/model.js";
import { kindOf } from "../../formats/onnx/tensor.js";
import type { Layer, Merge } from "../../layers/layer.js";

/** An operator, or a use of one, for which the library has no layer. */
export class UnsupportedOperatorError extends Error {
  override name = "UnsupportedOperatorError";
  /** The operators, such as "Conv3d" is not: ONNX's names. */
  readonly operators: readonly string[];

  constructor(message: string, operators: readonly string[]) {
    super(message);
    this.operators = operators;
  }
}

/**
 * Used as the number of examples while a graph is translated. It is a prime that no axis has; so an extent that is a
 * multiple of it belongs to the batch, even after the graph has computed with its shapes.
 */
export const BATCH = 134_217_689;

/** Whether an extent grows with the batch. */
export function isOpen(extent: number): boolean {
  return extent >= BATCH && extent % BATCH === 0;
}

/** The text with BATCH replaced by N. */
export function withN(text: string): string {
  return text.replace(/\d{9,}/g, (digits) => {
    const times = Number(digits) / BATCH;
    return Number.isInteger(times) ? `${times === 1 ? "" : `${times}·`}N` : digits;
  });
}

/** A value of the graph while it is translated: a constant, or a layer's output. */
export interface Operand {
  /** The value, if it is known before anything is computed. */
  readonly constant?: Tensor;
  /** The shape with the batch axis, which is BATCH when the batch is open; absent when it is unknown. */
  readonly shape?: Shape;
  /** Whether it holds whole numbers; some operators treat these differently. */
  readonly isInteger?: boolean;
  /** Whether it was computed from the batch size, which is BATCH here. */
  readonly isOfBatch?: boolean;
  /** How many blocks are outside the batch in the axis that it shares with others; 1. */
  readonly within?: number;
}

/** The source of a part's input: an input of the node, or an earlier part of the node, by its index. */
export type PartSource = { readonly operand: number } | { readonly part: number };

/** One of the layers that an operator becomes. */
export interface Part {
  /** Its name if the node has none: "conv". */
  readonly name: string;
  readonly layer: Layer | Merge;
  /** By default a layer reads the previous part, or the first computed input; a merge reads all computed inputs. */
  readonly from?: readonly PartSource[];
}

export class NodeView {
  readonly node: OnnxNode;
  /** The version of the operator set. */
  readonly opset: number;
  /** undefined where an optional input is absent. */
  readonly operands: readonly (Operand | undefined)[];

  /** The batch size that the file was written for; undefined when it is open. */
  readonly batch: number | undefined;
  /** Whether its output is used only as an index. */
  readonly isIndex: boolean;

  constructor(
    node: OnnxNode,
    opset: number,
    operands: readonly (Operand | undefined)[],
    { batch, isIndex = false }: { batch?: number; isIndex?: boolean } = {},
  ) {
    this.node = node;
    this.opset = opset;
    this.operands = operands;
    this.batch = batch;
    this.isIndex = isIndex;
  }

  /** How many blocks are outside the batch in the axis that contains it: 1, or L in an axis of L·N. */
  get within(): number {
    return this.operands[this.computed[0] ?? 0]?.within ?? 1;
  }

  /** "Conv conv1", for messages. */
  get title(): string {
    return this.node.name ? `${this.node.op} "${this.node.name}"` : this.node.op;
  }

  number(name: string, otherwise: number): number {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return otherwise;
    if (typeof attribute.value === "number") return attribute.value;
    throw this.wrong(name, "a number");
  }

  /** As `number`, but undefined when the node does not have the attribute. */
  numberOf(name: string): number | undefined {
    return this.node.attributes[name] === undefined ? undefined : this.number(name, 0);
  }

  numbers(name: string): readonly number[] | undefined {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return undefined;
    if (attribute.type === "ints" || attribute.type === "floats") return attribute.value;
    throw this.wrong(name, "a list of numbers");
  }

  text(name: string, otherwise: string): string {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return otherwise;
    if (attribute.type === "string") return attribute.value;
    throw this.wrong(name, "a text");
  }

  /** The value of a constant input; undefined when the input is absent. @throws when it is computed */
  constant(index: number, name: string): Tensor | undefined {
    const operand = this.operands[index];
    if (operand === undefined) return undefined;
    if (operand.constant) return operand.constant;
    throw this.unsupported(`its ${name} is computed by the network and not a constant`);
  }

  /**
   * A constant that is used in arithmetic rather than in shapes; undefined when the input is absent or computed.
   * @throws when it was computed from the batch size, which is not known yet
   */
  factor(index: number): Tensor | undefined {
    const operand = this.operands[index];
    if (operand?.isOfBatch) throw this.unsupported("it computes with the size of the batch");
    return operand?.constant;
  }

  /** A constant that an exporter repeated for every example of its batch, reduced to one example. */
  ofOneExample(constant: Tensor): Tensor {
    const [count, ...example] = constant.shape;
    if (count === undefined || count !== this.batch || count < 2 || !isOpen(this.knownShape?.[0] ?? 0))
      return constant;
    const [values, size] = [flat(constant), constant.size / count];
    const isSame = values.every((value: number, i: number) => value === values[i % size]);
    return isSame ? wrap(values.slice(0, size), [1, ...example]) : constant;
  }

  /** The indices of the inputs that the network computes. */
  get computed(): number[] {
    return this.operands.flatMap((operand, i) => (operand && !operand.constant ? [i] : []));
  }

  /** As `constant`, for an input that must exist. */
  required(index: number, name: string): Tensor {
    const value = this.constant(index, name);
    if (value) return value;
    throw new ValueError(`onnx: ${this.title} has no ${name}; the file is damaged.`);
  }

  /** The numbers of a constant input, such as axes or a shape. */
  list(index: number, name: string): readonly number[] | undefined {
    const value = this.constant(index, name);
    return value && [...flat(value)];
  }

  /** Numbers that are an attribute in old operator sets and an input in new ones. */
  attributeOrInput(name: string, index: number): readonly number[] | undefined {
    return this.numbers(name) ?? this.list(index, name);
  }

  /** Whether an input holds whole numbers. */
  isInteger(index: number): boolean {
    return this.operands[index]?.isInteger === true;
  }

  /** The shape of the first computed input, with the batch axis. @throws when it is unknown */
  get shape(): Shape {
    const shape = this.knownShape;
    if (shape) return shape;
    throw new ShapeError(
      `onnx: ${this.title} needs to know the shape of its input, and the file does not say it; give the shape of one example, ` +
        `such as importOnnx(bytes, { input: [1, 28, 28] }).`,
    );
  }

  /** As `shape`, but undefined when it is unknown. */
  get knownShape(): Shape | undefined {
    const computed = this.operands.find((operand) => operand && !operand.constant);
    return (computed ?? this.operands[0])?.shape;
  }

  /** An axis counted from the front. @throws when there is no such axis */
  axis(value: number, rank: number = this.shape.length): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    throw new ShapeError(`onnx: ${this.title}: there is no axis ${value} in ${showShape(this.shape)}.`);
  }

  /** As `axis`, but not the batch axis. @throws UnsupportedOperatorError */
  inner(value: number, what: string): number {
    const axis = this.axis(value);
    if (isOpen(this.shape[axis])) throw this.unsupported(`it ${what} the batch`);
    return axis;
  }

  /** The number type that a Cast makes; undefined when it is unknown here. */
  get castsTo(): ElementKind | undefined {
    return kindOf(this.number("to", 1));
  }

  /** Whether a Cast is to one of the floating-point types. */
  get castsToFloat(): boolean {
    return this.castsTo !== undefined && ["f32", "f64", "f16", "bf16"].includes(this.castsTo);
  }

  /** The error for an operator that no layer does. */
  unsupported(why: string): UnsupportedOperatorError {
    return new UnsupportedOperatorError(`onnx: ${this.title} cannot become a layer: ${why}.`, [this.node.op]);
  }

  private wrong(name: string, expected: string): ValueError {
    return new ValueError(
      `onnx: ${this.title}: the attribute ${name} is not ${expected}; the file is damaged.`,
    );
  }
}
