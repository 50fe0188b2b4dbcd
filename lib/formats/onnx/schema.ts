/**
 * The part of ONNX's protocol-buffer schema that is read and written: for each message, `field: [number, type]`, with "*"
 * for a repeated field. Source: onnx/onnx.proto, IR versions 3 to 10. Other fields are skipped.
 */
import protobuf from "protobufjs/light.js";

const messages: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>> = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto*"],
  },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  GraphProto: {
    node: [1, "NodeProto*"],
    name: [2, "string"],
    initializer: [5, "TensorProto*"],
    input: [11, "ValueInfoProto*"],
    output: [12, "ValueInfoProto*"],
    sparseInitializer: [15, "SparseTensorProto*"],
  },
  SparseTensorProto: { values: [1, "TensorProto"] },
  NodeProto: {
    input: [1, "string*"],
    output: [2, "string*"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto*"],
    domain: [7, "string"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float*"],
    ints: [8, "int64*"],
    strings: [9, "bytes*"],
    type: [20, "int32"],
  },
  TensorProto: {
    dims: [1, "int64*"],
    dataType: [2, "int32"],
    segment: [3, "bytes"],
    floatData: [4, "float*"],
    int32Data: [5, "int32*"],
    int64Data: [7, "int64*"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    doubleData: [10, "double*"],
    uint64Data: [11, "uint64*"],
    externalData: [13, "StringStringEntryProto*"],
    dataLocation: [14, "int32"],
  },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  ValueInfoProto: { name: [1, "string"], type: [2, "TypeProto"] },
  TypeProto: { tensorType: [1, "TensorTypeProto"] },
  TensorTypeProto: { elemType: [1, "int32"], shape: [2, "TensorShapeProto"] },
  TensorShapeProto: { dim: [1, "DimensionProto*"] },
  DimensionProto: { dimValue: [1, "int64"], dimParam: [2, "string"] },
};

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([field, [id, type]]) => [
            field,
            type.endsWith("*") ? { id, type: type.slice(0, -1), rule: "repeated" } : { id, type },
          ]),
        ),
      },
    ]),
  ),
});

/** A message as protobufjs reads and writes it: whole numbers of 64 bits are objects with `toString`. */
export type Message = Readonly<Record<string, unknown>>;

/** @throws protobufjs's Error when the bytes are not such a message */
export function decodeMessage(type: string, bytes: Uint8Array): Message {
  return root.lookupType(type).decode(bytes) as unknown as Message;
}

export function encodeMessage(type: string, message: Message): Uint8Array {
  const Type = root.lookupType(type);
  return Uint8Array.from(Type.encode(Type.fromObject(message)).finish()); // in Node it is a Buffer
}
