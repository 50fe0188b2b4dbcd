/**
 * An ONNX model as plain values: a graph of nodes that name what they read and what they make. The file's own structure,
 * field for field, is in schema.ts; what the operators mean is not this room's business.
 */
import type { Tensor } from "../../array/tensor.js";
import type { ElementKind } from "../elements.js";

/** A tensor as a file has it: its numbers, and as what kind they are stored. */
export interface OnnxTensor {
  readonly name: string;
  readonly kind: ElementKind;
  readonly value: Tensor;
}

/** An attribute of a node, such as the strides of a convolution: its type and its value. */
export type OnnxAttribute =
  | { readonly type: "float" | "int"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "floats" | "ints"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensor"; readonly value: OnnxTensor }
  /** What an If does in one of its cases, a Loop in each round: it may read values of the graph around it. */
  | { readonly type: "graph"; readonly value: OnnxGraph }
  /** Several graphs, sparse tensors and types are not read. */
  | { readonly type: "other"; readonly value: undefined };

/** One operator of a graph: which values it reads, which it makes, and its attributes. */
export interface OnnxNode {
  /** May be empty. */
  readonly name: string;
  /** The operator: "Conv". */
  readonly op: string;
  /** The operator set it belongs to; "" is ONNX's own. */
  readonly domain: string;
  /** Names of values; "" stands for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  /** Absent when the file does not say, or says that it is no tensor. */
  readonly kind?: ElementKind;
  /** A number an axis, or a name such as "N" for one that is open; absent when not even the number of axes is known. */
  readonly shape?: readonly (number | string)[];
}

/** The operators of a model in the order in which they run, its inputs, outputs and constants. */
export interface OnnxGraph {
  readonly name: string;
  /** Each after those whose values it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Constants: the weights. Old files list them among the inputs too. */
  readonly initializers: readonly OnnxTensor[];
}

/** An ONNX file as plain values: the graph, and the versions that say what its operators mean. */
export interface OnnxModel {
  /** Version of the file format. */
  readonly irVersion: number;
  /** The program that wrote it. */
  readonly producer: string;
  /** Version of each operator set by domain; "" is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly graph: OnnxGraph;
}
