/**
 * The names that a value has now, for completion. To look for them runs none of the user's code: a path leads through
 * data properties alone, a getter is named and not called, and a proxy is not touched.
 */
import { isProxy } from "#host/inspection";
import type { ValuePath } from "../language/language.js";

export interface ValueName {
  readonly text: string;
  readonly type: "property" | "function" | "class";
}

/** Beyond so many, nobody looks for a name in a list. */
const MOST = 1000;

// Taken when the kernel starts: a cell may put others in their place.
const { apply, getPrototypeOf, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { prototype: objectPrototype } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const eachOfMap = Map.prototype.forEach;
const eachOfSet = Set.prototype.forEach;
const functionText = Function.prototype.toString;
/** What texts, numbers and their like inherit from. */
const OF_PRIMITIVES: Readonly<Record<string, object>> = {
  string: String.prototype,
  number: Number.prototype,
  boolean: Boolean.prototype,
  bigint: BigInt.prototype,
  symbol: Symbol.prototype,
};
// A global that Node gives by a getter.
const ownProcess: unknown = (globalThis as { process?: unknown }).process;

/**
 * @param variables the cells' own, by name
 * @returns an empty list where the path leads nowhere
 */
export function valueNames(
  { root, steps, of }: ValuePath,
  variables: Readonly<Record<string, unknown>>,
): ValueName[] {
  try {
    let value = rootValue(root, variables);
    for (const step of steps) value = property(value, step);
    return of === "keys" ? keys(value) : members(value);
  } catch {
    // A variable that is declared and has no value yet.
    return [];
  }
}

function rootValue(name: string, variables: Readonly<Record<string, unknown>>): unknown {
  if (getOwnPropertyDescriptor(variables, name)) return variables[name];
  const global = getOwnPropertyDescriptor(globalThis, name);
  if (global && "value" in global) return global.value;
  return name === "process" ? ownProcess : name === "globalThis" ? globalThis : undefined;
}

/** Whether a value has properties that can be looked at. */
const isOpen = (value: unknown): value is object =>
  ((typeof value === "object" && value !== null) || typeof value === "function") && !isProxy(value);

/** A data property, its own or inherited; undefined for a getter. */
function property(value: unknown, key: string): unknown {
  for (let owner: unknown = value; isOpen(owner); owner = getPrototypeOf(owner)) {
    const found = getOwnPropertyDescriptor(owner, key);
    if (found) return found.value as unknown;
  }
  return undefined;
}

/** The names of a value's properties, its own first; those that all objects have are left out, and so are indices. */
function members(value: unknown): ValueName[] {
  const found: ValueName[] = [];
  const seen = new Set<string>();
  for (
    let owner: unknown = OF_PRIMITIVES[typeof value] ?? value;
    isOpen(owner) && owner !== objectPrototype;
    owner = getPrototypeOf(owner)
  ) {
    // Indices are no names, and there may be millions of them.
    const isList = owner === value && (isArray(owner) || isView(owner));
    for (const key of isList ? ["length"] : ownKeys(owner)) {
      if (typeof key !== "string" || key === "constructor" || seen.has(key)) continue;
      seen.add(key);
      found.push({ text: key, type: kindOf(getOwnPropertyDescriptor(owner, key)?.value) });
      if (found.length === MOST) return found;
    }
  }
  return found;
}

function kindOf(value: unknown): ValueName["type"] {
  if (typeof value !== "function" || isProxy(value))
    return typeof value === "function" ? "function" : "property";
  return /^class\b/.test(apply(functionText, value, []) as string) ? "class" : "function";
}

/** The keys of a map, or the elements of a set, that are texts. */
function keys(value: unknown): ValueName[] {
  const found: ValueName[] = [];
  const add = (key: unknown): void => {
    if (typeof key === "string" && found.length < MOST) found.push({ text: key, type: "property" });
  };
  if (!isOpen(value)) return found;
  for (const each of [eachOfMap, eachOfSet])
    try {
      apply(each, value, [(_: unknown, key: unknown) => add(key)]);
    } catch {
      // It is not one of these.
    }
  return found;
}
