/**
 * Looks up properties of a value through its prototypes and runs none of its getters: the way to recognise a value of a
 * class that is not known here. An accessor that a class has is run only when it is asked for by name.
 */

/** The most prototypes of one value that are looked at; a proxy can pretend to have more and more. */
const LONGEST_CHAIN = 32;

interface Found {
  readonly property: PropertyDescriptor;
  /** Whether the value has it itself, and not a prototype. */
  readonly isOwn: boolean;
}

function find(value: object, name: PropertyKey): Found | undefined {
  let at: object | null = value;
  for (let i = 0; at !== null && i < LONGEST_CHAIN; i++) {
    const property = Reflect.getOwnPropertyDescriptor(at, name);
    if (property) return { property, isOwn: at === value };
    at = Reflect.getPrototypeOf(at);
  }
  return undefined;
}

/** The content of a property; undefined when there is none, or when only a getter knows it. */
export function dataOf(value: object, name: PropertyKey): unknown {
  return find(value, name)?.property.value as unknown;
}

/** A method of a value, bound to it; undefined when it has none of that name. */
export function methodOf(value: object, name: PropertyKey): ((...args: unknown[]) => unknown) | undefined {
  const method = dataOf(value, name);
  if (typeof method !== "function") return undefined;
  return (...args) => Reflect.apply(method, value, args) as unknown;
}

/**
 * The content of a property, for which a getter that the value's class defines is run; a getter of the value itself is
 * not. To be asked only of a class that other signs have shown to be the expected one.
 */
export function attributeOf(value: object, name: PropertyKey): unknown {
  const found = find(value, name);
  if (!found) return undefined;
  const { property, isOwn } = found;
  if (property.get) return isOwn ? undefined : Reflect.apply(property.get, value, []);
  return property.value as unknown;
}

/** The name of a value's class; an empty text for one that has none. */
export function classOf(value: object): string {
  const maker = dataOf(value, "constructor");
  const name = typeof maker === "function" ? dataOf(maker, "name") : undefined;
  return typeof name === "string" ? name : "";
}
