/**
 * What a list of variables says about a value: its kind, a line of text, its extents and size, a small picture of a
 * tensor. To look at a value runs none of the user's code: no getter, no method, no trap of a proxy.
 */
import { toBase64 } from "#host/bytes";
import { isProxy } from "#host/inspection";
import { shortened } from "./hostile.js";

/** A tensor's numbers as grey pixels, row after row: 0 is the least of them, 255 the greatest. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  /** One byte a pixel, in base64. */
  readonly grey: string;
}

export interface ValueSummary {
  readonly kind: "value" | "function" | "class";
  /** One line. */
  readonly text: string;
  /** The extents of a tensor or of an array of numbers, the first axis first. */
  readonly shape?: readonly number[];
  /** How many bytes its numbers take, where it holds numbers. */
  readonly bytes?: number;
  /** How many elements or characters it has, where that can be counted. */
  readonly length?: number;
  readonly thumbnail?: Thumbnail;
}

const LONGEST = 80;
/** How many elements or keys the line of text names. */
const NAMED = 6;
/** The most pixels of a picture along one side. */
const PIXELS = 32;

// Taken when the kernel starts: a cell may put others in their place.
const { apply, getPrototypeOf, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { isFinite, isInteger } = Number;
const getterOf = (owner: object, key: PropertyKey): (() => unknown) =>
  getOwnPropertyDescriptor(owner, key)!.get as () => unknown;
const typedArray = getPrototypeOf(Uint8Array.prototype)!;
const nameOfNumbers = getterOf(typedArray, Symbol.toStringTag);
const lengthOfNumbers = getterOf(typedArray, "length");
const bytesOfNumbers = getterOf(typedArray, "byteLength");
const sizeOfMap = getterOf(Map.prototype, "size");
const sizeOfSet = getterOf(Set.prototype, "size");
const isoDate = Date.prototype.toISOString;
const functionText = Function.prototype.toString;

type Numbers = ArrayLike<number | bigint>;

/** A view of numbers with extents, as the package ndarray makes them. */
interface Grid {
  readonly numbers: Numbers;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/** What there is to say of a value. Never throws. */
export function summaryOf(value: unknown): ValueSummary {
  try {
    return summary(value);
  } catch {
    return { kind: "value", text: "a value that cannot be looked at" };
  }
}

function summary(value: unknown): ValueSummary {
  if (typeof value === "function") return ofFunction(value);
  if (typeof value !== "object" || value === null) return ofPrimitive(value);
  if (isProxy(value)) return { kind: "value", text: "Proxy" };
  const name = classNameOf(value);
  if (isView(value) && numbersName(value) !== undefined) return ofGrid(gridOfNumbers(value), name);
  const grid = gridOf(value);
  if (grid) return ofGrid(grid, "");
  const held = own(value, "value");
  const inner = isObject(held) ? gridOf(held) : undefined;
  if (inner) return ofGrid(inner, name);
  if (isArray(value)) return ofArray(value);
  const size = sizeOf(value);
  if (size !== undefined) return { kind: "value", text: name, length: size };
  return { kind: "value", text: line(objectText(value, name)) };
}

function ofFunction(value: object): ValueSummary {
  if (isProxy(value)) return { kind: "function", text: "Proxy" };
  const text = apply(functionText, value, []) as string;
  const isClass = /^class\b/.test(text);
  return { kind: isClass ? "class" : "function", text: line(text.split("\n", 1)[0]!) };
}

function ofPrimitive(value: unknown): ValueSummary {
  if (typeof value === "string")
    return { kind: "value", text: line(JSON.stringify(value)), length: value.length };
  if (typeof value === "bigint") return { kind: "value", text: line(`${value}n`) };
  return { kind: "value", text: line(String(value)) };
}

function ofArray(value: readonly unknown[]): ValueSummary {
  const first: string[] = [];
  for (let i = 0; i < value.length && i < NAMED; i++) first.push(shortText(own(value, i)));
  if (value.length > NAMED) first.push("…");
  return { kind: "value", text: line(`[${first.join(", ")}]`), length: value.length };
}

/** @param name said before the numbers, unless it is empty */
function ofGrid(grid: Grid, name: string): ValueSummary {
  const { numbers, shape } = grid;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const first: string[] = [];
  for (let i = 0; i < count && i < NAMED; i++) first.push(number(at(grid, i)));
  if (count > NAMED) first.push("…");
  const perNumber =
    (apply(bytesOfNumbers, numbers, []) as number) / (apply(lengthOfNumbers, numbers, []) as number) || 0;
  const thumbnail = thumbnailOf(grid, count);
  return {
    kind: "value",
    text: line([name, first.join(" ")].filter(Boolean).join(" ")),
    shape,
    bytes: count * perNumber,
    length: count,
    ...(thumbnail && { thumbnail }),
  };
}

/** The number at a place, counted along the last axis first. */
function at({ numbers, shape, stride, offset }: Grid, place: number): number {
  let index = offset;
  for (let axis = shape.length - 1, rest = place; axis >= 0; axis--) {
    index += (rest % shape[axis]!) * stride[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return Number(numbers[index]);
}

/** Of the last two axes, at the beginning of the others; at most PIXELS of each. */
function thumbnailOf(grid: Grid, count: number): Thumbnail | undefined {
  if (count < 2) return undefined;
  const columns = grid.shape.at(-1)!;
  const rows = grid.shape.at(-2) ?? 1;
  const width = Math.min(columns, PIXELS);
  const height = Math.min(rows, PIXELS);
  const sample = new Float64Array(width * height);
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < sample.length; i++) {
    const row = Math.floor(((Math.floor(i / width) + 0.5) * rows) / height);
    const column = Math.floor((((i % width) + 0.5) * columns) / width);
    const x = (sample[i] = at(grid, row * columns + column));
    if (isFinite(x) && x < least) least = x;
    if (isFinite(x) && x > greatest) greatest = x;
  }
  const grey = Uint8Array.from(sample, (x) => {
    if (!isFinite(x)) return 0;
    return greatest > least ? Math.round((255 * (x - least)) / (greatest - least)) : 128;
  });
  return { width, height, grey: toBase64(grey) };
}

function gridOfNumbers(numbers: object): Grid {
  const length = apply(lengthOfNumbers, numbers, []) as number;
  return { numbers: numbers as Numbers, shape: [length], stride: [1], offset: 0 };
}

/** A tensor's parts, when the value holds them as a tensor of the package ndarray does. */
function gridOf(value: object): Grid | undefined {
  if (isProxy(value)) return undefined;
  const [numbers, shape, stride] = [own(value, "data"), own(value, "shape"), own(value, "stride")];
  const offset = own(value, "offset") ?? 0;
  if (!isObject(numbers) || isProxy(numbers) || numbersName(numbers) === undefined) return undefined;
  const extents = counts(shape);
  const steps = integers(stride);
  if (!extents || !steps || extents.length !== steps.length || !isInteger(offset)) return undefined;
  return { numbers: numbers as Numbers, shape: extents, stride: steps, offset: offset as number };
}

function integers(value: unknown): number[] | undefined {
  if (!isArray(value) || isProxy(value) || value.length > 32) return undefined;
  const found: number[] = [];
  for (let i = 0; i < value.length; i++) {
    const one = own(value, i);
    if (!isInteger(one)) return undefined;
    found.push(one as number);
  }
  return found;
}

function counts(value: unknown): number[] | undefined {
  const found = integers(value);
  return found?.every((one) => one >= 0) ? found : undefined;
}

/** Such as "Float32Array"; undefined for what is no array of numbers. */
function numbersName(value: object): unknown {
  return apply(nameOfNumbers, value, []);
}

/** The value of a property of the object's own; undefined for a getter. */
function own(value: object, key: PropertyKey): unknown {
  const property = getOwnPropertyDescriptor(value, key);
  return property && "value" in property ? property.value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The name of the class that made an object; empty for none. */
function classNameOf(value: object): string {
  for (let at = getPrototypeOf(value); at !== null && !isProxy(at); at = getPrototypeOf(at)) {
    const constructor = own(at, "constructor");
    if (typeof constructor !== "function" || isProxy(constructor)) continue;
    const name = own(constructor, "name");
    if (typeof name === "string" && name !== "") return name;
  }
  return "";
}

/** How many entries a map or a set has. */
function sizeOf(value: object): number | undefined {
  for (const size of [sizeOfMap, sizeOfSet])
    try {
      return apply(size, value, []) as number;
    } catch {
      // It is not one.
    }
  return undefined;
}

function objectText(value: object, name: string): string {
  try {
    return apply(isoDate, value, []) as string;
  } catch {
    // It is no date, or one that is invalid.
  }
  const message = own(value, "message");
  if (typeof message === "string" && getOwnPropertyDescriptor(value, "stack") !== undefined)
    return `${name}: ${message}`;
  if (name !== "Object" && name !== "") return name;
  const keys = ownKeys(value).filter((key) => typeof key === "string");
  const named = keys.slice(0, NAMED).map((key) => {
    const held = own(value, key);
    return isObject(held) || typeof held === "function" ? key : `${key}: ${shortText(held)}`;
  });
  if (keys.length > NAMED) named.push("…");
  return named.length > 0 ? `{ ${named.join(", ")} }` : "{}";
}

/** An element as part of a line. */
function shortText(value: unknown): string {
  if (typeof value === "number") return number(value);
  if (typeof value === "function") return "function";
  if (!isObject(value)) return shortened(ofPrimitive(value).text, 20);
  if (isArray(value)) return "[…]";
  return isProxy(value) ? "Proxy" : classNameOf(value) || "{…}";
}

function number(x: number): string {
  return isInteger(x) ? String(x) : String(Number(x.toPrecision(4)));
}

function line(text: string): string {
  const one = text.replace(/\s+/g, " ");
  return one.length > LONGEST ? `${one.slice(0, LONGEST - 1)}…` : one;
}
