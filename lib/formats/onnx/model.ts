/**
 * An ONNX model as plain values: a graph of nodes that name the values they read and the values they produce. The file's own
 * structure, field by field, is in schema.ts. The meaning of the operators is in lib/exchange.
 */
import type { Tensor } from "../../array/tensor.js";
import type { ElementKind } from "../elements.js";

/** A tensor in a file: its numbers, and the number type in which they are stored. */
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

/** One operator of a graph: the values it reads, the values it produces, and its attributes. */
export interface OnnxNode {
  /** May be empty. */
  readonly name: string;
  /** The operator: "Conv". */
  readonly op: string;
  /** The operator set it belongs to; "" is ONNX's own. */
  readonly domain: string;
  /** Names of values; "" is an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  /** The number type; absent when the file does not give it, or says that the value is not a tensor. */
  readonly kind?: ElementKind;
  /** For each axis a number, or a name such as "N" for an open size; absent when even the number of axes is unknown. */
  readonly shape?: readonly (number | string)[];
}

/** The operators of a model in the order in which they run, its inputs, outputs and constants. */
export interface OnnxGraph {
  readonly name: string;
  /** Each node comes after those whose values it reads. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Constants: the weights. Old files also list them among the inputs. */
  readonly initializers: readonly OnnxTensor[];
}

/** An ONNX file as plain values: the graph, and the versions that define its operators. */
export interface OnnxModel {
  /** Version of the file format. */
  readonly irVersion: number;
  /** The program that wrote it. */
  readonly producer: string;
  /** Version of each operator set by domain; "" is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly graph: OnnxGraph;
}
