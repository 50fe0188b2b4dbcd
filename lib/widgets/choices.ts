/** Widgets that choose among values of any type: the front end knows their labels and the place of the chosen one. */
import { ValueError } from "../array/errors.js";
import { SeenWidget, type ControlState, type Kind, type LookOptions } from "./kinds.js";
import { isSame, type Settle } from "./widget.js";

/** What can be chosen: values, which are also their labels, or values by label. */
export type Choices<T> = readonly T[] | Readonly<Record<string, T>>;

/** How a chooser is made. */
export interface ChoiceOptions<T> extends Partial<ControlState>, LookOptions {
  readonly options: Choices<T>;
  /** The chosen value; default: the first, and nothing in a list of several. */
  readonly value?: T;
}

/** The state of a widget that chooses one of several values. */
export interface OneState extends ControlState {
  /** What stands on the options. */
  _options_labels: readonly string[];
  /** The place of the chosen one. */
  index: number | null;
}

const control = {
  tooltip: null,
  tabbable: null,
  description: "",
  descriptionAllowHtml: false,
  disabled: false,
} satisfies ControlState;

function entriesOf<T>(name: string, options: Choices<T>): { labels: string[]; values: T[] } {
  const values = Array.isArray(options) ? ([...options] as T[]) : Object.values(options as Record<string, T>);
  const labels = Array.isArray(options) ? values.map(String) : Object.keys(options);
  if (values.length === 0) throw new ValueError(`${name}: there is nothing to choose; give options.`);
  return { labels, values };
}

function placeOf<T>(name: string, values: readonly T[], labels: readonly string[], value: T): number {
  const place = values.findIndex((one) => isSame(one, value));
  if (place < 0)
    throw new ValueError(`${name}: ${String(value)} is none of its options ${labels.join(", ")}.`);
  return place;
}

/** A widget that has one of several values. */
export class OneOf<T> extends SeenWidget<OneState> {
  readonly #values: readonly T[];

  constructor(kind: Kind<OneState>, { options, value, ...rest }: ChoiceOptions<T>) {
    const { labels, values } = entriesOf(kind.name, options);
    const index = value === undefined ? 0 : placeOf(kind.name, values, labels, value);
    super(
      {
        ...kind,
        state: { ...kind.state, _options_labels: labels, index },
        settle: within(kind.name, labels),
      },
      rest as Partial<OneState>,
    );
    this.#values = values;
  }

  /** The chosen value. */
  get value(): T {
    return this.#values[this.get("index") ?? 0];
  }

  set value(value: T) {
    const labels = this.get("_options_labels");
    this.set({ index: placeOf(this.kind, this.#values, labels, value) });
  }

  /** The label of the chosen value. */
  get label(): string {
    return this.get("_options_labels")[this.get("index") ?? 0];
  }

  /** Calls a function after each change of the chosen value. @returns a function that ends it */
  onChoice(observer: (value: T) => unknown): () => void {
    return this.observe("index", () => observer(this.value));
  }

  override toString(): string {
    return `${this.kind}(value: ${this.label}, of ${this.get("_options_labels").join(", ")})`;
  }
}

const within = (name: string, labels: readonly string[]): Settle => {
  const one = (index: unknown): unknown => {
    if (Number.isInteger(index) && Number(index) >= 0 && Number(index) < labels.length) return index;
    throw new ValueError(`${name}: ${String(index)} is no place among ${labels.length} options.`);
  };
  return (key, value) => (key !== "index" ? value : Array.isArray(value) ? value.map(one) : one(value));
};

/** A list that opens, to choose one value. */
export class Dropdown<T> extends OneOf<T> {
  constructor(options: ChoiceOptions<T>) {
    super(
      { name: "Dropdown", style: "Description", state: { ...control, _options_labels: [], index: null } },
      options,
    );
  }
}

/** Buttons in a row, to choose one value. */
export class ToggleButtons<T> extends OneOf<T> {
  constructor(options: ChoiceOptions<T>) {
    const state = { ...control, _options_labels: [], index: null, buttonStyle: "", icons: [], tooltips: [] };
    super({ name: "ToggleButtons", style: "ToggleButtons", state }, options);
  }
}

/** The state of a widget that chooses several values. */
export interface SeveralState extends ControlState {
  /** What stands on the options. */
  _options_labels: readonly string[];
  /** The places of the chosen ones. */
  index: readonly number[];
  rows: number;
}

/** How a chooser of several values is made. */
export interface SeveralOptions<T> extends Partial<ControlState>, LookOptions {
  readonly options: Choices<T>;
  /** The chosen values; default: none. */
  readonly value?: readonly T[];
  /** How many rows of the list are seen. */
  readonly rows?: number;
}

/** A list in which several values can be chosen. */
export class SelectMultiple<T> extends SeenWidget<SeveralState> {
  readonly #values: readonly T[];

  constructor({ options, value = [], rows = 5, ...rest }: SeveralOptions<T>) {
    const name = "SelectMultiple";
    const { labels, values } = entriesOf(name, options);
    const index = value.map((one) => placeOf(name, values, labels, one));
    const state = { ...control, _options_labels: labels, index, rows };
    super({ name, style: "Description", state, settle: within(name, labels) }, rest);
    this.#values = values;
  }

  /** The chosen values, in the order of the list. */
  get value(): readonly T[] {
    return this.get("index").map((place) => this.#values[place]);
  }

  set value(value: readonly T[]) {
    const labels = this.get("_options_labels");
    this.set({ index: value.map((one) => placeOf(this.kind, this.#values, labels, one)) });
  }

  /** Calls a function after each change of the chosen values. @returns a function that ends it */
  onChoice(observer: (value: readonly T[]) => unknown): () => void {
    return this.observe("index", () => observer(this.value));
  }

  override toString(): string {
    const labels = this.get("_options_labels");
    const chosen = this.get("index").map((place) => labels[place]);
    return `${this.kind}(value: [${chosen.join(", ")}], of ${labels.join(", ")})`;
  }
}
