/**
 * The table of widgets: of each kind its state, with ipywidgets' own defaults, its style and what it does with a value that
 * it cannot have. Everything else about a widget follows from its row.
 */
import { ValueError } from "../array/errors.js";
import { snake, Widget, type AnyKindOfWidget, type FrontEndClasses, type Settle } from "./widget.js";

const CONTROLS = { module: "@jupyter-widgets/controls", version: "2.0.0" };
const BASE = { module: "@jupyter-widgets/base", version: "2.0.0" };

/** The layout of a widget: CSS properties, such as `width: "300px"`; null leaves one to the front end. */
export interface LayoutState {
  alignContent: string | null;
  alignItems: string | null;
  alignSelf: string | null;
  borderBottom: string | null;
  borderLeft: string | null;
  borderRight: string | null;
  borderTop: string | null;
  bottom: string | null;
  display: string | null;
  flex: string | null;
  flexFlow: string | null;
  gridArea: string | null;
  gridAutoColumns: string | null;
  gridAutoFlow: string | null;
  gridAutoRows: string | null;
  gridColumn: string | null;
  gridGap: string | null;
  gridRow: string | null;
  gridTemplateAreas: string | null;
  gridTemplateColumns: string | null;
  gridTemplateRows: string | null;
  height: string | null;
  justifyContent: string | null;
  justifyItems: string | null;
  left: string | null;
  margin: string | null;
  maxHeight: string | null;
  maxWidth: string | null;
  minHeight: string | null;
  minWidth: string | null;
  objectFit: string | null;
  objectPosition: string | null;
  order: string | null;
  overflow: string | null;
  padding: string | null;
  right: string | null;
  top: string | null;
  visibility: string | null;
  width: string | null;
}

const LAYOUT =
  `alignContent alignItems alignSelf borderBottom borderLeft borderRight borderTop bottom display flex flexFlow
  gridArea gridAutoColumns gridAutoFlow gridAutoRows gridColumn gridGap gridRow gridTemplateAreas gridTemplateColumns
  gridTemplateRows height justifyContent justifyItems left margin maxHeight maxWidth minHeight minWidth objectFit
  objectPosition order overflow padding right top visibility width`.split(/\s+/);

/** The looks of a widget's parts; which of them a widget has depends on its kind. */
export interface StyleState {
  /** The width of the description, such as "80px". */
  descriptionWidth: string;
  handleColor: string | null;
  barColor: string | null;
  background: string | null;
  fontSize: string | null;
  textColor: string | null;
  buttonColor: string | null;
  buttonWidth: string;
  fontFamily: string | null;
  fontStyle: string | null;
  fontVariant: string | null;
  fontWeight: string | null;
  textDecoration: string | null;
}

/** The styles, by the names of their models without "StyleModel". */
export type StyleName =
  "Slider" | "Checkbox" | "ToggleButtons" | "Description" | "Text" | "HTML" | "Progress" | "Button";

const text = { background: null, description_width: "", font_size: null, text_color: null };
/** The states of the styles, by the names of their models. */
const STYLES: Readonly<Record<StyleName, Readonly<Record<string, string | null>>>> = {
  Slider: { description_width: "", handle_color: null },
  Checkbox: { background: null, description_width: "" },
  ToggleButtons: { button_width: "", description_width: "", font_weight: "" },
  Description: { description_width: "" },
  Text: text,
  HTML: text,
  Progress: { bar_color: null, description_width: "" },
  Button: {
    button_color: null,
    font_family: null,
    font_size: null,
    font_style: null,
    font_variant: null,
    font_weight: null,
    text_color: null,
    text_decoration: null,
  },
};

/** What every widget that is seen has. */
export interface SeenState {
  /** Words at the pointer. */
  tooltip: string | null;
  /** Whether the Tab key reaches it; null: as is usual for its kind. */
  tabbable: boolean | null;
}

/** What every widget with a description has. */
export interface DescribedState extends SeenState {
  /** The words beside it. */
  description: string;
  /** Whether the words may hold HTML. */
  descriptionAllowHtml: boolean;
}

/** What every widget with a value to choose has. */
export interface ControlState extends DescribedState {
  /** Whether it can be used. */
  disabled: boolean;
}

const seen = { tooltip: null, tabbable: null } satisfies SeenState;
const described = { ...seen, description: "", descriptionAllowHtml: false } satisfies DescribedState;
const control = { ...described, disabled: false } satisfies ControlState;

/** How a widget's box is laid out and how its parts look, when it is made. */
export interface LookOptions {
  /** CSS properties of its box. */
  readonly layout?: Partial<LayoutState>;
  /** Looks of its parts. */
  readonly style?: Partial<StyleState>;
}

/** What a widget is made of: values of its state, a layout and a style. */
export type WidgetOptions<S> = Partial<S> & LookOptions;

/** One row of the table. */
export interface Kind<S extends object> {
  readonly name: string;
  /** Names of the JavaScript classes without "Model" and "View", where they are not the kind's name. */
  readonly model?: string;
  readonly view?: string;
  readonly classes?: FrontEndClasses;
  readonly style?: StyleName;
  readonly state: S;
  readonly settle?: Settle;
  readonly namesAsGiven?: boolean;
  readonly silent?: readonly string[];
}

/** A widget of any kind that has a layout. */
export interface AnySeenWidget extends AnyKindOfWidget {
  /** Ends the widget with its layout and its style, which no other widget has; `close` leaves them. */
  closeWhole(): void;
}

/** A widget that has a layout. */
export class SeenWidget<S extends object = Record<string, unknown>>
  extends Widget<S>
  implements AnySeenWidget
{
  readonly #layout: Widget<LayoutState>;
  readonly #style: Widget<StyleState> | undefined;
  readonly #shown: readonly string[];

  constructor(kind: Kind<S>, options: WidgetOptions<S> = {} as WidgetOptions<S>) {
    const { layout = {}, style = {}, ...given } = options as LookOptions & Record<string, unknown>;
    const unknown = Object.keys(given).filter((name) => !(name in kind.state));
    if (unknown.length > 0)
      throw new ValueError(
        `${kind.name}: it has no "${unknown[0]}"; it has ${Object.keys(kind.state).join(", ")}, layout, style.`,
      );
    const layoutModel = new Widget<LayoutState>({
      name: "Layout",
      classes: { ...BASE, model: "LayoutModel", view: "LayoutView" },
      state: Object.fromEntries(LAYOUT.map((name) => [snake(name), null])),
    });
    layoutModel.set(layout);
    const styleModel = kind.style && styleOf(kind.style);
    if (styleModel) styleModel.set(style);
    else if (Object.keys(style).length > 0) throw new ValueError(`${kind.name}: it has no style.`);
    const whole: Record<string, unknown> = { ...kind.state, ...given };
    const wired = Object.fromEntries(
      Object.entries(whole).map(([name, value]) => [kind.namesAsGiven ? name : snake(name), value]),
    );
    const { settle, silent, namesAsGiven } = kind;
    for (const name of Object.keys(wired)) if (settle) wired[name] = settle(name, wired[name], wired);
    super({
      name: kind.name,
      classes: kind.classes ?? {
        ...CONTROLS,
        model: `${kind.model ?? kind.name}Model`,
        view: `${kind.view ?? kind.name}View`,
      },
      state: { _dom_classes: [], layout: layoutModel, ...(styleModel && { style: styleModel }), ...wired },
      ...(settle && { settle }),
      ...(silent && { silent }),
      ...(namesAsGiven && { namesAsGiven }),
    });
    this.#layout = layoutModel;
    this.#style = styleModel;
    this.#shown = Object.keys(given);
  }

  /** The layout of its box: `slider.layout.set({ width: "300px" })`. */
  get layout(): Widget<LayoutState> {
    return this.#layout;
  }

  /** The looks of its parts. @throws ValueError for a kind that has none */
  get style(): Widget<StyleState> {
    if (!this.#style) throw new ValueError(`${this.kind}: it has no style.`);
    return this.#style;
  }

  /** Ends the widget with its layout and its style, which no other widget has; `close` leaves them. */
  closeWhole(): void {
    this.close();
    this.#layout.close();
    this.#style?.close();
  }

  override toString(): string {
    const names = [...new Set(["value", ...this.#shown])] as (keyof S & string)[];
    const parts = names.flatMap((name) => {
      const value: unknown = name === "value" && !this.#has(name) ? undefined : this.get(name);
      return value === undefined ? [] : [`${name}: ${inWords(value)}`];
    });
    return `${this.kind}(${parts.join(", ")})`;
  }

  #has(name: string): boolean {
    return Object.hasOwn(this, name) || name in Object.getPrototypeOf(this);
  }
}

function styleOf(style: StyleName): Widget<StyleState> {
  return new Widget<StyleState>({
    name: `${style}Style`,
    classes: {
      ...CONTROLS,
      model: `${style}StyleModel`,
      view: "StyleView",
      viewModule: BASE.module,
      viewVersion: BASE.version,
    },
    state: { ...STYLES[style] },
  });
}

function inWords(value: unknown): string {
  if (value instanceof Widget) return value.kind;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `[${value.map(inWords).join(", ")}]`;
  return JSON.stringify(value) ?? String(value);
}

/** A class of widgets: its instances have a property for each name of the state. */
export type WidgetClass<S extends object> = new (options?: WidgetOptions<S>) => SeenWidget<S> & S;

/** The class of one row of the table. */
export function widgetClass<S extends object>(kind: Kind<S>): WidgetClass<S> {
  const made = class extends SeenWidget<S> {
    constructor(options?: WidgetOptions<S>) {
      super(kind, options);
    }
  };
  for (const name of Object.keys(kind.state) as (keyof S & string)[])
    Object.defineProperty(made.prototype, name, {
      get(this: SeenWidget<S>) {
        return this.get(name);
      },
      set(this: SeenWidget<S>, value: S[typeof name]) {
        this.set({ [name]: value } as unknown as Partial<S>);
      },
      enumerable: true,
    });
  return made as unknown as WidgetClass<S>;
}

/** The range of a slider, a bar or a player. */
export interface RangeState {
  min: number;
  max: number;
}

const limited = (name: string, whole: boolean, range: boolean): Settle => {
  const one = (given: unknown, state: Readonly<Record<string, unknown>>): number => {
    const value = Number(given);
    if (typeof given !== "number" || !Number.isFinite(value))
      throw new ValueError(`${name}: its value is a finite number, not ${inWords(given)}.`);
    const { min, max, base } = state;
    if (!(Number(min) <= Number(max)))
      throw new ValueError(`${name}: min ${Number(min)} is greater than max ${Number(max)}.`);
    // The ends of a slider of powers are exponents.
    const [low, high] = [min, max].map((end) =>
      base === undefined ? Number(end) : Number(base) ** Number(end),
    );
    return Math.min(high, Math.max(low, whole ? Math.round(value) : value));
  };
  return (key, value, state) => {
    if (key !== "value") return value;
    if (!range) return one(value, state);
    if (!Array.isArray(value) || value.length !== 2)
      throw new ValueError(`${name}: its value is a pair of numbers, not ${inWords(value)}.`);
    return value.map((end) => one(end, state)).sort((a, b) => a - b);
  };
};

/** The state of a slider. */
export interface SliderState extends ControlState, RangeState {
  /** The number that is chosen. */
  value: number;
  step: number;
  orientation: "horizontal" | "vertical";
  /** Whether the number stands beside it. */
  readout: boolean;
  /** The number's format, in d3's language: ".2f". */
  readoutFormat: string;
  /** Whether values in between are sent while it is dragged. */
  continuousUpdate: boolean;
  behavior: string;
}

/** The state of a slider with two ends. */
export interface RangeSliderState extends Omit<SliderState, "value"> {
  /** The lower and the upper end. */
  value: readonly [low: number, high: number];
}

const slider = {
  ...control,
  min: 0,
  max: 100,
  step: 1,
  orientation: "horizontal",
  readout: true,
  readoutFormat: "d",
  continuousUpdate: true,
  behavior: "drag-tap",
} satisfies Omit<SliderState, "value">;
const fine = { ...slider, step: 0.1, readoutFormat: ".2f" };

/** A slider of whole numbers. */
export const IntSlider: WidgetClass<SliderState> = widgetClass<SliderState>({
  name: "IntSlider",
  style: "Slider",
  state: { ...slider, value: 0 },
  settle: limited("IntSlider", true, false),
});
/** A slider of whole numbers. */
export type IntSlider = InstanceType<typeof IntSlider>;

/** A slider of numbers. */
export const FloatSlider: WidgetClass<SliderState> = widgetClass<SliderState>({
  name: "FloatSlider",
  style: "Slider",
  state: { ...fine, value: 0 },
  settle: limited("FloatSlider", false, false),
});
/** A slider of numbers. */
export type FloatSlider = InstanceType<typeof FloatSlider>;

/** The state of a slider of powers. */
export interface LogSliderState extends SliderState {
  /** The number whose powers they are; `min` and `max` are exponents, and so is `step`. */
  base: number;
}

/** A slider of positive numbers that moves by factors: from `base ** min` to `base ** max`. */
export const FloatLogSlider: WidgetClass<LogSliderState> = widgetClass<LogSliderState>({
  name: "FloatLogSlider",
  style: "Slider",
  state: { ...fine, max: 4, value: 1, base: 10, readoutFormat: ".3g" },
  settle: limited("FloatLogSlider", false, false),
});
/** A slider of positive numbers that moves by factors: from `base ** min` to `base ** max`. */
export type FloatLogSlider = InstanceType<typeof FloatLogSlider>;

/** A slider with two ends, of whole numbers. */
export const IntRangeSlider: WidgetClass<RangeSliderState> = widgetClass<RangeSliderState>({
  name: "IntRangeSlider",
  style: "Slider",
  state: { ...slider, value: [25, 75] },
  settle: limited("IntRangeSlider", true, true),
});
/** A slider with two ends, of whole numbers. */
export type IntRangeSlider = InstanceType<typeof IntRangeSlider>;

/** A slider with two ends. */
export const FloatRangeSlider: WidgetClass<RangeSliderState> = widgetClass<RangeSliderState>({
  name: "FloatRangeSlider",
  style: "Slider",
  state: { ...fine, value: [25, 75] },
  settle: limited("FloatRangeSlider", false, true),
});
/** A slider with two ends. */
export type FloatRangeSlider = InstanceType<typeof FloatRangeSlider>;

/** The state of a check box. */
export interface CheckboxState extends ControlState {
  /** Whether it is checked. */
  value: boolean;
  /** Whether it stands where the other widgets' controls stand. */
  indent: boolean;
}

/** A box to check. */
export const Checkbox: WidgetClass<CheckboxState> = widgetClass<CheckboxState>({
  name: "Checkbox",
  style: "Checkbox",
  state: { ...control, value: false, indent: true },
});
/** A box to check. */
export type Checkbox = InstanceType<typeof Checkbox>;

/** The state of a field of text. */
export interface TextState extends ControlState {
  /** The text. */
  value: string;
  /** Pale words in an empty field. */
  placeholder: string;
  /** Whether each key sends the text, or only the Enter key. */
  continuousUpdate: boolean;
}

/** A field of one line of text. */
export const Text: WidgetClass<TextState> = widgetClass<TextState>({
  name: "Text",
  style: "Text",
  state: { ...control, value: "", placeholder: "\u200b", continuousUpdate: true },
});
/** A field of one line of text. */
export type Text = InstanceType<typeof Text>;

/** The state of a button. */
export interface ButtonState extends SeenState {
  /** The words on it. */
  description: string;
  disabled: boolean;
  /** The name of a Font Awesome icon. */
  icon: string;
  buttonStyle: "" | "primary" | "success" | "info" | "warning" | "danger";
}

/** The base of `Button`, which knows of clicks. */
export const ButtonArea: WidgetClass<ButtonState> = widgetClass<ButtonState>({
  name: "Button",
  style: "Button",
  state: { ...seen, description: "", disabled: false, icon: "", buttonStyle: "" },
});

/** A button. */
export class Button extends ButtonArea {
  /** Calls a function at each click. @returns a function that ends it */
  onClick(handler: () => unknown): () => void {
    return this.onMessage((content) =>
      (content as { event?: unknown }).event === "click" ? handler() : undefined,
    );
  }
}

/** The state of a player. */
export interface PlayState extends ControlState, RangeState {
  /** The number that is reached. */
  value: number;
  step: number;
  /** Milliseconds between two numbers. */
  interval: number;
  playing: boolean;
  /** Whether it begins again at the end. */
  repeat: boolean;
  showRepeat: boolean;
}

/** Buttons that count on by themselves: play, pause, stop. */
export const Play: WidgetClass<PlayState> = widgetClass<PlayState>({
  name: "Play",
  style: "Description",
  state: {
    ...control,
    value: 0,
    min: 0,
    max: 100,
    step: 1,
    interval: 100,
    playing: false,
    repeat: false,
    showRepeat: true,
  },
  settle: limited("Play", true, false),
});
/** Buttons that count on by themselves: play, pause, stop. */
export type Play = InstanceType<typeof Play>;

/** The state of a chooser of colours. */
export interface ColorPickerState extends ControlState {
  /** The colour as CSS writes it. */
  value: string;
  /** Whether only the colour is shown, without its name. */
  concise: boolean;
}

/** A chooser of colours. */
export const ColorPicker: WidgetClass<ColorPickerState> = widgetClass<ColorPickerState>({
  name: "ColorPicker",
  style: "Description",
  state: { ...control, value: "black", concise: false },
});
/** A chooser of colours. */
export type ColorPicker = InstanceType<typeof ColorPicker>;

/** The state of a bar of progress. */
export interface ProgressState extends DescribedState, RangeState {
  /** How far it is, from `min` to `max`. */
  value: number;
  orientation: "horizontal" | "vertical";
  barStyle: "" | "success" | "info" | "warning" | "danger";
}

const progress = {
  ...described,
  value: 0,
  min: 0,
  orientation: "horizontal",
  barStyle: "",
} satisfies Partial<ProgressState>;

/** A bar of progress in whole numbers. */
export const IntProgress: WidgetClass<ProgressState> = widgetClass<ProgressState>({
  name: "IntProgress",
  view: "Progress",
  style: "Progress",
  state: { ...progress, max: 100 },
  settle: limited("IntProgress", true, false),
});
/** A bar of progress in whole numbers. */
export type IntProgress = InstanceType<typeof IntProgress>;

/** A bar of progress. */
export const FloatProgress: WidgetClass<ProgressState> = widgetClass<ProgressState>({
  name: "FloatProgress",
  view: "Progress",
  style: "Progress",
  state: { ...progress, max: 10 },
  settle: limited("FloatProgress", false, false),
});
/** A bar of progress. */
export type FloatProgress = InstanceType<typeof FloatProgress>;

/** The state of a text with HTML. */
export interface HTMLState extends DescribedState {
  /** The HTML. */
  value: string;
  placeholder: string;
}

/** Text with HTML. */
export const HTML: WidgetClass<HTMLState> = widgetClass<HTMLState>({
  name: "HTML",
  style: "HTML",
  state: { ...described, value: "", placeholder: "\u200b" },
});
/** Text with HTML. */
export type HTML = InstanceType<typeof HTML>;

/** The state of a picture. */
export interface ImageState extends SeenState {
  /** The bytes of the file. */
  value: Uint8Array;
  /** The file's format; "url" when the bytes are an address. */
  format: string;
  /** CSS pixels; empty: its own size. */
  width: string;
  height: string;
}

/** A picture, from the bytes of a PNG, JPEG or GIF file. */
export const Image: WidgetClass<ImageState> = widgetClass<ImageState>({
  name: "Image",
  state: { ...seen, value: new Uint8Array(), format: "png", width: "", height: "" },
});
/** A picture, from the bytes of a PNG, JPEG or GIF file. */
export type Image = InstanceType<typeof Image>;

/** A file that was chosen. */
export interface UploadedFile {
  readonly name: string;
  /** Its MIME type. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly content: Uint8Array;
  /** Milliseconds since 1970. */
  readonly last_modified: number;
}

/** The state of a button that uploads files. */
export interface FileUploadState extends ControlState {
  /** The files that were chosen. */
  value: readonly UploadedFile[];
  /** Which files are offered: "image/*", ".npy". */
  accept: string;
  multiple: boolean;
  icon: string;
  buttonStyle: ButtonState["buttonStyle"];
  /** What went wrong. */
  error: string;
}

/** A button that uploads files. */
export const FileUpload: WidgetClass<FileUploadState> = widgetClass<FileUploadState>({
  name: "FileUpload",
  style: "Button",
  state: {
    ...control,
    description: "Upload",
    value: [],
    accept: "",
    multiple: false,
    icon: "upload",
    buttonStyle: "",
    error: "",
  },
  silent: ["value"],
});
/** A button that uploads files. */
export type FileUpload = InstanceType<typeof FileUpload>;

/** An output as a notebook keeps it. */
export type OutputRecord = Readonly<Record<string, unknown>>;

/** The state of an output area. */
export interface OutputState extends SeenState {
  /** The message whose outputs it catches; unused here. */
  msgId: string;
  outputs: readonly OutputRecord[];
}

/** The base of `Output`, which shows values among widgets. */
export const OutputArea: WidgetClass<OutputState> = widgetClass<OutputState>({
  name: "Output",
  classes: { module: "@jupyter-widgets/output", version: "1.0.0", model: "OutputModel", view: "OutputView" },
  state: { ...seen, msgId: "", outputs: [] },
});

/** The state of a box of widgets. */
export interface BoxState extends SeenState {
  /** The widgets in it. */
  children: readonly AnyKindOfWidget[];
  boxStyle: ButtonState["buttonStyle"];
}

const box = { ...seen, children: [], boxStyle: "" } satisfies BoxState;

/** A row of widgets. */
export const HBox: WidgetClass<BoxState> = widgetClass<BoxState>({ name: "HBox", state: box });
/** A row of widgets. */
export type HBox = InstanceType<typeof HBox>;

/** A column of widgets. */
export const VBox: WidgetClass<BoxState> = widgetClass<BoxState>({ name: "VBox", state: box });
/** A column of widgets. */
export type VBox = InstanceType<typeof VBox>;

/** Widgets on a grid, which the layout's `gridTemplateColumns` and its like describe. */
export const GridBox: WidgetClass<BoxState> = widgetClass<BoxState>({ name: "GridBox", state: box });
/** Widgets on a grid, which the layout's `gridTemplateColumns` and its like describe. */
export type GridBox = InstanceType<typeof GridBox>;

/** The state of a pile of widgets of which some are seen. */
export interface PagesState extends BoxState {
  /** The titles of the children. */
  titles: readonly string[];
  /** The child that is seen; null: none. */
  selectedIndex: number | null;
}

const titled: Settle = (name, value, { children }) => {
  if (name !== "titles") return value;
  const count = (children as readonly unknown[]).length;
  return Array.from({ length: count }, (_, i) => (value as readonly string[])[i] ?? "");
};

/** Pages of widgets with tabs; the first is seen. */
export const Tabs: WidgetClass<PagesState> = widgetClass<PagesState>({
  name: "Tab",
  state: { ...box, titles: [], selectedIndex: null },
  settle: (name, value, state) =>
    name === "selected_index" && value === null && (state.children as unknown[]).length > 0
      ? 0
      : titled(name, value, state),
});
/** Pages of widgets with tabs; the first is seen. */
export type Tabs = InstanceType<typeof Tabs>;

/** Pages of widgets that open one below another; all are closed. */
export const Accordion: WidgetClass<PagesState> = widgetClass<PagesState>({
  name: "Accordion",
  state: { ...box, titles: [], selectedIndex: null },
  settle: titled,
});
/** Pages of widgets that open one below another; all are closed. */
export type Accordion = InstanceType<typeof Accordion>;
