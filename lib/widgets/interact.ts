/**
 * From a function to a live figure in one line: `interact(draw, { k: slider(1, 11), flip: true })` shows a control for each
 * argument and, below them, what the function makes of their values.
 */
import { nextTurn } from "#host/turns";
import { ValueError } from "../array/errors.js";
import { displaySymbol, type Displayable, type MimeBundle } from "../display/figure/figure.js";
import { Dropdown, OneOf, SelectMultiple } from "./choices.js";
import { Checkbox, FloatSlider, HTML, IntSlider, Text, VBox } from "./kinds.js";
import { meeting } from "./front-end.js";
import { TensorInput } from "./tensor-inputs.js";
import type { AnyKindOfWidget, Widget } from "./widget.js";

/** A widget that has a value: most have. */
export interface ValueWidget<V> extends AnyKindOfWidget {
  value: V;
}

/**
 * What a control is made from: true or false makes a check box, a text a field, a list a choice among its values; a number
 * needs its range, `slider(1, 11)`; and every widget with a value will do.
 */
export type Control = boolean | string | readonly unknown[] | ValueWidget<unknown>;

/** The value that a control gives. */
export type ControlValue<C> = C extends boolean
  ? boolean
  : C extends string
    ? string
    : C extends readonly (infer T)[]
      ? T
      : C extends ValueWidget<infer V>
        ? V
        : never;

/** The values of controls, by name. */
export type ControlValues<C extends Readonly<Record<string, Control>>> = {
  readonly [K in keyof C]: ControlValue<C[K]>;
};

/** How a slider is made. */
export interface SliderOptions {
  /** Where it stands at first; default: the middle, on a step. */
  readonly value?: number;
  /** The distance of two values; default: 1 between whole numbers, else a hundredth of the range. */
  readonly step?: number;
  /** The words beside it; default in `interact`: the argument's name. */
  readonly description?: string;
}

/**
 * A slider from `min` to `max`, of whole numbers when both ends and the step are whole.
 * @throws ValueError when the ends are no range, or the step is not positive
 */
export function slider(min: number, max: number, options: SliderOptions = {}): ValueWidget<number> {
  const whole = Number.isInteger(min) && Number.isInteger(max) && Number.isInteger(options.step ?? 1);
  const { step = whole ? 1 : (max - min) / 100, description = "" } = options;
  if (!(min < max) || !(step > 0) || !Number.isFinite(max - min))
    throw new ValueError(
      `slider: ${min} to ${max} by ${step} is no range; give two finite ends and a positive step.`,
    );
  const { value = min + Math.round((max - min) / 2 / step) * step } = options;
  const state = { min, max, step, value, description };
  if (whole) return new IntSlider(state);
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step))));
  return new FloatSlider({ ...state, readoutFormat: `.${digits}f` });
}

/** What `interact` gives: the controls, and the value that the function gave last. */
export class Interaction<C extends Readonly<Record<string, Control>>, R> {
  /** The widget of each control. */
  readonly controls: { readonly [K in keyof C]: ValueWidget<ControlValue<C[K]>> };
  /** What the function gave last; undefined before the first time and after an error. */
  result: R | undefined;
  /** What it threw last; undefined when it gave a value. */
  error: unknown;
  readonly #call: (values: ControlValues<C>) => R | Promise<R>;
  readonly #status = new HTML();
  #shown: { update(value: unknown): void } | undefined;
  #running: Promise<void> | undefined;
  #isStale = false;
  /** The run of the function that counts; an interrupt ends it. */
  #turn: object | undefined;
  /** Milliseconds that the last call took. */
  #took = 0;

  /** @param call see `interact` */
  constructor(call: (values: ControlValues<C>) => R | Promise<R>, given: C) {
    this.#call = call;
    const controls = Object.entries(given).map(([name, one]) => [name, widgetOf(name, one)] as const);
    this.controls = Object.fromEntries(controls) as unknown as Interaction<C, R>["controls"];
    for (const [, widget] of controls) watch(widget, () => this.refresh());
  }

  /** The values of the controls now. */
  get values(): ControlValues<C> {
    const entries = Object.entries(this.controls).map(([name, { value }]) => [name, value as unknown]);
    return Object.fromEntries(entries) as ControlValues<C>;
  }

  /** Calls the function with the values of now; when it is already running, once more after it. */
  refresh(): Promise<void> {
    this.#isStale = true;
    return (this.#running ??= this.#run());
  }

  /** Shows the controls and, below, the result; the function has then been called once. */
  async show(): Promise<this> {
    const box = new VBox({ children: [...Object.values<AnyKindOfWidget>(this.controls), this.#status] });
    const display = displayOf();
    display?.(box);
    await this.refresh();
    return this;
  }

  /** A cell that ends with it has shown it already. */
  [Symbol.for("Jupyter.shown")](): boolean {
    return displayOf() !== undefined;
  }

  async #run(): Promise<void> {
    const turn = (this.#turn = {});
    const end = (): void => {
      if (this.#turn !== turn) return;
      this.#turn = this.#running = undefined;
      this.#status.value = "";
    };
    // What an interrupted call awaits may never come: the next change begins anew.
    const stopListening = meeting()?.kernel.onInterrupt?.(end);
    try {
      while (this.#isStale && this.#turn === turn) {
        this.#isStale = false;
        await this.#once(turn);
        // What the front end has sent meanwhile comes in before the next call.
        if (this.#isStale) await nextTurn();
      }
    } finally {
      stopListening?.();
      end();
    }
  }

  async #once(turn: object): Promise<void> {
    const say = (): void => void (this.#status.value = "<i>computing …</i>");
    // A call that blocks the thread cannot be seen to be slow before it ends: the last one tells.
    if (this.#took > SLOW) {
      say();
      await nextTurn();
    }
    const timer = setTimeout(say, SLOW);
    const start = performance.now();
    let result: R | undefined;
    let error: unknown;
    try {
      result = await this.#call(this.values);
    } catch (thrown) {
      if ((thrown as Partial<Error> | null)?.name === "KeyboardInterrupt") throw thrown;
      error = thrown ?? new Error("nothing was thrown as an error");
    } finally {
      clearTimeout(timer);
      this.#took = performance.now() - start;
    }
    if (this.#turn !== turn) return;
    Object.assign(this, { result, error });
    const shown = this.error === undefined ? (this.result ?? "") : new Failure(this.error);
    if (this.#shown) this.#shown.update(shown);
    else this.#shown = displayOf()?.(shown);
  }
}

/** Milliseconds after which it is said that the function computes. */
const SLOW = 200;

/**
 * Shows a control for each argument of a function and, below them, what it gives; it is called again at each change, with
 * the values of that moment. While it runs no second call begins, and the last values are always shown.
 *
 *     await interact(({ k, flip }) => filters(k, flip), { k: slider(1, 11), flip: true })
 *
 * @param call gets the values by name; what it gives is shown as the value of a cell is, what it throws in its place
 * @param controls by the names of the arguments
 * @returns the controls and the last result, after the first call
 * @throws ValueError for a control that no widget can be made of
 */
export function interact<const C extends Readonly<Record<string, Control>>, R>(
  call: (values: ControlValues<C>) => R | Promise<R>,
  controls: C,
): Promise<Interaction<C, R>> {
  return new Interaction(call, controls).show();
}

/** The cells' global `display`, where there is one. */
function displayOf(): ((value: unknown) => { update(value: unknown): void }) | undefined {
  const { display } = globalThis as { display?: unknown };
  return typeof display === "function"
    ? (display as (value: unknown) => { update(value: unknown): void })
    : undefined;
}

function widgetOf(name: string, control: Control): ValueWidget<unknown> {
  const description = name;
  if (typeof control === "boolean") return new Checkbox({ value: control, description });
  if (typeof control === "string") return new Text({ value: control, description });
  if (Array.isArray(control)) return new Dropdown({ options: control as readonly unknown[], description });
  if (typeof control === "object" && control !== null && "value" in control) {
    const widget = control as ValueWidget<unknown> & Partial<Widget<{ description: string }>>;
    if (control instanceof TensorInput) return control;
    if (widget.get?.("description") === "") widget.set?.({ description });
    return widget;
  }
  const hint =
    typeof control === "number"
      ? `; a number needs its range: slider(0, ${Math.abs(control) * 2 || 10})`
      : "";
  throw new ValueError(`interact: no control can be made of ${name}: ${String(control)}${hint}.`);
}

function watch(widget: ValueWidget<unknown>, call: () => Promise<void>): void {
  if (widget instanceof OneOf || widget instanceof SelectMultiple) widget.onChoice(call);
  else if (widget instanceof TensorInput) widget.onValue(call);
  else (widget as unknown as Widget<{ value: unknown }>).observe("value", call);
}

/** An error in the place of the result. */
class Failure implements Displayable {
  readonly #text: string;

  constructor(error: unknown) {
    this.#text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }

  [displaySymbol](): MimeBundle {
    return { "application/vnd.jupyter.stderr": this.#text, "text/plain": this.#text };
  }
}
