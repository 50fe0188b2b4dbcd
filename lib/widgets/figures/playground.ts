/**
 * A playground: a network of one hidden layer learns two classes of points in the page; its boundary and each unit's fold are
 * drawn while it trains. Lecture 13.
 */
import type { FigureKind, Palette } from "./figure-kind.js";
import { flow, path, shown, text, type Panel } from "./paint.js";
import { pixels } from "./pixels.js";
import {
  activations,
  EVERY,
  firstWeights,
  lossAndGradient,
  scoreAt,
  trained,
  unitAt,
  type PlaygroundState,
} from "./playground-net.js";
import { COUNT, pointsOf, shapes } from "./playground-points.js";

export type { PlaygroundState };

/** The plane is drawn from −LIMIT to LIMIT, both ways. */
const LIMIT = 1.5;
/** Steps after which a run ends. */
const LAST = 5000;

/** What changes in one frame while it trains: five steps. */
export function tick(state: PlaygroundState): Partial<PlaygroundState> | undefined {
  if (!state.running) return undefined;
  const begun = settled(state);
  const { weights, steps, losses } = trained(begun, EVERY);
  // A run ends by itself, so that a page left open does not compute for ever.
  return {
    weights,
    steps,
    losses,
    ...((steps >= LAST || steps < begun.steps + EVERY) && { running: false }),
  };
}

/** The state with as many weights as it has units. */
function settled(state: PlaygroundState): PlaygroundState {
  if (state.weights.length === state.units + 1) return state;
  return { ...state, weights: firstWeights(state.units, state.seed), steps: 0, losses: [] };
}

const wrongOf = (state: PlaygroundState): number =>
  pointsOf(state.data).filter(([x, y, label]) => label * scoreAt(state, x, y) <= 0).length;

/** A colour between those of the two classes, in sixteen steps. */
function classColour(value: number, { zero, positive, negative }: Palette): string {
  const share = Math.round(8 * Math.max(-1, Math.min(1, value))) / 8;
  const end = share < 0 ? negative : positive;
  return `rgb(${zero.map((from, i) => Math.round(from + (end[i] - from) * Math.abs(share) * 0.8)).join(" ")})`;
}

/** The values of a function over the plane, row 0 on top. */
const plane = (cells: number, f: (x: number, y: number) => number): number[][] =>
  Array.from({ length: cells }, (_, i) =>
    Array.from({ length: cells }, (_, j) =>
      f(((2 * j + 1) / cells - 1) * LIMIT, (1 - (2 * i + 1) / cells) * LIMIT),
    ),
  );

/** The line where a unit folds the plane, a·x + b·y + c = 0, in cells of its picture, as far as it lies inside. */
function fold([a, b, c]: readonly number[], cells: number, stroke: string): string {
  const length = Math.hypot(a, b);
  if (length < 1e-9) return "";
  const start = [(-a * c) / length ** 2, (-b * c) / length ** 2];
  const along = [-b / length, a / length];
  let [from, to] = [-Infinity, Infinity];
  for (const axis of [0, 1]) {
    if (Math.abs(along[axis]) < 1e-9) {
      if (Math.abs(start[axis]) > LIMIT) return "";
      continue;
    }
    const ends = [-LIMIT, LIMIT].map((end) => (end - start[axis]) / along[axis]);
    from = Math.max(from, Math.min(...ends));
    to = Math.min(to, Math.max(...ends));
  }
  if (from >= to) return "";
  const place = (t: number): string => {
    const [x, y] = [start[0] + t * along[0], start[1] + t * along[1]];
    return `${(((x / LIMIT + 1) * cells) / 2).toFixed(2)} ${(((1 - y / LIMIT) * cells) / 2).toFixed(2)}`;
  };
  return `<path d="M${place(from)}L${place(to)}" stroke="${stroke}" stroke-width="${cells / 40}" fill="none"/>`;
}

function lossPanel(state: PlaygroundState, width: number, palette: Palette): Panel {
  const { losses } = state;
  const [height, left] = [64, 4];
  const most = Math.max(0.7, ...losses);
  return {
    width,
    height: height + 26,
    draw: (x, y) => {
      const points = losses.map((loss, i): [number, number] => [
        x + left + (i * (width - 8)) / Math.max(20, losses.length - 1),
        y + 20 + height * (1 - loss / most),
      ]);
      return (
        text(x, y + 12, `loss${losses.length > 0 ? ` ${shown(losses.at(-1)!)}` : ""}`, {
          size: 12.5,
          bold: true,
          fill: palette.text,
        }) +
        path(
          [
            [x, y + 20 + height],
            [x + width, y + 20 + height],
          ],
          { stroke: palette.muted },
        ) +
        path(points, { stroke: palette.first, width: 2 })
      );
    },
  };
}

const seeded = (units: number, seed: number): Pick<PlaygroundState, "weights" | "steps" | "losses"> => ({
  weights: firstWeights(units, seed),
  steps: 0,
  losses: [],
});

/** The figure of the playground. */
export const figure: FigureKind<PlaygroundState> = {
  name: "playground",
  title: "A network folds the plane",
  task: "Check “train” and watch the folds move. Then begin anew with 1, 2 and 3 units of ReLU: how many does the ring need? Try “none” too. A press on a unit sets its weight to 0: what did it do?",
  question: "Why can three units of ReLU close a line around the inner points of the ring, and two not?",
  answer:
    "Each unit of ReLU is one straight fold, and the boundary can bend only at a fold. A closed line has at least three corners. Without a nonlinearity the boundary stays one straight line, however many units there are.",
  keys: "The space bar begins and stops the training, the right arrow key makes five steps, up and down change the number of units.",
  state: {
    data: "ring",
    activation: "ReLU",
    units: 4,
    rate: 0.3,
    lambda: 0,
    seed: 1,
    running: false,
    ...seeded(4, 1),
  },
  controls: () => [
    { kind: "check", name: "running", label: "train" },
    { kind: "button", name: "step", label: "Five steps" },
    { kind: "button", name: "new", label: "New weights" },
    { kind: "slider", name: "units", label: "units", min: 1, max: 8, step: 1 },
    { kind: "slider", name: "rate", label: "learning rate", min: 0.01, max: 2, step: 0.01 },
    { kind: "slider", name: "lambda", label: "penalty λ", min: 0, max: 0.05, step: 0.001 },
    { kind: "choice", name: "activation", label: "units of", options: Object.keys(activations) },
    { kind: "choice", name: "data", label: "points", options: Object.keys(shapes) },
  ],
  draw(given, canvas) {
    const state = settled(given);
    const { palette, width } = canvas;
    const side = Math.min(270, width - 20);
    const cells = 30;
    const dots = pointsOf(state.data)
      .map(([x, y, label]) => {
        const [cx, cy] = [((x / LIMIT + 1) * cells) / 2, ((1 - y / LIMIT) * cells) / 2];
        const fill = `rgb(${(label > 0 ? palette.positive : palette.negative).join(" ")})`;
        // Two shapes, so that the classes differ without colour.
        return label > 0
          ? `<circle cx="${cx.toFixed(2)}" cy="${cy.toFixed(2)}" r="0.42" fill="${fill}" stroke="${palette.card}" stroke-width="0.12"/>`
          : `<path d="M${(cx - 0.42).toFixed(2)} ${(cy - 0.42).toFixed(2)}h.84v.84h-.84z" fill="${fill}" stroke="${palette.card}" stroke-width="0.12"/>`;
      })
      .join("");
    const whole = pixels(
      {
        values: plane(cells, (x, y) => Math.tanh(scoreAt(state, x, y) / 2)),
        side,
        title: `the network after ${state.steps} steps`,
        colour: (value) => classColour(value, palette),
        over: dots,
      },
      palette,
    );
    const small = Math.min(76, (width - 40) / 4);
    const units = state.weights.slice(0, -1).map((row, k) => {
      const most = Math.max(1, ...plane(8, (x, y) => Math.abs(unitAt(state, k, x, y))).flat());
      return pixels(
        {
          values: plane(14, (x, y) => (unitAt(state, k, x, y) / most) * (row[3] < 0 ? -1 : 1)),
          side: small,
          title: shown(row[3]),
          colour: (value) => classColour(value, palette),
          over: fold(row, 14, palette.text),
          at: `unit ${k}`,
          style: "cursor:pointer",
        },
        palette,
      );
    });
    const beside = Math.min(width, 4 * small + 30);
    const inner = flow(units, { width: beside }, 10);
    const folds: Panel = {
      width: beside,
      height: Math.max(20 + inner.height, 0) + 90,
      draw: (x, y) =>
        text(x, y + 12, "what each unit gives, its fold, its weight", {
          size: 12.5,
          bold: true,
          fill: palette.text,
        }) +
        `<g transform="translate(${x.toFixed(1)} ${(y + 18).toFixed(1)})">${inner.body}</g>` +
        lossPanel(state, beside, palette).draw(x, y + 22 + inner.height),
    };
    return flow([whole, folds], canvas, 30);
  },
  words(given) {
    const state = settled(given);
    const { loss } = lossAndGradient(state);
    const wrong = wrongOf(state);
    return `${state.units} ${state.units === 1 ? "unit" : "units"} of ${state.activation}, ${state.steps} steps: the loss is ${shown(loss)}, and ${wrong === 0 ? "no point is" : wrong === 1 ? "1 of 100 points is" : `${wrong} of ${COUNT} points are`} on the wrong side.`;
  },
  act(given, act) {
    const state = settled(given);
    const begin = (units: number, seed: number): Partial<PlaygroundState> => ({
      units,
      seed,
      ...seeded(units, seed),
    });
    const step = (): Partial<PlaygroundState> => {
      const { weights, steps, losses } = trained(state, EVERY);
      return { weights, steps, losses };
    };
    if (act.kind === "button") return act.name === "step" ? step() : begin(state.units, state.seed + 1);
    if (act.kind === "press" && act.at.startsWith("unit ")) {
      const unit = Number(act.at.slice(5));
      return { weights: state.weights.map((row, k) => (k === unit ? [row[0], row[1], row[2], 0] : row)) };
    }
    if (act.kind !== "key") return undefined;
    if (act.key === " ") return { running: !state.running };
    if (act.key === "ArrowRight") return step();
    const more = { ArrowUp: 1, ArrowDown: -1 }[act.key];
    return more === undefined ? undefined : begin(Math.max(1, Math.min(8, state.units + more)), state.seed);
  },
};
