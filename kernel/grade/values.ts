/**
 * Values between the process that tests and the process that runs a submission: numbers, texts, lists, plain
 * objects, typed arrays and tensors, as JSON. What comes from a submission is checked as it is read.
 */
import ndarray from "ndarray";
import type { NdArray } from "ndarray";

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;
export type GradedTensor = NdArray<Float32Array | Float64Array>;

/** A value that cannot be sent, or that came in a wrong form. */
export class ValueFormatError extends Error {
  override readonly name = "ValueFormatError";
}

// Taken before a submission can replace them in its own process.
const { is } = Object;
const { isFinite } = Number;

const MOST_DEPTH = 20;
const arrays = { Float32Array, Float64Array, Int32Array, Uint8Array };
type ArrayName = keyof typeof arrays;

/** The key that marks an object which represents a value that JSON does not have. */
const KIND = "$kind";

/** @throws ValueFormatError for what is not data: functions, instances of classes, circular references */
export function encode(value: unknown, where = "the value", depth = 0): unknown {
  if (depth > MOST_DEPTH) throw new ValueFormatError(`${where} is nested too deeply to be passed on.`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (value === undefined) return { [KIND]: "undefined" };
  if (typeof value === "number")
    return isFinite(value) && !is(value, -0)
      ? value
      : { [KIND]: "number", text: is(value, -0) ? "-0" : String(value) };
  if (typeof value === "object") {
    if (isTensor(value)) {
      const { shape, stride, offset } = value;
      return {
        ...{ [KIND]: "tensor", shape: [...shape], stride: [...stride], offset },
        data: encode(value.data),
      };
    }
    const array = arrayName(value);
    if (array !== undefined) {
      const { buffer, byteOffset, byteLength } = value as Numbers;
      return { [KIND]: array, bytes: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
    }
    if (Array.isArray(value)) return value.map((one: unknown, i) => encode(one, `${where}[${i}]`, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null)
      return Object.fromEntries(
        Object.entries(value).map(([key, one]) => [
          key === KIND ? `${key} ` : key,
          encode(one, `${where}.${key}`, depth + 1),
        ]),
      );
  }
  const what = typeof value === "object" ? `an object of class ${className(value)}` : `a ${typeof value}`;
  throw new ValueFormatError(`${where} is ${what}; pass numbers, lists, plain objects and tensors only.`);
}

/** @throws ValueFormatError for anything that `encode` does not write */
export function decode(given: unknown, depth = 0): unknown {
  const fail = (what: string): never => {
    throw new ValueFormatError(`the value that came back is ${what}.`);
  };
  if (depth > MOST_DEPTH) fail("nested too deeply");
  if (given === null || typeof given !== "object") return given;
  if (Array.isArray(given)) return given.map((one) => decode(one, depth + 1));
  const { [KIND]: kind, ...rest } = given as Record<string, unknown>;
  if (kind === undefined)
    return Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, decode(one, depth + 1)]));
  if (kind === "undefined") return undefined;
  if (kind === "number") return Number(rest.text);
  if (typeof kind === "string" && Object.hasOwn(arrays, kind)) {
    const bytes = Buffer.from(String(rest.bytes), "base64");
    const type = arrays[kind as ArrayName];
    if (bytes.length % type.BYTES_PER_ELEMENT !== 0) fail("an array cut short");
    const copy = new Uint8Array(bytes).buffer;
    return new type(copy);
  }
  if (kind !== "tensor") return fail(`of no known kind`);
  const data = decode(rest.data, depth + 1);
  const { shape, stride, offset } = rest;
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    return fail("a tensor without numbers");
  if (!isIndices(shape) || !isIndices(stride) || shape.length !== stride.length || !Number.isInteger(offset))
    return fail("a tensor without a shape");
  let [low, high] = [offset as number, offset as number];
  shape.forEach((size, axis) => {
    if (size < 0) fail("a tensor of negative size");
    const reach = (size - 1) * stride[axis];
    if (size > 0) [low, high] = [low + Math.min(0, reach), high + Math.max(0, reach)];
  });
  const isEmpty = shape.some((size) => size === 0);
  if (!isEmpty && (low < 0 || high >= data.length)) fail("a tensor with fewer numbers than its shape says");
  return ndarray(data, shape, stride, offset as number);
}

/** All typed arrays in a call's arguments, in a fixed order: the call may change their contents. */
export function arraysIn(value: unknown, found: Numbers[] = []): Numbers[] {
  if (value === null || typeof value !== "object") return found;
  if (arrayName(value) !== undefined) found.push(value as Numbers);
  else if (isTensor(value)) found.push(value.data);
  else if (Array.isArray(value)) for (const one of value) arraysIn(one, found);
  else for (const one of Object.values(value)) arraysIn(one, found);
  return found;
}

function isTensor(value: object): value is GradedTensor {
  const { data, shape, stride, offset } = value as Partial<GradedTensor>;
  return (
    (data instanceof Float32Array || data instanceof Float64Array) &&
    Array.isArray(shape) &&
    Array.isArray(stride) &&
    typeof offset === "number"
  );
}

function arrayName(value: object): ArrayName | undefined {
  return (Object.keys(arrays) as ArrayName[]).find((name) => value instanceof arrays[name]);
}

function isIndices(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 32 && value.every((one) => Number.isSafeInteger(one));
}

function className(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return String(constructor?.name ?? "unknown");
}
