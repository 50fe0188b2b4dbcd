/**
 * The built-ins that the kernel uses. A cell may replace or delete them, and its change holds for all code of cells;
 * while the kernel's own code runs, the original built-ins are back in place. So a cell that breaks `Promise` or
 * `Array.prototype` breaks the cells, but not the kernel.
 */

interface Slot {
  readonly owner: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  readonly own: PropertyDescriptor;
}

/** What a cell has put in a built-in's place; absent: it deleted the built-in. */
interface Change {
  readonly slot: Slot;
  readonly theirs: PropertyDescriptor | undefined;
}

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;

/** Globals that the kernel uses by name. */
const GLOBALS = [
  ...[
    "globalThis",
    "process",
    "Buffer",
    "Object",
    "Function",
    "Array",
    "String",
    "Number",
    "Boolean",
    "BigInt",
  ],
  ...["Symbol", "Math", "JSON", "Reflect", "Proxy", "Date", "RegExp", "Error", "TypeError", "RangeError"],
  ...[
    "Promise",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "ArrayBuffer",
    "SharedArrayBuffer",
    "DataView",
    "Atomics",
  ],
  ...[
    "Uint8Array",
    "Int32Array",
    "Float32Array",
    "Float64Array",
    "TextEncoder",
    "TextDecoder",
    "performance",
  ],
  ...[
    "AbortController",
    "AbortSignal",
    "Event",
    "EventTarget",
    "MessageChannel",
    "MessagePort",
    "queueMicrotask",
  ],
];

/** Globals whose methods, and whose prototypes' methods, the kernel calls. */
const CLASSES = [
  ...[
    "Object",
    "Function",
    "Array",
    "String",
    "Number",
    "Symbol",
    "RegExp",
    "Error",
    "Promise",
    "Map",
    "Set",
  ],
  ...["WeakMap", "WeakSet", "ArrayBuffer", "Uint8Array", "Int32Array", "TextEncoder", "TextDecoder"],
  ...["AbortController"],
];
const NAMESPACES = ["JSON", "Reflect", "Atomics", "Math"];

export class Ground {
  readonly #slots: readonly Slot[] = slots();
  #changes: Change[] = [];

  /** Puts the original built-ins back, and remembers what the cells had put in their place. */
  stand(): void {
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (isOwn(slot)) continue;
      this.#changes[this.#changes.length] = { slot, theirs: getOwnPropertyDescriptor(slot.owner, slot.key) };
      defineProperty(slot.owner, slot.key, slot.own);
    }
  }

  /** Gives the cells their changes again. */
  yield(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (let i = 0; i < changes.length; i++) {
      const { slot, theirs } = changes[i]!;
      if (theirs) defineProperty(slot.owner, slot.key, theirs);
      else deleteProperty(slot.owner, slot.key);
    }
  }
}

function isOwn({ owner, key, own }: Slot): boolean {
  try {
    return owner[key] === own.value;
  } catch {
    return false;
  }
}

function slots(): Slot[] {
  const found: Slot[] = [];
  const add = (owner: object, key: PropertyKey): void => {
    // The session's tracer (trace.ts) sets this one; a program that set it before is not the kernel.
    if (owner === Error && key === "prepareStackTrace") return;
    const own = getOwnPropertyDescriptor(owner, key);
    // A property that cannot be changed needs no watching; an accessor has no value to compare.
    if (own && "value" in own && (own.writable || own.configurable))
      found.push({ owner: owner as Slot["owner"], key, own });
  };
  const addAll = (owner: object): void => ownKeys(owner).forEach((key) => add(owner, key));
  const globals = globalThis as unknown as Record<string, object | undefined>;
  for (const name of GLOBALS) {
    // Node defines some of them as accessors; the kernel wants the value behind.
    const value = globals[name];
    if (value === undefined) continue;
    const own = { value, writable: true, configurable: true, enumerable: false };
    found.push({ owner: globals, key: name, own });
  }
  for (const name of NAMESPACES) addAll(globals[name]!);
  for (const name of CLASSES) {
    const owner = globals[name] as (abstract new () => object) | undefined;
    if (owner === undefined) continue;
    addAll(owner);
    addAll(owner.prototype as object);
  }
  const prototypeOf = (value: object): object => Object.getPrototypeOf(value) as object;
  addAll(prototypeOf(Uint8Array.prototype));
  for (const iterated of [[], new Map(), new Set(), ""])
    addAll(prototypeOf((iterated as Iterable<unknown>)[Symbol.iterator]()));
  return found;
}
