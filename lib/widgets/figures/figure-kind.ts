/**
 * What a figure that answers is: its state, its controls, and pure functions from the state to a drawing and to words. The
 * same code draws in a browser, at each move, and in a kernel, for the still picture.
 */

/** The colours of a figure: one set for light pages, one for dark. */
export interface Palette {
  readonly card: string;
  readonly text: string;
  readonly muted: string;
  readonly faint: string;
  readonly wash: string;
  /** What the reader has chosen. */
  readonly chosen: string;
  /** The background of what belongs to it. */
  readonly lit: string;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly good: string;
  readonly bad: string;
  /** The ends of the scale of signed numbers, and its middle. */
  readonly negative: readonly [number, number, number];
  readonly zero: readonly [number, number, number];
  readonly positive: readonly [number, number, number];
}

/** For light pages. */
export const LIGHT: Palette = {
  card: "#ffffff",
  text: "#1f2328",
  muted: "#57606a",
  faint: "#d0d7de",
  wash: "#f3f5f7",
  chosen: "#b35900",
  lit: "#ffe2b8",
  first: "#0072b2",
  second: "#b8430a",
  third: "#007a5a",
  good: "#00704f",
  bad: "#c02f1d",
  negative: [213, 94, 0],
  zero: [255, 255, 255],
  positive: [0, 114, 178],
};

/** For dark pages. */
export const DARK: Palette = {
  card: "#15191e",
  text: "#e6edf3",
  muted: "#9aa5b1",
  faint: "#3b434d",
  wash: "#20262d",
  chosen: "#ffb454",
  lit: "#5a3d10",
  first: "#56b4e9",
  second: "#ff9d66",
  third: "#3ecf9f",
  good: "#3ecf9f",
  bad: "#ff7b6b",
  negative: [232, 128, 48],
  zero: [21, 25, 30],
  positive: [64, 156, 220],
};

/** Where a figure is drawn. */
export interface Canvas {
  /** CSS pixels; from about 300 on a phone to 760. */
  readonly width: number;
  readonly palette: Palette;
}

/** A drawing: the inside of an SVG element as wide as the canvas. */
export interface Drawing {
  readonly body: string;
  /** CSS pixels. */
  readonly height: number;
}

/** A control beside the drawing; each sets one name of the state. */
export type FigureControl =
  | {
      readonly kind: "slider";
      readonly name: string;
      readonly label: string;
      readonly min: number;
      readonly max: number;
      readonly step: number;
    }
  | {
      readonly kind: "choice";
      readonly name: string;
      readonly label: string;
      readonly options: readonly string[];
    }
  | { readonly kind: "check"; readonly name: string; readonly label: string }
  /** A button: an act of the figure of this name. */
  | { readonly kind: "button"; readonly name: string; readonly label: string };

/**
 * What a reader does in the drawing: moves over a part, presses or drags it, presses a key or a button. `at` is the
 * `data-at` of the part; x and y are in the drawing's pixels.
 */
export type Act =
  | { readonly kind: "move" | "press" | "drag"; readonly at: string; readonly x: number; readonly y: number }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "button"; readonly name: string };

/** A figure that answers. `S` is its state: JSON values by name. */
export interface FigureKind<S extends object> {
  /** The file's name, "convolution-stepper". */
  readonly name: string;
  readonly title: string;
  /** A sentence that says what to try. */
  readonly task: string;
  /** A question whose answer can be seen, and the answer. */
  readonly question: string;
  readonly answer: string;
  /** The state at first. */
  readonly state: S;
  /** What the arrow keys do in the drawing; absent when they do nothing. */
  readonly keys?: string;
  /** The controls, which may depend on the state. */
  controls(state: S): readonly FigureControl[];
  /** Draws a state. */
  draw(state: S, canvas: Canvas): Drawing;
  /** What is seen, in one or two sentences with the numbers. */
  words(state: S): string;
  /** What changes by an act; undefined: nothing. */
  act?(state: S, act: Act, canvas: Canvas): Partial<S> | undefined;
}
