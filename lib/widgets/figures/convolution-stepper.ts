/**
 * The convolution, one output at a time: the window and its arithmetic light up, forward and in both backward directions,
 * over the same numbers. Lecture 10.
 */
import { tensor, flat, type Tensor } from "../../array/tensor.js";
import { conv2dBackward, conv2dForward } from "../../layers/convolution/conv2d.js";
import type { FigureKind } from "./figure-kind.js";
import { flow, grid, shown } from "./paint.js";

/** The state of the stepper. */
export interface ConvolutionStepperState {
  /** The input. */
  x: readonly (readonly number[])[];
  /** The filter. */
  w: readonly (readonly number[])[];
  /** The gradient that comes back; cut to the size of the output, and repeated when it is smaller. */
  dy: readonly (readonly number[])[];
  stride: number;
  /** Zeros around the input. */
  pad: number;
  /** Which result is computed: "y", "dx" or "dw". */
  show: string;
  /** The place in the result. */
  row: number;
  column: number;
}

type Matrix = readonly (readonly number[])[];
type Place = readonly [row: number, column: number];

/** One product of the sum at a place of the result: two places in the tensors that are multiplied. */
export interface Term {
  readonly x?: Place;
  readonly w?: Place;
  readonly dy?: Place;
  readonly factors: readonly [number, number];
}

const rowsOf = (t: Tensor): number[][] => {
  const [, , rows, columns] = t.shape;
  const values = flat(t);
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
};
const asTensor = (rows: Matrix): Tensor => tensor([[rows.map((row) => [...row])]], "float64");

/** The three results, by the library's own functions. */
export function resultsOf({
  x,
  w,
  dy,
  stride,
  pad,
}: ConvolutionStepperState): Record<"y" | "dy" | "dx" | "dw", number[][]> {
  const { y, cache } = conv2dForward(asTensor(x), asTensor(w), undefined, { stride, pad });
  const forward = rowsOf(y);
  const upstream = forward.map((row, i) => row.map((_, j) => dy[i % dy.length][j % dy[0].length]));
  const { dx, dw } = conv2dBackward(asTensor(upstream), cache);
  return { y: forward, dy: upstream, dx: rowsOf(dx), dw: rowsOf(dw) };
}

/** The products that are added at a place of the result. */
export function termsOf(state: ConvolutionStepperState, dy: Matrix): Term[] {
  const { x, w, stride, pad, show, row, column } = state;
  const terms: Term[] = [];
  for (let i = 0; i < dy.length; i++)
    for (let j = 0; j < dy[0].length; j++)
      for (let k = 0; k < w.length; k++)
        for (let l = 0; l < w[0].length; l++) {
          const [h, v] = [i * stride + k - pad, j * stride + l - pad];
          const isHere =
            show === "y"
              ? i === row && j === column
              : show === "dx"
                ? h === row && v === column
                : k === row && l === column;
          if (!isHere) continue;
          const pixel = x[h]?.[v] ?? 0;
          const [atX, atW, atDy] = [
            [h, v],
            [k, l],
            [i, j],
          ] as const;
          if (show === "y") terms.push({ x: atX, w: atW, factors: [w[k][l], pixel] });
          else if (show === "dx") terms.push({ w: atW, dy: atDy, factors: [w[k][l], dy[i][j]] });
          else terms.push({ x: atX, dy: atDy, factors: [dy[i][j], pixel] });
        }
  return terms;
}

const names: Readonly<Record<string, readonly [string, string]>> = {
  y: ["w", "x"],
  dx: ["w", "dy"],
  dw: ["dy", "x"],
};
const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));

/** The state with its place inside the result. */
function settled(state: ConvolutionStepperState): {
  state: ConvolutionStepperState;
  results: ReturnType<typeof resultsOf>;
} {
  const results = resultsOf(state);
  const result = results[state.show as "y"];
  return {
    state: { ...state, row: clamp(state.row, result.length), column: clamp(state.column, result[0].length) },
    results,
  };
}

/** The convolution stepper. */
export const figure: FigureKind<ConvolutionStepperState> = {
  name: "convolution-stepper",
  title: "One number of a convolution at a time",
  task: "Point at a number of the result: the numbers that make it light up. Then change to dx: which outputs does a pixel in the corner answer for, and which one in the middle?",
  question:
    "At stride 1 without padding, how many terms has dx at the corner, and how many has it in the middle?",
  answer:
    "One at the corner, nine in the middle: the corner pixel was seen by one window, a middle pixel by nine.",
  keys: "The arrow keys move the place in the result.",
  state: {
    x: [
      [1, 2, 0, 1, 3],
      [0, 1, 3, 2, 0],
      [2, 0, 1, 1, 2],
      [1, 3, 2, 0, 1],
      [0, 1, 1, 2, 0],
    ],
    w: [
      [1, 0, -1],
      [2, 0, -2],
      [1, 0, -1],
    ],
    dy: [
      [1, 0, 2],
      [-1, 1, 0],
      [0, 2, -1],
    ],
    stride: 1,
    pad: 0,
    show: "y",
    row: 0,
    column: 0,
  },
  controls: () => [
    { kind: "choice", name: "show", label: "result", options: ["y", "dx", "dw"] },
    { kind: "slider", name: "stride", label: "stride", min: 1, max: 2, step: 1 },
    { kind: "slider", name: "pad", label: "padding", min: 0, max: 1, step: 1 },
  ],
  draw(given, canvas) {
    const { state, results } = settled(given);
    const { palette } = canvas;
    const { x, w, pad, show } = state;
    const terms = termsOf(state, results.dy);
    const lit = (name: "x" | "w" | "dy", place: Place): boolean =>
      terms.some((term) => term[name]?.[0] === place[0] && term[name]?.[1] === place[1]);
    const cell = Math.min(36, (canvas.width - 8) / (x[0].length + 2 * pad));
    const source = (name: "x" | "w" | "dy", title: string, values: Matrix, around = 0) =>
      grid(
        {
          rows: values.length + 2 * around,
          columns: values[0].length + 2 * around,
          cell,
          title,
          value: (i, j) => shown(values[i - around]?.[j - around] ?? 0),
          look: (i, j) => {
            const isLit = lit(name, [i - around, j - around]);
            const isPadding = values[i - around]?.[j - around] === undefined;
            return {
              fill: isLit ? palette.lit : isPadding ? palette.wash : undefined,
              ink: isPadding ? palette.muted : undefined,
              bold: isLit,
              dashed: isPadding,
            };
          },
        },
        palette,
      );
    const result = results[show as "y"];
    const panels = [
      ...(show === "dx" ? [] : [source("x", pad > 0 ? "x, with zeros around" : "x", x, pad)]),
      ...(show === "dw" ? [] : [source("w", "w", w)]),
      ...(show === "y" ? [] : [source("dy", "dy, from above", results.dy)]),
      grid(
        {
          rows: result.length,
          columns: result[0].length,
          cell,
          title: `${show} = ${names[show].join(show === "dx" ? " turned ∗ " : " ⋆ ")}`.replace(
            "w turned ∗ dy",
            "w ∗ dy",
          ),
          at: "result",
          value: (i, j) => shown(result[i][j]),
          look: (i, j) => {
            const isHere = i === state.row && j === state.column;
            return { stroke: isHere ? palette.chosen : undefined, bold: isHere };
          },
        },
        palette,
      ),
    ];
    return flow(panels, canvas, 28);
  },
  words(given) {
    const { state, results } = settled(given);
    const { show, row, column } = state;
    const terms = termsOf(state, results.dy);
    const sum = terms.map(({ factors: [a, b] }) => `${bracketed(a)}·${bracketed(b)}`).join(" + ");
    return `${show}[${row}, ${column}] = ${sum || "0"} = ${shown(results[show as "y"][row][column])}: ${terms.length} ${terms.length === 1 ? "term" : "terms"}, each ${names[show].join(" times ")}.`;
  },
  act(given, act) {
    const { state } = settled(given);
    if (act.kind === "key") {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[act.key];
      if (!step) return undefined;
      const next = settled({ ...state, row: state.row + step[0], column: state.column + step[1] }).state;
      return { row: next.row, column: next.column };
    }
    if (act.kind === "button") return undefined;
    const [name, row, column] = act.at.split(" ");
    return name === "result" ? { row: Number(row), column: Number(column) } : undefined;
  },
};

const bracketed = (value: number): string => (value < 0 ? `(${shown(value)})` : shown(value));
