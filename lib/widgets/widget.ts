/**
 * A widget: a model with a state that a front end shows and changes, by version 2.1 of Jupyter's widget protocol
 * (https://github.com/jupyter-widgets/ipywidgets/blob/main/packages/schema/messages.md). The model opens when it is first
 * shown; from then on each change of one side is sent to the other.
 */
import { ValueError } from "../array/errors.js";
import {
  displaySymbol,
  metadataSymbol,
  type Displayable,
  type MimeBundle,
  type MimeMetadata,
} from "../display/figure/figure.js";
import { joinBuffers, splitBuffers, type BufferPath } from "./buffers.js";
import { meeting, type Conversation, type OpenModel } from "./front-end.js";

const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** The version of the protocol, in the metadata of each opening message. */
export const PROTOCOL_VERSION = "2.1.0";

/** The MIME type by which a front end finds the model to show. */
export const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

/** The JavaScript classes that a front end makes of a widget. */
export interface FrontEndClasses {
  readonly module: string;
  readonly version: string;
  readonly model: string;
  readonly view: string | null;
  /** The view's module and its version, where they differ from the model's. */
  readonly viewModule?: string;
  readonly viewVersion?: string;
}

/** Called when a value has changed: with the new one and the one before. */
export type Observer<T> = (value: T, before: T) => unknown;

/** What a widget does with a new value before it takes it: a value in range, or an error. */
export type Settle = (name: string, value: unknown, state: Readonly<Record<string, unknown>>) => unknown;

/** The parts of a widget that its kind fixes. */
export interface WidgetParts {
  /** Its name in words and errors, "IntSlider". */
  readonly name: string;
  readonly classes: FrontEndClasses;
  /** The state by the protocol's names; a widget in it is a reference. */
  readonly state: Record<string, unknown>;
  readonly settle?: Settle;
  /** Whether the protocol's names are the properties' own, as in a front end of one's own; else they are in snake case. */
  readonly namesAsGiven?: boolean;
  /** Names whose values are not echoed, because they are large. */
  readonly silent?: readonly string[];
}

/** A widget of any kind, as boxes hold them. */
export interface AnyKindOfWidget extends Displayable, OpenModel {
  /** The widget's kind, "IntSlider". */
  readonly kind: string;
  /** Opens the model in the front end. @returns its identifier; undefined outside a notebook */
  open(): string | undefined;
  /** Ends the widget. */
  close(): void;
  toString(): string;
}

/**
 * A value that a front end shows and a reader can change. `S` is its state: each name of it is also a property of the
 * widget, `slider.value`.
 */
export class Widget<S extends object = Record<string, unknown>> implements AnyKindOfWidget {
  readonly #parts: WidgetParts;
  readonly #state: Record<string, unknown>;
  readonly #observers = new Map<string, Set<Observer<never>>>();
  readonly #messages = new Set<(content: unknown, buffers: readonly Uint8Array[]) => unknown>();
  #conversation: Conversation | undefined;
  #closed = false;

  constructor(parts: WidgetParts) {
    this.#parts = parts;
    const { module, version, model, view, viewModule = module, viewVersion = version } = parts.classes;
    this.#state = {
      _model_module: module,
      _model_module_version: version,
      _model_name: model,
      _view_count: null,
      _view_module: viewModule,
      _view_module_version: viewVersion,
      _view_name: view,
      ...parts.state,
    };
  }

  /** The widget's kind, "IntSlider". */
  get kind(): string {
    return this.#parts.name;
  }

  /** A value of the state. @throws ValueError for a name that the state has not */
  get<K extends keyof S & string>(name: K): S[K] {
    return this.#state[this.#wire(name)] as S[K];
  }

  /**
   * Changes values of the state, tells the front end of those that are new and then the observers.
   * @throws ValueError for a name that the state has not, or a value that the widget cannot have
   */
  set(changes: Partial<S>): void {
    const wired: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(changes)) wired[this.#wire(name)] = value;
    const changed = this.#take(wired);
    this.#send(Object.fromEntries(Object.keys(changed).map((name) => [name, this.#state[name]])));
    this.#tell(changed);
  }

  /**
   * Calls a function after each change of a value, from whichever side it came.
   * @returns a function that ends it
   */
  observe<K extends keyof S & string>(name: K, observer: Observer<S[K]>): () => void {
    const wire = this.#wire(name);
    const those = this.#observers.get(wire) ?? new Set();
    this.#observers.set(wire, those.add(observer as Observer<never>));
    return () => void those.delete(observer as Observer<never>);
  }

  /** Calls a function for each message of the front end that is no change of the state. @returns a function that ends it */
  onMessage(handler: (content: unknown, buffers: readonly Uint8Array[]) => unknown): () => void {
    this.#messages.add(handler);
    return () => void this.#messages.delete(handler);
  }

  /** Sends the front end's part of the widget a message that is no change of the state. */
  send(content: unknown, buffers: readonly Uint8Array[] = []): void {
    this.#conversation?.send({ method: "custom", content }, {}, buffers);
  }

  /**
   * Opens the model in the front end, and before it the models that its state refers to; does nothing outside a notebook,
   * or when it is open.
   * @returns its identifier; undefined outside a notebook
   * @throws ValueError when it was closed
   */
  open(): string | undefined {
    if (this.#conversation) return this.#conversation.id;
    if (this.#closed) throw new ValueError(`${this.kind}: it was closed; make a new one.`);
    const place = meeting();
    if (!place) return undefined;
    const { state, paths, buffers } = splitBuffers(this.wireState());
    const data = { state, buffer_paths: paths };
    const metadata = { version: PROTOCOL_VERSION };
    const conversation = place.kernel.openComm("jupyter.widget", data, metadata, buffers);
    this.#conversation = conversation;
    place.models.set(conversation.id, this);
    conversation.onMessage((message, received) => this.#receive(message, received));
    conversation.onClose(() => {
      place.models.delete(conversation.id);
      this.#conversation = undefined;
    });
    return conversation.id;
  }

  /** Ends the widget: the front end takes it away. */
  close(): void {
    this.#closed = true;
    const conversation = this.#conversation;
    if (!conversation) return;
    meeting()?.models.delete(conversation.id);
    this.#conversation = undefined;
    conversation.close();
  }

  /** The state as it is sent, by the protocol's names; the models that it refers to are opened. */
  wireState(): Record<string, unknown> {
    return referTo(this.#state) as Record<string, unknown>;
  }

  /** What a front end without widgets shows: the widget in words. */
  toString(): string {
    return this.kind;
  }

  /** The bundle that a notebook shows. */
  async bundle(): Promise<MimeBundle> {
    const id = this.open();
    const words = { "text/plain": this.toString() };
    if (id === undefined) return words;
    return { ...words, [VIEW_MIME]: { version_major: 2, version_minor: 0, model_id: id } };
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.bundle();
  }

  /** A widget has no pictures of its own; a figure says what its still picture shows. */
  [metadataSymbol](): Promise<MimeMetadata> {
    return Promise.resolve({});
  }

  [inspectSymbol](): string {
    return this.toString();
  }

  /** The protocol's name of a property: `continuousUpdate` → `continuous_update`. */
  #wire(name: string): string {
    const wire = this.#parts.namesAsGiven ? name : snake(name);
    if (!(wire in this.#state)) {
      const known = Object.keys(this.#parts.state)
        .filter((one) => !one.startsWith("_"))
        .map((one) => (this.#parts.namesAsGiven ? one : camel(one)));
      throw new ValueError(`${this.kind}: it has no "${name}"; it has ${known.join(", ")}.`);
    }
    return wire;
  }

  /** Takes new values in. @returns the values before, of those that changed */
  #take(changes: Record<string, unknown>): Record<string, unknown> {
    const next = { ...this.#state, ...changes };
    const before: Record<string, unknown> = {};
    const { settle } = this.#parts;
    for (const [name, given] of Object.entries(changes)) {
      const value = settle ? settle(name, given, next) : given;
      if (isSame(value, this.#state[name])) continue;
      before[name] = this.#state[name];
      next[name] = value;
    }
    // A new range may leave the value outside.
    if (settle && "value" in next && !("value" in changes)) {
      const value = settle("value", next.value, next);
      if (!isSame(value, next.value)) {
        before.value = this.#state.value;
        next.value = value;
      }
    }
    for (const name of Object.keys(before)) this.#state[name] = next[name];
    return before;
  }

  #tell(before: Record<string, unknown>): void | Promise<void> {
    const calls = Object.entries(before).flatMap(([name, old]) =>
      [...(this.#observers.get(name) ?? [])].map((observer) =>
        observer(this.#state[name] as never, old as never),
      ),
    );
    const waits = calls.filter((one) => one instanceof Promise);
    if (waits.length > 0) return Promise.all(waits).then(() => {});
  }

  #send(values: Record<string, unknown>, method = "update"): void {
    if (!this.#conversation || Object.keys(values).length === 0) return;
    const { state, paths, buffers } = splitBuffers(referTo(values) as Record<string, unknown>);
    this.#conversation.send({ method, state, buffer_paths: paths }, {}, buffers);
  }

  /** A message of the front end; it waits for the observers, so that the front end sends no next value before. */
  #receive(message: unknown, buffers: readonly Uint8Array[]): unknown {
    const { method, state, buffer_paths, content } = message as {
      method?: string;
      state?: Record<string, unknown>;
      buffer_paths?: BufferPath[];
      content?: unknown;
    };
    switch (method) {
      case "update": {
        const known = Object.entries(state ?? {}).filter(([name]) => name in this.#state);
        const sent = Object.fromEntries(known);
        const { silent = [] } = this.#parts;
        this.#send(Object.fromEntries(known.filter(([name]) => !silent.includes(name))), "echo_update");
        const values = joinBuffers(structuredClone(sent), buffer_paths ?? [], buffers);
        const before = this.#take(values);
        // What the widget made of them.
        const other = Object.keys({ ...values, ...before }).filter(
          (name) => !isSame(this.#state[name], values[name]),
        );
        this.#send(Object.fromEntries(other.map((name) => [name, this.#state[name]])));
        return this.#tell(before);
      }
      case "request_state":
        return this.#send(this.#state);
      case "custom":
        return Promise.all([...this.#messages].map((handler) => handler(content, buffers)));
      default:
        throw new ValueError(`${this.kind}: the front end sent "${method}", which the protocol has not.`);
    }
  }
}

/** A state in which each widget is replaced by a reference to its model, which is opened. */
function referTo(value: unknown): unknown {
  if (value instanceof Widget) return `IPY_MODEL_${value.open() ?? "closed"}`;
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(referTo);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, referTo(one)]));
}

/** Whether two values of a state are the same, by their content. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Widget || b instanceof Widget) return false;
  // Their indices are names too, of which a picture has very many.
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  if (Array.isArray(a) !== Array.isArray(b) || names.length !== others.length) return false;
  return names.every((name) =>
    isSame((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}

/** `continuousUpdate` → `continuous_update`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `continuous_update` → `continuousUpdate`. */
export const camel = (name: string): string =>
  name.replace(/(?<=\w)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
