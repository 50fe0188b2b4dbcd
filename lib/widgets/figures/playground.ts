/**
 * A playground: a network of one hidden layer learns two classes of points in the page; its boundary and each unit's fold are
 * drawn while it trains. Lecture 13.
 */
import type { FigureKind, Palette } from "./figure-kind.js";
import { flow, path, shown, text, type Panel } from "./paint.js";
import { pixels } from "./pixels.js";

/** The state of the playground. */
export interface PlaygroundState {
  /** Which points: "moons", "ring", "four corners" or "spirals". */
  data: string;
  /** The units' nonlinearity: "ReLU", "tanh", "sigmoid" or "none". */
  activation: string;
  /** Hidden units, 1 to 8. */
  units: number;
  /** The learning rate. */
  rate: number;
  /** The penalty ½λ‖w‖² on the weights. */
  lambda: number;
  /** Which first weights. */
  seed: number;
  /** Whether it trains. */
  running: boolean;
  /** Steps done; each uses all points. */
  steps: number;
  /** Of each unit: two weights and a bias, and the weight of its output; the last row is the output's bias. */
  weights: readonly (readonly number[])[];
  /** The loss every few steps, without the penalty. */
  losses: readonly number[];
}

/** A point of the plane, and its class: 1 or −1. */
export type Point = readonly [x: number, y: number, label: number];

const LIMIT = 1.5;
const COUNT = 100;

/** Numbers from 0 to 1 that are the same each time for a seed. */
function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const shapes: Readonly<
  Record<string, (share: number, label: number, next: () => number) => [number, number]>
> = {
  moons: (share, label) => {
    const angle = Math.PI * share;
    return label > 0
      ? [0.8 * Math.cos(angle) - 0.4, 0.8 * Math.sin(angle) - 0.2]
      : [0.4 - 0.8 * Math.cos(angle), 0.2 - 0.8 * Math.sin(angle)];
  },
  ring: (share, label, next) => {
    const [angle, radius] = [2 * Math.PI * share, label > 0 ? 0.45 * Math.sqrt(next()) : 1];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  },
  "four corners": (share, label, next) => {
    const side = share < 0.5 ? 1 : -1;
    return [side * (0.25 + 0.75 * next()), side * label * (0.25 + 0.75 * next())];
  },
  spirals: (share, label) => {
    const [angle, radius] = [1.25 * 2 * Math.PI * share, 0.15 + 1.05 * share];
    return [label * radius * Math.sin(angle), label * radius * Math.cos(angle)];
  },
};

const sets = new Map<string, Point[]>();

/** The hundred points of a set, always the same. */
export function pointsOf(data: string): readonly Point[] {
  const before = sets.get(data);
  if (before) return before;
  const next = numbersFrom(7);
  const made = Array.from({ length: COUNT }, (_, n): Point => {
    const label = n % 2 === 0 ? 1 : -1;
    const [x, y] = shapes[data](Math.floor(n / 2) / (COUNT / 2 - 1), label, next);
    return [x + 0.06 * normal(next), y + 0.06 * normal(next), label];
  });
  sets.set(data, made);
  return made;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
/** Each nonlinearity, and its slope by its input and its output. */
const activations: Readonly<
  Record<string, { readonly value: (z: number) => number; readonly slope: (z: number, h: number) => number }>
> = {
  ReLU: { value: (z) => Math.max(0, z), slope: (z) => (z > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (_, h) => 1 - h * h },
  sigmoid: { value: sigmoid, slope: (_, h) => h * (1 - h) },
  none: { value: (z) => z, slope: () => 1 },
};

/** First weights: normal, as large as He's for two inputs; the folds lie about the middle. */
export function firstWeights(units: number, seed: number): number[][] {
  const next = numbersFrom(seed + 100);
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  const hidden = Array.from({ length: units }, () =>
    [normal(next), normal(next), 0.3 * normal(next), normal(next) / Math.sqrt(units)].map(rounded),
  );
  return [...hidden, [0]];
}

type Net = Pick<PlaygroundState, "weights" | "activation">;

/** What a unit gives at a place. */
export const unitAt = ({ weights, activation }: Net, unit: number, x: number, y: number): number => {
  const [a, b, c] = weights[unit];
  return activations[activation].value(a * x + b * y + c);
};

/** The score at a place: above 0 is the first class. */
export function scoreAt(net: Net, x: number, y: number): number {
  const { weights } = net;
  let score = weights.at(-1)![0];
  for (let k = 0; k < weights.length - 1; k++) score += weights[k][3] * unitAt(net, k, x, y);
  return score;
}

/** The mean loss log(1 + e^(−label·score)) over the points, and its gradient for every weight, with the penalty's. */
export function lossAndGradient(state: Pick<PlaygroundState, "weights" | "activation" | "data" | "lambda">): {
  loss: number;
  gradient: number[][];
} {
  const { weights, activation, data, lambda } = state;
  const { value, slope } = activations[activation];
  const points = pointsOf(data);
  const units = weights.length - 1;
  // The penalty is on the weights, not on the biases.
  const gradient = weights.map((row) => row.map((w, i) => (row.length === 1 || i === 2 ? 0 : lambda * w)));
  let loss = 0;
  const [z, h] = [new Float64Array(units), new Float64Array(units)];
  for (const [x, y, label] of points) {
    let score = weights[units][0];
    for (let k = 0; k < units; k++) {
      const [a, b, c, out] = weights[k];
      z[k] = a * x + b * y + c;
      h[k] = value(z[k]);
      score += out * h[k];
    }
    const margin = label * score;
    loss += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
    const ds = (-label * sigmoid(-margin)) / points.length;
    gradient[units][0] += ds;
    for (let k = 0; k < units; k++) {
      const dz = ds * weights[k][3] * slope(z[k], h[k]);
      gradient[k][0] += dz * x;
      gradient[k][1] += dz * y;
      gradient[k][2] += dz;
      gradient[k][3] += ds * h[k];
    }
  }
  return { loss: loss / points.length, gradient };
}

/** Steps between two losses that are kept, and how many losses are kept at most. */
const EVERY = 5;
const KEPT = 200;
/** Steps after which a run ends. */
const LAST = 5000;

/** The state after so many steps of gradient descent on all points. */
export function trained(state: PlaygroundState, count: number): PlaygroundState {
  let { weights, steps } = state;
  const losses = [...state.losses];
  for (let i = 0; i < count; i++) {
    const { loss, gradient } = lossAndGradient({ ...state, weights });
    if (steps % EVERY === 0) losses.push(Math.round(loss * 1e4) / 1e4);
    const next = weights.map((row, k) => row.map((w, j) => w - state.rate * gradient[k][j]));
    // A run that diverges rests at the last weights that can be drawn.
    if (!next.flat().every((w) => Math.abs(w) < 1e6)) break;
    weights = next;
    steps++;
  }
  return { ...state, weights, steps, losses: losses.slice(-KEPT) };
}

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
