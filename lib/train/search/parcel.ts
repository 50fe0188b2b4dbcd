/**
 * Serialises values for another process. Plain data are sent as they are; tensors and data sets are taken apart here and
 * rebuilt there; functions are sent as text, together with the values that they name.
 */
import { ValueError } from "../../array/errors.js";
import { flat, wrap, type Tensor } from "../../array/tensor.js";
import { Dataset, isSplits, splits, type Splits } from "../../data/dataset.js";

/** A serialised value: `kind` says how to rebuild it from the rest. */
export type Parcel =
  | { readonly kind: "plain"; readonly value: unknown }
  | { readonly kind: "tensor"; readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }
  | {
      readonly kind: "dataset";
      readonly images: Parcel;
      readonly labels: Int32Array;
      readonly classes: readonly string[];
    }
  | { readonly kind: "record" | "splits"; readonly entries: readonly (readonly [string, Parcel])[] }
  | { readonly kind: "function"; readonly source: string }
  /** A value of the library, by its name there. */
  | { readonly kind: "library"; readonly name: string }
  /** A door of the library, as `import * as cr` gives it: each name there, and the library's name for what it is. */
  | { readonly kind: "door"; readonly names: readonly (readonly [string, string])[] };

/**
 * What a notebook's kernel knows about a function of a cell: its text as an expression that runs by itself, and the names
 * that it reads from other cells.
 */
export interface PortableFunction {
  readonly source: string;
  readonly names: readonly string[];
  /** Names of cell variables that occur in its text, but may mean something else there. */
  readonly mentioned: readonly string[];
}

/** The kernel's two methods, found under the registered symbol `Jupyter.portable`. */
interface Notebook {
  describe(value: (...all: never[]) => unknown): PortableFunction;
  /** The value inside an object, because it may be undefined; undefined when no cell has such a name. */
  lookup(name: string): { readonly value: unknown } | undefined;
}

/** The notebook that this code runs in, if it is one. */
export function notebook(): Notebook | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("Jupyter.portable")] as Notebook | undefined;
}

/**
 * Serialises values by name, and with each function the values that it names.
 * @param library the values that the other side already has, by the same names
 * @throws ValueError for what cannot be sent, with the names that led to it
 */
export function packAll(
  values: Readonly<Record<string, unknown>>,
  library: Readonly<Record<string, unknown>>,
): Record<string, Parcel> {
  const parcels: Record<string, Parcel> = {};
  const nameOf = new Map(Object.entries(library).map(([name, value]) => [value, name]));
  const visit = (name: string, value: unknown, path: string): void => {
    // A name of the library means the library there too, unless a cell has bound it to something else.
    if (Object.hasOwn(parcels, name) || (name in library && library[name] === value)) return;
    const known = nameOf.get(value);
    if (known !== undefined && value instanceof Object) {
      parcels[name] = { kind: "library", name: known };
      return;
    }
    if (typeof value !== "function") {
      parcels[name] = doorOf(value, nameOf) ?? pack(value, path);
      return;
    }
    if (/^class\b/.test(String(value))) throw cannot(path, "a class of the notebook");
    if (/^(?:async\s+)?(?!function\b|async\b)[\w$]+\s*\(/.test(String(value))) throw cannot(path, "a method");
    const portable = notebook()?.describe(value as never) ?? {
      source: String(value),
      names: [],
      mentioned: [],
    };
    parcels[name] = { kind: "function", source: portable.source };
    for (const one of portable.names) {
      const found = notebook()?.lookup(one);
      if (found) visit(one, found.value, `${path} → ${one}`);
    }
    for (const one of portable.mentioned) {
      const found = notebook()?.lookup(one);
      try {
        if (found) visit(one, found.value, `${path} → ${one}`);
      } catch (error) {
        // It may only look like a cell variable; if it is one, the trial will ask for it.
        if (!(error instanceof ValueError)) throw error;
      }
    }
  };
  for (const [name, value] of Object.entries(values)) visit(name, value, name.replace("$", ""));
  return parcels;
}

/** A module whose values all belong to the library. */
function doorOf(value: unknown, nameOf: ReadonlyMap<unknown, string>): Parcel | undefined {
  if (Object.prototype.toString.call(value) !== "[object Module]") return undefined;
  const names: [string, string][] = [];
  for (const [key, one] of Object.entries(value as object)) {
    const name = nameOf.get(one);
    if (name === undefined) return undefined;
    names.push([key, name]);
  }
  return { kind: "door", names };
}

function pack(value: unknown, path: string): Parcel {
  if (isTensor(value)) {
    return { kind: "tensor", data: flat(value), shape: [...value.shape] };
  }
  if (value instanceof Dataset)
    return {
      kind: "dataset",
      images: pack(value.images, path),
      labels: value.labels,
      classes: value.classes,
    };
  if (isPlain(value)) return { kind: "plain", value };
  if (typeof value === "object" && value !== null && (isBare(value) || isSplits(value)))
    return {
      kind: isSplits(value) ? "splits" : "record",
      entries: Object.entries(value).map(([key, one]) => [key, pack(one, `${path}.${key}`)]),
    };
  throw cannot(
    path,
    typeof value === "object" ? `a ${value?.constructor?.name ?? "object"}` : `a ${typeof value}`,
  );
}

/** What the other side needs to rebuild values. */
export interface Unpacker {
  readonly library: Readonly<Record<string, unknown>>;
  compile(source: string): unknown;
}

/** Rebuilds a value. */
export function unpack(parcel: Parcel, by: Unpacker): unknown {
  switch (parcel.kind) {
    case "library":
      return by.library[parcel.name];
    case "door":
      return Object.fromEntries(parcel.names.map(([key, name]) => [key, by.library[name]]));
    case "plain":
      return parcel.value;
    case "tensor":
      return wrap(parcel.data, [...parcel.shape]);
    case "dataset":
      return new Dataset(unpack(parcel.images, by) as Tensor, parcel.labels, parcel.classes);
    case "record":
    case "splits": {
      const record = Object.fromEntries(parcel.entries.map(([key, one]) => [key, unpack(one, by)]));
      return parcel.kind === "record" ? record : splits(record as unknown as Splits);
    }
    case "function":
      return by.compile(parcel.source);
  }
}

function isTensor(value: unknown): value is Tensor {
  const { data, shape, stride } = (value ?? {}) as Partial<Tensor>;
  return (
    (data instanceof Float32Array || data instanceof Float64Array) &&
    Array.isArray(shape) &&
    Array.isArray(stride)
  );
}

/** Whether a value is data that structured cloning copies completely. */
function isPlain(value: unknown): boolean {
  if (value === null || ["undefined", "boolean", "number", "string", "bigint"].includes(typeof value))
    return true;
  if (typeof value !== "object") return false;
  if (ArrayBuffer.isView(value) || value instanceof Date) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (value instanceof Map || value instanceof Set) return [...value].every(isPlain);
  return isBare(value) && Object.values(value as object).every(isPlain);
}

function isBare(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cannot(path: string, what: string): ValueError {
  return new ValueError(
    `search: train uses ${path}, ${what}, which cannot go to another process; make it inside train, put train into a module and give its URL, or search with { workers: 0 }.`,
  );
}
