/** What an operator's translation is told: the node's attributes with their defaults, its constant inputs, the shapes. */
import { ShapeError, ValueError, showShape } from "../../array/errors.js";
import { flat, type Shape, type Tensor } from "../../array/tensor.js";
import type { OnnxNode } from "../../formats/onnx/model.js";
import { kindOf } from "../../formats/onnx/tensor.js";
import type { Layer, Merge } from "../../layers/layer.js";

/** An operator, or a way of using one, that no layer of the library does. */
export class UnsupportedOperatorError extends Error {
  override name = "UnsupportedOperatorError";
  /** The operators, such as "Conv3d" is not: ONNX's names. */
  readonly operators: readonly string[];

  constructor(message: string, operators: readonly string[]) {
    super(message);
    this.operators = operators;
  }
}

/** A value of the graph while it is translated: a constant, or what some layer makes. */
export interface Operand {
  /** Present when it is known before anything is computed. */
  readonly constant?: Tensor;
  /** With the batch axis, which is 0 when the file leaves the batch open; absent when it is not known. */
  readonly shape?: Shape;
}

/** One layer that an operator becomes; an operator becomes one or several in a row. */
export interface Part {
  /** A name for it when the node has none: "conv". */
  readonly name: string;
  readonly layer: Layer | Merge;
  /** The shape of its output with the batch axis, when the layer itself cannot say it. */
  readonly shape?: Shape;
  /** Whether examples act on each other, so that the shape of one alone means nothing. */
  readonly mixesExamples?: boolean;
}

export class NodeView {
  readonly node: OnnxNode;
  /** The version of the operator set. */
  readonly opset: number;
  /** undefined where an optional input is absent. */
  readonly operands: readonly (Operand | undefined)[];

  constructor(node: OnnxNode, opset: number, operands: readonly (Operand | undefined)[]) {
    this.node = node;
    this.opset = opset;
    this.operands = operands;
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

  /** The constant that an input is, or undefined when the input is absent. @throws when it is computed */
  constant(index: number, name: string): Tensor | undefined {
    const operand = this.operands[index];
    if (operand === undefined) return undefined;
    if (operand.constant) return operand.constant;
    throw this.unsupported(`its ${name} is computed by the network and not a constant`);
  }

  /** The same for an input that must be there. */
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

  /** The shape of the first computed input, batch axis and all. @throws when it is not known */
  get shape(): Shape {
    const shape = this.knownShape;
    if (shape) return shape;
    throw new ShapeError(
      `onnx: ${this.title} needs to know the shape of its input, and the file does not say it; give the shape of one example, ` +
        `such as importOnnx(bytes, { input: [1, 28, 28] }).`,
    );
  }

  /** The same, or undefined when it is not known. */
  get knownShape(): Shape | undefined {
    const computed = this.operands.find((operand) => operand && !operand.constant);
    return (computed ?? this.operands[0])?.shape;
  }

  /** An axis counted from the front. @throws when there is none such */
  axis(value: number, rank: number = this.shape.length): number {
    const axis = value < 0 ? value + rank : value;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    throw new ShapeError(`onnx: ${this.title}: there is no axis ${value} in ${showShape(this.shape)}.`);
  }

  /** Whether a Cast is to one of the floating-point types. */
  get castsToFloat(): boolean {
    const kind = kindOf(this.number("to", 1));
    return kind !== undefined && ["f32", "f64", "f16", "bf16"].includes(kind);
  }

  /** The error for what no layer does. */
  unsupported(why: string): UnsupportedOperatorError {
    return new UnsupportedOperatorError(`onnx: ${this.title} cannot become a layer: ${why}.`, [this.node.op]);
  }

  private wrong(name: string, expected: string): ValueError {
    return new ValueError(
      `onnx: ${this.title}: the attribute ${name} is not ${expected}; the file is damaged.`,
    );
  }
}
