/**
 * The properties that the kernel's code needs as they were when it started: built-in functions, accessors and
 * prototypes. A cell may change any of them; see ground.ts. While the code of this file runs, a cell's changes may be in
 * place, so it calls no built-in but those it has kept.
 */
const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;

/** One property, and what it was. */
export interface Slot {
  readonly key: PropertyKey;
  readonly own: PropertyDescriptor;
  /** Node's own getter of a global; it tells the value that was set last. */
  readonly getter?: (() => unknown) | undefined;
}

/** An object with properties that the kernel needs. */
export interface Owner {
  readonly name: string;
  readonly owner: object;
  readonly slots: readonly Slot[];
  /** The keys of the slots, each with the value true. */
  readonly known: Readonly<Record<PropertyKey, true>>;
  /** What it inherits from; absent where that cannot change. */
  readonly prototype?: object | null;
  /** Whether a property of this name, added to it, changes what the language does with plain objects or arrays. */
  readonly minds?: (key: PropertyKey) => boolean;
}

/** Globals that the kernel uses by name. */
const GLOBALS = [
  ...["globalThis", "process", "Buffer", "Object", "Function", "Array", "String", "Number", "Boolean"],
  ...["BigInt", "Symbol", "Math", "JSON", "Reflect", "Proxy", "Date", "RegExp", "Error", "TypeError"],
  ...["RangeError", "Promise", "Map", "Set", "WeakMap", "WeakSet", "ArrayBuffer", "SharedArrayBuffer"],
  ...["DataView", "Atomics", "Uint8Array", "Int32Array", "Float32Array", "Float64Array", "TextEncoder"],
  ...["TextDecoder", "performance", "AbortController", "AbortSignal", "Event", "EventTarget"],
  ...["MessageChannel", "MessagePort", "queueMicrotask"],
];

/** Globals whose methods, and whose prototypes' methods, the kernel calls. */
const CLASSES = [
  ...["Object", "Function", "Array", "String", "Number", "Symbol", "RegExp", "Date", "Error", "Promise"],
  ...["Map", "Set", "WeakMap", "WeakSet", "ArrayBuffer", "Uint8Array", "Int32Array", "Buffer"],
  ...["TextEncoder", "TextDecoder", "AbortController", "AbortSignal", "Event", "MessagePort"],
];
const NAMESPACES = ["JSON", "Reflect", "Atomics", "Math"];

/** Methods of Node's process that Node itself calls by name. Those that the session replaces are not among them. */
const OF_PROCESS = ["nextTick", "hrtime", "cwd", "kill", "cpuUsage", "memoryUsage", "uptime"];

/** A key in the form of an array's index. */
const isIndex = (key: PropertyKey): boolean => typeof key === "string" && key[0]! >= "0" && key[0]! <= "9";

/** What the language looks for on arrays. */
const arrayMinds = (key: PropertyKey): boolean =>
  typeof key === "symbol" || key === "then" || key === "toJSON" || isIndex(key);

/** The prototype of all objects comes first: what a cell has added to it is gone before the rest is looked at. */
export function ownersOf(): Owner[] {
  const owners: Owner[] = [];
  const globals = globalThis as unknown as Record<string, object | undefined>;
  const seen = new Set<object>();
  const add = (name: string, owner: object, keys: readonly PropertyKey[] = ownKeys(owner)): void => {
    if (seen.has(owner)) return;
    seen.add(owner);
    const slots = keys.flatMap((key) => slotOf(owner, key) ?? []);
    owners.push({
      name,
      owner,
      slots,
      known: known(slots),
      prototype: getPrototypeOf(owner),
      ...mindsOf(owner),
    });
  };
  const addWithPrototypes = (name: string, value: object): void => {
    for (let one: object | null = value; one; one = getPrototypeOf(one)) add(name, one);
  };
  add("Object.prototype", Object.prototype);
  for (const name of CLASSES) {
    const owner = globals[name] as { prototype: object } | undefined;
    if (owner === undefined) continue;
    addWithPrototypes(`${name}.prototype`, owner.prototype);
    addWithPrototypes(name, owner);
  }
  for (const name of NAMESPACES) add(name, globals[name]!);
  const pass = async function* (): AsyncGenerator {};
  for (const value of [
    [].values(),
    new Map().keys(),
    new Set().keys(),
    ""[Symbol.iterator](),
    "".matchAll(/a/g),
  ])
    addWithPrototypes("The prototype of an iterator", getPrototypeOf(value)!);
  addWithPrototypes("The prototype of a generator", getPrototypeOf((function* () {})())!);
  addWithPrototypes("The prototype of an asynchronous generator", getPrototypeOf(pass())!);
  const { process } = globals;
  if (process !== undefined) {
    add("process", process, OF_PROCESS);
    addWithPrototypes("EventEmitter.prototype", getPrototypeOf(getPrototypeOf(process)!)!);
    // A page has a process of a few properties.
    const { hrtime } = process as { readonly hrtime?: object };
    if (hrtime !== undefined) add("process.hrtime", hrtime);
  }
  if (globals.performance !== undefined) addWithPrototypes("performance", globals.performance);
  const names = GLOBALS.filter((name) => globals[name] !== undefined);
  const slots = names.map((key) => globalSlot(globals, key));
  owners.push({ name: "globalThis", owner: globals, slots, known: known(slots) });
  return owners;
}

function mindsOf(owner: object): Pick<Owner, "minds"> {
  if (owner === Object.prototype) return { minds: () => true };
  if (owner === Array.prototype) return { minds: arrayMinds };
  // What it inherits may be hidden by a property of its own.
  return owner === globalThis.performance ? { minds: (key) => key === "now" } : {};
}

function known(slots: readonly Slot[]): Record<PropertyKey, true> {
  const keys = Object.create(null) as Record<PropertyKey, true>;
  for (const { key } of slots) keys[key] = true;
  return keys;
}

function slotOf(owner: object, key: PropertyKey): Slot | undefined {
  // The session's tracer (trace.ts) sets this one; a program that set it before is not the kernel.
  if (owner === Error && key === "prepareStackTrace") return undefined;
  const own = getOwnPropertyDescriptor(owner, key);
  // A property that cannot be changed needs no watching.
  return own && (own.writable || own.configurable) ? { key, own: bare(own) } : undefined;
}

/** Node defines some globals as accessors; the kernel wants the value behind. */
function globalSlot(globals: Record<string, unknown>, key: string): Slot {
  const { get: getter } = getOwnPropertyDescriptor(globals, key) ?? {};
  const own = { value: globals[key], writable: true, configurable: true, enumerable: false };
  return { key, own: bare(own), getter };
}

/** A descriptor that inherits nothing: what a cell adds to `Object.prototype` must not become a part of it. */
export function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  setPrototypeOf(descriptor, null);
  return descriptor;
}

/** Whether a property, which has this descriptor now, is what it was. */
export function isOwn(owner: object, { own, getter }: Slot, now: PropertyDescriptor | undefined): boolean {
  if (now === undefined) return false;
  if (getter !== undefined && now.get === getter) return apply(getter, owner, []) === own.value;
  return now.get === own.get && now.set === own.set && now.value === own.value;
}

/** Puts a property back. */
export function putBack(owner: object, { key, own }: Slot): void {
  // One that a cell has sealed can only be given its value.
  if (!defineProperty(owner, key, own)) defineProperty(owner, key, bare({ value: own.value as unknown }));
}
