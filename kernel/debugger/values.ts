/** Values of the cells' thread as the protocol's variables. Getters are not called. */
import type { Inspector, Runtime } from "./inspector.js";

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  /** A number by which its parts are asked for; 0 for a value without parts. */
  readonly variablesReference: number;
  readonly evaluateName?: string;
}

/** Objects whose properties are shown together, as those of the blocks of a function. */
interface Handle {
  readonly objects: readonly Runtime.RemoteObject[];
  /** Whether its properties are variables, of which the compiler's own are left out. */
  readonly isScope: boolean;
}

/** How many parts of a value are shown at most. */
const MOST = 1000;
const LONGEST = 200;

/** The names by which the kernel's compiler calls what is its own. */
const isOwn = (name: string): boolean => /^\$/.test(name) || name === "this";

/** The first elements of an array, as an object: all of a large one would take long. */
const FIRST =
  "function (n) { const o = Object.create(null); for (let i = 0; i < n && i < this.length; i++) o[i] = this[i]; return o; }";
/** The variables of the cells, whose accessors are the kernel's; one that is not there yet is left out. */
export const SNAPSHOT =
  "function () { const o = Object.create(null); for (const k of Object.keys(this)) try { o[k] = this[k]; } catch {} return o; }";

export class Values {
  readonly #inspector: Inspector;
  readonly #handles = new Map<number, Handle>();
  #count = 0;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Forgets all references: the thread goes on. */
  clear(): void {
    this.#handles.clear();
  }

  /** @returns a reference to the variables of scopes, inner ones first */
  scope(objects: readonly Runtime.RemoteObject[]): number {
    return this.#keep({ objects, isScope: true });
  }

  /** The parts of a value, or the variables of a scope. */
  async parts(reference: number): Promise<Variable[]> {
    const handle = this.#handles.get(reference);
    if (!handle) return [];
    const found = new Map<string, Variable>();
    for (const object of handle.objects)
      for (const one of await this.#properties(object))
        if (!found.has(one.name) && !(handle.isScope && isOwn(one.name))) found.set(one.name, one);
    return [...found.values()];
  }

  variable(name: string, value: Runtime.RemoteObject): Variable {
    const { objectId } = value;
    return {
      name,
      value: textOf(value),
      type: value.subtype === "null" ? "null" : (value.className ?? value.type),
      variablesReference: objectId === undefined ? 0 : this.#keep({ objects: [value], isScope: false }),
      ...(/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && { evaluateName: name }),
    };
  }

  async #properties(object: Runtime.RemoteObject): Promise<Variable[]> {
    let { objectId } = object;
    if (objectId === undefined) return [];
    const length = Number(/\((\d+)\)$/.exec(object.description ?? "")?.[1] ?? 0);
    if ((object.subtype === "array" || object.subtype === "typedarray") && length > MOST)
      objectId = (await this.#inspector.call(objectId, FIRST, [MOST])).objectId!;
    const { result, internalProperties = [] } = await this.#inspector.send<Runtime.GetPropertiesReturnType>(
      "Runtime.getProperties",
      { objectId, ownProperties: true, generatePreview: true },
    );
    const own = result
      .slice(0, MOST)
      .filter(({ name }) => name !== "__proto__")
      .map(({ name, value }) => (value ? this.variable(name, value) : unread(name)));
    const entries = internalProperties.filter(({ name, value }) => name === "[[Entries]]" && value);
    const more = length > MOST ? [{ ...unread("…"), value: `${length - MOST} more` }] : [];
    return [...own, ...more, ...entries.map(({ name, value }) => this.variable(name, value!))];
  }

  #keep(handle: Handle): number {
    this.#handles.set(++this.#count, handle);
    return this.#count;
  }
}

/** A property with a getter, which may do anything. */
function unread(name: string): Variable {
  return { name, value: "(…)", type: "accessor", variablesReference: 0 };
}

/** A value in one line. */
export function textOf(value: Runtime.RemoteObject): string {
  const { type, description, unserializableValue, preview } = value;
  if (type === "string") return shortened(JSON.stringify(value.value));
  if (unserializableValue !== undefined) return unserializableValue;
  if (type === "function") return shortened((description ?? "function").split("\n", 1)[0]!);
  if (!preview || value.subtype === "error") return shortened(description ?? String(value.value));
  const isList = preview.subtype === "array" || preview.subtype === "typedarray";
  const parts = preview.properties.map(({ name, value, type }) => {
    const text =
      type === "string" ? JSON.stringify(value ?? "") : type === "accessor" ? "(…)" : (value ?? type);
    return isList ? text : `${name}: ${text}`;
  });
  if (preview.overflow) parts.push("…");
  const title = description === "Object" ? "" : `${description ?? ""} `;
  return shortened(isList ? `${title}[${parts.join(", ")}]` : `${title}{ ${parts.join(", ")} }`);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
