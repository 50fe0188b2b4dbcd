/** ONNX files: bytes ↔ the model as values. */
import { expectBytes } from "../bytes.js";
import { FormatError } from "../../array/errors.js";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "./model.js";
import { decodeMessage, encodeMessage, type Message } from "./schema.js";
import {
  type ExternalData,
  clamped,
  dataTypeOf,
  guarded,
  kindOf,
  list,
  tensorFrom,
  tensorMessage,
  whole,
} from "./tensor.js";

/** AttributeProto.AttributeType. */
const types = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;

/** The other files of a model. */
export interface ReadOnnxOptions {
  /** The bytes of the files that hold the weights of a model that is stored in several, by name: { "net.onnx.data": bytes }. */
  externalData?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Reads an ONNX file as plain values, with any operators; `importOnnx` makes a network from it.
 * @param bytes  the whole file
 * @throws FormatError when the bytes are not an ONNX model, or its weights are in a file that is not given or are stored
 *   sparsely
 */
export function readOnnx(bytes: Uint8Array, { externalData = {} }: ReadOnnxOptions = {}): OnnxModel {
  expectBytes("readOnnx", bytes);
  return guarded("onnx", () => modelFrom(decodeMessage("ModelProto", bytes), externalData));
}

/** Writes a model as a file: IR version 8, with the weights inside as raw bytes. The same model gives the same bytes. */
export function writeOnnx(model: OnnxModel): Uint8Array {
  return encodeMessage("ModelProto", {
    irVersion: model.irVersion,
    producerName: model.producer,
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({ domain, version })),
    graph: graphMessage(model.graph),
  });
}

function graphMessage({ name, nodes, inputs, outputs, initializers }: OnnxGraph): Message {
  return {
    name,
    node: nodes.map(nodeMessage),
    initializer: initializers.map(({ name, value, kind }) =>
      tensorMessage(name, value, kind === "i64" ? kind : "float"),
    ),
    input: inputs.map(valueMessage),
    output: outputs.map(valueMessage),
  };
}

function modelFrom(message: Message, external: ExternalData): OnnxModel {
  const graph = message.graph as Message | undefined | null;
  if (!graph) throw new FormatError(`onnx: the file has no graph; it is not an ONNX model.`);
  const opsets = messages(message.opsetImport).map(({ domain, version }): [string, number] => [
    canonical(domain),
    whole("onnx: an operator set", version ?? 1),
  ]);
  return {
    irVersion: whole("onnx: the IR version", message.irVersion ?? 0),
    producer: [message.producerName, message.producerVersion].filter(Boolean).join(" "),
    opsets: Object.fromEntries(opsets.length > 0 ? opsets : [["", 1]]),
    graph: graphFrom(graph, external),
  };
}

function graphFrom(message: Message, external: ExternalData): OnnxGraph {
  if (list(message.sparseInitializer).length > 0) {
    throw new FormatError(`onnx: the file has sparse weights, which are not read; save them dense.`);
  }
  return {
    name: String(message.name ?? ""),
    nodes: messages(message.node).map((node) => nodeFrom(node, external)),
    inputs: messages(message.input).map(valueFrom),
    outputs: messages(message.output).map(valueFrom),
    initializers: messages(message.initializer).map((tensor) => tensorFrom(tensor, external)),
  };
}

function nodeFrom(message: Message, external: ExternalData): OnnxNode {
  const op = String(message.opType ?? "");
  if (op === "") throw new FormatError(`onnx: a node has no operator.`);
  return {
    name: String(message.name ?? ""),
    op,
    domain: canonical(message.domain),
    inputs: list(message.input).map(String),
    outputs: list(message.output).map(String),
    attributes: Object.fromEntries(
      messages(message.attribute).map((attribute) => [
        String(attribute.name),
        attributeFrom(`onnx: ${op}'s ${String(attribute.name)}`, attribute, external),
      ]),
    ),
  };
}

function attributeFrom(where: string, message: Message, external: ExternalData): OnnxAttribute {
  const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);
  switch (Number(message.type)) {
    case types.float:
      return { type: "float", value: Number(message.f ?? 0) };
    case types.int:
      return { type: "int", value: clamped(message.i ?? 0) };
    case types.string:
      return { type: "string", value: text(message.s ?? new Uint8Array(0)) };
    case types.tensor:
      if (!message.t) throw new FormatError(`${where}: the tensor is missing.`);
      return { type: "tensor", value: tensorFrom(message.t as Message, external) };
    case types.graph:
      if (!message.g) throw new FormatError(`${where}: the graph is missing.`);
      return { type: "graph", value: graphFrom(message.g as Message, external) };
    case types.floats:
      return { type: "floats", value: list(message.floats).map(Number) };
    case types.ints:
      return { type: "ints", value: list(message.ints).map(clamped) };
    case types.strings:
      return { type: "strings", value: list(message.strings).map(text) };
    default:
      return { type: "other", value: undefined };
  }
}

function valueFrom(message: Message): OnnxValue {
  const name = String(message.name ?? "");
  const tensor = (message.type as Message | undefined)?.tensorType as Message | undefined;
  if (!tensor) return { name };
  const shape = tensor.shape as Message | undefined;
  const dims = messages(shape?.dim).map(({ dimValue, dimParam }, axis) => {
    const extent = Number(String(dimValue ?? 0));
    return Number.isSafeInteger(extent) && extent > 0 ? extent : String(dimParam || `axis ${axis}`);
  });
  return { name, kind: kindOf(tensor.elemType), ...(shape && { shape: dims }) };
}

function nodeMessage({ name, op, domain, inputs, outputs, attributes }: OnnxNode): Message {
  const attribute = Object.entries(attributes).map(([key, { type, value }]): Message => {
    const text = (s: string): Uint8Array => new TextEncoder().encode(s);
    const common = { name: key, type: type === "other" ? 0 : types[type] };
    if (type === "float") return { ...common, f: value };
    if (type === "int") return { ...common, i: value };
    if (type === "string") return { ...common, s: text(value) };
    if (type === "floats") return { ...common, floats: value };
    if (type === "ints") return { ...common, ints: value };
    if (type === "strings") return { ...common, strings: value.map(text) };
    if (type === "tensor") {
      return { ...common, t: tensorMessage(value.name, value.value, value.kind === "i64" ? "i64" : "float") };
    }
    if (type === "graph") return { ...common, g: graphMessage(value) };
    throw new FormatError(`onnx: ${op}'s ${key} cannot be written.`);
  });
  return { name, opType: op, domain, input: inputs, output: outputs, attribute };
}

function valueMessage({ name, kind = "f32", shape }: OnnxValue): Message {
  const dim = shape?.map((extent) =>
    typeof extent === "number" ? { dimValue: extent } : { dimParam: extent },
  );
  return { name, type: { tensorType: { elemType: dataTypeOf(kind), ...(dim && { shape: { dim } }) } } };
}

function messages(field: unknown): readonly Message[] {
  return list(field) as readonly Message[];
}

/** "ai.onnx" is the long name of ONNX's own operator set. */
function canonical(domain: unknown): string {
  return domain === undefined || domain === null || domain === "ai.onnx" ? "" : String(domain as string);
}
